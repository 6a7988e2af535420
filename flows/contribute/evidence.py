"""The files sent along as evidence: each is there, is what its name says, and has the hash that its row gives."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from flows.contribute.descriptor import sha256_of
from flows.contribute.faults import Fault
from flows.contribute.rows import Table
from flows.contribute.sums import as_rows
from flows.errors import Text

# How files of a kind begin; of pages and WARC any beginning is taken.
BEGINNINGS: Mapping[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF-",), "png": (b"\x89PNG\r\n\x1a\n",), "jpg": (b"\xff\xd8\xff",), "jpeg": (b"\xff\xd8\xff",),
    "tif": (b"II*\x00", b"MM\x00*"), "tiff": (b"II*\x00", b"MM\x00*"), "webp": (b"RIFF",), "gz": (b"\x1f\x8b",),
    "warc": (b"WARC/",), "wacz": (b"PK\x03\x04",), "docx": (b"PK\x03\x04",), "xlsx": (b"PK\x03\x04",),
    "doc": (b"\xd0\xcf\x11\xe0",), "xls": (b"\xd0\xcf\x11\xe0",),
}  # fmt: skip
MEDIA_TYPES: Mapping[str, str] = {
    "pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "tif": "image/tiff",
    "tiff": "image/tiff", "webp": "image/webp", "html": "text/html", "htm": "text/html", "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
ARCHIVES = ("warc", "gz", "wacz")  # captures of others, which are imported as such


def check_evidence(table: Table, files: Mapping[str, bytes]) -> Iterator[Fault]:
    """Yield what is wrong between `evidence.csv` and the files that were sent along."""
    named = set()
    for number, row in zip(table.numbers, as_rows(table), strict=True):
        file, digest = row["file"], row["sha256"]
        named.add(file)
        if bool(file) != bool(digest) or (file and file not in files):
            column = "sha256" if file in files else "file"
            yield Fault(
                "file_missing", table.file, name_gap(file, digest, files), number, column, file or digest
            )
        elif file:
            yield from check_file(table.file, number, file, digest, files[file])
    for file in sorted(files):
        if file.startswith("evidence/") and file not in named:
            yield Fault(
                "unknown_file", file, Text("no row of evidence.csv names it", "evidence.csv 中没有列出")
            )


def check_dates(table: Table, today: date) -> Iterator[Fault]:
    """Yield a fault for each row whose days cannot be: before the year of the report was over, in the wrong order, to come."""
    for number, row in zip(table.numbers, as_rows(table), strict=True):
        seen, typed = (
            datetime.strptime(row[name], "%Y-%m-%d").date() for name in ("date_seen", "transcribed_on")
        )
        if seen.year <= int(row["year"]):
            found = Text(f"seen before {row['year']} was over", f"{row['year']} 年尚未结束")
            yield Fault("odd_dates", table.file, found, number, "date_seen", row["date_seen"])
        if typed < seen:
            found = Text(f"before it was seen ({row['date_seen']})", f"早于所见之日（{row['date_seen']}）")
            yield Fault("odd_dates", table.file, found, number, "transcribed_on", row["transcribed_on"])
        for name, day in (("date_seen", seen), ("transcribed_on", typed)):
            if day > today:
                found = Text(f"after today ({today})", f"晚于今天（{today}）")
                yield Fault("odd_dates", table.file, found, number, name, row[name])


def name_gap(file: str, digest: str, files: Mapping[str, bytes]) -> Text:
    """Return what is missing of a file, its hash or its name; the hash of one that is there is given."""
    if file and file not in files:
        return Text("no such file was sent along", "未随附该文件")
    if file:
        return Text(
            f"no hash; the file's sha256 is {sha256_of(files[file])}",
            f"缺少散列值；该文件的 sha256 为 {sha256_of(files[file])}",
        )
    return Text(f"the hash {digest[:12]}… of no file", f"散列值 {digest[:12]}… 没有对应文件")


def check_file(table: str, row: int, file: str, digest: str, data: bytes) -> Iterator[Fault]:
    """Yield what is wrong with one file sent along."""
    if sha256_of(data) != digest:
        found = Text(f"the file's sha256 is {sha256_of(data)}", f"文件的 sha256 为 {sha256_of(data)}")
        yield Fault("hash_differs", table, found, row, "sha256", digest)
    kind = file.rpartition(".")[2]
    if not data.startswith(BEGINNINGS.get(kind, (b"",))) or not data:
        found = Text(f"the bytes are no {kind.upper()}", f"其字节不是 {kind.upper()}")
        yield Fault("file_other", table, found, row, "file", file)
