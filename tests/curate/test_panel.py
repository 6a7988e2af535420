"""The panel: a row per body and year, figures only where they are stated, one unit in a column, each sum named."""

from typing import Any

import pyarrow as pa
import pytest

from flows.curate.assemble import assemble_tables, find_schema, type_table
from flows.curate.panel import build_panel
from flows.model import Capture
from flows.publish.release import Release
from flows.registry import Registry

SERIES = {
    "body_id": pa.string(), "year": pa.int64(), "scope": pa.string(), "concept_id": pa.string(),
    "applicant": pa.string(), "form": pa.string(), "value": pa.float64(), "unit": pa.string(), "derived": pa.bool_(),
    "derivation": pa.string(), "flags": pa.string(),
}  # fmt: skip
REPORTS = {
    "body_id": pa.string(), "year": pa.int64(), "scope": pa.string(), "state": pa.string(), "form": pa.string(),
    "errors": pa.int64(), "warnings": pa.int64(),
}  # fmt: skip


def figure(concept_id: str, value: float | None, **more: Any) -> dict[str, Any]:
    return {
        "body_id": "110116", "year": 2018, "scope": "whole_area", "concept_id": concept_id, "applicant": "total",
        "form": "2014", "value": value, "unit": "件", "derived": False, "derivation": "v2014.reply.granted", "flags": None,
        **more,
    }  # fmt: skip


def report(**more: Any) -> dict[str, Any]:
    about = {"body_id": "110116", "year": 2018, "scope": "whole_area", "state": "published", "form": "2014"}
    return {**about, "errors": 0, "warnings": 0, **more}


def panel_of(
    registry: Registry, figures: list[dict[str, Any]], reports: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    series = pa.table(
        {name: pa.array([each[name] for each in figures], kind) for name, kind in SERIES.items()}
    )
    listed = pa.table(
        {name: pa.array([each[name] for each in reports], kind) for name, kind in REPORTS.items()}
    )
    panel = build_panel(registry, series, listed)
    rows: list[dict[str, Any]] = type_table("panel", panel, find_schema(registry, "panel")).to_pylist()
    return rows


def test_a_report_not_found_is_a_row_without_figures(registry: Registry) -> None:
    first, second = panel_of(
        registry,
        [figure("reply.granted", 5)],
        [report(), report(year=2019, state="not_found", form=None)],
    )
    assert (first["reply_granted"], first["state"], first["name_zh"]) == (5, "published", "怀柔区")
    assert (second["reply_granted"], second["state"], second["form"]) == (None, "not_found", None)


def test_no_figure_is_not_zero_and_zero_is_a_figure(registry: Registry) -> None:
    (row,) = panel_of(registry, [figure("reply.granted", 0), figure("reply.amend", None)], [report()])
    assert (row["reply_granted"], row["reply_amend"], row["reply_total"]) == (0, None, None)


def test_figures_of_the_office_alone_or_of_one_kind_of_applicant_stay_out(registry: Registry) -> None:
    figures = [
        figure("result.granted", 3, applicant="natural_person", form="2019"),
        figure("reply.granted", 4, scope="own_body"),
    ]
    (row,) = panel_of(registry, figures, [report(), report(scope="own_body")])
    assert (row["result_granted"], row["reply_granted"]) == (None, None)


def test_of_two_forms_in_one_report_its_own_goes_first(registry: Registry) -> None:
    figures = [
        figure("application.new", 1, form="2019"),
        figure("application.new", 2, form="2014"),
        figure("result.total", 3, form="2019"),
        figure("result.total", None, form="2014"),
    ]
    (row,) = panel_of(registry, figures, [report(form="2014")])
    assert (row["application_new"], row["result_total"]) == (2, 3)


@pytest.mark.parametrize(("unit", "kept"), [("万元", 72505.0), ("元", None), (None, None)])
def test_money_in_another_unit_than_the_form_says_is_left_out_and_named(
    unit: str | None, kept: float | None, registry: Registry
) -> None:
    budget = figure(
        "organisation.budget", 72505, unit=unit, derivation="v2014.organisation.budget", flags="V14-UNIT"
    )
    (row,) = panel_of(registry, [budget], [report()])
    assert row["organisation_budget"] == kept
    assert row["left_out_variables"] == (None if kept else "organisation_budget")
    assert row["flagged_variables"] == ("organisation_budget" if kept else None)


def test_sums_and_flags_are_named(registry: Registry) -> None:
    figures = [
        figure(
            "result.granted", 9, derived=True, derivation="v2014.reply.already_public + v2014.reply.granted"
        ),
        figure("result.denied.third_party", 2, derived=True, flags="A B"),
        figure("reply.granted", 5, flags="A"),
    ]
    (row,) = panel_of(registry, figures, [report()])
    assert row["derived_variables"] == "result_denied_third_party result_granted"
    assert row["flagged_variables"] == "reply_granted result_denied_third_party"


def test_every_figure_of_the_shipped_panel_is_in_the_series(
    registry: Registry, release: Release, shipped_captures: tuple[Capture, ...]
) -> None:
    tables = assemble_tables(registry, release.outcomes, shipped_captures)
    variables = {row["concept_id"]: row["variable"] for row in registry.tables["concepts"]}
    stated = {
        (row["body_id"], row["year"], variables[row["concept_id"]]): row["value"]
        for row in tables["series"].to_pylist()
        if row["value"] is not None and row["applicant"] == "total"
    }
    shown = {
        (row["body_id"], row["year"], name): row[name]
        for row in tables["panel"].to_pylist()
        for name in variables.values()
        if row[name] is not None
    }
    assert len(shown) > 100
    assert shown == stated
    whole = [row for row in tables["reports"].to_pylist() if row["scope"] == "whole_area"]
    assert tables["panel"].num_rows == len(whole)
