"""What a host answered, with what it says of itself, and the errors for an answer that is none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Literal
from urllib.parse import urlsplit

from warcio.statusandheaders import StatusAndHeaders

from flows.errors import FetchError

Framing = Literal["length", "chunked", "none"]


@dataclass(frozen=True)
class FetchedPage:
    """What came back: the final address, the status line and headers, the body without its encoding.

    `framing` says how the body's end was told: `none` means that the connection closed, so a cut body
    looks whole. `asked` holds the request as it was sent, `seconds` how long the answer took; `tls` is
    empty for plain http.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    fetched_at: datetime
    framing: Framing = "length"
    tls: Literal["", "verified", "unverified"] = ""
    asked: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def media_type(self) -> str:
        """The media type that the server states."""
        return self.headers.get("Content-Type", "application/octet-stream").split(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        """The charset that the server states, or an empty text."""
        parts = self.headers.get("Content-Type", "").lower().split("charset=")
        return parts[1].split(";")[0].strip(" \"'") if len(parts) > 1 else ""

    def http_record(self) -> StatusAndHeaders:
        """Return the headers for a WARC record; those of the transfer, which was undone, are renamed."""
        undone = {"content-encoding", "transfer-encoding", "content-length"}
        headers = [
            (f"X-Archive-Orig-{name}" if name.lower() in undone else name, value)
            for name, value in self.headers.items()
        ]
        return StatusAndHeaders(f"{self.status} {phrase_of(self.status)}", headers, protocol="HTTP/1.1")

    def request_record(self) -> StatusAndHeaders:
        """Return the request that was answered so, for a WARC record."""
        parts = urlsplit(self.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = [("Host", parts.netloc), *self.asked.items()]
        return StatusAndHeaders(f"GET {target} HTTP/1.1", headers, is_http_request=True)


def phrase_of(status: int) -> str:
    """Return the words that stand beside a status; portals answer with numbers that nobody has named (412 and 521 aside)."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unnamed"


@dataclass(frozen=True)
class Validators:
    """What a host gave with the last good capture, for a conditional request (RFC 9110, 13)."""

    etag: str = ""
    last_modified: str = ""

    def as_headers(self) -> dict[str, str]:
        """Return the headers of a conditional request; none where the host gave nothing."""
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in named.items() if value}


NOTHING_KNOWN = Validators()


class NoAnswerError(FetchError):
    """A host gave no whole answer: it is silent, too slow, or breaks off."""


class FailedTryError(NoAnswerError):
    """One try gave no whole answer; another one may."""


def refused(url: str, en: str, zh: str) -> FetchError:
    """Return the error for an address that gave no page."""
    return FetchError(
        f"{url}: {en}. What was known stays; it is tried again by the next harvest.",
        f"{url}：{zh}。已有存档不变，下次采集再试。",
    )


def failed_try(url: str, en: str, zh: str) -> FailedTryError:
    """Return the error for a try that gave no whole answer."""
    return FailedTryError(*refused(url, en, zh).text)


def too_slow(url: str) -> NoAnswerError:
    """Return the error for an answer that was not whole at the deadline."""
    return NoAnswerError(
        *refused(url, "too slow: the time for one fetch is over", "过慢：单次抓取时间已到").text
    )
