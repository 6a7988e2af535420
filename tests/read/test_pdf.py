"""PDF: what is printed comes back cell by cell, however it is ruled and wherever a page ends.

Figures are synthetic but for two reports whose figures people read: Huairou 2018 and Suqian 2024.
"""

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flows.cells import parse_value
from flows.errors import ReadError
from flows.extract.report import extract_report
from flows.model import Document, Grid
from flows.read import drawn, pdf, pdfium, ruled
from flows.read.pdf import read_pdf
from flows.registry import Registry
from tests.layouts import form_rows, golden
from tests.read.office_files import Table, applications_2021, article_20, cases_2021, statistics_2014
from tests.read.pdf_pages import (
    EDGES,
    HIGH,
    LEFT,
    RULES,
    VERA,
    WIDE,
    Pages,
    Style,
    draw_table,
    print_lines,
    print_spaced,
    print_table,
    print_unnamed,
)

SUQIAN = Path(__file__).resolve().parents[3] / "shared" / "cases" / "suqian_2024.json"
NARROW = (14, 60, 200, *[60] * 7)  # the first label column has one character a line
ROOMY = (90, 90, 200, *[50] * 7)  # each group label stands on one line
THREE = (400, 100, 100)
APPLICATIONS = applications_2021()
ROWS = range(3, 28)  # the rows of figures of the table of applications


def read(data: bytes) -> Document:
    return read_pdf(data, "report.pdf")


def bare(rows: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Return rows without white space: where a label is broken depends on the width of its column."""
    return [tuple("".join(text.split()) for text in row) for row in rows]


def only_grid(document: Document) -> Grid:
    (grid,) = document.grids
    return grid


def assert_same(grid: Grid, table: Table) -> None:
    assert bare(grid.rows) == bare(table.rows)
    assert grid.continued == table.continued


# One page


@pytest.mark.parametrize("rules", RULES)
def test_a_table_comes_back_however_its_rules_are_drawn(rules: str) -> None:
    assert_same(only_grid(read(print_table(APPLICATIONS, NARROW, style=Style(rules)))), APPLICATIONS)


@pytest.mark.parametrize("table", [article_20(), cases_2021()], ids=["article 20", "cases"])
@pytest.mark.parametrize("rules", RULES)
def test_merged_headings_and_figures_come_back(table: Table, rules: str) -> None:
    assert_same(only_grid(read(print_table(table, style=Style(rules)))), table)


def test_a_label_of_one_character_a_line_keeps_its_lines() -> None:
    grid = only_grid(read(print_table(APPLICATIONS, NARROW)))
    assert grid.rows[5][0] == "三\n、\n本\n年\n度\n办\n理\n结\n果"


def test_the_text_holds_prose_and_tables_in_their_order_and_the_grid_names_its_place() -> None:
    document = read(print_table(article_20()))
    grid = only_grid(document)
    lines = document.text[grid.start : grid.end].splitlines()
    assert lines[:3] == [
        "第二十条第（一）项",
        "信息内容\t本年制发件数\t本年废止件数\t现行有效件数",
        "规章\t3\t0\t21",
    ]
    assert len(lines) == len(grid.rows)
    assert document.text[: grid.start] == "三、收到和处理政府信息公开申请情况\n"
    assert document.text[grid.end :].startswith("四、因政府信息公开工作")


def test_tables_are_numbered_over_the_whole_document() -> None:
    pages = Pages()
    for heading in ("表一", "表二", "表三"):
        pages.text(LEFT, 40, heading)
        draw_table(pages, cases_2021(), (), (), Style())
        pages.next()
    assert [grid.locator for grid in read(pages.save()).grids] == ["table 1", "table 2", "table 3"]


def test_an_embedded_truetype_font_is_read() -> None:
    table = Table(
        (("Indicator", "Unit", "Value"), ("received", "cases", "1,204"), ("granted", "cases", "-11"))
    )
    assert_same(only_grid(read(print_table(table, style=Style(font=VERA)))), table)


def test_a_page_that_stands_on_its_side_is_turned() -> None:
    pages = Pages((HIGH, WIDE))
    pages.canvas.translate(HIGH, 0)
    pages.canvas.rotate(90)
    pages.high = HIGH
    draw_table(pages, APPLICATIONS, NARROW, (), Style())
    pages.next()
    assert_same(only_grid(read(pages.save())), APPLICATIONS)


def test_text_that_runs_up_a_cell_is_read_along_its_direction() -> None:
    pages = Pages()
    draw_table(
        pages, Table((("", "指标", "数量"), ("", "予以公开", "7"), ("", "部分公开", "12"))), (), (), Style()
    )
    pages.canvas.rotate(90)
    pages.canvas.setFont("STSong-Light", 8)
    pages.canvas.drawString(HIGH - 100, -80, "结果")
    pages.next()
    assert [row[0] for row in only_grid(read(pages.save())).rows] == ["", "", "结果"]


def test_a_number_too_wide_for_its_cell_stays_whole() -> None:
    table = Table((("行政许可", "11398889", "5"), ("行政处罚", "30211", "0")))
    assert_same(only_grid(read(print_table(table, (60, 20, 60)))), table)


def test_two_numbers_close_to_a_rule_stay_two() -> None:
    pages = Pages()
    draw_table(pages, Table((("甲", "乙"), ("", ""), ("丙", "丁"))), (100, 100), (), Style())
    pages.text(LEFT + 100 - 3 * 4.45 - 0.1, 60 + 14 + 10, "123", font="Helvetica")
    pages.text(LEFT + 100 + 0.1, 60 + 14 + 10, "456", font="Helvetica")
    pages.next()
    assert only_grid(read(pages.save())).rows[1] == ("123", "456")


def test_text_printed_twice_for_boldness_is_read_once() -> None:
    pages = Pages()
    for by in (0.0, 0.3):
        pages.text(LEFT + by, 60, "收到申请1122件")
    pages.next()
    assert read(pages.save()).text == "收到申请1122件\n"


def test_a_watermark_across_the_page_enters_no_cell() -> None:
    pages = Pages()
    draw_table(pages, APPLICATIONS, NARROW, (), Style())
    pages.canvas.saveState()
    pages.canvas.translate(200, 100)
    pages.canvas.rotate(35)
    pages.canvas.setFont("STSong-Light", 60)
    pages.canvas.drawString(0, 0, "征求意见稿2024")
    pages.canvas.restoreState()
    pages.next()
    assert_same(only_grid(read(pages.save())), APPLICATIONS)


def test_a_tick_box_in_a_cell_and_a_frame_around_the_page_are_no_tables() -> None:
    pages = Pages()
    pages.box(10, 10, WIDE - 10, HIGH - 5)
    pages.box(LEFT + 5, 64, LEFT + 11, 70)
    draw_table(pages, article_20(), (), (), Style())
    pages.next()
    assert_same(only_grid(read(pages.save())), article_20())


def test_a_frame_around_one_text_is_text() -> None:
    pages = Pages()
    pages.box(LEFT, 50, 500, 100)
    pages.text(LEFT + 10, 80, "索引号：000/2024-1")
    pages.next()
    document = read(pages.save())
    assert (document.text, document.grids) == ("索引号：000/2024-1\n", ())


def test_white_rules_do_not_part_cells() -> None:
    pages = Pages()
    draw_table(pages, Table((("甲乙", ""), ("1", "2")), ((0, 0, 0, 1),)), (100, 100), (), Style())
    pages.canvas.setStrokeColorRGB(1, 1, 1)
    pages.line(LEFT + 100, 60, LEFT + 100, 74)
    pages.next()
    assert only_grid(read(pages.save())).rows[0] == ("甲乙", "甲乙")


def test_a_filled_in_form_field_is_read() -> None:
    pages = Pages()
    draw_table(pages, Table((("收到申请数", ""), ("办结数", "17"))), (200, 200), (), Style())
    pages.canvas.acroForm.textfield(
        value="192", x=LEFT + 220, y=HIGH - 73, width=60, height=12, borderWidth=0, fontSize=8
    )
    pages.next()
    assert only_grid(read(pages.save())).rows == (("收到申请数", "192"), ("办结数", "17"))


def test_a_table_drawn_as_one_object_used_twice_is_read_at_both_places() -> None:
    pages = Pages()
    pages.canvas.beginForm("table")
    draw_table(pages, Table((("甲", "1"), ("乙", "2"))), (100, 100), (), Style())
    pages.canvas.endForm()
    for down in (0, 200):
        pages.canvas.saveState()
        pages.canvas.translate(30, -down)
        pages.canvas.doForm("table")
        pages.canvas.restoreState()
    pages.next()
    assert [grid.rows for grid in read(pages.save()).grids] == [(("甲", "1"), ("乙", "2"))] * 2


# Page breaks


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("row", ROWS)
def test_no_row_is_lost_or_doubled_wherever_the_page_ends(row: int, edge: str) -> None:
    widths = ROOMY if edge == "ruled" else NARROW
    assert_same(only_grid(read(print_table(APPLICATIONS, widths, [row], Style(edge=edge)))), APPLICATIONS)


@pytest.mark.parametrize("row", ROWS)
def test_repeated_headings_are_read_once(row: int) -> None:
    style = Style(edge=EDGES[row % 4], header=3)
    assert_same(only_grid(read(print_table(APPLICATIONS, ROOMY, [row], style))), APPLICATIONS)


@pytest.mark.parametrize("row", ROWS[:-1])
def test_a_table_over_three_pages_is_one(row: int) -> None:
    for other in sorted({row + 1, (row + 28) // 2, 27} - {row}):
        style = Style("fills", EDGES[1 + (row + other) % 3])
        assert_same(only_grid(read(print_table(APPLICATIONS, NARROW, [row, other], style))), APPLICATIONS)


@pytest.mark.parametrize("row", ROWS[:-1])
def test_a_table_over_three_pages_with_rules_at_each_edge_loses_no_figure(row: int) -> None:
    # A group label whose group has one row on each page cannot be told from a blank cell.
    grid = only_grid(read(print_table(APPLICATIONS, ROOMY, [row, row + 1], Style(edge="ruled"))))
    assert [line[2:] for line in bare(grid.rows)] == [line[2:] for line in bare(APPLICATIONS.rows)]


@pytest.mark.parametrize("row", [3, 6, 14, 19, 23])
def test_the_row_whose_rule_is_missing_at_the_page_edge_is_kept(row: int) -> None:
    grid = only_grid(read(print_table(APPLICATIONS, NARROW, [row + 1], Style(edge="open_below"))))
    assert bare(grid.rows)[row] == bare(APPLICATIONS.rows)[row]


@pytest.mark.parametrize("row", [23, 24])
def test_a_row_cut_in_two_without_a_rule_is_joined(row: int) -> None:
    assert_same(only_grid(read(print_table(APPLICATIONS, NARROW, [row + 0.5]))), APPLICATIONS)


def test_a_row_cut_in_two_with_rules_at_both_edges_is_one() -> None:
    document = read(print_table(APPLICATIONS, ROOMY, [23.5], Style(edge="ruled")))
    assert bare(only_grid(document).rows) == bare(APPLICATIONS.rows)


@pytest.mark.parametrize("label", ["2.其他", "其他法律行政法规禁止公开的信息"])
def test_a_blank_row_below_a_page_break_is_a_row_of_its_own(label: str) -> None:
    """By its number, or because the label above would have had room for more of it."""
    table = Table((("信息内容", "件数"), ("属于国家秘密", "3"), (label, ""), ("总计", "3")))
    grid = only_grid(read(print_table(table, (160, 60), [2], Style(edge="ruled"))))
    assert grid.rows == table.cells


def test_a_row_without_text_at_the_head_of_a_page_is_not_lost() -> None:
    """Its cells go on from the page before, or further down, and print their text there."""
    cells = (("0", "0"), ("0", ""), ("0", ""), ("", "0"), ("", "0"), ("0", "0"))
    table = Table(cells, ((2, 0, 4, 0), (0, 1, 2, 1)))
    assert_same(only_grid(read(print_table(table, breaks=[2], style=Style("fills", "open_above")))), table)


@pytest.mark.parametrize("row", ROWS)
def test_rows_with_figures_are_two_though_no_rule_parts_them(row: int) -> None:
    grid = only_grid(read(print_table(APPLICATIONS, ROOMY, [row], Style(edge="open"))))
    assert [line[2:] for line in bare(grid.rows)] == [line[2:] for line in bare(APPLICATIONS.rows)]


@pytest.mark.parametrize("header", [0, 2])
@pytest.mark.parametrize("edge", EDGES)
def test_the_statistics_table_of_80_rows_is_one_over_four_pages(edge: str, header: int) -> None:
    table = statistics_2014()
    data = print_table(table, THREE, [19, 40, 61], Style("boxes", edge, header))
    assert_same(only_grid(read(data)), table)


def test_two_rows_with_the_same_figures_at_a_page_break_are_two() -> None:
    pages = Pages()
    for _ in range(2):
        draw_table(pages, Table((("其他", "0"), ("其中", "1"))), (100, 100), (), Style())
        pages.next()
    assert only_grid(read(pages.save())).rows == (("其他", "0"), ("其中", "1")) * 2


@pytest.mark.parametrize(
    ("widths", "between"),
    [((200, 200), "二、主动公开情况"), ((150, 250), ""), ((200, 150), "")],
    ids=["text between", "other columns", "other width"],
)
def test_tables_on_two_pages_that_do_not_go_on_are_two(widths: tuple[int, int], between: str) -> None:
    pages = Pages()
    draw_table(pages, Table((("甲", "1"), ("乙", "2"))), (200, 200), (), Style())
    pages.next()
    pages.text(LEFT, 40, between)
    draw_table(pages, Table((("丙", "3"), ("丁", "4"))), widths, (), Style())
    pages.next()
    assert len(read(pages.save()).grids) == 2


def test_a_running_title_does_not_part_a_table() -> None:
    pages = Pages()
    for number, rows in enumerate(((("甲", "1"), ("乙", "2")), (("丙", "3"), ("丁", "4"))), start=1):
        pages.text(LEFT, 40, f"某区政府信息公开年度报告 第{number}页")
        draw_table(pages, Table(rows), (200, 200), (), Style())
        pages.next()
    document = read(pages.save())
    assert len(only_grid(document).rows) == 4
    assert document.text.count("某区政府信息公开年度报告") == 2


# Without rules


SPACED = [
    ("指标", "单位", "统计数"),
    ("一、主动公开政府信息数", "条", "13993"),
    ("其中：主动公开规范性文件数", "条", "20"),
    ("二、收到申请数", "件", "192"),
    ("三、申请办结数", "件", "7"),
]


def test_columns_that_stand_one_below_the_other_are_a_table() -> None:
    document = read(print_spaced(SPACED))
    grid = only_grid(document)
    assert list(grid.rows) == SPACED
    assert document.text.startswith("现将2018年度")
    assert document.text[grid.start : grid.end].splitlines()[1] == "一、主动公开政府信息数\t条\t13993"


@pytest.mark.parametrize(
    "rows",
    [
        [*SPACED[:3], ("二、收到申请数", "件"), *SPACED[4:]],
        [*SPACED[:3], ("主动公开情况",), *SPACED[3:]],
        [*SPACED, ("四、结转下年度继续办理的申请",)],
        SPACED[:2],
    ],
    ids=["a blank cell", "a heading", "a label broken over two lines", "two lines"],
)
def test_where_columns_are_in_doubt_the_lines_stay_text(rows: list[tuple[str, ...]]) -> None:
    document = read(print_spaced(rows))
    assert document.grids == ()
    lines = document.text.splitlines()[1:-1]
    assert [re.sub(r"\s", "", line) for line in lines] == ["".join(row) for row in rows]


def test_figures_between_ideographs_are_not_set_apart_but_words_are() -> None:
    assert (
        read(print_lines(["2018年收到申请192件", "annual report 2018"])).text
        == "2018年收到申请192件\nannual report 2018\n"
    )


# Characters


def test_radicals_become_ideographs_and_full_width_marks_stay() -> None:
    line = "⾏政⼈⺠政府第⼆⼗条⻅⻓（一）：１２％，①²"
    assert read(print_lines([line])).text == "行政人民政府第二十条见长（一）：１２％，①²\n"


def test_every_radical_becomes_an_ideograph() -> None:
    meant = {pdfium.plain_char(code) for code in range(0x2F00, 0x2FD6)}
    assert all("\u4e00" <= char <= "\u9fff" for char in meant)
    assert len(meant) == 214


def test_characters_beyond_the_basic_plane_are_whole() -> None:
    assert read(print_lines(["𠮷野村"])).text == "𠮷野村\n"


def test_a_hyphen_at_the_end_of_a_line_is_a_hyphen() -> None:
    assert read(print_lines(["x-", "12"])).text == "x-\n12\n"


def test_a_character_that_its_font_does_not_name_is_shown_as_such() -> None:
    assert read(print_lines(["received 12", "无3"], font=VERA)).text == "received 12\n〓3\n"


def test_a_title_over_two_lines_is_one_heading() -> None:
    pages = Pages()
    pages.text(100, 60, "某市某区人民政府", 22)
    pages.text(100, 95, "2024年政府信息公开工作年度报告", 22)
    for at in range(5):
        pages.text(LEFT, 140 + 20 * at, "本报告由某区人民政府办公室编制。", 12)
    pages.next()
    assert read(pages.save()).headings == ("某市某区人民政府2024年政府信息公开工作年度报告",)


# Files that are refused


def assert_refused(data: bytes, en: str, zh: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(data)
    assert en in caught.value.text.en
    assert zh in caught.value.text.zh
    assert caught.value.text.en.startswith("report.pdf")


def test_an_encrypted_file_is_refused_as_such() -> None:
    pages = Pages(password="secret")
    pages.text(LEFT, 40, "收到申请数")
    pages.next()
    assert_refused(pages.save(), "encrypted", "加密")


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"%PDF-1.4\n" + b"\x00garbage" * 99, b"%PDF-1.4\n%%EOF"])
def test_a_broken_file_is_refused_as_such(data: bytes) -> None:
    assert_refused(data, "broken or empty", "损坏或为空")


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_or_refused_but_never_fails_otherwise(draw: st.DataObject) -> None:
    data = bytearray(print_table(cases_2021()))
    for _ in range(draw.draw(st.integers(1, 20))):
        at = draw.draw(st.integers(0, len(data) - 1))
        data[at : at + draw.draw(st.integers(0, 40))] = draw.draw(st.binary(max_size=10))
    with suppress(ReadError):
        read(bytes(data))


def test_blank_pages_are_refused_as_such() -> None:
    pages = Pages()
    pages.next()
    assert_refused(pages.save(), "nothing is printed", "空白")


@pytest.mark.parametrize("codes", ["000100020003", "003100320020"], ids=["no characters", "look like digits"])
def test_a_font_without_character_names_is_refused_and_needs_ocr(codes: str) -> None:
    assert_refused(print_unnamed(codes), "fonts of the PDF", "OCR")


def test_301_pages_are_refused_and_300_are_read() -> None:
    pages = Pages()
    for number in range(300):
        pages.text(LEFT, 40, f"第{number}页")
        pages.next()
    assert read(pages.save()).text.count("\n") == 300
    pages = Pages()
    for _ in range(301):
        pages.text(LEFT, 40, "页")
        pages.next()
    assert_refused(pages.save(), "301 pages", "301 页")


def test_a_page_of_over_200_000_characters_is_refused() -> None:
    assert_refused(
        print_lines(["1" * 2_001] * 100, size=0.1), "characters on a page", "一页超过 200,000 个字符"
    )


def test_a_table_of_over_20_000_cells_is_refused() -> None:
    pages = Pages()
    for at in range(143):
        pages.line(LEFT, 40 + at * 3.7, LEFT + 730, 40 + at * 3.7)
        pages.line(LEFT + at * 5.1, 40, LEFT + at * 5.1, 40 + 142 * 3.7)
    for at in range(142):
        pages.text(LEFT + 1, 43 + at * 3.7, "1" * 530, 3)
    pages.next()
    assert_refused(pages.save(), "20,000 cells in a table", "20,000 个单元格")


@pytest.mark.parametrize(
    ("module", "limit", "low", "en"),
    [
        (pdf, "MAX_CELLS", 279, "cells in its tables"),
        (pdfium, "MAX_CHARS", 100, "characters"),
        (pdfium, "MAX_DRAWN", 100, "drawn lines"),
        (ruled, "MAX_RULES", 20, "rules on a page"),
        (ruled, "MAX_CELLS_TABLE", 279, "cells in a table"),
    ],
)
def test_what_passes_a_limit_is_refused(
    monkeypatch: pytest.MonkeyPatch, module: object, limit: str, low: int, en: str
) -> None:
    data = print_table(APPLICATIONS, NARROW)
    read(data)
    monkeypatch.setattr(module, limit, low)
    assert_refused(data, en, "超过")


def test_drawings_inside_drawings_are_read_only_so_deep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawn, "MAX_DEPTH", 0)
    pages = Pages()
    pages.canvas.beginForm("table")
    draw_table(pages, Table((("甲", "1"), ("乙", "2"))), (100, 100), (), Style())
    pages.canvas.endForm()
    pages.canvas.doForm("table")
    pages.next()
    assert read(pages.save()).grids == ()


# Real figures


@pytest.mark.skipif(not SUQIAN.exists(), reason="the cases of people who read reports are not here")
@pytest.mark.parametrize("breaks", [[], [12], [9, 20]], ids=["one page", "two pages", "three pages"])
def test_the_figures_of_suqian_2024_come_back(breaks: list[int]) -> None:
    figures = [str(value) for value in json.loads(SUQIAN.read_text(encoding="utf-8"))["values"].values()][
        :175
    ]
    rows = [(*row[:3], *figures[7 * at : 7 * at + 7]) for at, row in enumerate(APPLICATIONS.cells[3:])]
    table = Table((*APPLICATIONS.cells[:3], *rows), APPLICATIONS.merges)
    assert_same(only_grid(read(print_table(table, NARROW, breaks))), table)


def test_the_71_figures_of_huairou_2018_are_extracted(registry: Registry) -> None:
    rows = [(row.label, row.unit, row.value) for row in form_rows(registry.forms["2014"])]
    table = Table((("统计指标", "单位", "统计数"), *rows))
    document = read(print_table(table, THREE, [20, 41, 62], Style("fills", header=1)))
    found = {each.indicator_id: each.value.amount for each in extract_report(document, registry).observations}
    assert {code: amount for code, amount in found.items() if amount is not None} == golden()
    assert isinstance(next(iter(found.values())), Decimal)


# Properties


Rule = tuple[float, float, float, bool]
Letter = tuple[str, float, float, int]
TEXTS = ("0", "7", "1204", "59237.2449", "-11", "无", "件", "予以公开", "其中：重复申请", "/")


@st.composite
def tables(draw: st.DrawFn, texts: Sequence[str]) -> Table:
    """Tables with random merged cells, of which each row and column can still be seen."""
    height, width = draw(st.integers(2, 9)), draw(st.integers(2, 7))
    taken: set[tuple[int, int]] = set()
    merges = []
    for _ in range(draw(st.integers(0, 6))):
        top, left = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
        bottom, right = draw(st.integers(top, min(height, top + 4) - 1)), draw(st.integers(left, width - 1))
        places = {(r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)}
        if len(places) > 1 and not places & taken:
            taken |= places
            merges.append((top, left, bottom, right))
    owner = {
        (r, c): number
        for number, (top, left, bottom, right) in enumerate(merges, start=1)
        for r in range(top, bottom + 1)
        for c in range(left, right + 1)
    }
    seen_rows = all(
        any(not owner.get((r, c)) or owner.get((r, c)) != owner.get((r - 1, c)) for c in range(width))
        for r in range(1, height)
    )
    seen_columns = all(
        any(not owner.get((r, c)) or owner.get((r, c)) != owner.get((r, c - 1)) for r in range(height))
        for c in range(1, width)
    )
    if not seen_rows or not seen_columns:
        merges = []
    cells = [[draw(st.sampled_from(texts)) for _ in range(width)] for _ in range(height)]
    hidden = Table(tuple(map(tuple, cells)), tuple(merges)).continued
    shown = tuple(
        tuple("" if (r, c) in hidden else text for c, text in enumerate(row)) for r, row in enumerate(cells)
    )
    return Table(shown, tuple(merges))


@settings(max_examples=120, deadline=None)
@given(tables((*TEXTS, "")), st.sampled_from(RULES))
def test_any_table_comes_back_cell_by_cell(table: Table, rules: str) -> None:
    document = read(print_table(table, style=Style(rules)))
    if any(text for row in table.cells for text in row):
        assert_same(only_grid(document), table)
    else:
        assert document.grids == ()


def columns(table: Table, rows: range) -> set[int]:
    """Return where some rows of a table show the edge of a column."""
    merged = [
        (r, c)
        for top, left, bottom, right in table.merges
        for r in range(top, bottom + 1)
        for c in range(left + 1, right + 1)
    ]
    return {c for c in range(len(table.cells[0])) for r in rows if (r, c) not in merged}


@settings(max_examples=80, deadline=None)
@given(tables(TEXTS), st.sampled_from(EDGES[1:]), st.data())
def test_any_table_comes_back_over_a_page_break(table: Table, edge: str, draw: st.DataObject) -> None:
    row = draw.draw(st.integers(1, len(table.cells) - 1))
    assume(table.cells[row] != table.cells[0])  # else it is read as the headings, printed again
    above, below = columns(table, range(row)), columns(table, range(row, len(table.cells)))
    grids = read(print_table(table, breaks=[row], style=Style("fills", edge))).grids
    if above <= below or below <= above:
        assert len(grids) == 1
        assert_same(grids[0], table)
    else:
        assert len(grids) == 2  # columns that contradict each other: another table for all that is known


place = st.integers(0, 40).map(lambda at: at * 5.0)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.tuples(place, place, place, st.booleans()), max_size=25),
            st.lists(st.tuples(st.sampled_from("12甲乙〓"), place, place, st.integers(0, 4)), max_size=15),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_no_text_is_lost_whatever_is_drawn(drawn_pages: list[tuple[list[Rule], list[Letter]]]) -> None:
    pages = [
        pdfium.Page(
            chars=[
                pdfium.Char(text, x, y, x + 4, y + 8, (y + 8, x, -y, -x - 4, y)[turn], turn)
                for text, x, y, turn in letters
            ],
            boxes=[
                (x, y, x + size, y + 0.5) if across else (x, y, x + 0.5, y + size)
                for x, y, size, across in rules
            ],
        )
        for rules, letters in drawn_pages
    ]
    writer = pdf.Writer("report.pdf")
    for item in pdf.join_pages(list(pdf.list_items(pages, "report.pdf"))):
        writer.add(item)
    printed = {char.text for page in pages for char in page.chars}
    assert set("".join(writer.lines)) - set(" \n\t") == printed
    for grid in writer.grids:
        assert len({len(row) for row in grid.rows}) == 1


@pytest.mark.parametrize(("rise", "struck"), [(2.8, True), (-1, False)])  # through the figure, or below it
def test_a_figure_with_a_line_through_it_is_shown_struck_and_joins_no_other(
    rise: float, struck: bool
) -> None:
    pages = Pages()
    for x, y, text in (
        (60, 100, "收到"),
        (202, 100, "40718"),
        (222, 100, "40817"),
        (60, 130, "办结"),
        (202, 130, "7"),
    ):
        pages.text(x, y, text)
    for y in (85, 110, 140):
        pages.line(50, y, 300, y)
    for x in (50, 190, 300):
        pages.line(x, 85, x, 140)
    pages.line(202, 100 - rise, 222, 100 - rise)
    pages.next()
    (label, other), last = only_grid(read(pages.save())).rows
    assert (label, last) == ("收到", ("办结", "7"))
    assert other == ("4\u03360\u03367\u03361\u03368\u033640817" if struck else "40718 40817")
    assert parse_value(other).status == "unreadable"


def test_a_rule_of_the_table_through_a_label_strikes_nothing_out() -> None:
    pages = Pages()
    pages.text(60, 100, "收到")
    pages.text(202, 100, "7")
    for y in (85, 97, 110):
        pages.line(50, y, 300, y)
    for x in (50, 190, 300):
        pages.line(x, 85, x, 110)
    pages.next()
    assert "收到" in read(pages.save()).text
