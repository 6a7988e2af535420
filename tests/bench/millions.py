"""The tables of millions of observations, made and published in a process of its own that may use so much memory and no more.

python -m tests.bench.millions OBSERVATIONS GIB FOLDER
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from flows.curate.assemble import assemble_tables
from flows.publish.package import publish_package
from flows.registry import load_registry
from tests.many import make_many

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]


def build(observations: int, folder: Path) -> dict[str, float]:
    """Return how many rows were published, the seconds that took, and the most memory that was held, in MB."""
    many = make_many(load_registry(ROOT / "schemas"), observations)
    tables, assembling = take_time(lambda: assemble_tables(many.registry, many.outcomes, many.captures))
    published, publishing = take_time(lambda: publish_package(many.registry, tables, folder))
    assert published.changed
    return {
        "observations": tables["observations"].num_rows,
        "rows": sum(table.num_rows for table in tables.values()),
        "assembling": assembling,
        "publishing": publishing,
        "resident": peak_of("VmHWM"),
        "addresses": peak_of("VmPeak"),
    }


def take_time(work: Callable[[], T]) -> tuple[T, float]:
    """Return what a piece of work gives and the seconds of processor time that it took."""
    began = time.process_time()
    return work(), time.process_time() - began


def peak_of(name: str) -> float:
    """Return the most memory that this process ever held, in MB."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    (peak,) = (int(line.split()[1]) for line in lines if line.startswith(name))
    return peak / 1024


if __name__ == "__main__":
    count, gib, place = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_AS, (int(float(gib) * 2**30),) * 2)
    print(json.dumps(build(int(count), Path(place))))
