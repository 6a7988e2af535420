"""Fault injection with strace: a writer is killed, or its disk fails, at one chosen system call, then at the next one.

The writer is forked with everything imported and waits until strace is attached, so that only its own calls count.
"""

import multiprocessing
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import Any

from flows.errors import GongkaiError

CALLS = (
    "openat",
    "write",
    "fsync",
    "ftruncate",
    "truncate",
    "rename",
    "renameat2",
    "unlink",
    "mkdir",
    "close",
)
MORE = ("symlink", "unlinkat", "rmdir")  # traced too; who wants them names them
FORKS = multiprocessing.get_context("forkserver")

Writer = Callable[
    [Path, Callable[[str], None]], None
]  # writes into a folder and says of each capture that it is there


@dataclass(frozen=True)
class Point:
    """One place where a fault strikes: the nth call of a kind, and what happens there."""

    call: str
    number: int
    fault: str = "signal=SIGKILL"

    def __str__(self) -> str:
        """Return the point for a message."""
        return f"{self.call} {self.number} {self.fault}"


@dataclass(frozen=True)
class Ended:
    """How a writer ended: its exit code, which captures it had said to be there, its calls, and whether the fault struck."""

    code: int | None
    said: frozenset[str]
    calls: tuple[str, ...]
    struck: bool


def why_not() -> str:
    """Return why faults cannot be injected on this machine, or an empty text."""
    if not shutil.which("strace"):
        return "strace is not installed"
    ran = subprocess.run(
        ["strace", "-o", os.devnull, "-e", "inject=getpid:retval=1", "true"], capture_output=True, check=False
    )
    return "" if ran.returncode == 0 else "ptrace is not allowed here"


def be_writer(writer: Writer, raw: Path, *ends: Any) -> None:
    """Be the writer: wait until strace is attached, write, and end with 1 where that fails."""
    ready, go, saying = (end.detach() for end in ends)

    def say(code: str) -> None:
        os.write(saying, f"{code}\n".encode())

    os.write(ready, b"!")
    os.read(go, 1)
    try:
        writer(raw, say)
    except (GongkaiError, OSError):
        os._exit(1)
    os._exit(0)


def run_writer(writer: Writer, raw: Path, point: Point | None = None) -> Ended:
    """Run a writer to its end, with a fault at one point where one is given, and return how it ended."""
    (ready, ready_end), (go_end, go), (said, saying) = (os.pipe() for _ in range(3))
    process = FORKS.Process(target=be_writer, args=(writer, raw, *map(DupFd, (ready_end, go_end, saying))))
    process.start()
    for end in (ready_end, go_end, saying):
        os.close(end)
    assert os.read(ready, 1) == b"!"
    trace = raw.with_name(f"{raw.name}.trace")
    injected = [f"inject={point.call}:{point.fault}:when={point.number}"] if point else []
    kinds = dict.fromkeys((*CALLS, *MORE))
    options = [word for each in (f"trace={','.join(kinds)}", *injected) for word in ("-e", each)]
    strace = subprocess.Popen(
        ["strace", "-f", "-p", str(process.pid), "-o", trace, *options], stderr=subprocess.PIPE, text=True
    )
    assert strace.stderr is not None
    assert "attached" in strace.stderr.readline()
    os.write(go, b"!")
    process.join(60)
    strace.wait(60)
    heard = os.read(said, 65536).decode() if process.exitcode is not None else ""
    for end in (ready, go, said):
        os.close(end)
    strace.stderr.close()
    told = trace.read_text(encoding="utf-8")
    calls = tuple(re.findall(r"^(?:\d+ +)?(\w+)\(", told, re.MULTILINE))
    return Ended(
        process.exitcode, frozenset(heard.split()), calls, process.exitcode == -9 or "(INJECTED)" in told
    )


def all_points(calls: tuple[str, ...], fault: str, kinds: tuple[str, ...] = CALLS) -> Iterator[Point]:
    """Yield every point of a run that made these calls, in their order."""
    counts: dict[str, int] = {}
    for call in calls:
        counts[call] = counts.get(call, 0) + 1
        if call in kinds:
            yield Point(call, counts[call], fault)
