"""The harvest from end to end over real HTTP: what is the report is archived, the rest has a reason, nothing stops."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from flows.harvest.archive import read_capture
from flows.harvest.fetch import Fetcher
from flows.harvest.index import load_index
from flows.harvest.limits import Limits
from flows.harvest.run import HarvestOutcome, harvest_reports, plan_harvest
from flows.publish.release import build_release
from flows.registry import Registry, load_registry
from tests.command import list_tree, run_gongkai
from tests.portal import Answer, Portal

TODAY = date(2026, 11, 22)
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
        [{"host": portal.host, "body_id": "110116", "kind": "portal", "evidence": "a test"}],
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


def harvest(registry: Registry, raw: Path) -> dict[int, HarvestOutcome]:
    """Harvest what is wanted today, without pauses, and return the outcomes by year."""
    fetcher = Fetcher(registry.hosts, Limits(seconds=5, pause=0, tries=1), private=frozenset(["127.0.0.1"]))
    outcomes = harvest_reports(registry, raw, plan_harvest(registry, raw, TODAY), fetcher)
    return {outcome.report.year: outcome for outcome in outcomes}


def test_the_report_is_archived_as_the_fetch_it_is(
    local: Registry, tmp_path: Path, huairou_page: bytes, portal: Portal
) -> None:
    raw = tmp_path / "raw"
    capture = harvest(local, raw)[2018].capture
    assert capture is not None
    assert (capture.kind, capture.http_status, capture.url) == ("fetched", 200, portal.url("/good.html"))
    assert read_capture(raw, capture) == huairou_page
    with (raw / capture.file).open("rb") as file:
        records = list(records_of(file))
    (response,) = [each for each in records if each[0] == "response"]
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


def test_the_others_have_a_reason_in_both_languages_and_leave_nothing_behind(
    local: Registry, tmp_path: Path
) -> None:
    raw = tmp_path / "raw"
    outcomes = harvest(local, raw)
    for year, words in {2015: "status 404", 2016: "a page of another kind", 2017: "application/pdf"}.items():
        outcome = outcomes[year]
        assert outcome.capture is None
        assert outcome.reason is not None
        assert words in outcome.reason.en
        assert all(outcome.report.url in text for text in outcome.reason)
        assert outcome.reason.zh != outcome.reason.en
    assert len(load_index(raw, local.schemas["published/captures"])) == 1


def test_a_second_harvest_asks_only_for_what_failed_and_changes_no_byte(
    local: Registry, tmp_path: Path, portal: Portal
) -> None:
    raw = tmp_path / "raw"
    harvest(local, raw)
    before = list_tree(raw)
    portal.requests.clear()
    assert set(harvest(local, raw)) == {2015, 2016, 2017}
    assert "/good.html" not in portal.paths
    assert list_tree(raw) == before


def test_a_report_that_appears_later_is_appended(
    local: Registry, tmp_path: Path, portal: Portal, huairou_page: bytes
) -> None:
    raw = tmp_path / "raw"
    harvest(local, raw)
    before = (raw / "gongkai-00001.warc.gz").read_bytes()
    portal.answers["/gone.html"] = Answer(huairou_page.replace(b"2018", b"2015"))
    assert harvest(local, raw)[2015].capture is not None
    assert (raw / "gongkai-00001.warc.gz").read_bytes().startswith(before)
    captures = load_index(raw, local.schemas["published/captures"])
    assert sorted(capture.year for capture in captures) == [2015, 2018]


def test_each_report_is_ticked_off_once(local: Registry, tmp_path: Path) -> None:
    seen: list[int] = []
    fetcher = Fetcher(local.hosts, Limits(seconds=5, pause=0, tries=1), private=frozenset(["127.0.0.1"]))
    wanted = plan_harvest(local, tmp_path, TODAY)
    harvest_reports(local, tmp_path, wanted, fetcher, lambda report: seen.append(report.year))
    assert seen == [2015, 2016, 2017, 2018]


def test_what_was_fetched_is_published(local: Registry, tmp_path: Path) -> None:
    harvest(local, tmp_path / "raw")
    release = build_release(local, tmp_path / "raw", tmp_path / "curated")
    (outcome,) = release.done
    assert (outcome.report.year, outcome.capture and outcome.capture.kind) == (2018, "fetched")
    assert release.count_figures() == 71
    with (release.published.folder / "captures.csv").open(encoding="utf-8") as file:
        assert [row["kind"] for row in csv.DictReader(file)] == ["fetched"]


def test_the_command_prints_its_plan_and_asks_nothing(
    local: Registry, portal: Portal, tmp_path: Path
) -> None:
    ran = run_gongkai("harvest", "--plan", "--schemas", local.folder, "--raw", tmp_path / "raw")
    assert ran.code == 0
    lines = [line.split("\t") for line in ran.out.splitlines()]
    assert [line[:3] for line in lines] == [["110116", str(year), "whole_area"] for year in range(2015, 2019)]
    assert lines[3][3] == portal.url("/good.html")
    assert portal.requests == []


def test_the_command_never_asks_a_private_machine(local: Registry, portal: Portal, tmp_path: Path) -> None:
    ran = run_gongkai(
        "harvest", "--year", "2018", "--lang", "zh", "--schemas", local.folder, "--raw", tmp_path / "raw"
    )
    assert ran.code == 1
    assert "主机指向内网地址 127.0.0.1" in ran.err
    assert "已存档 0，失败 1" in ran.err
    assert portal.requests == []
    assert not (tmp_path / "raw").exists()
