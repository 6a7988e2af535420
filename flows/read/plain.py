"""Plain text to a Document: what a reader's browser copied, a page without any table, a table in CSV."""

from dataclasses import replace

from flows.cells import clean_text
from flows.decode import decode_text
from flows.model import Document
from flows.read.delimited import find_repeats, find_tables
from flows.read.html import Page
from flows.read.kinds import list_fields
from flows.read.sheet import Sheet, finish, write_sheet


def read_plain(data: bytes, name: str, charset: str = "") -> Document:
    """Return the text with line ends made equal, and its tables where bars, tabs or commas part as many cells in every row."""
    text = decode_text(data, name, charset).replace("\r\n", "\n").replace("\r", "\n")
    return Document(name=name, text=text, grids=find_tables(text))


def read_csv(data: bytes, name: str, charset: str = "") -> Document:
    """Return the rows of a CSV file as grids, blank rows parting two, and as text."""
    page = Page(name)
    rows = list_fields(decode_text(data, name, charset))
    cells = {
        (row, column): clean_text(text)
        for row, fields in enumerate(rows)
        for column, text in enumerate(fields)
    }
    write_sheet(Sheet("", {at: text for at, text in cells.items() if text}), page)
    page.grids[:] = [replace(grid, continued=find_repeats(grid.rows)) for grid in page.grids]
    return finish(page, [])
