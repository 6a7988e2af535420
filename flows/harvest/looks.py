"""One look at an address: what it answered, what that was found to be, and what is to be archived of it."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

from flows.decode import decode_text
from flows.errors import FetchError, ReadError, Text
from flows.harvest.answer import FetchedPage
from flows.harvest.discover import due_years
from flows.harvest.fetch import Fetcher, fetch_page
from flows.harvest.guard import Verdict, judge_page, name_verdict, prints_table
from flows.harvest.identify import identify_report, other_year
from flows.harvest.leads import Lead
from flows.harvest.markup import check_markup
from flows.harvest.plan import GONE, SHORT, History, Visit, find_removal
from flows.harvest.warc import NewCapture
from flows.links import find_links, order_links
from flows.model import LIST_LOOK, Capture, Report
from flows.registry import Registry

Result = Literal["new", "changed", "unchanged", "awaited", "gone", "removed", "blocked", "failed", "put_off"]
RESULTS: Mapping[Result, Text] = {
    "new": Text("new", "新存档"),
    "changed": Text("changed", "有变化"),
    "unchanged": Text("unchanged", "未变"),
    "awaited": Text("not there yet", "尚未发布"),
    "gone": Text("gone", "已不存在"),
    "removed": Text("removed for certain", "确认删除"),
    "blocked": Text("refused by the host", "被主机拒绝"),
    "failed": Text("failed", "失败"),
    "put_off": Text("put off to the next run", "推迟到下次"),
}
NOT_THERE = frozenset([GONE, SHORT, "missing", "empty", "list", "other_report"])
FAILURES = frozenset(["gone", "blocked", "failed", "put_off"])

Read = Callable[[Capture], bytes]  # from a capture to its bytes in the archive

log = logging.getLogger("gongkai")


@dataclass(frozen=True)
class Look:
    """What a visit found: the result, why where it is no good one, what is to be archived, how many reports a list holds."""

    visit: Visit
    result: Result
    reason: Text | None = None
    new: tuple[NewCapture, ...] = ()
    found: int = 0


def look_at_report(registry: Registry, fetcher: Fetcher, visit: Visit, read: Read) -> Look:
    """Return what stands where a report is said to be; raise FetchError where there is no whole answer."""
    assert isinstance(visit.target, Lead)
    page = fetch_page(fetcher, visit.url, visit.known)
    good = visit.history.good
    if page.status == 304 and good is not None:
        unchanged = replace(make_unchanged(good, page, read(good)), source=source_of(visit))
        return Look(visit, "unchanged", None, (unchanged,))
    report, verdict = judge_lead(registry, visit.target, page)
    if not verdict.accepted:
        new = replace(make_capture(report, visit.url, page, verdict.verdict), source=source_of(visit))
        return Look(visit, name_result(registry, visit, new), verdict.reason, (new,))
    same = good is not None and hashlib.sha256(page.body).hexdigest() == good.sha256
    own = replace(
        make_capture(report, visit.url, page, "unchanged" if same else "accepted"), source=source_of(visit)
    )
    attached, whole = fetch_attachments(registry, fetcher, own, page, find_parent(visit.history, own))
    if not whole:  # without validators the next look asks for the whole page, and for its attachments again
        own = replace(own, etag="", last_modified="")
    result: Result = "unchanged" if same else "changed" if good else "new"
    return Look(visit, result, None, (own, *attached))


def judge_lead(registry: Registry, lead: Lead, page: FetchedPage) -> tuple[Report, Verdict]:
    """Return which report was looked for at an address and what the answer is; an open lead leaves the first to the page."""
    fallback = lead.report or Report(lead.body_id, lead.sought, lead.scope or "whole_area", lead.url)
    if page.status != 200:
        return fallback, judge_page(page, fallback, registry)
    try:
        markup = decode_text(page.body, page.url, page.charset)
        check_markup(markup, page.url)
    except ReadError:
        verdict = judge_page(page, fallback, registry)
        named = verdict.verdict == "file" and lead.report and lead.title
        return fallback, Verdict("accepted", verdict.reason) if named else verdict
    report = lead.report or identify_report(markup, lead, registry) or fallback
    verdict = judge_page(page, report, registry)
    if verdict.accepted and other_year(markup, report, registry) is not None:
        verdict = name_verdict("other_report", page, report, registry)
    return report, verdict


def name_result(registry: Registry, visit: Visit, new: NewCapture) -> Result:
    """Return the result of a look that did not find what was looked for."""
    if new.verdict in NOT_THERE and not is_due(visit, new):
        return "awaited"
    if new.verdict == GONE:
        looks = (*visit.history.looks, as_look(new))
        return "removed" if find_removal(History(looks, visit.history.seen)) else "gone"
    row = next(row for row in registry.tables["verdicts"] if row["verdict"] == new.verdict)
    return "blocked" if row["state"] == "blocked" else "failed"


def is_due(visit: Visit, new: NewCapture) -> bool:
    """Return whether what was looked for should be there on the day of a look; before 31 March nothing is missing."""
    return visit.target.sought in due_years(new.captured_at.date())


def as_look(new: NewCapture) -> Capture:
    """Return what is to be archived as a look of a history, before it has a place."""
    return Capture(
        capture_id=new.capture_id, body_id=new.body_id, year=new.year, scope=new.scope, kind=new.kind, url=new.url,
        captured_at=new.captured_at, media_type=new.media_type, sha256=new.sha256, size=len(new.payload), file="",
        offset=0, verdict=new.verdict,
    )  # fmt: skip


# Attachments


def find_parent(history: History, own: NewCapture) -> str:
    """Return the capture that attachments belong to: the page's own, or the one that brought the same bytes first."""
    same = (each for each in history.looks if each.verdict == "accepted" and each.sha256 == own.sha256)
    return next((each.capture_id for each in same), own.capture_id)


def fetch_attachments(
    registry: Registry, fetcher: Fetcher, own: NewCapture, page: FetchedPage, parent_id: str
) -> tuple[list[NewCapture], bool]:
    """Return the files, frames and pictures of a page that prints no table of a form itself, and whether none failed."""
    found: list[NewCapture] = []
    links = attachments_of(registry, page)
    whole = True
    report = Report(own.body_id, own.year, own.scope, own.url)
    for link in links:
        try:
            url = urljoin(page.url, link)
            attached = fetch_page(fetcher, url)
        except (FetchError, ValueError) as error:  # ValueError: no address at all
            log.warning("attachment_failed page=%s link=%s why=%s", page.url, link, error)
            whole = False
            continue
        if attached.status == 200:
            found.append(make_capture(report, url, attached, "accepted", parent_id))
        whole = whole and attached.status in (200, 404, 410)
    return found, whole


def attachments_of(registry: Registry, page: FetchedPage) -> Iterator[str]:
    """Yield the addresses of what a page attaches that may hold its tables; of a page with a table, or a file, none."""
    try:
        markup = decode_text(page.body, page.url, page.charset)
    except ReadError:
        return
    if not prints_table(markup, registry):
        yield from (link.url for link in order_links(find_links(LexborHTMLParser(markup))))


# What is archived


def source_of(visit: Visit) -> str:
    """Return who looked and what led there, as the index says it."""
    target = visit.target
    return (
        f"gongkai harvest from {target.source}"
        if isinstance(target, Lead)
        else f"{LIST_LOOK}{target.source.list_id}"
    )


def make_capture(
    report: Report, url: str, page: FetchedPage, verdict: str, parent_id: str = ""
) -> NewCapture:
    """Return the answer at an address ready for the archive, as the page of a report, an attachment of one, or a list."""
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
        verdict=verdict,
        etag=page.headers.get("ETag", ""),
        last_modified=page.headers.get("Last-Modified", ""),
        framing=page.framing,
        tls=page.tls,
        parent_id=parent_id,
        final_url=page.url if page.url != url else "",
    )


def make_failed(visit: Visit, moment: datetime, error: FetchError, verdict: str) -> NewCapture:
    """Return a look that got nothing to keep: no bytes, and why in the words of its source, so that the plan knows of it."""
    target = visit.target
    report = target.report if isinstance(target, Lead) else None
    why = error.text.en.removeprefix(f"{visit.url}: ").split(". ")[0].splitlines()[0]
    return NewCapture(
        body_id=target.body_id,
        year=report.year if report else target.sought,
        scope=report.scope if report else "whole_area",
        kind="fetched",
        url=visit.url,
        captured_at=moment,
        media_type="application/x-empty",
        payload=b"",
        source=f"{source_of(visit)}: {why}"[:300],
        verdict=verdict,
    )


def make_unchanged(good: Capture, page: FetchedPage, payload: bytes) -> NewCapture:
    """Return a look that found what is known unchanged (status 304): the bytes are those of the last good look."""
    report = Report(good.body_id, good.year, good.scope)
    new = make_capture(report, good.url, page, "unchanged")
    return replace(
        new,
        payload=payload,
        media_type=good.media_type,
        etag=new.etag or good.etag,
        last_modified=new.last_modified or good.last_modified,
    )
