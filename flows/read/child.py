"""Reading in a child process with limits on time and memory: a hostile file harms itself alone.

No parser survives every page that a portal or a contributor can send. The child is started
once and reused for many files; where one stalls it, it is ended and started anew.
"""

import resource
import signal
import subprocess
import sys
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self

from flows.errors import ReadError
from flows.model import Document
from flows.read import read_document

SECONDS = 10.0
MEMORY = 1024 * 1024 * 1024


class Reader:
    """A child process that reads; `read` gives its Document or raises its ReadError."""

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self.seconds = seconds
        self.memory = memory
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
            command = [sys.executable, "-m", "flows.read.child", str(place), str(self.memory)]
            self.process = subprocess.Popen(command, pass_fds=[place], stdin=subprocess.DEVNULL)
            theirs.close()
            self.pipe.recv()  # the child is ready: its start does not count as reading
        return self.pipe

    def stop(self) -> None:
        """End the child, if one runs."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        if self.pipe is not None:
            self.pipe.close()
            self.pipe = None

    def read(self, data: bytes, name: str, charset: str = "") -> Document:
        """Return the Document of a file's bytes.

        Raises ReadError as read_document does, and where the file takes more time or memory
        than any report.
        """
        pipe = self.start()
        try:
            pipe.send((data, name, charset))
            answer = pipe.recv() if pipe.poll(self.seconds) else None
        except (EOFError, OSError) as error:
            self.stop()
            raise over_limit(name, "the reader died", "读取进程异常退出") from error
        if answer is None:
            self.stop()
            raise over_limit(name, f"over {self.seconds:g} s to read", f"读取超过 {self.seconds:g} 秒")
        if isinstance(answer, Document):
            return answer
        raise ReadError(*answer)


def over_limit(name: str, en: str, zh: str) -> ReadError:
    """Return the error for a file that takes more than any report does."""
    return ReadError(
        f"{name}: {en}; no report takes so much, the file is refused. Look at it before you open it.",
        f"{name}：{zh}；年度报告不会如此，已拒绝。打开前请先检查该文件。",
    )


def serve(pipe: Connection, memory: int) -> None:
    """Read one file after another from the pipe until it closes; runs in the child."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pipe.send("ready")
    while True:
        try:
            data, name, charset = pipe.recv()
        except EOFError:
            return
        pipe.send(read_or_refuse(data, name, charset))


def read_or_refuse(data: bytes, name: str, charset: str) -> Document | tuple[str, str]:
    """Return the Document of a file's bytes, or the message of why there is none in both languages."""
    try:
        return read_document(data, name, charset)
    except ReadError as error:
        return error.text.en, error.text.zh
    except (MemoryError, RecursionError) as error:
        text = over_limit(
            name, f"{type(error).__name__} while reading", f"读取时出现 {type(error).__name__}"
        ).text
        return text.en, text.zh


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])), int(sys.argv[2]))
