"""The index of the archive: one row a look at an address, as a table.

In a folder rows are added at the end of `index.csv`, one write each. In a bucket every batch of captures has a
table of its own beside its records; what is loaded is all of them together. Either can be copied to the other.
Of many such tables one is packed, so that not each has to be asked for; they stay, and nothing rests on it.
"""

import csv
import hashlib
import io
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flows.declared import load_table
from flows.errors import RegistryError
from flows.harvest.order import order_captures
from flows.harvest.store import Bucket, Raw, list_files, named, read_file, write_object
from flows.harvest.warc import warc_date
from flows.model import Capture

INDEX = "index.csv"
PACK_AFTER = 256  # tables of batches
PACKED = re.compile(r"gongkai-packed-(\d{8})-[0-9a-f]{16}\.csv")  # how many tables are in it
BATCH = re.compile(r"gongkai-\d{8}T\d{6}Z-[0-9a-f]{16}\.warc\.gz")  # never grows, unlike a file in a folder
COLUMNS = (
    "capture_id", "body_id", "year", "scope", "kind", "url", "captured_at", "http_status", "media_type",
    "sha256", "bytes", "file", "offset", "source", "verdict", "final_url", "etag", "last_modified", "framing",
    "tls", "parent_id", "revisit_file", "revisit_offset", "record_bytes", "record_sha256",
    "sequence",
)  # fmt: skip


def load_index(raw: Raw, schema: Mapping[str, Any]) -> tuple[Capture, ...]:
    """Return the captures of an archive, oldest first; an archive without an index has none.

    Raises RegistryError where the index is malformed.
    """
    tables = find_tables(list_files(raw))
    if not tables:
        return ()
    if isinstance(raw, Path) and tables == [INDEX] and has_columns(raw / INDEX):
        rows = load_table(raw / INDEX, schema)
        check_addresses(str(raw / INDEX), rows)
    else:
        rows = load_tables(raw, tables, schema)
    return order_captures(load_capture(row) for row in rows)


def has_columns(path: Path) -> bool:
    """Return whether an index in a folder has the columns of today, and not those of an older one."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return file.readline().strip() == ",".join(COLUMNS)


def find_tables(files: Mapping[str, int]) -> list[str]:
    """Return the names of the tables that make the index: `index.csv`, the newest packed one, those of the batches."""
    tables = named(files, "gongkai-", ".csv")
    packed = [name for name in tables if PACKED.fullmatch(name)]
    return [*named(files, INDEX, INDEX), *packed[-1:], *(name for name in tables if name not in packed)]


def load_tables(raw: Raw, names: Sequence[str], schema: Mapping[str, Any]) -> tuple[Mapping[str, str], ...]:
    """Return the rows of several tables as those of one; a capture that two of them name counts once."""
    packed = read_tables(raw, [name for name in names if PACKED.fullmatch(name)])
    files = {row["revisit_file"] or row["file"] for row in packed}
    known = {table_of(file) for file in files if BATCH.fullmatch(file)}
    others = [name for name in names if not PACKED.fullmatch(name) and name not in known]
    rows = [*packed, *read_tables(raw, others)]
    once = {row["capture_id"]: row for row in reversed(rows)}
    with TemporaryDirectory() as folder:
        path = Path(folder) / INDEX
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(reversed(once.values()))
        found = load_table(path, schema, str(raw))
    check_addresses(str(raw), found)
    return found


def read_tables(raw: Raw, names: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows of several tables; a server is asked for many at a time."""
    with ThreadPoolExecutor(16) as threads:
        contents = threads.map(partial(read_file, raw), names)
        return [
            row
            for name, content in zip(names, contents, strict=True)
            for row in split_table(f"{raw}/{name}", content)
        ]


def table_of(warc: str) -> str:
    """Return the name of the table of the index that stands beside a batch's WARC file."""
    return warc.removesuffix(".warc.gz") + ".csv"


def pack_tables(bucket: Bucket, captures: Iterable[Capture]) -> None:
    """Write all captures of a bucket as one more table, once many tables have come since the last time."""
    names = find_tables(list_files(bucket))
    packed = next((match for name in names if (match := PACKED.fullmatch(name))), None)
    count = len([name for name in names if not PACKED.fullmatch(name)])
    if count - int(packed[1] if packed else 0) >= PACK_AFTER:
        content = index_text(captures).encode()
        digest = hashlib.sha256(content).hexdigest()[:16]
        write_object(bucket, f"gongkai-packed-{count:08d}-{digest}.csv", content)


def split_table(name: str, content: bytes) -> Iterator[dict[str, str]]:
    """Yield the rows of one table of the index; raise RegistryError where it is none."""
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise no_table(name, str(error)) from error
    if not rows or tuple(rows[0]) != COLUMNS[: len(rows[0])] or "captured_at" not in rows[0]:
        raise no_table(name, f"{','.join(rows[0]) if rows else '-'}")
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(rows[0]):
            raise no_table(name, f"row {number}: {len(row)} != {len(rows[0])}")
        yield dict(zip(rows[0], row, strict=True))


def no_table(name: str, what: str) -> RegistryError:
    """Return the error for a table of the index that is none."""
    return RegistryError(
        f"{name}: not a table of the index ({what}), expected the columns {COLUMNS[0]}, {COLUMNS[1]}, … Restore it from a copy.",
        f"{name}：不是索引表（{what}），应有 {COLUMNS[0]}、{COLUMNS[1]} 等列。请从副本恢复。",
    )


def check_addresses(path: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Raise RegistryError for a capture without an address; only a transcription and what contributors sent can lack one."""
    for number, row in enumerate(rows, start=2):
        if not row["url"] and row["kind"] not in ("transcription", "contributed"):
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
        sequence=int(later["sequence"] or 0),
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


def index_text(captures: Iterable[Capture]) -> str:
    """Return captures as a table of the index."""
    return ",".join(COLUMNS) + "\n" + "".join(map(index_line, captures))


def append_index(raw: Path, captures: Sequence[Capture]) -> None:
    """Add captures at the end of the index, in one write that reaches the disk or leaves the index as it was."""
    path = raw / INDEX
    size = path.stat().st_size if path.exists() else 0
    lines = "".join(map(index_line, captures)) if size else index_text(captures)
    with path.open("ab", buffering=0) as file:
        try:
            write_whole(file.fileno(), lines.encode())
        except OSError:
            os.ftruncate(file.fileno(), size)
            if not size:
                path.unlink()  # an index of no line is no table
            raise


def write_whole(descriptor: int, data: bytes) -> None:
    """Write bytes and wait until they are on the disk; raise OSError where not all of them fit."""
    while data:
        data = data[os.write(descriptor, data) :]
    os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
