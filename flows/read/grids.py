"""Tables of documents and sheets: written as text and as a grid, within the limits of cells."""

import re

from flows.errors import ReadError
from flows.model import Grid
from flows.read.html import Page
from flows.read.limits import MAX_CELLS, MAX_CELLS_TABLE, MAX_COLUMNS, too_much


def check_cells(page: Page, columns: int, in_table: int, more: int) -> None:
    """Raise ReadError when a table or the document passes its limit of cells."""
    page.cells += more
    if columns > MAX_COLUMNS:
        raise too_much(page.name, f"a table of over {MAX_COLUMNS} columns", f"表格超过 {MAX_COLUMNS} 列")
    if in_table > MAX_CELLS_TABLE or page.cells > MAX_CELLS:
        raise too_many_cells(page.name)


def too_many_cells(name: str) -> ReadError:
    """Return the error for a table or a document that passes its limit of cells."""
    return too_much(
        name,
        f"over {MAX_CELLS_TABLE} cells in a table or {MAX_CELLS} in the file, merged ones counted",
        f"表格超过 {MAX_CELLS_TABLE} 个单元格或文件超过 {MAX_CELLS} 个（含合并单元格）",
    )


def add_grid(page: Page, rows: list[list[str]], continued: set[tuple[int, int]], caption: str = "") -> None:
    """Write a table's text, a row a line and what is merged once, and add its grid; none for a table without rows."""
    start = page.length
    for at_row, row in enumerate(rows):
        cells = [re.sub(r"\s+", " ", text) for at, text in enumerate(row) if (at_row, at) not in continued]
        page.write("\t".join(cells) + "\n")
    if rows:
        page.grids.append(
            Grid(
                locator=f"table {len(page.grids) + 1}",
                rows=tuple(tuple(row) for row in rows),
                continued=frozenset(continued),
                caption=caption,
                start=start,
                end=page.length,
            )
        )
