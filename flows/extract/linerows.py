"""Rows of flattened statistical tables: what a known row of a text states in the place of its figure, and what stands astray.

A row without a figure is blank only where nothing near it can be its own.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from flows.cells import clean_label, find_unit, parse_value, split_unit
from flows.codebook import Form
from flows.extract.labels import MAX_ODD, cut_ends
from flows.extract.panels import Role
from flows.extract.spacing import find_spacing
from flows.extract.tables import PrintedRow
from flows.extract.textcells import Cell
from flows.extract.textrows import Item, Stray, TextRow
from flows.extract.wide import Roles, is_wide, name_roles, print_blank, print_wide, prints_number_alone

MAX_NEAR = 6  # items among which the rows before and after one are looked for
MAX_DASHES = 2  # in the row of a heading
SIGNED = re.compile(r"[+\-－−—–]+[0-9０-９]")


@dataclass(frozen=True)
class Stated:
    """What stands for a row's figure: its text, the unit beside it, its place, and whether it is surely that row's."""

    text: str
    unit: str
    locator: str
    sure: bool = True
    role: Role = ""


@dataclass(frozen=True)
class Stretch:
    """Items between the first and the last known row of a part of a table.

    `roles` says what its columns behind the labels are, `below` that figures stand below their labels,
    a cell a line, `full` that every row has one, `told` that a row without any is blank: no separators
    tell blank cells in most, and no figures stand by themselves that could be its own.
    """

    items: tuple[Item, ...]
    roles: Roles
    below: bool
    full: bool
    told: bool


def print_rows(stretch: Stretch, form: Form, year: int | None = None) -> Iterator[PrintedRow]:
    """Yield the printed rows of one stretch."""
    before: Item | None = None
    roles = stretch.roles
    begun = False
    spacing = wide_spacing(stretch)
    for at, item in enumerate(stretch.items):
        if begun and not isinstance(item, TextRow):
            roles = name_roles(stretch.items[: at + 1], form, year) or roles
        begun = begun or isinstance(item, TextRow)
        if isinstance(item, Stray):
            yield from print_stray(item, form)
        elif isinstance(item, TextRow) and is_wide(roles) and not has_no_place(item, form):
            blank = spacing < 0 and prints_no_figure(stretch, at, roles, form)
            yield print_blank(item) if blank else print_wide(item, roles, spacing)
        elif isinstance(item, TextRow):
            doubt = before.words[-1].text if item.doubtful and isinstance(before, Stray) else ""
            yield from print_row(replace(item, label=doubt + item.label), stretch, at, form)
        before = item


def prints_no_figure(stretch: Stretch, at: int, roles: Roles, form: Form) -> bool:
    """Return whether a row under several columns prints its number alone; in a table of a cell a line a row must follow at once."""
    row = stretch.items[at]
    before, after = stretch.items[max(0, at - MAX_NEAR) : at], stretch.items[at + 1 : at + 1 + MAX_NEAR]
    if not isinstance(row, TextRow) or (stretch.below and not isinstance(next(iter(after), None), TextRow)):
        return False
    return prints_number_alone(row, own_rows(before, form), own_rows(after, form), roles)


def own_rows(items: Sequence[Item], form: Form) -> list[TextRow]:
    """Return the rows among items that have a place for a figure."""
    return [item for item in items if isinstance(item, TextRow) and not has_no_place(item, form)]


def wide_spacing(stretch: Stretch) -> int:
    """Return how many blank lines part two cells where more of them are blank cells of several columns, else -1."""
    rows = [
        (row, len(stretch.roles))
        for row, after in pairwise(stretch.items)
        if isinstance(row, TextRow) and row.runs and isinstance(after, TextRow)
    ]
    return find_spacing(rows) if stretch.below and is_wide(stretch.roles) else -1


def print_row(row: TextRow, stretch: Stretch, at: int, form: Form) -> Iterator[PrintedRow]:
    """Yield a known row with what stands for its figure, and each number alone beside it that may be a part of it."""
    if has_no_place(row, form) and not has_figure(row):
        yield PrintedRow((row.label,), None, row.unit, row.locator)
        return
    stated = state_figure(row, stretch)
    if not stated.text:
        stated = find_answer(stretch, at, form) or stated
    yield PrintedRow(
        (row.label,),
        stated.text,
        stated.unit or row.unit,
        stated.locator,
        merged=not stated.sure,
        role=stated.role,
    )
    if any(cell.kind != "blank" for cell in beside(row)):
        for cell in alone(row):
            if cell.kind == "figure":
                yield PrintedRow((), cell.text, "", cell.locator)


def beside(row: TextRow) -> list[Cell]:
    """Return the filled cells beside the words of a row; a unit and a figure on a line of their own are beside them too."""
    cells = [cell for run in row.runs if run.inline for cell in run.cells]
    if not any(cell.kind == "figure" for cell in cells):
        cells += [
            cell
            for run in row.runs
            if not run.inline and [each.kind for each in run.cells] == ["unit", "figure"]
            for cell in run.cells
        ]
    return [cell for cell in cells if cell.kind not in ("unit", "blank")]


def alone(row: TextRow) -> list[Cell]:
    """Return the filled cells that stand below the words of a row or between their lines."""
    taken = beside(row)
    return [cell for cell in row.figures if cell.kind != "blank" and cell not in taken]


def state_figure(row: TextRow, stretch: Stretch) -> Stated:
    """Return what stands for a row's figure.

    In a table of a row a line, a number alone below a row may as well be that of a page; between
    the lines of a label it is the row's where every row has one.
    """
    units = [cell.text for run in row.runs for cell in run.cells if cell.kind == "unit"]
    unit = find_unit(units[0]) if units else ""
    if cells := beside(row):
        parted = any(run.parted for run in row.runs)
        noted = parted and cells[0].kind == "figure" and all(cell.kind == "word" for cell in cells[1:])
        stated = state_cells(cells[:1] if noted else cells, unit)
        return replace(stated, sure=not (row.runs[0].glued and SIGNED.match(row.runs[0].cells[0].text)))
    if cells := alone(row):
        between = cells[0].line.number < row.lines[1].number
        sure = stretch.below or (len(cells) == 1 and between and stretch.full)
        return replace(state_cells(cells, unit), sure=sure)
    cells = [cell for run in row.runs for cell in run.cells]
    end = cells[-1].start + len(cells[-1].text) if cells else row.start + len(row.label)
    told = row.figures or stretch.told
    return Stated("", unit, f"text {end}-{end}", role="" if told else "cut")


def state_cells(cells: Sequence[Cell], unit: str) -> Stated:
    """Return what cells state in the place of one figure: the number of the only one, and the unit glued to it."""
    if len(cells) > 1:
        text = " ".join(cell.text for cell in cells)
        return Stated(text, unit, f"text {cells[0].start}-{cells[-1].start + len(cells[-1].text)}")
    (cell,) = cells
    bare, own = split_unit(cell.text)
    if parse_value(cell.text).status != "unreadable" or parse_value(bare).status == "unreadable":
        return Stated(cell.text, unit, cell.locator)
    start = cell.start + cell.text.index(bare)
    return Stated(bare, own, f"text {start}-{start + len(bare)}")


def find_answer(stretch: Stretch, at: int, form: Form) -> Stated | None:
    """Return what may stand for the figure of a row that has none in its place, or None where the row is blank.

    That is what follows it on its line, in a table of a cell a line the words on the next line,
    and any number that is left over before the next row with a figure.
    """
    row = stretch.items[at]
    assert isinstance(row, TextRow)
    for place, item in enumerate(stretch.items[at + 1 :]):
        if isinstance(item, Stray):
            words = item.words[0] if item.words and place == 0 else None
            below = stretch.below and not item.figures and item is not stretch.items[-1]
            if words and (words.line is row.lines[1] or (below and len(words.text) <= MAX_ODD)):
                return Stated(words.text, "", words.locator, sure=False)
            if item.figures and not item.words:
                return replace(state_cells(item.figures, ""), sure=False)
        elif isinstance(item, TextRow) and has_figure(item):
            left = [] if beside(item) else alone(item)
            if has_no_place(item, form) and len(left) <= MAX_DASHES and all(is_dash(cell) for cell in left):
                return None  # a heading's own, for its unit and its figure
            return replace(state_cells(left, ""), sure=False) if len(left) > 1 else None
    return None


def is_dash(cell: Cell) -> bool:
    """Return whether a cell is the dash that a heading prints in the place of a unit or a figure."""
    return parse_value(cell.text).status == "dash"


def print_stray(stray: Stray, form: Form) -> Iterator[PrintedRow]:
    """Yield words and figures that are no known row as a row under a heading that is not known, where they look like one."""
    figures = [cell for cell in stray.figures if cell.kind in ("figure", "odd")]
    last = [cell for cell in stray.words if cell.line is stray.words[-1].line]
    if any(cell.kind == "figure" for cell in figures):
        stated = state_cells(figures, "")
        yield PrintedRow(("".join(cell.text for cell in last),), stated.text, stated.unit, stated.locator)
        return
    for cell in stray.words:
        head, unit, glued = next(cut_ends(cell.text), ("", "", ""))
        if glued and head:
            yield PrintedRow((head,), glued, unit, cell.locator)
        elif begins_known(cell.text, form):
            yield PrintedRow((cell.text,), "", "", cell.locator)


def begins_known(text: str, form: Form) -> bool:
    """Return whether a text begins with a known label and goes on with something that is no figure."""
    label = clean_label(text)
    return any(label.startswith(known) for known in form.row_spellings if len(known) > 3)


def has_no_place(row: TextRow, form: Form) -> bool:
    """Return whether a row is a heading of the form, without a place for a figure."""
    return all(form.by_id[code].is_heading for code in row.codes)


def has_figure(row: TextRow) -> bool:
    """Return whether anything stands at a row's place for a figure."""
    return any(cell.kind != "blank" for cell in row.figures)
