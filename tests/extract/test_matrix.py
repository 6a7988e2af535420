"""Grids of the forms since 2019: the real figures of Suqian in many looks, generated reports, damaged ones."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.extract.columns import name_cases
from flows.extract.report import extract_report
from flows.model import Extraction, Finding
from flows.read import read_document
from flows.registry import Registry
from tests.portal.amounts import broken_rules
from tests.portal.html import print_html
from tests.portal.judge import Judged, judge
from tests.portal.layout import Layout, draw_layout
from tests.portal.sheets import Box, Sheet, draw_sheets, expected_cells
from tests.portal.truth import Truth, make_truth, plain_cells

GOLDEN = Path(__file__).parent.parent / "golden" / "suqian_2024.csv"
PAGE = Path(__file__).parent.parent / "pages" / "suqian_2024.html"
YEARS = {"2019": 2020, "2021": 2023}
CASES = "v2021.reconsideration", "v2021.litigation_direct", "v2021.litigation_after_reconsideration"

# One look a line: what differs from the official form as a plain page.
LAYOUTS = {
    "official": Layout(),
    "th and nested spans": Layout(tags="th", nest="span", charset="gb2312"),
    "Word export": Layout(nest="word", pad="nbsp", broken=True),
    "Excel export": Layout(nest="excel", pad="blank", value_span="2", extra_column=True),
    "layout table around": Layout(around=True, nest="p", charset="gb18030"),
    "headings cut by br": Layout(broken=True, vertical="br"),
    "headings in two rows": Layout(stacked=True),
    "one character a line": Layout(vertical="p"),
    "row spans end early": Layout(groups="short"),
    "row spans missing": Layout(groups="missing"),
    "row spans too long": Layout(groups="long"),
    "groups repeated": Layout(groups="repeated"),
    "groups left empty": Layout(groups="empty"),
    "one column of labels": Layout(groups="flat", head="one"),
    "two rows of headings": Layout(head="two", total_word="合计"),
    "ragged": Layout(spans="ragged"),
    "Shanghai": Layout(spans="shanghai", value_span="2"),
    "sections before the rows": Layout(sections="column", vertical="br"),
    "a table a section": Layout(sections="tables"),
    "cut in two": Layout(split="2"),
    "cut in three without headings": Layout(split="3", split_head=False),
    "three tables in one": Layout(joined=True, spans="ragged"),
    "headings again after a page": Layout(repeat_head=True),
    "cases as rows": Layout(cases="rows"),
    "cases in three tables": Layout(cases="tables", footer=True),
    "groups of cases misplaced": Layout(cases="misplaced", footer=True),
    "no column of totals": Layout(lost="total"),
    "a column missing": Layout(lost="legal_service_organisation"),
    "total first": Layout(order="total_first"),
    "notes in brackets, old label": Layout(notes=True, old_label=True, brackets="half"),
    "short labels": Layout(short_labels=True, chapters="1"),
}


@pytest.fixture(scope="module")
def suqian(registry: Registry) -> Truth:
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        values = {f"{row['indicator_id']}|{row['applicant']}": row["value"] for row in csv.DictReader(file)}
    table = {key: value for key, value in values.items() if ".narrative." not in key}
    return Truth(0, "2021", 2024, "宿迁市人民政府", plain_cells(table))


def read_sheets(registry: Registry, truth: Truth, layout: Layout, sheets: Sequence[Sheet]) -> Extraction:
    return extract_report(read_document(print_html(truth, layout, sheets), "synthetic.html"), registry)


def judged(extraction: Extraction, registry: Registry, truth: Truth, sheets: Sequence[Sheet]) -> list[Judged]:
    return list(judge(extraction, expected_cells(truth, sheets, registry.forms[truth.form])))


def not_right(verdicts: Sequence[Judged]) -> list[Judged]:
    return [each for each in verdicts if each.verdict != "right"]


def wrong(verdicts: Sequence[Judged]) -> list[Judged]:
    return [each for each in verdicts if each.verdict == "wrong"]


def find(extraction: Extraction, rule_id: str) -> list[Finding]:
    return [finding for finding in extraction.findings if finding.rule_id == rule_id]


def amounts(extraction: Extraction) -> dict[str, Decimal | None]:
    return {f"{each.indicator_id}|{each.applicant}": each.value.amount for each in extraction.observations}


# Real figures


def test_the_page_of_suqian_gives_all_its_figures(registry: Registry) -> None:
    extraction = extract_report(read_document(PAGE.read_bytes(), PAGE.name), registry)
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        golden = {
            f"{row['indicator_id']}|{row['applicant']}": Decimal(row["value"]) for row in csv.DictReader(file)
        }
    assert amounts(extraction) == golden
    assert (extraction.header.body_id, extraction.findings) == ("321300", ())


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_suqian_is_read_whole_in_every_look(registry: Registry, suqian: Truth, layout: Layout) -> None:
    sheets = draw_sheets(suqian, layout, registry.forms["2021"])
    extraction = read_sheets(registry, suqian, layout, sheets)
    verdicts = judged(extraction, registry, suqian, sheets)
    assert len(verdicts) >= 170
    assert not_right(verdicts) == []
    assert extraction.form == "2021"
    assert not find(extraction, "misaligned_row")


# Generated reports


@given(seed=st.integers(0, 10**6), form=st.sampled_from(sorted(YEARS)))
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_a_generated_page_never_gives_a_wrong_value(registry: Registry, seed: int, form: str) -> None:
    truth = make_truth(seed, registry.forms[form], YEARS[form])
    layout = replace(draw_layout(seed), container="table")
    sheets = draw_sheets(truth, layout, registry.forms[form])
    verdicts = judged(read_sheets(registry, truth, layout, sheets), registry, truth, sheets)
    assert wrong(verdicts) == []
    assert len(not_right(verdicts)) <= len(verdicts) // 2, "even an odd page is read for the most part"


@given(seed=st.integers(0, 10**6), form=st.sampled_from(["2014", "2019", "2021"]))
@settings(max_examples=40, deadline=None, derandomize=True, database=None)
def test_generated_figures_keep_the_rules(registry: Registry, seed: int, form: str) -> None:
    truth = make_truth(seed, registry.forms[form], {"2014": 2016, **YEARS}[form])
    stated = {key: cell.amount for key, cell in truth.cells.items()}
    broken = broken_rules(stated, registry, form, truth.year)
    told = [registry.rules[rule] for rule in broken]
    assert [rule.rule_id for rule in told if rule.is_balance and rule.is_alone] == []


def test_a_rule_is_broken_on_request(registry: Registry) -> None:
    truth = make_truth(1, registry.forms["2021"], 2023, broken=["V21-BAL-natural_person"], registry=registry)
    stated = {key: cell.amount for key, cell in truth.cells.items()}
    assert "V21-BAL-natural_person" in broken_rules(stated, registry, "2021", 2023)


# Two reports, and one twice


def test_two_reports_on_one_page_lend_each_other_nothing(registry: Registry) -> None:
    form = registry.forms["2021"]
    for seed in range(6):
        first, second = (make_truth(number, form, 2023) for number in (seed, seed + 100))
        sheets = draw_sheets(first, Layout(), form)
        less = [replace(sheets[0], rows=sheets[0].rows[:-1]), *sheets[1:]]
        extraction = read_sheets(registry, first, Layout(), [*less, *draw_sheets(second, Layout(), form)])
        assert wrong(judged(extraction, registry, first, less)) == []
        assert find(extraction, "duplicate_cell")


def test_a_table_printed_twice_is_read_once(registry: Registry, suqian: Truth) -> None:
    sheets = draw_sheets(suqian, Layout(), registry.forms["2021"])
    extraction = read_sheets(registry, suqian, Layout(), [*sheets, *sheets])
    assert not_right(judged(extraction, registry, suqian, sheets)) == []
    assert not find(extraction, "duplicate_cell")


# Single cases


def edit_boxes(sheets: Sequence[Sheet], old: str, new: str) -> list[Sheet]:
    """Return the sheets with one printed text replaced wherever it stands."""
    return [
        replace(
            sheet,
            rows=tuple(
                tuple(replace(box, text=new) if box.text == old else box for box in row) for row in sheet.rows
            ),
        )
        for sheet in sheets
    ]


def test_swapped_columns_are_read_by_their_headings_with_a_finding(registry: Registry, suqian: Truth) -> None:
    layout = Layout(order="turned")
    extraction = read_sheets(registry, suqian, layout, draw_sheets(suqian, layout, registry.forms["2021"]))
    assert amounts(extraction)["v2021.application.new|commercial_enterprise"] == 75
    assert amounts(extraction)["v2021.application.new|research_institution"] == 0
    (finding,) = find(extraction, "column_order")
    assert "v2021.application.new|commercial_enterprise" in finding.cells


def test_an_unknown_heading_costs_its_column_alone(registry: Registry, suqian: Truth) -> None:
    sheets = edit_boxes(draw_sheets(suqian, Layout(), registry.forms["2021"]), "科研机构", "研究院所")
    read = {
        each.key: each.verdict
        for each in judged(read_sheets(registry, suqian, Layout(), sheets), registry, suqian, sheets)
    }
    lost = {key for key, verdict in read.items() if verdict != "right"}
    assert lost == {key for key in read if key.endswith("|research_institution")}


def test_figures_of_a_group_without_a_cell_in_the_form_are_loud(registry: Registry, suqian: Truth) -> None:
    sheets = draw_sheets(suqian, Layout(groups="flat", head="one"), registry.forms["2021"])
    rows = [
        tuple(replace(box, text=box.text or "9") for box in row) if row[0].text == "（六）其他处理" else row
        for row in sheets[1].rows
    ]
    changed = [sheets[0], replace(sheets[1], rows=tuple(rows)), *sheets[2:]]
    extraction = read_sheets(registry, suqian, Layout(), changed)
    assert [finding.message.en[:10] for finding in find(extraction, "misaligned_row")] == [
        "'（六）其他处理' "
    ]
    assert not_right(judged(extraction, registry, suqian, sheets)) == []


def test_a_figure_that_spans_two_rows_belongs_to_none(registry: Registry, suqian: Truth) -> None:
    sheets = draw_sheets(suqian, Layout(), registry.forms["2021"])
    rows = list(sheets[1].rows)
    at = next(at for at, row in enumerate(rows) if any(box.text == "2.重复申请" for box in row))
    rows[at] = (*rows[at][:-1], replace(rows[at][-1], down=2))
    rows[at + 1] = rows[at + 1][:-1]
    extraction = read_sheets(
        registry, suqian, Layout(), [sheets[0], replace(sheets[1], rows=tuple(rows)), *sheets[2:]]
    )
    cells = {finding.cells[0] for finding in find(extraction, "merged_cell")}
    assert cells == {
        "v2021.result.not_processed.duplicate|total",
        "v2021.result.not_processed.publications|total",
    }
    assert amounts(extraction)["v2021.result.not_processed.duplicate|natural_person"] == 26


@pytest.mark.parametrize(("printed", "amount"), [("减8", -8), ("↑8", 8)])
def test_only_a_change_is_read_from_words(registry: Registry, printed: str, amount: int) -> None:
    form = registry.forms["2019"]
    truth = make_truth(3, form, 2020)
    sheets = draw_sheets(truth, Layout(), form)
    key = "v2019.art20_5.licensing.items_change|total"
    rows = [
        tuple(
            replace(box, text=printed) if box.key in (key, "v2019.art20_5.licensing.decisions|total") else box
            for box in row
        )
        for row in sheets[0].rows
    ]
    extraction = read_sheets(registry, truth, Layout(), [replace(sheets[0], rows=tuple(rows)), *sheets[1:]])
    read = {f"{each.indicator_id}|{each.applicant}": each for each in extraction.observations}
    assert (read[key].value.amount, read[key].raw_value) == (Decimal(amount), printed)
    assert read["v2019.art20_5.licensing.decisions|total"].value.status == "unreadable"


def test_a_second_row_of_figures_makes_the_cases_uncertain(registry: Registry, suqian: Truth) -> None:
    sheets = draw_sheets(suqian, Layout(), registry.forms["2021"])
    numbers = tuple(Box(str(number)) for number in range(1, 16))
    cases = replace(sheets[-1], rows=(*sheets[-1].rows[:-1], numbers, sheets[-1].rows[-1]))
    extraction = read_sheets(registry, suqian, Layout(), [*sheets[:-1], cases])
    verdicts = {each.key: each.verdict for each in judged(extraction, registry, suqian, sheets)}
    assert {verdicts[f"{group}.total|total"] for group in CASES} == {"flagged"}


def test_other_and_total_keep_their_meanings_apart(registry: Registry, suqian: Truth) -> None:
    extraction = extract_report(read_document(PAGE.read_bytes(), PAGE.name), registry)
    read = amounts(extraction)
    assert read["v2021.result.other.other|other"] == 0
    assert read["v2021.result.other.other|total"] == 354
    assert read["v2021.result.total|other"] == 2
    assert read["v2021.reconsideration.other|total"] == 28
    assert read["v2021.reconsideration.total|total"] == 170


def test_groups_of_cases_that_are_not_all_printed_leave_the_cases_open() -> None:
    leaves = [("", outcome) for outcome in ("upheld", "corrected", "other", "pending", "total")] * 3
    assert name_cases(leaves) == []
