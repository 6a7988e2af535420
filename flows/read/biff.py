"""The cells of an XLS (BIFF, the workbooks of Excel before 2007), read by calamine in a process of its own.

Calamine asks for as much memory as a file claims to need (4.6 GB for 5.6 KB) and ends the
process where it gets none. So this module is also a small program, `python -m flows.read.biff
< FILE`, run with limits for each such file.
"""

import json
import resource
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from python_calamine import CalamineSheet, SheetTypeEnum, SheetVisibleEnum, load_workbook

from flows.read.limits import MAX_CELLS, MAX_TEXT, OLD_MEMORY, OLD_SECONDS
from flows.read.ole import open_storage, read_stream
from flows.read.shown import name_format

BOF, EOF, BOUNDSHEET, FILEPASS, FORMAT, XF = 0x0809, 0x0A, 0x85, 0x2F, 0x041E, 0xE0
BOOLERR, FORMULA, NUMBER, RK, MULRK, ROW, COLINFO = 0x0205, 0x06, 0x0203, 0x027E, 0xBD, 0x0208, 0x7D
CODEPAGE, BIFF5 = 0x42, 0x0500
CHARSETS = {936: "gb18030", 950: "cp950"}
# Windows-1252 as browsers and calamine have it: each byte is a character.
BYTES = {char: bytes([at]) for at in range(256) if (char := bytes([at]).decode("cp1252", "ignore"))}
ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


@dataclass
class Details:
    """What calamine does not say of a sheet: cells that show an error, the style of those with a number, what is hidden."""

    errors: list[tuple[int, int, str]] = field(default_factory=list)
    styles: dict[tuple[int, int], int] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)

    def add(self, kind: int, record: bytes) -> None:
        """Add what one record says."""
        if (code := find_error(kind, record)) is not None:
            self.errors.append((*struct.unpack_from("<HH", record), ERRORS.get(code, "#ERROR!")))
        elif kind in (NUMBER, RK, FORMULA):
            row, column, style = struct.unpack_from("<HHH", record)
            self.styles[row, column] = style
        elif kind == MULRK:
            row, first = struct.unpack_from("<HH", record)
            for at in range((len(record) - 6) // 6):
                (self.styles[row, first + at],) = struct.unpack_from("<H", record, 4 + 6 * at)
        elif kind == ROW and record[12] & 0x20:
            self.hidden_rows += struct.unpack_from("<H", record)
        elif kind == COLINFO:
            first, last, width, _, flags = struct.unpack_from("<HHHHH", record)
            self.hidden_columns += range(first, min(last, 255) + 1) if flags & 1 or not width else ()


def read_records(book: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of one part of a workbook ([MS-XLS] 2.1.4), without charts inside it; ValueError where it is cut."""
    depth = 0
    while start + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, start)
        depth += (kind == BOF) - (kind == EOF)
        if depth <= 1:
            yield kind, book[start + 4 : start + 4 + length]
        start += 4 + length
        if depth <= 0:
            return
    raise ValueError("the workbook ends before its end")


def list_details(book: bytes) -> Iterator[Details]:
    """Yield the details of each sheet in the order in which the workbook lists them."""
    for kind, record in read_records(book, 0):
        if kind == BOUNDSHEET:
            details = Details()
            for inner, content in read_records(book, *struct.unpack_from("<I", record)):
                details.add(inner, content)
            yield details


def list_formats(book: bytes) -> list[str]:
    """Return the number format of each cell style by the style's number."""
    codes, numbers = dict[int, str](), list[int]()
    for kind, record in read_records(book, 0):
        if kind == FORMAT:
            (number,) = struct.unpack_from("<H", record)
            codes[number] = read_code(record[2:])
        elif kind == XF:
            numbers += struct.unpack_from("<2xH", record)
    return [codes.get(number) or name_format(str(number)) for number in numbers]


def read_code(text: bytes) -> str:
    """Return the text of a format: in BIFF8 its length in two bytes and whether it is wide, before that one byte."""
    length, wide = struct.unpack_from("<HB", text)
    if length == len(text) - 3 or 2 * length == len(text) - 3:
        return text[3:].decode("utf-16-le" if wide & 1 else "latin-1")
    return text[1:].decode("gb18030", "replace")


def find_error(kind: int, record: bytes) -> int | None:
    """Return the code of the error that a cell's record states, None where it states none."""
    if kind == BOOLERR and record[7]:
        return record[6]
    if kind == FORMULA and record[6] == 2 and record[12:14] == b"\xff\xff":
        return record[8]
    return None


def find_charset(book: bytes) -> str:
    """Return the charset of a workbook before Excel 97 whose characters have two bytes, else an empty text."""
    version, pages = 0, dict[int, str]()
    for kind, record in read_records(book, 0):
        if kind == BOF:
            (version,) = struct.unpack_from("<H", record)
        elif kind == CODEPAGE:
            pages = {
                page: charset for page, charset in CHARSETS.items() if record[:2] == struct.pack("<H", page)
            }
    return next(iter(pages.values()), "") if version == BIFF5 else ""


def set_charset(data: bytes, charset: str) -> bytes:
    """Return a workbook that says that its characters have one byte: of two, calamine 0.9 makes nonsense."""
    page = next(page for page in CHARSETS if CHARSETS[page] == charset)
    old, new = (struct.pack("<HHH", CODEPAGE, 2, each) for each in (page, 1252))
    if data.count(old) != 1:
        raise ValueError("more than one code page")
    return data.replace(old, new)


def restore_text(held: Any, charset: str) -> Any:
    """Return what a cell holds, its text in the workbook's own charset again; UnicodeError where it is not."""
    if not charset or not isinstance(held, str):
        return held
    return b"".join(BYTES.get(char) or char.encode("latin-1") for char in held).decode(charset)


def list_sheets(data: bytes) -> dict[str, Any]:
    """Return what is to be read of each visible sheet, or the reason why the file is refused."""
    storage = open_storage(data)
    book = read_stream(storage, "Workbook" if "Workbook" in storage.streams else "Book")
    if any(kind == FILEPASS for kind, _ in read_records(book, 0)):
        return {"refused": "password"}
    formats, listed = list_formats(book), list(list_details(book))
    charset = find_charset(book)
    workbook = load_workbook(BytesIO(set_charset(data, charset) if charset else data))
    sheets, length = [], 0
    for number, (about, details) in enumerate(zip(workbook.sheets_metadata, listed, strict=True)):
        if about.typ != SheetTypeEnum.WorkSheet or about.visible != SheetVisibleEnum.Visible:
            continue
        sheet = workbook.get_sheet_by_index(number)
        if sheet.height * sheet.width > MAX_CELLS:
            return {"refused": "cells"}
        cells = [
            (row, column, restore_text(held, charset), code)
            for row, column, held, code in [
                *list_cells(sheet, details, formats), *((*error, "") for error in details.errors),
            ]
        ]  # fmt: skip
        length += sum(len(str(text)) for _, _, text, _ in cells)
        if length > MAX_TEXT:
            return {"refused": "text"}
        sheets.append(
            {
                "name": restore_text(about.name, charset), "cells": cells, "merges": sheet.merged_cell_ranges or [],
                "hidden_rows": details.hidden_rows, "hidden_columns": details.hidden_columns,
            }
        )  # fmt: skip
    return {"sheets": sheets}


def list_cells(
    sheet: CalamineSheet, details: Details, formats: list[str]
) -> Iterator[tuple[int, int, bool | float | str, str]]:
    """Yield the row, the column, what it holds and the number format of each filled cell."""
    top, left = sheet.start or (0, 0)
    for row, cells in enumerate(sheet.to_python(), start=top):
        for column, cell in enumerate(cells, start=left):
            if isinstance(cell, (bool, int, float)):
                yield (
                    row,
                    column,
                    cell,
                    formats[details.styles[row, column]] if (row, column) in details.styles else "",
                )
            elif cell != "":
                yield row, column, str(cell), ""


def main() -> None:
    """Write what `list_sheets` says of the file on stdin to stdout as JSON, within limits of memory and time."""
    for kind, most in (
        (resource.RLIMIT_AS, OLD_MEMORY),
        (resource.RLIMIT_CPU, OLD_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        if (
            hard == resource.RLIM_INFINITY or hard > most
        ):  # this process may stand under closer limits already
            resource.setrlimit(kind, (most, most))
    json.dump(list_sheets(sys.stdin.buffer.read()), sys.stdout)


if __name__ == "__main__":
    main()
