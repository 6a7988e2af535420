"""What became of a report after it was first captured: figures that its address changed in silence, addresses that vanished.

A revision is a figure that one capture of a report states otherwise than the capture of the same address before it.
Both are in the archive, so either side can be looked at. A removal is an address that is gone for certain.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from flows.curate.sources import by_address
from flows.errors import ArchiveError, FormError, ReadError, Text
from flows.harvest.leads import address_key
from flows.harvest.plan import GONE, LOOKS_OF_A_REMOVAL, History, find_removal
from flows.model import Capture, Extraction, Finding, Observation

Cell = tuple[str, str]  # indicator, applicant


@dataclass(frozen=True)
class Revision:
    """One cell that an address states otherwise than before: each side None where its capture has no such cell."""

    before: Capture
    after: Capture
    old: Observation | None
    new: Observation | None

    @property
    def cell(self) -> Cell:
        """The indicator and the applicant of the cell."""
        known = self.new or self.old
        assert known is not None
        return known.indicator_id, known.applicant


def find_revisions(
    pages: Sequence[Capture], extract: Callable[[Capture], Extraction | None]
) -> tuple[Revision, ...]:
    """Return every cell that changed from one capture to the next of the same address, oldest first.

    `pages` are the captures of one report, oldest first; `extract` gives None for one that is no use. A
    transcription is nobody's address, so it neither changes nor is changed.
    """
    by_key: dict[str, list[Capture]] = {}
    for each in pages:
        if each.kind != "transcription":
            by_key.setdefault(address_key(each.url), []).append(each)
    found = [each for own in by_key.values() for each in compare_captures(distinct(own), extract)]
    return tuple(sorted(found, key=lambda each: (each.after.moment, each.after.capture_id, each.cell)))


def distinct(pages: Sequence[Capture]) -> list[Capture]:
    """Return the captures of one address that hold other bytes than the one before, oldest first."""
    return [each for n, each in enumerate(pages) if n == 0 or each.sha256 != pages[n - 1].sha256]


def compare_captures(
    pages: Sequence[Capture], extract: Callable[[Capture], Extraction | None]
) -> Iterator[Revision]:
    """Yield the cells that changed between the captures of one address that can be used."""
    if len(pages) < 2:
        return
    used = [(each, found) for each in pages if (found := extract(each)) is not None]
    for (before, old), (after, new) in pairwise(used):
        one, other = cells_of(old), cells_of(new)
        for cell in sorted({*one, *other}):
            if states(one.get(cell)) != states(other.get(cell)):
                yield Revision(before, after, one.get(cell), other.get(cell))


def cells_of(extraction: Extraction) -> dict[Cell, Observation]:
    """Return the cells of an extraction."""
    return {(each.indicator_id, each.applicant): each for each in extraction.observations}


def states(observation: Observation | None) -> tuple[Any, ...]:
    """Return what a cell states, however it is written: the status, and an amount with its unit."""
    if observation is None:
        return "not_in_report", None, ""
    value = observation.value
    return value.status, value.amount, observation.unit if value.amount is not None else ""


def try_extract(
    extract: Callable[[Capture], Extraction], fits: Callable[[Extraction], bool]
) -> Callable[[Capture], Extraction | None]:
    """Return what gives an extraction, or None for a capture that cannot be read or is of another report."""

    def tried(capture: Capture) -> Extraction | None:
        try:
            found = extract(capture)
        except (ArchiveError, ReadError, FormError):
            return None
        return found if fits(found) else None

    return tried


def find_revised(revisions: Sequence[Revision]) -> tuple[Finding, ...]:
    """Return the finding that figures of a report changed at their address since they were first captured."""
    if not revisions:
        return ()
    last, first = revisions[-1], revisions[0]
    cells = tuple(dict.fromkeys("|".join(each.cell) for each in revisions))
    days = f"{first.before.moment:%Y-%m-%d}", f"{last.after.moment:%Y-%m-%d}"
    old, new = (say_cell(each) for each in (first.old, first.new))
    return (
        Finding(
            "revised",
            Text(
                f"{len(cells)} figures changed at their address between {days[0]} and {days[1]}; first {cells[0]}: {old} became "
                f"{new}. Published are those of the capture chosen; every change is in the table revisions.",
                f"{days[0]} 至 {days[1]} 间该网址有 {len(cells)} 个数字变更，如 {cells[0]}：{old} 变为 {new}。"
                "所发布者取自所选存档；全部变更见 revisions 表。",
            ),
            cells=cells,
        ),
    )


def say_cell(observation: Observation | None) -> str:
    """Return what a cell prints, for a message."""
    if observation is None:
        return "-"
    return f"'{observation.raw_value}'" if observation.raw_value else observation.value.status


# The published rows


def revision_row(revision: Revision) -> dict[str, Any]:
    """Return the columns of a revision that do not depend on its report."""
    sides: dict[str, Any] = {}
    for name, each in (("old", revision.old), ("new", revision.new)):
        amount = each.value.amount if each else None
        sides |= {
            f"{name}_status": each.value.status if each else "not_in_report",
            f"{name}_value": float(amount) if amount is not None else None,
            f"{name}_unit": each.unit if each else None,
            f"{name}_raw_value": each.raw_value if each else None,
        }
    indicator_id, applicant = revision.cell
    return {
        "indicator_id": indicator_id,
        "applicant": applicant,
        **sides,
        "url": revision.after.url,
        "old_capture_id": revision.before.capture_id,
        "old_captured_at": revision.before.moment,
        "new_capture_id": revision.after.capture_id,
        "new_captured_at": revision.after.moment,
    }


def removal_rows(looks: Iterable[Capture]) -> Iterator[dict[str, Any]]:
    """Yield a row for each address of a report that is gone for certain: since when, how that is known, what we have of it."""
    for history in by_address(looks).values():
        since = find_removal(history)
        if since is None:
            continue
        row = history.in_a_row(frozenset([GONE]))
        pages = [each for each in history.looks if each.is_page]
        yield {
            "url": row[-1].url,
            "gone_since": since,
            "confirmed_at": confirmed_at(row),
            "looks": len(row),
            "last_look": row[-1].moment,
            "last_seen": history.good.moment if history.good else None,
            "capture_id": pages[-1].capture_id if pages else None,
            "file": pages[-1].file if pages else None,
            "offset": pages[-1].offset if pages else None,
        }


def confirmed_at(row: Sequence[Capture]) -> Any:
    """Return when the looks that found nothing first made it certain: the third at the earliest, seven days after the first."""
    sure = (
        each
        for n, each in enumerate(row, 1)
        if n >= LOOKS_OF_A_REMOVAL and find_removal(History(tuple(row[:n])))
    )
    return next(sure).moment
