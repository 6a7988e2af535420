"""A build that dies, or whose disk fails, at any system call leaves the last release whole, and the next build goes on."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from flows.errors import GongkaiError
from flows.publish.manifest import hash_code
from flows.publish.package import publish_package
from flows.publish.verify import Asked, verify
from flows.registry import Registry
from tests.command import list_tree
from tests.crash import CALLS, FORKS, Point, all_points, run_writer, why_not
from tests.publish.conftest import Tables, other_content

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")
FORKS.set_forkserver_preload(
    ["tests.publish.test_crash_publish", "tests.harvest.test_crash", "tests.command"]
)
hash_code()  # before the fork: once is enough
NOW = Asked(datetime(2026, 11, 28, tzinfo=UTC))
KINDS = (*CALLS, "symlink", "unlinkat", "rmdir")


@dataclass(frozen=True)
class World:
    """What a writer publishes, and what must be there before and after it."""

    registry: Registry
    tables: Tables
    before: Path
    after: dict[str, str | bytes]


@pytest.fixture(scope="module")
def world(small: Registry, tables: Tables, tmp_path_factory: pytest.TempPathFactory) -> World:
    before, after = (tmp_path_factory.mktemp("world") / name for name in ("before", "after"))
    publish_package(small, other_content(tables, "before"), before)
    shutil.copytree(before, after, symlinks=True)
    publish_package(small, other_content(tables, "after"), after)
    return World(small, other_content(tables, "after"), before, list_tree(after))


def write_safely(world: World, curated: Path, say: Callable[[str], None]) -> None:
    """Be a build."""
    publish_package(world.registry, world.tables, curated)
    say("done")


def write_naively(world: World, curated: Path, say: Callable[[str], None]) -> None:
    """Be a build that writes the newest release where it will stand, after pointing to it."""
    folder = curated / "releases" / "2026.11.1"
    folder.mkdir(exist_ok=True)
    (curated / "latest").unlink(missing_ok=True)
    (curated / "latest").symlink_to("releases/2026.11.1")
    for name, content in world.after.items():
        if name.startswith("releases/2026.11.1/") and isinstance(content, bytes):
            (curated / name).parent.mkdir(exist_ok=True)
            (curated / name).write_bytes(content)
    say("done")


def broken(world: World, writer: Callable[..., None], curated: Path, point: Point) -> str | None:
    """Return what is wrong after a fault at a point, and after the build that comes next: an empty text where nothing is.

    None where nothing befell the build: calls are counted for each thread by itself.
    """
    shutil.copytree(world.before, curated, symlinks=True)
    ended = run_writer(partial(writer, world), curated, point)
    if not ended.struck:
        return None
    tree = list_tree(curated)
    if faults := verify((curated / "latest").resolve(), NOW).faults:
        return f"{point}: latest is not whole: {faults[0]}"
    kept = [
        name
        for name, content in list_tree(world.before).items()
        if name != "latest" and tree.get(name) != content
    ]
    if kept:
        return f"{point}: {kept[0]} of the former release is another"
    if (ended.code == 0) != ("done" in ended.said):
        return f"{point}: ended with {ended.code}, said {set(ended.said)}"
    try:
        writer(world, curated, lambda _: None)
    except GongkaiError as error:
        return f"{point}: the next build: {error}"
    return "" if list_tree(curated) == world.after else f"{point}: the next build left something else behind"


def points_of(
    world: World, writer: Callable[..., None], folder: Path, fault: tuple[str, tuple[str, ...]]
) -> list[Point]:
    """Return every point of a build that nothing befalls."""
    whole = folder / "whole"
    shutil.copytree(world.before, whole, symlinks=True)
    ended = run_writer(partial(writer, world), whole)
    assert ended.code == 0
    assert list_tree(whole) == world.after
    return list(all_points(ended.calls, *fault))


FAULTS = {
    "kill": ("signal=SIGKILL", KINDS),
    "full disk": ("error=ENOSPC", ("openat", "write", "fsync", "mkdir", "symlink")),
    "broken disk": ("error=EIO", ("write", "fsync", "rename", "mkdir", "symlink", "close")),
}


def find_broken(world: World, folder: Path, points: list[Point]) -> list[str]:
    """Return what is wrong after a fault at each of some points, most of which must have struck."""
    ended = [
        broken(world, write_safely, folder / f"at-{number}", point) for number, point in enumerate(points)
    ]
    assert sum(each is not None for each in ended) > len(points) * 0.8
    return [why for why in ended if why]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_some_calls_leaves_a_whole_release_and_the_next_build_goes_on(
    world: World, tmp_path: Path, fault: str
) -> None:
    points = points_of(world, write_safely, tmp_path, FAULTS[fault])
    assert find_broken(world, tmp_path, points[4 :: len(points) // 6]) == []


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_any_call_leaves_a_whole_release_and_the_next_build_goes_on(
    world: World, tmp_path: Path, fault: str
) -> None:
    points = points_of(world, write_safely, tmp_path, FAULTS[fault])
    assert len(points) > 30
    assert find_broken(world, tmp_path, points) == []


def test_a_naive_build_is_found_out(world: World, tmp_path: Path) -> None:
    points = points_of(world, write_naively, tmp_path, ("signal=SIGKILL", ("write",)))
    assert broken(world, write_naively, tmp_path / "naive", points[2])
