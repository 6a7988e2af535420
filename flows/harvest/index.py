"""The index of the archive: one row a look at an address, as a table; rows are added at its end, one write each."""

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.errors import RegistryError
from flows.harvest.warc import warc_date
from flows.model import Capture
from flows.registry import load_table

INDEX = "index.csv"
COLUMNS = (
    "capture_id", "body_id", "year", "scope", "kind", "url", "captured_at", "http_status", "media_type",
    "sha256", "bytes", "file", "offset", "source", "verdict", "final_url", "etag", "last_modified", "framing",
    "tls", "parent_id", "revisit_file", "revisit_offset", "record_bytes", "record_sha256",
)  # fmt: skip


def load_index(raw: Path, schema: Mapping[str, Any]) -> tuple[Capture, ...]:
    """Return the captures of an archive, oldest first; an archive without an index has none.

    Raises RegistryError where the index is malformed.
    """
    if not (raw / INDEX).exists():
        return ()
    rows = load_table(raw / INDEX, schema)
    check_addresses(raw / INDEX, rows)
    return sort_captures(load_capture(row) for row in rows)


def sort_captures(captures: Iterable[Capture]) -> tuple[Capture, ...]:
    """Return captures oldest first."""
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
    """Return one row of the index as a Capture; columns that an older index does not have count as empty."""
    later = {name: row.get(name) or "" for name in COLUMNS}
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
        verdict=later["verdict"] or "accepted",
        final_url=later["final_url"],
        etag=later["etag"],
        last_modified=later["last_modified"],
        framing=later["framing"],
        tls=later["tls"],
        parent_id=later["parent_id"],
        revisit_file=later["revisit_file"],
        revisit_offset=int(later["revisit_offset"]) if later["revisit_offset"] else None,
        record_bytes=int(later["record_bytes"]) if later["record_bytes"] else None,
        record_sha256=later["record_sha256"],
    )


def capture_row(capture: Capture) -> dict[str, Any]:
    """Return a Capture as a row of the index and of the published table `captures`."""
    renamed = {"bytes": capture.size}
    return {name: renamed[name] if name in renamed else getattr(capture, name) for name in COLUMNS}


def index_line(capture: Capture) -> str:
    """Return a Capture as one line of the index."""
    out = io.StringIO()
    row = capture_row(capture)
    csv.DictWriter(out, COLUMNS, lineterminator="\n").writerow(
        {**row, "captured_at": warc_date(row["captured_at"])}
    )
    return out.getvalue()


def append_index(raw: Path, captures: Sequence[Capture]) -> None:
    """Add captures at the end of the index, in one write that reaches the disk or leaves the index as it was."""
    path = raw / INDEX
    head = ",".join(COLUMNS) + "\n"
    size = path.stat().st_size if path.exists() else 0
    lines = ("" if size else head) + "".join(map(index_line, captures))
    with path.open("ab", buffering=0) as file:
        try:
            write_whole(file.fileno(), lines.encode())
        except OSError:
            os.ftruncate(file.fileno(), size)
            raise


def write_whole(descriptor: int, data: bytes) -> None:
    """Write bytes and wait until they are on the disk; raise OSError where not all of them fit."""
    while data:
        data = data[os.write(descriptor, data) :]
    os.fsync(descriptor)


def write_index(raw: Path, captures: Iterable[Capture]) -> None:
    """Write the index anew, beside the old one, and put it in its place in one step."""
    beside = raw / f".{INDEX}.new"
    lines = [",".join(COLUMNS) + "\n", *(index_line(each) for each in sort_captures(captures))]
    try:
        with beside.open("wb", buffering=0) as file:
            write_whole(file.fileno(), "".join(lines).encode())
        beside.replace(raw / INDEX)
        sync_folder(raw)
    finally:
        beside.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
