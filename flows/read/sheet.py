"""Sheets of workbooks to a Document: every run of rows between blank rows is a grid, cells as they are shown.

Hidden sheets, rows and columns are not printed, so they are not read.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from flows.model import Document
from flows.read.grids import add_grid, check_cells, too_many_cells
from flows.read.html import Page
from flows.read.limits import MAX_CELLS, MAX_CELLS_TABLE, MAX_TEXT, too_much

LAST_COLUMN = 255  # a range merged to here or beyond is a whole row: it ends with the table
LAST_ROW = 65_535

Range = tuple[int, int, int, int]  # first row, first column, last row, last column, counted from 0


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, the text of its filled cells by (row, column), its merged ranges, what of it is hidden."""

    name: str
    cells: dict[tuple[int, int], str]
    merges: tuple[Range, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()


def finish(page: Page, titles: list[str]) -> Document:
    """Return the Document of all that was written."""
    return Document(page.name, "".join(page.pieces), tuple(page.grids), tuple(titles))


def write_sheet(sheet: Sheet, page: Page) -> None:
    """Write the tables of a sheet, each with the sheet's name for a caption."""
    if sheet.hidden_rows or sheet.hidden_columns:
        sheet = drop_hidden(sheet)
    check_size(sheet, page)
    filled, repeated = expand_merges(sheet, page.name)
    lines: dict[int, dict[int, str]] = {}
    for (row, column), text in sorted(filled.items()):
        if text:
            lines.setdefault(row, {})[column] = text
    for first, last in find_runs(sorted(lines)):
        columns = {column for row in range(first, last + 1) for column in lines[row]}
        left, width = min(columns), max(columns) - min(columns) + 1
        check_cells(page, width, width * (last - first + 1), width * (last - first + 1))
        rows = [[lines[row].get(left + at, "") for at in range(width)] for row in range(first, last + 1)]
        continued = {
            (row - first, column - left)
            for row in range(first, last + 1)
            for column in repeated.get(row, ())
            if left <= column < left + width
        }
        add_grid(page, rows, continued, sheet.name)


def drop_hidden(sheet: Sheet) -> Sheet:
    """Return a sheet as if its hidden rows and columns had never been; a merged cell stays where any of it is shown."""
    rows, columns = sorted(sheet.hidden_rows), sorted(sheet.hidden_columns)
    moved = [
        (merge, (*down, *across))
        for merge in sheet.merges
        if (down := move_range(merge[0], merge[2], rows))
        and (across := move_range(merge[1], merge[3], columns))
    ]
    cells = {
        (at[0] - bisect_left(rows, at[0]), at[1] - bisect_left(columns, at[1])): text
        for at, text in sheet.cells.items()
        if at[0] not in sheet.hidden_rows and at[1] not in sheet.hidden_columns
    }
    cells |= {place[:3:2]: sheet.cells.get(merge[:2], "") for merge, place in moved}
    merges = tuple((top, left, bottom, right) for _, (top, bottom, left, right) in moved)
    return Sheet(sheet.name, {at: text for at, text in cells.items() if text}, merges)


def move_range(first: int, last: int, hidden: list[int]) -> tuple[int, int] | None:
    """Return where a range of rows or columns lies once the hidden ones are gone, None where nothing of it is left.

    >>> move_range(2, 5, [0, 2, 3, 9]), move_range(2, 3, [2, 3])
    ((1, 2), None)
    """
    before, inside = bisect_left(hidden, first), bisect_left(hidden, last + 1)
    left = last - first + 1 - (inside - before)
    return (first - before, first - before + left - 1) if left else None


def check_size(sheet: Sheet, page: Page) -> None:
    """Raise ReadError where the rectangle around a sheet's filled cells, or their text, passes the limit."""
    rows, columns = {at[0] for at in sheet.cells}, {at[1] for at in sheet.cells}
    if sheet.cells and (max(rows) - min(rows) + 1) * (max(columns) - min(columns) + 1) > MAX_CELLS:
        raise too_much(
            page.name,
            f"sheet '{sheet.name}' has cells over more than {MAX_CELLS:,} places",
            f"工作表“{sheet.name}”的单元格分布超过 {MAX_CELLS:,} 个位置",
        )
    length = page.length + sum(map(len, sheet.cells.values()))
    if length > MAX_TEXT:
        raise too_much(page.name, f"over {MAX_TEXT:,} characters", f"超过 {MAX_TEXT:,} 个字符")


def expand_merges(sheet: Sheet, name: str) -> tuple[dict[tuple[int, int], str], dict[int, set[int]]]:
    """Return the cells with merged ones repeated, and by row the columns that repeat one."""
    filled, repeated, covered = dict(sheet.cells), dict[int, set[int]](), 0
    last_row = max((row for row, _ in sheet.cells), default=0)
    last_column = max((column for _, column in sheet.cells), default=0)
    for top, left, bottom, right in sheet.merges:
        down = range(top, (min(bottom, last_row) if bottom >= LAST_ROW else bottom) + 1)
        across = range(left, (min(right, last_column) if right >= LAST_COLUMN else right) + 1)
        covered += len(down) * len(across)
        if len(down) * len(across) > MAX_CELLS_TABLE or covered > MAX_CELLS:
            raise too_many_cells(name)
        for at in ((row, column) for row in down for column in across if (row, column) != (top, left)):
            filled[at] = sheet.cells.get((top, left), "")
            repeated.setdefault(at[0], set()).add(at[1])
    return filled, repeated


def find_runs(rows: list[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last of each run of numbers that follow each other.

    >>> list(find_runs([2, 3, 4, 7]))
    [(2, 4), (7, 7)]
    """
    starts = [row for at, row in enumerate(rows) if at == 0 or rows[at - 1] != row - 1]
    ends = [row for at, row in enumerate(rows) if at == len(rows) - 1 or rows[at + 1] != row + 1]
    yield from zip(starts, ends, strict=True)
