"""The harmonised series: sums that say what they are made of, no value where a part is missing, nothing across a break."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.curate.assemble import assemble_tables, find_schema, type_table
from flows.curate.series import build_series
from flows.model import Capture
from flows.publish.release import Release
from flows.registry import Registry

PUBLIC, GRANTED = "v2014.reply.already_public", "v2014.reply.granted"
GROUNDS = (
    "state_secret", "other_law", "security_stability", "third_party", "internal_affairs", "process",
    "enforcement_file", "admin_enquiry",
)  # fmt: skip
TYPES = {
    "body_id": pa.string(), "year": pa.int64(), "scope": pa.string(), "applicant": pa.string(),
    "indicator_id": pa.string(), "value": pa.float64(), "status": pa.string(), "unit": pa.string(), "flags": pa.string(),
}  # fmt: skip
Cell = Mapping[str, Any]


def cell(code: str, value: float | None = None, status: str = "reported", **more: Any) -> Cell:
    """Return one observation; without a value its status says why."""
    place = {"body_id": "110116", "year": 2018, "scope": "whole_area", "applicant": "total"}
    return {
        **place,
        "indicator_id": code,
        "value": value,
        "status": status,
        "unit": "件",
        "flags": None,
        **more,
    }


def series_of(registry: Registry, cells: Sequence[Cell]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the rows of the series by concept and applicant."""
    columns = {name: pa.array([each[name] for each in cells], kind) for name, kind in TYPES.items()}
    series = build_series(registry, pa.table(columns))
    table = type_table("series", series, find_schema(registry, "series"))
    return {(row["concept_id"], row["applicant"]): row for row in table.to_pylist()}


@pytest.fixture(scope="module")
def tables(
    registry: Registry, release: Release, shipped_captures: tuple[Capture, ...]
) -> dict[str, pa.Table]:
    return assemble_tables(registry, release.outcomes, shipped_captures)


def test_a_sum_states_its_parts_and_is_flagged_as_derived(registry: Registry) -> None:
    row = series_of(registry, [cell(PUBLIC, 20), cell(GRANTED, 39)])["result.granted", "total"]
    assert (row["value"], row["status"], row["unit"], row["derived"]) == (59, "derived", "件", True)
    assert row["derivation"] == f"{PUBLIC} + {GRANTED}"
    assert row["sources"] == f"{PUBLIC}|total {GRANTED}|total"
    assert (row["missing"], row["comparability"], row["onward"]) == (None, "comparable", "comparable")


def test_a_figure_of_one_indicator_is_as_printed(registry: Registry) -> None:
    found = series_of(registry, [cell("v2008.reply.granted", 7)])
    for concept_id in ("reply.granted_2008", "result.granted"):
        row = found[concept_id, "total"]
        assert (row["value"], row["status"], row["derived"]) == (7, "reported", False)
        assert row["derivation"] == "v2008.reply.granted"
    assert found["reply.granted_2008", "total"]["onward"] == "broken"
    assert found["result.granted", "total"]["onward"] == "comparable"


@pytest.mark.parametrize("status", ["blank", "none_word", "dash", "unreadable", "not_in_report"])
def test_a_sum_with_a_part_that_states_no_figure_has_no_value_and_names_it(
    status: str, registry: Registry
) -> None:
    row = series_of(registry, [cell(PUBLIC, 20), cell(GRANTED, status=status)])["result.granted", "total"]
    assert (row["value"], row["status"]) == (None, "operand_missing")
    assert row["missing"] == f"{GRANTED}|total:{status}"
    assert row["sources"] == f"{PUBLIC}|total {GRANTED}|total"


def test_a_part_that_no_observation_has_is_missing_too(registry: Registry) -> None:
    row = series_of(registry, [cell(PUBLIC, 20)])["result.granted", "total"]
    assert (row["value"], row["status"], row["sources"]) == (None, "operand_missing", f"{PUBLIC}|total")
    assert row["missing"] == f"{GRANTED}|total:not_in_report"


def test_figures_in_different_units_are_not_added(registry: Registry) -> None:
    row = series_of(registry, [cell(PUBLIC, 20, unit="条"), cell(GRANTED, 39)])["result.granted", "total"]
    assert (row["value"], row["status"], row["unit"]) == (None, "units_differ", None)
    row = series_of(registry, [cell(PUBLIC, 20, unit=None), cell(GRANTED, 39)])["result.granted", "total"]
    assert (row["value"], row["unit"]) == (59, "件")


def test_a_sum_carries_the_flags_of_its_parts(registry: Registry) -> None:
    row = series_of(registry, [cell(PUBLIC, 20, flags="B C"), cell(GRANTED, 39, flags="A B")])
    assert row["result.granted", "total"]["flags"] == "A B C"
    assert row["reply.granted", "total"]["flags"] == "A B"


def test_each_kind_of_applicant_has_its_own_sum(registry: Registry) -> None:
    cells = [
        cell(f"v2021.result.denied.{ground}", at, applicant=applicant)
        for at, ground in enumerate(GROUNDS)
        for applicant in ("natural_person", "total")
        if (ground, applicant) != ("process", "natural_person")
    ]
    found = series_of(registry, cells)
    assert found["result.denied", "total"]["value"] == sum(range(8))
    lacking = found["result.denied", "natural_person"]
    assert (lacking["value"], lacking["missing"]) == (
        None,
        "v2021.result.denied.process|natural_person:not_in_report",
    )


def test_reports_are_never_mixed(registry: Registry) -> None:
    columns = [cell(PUBLIC, 20), cell(GRANTED, 1, year=2017), cell(GRANTED, 2, scope="own_body")]
    columns.append(cell(GRANTED, 3, body_id="110117"))
    table = {name: pa.array([each[name] for each in columns], kind) for name, kind in TYPES.items()}
    rows = [
        row
        for row in build_series(registry, pa.table(table)).to_pylist()
        if row["concept_id"] == "result.granted"
    ]
    assert [row["value"] for row in rows] == [None] * 4
    assert {row["status"] for row in rows} == {"operand_missing"}


def test_no_observations_make_no_series(registry: Registry) -> None:
    assert series_of(registry, []) == {}


STATUSES = st.sampled_from(["reported"] * 6 + ["blank", "dash", "unreadable"])


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 10**6), STATUSES, st.booleans()), min_size=8, max_size=8))
def test_a_sum_is_that_of_plain_addition_or_none(
    registry: Registry, drawn: list[tuple[int, str, bool]]
) -> None:
    cells = [
        cell(f"v2019.result.denied.{ground}", amount if status == "reported" else None, status)
        for ground, (amount, status, there) in zip(GROUNDS, drawn, strict=True)
        if there
    ]
    row = series_of(registry, cells).get(("result.denied", "total"))
    assert (row is None) == (not cells)
    if row is not None:
        whole = all(there and status == "reported" for _, status, there in drawn)
        assert row["value"] == (sum(amount for amount, _, _ in drawn) if whole else None)
        named = row["missing"].split() if row["missing"] else []
        assert len(named) == sum(not there or status != "reported" for _, status, there in drawn)


# What is published


def test_every_published_figure_of_the_series_is_its_sources_and_they_are_observations(
    tables: dict[str, pa.Table],
) -> None:
    observed = {
        (row["body_id"], row["year"], row["scope"], f"{row['indicator_id']}|{row['applicant']}"): row
        for row in tables["observations"].to_pylist()
    }
    sums = 0
    for row in tables["series"].to_pylist():
        parts = [observed[row["body_id"], row["year"], row["scope"], each] for each in row["sources"].split()]
        assert {part["form"] for part in parts} == {row["form"]}
        if row["value"] is not None:
            assert [part["indicator_id"] for part in parts] == row["derivation"].split(" + ")
            assert row["value"] == sum(part["value"] for part in parts)
        sums += row["derived"]
    assert sums > 20


def test_every_observation_stands_once_in_the_series_as_printed(
    registry: Registry, tables: dict[str, pa.Table]
) -> None:
    own = [
        (row["body_id"], row["year"], row["derivation"], row["applicant"], row["value"], row["status"])
        for row in tables["series"].to_pylist()
        if not row["derived"] and registry.indicators[row["derivation"]].concept_id == row["concept_id"]
    ]
    observed = [
        (row["body_id"], row["year"], row["indicator_id"], row["applicant"], row["value"], row["status"])
        for row in tables["observations"].to_pylist()
    ]
    assert sorted(map(str, own)) == sorted(map(str, observed))


def test_no_sum_of_ours_stands_among_the_observations(
    registry: Registry, tables: dict[str, pa.Table]
) -> None:
    assert set(tables["observations"].column("status").to_pylist()) <= {
        "reported", "blank", "none_word", "dash", "unreadable", "not_in_report",
    }  # fmt: skip
    assert set(tables["observations"].column("indicator_id").to_pylist()) <= set(registry.indicators)


def test_a_sum_rests_on_one_form_and_ends_before_a_break(
    registry: Registry, tables: dict[str, pa.Table]
) -> None:
    for row in tables["series"].to_pylist():
        assert {code.split(".")[0] for code in row["derivation"].split(" + ")} == {f"v{row['form']}"}
        assert row["onward"] == registry.concordance.onward(row["concept_id"], row["form"])
