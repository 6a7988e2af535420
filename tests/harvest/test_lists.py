"""Lists over real HTTP: zero is an error, what was known stays, and what a title leaves open the page decides."""

import csv
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import pytest

from flows.harvest.fetch import Fetcher
from flows.harvest.index import load_index
from flows.harvest.limits import Limits
from flows.harvest.pace import Clock
from flows.harvest.run import HarvestOutcome, harvest, plan_harvest, rehearse
from flows.model import Capture
from flows.registry import Registry, load_registry
from tests.command import list_tree, run_gongkai
from tests.conftest import PAGES
from tests.portal import Answer, Portal

NOW = datetime.now(UTC)
NEWEST = NOW.year - 1 if (NOW.month, NOW.day) >= (3, 31) else NOW.year - 2
DAY = 86_400
TITLE = "北京市{}人民政府{}年政府信息公开工作年度报告"
HUAIROU = (PAGES / "huairou_2018.html").read_text(encoding="utf-8")


def report(name: str, year: int, office: str = "人民政府") -> Answer:
    """Return the page of a report, from the text of the real one."""
    text = HUAIROU.replace("2018", str(year)).replace("怀柔区政府办公室", f"{name}{office}")
    text = text.replace("怀柔区", name).replace("区政府办公室在", "本机关在")
    return Answer(text.encode(), headers={"ETag": f'"{hash((name, year, office)) & 0xFFFF}"'})


def listing(*entries: tuple[str, str], more: str = "") -> Answer:
    """Return a list of addresses with their titles, between the links that every page has."""
    items = "".join(f'<li><a href="{url}">{title}</a></li>' for url, title in entries)
    frame = "<a href=/>首页</a><a href=/gknb/>政府信息公开年报</a>"
    return Answer(
        f"<html><body>{frame}<ul>{items}</ul>{more}</body></html>".encode(),
        headers={"ETag": f'"{len(items)}"'},
    )


@dataclass
class City:
    """A portal, the registry that knows it, an archive, and how many days have passed since now."""

    portal: Portal
    schemas: Path
    raw: Path
    days: float = 0

    @cached_property
    def registry(self) -> Registry:
        """The registry, once all its lists are declared."""
        return load_registry(self.schemas)

    @property
    def fetcher(self) -> Fetcher:
        clock = Clock(now=lambda: time.time() + self.days * DAY, sleep=lambda _: None)
        limits = Limits(seconds=3, silence=0.3, pause=0, tries=1)
        return Fetcher(self.registry.hosts, limits, private=self.registry.private, clock=clock)

    def run(self, days: float = 0) -> dict[str, HarvestOutcome]:
        """Harvest after some days and return the outcomes by the path that was asked."""
        self.days += days
        self.portal.requests.clear()
        outcomes = harvest(self.registry, self.raw, self.fetcher)
        return {each.visit.url.removeprefix(self.portal.url("")): each for each in outcomes}

    @property
    def captures(self) -> tuple[Capture, ...]:
        return load_index(self.raw, self.registry.schemas["published/captures"])

    def verdicts(self, path: str) -> list[str]:
        return [each.verdict for each in self.captures if each.url == self.portal.url(path)]


def results(outcomes: Mapping[str, HarvestOutcome]) -> dict[str, str]:
    return {path: outcome.result for path, outcome in outcomes.items()}


@pytest.fixture
def city(schemas: Path, tmp_path: Path) -> Iterator[City]:
    """A portal without a list yet; `declare` adds one."""
    with Portal({}) as portal:
        rewrite(schemas / "hosts.csv", host=portal.host, body_id="110000", kind="simulated", evidence="test")
        rewrite(schemas / "reports.csv")
        rewrite(schemas / "platforms.csv")
        yield City(portal, schemas, tmp_path / "raw")


def rewrite(path: Path, *, add: bool = False, **row: str) -> None:
    """Write a table with one row or none, or add a row to it."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file)] if add else []
        file.seek(0)
        columns = next(csv.reader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows([*rows, row] if row else rows)


def declare(city: City, path: str, **more: str) -> None:
    row = {
        "list_id": "list", "body_id": "110000", "covers": "below", "platform": "html", "url": city.portal.url(path),
        "first_year": "2008", "last_year": "", "expected": "1", "required": "true", "evidence": "seen", "notes": "test",
    }  # fmt: skip
    rewrite(city.schemas / "platforms.csv", add=True, **{**row, **more})


def two_districts(city: City) -> None:
    """Give the city a list of two districts' reports, and the reports."""
    declare(city, "/gknb/{year}/", expected="2", first_year="2018", last_year="2018")
    city.portal.answers |= {
        "/gknb/2018/": listing(
            ("a.html", TITLE.format("怀柔区", 2018)), ("b.html", TITLE.format("密云区", 2018))
        ),
        "/gknb/2018/a.html": report("怀柔区", 2018),
        "/gknb/2018/b.html": report("密云区", 2018),
    }


def test_what_a_list_names_is_fetched_in_the_same_run_and_the_list_is_kept_as_evidence(city: City) -> None:
    two_districts(city)
    outcomes = city.run()
    assert results(outcomes) == dict.fromkeys(
        ["/gknb/2018/", "/gknb/2018/a.html", "/gknb/2018/b.html"], "new"
    )
    assert (outcomes["/gknb/2018/"].found, city.verdicts("/gknb/2018/")) == (2, ["list"])
    assert {(each.body_id, each.year) for each in city.captures if each.is_page} == {
        ("110116", 2018),
        ("110118", 2018),
    }
    assert city.run() == {}
    assert city.portal.requests == []


def test_after_weeks_everything_is_asked_for_its_changes_alone(city: City) -> None:
    two_districts(city)
    city.run()
    size = (city.raw / "gongkai-00001.warc.gz").stat().st_size
    etags = {path: answer.headers["ETag"] for path, answer in city.portal.answers.items()}
    city.portal.answers |= dict.fromkeys(etags, Answer(b"", 304))
    assert set(results(city.run(days=61)).values()) == {"unchanged"}
    asked = {each.path: each.headers.get("If-None-Match") for each in city.portal.requests}
    assert {path: asked[path] for path in etags} == etags
    assert [each.sha256 for each in city.captures[:3]].sort() == [
        each.sha256 for each in city.captures[3:]
    ].sort()
    assert (city.raw / "gongkai-00001.warc.gz").stat().st_size < size * 1.5  # no bytes of any page again


@pytest.mark.parametrize(
    ("answer", "verdict", "said"),
    [
        (listing(), "short_list", "holds 0 reports for 2018, expected at least 2"),
        (listing(("a.html", TITLE.format("怀柔区", 2018))), "short_list", "holds 1 reports for 2018"),
        (Answer(b"<html><body></body></html>"), "empty", "an empty page"),
        (Answer("<html><body>访问被拒绝，已被防火墙拦截，请联系管理员。事件编号 1234567890</body></html>".encode()), "blocked", "refuses us"),
        (Answer(b"", 404), "gone", "the address is gone"),
        (Answer(b"<div>" * 100_000), "empty", "tags open at once"),
        (Answer(b"<script>", 412), "challenge", "a challenge"),
    ],
)  # fmt: skip
def test_zero_is_an_error_that_is_kept_as_evidence_and_takes_nothing_away(
    city: City, answer: Answer, verdict: str, said: str
) -> None:
    two_districts(city)
    city.run()
    city.portal.answers["/gknb/2018/"] = answer
    outcomes = city.run(days=61)
    outcome = outcomes["/gknb/2018/"]
    assert outcome.failed
    assert outcome.reason is not None
    assert said in outcome.reason.en
    assert all(city.portal.url("/gknb/2018/") in text for text in outcome.reason)
    assert city.verdicts("/gknb/2018/") == ["list", verdict]
    assert set(results(outcomes)) == {
        "/gknb/2018/",
        "/gknb/2018/a.html",
        "/gknb/2018/b.html",
    }  # still looked at


def test_all_pages_of_a_list_are_walked_each_once_and_one_that_fails_is_an_error(city: City) -> None:
    declare(city, "/gknb/", expected="3")
    pager = '<script>createPageHTML(3, 0, "index", "html");</script>'
    names = ("怀柔区", "密云区", "延庆区")
    for number, name in enumerate(names):
        path = f"/gknb/index_{number}.html" if number else "/gknb/"
        city.portal.answers[path] = listing((f"{number}.html", TITLE.format(name, 2018)), more=pager)
        city.portal.answers[f"/gknb/{number}.html"] = report(name, 2018)
    outcomes = city.run()
    assert (outcomes["/gknb/"].found, len(outcomes)) == (3, 4)
    paths = [path for path in city.portal.paths if path.endswith(("/", "index_1.html", "index_2.html"))]
    assert paths == ["/gknb/", "/gknb/index_1.html", "/gknb/index_2.html"]

    city.portal.answers["/gknb/index_1.html"] = Answer(b"", 500)
    broken = city.run(days=8)["/gknb/"]
    assert (broken.result, broken.failed) == ("failed", True)
    assert {each.visit.url for each in city.run(days=61).values()} >= {
        city.portal.url(f"/gknb/{n}.html") for n in range(3)
    }


def test_a_list_that_never_ends_is_an_error(city: City) -> None:
    declare(city, "/gknb/")
    for number in range(210):
        path = f"/gknb/?page={number}" if number else "/gknb/"
        more = f'<a href="/gknb/?page={number + 1}">下一页</a>'
        city.portal.answers[path] = listing(("a.html", TITLE.format("怀柔区", 2018)), more=more)
    outcome = city.run()["/gknb/"]
    assert outcome.reason is not None
    assert "goes on after 200 pages" in outcome.reason.en
    assert len([path for path in city.portal.paths if "page=" in path]) <= 200


def test_a_list_of_a_year_that_is_not_due_may_be_missing_and_is_awaited(city: City) -> None:
    declare(city, "/gknb/{year}/", expected="2")
    for year in range(2008, NOW.year):
        city.portal.answers[f"/gknb/{year}/"] = Answer(b"", 404)
    january = datetime(NOW.year + 1, 1, 20, tzinfo=UTC)
    outcomes = city.run(days=(january - NOW).total_seconds() / DAY)
    awaited, missing = outcomes[f"/gknb/{NOW.year}/"], outcomes[f"/gknb/{NOW.year - 1}/"]
    assert (awaited.result, awaited.failed) == ("awaited", False)
    assert (missing.result, missing.failed) == ("gone", True)
    for days in (5, 5, 5):  # never taken for removed, and there when it comes
        assert city.run(days)[f"/gknb/{NOW.year}/"].result == "awaited"


def test_a_list_that_need_not_exist_fails_without_making_the_harvest_red(city: City) -> None:
    declare(city, "/gknb/", required="false")
    outcome = city.run()["/gknb/"]
    assert (outcome.result, outcome.failed) == ("gone", False)


def test_where_a_title_is_cut_or_an_offices_the_page_decides(city: City) -> None:
    declare(city, "/gknb/")
    compiled = report("怀柔区", 2016, "人民政府办公室")
    text = compiled.body.decode().replace(
        "年度报告。", "年度报告。本报告在各委、办、局年度报告的基础上汇总编制。", 1
    )
    own = (
        HUAIROU.replace("2018", "2021")
        .replace("汇总", "印发")
        .replace("基础上", "要求下")
        .replace("全区", "本机关")
    )
    city.portal.answers |= {
        "/gknb/": listing(
            ("cut.html", "北京市密云区人民政府2018年政府信…"), ("office.html", "怀柔区人民政府办公室2016年政府信息公开年报"),
            ("own.html", "怀柔区政府办公室2021年政府信息公开年报"), ("dept.html", "怀柔区教育委员会2018年政府信息公开年报"),
        ),
        "/gknb/cut.html": report("密云区", 2015),
        "/gknb/office.html": Answer(text.encode()),
        "/gknb/own.html": Answer(own.encode()),
    }  # fmt: skip
    outcomes = city.run()
    assert results(outcomes) == dict.fromkeys(
        ["/gknb/", "/gknb/cut.html", "/gknb/office.html", "/gknb/own.html"], "new"
    )
    found = {(each.body_id, each.year, each.scope) for each in city.captures if each.is_page}
    assert found >= {("110118", 2015, "whole_area"), ("110116", 2016, "whole_area")}
    assert "/gknb/dept.html" not in city.portal.paths


def test_a_link_that_leads_to_another_years_report_is_evidence_and_not_the_report(city: City) -> None:
    two_districts(city)
    menu = f"<ul><li>{TITLE.format('怀柔区', 2018)}</li></ul>"  # every page of a portal names all reports
    wrong = report("怀柔区", 2016)
    city.portal.answers["/gknb/2018/a.html"] = replace(
        wrong, body=wrong.body.replace(b"<body>", f"<body>{menu}".encode())
    )
    outcome = city.run()["/gknb/2018/a.html"]
    assert (outcome.result, city.verdicts("/gknb/2018/a.html")) == ("failed", ["other_report"])
    assert outcome.reason is not None
    assert "the report of another body or year" in outcome.reason.en


def test_an_address_without_a_year_gives_each_years_report_as_it_is_replaced(city: City) -> None:
    declare(city, "/jbdt/", body_id="110108", covers="own", platform="page")
    city.portal.answers["/jbdt/"] = report("海淀区", NEWEST - 1)
    assert results(city.run()) == {"/jbdt/": "new"}
    assert results(city.run(days=8)) == {"/jbdt/": "unchanged"}
    city.portal.answers["/jbdt/"] = report("海淀区", NEWEST)
    assert results(city.run(days=8)) == {"/jbdt/": "changed"}
    pages = [each for each in city.captures if each.is_page]
    assert [(each.year, each.url) for each in pages] == [
        (year, city.portal.url("/jbdt/")) for year in (NEWEST - 1, NEWEST)
    ]


def test_a_link_to_a_host_that_is_not_official_is_refused_by_name_and_never_asked(city: City) -> None:
    with Portal({"/a.html": report("怀柔区", 2018)}, "127.0.0.2") as clone:
        declare(city, "/gknb/")
        city.portal.answers["/gknb/"] = listing((clone.url("/a.html"), TITLE.format("怀柔区", 2018)))
        outcome = city.run()[clone.url("/a.html")]
        assert clone.requests == []
    assert outcome.reason is not None
    assert f"the host '{clone.host}' is not in schemas/hosts.csv" in outcome.reason.en


def test_a_host_that_keeps_silent_is_put_off_and_the_others_go_on(city: City) -> None:
    entries = [(f"{number}.html", TITLE.format("怀柔区", 2012 + number)) for number in range(6)]
    declare(city, "/gknb/")
    city.portal.answers["/gknb/"] = listing(*entries)
    silent = Answer(b"", pieces=[b"x"], pause=2.0)
    city.portal.answers |= {f"/gknb/{number}.html": silent for number in range(6)}
    outcomes = results(city.run())
    assert sorted(outcomes.values()) == ["failed", "failed", "failed", "new", "put_off", "put_off", "put_off"]
    assert sum(path.endswith(".html") for path in city.portal.paths) == 3


def test_a_rehearsal_asks_for_the_lists_alone_and_writes_nothing(city: City) -> None:
    two_districts(city)
    outcomes, reports = rehearse(city.registry, city.raw, city.fetcher)
    assert [(each.result, each.found) for each in outcomes] == [("new", 2)]
    assert [each.url for each in reports] == [city.portal.url(f"/gknb/2018/{name}.html") for name in "ab"]
    assert city.portal.paths == ["/gknb/2018/"]
    assert not city.raw.exists()


def test_the_command_rehearses_and_says_what_it_would_ask_for(city: City) -> None:
    two_districts(city)
    ran = run_gongkai("harvest", "--dry-run", "--registry", city.schemas, "--raw", city.raw)
    assert ran.code == 0, ran.said
    assert [line.split("\t")[7] for line in ran.out.splitlines()[1:]] == [
        city.portal.url(f"/gknb/2018/{name}.html") for name in "ab"
    ]
    assert "lists 0, reports 2" in ran.err
    assert city.portal.paths == ["/gknb/2018/"]
    assert not city.raw.exists()


def test_the_plan_knows_of_what_the_archived_lists_named(city: City) -> None:
    two_districts(city)
    assert [each.is_list for each in plan_harvest(city.registry, city.raw, NOW)] == [True]
    city.portal.answers.pop("/gknb/2018/a.html")
    city.run()
    before = list_tree(city.raw)
    later = datetime.fromtimestamp(NOW.timestamp() + 3 * DAY, UTC)
    (visit,) = plan_harvest(city.registry, city.raw, later)
    assert (visit.url, visit.situation) == (city.portal.url("/gknb/2018/a.html"), "gone")
    assert list_tree(city.raw) == before
