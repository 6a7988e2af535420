"""A simulated government portal: real HTTP on loopback, every answer scripted, every request logged.

with Portal({"/report.html": Answer(b"...")}) as portal:
    fetch_page(fetcher, portal.url("/report.html"))
"""

import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Answer:
    """What the portal sends for one address.

    `pieces` go out one by one after `body`, `pause` seconds apart. `stated` is a Content-Length that
    may lie; None sends none and ends the body by closing, unless `chunked`. `head` is sent as it is
    instead of a status line and headers.
    """

    body: bytes = b""
    status: int = 200
    media_type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: Sequence[bytes] = ()
    pause: float = 0.0
    stated: int | None = -1
    chunked: bool = False
    head: Sequence[bytes] = ()


@dataclass(frozen=True)
class Request:
    """One request as the portal saw it; `at` is monotonic time."""

    path: str
    headers: Mapping[str, str]
    at: float


def redirect(target: str, status: int = 302, body: bytes = b"", **headers: str) -> Answer:
    """Return an answer that sends the client elsewhere."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(body, status, headers={"Location": target, **named})


class Portal(ThreadingHTTPServer):
    """A portal that answers until the `with` block ends; what is not scripted is a 404."""

    daemon_threads = True

    def __init__(
        self,
        answers: Mapping[str, Answer] | None = None,
        address: str = "127.0.0.1",
        secure: ssl.SSLContext | None = None,
        port: int = 0,
    ) -> None:
        super().__init__((address, port), Handler)
        if secure:
            self.socket = secure.wrap_socket(self.socket, server_side=True)
        self.answers = dict(answers or {})
        self.requests: list[Request] = []
        self.stopped = threading.Event()
        self.host = f"{address}:{self.server_port}"

    def url(self, path: str) -> str:
        """Return the full address of a path."""
        return f"http://{self.host}{path}"

    @property
    def paths(self) -> list[str]:
        """The paths asked for, in order, robots.txt aside."""
        return [request.path for request in self.requests if request.path != "/robots.txt"]

    def find_answer(self, request: Request) -> Answer:
        """Return the answer to a request."""
        return self.answers.get(request.path, Answer(b"<html><body>404</body></html>", 404))

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stopped.set()
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """One connection, answered from the portal's script."""

    protocol_version = "HTTP/1.1"
    server: Portal

    def do_GET(self) -> None:
        request = Request(self.path, dict(self.headers.items()), time.monotonic())
        self.server.requests.append(request)
        answer = self.server.find_answer(request)
        self.close_connection = True
        try:
            self.write_head(answer)
            self.send(answer.body, 0)
            for piece in answer.pieces:
                self.send(piece, answer.pause)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client has had enough, which is what some tests are about

    def write_head(self, answer: Answer) -> None:
        """Send the status line and headers."""
        for piece in answer.head:
            self.send(piece, answer.pause)
        if answer.head:
            return
        self.send_response(answer.status)
        for name, value in ({"Content-Type": answer.media_type} | dict(answer.headers)).items():
            self.send_header(name, value)
        if answer.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif answer.stated is not None:
            whole = len(answer.body) + sum(map(len, answer.pieces))
            self.send_header("Content-Length", str(whole if answer.stated < 0 else answer.stated))
        self.send_header("Connection", "close")
        self.end_headers()

    def send(self, piece: bytes, pause: float) -> None:
        """Send some bytes after a pause, unless the portal has closed."""
        if self.server.stopped.wait(pause):
            raise BrokenPipeError
        self.wfile.write(piece)
        self.wfile.flush()

    def log_request(self, *_: object) -> None:
        """Stay silent: the requests are in portal.requests."""
