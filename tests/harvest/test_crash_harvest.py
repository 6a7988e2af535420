"""A harvest that is killed at a system call is finished by the next one: nothing lost, nothing broken."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from flows.harvest.audit import audit_archive
from flows.harvest.index import load_index
from flows.registry import Registry
from tests.crash import Point, all_points, run_writer, why_not
from tests.harvest.test_run import local, portal, run

__all__ = ["local", "portal"]  # fixtures
pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")
CALLS = ("write", "fsync", "ftruncate", "unlink")


def run_harvest(registry: Registry, raw: Path, say: Callable[[str], None]) -> None:
    """Be a harvest of the portal."""
    run(registry, raw)
    say("done")


def finish(registry: Registry, raw: Path) -> list[tuple[int, str, str]]:
    """Harvest until all is known, and return what the archive then holds, which must be whole."""
    run(registry, raw)
    captures = load_index(raw, registry.schemas["published/captures"])
    assert audit_archive(raw, captures).faults == ()
    return sorted({(each.year, each.verdict, each.url) for each in captures})


@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.slow)])
def test_a_harvest_that_is_killed_is_finished_by_the_next(local: Registry, tmp_path: Path, step: int) -> None:
    harvest = partial(run_harvest, local)
    ended = run_writer(harvest, tmp_path / "whole")
    assert ended.code == 0
    assert "done" in ended.said
    whole = finish(local, tmp_path / "whole")
    assert any(verdict == "accepted" for _, verdict, _ in whole)
    points: list[Point] = list(all_points(ended.calls, "signal=SIGKILL", CALLS))
    struck = 0
    for number, point in enumerate(points[::step]):
        raw = tmp_path / f"raw-{number}"
        struck += run_writer(harvest, raw, point).struck
        assert finish(local, raw) == whole, str(point)
    assert struck >= len(points[::step]) // 2  # calls are counted for each thread by itself
