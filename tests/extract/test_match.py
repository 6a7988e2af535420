"""Printed rows to indicators: by path and never by a label alone; what is not certain is said."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import combinations

import pytest

from flows.codebook import Form
from flows.extract.match import build_observations, choose_meaning, match_rows, read_cell
from flows.extract.tables import PrintedRow
from flows.model import Finding, Observation
from flows.registry import Registry
from tests.layouts import Row, form_rows, golden

RECONSIDERATION, LITIGATION = "v2014.reconsideration", "v2014.litigation"
SHARED = tuple(
    f"{section}.{leaf}" for section in (RECONSIDERATION, LITIGATION) for leaf in ("corrected", "other")
)


@pytest.fixture
def form(registry: Registry) -> Form:
    return registry.forms["2014"]


def printed(rows: Sequence[Row]) -> list[PrintedRow]:
    return [
        PrintedRow((row.label,), None if row.heading else row.value, row.unit, f"r{at}")
        for at, row in enumerate(rows)
    ]


def read(rows: Sequence[PrintedRow], form: Form) -> tuple[dict[str, Observation], list[Finding]]:
    matched = match_rows(rows, form)
    built = list(build_observations(matched, form))
    return {each.indicator_id: each for each, _ in built}, [
        *matched.findings,
        *(found for _, each in built for found in each),
    ]


def amounts(observations: dict[str, Observation]) -> dict[str, Decimal]:
    return {code: each.value.amount for code, each in observations.items() if each.value.amount is not None}


def test_every_row_is_matched_in_the_order_of_the_form(form: Form) -> None:
    observations, findings = read(printed(form_rows(form)), form)
    assert amounts(observations) == golden()
    assert findings == []


# Labels that two sections share


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 7])
def test_no_loss_of_rows_moves_a_figure_of_lawsuits_to_reconsideration_or_back(size: int, form: Form) -> None:
    rows = form_rows(form)
    block = [row for row in rows if row.code.startswith((RECONSIDERATION, LITIGATION))]
    for lost in combinations(block, size):
        left = [row for row in rows if row not in lost]
        observations, findings = read(printed(left), form)
        for code in SHARED:
            assert observations[code].value.amount in (None, golden()[code]), [row.code for row in lost]
            if observations[code].value.amount is None and code not in {row.code for row in lost}:
                assert "ambiguous_label" in {found.rule_id for found in findings}, [row.code for row in lost]
        others = {row.code for row in left if not row.heading} - set(SHARED)
        assert {code: observations[code].value.amount for code in others} == {
            code: golden()[code] for code in others
        }


@pytest.mark.parametrize("unknown", ["四、行政复议数量", "五、行政诉讼数量", "（一）维持具体行政行为数"])
def test_a_shared_label_after_an_unknown_row_is_told_by_the_row_between_or_not_at_all(
    unknown: str, form: Form
) -> None:
    rows = [
        PrintedRow((row.headings[0].replace(unknown, "情况说明合计"),), row.value, row.unit, row.locator)
        for row in printed(form_rows(form))
    ]
    observations, findings = read(rows, form)
    assert {code: observations[code].value.amount for code in SHARED} in (
        {code: golden()[code] for code in SHARED},
        {code: golden()[code] if LITIGATION in code else None for code in SHARED},
    )
    assert findings[0].rule_id == "unknown_label"


def test_sections_in_another_order_keep_their_own_figures(form: Form) -> None:
    rows = form_rows(form)
    before = [row for row in rows if not row.code.startswith((RECONSIDERATION, LITIGATION))]
    swapped = [row for row in rows if row.code.startswith(LITIGATION)] + [
        row for row in rows if row.code.startswith(RECONSIDERATION)
    ]
    observations, findings = read(printed([*before, *swapped]), form)
    assert amounts(observations) == golden()
    assert findings == []


def test_a_stray_row_with_a_shared_label_is_loud_and_names_what_it_can_be(form: Form) -> None:
    stray = PrintedRow(("（二）被依法纠错数",), "4711", "件", "stray")
    observations, findings = read([stray, *printed(form_rows(form))], form)
    assert amounts(observations) == golden()
    assert [(found.rule_id, found.locator, found.cells) for found in findings] == [
        ("ambiguous_label", "stray", (f"{RECONSIDERATION}.corrected|total", f"{LITIGATION}.corrected|total"))
    ]


def test_without_anything_before_it_a_shared_label_has_no_meaning(form: Form) -> None:
    meant = form.row_spellings["被依法纠错数"]  # type: ignore[index]
    assert len(meant) == 2
    assert choose_meaning(meant, None, form) is None
    assert choose_meaning(meant, form.by_id["v2014.complaint.total"], form) is None
    assert (
        choose_meaning(meant, form.by_id[f"{LITIGATION}.upheld"], form)
        == form.by_id[f"{LITIGATION}.corrected"]
    )
    assert choose_meaning(meant, form.by_id[f"{LITIGATION}.other"], form) is None


# Headings


@pytest.mark.parametrize(
    ("headings", "code"),
    [
        (("（一）收到申请数",), "v2014.application.received"), (("收到申请数", "35"), "v2014.application.received"),
        (("35", "收到申请数"), "v2014.application.received"), (("1.当面申请数", "（一）收到申请数"), "v2014.application.received.in_person"),
        (("涉及国家秘密", "其中"), "v2014.reply.refused.state_secret"),
        (("公开规范性文件数", "主动"), "v2014.disclosure.total.normative_disclosed"),
        (("收到\n申请数",), "v2014.application.received"), (("收到申请数（含上年结转）",), "v2014.application.received"),
        (("5.其他途径来件数", "（一）收到申请数"), ""),
        (("合计", "四、行政复议数量"), ""), (("收到申请数合计",), ""), (("",), ""), (("35",), ""),

(("收到申请",), "v2014.application.received"), (("收到来信数",), ""), (("申请数",), ""), (("项目",), ""),
    ],
)  # fmt: skip
def test_the_heading_nearest_to_the_figure_decides_and_no_other(
    headings: tuple[str, ...], code: str, form: Form
) -> None:
    matched = match_rows([PrintedRow(headings, "192", "件", "here")], form)
    assert [cell.split("|")[0] for cell in matched.rows] == ([code] if code else [])
    assert [found.rule_id for found in matched.findings] == ([] if code else ["unknown_label"])


def test_an_unknown_heading_is_named_with_the_nearest_known_one_and_never_taken_for_it(form: Form) -> None:
    matched = match_rows([PrintedRow(("（一）收到申请封数",), "192", "件", "here")], form)
    assert matched.rows == {}
    (finding,) = matched.findings
    assert finding.locator == "here"
    for message in finding.message:
        for part in (
            "（一）收到申请封数",
            "192",
            "收到申请数",
            "v2014.application.received",
            "schemas/forms/2014.csv",
        ):
            assert part in message


@pytest.mark.parametrize(
    "row",
    [
        PrintedRow(("统计指标",), "统计数", "", ""), PrintedRow(("填报单位（盖章）：",), "", "", ""), PrintedRow(("",), "", "", ""),
        PrintedRow(("政府信息公开情况统计表",), None, "", ""), PrintedRow(("序号", "统计指标"), "", "", ""),
    ],
)  # fmt: skip
def test_the_head_of_a_table_is_no_row_of_it(row: PrintedRow, form: Form) -> None:
    matched = match_rows([row], form)
    assert (matched.rows, matched.findings) == ({}, [])


def test_a_row_that_is_lost_beside_an_unknown_one_is_unreadable_and_one_not_printed_is_not_in_the_report(
    form: Form,
) -> None:
    rows = printed(form_rows(form))
    lost = next(at for at, row in enumerate(rows) if row.headings == ("1.当面申请数",))
    rows[lost] = PrintedRow(("1.来人申请",), "65", "件", "here")
    rows = [row for row in rows if row.headings != ("2.延期办结数",)]
    observations, _ = read(rows, form)
    assert observations["v2014.application.received.in_person"].value.status == "unreadable"
    assert observations["v2014.application.concluded.extended"].value.status == "not_in_report"
    assert len(amounts(observations)) == 69


# Cells


@pytest.mark.parametrize(
    ("text", "unit", "amount", "shown", "basis"),
    [
        ("192", "件", "192", "件", "printed"), ("192", "", "192", "件", "form"), ("192件", "", "192", "件", "printed"),
        ("192 件", "人", "192", "件", "printed"), ("192人次", "", "192", "人次", "printed"), ("1,192", "", "1192", "件", "form"),
        ("12 3", "", None, "件", "form"), ("件", "", None, "件", "form"), ("", "", None, "件", "form"), ("约192件", "", None, "件", "printed"),
    ],
)  # fmt: skip
def test_a_cell_is_read_with_the_unit_that_is_printed_or_else_the_form_s(
    text: str, unit: str, amount: str | None, shown: str, basis: str, form: Form
) -> None:
    value, found, how = read_cell(
        PrintedRow(("收到申请数",), text, unit, ""), form.by_id["v2014.application.received"]
    )
    assert value.amount == (Decimal(amount) if amount else None)
    assert (found, how) == (shown, basis)


def test_money_may_be_in_any_unit_of_money_and_is_never_converted(form: Form) -> None:
    rows = [
        PrintedRow(row.headings, "72505", "元", row.locator) if "专项经费" in row.headings[0] else row
        for row in printed(form_rows(form))
    ]
    observations, findings = read(rows, form)
    budget = observations["v2014.organisation.budget"]
    assert (budget.value.amount, budget.unit, budget.unit_basis) == (Decimal(72505), "元", "printed")
    assert findings == []


def test_the_rows_of_a_local_block_are_looked_for_only_where_one_of_them_is_printed(form: Form) -> None:
    national = [row for row in form_rows(form) if ".key_areas" not in row.code]
    assert len(read(printed(national), form)[0]) == 58
    one = [*national, next(row for row in form_rows(form) if row.code.endswith("key_areas.audit"))]
    observations, _ = read(printed(one), form)
    assert len(observations) == 71
    assert observations["v2014.disclosure.key_areas"].value.status == "not_in_report"


def test_the_same_row_printed_twice_is_one_and_printed_differently_is_none(form: Form) -> None:
    rows = printed(form_rows(form))
    assert read([*rows, *rows], form) == read(rows, form)
    observations, findings = read([*rows, PrintedRow(("（一）收到申请数",), "191", "件", "again")], form)
    assert observations["v2014.application.received"].value.status == "unreadable"
    assert observations["v2014.application.received"].raw_value == "192 | 191"
    assert [(found.rule_id, found.cells) for found in findings] == [
        ("duplicate_cell", ("v2014.application.received|total",))
    ]
