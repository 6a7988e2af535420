"""Captures to outcomes: each report read, extracted and checked; what fails is left out with its reason."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path

from flows.curate.checks import check_reports
from flows.errors import ArchiveError, FormError, GongkaiError, ReadError, Text
from flows.extract.report import extract_report
from flows.harvest.archive import read_capture
from flows.harvest.discover import due_years, expected_reports
from flows.model import Capture, Extraction, Finding, Report, State
from flows.read.child import Reader
from flows.registry import Registry

RULE_OF_ERROR: dict[type[GongkaiError], str] = {
    ArchiveError: "damaged_capture",
    ReadError: "unreadable_report",
    FormError: "unknown_form",
}


@dataclass(frozen=True)
class Outcome:
    """What became of one expected report: its state, the capture it rests on, what it states."""

    report: Report
    state: State
    reason: Text | None = None
    capture: Capture | None = None
    captures: tuple[Capture, ...] = ()
    extraction: Extraction | None = None
    findings: tuple[Finding, ...] = ()


def build_outcomes(
    registry: Registry,
    raw: Path,
    captures: Iterable[Capture],
    tick: Callable[[Capture], None] = lambda _: None,
) -> tuple[Outcome, ...]:
    """Return the outcome of every expected report, in the order of body, year and scope.

    A report is taken from its newest capture that can be used. A capture that cannot be
    read, or says it is another report, becomes a finding and never stops the others.
    """
    by_report: dict[tuple[str, int, str], list[Capture]] = {}
    for capture in captures:
        by_report.setdefault((capture.body_id, capture.year, capture.scope), []).append(capture)
    as_of = max((each.captured_at for group in by_report.values() for each in group), default=None)
    expected = (
        {(r.body_id, r.year, r.scope): r for r in expected_reports(registry, as_of.date())} if as_of else {}
    )
    for key in by_report:
        expected.setdefault(key, Report(*key, url=by_report[key][-1].url))
    outcomes = []
    with Reader() as reader:

        def extract(capture: Capture) -> Extraction:
            tick(capture)
            name = f"{capture.body_id} {capture.year} {capture.capture_id}"
            return extract_report(reader.read(read_capture(raw, capture), name), registry)

        for key, report in sorted(expected.items()):
            if key in by_report:
                outcomes.append(read_report(report, by_report[key], extract))
            else:
                outcomes.append(missing_outcome(report, as_of))
    return check_outcomes(registry, outcomes)


def check_outcomes(registry: Registry, outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """Return the outcomes with the findings of the rules added, all reports checked at once."""
    outcomes = tuple(outcomes)
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


def missing_outcome(report: Report, as_of: datetime | None) -> Outcome:
    """Return the outcome of a report without any capture."""
    if as_of is None or report.year not in due_years(as_of.date()):
        return Outcome(
            report, "not_due", Text("not due when the newest capture was taken", "截至最新存档时尚未到期")
        )
    if report.url:
        reason = Text("address known, not captured yet", "网址已知，尚未存档")
    else:
        reason = Text("no address known, not looked for yet", "尚无网址，尚未查找")
    return Outcome(report, "not_found", reason)


def read_report(report: Report, captures: list[Capture], extract: Callable[[Capture], Extraction]) -> Outcome:
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
            findings = (*failed, *extraction.findings)
            return Outcome(report, "published", None, capture, tuple(captures), extraction, findings)
        failed.append(Finding("other_report", conflict))
        state = "quarantined"
    return Outcome(report, state, failed[0].message, captures[-1], tuple(captures), None, tuple(failed))


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
