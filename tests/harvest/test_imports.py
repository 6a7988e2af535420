"""Captures that others took: merged by hash, marked with who took them, never dressed up as fetches of our own."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from flows.errors import ArchiveError, UsageError
from flows.harvest.archive import append_captures, read_capture
from flows.harvest.audit import audit_archive
from flows.harvest.imports import Imported, import_captures
from flows.harvest.index import load_index
from flows.model import Capture, Report
from flows.registry import Registry
from tests.harvest.test_archive import SEEN

WHO = "Li Si, from Hefei, 2026-05-03"
HUAIROU = Report("110116", 2018, "whole_area")


def find_nothing(url: str, payload: bytes, charset: str) -> Report | None:
    return None


def find_huairou(url: str, payload: bytes, charset: str) -> Report | None:
    return HUAIROU


def take_elsewhere(folder: Path, *pages: bytes) -> Path:
    new = [
        replace(SEEN, payload=page, captured_at=SEEN.captured_at + timedelta(days=n))
        for n, page in enumerate(pages)
    ]
    append_captures(folder, new, [])
    return folder / "gongkai-00001.warc.gz"


def do_import(registry: Registry, raw: Path, path: Path) -> tuple[Imported, ...]:
    return import_captures(registry, raw, path, WHO, find_nothing)


def load(raw: Path, registry: Registry) -> tuple[Capture, ...]:
    return load_index(raw, registry.schemas["published/captures"])


def test_an_import_keeps_bytes_address_and_time_and_says_who_took_them(
    registry: Registry, tmp_path: Path, huairou_page: bytes
) -> None:
    path = take_elsewhere(tmp_path / "there", huairou_page, b"<html>404</html>")
    done = do_import(registry, tmp_path / "here", path)
    captures = load(tmp_path / "here", registry)
    assert [each.capture for each in done] == list(captures)
    assert [(each.kind, each.source, each.verdict) for each in captures] == [
        ("imported", WHO, "accepted"), ("imported", WHO, "missing"),
    ]  # fmt: skip
    assert [read_capture(tmp_path / "here", each) for each in captures] == [huairou_page, b"<html>404</html>"]
    assert [(each.url, each.captured_at) for each in captures] == [
        (SEEN.url, SEEN.captured_at), (SEEN.url, SEEN.captured_at + timedelta(days=1)),
    ]  # fmt: skip
    assert audit_archive(tmp_path / "here", captures).faults == ()


def test_a_page_that_is_dated_in_the_future_is_left_out_by_its_date(
    registry: Registry, tmp_path: Path, huairou_page: bytes
) -> None:
    ahead = replace(SEEN, payload=huairou_page, captured_at=SEEN.captured_at.replace(year=2099))
    append_captures(tmp_path / "there", [ahead, replace(SEEN, payload=huairou_page + b" ")], [])
    done = do_import(registry, tmp_path / "here", tmp_path / "there" / "gongkai-00001.warc.gz")
    assert [each.reason.en for each in done if each.capture is None] == [
        "it is dated in the future, 2099-03-01"
    ]
    assert [each.captured_at for each in load(tmp_path / "here", registry)] == [SEEN.captured_at]


def test_importing_twice_or_what_was_fetched_here_too_changes_nothing(
    registry: Registry, tmp_path: Path, huairou_page: bytes
) -> None:
    path = take_elsewhere(tmp_path / "there", huairou_page)
    append_captures(tmp_path / "here", [replace(SEEN, payload=huairou_page)], [])
    before = load(tmp_path / "here", registry)
    for _ in range(2):
        (done,) = do_import(registry, tmp_path / "here", path)
        assert done.reason.en == "known already"
    assert load(tmp_path / "here", registry) == before
    assert before[0].kind == "fetched"


def test_the_same_bytes_at_another_time_are_one_object_with_two_sights(
    registry: Registry, tmp_path: Path, huairou_page: bytes
) -> None:
    path = take_elsewhere(tmp_path / "there", huairou_page)
    append_captures(
        tmp_path / "here",
        [replace(SEEN, payload=huairou_page, captured_at=SEEN.captured_at - timedelta(days=9))],
        [],
    )
    do_import(registry, tmp_path / "here", path)
    first, second = load(tmp_path / "here", registry)
    assert (first.file, first.offset) == (second.file, second.offset)
    assert second.revisit_file


def test_a_page_of_a_foreign_host_is_left_out_by_name(
    registry: Registry, tmp_path: Path, huairou_page: bytes
) -> None:
    clone = replace(SEEN, url="http://www.bjhr.gov.cn.clone.example/a.html", payload=huairou_page)
    append_captures(tmp_path / "there", [clone], [])
    (done,) = do_import(registry, tmp_path / "here", tmp_path / "there" / "gongkai-00001.warc.gz")
    assert (done.capture, "hosts.csv" in done.reason.en, "hosts.csv" in done.reason.zh) == (None, True, True)
    assert load(tmp_path / "here", registry) == ()


def test_a_page_whose_report_nobody_names_is_told_by_its_text_or_left_out(
    registry: Registry, tmp_path: Path, huairou_page: bytes
) -> None:
    path = take_elsewhere(tmp_path / "there", huairou_page)
    strange = replace(
        registry, bodies={code: body for code, body in registry.bodies.items() if code != "110116"}
    )
    (done,) = import_captures(strange, tmp_path / "nothing", path, WHO, find_nothing)
    assert (done.capture, done.reason.en) == (None, "no report is named in it")
    (done,) = import_captures(registry, tmp_path / "told", path, WHO, find_huairou)
    assert done.capture is not None


@pytest.mark.parametrize("damage", ["cut", "flipped", "no warc", "missing"])
def test_a_file_that_is_not_whole_imports_nothing(
    registry: Registry, tmp_path: Path, huairou_page: bytes, damage: str
) -> None:
    path = take_elsewhere(tmp_path / "there", huairou_page, huairou_page + b"\n")
    whole = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(
            {
                "cut": whole[:-400],
                "flipped": whole[:900] + bytes([whole[900] ^ 16]) + whole[901:],
                "no warc": b"<html>",
            }[damage]
        )
    with pytest.raises(ArchiveError, match="nothing was imported"):
        do_import(registry, tmp_path / "here", path)
    assert load(tmp_path / "here", registry) == ()


def test_an_import_without_a_source_is_wrong_use(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--source"):
        import_captures(registry, tmp_path, tmp_path / "x.warc.gz", "  ", find_nothing)


def test_a_file_of_more_than_a_page_can_have_in_all_imports_nothing(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = take_elsewhere(tmp_path / "there", bytes(60_000), bytes(60_001))
    assert path.stat().st_size < 5_000
    monkeypatch.setattr("flows.harvest.imports.MAX_UNPACKED", 100_000)
    with pytest.raises(ArchiveError, match="over 100,000 bytes"):
        do_import(registry, tmp_path / "here", path)


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + bytes(18), b"\x1f\x8b\x08"])
def test_an_empty_or_foreign_file_imports_nothing(registry: Registry, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.wacz"
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match="nothing was imported"):
        do_import(registry, tmp_path / "here", path)
