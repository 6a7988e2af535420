"""A capture as a WACZ file (specification 1.1.1), which web archive tools replay: its records, their index, a package.

The records are those of the archive, byte for byte, so that their digests stay true. No clock: the same capture is
the same file.
"""

import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from flows.errors import ArchiveError
from flows.harvest.store import Raw, open_file, read_range
from flows.harvest.warc import make_warcinfo, read_record, target_of, warc_date, whole_members
from flows.model import Capture

WARC = "capture.warc.gz"


@dataclass(frozen=True)
class Exported:
    """The captures of one WACZ file, the report's page first, and what the file is called by."""

    title: str
    page: Capture
    captures: tuple[Capture, ...]


def choose_captures(page: Capture, captures: Iterable[Capture]) -> tuple[Capture, ...]:
    """Return a page, what was captured with it, and those that brought the bytes which a revisit refers to."""
    captures = tuple(captures)
    chosen = [page, *(each for each in captures if each.parent_id == page.capture_id)]
    brought = {each.record_at: each for each in captures if not each.revisit_file}
    referred = [brought.get((each.file, each.offset)) for each in chosen if each.revisit_file]
    return tuple(dict.fromkeys([*chosen, *(each for each in referred if each)]))


def make_wacz(raw: Raw, exported: Exported) -> bytes:
    """Return the bytes of a WACZ file; raise ArchiveError where a record is not what the index says."""
    captures = exported.captures
    own = {each.record_at for each in captures}
    alone = dict.fromkeys(
        (each.file, each.offset) for each in captures if (each.file, each.offset) not in own
    )
    records = [read_records(raw, each) for each in captures] + [read_alone(raw, *each) for each in alone]
    warc = make_warcinfo(WARC, exported.page.captured_at) + b"".join(records)
    files = {
        f"archive/{WARC}": warc,
        "indexes/index.cdx": index_records(warc),
        "pages/pages.jsonl": list_pages(exported),
    }
    package = describe_package(exported, files)
    digest = {"path": "datapackage.json", "hash": hash_of(package)}
    return pack({**files, "datapackage.json": package, "datapackage-digest.json": write_json(digest)})


def read_alone(raw: Raw, name: str, offset: int) -> bytes:
    """Return one record, that of a capture which two writers archived at once: the index names it but for its bytes."""
    with open_file(raw, name) as file:
        begin, end = next(whole_members(file, offset), (offset, offset))
    return read_range(raw, name, begin, end)


def read_records(raw: Raw, capture: Capture) -> bytes:
    """Return all that was written for a capture, as it was written."""
    name, offset = capture.record_at
    records = read_range(raw, name, offset, offset + (capture.record_bytes or 0))
    if hashlib.sha256(records).hexdigest() != capture.record_sha256:
        raise ArchiveError(
            f"{name} offset {offset} (capture {capture.capture_id}): the records do not have the hash of the index. "
            "See: gongkai audit",
            f"{name} 偏移 {offset}（存档 {capture.capture_id}）：记录与索引所载哈希不符。参见：gongkai audit",
        )
    return records


def index_records(warc: bytes) -> bytes:
    """Return the CDXJ index of a WARC file: a line for each answer in it, sorted by address and time."""
    lines = []
    for begin, end in whole_members(io.BytesIO(warc), 0):
        headers, http, _ = read_record(io.BytesIO(warc), begin)
        if headers.get_header("WARC-Type") not in ("response", "resource", "revisit"):
            continue
        url = headers.get_header("WARC-Target-URI")
        kind = (http or headers).get_header("Content-Type") or ""
        said = {
            "url": url,
            "mime": kind.split(";")[0].strip(),
            "status": http.get_statuscode() if http else "",
            "digest": headers.get_header("WARC-Payload-Digest"),
            "length": str(end - begin),
            "offset": str(begin),
            "filename": WARC,
        }
        if headers.get_header("WARC-Type") == "revisit":
            said["mime"] = "warc/revisit"
        moment = re.sub(r"\D", "", headers.get_header("WARC-Date"))
        lines.append(
            f"{sort_key(url)} {moment} {json.dumps({key: value for key, value in said.items() if value})}\n"
        )
    return "".join(sorted(lines)).encode()


def sort_key(url: str) -> str:
    """Return an address as web archives sort it: the host from behind, then the path.

    >>> sort_key("http://www.bjhr.gov.cn:80/a/B.html?y=2&x=1")
    'cn,gov,bjhr)/a/b.html?x=1&y=2'
    """
    parts = urlsplit(url.lower())
    if not parts.hostname:
        return url.lower()
    host = re.sub(r"^www\d*\.", "", parts.hostname)
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    query = "&".join(sorted(parts.query.split("&"))) if parts.query else ""
    path = parts.path.rstrip("/") or "/"
    return f"{','.join(reversed(host.split('.')))}{port}){path}{f'?{query}' if query else ''}"


def list_pages(exported: Exported) -> bytes:
    """Return the list of pages: what a reader is shown first."""
    page = exported.page
    head = {"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}
    own = {
        "id": page.capture_id,
        "url": target_of(page),
        "ts": warc_date(page.captured_at),
        "title": exported.title,
    }
    return b"".join(write_line(each) for each in (head, own))


def describe_package(exported: Exported, files: Mapping[str, bytes]) -> bytes:
    """Return the description of a WACZ file: each file in it with its length and hash."""
    page = exported.page
    resources = [
        {"name": path.split("/")[-1], "path": path, "hash": hash_of(content), "bytes": len(content)}
        for path, content in files.items()
    ]
    return write_json(
        {
            "profile": "data-package",
            "resources": resources,
            "wacz_version": "1.1.1",
            "title": exported.title,
            "description": f"capture {page.capture_id} ({page.kind}), source: {page.source}",
            "software": "gongkai",
            "created": warc_date(page.captured_at),
            "mainPageUrl": target_of(page),
            "mainPageDate": warc_date(page.captured_at),
        }
    )


def hash_of(content: bytes) -> str:
    """Return the hash of a file as a WACZ file states it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def write_line(said: Mapping[str, object]) -> bytes:
    """Return one line of JSON."""
    return json.dumps(said, ensure_ascii=False).encode() + b"\n"


def write_json(said: Mapping[str, object]) -> bytes:
    """Return a file of JSON that a person can read."""
    return json.dumps(said, ensure_ascii=False, indent=2).encode() + b"\n"


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return files as a ZIP without compression or clock: a reader finds each record at its offset."""
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_STORED) as packed:
        for name, content in files.items():
            info = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.external_attr = 0o644 << 16
            packed.writestr(info, content)
    return out.getvalue()
