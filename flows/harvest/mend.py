"""What a crash leaves behind in an archive, mended by the next harvest.

Half a record is cut off; a whole capture that the index does not know is entered.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.harvest.archive import NUMBERED, list_warcs, place_capture
from flows.harvest.index import (
    INDEX,
    append_index,
    has_columns,
    index_text,
    load_index,
    pack_tables,
    sync_folder,
    table_of,
    write_whole,
)  # fmt: skip
from flows.harvest.order import order_captures
from flows.harvest.store import Bucket, Raw, list_files, open_file, read_range, write_object
from flows.harvest.warc import NewCapture, read_record, whole_members
from flows.model import Capture


def mend_archive(raw: Raw, schema: Mapping[str, Any]) -> tuple[Capture, ...]:
    """Return all captures of an archive after what a crash left behind is mended; call it with the lock held.

    In a folder, half a line at the end of the index and half a capture at the end of the newest file are cut off;
    anywhere, a whole capture that the index does not know is entered. Nothing else is touched.
    """
    if isinstance(raw, Path):
        cut_index(raw)
    known = load_index(raw, schema)
    if isinstance(raw, Path):
        widen_index(raw, known)
    files = list_files(raw)
    warcs = list_warcs(files)
    growing = [name for name in warcs if NUMBERED.fullmatch(name)][-1:] if isinstance(raw, Path) else []
    ends = known_ends(known)
    for name in warcs:
        if ends.get(name) == files[name]:
            continue
        found, end = read_tail(raw, name, known)
        if isinstance(raw, Path) and name in growing and end < files[name]:
            os.truncate(raw / name, end)  # never before what the index knows: bit rot is for the audit
        enter_captures(raw, name, known, found)
        known = (*known, *found)
    if isinstance(raw, Bucket):
        pack_tables(raw, known)
    return order_captures(known)


def enter_captures(raw: Raw, name: str, known: Sequence[Capture], found: Sequence[Capture]) -> None:
    """Add captures that stand in a WARC file to the index; in a bucket, to all that its table holds already."""
    if not found:
        return
    if isinstance(raw, Bucket):
        own = [*(each for each in known if each.record_at[0] == name), *found]
        write_object(raw, table_of(name), index_text(own).encode())
    else:
        append_index(raw, found)


def cut_index(raw: Path) -> None:
    """Cut off half a line at the end of the index, which a power failure can leave; an index of less than a line is none."""
    path = raw / INDEX
    if not path.exists() or (text := path.read_bytes()).endswith(b"\n"):
        return
    if end := text.rfind(b"\n") + 1:
        os.truncate(path, end)
    else:
        path.unlink()


def widen_index(raw: Path, known: Sequence[Capture]) -> None:
    """Write an index of older columns anew with those of today, so that rows can be added to it."""
    path = raw / INDEX
    if path.exists() and not has_columns(path):
        beside = raw / f".{INDEX}.new"
        with beside.open("wb", buffering=0) as file:
            write_whole(file.fileno(), index_text(known).encode())
        beside.replace(path)
        sync_folder(raw)


def read_tail(raw: Raw, name: str, known: Sequence[Capture]) -> tuple[list[Capture], int]:
    """Return the whole captures behind the last that the index knows in a file, and where the last whole one ends."""
    bytes_at = {capture.sha256: capture for capture in reversed(known)}
    found: list[Capture] = []
    end = known_ends(known).get(name, 0)
    with open_file(raw, name) as file, open_file(raw, name) as again:
        main: tuple[int, Any] | None = None
        for begin, after in whole_members(file, end):
            record = read_record(again, begin)
            kind = record[0].get_header("WARC-Type")
            if kind in ("response", "resource", "revisit"):
                main = (begin, record)
            elif kind == "warcinfo":
                end = after
            elif kind == "metadata" and main is not None:
                end = after
                records = read_range(raw, name, main[0], after)
                found.append(recover_capture(name, main, (record[2], records), bytes_at))
                bytes_at.setdefault(found[-1].sha256, found[-1])
    return found, end


def known_ends(known: Iterable[Capture]) -> dict[str, int]:
    """Return where the last capture that the index knows ends in each file."""
    ends: dict[str, int] = {}
    for each in known:
        file, begin = each.record_at
        ends[file] = max(ends.get(file, 0), begin + (each.record_bytes or 0))
    return ends


def recover_capture(
    file: str, main: tuple[int, Any], rest: tuple[bytes, bytes], bytes_at: Mapping[str, Capture]
) -> Capture:
    """Return the capture that records state: its own with its place, what the metadata says of it, and all its bytes."""
    offset, (headers, http, payload) = main
    about, records = rest
    said = dict(line.split(": ", 1) for line in about.decode().splitlines() if ": " in line)
    first = bytes_at[said["sha256"]] if headers.get_header("WARC-Type") == "revisit" else None
    new = NewCapture(
        body_id=said["body"],
        year=int(said["year"]),
        scope=said["scope"],
        kind=said["kind"],
        url=said.get("original-address", ""),
        captured_at=datetime.fromisoformat(headers.get_header("WARC-Date")),
        media_type=said.get("media-type") or headers.get_header("Content-Type"),
        payload=payload,
        source=said.get("source", ""),
        http_status=int(http.get_statuscode()) if http else None,
        verdict=said.get("verdict", "accepted"),
        final_url=said.get("final-address", ""),
        etag=(http.get_header("ETag") or "") if http else "",
        last_modified=(http.get_header("Last-Modified") or "") if http else "",
        framing=said.get("framing", ""),
        tls=said.get("tls", ""),
        parent_id=said.get("parent", ""),
        sequence=int(said.get("sequence", 0)),
    )
    capture = place_capture(new, (file, offset), records, first)
    if first is None:
        return capture
    return replace(capture, capture_id=said["capture"], sha256=first.sha256, size=first.size)
