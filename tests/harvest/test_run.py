"""The harvest from end to end over real HTTP: what is the report is archived, the rest has a reason, nothing stops."""

import csv
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import ANY

import pytest
from warcio.archiveiterator import ArchiveIterator

from flows.harvest.archive import read_capture
from flows.harvest.audit import audit_archive
from flows.harvest.fetch import Fetcher
from flows.harvest.index import load_index
from flows.harvest.limits import Limits
from flows.harvest.pace import Clock
from flows.harvest.run import Asked, HarvestOutcome, find_red, harvest
from flows.harvest.store import Raw
from flows.model import Capture
from flows.publish.release import build_release
from flows.registry import Registry, load_registry
from tests.command import list_tree, run_gongkai
from tests.portal import Answer, Portal

NOW = datetime.now(UTC)
DAY = 86_400.0
LOGIN = "<html><body>怀柔区 政府信息公开 主动公开 依申请公开 行政复议 年度报告<form>用户名 密码</form></body></html>".encode()


@pytest.fixture
def portal(huairou_page: bytes) -> Iterator[Portal]:
    answers = {
        "/good.html": Answer(huairou_page),
        "/login.html": Answer(LOGIN),
        "/report.pdf": Answer(b"%PDF-1.4", media_type="application/pdf"),
    }
    with Portal(answers) as open_portal:
        yield open_portal


@pytest.fixture
def local(schemas: Path, portal: Portal) -> Registry:
    """A registry whose only official host is the simulated portal, with a good address and three bad ones."""
    rewrite(
        schemas / "hosts.csv",
        [{"host": portal.host, "body_id": "110116", "kind": "simulated", "evidence": "a test"}],
    )
    rewrite(schemas / "platforms.csv", [])
    addresses = {2015: "/gone.html", 2016: "/login.html", 2017: "/report.pdf", 2018: "/good.html"}
    common = {
        "body_id": "110116",
        "scope": "whole_area",
        "title_zh": "",
        "stated_date": "",
        "evidence": "a test",
    }
    rewrite(
        schemas / "reports.csv",
        [{**common, "year": str(year), "url": portal.url(path)} for year, path in addresses.items()],
    )
    return load_registry(schemas)


def rewrite(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def fetcher_of(registry: Registry) -> Fetcher:
    return Fetcher(registry.hosts, Limits(seconds=5, pause=0, tries=1), private=registry.private)


def run(registry: Registry, raw: Raw) -> dict[int, HarvestOutcome]:
    """Harvest what is due now, without pauses, and return the outcomes by year."""
    return {each.visit.target.sought: each for each in harvest(registry, raw, fetcher_of(registry))}


def load(registry: Registry, raw: Path) -> dict[int, Capture]:
    return {each.year: each for each in load_index(raw, registry.schemas["published/captures"])}


def test_the_report_is_archived_as_the_fetch_it_is(
    local: Registry, tmp_path: Path, huairou_page: bytes, portal: Portal
) -> None:
    raw = tmp_path / "raw"
    outcome = run(local, raw)[2018]
    (capture,) = outcome.captures
    assert (outcome.result, outcome.failed) == ("new", False)
    assert (capture.kind, capture.http_status, capture.url) == ("fetched", 200, portal.url("/good.html"))
    assert read_capture(raw, capture) == huairou_page
    with (raw / capture.file).open("rb") as file:
        records = list(records_of(file))
    (response,) = [each for each in records if each[0] == "response" and each[1] == capture.url]
    assert response[1:] == (portal.url("/good.html"), "200", "text/html; charset=utf-8", huairou_page)


def records_of(file: object) -> Iterator[tuple[str, str | None, str | None, str | None, bytes]]:
    for record in ArchiveIterator(file):
        http = record.http_headers
        yield (
            record.rec_type,
            record.rec_headers.get_header("WARC-Target-URI"),
            http and http.get_statuscode(),
            http and http.get_header("Content-Type"),
            record.content_stream().read(),
        )


def test_the_others_have_a_reason_in_both_languages_and_are_kept_as_evidence(
    local: Registry, tmp_path: Path
) -> None:
    raw = tmp_path / "raw"
    outcomes = run(local, raw)
    captures = load(local, raw)
    for year, words, result, verdict in (
        (2015, "status 404", "gone", "gone"), (2016, "a page of another kind", "failed", "other"),
        (2017, "application/pdf", "failed", "file"),
    ):  # fmt: skip
        outcome = outcomes[year]
        assert (outcome.result, outcome.failed, captures[year].verdict) == (result, True, verdict)
        assert outcome.reason is not None
        assert words in outcome.reason.en
        assert all(outcome.visit.url in text for text in outcome.reason)
        assert outcome.reason.zh != outcome.reason.en
    assert read_capture(raw, captures[2016]) == LOGIN
    assert not any(captures[year].is_page for year in (2015, 2016, 2017))


def test_a_second_harvest_has_nothing_to_ask_and_changes_no_byte(
    local: Registry, tmp_path: Path, portal: Portal
) -> None:
    raw = tmp_path / "raw"
    run(local, raw)
    before = list_tree(raw)
    portal.requests.clear()
    assert run(local, raw) == {}
    assert portal.requests == []
    assert list_tree(raw) == before


def test_what_is_red_stays_red_until_it_was_found_though_nothing_is_asked(
    local: Registry, tmp_path: Path
) -> None:
    raw = tmp_path / "raw"
    assert find_red(local, raw, NOW) == ()  # never looked at
    run(local, raw)
    red = find_red(local, raw, NOW)
    assert [visit.target.sought for visit, _ in red] == [2015, 2016, 2017]
    assert all(visit.url in text for visit, why in red for text in why)
    assert [visit.target.sought for visit, _ in find_red(local, raw, NOW, Asked("110116", 2016))] == [2016]


def test_a_report_that_appears_later_is_appended(
    local: Registry, tmp_path: Path, portal: Portal, huairou_page: bytes
) -> None:
    raw = tmp_path / "raw"
    run(local, raw)
    before = (raw / "gongkai-00001.warc.gz").read_bytes()
    portal.answers["/gone.html"] = Answer(huairou_page.replace(b"2018", b"2015"))
    later = Clock(now=lambda: time.time() + 3 * DAY)
    (found,) = (
        each
        for each in harvest(local, raw, replace(fetcher_of(local), clock=later))
        if each.visit.target.sought == 2015
    )
    assert (found.result, found.visit.situation) == ("new", "gone")
    assert (raw / "gongkai-00001.warc.gz").read_bytes().startswith(before)
    good = [each for each in load_index(raw, local.schemas["published/captures"]) if each.is_page]
    assert sorted(capture.year for capture in good) == [2015, 2018]


@pytest.mark.parametrize("wrong", [1970, 2038, 2099, "a day back"])
def test_a_run_under_a_wrong_clock_loses_nothing_and_the_next_one_goes_on(
    local: Registry, tmp_path: Path, portal: Portal, huairou_page: bytes, wrong: int | str
) -> None:
    raw, start = tmp_path / "raw", time.time() - 200 * DAY

    def run_at(moment: float, applications: bytes) -> dict[int, HarvestOutcome]:
        portal.answers["/good.html"] = Answer(huairou_page.replace(b"13993", applications))
        clock = Clock(now=lambda: moment)
        done = harvest(local, raw, replace(fetcher_of(local), clock=clock), Asked("110116", 2018))
        return {each.visit.target.sought: each for each in done}

    said = start + 80 * DAY if isinstance(wrong, str) else datetime(wrong, 6, 1, tzinfo=UTC).timestamp()
    assert run_at(start, b"13993")[2018].result == "new"
    assert run_at(start + 81 * DAY, b"13994")[2018].result == "changed"
    assert run_at(said, b"13995") == ({} if wrong == 1970 else ANY)  # in 1970 no report was due
    assert run_at(start + 190 * DAY, b"13996")[2018].result == "changed"
    captures = load_index(raw, local.schemas["published/captures"])
    assert audit_archive(raw, captures).faults == ()
    misdated = audit_archive(raw, captures).misdated
    assert len(misdated) == (0 if wrong == 1970 else 1)
    assert wrong == "a day back" or {each.captured_at.year for each in misdated} <= {wrong}
    release = build_release(local, raw, tmp_path / "curated")
    (outcome,) = release.done
    assert outcome.capture == captures[-1]
    assert read_capture(raw, captures[-1]).count(b"13996") == huairou_page.count(b"13993")
    assert max(each.report.year for each in release.outcomes) <= NOW.year, (
        "nothing is due that a wrong clock says"
    )
    unsure = [each for each in outcome.findings if each.rule_id == "clock_unsure"]
    assert len(unsure) == len(misdated)


def test_each_visit_is_ticked_off_once(local: Registry, tmp_path: Path) -> None:
    seen: list[int] = []
    harvest(local, tmp_path, fetcher_of(local), tick=lambda visit: seen.append(visit.target.sought))
    assert seen == [2015, 2018, 2016, 2017]  # in the order of their addresses, for all are due since now


def test_what_was_fetched_is_published(local: Registry, tmp_path: Path) -> None:
    run(local, tmp_path / "raw")
    release = build_release(local, tmp_path / "raw", tmp_path / "curated")
    (outcome,) = release.done
    assert (outcome.report.year, outcome.capture and outcome.capture.kind) == (2018, "fetched")
    assert release.count_figures() == 71
    with (release.published.folder / "captures.csv").open(encoding="utf-8") as file:
        assert [row["kind"] for row in csv.DictReader(file)] == ["fetched"] * 4


def test_the_command_prints_its_plan_with_the_hosts_budgets_and_asks_nothing(
    local: Registry, portal: Portal, tmp_path: Path
) -> None:
    ran = run_gongkai("harvest", "--plan", "--registry", local.folder, "--raw", tmp_path / "raw")
    assert ran.code == 0
    heads, *lines = [line.split("\t") for line in ran.out.splitlines()]
    rows = [dict(zip(heads, line, strict=True)) for line in lines]
    assert [(row["what"], row["body_id"], row["year"], row["scope"]) for row in rows] == [
        ("report", "110116", year, "whole_area") for year in ("2015", "2018", "2016", "2017")
    ]
    assert rows[1]["url"] == portal.url("/good.html")
    assert {row["asks_for"] for row in rows} == {"all"}
    assert f"{portal.host}: 5 requests, at least 8 s" in ran.err
    assert portal.requests == []
    assert not (tmp_path / "raw").exists()


def test_the_command_never_asks_a_private_machine_that_is_not_declared_as_simulated(
    local: Registry, portal: Portal, tmp_path: Path
) -> None:
    hosts = local.folder / "hosts.csv"
    hosts.write_text(hosts.read_text(encoding="utf-8").replace("simulated", "portal"), encoding="utf-8")
    ran = run_gongkai(
        "harvest", "--year", "2018", "--lang", "zh", "--schemas", local.folder, "--raw", tmp_path / "raw"
    )
    assert ran.code == 1
    assert "主机指向内网地址 127.0.0.1" in ran.err
    assert ran.err.endswith("失败 1\n")
    assert portal.requests == []


def test_the_command_harvests_says_what_came_of_it_and_is_red_until_all_is_well(
    local: Registry, portal: Portal, tmp_path: Path
) -> None:
    words = ("--registry", local.folder, "--raw", tmp_path / "raw")
    ran = run_gongkai("harvest", "--year", "2018", *words)
    assert ran.code == 0, ran.said
    assert ran.out == "body_id\tname\tnew\n110116\tHuairou District\t1\n"
    assert ran.err.endswith("new 1\n")
    ran = run_gongkai("harvest", "--year", "2015", *words)
    assert (ran.code, ran.err.endswith("gone 1\n")) == (1, True)
    again = run_gongkai("harvest", *words, "--year", "2015")
    assert again.code == 1
    assert "the address is gone at the last look on" in again.err
    assert again.err.endswith("nothing was due\n")
