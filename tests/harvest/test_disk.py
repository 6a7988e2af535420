"""The archive on a real full disk, under several writers, and with a clock that cannot be trusted."""

import random
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.errors import ArchiveError
from flows.harvest.archive import append_captures, locked, read_capture
from flows.harvest.audit import audit_archive
from flows.harvest.index import load_index
from flows.harvest.mend import mend_archive
from flows.harvest.warc import NewCapture
from flows.model import Capture
from flows.registry import Registry
from tests.command import FORKS, list_tree
from tests.harvest.test_archive import SEEN, numbered

SCHEMA = "published/captures"


def load(raw: Path, registry: Registry) -> tuple[Capture, ...]:
    return load_index(raw, registry.schemas[SCHEMA])


# A full disk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KB."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "gongkai-test", str(tmp_path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("no disk can be mounted here")
    try:
        yield tmp_path
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_disk_that_is_really_full_leaves_the_archive_whole_and_goes_on_when_it_has_room(
    disk: Path, registry: Registry
) -> None:
    chance = random.Random(27)
    new = [replace(each, payload=chance.randbytes(9_000)) for each in numbered(12)]
    with pytest.raises(ArchiveError, match="cannot be written") as caught:
        append_captures(disk / "raw", new, [])
    assert str(disk) in caught.value.text.zh
    captures = load(disk / "raw", registry)
    assert 3 <= len(captures) < 12
    assert audit_archive(disk / "raw", captures).faults == ()
    assert set(list_tree(disk / "raw")) == {"index.csv", "gongkai-00001.warc.gz"}
    subprocess.run(["mount", "-o", "remount,size=1m", str(disk)], check=True)
    done = append_captures(disk / "raw", new, mend_archive(disk / "raw", registry.schemas[SCHEMA]))
    assert [read_capture(disk / "raw", each) for each in done] == [each.payload for each in new]
    assert audit_archive(disk / "raw", done).faults == ()


# Writers at once


def write_share(registry: Registry, raw: Path, new: list[NewCapture]) -> None:
    """Be a harvest beside others: take the lock for each capture, and know what they wrote."""
    for each in new:
        with locked(raw):
            append_captures(raw, [each], load(raw, registry))


def test_harvests_at_once_write_one_after_the_other_and_lose_nothing(
    tmp_path: Path, registry: Registry
) -> None:
    every = [
        *numbered(10),
        *(replace(SEEN, captured_at=SEEN.captured_at + timedelta(days=n)) for n in range(6)),
    ]
    shares = [every[::2], every[1::2], every[::3], every[:9]]
    writers = [
        FORKS.Process(target=write_share, args=(registry, tmp_path / "raw", share)) for share in shares
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0] * 4
    captures = load(tmp_path / "raw", registry)
    assert {each.capture_id for each in captures} == {each.capture_id for each in every}
    assert len(captures) == len(every)
    assert sum(not each.revisit_file for each in captures) == 11, "the same bytes are stored once"
    assert audit_archive(tmp_path / "raw", captures).faults == ()


# A clock that cannot be trusted


@pytest.mark.parametrize("year", [1970, 2038, 2099])
def test_a_clock_that_steps_loses_nothing_and_what_it_said_is_kept(
    tmp_path: Path, registry: Registry, year: int
) -> None:
    wrong = replace(SEEN, captured_at=datetime(year, 1, 1, tzinfo=UTC))
    back = replace(SEEN, captured_at=SEEN.captured_at - timedelta(days=1), payload=b"changed since")
    for each in (SEEN, wrong, back):
        append_captures(tmp_path, [each], load(tmp_path, registry))
    captures = load(tmp_path, registry)
    assert sorted(each.captured_at for each in captures) == sorted(
        each.captured_at for each in (SEEN, wrong, back)
    )
    assert [each.moment for each in captures] == sorted(each.moment for each in captures)
    held = {each.capture_id: read_capture(tmp_path, each) for each in captures}
    assert held == {each.capture_id: each.payload for each in (SEEN, wrong, back)}
    assert audit_archive(tmp_path, captures).faults == ()
    index = (tmp_path / "index.csv").read_text(encoding="utf-8")
    (tmp_path / "index.csv").unlink()
    mend_archive(tmp_path, registry.schemas[SCHEMA])
    assert (tmp_path / "index.csv").read_text(encoding="utf-8") == index
