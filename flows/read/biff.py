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
from io import BytesIO
from typing import Any

from python_calamine import SheetTypeEnum, SheetVisibleEnum, load_workbook

from flows.read.limits import MAX_CELLS, MAX_TEXT, OLD_MEMORY, OLD_SECONDS
from flows.read.ole import open_storage, read_stream

BOF, EOF, BOUNDSHEET, FILEPASS, BOOLERR, FORMULA = 0x0809, 0x0A, 0x85, 0x2F, 0x0205, 0x06
ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


def read_records(book: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of one part of a workbook ([MS-XLS] 2.1.4) up to its end, charts inside it too."""
    depth = 0
    while start + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, start)
        depth += (kind == BOF) - (kind == EOF)
        yield kind, book[start + 4 : start + 4 + length]
        start += 4 + length
        if depth <= 0:
            return


def find_errors(book: bytes) -> Iterator[list[tuple[int, int, str]]]:
    """Yield, sheet by sheet, the cells that show an error such as #DIV/0!: calamine takes them for blank."""
    for kind, sheet in read_records(book, 0):
        if kind == BOUNDSHEET:
            yield [
                (*struct.unpack_from("<HH", record), ERRORS.get(code, "#ERROR!"))
                for inner, record in read_records(book, *struct.unpack_from("<I", sheet))
                if (code := find_error(inner, record)) is not None
            ]


def find_error(kind: int, record: bytes) -> int | None:
    """Return the code of the error that a cell's record states, None where it states none."""
    if kind == BOOLERR and record[7]:
        return record[6]
    if kind == FORMULA and record[6] == 2 and record[12:14] == b"\xff\xff":
        return record[8]
    return None


def list_sheets(data: bytes) -> dict[str, Any]:
    """Return the name, cells and merged ranges of each visible sheet, or the reason why the file is refused."""
    storage = open_storage(data)
    book = read_stream(storage, "Workbook" if "Workbook" in storage.streams else "Book")
    if any(kind == FILEPASS for kind, _ in read_records(book, 0)):
        return {"refused": "password"}
    workbook = load_workbook(BytesIO(data))
    sheets, length = [], 0
    for number, (about, errors) in enumerate(zip(workbook.sheets_metadata, find_errors(book), strict=True)):
        if about.typ != SheetTypeEnum.WorkSheet or about.visible != SheetVisibleEnum.Visible:
            continue
        sheet = workbook.get_sheet_by_index(number)
        if sheet.height * sheet.width > MAX_CELLS:
            return {"refused": "cells"}
        top, left = sheet.start or (0, 0)
        cells = [
            (top + r, left + c, cell if isinstance(cell, (bool, int, float)) else str(cell))
            for r, row in enumerate(sheet.to_python())
            for c, cell in enumerate(row)
            if cell != ""
        ]
        length += sum(len(str(text)) for _, _, text in cells)
        if length > MAX_TEXT:
            return {"refused": "text"}
        sheets.append(
            {"name": about.name, "cells": [*cells, *errors], "merges": sheet.merged_cell_ranges or []}
        )
    return {"sheets": sheets}


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
