"""How much of a PDF's tables comes back: the printed rows of figures, found again with their label and every figure in its place."""

from collections.abc import Iterator, Sequence

from flows.cells import fold_text
from tests.bench.pages import Report

Grids = Sequence[Sequence[Sequence[str | None]]]


def count_rows(report: Report, grids: Grids) -> tuple[int, int, int]:
    """Return how many rows of figures a report prints, how many come back whole, and how many not at all.

    A row is whole where its label and its figures stand in one row of a grid, these side by side and in order. It is
    lost where no row holds its label.
    """
    rows = [[fold_text(cell or "") for cell in row] for grid in grids for row in grid]
    printed = list(printed_rows(report))
    whole = sum(any(is_whole(row, label, figures) for row in rows) for label, figures in printed)
    lost = sum(not any(label in row for row in rows) for label, _ in printed if label)
    return len(printed), whole, lost


def printed_rows(report: Report) -> Iterator[tuple[str, list[str]]]:
    """Yield the label of each row of figures (empty where it has none) and its figures."""
    for sheet in report.sheets:
        for row in sheet.rows:
            if figures := [fold_text(box.text) for box in row if box.key]:
                labels = [fold_text(box.text) for box in row if not box.key]
                yield labels[-1] if labels else "", figures


def is_whole(row: Sequence[str], label: str, figures: Sequence[str]) -> bool:
    """Return whether a row of a grid holds a label and figures side by side, cells that others reach over aside."""
    if label and label not in row:
        return False
    filled = [cell for cell in row if cell]
    wanted = [figure for figure in figures if figure]
    return any(filled[at : at + len(wanted)] == wanted for at in range(len(filled) - len(wanted) + 1))
