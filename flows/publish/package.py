"""Tables to a release in `curated/`: written beside, validated, and put in place by one atomic step; releases are kept.

A release is a function of the registry, the tables and the release before it: no clock, path or host enters it.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from flows.curate.assemble import find_schema
from flows.errors import ReleaseError, Text
from flows.publish.changes import compare_releases, write_changes
from flows.publish.citation import find_facts
from flows.publish.contents import Contents, find_contents, find_newest
from flows.publish.credits import list_contributors
from flows.publish.delta import Side, describe_deltas, make_side, open_side, write_deltas
from flows.publish.formats import write_formats
from flows.publish.gates import (
    GATES,
    Verdict,
    check_gates,
    describe_passed,
    gates_table,
    judge,
    verdict_row,
)
from flows.publish.manifest import (
    DESCRIPTOR,
    TIME,
    Manifest,
    Version,
    describe_release,
    find_linked,
    hash_file,
    list_releases,
    load_manifest,
    next_version,
    parse_version,
    write_manifest,
)
from flows.publish.metadata import write_metadata
from flows.publish.place import locked, make_whole, point_to, put_in_place, staged
from flows.publish.readme import write_readme
from flows.publish.tables import check_equal, write_csv, write_parquet
from flows.publish.validate import validate_package
from flows.publish.verify import Fault, check_files
from flows.registry import Registry


@dataclass(frozen=True)
class Published:
    """Where a release is, its version, and whether it is new."""

    folder: Path
    version: str
    changed: bool
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True)
class Last:
    """The release that a new one comes after: its folder, which must be whole, and its manifest."""

    folder: Path
    manifest: Manifest


@dataclass(frozen=True)
class Written:
    """A release that was written somewhere: its manifest, and what the gates say of it."""

    manifest: Manifest
    verdicts: tuple[Verdict, ...]


def publish_package(registry: Registry, tables: Mapping[str, pa.Table], curated: Path) -> Published:
    """Write, validate and put in place the release of these tables; return where it is.

    Tables that are those of the newest release give no new one. Raises ReleaseError, and leaves every release and
    `curated/latest` as they were, where nothing can be written, nothing is to be published, the newest release is
    damaged for good, the package breaks its own descriptor, or a gate refuses it.
    """
    if not tables["observations"].num_rows:
        raise ReleaseError(
            "no report could be published: raw/ holds no capture that can be used. See: gongkai status",
            "没有可发布的报告：raw/ 中没有可用的存档。参见：gongkai status",
        )
    try:
        with locked(curated):
            releases = list_releases(curated)
            if releases and (faults := check_files(releases[-1])):
                return mend_newest(registry, tables, curated, faults)
            return publish_next(registry, tables, curated)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error  # pyarrow words it in its own way
        raise ReleaseError(
            f"{curated}: cannot be written ({reason}). Free space or mend the permissions and "
            "run again; the former release stays.",
            f"{curated}：无法写入（{reason}）。请腾出空间或修正权限后重试；原发布版本保持不变。",
        ) from error


def publish_next(registry: Registry, tables: Mapping[str, pa.Table], curated: Path) -> Published:
    """Publish the tables after the newest release, or find that they are those of it."""
    last = find_last(curated)
    with staged(curated) as staging:
        # A number that was seen once is not given again, though its release be lost.
        seen = max(
            (each for each in (last and last.manifest.version, find_linked(curated)) if each), default=None
        )
        made = write_release(registry, tables, staging, last, next_version(seen, find_newest(tables)))
        if last and made.manifest.content == last.manifest.content:
            return Published(last.folder, str(last.manifest.version), point_to(curated, last.folder))
        validate_package(staging, last.folder if last else None)
        version = str(made.manifest.version)
        check_gates(made.verdicts, version, str(last.manifest.version) if last else "-")
        folder = put_in_place(curated, staging, version)
    return Published(folder, version, changed=True, verdicts=made.verdicts)


def mend_newest(
    registry: Registry, tables: Mapping[str, pa.Table], curated: Path, faults: tuple[Fault, ...]
) -> Published:
    """Make a damaged newest release whole where these tables are its own; raise ReleaseError where they are not."""
    *before, newest = list_releases(curated)
    with staged(curated) as staging:
        try:
            last = Last(before[-1], load_manifest(before[-1])) if before else None
            write_release(registry, tables, staging, last, parse_version(newest.name))
            mended = make_whole(newest, staging)
        except ReleaseError:  # the one before is damaged too
            mended = False
    if not mended:
        raise ReleaseError(
            f"{newest}: is damaged ({faults[0].what.en}) and cannot be made again as it was, so nothing can come after it. "
            "Restore it from a copy. See: gongkai verify",
            f"{newest}：已损坏（{faults[0].what.zh}），且无法按原样重建，因此不能在其后发布。请从副本恢复。参见：gongkai verify",
        )
    point_to(curated, newest)
    return Published(newest, newest.name, changed=True)


def find_last(curated: Path) -> Last | None:
    """Return the newest release, or None where there is none yet."""
    releases = list_releases(curated)
    return Last(releases[-1], load_manifest(releases[-1])) if releases else None


def write_release(
    registry: Registry,
    tables: Mapping[str, pa.Table],
    folder: Path,
    last: Last | None,
    version: Version | None = None,
) -> Written:
    """Write the release that comes after the last one into an empty folder, which may be anywhere, and judge it.

    The same tables after the same release give the same bytes. The version is the next one unless another is given.
    """
    newest, before = find_newest(tables), last.manifest if last else None
    version = version or next_version(before.version if before else None, newest)
    about = describe_release(version, registry.package["schema_version"], newest, before)
    forms, side = hash_forms(registry), open_side(last.folder) if last else None
    contents = find_contents(registry, tables, version)
    verdicts = judge(registry, side, make_side(contents, forms))
    judged = gates_table(verdicts, find_schema(registry, GATES))
    contents = replace(contents, tables={**tables, GATES: judged})
    resources = write_resources(contents, folder)
    content = hash_content(registry, resources)
    resources += write_differences(contents, forms, folder, side, describe_passed(verdicts))
    descriptor = describe_package(contents, resources, content)
    text = json.dumps(descriptor, ensure_ascii=False, indent=2) + "\n"
    (folder / DESCRIPTOR).write_text(text, encoding="utf-8")
    write_metadata(descriptor, folder)
    write_readme(registry, contents.tables, descriptor, folder)
    passed = [verdict_row(each) for each in verdicts if each.let]
    manifest = write_manifest(folder, {**about, "passed": passed, "content": content, "forms": forms})
    return Written(manifest, verdicts)


def write_resources(contents: Contents, folder: Path) -> list[dict[str, Any]]:
    """Write the tables and what is made of them into a folder; return the resources of the descriptor."""
    resources = []
    for about in contents.resources:
        name = about["name"]
        table, schema = contents.tables[name], contents.schema(name)
        paths = folder / f"{name}.csv", folder / f"{name}.parquet"
        write_csv(table, paths[0])
        write_parquet(table, paths[1], schema)
        check_equal(name, *paths)
        resources += describe_files({**about, "rows": table.num_rows}, schema, *paths)
    resources += [
        describe_file(folder / name, about) for name, about in write_formats(contents, folder).items()
    ]
    return resources


def write_differences(
    contents: Contents, forms: Mapping[str, str], folder: Path, before: Side | None, passed: Sequence[Text]
) -> list[dict[str, Any]]:
    """Write what changed since the last release, in words and as deltas; return the resources of the deltas."""
    if before is None:
        write_changes(folder, contents.version, None)
        return []
    changes, deltas = compare_releases(before, make_side(contents, forms))
    write_deltas(deltas, folder)
    write_changes(folder, contents.version, changes, passed)
    return [stamp_file(folder, about) for about in describe_deltas(contents, deltas)]


def stamp_file(folder: Path, about: Mapping[str, Any]) -> dict[str, Any]:
    """Return a resource with the size and the hash of its file."""
    path = folder / about["path"]
    return {**about, "bytes": path.stat().st_size, "hash": f"sha256:{hash_file(path)}"}


def hash_content(registry: Registry, resources: list[dict[str, Any]]) -> str:
    """Return the sha256 of what a release says: its tables as CSV, their schemas, what the package is.

    Two releases of one content differ in nothing that a reader of the data could want.
    """
    tables = [
        [each["name"], each["hash"], each["schema"]]
        for each in resources
        if "schema" in each and each["name"] != GATES  # which are about the step from the last one
    ]
    said = json.dumps([registry.package, tables], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def hash_forms(registry: Registry) -> dict[str, str]:
    """Return the sha256 of each form file: with another one the same capture may be read in another way."""
    paths = (registry.folder / "forms" / f"{form}.csv" for form in sorted(registry.forms))
    return {path.stem: hash_file(path) for path in paths}


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
        "rows": about["rows"],
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


def describe_package(contents: Contents, resources: list[dict[str, Any]], content: str) -> dict[str, Any]:
    """Return the Data Package v2 descriptor; its date is that of the newest capture, not a clock."""
    about = {key: value for key, value in contents.about.items() if key != "resources"}
    return {
        **about,
        "id": f"urn:gongkai:package:sha256:{content}",
        "version": contents.version,
        "created": contents.created.strftime(TIME),
        **find_facts(contents, f"urn:gongkai:package:sha256:{content}"),
        "contributors": [*contents.about["contributors"], *list_contributors(contents.tables)],
        "resources": resources,
    }
