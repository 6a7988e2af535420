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
from flows.harvest.discover import LIST, ListAddress, due_years
from flows.harvest.leads import Lead
from flows.harvest.order import SLACK, by_number
from flows.model import Capture
from flows.registry import Registry

SEASON = range(1, 5)  # January to April
LOOKS_OF_A_REMOVAL = 3
DAYS_OF_A_REMOVAL = 7
LONGEST_WAIT = 30  # days between two looks at an address that keeps refusing
GONE = "gone"
SHORT = "short_list"
SEEN = frozenset(["accepted", "unchanged"])  # looks that found the report
LISTED = frozenset([LIST, "unchanged"])  # looks that found the list

Target = Lead | ListAddress


@dataclass(frozen=True)
class History:
    """The looks at one address, oldest first; `seen` are the verdicts of those that found what was looked for."""

    looks: tuple[Capture, ...]
    seen: frozenset[str] = SEEN

    @property
    def last(self) -> Capture | None:
        """The last look, if there was any."""
        return self.looks[-1] if self.looks else None

    @property
    def good(self) -> Capture | None:
        """The last look that found it, changed or not."""
        return next((look for look in reversed(self.looks) if look.verdict in self.seen), None)

    def in_a_row(self, verdicts: frozenset[str]) -> tuple[Capture, ...]:
        """Return the looks at the end that have none but these verdicts, oldest first."""
        row: list[Capture] = []
        for look in reversed(self.looks):
            if look.verdict not in verdicts:
                break
            row.append(look)
        return tuple(reversed(row))


NEVER = History(())


@dataclass(frozen=True)
class Visit:
    """One address to be looked at: a list or where a report is said to stand, why, since when it is due, what is known."""

    target: Target
    situation: str
    due: datetime
    history: History = NEVER

    @property
    def url(self) -> str:
        """The address that is asked."""
        return self.target.url

    @property
    def host(self) -> str:
        """The host that is asked."""
        return urlsplit(self.target.url).netloc.lower()

    @property
    def is_list(self) -> bool:
        """Whether it is a list that is looked at."""
        return isinstance(self.target, ListAddress)

    @property
    def known(self) -> Validators:
        """What a conditional request says; nothing where the last look did not find it, for then the whole page is wanted."""
        return known_of(self.history)


def known_of(history: History) -> Validators:
    """Return what the host gave with the last look, where that found what was looked for."""
    last = history.last
    if last is None or last.verdict not in history.seen:
        return NOTHING_KNOWN
    return Validators(last.etag, last.last_modified)


def find_removal(history: History) -> datetime | None:
    """Return since when an address is gone for certain: three looks over seven days, none of which found it."""
    row = history.in_a_row(frozenset([GONE]))
    if len(row) < LOOKS_OF_A_REMOVAL or row[-1].moment - row[0].moment < timedelta(days=DAYS_OF_A_REMOVAL):
        return None
    return row[0].moment


# What is known of an address


Looks = Mapping[str, tuple[Capture, ...]]


def looks_by_address(captures: Iterable[Capture]) -> Looks:
    """Return our own looks at each address, oldest first; attachments aside."""
    found: dict[str, list[Capture]] = {}
    for each in sorted(captures, key=by_number):
        if each.kind == "fetched" and not each.parent_id:
            found.setdefault(each.url, []).append(each)
    return {url: tuple(looks) for url, looks in found.items()}


def history_of(target: Target, looks: Looks) -> History:
    """Return the looks at an address that were for this list or report; all of them where the page decides which."""
    found = looks.get(target.url, ())
    if isinstance(target, ListAddress):
        return History(found, LISTED)
    report = target.report
    if report is None:
        return History(found)
    key = (report.body_id, report.year, report.scope)
    return History(tuple(each for each in found if (each.body_id, each.year, each.scope) == key))


# When it is looked at


def plan_visits(
    registry: Registry, targets: Iterable[Target], captures: Iterable[Capture], now: datetime
) -> tuple[Visit, ...]:
    """Return the visits to lists and leads that are due now, the longest due first."""
    looks = looks_by_address(captures)
    visits = (plan_visit(registry, target, history_of(target, looks), now) for target in targets)
    return tuple(sorted((each for each in visits if each.due <= now), key=lambda each: (each.due, each.url)))


def plan_visit(registry: Registry, target: Target, history: History, now: datetime) -> Visit:
    """Return when and why an address is looked at next."""
    last = history.last
    if last is None:
        return Visit(target, first_situation(target), now)
    situation = find_situation(target, history, last, now)
    days = days_between(registry, situation, now)
    if situation == "refused":
        good = history.good
        refusals = len(history.looks) - (history.looks.index(good) + 1 if good else 0)
        days = min(days * 2 ** (refusals - 1), LONGEST_WAIT)
    if last.moment > now + SLACK:  # its clock was ahead, so nobody knows when it was
        return Visit(target, situation, now, history)
    return Visit(target, situation, last.moment + timedelta(days=days), history)


def first_situation(target: Target) -> str:
    """Return why an address is looked at for the first time, or again though nothing can be there yet."""
    if isinstance(target, ListAddress):
        return "list" if target.newest else "old_list"
    return "due"


def find_situation(target: Target, history: History, last: Capture, now: datetime) -> str:
    """Return why an address that was looked at before is looked at again."""
    awaited = target.newest if isinstance(target, ListAddress) else target.awaited and history.good is None
    if last.verdict in (GONE, SHORT) and awaited:
        return first_situation(target)  # what is not there yet was not removed
    if last.verdict == GONE:
        return "removed" if find_removal(history) else "gone"
    if last.verdict not in history.seen:
        return "refused"
    if isinstance(target, ListAddress):
        return first_situation(target)
    if target.replaced:
        return "list"
    return "fresh" if last.year >= due_years(now.date())[-1] else "settled"


def days_between(registry: Registry, situation: str, now: datetime) -> int:
    """Return the days between two looks in a situation, in this time of the year."""
    row = next(row for row in registry.tables["visits"] if row["situation"] == situation)
    return int(row["season_days"] if now.month in SEASON else row["other_days"])


def say_situation(registry: Registry, situation: str) -> Text:
    """Return a situation in words."""
    row = next(row for row in registry.tables["visits"] if row["situation"] == situation)
    return Text(row["label_en"], row["label_zh"])


# What it asks of the hosts


def budgets(visits: Sequence[Visit], pause: float) -> Mapping[str, tuple[int, float]]:
    """Return for each host how many requests a plan makes, and the seconds that these take at the least."""
    counted = Counter(visit.host for visit in visits)
    # One more for robots.txt; between two requests lies a pause.
    return {host: (count + 1, count * pause) for host, count in sorted(counted.items())}


def within_budget(visits: Sequence[Visit], most: int) -> tuple[Visit, ...]:
    """Return the visits of a plan without those that a host has no room for in one run; the longest due come first."""
    counted: Counter[str] = Counter()
    kept = []
    for visit in visits:
        counted[visit.host] += 1
        if counted[visit.host] <= most:
            kept.append(visit)
    return tuple(kept)
