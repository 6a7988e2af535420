"""The columns of a statistical table: which hold headings, units and figures, told by the form's own words.

A part of a table that was cut has no headings of its own: it goes on with the columns of the part above.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from flows.cells import clean_label, clean_text, find_unit, parse_value, split_unit
from flows.codebook import Form
from flows.errors import FormError
from flows.model import Grid, Label

Role = Literal["", "period", "alone", "part", "cut"]
# What a column of figures can be, the best first, and what it makes of a row where there is no better.
ROLE_OF: dict[str, Role] = {"value": "", "period": "alone", "part": "part"}
FIGURES = tuple(ROLE_OF)
MAX_STRAY = 2  # cells beyond the headings; a column with more of them holds figures
MIN_NUMBERED = 5  # figures that rise by one each: no table counts so
OF_YEAR = re.compile(r"((?:19|20)\d\d)年?度?(.*)")


@dataclass(frozen=True)
class Panel:
    """The columns of one run of a table: headings, then perhaps a unit, the figure, and others `beside` it.

    `figures` are the other columns of figures, of which `role` says what they count. What a row prints in one of the
    `bare` columns, which have no heading, shows that its cells do not stand below their own headings; `shifted`
    says so of all rows.
    """

    headings: tuple[int, ...]
    unit: int | None
    value: int
    first_row: int
    beside: tuple[int, ...]
    figures: tuple[int, ...] = ()
    bare: tuple[int, ...] = ()
    role: Role = ""
    shifted: bool = False


def find_panels(grid: Grid, form: Form, year: int | None = None, above: Sequence[Panel] = ()) -> list[Panel]:
    """Return the panels of a grid, from its header row, from the part `above` it, or from what its columns hold.

    `year` is that of the report, which tells its column from that of the year before. Raises FormError
    where two columns could both be the figures.
    """
    for at in range(min(8, len(grid.rows))):
        roles, last = header_roles(grid, form, at, year)
        if "label" in roles and not {*FIGURES, "past"}.isdisjoint(roles):
            return header_panels(grid, roles, last) or [guess_panel(grid, form)]
    if above and all(goes_on(grid, form, panel) for panel in above):
        return [
            replace(panel, first_row=0, shifted=panel.shifted or numbers_rows(grid, panel.value, -1))
            for panel in above
        ]
    return [guess_panel(grid, form)]


def goes_on(grid: Grid, form: Form, panel: Panel) -> bool:
    """Return whether a grid without a header row prints labels and units where the panel of the part above has them."""
    last = max(panel.value, *panel.headings, *panel.beside, *panel.figures)
    width, label = len(grid.rows[0]), panel.headings[-1]
    rows = [row for row in grid.rows if label < width and clean_label(row[label]) in form.row_spellings]
    if width != last + 1 or len(rows) < len(known_rows(grid, form)):
        return False
    units = [[bool(find_unit(row[column])) for row in rows] for column in range(width)]
    most = max(range(width), key=lambda column: sum(units[column]))
    return panel.unit == most if any(units[most]) else True


def header_roles(grid: Grid, form: Form, at: int, year: int | None) -> tuple[list[str], int]:
    """Return what the columns are by a header row, and its last row: headings of figures may stand in two rows.

    What stands below the heading of the figures without being known counts a part of them.
    """
    roles = [column_role(text, form, year) for text in grid.rows[at]]
    labels = [column for column, role in enumerate(roles) if role == "label"]
    own = [column for column in range(len(roles)) if not runs_down(grid, at + 1, column)]
    if not labels or set(labels) & set(own) or at + 1 == len(grid.rows):
        return roles, at
    below = grid.rows[at + 1]
    if any(is_figure(below[column]) for column in own):
        return roles, at
    for column in own:
        said = column_role(below[column], form, year)
        roles[column] = said or ("part" if roles[column] == "value" else roles[column])
    return roles, at + 1


def column_role(text: str, form: Form, year: int | None) -> str:
    """Return what a heading says that its column is; a year's name alone or before that of the figures says whose they are."""
    label = clean_label(text)
    said = form.column_spellings.get(label, "")
    named = None if said else OF_YEAR.fullmatch(label)
    if not named or (named[2] and form.column_spellings.get(Label(named[2])) != "value"):
        return said
    return "value" if year in (int(named[1]), None) else "past"


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
    kinds: dict[str, list[int]] = {role: [] for role in (*FIGURES, "label", "unit", "past", "")}
    for column in columns:
        if roles[column] not in FIGURES or not is_repeated(grid, column, at):
            kinds.setdefault(roles[column], []).append(column)
    first = next((role for role in FIGURES if kinds[role]), None)
    if first is None and kinds["past"]:
        raise other_year(grid, kinds["past"][0], at)
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
    bare = [column for column in kinds[""] if column > min(kinds["label"]) and is_bare(grid, column, at)]
    return Panel(
        headings=tuple(kinds["label"]),
        unit=units[0] if units else None,
        value=kinds[first][0],
        first_row=at + 1,
        beside=tuple(beside),
        figures=tuple(figures),
        bare=tuple(bare),
        role=role,
        shifted=numbers_rows(grid, kinds[first][0], at) or any(is_filled(grid, column) for column in bare),
    )


def is_bare(grid: Grid, column: int, last: int) -> bool:
    """Return whether no heading stands over a column, down to the last row of the headings."""
    return not any(grid.rows[at][column].strip() for at in range(last + 1))


def is_filled(grid: Grid, column: int) -> bool:
    """Return whether a column prints more than a stray cell or two."""
    filled = (row[column].strip() for at, row in enumerate(grid.rows) if (at, column) not in grid.continued)
    return sum(map(bool, filled)) > MAX_STRAY


def numbers_rows(grid: Grid, column: int, above: int) -> bool:
    """Return whether what a column prints below its heading are the numbers of the rows, each one more than that before it."""
    texts = [text for row in grid.rows[above + 1 :] if (text := row[column].strip())]
    if len(texts) < MIN_NUMBERED or not all(text.isdecimal() for text in texts):
        return False
    return all(int(later) - int(text) == 1 for text, later in pairwise(texts))


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
    bare = tuple(column for column in beside if column > figures[0] and lacks_most(grid, column))
    return Panel(headings, unit, figures[0], 0, beside, bare=bare)


def is_figures(rows: Sequence[Sequence[str]], column: int) -> bool:
    """Return whether most of the filled cells of a column state a figure, and at least one does."""
    filled = [row[column] for row in rows if row[column].strip() and not find_unit(row[column])]
    stated = sum(is_figure(text) for text in filled)
    return stated > 0 and stated * 2 >= len(filled)


def is_figure(text: str) -> bool:
    """Return whether a cell states a figure, with or without its unit."""
    return parse_value(split_unit(text)[0]).status == "reported"


def other_year(grid: Grid, column: int, at: int) -> FormError:
    """Return the error for a table whose figures are all those of another year."""
    head = clean_text(grid.rows[at][column])
    return FormError(
        f"{grid.locator}: column {column + 1} ({head}) counts another year than that of the report, and no other column "
        "holds figures. Give the year of these figures with --year.",
        f"{grid.locator}：第 {column + 1} 列（{head}）统计的不是报告年度，且没有其他数字列。请用 --year 指定这些数字的年度。",
    )


def two_columns(grid: Grid, first: int, second: int) -> FormError:
    """Return the error for a table in which two columns could be the figures."""
    head = " / ".join(clean_text(grid.rows[0][column]) for column in (first, second))
    return FormError(
        f"{grid.locator}: columns {first + 1} and {second + 1} ({head}) both look like the figures, "
        "expected one. See: gongkai show FILE",
        f"{grid.locator}：第 {first + 1} 列与第 {second + 1} 列（{head}）都像数字列，应只有一列。参见：gongkai show FILE",
    )


def known_rows(grid: Grid, form: Form) -> set[Label]:
    """Return the labels of the form that the grid prints."""
    labels = {clean_label(text) for row in grid.rows for text in row if text}
    return labels & form.row_spellings.keys()


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


def lacks_cell(grid: Grid, at: int, column: int) -> bool:
    """Return whether a row prints no cell in a column, or only the end of a blank one."""
    return (at, column) in grid.continued and not grid.rows[at][column]


def prints_cell(grid: Grid, at: int, column: int) -> bool:
    """Return whether a row prints something in a column, or a blank cell of its own where most rows have none."""
    if (at, column) in grid.continued:
        return False
    return bool(grid.rows[at][column].strip()) or lacks_most(grid, column)


def lacks_most(grid: Grid, column: int) -> bool:
    """Return whether most rows print no cell in a column."""
    own = sum((at, column) not in grid.continued for at in range(len(grid.rows)))
    return own * 2 < len(grid.rows)
