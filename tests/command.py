"""Running `gongkai` as a user does: a process of its own, its exit code, what it printed where."""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from flows.__main__ import main

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
QUIET = {
    "PATH": os.environ["PATH"],
    "HOME": os.environ.get("HOME", "/"),
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONPATH": str(ROOT),  # this tree, wherever the program was installed from
    "GONGKAI_CONTACT": "tests@example.org",
}

# Processes forked from one that has everything imported: the same command, most of a second sooner.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["flows.__main__", "pytest"])


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it printed."""

    code: int | None
    out: str
    err: str

    @property
    def said(self) -> str:
        """Everything printed."""
        return self.out + self.err


def run_gongkai(*words: str | Path, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Ran:
    """Run one command and return how it ended; a traceback is never acceptable."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        streams, words = (out, err), tuple(map(str, words))
        process = FORKS.Process(target=call_main, args=(words, streams, {**QUIET, **(env or {})}, cwd))
        process.start()
        process.join(120)
        return checked(
            words, Ran(process.exitcode, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))
        )


def call_main(
    words: Sequence[str], streams: Sequence[Path], env: Mapping[str, str], cwd: Path | None
) -> None:
    """Be the command: runs in the forked process and ends it."""
    for number, path in enumerate(streams, start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd or Path.cwd())
    sys.argv = ["gongkai", *words]
    sys.exit(main())


def run_script(
    *words: str | Path, stdin: bytes = b"", env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Ran:
    """Run the installed script, for what depends on how the interpreter starts: stdin, locale, hash seed."""
    command: list[str | Path] = [BIN / "gongkai", *words]
    ran = subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        check=False,
        timeout=120,
        env={**QUIET, **(env or {})},
        cwd=cwd,
    )
    return checked(words, Ran(ran.returncode, ran.stdout.decode(), ran.stderr.decode()))


def checked(words: Iterable[str | Path], ran: Ran) -> Ran:
    """Return how a command ended, unless it showed a traceback."""
    assert "Traceback" not in ran.out + ran.err, f"gongkai {' '.join(map(str, words))}\n{ran.err}"
    return ran


def run_each(commands: Iterable[Sequence[str | Path]]) -> list[Ran]:
    """Run several commands, two at a time, and return how each ended."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda words: run_gongkai(*words), commands))


def list_tree(folder: Path) -> dict[str, str | bytes]:
    """Return every file below a folder with its bytes, every link with its target; locks aside."""
    found: dict[str, str | bytes] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = str(path.readlink())
        elif path.is_file() and path.name != ".lock":
            found[name] = path.read_bytes()
    return found
