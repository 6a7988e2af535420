"""The table without a grid, a row a line or a cell a line: the same figures, or a finding, never another figure."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from flows.cells import clean_label
from flows.errors import FormError
from flows.extract.linerows import print_rows
from flows.extract.lines import make_stretch, text_rows
from flows.extract.report import extract_report
from flows.extract.textcells import read_cells
from flows.extract.textrows import find_rows
from flows.model import Extraction
from flows.read import read_document
from flows.registry import Registry
from tests.extract.test_tables import named, reported, rules, statuses
from tests.layouts import TEXT_PAGES, TEXTS, Row, form_rows, golden, national_rows, print_layout, to_text

ROOT = Path(__file__).resolve().parent.parent.parent
CASE = ROOT.parent / "shared" / "cases" / "000_b2e66e8246a6622c.txt"
RECEIVED = "v2014.application.received"
LABEL = "（一）收到申请数"
LAST = "v2014.training.participants"


def extract_text(text: str, registry: Registry) -> Extraction:
    return extract_report(read_document(text.encode(), "text"), registry)


@pytest.fixture
def rows(registry: Registry) -> list[Row]:
    return form_rows(registry.forms["2014"])


@pytest.fixture
def glued(rows: list[Row]) -> str:
    return to_text(TEXTS["glued"](rows)).decode()


@pytest.mark.parametrize("layout", [*TEXTS, *TEXT_PAGES])
def test_the_table_of_beijing_gives_its_71_figures_in_every_layout(
    layout: str, rows: list[Row], registry: Registry
) -> None:
    extraction = extract_report(read_document(print_layout(layout, rows), "text"), registry)
    assert reported(extraction) == golden()
    assert rules(extraction) == []


@pytest.mark.parametrize("layout", [*TEXTS, *TEXT_PAGES])
def test_the_national_table_gives_its_58_figures_and_no_local_row(layout: str, registry: Registry) -> None:
    rows = national_rows(registry.forms["2014"])
    extraction = extract_report(read_document(print_layout(layout, rows), "text"), registry)
    assert len(extraction.observations) == 58
    assert reported(extraction) == {row.code: golden()[row.code] for row in rows if not row.heading}
    assert rules(extraction) == []


@pytest.mark.skipif(not CASE.exists(), reason="the real text is not beside the repository")
def test_the_real_text_of_huairou_2018_gives_all_71_figures(registry: Registry) -> None:
    document = read_document(CASE.read_bytes(), CASE.name)
    extraction = extract_report(document, registry)
    assert reported(extraction) == golden()
    assert (extraction.header.body_id, extraction.header.year, extraction.header.scope) == (
        "110116",
        2018,
        "whole_area",
    )
    assert set(rules(extraction)) <= {"blank_cells"}


def test_every_figure_says_the_characters_it_stands_at(rows: list[Row], registry: Registry) -> None:
    for layout in (*TEXTS, *TEXT_PAGES):
        document = read_document(print_layout(layout, rows), "text")
        if document.grids:
            continue  # blocks that fit exactly are a grid
        for each in extract_report(document, registry).observations:
            start, end = map(int, each.locator.removeprefix("text ").split("-"))
            assert document.text[start:end] == str(each.value.amount), f"{layout} {each.locator}"


@pytest.mark.parametrize("layout", ["cell_a_line", "cell_a_line_with_gaps", "glued", "tabs", "wrapped_at_12"])
def test_a_blank_cell_is_blank_and_takes_no_other_row_s_figure(
    layout: str, rows: list[Row], registry: Registry
) -> None:
    blank = [row.code for at, row in enumerate(rows) if not row.heading and at % 5 == 0]
    changed = [replace(row, value="") if row.code in blank else row for row in rows]
    extraction = extract_report(read_document(print_layout(layout, changed), "text"), registry)
    assert {statuses(extraction)[code] for code in blank} == {"blank"}
    assert reported(extraction) == {code: amount for code, amount in golden().items() if code not in blank}
    assert named(extraction, "blank_cells") == set(blank)


@pytest.mark.parametrize(
    ("printed", "status"),
    [
        ("约192", "unreadable"), ("192余", "unreadable"), ("1,92", "unreadable"), ("19 2", "unreadable"), ("1.9.2", "unreadable"),
        ("192①", "unreadable"), ("-192", "unreadable"), ("—192", "unreadable"), ("无", "none_word"), ("/", "dash"), ("——", "dash"),
        ("一百九十二", "unreadable"), ("192/205", "unreadable"), ("见正文", "unreadable"), ("（192）", "unreadable"),
    ],
)  # fmt: skip
def test_what_is_not_certainly_the_figure_is_none_and_is_loud(
    printed: str, status: str, glued: str, registry: Registry
) -> None:
    extraction = extract_text(glued.replace(f"{LABEL}件192", f"{LABEL}件{printed}"), registry)
    assert statuses(extraction)[RECEIVED] == status
    assert reported(extraction) == {code: amount for code, amount in golden().items() if code != RECEIVED}
    if status == "unreadable":
        assert rules(extraction)


@pytest.mark.parametrize(
    "unknown", ["（五）其他来件数件17", "（五）其他来件数17", "条17", "其他来件数 | 件 | 17"]
)
def test_a_line_under_an_unknown_heading_is_loud_and_the_rows_around_it_are_read(
    unknown: str, glued: str, registry: Registry
) -> None:
    extraction = extract_text(glued.replace(LABEL, f"{unknown}\n{LABEL}"), registry)
    assert reported(extraction) == golden()
    assert rules(extraction) == ["unknown_label"]
    assert "17" in extraction.findings[0].message.en


def test_a_row_with_an_unknown_label_is_unreadable_and_not_absent(glued: str, registry: Registry) -> None:
    extraction = extract_text(glued.replace(LABEL, "（一）收取办理的来件数"), registry)
    assert statuses(extraction)[RECEIVED] == "unreadable"
    assert "unknown_label" in rules(extraction)
    assert RECEIVED in named(extraction, "missing_rows")


def test_a_figure_alone_below_a_row_is_loud_and_names_that_row(glued: str, registry: Registry) -> None:
    extraction = extract_text(glued.replace(f"{LABEL}件192", f"{LABEL}件19\n2"), registry)
    assert named(extraction, "unknown_label") == {RECEIVED}


def test_a_figure_alone_below_an_empty_row_may_be_a_page_number(glued: str, registry: Registry) -> None:
    extraction = extract_text(glued.replace(f"{LABEL}件192", f"{LABEL}件\n192"), registry)
    assert statuses(extraction)[RECEIVED] == "unreadable"
    assert named(extraction, "merged_cell") == {RECEIVED}


@pytest.mark.parametrize("foot", ["- 3 -", "— 3 —", "第3页", "第 3 页 共 5 页", "3/5", "\x0c"])
def test_the_foot_of_a_page_is_no_row(foot: str, glued: str, registry: Registry) -> None:
    extraction = extract_text(glued.replace(LABEL, f"{foot}\n{LABEL}"), registry)
    assert reported(extraction) == golden()
    assert rules(extraction) == []


def test_a_table_cut_by_a_long_note_is_read_whole(glued: str, registry: Registry) -> None:
    note = "\n".join("此处为测试合成的说明文字" for _ in range(40))
    extraction = extract_text(glued.replace("（二）申请办结数", f"{note}\n（二）申请办结数"), registry)
    assert reported(extraction) == golden()


# Blank cells


def test_labels_above_a_column_of_figures_that_does_not_fit_them_are_not_blank(
    rows: list[Row], registry: Registry
) -> None:
    cells = [(row.label, row.unit or "——", row.value or "——") for row in rows]
    columns = ("\n".join(each) for each in zip(*cells, strict=True))
    extraction = extract_text("\n统计数\n".join(columns), registry)
    assert {status for code, status in statuses(extraction).items() if code != LAST} == {"unreadable"}
    assert "misaligned_row" in rules(extraction)


def test_a_text_that_prints_labels_alone_states_no_blank_cells(rows: list[Row], registry: Registry) -> None:
    extraction = extract_text("\n".join(row.label for row in rows), registry)
    assert set(statuses(extraction).values()) == {"unreadable"}


def test_the_dashes_of_a_heading_are_not_the_blank_row_s_above_it(
    rows: list[Row], registry: Registry
) -> None:
    blank = [row.code for row, after in pairwise(rows) if after.heading and not row.heading]
    cells = [
        (row.label, *("——", "——") * row.heading, row.unit, "" if row.code in blank else row.value)
        for row in rows
    ]
    extraction = extract_text("\n".join(cell for row in cells for cell in row if cell), registry)
    assert {statuses(extraction)[code] for code in blank} == {"blank"}


# Row numbers among figures


@pytest.mark.parametrize("header", ["序号\n统计指标\n单位\n统计数\n", "统计指标\n单位\n统计数\n", ""])
@pytest.mark.parametrize("blank", [0, 1, 71])
def test_row_numbers_a_cell_a_line_that_count_all_rows_are_no_figures(
    header: str, blank: int, rows: list[Row], registry: Registry
) -> None:
    lines = number_lines(rows, blank)
    extraction = extract_text(to_text(header + "\n".join(lines)).decode(), registry)
    stated = {row.code for number, row in enumerate(rows, start=1) if number > blank and not row.heading}
    assert reported(extraction) == {code: amount for code, amount in golden().items() if code in stated}
    assert named(extraction, "blank_cells") == golden().keys() - stated


@pytest.mark.parametrize("blank", [0, 1, 60])
def test_row_numbers_a_cell_a_line_that_do_not_count_all_rows_are_refused(
    blank: int, rows: list[Row], registry: Registry
) -> None:
    lines = [line for line in number_lines(rows, blank) if line not in ("30", "50")]
    with pytest.raises(FormError, match="row numbers"):
        extract_text(to_text("\n".join(lines)).decode(), registry)


def number_lines(rows: list[Row], blank: int) -> list[str]:
    """Return the rows a cell a line, each behind its number, the first ones without figures."""
    return [
        cell
        for number, row in enumerate(rows, start=1)
        for cell in (str(number), row.label, row.unit, row.value if number > blank else "")
        if cell
    ]


# Two tables in one text


def test_the_same_table_twice_is_one_table(rows: list[Row], registry: Registry) -> None:
    gap = "\n".join("测试合成的说明" for _ in range(30))
    table = TEXTS["glued"](rows)
    extraction = extract_text(to_text(f"{table}\n{gap}\n{table}").decode(), registry)
    assert reported(extraction) == golden()
    assert rules(extraction) == []


def test_a_figure_that_two_tables_print_differently_is_neither(rows: list[Row], registry: Registry) -> None:
    gap = "\n".join("测试合成的说明" for _ in range(30))
    table = TEXTS["glued"](rows)
    extraction = extract_text(
        to_text(f"{table}\n{gap}\n{table.replace('件192', '件191')}").decode(), registry
    )
    assert named(extraction, "duplicate_cell") == {RECEIVED}
    assert RECEIVED not in reported(extraction)


def test_the_tables_of_two_years_in_one_text_are_refused(rows: list[Row], registry: Registry) -> None:
    gap = "\n".join("测试合成的说明" for _ in range(30))
    table = TEXTS["glued"](rows)
    other = TEXTS["glued"]([replace(row, value=row.value and f"4{row.value}") for row in rows])
    with pytest.raises(FormError, match="two tables of the same form with different figures"):
        extract_text(to_text(f"{table}\n{gap}\n{other}").decode(), registry)


# Lines


@pytest.mark.parametrize(
    ("text", "label", "unit", "value"),
    [
        ("（一）收到申请数192", "收到申请数", "", "192"), ("（一）收到申请数件192", "收到申请数", "件", "192"),
        ("（一）收到申请数192件", "收到申请数", "件", "192"), ("（一）收到申请数：192", "收到申请数", "", "192"),
        ("| 收到申请数 | 件 | 192 |", "收到申请数", "件", "192"), ("35　（一）收到申请数　件　192", "收到申请数", "件", "192"),
        ("（三）接受培训人员数人次3394", "接受培训人员数", "人次", "3394"),
        ("从事政府信息公开工作人员数人156", "从事政府信息公开工作人员数", "人", "156"),
        ("收到申请数", "收到申请数", "", None), ("收到申请数件", "收到申请数", "件", None), ("收到申请数 无", "收到申请数", "", "无"),
        ("主动公开政府信息数（不同渠道和方式公开相同信息计1条）13993", "主动公开政府信息数", "", "13993"),
        ("全年收到申请数192", None, "", "192"),
        ("2019年3月", None, "", None),
    ],
)  # fmt: skip
def test_a_line_is_read_as_heading_unit_and_figure(
    text: str, label: str | None, unit: str, value: str | None, registry: Registry
) -> None:
    form = registry.forms["2014"]
    rows = print_rows(make_stretch(find_rows(read_cells(text), form), (), form), form)
    read = [(clean_label(row.headings[0]), row.unit, row.value) for row in rows]
    known = [row for row in read if row[0] in form.row_spellings]
    assert known == ([(label, unit, value or "")] if label else [])


def test_a_text_without_the_table_has_no_rows(registry: Registry) -> None:
    text = "收到申请192件：当面申请65件，网络申请49件。\n" * 20
    assert text_rows(read_cells(text), registry.forms["2014"]) == ()
