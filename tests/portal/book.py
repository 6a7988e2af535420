"""Printed tables on the sheets of a workbook: in their places, numbers as numbers or text, hidden rows and columns."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tests.portal.boxes import Box, Placed, Sheet, place_boxes
from tests.portal.layout import Layout
from tests.portal.story import name_report, print_words, tell_report
from tests.portal.truth import Truth

NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,13})(?:\.[0-9]{1,6})?")
WIDE = 10  # columns that a paragraph is merged over


@dataclass(frozen=True)
class Leaf:
    """One sheet of a workbook: its cells in their places, and the rows and columns that it does not show."""

    name: str
    cells: tuple[Placed, ...]
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()


def lay_leaves(truth: Truth, layout: Layout, sheets: Sequence[Sheet]) -> tuple[Leaf, ...]:
    """Return the sheets of a report's workbook: all tables on one, or a sheet for each."""
    leaves: list[Leaf] = []
    cells = [paragraph_cell(0, name_report(truth))]
    gone: list[Placed] = []
    for part in tell_report(truth, layout, sheets):
        below = max((each.bottom for each in cells), default=0)
        if isinstance(part, str):
            cells.append(paragraph_cell(below, part))
            continue
        placed = [move(each, below + 1, layout) for each in place_boxes(part.rows)]
        cells += placed
        gone += hide_cells(placed) if layout.hidden else []
        if layout.apart:
            leaves.append(make_leaf(f"表{len(leaves) + 1}", cells, gone))
            cells, gone = [], []
        else:
            cells.append(Placed(below + 1 + len(part.rows), 0, below + 2 + len(part.rows), 1, Box("")))
    return (*leaves, make_leaf("统计表", cells, gone))


def paragraph_cell(row: int, text: str) -> Placed:
    return Placed(row, 0, row + 1, WIDE, Box(text))


def move(placed: Placed, down: int, layout: Layout) -> Placed:
    """Return a box of a table in its place on the sheet, with the text that it shows."""
    text = print_words(placed.box, layout)
    if placed.box.vertical and layout.vertical:
        text = "\n".join(text)
    elif layout.broken and placed.box.head and len(text) > 3:
        text = f"{text[: len(text) // 2]}\n{text[len(text) // 2 :]}"
    return replace(
        placed, top=placed.top + down, bottom=placed.bottom + down, box=replace(placed.box, text=text)
    )


def hide_cells(placed: Sequence[Placed]) -> Iterator[Placed]:
    """Yield the cells of a column right of a table that is not shown: the figures of an earlier draft."""
    right = max(each.right for each in placed)
    for row in sorted({each.top for each in placed if each.box.key}):
        yield Placed(row, right, row + 1, right + 1, Box("7", key="hidden"))


def make_leaf(name: str, cells: Sequence[Placed], gone: Sequence[Placed]) -> Leaf:
    """Return a sheet whose hidden cells stand in columns that no other table on it uses."""
    right = max((each.right for each in cells), default=0)
    moved = [replace(each, left=right, right=right + 1) for each in gone]
    return Leaf(name, (*cells, *moved), hidden_columns=frozenset([right] if moved else []))


def find_number(box: Box, layout: Layout) -> float | None:
    """Return the number that a cell holds, None where it holds text."""
    shown = box.key and layout.figures != "text" and NUMBER.fullmatch(box.text)
    return float(box.text) if shown else None
