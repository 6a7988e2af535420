"""Tables without rules in a PDF: columns told by what stands below what, cells of several lines, stacks of characters."""

from collections.abc import Sequence

import pytest

from flows.read.bands import Band, find_bands, part_lines
from flows.read.pdf import read_pdf
from flows.read.typeset import Line, Piece
from flows.read.wrapped import join_wrapped
from tests.read.pdf_pages import Pages

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
