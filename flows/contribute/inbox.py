"""Several contributions at once: the folder in which they wait, `raw/contributions/`, or any other that holds some."""

from pathlib import Path

from flows.contribute.check import WORKBOOK, Verdict, check_contribution
from flows.contribute.descriptor import DESCRIPTOR
from flows.contribute.opened import open_contribution
from flows.curate.contributions import ACCEPTED
from flows.registry import Registry

PARTS = (DESCRIPTOR, "figures.csv", "evidence.csv", WORKBOOK)


def find_contributions(path: Path) -> list[Path]:
    """Return what is to be judged at a path: itself, or, of a folder that holds contributions, each folder and zip in it."""
    if not path.is_dir() or any((path / name).exists() for name in PARTS):
        return [path]
    found = [
        each
        for each in sorted(path.iterdir())
        if not each.name.startswith(".")
        and ((each.is_dir() and each.name != ACCEPTED) or each.suffix.lower() == ".zip" or each.is_symlink())
    ]
    return found or ([] if path.name == "contributions" else [path])


def check_each(registry: Registry, path: Path) -> list[Verdict]:
    """Return the verdict on every contribution at a path."""
    return [check_contribution(registry, open_contribution(each)) for each in find_contributions(path)]
