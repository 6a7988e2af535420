"""Captures to outcomes: each report read, extracted and checked; what fails is left out with its reason."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from itertools import groupby
from queue import LifoQueue
from urllib.parse import urljoin

from flows.curate.checks import check_reports
from flows.curate.contributions import Act, Shelf, load_shelf
from flows.curate.given import Said, give_figures, list_given
from flows.curate.history import Revision, find_revised, find_revisions, try_extract
from flows.curate.reviewed import apply_corrections
from flows.curate.sources import (
    Key,
    compare_sources,
    find_clock,
    find_gone,
    find_replaced,
    find_rivals,
    group_looks,
    newest_pages,
    say_unlisted,
    state_of_missing,
)  # fmt: skip
from flows.errors import ArchiveError, FormError, GongkaiError, ReadError, Text
from flows.extract.attachments import extract_attached
from flows.extract.parts import Asked
from flows.harvest.archive import read_capture
from flows.harvest.discover import due_years, expected_reports
from flows.harvest.order import newest_moment
from flows.harvest.store import Raw
from flows.model import Capture, Document, Extraction, Finding, Link, Report, State
from flows.read.child import Reader
from flows.registry import Registry

# As many files are read at a time, each in a child process; a thread waits for each and extracts in turn with the others.
CORES = os.cpu_count() or 1
RULE_OF_ERROR: dict[type[GongkaiError], str] = {
    ArchiveError: "damaged_capture",
    ReadError: "unreadable_report",
    FormError: "unknown_form",
}


@dataclass(frozen=True)
class Outcome:
    """What became of one expected report: its state, the capture it rests on, what it states.

    `captures` are its pages, `looks` those and all that did not find it, both oldest first.
    """

    report: Report
    state: State
    reason: Text | None = None
    capture: Capture | None = None
    captures: tuple[Capture, ...] = ()
    extraction: Extraction | None = None
    findings: tuple[Finding, ...] = ()
    revisions: tuple[Revision, ...] = ()
    looks: tuple[Capture, ...] = ()


def build_outcomes(
    registry: Registry,
    raw: Raw,
    captures: Iterable[Capture],
    tick: Callable[[Capture], None] = lambda _: None,
    shelf: Shelf | None = None,
) -> tuple[Outcome, ...]:
    """Return the outcome of every expected report, in the order of body, year and scope.

    A report is taken from its newest capture that can be used; looks that found no report, and attachments,
    are none. A capture that cannot be read, or says it is another report, becomes a finding and never stops the others.
    Contributions are those on the shelf, or all that were ever accepted.
    """
    captures = tuple(captures)
    shelf = load_shelf(raw) if shelf is None else shelf
    given = list_given(shelf)
    attached = {(each.parent_id, each.url): each for each in captures if each.parent_id}
    looks, newest = group_looks(captures), newest_pages(captures)
    by_report = {
        key: pages for key, own in looks.items() if (pages := [each for each in own if each.is_page])
    }
    as_of = newest_moment(captures)
    expected = {key: Report(*key) for key in given} | find_expected(registry, by_report, as_of)
    with open_readers() as read:

        def find_outcome(key: Key) -> Outcome:
            own = looks.get(key, ())
            if key not in by_report:
                return missing_outcome(registry, expected[key], captures, own)
            extract_once = cache(extract)
            outcome = read_report(expected[key], by_report[key], own, extract_once)
            outcome = add_history(outcome, extract_once)
            replaced = find_replaced(outcome.capture, newest) if outcome.capture else ()
            return replace(outcome, looks=own, findings=(*outcome.findings, *replaced))

        def extract(capture: Capture) -> Extraction:
            tick(capture)
            name = f"{capture.body_id} {capture.year} {capture.capture_id}"
            document = read(read_capture(raw, capture), name)
            load = partial(load_attached, (raw, read), capture, attached)
            asked = Asked(capture.body_id, capture.year, capture.scope)
            return extract_attached(document, registry, load, asked)

        outcomes = map_in_threads(find_outcome, sorted(expected))
    by_id = {each.capture_id: each for each in captures}
    return check_outcomes(registry, [add_given(registry, each, shelf, given, by_id) for each in outcomes])


def add_given(
    registry: Registry,
    outcome: Outcome,
    shelf: Shelf,
    given: Mapping[Key, Sequence[Said]],
    captures: Mapping[str, Capture],
) -> Outcome:
    """Return an outcome with what contributors say of its report, and with what became of contributions that cannot be used."""
    key = (outcome.report.body_id, outcome.report.year, outcome.report.scope)
    findings = (*outcome.findings, *find_unused(shelf, key))
    # Captures of other reports alone are at hand where one report is looked at.
    said = [each for each in given.get(key, ()) if each.claim.observation.capture_id in captures]
    if not said:
        return replace(outcome, findings=findings)
    read = outcome.extraction if outcome.state == "published" else None
    merged = give_figures(registry, key, read, said)
    findings = (*findings, *merged.findings)
    if read is not None:
        return replace(outcome, extraction=merged.extraction, findings=findings)
    reason = outcome.reason or Text(outcome.state, outcome.state)
    told = Finding(
        "contributed_report",
        Text(
            f"{outcome.state}: {reason.en}. All figures were sent in by people.",
            f"{reason.zh}。全部数字由他人录入提供。",
        ),
    )
    capture = captures[said[0].claim.observation.capture_id]
    return replace(
        outcome,
        state="published",
        reason=None,
        capture=capture,
        extraction=merged.extraction,
        findings=(*findings, told),
    )


def find_unused(shelf: Shelf, key: Key) -> Iterator[Finding]:
    """Yield the findings that a contribution about a report was refused, or is damaged."""

    def concerns(act: Act) -> bool:
        return (act.body_id, act.year, act.scope) == (key[0], str(key[1]), key[2])

    for act in filter(concerns, shelf.refused):
        yield Finding(
            "contribution_refused",
            Text(
                f"a contribution ({act.package}) was sent in and has {act.faults} faults; first: {act.message_en}",
                f"收到来稿（{act.package}），有 {act.faults} 处问题；首先是：{act.message_zh}",
            ),
        )
    for act, why in shelf.damaged:
        if concerns(act):
            yield Finding("contribution_damaged", why)


def load_attached(
    source: tuple[Raw, Callable[[bytes, str], Document]],
    page: Capture,
    attached: Mapping[tuple[str, str], Capture],
    link: Link,
) -> Document | None:
    """Return the Document of an attachment that was captured with its page, or None where none was."""
    raw, read = source
    try:
        found = attached.get((page.capture_id, urljoin(page.final_url or page.url, link.url)))
    except ValueError:  # no address at all
        return None
    return read(read_capture(raw, found), f"{link.url} ({found.capture_id})") if found else None


def find_expected(
    registry: Registry, by_report: Mapping[Key, Sequence[Capture]], as_of: datetime | None
) -> dict[Key, Report]:
    """Return the reports that are due by the newest capture, and those that are captured though nobody expected them."""
    due = expected_reports(registry, as_of.date()) if as_of else ()
    captured = {key: Report(*key, url=captures[-1].url) for key, captures in by_report.items()}
    return captured | {(report.body_id, report.year, report.scope): report for report in due}


@contextmanager
def open_readers() -> Iterator[Callable[[bytes, str], Document]]:
    """Give a function that reads a file in a child process that is idle, one for each core, until the `with` block ends."""
    idle: LifoQueue[Reader] = (
        LifoQueue()
    )  # the last one used is the first one used again: a child begins when it is needed
    with ExitStack() as stack:
        for _ in range(CORES):
            idle.put(stack.enter_context(Reader()))

        def read(data: bytes, name: str) -> Document:
            reader = idle.get()
            try:
                return reader.read(data, name)
            finally:
                idle.put(reader)

        yield read


def map_in_threads(work: Callable[[Key], Outcome], keys: Sequence[Key]) -> list[Outcome]:
    """Return what a piece of work gives for each key, in their order; an error, or Ctrl-C, ends it without the rest."""
    with ThreadPoolExecutor(CORES) as threads:
        try:
            return list(threads.map(work, keys))
        finally:
            threads.shutdown(wait=False, cancel_futures=True)


def review_outcome(registry: Registry, outcome: Outcome) -> Outcome:
    """Return an outcome with the decisions of reviewers about its report applied, each with its finding."""
    report, extraction = outcome.report, outcome.extraction
    corrections = registry.corrections.get((report.body_id, report.year, report.scope), ())
    if extraction is None or outcome.state != "published" or not corrections:
        return outcome
    reviewed = apply_corrections(extraction, corrections)
    findings = (*outcome.findings, *reviewed.findings[len(extraction.findings) :])
    return replace(outcome, extraction=reviewed, findings=findings)


def check_outcomes(registry: Registry, outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """Return the outcomes with the decisions of reviewers and the findings of the rules, all reports checked at once."""
    outcomes = tuple(review_outcome(registry, outcome) for outcome in outcomes)
    extractions = {
        index: (outcome.report.year, outcome.extraction)
        for index, outcome in enumerate(outcomes)
        if outcome.extraction and outcome.state == "published"
    }
    found = check_reports(registry, extractions)
    by_index: Mapping[int, list[Finding]] = {
        index: [finding for _, finding in group] for index, group in groupby(found, key=lambda pair: pair[0])
    }
    return tuple(
        replace(outcome, findings=(*outcome.findings, *by_index.get(index, ())))
        for index, outcome in enumerate(outcomes)
    )


def missing_outcome(
    registry: Registry, report: Report, captures: Sequence[Capture], looks: tuple[Capture, ...]
) -> Outcome:
    """Return the outcome of a report without any capture, with the reason that the looks for it give."""
    as_of = newest_moment(captures)
    if as_of is None or report.year not in due_years(as_of.date()):
        reason = Text("not due when the newest capture was taken", "截至最新存档时尚未到期")
        return Outcome(report, "not_due", reason, looks=looks)
    if looks:
        state, reason = state_of_missing(registry, looks)
        return Outcome(replace(report, url=looks[-1].url), state, reason, looks=looks)
    if report.url:
        reason = Text("address known, not captured yet", "网址已知，尚未存档")
    else:
        nowhere = Text("no address known, not looked for yet", "尚无网址，尚未查找")
        reason = say_unlisted(registry, (report.body_id, report.year, report.scope), captures) or nowhere
    return Outcome(report, "not_found", reason)


def read_report(
    report: Report,
    captures: Sequence[Capture],
    looks: Sequence[Capture],
    extract: Callable[[Capture], Extraction],
) -> Outcome:
    """Return the outcome of a report from its newest usable capture, with a finding for each that is not."""
    failed: list[Finding] = []
    state: State = "unreadable"
    for capture in reversed(captures):
        try:
            extraction = extract(capture)
        except (ArchiveError, ReadError, FormError) as error:
            failed.append(Finding(RULE_OF_ERROR[type(error)], error.text))
            continue
        conflict = find_conflict(report, extraction)
        if conflict is None:
            rivals = check_rivals(report, (capture, extraction), looks, extract)
            findings = (*failed, *extraction.findings, *rivals, *find_gone(looks), *find_clock(looks))
            return Outcome(report, "published", None, capture, tuple(captures), extraction, findings)
        failed.append(Finding("other_report", conflict))
        state = "quarantined"
    return Outcome(report, state, failed[0].message, captures[-1], tuple(captures), None, tuple(failed))


def add_history(outcome: Outcome, extract: Callable[[Capture], Extraction]) -> Outcome:
    """Return an outcome with what changed between its captures, and the finding that says so."""
    if outcome.state != "published":
        return outcome
    fits = partial(find_conflict, outcome.report)
    revisions = find_revisions(outcome.captures, try_extract(extract, lambda found: fits(found) is None))
    return replace(outcome, revisions=revisions, findings=(*outcome.findings, *find_revised(revisions)))


def check_rivals(
    report: Report,
    chosen: tuple[Capture, Extraction],
    looks: Sequence[Capture],
    extract: Callable[[Capture], Extraction],
) -> Iterator[Finding]:
    """Yield a finding for each other page of a report that states other figures; one that cannot be read states none."""
    for rival in find_rivals(looks, chosen[0]):
        try:
            extraction = extract(rival)
        except (ArchiveError, ReadError, FormError):
            continue
        if find_conflict(report, extraction) is None:
            yield from compare_sources(chosen, (rival, extraction))


def find_conflict(report: Report, extraction: Extraction) -> Text | None:
    """Return how a document says that it is another report than the one expected, or None."""
    header = extraction.header
    said = (header.body_id, header.year if header.year else report.year, header.scope)
    if said == (report.body_id, report.year, report.scope):
        return None
    return Text(
        f"expected {report.body_id} {report.year} {report.scope}, the page says {said[0] or 'no known body'} "
        f"{said[1]} {said[2]} ('{header.title}'). Mend its row in schemas/reports.csv or in the index of raw/.",
        f"应为 {report.body_id} {report.year} {report.scope}，页面为 {said[0] or '未知机关'} {said[1]} {said[2]}"
        f"（“{header.title}”）。请修改 schemas/reports.csv 或 raw/ 索引中的该行。",
    )
