"""Patience with hosts: what is asked again, when, how often; conditional requests; turns over processes; certificates."""

import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from itertools import pairwise
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from flows.errors import FetchError
from flows.harvest.answer import FetchedPage, Validators
from flows.harvest.connect import is_public, open_session
from flows.harvest.fetch import Fetcher, HostBusyError, fetch_page
from flows.harvest.limits import Limits
from flows.harvest.pace import Clock, host_turn, left_of_pause, seconds_to_wait
from tests.portal import Answer, Portal, redirect

ROOT = Path(__file__).resolve().parent.parent.parent
LOOPBACK = frozenset(["127.0.0.1"])
PAGE = "<html><body>怀柔区</body></html>".encode()
LIMITS = Limits(body=200_000, seconds=3.0, pause=0.0)


@dataclass
class FakeClock:
    """A clock that waiting sets forward; it keeps what was waited for."""

    at: float = 1_700_000_000.0
    waits: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.at += seconds

    def as_clock(self) -> Clock:
        return Clock(lambda: self.at, self.sleep)


def make_fetcher(portal: Portal, clock: FakeClock, *more: str) -> Fetcher:
    return Fetcher(frozenset([portal.host, *more]), LIMITS, LOOPBACK, clock=clock.as_clock())


def busy(status: int, retry_after: str = "") -> Answer:
    return Answer(b"", status, headers={"Retry-After": retry_after} if retry_after else {})


@pytest.mark.parametrize(
    ("retry_after", "waits"),
    [
        ("120", [120.0, 120.0]),
        (formatdate(1_700_000_000 + 500, usegmt=True), [500.0, 30.0]),
        ("1000000000", [3600.0, 3600.0]),
        ("-5", [10.0, 30.0]),
        ("soon", [10.0, 30.0]),
        ("", [10.0, 30.0]),
        (formatdate(0, usegmt=True), [10.0, 30.0]),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_host_is_asked_three_times_as_late_as_it_says_and_then_put_off(
    status: int, retry_after: str, waits: Sequence[float]
) -> None:
    clock = FakeClock()
    with Portal({"/page": busy(status, retry_after), "/other": Answer(PAGE)}) as portal:
        fetcher = make_fetcher(portal, clock)
        with pytest.raises(HostBusyError, match=f"status {status} at 3 tries"):
            fetch_page(fetcher, portal.url("/page"))
        with pytest.raises(HostBusyError, match="put off to the next run"):
            fetch_page(fetcher, portal.url("/other"))
    assert portal.paths == ["/page"] * 3
    assert clock.waits == pytest.approx(waits, abs=1.0)


def test_one_busy_host_does_not_hold_up_another() -> None:
    clock = FakeClock()
    with Portal({"/page": busy(503)}) as one, Portal({"/page": Answer(PAGE)}) as two:
        fetcher = make_fetcher(one, clock, two.host)
        with pytest.raises(HostBusyError):
            fetch_page(fetcher, one.url("/page"))
        assert fetch_page(fetcher, two.url("/page")).body == PAGE


@pytest.mark.parametrize(
    "answer",
    [
        Answer(PAGE, stated=999),
        Answer(pieces=(b"ff\r\ncut",), chunked=True),
        Answer(head=(b"no http\r\n\r\n",)),
    ],
    ids=["cut by length", "cut in a chunk", "no http"],
)
def test_an_answer_that_is_not_whole_is_asked_for_three_times_and_never_returned(answer: Answer) -> None:
    clock = FakeClock()
    with Portal({"/page": answer, "/robots.txt": Answer(b"")}) as portal:
        with pytest.raises(FetchError):
            fetch_page(make_fetcher(portal, clock), portal.url("/page"))
        assert portal.paths == ["/page"] * 3
    assert clock.waits == [10.0, 30.0]


def test_a_host_that_recovers_is_believed() -> None:
    clock = FakeClock()
    with Portal({"/page": busy(503, "7")}) as portal:
        wait = clock.sleep

        def mend(seconds: float) -> None:
            wait(seconds)
            portal.answers["/page"] = Answer(PAGE)

        fetcher = make_fetcher(portal, clock)
        fetcher.clock = Clock(lambda: clock.at, mend)
        assert fetch_page(fetcher, portal.url("/page")).body == PAGE
    assert clock.waits == [7.0]


@pytest.mark.parametrize(
    "target", ["http://127.0.0.2:1/secret", "http://169.254.169.254/", "file:///etc/passwd"]
)
def test_what_is_refused_is_not_tried_again(target: str) -> None:
    clock = FakeClock()
    with Portal({"/page": redirect(target)}) as portal:
        with pytest.raises(FetchError, match=r"hosts\.csv"):
            fetch_page(make_fetcher(portal, clock), portal.url("/page"))
        assert (portal.paths, clock.waits) == (["/page"], [])


def test_a_conditional_request_carries_what_the_host_gave_and_304_says_that_nothing_changed() -> None:
    known = Validators('"abc"', "Tue, 19 Mar 2019 01:02:00 GMT")
    with Portal({"/page": Answer(b"", 304, stated=None)}) as portal:
        page = fetch_page(make_fetcher(portal, FakeClock()), portal.url("/page"), known)
    assert (page.status, page.body) == (304, b"")
    sent = portal.requests[-1].headers
    assert (sent["If-None-Match"], sent["If-Modified-Since"]) == (known.etag, known.last_modified)
    assert "If-None-Match" not in portal.requests[0].headers, "robots.txt is asked for whole"


@pytest.mark.parametrize(
    ("answer", "framing"),
    [
        (Answer(PAGE), "length"),
        (Answer(PAGE, stated=None), "none"),
        (Answer(pieces=(b"5\r\nhello\r\n", b"0\r\n\r\n"), chunked=True), "chunked"),
    ],
)
def test_an_answer_says_how_its_end_was_told(answer: Answer, framing: str) -> None:
    with Portal({"/page": answer}) as portal:
        assert fetch_page(make_fetcher(portal, FakeClock()), portal.url("/page")).framing == framing


def test_the_moment_of_an_answer_is_the_one_of_the_harvests_clock() -> None:
    clock = FakeClock()
    with Portal({"/page": Answer(b"a")}) as portal:
        page = fetch_page(make_fetcher(portal, clock), portal.url("/page"))
    assert page.fetched_at == datetime.fromtimestamp(int(clock.at), UTC)


def test_an_answer_carries_the_request_as_it_was_sent() -> None:
    with Portal({"/page?a=1": Answer(PAGE)}) as portal:
        page = fetch_page(make_fetcher(portal, FakeClock()), portal.url("/page?a=1"))
        sent = portal.requests[-1]
    record = page.request_record()
    assert record.to_str().splitlines()[0] == "GET /page?a=1 HTTP/1.1"
    assert {name: value for name, value in record.headers if name != "Host"}.items() <= sent.headers.items()
    assert record.get_header("Host") == portal.host


# Turns


def test_workers_in_other_processes_take_turns_too(tmp_path: Path) -> None:
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from flows.harvest.pace import Clock, host_turn\n"
        "for _ in range(2):\n"
        "    with host_turn(Path(sys.argv[1]), 'a.example', 0.2, Clock()):\n"
        "        print(time.monotonic(), flush=True)\n"
        "        time.sleep(0.05)\n"
        "        print(time.monotonic(), flush=True)\n"
    )
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        for _ in range(3)
    ]
    times = sorted(
        tuple(map(float, pair))
        for worker in workers
        for pair in pairs(worker.communicate(timeout=60)[0].split())
    )
    assert len(times) == 6
    assert all(later[0] - earlier[1] >= 0.19 for earlier, later in pairwise(times)), times


def pairs(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    return zip(words[::2], words[1::2], strict=True)


def test_a_turn_is_given_back_when_its_holder_fails(tmp_path: Path) -> None:
    clock = FakeClock()
    with pytest.raises(ValueError, match="x"), host_turn(tmp_path, "a.example:80", 2.0, clock.as_clock()):
        raise ValueError("x")
    with host_turn(tmp_path, "a.example:80", 2.0, clock.as_clock()):
        assert clock.waits == [2.0]


@pytest.mark.parametrize("host", ["../../etc/passwd", "a/b", "a" * 60 + ".example", "[::1]:80"])
def test_a_host_is_one_file_in_its_folder_whatever_its_name(tmp_path: Path, host: str) -> None:
    with host_turn(tmp_path / "hosts", host, 0.0, FakeClock().as_clock()):
        pass
    assert [path.parent for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "hosts"]


@given(st.floats(0, 1e10), st.floats(0, 1e10))
def test_a_clock_that_is_set_back_never_makes_a_turn_wait_longer_than_one_pause(
    ended: float, now: float
) -> None:
    assert 0.0 <= left_of_pause(f"{ended:.3f}", 2.0, now) <= 2.0


@given(st.text(max_size=40), st.integers(0, 2))
def test_no_retry_after_makes_us_wait_longer_than_an_hour_or_not_at_all(text: str, attempt: int) -> None:
    assert 0.0 <= seconds_to_wait(text, attempt, 1.7e9, 3600.0) <= 3600.0


def test_the_pause_of_robots_txt_is_kept_where_it_is_longer(tmp_path: Path) -> None:
    clock = FakeClock()
    robots = Answer(b"User-agent: *\nCrawl-delay: 30\n", media_type="text/plain")
    with Portal({"/robots.txt": robots, "/page": Answer(PAGE)}) as portal:
        fetcher = Fetcher(
            frozenset([portal.host]),
            Limits(seconds=3.0, pause=2.0),
            LOOPBACK,
            state=tmp_path,
            clock=clock.as_clock(),
        )
        fetch_page(fetcher, portal.url("/page"))
        fetch_page(fetcher, portal.url("/page"))
    assert clock.waits == [30.0, 30.0]


# Whom we talk to

PRIVATE = (
    "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "0.0.0.0",
    "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "203.0.113.9", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1",
    "2001:db8::1", "2002:7f00:1::", "64:ff9b:1::1",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_no_form_of_a_private_address_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "202.108.0.1", "2001:da8::1", "::ffff:8.8.8.8"])
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(address)


def test_a_name_that_is_public_when_asked_and_private_when_connected_to_gets_no_byte(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Portal({"/page": Answer(PAGE)}) as canary:
        real = socket.getaddrinfo
        answers = iter([("8.8.8.8", 80)])

        def rebind(host: str, port: int, *more: object, **named: object) -> list[object]:
            """Answer publicly the first time, with the canary's address from then on."""
            if host != "rebound.example":
                return real(host, port, *more, **named)  # type: ignore[arg-type, return-value]
            return real(*next(answers, ("127.0.0.1", canary.server_port)), *more, **named)  # type: ignore[arg-type, return-value]

        monkeypatch.setattr("socket.getaddrinfo", rebind)
        fetcher = Fetcher(
            frozenset([f"rebound.example:{canary.server_port}"]), LIMITS, clock=FakeClock().as_clock()
        )
        with pytest.raises(FetchError, match=r"private address 127\.0\.0\.1"):
            fetch_page(fetcher, f"http://rebound.example:{canary.server_port}/page")
    assert canary.requests == []


def test_a_session_asks_no_proxy_and_reads_no_passwords(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with Portal({"/page": Answer(PAGE)}) as portal, Portal() as proxy:
        (tmp_path / ".netrc").write_text("default login me password secret\n")
        monkeypatch.setenv("HOME", str(tmp_path))
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://{proxy.host}")
        open_session(LOOPBACK).get(portal.url("/page"), timeout=5)
        assert "Authorization" not in portal.requests[0].headers
        assert proxy.requests == []


# Certificates


def days_from_now(days: int) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def issue(ca: trustme.CA) -> trustme.LeafCert:
    return ca.issue_cert("127.0.0.1")


def issue_expired(ca: trustme.CA) -> trustme.LeafCert:
    return ca.issue_cert("127.0.0.1", not_before=days_from_now(-30), not_after=days_from_now(-1))


def issue_for_another(ca: trustme.CA) -> trustme.LeafCert:
    return ca.issue_cert("127.0.0.2")


def issue_without_its_chain(ca: trustme.CA) -> trustme.LeafCert:
    leaf = ca.create_child_ca().issue_cert("127.0.0.1")
    leaf.cert_chain_pems[:] = leaf.cert_chain_pems[:1]
    return leaf


def issue_by_nobody(ca: trustme.CA) -> trustme.LeafCert:
    return trustme.CA().issue_cert("127.0.0.1")


def make_secure(leaf: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with leaf.cert_chain_pems[0].tempfile() as chain, leaf.private_key_pem.tempfile() as key:
        context.load_cert_chain(chain, key)
    return context


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def authorities(ca: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    ca.cert_pem.write_to_path(str(path))
    return str(path)


def ask_securely(context: ssl.SSLContext, authorities: str, unverified: bool = False) -> FetchedPage:
    with Portal({"/page": Answer(PAGE)}, secure=context) as portal:
        fetcher = make_fetcher(portal, FakeClock())
        fetcher.trust = authorities
        fetcher.unverified = frozenset([portal.host] if unverified else [])
        return fetch_page(fetcher, f"https://{portal.host}/page")


def test_a_good_certificate_is_trusted_and_noted(ca: trustme.CA, authorities: str) -> None:
    page = ask_securely(make_secure(issue(ca)), authorities)
    assert (page.body, page.tls) == (PAGE, "verified")


BAD = {
    "expired": issue_expired,
    "of another host": issue_for_another,
    "without its chain": issue_without_its_chain,
    "of an authority that nobody trusts": issue_by_nobody,
}


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_certificate_is_refused_with_its_reason(ca: trustme.CA, authorities: str, bad: str) -> None:
    with pytest.raises(FetchError, match=r"certificate cannot be trusted .*(verify failed|doesn't match)"):
        ask_securely(make_secure(BAD[bad](ca)), authorities)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated")
def test_an_old_protocol_is_refused(ca: trustme.CA, authorities: str) -> None:
    context = make_secure(issue(ca))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    with pytest.raises(FetchError, match="certificate cannot be trusted"):
        ask_securely(context, authorities)


@pytest.mark.parametrize("bad", BAD)
def test_a_host_that_is_excepted_by_name_is_read_and_the_answer_says_so(
    ca: trustme.CA, authorities: str, bad: str
) -> None:
    assert ask_securely(make_secure(BAD[bad](ca)), authorities, unverified=True).tls == "unverified"
