"""Every command takes an archive in a bucket as it takes one in a folder, and prints the same."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from flows.harvest.archive import append_captures, read_capture
from flows.harvest.audit import audit_archive
from flows.harvest.index import load_index
from flows.harvest.store import list_files
from flows.registry import Registry
from tests.bucket import KEYS, Server, put, serve_buckets
from tests.command import list_tree, run_gongkai
from tests.conftest import ROOT
from tests.harvest.test_archive import SEEN
from tests.harvest.test_run import local, portal, run

__all__ = ["local", "portal"]  # fixtures


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve_buckets() as server:
        yield server


def test_commands_print_the_same_of_a_bucket_as_of_a_folder(server: Server, tmp_path: Path) -> None:
    bucket = server.new_bucket()
    for name in ("index.csv", "gongkai-00001.warc.gz"):
        put(bucket, name, (ROOT / "raw" / name).read_bytes())
    commands: list[list[str]] = [
        ["status"],
        ["trace", "110116", "2018", "v2014.reply.total"],
        ["audit"],
        ["export-capture", "110116", "2018", "-o", "x.wacz"],
        ["run", "--offline", "--curated", "packages"],
    ]

    def run_all(place: str) -> tuple[list[tuple[int | None, str]], dict[str, str | bytes]]:
        folder = tmp_path / place.replace("/", "-")
        folder.mkdir()
        env = {**server.env, "GONGKAI_RAW": place}
        ran = [run_gongkai(*words, env=env, cwd=folder) for words in commands]
        assert [each.code for each in ran] == [0] * len(commands), [each.err for each in ran]
        return [(each.code, each.out) for each in ran], list_tree(folder)

    with ThreadPoolExecutor(2) as pool:
        of_folder, of_bucket = pool.map(run_all, (str(ROOT / "raw"), str(bucket)))
    assert of_folder == of_bucket


def test_an_export_of_a_folder_is_imported_into_a_bucket(
    server: Server, tmp_path: Path, registry: Registry, huairou_page: bytes
) -> None:
    bucket, wacz = server.new_bucket(), tmp_path / "x.wacz"
    append_captures(tmp_path / "raw", [replace(SEEN, payload=huairou_page)], [])
    assert run_gongkai("export-capture", "110116", "2018", "--raw", tmp_path / "raw", "-o", wacz).code == 0
    for said in ("imported (accepted)", "known already"):
        words = ("--source", "Li Si", "--raw", str(bucket))
        ran = run_gongkai("import-captures", wacz, *words, env=server.env)
        assert ran.code == 0, ran.err
        assert ran.out.endswith(f"{said}\n")
    (capture,) = load_index(bucket, registry.schemas["published/captures"])
    assert (capture.kind, read_capture(bucket, capture)) == ("imported", huairou_page)


def test_a_harvest_into_a_bucket_finds_what_one_into_a_folder_finds(
    server: Server, tmp_path: Path, local: Registry
) -> None:
    bucket = server.new_bucket()
    schema = local.schemas["published/captures"]
    for raw in (bucket, tmp_path / "raw"):
        run(local, raw)
    there, here = load_index(bucket, schema), load_index(tmp_path / "raw", schema)
    assert sorted((each.year, each.verdict, each.sha256) for each in there) == sorted(
        (each.year, each.verdict, each.sha256) for each in here
    )
    assert len(here) > 3
    assert audit_archive(bucket, there).faults == ()
    before = list_files(bucket)
    assert run(local, bucket) == {}, "a second harvest right after has nothing to ask"
    assert list_files(bucket) == before


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_server_that_is_not_there_ends_a_command_with_1_and_one_line(lang: str) -> None:
    env = {**KEYS, "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "GONGKAI_RAW": "s3://gongkai/raw"}
    ran = run_gongkai("status", "--lang", lang, env=env)
    assert (ran.code, ran.out) == (1, "")
    assert {"en": "What was archived is safe", "zh": "已存档的内容不受影响"}[lang] in ran.err
    assert len(ran.err.splitlines()) == 1
