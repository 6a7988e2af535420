"""Which reports are wanted: every body, every year since 2008, and the addresses known for them."""

from collections.abc import Iterable, Iterator
from datetime import date
from urllib.parse import urlsplit

from flows.model import Capture, Report
from flows.registry import Registry

FIRST_YEAR = 2008  # the Regulations came into force on 2008-05-01
DEADLINE = (3, 31)  # governments publish by 31 March of the following year (article 50 of the Regulations)


def due_years(as_of: date) -> range:
    """Return the years whose reports are due on a day.

    >>> due_years(date(2026, 3, 30))[-1], due_years(date(2026, 3, 31))[-1]
    (2024, 2025)
    """
    month, day = DEADLINE
    due = as_of.year - 1 if (as_of.month, as_of.day) >= (month, day) else as_of.year - 2
    return range(FIRST_YEAR, due + 1)


def expected_reports(registry: Registry, as_of: date) -> Iterator[Report]:
    """Yield the report of every body for every year that is due, and for the year after, not due yet."""
    addresses = {(each.body_id, each.year, each.scope): each.url for each in registry.reports}
    years = due_years(as_of)
    for body_id in sorted(registry.bodies):
        for year in (*years, years[-1] + 1):
            key = (body_id, year, "whole_area")
            yield Report(*key, url=addresses.get(key, ""))


def wanted_reports(
    registry: Registry, captures: Iterable[Capture], as_of: date, body_id: str = "", year: int | None = None
) -> tuple[Report, ...]:
    """Return the reports to fetch: due, with a known address on an official host, and not fetched yet."""
    fetched = {(each.body_id, each.year, each.scope) for each in captures if each.kind == "fetched"}
    years = due_years(as_of)
    return tuple(
        report
        for report in registry.reports
        if report.year in years
        and urlsplit(report.url).netloc in registry.hosts
        and (report.body_id, report.year, report.scope) not in fetched
        and body_id in ("", report.body_id)
        and year in (None, report.year)
    )
