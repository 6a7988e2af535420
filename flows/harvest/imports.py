"""Captures that others took: their WARC or WACZ files merged into the archive by hash, marked with who took them and where.

An imported capture keeps the address, the time and the bytes of its record, so that importing it twice, or from
two archives, adds it once. It never passes for a fetch of our own: its kind is `imported`.
"""

import re
import shutil
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO
from urllib.parse import urljoin, urlsplit
from zipfile import BadZipFile, ZipFile, is_zipfile

from selectolax.lexbor import LexborHTMLParser
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord

from flows.decode import decode_text
from flows.errors import ArchiveError, Text, UsageError
from flows.harvest.answer import FetchedPage
from flows.harvest.archive import append_captures, locked
from flows.harvest.guard import judge_page
from flows.harvest.limits import Limits
from flows.harvest.mend import mend_archive
from flows.harvest.store import Raw
from flows.harvest.warc import NewCapture, whole_members
from flows.links import find_links, order_links
from flows.model import Capture, Report
from flows.registry import Registry

MAX_RECORDS = 100_000  # of one file
MAX_UNPACKED = 1_000_000_000  # bytes of the WARC files in one WACZ, and of the pages in one WARC file
# What a browser loads beside pages; a picture of a report is told by the page that shows it.
NO_REPORTS = ("image/", "font/", "audio/", "video/", "text/css", "text/javascript", "application/javascript")
WARC_IN_WACZ = re.compile(r"archive/[^/]+\.warc(\.gz)?")


@dataclass(frozen=True)
class Imported:
    """What became of one record of somebody else's archive: its capture, or why it was left out."""

    url: str
    capture: Capture | None
    reason: Text


def import_captures(
    registry: Registry,
    raw: Raw,
    path: Path,
    source: str,
    find_report: Callable[[str, bytes, str], Report | None],
) -> tuple[Imported, ...]:
    """Return what became of each page of a WARC or WACZ file; those that belong to a report are in the archive from then on.

    What a report's page links, and the file holds too, comes with it as its attachment. `source` says who took
    the captures and where; `find_report` tells from address, bytes and charset which report a page is, where the
    file itself does not say. Raises UsageError without a source, ArchiveError for a
    file that is no WARC or cannot be read to its end; then nothing of it is imported.
    """
    if not source.strip():
        raise UsageError(
            "an import needs --source: who took the captures, and where.",
            "导入须用 --source 说明由谁、在何处存档。",
        )
    responses = read_packed(path) if is_zipfile(path) else read_responses(path)
    judged = judge_responses(registry, responses, source.strip(), find_report)
    new = [each for each in judged if isinstance(each, NewCapture)]
    with locked(raw):
        known = mend_archive(raw, registry.schemas["published/captures"])
        had = {capture.capture_id for capture in known}
        captures = {capture.capture_id: capture for capture in append_captures(raw, new, known)}
    return tuple(
        each if isinstance(each, Imported) else Imported(each.url, captures[each.capture_id], told(each, had))
        for each in judged
    )


def told(new: NewCapture, had: set[str]) -> Text:
    """Return in words what an import did with a capture."""
    if new.capture_id in had:
        return Text("known already", "已有此存档")
    return Text(f"imported ({new.verdict})", f"已导入（{new.verdict}）")


@dataclass(frozen=True)
class Response:
    """One page of somebody else's archive, with what a metadata record beside it says of it."""

    record: ArcWarcRecord
    payload: bytes
    about: Mapping[str, str]

    @property
    def url(self) -> str:
        """The address that the record is filed under."""
        return str(self.record.rec_headers.get_header("WARC-Target-URI") or "")


def read_packed(path: Path) -> list[Response]:
    """Return the pages of every WARC file in a WACZ; raise ArchiveError where there is none, or they are too large."""
    found: list[Response] = []
    try:
        with ZipFile(path) as packed, TemporaryDirectory() as folder:
            warcs = [each for each in packed.infolist() if WARC_IN_WACZ.fullmatch(each.filename)]
            if not warcs or sum(each.file_size for each in warcs) > MAX_UNPACKED:
                raise unreadable(
                    path,
                    f"{len(warcs)} WARC files in archive/, expected at least one and not over {MAX_UNPACKED:,} bytes",
                    f"archive/ 中有 {len(warcs)} 个 WARC 文件，应至少一个且不超过 {MAX_UNPACKED:,} 字节",
                )
            for number, each in enumerate(warcs):
                beside = Path(folder) / f"{number}.warc"
                with packed.open(each) as inside, beside.open("wb") as file:
                    shutil.copyfileobj(inside, file)
                found += read_responses(beside)
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise unreadable(
            path, f"not a whole WACZ file ({error})", f"不是完整的 WACZ 文件（{error}）"
        ) from error
    return found


def read_responses(path: Path) -> list[Response]:
    """Return the pages of a WARC file in its order; raise ArchiveError where it is none, or is cut or damaged."""
    found: dict[str, Response] = {}
    size = 0
    try:
        with path.open("rb") as file:
            check_whole(path, file)
            for number, record in enumerate(ArchiveIterator(file, check_digests="raise")):
                if number >= MAX_RECORDS:
                    raise unreadable(path, f"over {MAX_RECORDS:,} records", f"记录超过 {MAX_RECORDS:,} 条")
                kind = record.rec_type
                payload = read_limited(record)
                size += len(payload or b"")
                if size > MAX_UNPACKED:
                    raise unreadable(path, f"over {MAX_UNPACKED:,} bytes", f"超过 {MAX_UNPACKED:,} 字节")
                if kind == "response" and record.http_headers is not None and payload is not None:
                    found[record.rec_headers.get_header("WARC-Record-ID")] = Response(record, payload, {})
                elif kind == "metadata" and payload is not None:
                    add_about(found, record.rec_headers.get_header("WARC-Concurrent-To"), payload)
    except (ArchiveLoadFailed, EOFError, ValueError) as error:
        raise unreadable(
            path, f"not a whole WARC file ({error})", f"不是完整的 WARC 文件（{error}）"
        ) from error
    except OSError as error:
        raise unreadable(
            path, f"cannot be read ({error.strerror})", f"无法读取（{error.strerror}）"
        ) from error
    return list(found.values())


def check_whole(path: Path, file: BinaryIO) -> None:
    """Raise ArchiveError for a compressed file that is cut, which its reader would not notice; leave it at its start."""
    head = file.read(2)
    if not head:
        raise unreadable(path, "empty", "为空")
    if head == b"\x1f\x8b":
        end = max((after for _, after in whole_members(file, 0)), default=0)
        if end != path.stat().st_size:
            raise unreadable(path, f"cut or damaged at byte {end:,}", f"在第 {end:,} 字节处截断或损坏")
    file.seek(0)


def read_limited(record: ArcWarcRecord) -> bytes | None:
    """Return a record's bytes, or None where they are more than a page can have."""
    stream = record.content_stream()
    payload = bytes(stream.read(Limits().body + 1))
    while len(payload) <= Limits().body and (more := stream.read(Limits().body + 1 - len(payload))):
        payload += more
    return payload if len(payload) <= Limits().body else None


def add_about(found: dict[str, Response], about: str | None, payload: bytes) -> None:
    """Keep what a metadata record says of the response that it stands beside."""
    if about in found:
        lines = payload.decode("utf-8", "replace").splitlines()
        said = dict(line.split(": ", 1) for line in lines if ": " in line)
        found[about] = Response(found[about].record, found[about].payload, said)


def unreadable(path: Path, en: str, zh: str) -> ArchiveError:
    """Return the error for a file that cannot be imported."""
    return ArchiveError(
        f"{path}: {en}; nothing was imported. Ask for the file again.",
        f"{path}：{zh}；未导入任何内容。请重新获取该文件。",
    )


def judge_responses(
    registry: Registry,
    responses: Sequence[Response],
    source: str,
    find_report: Callable[[str, bytes, str], Report | None],
) -> list[NewCapture | Imported]:
    """Return the capture that each page is, or why it is left out; what a report's page links is its attachment."""
    judged: dict[int, NewCapture | Imported] = {}
    owners: dict[str, NewCapture] = {}
    for number, each in enumerate(responses):
        judged[number] = found = judge_record(registry, each, source, find_report)
        if isinstance(found, NewCapture) and found.verdict == "accepted" and not found.parent_id:
            owners |= dict.fromkeys(linked_addresses(found, page_of(each)), found)
    for number, each in enumerate(responses):
        owner = owners.get(each.url)
        if owner and is_left_out(judged[number]) and urlsplit(each.url).netloc.lower() in registry.hosts:
            report = Report(owner.body_id, owner.year, owner.scope)
            judged[number] = make_import(each, report, source, owner.capture_id)
    return list(judged.values())


def is_left_out(found: NewCapture | Imported) -> bool:
    """Return whether a record is no report's page by itself."""
    return isinstance(found, Imported) or (found.verdict != "accepted" and not found.parent_id)


def linked_addresses(own: NewCapture, page: FetchedPage) -> Iterator[str]:
    """Yield the addresses of what a page links that may hold its tables."""
    if own.media_type != "text/html":
        return
    markup = decode_text(page.body, page.url, page.charset)
    for link in order_links(find_links(LexborHTMLParser(markup))):
        with suppress(ValueError):  # no address at all
            yield urljoin(page.url, link.url)


def judge_record(
    registry: Registry,
    response: Response,
    source: str,
    find_report: Callable[[str, bytes, str], Report | None],
) -> NewCapture | Imported:
    """Return the capture that a page is, or why it is left out: a foreign host, or no report's page."""
    page = page_of(response)
    if urlsplit(response.url).netloc.lower() not in registry.hosts:
        return Imported(
            response.url, None, Text("its host is not in schemas/hosts.csv", "主机不在 schemas/hosts.csv 中")
        )
    if page.fetched_at > datetime.now(UTC) + timedelta(days=1):
        when = f"{page.fetched_at:%Y-%m-%d}"
        return Imported(
            response.url, None, Text(f"it is dated in the future, {when}", f"所载日期 {when} 在未来")
        )
    report = said_report(response.about, registry)
    if report is None and page.status == 200 and not page.media_type.startswith(NO_REPORTS):
        report = find_report(response.url, page.body, page.charset)
    if report is None:
        return Imported(response.url, None, Text("no report is named in it", "未见所属报告"))
    parent = response.about.get("parent", "")
    if re.fullmatch(r"[0-9a-f]{16}", parent):
        return make_import(response, report, source, parent)
    return replace(
        make_import(response, report, source, ""), verdict=judge_page(page, report, registry).verdict
    )


def make_import(response: Response, report: Report, source: str, parent_id: str) -> NewCapture:
    """Return a record as a capture, of a report's page or of an attachment of one."""
    page = page_of(response)
    return NewCapture(
        body_id=report.body_id,
        year=report.year,
        scope=report.scope,
        kind="imported",
        url=response.url,
        captured_at=page.fetched_at,
        media_type=page.media_type,
        payload=page.body,
        source=source,
        http=page.http_record(),
        http_status=page.status,
        verdict="accepted" if page.status == 200 else "missing",
        etag=page.headers.get("ETag", ""),
        last_modified=page.headers.get("Last-Modified", ""),
        parent_id=parent_id,
    )


def page_of(response: Response) -> FetchedPage:
    """Return a record as the answer of a host that it keeps."""
    headers: Any = response.record.http_headers
    moment = datetime.fromisoformat(response.record.rec_headers.get_header("WARC-Date"))
    return FetchedPage(
        response.url,
        int(headers.get_statuscode()),
        dict(headers.headers),
        response.payload,
        moment.astimezone(UTC).replace(microsecond=0),
    )


def said_report(about: Mapping[str, str], registry: Registry) -> Report | None:
    """Return the report that a metadata record of our own kind names, or None."""
    body, year, scope = (about.get(name, "") for name in ("body", "year", "scope"))
    if body not in registry.bodies or not year.isdecimal() or scope not in ("whole_area", "own_body"):
        return None
    return Report(body, int(year), scope)
