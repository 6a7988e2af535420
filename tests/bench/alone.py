"""Work that is measured in a process of its own, which loads nothing but what a worker loads: pages on stdin, numbers on stdout.

python -m tests.bench.alone FUNCTION < pages
"""

import os
import pickle
import sys
import time
from pathlib import Path

import flows.curate.build  # noqa: F401  a worker of `gongkai build` has all of that in memory
from flows.extract.report import extract_report
from flows.read import read_document
from flows.read.child import Reader
from flows.registry import load_registry

ROOT = Path(__file__).resolve().parents[2]


def read_here(pages: list[bytes]) -> list[float]:
    """Return the seconds a page for reading, those in all, and the peak of memory in MB, of one process that does everything."""
    registry = load_registry(ROOT / "schemas")
    extract_report(read_document(pages[0], "page"), registry)
    began, reading = time.process_time(), 0.0
    for page in pages:
        at = time.process_time()
        document = read_document(page, "page")
        reading += time.process_time() - at
        extract_report(document, registry)
    whole = time.process_time() - began
    return [reading / len(pages), whole / len(pages), peak_of(os.getpid())]


def read_in_child(pages: list[bytes]) -> list[float]:
    """Return the seconds of processor time a page of a worker and of the child that reads for it, and their peaks of memory in MB."""
    registry = load_registry(ROOT / "schemas")
    with Reader() as reader:
        extract_report(reader.read(pages[0], "page"), registry)
        assert reader.process is not None
        child = reader.process.pid
        began, reading = time.process_time(), seconds_of(child)
        for page in pages:
            extract_report(reader.read(page, "page"), registry)
        worker, reading = time.process_time() - began, seconds_of(child) - reading
        return [worker / len(pages), reading / len(pages), peak_of(os.getpid()), peak_of(child)]


def peak_of(process: int) -> float:
    """Return the most memory that a process ever held, in MB; getrusage would count what its parent held when it began."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    (peak,) = (int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return peak / 1024


def seconds_of(process: int) -> float:
    """Return the processor time that a running process has taken."""
    taken = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, taken)) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    work = {"read_here": read_here, "read_in_child": read_in_child}[sys.argv[1]]
    print(*work(pickle.load(sys.stdin.buffer)))
