"""One connection and a pause for each host, shared by all workers of a machine; how long to wait when told to."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import quote

FIRST_WAIT = (
    10.0  # seconds before the second try where the host names none; three times as long before the third
)


@dataclass(frozen=True)
class Clock:
    """Where time comes from: seconds since 1970, and how to wait."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


@contextmanager
def host_turn(folder: Path, host: str, pause: float, clock: Clock) -> Iterator[None]:
    """Hold the only connection to a host, once `pause` seconds have passed since the last one ended.

    The file of a host is locked for as long as the turn lasts and holds the moment at which the last one
    ended, so workers in other processes wait too. A moment that lies in the future (the clock was set back)
    is no reason to wait longer than one pause.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / quote(host, safe="")).open("a+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        wait = left_of_pause(file.read(), pause, clock.now())
        if wait > 0:
            clock.sleep(wait)
        try:
            yield
        finally:
            file.truncate(0)
            file.write(f"{clock.now():.3f}")
            file.flush()


def left_of_pause(noted: str, pause: float, now: float) -> float:
    """Return how many seconds of a pause are left; none where nothing readable is noted.

    >>> left_of_pause("100.0", 2.0, 101.5), left_of_pause("", 2.0, 101.5), left_of_pause("900.0", 2.0, 101.5)
    (0.5, 0.0, 2.0)
    """
    try:
        ended = float(noted)
    except ValueError:
        return 0.0
    return max(0.0, min(pause, ended + pause - now))


def seconds_to_wait(retry_after: str, attempt: int, now: float, longest: float) -> float:
    """Return how long to wait before trying again: what the host says (RFC 9110, 10.2.3), else longer each time.

    A number of seconds or a date; anything else, a negative number or a past date counts for nothing.

    >>> seconds_to_wait("120", 0, 0.0, 3600.0), seconds_to_wait("-5", 0, 0.0, 3600.0), seconds_to_wait("soon", 1, 0.0, 3600.0)
    (120.0, 10.0, 30.0)
    >>> seconds_to_wait("Thu, 01 Jan 1970 00:01:00 GMT", 0, 30.0, 3600.0), seconds_to_wait("9" * 400, 0, 0.0, 3600.0)
    (30.0, 3600.0)
    """
    said = retry_after.strip()
    wait: float = FIRST_WAIT * 3**attempt
    if said.isascii() and said.isdecimal():
        wait = float(said[:20])  # digits enough for an hour
    elif (date := read_date(said)) is not None and date > now:
        wait = date - now
    return min(wait, longest)


def read_date(text: str) -> float | None:
    """Return the moment that a date of HTTP names, in seconds since 1970, or None where it is none."""
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
