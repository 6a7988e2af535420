"""One page over the network: official hosts only, followed, timed, sized and paced by our own hand.

requests inflates the bodies of redirects even when told not to follow them, so redirects are
followed here, bodies are asked for uncompressed and read in pieces against a size and a deadline.
"""

import os
import socket
import time
import zlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from protego import Protego

from flows import __version__
from flows.errors import FetchError, UsageError
from flows.harvest.answer import (
    NOTHING_KNOWN,
    FailedTryError,
    FetchedPage,
    NoAnswerError,
    Validators,
    failed_try,
    refused,
    too_slow,
)
from flows.harvest.connect import PrivatePeerError, Session, is_public, open_session
from flows.harvest.exchange import REDIRECTS, Question, ask, call_until
from flows.harvest.limits import Limits
from flows.harvest.pace import Clock, host_turn, seconds_to_wait

ROBOT = "gongkai"  # what robots.txt may call us
BUSY = (429, 500, 502, 503, 504)  # worth another try in the same run


class HostBusyError(FetchError):
    """A host asked to be left alone, or failed at every try; it is put off to the next run."""


def state_folder() -> Path:
    """Return the folder that all workers of this machine share: `GONGKAI_STATE`, or the user's own."""
    return Path(os.environ.get("GONGKAI_STATE") or Path.home() / ".local" / "state" / "gongkai")


@dataclass
class Fetcher:
    """What a harvest keeps between fetches: the session, each host's robots.txt, the hosts put off to the next run.

    `private` names addresses of this machine's network that may be asked: a portal of one's own.
    `unverified` names the hosts whose certificate is not checked, `trust` a file of authorities to trust.
    """

    hosts: frozenset[str]
    limits: Limits = field(default_factory=Limits)
    private: frozenset[str] = frozenset()
    unverified: frozenset[str] = frozenset()
    trust: str = ""
    contact: str = field(default_factory=lambda: os.environ.get("GONGKAI_CONTACT", ""))
    state: Path = field(default_factory=state_folder)
    clock: Clock = field(default_factory=Clock)
    robots: dict[str, Protego] = field(default_factory=dict)
    put_off: dict[str, str] = field(default_factory=dict)
    opened: list[Session] = field(default_factory=list)

    @property
    def session(self) -> Session:
        """The one session of the fetcher, opened when it is first needed."""
        if not self.opened:
            self.opened.append(open_session(self.private))
        return self.opened[0]


def check_contact(fetcher: Fetcher) -> None:
    """Raise UsageError where nobody is named whom a portal's operator could write to."""
    if not fetcher.contact:
        raise UsageError(
            "GONGKAI_CONTACT is not set. Set it to an e-mail or web address of yours: portals are told who asks.",
            "未设置 GONGKAI_CONTACT。请设为你的电子邮件或网址：采集时会告知门户由谁访问。",
        )


def user_agent(fetcher: Fetcher) -> str:
    """Return who we say we are: the program, what it is for, and whom to write to."""
    return f"{ROBOT}/{__version__} (open data from information disclosure reports; {fetcher.contact})"


def fetch_page(fetcher: Fetcher, url: str, known: Validators = NOTHING_KNOWN) -> FetchedPage:
    """Return the answer at an address, whatever its status but a redirect, which is followed among official hosts.

    With `known` the request is conditional, and status 304 says that nothing changed. A host that is
    busy or fails is asked up to three times, as it says or ever later, and then put off to the next run.
    Raises FetchError naming the address for a foreign or private host, robots.txt, a body that is too
    large, cut or too slow; HostBusyError for a host that was put off.
    """
    for attempt in range(fetcher.limits.tries):
        check_put_off(fetcher, url)
        retry_after = ""
        try:
            page = follow_redirects(fetcher, url, known)
        except FailedTryError as error:
            if attempt + 1 == fetcher.limits.tries:
                raise NoAnswerError(*error.text) from error
        else:
            if page.status not in BUSY:
                return page
            if attempt + 1 == fetcher.limits.tries:
                raise put_off(fetcher, page)
            retry_after = page.headers.get("Retry-After", "")
        now = fetcher.clock.now()
        fetcher.clock.sleep(seconds_to_wait(retry_after, attempt, now, fetcher.limits.longest_wait))
    raise AssertionError("a fetch is tried at least once")


def check_put_off(fetcher: Fetcher, url: str) -> None:
    """Raise HostBusyError for a host that was put off earlier in this run."""
    host = urlsplit(url).netloc.lower()
    if host in fetcher.put_off:
        raise HostBusyError(
            f"{url}: the host was put off to the next run ({fetcher.put_off[host]}); not asked.",
            f"{url}：该主机已推迟到下次采集（{fetcher.put_off[host]}），未请求。",
        )


def put_off(fetcher: Fetcher, page: FetchedPage) -> HostBusyError:
    """Note that a host is to be left alone for this run, and return the error that says so."""
    fetcher.put_off[urlsplit(page.url).netloc.lower()] = f"status {page.status}"
    return HostBusyError(
        f"{page.url}: status {page.status} at {fetcher.limits.tries} tries. The host is put off to the next run.",
        f"{page.url}：{fetcher.limits.tries} 次请求状态码均为 {page.status}。该主机推迟到下次采集。",
    )


def follow_redirects(fetcher: Fetcher, url: str, known: Validators) -> FetchedPage:
    """Return the answer at the end of an address's redirects; one deadline counts for them all."""
    spent = 0.0
    for _ in range(fetcher.limits.redirects + 1):
        check_address(fetcher, url)
        if not robots_for(fetcher, url).can_fetch(url, ROBOT):
            raise refused(url, "robots.txt of the host forbids it", "该主机的 robots.txt 不允许访问")
        page = fetch_once(fetcher, url, fetcher.limits.seconds - spent, known)
        if page.status not in REDIRECTS or "Location" not in page.headers:
            return page
        spent += page.seconds
        url = find_target(page)
    raise refused(
        url, f"more than {fetcher.limits.redirects} redirects", f"重定向超过 {fetcher.limits.redirects} 次"
    )


def find_target(page: FetchedPage) -> str:
    """Return the address that a redirect points to; portals write Chinese paths there as plain UTF-8."""
    location = page.headers["Location"].encode("latin-1", "replace").decode("utf-8", "replace")
    try:
        return urljoin(page.url, location)
    except ValueError as error:
        raise refused(
            page.url, f"redirect to '{location}', which is no address", f"重定向到“{location}”，不是有效网址"
        ) from error


def check_address(fetcher: Fetcher, url: str) -> None:
    """Raise FetchError unless an address is http(s), on an official host, and not a private machine."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or parts.netloc.lower() not in fetcher.hosts:
        raise refused(
            url,
            f"the host '{parts.netloc}' is not in schemas/hosts.csv",
            f"主机“{parts.netloc}”不在 schemas/hosts.csv 中",
        )
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 80, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError, ValueError) as error:
        raise refused(url, f"the host has no address ({error})", f"无法解析主机（{error}）") from error
    for each in found:
        address = str(each[4][0])
        if address not in fetcher.private and not is_public(address):
            raise private_address(url, address)


def private_address(url: str, address: str) -> FetchError:
    """Return the error for a host whose name or connection leads to a machine that is not public."""
    return refused(url, f"the host points to a private address {address}", f"主机指向内网地址 {address}")


def robots_for(fetcher: Fetcher, url: str) -> Protego:
    """Return the host's robots.txt, asked for once; a missing one (4xx) allows, a failing one (5xx) forbids (RFC 9309)."""
    parts = urlsplit(url)
    if parts.netloc not in fetcher.robots:
        address = f"{parts.scheme}://{parts.netloc}/robots.txt"
        page = fetch_once(fetcher, address, fetcher.limits.seconds, NOTHING_KNOWN)
        text = page.body.decode("utf-8", "replace") if page.status == 200 else ""
        if page.status >= 500 or page.status == 429:
            text = "User-agent: *\nDisallow: /"
        fetcher.robots[parts.netloc] = Protego.parse(text)
    return fetcher.robots[parts.netloc]


def pause_for(fetcher: Fetcher, host: str) -> float:
    """Return the pause that a host is owed: ours, or the longer one that its robots.txt asks for, up to a minute."""
    robots = fetcher.robots.get(host)
    asked = robots.crawl_delay(ROBOT) if robots else None
    return max(fetcher.limits.pause, min(float(asked or 0.0), 60.0)) if fetcher.limits.pause else 0.0


def fetch_once(fetcher: Fetcher, url: str, seconds: float, known: Validators) -> FetchedPage:
    """Return one answer of a host within some seconds of its turn; raise FailedTryError where there is none that is whole."""
    host = urlsplit(url).netloc.lower()
    headers = {"User-Agent": user_agent(fetcher), "Accept-Encoding": "identity", **known.as_headers()}
    verify = False if host in fetcher.unverified else fetcher.trust or True
    question = Question(url, headers, verify, fetcher.limits)
    with host_turn(fetcher.state / "hosts", host, pause_for(fetcher, host), fetcher.clock):
        deadline = time.monotonic() + seconds
        try:
            page = call_until(deadline, lambda: ask(fetcher.session, question, deadline))
            return replace(page, fetched_at=moment_of(fetcher.clock))
        except TimeoutError as error:
            fetcher.opened.clear()  # the call that was left behind still holds this one's connection
            raise too_slow(url) from error
        except PrivatePeerError as error:
            raise private_address(url, str(error)) from error
        except requests.exceptions.SSLError as error:
            raise refused(
                url, f"its certificate cannot be trusted ({error})", f"证书不可信（{error}）"
            ) from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, zlib.error, OSError) as error:
            raise failed_try(
                url,
                f"no usable answer ({type(error).__name__}: {error})",
                f"没有可用的响应（{type(error).__name__}：{error}）",
            ) from error


def moment_of(clock: Clock) -> datetime:
    """Return what a clock shows, to the second."""
    return datetime.fromtimestamp(int(clock.now()), UTC)
