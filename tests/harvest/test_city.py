"""The simulated city is what its plan says: its lists link what they should, its pages are real pages and say that they are made up."""

import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import requests

from flows.harvest.answer import FetchedPage
from flows.harvest.guard import judge_page
from flows.harvest.platforms import PLATFORMS
from flows.model import Report
from flows.registry import Registry
from tests.command import run_gongkai
from tests.conftest import ROOT
from tests.portal.city.answers import print_story
from tests.portal.city.plan import FAULTS, LIST_FAULTS, SINGLE_FAULTS, Shelf, find_expected, newest, plan_city
from tests.portal.city.serve import Calendar, Served, open_city
from tests.portal.city.small import BODIES, DAY, YEARS, small_city


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    calendar = Calendar()
    calendar.set(DAY)
    with open_city(small_city(), calendar) as city:
        yield city


def walk_list(served: Served, shelf: Shelf, year: int) -> tuple[dict[str, str], Counter[int]]:
    """Return every link of a list with its title, as its platform is read, and the statuses of its pages."""
    first = served.url(shelf.host, shelf.path.replace("{year}", str(year)))
    found: dict[str, str] = {}
    statuses: Counter[int] = Counter()
    waiting, seen = [first], set()
    while waiting:
        url = waiting.pop()
        if url not in seen:
            seen.add(url)
            answer = requests.get(url, timeout=5)
            statuses[answer.status_code] += 1
            page = PLATFORMS[shelf.platform](answer.content.decode(), url)
            found |= {link.url: link.title for link in page.links}
            waiting += page.pages
    return found, statuses


@pytest.mark.parametrize("key", [shelf.key for shelf in small_city().shelves if shelf.platform != "page"])
def test_every_list_links_the_reports_of_its_plan_over_all_its_pages(served: Served, key: str) -> None:
    (shelf,) = (shelf for shelf in served.city.shelves if shelf.key == key)
    for year in (2016, 2020, 2021) if "{year}" in shelf.path else (0,):
        if year in dict(shelf.faults):
            continue
        expected = {
            served.url_of(page): page.story.title
            for page in served.city.pages
            if page.listed == key and page.appears <= DAY.date() and year in (0, page.story.year)
        }
        found, statuses = walk_list(served, shelf, year)
        assert {url: found.get(url) for url in expected} == expected
        assert set(statuses) == {200}


def test_the_same_seed_makes_the_same_city_and_another_one_another() -> None:
    assert plan_city(1) == plan_city(1)
    assert plan_city(1) != plan_city(2)
    page = plan_city(1).pages[0]
    assert print_story.__wrapped__(
        page.story, page.appears, "", range(2008, 2026)
    ) == print_story.__wrapped__(page.story, page.appears, "", range(2008, 2026))


@pytest.mark.parametrize(("bodies", "years"), [((), range(2008, 2027)), (BODIES, YEARS)])
def test_everything_that_can_go_wrong_does_so_once(bodies: tuple[str, ...], years: range) -> None:
    city = plan_city(1, bodies, years)
    wrong = Counter(page.fault for page in city.pages if page.fault and page.fault not in LIST_FAULTS)
    assert wrong == dict.fromkeys([*FAULTS, *SINGLE_FAULTS], 1)
    assert sorted(fault for shelf in city.shelves for _, fault in shelf.faults) == sorted(LIST_FAULTS)
    assert len(find_expected(city, date(years[-1], 4, 15))) == len(city.bodies) * (len(years) - 1)


def test_every_report_of_the_city_is_the_report_and_says_that_it_is_made_up(
    served: Served, registry: Registry
) -> None:
    for page in served.city.pages[::5]:
        if (
            page.fault
            or page.story.office
            or page.appears > DAY.date()
            or newest(served.city, page, DAY.date()) is not page
        ):
            continue
        answer = requests.get(served.url_of(page), timeout=5)
        fetched = FetchedPage(
            answer.url, 200, {"Content-Type": answer.headers["Content-Type"]}, answer.content, DAY
        )
        report = Report(page.body_id, page.story.year, "whole_area", answer.url)
        assert judge_page(fetched, report, registry).accepted
        answer.encoding = answer.apparent_encoding
        assert any(
            "数字均属虚构".encode(name) in answer.content
            for name in ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
        )


def test_a_page_that_did_not_change_is_not_sent_again(served: Served) -> None:
    asked: Counter[tuple[bool, int]] = Counter()
    for page in served.city.pages[::4]:
        if page.fault or page.appears > DAY.date():
            continue
        first = requests.get(served.url_of(page), timeout=5)
        names = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
        known = {names[name]: first.headers[name] for name in names if name in first.headers}
        again = requests.get(served.url_of(page), headers=known, timeout=5)
        asked[bool(known), again.status_code] += 1
    assert set(asked) == {(True, 304), (False, 200)}


def test_an_edit_changes_one_figure_of_one_page_from_its_day_on() -> None:
    city = small_city()
    page = next(page for page in city.pages if not page.fault and page.story.shape == "html")
    edited = replace(page, edited=(date(2022, 5, 1),))
    before, after = (edited.story_on(day) for day in (date(2022, 4, 30), date(2022, 5, 1)))
    assert before == page.shown
    one, two = (print_story(story, page.appears, "", range(2013, 2023)) for story in (before, after))
    assert one != two
    assert len(one) == len(two)


def test_nothing_but_the_calendar_waits_for_long() -> None:
    calendar = Calendar(real=0.01)
    calendar.set(datetime(2022, 1, 31, 23, 0, tzinfo=UTC))
    calendar.sleep(7200)
    assert calendar.day == date(2022, 2, 1)


def test_make_portal_serves_a_city_and_says_where_it_is_and_how_to_harvest_it(tmp_path: Path) -> None:
    words = [
        "--port",
        "0",
        "--districts",
        "110116,110105,110106,110111,110113",
        "--folder",
        str(tmp_path / "schemas"),
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.portal", *words], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    try:
        said = "".join(iter(process.stdout.readline, "Ctrl-C ends it.\n"))
        addresses = re.findall(r"http://\S+/", said)
        assert (
            "数字均属虚构"
            in requests.get(addresses[0] + "gongkai/zfxxgk/zfxxgknb/2019nb/qzf/", timeout=5).content.decode()
        )
        line = next(line for line in said.splitlines() if "--plan" in line)
        ran = run_gongkai(*line.split()[1:])
        assert ran.code == 0
        assert addresses[0] in ran.out
    finally:
        process.send_signal(signal.SIGINT)
    assert "requests answered" in process.communicate(timeout=20)[0]
