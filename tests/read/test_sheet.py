"""XLSX and XLS to a Document: the official tables cell by cell, what Excel makes of cells, files made to harm."""

import datetime
import resource
import struct
import time
import zipfile
from collections.abc import Iterable
from io import BytesIO

import pytest
import xlsxwriter  # type: ignore[import-untyped]
import xlwt  # type: ignore[import-untyped]
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import load_workbook

from flows.cells import parse_value
from flows.errors import ReadError
from flows.model import Grid
from flows.read.sheet import Sheet, drop_hidden
from flows.read.shown import show_number
from flows.read.xls import read_xls, show_old
from flows.read.xlsx import read_xlsx
from tests.read import office_files as files
from tests.read.office_files import Table
from tests.read.test_word import tables

DATES = (
    '<numFmts count="2"><numFmt numFmtId="176" formatCode="m&quot;月&quot;d&quot;日&quot;"/>'
    '<numFmt numFmtId="177" formatCode="#,##0&quot;day&quot;_);[Red]\\(#,##0\\)"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="176"/><xf numFmtId="177"/><xf numFmtId="14"/><xf numFmtId="9"/></cellXfs>'
)


def read_rows(rows: str, **parts: str) -> tuple[tuple[str, ...], ...]:
    """Return the rows of the one grid of a workbook with this XML for rows."""
    (grid,) = read_xlsx(files.write_book(rows, **parts), "test.xlsx").grids
    return grid.rows


def read_cell(cell: str, **parts: str) -> str:
    return read_rows(f"<row>{cell}</row>", **parts)[0][0]


def same(grids: tuple[Grid, ...], printed: list[Table]) -> bool:
    """Return whether the grids are the tables, cell by cell."""
    return [(grid.rows, grid.continued) for grid in grids] == [
        (table.rows, table.continued) for table in printed
    ]


# The official tables


@pytest.mark.parametrize("form", ["2014", "2021"])
def test_every_cell_of_the_official_tables_comes_back_from_xlsx(form: str) -> None:
    printed = list(files.forms()[form])
    document = read_xlsx(files.write_xlsx(printed), "report.xlsx")
    assert same(document.grids, printed)
    assert {grid.caption for grid in document.grids} == {"统计表"}


@pytest.mark.parametrize("form", ["2014", "2021"])
def test_every_cell_of_the_official_tables_comes_back_from_xls(form: str) -> None:
    printed = list(files.forms()[form])
    document = read_xls(files.write_xls(printed), "report.xls")
    assert same(document.grids, printed)
    assert [grid.locator for grid in document.grids] == [f"table {n}" for n, _ in enumerate(printed, start=1)]


def test_a_grid_names_its_place_in_the_text() -> None:
    document = read_xlsx(files.write_xlsx([files.statistics_2014()]), "report.xlsx")
    lines = document.text[document.grids[0].start : document.grids[0].end].splitlines()
    assert lines[:3] == [
        "政府信息公开情况统计表（合成数据）",
        "统计指标\t单位\t统计数",
        "一、主动公开情况\t件\t13993",
    ]


def test_tables_stay_one_grid_without_a_blank_row_between_them() -> None:
    printed = [files.article_20(), files.cases_2021()]
    (grid,) = read_xlsx(files.write_xlsx(printed, gap=0), "report.xlsx").grids
    assert len(grid.rows) == 14 + 4
    assert grid.rows[0] == (*["第二十条第（一）项"] * 4, *[""] * 11)


# Cells


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("<c><v>13993</v></c>", "13993"),
        ("<c><v>13993.0</v></c>", "13993"),
        ("<c><v>59237.244899999998</v></c>", "59237.2449"),
        ("<c><v>0.30000000000000004</v></c>", "0.3"),
        ("<c><v>1.1398889E+7</v></c>", "11398889"),
        ("<c><v>-1E-7</v></c>", "-0.0000001"),
        ('<c s="2"><v>1204</v></c>', "1,204day"),
        ('<c s="2"><v>-1204</v></c>', "(1,204)"),
        ('<c s="4"><v>4.87E-2</v></c>', "5%"),
        ('<c s="9"><v>7</v></c>', "7"),
        ('<c t="str"><f>A1&amp;""</f><v>1,204</v></c>', "1,204"),
        ("<c><f>SUM(A1:A9)</f><v>192</v></c>", "192"),
        ('<c t="inlineStr"><is><r><t>规</t></r><r><t>章</t></r></is></c>', "规章"),
        ('<c t="inlineStr"><is><t>本年新_x000D_\n制作数量</t><rPh sb="0" eb="1"><t>ben</t></rPh></is></c>', "本年新\n制作数量"),
        ('<c t="inlineStr"><is><t>规_xD800_章_x0000_</t></is></c>', "规_xD800_章_x0000_"),
    ],
)  # fmt: skip
def test_a_cell_reads_as_the_figure_or_text_it_holds(cell: str, expected: str) -> None:
    assert read_cell(cell, styles=DATES) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('<c s="1"><v>45355</v></c>', "2024-03-04"),
        ('<c s="3"><v>45355.5</v></c>', "2024-03-04 12:00:00"),
        ('<c s="3"><v>1</v></c>', "1900-01-01"),
        ('<c s="3"><v>0.75</v></c>', "18:00:00"),
        ('<c s="3"><v>-1</v></c>', "#####"),
        ('<c s="3"><v>1e9</v></c>', "#####"),
        ('<c t="b"><v>1</v></c>', "TRUE"),
        ('<c t="e"><v>#DIV/0!</v></c>', "#DIV/0!"),
        ('<c t="d"><v>2024-03-04T00:00:00</v></c>', "2024-03-04T00:00:00"),
        ("<c><v>1_000</v></c>", "1_000"),
        ("<c><v>１２</v></c>", "１２"),
        ("<c><v>NaN</v></c>", "NaN"),
        ('<c t="inlineStr"><is><r><t>123</t></r><r><rPr><vertAlign val="superscript"/></rPr><t>4</t></r></is></c>', "123 ⁴"),
    ],
)  # fmt: skip
def test_what_is_no_number_reads_as_text_that_is_no_figure(cell: str, expected: str) -> None:
    assert read_cell(cell, styles=DATES) == expected
    assert expected == "１２" or parse_value(expected).status == "unreadable"


def test_a_date_counted_from_1904_is_the_same_day() -> None:
    parts = files.book_parts('<row><c s="3"><v>43893</v></c></row>', styles=DATES)
    parts["xl/workbook.xml"] = str(parts["xl/workbook.xml"]).replace(
        "<sheets>", '<workbookPr date1904="1"/><sheets>'
    )
    assert read_xlsx(files.write_zip(parts), "mac.xlsx").grids[0].rows == (("2024-03-04",),)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_shown_number_has_the_first_15_digits_and_no_exponent(number: float) -> None:
    assert float(show_number(number)) == float(f"{number:.15g}")
    assert not set(show_number(number)) & set("eE")


def test_cells_without_places_stand_one_after_the_other() -> None:
    rows = '<row><c><v>1</v></c><c/><c><v>3</v></c></row><row><c r="B2"><v>4</v></c><c><v>5</v></c></row>'
    assert read_rows(rows) == (("1", "", "3"), ("", "4", "5"))


def test_blank_and_merely_formatted_cells_around_a_table_are_trimmed() -> None:
    rows = '<row r="3"><c r="B3" s="1"/><c r="C3"><v>7</v></c><c r="D3" t="inlineStr"><is><t>　</t></is></c></row>'
    assert read_rows(rows + '<row r="1048576"><c r="XFD1048576" s="1"/></row>', styles=DATES) == (("7",),)


def test_a_title_merged_over_the_whole_row_does_not_widen_the_table() -> None:
    rows = '<row><c t="inlineStr"><is><t>标题</t></is></c></row><row><c><v>1</v></c><c><v>2</v></c></row>'
    merged = '<mergeCells><mergeCell ref="A1:XFD1"/></mergeCells>'
    assert read_rows(rows, after=merged) == (("标题", "标题"), ("1", "2"))


def test_what_lies_under_a_merged_cell_is_not_read() -> None:
    merged = '<mergeCells><mergeCell ref="A1:B1"/></mergeCells>'
    assert read_rows("<row><c><v>1</v></c><c><v>2</v></c></row>", after=merged) == (("1", "1"),)


def test_hidden_sheets_are_not_read() -> None:
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet("显示").write(0, 0, 1)
        hidden = book.add_worksheet("隐藏")
        hidden.write(0, 0, 2)
        hidden.very_hidden()
    assert read_xlsx(out.getvalue(), "hidden.xlsx").text == "1\n"
    old = xlwt.Workbook()
    old.add_sheet("a").write(0, 0, 1)
    old.add_sheet("b").write(0, 0, 2)
    old.get_sheet(1).visibility = 1
    assert read_xls(save_xls(old), "hidden.xls").text == "1\n"


HIDDEN = """<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c><c r="C1"><v>3</v></c></row>
<row r="2" hidden="1"><c r="A2"><v>4</v></c></row><row r="3" ht="0" customHeight="1"><c r="A3"><v>5</v></c></row>
<row r="4"><c r="A4"><v>6</v></c><c r="C4"><v>7</v></c></row>"""


@pytest.mark.parametrize("how", ['hidden="1"', 'width="0" customWidth="1"', 'hidden="true" width="9"'])
def test_hidden_rows_and_columns_are_not_read(how: str) -> None:
    parts = files.book_parts(HIDDEN)
    sheet = "xl/worksheets/sheet1.xml"
    columns = f'<cols><col min="2" max="2" {how}/><col min="4" max="16384" {how}/></cols><sheetData>'
    parts[sheet] = str(parts[sheet]).replace("<sheetData>", columns)
    assert read_xlsx(files.write_zip(parts), "a.xlsx").grids[0].rows == (("1", "3"), ("6", "7"))


def test_a_merged_cell_is_read_as_long_as_any_of_it_is_shown() -> None:
    merged = '<mergeCells><mergeCell ref="A2:A4"/><mergeCell ref="B2:C3"/></mergeCells>'
    rows = HIDDEN.replace('<c r="A4"><v>6</v></c>', "")
    (grid,) = read_xlsx(files.write_book(rows, after=merged), "a.xlsx").grids
    assert grid.rows == (("1", "2", "3"), ("4", "", "7"))
    assert grid.continued == frozenset()


@given(st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)), st.integers(0, 9), st.integers(0, 9))
def test_what_is_hidden_goes_as_if_it_had_never_been(
    rows: set[int], columns: set[int], top: int, left: int
) -> None:
    cells = {(row, column): f"{row} {column}" for row in range(10) for column in range(10)}
    merge = (top, left, min(top + 2, 9), min(left + 3, 9))
    shown = drop_hidden(Sheet("", cells, (merge,), frozenset(rows), frozenset(columns)))
    kept_rows, kept_columns = sorted(set(range(10)) - rows), sorted(set(range(10)) - columns)
    assert all(shown.cells[at, to].split() for at in range(len(kept_rows)) for to in range(len(kept_columns)))
    down = [at for at, row in enumerate(kept_rows) if merge[0] <= row <= merge[2]]
    across = [at for at, column in enumerate(kept_columns) if merge[1] <= column <= merge[3]]
    if down and across:
        (found,) = shown.merges
        assert found == (down[0], across[0], down[-1], across[-1])
        assert shown.cells[found[:2]] == cells[merge[:2]]
    else:
        assert shown.merges == ()


def test_a_workbook_with_charts_and_a_title_is_read() -> None:
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"title": "某区2021年年度报告"})
        page = book.add_worksheet()
        page.write_column(0, 0, [1, 2])
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=Sheet1!$A$1:$A$2"})
        book.add_chartsheet().set_chart(chart)
    document = read_xlsx(out.getvalue(), "chart.xlsx")
    assert (document.headings, document.text) == (("某区2021年年度报告",), "1\n2\n")


# XLS


def save_xls(book: xlwt.Workbook) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def test_dates_errors_and_truth_values_of_an_xls_are_text_that_is_no_figure() -> None:
    book = xlwt.Workbook()
    first, second = book.add_sheet("一"), book.add_sheet("二")
    first.write(0, 0, 13993)
    first.write(0, 1, datetime.datetime(2024, 3, 4), xlwt.easyxf(num_format_str='m"月"d"日"'))
    first.write(0, 2, True)
    first.row(0).set_cell_error(3, "#DIV/0!")
    second.row(1).set_cell_error(1, "#REF!")
    document = read_xls(save_xls(book), "values.xls")
    assert [grid.rows for grid in document.grids] == [
        (("13993", "2024-03-04", "TRUE", "#DIV/0!"),),
        (("#REF!",),),
    ]


def test_cells_of_an_xls_are_shown_in_their_formats_and_hidden_ones_are_not_read() -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("一")
    formats = ("General", "0.00", "#,##0", "0.0%", '0"件"', "0.00E+00")
    for column, code in enumerate(formats):
        sheet.write(0, column, 1204.5, xlwt.easyxf(num_format_str=code))
        sheet.write(1, column, 1204, xlwt.easyxf(num_format_str=code))
        sheet.write(2, column, 9)
        sheet.write(3, column, 1)
    sheet.row(2).hidden = True
    sheet.col(5).hidden = True
    (grid,) = read_xls(save_xls(book), "a.xls").grids
    assert grid.rows == (
        ("1204.5", "1204.50", "1,205", "120450.0%", "1205件"), ("1204", "1204.00", "1,204", "120400.0%", "1204件"), ("1",) * 5,
    )  # fmt: skip
    sheet.col(5).hidden = False
    assert read_xls(save_xls(book), "a.xls").grids[0].rows[0][5] == "1204.5 [0.00E+00]"


def record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def write_biff5(cells: bytes, cut: int = 0) -> bytes:
    """Return a workbook of Excel 95 whose one sheet has these records; of its end so many bytes are missing."""
    start, end = struct.pack("<HHHH", 0x0500, 5, 0, 0), record(0x0A, b"")
    name = "表".encode("gbk")
    styles = record(0x42, struct.pack("<H", 936)) + record(0x041E, struct.pack("<HB", 164, 5) + b"#,##0")
    styles += b"".join(
        record(0xE0, struct.pack("<HHHHHHHH", 0, number, 0, 0, 0, 0, 0, 0)) for number in (0, 164, 14)
    )
    length = 4 + 8 + len(styles) + 4 + 7 + len(name) + len(end)
    sheet = record(0x85, struct.pack("<IHB", length, 0, len(name)) + name)
    book = record(0x0809, start) + styles + sheet + end
    assert len(book) == length
    book += record(0x0809, struct.pack("<HHHH", 0x0500, 0x10, 0, 0)) + cells + end
    return files.write_ole({"Book": book[: len(book) - cut]})


def label(row: int, column: int, text: str) -> bytes:
    raw = text.encode("gbk")
    return record(0x0204, struct.pack("<HHHH", row, column, 0, len(raw)) + raw)


def number(row: int, column: int, style: int, value: float) -> bytes:
    return record(0x0203, struct.pack("<HHHd", row, column, style, value))


BIFF5 = (
    label(0, 0, "收到申请数")
    + number(0, 1, 0, 192)
    + label(1, 0, "依申请")
    + number(1, 1, 1, 1204)
    + number(2, 1, 2, 45355)
)


def test_a_workbook_of_excel_95_is_read_with_its_formats() -> None:
    (grid,) = read_xls(write_biff5(BIFF5), "old.xls").grids
    assert grid.rows == (("收到申请数", "192"), ("依申请", "1,204"), ("", "2024-03-04"))
    assert grid.caption == "表"


def test_a_workbook_whose_records_end_before_their_end_is_refused() -> None:
    assert "ends before its end" in refuse(write_biff5(BIFF5, cut=30), "old.xls")


# Files made to harm


def refuse(data: bytes, name: str = "bad.xlsx") -> str:
    """Return why a file is refused, in English; in Chinese there must be a reason too."""
    started = time.monotonic()
    with pytest.raises(ReadError) as caught:
        (read_xls if name.endswith("xls") else read_xlsx)(data, name)
    assert time.monotonic() - started < 10
    assert caught.value.text.zh.startswith(name)
    return caught.value.text.en


def test_a_sheet_of_a_million_cells_is_refused() -> None:
    rows = "<row>" + "<c><v>1</v></c>" * 1000 + "</row>"
    assert "inflate" in refuse(files.write_book(rows * 1000))  # all alike: the sizes give it away
    assert "tags" in refuse(files.write_zip(files.book_parts(rows * 1000), zipfile.ZIP_STORED))


def test_a_sheet_of_200001_cells_is_refused() -> None:
    rows = "<row>" + "<c><v>1</v></c>" * 100 + "</row>"
    parts = files.book_parts(rows * 2000 + "<row><c><v>1</v></c></row>")
    assert "200000 in the file" in refuse(files.write_zip(parts, zipfile.ZIP_STORED))


def test_a_table_over_20000_cells_is_refused() -> None:
    assert "20000 cells in a table" in refuse(files.write_book("<row><c><v>1</v></c></row>" * 20_001))
    assert read_rows("<row><c><v>1</v></c></row>" * 20_000)[-1] == ("1",)


def test_one_far_cell_is_refused_before_anything_is_spread_out() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    assert "over more than 200,000 places" in refuse(files.write_book(rows))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_merged_ranges_over_everything_are_refused() -> None:
    merged = '<mergeCells><mergeCell ref="A1:IU60000"/></mergeCells>'
    assert "cells in a table" in refuse(files.write_book("<row><c><v>1</v></c></row>", after=merged))


def test_thousands_of_small_tables_with_merged_cells_are_read() -> None:
    merged = "".join(f'<mergeCell ref="A{row}:B{row}"/>' for row in range(1, 60_000, 2))
    data = files.write_zip(
        files.book_parts("<row><c><v>1</v></c></row><row/>" * 30_000, f"<mergeCells>{merged}</mergeCells>"),
        zipfile.ZIP_STORED,
    )
    grids = read_xlsx(data, "many.xlsx").grids
    assert {(grid.rows, grid.continued) for grid in grids} == {((("1", "1"),), frozenset({(0, 1)}))}


def test_one_long_text_in_every_cell_is_refused() -> None:
    texts = f"<si><t>{'长' * 30_000}</t></si>"
    assert "characters" in refuse(files.write_book('<row><c t="s"><v>0</v></c></row>' * 5_000, texts=texts))


@pytest.mark.parametrize("cell", ['<c r="A0"/>', '<c r="ABCD1"/>', '<c r="1"/>', '<c t="s"><v>7</v></c>'])
def test_a_cell_that_cannot_be_is_refused(cell: str) -> None:
    assert "damaged" in refuse(files.write_book(f"<row>{cell}</row>"))


def test_a_zip_bomb_for_a_sheet_is_refused_before_it_is_inflated() -> None:
    parts = files.book_parts("<row/>" * 3_000_000)
    assert "inflate" in refuse(files.write_zip(parts))


@pytest.mark.parametrize("size", [10, 500_000_000])
def test_a_forged_size_is_refused(size: int) -> None:
    data = files.write_book("<row><c><v>1</v></c></row>")
    assert refuse(files.forge_size(data, "xl/worksheets/sheet1.xml", size)).startswith("bad.xlsx")


def test_bits_flipped_in_an_xls_are_refused_or_read_and_the_process_lives() -> None:
    data = files.write_xls([files.cases_2021()])
    for at in range(len(data) // 3, len(data) // 2, len(data) // 60):
        flipped = data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]
        try:
            read_xls(flipped, "flipped.xls")
        except ReadError as error:
            assert error.text.en.startswith("flipped.xls")  # noqa: PT017


def test_an_xls_that_asks_for_gigabytes_is_refused() -> None:
    book = xlwt.Workbook()
    for number in range(4):
        page = book.add_sheet(str(number))
        page.write(0, 0, 1)
        page.write(65535, 255, 2)
    data = save_xls(book)
    assert len(data) < 6000
    assert "bad.xls" in refuse(data, "bad.xls")


def test_an_xls_with_one_far_cell_is_refused() -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("远")
    page.write(0, 0, 1)
    page.write(65535, 255, 2)
    assert "more memory or time" in refuse(save_xls(book), "far.xls")


def test_an_xls_with_a_password_says_so() -> None:
    data = bytearray(files.write_xls([files.cases_2021()]))
    at = data.index(struct.pack("<HH", 0x0042, 2))  # the record of the code page becomes that of a password
    data[at : at + 2] = struct.pack("<H", 0x002F)
    assert "password" in refuse(bytes(data), "locked.xls")


def test_a_truncated_xls_is_refused() -> None:
    assert "cut.xls" in refuse(files.write_xls([files.applications_2021()])[:5000], "cut.xls")


def test_an_xls_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.read.xls.OLD_SECONDS", 0.001)
    assert "to read" in refuse(files.write_xls([files.cases_2021()]), "slow.xls")


# Properties


def filled(rows: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the filled cells of the rows that have any."""
    return [tuple(filter(None, row)) for row in rows if any(row)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables(filled=True))
def test_any_full_table_that_xlsxwriter_writes_comes_back(table: Table) -> None:
    assert same(read_xlsx(files.write_xlsx([table]), "random.xlsx").grids, [table])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables())
def test_any_table_with_blanks_comes_back_but_for_its_blank_edges(table: Table) -> None:
    grids = read_xlsx(files.write_xlsx([table]), "random.xlsx").grids
    assert filled(row for grid in grids for row in grid.rows) == filled(table.rows)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(tables(filled=True), min_size=1, max_size=8))
def test_any_full_tables_that_xlwt_writes_come_back(many: list[Table]) -> None:
    assert same(read_xls(files.write_xls(many), "random.xls").grids, many)


@pytest.mark.parametrize("form", ["2014", "2021"])
def test_calamine_reads_the_same_cells_of_an_xlsx(form: str) -> None:
    data = files.write_xlsx(list(files.forms()[form]), gap=0)
    (grid,) = read_xlsx(data, "report.xlsx").grids
    theirs = load_workbook(BytesIO(data)).get_sheet_by_index(0).to_python()
    for at_row, row in enumerate(theirs):
        for at, cell in enumerate(row):
            text = "" if (at_row, at) in grid.continued else grid.rows[at_row][at]
            assert isinstance(cell, (str, float))
            assert text == show_old(cell, "")
