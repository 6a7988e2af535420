"""Workbooks for Excel: texts stay texts, nothing is a formula, the same bytes every time; and `gongkai.xlsx`."""

import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]
from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from flows.errors import Text
from flows.publish.citation import cite_data
from flows.publish.contents import About, Contents, list_sources

ROWS = 1_048_576  # of a sheet of Excel, its heading among them
LONGEST = 32_767  # characters of a cell of Excel
BATCH = 5_000
PLAIN = {
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "constant_memory": True,
}
MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEETS = (
    "panel",
    "series",
    "observations",
    "reports",
    "findings",
    "bodies",
    "concepts",
    "indicators",
    "concordance",
)
FILE: About = {
    "name": "gongkai-excel", "title": "Main tables in one workbook (Excel)", "title_zh": "主要各表（Excel 工作簿）",
    "description": "The main tables with what each column means. Codes are texts and nothing is a formula. A table of more "
    "rows than a sheet holds is named, not cut.",
    "description_zh": "主要各表及各列含义。代码均为文本，没有任何公式；行数超过工作表上限的表只注明位置，不作截断。",
    "format": "excel", "mediatype": MEDIA,
}  # fmt: skip

NOTES = (
    Text("A blank cell is a figure that the report does not state, never a zero; `status` says why.",
         "空格表示报告没有给出该数字，绝不等于0；原因见 status。"),
    Text("Figures stand as printed and are never repaired; `flags` names the rules that they take part in breaking.",
         "数字按原样收录，绝不改动；所涉规则见 flags。"),
    Text("What may be compared over the years is in `concordance`, with reasons; `series` and `panel` follow it.",
         "何者可跨年度比较见 concordance（附理由），series 与 panel 据此编成。"),
    Text("Please cite the original publisher of each report too: title, body and address are in `reports`.",
         "请同时注明各报告的原发布机关：标题、机关与网址见 reports。"),
)  # fmt: skip


def write_workbook(contents: Contents, folder: Path) -> Mapping[str, About]:
    """Write `gongkai.xlsx`: what it is, its columns, and the main tables; return what it is."""
    names = [name for name in SHEETS if name in contents.names]
    with open_book(folder / "gongkai.xlsx", contents) as (book, bold):
        write_sheet(book.add_worksheet("metadata"), metadata_rows(contents, names), bold, (24, 100))
        columns = book.add_worksheet("columns")
        write_sheet(columns, column_rows(contents, names), bold, (14, 24, 10, 26, 18, 60, 60))
        columns.freeze_panes(1, 2)
        for name in names:
            write_table(book, name, contents.tables[name], bold)
    return {"gongkai.xlsx": FILE}


@contextmanager
def open_book(path: Path, contents: Contents) -> Iterator[tuple[Any, Format]]:
    """Give a new workbook and its bold format; it is on the disk, with the same bytes for the same rows, after the block."""
    book = xlsxwriter.Workbook(str(path), {**PLAIN, "tmpdir": str(path.parent)})
    created = contents.created.replace(tzinfo=None)
    book.set_properties({"title": contents.about["title"], "created": created})
    yield book, book.add_format({"bold": True})
    try:
        book.close()
    except FileCreateError as error:  # how its library words a disk that is full
        raise OSError(*error.args[0].args) from error
    even_modes(path)


def even_modes(path: Path) -> None:
    """Give every part of a zip file the same mode, whatever the umask was."""
    with zipfile.ZipFile(path, "a") as file:
        for part in file.infolist():
            part.external_attr = 0o600 << 16
        file.comment = b""  # so that the list of parts is written anew


def write_sheet(sheet: Worksheet, rows: Iterable[Sequence[Any]], bold: Format, widths: Sequence[int]) -> None:
    """Write rows with their headings in bold; a missing value is no cell at all."""
    for at, width in enumerate(widths):
        sheet.set_column(at, at, width)
    for number, row in enumerate(rows):
        for at, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, at, shorten(value), bold if number == 0 else None)
            elif isinstance(value, bool):
                sheet.write_boolean(number, at, value)
            elif value is not None:
                sheet.write_number(number, at, value)


def shorten(text: str) -> str:
    """Return a text that a cell can hold; one that is cut says so."""
    note = " … (cut here; whole in the CSV file 此处截断，全文见 CSV)"
    return text if len(text) <= LONGEST else text[: LONGEST - len(note)] + note


def write_table(book: Any, name: str, table: pa.Table, bold: Format) -> None:
    """Write a table as a sheet with its headings frozen and a filter; one too long for a sheet is only named."""
    sheet = book.add_worksheet(name)
    if table.num_rows >= ROWS:
        write_sheet(sheet, too_long(name, table.num_rows), bold, (100,))
        return
    write_sheet(sheet, table_rows(table), bold, list(map(find_width, table.schema)))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, table.num_rows, table.num_columns - 1)


def too_long(name: str, rows: int) -> list[tuple[str, ...]]:
    """Return the sheet that says where a table is that no sheet can hold."""
    text = Text(
        f"{name} has {rows:,} rows, more than the {ROWS:,} of a sheet. They are in {name}.csv, {name}.parquet and "
        "gongkai.sqlite.",
        f"{name} 共 {rows:,} 行，超过工作表上限 {ROWS:,} 行，见 {name}.csv、{name}.parquet 与 gongkai.sqlite。",
    )
    return [(name,), *((each,) for each in text)]


def table_rows(table: pa.Table) -> Iterator[Sequence[Any]]:
    """Yield the headings and the rows of a table; days and times are texts as in the CSV files."""
    yield table.column_names
    for batch in table.to_batches(max_chunksize=BATCH):
        yield from zip(*(map(print_time, column.to_pylist()) for column in batch.columns), strict=True)


def print_time(value: Any) -> Any:
    """Return a day or a time as text, anything else as it is."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if isinstance(value, date) else value


def find_width(field: pa.Field) -> int:
    """Return how wide the column of a field is."""
    if not pa.types.is_string(field.type):
        return 12
    return 60 if field.name.startswith(("message", "reason", "description", "definition", "title")) else 16


def metadata_rows(contents: Contents, names: Sequence[str]) -> list[tuple[str, str]]:
    """Return what a reader of the workbook must know, in both languages."""
    about, licence = contents.about, contents.about["licenses"][0]
    titles = {each["name"]: f"{each['title']} {each['title_zh']}" for each in contents.resources}
    return [
        ("gongkai 公开", about["title"]),
        ("", about["title_zh"]),
        ("what it is 内容", about["description"]),
        ("", about["description_zh"]),
        ("version 版本", contents.version),
        ("data as of 数据截至", contents.created.strftime("%Y-%m-%d")),
        ("licence 许可", f"{licence['title']} {licence['path']}"),
        *(("citation 引用", text) for text in cite_data(contents)),
        *(("note 说明", text) for note in NOTES for text in note),
        *((f"sheet 工作表 {name}", f"{titles[name]}: {contents.tables[name].num_rows:,}") for name in names),
        *(("source 来源", " ".join(each.values())) for each in list_sources(contents)),
    ]


def column_rows(contents: Contents, names: Sequence[str]) -> list[tuple[str, ...]]:
    """Return what each column of the tables means, a row for each."""
    headings = (
        "table",
        "column",
        "type",
        "title_en",
        "title_zh",
        "description_en",
        "description_zh",
        "categories",
    )
    rows: list[tuple[str, ...]] = [headings]
    for name in names:
        for field in contents.schema(name)["fields"]:
            listed = "; ".join(
                f"{each['value']}: {each['label']} {each['label_zh']}" for each in field.get("categories", ())
            )
            texts = (field["title"], field["title_zh"], field["description"], field["description_zh"])
            rows.append((name, field["name"], field["type"], *texts, listed))
    return rows
