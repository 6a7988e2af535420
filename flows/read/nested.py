"""Tables within the cells of tables: a printed table whose cells hold tables is one rectangle, a layout table is none.

Layout tables put a menu beside the report, or a frame around it. A printed table may hold a figure, or
the rows of a section, in a table of their own. Told apart by content, never by attributes.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from selectolax.lexbor import LexborNode

from flows.cells import clean_text, parse_value, split_unit
from flows.read.boxes import Block, Cell, place_rows

MAX_CELL_TEXT = 300  # characters of a cell with a label
MAX_CELL_LINES = 6
MIN_LINE = 4  # characters of a line on average; a label printed downwards has one
MAX_PROSE = 600  # characters of a note
MIN_FIGURES = 3
SMALL = 12  # cells


def is_figure(text: str) -> bool:
    """Return whether a cell holds a figure, with or without its unit, and nothing else."""
    return parse_value(split_unit(clean_text(text))[0]).status == "reported"


def is_layout(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether a table without tables in it holds text as a frame does: whole pieces of a page, hardly a figure.

    >>> is_layout([["首页", "一、概述\\n全年公开信息。\\n二、申请\\n收到申请12件。\\n三、复议\\n没有复议申请。"]])
    True
    >>> is_layout([["收到申请数", "件", "192"]])
    False
    """
    long = MAX_CELL_LINES * MIN_LINE
    if not any(len(text) >= long and is_piece(text) for row in rows for text in row):
        return False
    return sum(is_figure(text) for row in rows for text in row) < MIN_FIGURES


def is_piece(text: str) -> bool:
    """Return whether a cell's text is a piece of a page: long, or of many lines of words."""
    lines = text.count("\n") + 1
    return len(text) > MAX_PROSE or (lines >= MAX_CELL_LINES and len(text) >= lines * MIN_LINE)


def join_nested(rows: Sequence[Sequence[Cell]], tables: dict[int, Block]) -> Block | None:
    """Return a table with the tables in its cells as one rectangle, or None for a layout table or what does not fit.

    `tables` holds the blocks of the tables within by the node of the cell that they fill.
    """
    outer = place_rows(rows)
    if outer is None or outer.columns < 2 or outer.rows < 2 or not is_printed(outer, tables):
        return None
    heights = find_sizes(outer, tables, "row")
    widths = find_sizes(outer, tables, "column")
    cells: list[Cell] = []
    for cell in outer.cells:
        row, column = sum(heights[: cell.row]), sum(widths[: cell.column])
        down = sum(heights[cell.row : cell.row + cell.down])
        across = sum(widths[cell.column : cell.column + cell.across])
        inner = tables.get(cell.node.mem_id, Block((Cell(cell.node),), 1, 1))
        if len(inner.cells) == 1:
            cells.append(Cell(inner.cells[0].node, row, column, down, across))
        elif (inner.rows, inner.columns) == (down, across):
            cells += [replace(each, row=each.row + row, column=each.column + column) for each in inner.cells]
        else:
            return None
    return Block(tuple(cells), sum(heights), sum(widths))


def find_sizes(outer: Block, tables: dict[int, Block], axis: str) -> list[int]:
    """Return how many rows or columns each row or column of a table becomes by the tables in it."""
    sizes = [1] * (outer.rows if axis == "row" else outer.columns)
    for cell in outer.cells:
        inner = tables.get(cell.node.mem_id)
        at, span = (cell.row, cell.down) if axis == "row" else (cell.column, cell.across)
        if inner is not None and span == 1:
            sizes[at] = max(sizes[at], inner.rows if axis == "row" else inner.columns)
    return sizes


def is_printed(outer: Block, tables: dict[int, Block]) -> bool:
    """Return whether a table with tables in it is one of figures: short cells, and figures of its own or in several of them."""
    own = [cell.node.text() for cell in outer.cells if cell.node.mem_id not in tables]
    within = [cell.node.text() for block in tables.values() for cell in block.cells]
    if any(len(text) > MAX_CELL_TEXT or is_piece(re.sub(r"\s*\n\s*", "\n", text.strip())) for text in own):
        return False
    figures = sum(map(is_figure, own))
    if figures + sum(map(is_figure, within)) < MIN_FIGURES:
        return False
    return figures >= MIN_FIGURES or len(tables) > 1 or len(within) <= SMALL


def find_sole_table(cell: LexborNode) -> LexborNode | None:
    """Return the one table that fills a cell; None where the cell holds none, or anything beside it."""
    table = cell.css_first("table")
    if table is None or clean_text(cell.text()) != clean_text(table.text()):
        return None
    return table
