"""Rules over two years in a row, and over an area and its offices: what they hold against each other, and when nothing."""

from dataclasses import replace

import pytest

from flows.curate.checks import check_reports
from flows.model import Body, Extraction, Finding, Header, Observation, Value
from flows.registry import Registry
from tests.figures import extraction_of
from tests.portal.city.plan import plan_city
from tests.portal.city.reports import tell_truth
from tests.portal.truth import Truth

IN, OUT = "application.carried_in", "application.carried_out"


def report(
    registry: Registry,
    year: int,
    figures: dict[str, int | None],
    body: str = "110116",
    scope: str = "whole_area",
) -> tuple[int, Extraction]:
    """Return a report that states some cells of the form in force, named without the form; a name alone means the total."""
    (form,) = (form for form in registry.forms.values() if form.covers(year))
    cells = {
        f"v{form.form}.{name if '|' in name else name + '|total'}": each for name, each in figures.items()
    }
    made = extraction_of(form, cells, year)
    return year, replace(made, header=Header("a title", body, year, scope))  # type: ignore[arg-type]


def found(registry: Registry, *reports: tuple[int, Extraction]) -> list[tuple[int, Finding]]:
    return check_reports(registry, dict(enumerate(reports)))


def sides(finding: Finding) -> tuple[float, float]:
    """Return both sides of a finding as numbers."""
    assert finding.left is not None
    assert finding.right is not None
    return float(finding.left), float(finding.right)


@pytest.mark.parametrize(
    ("year", "rule_id"), [(2020, "V19-CARRY"), (2021, "X-CARRY-2020-2021"), (2023, "V21-CARRY")]
)
@pytest.mark.parametrize("who", ["natural_person", "other", "total"])
def test_what_is_carried_in_is_what_the_year_before_carried_over(
    registry: Registry, year: int, rule_id: str, who: str
) -> None:
    before = report(registry, year - 1, {f"{OUT}|{who}": 7})
    assert found(registry, before, report(registry, year, {f"{IN}|{who}": 7})) == []
    ((key, finding),) = found(registry, before, report(registry, year, {f"{IN}|{who}": 5}))
    assert (key, *sides(finding)) == (1, 5, 7)
    assert finding.rule_id == (rule_id if who == "total" else f"{rule_id}-{who}")
    assert finding.finding_class == "source"
    assert f"in the report for {year - 1} 7" in finding.message.en
    assert f"（{year - 1} 年报告） 7" in finding.message.zh
    (cell,) = finding.cells
    assert cell.endswith(f"{IN}|{who}")


def test_years_are_not_held_against_each_other_over_a_gap_another_body_or_scope_or_a_blank(
    registry: Registry,
) -> None:
    now = report(registry, 2023, {IN: 5})
    for before in (
        report(registry, 2021, {OUT: 7}),
        report(registry, 2022, {OUT: 7}, "110117"),
        report(registry, 2022, {OUT: 7}, scope="own_body"),
        report(registry, 2022, {OUT: None}),
        report(registry, 2022, {IN: 7}),
    ):
        assert found(registry, before, now) == []
    assert found(registry, report(registry, 2022, {OUT: 7}), report(registry, 2023, {IN: None})) == []


def test_stocks_roll_forward(registry: Registry) -> None:
    stem = "art20_1.normative"
    before = report(registry, 2022, {f"{stem}.in_force": 420})
    year = {f"{stem}.issued": 12, f"{stem}.repealed": 20}
    assert found(registry, before, report(registry, 2023, {**year, f"{stem}.in_force": 412})) == []
    ((_, finding),) = found(registry, before, report(registry, 2023, {**year, f"{stem}.in_force": 420}))
    assert (finding.rule_id, *sides(finding)) == ("V21-STOCK-normative", 420, 412)
    assert finding.finding_class == "undecidable"
    assert (
        found(registry, report(registry, 2020, {}), report(registry, 2021, {**year, f"{stem}.in_force": 1}))
        == []
    )


def test_items_of_the_year_before_are_those_that_the_last_report_came_to(registry: Registry) -> None:
    stem = "art20_6.coercion"
    before = report(registry, 2019, {f"{stem}.items_previous_year": 40, f"{stem}.items_change": -11})
    assert found(registry, before, report(registry, 2020, {f"{stem}.items_previous_year": 29})) == []
    ((_, finding),) = found(registry, before, report(registry, 2020, {f"{stem}.items_previous_year": 40}))
    assert (finding.rule_id, *sides(finding)) == ("V19-ITEMS-coercion", 40, 29)


def test_2019_carries_in_at_least_what_2018_received_and_did_not_conclude(registry: Registry) -> None:
    before = report(registry, 2018, {"application.received": 192, "application.concluded": 180})
    assert found(registry, before, report(registry, 2019, {IN: 12})) == []
    assert found(registry, before, report(registry, 2019, {IN: 30})) == []
    ((_, finding),) = found(registry, before, report(registry, 2019, {IN: 11}))
    assert (finding.rule_id, *sides(finding)) == ("X-CARRY-2018-2019", 11, 12)


def test_a_breach_between_two_reports_is_one_of_reading_where_either_was_read_from_a_picture(
    registry: Registry,
) -> None:
    year, read = report(registry, 2022, {OUT: 7})
    seen = replace(read, observations=tuple(each._replace(reading="image") for each in read.observations))
    broken = [each for _, each in found(registry, (year, seen), report(registry, 2023, {IN: 5}))]
    assert [each.finding_class for each in broken if each.rule_id == "V21-CARRY"] == ["reading"]


def test_a_whole_area_has_at_least_what_its_offices_have(registry: Registry) -> None:
    town = Body("110116-t1", "合成镇", "A town", "town", "110116")
    with_town = replace(registry, bodies={**registry.bodies, town.body_id: town})
    offices = [
        report(registry, 2023, {"application.new": 30}, town.body_id, "own_body"),
        report(registry, 2023, {"application.new": 12}, "110116", "own_body"),
        report(registry, 2023, {"application.new": 99}, "110117", "own_body"),
        report(registry, 2022, {"application.new": 99}, town.body_id, "own_body"),
    ]
    assert found(with_town, *offices, report(registry, 2023, {"application.new": 42})) == []
    ((_, finding),) = found(with_town, *offices, report(registry, 2023, {"application.new": 41}))
    assert (finding.rule_id, *sides(finding)) == ("X-AGG-2021", 41, 42)


def test_only_changes_may_be_below_nought(registry: Registry) -> None:
    assert found(registry, report(registry, 2019, {"art20_6.coercion.items_change": -11})) == []
    ((_, finding),) = found(registry, report(registry, 2018, {"reply.granted": -3}))
    assert (finding.rule_id, sides(finding)[0], finding.cells) == (
        "X-NEG",
        -3,
        ("v2014.reply.granted|total",),
    )


def test_charges_far_beyond_the_plausible_are_doubted(registry: Registry) -> None:
    cell = "art20_8.charges.amount"
    assert found(registry, report(registry, 2023, {cell: 5_000_000})) == []
    ((_, finding),) = found(registry, report(registry, 2023, {cell: 5_000_001}))
    assert finding.rule_id == "V21-CHARGES-SIZE"


def test_the_simulated_city_keeps_every_rule_over_its_years(registry: Registry) -> None:
    reports = {}
    for page in plan_city(2).pages:
        if page.story.year >= 2014 and not page.story.office:
            reports[page.key] = state_cells(registry, page.body_id, tell_truth(page.story))
    broken = {
        finding.rule_id
        for _, finding in found(registry, *reports.values())
        if registry.rules[finding.rule_id].severity == "error"
    }
    assert len(reports) >= 16 * 12
    assert broken == set()


def state_cells(registry: Registry, body: str, truth: Truth) -> tuple[int, Extraction]:
    """Return the report that states what a truth prints."""
    observations = []
    for cell, each in truth.cells.items():
        code, who = cell.split("|")
        value, unit = Value(each.amount, each.status), registry.indicators[code].unit
        observations.append(Observation(code, who, value, unit, "form", each.text, "table 1 r1 c1"))
    return truth.year, Extraction(Header("a title", body, truth.year), truth.form, tuple(observations))
