"""The audit: the whole archive read again, so that every flipped bit and every cut is noticed."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from warcio.statusandheaders import StatusAndHeaders

from flows.errors import ArchiveError, Text
from flows.harvest.archive import list_warcs, locked, read_capture
from flows.harvest.index import load_index
from flows.harvest.order import find_misdated
from flows.harvest.store import Raw, list_files, open_file, read_range
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
    """What an audit went through, and every fault that it found; none means that the archive is whole.

    `misdated` are captures whose clock contradicts the order in which they were stored: no damage, and never mended.
    """

    files: int
    records: int
    captures: int
    size: int
    faults: tuple[Fault, ...]
    misdated: tuple[Capture, ...] = ()


def look_at(raw: Raw, schema: Mapping[str, Any]) -> tuple[tuple[Capture, ...], dict[str, int]]:
    """Return the captures and files of an archive at one moment, between two harvests' writes where a lock can be held."""
    try:
        if isinstance(raw, Path) and not raw.exists():
            return (), {}
        with locked(raw):
            return load_index(raw, schema), list_files(raw)
    except ArchiveError:  # read only: nobody writes
        return load_index(raw, schema), list_files(raw)


def audit_archive(
    raw: Raw,
    captures: Iterable[Capture],
    tick: Callable[[str], None] = lambda _: None,
    files: Mapping[str, int] | None = None,
) -> Audit:
    """Return what is wrong with an archive, after reading every byte of it.

    `files` says which there were, with their sizes, where harvests may go on meanwhile.

    Every compressed record must be whole by its own checksum and begin where the one before ends, carry the
    digest that it states, and belong to a capture of the index; every capture must have its record and bytes.
    """
    captures = tuple(captures)
    own = {record_id("capture", each.capture_id): each for each in captures}
    files = list_files(raw) if files is None else files
    warcs = list_warcs(files)
    faults: list[Fault] = []
    seen: set[str] = set()
    records = 0
    for name in warcs:
        for found in audit_file(raw, name, files[name]):
            if isinstance(found, Fault):
                faults.append(found)
            else:
                records += 1
                seen.add(found[1])
                if found[2] and found[1] not in own:
                    faults.append(Fault(name, found[0], NOT_INDEXED))
        tick(name)
    faults += [Fault(*each.record_at, NO_RECORD) for code, each in own.items() if code not in seen]
    faults += audit_captures(raw, captures, files)
    return Audit(
        len(warcs),
        records,
        len(captures),
        sum(files[name] for name in warcs),
        tuple(faults),
        find_misdated(captures),
    )


CUT = Text(
    "the record that begins here is cut or damaged, and what follows it was not read",
    "自此处起的记录被截断或损坏，其后内容未读",
)
NO_BEGINNING = Text("no WARC record begins here", "该处没有 WARC 记录")
OTHER_DIGEST = Text("the bytes do not have the digest that the record states", "内容与记录所载摘要不符")
OTHER_HASH = Text("the records do not have the hash of the index", "记录与索引所载哈希不符")
OTHER_BEGINNING = Text(
    "the record that begins the file is not the one written there", "文件开头的记录与写入时不符"
)
NOT_INDEXED = Text(
    "the index does not know this record; the next harvest enters it", "索引中没有该记录；下次采集时补入"
)
NO_RECORD = Text("the index names a record that is not there", "索引所指的记录不存在")


def audit_file(raw: Raw, name: str, size: int) -> Iterator[Fault | tuple[int, str, bool]]:
    """Yield each whole record of a file (its offset, its id, whether it is a capture's own), and a fault for each other."""
    end = 0
    with open_file(raw, name) as file, open_file(raw, name) as again:
        for begin, after in whole_members(file, 0):
            if after > size:
                break
            end = after
            try:
                headers, _, payload = read_record(again, begin)
            except ValueError:
                yield Fault(name, begin, NO_BEGINNING)
                continue
            kind = headers.get_header("WARC-Type")
            stated = headers.get_header("WARC-Payload-Digest")
            own = kind in ("response", "resource", "revisit")
            if own and kind != "revisit" and stated != payload_digest(payload):
                yield Fault(name, begin, OTHER_DIGEST)
            if begin == 0 and not is_first_record(name, read_range(raw, name, 0, after), headers):
                yield Fault(name, begin, OTHER_BEGINNING)
            yield begin, headers.get_header("WARC-Record-ID") or "", own
    if end < size:
        yield Fault(name, end, CUT)


def is_first_record(name: str, record: bytes, headers: StatusAndHeaders) -> bool:
    """Return whether the record that begins a file is the one that was written there, to the byte."""
    try:
        moment = datetime.fromisoformat(headers.get_header("WARC-Date") or "")
    except ValueError:
        return False
    return record == make_warcinfo(name, moment)


def audit_captures(raw: Raw, captures: Iterable[Capture], files: Mapping[str, int]) -> Iterator[Fault]:
    """Yield a fault for each capture whose records or bytes do not have the hash of the index."""
    for each in captures:
        name, offset = each.record_at
        if name not in files:
            yield Fault(name, offset, NO_RECORD)
        elif each.record_bytes:
            records = read_range(raw, name, offset, offset + each.record_bytes)
            if hashlib.sha256(records).hexdigest() != each.record_sha256:
                yield Fault(name, offset, OTHER_HASH)
    for each in {(each.file, each.offset, each.sha256): each for each in captures}.values():
        try:
            read_capture(raw, each)
        except ArchiveError as error:
            yield Fault(each.file, each.offset, error.text)
