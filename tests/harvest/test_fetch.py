"""One page over real HTTP: what is returned, what is refused, within which size, time and pace."""

import gzip
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from flows.errors import FetchError
from flows.harvest.answer import FetchedPage
from flows.harvest.fetch import Fetcher, fetch_page
from flows.harvest.limits import Limits
from tests.portal import Answer, Portal, redirect

ROOT = Path(__file__).resolve().parent.parent.parent
QUICK = Limits(body=200_000, redirects=5, seconds=3.0, pause=0.0, tries=1)
LOOPBACK = frozenset(["127.0.0.1"])
PAGE = "<html><body>怀柔区</body></html>".encode()


def fetch(portal: Portal, path: str = "/page", limits: Limits = QUICK) -> FetchedPage:
    return fetch_page(Fetcher(frozenset([portal.host]), limits, private=LOOPBACK), portal.url(path))


def refusal(portal: Portal, path: str = "/page", limits: Limits = QUICK) -> str:
    """Return the message of the refusal; the Chinese one must be there too and name the address."""
    with pytest.raises(FetchError) as caught:
        fetch(portal, path, limits)
    assert caught.value.text.zh.split("：")[0] == caught.value.text.en.split(": ")[0]
    assert any("\u4e00" <= mark <= "\u9fff" for mark in caught.value.text.zh)
    return caught.value.text.en


def test_a_page_comes_back_with_its_exact_bytes_address_status_and_time() -> None:
    body = bytes(range(256)) * 700  # longer than one read
    with Portal({"/page": Answer(body)}) as portal:
        before = time.time()
        page = fetch(portal)
    assert (page.url, page.status, page.body) == (portal.url("/page"), 200, body)
    assert before - 1 <= page.fetched_at.timestamp() <= time.time()
    assert page.fetched_at.utcoffset() is not None


def test_a_chunked_page_without_a_length_comes_back_whole() -> None:
    answer = Answer(pieces=(b"5\r\nhello\r\n", b"6\r\n world\r\n", b"0\r\n\r\n"), chunked=True)
    with Portal({"/page": answer}) as portal:
        assert fetch(portal).body == b"hello world"


@pytest.mark.parametrize("status", [200, 204, 304, 400, 403, 404, 410, 412, 521])
def test_an_answer_comes_back_with_whatever_status_it_has(status: int) -> None:
    body = b"" if status in (204, 304) else PAGE
    with Portal({"/page": Answer(body, status)}) as portal:
        page = fetch(portal)
    assert (page.status, page.body) == (status, body)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_within_the_host_is_followed_and_the_final_address_kept(status: int) -> None:
    with Portal({"/page": redirect("/new?id=1", status), "/new?id=1": Answer(PAGE)}) as portal:
        page = fetch(portal)
    assert (page.url, page.body) == (portal.url("/new?id=1"), PAGE)


def test_a_redirect_to_a_foreign_host_is_refused_by_name_and_never_asked() -> None:
    with Portal({"/secret": Answer(PAGE)}, "127.0.0.2") as canary, Portal() as portal:
        portal.answers["/page"] = redirect(canary.url("/secret"))
        message = refusal(portal)
    assert canary.url("/secret") in message
    assert "not in schemas/hosts.csv" in message
    assert canary.requests == []


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd", "ftp://127.0.0.1/x", "data:text/html,hello", "javascript:alert(1)", "//127.0.0.2:1/x",
        "http://user@127.0.0.1/", "http://127.0.0.1:1/", "http://0x7f.1/", "http://[::1]/", "http://[::ffff:7f00:1]/",
        "http://169.254.169.254/latest/meta-data/", "http://[bad/", "http://127.0.0.1:99999/",
    ],
)  # fmt: skip
def test_a_redirect_out_of_the_official_hosts_is_refused(target: str) -> None:
    with Portal({"/page": redirect(target)}) as portal:
        refusal(portal)
    assert portal.paths == ["/page"]


def test_a_redirect_to_a_chinese_path_written_as_utf8_is_followed() -> None:
    target = "/\u5e74\u62a5.html".encode().decode(
        "latin-1"
    )  # how http.server puts raw UTF-8 bytes on the wire
    with Portal({"/page": redirect(target), "/%E5%B9%B4%E6%8A%A5.html": Answer(PAGE)}) as portal:
        assert fetch(portal).body == PAGE


def test_a_redirect_loop_ends_after_six_requests() -> None:
    with Portal({"/page": redirect("/back"), "/back": redirect("/page")}) as portal:
        assert "more than 5 redirects" in refusal(portal)
    assert len(portal.paths) <= 6


def test_a_redirect_without_a_target_comes_back_as_it_is() -> None:
    with Portal({"/page": Answer(b"", 302)}) as portal:
        assert fetch(portal).status == 302


def test_a_private_address_is_refused_before_connecting() -> None:
    with Portal({"/page": Answer(PAGE)}) as portal, pytest.raises(FetchError, match=r"private address 127"):
        fetch_page(Fetcher(frozenset([portal.host]), QUICK), portal.url("/page"))
    assert portal.requests == []


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "192.168.1.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "0x7f.1"]
)
def test_every_form_of_a_private_address_is_refused(host: str) -> None:
    with pytest.raises(FetchError, match="private address"):
        fetch_page(Fetcher(frozenset([host]), QUICK), f"http://{host}/")


def test_a_host_without_an_address_is_refused() -> None:
    with pytest.raises(FetchError, match=r"no address"):
        fetch_page(Fetcher(frozenset(["gongkai.invalid"]), QUICK), "http://gongkai.invalid/")


def test_a_gzip_body_is_inflated_and_its_transfer_headers_are_not_archived_as_true() -> None:
    packed = gzip.compress(PAGE)
    with Portal({"/page": Answer(packed, headers={"Content-Encoding": "gzip"})}) as portal:
        page = fetch(portal)
    assert page.body == PAGE
    names = dict(page.http_record().headers)
    assert "Content-Encoding" not in names
    assert names["X-Archive-Orig-Content-Encoding"] == "gzip"
    assert names["X-Archive-Orig-Content-Length"] == str(len(packed))


def test_a_body_that_is_gzip_twice_is_inflated_once() -> None:
    twice = gzip.compress(gzip.compress(PAGE))
    with Portal({"/page": Answer(twice, headers={"Content-Encoding": "gzip"})}) as portal:
        assert fetch(portal).body == gzip.compress(PAGE)


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip", "compress", "x-unknown"])
def test_an_encoding_that_was_not_asked_for_is_refused(encoding: str) -> None:
    with Portal({"/page": Answer(zlib.compress(PAGE), headers={"Content-Encoding": encoding})}) as portal:
        assert f"content encoding {encoding}" in refusal(portal)


def test_bytes_that_are_not_the_gzip_they_claim_to_be_are_refused() -> None:
    with Portal({"/page": Answer(PAGE, headers={"Content-Encoding": "gzip"})}) as portal:
        refusal(portal)


@pytest.mark.parametrize(("size", "accepted"), [(199_999, True), (200_000, True), (200_001, False)])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_the_size_limit_counts_the_inflated_body_to_the_byte(
    size: int, accepted: bool, pack: Callable[[bytes], bytes]
) -> None:
    headers = {"Content-Encoding": "gzip"} if pack is gzip.compress else {}
    with Portal({"/page": Answer(pack(b"x" * size), headers=headers)}) as portal:
        if accepted:
            assert len(fetch(portal).body) == size
        else:
            assert "over 200,000 bytes" in refusal(portal)


def test_a_gzip_bomb_costs_no_memory_neither_on_a_page_nor_on_a_redirect() -> None:
    bomb = gzip.compress(bytes(300_000_000), 9)
    headers = {"Content-Encoding": "gzip"}
    answers = {
        "/page": Answer(bomb, headers=headers),
        "/moved": redirect("/end", 302, bomb, Content_Encoding="gzip"),
        "/end": Answer(PAGE),
    }
    with Portal(answers) as portal:
        code = (
            "import resource, sys\n"
            "from flows.errors import FetchError\n"
            "from flows.harvest.fetch import Fetcher, fetch_page\n"
            "from flows.harvest.limits import Limits\n"
            "host = sys.argv[1]\n"
            "fetcher = Fetcher(frozenset([host]), Limits(body=1_000_000, pause=0), private=frozenset(['127.0.0.1']))\n"
            "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
            "try:\n    fetch_page(fetcher, f'http://{host}/page')\n"
            "except FetchError as error:\n    print('over 1,000,000 bytes' in error.text.en)\n"
            "print(len(fetch_page(fetcher, f'http://{host}/moved').body))\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
        )
        ran = subprocess.run(
            [sys.executable, "-c", code, portal.host],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
            cwd=ROOT,
        )
    refused, followed, kilobytes = ran.stdout.split()
    assert (refused, int(followed)) == ("True", len(PAGE))
    assert int(kilobytes) < 20_000, f"{kilobytes} KB for a limit of 1 MB"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(PAGE, stated=len(PAGE) + 100),
        Answer(gzip.compress(PAGE)[:-12], headers={"Content-Encoding": "gzip"}),
        Answer(gzip.compress(PAGE) * 2, headers={"Content-Encoding": "gzip"}),
        Answer(pieces=(b"ff\r\nonly these\r\n",), chunked=True),
        Answer(pieces=(b"5\r\nhello\r\n",), chunked=True),
        Answer(pieces=(b"nonsense\r\nhello\r\n",), chunked=True),
    ],
    ids=[
        "shorter than stated",
        "gzip cut",
        "gzip and more",
        "in a chunk",
        "between chunks",
        "a chunk without a size",
    ],
)
def test_a_cut_body_is_refused(answer: Answer) -> None:
    with Portal({"/page": answer}) as portal:
        refusal(portal)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(head=(b"not http at all\r\n\r\n",)),
        Answer(head=(b"",)),
        Answer(head=(b"HTTP/1.1 200 OK\r\n", *(b"X-%d: 1\r\n" % n for n in range(500)), b"\r\n")),
        Answer(head=(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",)),
        Answer(head=(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",)),
        Answer(PAGE, headers={"Content-Length": "1"}, stated=len(PAGE)),
    ],
    ids=[
        "no http",
        "nothing",
        "500 headers",
        "a long header",
        "negative length",
        "two lengths",
    ],
)
def test_an_answer_that_is_not_sound_http_is_refused(answer: Answer) -> None:
    with Portal({"/page": answer}) as portal:
        refusal(portal)


DRIP = Limits(body=200_000, seconds=0.5, pause=0.0, tries=1)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(pieces=(b"x",) * 100, pause=0.1),
        Answer(pieces=(b"1\r\nx\r\n",) * 100, pause=0.1, chunked=True),
        Answer(pieces=(b"x",) * 100, pause=0.1, stated=None),
        Answer(head=(b"HTTP/1.1 200 OK\r\n", *[b"X: 1\r\n"] * 90, b"\r\n"), pause=0.1),
        Answer(head=[b"H", b"T"] * 50, pause=0.1),
        Answer(pieces=(b"late",), pause=5),
        Answer(head=(b"late",), pause=5),
    ],
    ids=["body", "chunks", "endless body", "headers", "status line", "silence before the body", "silence"],
)
def test_a_slow_answer_is_given_up_at_the_deadline(answer: Answer) -> None:
    with Portal({"/page": answer, "/robots.txt": Answer(b"")}) as portal:
        began = time.monotonic()
        refusal(portal, limits=DRIP)
        assert time.monotonic() - began < DRIP.seconds + 1.0


def test_the_deadline_counts_all_redirects_together() -> None:
    slow = {
        f"/{n}": Answer(head=(f"HTTP/1.1 302 Found\r\nLocation: /{n + 1}\r\n".encode(), b"\r\n"), pause=0.1)
        for n in range(5)
    } | {"/5": Answer(PAGE)}
    with Portal(slow) as portal:
        began = time.monotonic()
        assert "too slow" in refusal(portal, "/0", DRIP)
        assert time.monotonic() - began < DRIP.seconds + 1.0


ROBOTS = b"User-agent: *\nDisallow: /private/\nDisallow: /*.doc$\n\nUser-agent: gongkai\nDisallow: /no-gongkai/\nDisallow: /private/\n"


@pytest.mark.parametrize(
    ("path", "allowed"), [("/open/a.html", True), ("/private/a.html", False), ("/no-gongkai/a", False)]
)
def test_robots_txt_is_obeyed(path: str, allowed: bool) -> None:
    with Portal({"/robots.txt": Answer(ROBOTS, media_type="text/plain"), path: Answer(PAGE)}) as portal:
        if allowed:
            assert fetch(portal, path).body == PAGE
        else:
            assert "robots.txt of the host forbids it" in refusal(portal, path)
            assert portal.paths == []


@pytest.mark.parametrize(
    ("robots", "allowed"),
    [
        (Answer(b"", 404), True),
        (Answer(b"Disallow everything, says a login page", 403), True),
        (Answer(b"<html>not robots</html>"), True),
        (Answer(b"", 500), False),
        (Answer(b"", 503), False),
        (Answer(b"User-agent: *\nDisallow: /"), False),
    ],
    ids=["404", "403", "html", "500", "503", "all"],
)
def test_a_missing_robots_txt_allows_and_a_failing_one_forbids(robots: Answer, allowed: bool) -> None:
    with Portal({"/robots.txt": robots, "/page": Answer(PAGE)}) as portal:
        if allowed:
            assert fetch(portal).status == 200
        else:
            assert "robots.txt" in refusal(portal)
            assert portal.paths == []


def test_robots_txt_is_asked_for_once_a_host() -> None:
    with Portal({"/a": Answer(PAGE), "/b": Answer(PAGE)}) as portal:
        fetcher = Fetcher(frozenset([portal.host]), QUICK, private=LOOPBACK)
        for path in ("/a", "/b", "/a"):
            fetch_page(fetcher, portal.url(path))
    assert [request.path for request in portal.requests] == ["/robots.txt", "/a", "/b", "/a"]


def test_a_redirect_is_held_against_robots_txt_too() -> None:
    robots = Answer(b"User-agent: *\nDisallow: /private/")
    answers = {"/robots.txt": robots, "/page": redirect("/private/x"), "/private/x": Answer(PAGE)}
    with Portal(answers) as portal:
        assert "/private/x: robots.txt" in refusal(portal)
    assert portal.paths == ["/page"]


def test_a_host_is_left_in_peace_between_two_requests() -> None:
    with Portal({"/a": redirect("/b"), "/b": Answer(PAGE), "/c": Answer(b"", 404)}) as portal:
        fetcher = Fetcher(frozenset([portal.host]), Limits(seconds=10, pause=0.25, tries=1), private=LOOPBACK)
        fetch_page(fetcher, portal.url("/a"))
        assert fetch_page(fetcher, portal.url("/c")).status == 404
        fetch_page(fetcher, portal.url("/b"))
    times = [request.at for request in portal.requests]
    assert [request.path for request in portal.requests] == ["/robots.txt", "/a", "/b", "/c", "/b"]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert min(gaps) >= 0.24, gaps


def test_two_hosts_do_not_wait_for_each_other() -> None:
    with Portal({"/a": Answer(PAGE)}) as one, Portal({"/a": Answer(PAGE)}) as two:
        fetcher = Fetcher(frozenset([one.host, two.host]), Limits(pause=0.5, tries=1), private=LOOPBACK)
        for portal in (one, two):
            fetch_page(fetcher, portal.url("/a"))
        assert two.requests[0].at - one.requests[-1].at < 0.45


def test_the_user_agent_says_who_asks_and_where_to_complain() -> None:
    with Portal({"/page": Answer(PAGE)}) as portal:
        fetch(portal)
    for request in portal.requests:
        assert request.headers["User-Agent"].startswith("gongkai/")
        assert "tests@example.org" in request.headers["User-Agent"]
        assert request.headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("stated", "media_type", "charset"),
    [
        ("text/html; charset=GBK", "text/html", "gbk"),
        ('text/html;charset="gb2312"', "text/html", "gb2312"),
        ("Text/HTML ; Charset='UTF-8'; x=y", "text/html", "utf-8"),
        ("text/html", "text/html", ""),
        ("application/pdf", "application/pdf", ""),
    ],
)
def test_media_type_and_charset_are_what_the_server_states(
    stated: str, media_type: str, charset: str
) -> None:
    with Portal({"/page": Answer(PAGE, media_type=stated)}) as portal:
        page = fetch(portal)
    assert (page.media_type, page.charset) == (media_type, charset)
