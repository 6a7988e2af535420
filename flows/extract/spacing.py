"""Blank lines of a text of a cell a line: where they are the blank cells of its rows."""

from collections.abc import Sequence

from flows.extract.textcells import Cell
from flows.extract.textrows import Run, TextRow

MIN_ROWS = 3  # rows that tell something together


def find_spacing(rows: Sequence[tuple[TextRow, int]]) -> int:
    """Return how many blank lines part two cells where more of them are blank cells, -1 where blank lines tell nothing.

    They tell blank cells where every one of several rows has, with its blanks, as many cells as there
    are columns, so that none has blank lines beside all its figures.
    """
    gaps = [gap for row, _ in rows for gap in row_gaps(row)]
    if len(rows) < MIN_ROWS or min(gaps) < 0 or max(gaps) == min(gaps):
        return -1
    return min(gaps) if all(fits_spacing(row, min(gaps), count) for row, count in rows) else -1


def fits_spacing(row: TextRow, spacing: int, count: int) -> bool:
    """Return whether a row has so many cells, with the blank ones that its blank lines are."""
    gaps = row_gaps(row)
    whole = all(gap >= spacing and (gap - spacing) % (spacing + 1) == 0 for gap in gaps)
    return whole and len(gaps) - 1 + sum((gap - spacing) // (spacing + 1) for gap in gaps) == count


def row_gaps(row: TextRow) -> list[int]:
    """Return the blank lines before each line of a row's figures, and those behind the last."""
    return [*(run.cells[0].line.gap for run in row.runs), row.gap]


def fill_blanks(row: TextRow, spacing: int) -> tuple[Cell, ...]:
    """Return the cells of a row of a cell a line with those that only blank lines tell."""
    cells: list[Cell] = []
    place = row.start + len(row.label)
    for gap, cell in zip(row_gaps(row), [*map(one_cell, row.runs), None], strict=True):
        cells += [Cell("", place, "blank", row.lines[1])] * ((gap - spacing) // (spacing + 1))
        if cell is not None:
            cells.append(cell)
            place = cell.start + len(cell.text)
    return tuple(cells)


def one_cell(run: Run) -> Cell:
    """Return what stands on one line as one cell: `1 2` is no figure."""
    first = run.cells[0]
    return first._replace(text=" ".join(cell.text for cell in run.cells)) if len(run.cells) > 1 else first
