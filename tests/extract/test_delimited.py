"""Tables in plain text whose merged cells are blank or repeated: Excel's copy, CSV, Markdown, and boxes drawn with characters."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.errors import FormError
from flows.extract.report import extract_report
from flows.model import Extraction
from flows.read import read_document
from flows.read.delimited import find_repeats, find_tables
from flows.registry import Registry
from tests.extract.test_stream import YEARS, judged, suqian  # noqa: F401
from tests.portal.boxes import Sheet, place_boxes
from tests.portal.layout import Layout, draw_layout
from tests.portal.shapes import settle_office
from tests.portal.sheets import draw_sheets
from tests.portal.story import name_report, print_words
from tests.portal.truth import Truth, make_truth

ROOT = Path(__file__).resolve().parent.parent.parent
MARKS = ("\t", ",", "|")


def lay_out(sheet: Sheet, layout: Layout, *, repeated: bool) -> list[list[str]]:
    """Return the cells of a table as a rectangle, merged ones blank behind the first or repeated."""
    placed = place_boxes(sheet.rows)
    cells = {
        (row, column): print_words(each.box, layout).strip()
        for each in placed
        for row in range(each.top, each.bottom)
        for column in range(each.left, each.right)
        if repeated or (row, column) == (each.top, each.left)
    }
    width = max(each.right for each in placed)
    return [[cells.get((row, column), "") for column in range(width)] for row in range(len(sheet.rows))]


def print_line(fields: Sequence[str], mark: str) -> str:
    if mark == "|":
        return "| " + " | ".join(fields) + " |"
    return mark.join(f'"{text}"' if mark in text or '"' in text else text for text in fields)


def print_tables(
    truth: Truth, layout: Layout, sheets: Sequence[Sheet], mark: str, *, repeated: bool
) -> bytes:
    lines = [name_report(truth), ""]
    for sheet in sheets:
        rows = [print_line(row, mark) for row in lay_out(sheet, layout, repeated=repeated)]
        if mark == "|":
            rows.insert(1, "|---" * rows[0].count(" | ") + "|---|")
        lines += [*rows, ""]
    return "\n".join(lines).encode()


def read_tables(
    registry: Registry, truth: Truth, layout: Layout, mark: str, *, repeated: bool
) -> tuple[Extraction | None, Sequence[Sheet]]:
    sheets = draw_sheets(truth, layout, registry.forms[truth.form])
    page = print_tables(truth, layout, sheets, mark, repeated=repeated)
    try:
        return extract_report(read_document(page, "synthetic.txt"), registry), sheets
    except FormError:
        return None, sheets


@pytest.mark.parametrize("repeated", [False, True])
@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("layout", [Layout(), Layout(cases="rows"), Layout(groups="repeated")])
def test_suqian_is_read_whole_with_merged_cells_blank_or_repeated(
    registry: Registry,
    suqian: Truth,  # noqa: F811
    layout: Layout,
    mark: str,
    repeated: bool,
) -> None:
    extraction, sheets = read_tables(registry, suqian, layout, mark, repeated=repeated)
    assert extraction is not None
    verdicts = judged(extraction, registry, suqian, sheets, "tabs")
    assert len(verdicts) >= 190
    assert [each for each in verdicts if each.verdict != "right"] == []


@given(
    seed=st.integers(0, 10**6),
    name=st.sampled_from(sorted(YEARS)),
    mark=st.sampled_from(MARKS),
    repeated=st.booleans(),
)
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_a_generated_table_of_text_never_gives_a_wrong_value(
    registry: Registry,
    seed: int,
    name: str,
    mark: str,
    repeated: bool,
) -> None:
    truth = make_truth(seed, registry.forms[name], YEARS[name])
    layout = settle_office(replace(draw_layout(seed), container="table"))
    extraction, sheets = read_tables(registry, truth, layout, mark, repeated=repeated)
    verdicts = judged(extraction, registry, truth, sheets, "tabs") if extraction else []
    assert [each for each in verdicts if each.verdict == "wrong"] == []


BOX = """\
+--------------+------+------+
| 信息内容     | 本年制发 | 本年废止 |
|              | 件数 | 件数 |
+==============+======+======+
| 行政规范性   | 17   | 4    |
| 文件         |      |      |
+--------------+------+------+
| 规章         |      |      |
+--------------+------+------+
"""


def test_lines_between_two_rules_are_one_row_of_cells() -> None:
    (grid,) = find_tables(f"一句话\n{BOX}\n另一句话")
    assert grid.rows == (
        ("信息内容", "本年制发件数", "本年废止件数"), ("行政规范性文件", "17", "4"), ("规章", "", ""),
    )  # fmt: skip
    assert (grid.start, grid.end) == (len("一句话\n") + len("+--------------+------+------+\n"), grid.end)


@pytest.mark.parametrize(
    "text",
    [
        "收到申请,1,234\n答复申请,2,345\n",
        "收到申请\t12\n答复申请\t11\n办结\t\t\n三个\t一\t二\t三\n四个\t一\t二\t三\n",
        "\t规章\t\n\t12\t\n\t3\t\n\t4\t\n",
        '甲,,,\n"乙,1,2,3\n丙,1,2,3\n',
        "指标\n名称\t计量\n单位\t本年\n数量\n主动公开\t\t\n规章\t件\t3\n文件\t件\t4\n",
    ],
)
def test_lines_that_are_not_certainly_rows_of_one_table_are_none(text: str) -> None:
    assert find_tables(text) == ()


def test_a_row_s_own_label_and_the_figures_under_their_own_headings_are_no_repetitions() -> None:
    rows = (("内容", "数量", "数量", "金额"), ("其他", "5", "5", "5"), ("其他", "6", "6", "7"))
    assert find_repeats(rows) == {(0, 2), (1, 2), (2, 2)}


def test_words_below_each_other_repeat_a_group_where_other_words_stand_beside_them() -> None:
    rows = (("结果", "予以公开", "5"), ("结果", "不予公开", "5"), ("件", "件", "件"), ("件", "件", "件"))
    assert find_repeats(rows) == {(1, 0)}


def test_a_figure_that_markdown_strikes_out_is_not_read() -> None:
    lines = ("| 内容 | 数量 | 数量 |", "|---|---|---|", "| 规章 | **31** | ~~31~~ |", "| 文件 | `4` | 1\\. |")
    (grid,) = find_tables("\n".join(lines))
    assert grid.rows[1:] == (("规章", "31", "~~31~~"), ("文件", "4", "1."))


@pytest.mark.parametrize("shape", [Layout(), Layout(groups="flat")])
def test_a_drawn_table_with_merged_cells_printed_once_is_read_line_by_line(
    registry: Registry,
    suqian: Truth,  # noqa: F811
    shape: Layout,
) -> None:
    sheets = draw_sheets(suqian, shape, registry.forms["2021"])
    lines = [name_report(suqian)]
    for sheet in sheets:
        for row in sheet.rows:
            lines += ["├───┼───┤", "│ " + " │ ".join(print_words(box, shape) for box in row) + " │"]
    extraction = extract_report(read_document("\n".join(lines).encode(), "box.txt"), registry)
    verdicts = judged(extraction, registry, suqian, sheets, "tabs")
    assert [each for each in verdicts if each.verdict != "right"] == []
