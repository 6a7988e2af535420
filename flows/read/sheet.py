"""Excel workbooks to a Document: every run of rows between blank rows is a grid, cells as the figures they hold.

XLSX is walked here and XLS read by calamine (see `biff.py`). Both end as the same cells and
merged ranges. Calamine reads XLSX too, but takes an error for a blank cell, and a far cell
ends the process; so the one has the errors added, the other is not needed.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flows.errors import ReadError
from flows.model import Document
from flows.read.html import Page
from flows.read.limits import MAX_CELLS, MAX_CELLS_TABLE, MAX_TEXT, OLD_SECONDS, too_much
from flows.read.office import (
    XLSX,
    Element,
    Package,
    attribute,
    clean_lines,
    damaged,
    find_core_title,
    find_office_type,
    find_part,
    find_targets,
    local_name,
    open_package,
    read_part,
    wrong_type,
)
from flows.read.ole import ENCRYPTED, XLS
from flows.read.word import LOWERED, RAISED, add_grid, check_cells, too_many_cells

PLACE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})", re.ASCII)
COUNT = re.compile(r"[0-9]{1,9}", re.ASCII)
NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# In a number's format: quoted text, marks taken literally, colours and conditions; [h] is a duration and stays.
LITERAL = re.compile(r"\"[^\"]*\"|[\\_*].|\[(?!h+\]|m+\]|s+\])[^\]]*\]|general", re.IGNORECASE)
DATE_MARKS = re.compile(r"[dmyhs]|aaa", re.IGNORECASE)
DATE_FORMATS = frozenset(map(str, [*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)]))
LAST_COLUMN = 255  # a range merged to here or beyond is a whole row: it ends with the table
LAST_ROW = 65_535

Range = tuple[int, int, int, int]  # first row, first column, last row, last column, counted from 0


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, the text of its filled cells by (row, column), its merged ranges."""

    name: str
    cells: dict[tuple[int, int], str]
    merges: tuple[Range, ...]


@dataclass(frozen=True)
class Words:
    """What the cells of an XLSX refer to: shared texts, which styles are dates, the day that is 0."""

    texts: tuple[str, ...]
    dates: frozenset[int]
    day_zero: date


def read_xlsx(data: bytes, name: str, charset: str = "") -> Document:  # noqa: ARG001 (the file says its own)
    """Return the visible sheets of an XLSX as grids, blank rows parting two, and their rows as text.

    A cell is the figure it holds, without thousands commas or percent; dates, errors and
    truth values are text that is no figure. Raises ReadError as `read_docx` does.
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


def read_xls(data: bytes, name: str, charset: str = "") -> Document:  # noqa: ARG001 (the file says its own)
    """Return the visible sheets of an XLS as `read_xlsx` does; calamine reads it in a process of its own."""
    found = find_office_type(data)
    if found != XLS:
        raise wrong_type(name, found, XLS)
    page = Page(name)
    for sheet in list_old_sheets(data, name):
        cells = {
            (row, column): clean_lines(show_old(cell).split("\n")) for row, column, cell in sheet["cells"]
        }
        merges = tuple((*first, *last) for first, last in sheet["merges"])
        write_sheet(Sheet(sheet["name"], {at: text for at, text in cells.items() if text}, merges), page)
    return finish(page, [])


def finish(page: Page, titles: list[str]) -> Document:
    """Return the Document of all that was written."""
    return Document(page.name, "".join(page.pieces), tuple(page.grids), tuple(titles))


# Sheets to grids


def write_sheet(sheet: Sheet, page: Page) -> None:
    """Write the tables of a sheet, each with the sheet's name for a caption."""
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


# XLSX


def find_id(about: Element) -> str:
    """Return the relation id of a sheet: the attribute `id` of whichever edition of the standard."""
    return next((str(value) for key, value in about.attrib.items() if str(key).endswith("}id")), "")


def read_words(package: Package, main: str, book: Element) -> Words:
    """Return what the cells of a workbook refer to."""
    texts = find_part(package, main, "sharedStrings")
    styles = find_part(package, main, "styles")
    starts_1904 = (book.find("{*}workbookPr") is not None) and attribute(
        book.find("{*}workbookPr"), "date1904"
    )
    return Words(
        texts=tuple(rich_text(each) for each in read_part(package, texts).iterfind("{*}si")) if texts else (),
        dates=find_dates(read_part(package, styles)) if styles else frozenset(),
        day_zero=date(1904, 1, 1) if starts_1904 in ("1", "true") else date(1899, 12, 30),
    )


def find_dates(styles: Element) -> frozenset[int]:
    """Return the numbers of the cell styles that show a number as a date or a time."""
    codes = {
        attribute(each, "numFmtId"): attribute(each, "formatCode")
        for each in styles.iterfind("{*}numFmts/{*}numFmt")
    }
    found = set()
    for number, style in enumerate(styles.iterfind("{*}cellXfs/{*}xf")):
        form = attribute(style, "numFmtId")
        if is_date_format(codes[form]) if form in codes else form in DATE_FORMATS:
            found.add(number)
    return frozenset(found)


def is_date_format(code: str) -> bool:
    r"""Return whether a number format shows dates or times.

    >>> is_date_format('m"月"d"日"'), is_date_format("[h]:mm"), is_date_format('[Red]#,##0_);"days"\\d0')
    (True, True, False)
    """
    return DATE_MARKS.search(LITERAL.sub("", code)) is not None


def rich_text(parent: Element) -> str:
    """Return the text of a shared or inline string, raised digits as such, reading aids left out."""
    pieces = []
    for each in parent:
        if local_name(each) == "t":
            pieces.append(each.text or "")
        elif local_name(each) == "r":
            place = attribute(each.find("{*}rPr/{*}vertAlign"), "val")
            marks = {"superscript": RAISED, "subscript": LOWERED}.get(place, {})
            pieces.append((each.findtext("{*}t") or "").translate(marks))
    return plain_text("".join(pieces))


def plain_text(text: str) -> str:
    """Return a string's text, characters that stand as `_x000D_` as themselves, those that no text holds left so."""
    shown = ESCAPED.sub(
        lambda match: char if (char := chr(int(match[1], 16))).isprintable() or char.isspace() else match[0],
        text,
    )
    return clean_lines(shown.split("\n"))


def read_sheet(root: Element, title: str, words: Words, name: str) -> Sheet:
    """Return the filled cells and the merged ranges of one sheet's XML."""
    cells: dict[tuple[int, int], str] = {}
    at_row = -1
    for row in root.iterfind("{*}sheetData/{*}row"):
        at_row = int(row.get("r", "")) - 1 if COUNT.fullmatch(row.get("r", "")) else at_row + 1
        at_column = -1
        for cell in row.iterfind("{*}c"):
            at = find_place(cell.get("r", ""), name) if cell.get("r") else (at_row, at_column + 1)
            at_column = at[1]
            if text := show_cell(cell, words, name):
                cells[at] = text
                if len(cells) > MAX_CELLS:
                    raise too_many_cells(name)
    merges = [each.get("ref", "") for each in root.iterfind("{*}mergeCells/{*}mergeCell")]
    return Sheet(title, cells, tuple(find_range(ref, name) for ref in merges))


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
    """Return the text of one cell: for a formula what it came to when the file was saved."""
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        inline = cell.find("{*}is")
        return "" if inline is None else rich_text(inline)
    raw = cell.findtext("{*}v") or ""
    if kind == "s":
        if not COUNT.fullmatch(raw) or int(raw) >= len(words.texts):
            raise damaged(
                name, f"{cell.get('r')}: no shared text {raw!r}", f"{cell.get('r')}：没有共享文本 {raw!r}"
            )
        return words.texts[int(raw)]
    if kind == "b":
        return {"1": "TRUE", "0": "FALSE"}.get(raw, raw)
    if kind != "n" or not NUMBER.fullmatch(raw):
        return plain_text(raw)
    style = cell.get("s", "0")
    if COUNT.fullmatch(style) and int(style) in words.dates:
        return show_date(float(raw), words.day_zero)
    return show_number(float(raw))


def show_number(number: float) -> str:
    """Return a number as Excel holds it, with 15 digits at most: never an exponent, nor `.0`.

    >>> show_number(13993.0), show_number(0.1 + 0.2), show_number(59237.244899999998), show_number(-1e-7)
    ('13993', '0.3', '59237.2449', '-0.0000001')
    """
    text = f"{Decimal(f'{number:.15g}'):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def show_date(number: float, day_zero: date) -> str:
    """Return a date or a time as text that is no figure, in the order year, month, day.

    >>> show_date(45355, date(1899, 12, 30)), show_date(0.5, date(1899, 12, 30)), show_date(-1, date(1899, 12, 30))
    ('2024-03-04', '12:00:00', '#####')
    """
    if not 0 <= number < 2_958_466:
        return "#####"  # what Excel shows
    seconds = round(number % 1 * 86_400)
    start = day_zero + timedelta(days=number < 60 and day_zero.year == 1899)  # Excel has a 29 February 1900
    moment = datetime(start.year, start.month, start.day) + timedelta(days=int(number), seconds=seconds)
    if number < 1:
        return f"{moment:%H:%M:%S}"
    return f"{moment:%Y-%m-%d %H:%M:%S}" if seconds else f"{moment:%Y-%m-%d}"


# XLS


def list_old_sheets(data: bytes, name: str) -> list[dict[str, Any]]:
    """Return what `biff.py` lists of an XLS, or raise ReadError where it refuses, fails, or takes too long."""
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "flows.read.biff"], input=data, capture_output=True, check=False,
            timeout=2 * OLD_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise too_much(name, f"over {2 * OLD_SECONDS} s to read", f"读取超过 {2 * OLD_SECONDS} 秒") from error
    said = (ran.stderr.decode("utf-8", "ignore").strip().splitlines() or [""])[-1]
    if ran.returncode < 0 or said.startswith(
        "MemoryError"
    ):  # calamine ends the process where it gets no memory
        raise too_much(name, "more memory or time than a workbook needs", "所需内存或时间超出正常工作簿")
    if ran.returncode != 0:
        raise damaged(name, f"XLS: {said}", f"XLS：{said}")
    answer: dict[str, Any] = json.loads(ran.stdout)
    if refused := answer.get("refused"):
        raise refuse_old(name, refused)
    sheets: list[dict[str, Any]] = answer["sheets"]
    return sheets


def refuse_old(name: str, why: str) -> ReadError:
    """Return the error for an XLS that `biff.py` refuses."""
    return {
        "password": wrong_type(name, ENCRYPTED, XLS),
        "cells": too_much(name, f"a sheet over {MAX_CELLS:,} places", f"工作表超过 {MAX_CELLS:,} 个位置"),
        "text": too_much(name, f"over {MAX_TEXT:,} characters", f"超过 {MAX_TEXT:,} 个字符"),
    }[why]


def show_old(cell: bool | float | str) -> str:
    """Return the text of a cell as `biff.py` gives it: a truth value, a number, or text."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    return cell if isinstance(cell, str) else show_number(cell)
