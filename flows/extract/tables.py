"""Grids to printed rows: the headings of each, the text of its figure and where it stands."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from flows.cells import clean_text, find_unit
from flows.codebook import Form
from flows.extract.panels import (
    Panel,
    Role,
    find_panels,
    is_figure,
    known_rows,
    lacks_cell,
    prints_cell,
    runs_across,
    runs_down,
)
from flows.model import Document, Grid

MIN_ROWS = 3  # known rows that make a grid part of the form's table


class PrintedRow(NamedTuple):
    """One printed row: its headings, nearest to the figure first, the figure's text and where it stands.

    `value` is None where the row has no place for a figure; `merged` says that the figure's
    cell is that of another row or column too. `beside` holds what other columns of figures print, and `role` which
    these are: figures of the `period` beside those of the year, the period's `alone`, or `part`s
    of which no total is printed; `cut` where the row has no cell for its figure.
    """

    headings: tuple[str, ...]
    value: str | None
    unit: str
    locator: str
    merged: bool = False
    beside: tuple[str, ...] = ()
    role: Role = ""


def find_grids(document: Document, form: Form) -> tuple[Grid, ...]:
    """Return the grids with at least three known rows of the form: its table may be cut in several."""
    return tuple(grid for grid in document.grids if len(known_rows(grid, form)) >= MIN_ROWS)


def read_parts(grids: Sequence[Grid], form: Form, year: int | None) -> list[tuple[PrintedRow, ...]]:
    """Return the printed rows of each part of a table, panel after panel; a part may go on below the headings of another.

    Raises FormError where two columns could both be the figures of the report's year.
    """
    parts: list[tuple[PrintedRow, ...]] = []
    panels: list[Panel] = []
    for grid in grids:
        panels = find_panels(grid, form, year, panels)
        parts.append(tuple(row for panel in panels for row in panel_rows(grid, panel)))
    return parts


def panel_rows(grid: Grid, panel: Panel) -> Iterator[PrintedRow]:
    """Yield the printed rows of one panel: those with a heading or a figure."""
    for at in range(panel.first_row, len(grid.rows)):
        headings = row_headings(grid, panel, at)
        if headings or grid.rows[at][panel.value].strip():
            yield printed_row(grid, panel, at, headings)


def row_headings(grid: Grid, panel: Panel, at: int) -> tuple[str, ...]:
    """Return the headings of a row, nearest to the figure first; a group from above is none for a row that has a blank."""
    row = grid.rows[at]
    filled = [column for column in reversed(panel.headings) if row[column].strip()]
    blank = any(not row[column].strip() and (at, column) not in grid.continued for column in panel.headings)
    if blank and all(runs_down(grid, at, column) for column in filled):
        return ()
    return tuple(dict.fromkeys(row[column] for column in filled))


def printed_row(grid: Grid, panel: Panel, at: int, headings: tuple[str, ...]) -> PrintedRow:
    """Return one row of a panel; a row whose heading runs on over the figure's column has no figure."""
    row = grid.rows[at]
    no_place = runs_across(grid, at, panel.value) and any(
        row[column] == row[panel.value] for column in panel.headings
    )
    merged = any(runs_down(grid, each, panel.value) for each in (at, at + 1)) or is_shared(grid, panel, at)
    shifted = shifted_figures(grid, panel, at)
    others = tuple(row[column] for column in panel.figures)
    if panel.role == "part":
        shifted, merged = join_texts([row[panel.value], *others]), False
    cut = shifted == "" or (shifted is None and lacks_cell(grid, at, panel.value))
    return PrintedRow(
        headings=headings or ("",),
        value=None if no_place else shifted or row[panel.value],
        unit=find_unit(row[panel.unit]) if panel.unit is not None else "",
        locator=f"{grid.locator} r{at + 1} c{panel.value + 1}",
        merged=not no_place and panel.role != "part" and (merged or bool(shifted)),
        beside=others,
        role="cut" if cut and not no_place and panel.role != "part" else panel.role,
    )


def is_shared(grid: Grid, panel: Panel, at: int) -> bool:
    """Return whether a row's figure is the end of a cell that begins in another column of figures."""
    return panel.value - 1 in (*panel.figures, *panel.bare) and runs_across(grid, at, panel.value)


def shifted_figures(grid: Grid, panel: Panel, at: int) -> str | None:
    """Return what a row prints for its figure where a cell is missing or too much, None where it stands in its place.

    Cells where no heading is show it, and a figure beside the blank where it should be.
    """
    row = grid.rows[at]
    bare = [column for column in panel.bare if panel.shifted or prints_cell(grid, at, column)]
    if bare or panel.shifted:
        return join_texts(row[column] for column in sorted({panel.value, *panel.figures, *bare}))
    if row[panel.value].strip():
        return None
    beside = (row[column] for column in (*panel.beside, *panel.figures))
    return next((text for text in beside if is_figure(text)), None)


def join_texts(texts: Iterable[str]) -> str:
    """Return the filled ones of some cells' texts as one."""
    return " | ".join(text for text in map(clean_text, texts) if text)
