"""Whole documents: damaged in any way they give the printed figures, findings or a refusal, never a wrong figure silently."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.errors import FormError
from flows.extract.report import extract_report, override_header
from flows.model import Extraction
from flows.read import read_document
from flows.registry import Registry, load_registry
from tests.extract.test_tables import named, reported, rules, statuses
from tests.layouts import (
    TABLES,
    TEXT_PAGES,
    TEXTS,
    Row,
    form_rows,
    golden,
    print_layout,
    print_table,
    three_columns,
    to_page,
)

ROOT = Path(__file__).resolve().parent.parent.parent
LAYOUTS = sorted({*TABLES, *TEXT_PAGES, *TEXTS} - {"printed_twice", "one_character_a_line"})
SHARED = re.compile(r"(reconsideration|litigation)\.(corrected|other)$")
ODD = [
    "", "无", "/", "—", "——", "1,23", "12 3", "1 204", "约100", "100余", "1.2.3", "3-5", "5①", "5²", "0x1", "1e3", "壹", "12件3",
    "１ ２", "(5)", "5%", "1,234.5", "-3", "＋4", "5人", "三", "O", "l0", "5/6", "见附件", "暂无", "5。", "5，", "12、13", "N/A", "5*",
    "5 件",
]  # fmt: skip
STRANGE = [
    "其他新增事项数",
    "办理信件数",
    "（五）其他",
    "2018年办结数",
    "小计",
    "合计",
    "主动公开行政许可信息数",
    "接受咨询人次",
    "项目",
    "",
]
UNITS = (
    "人次",
    "万元",
    "亿元",
    "条次",
    "件次",
    "条",
    "件",
    "次",
    "篇",
    "个",
    "人",
    "元",
    "项",
    "名",
    "期",
    "%",
)
Rows = list[Row]
Damage = Callable[[Rows], Rows]


@pytest.fixture
def rows(registry: Registry) -> Rows:
    return form_rows(registry.forms["2014"])


def true_amount(text: str) -> Decimal | None:
    """Return the figure that a person would read in a cell for certain, kept apart from the code."""
    text = (
        "".join(
            str("０１２３４５６７８９".find(mark)) if mark in "０１２３４５６７８９" else mark
            for mark in text
        )
        .strip()
        .replace("＋", "+")
    )
    unit = next((unit for unit in UNITS if text.endswith(unit) and text != unit), "")
    text = text.removesuffix(unit).strip()
    certain = re.fullmatch(r"[+-]?(0|[1-9][0-9]*|[1-9][0-9]{0,2}(,[0-9]{3})+)(\.[0-9]+)?", text)
    return Decimal(text.replace(",", "")) if certain else None


def faults_of(extraction: Extraction, rows: Sequence[Row]) -> list[str]:
    """Return every figure that is wrong or lost without a finding that names it, and every unknown row passed over."""
    printed: dict[str, list[Decimal | None]] = {}
    for row in rows:
        printed.setdefault(row.code, []).append(true_amount(row.value))
    flagged = {cell.split("|")[0] for finding in extraction.findings for cell in finding.cells}
    faults = []
    for each in extraction.observations:
        amounts = printed.get(each.indicator_id, [])
        if each.indicator_id in flagged:
            continue
        if each.value.amount is not None and set(amounts) != {each.value.amount}:
            faults.append(f"wrong: {each.indicator_id} is {each.value.amount}, printed {amounts}")
        if each.value.amount is None and any(amount is not None for amount in amounts):
            faults.append(f"lost: {each.indicator_id} is {each.value.status}, printed {amounts}")
    return faults


# Damages: each takes the rows as they would be printed and spoils something


def drop(at: int, count: int) -> Damage:
    return lambda rows: rows[: at % len(rows)] + rows[at % len(rows) + count :]


def drop_section_heads() -> Damage:
    return lambda rows: [
        row for row in rows if not row.code.endswith(("reconsideration.total", "litigation.total"))
    ]


def swap_blocks(first: int, second: int, third: int) -> Damage:
    def damage(rows: Rows) -> Rows:
        a, b, c = sorted(place % (len(rows) + 1) for place in (first, second, third))
        return rows[:a] + rows[b:c] + rows[a:b] + rows[c:]

    return damage


def put(at: int, value: str) -> Damage:
    return change(at, lambda row: replace(row, value=value))


def rename(at: int, label: str) -> Damage:
    return change(at, lambda row: replace(row, label=label, code="?"))


def change(at: int, new: Callable[[Row], Row]) -> Damage:
    """Return a damage to one row that has a figure."""
    return lambda rows: [
        new(row) if here == at % len(rows) and not row.heading else row for here, row in enumerate(rows)
    ]


def insert(at: int, label: str, value: str) -> Damage:
    stranger = Row("?", label, "件", value, False)
    return lambda rows: [*rows[: at % len(rows)], stranger, *rows[at % len(rows) :]]


PLACES = st.integers(0, 77)
LOSSES = st.one_of(
    st.builds(drop, PLACES, st.integers(1, 8)),
    st.builds(drop_section_heads),
    st.builds(put, PLACES, st.sampled_from(ODD)),
    st.builds(rename, PLACES, st.sampled_from(STRANGE)),
    st.builds(insert, PLACES, st.sampled_from(STRANGE), st.integers(0, 99).map(str)),
)
MOVES = st.builds(swap_blocks, PLACES, PLACES, PLACES)


@cache
def schemas() -> Registry:
    """Return the registry: not as a fixture, for hypothesis writes out every argument of a test that fails."""
    return load_registry(ROOT / "schemas")


def damaged_faults(damages: Sequence[Damage], layout: str) -> list[str]:
    """Return the faults in reading the table after some damages, none where it is refused."""
    registry = schemas()
    rows = form_rows(registry.forms["2014"])
    for damage in damages:
        rows = damage(rows)
    try:
        extraction = extract_report(read_document(print_layout(layout, rows), "page"), registry)
    except FormError:
        return []
    return faults_of(extraction, rows)


@settings(max_examples=100, deadline=None)
@given(damages=st.lists(LOSSES, min_size=1, max_size=3), layout=st.sampled_from(LAYOUTS))
def test_no_damage_gives_a_wrong_or_lost_figure_without_a_finding_that_names_it(
    damages: list[Damage], layout: str
) -> None:
    assert damaged_faults(damages, layout) == []


@pytest.mark.slow
@settings(max_examples=3_000, deadline=None)
@given(damages=st.lists(LOSSES, min_size=1, max_size=5), layout=st.sampled_from(LAYOUTS))
def test_no_damage_at_all_gives_a_wrong_or_lost_figure_without_a_finding_that_names_it(
    damages: list[Damage], layout: str
) -> None:
    assert damaged_faults(damages, layout) == []


@settings(max_examples=50, deadline=None)
@given(damages=st.lists(LOSSES | MOVES, min_size=1, max_size=3), layout=st.sampled_from(LAYOUTS))
def test_rows_in_another_order_keep_their_figures_but_for_labels_that_sections_share(
    damages: list[Damage], layout: str
) -> None:
    faults = damaged_faults(damages, layout)
    assert [fault for fault in faults if not SHARED.search(fault.split()[1])] == []


@pytest.mark.parametrize(
    "layout",
    ["three_columns", "no_header", "number_column", "group_column", "side_by_side", "no_unit_column"],
)
@pytest.mark.parametrize("label", [label for label in STRANGE if label != "（五）其他"])
def test_an_unknown_row_with_a_figure_is_loud_in_every_table(
    layout: str, label: str, rows: Rows, registry: Registry
) -> None:
    extraction = extract_report(
        read_document(print_layout(layout, insert(36, label, "4711")(rows)), "page"), registry
    )
    assert reported(extraction) == golden()
    assert any("4711" in finding.message.en for finding in extraction.findings)


@pytest.mark.parametrize("printed", [text for text in ODD if true_amount(text) is None])
@pytest.mark.parametrize("layout", ["three_columns", "no_header", "no_unit_column", "tabs", "cell_a_line"])
def test_an_odd_cell_has_no_amount_and_its_text_is_kept(
    layout: str, printed: str, rows: Rows, registry: Registry
) -> None:
    code = "v2014.application.received.in_person"
    at = next(at for at, row in enumerate(rows) if row.code == code)
    extraction = extract_report(read_document(print_layout(layout, put(at, printed)(rows)), "page"), registry)
    assert {
        code: amount for code, amount in golden().items() if reported(extraction).get(code) != amount
    } == {code: golden()[code]}
    assert code not in reported(extraction)
    if layout in TABLES:
        (observation,) = [each for each in extraction.observations if each.indicator_id == code]
        assert observation.raw_value == printed
        expected = {"": "blank", "无": "none_word", "/": "dash", "—": "dash", "——": "dash"}.get(
            printed, "unreadable"
        )
        assert observation.value.status == expected
        assert code in named(
            extraction, "unreadable_cell" if expected == "unreadable" else "blank_cells"
        ) or expected in ("none_word", "dash")


# Documents that are no report of a form, or of none that they say


@pytest.mark.parametrize(
    "page",
    [
        to_page("<p>无统计表。</p>"), to_page(print_table([])), to_page("<table><tr><td></td></tr></table>"),
        to_page("<table><tr><td>栏目</td><td>数量</td></tr><tr><td>收到申请数</td><td>192</td></tr></table>"), "收到申请192件".encode(),
        b"<html><body>404 Not Found</body></html>", "<p>系统正在验证您的访问，请稍候（测试合成）</p>".encode(),
    ],
)  # fmt: skip
def test_a_page_without_the_table_is_refused_with_what_was_found_and_what_to_do(
    page: bytes, registry: Registry
) -> None:
    with pytest.raises(FormError) as caught:
        extract_report(read_document(page, "page.html"), registry)
    english, chinese = caught.value.text
    assert english.startswith("page.html: ")
    assert re.search(r"\d tables, \d+ rows of a known form, expected at least 10", english)
    assert "gongkai show page.html" in english
    assert re.search(r"page\.html：\d 张表", chinese)
    assert "gongkai show page.html" in chinese


@pytest.mark.parametrize(
    ("year", "said"), [(2011, "free form of 2008-2013"), (2016, "what its prose alone states is not read")]
)
def test_a_report_without_a_table_is_told_to_be_one(year: int, said: str, registry: Registry) -> None:
    text = (
        f"怀柔区{year}年政府信息公开工作年度报告\n本年度组织学习4次，信息公开工作平稳有序，本句为测试合成。"
    )
    with pytest.raises(FormError, match=said):
        extract_report(read_document(text.encode(), "prose.txt"), registry)


def test_a_template_that_nobody_filled_states_no_figure(rows: Rows, registry: Registry) -> None:
    blank = [replace(row, value="") for row in rows]
    for layout in ("three_columns", "number_column", "glued", "tabs"):
        extraction = extract_report(read_document(print_layout(layout, blank), "page"), registry)
        assert reported(extraction) == {}
        assert len(named(extraction, "blank_cells")) == 71


def test_fewer_than_ten_rows_are_no_table_of_the_form(rows: Rows, registry: Registry) -> None:
    figures = [row for row in rows if not row.heading]
    assert (
        len(reported(extract_report(read_document(to_page(three_columns(figures[:10])), "page"), registry)))
        == 10
    )
    with pytest.raises(FormError, match="9 rows of a known form"):
        extract_report(read_document(to_page(three_columns(figures[:9])), "page"), registry)


@pytest.mark.parametrize(
    ("year", "found"),
    [(2013, ["form_year"]), (2014, []), (2018, []), (2019, ["form_year"]), (2020, ["form_year"])],
)
def test_a_table_of_a_form_that_was_not_in_force_is_read_and_found(
    year: int, found: list[str], rows: Rows, registry: Registry
) -> None:
    page = to_page(three_columns(rows), title=f"北京市怀柔区人民政府{year}年政府信息公开工作年度报告")
    page = page.replace(b"2018", str(year).encode()).replace(b"2019-03-19", f"{year + 1}-03-19".encode())
    extraction = extract_report(read_document(page, "page"), registry)
    assert reported(extraction) == golden()
    assert (extraction.form, extraction.header.year, rules(extraction)) == ("2014", year, found)


ITEMS = """<table><tr><td colspan=4>第二十条第（一）项</td></tr>
<tr><td>信息内容</td><td>本年制发件数</td><td>本年废止件数</td><td>现行有效件数</td></tr><tr><td>规章</td><td>1</td><td>0</td><td>5</td></tr>
<tr><td>行政规范性文件</td><td>7</td><td>2</td><td>40</td></tr></table>"""
APPLICANTS = "自然人|商业企业|科研机构|社会公益组织|法律服务机构|其他|总计".split("|")
RESULTS = (
    "一、本年新收政府信息公开申请数量", "二、上年结转政府信息公开申请数量", "（一）予以公开", "（三）不予公开", "（七）总计",
    "四、结转下年度继续办理",
)  # fmt: skip


def page_of_2021() -> bytes:
    """Return a small synthetic report of the form of 2021."""
    lines = [
        f"<tr><td>{label}</td>{''.join(f'<td>{at + here}</td>' for here in range(7))}</tr>"
        for at, label in enumerate(RESULTS, start=1)
    ]
    head = f"<tr><td>申请人情况</td>{''.join(f'<td>{name}</td>' for name in APPLICANTS)}</tr>"
    title = "北京市怀柔区人民政府2022年政府信息公开工作年度报告"
    return (
        to_page(f"{ITEMS}<table>{head}{''.join(lines)}</table>", title)
        .replace(b"2018", b"2022")
        .replace(b"2019", b"2023")
    )


def test_a_report_of_the_form_of_2021_is_never_read_as_the_statistical_table(registry: Registry) -> None:
    extraction = extract_report(read_document(page_of_2021(), "page"), registry)
    assert (extraction.form, extraction.header.year) == ("2021", 2022)
    figures = {f"{each.indicator_id}|{each.applicant}": each.value.amount for each in extraction.observations}
    assert figures["v2021.application.new|natural_person"] == 1
    assert figures["v2021.application.new|total"] == 7
    assert figures["v2021.application.carried_out|total"] == 12
    assert figures["v2021.art20_1.normative.in_force|total"] == 40


def test_both_forms_in_one_page_are_read_each_under_its_own(rows: Rows, registry: Registry) -> None:
    page = page_of_2021() + three_columns(rows).encode()
    extraction = extract_report(read_document(page, "page"), registry)
    assert extraction.form == "2021"
    old = {code: amount for code, amount in reported(extraction).items() if code.startswith("v2014")}
    assert old == golden()
    assert {"form_year", "mixed_forms"} <= set(rules(extraction))


# What a person settles


def test_a_body_and_a_year_that_a_person_gives_settle_what_was_found_about_them(
    rows: Rows, registry: Registry
) -> None:
    page = to_page(three_columns(rows), title="某镇政府信息公开工作年度报告").replace(b"2018", b"")
    extraction = extract_report(read_document(page, "page"), registry)
    assert sorted(rules(extraction)) == ["body_unknown", "year_unknown"]
    settled = override_header(extraction, "110116", 2018)
    assert (settled.header.body_id, settled.header.year, rules(settled)) == ("110116", 2018, [])
    assert settled.observations == extraction.observations
    assert rules(override_header(extraction, "", 2018)) == ["body_unknown"]


def test_rows_that_are_not_printed_are_counted_in_one_finding(rows: Rows, registry: Registry) -> None:
    lost = {"v2014.complaint.total", "v2014.training.meetings"}
    extraction = extract_report(
        read_document(to_page(three_columns([row for row in rows if row.code not in lost])), "page"), registry
    )
    assert {code for code, status in statuses(extraction).items() if status == "not_in_report"} == lost
    assert named(extraction, "missing_rows") == lost
    (finding,) = [finding for finding in extraction.findings if finding.rule_id == "missing_rows"]
    assert "2" in finding.message.zh
