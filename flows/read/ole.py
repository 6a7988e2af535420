"""OLE files, the format of Office before 2007: which program wrote one, its streams, the cells of a DOC."""

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

DOC = "application/msword"
XLS = "application/vnd.ms-excel"
PPT = "application/vnd.ms-powerpoint"
WORKS = "application/vnd.ms-works"
ENCRYPTED = "application/x-encrypted-office"
OLE = "application/x-ole-storage"
# In this order: the streams at the root that tell what a file is.
STREAMS = {
    "EncryptedPackage": ENCRYPTED,
    "WordDocument": DOC,
    "Workbook": XLS,
    "Book": XLS,
    "PowerPoint Document": PPT,
    "CONTENTS": WORKS,
}
MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FAULTS = (struct.error, IndexError, ValueError, KeyError)  # what comes from a damaged file
STREAM, ROOT = 2, 5  # kinds of entries in the directory
END = 0xFFFFFFFA  # from here on a sector's number says that there is none
WORD_97 = 0x00C1
LOCKED, SECOND_TABLE = 0x0100, 0x0200  # flags of a DOC


@dataclass(frozen=True)
class Storage:
    """An OLE file: its bytes, its sectors' size and order, where the small ones are listed, its streams."""

    content: bytes
    sector: int
    following: tuple[int, ...]
    mini: int
    streams: dict[str, tuple[int, int]] = field(default_factory=dict)


def find_ole_type(data: bytes) -> str:
    """Return the media type of an OLE file by the streams at its root; OLE where they tell nothing."""
    try:
        names = open_storage(data).streams
    except FAULTS:
        return OLE
    return next((media_type for name, media_type in STREAMS.items() if name in names), OLE)


def open_storage(data: bytes) -> Storage:
    """Return an OLE file with the streams at its root ([MS-CFB] 2.2-2.6).

    Only the root counts: a Word document with a workbook inside is a Word document.
    """
    shift, first, mini = struct.unpack_from("<H16xI8xI", data, 30)
    if shift not in (9, 12):
        raise ValueError(f"sectors of 2^{shift} bytes")
    storage = Storage(data, 1 << shift, read_fat(data, 1 << shift), mini)
    directory = read_sectors(storage, first)
    pending, seen = [0], set()
    while pending:
        at = pending.pop()
        if at in seen or at >= len(directory) // 128:
            continue
        seen.add(at)
        raw, length, kind, left, right, child, start, size = struct.unpack_from(
            "<64sHBxIII36xII", directory, at * 128
        )
        if kind in (STREAM, ROOT):
            name = raw[: max(length - 2, 0)].decode("utf-16-le", "ignore")
            storage.streams[name] = (start, size)
        pending += [child] if kind == ROOT else [left, right]
    return storage


def read_fat(data: bytes, sector: int) -> tuple[int, ...]:
    """Return which sector follows which; the sectors of that table are listed in the header and beyond it."""
    listed = list(struct.unpack_from("<109I", data, 76))
    (more,) = struct.unpack_from("<I", data, 68)
    for _ in range(len(data) // sector):
        if more >= END:
            break
        *block, more = struct.unpack_from(f"<{sector // 4}I", data, (more + 1) * sector)
        listed += block
    table: list[int] = []
    for at in [at for at in listed if at < END][: len(data) // sector]:
        table += struct.unpack_from(f"<{sector // 4}I", data, (at + 1) * sector)
    return tuple(table)


def follow_chain(start: int, following: Sequence[int]) -> Iterator[int]:
    """Yield the sectors of a chain in order; one that is longer than the table goes in a circle (ValueError)."""
    for _ in range(len(following) + 1):
        if start >= END:
            return
        yield start
        start = following[start]
    raise ValueError("a chain of sectors without end")


def read_sectors(storage: Storage, start: int) -> bytes:
    """Return the bytes of the chain of sectors that begins at `start`."""
    size = storage.sector
    chain = follow_chain(start, storage.following)
    return b"".join(storage.content[(at + 1) * size : (at + 2) * size] for at in chain)


def read_stream(storage: Storage, name: str) -> bytes:
    """Return the bytes of a stream at the root; one below 4,096 bytes lies in sectors of 64 inside another.

    Raises ValueError for one that is shorter than its entry says: the file was cut.
    """
    start, size = storage.streams[name]
    if size >= 4096:
        content = read_sectors(storage, start)[:size]
    else:
        small = read_sectors(storage, storage.streams["Root Entry"][0])
        table = read_sectors(storage, storage.mini)
        chain = follow_chain(start, struct.unpack(f"<{len(table) // 4}I", table))
        content = b"".join(small[at * 64 : (at + 1) * 64] for at in chain)[:size]
    if len(content) < size:
        raise ValueError(f"{name} has {len(content)} of {size} bytes")
    return content


def count_doc_cells(data: bytes) -> int | None:
    """Return how many cells of a DOC's tables end in text ([MS-DOC] 2.4.1), None where a password locks it.

    LibreOffice loses some tables without a word and glues their cells; this count finds it
    out. It is 0 for documents before Word 97. Raises one of FAULTS for a damaged file.
    """
    storage = open_storage(data)
    head = read_stream(storage, "WordDocument")
    version, flags = struct.unpack_from("<H6xH", head, 2)
    (length,) = struct.unpack_from("<I", head, 0x4C)
    if flags & LOCKED:
        return None
    if version < WORD_97:
        return 0
    table = read_stream(storage, "1Table" if flags & SECOND_TABLE else "0Table")
    text = "".join(read_pieces(head, table))[:length]
    ends = re.findall("([^\r\x07]*)\x07", text)
    return sum(any(mark.isprintable() and not mark.isspace() for mark in end) for end in ends)


def read_pieces(head: bytes, table: bytes) -> Iterator[str]:
    """Yield the text of a DOC, whose pieces are listed in one stream and lie in the other."""
    at, size = struct.unpack_from("<II", head, 0x01A2)
    end = at + size
    while table[at] == 1:  # properties come before the list
        at += 3 + struct.unpack_from("<H", table, at + 1)[0]
    count = (end - at - 5 - 4) // 12
    places = struct.unpack_from(f"<{count + 1}I", table, at + 5)
    for piece, (first, last) in enumerate(pairwise(places)):
        (start,) = struct.unpack_from("<I", table, at + 5 + 4 * (count + 1) + 8 * piece + 2)
        if start & 0x40000000:
            start = (start & 0x3FFFFFFF) // 2
            yield head[start : start + last - first].decode("cp1252", "ignore")
        else:
            yield head[start : start + 2 * (last - first)].decode("utf-16-le", "ignore")
