"""Grids to printed rows: which columns hold headings, units and figures, told by the form's own words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from flows.cells import clean_label, clean_text, find_unit, parse_value, split_unit
from flows.errors import FormError
from flows.model import Document, Grid, Label
from flows.registry import Form

MIN_ROWS = 3  # known rows that make a grid part of the form's table
Role = Literal["", "period", "alone", "part", "cut"]
# What a column of figures can be, the best first, and what it makes of a row where there is no better.
ROLE_OF: dict[str, Role] = {"value": "", "period": "alone", "part": "part"}
FIGURES = tuple(ROLE_OF)


class PrintedRow(NamedTuple):
    """One printed row: its headings, nearest to the figure first, the figure's text and where it stands.

    `value` is None where the row has no place for a figure; `merged` says that the figure's
    cell spans several rows. `beside` holds what other columns of figures print, and `role` which
    these are: figures of the `period` beside those of the year, the period's `alone`, or `part`s
    of which no total is printed; `cut` where the row ends before the cell of its figure.
    """

    headings: tuple[str, ...]
    value: str | None
    unit: str
    locator: str
    merged: bool = False
    beside: tuple[str, ...] = ()
    role: Role = ""


@dataclass(frozen=True)
class Panel:
    """The columns of one run of a table: headings, then perhaps a unit, the figure, and others `beside` it.

    `figures` are the other columns of figures, of which `role` says what they count.
    """

    headings: tuple[int, ...]
    unit: int | None
    value: int
    first_row: int
    beside: tuple[int, ...]
    figures: tuple[int, ...] = ()
    role: Role = ""


def find_grids(document: Document, form: Form) -> tuple[Grid, ...]:
    """Return the grids with at least three known rows of the form: its table may be cut in several."""
    return tuple(grid for grid in document.grids if len(known_rows(grid, form)) >= MIN_ROWS)


def known_rows(grid: Grid, form: Form) -> set[Label]:
    """Return the labels of the form that the grid prints."""
    labels = {clean_label(text) for row in grid.rows for text in row if text}
    return labels & form.row_spellings.keys()


def grid_rows(grid: Grid, form: Form) -> Iterator[PrintedRow]:
    """Yield the printed rows of one grid, panel after panel.

    Raises FormError where two columns could both be the figures.
    """
    for panel in find_panels(grid, form):
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
    merged = runs_down(grid, at, panel.value) or runs_down(grid, at + 1, panel.value)
    beside = figure_beside(grid, panel, at)
    others = tuple(row[column] for column in panel.figures)
    if panel.role == "part":
        beside, merged = " | ".join(filter(None, map(clean_text, (row[panel.value], *others)))), False
    return PrintedRow(
        headings=headings or ("",),
        value=None if no_place else beside or row[panel.value],
        unit=find_unit(row[panel.unit]) if panel.unit is not None else "",
        locator=f"{grid.locator} r{at + 1} c{panel.value + 1}",
        merged=not no_place and panel.role != "part" and (merged or bool(beside)),
        beside=others,
        role=panel.role,
    )


def figure_beside(grid: Grid, panel: Panel, at: int) -> str:
    """Return the figure of a row that has none in its own column but one beside it: a cell is missing or too much."""
    row = grid.rows[at]
    if row[panel.value].strip():
        return ""
    return next((row[column] for column in (*panel.beside, *panel.figures) if is_figure(row[column])), "")


def runs_across(grid: Grid, at: int, column: int) -> bool:
    """Return whether a place repeats the cell to its left, which spans columns."""
    if (
        column == 0
        or (at, column) not in grid.continued
        or grid.rows[at][column] != grid.rows[at][column - 1]
    ):
        return False
    return (at, column - 1) not in grid.continued or runs_across(grid, at, column - 1)


def runs_down(grid: Grid, at: int, column: int) -> bool:
    """Return whether a place repeats the cell above it, which spans rows."""
    if not 0 < at < len(grid.rows) or (at, column) not in grid.continued or runs_across(grid, at, column):
        return False
    return grid.rows[at][column] == grid.rows[at - 1][column]


def find_panels(grid: Grid, form: Form) -> list[Panel]:
    """Return the panels of a grid, from its header row, or from what its columns hold."""
    for at in range(min(8, len(grid.rows))):
        roles, last = header_roles(grid, form, at)
        if "label" in roles and not set(FIGURES).isdisjoint(roles):
            return header_panels(grid, roles, last) or [guess_panel(grid, form)]
    return [guess_panel(grid, form)]


def header_roles(grid: Grid, form: Form, at: int) -> tuple[list[str], int]:
    """Return what the columns are by a header row, and its last row: headings of figures may stand in two rows.

    What stands below the heading of the figures without being known counts a part of them.
    """
    roles = [form.column_spellings.get(clean_label(text), "") for text in grid.rows[at]]
    labels = [column for column, role in enumerate(roles) if role == "label"]
    own = [column for column in range(len(roles)) if not runs_down(grid, at + 1, column)]
    if not labels or set(labels) & set(own) or at + 1 == len(grid.rows):
        return roles, at
    below = grid.rows[at + 1]
    if any(is_figure(below[column]) for column in own):
        return roles, at
    for column in own:
        said = form.column_spellings.get(clean_label(below[column]), "")
        roles[column] = said or ("part" if roles[column] == "value" else roles[column])
    return roles, at + 1


def header_panels(grid: Grid, roles: Sequence[str], at: int) -> list[Panel]:
    """Return the panels that a header row declares: headings begin one, the columns up to the next are its own."""
    starts = [
        column
        for column, role in enumerate(roles)
        if role == "label" and (column == 0 or roles[column - 1] != "label")
    ]
    ends = [*starts[1:], len(roles)]
    panels = (make_panel(grid, roles, at, range(*span)) for span in zip(starts, ends, strict=True))
    return [panel for panel in panels if panel is not None]


def make_panel(grid: Grid, roles: Sequence[str], at: int, columns: range) -> Panel | None:
    """Return the panel of some columns, or None where they have no figures.

    Without a column of the report's figures these are the period's, or the parts'. Raises
    FormError where two columns could both be the figures.
    """
    kinds: dict[str, list[int]] = {role: [] for role in (*FIGURES, "label", "unit", "")}
    for column in columns:
        if roles[column] not in FIGURES or not is_repeated(grid, column, at):
            kinds.setdefault(roles[column], []).append(column)
    first = next((role for role in FIGURES if kinds[role]), None)
    if first is None:
        return None
    if first != "part" and len(kinds[first]) > 1:
        raise two_columns(grid, *kinds[first][:2])
    role, figures = ROLE_OF[first], kinds[first][1:]
    if first == "value" and kinds["period"]:
        role, figures = "period", kinds["period"]
    before = columns.start - 1
    units = kinds["unit"] or ([before] if before >= 0 and roles[before] == "unit" else [])
    beside = sorted(column for column in kinds[""] + kinds["unit"] if column > max(kinds["label"]))
    return Panel(
        headings=tuple(kinds["label"]),
        unit=units[0] if units else None,
        value=kinds[first][0],
        first_row=at + 1,
        beside=tuple(beside),
        figures=tuple(figures),
        role=role,
    )


def is_repeated(grid: Grid, column: int, at: int = 0) -> bool:
    """Return whether a column from a row on prints no cell of its own."""
    return all((row, column) in grid.continued for row in range(at, len(grid.rows)))


def guess_panel(grid: Grid, form: Form) -> Panel:
    """Return the one panel of a grid without a header row: known headings, and the only column of figures."""
    width = len(grid.rows[0])
    known = [
        sum(clean_label(row[column]) in form.row_spellings for row in grid.rows) for column in range(width)
    ]
    heading = known.index(max(known))
    rows = [row for row in grid.rows if clean_label(row[heading]) in form.row_spellings]
    units = [sum(bool(find_unit(row[column])) for row in rows) for column in range(width)]
    figures = [
        column
        for column in range(heading + 1, width)
        if is_figures(rows, column) and not is_repeated(grid, column)
    ]
    if len(figures) > 1:
        raise two_columns(grid, figures[0], figures[1])
    if not figures:
        raise FormError(
            f"{grid.locator}: known headings in column {heading + 1} but no column of figures to the right "
            "of it. See: gongkai show FILE",
            f"{grid.locator}：第 {heading + 1} 列为已知标签，但其右侧没有数字列。参见：gongkai show FILE",
        )
    unit = max(range(width), key=units.__getitem__) if any(units) else None
    headings = tuple(range(heading + 1)) if unit is None or unit > heading else (heading,)
    beside = tuple(column for column in range(heading + 1, width) if column != figures[0])
    return Panel(headings, unit, figures[0], 0, beside)


def is_figures(rows: Sequence[Sequence[str]], column: int) -> bool:
    """Return whether most of the filled cells of a column state a figure, and at least one does."""
    filled = [row[column] for row in rows if row[column].strip() and not find_unit(row[column])]
    stated = sum(is_figure(text) for text in filled)
    return stated > 0 and stated * 2 >= len(filled)


def is_figure(text: str) -> bool:
    """Return whether a cell states a figure, with or without its unit."""
    return parse_value(split_unit(text)[0]).status == "reported"


def two_columns(grid: Grid, first: int, second: int) -> FormError:
    """Return the error for a table in which two columns could be the figures."""
    head = " / ".join(clean_text(grid.rows[0][column]) for column in (first, second))
    return FormError(
        f"{grid.locator}: columns {first + 1} and {second + 1} ({head}) both look like the figures, "
        "expected one. See: gongkai show FILE",
        f"{grid.locator}：第 {first + 1} 列与第 {second + 1} 列（{head}）都像数字列，应只有一列。参见：gongkai show FILE",
    )
