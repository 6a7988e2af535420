"""Decisions of reviewers: applied and flagged while the source says what it said, loud when it does not, never silent."""

import csv
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from flows.corrections import load_corrections
from flows.curate.assemble import CODEBOOK, build_table, codebook_rows, find_schema, observation_rows
from flows.curate.build import Outcome, check_outcomes
from flows.errors import RegistryError
from flows.model import Capture, Extraction, Finding, Observation, Report
from flows.registry import Registry, load_registry

STAFF = "v2014.organisation.staff"
ROW = {
    "correction_id": "c1", "body_id": "110116", "year": "2018", "scope": "whole_area", "indicator_id": STAFF,
    "applicant": "total", "decision": "misreading", "printed": "156", "value": "159", "reason_en": "the page prints 159",
    "reason_zh": "原页为159", "evidence": "page 3 of the printed report", "reviewer": "a reviewer", "decided_on": "2026-11-01",
}  # fmt: skip


@pytest.fixture
def review(
    registry: Registry, huairou: Extraction, shipped_captures: tuple[Capture, ...]
) -> Callable[..., tuple[Registry, Outcome]]:
    """A function that gives the outcome of the shipped report under one decision, a row with some columns changed."""

    def give(**changed: str) -> tuple[Registry, Outcome]:
        with_row = replace(registry, corrections=load_corrections([{**ROW, **changed}]))
        report = Report("110116", 2018, "whole_area")
        before = Outcome(
            report, "published", None, shipped_captures[0], extraction=huairou, findings=huairou.findings
        )
        (outcome,) = check_outcomes(with_row, [before])
        return with_row, outcome

    return give


def cell_of(outcome: Outcome, code: str = STAFF) -> Observation:
    assert outcome.extraction is not None
    (found,) = (each for each in outcome.extraction.observations if each.indicator_id == code)
    return found


def rules_of(outcome: Outcome) -> dict[str, Finding]:
    return {each.rule_id: each for each in outcome.findings}


@pytest.mark.parametrize(
    ("decision", "rule_id"), [("misreading", "misreading_corrected"), ("erratum", "erratum_applied")]
)
def test_a_corrected_figure_is_flagged_and_its_printed_text_is_kept(
    review: Callable[..., tuple[Registry, Outcome]], decision: str, rule_id: str
) -> None:
    registry, outcome = review(decision=decision)
    assert (cell_of(outcome).value.amount, cell_of(outcome).raw_value) == (Decimal(159), "156")
    (row,) = (each for each in observation_rows(registry, [outcome]) if each["indicator_id"] == STAFF)
    assert (row["value"], row["raw_value"], row["flags"]) == (159.0, "156", rule_id)
    finding = rules_of(outcome)[rule_id]
    assert (finding.left, finding.right) == (Decimal(156), Decimal(159))
    assert "page 3 of the printed report (c1)" in finding.message.en
    assert "原页为159" in finding.message.zh
    assert "V14-STAFF-SUM" not in rules_of(outcome)  # 28 + 131 = 159


def test_a_rule_that_a_corrected_figure_still_breaks_shows_both_texts(
    review: Callable[..., tuple[Registry, Outcome]],
) -> None:
    finding = rules_of(review(value="158")[1])["V14-STAFF-SUM"]
    assert "156 → 158" in finding.message.en
    assert (finding.left, finding.right) == (Decimal(158), Decimal(159))


def test_a_figure_confirmed_as_printed_stays_and_its_breach_is_the_source_s(
    review: Callable[..., tuple[Registry, Outcome]],
) -> None:
    _, outcome = review(decision="confirmed", value="")
    assert cell_of(outcome).value.amount == 156
    assert {"confirmed_as_printed", "V14-STAFF-SUM"} <= rules_of(outcome).keys()
    assert rules_of(outcome)["V14-STAFF-SUM"].finding_class == "source"


@pytest.mark.parametrize(
    "changed", [{"printed": "155"}, {"indicator_id": "v2014.no_such_row"}, {"printed": ""}]
)
def test_a_decision_fails_loudly_when_the_source_no_longer_says_what_it_said(
    review: Callable[..., tuple[Registry, Outcome]], changed: dict[str, str]
) -> None:
    registry, outcome = review(**changed)
    assert cell_of(outcome).value.amount == 156
    finding = rules_of(outcome)["correction_stale"]
    assert registry.rules["correction_stale"].severity == "error"
    assert "c1" in finding.message.en
    assert "未予采用" in finding.message.zh
    assert "misreading_corrected" not in rules_of(outcome)


def test_a_decision_about_another_report_changes_nothing(
    review: Callable[..., tuple[Registry, Outcome]],
) -> None:
    for other in ({"year": "2017"}, {"scope": "own_body"}, {"body_id": "110117"}):
        _, outcome = review(**other)
        assert cell_of(outcome).value.amount == 156
        assert not {"misreading_corrected", "correction_stale"} & rules_of(outcome).keys()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{**ROW, "value": ""}], "row 2: column value"),
        ([{**ROW, "decision": "confirmed"}], "row 2: column value"),
        ([ROW, {**ROW, "correction_id": "c2"}], "row 3: c2 is about the same cell as c1"),
    ],
)
def test_rows_that_are_no_decision_are_refused(rows: list[dict[str, str]], said: str) -> None:
    with pytest.raises(RegistryError) as caught:
        load_corrections(rows)
    assert said in caught.value.text.en
    assert "请修改" in caught.value.text.zh


def test_decisions_are_read_from_the_registry_and_published(schemas: Path) -> None:
    with (schemas / "corrections.csv").open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, list(ROW), lineterminator="\n").writerow(ROW)
    registry = load_registry(schemas)
    ((decision,),) = registry.corrections.values()
    assert (decision.cell, decision.amount) == (f"{STAFF}|total", Decimal(159))
    assert "corrections" in CODEBOOK
    table = build_table(
        "corrections", codebook_rows(registry, "corrections"), find_schema(registry, "corrections")
    )
    (row,) = table.to_pylist()
    assert (row["value"], str(row["decided_on"]), row["printed"]) == (159.0, "2026-11-01", "156")


@pytest.mark.parametrize(
    ("column", "wrong"),
    [("body_id", "110199"), ("indicator_id", "v2014.none"), ("applicant", "nobody"), ("decision", "guess")],
)
def test_a_decision_about_something_unknown_is_refused(schemas: Path, column: str, wrong: str) -> None:
    with (schemas / "corrections.csv").open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, list(ROW), lineterminator="\n").writerow({**ROW, column: wrong})
    with pytest.raises(RegistryError, match=rf"corrections\.csv.*row 2.*{column}"):
        load_registry(schemas)
