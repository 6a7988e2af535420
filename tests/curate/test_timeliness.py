"""Timeliness: the stated date against the article's day, nothing where either is unknown; successors and their codes."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from flows.curate.timeliness import timeliness_rows
from flows.registry import Registry


def judged(
    registry: Registry, year: int, stated: date | None, scope: str = "whole_area", state: str = "published"
) -> tuple[date | None, int | None, str]:
    """Return deadline, days and timeliness of one report of Huairou, first seen years later."""
    report = {
        "body_id": "110116", "year": year, "scope": scope, "state": state, "stated_date": stated,
        "first_seen": datetime(2026, 11, 22, tzinfo=UTC),
    }  # fmt: skip
    types = {"stated_date": pa.date32(), "first_seen": pa.timestamp("s", "UTC")}
    table = pa.table({name: pa.array([value], types.get(name)) for name, value in report.items()})
    (row,) = timeliness_rows(registry, table)
    return row["deadline"], row["days"], row["timeliness"]


@pytest.mark.parametrize(
    ("year", "stated", "expected"),
    [
        (2018, date(2019, 3, 31), (date(2019, 3, 31), 0, "in_time")),
        (2018, date(2019, 3, 11), (date(2019, 3, 31), -20, "in_time")),
        (2018, date(2019, 4, 1), (date(2019, 3, 31), 1, "late")),
        (2008, date(2010, 3, 31), (date(2009, 3, 31), 365, "late")),
        (2024, None, (date(2025, 3, 31), None, "no_date")),
    ],
)
def test_days_are_counted_from_the_stated_date_alone(
    year: int, stated: date | None, expected: tuple[date, int | None, str], registry: Registry
) -> None:
    assert judged(registry, year, stated) == expected


def test_what_is_not_known_is_not_judged(registry: Registry) -> None:
    assert judged(registry, 2020, date(2021, 3, 1), scope="own_body") == (None, None, "no_deadline")
    assert judged(registry, 2020, None, state="not_found") == (date(2021, 3, 31), None, "not_published")


def test_every_form_has_a_deadline_for_governments_and_departments(registry: Registry) -> None:
    due = {(row["form"], row["level"]): (row["month"], row["day"]) for row in registry.tables["deadlines"]}
    for form in registry.forms:
        assert {due[form, level] for level in ("province", "municipality", "prefecture", "district")} == {
            ("3", "31")
        }
        assert due[form, "department"] == (("3", "31") if form in ("2008", "2014") else ("1", "31"))
    assert ("2021", "town") not in due  # article 49 does not name them


def test_successors_agree_with_the_bodies(registry: Registry) -> None:
    bodies = {row["body_id"]: row for row in registry.tables["bodies"]}
    rows = registry.tables["successions"]
    for row in rows:
        assert bodies[row["body_id"]]["valid_from"] == row["year"]
    for body_id, body in bodies.items():
        followed = {row["former_code"] for row in rows if row["body_id"] == body_id}
        assert set(filter(None, body["former_codes"].split("|"))) <= followed
        assert not body["valid_from"] or followed, body_id
        assert body["code_list_year"]
    assert {row["former_code"] for row in rows if row["body_id"] == "110101"} == {"110101", "110103"}
