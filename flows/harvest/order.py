"""The order in which captures were taken, which is not always the one that their clocks say.

Every capture has a number that grows from one to the next (`sequence`), so our own looks are ordered by it. A machine's
clock can be years off, or step back in the middle of a run; then some dates contradict that order. Of contradicting
dates the fewest are taken for wrong: such a capture keeps the date that it states, and is counted by the nearest that the
looks stored before and after it allow. Captures of others stand among ours by their dates, for their numbers only say when they came here.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from flows.model import Capture

# Workers of one harvest store side by side, each after all tries of a request: so much apart nothing is contradicted.
SLACK = timedelta(hours=1)
DATED_HERE = ("fetched", "contributed")  # kinds of capture that are dated when they came into the archive


def order_captures(captures: Iterable[Capture]) -> tuple[Capture, ...]:
    """Return captures oldest first, each that a clock misdated with the moment that it is counted by.

    Captures without a number, of indexes older than numbers, come before the others, by their dates.
    """
    everything = tuple(captures)
    own = sorted((each for each in everything if each.kind == "fetched"), key=by_number)
    others = (each for each in everything if each.kind != "fetched")
    return tuple(sorted((*date_looks(own), *others), key=lambda each: (each.moment, *by_number(each))))


def by_number(capture: Capture) -> tuple[int, datetime, str]:
    """Return what captures are sorted by in the order in which they were stored."""
    return capture.sequence, capture.captured_at, capture.capture_id


def date_looks(looks: Sequence[Capture]) -> list[Capture]:
    """Return looks in the order of their numbers, each that contradicts the others with the nearest moment that they allow."""
    looks = [replace(each, counted_at=None) if each.counted_at else each for each in looks]
    dates = [each.captured_at for each in looks]
    kept = consistent(dates)
    if len(kept) == len(looks):
        return looks
    trusted = sorted(kept)
    dated = []
    for index, each in enumerate(looks):
        after = bisect_right(trusted, index)
        earliest = dates[trusted[after - 1]] if after else dates[index]
        latest = dates[trusted[after]] if after < len(trusted) else dates[index]
        moment = min(max(each.captured_at, earliest), latest)
        dated.append(each if abs(each.captured_at - moment) <= SLACK else replace(each, counted_at=moment))
    return dated


def consistent(dates: Sequence[datetime]) -> frozenset[int]:
    """Return the places of the most dates that do not go back; where several sets are as large, those that come last.

    >>> day = [datetime(2026, 1, each) for each in (1, 2, 30, 3, 4)]
    >>> sorted(consistent(day)), sorted(consistent([day[0], day[2], day[1]]))
    ([0, 1, 3, 4], [0, 2])
    """
    ends: list[datetime] = []  # the earliest end of a row of each length
    places: list[int] = []
    before: list[int] = []
    for index, each in enumerate(dates):
        length = bisect_right(ends, each)
        before.append(places[length - 1] if length else -1)
        ends[length : length + 1] = [each]
        places[length : length + 1] = [index]
    row = []
    index = places[-1] if places else -1
    while index >= 0:
        row.append(index)
        index = before[index]
    return frozenset(row)


def find_misdated(captures: Iterable[Capture]) -> tuple[Capture, ...]:
    """Return the captures of ordered ones whose clock contradicts the order in which they were stored."""
    return tuple(each for each in captures if each.counted_at is not None)


def newest_moment(captures: Iterable[Capture]) -> datetime | None:
    """Return the day that an archive stands at, or None for an empty one: what is due by then, and no clock of today.

    It is that of the last look of our own, whatever an earlier one said, or of somebody else's later capture.
    """
    everything = tuple(captures)
    own = [each for each in everything if each.kind == "fetched"]
    last = [max(own, key=by_number)] if own else []
    return max(
        (each.captured_at for each in (*last, *(each for each in everything if each.kind != "fetched"))),
        default=None,
    )


def known_on(captures: Iterable[Capture], day: date) -> tuple[Capture, ...]:
    """Return what an archive held at the end of a day (UTC), oldest first.

    What was contributed is dated when it came here. A capture of somebody else's is dated when they took it: it was known
    where a look of our own was stored after it by then. Where none was stored after it at all, nobody knows, and its own date counts.
    """
    end = end_of(day)
    everything = order_captures(captures)
    own = [each for each in everything if each.kind == "fetched"]
    stored = max((each.sequence for each in own if each.moment < end), default=0)
    last = max((each.sequence for each in own), default=0)
    return order_captures(
        each
        for each in everything
        if each.moment < end and (each.kind in DATED_HERE or each.sequence < stored or each.sequence > last)
    )


def end_of(day: date) -> datetime:
    """Return the moment at which a day (UTC) is over."""
    return datetime.combine(day + timedelta(days=1), time(), UTC)
