"""Measuring on a machine that does other things too: in turns, by processor time, the median of many."""

import gc
import math
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

Work = Callable[[bytes], object]


@dataclass
class Timing:
    """The seconds that one piece of work took, of processor time and by the clock, each time it was done."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """The median of processor time."""
        return median(self.cpu)


def measure(works: Mapping[str, Work], pages: Sequence[bytes], rounds: int) -> dict[str, Timing]:
    """Return how long each piece of work takes a page; in each round every work does every page, one after another.

    What the machine does meanwhile so slows all of them alike. A first round is not counted.
    """
    timings = {name: Timing() for name in works}
    for counted in range(-1, rounds):
        for page in pages:
            for name, work in works.items():
                gc.collect(0)
                cpu, wall = time.process_time(), time.perf_counter()
                work(page)
                cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
                if counted >= 0:
                    timings[name].cpu.append(cpu)
                    timings[name].wall.append(wall)
    return timings


def exponent(times: Sequence[float], sizes: Sequence[float]) -> float:
    """Return the power of the size that the time grows with from the first size to the last: 1 is linear.

    >>> exponent([1.0, 10.0, 100.0], [1, 10, 100])
    1.0
    """
    return math.log(times[-1] / times[0]) / math.log(sizes[-1] / sizes[0])


def run_alone(work: str, pages: Sequence[bytes]) -> list[float]:
    """Return the numbers that a function of `tests.bench.alone` prints in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.alone", work]
    answer = subprocess.run(command, check=True, capture_output=True, input=pickle.dumps(list(pages)))
    return [float(word) for word in answer.stdout.split()]
