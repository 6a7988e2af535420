"""The statistical table in every geometry: the same 71 figures, or a finding, never another figure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from flows.errors import FormError
from flows.extract.report import extract_report
from flows.model import Extraction
from flows.read import read_document
from flows.registry import Registry
from tests.layouts import (
    HEADER,
    TABLES,
    Row,
    cells,
    form_rows,
    golden,
    national_rows,
    print_layout,
    print_row,
    print_table,
    three_columns,
    to_page,
)

RECEIVED = "v2014.application.received"
IN_PERSON = "v2014.application.received.in_person"


def extract(page: bytes, registry: Registry) -> Extraction:
    return extract_report(read_document(page, "page"), registry)


def reported(extraction: Extraction) -> Mapping[str, Decimal]:
    return {
        each.indicator_id: each.value.amount
        for each in extraction.observations
        if each.value.amount is not None
    }


def statuses(extraction: Extraction) -> Mapping[str, str]:
    return {each.indicator_id: each.value.status for each in extraction.observations}


def rules(extraction: Extraction) -> list[str]:
    return [finding.rule_id for finding in extraction.findings]


def named(extraction: Extraction, rule: str) -> set[str]:
    return {
        cell.split("|")[0]
        for finding in extraction.findings
        if finding.rule_id == rule
        for cell in finding.cells
    }


@pytest.fixture
def rows(registry: Registry) -> list[Row]:
    return form_rows(registry.forms["2014"])


def print_rows(rows: Sequence[Row], written: Mapping[str, str]) -> bytes:
    """Return a page with the rows in three columns, those of `written` as they are given."""
    return to_page(print_table([HEADER, *(written.get(row.code, print_row(cells(row))) for row in rows)]))


@pytest.mark.parametrize("layout", TABLES)
def test_the_table_of_beijing_gives_its_71_figures_in_every_layout(
    layout: str, rows: list[Row], registry: Registry
) -> None:
    extraction = extract(print_layout(layout, rows), registry)
    assert reported(extraction) == golden()
    assert rules(extraction) == []


@pytest.mark.parametrize("layout", TABLES)
def test_the_national_table_gives_its_58_figures_and_no_local_row(layout: str, registry: Registry) -> None:
    rows = national_rows(registry.forms["2014"])
    extraction = extract(print_layout(layout, rows), registry)
    assert len(extraction.observations) == 58
    assert reported(extraction) == {row.code: golden()[row.code] for row in rows if not row.heading}
    assert rules(extraction) == []


@pytest.mark.parametrize(
    "layout", ["three_columns", "no_unit_column", "number_column", "side_by_side", "group_column"]
)
def test_every_figure_says_the_cell_it_stands_in(layout: str, rows: list[Row], registry: Registry) -> None:
    document = read_document(print_layout(layout, rows), "page")
    for each in extract_report(document, registry).observations:
        table, row, column = each.locator.replace("table ", "").split()
        text = document.grids[int(table) - 1].rows[int(row[1:]) - 1][int(column[1:]) - 1]
        assert Decimal(text) == each.value.amount, each.locator


@pytest.mark.parametrize("charset", ["utf-8", "gb2312", "gb18030", "utf-16"])
def test_the_figures_do_not_depend_on_the_charset(charset: str, rows: list[Row], registry: Registry) -> None:
    assert reported(extract(to_page(three_columns(rows), charset=charset), registry)) == golden()


def test_units_are_the_printed_ones_where_there_are_any(rows: list[Row], registry: Registry) -> None:
    for layout, basis in (
        ("three_columns", "printed"),
        ("units_in_cells", "printed"),
        ("no_unit_column", "form"),
    ):
        extraction = extract(print_layout(layout, rows), registry)
        assert {each.unit_basis for each in extraction.observations} == {basis}
        for each in extraction.observations:
            assert each.unit == registry.indicators[each.indicator_id].unit


def test_a_unit_that_differs_from_the_form_is_kept_and_found(rows: list[Row], registry: Registry) -> None:
    extraction = extract(print_rows(rows, {RECEIVED: print_row(("（一）收到申请数", "人", "192"))}), registry)
    assert reported(extraction) == golden()
    assert named(extraction, "unit_differs") == {RECEIVED}


# A figure whose row cannot be told


@pytest.mark.parametrize("text", ["65", "0"])
def test_a_figure_that_spans_two_rows_is_that_of_neither(
    text: str, rows: list[Row], registry: Registry
) -> None:
    above = f"<tr><td>1.当面申请数</td><td>件</td><td rowspan=2>{text}</td></tr>"
    written = {
        IN_PERSON: above,
        "v2014.application.received.fax": "<tr><td>2.传真申请数</td><td>件</td></tr>",
    }
    extraction = extract(print_rows(rows, written), registry)
    both = set(written)
    assert {code: statuses(extraction)[code] for code in both} == dict.fromkeys(both, "unreadable")
    assert named(extraction, "merged_cell") == both
    assert reported(extraction) == {code: amount for code, amount in golden().items() if code not in both}


def test_a_blank_that_spans_two_rows_is_the_first_ones_and_the_second_has_no_cell(
    rows: list[Row], registry: Registry
) -> None:
    above = "<tr><td>1.当面申请数</td><td>件</td><td rowspan=2>&nbsp;</td></tr>"
    written = {
        IN_PERSON: above,
        "v2014.application.received.fax": "<tr><td>2.传真申请数</td><td>件</td></tr>",
    }
    extraction = extract(print_rows(rows, written), registry)
    fax = "v2014.application.received.fax"
    assert [statuses(extraction)[code] for code in written] == ["blank", "unreadable"]
    assert named(extraction, "blank_cells") == {IN_PERSON}
    assert named(extraction, "misaligned_row") == {fax}


@pytest.mark.parametrize(
    "row",
    [
        "<tr><td>1.当面申请数</td><td>件</td></tr>", "<tr><td>1.当面申请数</td><td colspan=2></td></tr>",
        "<tr><td>1.当面申请数</td></tr>",
    ],
)  # fmt: skip
def test_a_row_without_a_cell_for_its_figure_is_no_blank(
    row: str, rows: list[Row], registry: Registry
) -> None:
    extraction = extract(print_rows(rows, {IN_PERSON: row}), registry)
    assert statuses(extraction)[IN_PERSON] == "unreadable"
    assert named(extraction, "misaligned_row") == {IN_PERSON}


@pytest.mark.parametrize(
    "row",
    [
        "<tr><td>1.当面申请数</td><td>件</td><td>7</td><td>65</td></tr>",
        "<tr><td>1.当面申请数</td><td>件</td><td>—</td><td>65</td></tr>",
        "<tr><td>1.当面申请数</td><td>件</td><td>65</td><td></td></tr>",
    ],
)
def test_a_row_with_a_cell_more_than_there_are_headings_is_unreadable(
    row: str, rows: list[Row], registry: Registry
) -> None:
    extraction = extract(print_rows(rows, {IN_PERSON: row}), registry)
    assert statuses(extraction)[IN_PERSON] == "unreadable"
    assert IN_PERSON in named(extraction, "merged_cell")
    assert reported(extraction) == {code: amount for code, amount in golden().items() if code != IN_PERSON}


@pytest.mark.parametrize(
    "row",
    [
        "<tr><td>1.当面申请数</td><td>65</td></tr>", "<tr><td>1.当面申请数</td><td>件</td><td></td><td>65</td></tr>",
        "<tr><td>1.当面申请数</td><td>65</td><td></td></tr>", "<tr><td>1.当面申请数</td><td>65</td><td>件</td></tr>",
    ],
    ids=["unit missing", "cell too many", "unit blank", "unit and figure changed"],
)  # fmt: skip
def test_a_row_whose_cells_are_shifted_is_unreadable_and_not_blank(
    row: str, rows: list[Row], registry: Registry
) -> None:
    extraction = extract(print_rows(rows, {IN_PERSON: row}), registry)
    assert statuses(extraction)[IN_PERSON] == "unreadable"
    assert IN_PERSON in named(extraction, "merged_cell") | named(extraction, "unreadable_cell")
    assert reported(extraction) == {code: amount for code, amount in golden().items() if code != IN_PERSON}


@pytest.mark.parametrize(
    "row",
    [
        "<tr><td>1.当面申请数</td><td colspan=2>65</td></tr>",
        "<tr><td>1.当面申请数</td><td colspan=2>65件</td></tr>",
    ],
)
def test_a_figure_that_also_takes_the_place_of_its_unit_is_read(
    row: str, rows: list[Row], registry: Registry
) -> None:
    extraction = extract(print_rows(rows, {IN_PERSON: row}), registry)
    assert reported(extraction) == golden()
    assert rules(extraction) == []


def test_a_label_over_two_rows_with_two_figures_is_loud(rows: list[Row], registry: Registry) -> None:
    row = "<tr><td rowspan=2>1.当面申请数</td><td>件</td><td>65</td></tr><tr><td>件</td><td>66</td></tr>"
    extraction = extract(print_rows(rows, {IN_PERSON: row}), registry)
    assert statuses(extraction)[IN_PERSON] == "unreadable"
    assert named(extraction, "duplicate_cell") == {IN_PERSON}


@pytest.mark.parametrize("heading", ["一、主动公开情况", "三、依申请公开情况"])
def test_a_figure_in_the_row_of_a_heading_is_loud(heading: str, rows: list[Row], registry: Registry) -> None:
    code = next(row.code for row in rows if row.label == heading)
    extraction = extract(print_rows(rows, {code: print_row((heading, "件", "77"))}), registry)
    assert reported(extraction) == golden()
    assert rules(extraction) == ["unknown_label"]
    assert "77" in extraction.findings[0].message.en


def test_a_group_beside_an_unknown_row_lends_it_neither_its_name_nor_its_place(
    rows: list[Row], registry: Registry
) -> None:
    def head(row: Row) -> str:
        return f"<tr><td colspan=2>{row.label}</td><td>{row.unit}</td><td>{row.value}</td></tr>"

    printed = ["<tr><td colspan=2>统计指标</td><td>单位</td><td>统计数</td></tr>"]
    for row in rows:
        if row.code == RECEIVED:
            printed.append(
                f"<tr><td rowspan=6>{row.label}</td><td>5.其他途径来件数</td><td>件</td><td>999</td></tr>"
            )
        elif row.code.startswith(f"{RECEIVED}."):
            printed.append(print_row((row.label, row.unit, row.value)))
            if row.code.endswith("letter"):
                printed.append(print_row(("", "件", "998")))
        else:
            printed.append(head(row))
    extraction = extract(to_page(print_table(printed)), registry)
    assert RECEIVED not in reported(extraction)
    assert {Decimal(999), Decimal(998)}.isdisjoint(reported(extraction).values())
    assert "999" in " ".join(finding.message.en for finding in extraction.findings)
    others = {code: amount for code, amount in golden().items() if code != RECEIVED}
    assert {code: reported(extraction).get(code) for code in others} == others


# Which columns are the figures


def print_years(rows: Sequence[Row], *heads: str) -> bytes:
    """Print a table with other figures (7) in one column and the report's in the other, under two headings."""
    lines = [print_row((*cells(row)[:2], row.value and "7", cells(row)[2])) for row in rows]
    return to_page(print_table([print_row(("统计指标", "单位", *heads)), *lines]))


@pytest.mark.parametrize(
    "heads",
    [
        ("2017年统计数", "2018年统计数"), ("2017年", "2018年"), ("上年", "本年"), ("去年同期", "统计数"), ("上半年", "全年"),
        ("2017年度", "2018年度数量"),
    ],
)  # fmt: skip
def test_of_two_years_that_of_the_report_is_read(
    heads: tuple[str, str], rows: list[Row], registry: Registry
) -> None:
    assert reported(extract(print_years(rows, *heads), registry)) == golden()


def test_figures_of_another_year_alone_are_refused_with_their_heading(
    rows: list[Row], registry: Registry
) -> None:
    with pytest.raises(FormError) as caught:
        extract(print_years(rows, "2016年", "2017年"), registry)
    assert all("2016年" in message and "--year" in message for message in caught.value.text)


@pytest.mark.parametrize("lost", [1, 2])
def test_a_heading_lost_over_a_column_takes_no_figure_of_another(
    lost: int, rows: list[Row], registry: Registry
) -> None:
    heads = [text for at, text in enumerate(("统计指标", "单位", "上年", "统计数")) if at != lost]
    lines = [print_row((*cells(row)[:2], row.value and "7", cells(row)[2])) for row in rows]
    extraction = extract(to_page(print_table([print_row(heads), *lines])), registry)
    assert not reported(extraction)
    assert named(extraction, "merged_cell") >= {row.code for row in rows if row.value}


def test_a_part_without_headings_goes_on_with_the_columns_of_the_part_above(
    rows: list[Row], registry: Registry
) -> None:
    lines = [print_row((*cells(row)[:2], row.value and "7", cells(row)[2])) for row in rows]
    head = print_row(("统计指标", "单位", "上年", "本年"))
    page = to_page(print_table([head, *lines[:20]]) + print_table(lines[20:50]) + print_table(lines[50:]))
    assert reported(extract(page, registry)) == golden()


def test_the_numbers_of_the_rows_are_no_figures(rows: list[Row], registry: Registry) -> None:
    numbers = iter(range(1, 99))
    lines = [
        print_row((*cells(row)[:2], str(next(numbers)) if row.value else "", cells(row)[2])) for row in rows
    ]
    page = to_page(print_table([print_row(("统计指标", "单位", "统计数", "序号")), *lines]))
    extraction = extract(page, registry)
    assert not reported(extraction)
    assert named(extraction, "merged_cell") >= {row.code for row in rows if row.value}


@pytest.mark.parametrize(
    "header",
    [
        ("统计指标", "单位", "统计数", "统计数"), ("统计指标", "单位", "甲统计数", "乙统计数"), ("", "", "", ""),
        ("指标名称", "单位", "数量", "数据"),
    ],
)  # fmt: skip
def test_two_columns_of_figures_are_refused_with_both_named(
    header: Sequence[str], rows: list[Row], registry: Registry
) -> None:
    table = print_table([print_row(header), *(print_row((*cells(row), row.value and "7")) for row in rows)])
    with pytest.raises(FormError) as caught:
        extract(to_page(table), registry)
    for message in caught.value.text:
        assert "table 1" in message
        assert "3" in message
        assert "4" in message


@pytest.mark.parametrize(
    ("header", "order"),
    [
        (("统计指标", "统计数", "单位"), (0, 2, 1)), (("单位", "统计指标", "统计数"), (1, 0, 2)),
        (("指标", "单位", "统计数", "上年数"), (0, 1, 2, 3)), (("指标", "上年数", "单位", "统计数"), (0, 3, 1, 2)),
        (("指标名称", "计量单位", "代码", "统计数"), (0, 1, 4, 2)), (("备注", "项目", "单位", "数量"), (3, 0, 1, 2)),
    ],
)  # fmt: skip
def test_the_header_says_which_column_is_what(
    header: Sequence[str], order: Sequence[int], rows: list[Row], registry: Registry
) -> None:
    lines = [(*cells(row), "5" if row.value else "", str(number)) for number, row in enumerate(rows)]
    lines = [
        (label, unit, value, other if order[0] != 3 else "注", number)
        for label, unit, value, other, number in lines
    ]
    table = print_table(
        [print_row(header), *(print_row([line[column] for column in order]) for line in lines)]
    )
    assert reported(extract(to_page(table), registry)) == golden()


@pytest.mark.parametrize(
    "header", [("统计数", "统计指标"), ("统计数", "单位", "统计指标"), ("数量", "", "项目")]
)
def test_figures_before_their_headings_are_refused(
    header: Sequence[str], rows: list[Row], registry: Registry
) -> None:
    lines = [[row.value, *([row.unit] if len(header) == 3 else []), row.label] for row in rows]
    with pytest.raises(FormError, match="no column of figures to the right"):
        extract(to_page(print_table([print_row(header), *map(print_row, lines)])), registry)


def test_known_headings_without_any_figure_are_refused(rows: list[Row], registry: Registry) -> None:
    table = print_table([print_row(("项目", "内容")), *(print_row((row.label, "见附件")) for row in rows)])
    with pytest.raises(FormError, match=r"table 1.*no column of figures"):
        extract(to_page(table), registry)


def test_a_header_row_that_is_printed_again_on_each_page_is_no_row(
    rows: list[Row], registry: Registry
) -> None:
    table = print_table(
        line
        for at, row in enumerate(rows)
        for line in ([HEADER] if at % 20 == 0 else []) + [print_row(cells(row))]
    )
    extraction = extract(to_page(table), registry)
    assert reported(extraction) == golden()
    assert rules(extraction) == []


# The same table twice


def test_the_same_table_twice_is_one_table(rows: list[Row], registry: Registry) -> None:
    extraction = extract(to_page(three_columns(rows) + "<p>附表</p>" + three_columns(rows)), registry)
    assert reported(extraction) == golden()
    assert rules(extraction) == []


def test_a_figure_that_two_tables_print_differently_is_neither(rows: list[Row], registry: Registry) -> None:
    other = [replace(row, value="191") if row.code == RECEIVED else row for row in rows]
    extraction = extract(to_page(three_columns(rows) + three_columns(other)), registry)
    assert reported(extraction) == {code: amount for code, amount in golden().items() if code != RECEIVED}
    assert named(extraction, "duplicate_cell") == {RECEIVED}
    observation = next(each for each in extraction.observations if each.indicator_id == RECEIVED)
    assert observation.raw_value == "192 | 191"
