"""The package: valid for everybody, true to its hashes, the same bytes anywhere, and never half there."""

import csv
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.curate.assemble import assemble_tables
from flows.curate.build import Outcome
from flows.errors import RegistryError, ReleaseError, Text
from flows.harvest.archive import append_captures
from flows.harvest.index import load_index
from flows.publish.package import publish_package
from flows.publish.release import Release, build_release
from flows.registry import Registry, load_registry
from tests.command import BIN, QUIET, Ran, list_tree, run_gongkai, run_script
from tests.conftest import ROOT
from tests.publish.conftest import Tables, other_content
from tests.raw_set import HUAIROU_2018

PROFILES = ROOT.parent / "shared" / "profiles" / "2.0"


@pytest.fixture(scope="module")
def descriptor(package: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((package / "datapackage.json").read_text(encoding="utf-8"))
    return content


def resources(descriptor: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in descriptor["resources"]}


def schemas_of(descriptor: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each["schema"] for each in descriptor["resources"] if "schema" in each}


# What is in it


def test_the_frictionless_command_finds_it_valid(package: Path, descriptor: dict[str, Any]) -> None:
    ran = subprocess.run(
        [BIN / "frictionless", "validate", package / "datapackage.json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("VALID") == len(descriptor["resources"])
    assert "INVALID" not in ran.stdout


def test_it_is_valid_against_the_official_profiles(descriptor: dict[str, Any]) -> None:
    if not PROFILES.exists():
        pytest.skip(f"{PROFILES} is not here")
    load = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in PROFILES.glob("*.json")}
    jsonschema.Draft7Validator(load["datapackage"]).validate(descriptor)
    for resource in descriptor["resources"]:
        jsonschema.Draft7Validator(load["dataresource"]).validate(resource)
    for schema in schemas_of(descriptor).values():
        jsonschema.Draft7Validator(load["tableschema"]).validate(schema)


def test_it_says_what_frictionless_does_not_check(descriptor: dict[str, Any]) -> None:
    assert descriptor["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    names = [each["name"] for each in descriptor["resources"]]
    assert len(names) == len(set(names)) > 20
    for resource in descriptor["resources"]:
        assert "/" not in resource["path"]  # a first release has no deltas
        assert resource["hash"].startswith("sha256:")
    for schema in schemas_of(descriptor).values():
        fields = {field["name"] for field in schema["fields"]}
        assert set(schema["primaryKey"]) <= fields
        for key in schema.get("foreignKeys", []):
            assert set(key["fields"]) <= fields
            target = key["reference"]["resource"]
            assert not target or target in names
    for source in descriptor["sources"]:
        assert source["title"]
        assert source.get("path", "https://").startswith("https://")
    assert descriptor["contributors"][0]["roles"]
    assert descriptor["licenses"][0]["name"] == "CC-BY-4.0"


def test_bytes_and_hashes_are_those_of_the_files(package: Path, descriptor: dict[str, Any]) -> None:
    for resource in descriptor["resources"]:
        content = (package / resource["path"]).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"


def test_sha256sum_agrees_and_covers_every_file(package: Path) -> None:
    ran = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=package,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    listed = {line.split("  ")[1] for line in (package / "SHA256SUMS").read_text().splitlines()}
    assert listed == {path.name for path in package.iterdir()} - {"SHA256SUMS"}


def test_version_and_date_are_those_of_the_newest_capture_not_of_a_clock(
    descriptor: dict[str, Any], release: Release
) -> None:
    assert (descriptor["version"], descriptor["created"]) == ("2026.11.0", "2026-11-25T00:00:00Z")
    assert release.published.version == release.published.folder.name == "2026.11.0"


def test_every_column_has_a_title_and_a_description_in_both_languages(descriptor: dict[str, Any]) -> None:
    for name, schema in schemas_of(descriptor).items():
        for field in schema["fields"]:
            for key in ("title", "title_zh", "description", "description_zh"):
                assert field.get(key), f"{name}.{field['name']} has no {key}"
            assert any("\u4e00" <= mark <= "\u9fff" for mark in field["description_zh"]), (
                f"{name}.{field['name']}"
            )
            assert field["description"] != field["description_zh"]
    for resource in resources(descriptor).values():
        assert resource["title"]
        assert resource["title_zh"]


def test_an_independent_reader_finds_the_same_rows_in_csv_and_parquet(
    package: Path, descriptor: dict[str, Any]
) -> None:
    kinds = {
        "string": "VARCHAR",
        "integer": "BIGINT",
        "number": "DOUBLE",
        "boolean": "BOOLEAN",
        "date": "DATE",
        "datetime": "TIMESTAMPTZ",
    }
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone='UTC'")
        for name, schema in schemas_of(descriptor).items():
            types = {field["name"]: kinds[field["type"]] for field in schema["fields"]}
            from_csv = connection.execute(
                f"SELECT * FROM read_csv('{package}/{name}.csv', header=true, delim=',', quote='\"', columns={types})"
            ).fetchall()
            from_parquet = connection.execute(f"SELECT * FROM '{package}/{name}.parquet'").fetchall()
            assert from_csv == from_parquet, name
            none_yet = ("corrections", "contributions", "revisions", "removals")
            assert len(from_parquet) > 0 or name in none_yet, name


def test_parquet_is_typed_compressed_and_explains_its_columns(
    package: Path, descriptor: dict[str, Any]
) -> None:
    observations = pq.ParquetFile(package / "observations.parquet")
    types = {field.name: field.type for field in observations.schema_arrow}
    assert (types["value"], types["year"], types["body_id"]) == (pa.float64(), pa.int64(), pa.string())
    assert observations.schema_arrow.field("value").nullable
    captures = pq.read_schema(package / "captures.parquet")
    assert pa.types.is_timestamp(captures.field("captured_at").type)
    assert captures.field("captured_at").type.tz == "UTC"
    for name, schema in schemas_of(descriptor).items():
        file = pq.ParquetFile(package / f"{name}.parquet")
        groups = [file.metadata.row_group(0).column(at) for at in range(len(schema["fields"]))]
        assert {chunk.compression for chunk in groups} == {"ZSTD"}
        for field in schema["fields"]:
            metadata = file.schema_arrow.field(field["name"]).metadata
            assert metadata[b"title"].decode() == field["title"]
            assert metadata[b"description_zh"].decode() == field["description_zh"]


def test_text_is_plain_utf8_with_unix_lines_and_no_empty_text_poses_as_a_value(package: Path) -> None:
    for path in package.iterdir():
        if path.suffix in (".xlsx", ".dta", ".sqlite") or path.name.endswith(".excel.csv"):
            continue  # read back in tests of their own
        if path.suffix != ".parquet":
            content = path.read_bytes()
            content.decode("utf-8")
            assert not content.startswith(b"\xef\xbb\xbf"), path.name
            assert b"\r" not in content, path.name
            assert content.endswith(b"\n"), path.name
        else:
            table = pq.read_table(path)
            for column in table.column_names:
                assert "" not in set(table.column(column).to_pylist()), f"{path.name} {column}"


def test_every_reference_finds_its_row(package: Path, descriptor: dict[str, Any]) -> None:
    frames = {name: pd.read_csv(package / f"{name}.csv", dtype=str) for name in schemas_of(descriptor)}
    checked = 0
    for name, schema in schemas_of(descriptor).items():
        for key in schema.get("foreignKeys", []):
            reference = key["reference"]
            target = frames[reference["resource"] or name]
            known = set(target[reference["fields"]].itertuples(index=False, name=None))
            used = set(frames[name][key["fields"]].dropna().itertuples(index=False, name=None))
            assert used <= known, f"{name}.{key['fields']}: {sorted(used - known)[:3]}"
            checked += 1
    assert checked >= 10
    observed = frames["observations"]
    assert not observed.duplicated(["body_id", "year", "scope", "indicator_id", "applicant"]).any()


def test_only_a_reported_cell_has_a_value(package: Path) -> None:
    frame = pd.read_csv(package / "observations.csv", dtype={"body_id": str})
    assert (frame["value"].notna() == (frame["status"] == "reported")).all()


# The same bytes, anywhere


def build_command(raw: Path, curated: Path, **env: str) -> Ran:
    return run_script("build", "--raw", raw, "--curated", curated, env=env)


CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static long shift(void) { const char *text = getenv("SHIFT"); return text ? atol(text) : 0; }
int clock_gettime(clockid_t id, struct timespec *now) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int code = real(id, now);
    if (id == CLOCK_REALTIME) now->tv_sec += shift();
    return code;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec fine;
    clock_gettime(CLOCK_REALTIME, &fine);
    now->tv_sec = fine.tv_sec;
    now->tv_usec = fine.tv_nsec / 1000;
    return 0;
}
time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
"""


def shift_clock(folder: Path, to: datetime) -> dict[str, str]:
    """Return the environment in which programs believe that it is another day; none where there is no C compiler."""
    if not shutil.which("cc"):
        return {}
    source, library = folder / "clock.c", folder / "clock.so"
    source.write_text(CLOCK, encoding="utf-8")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    shift = int((to - datetime.now(UTC)).total_seconds())
    env = {"LD_PRELOAD": str(library), "SHIFT": str(shift)}
    command = [sys.executable, "-c", "import datetime; print(datetime.date.today().year)"]
    ran = subprocess.run(command, env={**QUIET, **env}, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == str(to.year)
    return env


def test_two_builds_in_other_places_time_zones_and_centuries_give_the_same_bytes(
    package: Path, raw: Path, tmp_path: Path
) -> None:
    days = (datetime(1970, 1, 2, tzinfo=UTC), datetime(2099, 6, 1, tzinfo=UTC))
    clocks = [shift_clock(tmp_path, day) for day in days]
    worlds = [
        {"PYTHONHASHSEED": "0", "TZ": "Asia/Shanghai", "LANG": "zh_CN.UTF-8", **clocks[0]},
        {"PYTHONHASHSEED": "4242", "TZ": "America/St_Johns", "LC_ALL": "C", **clocks[1]},
    ]
    with ThreadPoolExecutor(2) as pool:
        builds = [
            pool.submit(build_command, raw, tmp_path / f"deep/{at}/curated", **env)
            for at, env in enumerate(worlds)
        ]
    assert [build.result().code for build in builds] == [0, 0]
    trees = [list_tree(tmp_path / f"deep/{at}/curated") for at in range(2)]
    assert trees[0] == trees[1]
    assert {
        f"releases/{package.name}/{name}": content for name, content in list_tree(package).items()
    }.items() <= trees[0].items()
    assert trees[0]["latest"] == f"releases/{package.name}"


def test_a_damaged_capture_gives_the_same_bytes_anywhere_too(registry: Registry, tmp_path: Path) -> None:
    packages = []
    for place in ("one", "two/deeper"):
        raw = tmp_path / place / "raw"
        miyun = replace(
            HUAIROU_2018,
            body_id="110118",
            payload=HUAIROU_2018.payload.replace("怀柔".encode(), "密云".encode()),
        )
        _, lost = append_captures(raw, [HUAIROU_2018, miyun], [])
        content = bytearray((raw / lost.file).read_bytes())
        content[lost.offset + 500] ^= 1
        (raw / lost.file).write_bytes(content)
        packages.append(build_release(registry, raw, tmp_path / place / "curated").published.folder)
    assert list_tree(packages[0]) == list_tree(packages[1])
    with (packages[0] / "findings.csv").open(encoding="utf-8") as file:
        assert "damaged_capture" in {row["rule_id"] for row in csv.DictReader(file)}


def test_a_build_of_the_same_changes_nothing_and_says_so(
    small: Registry, tables: Tables, tmp_path: Path
) -> None:
    first = publish_package(small, tables, tmp_path)
    before = list_tree(tmp_path)
    second = publish_package(small, tables, tmp_path)
    assert (first.changed, second.changed, second.folder) == (True, False, first.folder)
    assert list_tree(tmp_path) == before


# What can go wrong


def published(registry: Registry, tables: Tables, curated: Path) -> dict[str, str | bytes]:
    """Publish once and return everything that is there then."""
    publish_package(registry, tables, curated)
    return list_tree(curated)


def break_schema(schemas: Path, **change: Any) -> Path:
    """Change the schema of the column `status` of the published observations, and return the folder."""
    path = schemas / "published" / "observations.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    next(field for field in schema["fields"] if field["name"] == "status").update(change)
    path.write_text(json.dumps(schema, ensure_ascii=False), encoding="utf-8")
    return schemas


def test_a_schema_that_the_data_breaks_stops_the_release_and_the_former_package_stays(
    schemas: Path, raw: Path, registry: Registry, tables: Tables, tmp_path: Path
) -> None:
    curated = tmp_path / "curated"
    before = published(registry, tables, curated)
    break_schema(schemas, constraints={"enum": ["dash"]})
    ran = run_gongkai("build", "--schemas", schemas, "--raw", raw, "--curated", curated)
    assert ran.code == 1
    assert "the package breaks its own schema in 273 places: observations: " in ran.err
    assert list_tree(curated) == before


def test_the_message_names_the_table_the_row_and_the_column(
    schemas: Path, tables: Tables, tmp_path: Path
) -> None:
    broken = load_registry(break_schema(schemas, constraints={"enum": ["dash"]}))
    with pytest.raises(ReleaseError) as caught:
        publish_package(broken, tables, tmp_path / "curated")
    said = caught.value.text
    assert (
        "observations: row 2, column status: constraint-error: found 'reported', expected one of dash"
        in said.en
    )
    assert "observations：第 2 行，status 列：constraint-error：现为“reported”，应为 dash 之一" in said.zh
    assert "不符合自身模式" in said.zh


@pytest.mark.parametrize(
    "change",
    [{"type": "numbr"}, {"constraints": {"pattern": "("}}, {"constraints": {"enum": 5}}],
    ids=["type", "pattern", "enum"],
)
def test_a_schema_that_is_none_is_named_before_anything_is_done(
    schemas: Path, change: dict[str, Any]
) -> None:
    with pytest.raises(
        RegistryError, match=r"observations\.schema\.json: not a usable Table Schema"
    ) as caught:
        load_registry(break_schema(schemas, **change))
    assert "observations.schema.json" in caught.value.text.zh


def test_nothing_to_publish_leaves_the_former_package(
    registry: Registry, release: Release, tables: Tables, tmp_path: Path
) -> None:
    before = published(registry, tables, tmp_path)
    lost = [
        Outcome(each.report, "unreadable", Text("x", "x"), each.capture, each.captures)
        for each in release.done
    ]
    with pytest.raises(ReleaseError, match="no report could be published"):
        publish_package(registry, assemble_tables(registry, lost, []), tmp_path)
    assert list_tree(tmp_path) == before


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[None]:
    """Mount something on a folder, or skip the test where that is not allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    ran = subprocess.run(["mount", *options, folder], capture_output=True, text=True, check=False)
    if ran.returncode:
        pytest.skip(f"mounting is not possible here: {ran.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def changed_raw(raw: Path, registry: Registry) -> Path:
    """Add a later capture with another figure to an archive, so that the next package is another."""
    page = HUAIROU_2018.payload.replace(b"3394", b"3395")
    later = replace(HUAIROU_2018, payload=page, captured_at=HUAIROU_2018.captured_at + timedelta(days=1))
    append_captures(raw, [later], load_index(raw, registry.schemas["published/captures"]))
    return raw


@pytest.mark.parametrize(
    ("room", "lang", "said"),
    [
        (0, "en", "cannot be written (No space left on device)"),
        (200, "zh", "无法写入（No space left on device）"),
    ],
)
def test_a_full_disk_leaves_the_former_package_whole_and_names_the_folder(
    registry: Registry, tables: Tables, raw: Path, tmp_path: Path, room: int, lang: str, said: str
) -> None:
    disk = tmp_path / "disk"
    if os.geteuid():
        pytest.skip("mounting needs root; see the test with a limit on file sizes")
    with mounted(disk, "-t", "tmpfs", "-o", "size=32m", "tmpfs"):
        before = published(registry, tables, disk / "curated")
        with (disk / "filler").open("wb", buffering=0) as filler:
            left = shutil.disk_usage(disk).free - room * 1024
            filler.write(bytes(left))
        ran = run_gongkai(
            "build", "--raw", changed_raw(raw, registry), "--curated", disk / "curated", "--lang", lang
        )
        assert (ran.code, f"{disk / 'curated'}" in ran.err) == (1, True)
        assert said in ran.err
        assert list_tree(disk / "curated") == before
        assert not (disk / "curated" / ".staging").exists()
        (disk / "filler").unlink()
        assert run_gongkai("build", "--raw", raw, "--curated", disk / "curated").code == 0
        assert list_tree(disk / "curated")["latest"] != before["latest"]


def test_a_file_that_cannot_be_written_whole_leaves_the_former_package(
    registry: Registry, tables: Tables, raw: Path, tmp_path: Path
) -> None:
    curated = tmp_path / "curated"
    before = published(registry, tables, curated)
    limited: list[str | Path] = [
        "prlimit",
        "--fsize=20000",
        BIN / "gongkai",
        "build",
        "--raw",
        changed_raw(raw, registry),
        "--curated",
        curated,
    ]
    ran = subprocess.run(limited, capture_output=True, text=True, check=False, env=QUIET)
    assert ran.returncode == 1, ran.stderr
    assert f"{curated}: cannot be written (File too large)" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert list_tree(curated) == before
    assert not (curated / ".staging").exists()


def test_a_read_only_folder_leaves_the_former_package_and_says_so(
    registry: Registry, tables: Tables, raw: Path, tmp_path: Path
) -> None:
    curated = tmp_path / "curated"
    before = published(registry, tables, curated)
    changed_raw(raw, registry)
    with read_only(curated):
        ran = run_gongkai("build", "--raw", raw, "--curated", curated)
        chinese = run_gongkai("build", "--raw", raw, "--curated", curated, "--lang", "zh")
    assert (ran.code, chinese.code) == (1, 1)
    assert f"{curated}: cannot be written" in ran.err
    assert f"{curated}：无法写入" in chinese.err
    assert list_tree(curated) == before


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Make a folder read-only: for root by a mount, for others by its permissions."""
    if os.geteuid():
        folder.chmod(0o555)
        yield
        folder.chmod(0o755)
        return
    with mounted(folder, "--bind", str(folder)):
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
        yield


def test_a_second_build_at_once_is_told_to_wait(
    registry: Registry, tables: Tables, raw: Path, tmp_path: Path
) -> None:
    curated = tmp_path / "curated"
    before = published(registry, tables, curated)
    changed_raw(raw, registry)
    with (curated / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ran = run_gongkai("build", "--raw", raw, "--curated", curated)
        assert ran.code == 1
        assert f"{curated}: another build is writing there" in ran.err
        assert list_tree(curated) == before
    assert run_gongkai("build", "--raw", raw, "--curated", curated).code == 0


def test_of_builds_at_the_same_moment_all_that_fail_say_why_and_the_package_is_whole(
    small: Registry, tables: Tables, tmp_path: Path
) -> None:
    ended: list[str] = []
    start = threading.Barrier(4)

    def publish(word: str) -> None:
        start.wait()
        try:
            publish_package(small, other_content(tables, word), tmp_path)
            ended.append("published")
        except ReleaseError as error:
            ended.append(error.text.en)

    threads = [threading.Thread(target=publish, args=(f"writer {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ended) == 4
    assert "published" in ended
    assert all("another build is writing there" in text for text in ended if text != "published")
    check_whole((tmp_path / "latest").resolve())


def check_whole(folder: Path) -> None:
    """Fail unless every file is one that SHA256SUMS names, and is there with those bytes."""
    sums = dict(line.split("  ")[::-1] for line in (folder / "SHA256SUMS").read_text().splitlines())
    assert set(list_tree(folder)) == {*sums, "SHA256SUMS"}
    for name, digest in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


READER = """
import hashlib, pathlib, sys
latest, stop = map(pathlib.Path, sys.argv[1:])
seen, looked, bad = set(), 0, []
while not stop.exists():
    folder = latest.resolve()
    try:
        for line in (folder / "SHA256SUMS").read_text().splitlines():
            digest, name = line.split("  ")
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
                bad.append(f"{folder.name}/{name}: other bytes")
    except OSError as error:
        bad.append(str(error))
    seen.add(folder.name)
    looked += 1
print(looked, len(seen), bad[:3])
"""


def test_a_reader_never_sees_half_a_package_while_fifty_are_published(
    small: Registry, tables: Tables, tmp_path: Path
) -> None:
    curated, stop = tmp_path / "curated", tmp_path / "stop"
    publish_package(small, tables, curated)
    with subprocess.Popen(
        [sys.executable, "-c", READER, curated / "latest", stop], stdout=subprocess.PIPE, text=True
    ) as reader:
        for n in range(50):
            publish_package(small, other_content(tables, f"version {n % 7}"), curated)
        stop.touch()
        looked, seen, bad = (reader.stdout.read() if reader.stdout else "").split(maxsplit=2)
    assert bad.strip() == "[]"
    assert int(looked) > 100
    assert int(seen) >= 7


def test_content_that_comes_back_is_a_new_release_and_none_is_taken_from_those_who_read_it(
    small: Registry, tables: Tables, tmp_path: Path
) -> None:
    first = publish_package(small, tables, tmp_path).folder
    held = (first / "captures.csv").stat().st_ino
    publish_package(small, other_content(tables, "other"), tmp_path)
    again = publish_package(small, tables, tmp_path)
    assert (again.folder.name, again.changed) == ("2026.11.2", True)
    assert (first / "captures.csv").stat().st_ino == held
    assert (again.folder / "captures.csv").read_bytes() == (first / "captures.csv").read_bytes()


def test_every_release_stays_and_no_byte_of_it_changes(
    small: Registry, tables: Tables, tmp_path: Path
) -> None:
    trees: list[dict[str, str | bytes]] = []
    for n in range(5):
        folder = publish_package(small, other_content(tables, f"version {n}"), tmp_path).folder
        trees.append(list_tree(folder))
        assert (tmp_path / "latest").resolve() == folder
    names = [f"2026.11.{n}" for n in range(5)]
    assert [path.name for path in sorted((tmp_path / "releases").iterdir())] == names
    assert [list_tree(tmp_path / "releases" / name) for name in names] == trees


def drop(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


def change(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:-1] + b"?")


def empty(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(b"")


def lead_astray(folder: Path) -> None:
    latest = folder.parent.parent / "latest"
    latest.unlink()
    latest.symlink_to("elsewhere/nowhere")


def lead_file_astray(folder: Path) -> None:
    (folder / "captures.csv").unlink()
    (folder / "captures.csv").symlink_to("/dev/zero")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a table lost": drop("captures.csv"),
    "a README lost": drop("README.md"),
    "the sums lost": drop("SHA256SUMS"),
    "a byte changed": change("captures.parquet"),
    "the descriptor changed": change("datapackage.json"),
    "the sums cut": change("SHA256SUMS"),
    "the sums emptied": empty("SHA256SUMS"),
    "a table emptied": empty("captures.csv"),
    "the manifest changed": change("manifest.json"),
    "the manifest lost": drop("manifest.json"),
    "a file put in": lambda folder: (folder / "more.csv").write_bytes(b"a,b\n"),
    "a file led astray": lead_file_astray,
    "the link lost": lambda folder: (folder.parent.parent / "latest").unlink(),
    "the link led astray": lead_astray,
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("number", [0, 1], ids=["the first", "a later one"])
def test_a_damaged_release_is_mended_by_the_next_build(
    small: Registry, tables: Tables, tmp_path: Path, damage: str, number: int
) -> None:
    if number:
        publish_package(small, other_content(tables, "before"), tmp_path)
    folder = publish_package(small, tables, tmp_path).folder
    before = list_tree(tmp_path)
    DAMAGES[damage](folder)
    assert list_tree(tmp_path) != before
    assert publish_package(small, tables, tmp_path).changed
    assert list_tree(tmp_path) == before


def test_nothing_comes_after_a_damaged_release_that_cannot_be_made_again(
    small: Registry, tables: Tables, tmp_path: Path
) -> None:
    folder = publish_package(small, tables, tmp_path).folder
    change("captures.csv")(folder)
    before = list_tree(tmp_path)
    with pytest.raises(ReleaseError, match=r"is damaged .* cannot be made again as it was") as caught:
        publish_package(small, other_content(tables, "next"), tmp_path)
    assert f"{folder}：已损坏" in caught.value.text.zh
    assert list_tree(tmp_path) == before


def test_the_number_of_a_lost_release_is_not_given_again(
    small: Registry, tables: Tables, tmp_path: Path
) -> None:
    first = publish_package(small, tables, tmp_path).folder
    lost = publish_package(small, other_content(tables, "lost"), tmp_path).folder
    shutil.rmtree(lost)
    after = publish_package(small, other_content(tables, "another"), tmp_path)
    assert [path.name for path in (first, lost, after.folder)] == ["2026.11.0", "2026.11.1", "2026.11.2"]
    assert json.loads((after.folder / "manifest.json").read_text())["previous"]["version"] == "2026.11.0"


def test_a_newer_release_that_nothing_pointed_to_yet_is_followed(
    small: Registry, tables: Tables, tmp_path: Path
) -> None:
    publish_package(small, tables, tmp_path)
    publish_package(small, other_content(tables, "next"), tmp_path)
    whole = list_tree(tmp_path)
    (tmp_path / "latest").unlink()
    (tmp_path / "latest").symlink_to("releases/2026.11.0")
    assert publish_package(small, other_content(tables, "next"), tmp_path).changed
    assert list_tree(tmp_path) == whole


def test_what_a_killed_build_left_behind_is_cleared_away(
    small: Registry, tables: Tables, tmp_path: Path
) -> None:
    before = published(small, tables, tmp_path)
    (tmp_path / ".staging").mkdir()
    (tmp_path / ".staging" / "captures.csv").write_text("half a tab")
    (tmp_path / ".latest.new").symlink_to("releases/nowhere")
    publish_package(small, other_content(tables, "next"), tmp_path)
    after = list_tree(tmp_path)
    assert {name: after[name] for name in before} == before | {"latest": "releases/2026.11.1"}
    assert not any(name.startswith(".") for name in after)
