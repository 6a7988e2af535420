"""The harvest: every wanted report fetched, checked to be the report, and archived; one failure stops none."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

from flows.decode import decode_text
from flows.errors import FetchError, GongkaiError, Text
from flows.harvest.answer import FetchedPage
from flows.harvest.archive import append_captures, locked
from flows.harvest.discover import wanted_reports
from flows.harvest.fetch import Fetcher, check_contact, fetch_page
from flows.harvest.guard import judge_page, prints_table
from flows.harvest.index import load_index
from flows.harvest.store import Raw
from flows.harvest.warc import NewCapture
from flows.links import find_links, order_links
from flows.model import Capture, Report
from flows.registry import Registry

log = logging.getLogger("gongkai")


@dataclass(frozen=True)
class HarvestOutcome:
    """What became of one wanted report: its capture, or why there is none."""

    report: Report
    capture: Capture | None
    reason: Text | None


def harvest_reports(
    registry: Registry,
    raw: Raw,
    wanted: Iterable[Report],
    fetcher: Fetcher,
    tick: Callable[[Report], None] = lambda _: None,
) -> tuple[HarvestOutcome, ...]:
    """Fetch the wanted reports into the archive and return what became of each.

    A page that is not the report, or an address that does not answer, leaves the archive as it is.
    Raises UsageError where nobody is named whom a portal's operator could write to.
    """
    check_contact(fetcher)
    schema = registry.schemas["published/captures"]
    outcomes = []
    for report in wanted:
        try:
            new = fetch_report(registry, report, fetcher)
        except GongkaiError as error:
            outcomes.append(HarvestOutcome(report, None, error.text))
        else:
            with locked(raw):
                captures = append_captures(raw, new, load_index(raw, schema))
            stored = {capture.capture_id: capture for capture in captures}
            outcomes.append(HarvestOutcome(report, stored[new[0].capture_id], None))
        tick(report)
    return tuple(outcomes)


def fetch_report(registry: Registry, report: Report, fetcher: Fetcher) -> list[NewCapture]:
    """Return one report's page and the attachments that may hold its tables; raise FetchError where it is not the report."""
    page = fetch_page(fetcher, report.url)
    verdict = judge_page(page, report, registry)
    if not verdict.accepted:
        raise FetchError(*verdict.reason)
    own = make_capture(report, report.url, page, "")
    return [own, *fetch_attachments(registry, report, page, (fetcher, own.capture_id))]


def fetch_attachments(
    registry: Registry, report: Report, page: FetchedPage, owner: tuple[Fetcher, str]
) -> Iterator[NewCapture]:
    """Yield the files, frames and pictures of a page that prints no table of a form itself; one that fails is left out."""
    markup = decode_text(page.body, page.url, page.charset)
    if prints_table(markup, registry):
        return
    fetcher, parent_id = owner
    for link in order_links(find_links(LexborHTMLParser(markup))):
        try:
            url = urljoin(page.url, link.url)
            attached = fetch_page(fetcher, url)
        except (FetchError, ValueError) as error:  # ValueError: no address at all
            log.warning("attachment_failed page=%s link=%s why=%s", page.url, link.url, error)
            continue
        if attached.status == 200:
            yield make_capture(report, url, attached, parent_id)


def make_capture(report: Report, url: str, page: FetchedPage, parent_id: str) -> NewCapture:
    """Return the answer at an address ready for the archive, as the page of a report or as an attachment of one."""
    return NewCapture(
        body_id=report.body_id,
        year=report.year,
        scope=report.scope,
        kind="fetched",
        url=url,
        captured_at=page.fetched_at,
        media_type=page.media_type,
        payload=page.body,
        source="gongkai harvest",
        http=page.http_record(),
        http_status=page.status,
        request=page.request_record(),
        etag=page.headers.get("ETag", ""),
        last_modified=page.headers.get("Last-Modified", ""),
        framing=page.framing,
        tls=page.tls,
        parent_id=parent_id,
        final_url=page.url if page.url != url else "",
    )


def plan_harvest(
    registry: Registry, raw: Raw, as_of: date, body_id: str = "", year: int | None = None
) -> tuple[Report, ...]:
    """Return the reports that a harvest on a day would ask for."""
    captures = load_index(raw, registry.schemas["published/captures"])
    return wanted_reports(registry, captures, as_of, body_id, year)
