"""Tables without rules in a PDF: columns told by what stands below what, cells of several lines, stacks of characters."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.read.bands import Band, find_bands, part_lines
from flows.read.pdf import read_pdf
from flows.read.typeset import Line, Piece
from flows.read.wrapped import join_wrapped
from tests.read.pdf_pages import VERA, Pages

COLUMNS = (60, 250, 330, 410)  # where labels and three columns of figures stand
HEAD = ("信息内容", "制发件数", "废止件数", "有效件数")
Row = tuple[str, ...]


def print_rows(rows: Sequence[Row], pages: Pages | None = None, pitch: float = 16) -> Pages:
    """Print rows without rules, each cell in the middle of its column."""
    pages = pages or Pages((595, 842))
    for number, row in enumerate(rows):
        for x, text in zip(COLUMNS, row, strict=True):
            for at, line in enumerate(text.split("\n")):
                lift = (len(text.split("\n")) - 1) * 5
                pages.text(x + 20 - 4 * len(line), 60 + number * pitch + at * 10 - lift, line, 8)
    pages.next()
    return pages


def read_lines(pages: Pages) -> list[str]:
    return read_pdf(pages.save(), "unruled.pdf").text.splitlines()


def test_a_blank_cell_leaves_a_trace() -> None:
    lines = read_lines(
        print_rows([HEAD, ("规章", "1", "", "3"), ("文件", "", "5", ""), ("决定", "7", "8", "9")])
    )
    assert lines[-3:] == ["规章\t1\t\t3", "文件\t\t5\t", "决定\t7\t8\t9"]


def test_a_column_without_figures_is_told_by_its_heading() -> None:
    lines = read_lines(print_rows([HEAD, ("规章", "1", "", "3"), ("文件", "4", "", "6")]))
    assert lines[-3:] == ["制发件数\t废止件数\t有效件数", "规章\t1\t\t3", "文件\t4\t\t6"]


def test_one_row_below_its_headings_is_enough() -> None:
    assert read_lines(print_rows([HEAD, ("规章", "", "2", "")]))[-1] == "规章\t\t2\t"


def test_rows_without_headings_that_are_never_whole_stay_as_they_are() -> None:
    lines = read_lines(print_rows([("规章", "1", "", "3"), ("文件", "", "5", "")]))
    assert lines == ["规章 1 3", "文件 5"]


def test_columns_go_on_over_the_page_break() -> None:
    pages = print_rows([HEAD, ("规章", "1", "2", "3")])
    lines = read_lines(print_rows([("文件", "", "5", ""), ("决定", "7", "", "")], pages))
    assert lines[-2:] == ["文件\t\t5\t", "决定\t7\t\t"]


def test_a_word_in_the_place_of_a_figure_is_its_cell() -> None:
    lines = read_lines(print_rows([HEAD, ("规章", "1", "2", "3"), ("文件", "4", "见附件", "6")]))
    assert lines[-1] == "文件\t4\t见附件\t6"


def test_a_figure_under_two_columns_makes_its_line_uncertain_alone() -> None:
    figures = Line((Piece("规章", 0, 20), Piece("1", 50, 54), Piece("2", 90, 94)), 10, 18)
    wide = Line((Piece("文件", 0, 20), Piece("123456789", 50, 94)), 30, 38)
    bands = find_bands([Piece("1", 50, 54), Piece("2", 90, 94)])
    assert bands == [Band(50, 54), Band(90, 94)]
    lines, _ = part_lines([figures, wide])
    assert "\t" not in "".join(line.text for line in lines), "the two lines contradict each other"


def test_headings_of_one_and_two_lines_come_together() -> None:
    head = ("信息内容", "本年制发\n件数", "废止件数", "现行有效\n件数")
    lines = read_lines(print_rows([head, ("规章", "1", "2", "3"), ("文件", "4", "5", "6")], pitch=30))
    assert lines[-3] == "本年制发件数\t废止件数\t现行有效件数"


def test_a_label_of_two_lines_stands_on_the_line_of_its_figures() -> None:
    rows = [HEAD, ("规章", "1", "2", "3"), ("要求行政机关确认\n或重新出具", "4", "5", "6")]
    assert read_lines(print_rows(rows, pitch=30))[-1] == "要求行政机关确认或重新出具\t4\t5\t6"


def test_rows_that_stand_as_close_as_lines_are_not_joined() -> None:
    rows = [
        HEAD,
        ("1.属于国家秘密", "1", "2", "3"),
        ("2.保护第三方", "4", "5", "6"),
        ("3.其他", "7", "8", "9"),
    ]
    assert [line.split("\t")[0] for line in read_lines(print_rows(rows, pitch=10))[-3:]] == [
        row[0] for row in rows[1:]
    ]


@pytest.mark.parametrize("text", ["三、本年度办理结果", "（三）不予公开"])
def test_a_stack_of_characters_is_one_label(text: str) -> None:
    pages = Pages((595, 842))
    for at, mark in enumerate(text):
        pages.text(30, 70 + 10 * at, mark, 8)
    lines = read_lines(print_rows([HEAD, *((f"{at}.属于某类", "1", "2", "3") for at in range(1, 7))], pages))
    assert text in lines
    assert [line for line in lines if line.startswith("2.")] == ["2.属于某类\t1\t2\t3"]


def test_a_column_of_units_is_no_stack() -> None:
    rows = [(f"{at}.属于某类", unit, "2", "3") for at, unit in enumerate("条件次篇", start=1)]
    assert [line.split()[1] for line in read_lines(print_rows(rows, pitch=10))] == list("条件次篇")


def test_labels_of_two_groups_below_each_other_stay_two() -> None:
    pages = Pages((595, 842))
    for at, mark in enumerate("（四）无法提供（五）不予处理"):
        pages.text(30, 70 + 10 * at, mark, 8)
    pages.next()
    assert read_lines(pages) == ["（四）无法提供", "（五）不予处理"]


def test_prose_is_not_joined_into_cells() -> None:
    lines = [
        Line((Piece("本报告由某某单位汇总编制。", 60, 200),), 10, 18),
        Line((Piece("3.其他事项", 60, 110),), 20, 28),
    ]
    assert [line.text for line in join_wrapped(lines)] == [line.text for line in lines]


def test_a_line_of_figures_between_two_lines_of_its_label_is_their_row() -> None:
    rows = [HEAD, ("规章", "1", "2", "3"), ("要求行政机关确认\n或重新出具", "", "5", "")]
    assert read_lines(print_rows(rows, pitch=30))[-1] == "要求行政机关确认或重新出具\t\t5\t"


@pytest.mark.parametrize(
    ("figure", "shown"),
    [("15731\n79", "15731↵79"), ("157\n31\n79", "157↵31↵79")],
)
def test_a_figure_that_goes_on_in_the_next_line_is_shown_cut_and_none_of_its_own(
    figure: str, shown: str
) -> None:
    rows = [HEAD, ("规章", "1", "2", "3"), ("文件", figure, "0", "7"), ("决定", "4", "5", "6")]
    lines = read_lines(print_rows(rows, pitch=30))
    assert lines[-3:] == ["规章\t1\t2\t3", f"文件\t{shown}\t0\t7", "决定\t4\t5\t6"]


def test_a_group_beside_a_cut_figure_is_not_its_row() -> None:
    pages = Pages((595, 842))
    pages.text(20, 115, "（三）不予", 8)  # level with the first part of the figure
    rows = [HEAD, ("规章", "1", "2", "3"), ("文件", "15731\n79", "0", "7"), ("决定", "4", "5", "6")]
    assert "文件\t15731↵79\t0\t7" in read_lines(print_rows(rows, pages, pitch=30))


@given(
    st.lists(
        st.tuples(*[st.sampled_from(["", "0", "7", "312", "8\n06", "1\n2\n3"])] * 3), min_size=2, max_size=6
    )
)
@settings(max_examples=40, deadline=None, derandomize=True, database=None)
def test_no_part_of_a_cut_figure_is_read_as_another(figures: list[tuple[str, str, str]]) -> None:
    """Whatever stands beside it, a row gives the figures of its own cells or none."""
    ends = ("类", "类的各种\n文件", "类")
    rows = [
        (f"第{mark}{ends[at % 3]}", *cells)
        for at, (mark, cells) in enumerate(zip("甲乙丙丁戊己", figures, strict=False))
    ]
    for line in read_lines(print_rows([HEAD, *rows], pitch=30))[1:]:
        label, *cells = line.split("\t")
        own = next((cells for name, *cells in rows if name.replace("\n", "") == label), None)
        if own is not None and len(cells) == 3:
            assert cells == [text.replace("\n", "↵") for text in own]


def test_numbers_of_columns_above_the_first_row_are_no_part_of_its_figures() -> None:
    rows = [HEAD, ("", "1", "2", "3"), ("规章", "1", "20", "3"), ("文件", "4", "5", "6")]
    lines = read_lines(print_rows(rows, pitch=10))
    assert [line.split("\t")[-3:] for line in lines[-2:]] == [["1", "20", "3"], ["4", "5", "6"]]


def test_a_row_with_a_unit_and_no_figure_has_a_blank_cell() -> None:
    head = ("统计指标", "单位", "统计数", "")
    rows = [
        head,
        ("收到", "件", "", ""),
        ("办结", "件", "3", ""),
        ("说明", "", "", ""),
        ("答复", "件", "", ""),
    ]
    lines = read_lines(print_rows(rows))
    assert lines[-4:] == ["收到\t件\t", "办结\t件\t3", "说明", "答复\t件\t"]


def test_several_figures_in_the_last_cell_are_one_cell() -> None:
    lines = read_lines(print_rows([HEAD, ("规章", "1", "2", "3"), ("文件", "4", "5", "6 8")]))
    assert lines[-1] == "文件\t4\t5\t6 8"


def test_headings_cut_further_apart_than_lines_come_together_beside_whole_ones() -> None:
    pages = Pages((595, 842))
    for x, y, text in ((258, 53, "制发"), (258, 67, "件数"), (330, 60, "废止件数"), (410, 60, "有效件数")):
        pages.text(x, y, text, 8)
    rows = [("", "", "", ""), ("规章", "1", "2", "3"), ("文件", "4", "5", "6")]
    assert read_lines(print_rows(rows, pages, pitch=20))[-3] == "制发件数\t废止件数\t有效件数"


def test_a_column_whose_heading_stands_higher_is_a_column() -> None:
    pages = Pages((595, 842))
    for x, y, text in ((60, 44, "信息内容"), (300, 44, "其中的各类件数"), (490, 44, "备注")):
        pages.text(x, y, text, 8)
    rows = [("", "制发件数", "废止件数", "有效件数"), ("规章", "1", "2", "3"), ("文件", "4", "5", "6")]
    assert read_lines(print_rows(rows, pages))[-3:] == [
        "制发件数\t废止件数\t有效件数\t备注",
        "规章\t1\t2\t3\t",
        "文件\t4\t5\t6\t",
    ]


def test_characters_of_one_base_line_stay_on_one_line_in_any_fonts() -> None:
    """Fonts have boxes of their own: the middle of one's characters may be that of another line."""
    pages = Pages((595, 842))
    pages.text(60, 60, "（三）不", 8)
    pages.text(92, 60, "12", 8, VERA)
    pages.text(150, 56.4, "4.保护第三方", 8)
    pages.next()
    assert read_lines(pages) == ["4.保护第三方", "（三）不12"]


def test_many_blank_rows_in_turn_are_rows_of_their_table() -> None:
    head = ("统计指标", "单位", "统计数", "")
    blank = [(f"{at}.属于某类", "件", "", "") for at in range(1, 6)]
    document = read_pdf(
        print_rows([head, ("收到", "件", "7", ""), *blank, ("办结", "件", "3", "")]).save(), "x.pdf"
    )
    assert document.grids == ()
    assert document.text.splitlines()[-6:-1] == [f"{label}\t件\t" for label, *_ in blank]
