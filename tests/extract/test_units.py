"""How values and their units are printed, line by line of the notes on the forms: as printed, or with the reason there is none."""

from decimal import Decimal

import pytest

from flows.extract.report import extract_report
from flows.model import Extraction, Observation
from flows.read import read_document
from flows.registry import Registry
from tests.extract.test_tables import rules
from tests.layouts import HEADER, cells, form_rows, print_row, print_table, to_page

BUDGET, RECEIVED = "v2014.organisation.budget", "v2014.application.received"
Section = tuple[str, tuple[str, ...], list[tuple[str, ...]]]
APPLICANTS = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")


def observed(extraction: Extraction, code: str, applicant: str = "total") -> Observation:
    (found,) = (
        each for each in extraction.observations if (each.indicator_id, each.applicant) == (code, applicant)
    )
    return found


def extract(registry: Registry, body: str, year: int = 2018) -> Extraction:
    title = f"合成市样张区{year}年政府信息公开工作年度报告"
    return extract_report(
        read_document(to_page(body, title).replace(b"2018", str(year).encode()), "page"), registry
    )


def statistics(
    registry: Registry, above: str = "", caption: str = "", units: bool = True, **written: str
) -> Extraction:
    """Return what a table of 2014 with some rows written in another way states."""
    rows = []
    for row in form_rows(registry.forms["2014"]):
        label, unit, value = cells(row)
        name = row.code.rpartition(".")[2]
        label, value = written.get(f"{name}_label", label), written.get(name, value)
        rows.append(print_row((label, unit if units else "", value)))
    table = print_table([f"<caption>{caption}</caption>" if caption else "", HEADER, *rows])
    return extract(registry, above + table)


@pytest.mark.parametrize(
    ("printed", "label", "unit", "basis"),
    [
        ("72505", "", "万元", "form"), ("72505元", "", "元", "printed"), ("7.25万元", "", "万元", "printed"),
        ("72505", "（四）政府信息公开专项经费（元）", "元", "printed"), ("7.25", "政府信息公开专项经费（单位：万元）", "万元", "printed"),
        ("72505元", "政府信息公开专项经费（万元）", "元", "printed"), ("0.0001亿元", "", "亿元", "printed"),
    ],
)  # fmt: skip
def test_the_unit_of_money_is_that_of_the_cell_else_of_its_heading_else_of_the_form(
    printed: str, label: str, unit: str, basis: str, registry: Registry
) -> None:
    written = {"budget": printed} | ({"budget_label": label} if label else {})
    each = observed(statistics(registry, units=False, **written), BUDGET)
    assert (each.unit, each.unit_basis, each.value.status, each.raw_value) == (
        unit,
        basis,
        "reported",
        printed,
    )


@pytest.mark.parametrize(
    ("above", "caption", "money", "count"),
    [
        ("<p>单位：元</p>", "", ("元", "printed"), ("件", "form")), ("<p>（单位：万元）</p>", "", ("万元", "printed"), ("件", "form")),
        ("<p>政府信息公开情况统计表　　单位：件</p>", "", ("万元", "form"), ("件", "printed")),
        ("", "统计表（计量单位：件）", ("万元", "form"), ("件", "printed")),
        ("<p>填报单位：区政府办</p>", "", ("万元", "form"), ("件", "form")),
        ("<p>单位：件、万元</p>", "", ("万元", "form"), ("件", "form")),
        ("<p>单位：元</p><p>甲</p><p>乙</p>", "", ("万元", "form"), ("件", "form")),
    ],
)  # fmt: skip
def test_a_unit_above_the_table_is_that_of_the_cells_that_can_have_it(
    above: str, caption: str, money: tuple[str, str], count: tuple[str, str], registry: Registry
) -> None:
    extraction = statistics(registry, above, caption, units=False)
    for code, expected in ((BUDGET, money), (RECEIVED, count)):
        each = observed(extraction, code)
        assert (each.unit, each.unit_basis) == expected
    assert "unit_differs" not in rules(extraction)


def test_a_unit_column_is_printed_and_goes_before_the_line_above(registry: Registry) -> None:
    extraction = statistics(registry, "<p>单位：元</p>")
    assert (observed(extraction, BUDGET).unit, observed(extraction, BUDGET).unit_basis) == ("万元", "printed")


# The forms since 2019


def applications(total: str, others: str = "") -> str:
    """Return a table of applications with some figures in the row of new ones."""
    head = print_row(("申请人情况", *APPLICANTS))
    labels = (
        "一、本年新收政府信息公开申请数量", "二、上年结转政府信息公开申请数量", "（一）予以公开", "（七）总计", "四、结转下年度继续办理"
    )  # fmt: skip
    return print_table([head, *(print_row((label, *[others] * 6, total)) for label in labels)])


def items(form: str, amount: str = "0", heading: str = "", change: str = "0", licences: str = "0") -> str:
    """Return table 2 of a form with some of its cells as given."""
    lines = []
    for title, columns, rows in (items_2021 if form == "2021" else items_2019)(
        amount, heading, change, licences
    ):
        lines += [print_row((title,)), print_row(("信息内容", *columns)), *(print_row(row) for row in rows)]
    return print_table(lines)


def items_2021(amount: str, heading: str, _: str, licences: str) -> list[Section]:
    none, dash = ("规章", "无", "无", "无"), ("行政规范性文件", "无", "/", "—")
    return [
        ("第二十条第（一）项", ("本年制发件数", "本年废止件数", "现行有效件数"), [none, dash]),
        ("第二十条第（五）项", ("本年处理决定数量",), [("行政许可", licences)]),
        ("第二十条第（六）项", ("本年处理决定数量",), [("行政处罚", "2"), ("行政强制", "-")]),
        ("第二十条第（八）项", (heading or "本年收费金额（单位：万元）",), [("行政事业性收费", amount)]),
    ]


def items_2019(amount: str, heading: str, change: str, licences: str) -> list[Section]:
    made = ("本年新制作数量", "本年新公开数量", "对外公开总数量")
    counted = ("上一年项目数量", "本年增/减", "处理决定数量")
    licensing, others = ("行政许可", "71", change, licences), ("其他对外管理服务事项", "0", "0", "0")
    return [
        ("第二十条第（一）项", made, [("规章", "", "", ""), ("规范性文件", "2", "0", "83")]),
        ("第二十条第（五）项", counted, [licensing, others]),
        ("第二十条第（六）项", counted, [("行政处罚", "0", "0", "0"), ("行政强制", "4", "4", "-")]),
        ("第二十条第（八）项", counted[:2], [("行政事业性收费", "", "")]),
        ("第二十条第（九）项", ("采购项目数量", heading or "采购总金额"), [("政府集中采购", "1", amount)]),
    ]


def whole(registry: Registry, form: str, table: str, total: str = "0", others: str = "0") -> Extraction:
    return extract(registry, table + applications(total, others), 2019 if form == "2019" else 2022)


@pytest.mark.parametrize(
    ("form", "printed", "heading", "amount", "unit", "basis"),
    [
        ("2019", "251000元", "", "251000", "元", "printed"), ("2019", "70487元", "", "70487", "元", "printed"),
        ("2019", "477.35", "采购总金额（万元）", "477.35", "万元", "printed"), ("2019", "8040", "", "8040", "", ""),
        ("2019", "8157.19", "", "8157.19", "", ""), ("2019", "12元", "采购总金额（万元）", "12", "元", "printed"),
        ("2021", "72701.2578", "", "72701.2578", "万元", "printed"), ("2021", "59237.2449", "", "59237.2449", "万元", "printed"),
        ("2021", "0.092", "", "0.092", "万元", "printed"), ("2021", "0.092", "本年收费金额", "0.092", "万元", "form"),
        ("2021", "920元", "", "920", "元", "printed"), ("2021", "1.5", "本年收费金额（亿元）", "1.5", "亿元", "printed"),
    ],
)  # fmt: skip
def test_money_keeps_the_unit_it_is_printed_with(
    form: str, printed: str, heading: str, amount: str, unit: str, basis: str, registry: Registry
) -> None:
    code = "v2019.art20_9.procurement.amount" if form == "2019" else "v2021.art20_8.charges.amount"
    each = observed(whole(registry, form, items(form, printed, heading)), code)
    assert (each.value.amount, each.unit, each.unit_basis) == (Decimal(amount), unit, basis)


@pytest.mark.parametrize(
    ("form", "code", "status", "amount"),
    [
        ("2019", "art20_1.regulations.made", "blank", None), ("2019", "art20_8.charges.items_change", "blank", None),
        ("2019", "art20_6.coercion.decisions", "dash", None), ("2019", "art20_5.licensing.items_change", "reported", -11),
        ("2019", "art20_5.licensing.decisions", "reported", 11398889), ("2019", "art20_1.normative.public_total", "reported", 83),
        ("2021", "art20_1.regulations.in_force", "none_word", None), ("2021", "art20_1.normative.repealed", "dash", None),
        ("2021", "art20_1.normative.in_force", "dash", None), ("2021", "art20_6.coercion.decisions", "dash", None),
        ("2021", "art20_6.penalty.decisions", "reported", 2),
    ],
)  # fmt: skip
def test_a_cell_without_a_figure_keeps_the_reason_apart_from_nought(
    form: str, code: str, status: str, amount: int | None, registry: Registry
) -> None:
    extraction = whole(registry, form, items(form, change="-11", licences="11398889"))
    each = observed(extraction, f"v{form}.{code}")
    assert (each.value.status, each.value.amount) == (status, amount)


@pytest.mark.parametrize(
    ("printed", "status", "amount"),
    [
        ("0", "reported", 0), (" 0", "reported", 0), ("0 ", "reported", 0), ("&nbsp;", "blank", None), ("", "blank", None),
        ("无", "none_word", None), ("-", "dash", None), ("/", "dash", None), ("—", "dash", None), ("——", "dash", None),
        ("N/A", "unreadable", None), ("１２", "reported", 12), ("2,054", "reported", 2054), ("20,54", "unreadable", None),
        ("3件", "reported", 3), ("18万余", "unreadable", None), ("约3", "unreadable", None), ("三", "unreadable", None),
        ("4.87%", "reported", Decimal("4.87")), ("5；", "unreadable", None), ("3.5万", "unreadable", None),
    ],
)  # fmt: skip
def test_a_total_is_what_is_printed_whatever_stands_beside_it(
    printed: str, status: str, amount: int | None, registry: Registry
) -> None:
    extraction = whole(registry, "2021", items("2021"), printed, "")
    for row in ("application.new", "result.granted", "application.carried_out"):
        each = observed(extraction, f"v2021.{row}")
        assert (each.value.status, each.value.amount) == (status, amount)
        assert observed(extraction, f"v2021.{row}", "natural_person").value.status == "blank"
    if status == "unreadable":
        assert "unreadable_cell" in rules(extraction)
