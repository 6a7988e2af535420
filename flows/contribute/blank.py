"""The Excel twin of an empty contribution: the same rows, labels locked, drop-downs where a word is expected, all cells text."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from flows.curate.contributions import WORDS
from flows.errors import Text
from flows.registry import Registry

PLAIN = {
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "in_memory": True,
}
OPEN = ("figure", "unit_printed", "page", "row", "note")  # what is filled in; all else is locked
LOCKED = ("evidence_id", "body_id", "year", "scope")  # of the evidence
WIDTHS = {
    "label_zh": 50,
    "label_en": 50,
    "indicator_id": 24,
    "applicant": 16,
    "figure": 16,
    "note": 30,
    "title": 40,
    "url": 40,
}
DATE = datetime(2000, 1, 1)  # a fixed one: the same contribution has the same bytes
HELP = (
    Text("Fill in the coloured cells of the sheets figures and evidence; everything else is locked.",
         "请填写 figures 与 evidence 两表中着色的单元格，其余已锁定。"),
    Text("figure: plain digits as printed (1204, -8, 0.5), or a word of the drop-down for a cell without a figure.",
         "figure：按所印填写普通数字（1204、-8、0.5）；没有数字的格，从下拉列表选一个词。"),
    Text("A blank cell in the report is not a zero: choose blank 空白. A cell that you did not look at: not_transcribed 未录.",
         "报告中的空格不等于 0，请选“空白”；您未看的格请选“未录”。"),
    Text("page: the page of the scan or paper; row: the row of the printed table. Write - where there is none.",
         "page：扫描件或纸本的页码；row：所印表格的行号；没有则填 -。"),
    Text("Leave figures.csv as it is, and run: gongkai contribute check FOLDER",
         "填好后，figures.csv 保持原样，然后运行：gongkai contribute check 文件夹"),
)  # fmt: skip


def make_workbook(registry: Registry, files: Mapping[str, bytes]) -> bytes:
    """Return the workbook of an empty contribution, made of its CSV files."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, PLAIN) as book:
        book.set_properties({"created": DATE})
        locked = book.add_format({"locked": True, "num_format": "@", "text_wrap": True, "valign": "top"})
        free = book.add_format(
            {"locked": False, "num_format": "@", "bg_color": "#FFF8DC", "border": 4, "valign": "top"}
        )
        bold = book.add_format({"bold": True, "locked": True})
        wrong = book.add_format({"bg_color": "#F4B6B6"})
        notes = book.add_worksheet("help")
        notes.set_column(0, 0, 110)
        for at, text in enumerate(line for each in HELP for line in each):
            notes.write_string(at, 0, text)
        for name in ("figures", "evidence"):
            rows = list(csv.reader(io.StringIO(files[f"{name}.csv"].decode("utf-8-sig"), newline="")))
            columns = OPEN if name == "figures" else tuple(set(rows[0]) - set(LOCKED))
            sheet = book.add_worksheet(name)
            write_sheet(sheet, rows, columns, (locked, free, bold))
            for at, about in enumerate(registry.schemas[f"contributed/{name}"]["fields"]):
                if about["name"] in columns:
                    add_choice(sheet, about, at, len(rows) - 1)
            if name == "figures":
                mark_wrong(sheet, rows[0].index("figure"), len(rows) - 1, wrong)
                sheet.activate()
    return out.getvalue()


def write_sheet(
    sheet: Worksheet, rows: Sequence[Sequence[str]], free: Sequence[str], formats: tuple[Any, Any, Any]
) -> None:
    """Write rows as text, all but the free columns locked; the protection has no password, it only keeps from slips."""
    locked, open_cell, bold = formats
    for at, column in enumerate(rows[0]):
        sheet.set_column(at, at, WIDTHS.get(column, 14))
        sheet.write_string(0, at, column, bold)
        for number, row in enumerate(rows[1:], start=1):
            style = open_cell if column in free else locked
            if row[at]:
                sheet.write_string(number, at, row[at], style)
            else:
                sheet.write_blank(number, at, None, style)
    sheet.freeze_panes(1, 0)
    sheet.protect(
        "", {"format_columns": True, "format_rows": True, "autofilter": True, "select_locked_cells": True}
    )


def add_choice(sheet: Worksheet, about: Mapping[str, Any], at: int, last: int) -> None:
    """Give the cells of a column what it is said to be when one is chosen, and a drop-down where there are words for it."""
    allowed = list(WORDS) if about["name"] == "figure" else about.get("constraints", {}).get("enum", [])
    said = {
        "input_title": f"{about['title']} {about['title_zh']}"[:32],
        "input_message": f"{about['description_zh'][:110]}\n{about['description'][:130]}",
    }
    if not allowed:
        sheet.data_validation(1, at, last, at, {"validate": "any", **said})
        return
    # A number is no word of the list: of figures the list only offers.
    strict = {"error_type": "stop"} if about["name"] != "figure" else {"show_error": False}
    sheet.data_validation(1, at, last, at, {"validate": "list", "source": allowed, **said, **strict})


def mark_wrong(sheet: Worksheet, at: int, last: int, style: Any) -> None:
    """Colour the figures that are neither a number nor a word of the list."""
    cell = f"{chr(ord('A') + at)}2"
    words = ",".join(f'{cell}="{word}"' for word in WORDS)
    criteria = f'=AND({cell}<>"",NOT(OR({words})),NOT(ISNUMBER(VALUE({cell}))))'
    formula = f"=IFERROR({criteria[1:]},TRUE)"
    sheet.conditional_format(1, at, last, at, {"type": "formula", "criteria": formula, "format": style})
