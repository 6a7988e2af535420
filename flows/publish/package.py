"""Tables to a data package in `curated/`: written beside, validated, and put in place by one atomic step.

`curated/latest` is a link to a folder that never changes once it is there. A reader who holds
the folder keeps reading the old package; one who comes later finds the new one, whole.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import frictionless
import pyarrow as pa

from flows.curate.assemble import find_schema
from flows.errors import ReleaseError
from flows.publish.contents import Contents, find_contents, list_sources
from flows.publish.formats import write_formats
from flows.publish.readme import write_readme
from flows.publish.tables import check_equal, write_csv, write_parquet
from flows.registry import Registry

DESCRIPTOR = "datapackage.json"
KEPT = 3  # packages that stay for readers who still hold them


@dataclass(frozen=True)
class Published:
    """Where a package is, and whether its bytes are new."""

    folder: Path
    version: str
    changed: bool


def publish_package(registry: Registry, tables: Mapping[str, pa.Table], curated: Path) -> Published:
    """Write, validate and put in place the package of these tables; return where it is.

    Raises ReleaseError, and leaves `curated/latest` as it was, where nothing can be written,
    nothing is to be published, or the package breaks its own descriptor.
    """
    if not tables["observations"].num_rows:
        raise ReleaseError(
            "no report could be published: raw/ holds no capture that can be used. See: gongkai status",
            "没有可发布的报告：raw/ 中没有可用的存档。参见：gongkai status",
        )
    try:
        with locked(curated):
            staging = curated / ".staging"
            shutil.rmtree(staging, ignore_errors=True)
            staging.mkdir()
            try:
                version = write_package(registry, tables, staging)
                validate_package(staging)
                return put_in_place(curated, staging, version)
            finally:
                shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error  # pyarrow words it in its own way
        raise ReleaseError(
            f"{curated}: cannot be written ({reason}). Free space or mend the permissions and "
            "run again; the former package stays.",
            f"{curated}：无法写入（{reason}）。请腾出空间或修正权限后重试；原数据包保持不变。",
        ) from error


@contextmanager
def locked(curated: Path) -> Iterator[None]:
    """Hold the lock of `curated/`, so that two builds never write at once; raise ReleaseError if another does."""
    curated.mkdir(parents=True, exist_ok=True)
    with (curated / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ReleaseError(
                f"{curated}: another build is writing there. Wait for it and run again.",
                f"{curated}：另一个构建正在写入。请等待其结束后重试。",
            ) from error
        yield


def write_package(registry: Registry, tables: Mapping[str, pa.Table], folder: Path) -> str:
    """Write every file of a package into a folder and return the package's version."""
    resources = []
    for about in registry.package["resources"]:
        name = about["name"]
        schema = find_schema(registry, name)
        paths = folder / f"{name}.csv", folder / f"{name}.parquet"
        write_csv(tables[name], paths[0])
        write_parquet(tables[name], paths[1], schema)
        check_equal(name, *paths)
        resources += describe_files(about, schema, *paths)
    contents = find_contents(registry, tables)
    resources += [
        describe_file(folder / name, about) for name, about in write_formats(contents, folder).items()
    ]
    descriptor = describe_package(contents, resources)
    text = json.dumps(descriptor, ensure_ascii=False, indent=2) + "\n"
    (folder / DESCRIPTOR).write_text(text, encoding="utf-8")
    write_readme(registry, tables, descriptor, folder)
    sums = [f"{hash_file(path)}  {path.name}\n" for path in sorted(folder.iterdir())]
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    return str(descriptor["version"])


def describe_files(
    about: Mapping[str, Any], schema: Mapping[str, Any], csv_path: Path, parquet_path: Path
) -> list[dict[str, Any]]:
    """Return the resources of one table: the CSV with its schema, the Parquet file with its hash.

    The Parquet file has no schema here: frictionless cannot read it whole (nullable integers
    become floats), so its equality with the CSV is checked when it is written.
    """
    bilingual = {key: about[key] for key in ("title", "title_zh", "description", "description_zh")}
    csv_resource = {
        "name": about["name"],
        "type": "table",
        "path": csv_path.name,
        **bilingual,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": csv_path.stat().st_size,
        "hash": f"sha256:{hash_file(csv_path)}",
        "schema": schema,
    }
    parquet_about = {
        "name": f"{about['name']}-parquet",
        "title": f"{about['title']} (Parquet)",
        "title_zh": f"{about['title_zh']}（Parquet）",
        "format": "apache-parquet",
        "mediatype": "application/vnd.apache.parquet",
    }
    return [csv_resource, describe_file(parquet_path, parquet_about)]


def describe_file(path: Path, about: Mapping[str, Any]) -> dict[str, Any]:
    """Return the resource of a file that holds a table again, or explains one, in another format."""
    place = {"name": about["name"], "path": path.name}
    return {**place, **about, "bytes": path.stat().st_size, "hash": f"sha256:{hash_file(path)}"}


def describe_package(contents: Contents, resources: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the Data Package v2 descriptor; its date and version are those of the newest capture, not a clock."""
    content = hashlib.sha256("".join(each["hash"] for each in resources).encode()).hexdigest()
    about = {key: value for key, value in contents.about.items() if key != "resources"}
    return {
        **about,
        "id": f"urn:gongkai:package:sha256:{content}",
        "version": contents.version,
        "created": contents.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "sources": list_sources(contents),
        "resources": resources,
    }


def hash_file(path: Path) -> str:
    """Return the sha256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def validate_package(folder: Path) -> None:
    """Raise ReleaseError unless frictionless finds the package valid, every row of every table."""
    report = frictionless.Package.from_descriptor(str(folder / DESCRIPTOR)).validate()
    errors = [("package", error) for error in report.errors]
    errors += [(task.name, error) for task in report.tasks for error in task.errors]
    if errors or not report.valid:
        where = "; ".join(f"{name}: {error.message}" for name, error in errors[:5])
        raise ReleaseError(
            f"the package breaks its own schema in {len(errors)} places: {where}. The former package stays; "
            "mend the report or the schema it names.",
            f"数据包有 {len(errors)} 处不符合自身模式：{where}。原数据包保持不变；请修正所指报告或模式。",
        )


def put_in_place(curated: Path, staging: Path, version: str) -> Published:
    """Make the staged folder the latest package, by one atomic step, and return where it is."""
    digest = hash_file(staging / "SHA256SUMS")[:12]
    folder = curated / "packages" / f"{version}-{digest}"
    folder.parent.mkdir(exist_ok=True)
    latest = curated / "latest"
    whole = holds_all(folder, staging)
    if whole and latest.is_symlink() and latest.resolve() == folder.resolve():
        return Published(folder, version, changed=False)
    if whole:
        os.utime(folder)  # it is back in use, so it is not the next to be removed
    else:
        sync_folder(staging)
        shutil.rmtree(folder, ignore_errors=True)
        staging.rename(folder)
    beside = curated / ".latest.new"
    beside.unlink(missing_ok=True)
    beside.symlink_to(folder.relative_to(curated))
    beside.replace(latest)
    sync_path(curated)
    remove_old(folder)
    return Published(folder, version, changed=True)


def holds_all(folder: Path, staging: Path) -> bool:
    """Return whether a folder has every file of a staged package, with the same bytes."""
    return all(
        (folder / path.name).is_file() and hash_file(folder / path.name) == hash_file(path)
        for path in staging.iterdir()
    )


def sync_folder(folder: Path) -> None:
    """Bring a folder and its files to the disk before anything points to it."""
    for path in folder.iterdir():
        sync_path(path)
    sync_path(folder)


def sync_path(path: Path) -> None:
    """Bring one file or folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_old(newest: Path) -> None:
    """Remove all but the last few packages; the newest is never removed."""
    folders = sorted(newest.parent.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    for folder in [each for each in folders if each != newest][: -(KEPT - 1)]:
        shutil.rmtree(folder, ignore_errors=True)
