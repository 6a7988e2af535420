"""Several contributions at once: the folder in which they wait, `raw/contributions/`, or any other that holds some."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from flows.contribute.accept import Deed, accept_contribution, refuse_contribution
from flows.contribute.check import WORKBOOK, Verdict, check_contribution
from flows.contribute.descriptor import DESCRIPTOR
from flows.contribute.faults import fault_row, rules_of
from flows.contribute.formats import sentence
from flows.contribute.opened import MAX_SIZE, open_contribution
from flows.curate.contributions import ACCEPTED, FOLDER
from flows.errors import Text, UsageError
from flows.harvest.store import Bucket, Raw, list_files, read_file
from flows.registry import Registry

PARTS = (DESCRIPTOR, "figures.csv", "evidence.csv", WORKBOOK)


@dataclass(frozen=True)
class Settled:
    """What became of one contribution that waited: accepted, or not and why; `new` where that was not known before."""

    verdict: Verdict
    accepted: bool
    new: bool
    why: Text | None = None


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
    return found or ([] if path.name == FOLDER else [path])


def check_each(registry: Registry, path: Path, today: date) -> list[Verdict]:
    """Return the verdict on every contribution at a path; no day in one may be after `today`."""
    return [check_contribution(registry, open_contribution(each), today) for each in find_contributions(path)]


def settle_waiting(registry: Registry, raw: Raw, deed: Deed) -> list[Settled]:
    """Return what became of every contribution that waits in an archive: accepted where it holds, else refused on record."""
    with waiting_in(raw) as folder:
        verdicts = check_each(registry, folder, deed.moment.date()) if folder.is_dir() else []
        return [settle(registry, raw, verdict, deed) for verdict in verdicts]


def settle(registry: Registry, raw: Raw, verdict: Verdict, deed: Deed) -> Settled:
    """Return what became of one contribution."""
    if verdict.usable:
        try:
            _, new = accept_contribution(registry, raw, verdict, deed)
        except UsageError as error:  # withdrawn before
            return Settled(verdict, accepted=False, new=False, why=error.text)
        return Settled(verdict, accepted=True, new=new)
    rules = rules_of(registry)
    first = fault_row(
        rules, next(each for each in verdict.faults if rules[each.fault]["severity"] == "error")
    )
    where = " ".join(str(part) for part in (first["file"], first["row"]) if part)
    why = Text(f"{where}: {sentence(first, 'en')}", f"{where}：{sentence(first, 'zh')}")
    act = refuse_contribution(raw, verdict, deed, why)
    return Settled(verdict, accepted=False, new=act is not None, why=why)


@contextmanager
def waiting_in(raw: Raw) -> Iterator[Path]:
    """Give the folder in which contributions wait; of an archive in a bucket, one with the zips that lie there."""
    if isinstance(raw, Path):
        yield raw / FOLDER
        return
    place = replace(raw, place=f"{raw.place}/{FOLDER}")
    with TemporaryDirectory() as folder:
        fetch_zips(place, Path(folder) / FOLDER)
        yield Path(folder) / FOLDER


def fetch_zips(place: Bucket, folder: Path) -> None:
    """Write the zips of a bucket into a folder; one that is too large is a file that only has its size."""
    folder.mkdir()
    for number, (name, size) in enumerate(list_files(place).items()):
        if name.lower().endswith(".zip"):
            path = folder / (name if "/" not in name and not name.startswith(".") else f"{number}.zip")
            with path.open("wb") as file:
                if size > MAX_SIZE:
                    file.truncate(size)
                else:
                    file.write(read_file(place, name))
