"""The plan: which addresses a harvest would look at now, and why; dense in the season of reports, sparse for old ones.

Every look leaves a row in the index, so the plan follows from the archive and the day alone: a second harvest
right after the first has nothing to ask.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flows.errors import Text
from flows.harvest.answer import NOTHING_KNOWN, Validators
from flows.harvest.discover import due_years
from flows.model import Capture, Report
from flows.registry import Registry

SEASON = range(1, 5)  # January to April
LOOKS_OF_A_REMOVAL = 3
DAYS_OF_A_REMOVAL = 7
LONGEST_WAIT = 30  # days between two looks at an address that keeps refusing
GONE = "gone"
SEEN = frozenset(["accepted", "unchanged"])


@dataclass(frozen=True)
class Visit:
    """One address to be looked at: for which report, why, since when it is due, and what is known of it."""

    report: Report
    url: str
    situation: str
    due: datetime
    last: datetime | None = None
    known: Validators = NOTHING_KNOWN

    @property
    def host(self) -> str:
        """The host that is asked."""
        return urlsplit(self.url).netloc.lower()


@dataclass(frozen=True)
class History:
    """The looks at one address for one report, oldest first."""

    looks: tuple[Capture, ...]

    @property
    def last(self) -> Capture | None:
        """The last look, if there was any."""
        return self.looks[-1] if self.looks else None

    @property
    def good(self) -> Capture | None:
        """The last look that found the report, changed or not."""
        return next((look for look in reversed(self.looks) if look.verdict in SEEN), None)

    def in_a_row(self, verdicts: frozenset[str]) -> tuple[Capture, ...]:
        """Return the looks at the end that have none but these verdicts, oldest first."""
        row: list[Capture] = []
        for look in reversed(self.looks):
            if look.verdict not in verdicts:
                break
            row.append(look)
        return tuple(reversed(row))


def find_removal(history: History) -> datetime | None:
    """Return since when an address is gone for certain: three looks over seven days, none of which found it."""
    row = history.in_a_row(frozenset([GONE]))
    if len(row) < LOOKS_OF_A_REMOVAL or row[-1].captured_at - row[0].captured_at < timedelta(
        days=DAYS_OF_A_REMOVAL
    ):
        return None
    return row[0].captured_at


def histories(captures: Iterable[Capture]) -> dict[tuple[str, str, int, str], History]:
    """Return the looks at each address of each report, by address, body, year and scope; attachments aside."""
    found: dict[tuple[str, str, int, str], list[Capture]] = {}
    for each in sorted(captures, key=lambda each: (each.captured_at, each.capture_id)):
        if each.kind == "fetched" and not each.parent_id:
            found.setdefault((each.url, each.body_id, each.year, each.scope), []).append(each)
    return {key: History(tuple(looks)) for key, looks in found.items()}


def plan_reports(
    registry: Registry, reports: Iterable[Report], captures: Iterable[Capture], now: datetime
) -> tuple[Visit, ...]:
    """Return the visits to the addresses of reports that are due now, the longest due first."""
    known = histories(captures)
    years = due_years(now.date())
    visits = [
        plan_visit(
            registry,
            report,
            known.get((report.url, report.body_id, report.year, report.scope), History(())),
            now,
        )
        for report in reports
        if report.url and report.year in years
    ]
    return tuple(sorted((each for each in visits if each.due <= now), key=lambda each: (each.due, each.url)))


def plan_visit(registry: Registry, report: Report, history: History, now: datetime) -> Visit:
    """Return when and why the address of a report is looked at next."""
    last = history.last
    if last is None:
        return Visit(report, report.url, "due", now)
    situation = find_situation(report, history, now)
    days = days_between(registry, situation, now)
    if situation == "refused":
        days = min(days * 2 ** (len(history.looks) - good_place(history) - 2), LONGEST_WAIT)
    good = history.good
    known = Validators(good.etag, good.last_modified) if good and last.verdict in SEEN else NOTHING_KNOWN
    return Visit(
        report, report.url, situation, last.captured_at + timedelta(days=days), last.captured_at, known
    )


def good_place(history: History) -> int:
    """Return the place of the last good look, -1 where there was none."""
    good = history.good
    return history.looks.index(good) if good else -1


def find_situation(report: Report, history: History, now: datetime) -> str:
    """Return why an address that was looked at before is looked at again."""
    last = history.last
    assert last is not None
    if last.verdict == GONE:
        return "removed" if find_removal(history) else "gone"
    if last.verdict not in SEEN:
        return "refused"
    return "fresh" if report.year == due_years(now.date())[-1] else "settled"


def days_between(registry: Registry, situation: str, now: datetime) -> int:
    """Return the days between two looks in a situation, in this time of the year."""
    row = next(row for row in registry.tables["visits"] if row["situation"] == situation)
    return int(row["season_days"] if now.month in SEASON else row["other_days"])


def say_situation(registry: Registry, situation: str) -> Text:
    """Return a situation in words."""
    row = next(row for row in registry.tables["visits"] if row["situation"] == situation)
    return Text(row["label_en"], row["label_zh"])


def budgets(visits: Sequence[Visit], pause: float) -> Mapping[str, tuple[int, float]]:
    """Return for each host how many requests a plan makes, and the seconds that these take at the least."""
    counted = Counter(visit.host for visit in visits)
    # One more for robots.txt; between two requests lies a pause.
    return {host: (count + 1, count * pause) for host, count in sorted(counted.items())}
