"""An S3 server on this machine with a bucket, and a relay before it that fails, or kills a writer, where a test says."""

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread

from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from pyarrow import fs

from flows.harvest.store import Bucket, connect

KEYS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",  # or a client without keys asks an address of Amazon's for them
}
NAMES = count(1)


@dataclass(frozen=True)
class Server:
    """An S3 server: where it is reached, and its port."""

    endpoint: str
    port: int

    def new_bucket(self) -> Bucket:
        """Return a bucket that is there and empty, with a prefix."""
        name = f"gongkai-{next(NAMES)}"
        fs.S3FileSystem(
            scheme="http", endpoint_override=f"127.0.0.1:{self.port}", allow_bucket_creation=True
        ).create_dir(name)
        return Bucket(f"{name}/raw", self.endpoint)

    @property
    def env(self) -> Mapping[str, str]:
        """What a process needs to reach it."""
        return {**KEYS, "AWS_ENDPOINT_URL": self.endpoint}


@contextmanager
def serve_buckets() -> Iterator[Server]:
    """Serve S3 on a port of this machine until the `with` block ends."""
    os.environ.update(KEYS)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    port = server.get_host_and_port()[1]
    try:
        yield Server(f"http://127.0.0.1:{port}", port)
    finally:
        server.stop()


def put(bucket: Bucket, name: str, content: bytes) -> None:
    """Write an object as anybody could, over what is there too."""
    with connect(bucket.endpoint).open_output_stream(bucket.path_of(name), compression=None) as remote:
        remote.write(content)


@dataclass
class Plan:
    """What a relay does with each request: `before` it is passed on, and `after`; each may return a status to answer with."""

    before: Callable[[str, str], int | None] = lambda method, path: None
    after: Callable[[str, str], int | None] = lambda method, path: None
    asked: list[tuple[str, str]] = field(default_factory=list)


class Relay(BaseHTTPRequestHandler):
    """Pass on each request, unless the plan says otherwise."""

    port: int
    plan: Plan
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = self.read_body()
        self.plan.asked.append((self.command, self.path))
        if (status := self.plan.before(self.command, self.path)) is not None:
            return self.refuse(status)
        there = HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
        there.request(self.command, self.path, body, headers)
        got = there.getresponse()
        content = got.read()
        if (status := self.plan.after(self.command, self.path)) is not None:
            return self.refuse(status)
        self.send_response(got.status)
        for name, value in got.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                self.send_header(name, value)
        length = got.getheader("Content-Length") if self.command == "HEAD" else None
        self.send_header("Content-Length", length or str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        return None

    def read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int((line := self.rfile.readline()).split(b";")[0], 16):
            body += line + self.rfile.read(size + 2)
        body += line
        while line := self.rfile.readline():
            body += line
            if line == b"\r\n":
                break
        return body

    def refuse(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = answer  # noqa: N815 - the library's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


class Quiet(ThreadingHTTPServer):
    """Say nothing of a writer that was killed and hung up in the middle."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@contextmanager
def relay(server: Server, plan: Plan) -> Iterator[str]:
    """Serve another address for a server, with what a plan says in between, until the `with` block ends."""

    bound = type("Bound", (Relay,), {"port": server.port, "plan": plan})
    with Quiet(("127.0.0.1", 0), bound) as http:
        Thread(target=http.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{http.server_address[1]}"
        finally:
            http.shutdown()


def kill(pid: int) -> None:
    """End a process of ours at once."""
    os.kill(pid, signal.SIGKILL)
