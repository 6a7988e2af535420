"""The archive in `raw/`: captures as WARC records with an index that is a table; append only.

The records reach the disk before the index names them. What a crash leaves behind is mended by the next
harvest: half a record is cut off, a whole one that the index does not know is entered.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.errors import ArchiveError
from flows.harvest.index import INDEX, append_index, load_index, sync_folder, write_whole
from flows.harvest.warc import NewCapture, make_records, make_warcinfo, read_record, whole_members
from flows.model import Capture

MAX_FILE = 1_000_000_000  # a new WARC file is begun past this size


def read_capture(raw: Path, capture: Capture) -> bytes:
    """Return the exact bytes of a capture.

    Raises ArchiveError where the file is missing, the record is damaged or cut, or the bytes
    are not the ones whose hash the index holds.
    """
    try:
        with (raw / capture.file).open("rb") as file:
            _, _, payload = read_record(file, capture.offset)
    except FileNotFoundError as error:
        raise damaged(capture, "the file is missing", "缺少该文件") from error
    except OSError as error:
        raise damaged(
            capture, f"cannot be read ({error.strerror})", f"无法读取（{error.strerror}）"
        ) from error
    except ValueError as error:
        raise damaged(capture, "no WARC record begins there", "该处没有 WARC 记录") from error
    found = hashlib.sha256(payload).hexdigest()
    if found != capture.sha256:
        raise damaged(
            capture, f"sha256 {found[:12]}…, the index says {capture.sha256[:12]}…",
            f"sha256 为 {found[:12]}…，索引为 {capture.sha256[:12]}…",
        )  # fmt: skip
    return payload


def damaged(capture: Capture, en: str, zh: str) -> ArchiveError:
    """Return the error for a capture that is not what the index says.

    It becomes a published finding, so it names no folder of this machine.
    """
    return ArchiveError(
        f"{capture.file} offset {capture.offset} (capture {capture.capture_id}): {en}. "
        "Restore the file from git or a copy; the report is left out until then.",
        f"{capture.file} 偏移 {capture.offset}（存档 {capture.capture_id}）：{zh}。请从 git 或副本恢复文件；在此之前该报告不予发布。",
    )


@contextmanager
def locked(raw: Path) -> Iterator[None]:
    """Hold the archive's lock, waiting for whoever has it: two harvests write one after the other."""
    try:
        raw.mkdir(parents=True, exist_ok=True)
        file = (raw / ".lock").open("w")
    except OSError as error:
        raise not_writable(raw, error) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def append_captures(raw: Path, new: Iterable[NewCapture], known: Iterable[Capture]) -> tuple[Capture, ...]:
    """Write captures at the end of the archive and return all captures, the new ones last.

    A capture that is in the index already is not written again; bytes that the archive holds already are
    not written again either, only that they were seen. Raises ArchiveError, with the archive whole, where
    the disk is full or read-only.
    """
    captures = {capture.capture_id: capture for capture in known}
    bytes_at = {capture.sha256: capture for capture in reversed(tuple(captures.values()))}
    try:
        raw.mkdir(parents=True, exist_ok=True)
        for each in new:
            if each.capture_id not in captures:
                capture = append_record(raw, each, bytes_at.get(each.sha256))
                append_index(raw, [capture])
                captures[capture.capture_id] = capture
                bytes_at.setdefault(capture.sha256, capture)
    except OSError as error:
        raise not_writable(raw, error) from error
    return tuple(captures.values())


def not_writable(raw: Path, error: OSError) -> ArchiveError:
    """Return the error for an archive on a disk that is full or read-only."""
    return ArchiveError(
        f"{raw}: cannot be written ({error.strerror or error}). Free space or mend the permissions and run again.",
        f"{raw}：无法写入（{error.strerror or error}）。请腾出空间或修正权限后重试。",
    )


def append_record(raw: Path, new: NewCapture, first: Capture | None = None) -> Capture:
    """Write the records of one capture, those of a revisit where `first` brought the same bytes, and return the Capture."""
    path = current_file(raw)
    begun = path.exists() and path.stat().st_size > 0
    head = b"" if begun else make_warcinfo(path.name, new.captured_at)
    size = path.stat().st_size if begun else 0
    records = make_records(new, first)
    with path.open("ab", buffering=0) as file:
        try:
            write_whole(file.fileno(), head + records)
        except OSError:
            os.ftruncate(file.fileno(), size)  # half a record would make every later check of the file fail
            raise
    if not begun:
        sync_folder(raw)
    return place_capture(new, (path.name, size + len(head)), records, first)


def place_capture(new: NewCapture, at: tuple[str, int], records: bytes, first: Capture | None) -> Capture:
    """Return a capture whose own records stand in a file at an offset."""
    file, offset = at if first is None else (first.file, first.offset)
    return Capture(
        capture_id=new.capture_id,
        body_id=new.body_id,
        year=new.year,
        scope=new.scope,
        kind=new.kind,
        url=new.url,
        captured_at=new.captured_at,
        media_type=new.media_type,
        sha256=new.sha256,
        size=len(new.payload),
        file=file,
        offset=offset,
        http_status=new.http_status,
        source=new.source,
        verdict=new.verdict,
        final_url=new.final_url,
        etag=new.etag,
        last_modified=new.last_modified,
        framing=new.framing,
        tls=new.tls,
        parent_id=new.parent_id,
        revisit_file=at[0] if first else "",
        revisit_offset=at[1] if first else None,
        record_bytes=len(records),
        record_sha256=hashlib.sha256(records).hexdigest(),
    )


def current_file(raw: Path) -> Path:
    """Return the WARC file to append to: the newest, or a new one when that has grown too large."""
    files = list_files(raw)
    if files and files[-1].stat().st_size < MAX_FILE:
        return files[-1]
    return raw / f"gongkai-{len(files) + 1:05d}.warc.gz"


def list_files(raw: Path) -> list[Path]:
    """Return the WARC files of an archive, oldest first."""
    return sorted(raw.glob("gongkai-*.warc.gz"))


# What a crash leaves behind


def mend_archive(raw: Path, schema: Mapping[str, Any]) -> tuple[Capture, ...]:
    """Return all captures of an archive after what a crash left behind is mended; call it with the lock held.

    Half a line at the end of the index and half a capture at the end of the newest file are cut off; a whole
    capture that the index does not know is entered. Nothing else is touched.
    """
    cut_index(raw)
    known = load_index(raw, schema)
    files = list_files(raw)
    if not files:
        return known
    found, end = read_tail(files[-1], known)
    if end < files[-1].stat().st_size:  # never before what the index knows: bit rot is for the audit
        os.truncate(files[-1], end)
    if found:
        append_index(raw, found)
    return (*known, *found)


def cut_index(raw: Path) -> None:
    """Cut off half a line at the end of the index, which a power failure can leave, and drop one that was being made anew."""
    path = raw / INDEX
    (raw / f".{INDEX}.new").unlink(missing_ok=True)
    if path.exists() and not (text := path.read_bytes()).endswith(b"\n"):
        os.truncate(path, text.rfind(b"\n") + 1)


def read_tail(path: Path, known: Sequence[Capture]) -> tuple[list[Capture], int]:
    """Return the whole captures behind the last that the index knows in a file, and where the last whole one ends."""
    bytes_at = {capture.sha256: capture for capture in reversed(known)}
    found: list[Capture] = []
    end = known_end(path.name, known)
    with path.open("rb") as file, path.open("rb") as again:
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
                records = read_range(path, main[0], after)
                found.append(recover_capture(path.name, main, (record[2], records), bytes_at))
                bytes_at.setdefault(found[-1].sha256, found[-1])
    return found, end


def read_range(path: Path, begin: int, end: int) -> bytes:
    """Return the bytes of a stretch of a file."""
    with path.open("rb") as file:
        file.seek(begin)
        return file.read(end - begin)


def known_end(file: str, known: Sequence[Capture]) -> int:
    """Return where the last capture of a file that the index knows ends; 0 where it knows none of it."""
    own = [(each.record_at[1], each.record_bytes or 0) for each in known if each.record_at[0] == file]
    return sum(max(own, default=(0, 0)))


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
    )
    capture = place_capture(new, (file, offset), records, first)
    if first is None:
        return capture
    return replace(capture, capture_id=said["capture"], sha256=first.sha256, size=first.size)
