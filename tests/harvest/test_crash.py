"""A writer that dies, or whose disk fails, at any system call leaves an archive that the next run makes whole."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from flows.errors import ArchiveError, GongkaiError
from flows.harvest import archive
from flows.harvest.archive import append_captures, append_record, locked, read_capture
from flows.harvest.audit import audit_archive
from flows.harvest.index import append_index, load_index
from flows.harvest.mend import mend_archive
from flows.model import Capture
from tests.conftest import ROOT
from tests.crash import CALLS, FORKS, Point, Writer, all_points, run_writer, why_not
from tests.harvest.test_archive import SEEN, numbered

FORKS.set_forkserver_preload(["tests.harvest.test_crash", "tests.command"])
pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")

SCHEMA = json.loads((ROOT / "schemas" / "published" / "captures.schema.json").read_text(encoding="utf-8"))
load_index(ROOT / "raw", SCHEMA)  # before the fork: what it imports at its first use opens hundreds of files
PAGE = replace(SEEN, payload=b"page" * 200)
NEW = (
    *numbered(3),
    PAGE,
    replace(
        PAGE, url="http://www.bjhr.gov.cn/1.png", payload=bytes(range(256)) * 9, parent_id=PAGE.capture_id
    ),
    replace(PAGE, captured_at=PAGE.captured_at + timedelta(days=7), http_status=304),
)  # a revisit at the end; the files are so small that several are begun


def write_safely(raw: Path, say: Callable[[str], None]) -> None:
    """Be a harvest: mend what is there, then archive one capture after the other."""
    archive.MAX_FILE = 2_500
    with locked(raw):
        known = mend_archive(raw, SCHEMA)
    for each in NEW:
        with locked(raw):
            known = append_captures(raw, [each], known)
        say(each.capture_id)


def write_naively(raw: Path, say: Callable[[str], None]) -> None:
    """Be a harvest that trusts the disk: the index first, records in pieces, nothing mended."""
    raw.mkdir(exist_ok=True)
    known = {each.capture_id: each for each in load_index(raw, SCHEMA)}
    for each in NEW:
        if each.capture_id in known:
            continue
        beside = raw.with_name("beside")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        path = raw / "gongkai-00001.warc.gz"
        if path.exists():
            shutil.copy(path, beside)
        capture = append_record(beside, each)
        records = (beside / path.name).read_bytes()
        append_index(raw, [capture])
        with path.open("wb", buffering=0) as file:
            for begin in range(0, len(records), 700):
                file.write(records[begin : begin + 700])
        say(each.capture_id)


@cache
def calls_of(writer: Writer, folder: Path, begun: bool) -> tuple[str, ...]:
    """Return the calls of a writer that nothing befalls."""
    raw = folder / "whole"
    if begun:
        leave_halves(raw)
    ended = run_writer(writer, raw)
    assert ended.code == 0
    assert ended.said == {each.capture_id for each in NEW}
    return ended.calls


def leave_halves(raw: Path) -> None:
    """Leave what a crash would: two captures, one that the index does not know, half a record, half a line."""
    append_captures(raw, NEW[:2], [])
    append_record(raw, NEW[2])
    path = raw / "gongkai-00001.warc.gz"
    path.write_bytes(path.read_bytes() + path.read_bytes()[:150])
    index = raw / "index.csv"
    index.write_bytes(index.read_bytes() + b"0123456789abcdef,1101")


def broken_at(writer: Writer, raw: Path, point: Point, *, begun: bool) -> str:
    """Return what is wrong after a fault at a point and another run, or an empty text."""
    if begun:
        leave_halves(raw)
    ended = run_writer(writer, raw, point)
    if not ended.struck:
        return f"{point}: nothing befell the writer"
    if why := run_again(writer, raw):
        return f"{point}: the next run: {why}"
    captures = load_index(raw, SCHEMA)
    held = {each.capture_id: each for each in captures}
    if not ended.said <= set(held):
        return f"{point}: {len(ended.said - set(held))} captures lost that had been archived"
    if [each for each in NEW if not holds(raw, held.get(each.capture_id), each.payload)]:
        return f"{point}: a capture is not there after the next run"
    faults = audit_archive(raw, captures).faults
    return f"{point}: {faults[0]}" if faults else ""


def run_again(writer: Writer, raw: Path) -> str:
    """Run a writer here, with nothing in its way, and return what it failed with, or an empty text."""
    size = archive.MAX_FILE
    try:
        writer(raw, lambda _: None)
    except GongkaiError as error:
        return str(error)
    finally:
        archive.MAX_FILE = size
    return ""


def holds(raw: Path, capture: Capture | None, payload: bytes) -> bool:
    """Return whether the archive gives a capture's bytes."""
    try:
        return capture is not None and read_capture(raw, capture) == payload
    except ArchiveError:
        return False


def broken(writer: Writer, folder: Path, points: Iterator[Point], **more: bool) -> list[str]:
    """Return what is wrong at each point where something is."""
    found = []
    for number, point in enumerate(points):
        if why := broken_at(writer, folder / f"raw-{number}", point, begun=more.get("begun", False)):
            found.append(why)
    return found


FAULTS = {
    "kill": ("signal=SIGKILL", CALLS),
    "full disk": ("error=ENOSPC", ("openat", "write", "fsync", "mkdir")),
    "broken disk": (
        "error=EIO",
        ("openat", "write", "fsync", "ftruncate", "truncate", "rename", "unlink", "mkdir", "close"),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("begun", [False, True], ids=["new", "after a crash"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_any_call_leaves_an_archive_that_the_next_run_makes_whole(
    tmp_path: Path, fault: str, begun: bool
) -> None:
    calls = calls_of(write_safely, tmp_path, begun)
    points = list(all_points(calls, *FAULTS[fault]))
    assert len(points) > 30
    assert broken(write_safely, tmp_path, iter(points), begun=begun) == []


@pytest.mark.parametrize(("fault", "step"), [("kill", 9), ("full disk", 14), ("broken disk", 14)])
def test_a_fault_at_some_calls_leaves_an_archive_that_the_next_run_makes_whole(
    tmp_path: Path, fault: str, step: int
) -> None:
    calls = calls_of(write_safely, tmp_path, True)
    points = list(all_points(calls, *FAULTS[fault]))[3::step]
    assert broken(write_safely, tmp_path, iter(points), begun=True) == []


def test_a_naive_writer_is_found_out(tmp_path: Path) -> None:
    points = list(all_points(calls_of(write_naively, tmp_path, False), "signal=SIGKILL", ("write",)))
    assert broken(write_naively, tmp_path, iter(points[2:12:3]))
