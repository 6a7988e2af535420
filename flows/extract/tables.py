"""Grids to printed rows: which columns hold headings, units and figures, told by the form's own words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flows.cells import clean_label, clean_text, find_unit, parse_value, split_unit
from flows.errors import FormError
from flows.model import Document, Grid, Label
from flows.registry import Form

MIN_ROWS = 3  # known rows that make a grid part of the form's table


@dataclass(frozen=True)
class PrintedRow:
    """One printed row: its headings, nearest to the figure first, the figure's text and where it stands.

    `value` is None where the row has no place for a figure; `merged` says that the figure's
    cell spans from the row above.
    """

    headings: tuple[str, ...]
    value: str | None
    unit: str
    locator: str
    merged: bool = False


@dataclass(frozen=True)
class Panel:
    """The columns of one run of a table: headings, then perhaps a unit, then the figure."""

    headings: tuple[int, ...]
    unit: int | None
    value: int
    first_row: int


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
            headings = [
                grid.rows[at][column] for column in reversed(panel.headings) if grid.rows[at][column].strip()
            ]
            if headings:
                yield printed_row(grid, panel, at, tuple(dict.fromkeys(headings)))


def printed_row(grid: Grid, panel: Panel, at: int, headings: tuple[str, ...]) -> PrintedRow:
    """Return one row of a panel; a row whose heading runs on over the figure's column has no figure."""
    row = grid.rows[at]
    continued = (at, panel.value) in grid.continued
    below = continued and at > 0 and row[panel.value] == grid.rows[at - 1][panel.value]
    from_left = continued and any(row[column] == row[panel.value] for column in panel.headings)
    no_place = from_left or (continued and panel.unit is not None and row[panel.unit] == row[panel.value])
    return PrintedRow(
        headings=headings,
        value=None if no_place else row[panel.value],
        unit=find_unit(row[panel.unit]) if panel.unit is not None else "",
        locator=f"{grid.locator} r{at + 1} c{panel.value + 1}",
        merged=below and not no_place,
    )


def find_panels(grid: Grid, form: Form) -> list[Panel]:
    """Return the panels of a grid, from its header row, or from what its columns hold."""
    for at, row in enumerate(grid.rows[:8]):
        roles = [form.column_spellings.get(clean_label(text), "") for text in row]
        if "label" in roles and "value" in roles:
            return header_panels(grid, roles, at)
    return [guess_panel(grid, form)]


def header_panels(grid: Grid, roles: Sequence[str], at: int) -> list[Panel]:
    """Return the panels that a header row declares: headings begin one, figures end it."""
    panels: list[Panel] = []
    headings: list[int] = []
    unit: int | None = None
    for column, role in enumerate(roles):
        if role == "label":
            headings.append(column)
        elif role == "unit" and unit is None:
            unit = column
        elif role == "value" and headings:
            panels.append(Panel(tuple(headings), unit, column, at + 1))
            headings, unit = [], None
        elif role == "value" and not all((r, column) in grid.continued for r in range(at, len(grid.rows))):
            raise two_columns(grid, panels[-1].value, column)
    return panels


def guess_panel(grid: Grid, form: Form) -> Panel:
    """Return the one panel of a grid without a header row: known headings, and the only column of figures."""
    width = len(grid.rows[0])
    known = [
        sum(clean_label(row[column]) in form.row_spellings for row in grid.rows) for column in range(width)
    ]
    heading = known.index(max(known))
    rows = [row for row in grid.rows if clean_label(row[heading]) in form.row_spellings]
    units = [sum(bool(find_unit(row[column])) for row in rows) for column in range(width)]
    figures = [column for column in range(heading + 1, width) if is_figures(rows, column)]
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
    return Panel(headings, unit, figures[0], 0)


def is_figures(rows: Sequence[Sequence[str]], column: int) -> bool:
    """Return whether most of the filled cells of a column state a figure, and at least one does."""
    filled = [row[column] for row in rows if row[column].strip() and not find_unit(row[column])]
    stated = sum(parse_value(*split_unit(text)[:1]).status == "reported" for text in filled)
    return stated > 0 and stated * 2 >= len(filled)


def two_columns(grid: Grid, first: int, second: int) -> FormError:
    """Return the error for a table in which two columns could be the figures."""
    head = " / ".join(clean_text(grid.rows[0][column]) for column in (first, second))
    return FormError(
        f"{grid.locator}: columns {first + 1} and {second + 1} ({head}) both look like the figures, "
        "expected one. See: gongkai show FILE",
        f"{grid.locator}：第 {first + 1} 列与第 {second + 1} 列（{head}）都像数字列，应只有一列。参见：gongkai show FILE",
    )
