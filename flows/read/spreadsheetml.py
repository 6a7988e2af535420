"""Excel 2003 in XML to a Document: a workbook as one XML file, which portals and reporting systems call `.xls`."""

import re
from collections.abc import Iterator

from flows.model import Document
from flows.read.grids import too_many_cells
from flows.read.html import Page
from flows.read.limits import MAX_CELLS
from flows.read.office import Element, attribute, clean_lines, damaged, parse_file
from flows.read.sheet import Range, Sheet, finish, write_sheet
from flows.read.shown import is_date_format, show_number

COUNT = re.compile(r"[0-9]{1,7}", re.ASCII)
NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
# The formats that have a name instead of a code.
NAMED = {
    "": "General", "General Number": "General", "Fixed": "0.00", "Standard": "#,##0.00", "Percent": "0.00%",
}  # fmt: skip


def read_xml_book(data: bytes, name: str, charset: str = "") -> Document:
    """Return the visible sheets of the workbook as `read_xlsx` does."""
    root = parse_file(data, name, charset)
    formats = {
        attribute(style, "ID"): attribute(style.find("{*}NumberFormat"), "Format")
        for style in root.iterfind("{*}Styles/{*}Style")
    }
    page = Page(name)
    for about in root.iterfind("{*}Worksheet"):
        if (about.findtext("{*}WorksheetOptions/{*}Visible") or "SheetVisible") == "SheetVisible":
            write_sheet(read_sheet(about, formats, name), page)
    return finish(page, [])


def read_sheet(about: Element, formats: dict[str, str], name: str) -> Sheet:
    """Return the filled cells, the merged ranges and what is hidden of one sheet."""
    cells: dict[tuple[int, int], str] = {}
    merges: list[Range] = []
    hidden: set[int] = set()
    for at_row, row in place_items(about, "{*}Table/{*}Row", name):
        if attribute(row, "Hidden") == "1":
            hidden.add(at_row)
        for at, cell in place_items(row, "{*}Cell", name):
            if text := show_cell(cell, formats, name):
                cells[at_row, at] = text
            down, across = read_count(cell, "MergeDown", name), read_count(cell, "MergeAcross", name)
            if down or across:
                merges.append((at_row, at, at_row + down, at + across))
            if len(cells) + len(merges) > MAX_CELLS:
                raise too_many_cells(name)
    columns = {
        column
        for at, each in place_items(about, "{*}Table/{*}Column", name)
        if attribute(each, "Hidden") == "1"
        for column in range(at, at + min(read_count(each, "Span", name), 16_384) + 1)
    }
    return Sheet(attribute(about, "Name"), cells, tuple(merges), frozenset(hidden), frozenset(columns))


def place_items(parent: Element, path: str, name: str) -> Iterator[tuple[int, Element]]:
    """Yield rows, cells or columns with their place from 0: each says its own, or follows the one before it."""
    at = 0
    for item in parent.iterfind(path):
        at = (read_count(item, "Index", name) or at + 1) - 1
        yield at, item
        # A cell merged across takes the places of those that follow it, a span repeats a row or column.
        at += 1 + read_count(item, "MergeAcross", name) + read_count(item, "Span", name)


def read_count(item: Element, attribute_name: str, name: str) -> int:
    """Return a number that an attribute states, 0 where it is not there."""
    text = attribute(item, attribute_name) or "0"
    if COUNT.fullmatch(text) is None:
        raise damaged(name, f"{attribute_name} is '{text}'", f"{attribute_name} 为“{text}”")
    return int(text)


def show_cell(cell: Element, formats: dict[str, str], name: str) -> str:
    """Return what a cell shows of its content; a date is text that is no figure."""
    content = cell.find("{*}Data")
    if content is None:
        return ""
    text = "".join(str(piece) for piece in content.itertext())
    code = formats.get(attribute(cell, "StyleID"), "")
    code = NAMED.get(code, code)
    if attribute(content, "Type") != "Number":
        return clean_lines(text.split("\n"))
    if NUMBER.fullmatch(text) is None:
        raise damaged(name, f"no number: '{text[:20]}'", f"不是数字：“{text[:20]}”")
    shown = show_number(float(text), code)
    return clean_lines([f"{shown} [{code}]" if is_date_format(code) and "[" not in shown else shown])
