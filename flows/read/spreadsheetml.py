"""Excel 2003 in XML to a Document: a workbook as one XML file, which portals and reporting systems call `.xls`."""

import re
from collections.abc import Iterator, Mapping

from flows.model import Document
from flows.read.grids import too_many_cells
from flows.read.html import Page
from flows.read.limits import MAX_CELLS
from flows.read.office import Element, attribute, clean_lines, damaged, local_name, parse_file
from flows.read.runs import Run, Standing, join_runs
from flows.read.sheet import Range, Sheet, finish, write_sheet
from flows.read.shown import is_date_format, show_number

COUNT = re.compile(r"[0-9]{1,7}", re.ASCII)
NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
# The formats that have a name instead of a code.
NAMED = {
    "": "General", "General Number": "General", "Fixed": "0.00", "Standard": "#,##0.00", "Percent": "0.00%",
}  # fmt: skip
PLACES: Mapping[str, Standing] = {"Superscript": "raised", "Subscript": "lowered"}
TAGS: Mapping[str, Standing] = {"S": "struck", "Del": "struck", "Sup": "raised", "Sub": "lowered"}
Style = tuple[str, Standing]


def read_xml_book(data: bytes, name: str, charset: str = "") -> Document:
    """Return the visible sheets of the workbook as `read_xlsx` does."""
    root = parse_file(data, name, charset)
    styles = {attribute(style, "ID"): read_style(style) for style in root.iterfind("{*}Styles/{*}Style")}
    page = Page(name)
    for about in root.iterfind("{*}Worksheet"):
        if (about.findtext("{*}WorksheetOptions/{*}Visible") or "SheetVisible") == "SheetVisible":
            write_sheet(read_sheet(about, styles, name), page)
    return finish(page, [])


def read_style(style: Element) -> Style:
    """Return a style's number format, and how it makes text stand."""
    font = style.find("{*}Font")
    struck = attribute(font, "StrikeThrough") == "1"
    return (
        attribute(style.find("{*}NumberFormat"), "Format"),
        "struck" if struck else PLACES.get(attribute(font, "VerticalAlign"), ""),
    )


def read_sheet(about: Element, styles: dict[str, Style], name: str) -> Sheet:
    """Return the filled cells, the merged ranges and what is hidden of one sheet."""
    cells: dict[tuple[int, int], str] = {}
    merges: list[Range] = []
    hidden: set[int] = set()
    for at_row, row in place_items(about, "{*}Table/{*}Row", name):
        if attribute(row, "Hidden") == "1":
            hidden.add(at_row)
        for at, cell in place_items(row, "{*}Cell", name):
            if text := show_cell(cell, styles, name):
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


def show_cell(cell: Element, styles: dict[str, Style], name: str) -> str:
    """Return what a cell shows of its content; a date is text that is no figure."""
    content = cell.find("{*}Data")
    if content is None:
        return ""
    code, standing = styles.get(attribute(cell, "StyleID"), ("", ""))
    text = join_runs(find_runs(content, standing))
    if attribute(content, "Type") != "Number" or standing:
        return clean_lines(text.split("\n"))
    if NUMBER.fullmatch(text) is None:
        raise damaged(name, f"no number: '{text[:20]}'", f"不是数字：“{text[:20]}”")
    code = NAMED.get(code, code)
    shown = show_number(float(text), code)
    return clean_lines([f"{shown} [{code}]" if is_date_format(code) and "[" not in shown else shown])


def find_runs(parent: Element, standing: Standing) -> Iterator[Run]:
    """Yield the text of a cell with how it stands, by the marks of HTML in it or by the cell's style."""
    yield parent.text or "", standing
    for each in parent:
        yield from find_runs(each, TAGS.get(local_name(each).capitalize(), standing))
        yield each.tail or "", standing
