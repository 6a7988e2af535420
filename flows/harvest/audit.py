"""The audit: the whole archive read again, so that every flipped bit and every cut is noticed."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders

from flows.errors import ArchiveError, Text
from flows.harvest.archive import list_files, read_capture, read_range
from flows.harvest.warc import make_warcinfo, payload_digest, read_record, record_id, whole_members
from flows.model import Capture


@dataclass(frozen=True)
class Fault:
    """One thing that is not as it was written: in which file, where, and what, in words."""

    file: str
    offset: int
    what: Text


@dataclass(frozen=True)
class Audit:
    """What an audit went through, and every fault that it found; none means that the archive is whole."""

    files: int
    records: int
    captures: int
    size: int
    faults: tuple[Fault, ...]


def audit_archive(
    raw: Path, captures: Iterable[Capture], tick: Callable[[Path], None] = lambda _: None
) -> Audit:
    """Return what is wrong with an archive, after reading every byte of it.

    Every compressed record must be whole by its own checksum and begin where the one before ends, carry the
    digest that it states, and belong to a capture of the index; every capture must have its record and bytes.
    """
    captures = tuple(captures)
    own = {record_id("capture", each.capture_id): each for each in captures}
    files = list_files(raw)
    faults: list[Fault] = []
    seen: set[str] = set()
    records = 0
    for path in files:
        for found in audit_file(path):
            if isinstance(found, Fault):
                faults.append(found)
            else:
                records += 1
                seen.add(found[1])
                if found[2] and found[1] not in own:
                    faults.append(Fault(path.name, found[0], NOT_INDEXED))
        tick(path)
    faults += [Fault(*each.record_at, NO_RECORD) for code, each in own.items() if code not in seen]
    faults += audit_captures(raw, captures)
    return Audit(
        len(files), records, len(captures), sum(path.stat().st_size for path in files), tuple(faults)
    )


CUT = Text(
    "the record that begins here is cut or damaged, and what follows it was not read",
    "自此处起的记录被截断或损坏，其后内容未读",
)
NO_BEGINNING = Text("no WARC record begins here", "该处没有 WARC 记录")
OTHER_DIGEST = Text("the bytes do not have the digest that the record states", "内容与记录所载摘要不符")
OTHER_HASH = Text("the records do not have the hash of the index", "记录与索引所载哈希不符")
NOT_INDEXED = Text(
    "the index does not know this record; the next harvest enters it", "索引中没有该记录；下次采集时补入"
)
NO_RECORD = Text("the index names a record that is not there", "索引所指的记录不存在")


def audit_file(path: Path) -> Iterator[Fault | tuple[int, str, bool]]:
    """Yield each whole record of a file (its offset, its id, whether it is a capture's own), and a fault for each other."""
    end = 0
    with path.open("rb") as file, path.open("rb") as again:
        for begin, after in whole_members(file, 0):
            end = after
            try:
                headers, _, payload = read_record(again, begin)
            except ValueError:
                yield Fault(path.name, begin, NO_BEGINNING)
                continue
            kind = headers.get_header("WARC-Type")
            stated = headers.get_header("WARC-Payload-Digest")
            if kind in ("response", "resource") and stated != payload_digest(payload):
                yield Fault(path.name, begin, OTHER_DIGEST)
            yield (
                begin,
                headers.get_header("WARC-Record-ID") or "",
                kind in ("response", "resource", "revisit"),
            )
    if end < path.stat().st_size:
        yield Fault(path.name, end, CUT)


def is_first_record(path: Path, begin: int, end: int, headers: StatusAndHeaders) -> bool:
    """Return whether the record that begins a file is the one that was written there, to the byte."""
    try:
        moment = datetime.fromisoformat(headers.get_header("WARC-Date") or "")
    except ValueError:
        return False
    return read_range(path, begin, end) == make_warcinfo(path.name, moment)


def audit_captures(raw: Path, captures: Iterable[Capture]) -> Iterator[Fault]:
    """Yield a fault for each capture whose records or bytes do not have the hash of the index."""
    for each in captures:
        file, offset = each.record_at
        path = raw / file
        if not path.exists():
            yield Fault(file, offset, NO_RECORD)
        elif (
            each.record_bytes
            and hashlib.sha256(read_range(path, offset, offset + each.record_bytes)).hexdigest()
            != each.record_sha256
        ):
            yield Fault(file, offset, OTHER_HASH)
    for each in {(each.file, each.offset, each.sha256): each for each in captures}.values():
        try:
            read_capture(raw, each)
        except ArchiveError as error:
            yield Fault(each.file, each.offset, error.text)
