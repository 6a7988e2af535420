"""Layouts that were read before: tables that differ from some read without any doubt only in plain figures are read as those were.

Bodies print a form in one layout for years. Its words and spans tell what each cell is, not the figures, so that is worked
out once for a layout. What is not plain (`无`, `12 件`, a blank) is a part of the layout.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from flows.cells import parse_value
from flows.codebook import Form
from flows.model import Document, Finding, Grid, Observation
from flows.registry import Registry

MAX_PLANS = 200  # some 100 KB each
# Longer ones are no figures of a report, or two without a blank between them.
PLAIN = re.compile(r"-?(?:0|[1-9]\d{0,8}|[1-9]\d{0,2}(?:,\d{3}){1,2})(?:\.\d{1,6})?", re.ASCII)
BEGINNINGS = frozenset("0123456789-")
FIGURES = re.compile(r"-?[0-9][0-9.,]*")

Place = tuple[int, int, int]  # grid, row and column, each from 0


class Layout(NamedTuple):
    """All that the reading of a document's tables depends on but their plain figures."""

    forms: tuple[Form, ...]
    year: int | None
    grids: tuple[object, ...]
    text: str


@dataclass(frozen=True)
class Printed:
    """What a document's tables state: under which form, where they stand, the observations, what was found in reading them."""

    form: Form
    places: tuple[Grid, ...]
    observations: tuple[Observation, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Plan:
    """What the cells of a layout are: the observations as once read, with the places of those that are plain figures.

    `places` are the numbers of the tables, `spans` the places that repeat the figure of a cell that spans columns.
    """

    printed: Printed
    places: tuple[int, ...]
    cells: tuple[Place | None, ...]
    spans: tuple[Place, ...]


PLANS: dict[Layout, Plan] = {}


def find_layout(document: Document, registry: Registry, year: int | None) -> Layout:
    """Return the layout of a document's tables under the forms of a registry, for a report of a year."""
    grids, text = document.grids, document.text
    apart = [bool(text[one.end : other.start].strip()) for one, other in pairwise(grids)]
    described = [
        (grid.locator, grid.caption, grid.continued, blank_figures(grid), words)
        for grid, words in zip(grids, [*apart, True], strict=False)
    ]
    tables = "\n".join([text[grid.start : grid.end] for grid in grids])
    return Layout(tuple(registry.forms.values()), year, tuple(described), FIGURES.sub("0", tables))


def blank_figures(grid: Grid) -> tuple[tuple[str, ...], ...]:
    """Return the rows of a grid with a 0 in the place of each plain figure."""
    return tuple([tuple(["0" if is_plain(text) else text for text in row]) for row in grid.rows])


def is_plain(text: str) -> bool:
    """Return whether a cell holds a number in ASCII digits and nothing else: no blank, no unit, no odd comma.

    >>> [is_plain(text) for text in ("0", "251", "1,204", "12.50", "-3", "025", "1,2", "２５", "25 ", "+3", "-", "")]
    [True, True, True, True, True, False, False, False, False, False, False, False]
    """
    return text[:1] in BEGINNINGS and PLAIN.fullmatch(text) is not None


def keep_plan(layout: Layout, printed: Printed, grids: Sequence[Grid]) -> None:
    """Keep what tables were read as for those of the same layout, where every plain figure is read once and as it is printed.

    One that is not read is of a column of another year, a second copy of a cell, a number of a row: what the rest
    means may rest on it.
    """
    numbers = {grid.locator: at for at, grid in enumerate(grids)}
    figures = dict(find_figures(grids))
    spans = tuple(place for place in figures.values() if is_continued(place, grids))
    own = {locator for locator, place in figures.items() if not is_continued(place, grids)}
    read = {each.locator: each for each in printed.observations if each.locator in figures}
    if read.keys() != own or not all_run_across(spans, grids):
        return
    if any(each != read_again(each, text_at(figures[locator], grids)) for locator, each in read.items()):
        return
    if all(grid.locator in numbers for grid in printed.places):
        if len(PLANS) >= MAX_PLANS:
            PLANS.clear()
        PLANS[layout] = Plan(
            printed,
            tuple(numbers[grid.locator] for grid in printed.places),
            tuple(figures.get(each.locator) for each in printed.observations),
            spans,
        )


def is_continued(place: Place, grids: Sequence[Grid]) -> bool:
    """Return whether a place repeats a cell that spans several."""
    grid, row, column = place
    return (row, column) in grids[grid].continued


def all_run_across(places: Iterable[Place], grids: Sequence[Grid]) -> bool:
    """Return whether places that repeat a cell print the same as the place before them: it spans columns, or is taken to."""
    return all(
        column and grids[at].rows[row][column] == grids[at].rows[row][column - 1]
        for at, row, column in places
    )


def find_figures(grids: Sequence[Grid]) -> Iterator[tuple[str, Place]]:
    """Yield the locator and the place of each plain figure of some tables."""
    for at, grid in enumerate(grids):
        for row, texts in enumerate(grid.rows):
            for column, text in enumerate(texts):
                if is_plain(text):
                    yield f"{grid.locator} r{row + 1} c{column + 1}", (at, row, column)


def text_at(place: Place, grids: Sequence[Grid]) -> str:
    """Return what is printed at a place."""
    grid, row, column = place
    return grids[grid].rows[row][column]


def follow_plan(layout: Layout, grids: Sequence[Grid]) -> Printed | None:
    """Return what tables of a known layout state; None for a new layout, or where a figure that spans columns may be two."""
    plan = PLANS.get(layout)
    if plan is None or not all_run_across(plan.spans, grids):
        return None
    known = plan.printed
    observations = [
        each if place is None else read_again(each, text_at(place, grids))
        for each, place in zip(known.observations, plan.cells, strict=True)
    ]
    return Printed(known.form, tuple(grids[at] for at in plan.places), tuple(observations), known.findings)


def read_again(known: Observation, text: str) -> Observation:
    """Return an observation of the same cell that prints another plain figure."""
    code, applicant, _, unit, basis, _, locator, reading, _ = known
    return Observation(code, applicant, parse_value(text), unit, basis, text, locator, reading)
