"""The harvest: every wanted report fetched, checked to be the report, and archived; one failure stops none."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flows.errors import FetchError, GongkaiError, Text, UsageError
from flows.harvest.archive import append_captures, locked
from flows.harvest.discover import wanted_reports
from flows.harvest.fetch import Fetcher, fetch_page
from flows.harvest.guard import judge_page
from flows.harvest.index import load_index
from flows.harvest.warc import NewCapture
from flows.model import Capture, Report
from flows.registry import Registry


@dataclass(frozen=True)
class HarvestOutcome:
    """What became of one wanted report: its capture, or why there is none."""

    report: Report
    capture: Capture | None
    reason: Text | None


def harvest_reports(
    registry: Registry,
    raw: Path,
    wanted: Iterable[Report],
    fetcher: Fetcher,
    tick: Callable[[Report], None] = lambda _: None,
) -> tuple[HarvestOutcome, ...]:
    """Fetch the wanted reports into the archive and return what became of each.

    A page that is not the report, or an address that does not answer, leaves the archive as it is.
    Raises UsageError where nobody is named whom a portal's operator could write to.
    """
    if not fetcher.contact:
        raise UsageError(
            "GONGKAI_CONTACT is not set. Set it to an e-mail or web address of yours: portals are told who asks.",
            "未设置 GONGKAI_CONTACT。请设为你的电子邮件或网址：采集时会告知门户由谁访问。",
        )
    schema = registry.schemas["published/captures"]
    outcomes = []
    for report in wanted:
        try:
            new = fetch_report(registry, report, fetcher)
        except GongkaiError as error:
            outcomes.append(HarvestOutcome(report, None, error.text))
        else:
            with locked(raw):
                captures = append_captures(raw, [new], load_index(raw, schema))
            outcomes.append(HarvestOutcome(report, captures[-1], None))
        tick(report)
    return tuple(outcomes)


def fetch_report(registry: Registry, report: Report, fetcher: Fetcher) -> NewCapture:
    """Return the bytes of one report's page, ready for the archive; raise FetchError where it is not one."""
    page = fetch_page(fetcher, report.url)
    verdict = judge_page(page, report, registry)
    if not verdict.accepted:
        raise FetchError(*verdict.reason)
    return NewCapture(
        body_id=report.body_id,
        year=report.year,
        scope=report.scope,
        kind="fetched",
        url=page.url,
        captured_at=page.fetched_at,
        media_type=page.media_type,
        payload=page.body,
        source="gongkai harvest",
        http=page.http_record(),
        http_status=page.status,
    )


def plan_harvest(
    registry: Registry, raw: Path, as_of: date, body_id: str = "", year: int | None = None
) -> tuple[Report, ...]:
    """Return the reports that a harvest on a day would ask for."""
    captures = load_index(raw, registry.schemas["published/captures"])
    return wanted_reports(registry, captures, as_of, body_id, year)
