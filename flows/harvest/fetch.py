"""One page over the network: official hosts only, followed, timed, sized and paced by our own hand.

requests inflates the bodies of redirects even when told not to follow them, so redirects are
followed here, bodies are asked for uncompressed and read in pieces against a size and a deadline.
"""

import ipaddress
import os
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from protego import Protego
from warcio.statusandheaders import StatusAndHeaders

from flows import __version__
from flows.errors import FetchError

ROBOT = "gongkai"  # what robots.txt may call us
REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class Limits:
    """How much one fetch may take, and how long a host is left in peace between two."""

    body: int = 20 * 1024 * 1024
    redirects: int = 5
    seconds: float = 60.0
    pause: float = 2.0


@dataclass(frozen=True)
class FetchedPage:
    """What came back: the final address, the status line and headers, the body without its encoding."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    fetched_at: datetime

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
        return StatusAndHeaders(
            f"{self.status} {HTTPStatus(self.status).phrase}",
            headers,
            protocol="HTTP/1.1",
        )


class Session(requests.Session):
    """A session that never follows a redirect by itself."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None: redirects are followed in fetch_page, after their host was checked."""


@dataclass
class Fetcher:
    """What a harvest keeps between fetches: the session, each host's robots.txt and last visit."""

    hosts: frozenset[str]
    limits: Limits = field(default_factory=Limits)
    allow_private: bool = False
    contact: str = field(default_factory=lambda: os.environ.get("GONGKAI_CONTACT", ""))
    session: Session = field(default_factory=Session)
    robots: dict[str, Protego] = field(default_factory=dict)
    visited: dict[str, float] = field(default_factory=dict)


def user_agent(fetcher: Fetcher) -> str:
    """Return who we say we are: the program, what it is for, and whom to write to."""
    return f"{ROBOT}/{__version__} (open data from information disclosure reports; {fetcher.contact})"


def fetch_page(fetcher: Fetcher, url: str) -> FetchedPage:
    """Return the page at an address with status 200, redirects followed among official hosts.

    Raises FetchError naming the address for everything else: a foreign or private host,
    robots.txt, a status, a body that is too large, cut or too slow.
    """
    deadline = time.monotonic() + fetcher.limits.seconds
    for _ in range(fetcher.limits.redirects + 1):
        check_address(fetcher, url)
        if not robots_for(fetcher, url, deadline).can_fetch(url, ROBOT):
            raise refused(url, "robots.txt of the host forbids it", "该主机的 robots.txt 不允许访问")
        page = fetch_once(fetcher, url, deadline)
        if page.status in REDIRECTS and "Location" in page.headers:
            url = find_target(page)
            continue
        if page.status != 200:
            raise refused(url, f"status {page.status}, expected 200", f"状态码为 {page.status}，应为 200")
        return page
    raise refused(
        url, f"more than {fetcher.limits.redirects} redirects", f"重定向超过 {fetcher.limits.redirects} 次"
    )


def find_target(page: FetchedPage) -> str:
    """Return the address that a redirect points to; portals write Chinese paths there as plain UTF-8."""
    location = page.headers["Location"].encode("latin-1", "replace").decode("utf-8", "replace")
    try:
        return urljoin(page.url, location)
    except ValueError as error:
        raise refused(
            page.url, f"redirect to '{location}', which is no address", f"重定向到“{location}”，不是有效网址"
        ) from error


def refused(url: str, en: str, zh: str) -> FetchError:
    """Return the error for an address that gave no page."""
    return FetchError(
        f"{url}: {en}. What was known stays; it is tried again by the next harvest.",
        f"{url}：{zh}。已有存档不变，下次采集再试。",
    )


def check_address(fetcher: Fetcher, url: str) -> None:
    """Raise FetchError unless an address is http(s), on an official host, and not a private machine."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or parts.netloc.lower() not in fetcher.hosts:
        raise refused(url, "the host is not in schemas/hosts.csv", "主机不在 schemas/hosts.csv 中")
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 80, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError) as error:
        raise refused(url, f"the host has no address ({error})", f"无法解析主机（{error}）") from error
    private = [str(each[4][0]) for each in found if not ipaddress.ip_address(each[4][0]).is_global]
    if private and not fetcher.allow_private:
        raise refused(
            url, f"the host points to a private address {private[0]}", f"主机指向内网地址 {private[0]}"
        )


def robots_for(fetcher: Fetcher, url: str, deadline: float) -> Protego:
    """Return the host's robots.txt, asked for once; a missing one (4xx) allows, a failing one (5xx) forbids."""
    parts = urlsplit(url)
    if parts.netloc not in fetcher.robots:
        page = fetch_once(fetcher, f"{parts.scheme}://{parts.netloc}/robots.txt", deadline)
        text = page.body.decode("utf-8", "replace") if page.status == 200 else ""
        if page.status >= 500:
            text = "User-agent: *\nDisallow: /"
        fetcher.robots[parts.netloc] = Protego.parse(text)
    return fetcher.robots[parts.netloc]


def fetch_once(fetcher: Fetcher, url: str, deadline: float) -> FetchedPage:
    """Return one answer of a host, after the pause it is owed."""
    host = urlsplit(url).netloc
    wait = fetcher.visited.get(host, float("-inf")) + fetcher.limits.pause - time.monotonic()
    if wait > 0:
        time.sleep(wait)
    try:
        return call_until(deadline, lambda: ask(fetcher, url, deadline))
    except TimeoutError as error:
        raise too_slow(url) from error
    except (requests.RequestException, urllib3.exceptions.HTTPError, zlib.error, OSError) as error:
        raise refused(
            url,
            f"no usable answer ({type(error).__name__}: {error})",
            f"没有可用的响应（{type(error).__name__}：{error}）",
        ) from error
    finally:
        fetcher.visited[host] = time.monotonic()


def call_until(deadline: float, call: Callable[[], FetchedPage]) -> FetchedPage:
    """Return what a call returns; raise TimeoutError where it has not by the deadline.

    A socket's timeout counts the silence between two bytes, and a host that sends a header every second
    is never silent. So the call runs in a thread, which is left behind with its connection.
    """
    done: Future[FetchedPage] = Future()

    def run() -> None:
        try:
            done.set_result(call())
        except BaseException as error:  # handed on to the caller, whatever it is
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return done.result(max(0.0, deadline - time.monotonic()))


def ask(fetcher: Fetcher, url: str, deadline: float) -> FetchedPage:
    """Return one answer; the body of a redirect is not read, for nobody needs it and it may be a bomb."""
    seconds = max(0.1, min(20.0, deadline - time.monotonic()))
    response = fetcher.session.get(
        url, stream=True, allow_redirects=False, timeout=seconds,
        headers={"User-Agent": user_agent(fetcher), "Accept-Encoding": "identity"},
    )  # fmt: skip
    with response:
        moved = response.status_code in REDIRECTS
        body = b"" if moved else read_body(response, url, fetcher.limits.body, deadline)
    return FetchedPage(
        url, response.status_code, response.headers, body, datetime.now(UTC).replace(microsecond=0)
    )


def too_slow(url: str) -> FetchError:
    """Return the error for an answer that was not whole at the deadline."""
    return refused(url, "too slow: the time for one fetch is over", "过慢：单次抓取时间已到")


def read_body(response: requests.Response, url: str, limit: int, deadline: float) -> bytes:
    """Return a body whole, inflated within the limit; raise FetchError where it is cut, too large or too slow."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower() or "identity"
    if encoding not in ("identity", "gzip"):
        raise refused(
            url, f"content encoding {encoding}, none was asked for", f"响应使用了未请求的编码 {encoding}"
        )
    inflater = zlib.decompressobj(31) if encoding == "gzip" else None
    pieces, size, received = [], 0, 0
    for piece in stream(response, deadline, url):
        received += len(piece)
        text = inflater.decompress(piece, limit - size + 1) if inflater else piece
        size += len(text)
        if size > limit:
            raise refused(url, f"over {limit:,} bytes", f"超过 {limit:,} 字节")
        pieces.append(text)
    stated = response.headers.get("Content-Length", "")
    whole = inflater is None or (inflater.eof and not inflater.unused_data)
    if stated not in ("", str(received)) or not whole:
        raise refused(
            url,
            f"cut or damaged: {received:,} of {stated or '?'} bytes",
            f"中断或损坏：收到 {received:,}/{stated or '?'} 字节",
        )
    return b"".join(pieces)


def stream(response: requests.Response, deadline: float, url: str) -> Iterator[bytes]:
    """Yield the pieces of a body as they come, until the deadline."""
    while piece := response.raw.read1(65536, decode_content=False):
        if time.monotonic() > deadline:
            raise too_slow(url)
        yield piece
