"""XLSX to a Document: the XML of a workbook walked here, cells as Excel shows them.

Calamine reads XLSX too, but takes an error for a blank cell, and a far cell ends the process.
"""

import re
from dataclasses import dataclass
from datetime import date

from flows.model import Document
from flows.read.grids import too_many_cells
from flows.read.html import Page
from flows.read.limits import MAX_CELLS
from flows.read.office import (
    XLSX,
    Element,
    Package,
    attribute,
    clean_lines,
    damaged,
    find_core_title,
    find_part,
    find_targets,
    local_name,
    open_package,
    read_part,
)
from flows.read.runs import Run, join_runs, note_unread, show_run
from flows.read.sheet import Range, Sheet, finish, write_sheet
from flows.read.shown import name_format, show_cell_number
from flows.read.word import find_standing, is_on

PLACE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})", re.ASCII)
COUNT = re.compile(r"[0-9]{1,9}", re.ASCII)
NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
NO_SIZE = re.compile(r"0+(?:\.0*)?", re.ASCII)
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True)
class Words:
    """What the cells of an XLSX refer to: shared texts, by style the number format and whether it strikes out, day 0."""

    texts: tuple[str, ...]
    formats: tuple[str, ...]
    struck: tuple[bool, ...]
    day_zero: date


def read_xlsx(data: bytes, name: str, charset: str = "") -> Document:  # noqa: ARG001 (the file says its own)
    """Return the visible sheets of an XLSX as grids, blank rows parting two, and their rows as text.

    A cell is what it shows of the figure it holds (`shown.py`); dates, errors and truth values
    are text that is no figure. Raises ReadError as `read_docx` does.
    """
    package = open_package(data, name, XLSX)
    main = find_part(package, "", "officeDocument") or "xl/workbook.xml"
    book = read_part(package, main)
    words = read_words(package, main, book)
    sheets = find_targets(package, main, "worksheet")
    page = Page(name)
    for about in book.iterfind("{*}sheets/{*}sheet"):
        path = sheets.get(find_id(about))
        if path and about.get("state", "visible") == "visible":
            write_sheet(read_sheet(read_part(package, path), about.get("name", ""), words, name), page)
    return finish(page, find_core_title(package))


def find_id(about: Element) -> str:
    """Return the relation id of a sheet: the attribute `id` of whichever edition of the standard."""
    return next((str(value) for key, value in about.attrib.items() if str(key).endswith("}id")), "")


def read_words(package: Package, main: str, book: Element) -> Words:
    """Return what the cells of a workbook refer to."""
    texts = find_part(package, main, "sharedStrings")
    path = find_part(package, main, "styles")
    styles = read_part(package, path) if path else None
    starts_1904 = (book.find("{*}workbookPr") is not None) and attribute(
        book.find("{*}workbookPr"), "date1904"
    )
    return Words(
        texts=tuple(rich_text(each) for each in read_part(package, texts).iterfind("{*}si")) if texts else (),
        formats=find_formats(styles) if styles is not None else (),
        struck=find_struck(styles) if styles is not None else (),
        day_zero=date(1904, 1, 1) if starts_1904 in ("1", "true") else date(1899, 12, 30),
    )


def find_formats(styles: Element) -> tuple[str, ...]:
    """Return the number format of each cell style by the style's number."""
    codes = {
        attribute(each, "numFmtId"): attribute(each, "formatCode")
        for each in styles.iterfind("{*}numFmts/{*}numFmt")
    }
    numbers = [attribute(style, "numFmtId") for style in styles.iterfind("{*}cellXfs/{*}xf")]
    return tuple(codes.get(number) or name_format(number) for number in numbers)


def find_struck(styles: Element) -> tuple[bool, ...]:
    """Return of each cell style, by its number, whether its font strikes the text out."""
    fonts = {
        str(number): is_on(font.find("{*}strike"))
        for number, font in enumerate(styles.iterfind("{*}fonts/{*}font"))
    }
    return tuple(
        fonts.get(attribute(style, "fontId"), False) for style in styles.iterfind("{*}cellXfs/{*}xf")
    )


def rich_text(parent: Element) -> str:
    """Return the text of a shared or inline string, runs of another standing apart, reading aids left out."""
    runs: list[Run] = []
    for each in parent:
        if local_name(each) == "t":
            runs.append((each.text or "", ""))
        elif local_name(each) == "r":
            runs.append((each.findtext("{*}t") or "", find_standing(each)))
    return plain_text(join_runs(runs))


def plain_text(text: str) -> str:
    """Return a string's text, characters that stand as `_x000D_` as themselves, those that no text holds left so."""
    shown = ESCAPED.sub(
        lambda match: char if (char := chr(int(match[1], 16))).isprintable() or char.isspace() else match[0],
        text,
    )
    return clean_lines(shown.split("\n"))


def read_sheet(root: Element, title: str, words: Words, name: str) -> Sheet:
    """Return the filled cells, the merged ranges and what is hidden of one sheet's XML."""
    cells: dict[tuple[int, int], str] = {}
    hidden: set[int] = set()
    at_row = -1
    for row in root.iterfind("{*}sheetData/{*}row"):
        at_row = int(row.get("r", "")) - 1 if COUNT.fullmatch(row.get("r", "")) else at_row + 1
        if is_hidden(row, "ht"):
            hidden.add(at_row)
        at_column = -1
        for cell in row.iterfind("{*}c"):
            at = find_place(cell.get("r", ""), name) if cell.get("r") else (at_row, at_column + 1)
            at_column = at[1]
            if text := show_cell(cell, words, name):
                cells[at] = text
                if len(cells) > MAX_CELLS:
                    raise too_many_cells(name)
    merges = [each.get("ref", "") for each in root.iterfind("{*}mergeCells/{*}mergeCell")]
    columns = frozenset(column for each in root.iterfind("{*}cols/{*}col") for column in find_hidden(each))
    return Sheet(title, cells, tuple(find_range(ref, name) for ref in merges), frozenset(hidden), columns)


def is_hidden(about: Element, size: str) -> bool:
    """Return whether a row or columns are hidden, by themselves or by having no height or width."""
    return about.get("hidden") in ("1", "true") or NO_SIZE.fullmatch(about.get(size, "")) is not None


def find_hidden(columns: Element) -> range:
    """Return the columns of a `col` if they are hidden, counted from 0; there are 16,384 in all."""
    first, last = columns.get("min", ""), columns.get("max", "")
    if not (COUNT.fullmatch(first) and COUNT.fullmatch(last) and is_hidden(columns, "width")):
        return range(0)
    return range(max(int(first), 1) - 1, min(int(last), 16_384))


def find_place(text: str, name: str) -> tuple[int, int]:
    """Return the row and column of a cell's name, counted from 0; AA1 is (0, 26)."""
    match = PLACE.fullmatch(text)
    if match is None:
        raise damaged(name, f"no cell is called '{text}'", f"没有名为“{text}”的单元格")
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]) - 1, column - 1


def find_range(ref: str, name: str) -> Range:
    """Return a merged range such as A1:C3."""
    first, _, last = ref.partition(":")
    return (*find_place(first, name), *find_place(last or first, name))


def show_cell(cell: Element, words: Words, name: str) -> str:
    """Return the text of one cell, named as such where its font strikes it out."""
    style = cell.get("s", "0")
    number = int(style) if COUNT.fullmatch(style) else 0
    text = show_content(
        cell, words.formats[number] if number < len(words.formats) else "General", words, name
    )
    return show_run(text, "struck").strip() if any(words.struck[number : number + 1]) else text


def show_content(cell: Element, code: str, words: Words, name: str) -> str:
    """Return what a cell shows: for a formula what it came to when the file was saved, a note where it never did."""
    kind, raw = cell.get("t", "n"), cell.findtext("{*}v") or ""
    if kind == "inlineStr":
        inline = cell.find("{*}is")
        return "" if inline is None else rich_text(inline)
    if kind == "s":
        return find_shared(cell, raw, words, name)
    if kind == "b":
        return {"1": "TRUE", "0": "FALSE"}.get(raw, raw)
    if kind == "n" and NUMBER.fullmatch(raw):
        return clean_lines([show_cell_number(float(raw), code, words.day_zero)])
    formula = cell.find("{*}f") if kind == "n" and not raw else None
    return plain_text(raw) if formula is None else note_unread("formula", formula.text or "")


def find_shared(cell: Element, raw: str, words: Words, name: str) -> str:
    """Return the shared text that a cell names by its number."""
    if not COUNT.fullmatch(raw) or int(raw) >= len(words.texts):
        raise damaged(
            name, f"{cell.get('r')}: no shared text {raw!r}", f"{cell.get('r')}：没有共享文本 {raw!r}"
        )
    return words.texts[int(raw)]
