"""Cells put together to a rectangle: below each other, side by side, with declared spans; None where they do not fit.

Only what fits exactly is a grid. A cell without a declared span gives way where it stands alone: a title
takes the whole width, a group the whole height of the rows beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborNode

MAX_AREA = 20_000  # places of one table


@dataclass(frozen=True)
class Cell:
    """One cell in its place; `fixed` where its spans are declared."""

    node: LexborNode
    row: int = 0
    column: int = 0
    down: int = 1
    across: int = 1
    fixed: bool = False


@dataclass(frozen=True)
class Block:
    """A rectangle that its cells cover without a gap or an overlap."""

    cells: tuple[Cell, ...]
    rows: int
    columns: int


def block_of(cell: Cell) -> Block:
    """Return the block that one cell makes."""
    return Block((cell,), cell.down, cell.across)


def is_single(block: Block) -> bool:
    """Return whether a block is one cell without declared spans."""
    return len(block.cells) == 1 and not block.cells[0].fixed


def stretch(block: Block, rows: int, columns: int) -> Block | None:
    """Return a block in the size asked for; None for one that is neither of that size nor a single cell."""
    if (block.rows, block.columns) == (rows, columns):
        return block
    if not is_single(block) or block.rows > rows or block.columns > columns:
        return None
    return Block((replace(block.cells[0], down=rows, across=columns),), rows, columns)


def stack(blocks: Sequence[Block]) -> Block | None:
    """Return blocks below each other; None where their widths differ."""
    width = max((block.columns for block in blocks), default=0)
    cells: list[Cell] = []
    row = 0
    for block in blocks:
        fitted = stretch(block, block.rows, width)
        if fitted is None:
            return None
        cells += [replace(cell, row=cell.row + row) for cell in fitted.cells]
        row += fitted.rows
    return Block(tuple(cells), row, width) if cells else None


def beside(blocks: Sequence[Block]) -> Block | None:
    """Return blocks side by side; None where their heights differ."""
    height = max((block.rows for block in blocks), default=0)
    cells: list[Cell] = []
    column = 0
    for block in blocks:
        fitted = stretch(block, height, block.columns)
        if fitted is None:
            return None
        cells += [replace(cell, column=cell.column + column) for cell in fitted.cells]
        column += fitted.columns
    return Block(tuple(cells), height, column) if cells else None


def place_rows(rows: Sequence[Sequence[Cell]]) -> Block | None:
    """Return rows of cells as a table places them: each cell in the next place that no cell from above takes.

    A row of one cell takes the whole width. None where a row ends early, or runs on.
    """
    width = max(sum(cell.across for cell in row) for row in rows)
    if not is_bounded([cell for row in rows for cell in row], len(rows) * width):
        return None
    taken: set[tuple[int, int]] = set()
    cells: list[Cell] = []
    for at, row in enumerate(rows):
        column = 0
        alone = len(row) == 1 and not row[0].fixed and not any((at, place) in taken for place in range(width))
        for cell in [replace(row[0], across=width)] if alone else row:
            while (at, column) in taken:
                column += 1
            cells.append(replace(cell, row=at, column=column))
            taken |= {(at + r, column + c) for r in range(cell.down) for c in range(cell.across)}
            column += cell.across
    return fill(cells, len(rows), width)


def is_bounded(cells: Sequence[Cell], area: int) -> bool:
    """Return whether a table and its cells are no larger than any of a report."""
    return max(area, sum(cell.down * cell.across for cell in cells)) <= MAX_AREA


def fill(cells: Sequence[Cell], rows: int, columns: int) -> Block | None:
    """Return placed cells as a block, or None where they leave a gap, overlap or stand beyond it."""
    if not is_bounded(cells, rows * columns):
        return None
    places = [
        (cell.row + r, cell.column + c)
        for cell in cells
        for r in range(cell.down)
        for c in range(cell.across)
    ]
    whole = len(places) == len(set(places)) == rows * columns
    return (
        Block(tuple(cells), rows, columns)
        if whole and all(r < rows and c < columns for r, c in places)
        else None
    )
