"""Captures as WARC records (ISO 28500): what is written for each, and how one is read back to the byte.

A fetch is a `response` record with its `request`. Bytes that the archive holds already are a `revisit`. A
transcription is a `resource` record under a name of its own (`urn:gongkai:transcription:…`) that gives the
original's address beside it, where it is known, and never as its target: nobody can take it for a fetch. What
contributors sent is kept in the same way (`urn:gongkai:contribution:…`).
"""

import base64
import hashlib
import io
import uuid
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from flows.model import Capture

VERSION = "WARC/1.1"
PIECE = 65_536
SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"


@dataclass(frozen=True)
class NewCapture:
    """Bytes to be archived, with what is known of them; `http` is the status line and headers of a fetch.

    A look that found nothing new (status 304) has no bytes of its own: `payload` are those that are known.
    """

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
    request: StatusAndHeaders | None = None
    verdict: str = "accepted"
    final_url: str = ""
    etag: str = ""
    last_modified: str = ""
    framing: str = ""
    tls: str = ""
    parent_id: str = ""
    sequence: int = 0

    @property
    def capture_id(self) -> str:
        """The stable code of the capture: 16 hex digits of its address, time and bytes."""
        text = f"{self.url}\n{self.captured_at.isoformat()}\n{self.sha256}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def sha256(self) -> str:
        """The hash of the bytes."""
        return hashlib.sha256(self.payload).hexdigest()


def record_id(*parts: str) -> str:
    """Return a WARC record id that is the same for the same content."""
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, '/'.join(parts))}>"


def warc_date(moment: datetime) -> str:
    """Return a moment as WARC writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def make_warcinfo(filename: str, moment: datetime) -> bytes:
    """Return the record that begins a WARC file."""
    fields = b"software: gongkai\r\nformat: WARC File Format 1.1\r\nisPartOf: gongkai\r\n"
    headers = {
        "WARC-Record-ID": record_id("warcinfo", filename),
        "WARC-Date": warc_date(moment),
        "WARC-Filename": filename,
    }
    return make_record("warcinfo", "", fields, "application/warc-fields", headers)


def make_records(new: NewCapture, first: Capture | NewCapture | None = None) -> bytes:
    """Return the records of a capture: its own first, its request, and what kind it is and where it comes from.

    With `first`, the capture that brought the same bytes, the own record is a revisit without them.
    """
    target = target_of(new)
    main_id = record_id("capture", new.capture_id)
    dates = {"WARC-Date": warc_date(new.captured_at)}
    main = {**dates, "WARC-Record-ID": main_id}
    if first is not None:
        kind, payload = "revisit", b""
        main |= {
            "WARC-Profile": NOT_MODIFIED if new.http_status == 304 else SAME_PAYLOAD,
            "WARC-Refers-To-Target-URI": first.url or target,
            "WARC-Refers-To-Date": warc_date(first.captured_at),
            "WARC-Payload-Digest": payload_digest(new.payload),
        }
    else:
        kind, payload = "response" if new.http else "resource", new.payload
    records = [make_record(kind, target, payload, "" if new.http else new.media_type, main, new.http)]
    if new.request is not None:
        about = {
            **dates,
            "WARC-Record-ID": record_id("request", new.capture_id),
            "WARC-Concurrent-To": main_id,
        }
        records.append(make_record("request", target, b"", "", about, new.request))
    about = {**dates, "WARC-Record-ID": record_id("about", new.capture_id), "WARC-Concurrent-To": main_id}
    seen = {"capture": new.capture_id, "sha256": new.sha256} if first is not None else {}
    fields = about_fields(new, seen)
    records.append(make_record("metadata", target, fields, "application/warc-fields", about))
    return b"".join(records)


def target_of(new: NewCapture | Capture) -> str:
    """Return what a capture's records are filed under: its address, or the name of what never had one: a transcription, a contribution."""
    if new.kind in ("transcription", "contributed"):
        name = "transcription" if new.kind == "transcription" else "contribution"
        return f"urn:gongkai:{name}:{new.body_id}:{new.year}:{new.scope}:{new.capture_id}"
    return new.url


def about_fields(new: NewCapture, more: Mapping[str, str]) -> bytes:
    """Return what the metadata record says, enough to make the capture's row of the index again."""
    said = {
        "kind": new.kind,
        "original-address": new.url,
        "body": new.body_id,
        "year": str(new.year),
        "scope": new.scope,
        "source": new.source,
        "verdict": new.verdict if new.verdict != "accepted" else "",
        "final-address": new.final_url,
        "framing": new.framing,
        "tls": new.tls,
        "parent": new.parent_id,
        "sequence": str(new.sequence or ""),
        "media-type": new.media_type if new.http else "",
        **more,
    }
    return "".join(f"{name}: {value}\r\n" for name, value in said.items() if value).encode()


def payload_digest(payload: bytes) -> str:
    """Return the digest of bytes as the records carry it, so that a revisit names its original's."""
    return f"sha1:{base64.b32encode(hashlib.sha1(payload, usedforsecurity=False).digest()).decode()}"


def make_record(
    kind: str,
    target: str,
    payload: bytes,
    content_type: str,
    headers: Mapping[str, str],
    http: StatusAndHeaders | None = None,
) -> bytes:
    """Return one record, compressed by itself so that it can be read from its offset."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version=VERSION)
    writer.write_record(
        writer.create_warc_record(
            target,
            kind,
            io.BytesIO(payload),
            warc_content_type=content_type,
            http_headers=http,
            warc_headers_dict=dict(headers),
        )
    )
    return out.getvalue()


def whole_members(file: BinaryIO, start: int) -> Iterator[tuple[int, int]]:
    """Yield where each whole compressed record begins and ends, from `start` on; stop before one that is cut or damaged.

    A reader of WARC takes a cut record for a short one, so the end of its compression is looked for.
    """
    file.seek(start)
    rest, begin = file.read(PIECE), start
    while rest:
        inflater, end = zlib.decompressobj(31), begin
        try:
            while not inflater.eof:
                if not rest and not (rest := file.read(PIECE)):
                    return
                inflater.decompress(rest, PIECE * 4)
                left = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
                end += len(rest) - len(left)
                rest = left
        except zlib.error:
            return
        yield begin, end
        begin, rest = end, rest or file.read(PIECE)


def read_record(file: BinaryIO, offset: int) -> tuple[StatusAndHeaders, StatusAndHeaders | None, bytes]:
    """Return the headers of the record at an offset, those of its HTTP message if it has one, and its bytes."""
    file.seek(offset)
    try:
        record = next(iter(ArchiveIterator(file)))
        return record.rec_headers, record.http_headers, bytes(record.content_stream().read())
    except (ArchiveLoadFailed, StopIteration, EOFError) as error:
        raise ValueError("no WARC record begins there") from error
