"""A whole city harvested over real HTTP with everything that can go wrong: nothing lost, nothing let in, nobody pressed."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.harvest.audit import audit_archive
from flows.harvest.plan import History, find_removal, looks_by_address
from flows.publish.release import build_release
from tests.command import list_tree
from tests.portal.city.answers import print_story
from tests.portal.city.plan import City, Page, edit_page, find_expected, newest, plan_city, remove_page
from tests.portal.city.serve import Calendar, Served, open_city, pairs_too_close
from tests.portal.city.small import DAY, small_city
from tests.portal.city.verify import group_rows, verify_package
from tests.portal.city.visit import PAUSE, Run, Visitor, find_outcomes
from tests.portal.titles import OWN_OFFICE

EDITED, REMOVED = 3, 2


@dataclass(frozen=True)
class Story:
    """A year in the life of an archive: the first harvest, one right after it, one after edits and removals, two looks more, the next spring."""

    city: City
    day: datetime
    visitor: Visitor
    first: Run
    again: Run
    after: Run
    looks: tuple[Run, Run]
    spring: Run
    edited: tuple[Page, ...]
    removed: tuple[Page, ...]
    trees: tuple[dict[str, str | bytes], dict[str, str | bytes]]


def live_through(served: Served, folder: Path, day: datetime) -> Story:
    """Harvest a city through a year and return what happened."""
    visitor, city, calendar = Visitor(served, folder), served.city, served.calendar
    first = visitor.harvest()
    before = list_tree(visitor.raw)
    again = visitor.harvest()
    trees = (before, list_tree(visitor.raw))
    late = day + timedelta(days=61)
    edited, removed = choose_pages(served.city, day)
    for page in edited:
        served.city = edit_page(served.city, page, late.date())
    for page in removed:
        served.city = remove_page(served.city, page, late.date())
    runs = []
    for days in (61, 64, 69):
        calendar.set(day + timedelta(days=days))
        runs.append(visitor.harvest())
    calendar.set(day.replace(year=day.year + 1))
    spring = visitor.harvest()
    return Story(
        city, day, visitor, first, again, runs[0], (runs[1], runs[2]), spring, edited, removed, trees
    )


def choose_pages(city: City, day: datetime) -> tuple[tuple[Page, ...], tuple[Page, ...]]:
    """Return pages to be edited and pages to be removed: of reports that stand at one address alone."""
    counts = Counter(page.key for page in city.pages if not page.story.office)
    alone = [
        page
        for page in city.pages
        if counts[page.key] == 1 and page.listed and not page.fault and not page.story.office
    ]
    able = [
        page
        for page in alone
        if page.story.shape == "html" and page.appears <= day.date() and shows_edit(page)
    ]
    chosen = able[:: len(able) // (EDITED + REMOVED)]
    return tuple(chosen[:EDITED]), tuple(chosen[EDITED : EDITED + REMOVED])


def shows_edit(page: Page) -> bool:
    """Return whether the page prints the figure that an edit would change."""
    years = range(2008, 2026)
    return print_story(page.shown, page.appears, "", years) != print_story(
        replace(page.shown, edits=1), page.appears, "", years
    )


@pytest.fixture(scope="module", params=["small", pytest.param("whole", marks=pytest.mark.slow)])
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    small = request.param == "small"
    city, day = (small_city(), DAY) if small else (plan_city(), datetime(2026, 4, 15, 2, 17, tzinfo=UTC))
    calendar = Calendar()
    calendar.set(day)
    with open_city(city, calendar) as served:
        lived = live_through(served, tmp_path_factory.mktemp("city"), day)
        print_figures(lived)
        yield lived


@pytest.fixture(scope="module")
def package(story: Story) -> Path:
    """What is published at the end of the year."""
    visitor = story.visitor
    return build_release(visitor.registry, visitor.raw, visitor.folder / "curated").published.folder


def print_figures(story: Story) -> None:
    """Print what a harvest of the city asked, took and found, for whoever runs the slow tests."""
    runs = {
        "first": story.first,
        "right after": story.again,
        "61 days later": story.after,
        "next spring": story.spring,
    }
    for name, run in runs.items():
        results = dict(Counter(outcome.result for outcome in run.outcomes))
        print(
            f"\n{name}: {len(run.log)} requests, {run.seconds:.1f} s, {len(run.accepted)} pages captured, {results}",
            end="",
        )
    outcomes = find_outcomes(story.first, find_expected(story.city, story.day.date()))
    print(f"\nreports: {dict(Counter(outcomes.values()))}")


def test_every_report_is_captured_or_its_absence_explained(story: Story) -> None:
    expected = find_expected(story.city, story.day.date())
    found = find_outcomes(story.first, expected)
    assert {key: (found[key], expected[key]) for key in expected if found[key] != expected[key]} == {}


def test_a_second_harvest_has_next_to_nothing_to_ask_and_changes_nothing(story: Story) -> None:
    asked = [each for each in story.again.log if each.path != "/robots.txt"]
    assert len(story.again.log) <= 0.02 * len(story.first.log)
    assert all({"If-None-Match", "If-Modified-Since"} & each.headers.keys() for each in asked)
    assert story.trees[0] == story.trees[1]


def test_no_host_is_pressed_and_no_forbidden_address_is_asked(story: Story) -> None:
    served = story.visitor.served
    for run in story.visitor.runs:
        assert pairs_too_close(run.log, PAUSE) == []
    assert [each.path for each in served.log if each.path.startswith("/neibu/")] == []
    assert served.foreign is not None
    assert served.foreign.requests == []
    assert {each.headers["User-Agent"].split("/")[0] for each in served.log} == {"gongkai"}


def test_reports_of_departments_and_towns_are_told_by_their_titles_and_not_even_asked_for(
    story: Story,
) -> None:
    asked = {(each.host, each.path) for each in story.visitor.served.log}
    others = {
        (page.host, page.path): page.story.title
        for page in story.city.pages
        if page.story.office not in ("", OWN_OFFICE)
    }
    assert len(others) > 50
    assert {others[place] for place in asked & others.keys()} == set()


def test_an_offices_own_report_is_not_taken_for_its_districts(story: Story) -> None:
    offices = {story.visitor.served.url_of(page) for page in story.city.pages if page.story.office}
    taken = [each for each in story.first.accepted if each.url in offices]
    assert taken
    assert {each.scope for each in taken} == {"own_body"}


def test_one_page_under_two_addresses_is_kept_once_and_rivals_are_both_kept(story: Story) -> None:
    by_fault = {page.fault: page.key for page in story.city.pages}
    alias, rival = (
        [each for each in story.first.accepted if (each.body_id, each.year) == by_fault[fault]]
        for fault in ("alias", "rival")
    )
    alias, rival = ([each for each in found if each.scope == "whole_area"] for found in (alias, rival))
    assert len({each.url for each in alias}) == 2
    assert len({(each.sha256, each.file, each.offset) for each in alias}) == 1
    assert len({each.sha256 for each in rival}) == 2


def test_what_is_known_is_asked_for_conditionally_and_not_sent_again(story: Story) -> None:
    served = story.visitor.served
    changed = {served.url_of(page) for page in (*story.edited, *story.removed)}
    told = [each for each in story.first.accepted if each.etag or each.last_modified]
    known = {each.url for each in told if not each.final_url} - changed
    seen = {served.url(each.host, each.path): each for each in story.after.log}
    assert len(known) > 40
    assert {seen[url].status for url in known} == {304}


def test_an_edit_makes_a_new_capture_of_that_report_alone(story: Story) -> None:
    changed = {each.url for each in story.after.accepted}
    assert changed == {story.visitor.served.url_of(page) for page in story.edited}


def test_a_page_that_is_gone_three_times_in_a_week_is_removed_since_the_first_look(story: Story) -> None:
    visitor = story.visitor
    looks = looks_by_address(visitor.captures())
    for page in story.removed:
        found = History(looks[visitor.served.url_of(page)])
        since = find_removal(History(found.looks[:4]))
        assert [each.verdict for each in found.looks[:4]] == ["accepted", "gone", "gone", "gone"]
        assert since is not None
        assert since.date() == (story.day + timedelta(days=61)).date()


def test_the_package_says_of_every_report_where_it_stands_and_why(story: Story, package: Path) -> None:
    states = {row["verdict"]: row["state"] for row in story.visitor.registry.tables["verdicts"]}
    states |= {
        "captured": "published",
        "list_failed": "not_found",
        "not_found": "not_found",
        "gone": "removed",
    }
    published = {key: row for key, (row, *_) in group_rows(package / "reports.csv").items()}
    expected = {key: states[outcome] for key, outcome in find_expected(story.city, story.day.date()).items()}
    assert {key: published[key]["state"] for key in expected} == expected
    assert set(expected.values()) == {"published", "not_found", "blocked", "removed"}
    looked_at = {page.key for page in story.city.pages if page.fault and not page.story.office}
    unexplained = [
        key for key in looked_at & expected.keys() if "not looked for" in published[key]["reason_en"]
    ]
    assert unexplained == []


def test_what_is_gone_stays_published_with_the_day_since_when(story: Story, package: Path) -> None:
    findings = group_rows(package / "findings.csv")
    for page in story.removed:
        (gone,) = (row for row in findings[page.key] if row["rule_id"] == "source_gone")
        assert f"{story.day + timedelta(days=61):%Y-%m-%d}" in gone["message_en"]


def test_every_silent_edit_is_a_revision_and_nothing_else_is(story: Story, package: Path) -> None:
    edited = {page.key for page in story.edited}
    rows = group_rows(package / "revisions.csv")
    assert rows.keys() == edited
    assert all(len(own) >= 1 and own[0]["old_value"] != own[0]["new_value"] for own in rows.values())
    assert {
        key
        for key, own in group_rows(package / "findings.csv").items()
        if "revised" in {row["rule_id"] for row in own}
    } == edited


def test_every_removal_is_logged_with_its_dates_and_our_capture(story: Story, package: Path) -> None:
    rows = group_rows(package / "removals.csv")
    captures = {each.capture_id: each for each in story.visitor.captures()}
    for page in story.removed:
        (row,) = rows[page.key]
        assert row["gone_since"].startswith(f"{story.day + timedelta(days=61):%Y-%m-%d}")
        assert row["confirmed_at"].startswith(f"{story.day + timedelta(days=69):%Y-%m-%d}")
        assert captures[row["capture_id"]].url == row["url"] == story.visitor.served.url_of(page)


def test_rivals_are_not_chosen_between_in_silence(story: Story, package: Path) -> None:
    (key,) = {page.key for page in story.city.pages if page.fault == "rival"}
    assert [
        row["message_en"]
        for row in group_rows(package / "findings.csv")[key]
        if row["rule_id"] == "sources_differ"
    ]


def test_what_is_published_is_what_was_printed(story: Story, package: Path) -> None:
    day = (story.day + timedelta(days=62)).date()
    verified = verify_package(package, story.visitor.served.city, day)
    print(f"{verified.reports} reports: {dict(verified.cells)}")
    assert verified.wrong == []
    assert verified.cells["missed"] == 0
    # The free form's sentences are not read in workbooks, nor all of those among blocks.
    assert verified.cells["unread"] <= 0.01 * verified.cells["right"]


def test_the_archive_of_a_year_is_whole(story: Story) -> None:
    began = time.monotonic()
    audit = audit_archive(story.visitor.raw, story.visitor.captures())
    print(
        f"audit: {audit.captures} captures, {audit.records} records, {audit.size:,} bytes, {time.monotonic() - began:.1f} s"
    )
    assert audit.faults == ()
    assert audit.captures == len(story.visitor.captures())


def test_the_next_spring_brings_the_new_reports_and_the_page_that_is_replaced(story: Story) -> None:
    city = story.visitor.served.city
    day = story.day.replace(year=story.day.year + 1)
    new = {each.year for each in story.spring.accepted}
    assert new == {story.day.year}
    bodies = {each.body_id for each in story.spring.accepted if each.scope == "whole_area"}
    expected = {
        page.body_id
        for page in city.pages
        if page.story.year == story.day.year
        and not page.story.office
        and newest(city, page, day.date()) is page
    }
    assert bodies == expected
