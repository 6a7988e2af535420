"""XLS to a Document: the workbooks of Excel before 2007 and of WPS, their cells listed by `biff.py`."""

import json
import subprocess
import sys
from typing import Any

from flows.errors import ReadError
from flows.model import Document
from flows.read.html import Page
from flows.read.limits import MAX_CELLS, MAX_TEXT, OLD_SECONDS, too_much
from flows.read.office import clean_lines, damaged, find_office_type, wrong_type
from flows.read.ole import ENCRYPTED, XLS
from flows.read.sheet import Sheet, finish, write_sheet
from flows.read.shown import show_number


def read_xls(data: bytes, name: str, charset: str = "") -> Document:  # noqa: ARG001 (the file says its own)
    """Return the visible sheets of an XLS as `read_xlsx` does; calamine reads it in a process of its own."""
    found = find_office_type(data)
    if found != XLS:
        raise wrong_type(name, found, XLS)
    page = Page(name)
    for sheet in list_old_sheets(data, name):
        cells = {
            (row, column): clean_lines(show_old(cell, code).split("\n"))
            for row, column, cell, code in sheet["cells"]
        }
        merges = tuple((*first, *last) for first, last in sheet["merges"])
        hidden = frozenset(sheet["hidden_rows"]), frozenset(sheet["hidden_columns"])
        write_sheet(
            Sheet(sheet["name"], {at: text for at, text in cells.items() if text}, merges, *hidden), page
        )
    return finish(page, [])


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


def show_old(cell: bool | float | str, code: str) -> str:
    """Return the text of a cell as `biff.py` gives it: a truth value, a number, or text."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    return cell if isinstance(cell, str) else show_number(cell, code or "General")
