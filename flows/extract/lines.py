"""Text to printed rows of the form with one column of figures: a table that lost its grid, a row a line or a cell a line.

The real text of Huairou's report for 2018 is such a one: label, unit and number stand on one
line with nothing between them, and most units are lost.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from flows.cells import clean_label, parse_value, split_unit
from flows.codebook import Form
from flows.errors import FormError
from flows.extract.figures import states_figure
from flows.extract.linerows import Stretch, has_figure, has_no_place, print_rows
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
from flows.extract.wide import Roles, is_wide, name_roles

MIN_ROWS = 3  # known rows that make a stretch of text part of a table
MIN_TABLE = 10  # known rows that make a table
MAX_GAP = 16  # lines without a known row inside one stretch: page heads, notes


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
