"""A second CSV of the main tables for who opens it in Excel: BOM, CRLF, and texts that Excel would change marked.

The rule. A cell of a text column has one apostrophe put before it where Excel would take it for a formula (it begins
with = + @, a minus that no figure follows, their full-width twins, or a tab or a line end) or would show it otherwise
than it stands (a code that begins with 0, a number of twelve digits or more, what looks like a date). So has a
text that begins with an apostrophe: take one away from any text that begins with one, and the text is back.
Numbers, negative ones too, are never touched.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa

from flows.publish.contents import About, Contents
from flows.publish.tables import write_cell
from flows.publish.workbook import ROWS

TABLES = ("observations", "series", "panel", "reports", "findings")
BATCH = 50_000
BLANK = r"[\s\x00-\x1f\u200b-\u200f\u2060\ufeff]*"  # what a program may skip before it looks
FORMULA = re.compile(rf"[\t\r\n\x00]|{BLANK}(?:[=+@＝＋＠]|[-－−](?!\s*[\d０-９.]))")
NUMBER = re.compile(
    r"(?:0|[1-9]\d{0,10}|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d+)?|[-－−][\d０-９][\d０-９.,]*%?"
)  # shown as one
CHANGED = re.compile(
    r"(?=.*\d)[\d\s.,:/\\eE%()年月日时時分秒$¥￥apmAPM+-]+"
)  # a number, a share, a day, a time
MONTH = re.compile(
    r"\d{0,4}[-/ .]*(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[-/ .,]*\d{0,4}", re.IGNORECASE
)
WORDS = {"true", "false"}


def write_excel_csv(contents: Contents, folder: Path) -> Mapping[str, About]:
    """Write the main tables for Excel and return what the files are; one that no sheet can hold is left out."""
    written = {}
    for resource in contents.resources:
        name, table = resource["name"], contents.tables[resource["name"]]
        if name in TABLES and table.num_rows < ROWS:
            write_rows(table, folder / f"{name}.excel.csv")
            written[f"{name}.excel.csv"] = describe_excel(resource)
    return written


def describe_excel(resource: About) -> About:
    """Return what the Excel CSV of a table is."""
    return {
        "name": f"{resource['name']}-excel-csv",
        "title": f"{resource['title']} (CSV for Excel)",
        "title_zh": f"{resource['title_zh']}（供 Excel 打开的 CSV）",
        "description": "The same rows for Excel: UTF-8 with BOM, CRLF, comma. A text that Excel would take for a formula or "
        "show otherwise than it stands has an apostrophe before it, and so has one that begins with an apostrophe. "
        "Numbers are untouched. Programs should read the other CSV.",
        "description_zh": "供 Excel 打开，各行相同：UTF-8（带 BOM）、CRLF、逗号分隔。凡会被 Excel 当作公式或改变显示的文本，"
        "以及以撇号开头的文本，前加一个撇号；数字一概不动。程序请读取另一份 CSV。",
        "format": "excel-csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
    }


def write_rows(table: pa.Table, path: Path) -> None:
    """Write a table as CSV for Excel."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(table.column_names)
        for batch in table.to_batches(max_chunksize=BATCH):
            writer.writerows(zip(*map(print_column, batch.columns), strict=True))


def print_column(column: pa.Array) -> Iterator[str]:
    """Return the cells of a column as text; each different value is looked at once."""
    coded = column.dictionary_encode()
    is_text = pa.types.is_string(coded.dictionary.type)
    texts = [guard_text(value) if is_text else write_cell(value) for value in coded.dictionary.to_pylist()]
    return ("" if at is None else texts[at] for at in coded.indices.to_pylist())


def guard_text(text: str) -> str:
    """Return a text as Excel shows it unchanged: with an apostrophe before it where it would not.

    >>> [guard_text(text) for text in ("怀柔区", "110116", "-5", "1,204", "2.5%")]
    ['怀柔区', '110116', '-5', '1,204', "'2.5%"]
    >>> [guard_text(text) for text in ("=1+1", "@SUM(A1)", "-cmd", "011000", "1-2", "'a")]
    ["'=1+1", "'@SUM(A1)", "'-cmd", "'011000", "'1-2", "''a"]
    """
    return f"'{text}" if needs_guard(text) else text


def needs_guard(text: str) -> bool:
    """Return whether Excel would take a text for something else."""
    if NUMBER.fullmatch(text):
        return False
    if text.startswith("'") or FORMULA.match(text):
        return True
    shape = CHANGED.fullmatch(text) or MONTH.fullmatch(text)
    return shape is not None or text.strip().lower() in WORDS
