"""Figures from pictures: an identity that holds confirms them; what none confirms is named by one finding."""

from dataclasses import replace
from decimal import Decimal

from flows.curate.checks import check_reports
from flows.model import Extraction, Finding, Observation, Reading, Value
from flows.registry import Registry


def cell_of(each: Observation) -> str:
    return f"{each.indicator_id}|{each.applicant}"


SUM = "v2014.reconsideration.total|total"
PARTS = [f"v2014.reconsideration.{part}|total" for part in ("upheld", "corrected", "other")]
ALONE = "v2014.organisation.bodies|total"


def as_read(extraction: Extraction, reading: Reading, **amounts: int | None) -> Extraction:
    """Return a report with its figures of some reading, and the reconsideration total or others replaced."""

    def change(each: Observation) -> Observation:
        name = each.indicator_id.removeprefix("v2014.").replace(".", "_")
        if name not in amounts:
            return each._replace(reading=reading)
        amount = amounts[name]
        value = Value(None, "blank") if amount is None else Value(Decimal(amount), "reported")
        return each._replace(reading=reading, value=value)

    return replace(extraction, observations=tuple(map(change, extraction.observations)), statements=())


def doubts(registry: Registry, extraction: Extraction) -> list[Finding]:
    found = [finding for _, finding in check_reports(registry, {0: (2018, extraction)})]
    return [finding for finding in found if finding.rule_id == "image_reading"]


def whole(registry: Registry, extraction: Extraction, **amounts: int | None) -> Extraction:
    """Return a report from a picture whose broken identities are mended by leaving their sums out."""
    broken = [finding for _, finding in check_reports(registry, {0: (2018, extraction)})]
    lost = {cell for finding in broken if finding.left is not None for cell in finding.cells}
    kept = tuple(each for each in extraction.observations if cell_of(each) not in lost)
    return as_read(replace(extraction, observations=kept), "image", **amounts)


def test_a_table_that_is_no_picture_gives_no_such_finding(registry: Registry, huairou: Extraction) -> None:
    assert doubts(registry, huairou) == []


def test_a_broken_identity_names_every_figure_of_the_picture(registry: Registry, huairou: Extraction) -> None:
    (finding,) = doubts(registry, as_read(huairou, "image"))
    stated = {
        cell_of(each)
        for each in huairou.observations
        if each.value.status not in ("unreadable", "not_in_report")
    }
    assert set(finding.cells) == stated
    assert "V14-" in finding.message.en
    assert "OCR" in finding.message.zh
    assert finding.finding_class == "reading"


def test_where_all_identities_hold_only_the_unconfirmed_figures_are_named(
    registry: Registry, huairou: Extraction
) -> None:
    (finding,) = doubts(registry, whole(registry, huairou))
    assert ALONE in finding.cells, "no identity is about it"
    assert not {SUM, *PARTS} & set(finding.cells), "their sum holds"


def test_a_blank_confirms_nothing(registry: Registry, huairou: Extraction) -> None:
    (finding,) = doubts(registry, whole(registry, huairou, reconsideration_total=None))
    assert {SUM, *PARTS} <= set(finding.cells)


def test_a_report_whose_every_figure_is_confirmed_is_published_without_such_a_finding(
    registry: Registry, huairou: Extraction
) -> None:
    sound = whole(registry, huairou)
    only = tuple(each for each in sound.observations if cell_of(each) in {SUM, *PARTS})
    assert len(only) == 4
    assert doubts(registry, replace(sound, observations=only)) == []


def test_an_identity_broken_by_a_picture_accuses_the_reading(registry: Registry, huairou: Extraction) -> None:
    found = [finding for _, finding in check_reports(registry, {0: (2018, as_read(huairou, "image"))})]
    broken = [finding for finding in found if registry.rules[finding.rule_id].kind == "identity"]
    assert broken
    assert {finding.finding_class for finding in broken} == {"reading"}
