"""Text to printed rows of the form with one column of figures: a table that lost its grid, a row a line or a cell a line.

The real text of Huairou's report for 2018 is such a one: label, unit and number stand on one
line with nothing between them, and most units are lost.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from flows.cells import clean_label, find_unit, parse_value, split_unit
from flows.errors import FormError
from flows.extract.figures import states_figure
from flows.extract.labels import MAX_ODD, cut_ends
from flows.extract.panels import Role
from flows.extract.spacing import find_spacing
from flows.extract.tables import PrintedRow
from flows.extract.textcells import Cell
from flows.extract.textrows import (
    Head,
    Item,
    Run,
    Stray,
    TextRow,
    count_known,
    find_rows,
    is_below,
    is_parted,
)
from flows.extract.wide import Roles, is_wide, name_roles, print_blank, print_wide, prints_number_alone
from flows.registry import Form

MIN_ROWS = 3  # known rows that make a stretch of text part of a table
MIN_TABLE = 10  # known rows that make a table
MAX_NEAR = 6  # items among which the rows before and after one are looked for
MAX_DASHES = 2  # in the row of a heading
MAX_GAP = 16  # lines without a known row inside one stretch: page heads, notes
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


def text_rows(
    cells: Sequence[Cell], form: Form, year: int | None = None, least: int = MIN_TABLE
) -> tuple[PrintedRow, ...]:
    """Return the printed rows of a text's cells, or none where it holds fewer than `least` rows of the form.

    `year` is that of the report, which tells its column from that of the year before.
    A table may be cut in several by pages or notes, or printed twice. Raises FormError where two
    differ in most figures, or where row numbers cannot be told from figures.
    """
    if count_known(cells, form) < least:
        return ()
    items = find_rows(cells, form)
    stretches = [
        make_stretch(deal_columns(order_panels(part), form), roles, form)
        for part, roles in split_items(items, form, year)
        if count_labels(part) >= MIN_ROWS
    ]
    if count_labels([item for stretch in stretches for item in stretch.items]) < least:
        return ()
    if has_lost_figures(items, stretches):
        stretches = [replace(stretch, told=False) for stretch in stretches]
    rows = [tuple(print_rows(stretch, form, year)) for stretch in stretches]
    best = max(rows, key=len)
    for other in rows:
        check_same(best, other)
    return tuple(row for part in rows for row in part)


# Parts of a table


def split_items(items: Sequence[Item], form: Form, year: int | None) -> list[tuple[list[Item], Roles]]:
    """Return the items of a text in stretches in which rows with a place for a figure follow each other closely.

    What stands right before the first row of a stretch may be its heading or an unknown row; what follows
    the last may be its figure. The columns in force at its beginning come with it.
    """
    rows = [at for at, item in enumerate(items) if isinstance(item, TextRow) and not has_no_place(item, form)]
    stretches: list[tuple[int, int]] = []
    for at in rows:
        if stretches and first_line(items[at]) - first_line(items[stretches[-1][1]]) <= MAX_GAP:
            stretches[-1] = (stretches[-1][0], at)
        else:
            stretches.append((at, at))
    return [
        (
            [*map(last_words, items[max(0, first - 2) : first]), *items[first : last + 1],
             *(each for each in items[last + 1 : last + 2] if isinstance(each, Stray))],
            name_roles(items[:first], form, year),
        )
        for first, last in stretches
    ]  # fmt: skip


def last_words(item: Item) -> Item:
    """Return stray words without those on the lines before their last."""
    if not isinstance(item, Stray) or not item.words:
        return item
    return replace(item, words=tuple(cell for cell in item.words if cell.line is item.words[-1].line))


def first_line(item: Item) -> int:
    """Return the number of the line on which a row begins."""
    assert isinstance(item, TextRow)
    return item.lines[0].number


def has_no_place(row: TextRow, form: Form) -> bool:
    """Return whether a row is a heading of the form, without a place for a figure."""
    return all(form.by_id[code].is_heading for code in row.codes)


def count_labels(items: Sequence[Item]) -> int:
    """Return how many different known labels some items hold."""
    return len({clean_label(item.label) for item in items if isinstance(item, TextRow)})


def make_stretch(items: Sequence[Item], roles: Roles, form: Form) -> Stretch:
    """Return a stretch with what its rows tell together; raise FormError where row numbers pass for figures."""
    rows = [item for item in items if isinstance(item, TextRow) and not has_no_place(item, form)]
    if not is_wide(roles):
        check_numbers(rows)
    figures = [has_figure(row) for row in rows]
    placed = any(figures) or all(
        row.unit or row.runs for row in rows[:-1]
    )  # figures, or units in their places
    told = placed and not is_parted(rows)
    return Stretch(tuple(items), roles, is_below(rows), all(figures), told)


def has_lost_figures(items: Sequence[Item], stretches: Sequence[Stretch]) -> bool:
    """Return whether figures stand by themselves, more than pages have numbers, that no row has: a column of its own."""
    own = {
        cell
        for stretch in stretches
        for item in stretch.items
        if isinstance(item, TextRow)
        for cell in item.figures
    }
    strays = [item.figures for item in items if isinstance(item, Stray) and not item.words]
    return any(
        sum(cell.kind == "figure" and states_figure(cell.text) for cell in figures) >= MIN_ROWS
        for figures in strays
        if not own.issuperset(figures)
    )


def has_figure(row: TextRow) -> bool:
    """Return whether anything stands at a row's place for a figure."""
    return any(cell.kind != "blank" for cell in row.figures)


def check_numbers(rows: Sequence[TextRow]) -> None:
    """Raise FormError where a column of row numbers stands among the figures: beside a blank cell they pass for figures."""
    figures = [[cell.text for cell in row.figures if cell.kind in ("figure", "odd")] for row in rows]
    several = sum(len(texts) > 1 for texts in figures)
    first, last = ([split_unit(texts[at])[0] if texts else "" for texts in figures] for at in (0, -1))
    glued = [
        texts[0][:2] if texts and row.runs[0].glued else "" for row, texts in zip(rows, figures, strict=True)
    ]
    below = is_below(rows)
    if (
        (max(longest_count(first), longest_count(last)) >= MIN_TABLE and (several >= MIN_ROWS or below))
        or (below and several * 2 > len(rows))
        or longest_count(glued) >= MIN_TABLE
    ):
        start, end = rows[0].start, rows[-1].lines[1].end
        raise FormError(
            f"text {start}-{end}: a column of row numbers, which cannot be told from figures. "
            "Find the report in another format.",
            f"text {start}-{end}：含有序号列，序号与数字无法区分。请寻找该报告的其他格式。",
        )


def longest_count(numbers: Sequence[str]) -> int:
    """Return how many numbers in a row count on by one, or by two beside a heading."""
    counted = longest = 0
    for one, two in pairwise(numbers):
        counts = one.isdecimal() and two.isdecimal() and int(two) - int(one) in (1, 2)
        counted = counted + 1 if counts else 0
        longest = max(longest, counted)
    return longest


def order_panels(items: Sequence[Item]) -> list[Item]:
    """Return items with tables that stand side by side one after the other, told by lines that hold two labels."""
    places: dict[int, int] = {}
    panels: list[int] = []
    for item in items:
        number = item.lines[0].number if isinstance(item, TextRow) else -1
        panels.append(places.get(number, 0))
        if isinstance(item, TextRow):
            places[number] = places.get(number, 0) + 1
    if sum(panel > 0 for panel in panels) * 3 < len(places):
        return list(items)
    return [
        item
        for panel in range(max(panels) + 1)
        for item, own in zip(items, panels, strict=True)
        if own == panel
    ]


def deal_columns(items: Sequence[Item], form: Form) -> list[Item]:
    """Return items with figures dealt to labels where a column of labels stands above the column of their figures.

    Only where these are as many as the labels, which follow each other as in the form, none left out.
    """
    dealt = list(items)
    chain: list[int] = []
    for at, item in enumerate(items):
        if isinstance(item, Head) or (isinstance(item, TextRow) and has_no_place(item, form)):
            continue
        if isinstance(item, TextRow):
            chain.append(at)
        if not item.figures:
            continue
        rows = [each for each in map(items.__getitem__, chain) if isinstance(each, TextRow)]
        if len(item.figures) == len(rows) >= MIN_TABLE and follow_each_other(rows, form):
            for place, row, cell in zip(chain, rows, item.figures, strict=True):
                dealt[place] = replace(row, runs=(Run((cell,), inline=True, parted=False),))
            dealt[at + 1 :] = deal_columns(items[at + 1 :], form)
            return [each for each in dealt if each is not item]
        chain = []
    return dealt


def follow_each_other(rows: Sequence[TextRow], form: Form) -> bool:
    """Return whether rows follow each other as in the form, with none left out but those of a local block."""
    order = 0
    for row in rows:
        places = sorted(form.by_id[code].order for code in row.codes if form.by_id[code].order > order)
        if not places:
            return False
        skipped = [each for each in form.values if order < each.order < places[0]]
        if order and any(each.origin == "national" for each in skipped):
            return False
        order = places[0]
    return True


# Rows


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


def check_same(best: Sequence[PrintedRow], other: Sequence[PrintedRow]) -> None:
    """Raise FormError where two tables of the form in one text state different figures."""
    stated = {row.headings: row.value for row in best}
    differ = [
        row for row in other
        if row.headings in stated and parse_value(stated[row.headings] or "") != parse_value(row.value or "")
    ]  # fmt: skip
    if len(differ) > max(MIN_ROWS, len(other) // 4):
        raise FormError(
            f"two tables of the same form with different figures ({differ[0].headings[0]}: {differ[0].locator}), "
            "expected one report. Cut the file in two.",
            f"同一表式有两张数字不同的表（{differ[0].headings[0]}：{differ[0].locator}），应只有一份报告。请将文件拆开。",
        )
