"""Reports to `timeliness`: the date each one states against the legal deadline of its body and year."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pyarrow as pa

from flows.registry import Registry

GOVERNMENTS = frozenset(["province", "municipality", "prefecture", "district"])


def timeliness_rows(registry: Registry, reports: pa.Table) -> Iterator[dict[str, Any]]:
    """Yield a row for each report expected. The stated date is a claim of the report; `first_seen` never stands in for it."""
    deadlines = {
        (row["form"], row["level"]): (int(row["month"]), int(row["day"]))
        for row in registry.tables["deadlines"]
    }
    columns = ["body_id", "year", "scope", "state", "stated_date", "first_seen"]
    for row in reports.select(columns).to_pylist():
        deadline = find_deadline(registry, row, deadlines)
        stated = row["stated_date"]
        yield {
            **{name: row[name] for name in columns if name != "state"},
            "deadline": deadline,
            "days": (stated - deadline).days if stated and deadline else None,
            "timeliness": judge_date(row["state"], stated, deadline),
        }


def find_deadline(
    registry: Registry, report: Mapping[str, Any], deadlines: Mapping[tuple[str, str], tuple[int, int]]
) -> date | None:
    """Return the last day on which a report is in time, or None where no deadline is known.

    The article speaks of a government's report; when its office reports for itself alone, none is known.
    """
    level = registry.bodies[report["body_id"]].level
    if report["scope"] == "own_body" and level in GOVERNMENTS:
        return None
    form = next(form for form in registry.forms.values() if form.covers(report["year"]))
    due = deadlines.get((form.form, level))
    return date(report["year"] + 1, *due) if due else None


def judge_date(state: str, stated: date | None, deadline: date | None) -> str:
    """Return what a stated date says of a report: in time, late, or why that cannot be told."""
    if state != "published":
        return "not_published"
    if deadline is None:
        return "no_deadline"
    if stated is None:
        return "no_date"
    return "late" if stated > deadline else "in_time"
