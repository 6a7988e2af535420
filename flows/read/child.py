"""Reading in a child process with limits on time and memory: a hostile file harms itself alone.

No parser survives every page that a portal or a contributor can send. The child is started
once and reused for many files; where one stalls, fills or crashes it, a new one begins, and so
it does after a file that made it grow. Its answer is JSON: whatever a file makes of the child,
it cannot make the parent run code. Memory is limited on Linux alone, for macOS knows no limit
of address space; Windows has neither (use WSL).
"""

import json
import math
import resource
import signal
import subprocess
import sys
import threading
import time
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Self

from flows.errors import ReadError, Text
from flows.model import Document
from flows.read import read_document
from flows.read.kinds import IMAGES, PDF, find_signature
from flows.read.limits import MAX_BYTES, MAX_GROWTH, MEMORY, PICTURE_SECONDS, SECONDS, WAIT_SECONDS, too_much
from flows.read.wire import decode_document, encode_document

MAX_ANSWER = 10 * MAX_BYTES
# How an answer begins: whether the child goes on or ends, then whether it is a Document or a refusal.
GOES_ON, ENDS = b"+", b"."
DOCUMENT, REFUSAL = b"D", b"R"


class Reader:
    """A child process that reads; `read` gives its Document or raises its ReadError. Threads may share it."""

    def __init__(self, seconds: int = SECONDS, memory: int = MEMORY, wait: float = WAIT_SECONDS) -> None:
        self.seconds = seconds
        self.memory = memory
        self.wait = wait
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self.pipe: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Connection:
        """Start the child if none runs and return the pipe to it."""
        if self.process is None or self.pipe is None or self.process.poll() is not None:
            self.stop()
            self.pipe, theirs = Pipe()
            place = theirs.fileno()
            # A plain process of this module alone: multiprocessing would import the whole program again.
            words = [sys.executable, "-m", "flows.read.child", *map(str, (place, self.seconds, self.memory))]
            self.process = subprocess.Popen(words, pass_fds=[place], stdin=subprocess.DEVNULL)
            theirs.close()
            self.pipe.recv_bytes()  # the child is ready: its start does not count as reading
        return self.pipe

    def stop(self) -> int:
        """End the child, if one runs, and return how it ended: its exit code, or the negative number of a signal."""
        process, pipe, self.process, self.pipe = self.process, self.pipe, None, None
        if pipe is not None:
            pipe.close()
        if process is None:
            return 0
        # One that waits ends where its pipe closes; one that reads is asked to, for it may have to end LibreOffice.
        for end in (process.terminate, process.kill):
            try:
                return process.wait(1)
            except subprocess.TimeoutExpired:
                end()
        return process.wait()

    def read(self, data: bytes, name: str, charset: str = "") -> Document:
        """Return the Document of a file's bytes.

        Raises ReadError as read_document does, and where the file takes more time or memory
        than any report, or crashes its reader.
        """
        wait = self.find_wait(data)
        with self.lock:
            try:
                pipe = self.start()
                pipe.send((data, name, charset))
                answer = pipe.recv_bytes(MAX_ANSWER) if pipe.poll(wait) else None
            except (EOFError, OSError) as error:
                raise too_much(name, *self.explain_end(self.stop())) from error
            if answer is None or answer[:1] == ENDS:
                self.stop()
        if answer is None:
            raise too_much(name, f"over {wait:g} s to read", f"读取超过 {wait:g} 秒")
        return decode_answer(answer[1:], name)

    def find_wait(self, data: bytes) -> float:
        """Return how many seconds a file may take by the clock: more where its text may have to be recognised."""
        may_be_pictures = find_signature(data) in (*IMAGES, PDF)
        return max(self.wait, PICTURE_SECONDS + self.seconds) if may_be_pictures else self.wait

    def explain_end(self, code: int) -> Text:
        """Return why the child ended while it read, from its exit code: what the file took or did."""
        if code == -signal.SIGXCPU:
            return Text(
                f"over {self.seconds} s of processor time to read", f"读取占用处理器超过 {self.seconds} 秒"
            )
        if code == -signal.SIGKILL:
            return Text("ended by the system while it was read", "读取时被系统终止")
        if code == -signal.SIGABRT:  # what PDFium, lexbor and calamine do where they get no memory
            most = self.memory // 1024**2
            return Text(
                f"over {most:,} MiB of memory to read (SIGABRT)", f"读取占用内存超过 {most:,} MiB（SIGABRT）"
            )
        how = signal.Signals(-code).name if code < 0 else f"exit {code}"
        return Text(f"its reader crashed ({how})", f"读取进程崩溃（{how}）")


def decode_answer(answer: bytes, name: str) -> Document:
    """Return the Document that a child answers, or raise the ReadError that it answers."""
    try:
        if answer[:1] == DOCUMENT:
            return decode_document(answer[1:])
        en, zh = map(str, json.loads(answer[1:]))
    except ValueError as error:
        raise too_much(
            name, f"its reader answers nonsense ({error})", f"读取进程返回无效结果（{error}）"
        ) from error
    raise ReadError(en, zh)


# In the child


def serve(pipe: Connection, seconds: int, memory: int) -> None:
    """Read one file after another from the pipe until it closes, or until one has made this process grow."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # so that what has begun is ended in order
    limit(resource.RLIMIT_CORE, 0)
    if sys.platform == "linux":
        limit(resource.RLIMIT_AS, memory)
    pipe.send_bytes(b"ready")
    most, goes_on = find_size() + MAX_GROWTH, True
    while goes_on and (asked := receive(pipe)):
        limit(resource.RLIMIT_CPU, math.ceil(time.process_time()) + seconds)
        answer = read_or_refuse(*asked)
        goes_on = find_size() < most
        pipe.send_bytes((GOES_ON if goes_on else ENDS) + answer)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def receive(pipe: Connection) -> tuple[bytes, str, str] | None:
    """Return the next file to be read, None where the parent has closed the pipe."""
    try:
        asked: tuple[bytes, str, str] = pipe.recv()
    except EOFError:
        return None
    return asked


def limit(kind: int, most: int) -> None:
    """Limit this process; programs that it starts may have other limits, but none beyond what it was born with."""
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def find_size() -> int:
    """Return the address space that this process holds, in bytes; 0 where the system does not say."""
    if sys.platform != "linux":
        return 0
    return int(Path("/proc/self/statm").read_bytes().split()[0]) * resource.getpagesize()


def read_or_refuse(data: bytes, name: str, charset: str) -> bytes:
    """Return the Document of a file's bytes, or the message of why there is none in both languages, as JSON."""
    try:
        return DOCUMENT + encode_document(read_document(data, name, charset))
    except ReadError as error:
        text = error.text
    except (MemoryError, RecursionError, UnicodeEncodeError) as error:
        what = type(error).__name__
        text = too_much(name, f"{what} while reading", f"读取时出现 {what}").text
    return REFUSAL + json.dumps(text).encode()


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3]))
