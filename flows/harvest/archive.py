"""The archive in `raw/`: captures as WARC records with an index that is a table; append only.

A fetch is a `response` record. A transcription is a `resource` record under a name of its own
(`urn:gongkai:transcription:…`) that gives the original's address beside it, where it is known, and
never as its target: nobody can take it for a fetch. WARC is ISO 28500.
"""

import csv
import fcntl
import hashlib
import io
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from flows.errors import ArchiveError, RegistryError
from flows.model import Capture
from flows.registry import load_table

INDEX = "index.csv"
COLUMNS = (
    "capture_id", "body_id", "year", "scope", "kind", "url", "captured_at", "http_status", "media_type",
    "sha256", "bytes", "file", "offset", "source",
)  # fmt: skip
MAX_FILE = 1_000_000_000  # a new WARC file is begun past this size


@dataclass(frozen=True)
class NewCapture:
    """Bytes to be archived, with what is known of them; `http` is the status line and headers of a fetch."""

    body_id: str
    year: int
    scope: str
    kind: str
    url: str
    captured_at: datetime
    media_type: str
    payload: bytes
    source: str
    http: StatusAndHeaders | None = None
    http_status: int | None = None


def load_index(raw: Path, schema: Mapping[str, Any]) -> tuple[Capture, ...]:
    """Return the captures of an archive, oldest first; an archive without an index has none.

    Raises RegistryError where the index is malformed.
    """
    if not (raw / INDEX).exists():
        return ()
    rows = load_table(raw / INDEX, schema)
    check_addresses(raw / INDEX, rows)
    captures = [load_capture(row) for row in rows]
    return tuple(sorted(captures, key=lambda capture: (capture.captured_at, capture.capture_id)))


def check_addresses(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Raise RegistryError for a capture without an address; only a transcription can lack one."""
    for number, row in enumerate(rows, start=2):
        if not row["url"] and row["kind"] != "transcription":
            raise RegistryError(
                f"{path}: row {number}, column url: empty, but a capture of kind {row['kind']} has an address. "
                "Restore the file with git.",
                f"{path}：第 {number} 行，url 列：为空，但类别为 {row['kind']} 的存档应有网址。请用 git 恢复该文件。",
            )


def load_capture(row: Mapping[str, Any]) -> Capture:
    """Return one row of the index as a Capture."""
    return Capture(
        capture_id=row["capture_id"],
        body_id=row["body_id"],
        year=int(row["year"]),
        scope=row["scope"],
        kind=row["kind"],
        url=row["url"],
        captured_at=datetime.fromisoformat(row["captured_at"]),
        media_type=row["media_type"],
        sha256=row["sha256"],
        size=int(row["bytes"]),
        file=row["file"],
        offset=int(row["offset"]),
        http_status=int(row["http_status"]) if row["http_status"] else None,
        source=row["source"],
    )


def capture_row(capture: Capture) -> dict[str, Any]:
    """Return a Capture as a row of the index and of the published table `captures`."""
    return {
        "capture_id": capture.capture_id,
        "body_id": capture.body_id,
        "year": capture.year,
        "scope": capture.scope,
        "kind": capture.kind,
        "url": capture.url,
        "captured_at": capture.captured_at,
        "http_status": capture.http_status,
        "media_type": capture.media_type,
        "sha256": capture.sha256,
        "bytes": capture.size,
        "file": capture.file,
        "offset": capture.offset,
        "source": capture.source,
    }


def read_capture(raw: Path, capture: Capture) -> bytes:
    """Return the exact bytes of a capture.

    Raises ArchiveError where the file is missing, the record is damaged or cut, or the bytes
    are not the ones whose hash the index holds.
    """
    try:
        with (raw / capture.file).open("rb") as file:
            file.seek(capture.offset)
            record = next(iter(ArchiveIterator(file)))
            payload: bytes = record.content_stream().read()
    except FileNotFoundError as error:
        raise damaged(capture, "the file is missing", "缺少该文件") from error
    except OSError as error:
        raise damaged(
            capture, f"cannot be read ({error.strerror})", f"无法读取（{error.strerror}）"
        ) from error
    except (ArchiveLoadFailed, StopIteration, EOFError, ValueError) as error:
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

    The records reach the disk before the index names them, so a crash between the two leaves
    an archive that is whole. A capture that is in the index already is not written again.
    Raises ArchiveError, with the archive whole, where the disk is full or read-only.
    """
    captures = {capture.capture_id: capture for capture in known}
    try:
        raw.mkdir(parents=True, exist_ok=True)
        for each in new:
            if capture_id(each) not in captures:
                capture = append_record(raw, each)
                captures[capture.capture_id] = capture
        write_index(raw, captures.values())
    except OSError as error:
        raise not_writable(raw, error) from error
    return tuple(captures.values())


def not_writable(raw: Path, error: OSError) -> ArchiveError:
    """Return the error for an archive on a disk that is full or read-only."""
    return ArchiveError(
        f"{raw}: cannot be written ({error.strerror or error}). Free space or mend the permissions and run again.",
        f"{raw}：无法写入（{error.strerror or error}）。请腾出空间或修正权限后重试。",
    )


def capture_id(new: NewCapture) -> str:
    """Return the stable code of a capture: 16 hex digits of its address, time and bytes."""
    digest = hashlib.sha256(new.payload).hexdigest()
    return hashlib.sha256(f"{new.url}\n{new.captured_at.isoformat()}\n{digest}".encode()).hexdigest()[:16]


def append_record(raw: Path, new: NewCapture) -> Capture:
    """Write one capture's record and its metadata record, and return the Capture."""
    path = current_file(raw)
    size = path.stat().st_size if path.exists() else 0
    offset = size
    buffer = io.BytesIO()
    if offset == 0:
        write_warcinfo(buffer, path.name, new.captured_at)
        offset = buffer.tell()
    write_records(buffer, new)
    try:
        with path.open("ab") as file:
            file.write(buffer.getvalue())
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        if path.exists():
            os.truncate(path, size)  # half a record would make every later check of the file fail
        raise
    return Capture(
        capture_id=capture_id(new),
        body_id=new.body_id,
        year=new.year,
        scope=new.scope,
        kind=new.kind,
        url=new.url,
        captured_at=new.captured_at,
        media_type=new.media_type,
        sha256=hashlib.sha256(new.payload).hexdigest(),
        size=len(new.payload),
        file=path.name,
        offset=offset,
        http_status=new.http_status,
        source=new.source,
    )


def current_file(raw: Path) -> Path:
    """Return the WARC file to append to: the newest, or a new one when that has grown too large."""
    files = sorted(raw.glob("gongkai-*.warc.gz"))
    if files and files[-1].stat().st_size < MAX_FILE:
        return files[-1]
    return raw / f"gongkai-{len(files) + 1:05d}.warc.gz"


def record_id(*parts: str) -> str:
    """Return a WARC record id that is the same for the same content."""
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, '/'.join(parts))}>"


def warc_date(moment: datetime) -> str:
    """Return a moment as WARC writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write_warcinfo(out: BinaryIO, filename: str, moment: datetime) -> None:
    """Write the record that begins a WARC file."""
    writer = WARCWriter(out, gzip=True, warc_version="WARC/1.1")
    fields = b"software: gongkai\r\nformat: WARC File Format 1.1\r\nisPartOf: gongkai\r\n"
    headers = {
        "WARC-Record-ID": record_id("warcinfo", filename),
        "WARC-Date": warc_date(moment),
        "WARC-Filename": filename,
    }
    writer.write_record(
        writer.create_warc_record(
            "", "warcinfo", io.BytesIO(fields), warc_content_type="application/warc-fields", warc_headers_dict=headers
        )
    )  # fmt: skip


def write_records(out: BinaryIO, new: NewCapture) -> None:
    """Write a capture's record, and a metadata record that says what kind it is and where it comes from."""
    writer = WARCWriter(out, gzip=True, warc_version="WARC/1.1")
    code = capture_id(new)
    target = new.url
    if new.kind == "transcription":
        target = f"urn:gongkai:transcription:{new.body_id}:{new.year}:{new.scope}:{code}"
    main_id = record_id("capture", code)
    dates = {"WARC-Date": warc_date(new.captured_at)}
    record = writer.create_warc_record(
        target,
        "response" if new.http else "resource",
        io.BytesIO(new.payload),
        warc_content_type="" if new.http else new.media_type,
        http_headers=new.http,
        warc_headers_dict={**dates, "WARC-Record-ID": main_id},
    )
    writer.write_record(record)
    about = {
        "kind": new.kind,
        "original-address": new.url,
        "body": new.body_id,
        "year": str(new.year),
        "scope": new.scope,
        "source": new.source,
    }
    fields = "".join(f"{key}: {value}\r\n" for key, value in about.items() if value).encode()
    writer.write_record(
        writer.create_warc_record(
            target,
            "metadata",
            io.BytesIO(fields),
            warc_content_type="application/warc-fields",
            warc_headers_dict={
                **dates,
                "WARC-Record-ID": record_id("about", code),
                "WARC-Concurrent-To": main_id,
            },
        )
    )


def write_index(raw: Path, captures: Iterable[Capture]) -> None:
    """Write the index anew, beside the old one, and put it in its place in one step."""
    rows = [
        capture_row(each) for each in sorted(captures, key=lambda each: (each.captured_at, each.capture_id))
    ]
    beside = raw / f".{INDEX}.new"
    try:
        with beside.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            for row in rows:
                writer.writerow({**row, "captured_at": warc_date(row["captured_at"])})
            file.flush()
            os.fsync(file.fileno())
        beside.replace(raw / INDEX)
    finally:
        beside.unlink(missing_ok=True)
