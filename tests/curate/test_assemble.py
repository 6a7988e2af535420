"""The published tables: typed, sorted, one row a key, nothing invented and nothing lost on the way."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.curate.assemble import (
    assemble_tables,
    build_table,
    cell_flags,
    find_schema,
    finding_rows,
    sort_order,
)
from flows.curate.build import Outcome
from flows.errors import ReleaseError, Text
from flows.model import Capture, Extraction, Finding, Report
from flows.publish.release import Release
from flows.registry import Registry

SCHEMA: Mapping[str, Any] = {
    "fields": [
        {"name": "a", "type": "string"},
        {"name": "b", "type": "integer"},
        {"name": "c", "type": "number"},
        {"name": "d", "type": "boolean"},
        {"name": "e", "type": "date"},
        {"name": "f", "type": "datetime"},
    ],
    "primaryKey": ["a", "b"],
}
ARROW = [pa.string(), pa.int64(), pa.float64(), pa.bool_(), pa.date32(), pa.timestamp("s", "UTC")]
EMPTY = {"c": None, "d": None, "e": None, "f": None}


@pytest.fixture(scope="module")
def tables(
    registry: Registry, release: Release, shipped_captures: tuple[Capture, ...]
) -> dict[str, pa.Table]:
    return assemble_tables(registry, release.outcomes, shipped_captures)


def test_there_is_a_table_for_every_resource_of_the_package(
    registry: Registry, tables: dict[str, pa.Table]
) -> None:
    assert set(tables) == {each["name"] for each in registry.package["resources"]}


def test_every_table_has_the_columns_of_its_schema_in_that_order(
    registry: Registry, tables: dict[str, pa.Table]
) -> None:
    for name, table in tables.items():
        assert table.column_names == [field["name"] for field in find_schema(registry, name)["fields"]]


def test_every_column_is_typed_by_its_schema() -> None:
    table = build_table("t", [{"a": "x", "b": 1, **EMPTY}], SCHEMA)
    assert table.schema.types == ARROW
    assert build_table("t", [], SCHEMA).schema.types == ARROW


def test_an_empty_text_is_a_missing_value() -> None:
    table = build_table("t", [{**EMPTY, "a": "x", "b": 1, "c": ""}], SCHEMA)
    assert table.column("c").null_count == 1


@given(
    keys=st.lists(st.tuples(st.text(min_size=1, max_size=3), st.integers(-9, 9)), unique=True, max_size=12),
    chance=st.randoms(use_true_random=False),
)
def test_rows_are_sorted_by_their_key_whatever_order_they_come_in(
    keys: list[tuple[str, int]], chance: random.Random
) -> None:
    rows: list[dict[str, Any]] = [{**EMPTY, "a": a, "b": b} for a, b in keys]
    first = build_table("t", rows, SCHEMA)
    chance.shuffle(rows)
    assert build_table("t", rows, SCHEMA).equals(first)
    found = list(zip(first.column("a").to_pylist(), first.column("b").to_pylist(), strict=True))
    assert sorted(keys, key=lambda key: (key[0].encode(), key[1])) == found


def test_published_tables_are_sorted_as_declared(registry: Registry, tables: dict[str, pa.Table]) -> None:
    for name, table in tables.items():
        order = sort_order(name, find_schema(registry, name)["primaryKey"])
        rows = list(zip(*(table.column(column).to_pylist() for column in order), strict=True))
        assert rows == sorted(rows), name


def test_a_key_that_occurs_twice_stops_the_release() -> None:
    rows: list[dict[str, Any]] = [
        {**EMPTY, "a": "x", "b": 1, "c": 1.0},
        {**EMPTY, "a": "x", "b": 1, "c": 2.0},
        {**EMPTY, "a": "y", "b": 1},
    ]
    with pytest.raises(
        ReleaseError, match=r"t: primary key \('x', 1\) occurs 2 times \(1 such keys\)"
    ) as caught:
        build_table("t", rows, SCHEMA)
    assert "出现 2 次" in caught.value.text.zh


@pytest.mark.parametrize("missing", [{"a": ""}, {"a": None}, {"b": None}])
def test_a_key_with_a_missing_part_stops_the_release(missing: dict[str, None]) -> None:
    with pytest.raises(
        ReleaseError, match=f"column {next(iter(missing))} of the primary key is empty in 1 rows"
    ):
        build_table("t", [{**EMPTY, "a": "x", "b": 1, **missing}], SCHEMA)


def test_the_same_report_twice_stops_the_release(
    registry: Registry, release: Release, shipped_captures: tuple[Capture, ...]
) -> None:
    with pytest.raises(ReleaseError, match="primary key"):
        assemble_tables(registry, [*release.outcomes, *release.done], shipped_captures)


def test_observations_are_the_printed_figures(tables: dict[str, pa.Table], huairou: Extraction) -> None:
    every = tables["observations"].to_pylist()
    rows = {row["indicator_id"]: row for row in every if row["body_id"] == "110116"}
    assert (len(rows), len(every)) == (71, 71 + 202)
    for each in huairou.observations:
        row = rows[each.indicator_id]
        assert row["value"] == float(each.value.amount or 0)
        assert (row["raw_value"], row["status"], row["locator"]) == (each.raw_value, "reported", each.locator)
        assert (row["body_id"], row["year"], row["scope"], row["form"]) == (
            "110116",
            2018,
            "whole_area",
            "2014",
        )


def test_a_cell_is_flagged_with_the_rules_it_takes_part_in_breaking(tables: dict[str, pa.Table]) -> None:
    flags = {row["indicator_id"]: row["flags"] for row in tables["observations"].to_pylist() if row["flags"]}
    assert flags["v2014.litigation.total"] == "V14-LIT-SUM"
    assert flags["v2014.disclosure.total"] == "V14-CH-LE-WEBSITE"
    assert flags["v2014.organisation.budget"] == "V14-BUDGET-UNIT"
    assert "v2014.application.received" not in flags  # only in an `info`
    assert flags["v2021.reconsideration.total"] == "V21-PROSE"
    assert len(flags) == 9 + 4 + 3 + 2 + 1 + 1


def test_several_flags_are_sorted_and_named_once(registry: Registry) -> None:
    findings = [
        Finding(rule, Text("", ""), cells=("x|total",))
        for rule in ("V14-STAFF-SUM", "V14-LIT-SUM", "V14-LIT-SUM", "V14-BACKLOG")
    ]
    assert cell_flags(registry, findings) == {"x|total": ["V14-LIT-SUM", "V14-STAFF-SUM"]}


def test_findings_are_the_ones_of_the_outcomes_with_a_code_each(
    tables: dict[str, pa.Table], release: Release
) -> None:
    rows = tables["findings"].to_pylist()
    found = [finding.rule_id for outcome in release.done for finding in outcome.findings]
    assert sorted(row["rule_id"] for row in rows) == sorted(found)
    assert len({row["finding_id"] for row in rows}) == len(rows)
    for row in rows:
        assert row["delta"] is None or row["delta"] == row["left"] - row["right"]


def test_a_finding_keeps_its_code_and_is_listed_once(registry: Registry) -> None:
    finding = Finding("V14-LIT-SUM", Text("one", "一"), cells=("v2014.litigation.total|total",))
    outcome = Outcome(Report("110116", 2018, "whole_area"), "published", findings=(finding, finding))
    (row,) = finding_rows(registry, [outcome])
    (again,) = finding_rows(registry, [outcome])
    assert row == again
    assert row["finding_id"] == "a89113eca74b"  # pinned: others cite it


def test_reports_count_their_cells_figures_and_findings(tables: dict[str, pa.Table]) -> None:
    rows = {(row["body_id"], row["year"]): row for row in tables["reports"].to_pylist()}
    huairou = rows["110116", 2018]
    assert (huairou["cells"], huairou["figures"]) == (71, 71)
    assert (huairou["errors"], huairou["warnings"], huairou["infos"]) == (3, 2, 1)
    assert huairou["title"] == "北京市怀柔区政府办公室2018年政府信息公开工作年度报告"
    assert (huairou["form"], huairou["kind"], str(huairou["stated_date"])) == (
        "2014",
        "transcription",
        "2019-03-19",
    )
    assert huairou["first_seen"] == datetime(2026, 11, 22, tzinfo=UTC)
    suqian = rows["321300", 2024]
    assert (suqian["cells"], suqian["figures"], suqian["form"], suqian["errors"]) == (202, 202, "2021", 0)
    assert (suqian["state"], suqian["kind"], suqian["url"]) == ("published", "transcription", None)
    other = rows["110101", 2008]
    assert (other["state"], other["cells"], other["capture_id"], other["first_seen"]) == (
        "not_found",
        0,
        None,
        None,
    )


def test_the_codebook_is_what_the_program_reads(registry: Registry, tables: dict[str, pa.Table]) -> None:
    for name in ("bodies", "indicators", "concepts", "applicants", "rules"):
        key = find_schema(registry, name)["primaryKey"]
        published = {tuple(str(row[column]) for column in key): row for row in tables[name].to_pylist()}
        assert len(published) == len(registry.tables[name])
        for row in registry.tables[name]:
            found = published[tuple(row[column] for column in key)]
            for column, text in row.items():
                value = found[column]
                assert text == (
                    "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
                )


def test_a_report_left_out_has_no_figures_in_the_tables(registry: Registry, release: Release) -> None:
    held_back = [
        Outcome(each.report, "quarantined", Text("x", "x"), each.capture, each.captures)
        for each in release.done
    ]
    tables = assemble_tables(registry, held_back, [])
    assert tables["observations"].num_rows == 0
    assert {row["figures"] for row in tables["reports"].to_pylist()} == {0}
