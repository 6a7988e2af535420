"""A simulated city on loopback: one server for each host, one calendar for all, every request in one log.

with open_city(plan_city(), calendar) as served:
    write_registry(served, folder)
"""

import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.utils import format_datetime
from hashlib import sha256
from itertools import pairwise

from flows.harvest.pace import Clock
from tests.portal import Answer, Portal, Request
from tests.portal.city.answers import Asked, answer_file, answer_page
from tests.portal.city.lists import answer_lists
from tests.portal.city.plan import City, Page, newest

FOREIGN = "127.0.0.2"  # nobody may ask this machine
CRAWL_DELAY = 0.2  # seconds, of one host
CLOCKS = 0.002  # seconds by which the clocks of host and visitor may differ
DELAYED = "110117"  # its key


@dataclass
class Calendar:
    """The one time of a simulated city and of those who visit it; long waits pass in no time.

    A wait of up to `real` seconds is a real one, what is longer moves the calendar on by the rest.
    """

    real: float = 0.1
    ahead: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time() + self.ahead

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(min(seconds, self.real))
        with self.lock:
            self.ahead += max(0.0, seconds - self.real)

    def set(self, moment: datetime) -> None:
        """Go to a moment."""
        self.ahead = moment.timestamp() - time.time()

    @property
    def day(self) -> date:
        """The day that it is."""
        return datetime.fromtimestamp(self.now(), UTC).date()

    def as_clock(self) -> Clock:
        """Return the clock of a harvest that lives by the calendar."""
        return Clock(self.now, self.sleep)


@dataclass(frozen=True)
class Logged:
    """One request as the city saw it: real and calendar time, whose host, what was asked and how it was answered."""

    at: float
    moment: float
    host: str
    path: str
    headers: Mapping[str, str]
    status: int


@dataclass
class Served:
    """A city that is up: where its hosts are, what was asked of them. `city` may be replaced while it runs."""

    city: City
    calendar: Calendar
    portals: dict[str, "Site"] = field(default_factory=dict)
    foreign: Portal | None = None
    log: list[Logged] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    routes: dict[tuple[int, date, str], Mapping[str, "Route"]] = field(default_factory=dict)

    def host(self, key: str) -> str:
        """The host and port of a site."""
        return self.portals[key].host

    def url(self, key: str, path: str) -> str:
        """The full address of a path on a site."""
        return self.portals[key].url(path)

    def url_of(self, page: Page) -> str:
        """The full address of a page."""
        return self.url(page.host, page.path)

    def routes_of(self, key: str) -> Mapping[str, "Route"]:
        """Return what a site answers today, made once a day."""
        day = self.calendar.day
        known = (id(self.city), day, key)
        if known not in self.routes:
            self.routes[known] = dict(find_routes(self, key, day))
        return self.routes[known]


@dataclass(frozen=True)
class Route:
    """What stands at one address: an answer, or a page whose answer depends on how often it was asked for."""

    answer: Answer | None = None
    page: Page | None = None
    attached: bool = False


class Site(Portal):
    """One host of a city."""

    def __init__(self, served: Served, key: str, address: str, port: int) -> None:
        super().__init__({}, address, port=port)
        self.served, self.key = served, key
        self.seen: Counter[str] = Counter()

    def handle_error(self, *_: object) -> None:
        """Keep an error of the city's own, which open_city raises when the block ends."""
        self.served.errors.append(traceback.format_exc())

    def find_answer(self, request: Request) -> Answer:
        """Return the answer to a request, and write both into the city's log."""
        answer = self.settle(request)
        moment = self.served.calendar.now()
        self.served.log.append(
            Logged(request.at, moment, self.key, request.path, request.headers, answer.status)
        )
        return answer

    def settle(self, request: Request) -> Answer:
        """Return the answer to a request: a 304 where the client has the page already."""
        answer = self.respond(request.path)
        self.seen[request.path] += 1
        if (
            answer.status != 200
            or request.path == "/robots.txt"
            or answer.pieces
            or answer.headers
            or answer.stated != -1
        ):
            return answer
        told = validators(self.key, request.path, self.served, answer.body)
        conditions = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
        if told and any(request.headers.get(conditions[name]) == value for name, value in told.items()):
            return Answer(status=304, headers=told, stated=None)
        return Answer(answer.body, 200, answer.media_type, told)

    def respond(self, path: str) -> Answer:
        """Return what stands at an address today."""
        if path == "/robots.txt":
            return answer_robots(self.served.city, self.key)
        if path == "/":
            return answer_home(self.served, self.key)
        route = self.served.routes_of(self.key).get(path)
        if route is None:
            return Answer("<html><body>404 页面不存在</body></html>".encode(), 404)
        if route.page is None:
            assert route.answer is not None
            return route.answer
        asked = ask_of(self.served, self.seen[path])
        return (answer_file if route.attached else answer_page)(route.page, asked)


def ask_of(served: Served, seen: int) -> Asked:
    """Return what the answer of a page depends on today."""
    foreign = served.foreign
    assert foreign is not None
    years = range(served.city.years[0], served.city.years[-1] + 1)
    return Asked(
        served.calendar.day, seen, foreign.url(""), f"http://[::ffff:{FOREIGN}]:{foreign.server_port}", years
    )


def validators(key: str, path: str, served: Served, body: bytes) -> dict[str, str]:
    """Return what a host says of a page for conditional requests: a tag, a date, both or nothing, by its kind."""
    route = served.routes_of(key).get(path)
    kind = sum(map(ord, key)) % 4
    told = {"ETag": f'"{sha256(body).hexdigest()[:16]}"'} if kind in (0, 1) else {}
    if route and route.page and kind in (0, 2):
        changed = max(
            (each for each in route.page.edited if each <= served.calendar.day), default=route.page.appears
        )
        moment = datetime(changed.year, changed.month, changed.day, tzinfo=UTC)
        told["Last-Modified"] = format_datetime(moment, usegmt=True)
    return told


def answer_robots(city: City, key: str) -> Answer:
    """Return a host's robots.txt: most forbid a folder, one asks for patience, one is missing, one fails."""
    if key.endswith("-robots_500"):
        return Answer(b"", 500)
    forbids = any(page.host == key and page.fault == "robots" for page in city.pages)
    if key == "110116" and not forbids:
        return Answer(b"<html>404</html>", 404)
    delay = f"Crawl-delay: {CRAWL_DELAY}\n" if key == DELAYED else ""
    return Answer(f"User-agent: *\nDisallow: /neibu/\n{delay}".encode(), media_type="text/plain")


def answer_home(served: Served, key: str) -> Answer:
    """Return a page with links to everything on a host, for whoever looks around."""
    links = "".join(f'<li><a href="{path}">{path}</a></li>' for path in sorted(served.routes_of(key)))
    return Answer(
        f'<!DOCTYPE html><meta charset="utf-8"><h1>{key}</h1><p>合成的演示网站</p><ul>{links}</ul>'.encode()
    )


def find_routes(served: Served, key: str, day: date) -> Iterator[tuple[str, Route]]:
    """Yield every address of a host with what stands there on a day."""
    city = served.city
    for shelf in city.shelves:
        if shelf.host == key:
            yield from ((path, Route(answer)) for path, answer in answer_lists(city, shelf, day))
    shared = Counter((page.host, page.path) for page in city.pages)
    for page in city.pages:
        if (
            page.host != key
            or page.appears > day
            or (shared[page.host, page.path] > 1 and page is not newest(city, page, day))
        ):
            continue
        yield page.path, Route(page=page)
        if page.fault == "moved":
            yield f"/moved{page.path}", Route(page=settled(page))
        if page.file:
            yield page.file, Route(page=page, attached=True)


def settled(page: Page) -> Page:
    """Return a page without its fault: what stands where it moved to."""
    return Page(
        page.body_id,
        page.story,
        page.host,
        page.path,
        page.appears,
        page.shown,
        edited=page.edited,
        goes=page.goes,
    )


@contextmanager
def open_city(city: City, calendar: Calendar, first_port: int = 0) -> Iterator[Served]:
    """Serve a city until the block ends, its hosts on ports of 127.0.0.1; on 127.0.0.2 waits a machine that nobody may ask."""
    served = Served(city, calendar)
    with ExitStack() as stack:
        served.foreign = stack.enter_context(Portal({}, FOREIGN))
        for at, key in enumerate(city.hosts):
            port = first_port + at if first_port else 0
            served.portals[key] = stack.enter_context(Site(served, key, "127.0.0.1", port))
        yield served
    assert not served.errors, served.errors[0]


def pairs_too_close(log: Sequence[Logged], pause: float) -> list[tuple[Logged, Logged]]:
    """Return the pairs of requests to one host that lie nearer to each other than the host is owed, by the calendar.

    By the calendar, for while one host is waited for half a minute in no time, that time has passed for all of them.
    """
    found = []
    for key in sorted({each.host for each in log}):
        owed = max(pause, CRAWL_DELAY if key == DELAYED else 0.0)
        for one, two in pairwise(each for each in log if each.host == key):
            # The request for robots.txt itself cannot know yet what is asked for there.
            least = pause if one.path == "/robots.txt" else owed
            if two.moment - one.moment < least - CLOCKS:
                found.append((one, two))
    return found
