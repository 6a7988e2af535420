"""Figures printed with their digits apart: spread over the width of the cell, or in groups of three parted by thin blanks.

`2 0` alone may be two figures. Where a document prints every longer figure so, and none otherwise, it is 20.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from flows.errors import Text
from flows.model import Document, Finding, Grid

SPREAD = re.compile(r"(?:[-+－＋−] )?[0-9０-９](?: [0-9０-９.．])* [0-9０-９]|[-+－＋−] [0-9０-９]")
GROUPED = re.compile(r"[1-9]\d{0,2}(?: \d{3})+(?:[.．]\d+)?")
PARTED = re.compile(r"[-+－＋−0-9０-９.．]+(?: [0-9０-９.．]+)+")
LONG = 5  # characters of a figure of three digits that is spread: 2 0 4
LEAST = 3  # figures that certainly are printed so


@dataclass(frozen=True)
class Cells:
    """The cells of a document's grids that hold digits alone, by how they are printed."""

    parted: tuple[str, ...]
    whole: tuple[str, ...]


def close_digits(document: Document) -> tuple[Document, tuple[Finding, ...]]:
    """Return a document with the digits of each figure together, and the finding that says so.

    Nothing is changed where the document also prints blanks between digits in another way.
    """
    cells = sort_cells(document)
    if is_spread(cells):
        pattern = SPREAD
    elif is_grouped(cells):
        pattern = GROUPED
    else:
        return document, ()
    closed = {text: text.replace(" ", "") for text in cells.parted if pattern.fullmatch(text)}
    grids = tuple(close_grid(grid, closed) for grid in document.grids)
    return replace(document, grids=grids), (tell_closed(cells.parted),)


def sort_cells(document: Document) -> Cells:
    """Return the cells of a document that hold digits alone; none where no digits are parted."""
    if not any(
        " " in text and PARTED.fullmatch(text) for grid in document.grids for row in grid.rows for text in row
    ):
        return Cells((), ())
    parted = tuple(text for text in find_texts(document) if " " in text and PARTED.fullmatch(text))
    whole = (text for text in find_texts(document) if len(text) > 1 and text.isdecimal())
    return Cells(parted, tuple(whole) if len(parted) >= LEAST else ())


def find_texts(document: Document) -> Iterator[str]:
    """Yield the text of each cell that is printed, once."""
    for grid in document.grids:
        for at, row in enumerate(grid.rows):
            yield from (text for column, text in enumerate(row) if (at, column) not in grid.continued)


def is_spread(cells: Cells) -> bool:
    """Return whether figures are printed digit by digit: some long ones certainly are, and hardly any are not."""
    spread = [text for text in cells.parted if SPREAD.fullmatch(text)]
    return (
        len(spread) == len(cells.parted)
        and sum(len(text) >= LONG for text in spread) >= LEAST
        and len(spread) > len(cells.whole)
    )


def is_grouped(cells: Cells) -> bool:
    """Return whether figures are printed in groups of three digits, all that are long enough."""
    grouped = all(GROUPED.fullmatch(text) for text in cells.parted)
    return grouped and len(cells.parted) >= LEAST and not any(len(text) > 3 for text in cells.whole)


def close_grid(grid: Grid, closed: Mapping[str, str]) -> Grid:
    """Return a grid with the cells whose digits are put together."""
    return replace(grid, rows=tuple(tuple(closed.get(text, text) for text in row) for row in grid.rows))


def tell_closed(parted: tuple[str, ...]) -> Finding:
    """Return the finding for figures whose digits are printed apart."""
    first = parted[0]
    return Finding(
        "digits_apart",
        Text(
            f"{len(parted)} cells print their digits apart, as in '{first}'; each is read as one figure. Compare the page.",
            f"{len(parted)} 格的数字逐位或逐组分开印刷（如“{first}”），每格按一个数字读取。请核对原页。",
        ),
    )
