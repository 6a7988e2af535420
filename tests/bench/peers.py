"""What our reading is compared with: pandas, the parser with the plainest grid, pdfplumber."""

import io

import pandas as pd
import pdfplumber
from selectolax.lexbor import LexborHTMLParser, LexborNode

from flows.extract.layouts import PLANS
from flows.extract.report import extract_report
from flows.model import Extraction
from flows.read import read_document
from tests.accuracy.score import registry


def read_with_pandas(page: bytes) -> list[pd.DataFrame]:
    """Return the tables of a page as pandas reads them with lxml: strings to be mapped by somebody still."""
    return pd.read_html(io.StringIO(page.decode()), flavor="lxml")


def read_grids_alone(page: bytes) -> list[list[list[str]]]:
    """Return the tables of a page as the parser and a loop over cells and spans give them, without any care."""
    tree = LexborHTMLParser(page.decode())
    return [read_grid_alone(table) for table in tree.css("table") if len(table.css("table")) == 1]


def read_grid_alone(table: LexborNode) -> list[list[str]]:
    filled: dict[tuple[int, int], str] = {}
    rows = table.css("tr")
    for at_row, row in enumerate(rows):
        at = 0
        for cell in row.iter():
            while (at_row, at) in filled:
                at += 1
            attributes = cell.attributes
            across, down = int(attributes.get("colspan") or 1), int(attributes.get("rowspan") or 1)
            text = cell.text(strip=True)
            filled |= {(r, c): text for r in range(at_row, at_row + down) for c in range(at, at + across)}
            at += across
    width = 1 + max(column for _, column in filled)
    return [[filled.get((row, column), "") for column in range(width)] for row in range(len(rows))]


def read_whole(data: bytes) -> Extraction:
    """Return everything that a page or file states: what we are measured by. A layout read before is known."""
    return extract_report(read_document(data, "page"), registry())


def read_new_layout(data: bytes) -> Extraction:
    """Return everything that a page or file states whose layout was not read before."""
    PLANS.clear()
    return read_whole(data)


def read_with_pdfplumber(data: bytes) -> list[list[list[str | None]]]:
    """Return the tables of a PDF as pdfplumber finds them by their lines."""
    with pdfplumber.open(io.BytesIO(data)) as pdf:
        return [table for page in pdf.pages for table in page.extract_tables()]


def read_pdf_grids(data: bytes) -> list[list[list[str | None]]]:
    """Return the tables of a PDF as we read them."""
    return [[list(row) for row in grid.rows] for grid in read_document(data, "pdf").grids]
