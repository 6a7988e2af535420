"""The audit notices every flipped bit, every cut, every record and file that is not where the index says."""

import io
import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from flows.harvest.archive import append_captures, append_record
from flows.harvest.audit import Audit, audit_archive
from flows.harvest.index import load_index
from flows.harvest.warc import whole_members
from flows.registry import Registry
from tests.harvest.test_archive import SEEN, check_warc, numbered


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    later = replace(SEEN, captured_at=SEEN.captured_at + timedelta(days=30))
    append_captures(tmp_path, [*numbered(4), SEEN, later], [])
    return tmp_path


def audit(raw: Path, registry: Registry) -> Audit:
    return audit_archive(raw, load_index(raw, registry.schemas["published/captures"]))


def test_a_whole_archive_has_no_fault_and_every_byte_of_it_was_read(
    archive: Path, registry: Registry
) -> None:
    found = audit(archive, registry)
    path = archive / "gongkai-00001.warc.gz"
    assert (found.faults, found.files, found.captures, found.size) == ((), 1, 6, path.stat().st_size)
    assert found.records == 1 + 4 * 2 + 2 * 3
    check_warc(path)


def test_the_shipped_archive_has_no_fault(raw: Path, registry: Registry) -> None:
    assert audit(raw, registry).faults == ()


@pytest.mark.parametrize("count", [120, pytest.param(400, marks=pytest.mark.slow)])
def test_every_flipped_bit_is_noticed(archive: Path, registry: Registry, count: int) -> None:
    path = archive / "gongkai-00001.warc.gz"
    whole = path.read_bytes()
    draw = random.Random(count)
    missed = []
    for _ in range(count):
        place, bit = draw.randrange(len(whole)), draw.randrange(8)
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :])
        if not audit(archive, registry).faults:
            missed.append((place, bit))
    assert missed == []


@pytest.mark.slow
def test_every_bit_of_what_a_checksum_does_not_cover_is_noticed(archive: Path, registry: Registry) -> None:
    path = archive / "gongkai-00001.warc.gz"
    whole = path.read_bytes()
    heads = [begin + place for begin, _ in whole_members(io.BytesIO(whole), 0) for place in range(10)]
    missed = []
    for place in heads:
        for bit in range(8):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :])
            if not audit(archive, registry).faults:
                missed.append((place, bit))
    assert missed == []


@pytest.mark.slow
def test_fifty_cuts_are_noticed(archive: Path, registry: Registry) -> None:
    path = archive / "gongkai-00001.warc.gz"
    whole = path.read_bytes()
    for size in random.Random(50).sample(range(len(whole)), 50):
        path.write_bytes(whole[:size])
        assert audit(archive, registry).faults, size


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_cut_is_noticed_wherever_it_is(archive: Path, registry: Registry, share: float) -> None:
    path = archive / "gongkai-00001.warc.gz"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    assert audit(archive, registry).faults


def test_a_file_that_is_gone_is_noticed_for_each_capture_in_it(archive: Path, registry: Registry) -> None:
    (archive / "gongkai-00001.warc.gz").unlink()
    assert len(audit(archive, registry).faults) >= 6


def test_a_record_that_the_index_does_not_know_is_noticed(archive: Path, registry: Registry) -> None:
    append_record(archive, replace(SEEN, payload=b"new", captured_at=SEEN.captured_at + timedelta(days=60)))
    (fault,) = audit(archive, registry).faults
    assert "index does not know" in fault.what.en


def test_a_record_in_the_place_of_another_is_noticed(archive: Path, registry: Registry) -> None:
    index = archive / "index.csv"
    first, second = (each.offset for each in load_index(archive, registry.schemas["published/captures"])[:2])
    index.write_text(index.read_text(encoding="utf-8").replace(f",{second},", f",{first},"), encoding="utf-8")
    assert any("sha256" in fault.what.en for fault in audit(archive, registry).faults)
