"""The archive: captures as WARC records with an index that is a table; append only.

In a folder, records are added at the end of the newest WARC file; in a bucket, each batch of captures is a WARC
file of its own. The records are written before the index names them. What a crash leaves behind is mended by
the next harvest (`mend.py`).
"""

import fcntl
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from threading import Lock

from flows.errors import ArchiveError
from flows.harvest.index import append_index, index_text, sync_folder, table_of, write_whole
from flows.harvest.store import Bucket, Raw, list_files, named, open_file, write_object
from flows.harvest.warc import NewCapture, make_records, make_warcinfo, read_record
from flows.model import Capture

MAX_FILE = 1_000_000_000  # a new WARC file is begun past this size
MAX_BATCH = 64_000_000  # of one object in a bucket: it is made in memory
TURN = Lock()
NUMBERED = re.compile(r"gongkai-(\d{5})\.warc\.gz")


def read_capture(raw: Raw, capture: Capture) -> bytes:
    """Return the exact bytes of a capture.

    Raises ArchiveError where the file is missing, the record is damaged or cut, or the bytes
    are not the ones whose hash the index holds.
    """
    try:
        with open_file(raw, capture.file) as file:
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
def locked(raw: Raw) -> Iterator[None]:
    """Hold the lock of an archive in a folder, waiting for whoever has it: two harvests write one after the other.

    A bucket needs none, for each batch there is an object of its own; the workers of one harvest take turns.
    """
    if isinstance(raw, Bucket):
        with TURN:
            yield
        return
    try:
        raw.mkdir(parents=True, exist_ok=True)
        file = (raw / ".lock").open("w")
    except OSError as error:
        raise not_writable(raw, error) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def append_captures(raw: Raw, new: Iterable[NewCapture], known: Iterable[Capture]) -> tuple[Capture, ...]:
    """Write captures into the archive and return all captures, the new ones last.

    A capture that is in the index already is not written again; bytes that the archive holds already are
    not written again either, only that they were seen. Raises ArchiveError, with the archive whole, where
    the disk is full or read-only, and StoreError where the server of a bucket does not answer.
    """
    captures = {capture.capture_id: capture for capture in known}
    bytes_at = {capture.sha256: capture for capture in reversed(tuple(captures.values()))}
    fresh = {each.capture_id: each for each in new if each.capture_id not in captures}.values()
    last = max((each.sequence for each in captures.values()), default=0)
    numbered = (replace(each, sequence=number) for number, each in enumerate(fresh, start=last + 1))
    for capture in write_captures(raw, numbered, bytes_at):
        captures[capture.capture_id] = capture
        bytes_at.setdefault(capture.sha256, capture)
    return tuple(captures.values())


def write_captures(raw: Raw, new: Iterable[NewCapture], bytes_at: Mapping[str, Capture]) -> Iterator[Capture]:
    """Write captures to where the archive lies, and yield each once it is there; `bytes_at` may grow meanwhile."""
    if isinstance(raw, Path):
        yield from append_each(raw, new, bytes_at)
    else:
        for batch in split_batches(new):
            yield from write_batch(raw, batch, bytes_at)


def append_each(raw: Path, new: Iterable[NewCapture], bytes_at: Mapping[str, Capture]) -> Iterator[Capture]:
    """Write captures at the end of an archive in a folder, one after the other, and yield each once it is on the disk."""
    try:
        raw.mkdir(parents=True, exist_ok=True)
        for each in new:
            capture = append_record(raw, each, bytes_at.get(each.sha256))
            append_index(raw, [capture])
            yield capture
    except OSError as error:
        raise not_writable(raw, error) from error


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
        sequence=new.sequence,
    )


def current_file(raw: Path) -> Path:
    """Return the WARC file to append to: the newest, or a new one when that has grown too large."""
    files = list_files(raw)
    numbered = [name for name in files if NUMBERED.fullmatch(name)]
    if numbered and files[numbered[-1]] < MAX_FILE:
        return raw / numbered[-1]
    last = NUMBERED.fullmatch(numbered[-1]) if numbered else None
    return raw / f"gongkai-{int(last[1]) + 1 if last else 1:05d}.warc.gz"


def list_warcs(files: Mapping[str, int]) -> list[str]:
    """Return the names of the WARC files among the files of an archive, oldest first."""
    return named(files, "gongkai-", ".warc.gz")


# A bucket


def split_batches(new: Iterable[NewCapture]) -> Iterator[list[NewCapture]]:
    """Yield captures in batches, none of which is too large to be made in memory."""
    batch: list[NewCapture] = []
    for each in new:
        if batch and sum(len(one.payload) for one in (*batch, each)) > MAX_BATCH:
            yield batch
            batch = []
        batch.append(each)
    if batch:
        yield batch


def write_batch(
    bucket: Bucket, batch: Sequence[NewCapture], bytes_at: Mapping[str, Capture]
) -> list[Capture]:
    """Write captures as one new WARC file of a bucket, then their table of the index, and return them.

    The file is named after the moment of the first and the hash of the records: written again it is the same.
    """
    began: dict[str, Capture | NewCapture] = dict(bytes_at)
    records = []
    for each in batch:
        records.append(make_records(each, began.get(each.sha256)))
        began.setdefault(each.sha256, each)
    moment = batch[0].captured_at
    digest = hashlib.sha256(b"".join(records)).hexdigest()[:16]
    name = f"gongkai-{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}-{digest}.warc.gz"
    head = make_warcinfo(name, moment)
    offset = len(head)
    captures: dict[str, Capture] = dict(bytes_at)
    written = []
    for each, own in zip(batch, records, strict=True):
        written.append(place_capture(each, (name, offset), own, captures.get(each.sha256)))
        captures.setdefault(each.sha256, written[-1])
        offset += len(own)
    write_object(bucket, name, head + b"".join(records))
    write_object(bucket, table_of(name), index_text(written).encode())
    return written
