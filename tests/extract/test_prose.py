"""Figures that sentences state: only those certainly of this report and this row, never those of the table itself."""

from collections.abc import Sequence

import pytest

from flows.extract.prose import read_statements
from flows.extract.report import extract_report
from flows.model import Document, Grid
from flows.read import read_document
from flows.registry import Registry
from tests.layouts import form_rows, three_columns, to_page

BUDGET, FEE = "v2014.organisation.budget", "v2014.fee.collected"


def read(
    text: str, registry: Registry, form: str = "2014", table: Sequence[Grid] = ()
) -> list[tuple[str, str, str]]:
    found = read_statements(Document("page", text), registry.forms[form], table, 2018)
    return [(each.indicator_id, str(each.value.amount), each.unit) for each in found]


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("政府信息公开专项经费72505元", "72505", "元"), ("政府信息公开专项经费为7.25万元。", "7.25", "万元"),
        ("信息公开专项经费共计7万元", "7", "万元"),
        ("政府信息公开专项经费：72,505元", "72505", "元"), ("政府信息公开专项经费７２５０５元", "72505", "元"),
        ("政府信息公开专项经费 0 元", "0", "元"),
        ("2018年政府信息公开专项经费72505元", "72505", "元"), ("全年会议118次，政府信息公开专项经费72505元；", "72505", "元"),
    ],
)  # fmt: skip
def test_a_sentence_states_a_figure_with_its_unit(
    text: str, amount: str, unit: str, registry: Registry
) -> None:
    assert read(text, registry) == [(BUDGET, amount, unit)]


@pytest.mark.parametrize(
    "text",
    [
        "政府信息公开专项经费约72505元", "政府信息公开专项经费7万余元", "政府信息公开专项经费7余万元", "政府信息公开专项经费72505余元",
        "政府信息公开专项经费7万元左右",
        "政府信息公开专项经费7万元以上", "政府信息公开专项经费7万多元", "政府信息公开专项经费近7万元", "政府信息公开专项经费不足7万元",
        "政府信息公开专项经费72505",
        "政府信息公开专项经费3-5万元", "政府信息公开专项经费72,50元", "政府信息公开专项经费七万元", "政府信息公开专项经费7次",
        "政府信息公开专项经费。72505元",
        "未安排政府信息公开专项经费5万元", "没有政府信息公开专项经费5万元", "上年政府信息公开专项经费5万元",
        "2017年政府信息公开专项经费5万元",
        "2017年，政府信息公开专项经费5万元", "累计政府信息公开专项经费5万元", "政府信息公开专项经费增加5万元", "",
    ],
)  # fmt: skip
def test_a_figure_that_is_rounded_negated_of_another_year_or_without_its_unit_is_none(
    text: str, registry: Registry
) -> None:
    assert read(text, registry) == []


def test_a_figure_says_the_characters_it_stands_at(registry: Registry) -> None:
    text = "会议118次，政府信息公开专项经费72505元。依申请公开信息收取的费用0元。"
    statements = list(read_statements(Document("page", text), registry.forms["2014"], (), 2018))
    assert [each.indicator_id for each in statements] == [FEE, BUDGET]
    for each in statements:
        start, end = map(int, each.locator.removeprefix("text ").split("-"))
        assert text[start:end] == each.raw_value
        assert each.reading == "prose"


def test_two_sentences_with_two_figures_are_two_statements(registry: Registry) -> None:
    text = "政府信息公开专项经费5万元。政府信息公开专项经费6万元。"
    assert read(text, registry) == [(BUDGET, "5", "万元"), (BUDGET, "6", "万元")]


def test_the_text_of_the_table_is_no_prose(registry: Registry) -> None:
    text = "政府信息公开专项经费72505元\n"
    assert read(text, registry, table=[Grid("table 1", (), start=0, end=len(text))]) == []
    assert read("。" * 40 + text, registry, table=[Grid("table 1", (), start=0, end=10)]) != []


def test_the_prose_beside_a_table_is_kept_apart_from_it(registry: Registry) -> None:
    table = three_columns(form_rows(registry.forms["2014"]))
    extraction = extract_report(
        read_document(to_page(f"<p>政府信息公开专项经费5万元。</p>{table}"), "page"), registry
    )
    assert [(each.indicator_id, each.raw_value, each.reading) for each in extraction.statements] == [
        (BUDGET, "5万元", "prose")
    ]
    (budget,) = [each for each in extraction.observations if each.indicator_id == BUDGET]
    assert (budget.raw_value, budget.reading) == ("72505", "table")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("全年收取信息处理费3件，总金额1200元。", [("cases", "3"), ("amount", "1200")]), ("本年度未收取信息处理费，新收申请20件。", []),
        ("收取信息处理费情况：新收申请20件", []), ("没有产生信息处理费，政府信息公开经费5万元。", []), ("信息处理费不足500元", []),
        ("信息处理费约500元", []),
    ],
)  # fmt: skip
def test_the_processing_fee_is_not_what_the_sentence_goes_on_to_count(
    text: str, found: list[tuple[str, str]], registry: Registry
) -> None:
    kinds = [(code.rpartition("_")[2], amount) for code, amount, _ in read(text, registry, "2021")]
    assert kinds == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("共主动公开政府信息207条", [("v2008.disclosure.total", "207")]), ("同意公开10件，不同意公开12件", [("v2008.reply.granted", "10")]),
        ("2018年主动公开政府信息207条，2017年主动公开政府信息199条", [("v2008.disclosure.total", "207")]), ("主动公开政府信息18万余条", []),
        ("历年主动公开政府信息999条", []),
    ],
)  # fmt: skip
def test_the_free_form_is_read_from_its_fixed_sentences(
    text: str, found: list[tuple[str, str]], registry: Registry
) -> None:
    assert [(code, amount) for code, amount, _ in read(text, registry, "2008")] == found
