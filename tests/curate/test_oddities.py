"""Figures that no identity forbids and that are odd all the same; what several broken sums say together; real reports."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from itertools import pairwise
from random import Random

import pytest

from flows.curate.checks import check_reports
from flows.model import Extraction, Header, Observation, Value
from tests.accuracy.cases import load_cases
from tests.figures import extraction_of
from tests.histories import change_figure, tell_city
from tests.portal.truth import plain_cells
from tests.power import REGISTRY, leave_blank, measure_power

YEARS = range(2014, 2026)
BODIES = 24
City = dict[int, tuple[int, Extraction]]


@cache
def clean_city(seed: int = 5) -> City:
    return tell_city(REGISTRY, seed, BODIES, YEARS)


def key_of(body: int, year: int) -> int:
    """Return the number of a body's report on a year."""
    return (year - YEARS[0]) * BODIES + body


def found(city: City) -> list[tuple[int, str]]:
    return [(key, finding.rule_id) for key, finding in check_reports(REGISTRY, city)]


def figure_at(report: tuple[int, Extraction], cell: str) -> int:
    """Return the place of a cell among a report's observations."""
    (at,) = (
        at
        for at, each in enumerate(report[1].observations)
        if f"{each.indicator_id}|{each.applicant}" == cell
    )
    return at


def change(city: City, key: int, amounts: Mapping[str, Decimal | int]) -> City:
    """Return a city in which one report states other figures."""
    report = city[key]
    for cell, amount in amounts.items():
        report = change_figure(report, figure_at(report, cell), Decimal(amount))
    return {**city, key: report}


def amount_of(city: City, key: int, cell: str) -> Decimal:
    amount = city[key][1].observations[figure_at(city[key], cell)].value.amount
    assert amount is not None
    return amount


def large_body(cell: str, year: int) -> int:
    """Return the body that counts most in a cell."""
    return max(range(BODIES), key=lambda body: amount_of(clean_city(), key_of(body, year), cell))


@pytest.mark.parametrize("seed", [5, 6])
def test_nothing_is_found_in_a_city_whose_figures_keep_the_rules_and_drift_as_figures_do(seed: int) -> None:
    assert found(clean_city(seed)) == []


DECISIONS = "v2021.art20_5.licensing.decisions|total"  # no identity is about it


@pytest.mark.parametrize(("times", "rule_id"), [(10, "X-JUMP-10"), (45, "X-OUTLIER"), (3, "")])
def test_a_figure_far_from_its_own_history_is_found_by_how_far_it_is(times: int, rule_id: str) -> None:
    key = key_of(large_body(DECISIONS, 2023), 2023)
    city = change(clean_city(), key, {DECISIONS: amount_of(clean_city(), key, DECISIONS) * times})
    assert found(city) == ([(key, rule_id)] if rule_id else [])


def test_a_figure_that_lost_a_digit_is_found() -> None:
    key = key_of(large_body(DECISIONS, 2023), 2023)
    city = change(clean_city(), key, {DECISIONS: amount_of(clean_city(), key, DECISIONS) // 10})
    assert found(city) == [(key, "X-JUMP-10")]


def test_yuan_in_a_column_of_ten_thousand_yuan_are_found_by_the_other_years() -> None:
    cell = "v2021.art20_8.charges.amount|total"
    key = key_of(large_body(cell, 2023), 2023)
    city = change(clean_city(), key, {cell: amount_of(clean_city(), key, cell) * 10_000})
    assert (key, "X-JUMP-10000") in found(city)
    assert {each for _, each in found(city)} <= {"X-JUMP-10000", "V21-CHARGES-SIZE"}


def test_what_all_bodies_share_in_a_year_is_no_outlier() -> None:
    city = clean_city()
    for body in range(BODIES):
        key = key_of(body, 2023)
        city = change(city, key, {DECISIONS: amount_of(city, key, DECISIONS) * 30})
    assert [each for each in found(city) if each[1] == "X-OUTLIER"] == []


def copy_report(city: City, source: int, target: int) -> City:
    """Return a city in which one report states the figures of another."""
    year, extraction = city[target]
    return {**city, target: (year, replace(extraction, observations=city[source][1].observations))}


def test_a_report_copied_from_the_year_before_is_found() -> None:
    body = large_body(DECISIONS, 2024)
    city = copy_report(clean_city(), key_of(body, 2023), key_of(body, 2024))
    assert (key_of(body, 2024), "X-COPY-YEAR") in found(city)
    assert "X-COPY-PEER" not in {each for _, each in found(city)}


def test_reports_of_two_bodies_with_nearly_the_same_figures_are_both_found() -> None:
    one = large_body(DECISIONS, 2018 + 5)
    keys = key_of(one, 2023), key_of((one + 1) % BODIES, 2023)
    city = copy_report(clean_city(), *keys)
    for cell in (DECISIONS, "v2021.reconsideration.other|total", "v2021.art20_6.penalty.decisions|total"):
        city = change(city, keys[1], {cell: amount_of(city, keys[1], cell) + 3})
    assert {key for key, rule in found(city) if rule == "X-COPY-PEER"} == set(keys)


def shifted(city: City, key: int, move: Sequence[tuple[str, str]]) -> City:
    """Return a city in which a report's cells state the figures of others."""
    return change(city, key, {target: amount_of(city, key, source) for source, target in move})


def applicant_rows() -> list[str]:
    return [each.indicator_id for each in REGISTRY.forms["2021"].values if each.by_applicant]


def test_a_column_that_stands_a_row_off_is_found() -> None:
    rows, who = applicant_rows(), "natural_person"
    key = key_of(large_body(DECISIONS, 2023), 2023)
    move = [(f"{above}|{who}", f"{below}|{who}") for above, below in pairwise(rows)]
    assert (key, "X-SHIFT") in found(shifted(clean_city(), key, move))


def test_totals_that_stand_in_the_column_of_others_are_found() -> None:
    rows = applicant_rows()
    key = key_of(large_body(DECISIONS, 2023), 2023)
    move = [
        pair for row in rows for pair in ((f"{row}|total", f"{row}|other"), (f"{row}|other", f"{row}|total"))
    ]
    assert (key, "X-SHIFT") in found(shifted(clean_city(), key, move))


def test_one_figure_that_explains_several_broken_sums_is_named_with_what_is_wrong_with_it() -> None:
    cell = "v2021.result.granted|natural_person"
    key = key_of(large_body(cell, 2023), 2023)
    right = amount_of(clean_city(), key, cell)
    city = change(clean_city(), key, {cell: right // 10})
    (hint,) = (each for _, each in check_reports(REGISTRY, city) if each.rule_id == "X-ONE-FIGURE")
    assert (hint.cells, hint.left, hint.right) == ((cell,), right // 10, right)
    assert "a digit is lost" in hint.message.en
    assert "少一位数字" in hint.message.zh
    assert REGISTRY.rules["X-ONE-FIGURE"].severity == "info"


def sparse_city() -> City:
    """Return a city in which no report prints a nought: all of them are blank cells."""
    return leave_blank(clean_city(), Random(1), 1.0)


def test_blank_cells_in_the_place_of_noughts_are_no_fault() -> None:
    assert found(sparse_city()) == []


def sums(**stated: tuple[int | None, int | None]) -> list[str]:
    """Return the rules that some rows of applications break: what natural persons and all are said to be, the rest blank."""
    blank = dict.fromkeys(REGISTRY.forms["2021"].applicants)
    figures: dict[str, int | None] = {}
    for row, (people, everybody) in stated.items():
        cells = {**blank, "natural_person": people, "total": everybody}
        figures |= {f"v2021.result.{row.replace('__', '.')}|{who}": each for who, each in cells.items()}
    report = extraction_of(REGISTRY.forms["2021"], figures, 2023)
    found = [each for _, each in check_reports(REGISTRY, {0: (2023, report)})]
    for each in found:
        assert "V21-ROW-result.granted holds only if a blank is no 0" in each.message.en
        assert "仅当空格不为 0 时 V21-ROW-result.granted 才成立" in each.message.zh
        assert each.finding_class == "undecidable"
    return [each.rule_id for each in found]


def test_a_sum_that_only_a_blank_could_mend_is_doubted_where_the_blanks_of_others_are_noughts() -> None:
    others = {
        "partial": (3, 3),
        "denied__process": (5, 5),
        "denied__other_law": (1, 1),
        "denied__third_party": (2, 2),
    }
    assert sums(**others, granted=(2, 3)) == ["X-BLANK-SUM"]
    assert sums(**others, granted=(3, 3)) == []
    assert sums(**others, granted=(3, None)) == []  # the sum itself may be any figure
    assert sums(partial=(3, 3), granted=(2, 3)) == []  # too few tell what a blank means
    assert sums(**{**others, "partial": (1, 3)}, granted=(2, 3)) == []  # blanks hold figures in this report


# Real reports


EXPECTED = {
    "huairou_2018": {
        "V14-CH-LE-WEBSITE": "source", "V14-REPLY-SUM": "source", "V14-LIT-SUM": "source", "V14-STAFF-SUM": "source",
        "V14-BUDGET-UNIT": "source", "V14-BACKLOG": "undecidable",
    },
}  # fmt: skip


@pytest.mark.parametrize("case", load_cases(), ids=lambda case: case.name)
def test_real_reports_break_exactly_the_rules_that_their_readers_found_broken(case) -> None:  # type: ignore[no-untyped-def]
    observations = []
    for cell, printed in plain_cells(case.figures).items():
        code, who = cell.split("|")
        value = Value(printed.amount, printed.status)
        unit = REGISTRY.indicators[code].unit
        observations.append(Observation(code, who, value, unit, "form", printed.text, "table 1 r1 c1"))
    report = Extraction(Header("a title", "110116", case.year), case.form, tuple(observations))
    broken = {
        each.rule_id: each.finding_class for _, each in check_reports(REGISTRY, {0: (case.year, report)})
    }
    assert broken == EXPECTED.get(case.name, {})


# Power


def test_one_changed_digit_is_found_in_the_cells_that_identities_cover() -> None:
    power = measure_power(REGISTRY, seed=3, bodies=4, trials=600)
    assert power.trials == 600
    assert power.found >= 0.95 * power.trials
    assert power.false == 0


def test_most_changed_digits_are_found_where_every_nought_is_a_blank_cell() -> None:
    power = measure_power(REGISTRY, seed=3, bodies=4, trials=400, blank=1.0)
    assert power.found >= 0.9 * power.trials
    assert power.false == 0


def test_a_changed_digit_is_not_found_without_the_rules() -> None:
    without = replace(
        REGISTRY, rules={key: rule for key, rule in REGISTRY.rules.items() if not rule.is_balance}
    )
    assert measure_power(without, seed=3, bodies=2, trials=60).found < 30
