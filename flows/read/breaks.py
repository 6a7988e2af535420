"""Cells and rows of a ruled table that a page break cuts, although a rule stands at the page's edge: made whole again.

Word processors draw a rule at the foot of a page and one at the head of the next, also through a row.
"""

from collections.abc import Sequence
from dataclasses import replace

from flows.cells import find_unit
from flows.read.ruled import SNAP, Span, Table, read_cells
from flows.read.typeset import NEW_ROW, is_figure

Pair = tuple[Span, Span]  # the cells on the two sides of a break


def mend_breaks(table: Table) -> tuple[Table, list[Span]]:
    """Return a table with its cells, those and the rows that page breaks cut whole again."""
    cells = read_cells(table)
    while (opened := open_breaks(table, cells)) is not None:
        table = opened
        cells = read_cells(table)
    return table, cells


def open_breaks(table: Table, spans: Sequence[Span]) -> Table | None:
    """Return the table with cells and rows made whole over page breaks; None where all are."""
    walls = [list(wall) for wall in table.walls_across]
    rows = {min(range(len(table.ys)), key=lambda row: abs(table.ys[row] - place)) for place in table.breaks}
    changed = False
    for row in sorted(rows):
        pairs = pair_cells(spans, row)
        if is_cut_row(pairs):
            return join_rows(table, row)
        for above, _ in filter(is_one_cell, pairs):
            walls[row][above.column : above.column + above.columns] = [False] * above.columns
            changed = True
    return replace(table, walls_across=tuple(map(tuple, walls))) if changed else None


def join_rows(table: Table, row: int) -> Table:
    """Return the table without the edge above a row: the rows on its two sides are one."""
    return replace(
        table,
        ys=(*table.ys[:row], *table.ys[row + 1 :]),
        walls_across=(*table.walls_across[:row], *table.walls_across[row + 1 :]),
        walls_down=tuple(
            (*wall[: row - 1], wall[row - 1] or wall[row], *wall[row + 1 :]) for wall in table.walls_down
        ),
        breaks=tuple(place for place in table.breaks if abs(place - table.ys[row]) > SNAP),
    )


def pair_cells(spans: Sequence[Span], row: int) -> list[Pair]:
    """Return the cells that end above a row with those that begin in it, in the same columns."""
    below = {(span.column, span.columns): span for span in spans if span.row == row}
    return [
        (span, below[place])
        for span in spans
        if span.row + span.rows == row and (place := (span.column, span.columns)) in below
    ]


def is_one_cell(pair: Pair) -> bool:
    """Return whether the cells on the two sides of a page break are one: a heading over several rows, printed on one page only."""
    above, below = pair
    blank = above.text != "" and below.text == ""
    return blank and max(above.rows, below.rows) > 1 and not is_figure(above.text)


def is_cut_row(pairs: Sequence[Pair]) -> bool:
    """Return whether a page break cuts a row: its label goes on below it, its figures stand on one side only.

    A label goes on where it is no label of its own by its number, and its lines above fill the cell as those below do.
    """
    labels = [(above.text, below.text) for above, below in pairs if above.text and below.text]
    sides = {bool(above.text) for above, below in pairs if is_figure(above.text) != is_figure(below.text)}
    return bool(labels) and len(sides) == 1 and all(goes_on(*label) for label in labels)


def goes_on(above: str, below: str) -> bool:
    """Return whether the text of a cell goes on in the one below it.

    >>> goes_on("1.属于", "国家秘\\n密"), goes_on("规章", "规范性文件"), goes_on("条", "条")
    (True, False, False)
    """
    if any(is_figure(text) or find_unit(text) for text in (above, below)) or NEW_ROW.match(below):
        return False
    return width(above.rsplit("\n", maxsplit=1)[-1]) + 1.25 >= max(map(width, below.split("\n")))


def width(line: str) -> float:
    """Return how wide a line is set, in ideographs."""
    return sum(0.5 if mark.isascii() else 1 for mark in line)
