"""One exchange with a host: a request sent, an answer read in pieces against a size and a deadline."""

import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime

import requests

from flows.harvest.answer import FetchedPage, Framing, failed_try, refused, too_slow
from flows.harvest.limits import Limits

REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class Question:
    """A request: its address and headers, how far its host's certificate is checked, how much it may take.

    `verify` is True for the authorities that everybody trusts, a file's path for others, False for none.
    """

    url: str
    headers: Mapping[str, str]
    verify: bool | str
    limits: Limits


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


def ask(session: requests.Session, question: Question, deadline: float) -> FetchedPage:
    """Return one answer; the body of a redirect is not read, for nobody needs it and it may be a bomb."""
    began = time.monotonic()
    response = session.get(
        question.url, stream=True, allow_redirects=False, headers=dict(question.headers), verify=question.verify,
        timeout=max(0.1, min(question.limits.silence, deadline - began)),
    )  # fmt: skip
    with response:
        moved = response.status_code in REDIRECTS
        body = b"" if moved else read_body(response, question, deadline)
        return FetchedPage(
            question.url, response.status_code, response.headers, body, datetime.now(UTC).replace(microsecond=0),
            framing=framing_of(response),
            tls="" if question.url.startswith("http:") else "verified" if question.verify else "unverified",
            asked=dict(response.request.headers),
            seconds=time.monotonic() - began,
        )  # fmt: skip


def framing_of(response: requests.Response) -> Framing:
    """Return how the end of an answer's body is told."""
    if "chunked" in response.headers.get("Transfer-Encoding", "").lower():
        return "chunked"
    return "length" if "Content-Length" in response.headers else "none"


def read_body(response: requests.Response, question: Question, deadline: float) -> bytes:
    """Return a body whole, inflated within the limit; raise FetchError where it is cut, too large or too slow."""
    url, limit = question.url, question.limits.body
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
    if response.status_code != 304 and (stated not in ("", str(received)) or not whole):
        raise failed_try(
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
