"""The plan follows from the archive and the day: dense in the season, sparse for old reports, nothing right after a harvest."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.harvest.discover import ListAddress
from flows.harvest.leads import Lead
from flows.harvest.plan import (
    LISTED,
    LONGEST_WAIT,
    History,
    Visit,
    budgets,
    find_removal,
    history_of,
    looks_by_address,
    plan_visit,
    plan_visits,
    within_budget,
)  # fmt: skip
from flows.model import Capture, Report
from flows.registry import Registry, load_registry
from tests.conftest import ROOT

REGISTRY = load_registry(ROOT / "schemas")
NOW = datetime(2026, 4, 15, 2, 17, tzinfo=UTC)
SUMMER = datetime(2026, 7, 15, 2, 17, tzinfo=UTC)
NEWEST = Report("110116", 2025, "whole_area", "http://www.bjhr.gov.cn/2025.html")
OLD = Report("110116", 2018, "whole_area", "http://www.bjhr.gov.cn/2018.html")


def look(report: Report, days_ago: float, verdict: str = "accepted", now: datetime = NOW) -> Capture:
    at = now - timedelta(days=days_ago)
    return Capture(
        capture_id=f"{int(at.timestamp()):016x}", body_id=report.body_id, year=report.year, scope=report.scope, kind="fetched",
        url=report.url, captured_at=at, media_type="text/html", sha256="0" * 64, size=1, file="a", offset=0, verdict=verdict,
        etag='"e"', last_modified="Tue, 19 Mar 2019 01:02:00 GMT",
    )  # fmt: skip


def lead_to(report: Report) -> Lead:
    return Lead(report.url, report.body_id, report.year, report.year, report.scope)


def plan(registry: Registry, report: Report, *looks: Capture, now: datetime = NOW) -> list[Visit]:
    return list(plan_visits(registry, [lead_to(report)], looks, now))


def history(looks: list[Capture], report: Report = OLD) -> History:
    return history_of(lead_to(report), looks_by_address(looks))


def next_visit(registry: Registry, report: Report, looks: list[Capture], now: datetime = NOW) -> Visit:
    return plan_visit(registry, lead_to(report), history(looks, report), now)


def test_a_report_that_is_due_and_was_never_looked_at_is_asked_for_at_once(registry: Registry) -> None:
    (visit,) = plan(registry, NEWEST)
    assert (visit.situation, visit.known.as_headers()) == ("due", {})


def test_right_after_a_look_nothing_is_asked_whatever_was_found(registry: Registry) -> None:
    for verdict in (row["verdict"] for row in registry.tables["verdicts"]):
        for report in (NEWEST, OLD):
            assert plan(registry, report, look(report, 0.001, verdict)) == []


@pytest.mark.parametrize(
    ("report", "now", "days"), [(NEWEST, NOW, 7), (NEWEST, SUMMER, 30), (OLD, NOW, 60), (OLD, SUMMER, 60)]
)
def test_what_is_captured_is_looked_at_again_by_its_age_and_the_season(
    registry: Registry, report: Report, now: datetime, days: int
) -> None:
    assert plan(registry, report, look(report, days - 0.1, now=now), now=now) == []
    (visit,) = plan(registry, report, look(report, days + 0.1, now=now), now=now)
    assert visit.known.as_headers().keys() == {"If-None-Match", "If-Modified-Since"}


def test_a_look_that_found_no_report_is_followed_by_one_that_asks_for_the_whole_page(
    registry: Registry,
) -> None:
    (visit,) = plan(registry, OLD, look(OLD, 200), look(OLD, 100, "challenge"))
    assert (visit.situation, visit.known.as_headers()) == ("refused", {})


def test_the_waits_for_an_address_that_keeps_refusing_grow_up_to_a_month(registry: Registry) -> None:
    waits = []
    looks = [look(OLD, 400)]
    for _ in range(8):
        looks.append(look(OLD, 300 - len(looks), "blocked"))
        visit = next_visit(registry, OLD, looks)
        waits.append((visit.due - looks[-1].captured_at).days)
    assert waits == [1, 2, 4, 8, 16, LONGEST_WAIT, LONGEST_WAIT, LONGEST_WAIT]


@pytest.mark.parametrize(
    ("gone", "confirmed"),
    [([0], False), ([2, 0], False), ([4, 2, 0], False), ([6.9, 2, 0], False), ([7, 2, 0], True), ([30, 0], False), ([9, 8, 7, 0], True)],
)  # fmt: skip
def test_an_address_is_removed_after_three_looks_over_seven_days(
    registry: Registry, gone: list[float], confirmed: bool
) -> None:
    looks = [look(OLD, 100), *(look(OLD, days, "gone") for days in gone)]
    assert find_removal(history(looks)) == (NOW - timedelta(days=gone[0]) if confirmed else None)
    assert next_visit(registry, OLD, looks).situation == ("removed" if confirmed else "gone")


def test_a_page_that_comes_back_was_not_removed(registry: Registry) -> None:
    looks = [look(OLD, 50, "gone"), look(OLD, 40, "gone"), look(OLD, 30, "gone"), look(OLD, 1)]
    assert find_removal(history(looks)) is None
    assert next_visit(registry, OLD, looks).situation == "settled"


def test_imports_transcriptions_and_attachments_are_no_looks_of_ours() -> None:
    others: list[dict[str, str]] = [{"kind": "imported"}, {"kind": "transcription"}, {"parent_id": "0" * 16}]
    changed = [Capture(**{**vars(look(OLD, 3)), **more}) for more in others]
    assert looks_by_address(changed) == {}


@given(
    st.lists(
        st.tuples(
            st.floats(0.01, 900), st.sampled_from(["accepted", "unchanged", "gone", "blocked", "missing"])
        ),
        max_size=8,
    )
)
def test_the_next_look_is_never_later_than_a_quarter_after_the_last_and_never_at_once(
    looks: list[tuple[float, str]],
) -> None:
    captures = [look(OLD, days, verdict) for days, verdict in looks]
    if captures:
        visit = next_visit(REGISTRY, OLD, captures)
        assert (
            timedelta(days=1) <= visit.due - max(each.captured_at for each in captures) <= timedelta(days=90)
        )


def test_a_hosts_budget_counts_its_requests_and_the_pauses_between_them(registry: Registry) -> None:
    visits = plan_visits(registry, [lead_to(NEWEST), lead_to(OLD)], [], NOW)
    assert budgets(visits, 2.0) == {"www.bjhr.gov.cn": (3, 4.0)}


def test_a_host_gets_no_more_visits_in_one_run_than_its_budget_the_longest_due_first(
    registry: Registry,
) -> None:
    other = Lead("http://www.bjmy.gov.cn/2018.html", "110118", 2018, 2018, "whole_area")
    due = [look(OLD, 100), look(NEWEST, 90)]
    visits = plan_visits(registry, [lead_to(NEWEST), lead_to(OLD), other], due, NOW)
    assert [visit.url for visit in within_budget(visits, 1)] == [NEWEST.url, other.url]


# Lists, and addresses whose page decides


def list_of(year: int, now: datetime = NOW) -> ListAddress:
    source = next(each for each in REGISTRY.lists if each.list_id == "huairou")
    return ListAddress(source, OLD.url, year, year >= now.year - 1)


@pytest.mark.parametrize(
    ("year", "verdict", "now", "situation", "days"),
    [
        (2025, "list", NOW, "list", 1), (2025, "list", SUMMER, "list", 7), (2018, "list", NOW, "old_list", 60),
        (2018, "unchanged", NOW, "old_list", 60), (2018, "gone", NOW, "gone", 2), (2018, "short_list", NOW, "refused", 1),
        (2025, "gone", NOW, "list", 1), (2025, "short_list", NOW, "list", 1), (2025, "blocked", SUMMER, "refused", 3),
    ],
)  # fmt: skip
def test_a_list_is_looked_at_by_its_year_and_what_is_not_there_yet_was_not_removed(
    registry: Registry, year: int, verdict: str, now: datetime, situation: str, days: int
) -> None:
    looks = [look(OLD, 40, verdict, now), look(OLD, 20, verdict, now), look(OLD, 0, verdict, now)]
    visit = plan_visit(registry, list_of(year, now), History(tuple(looks[-1:]), LISTED), now)
    assert (visit.situation, (visit.due - now).days) == (situation, days)
    many = plan_visit(registry, list_of(year, now), History(tuple(looks), LISTED), now)
    assert many.situation == ("removed" if situation == "gone" else situation)


def test_a_list_is_asked_for_its_changes_and_one_that_was_short_for_all_of_it(registry: Registry) -> None:
    known = plan_visit(registry, list_of(2018), History((look(OLD, 70, "list"),), LISTED), NOW).known
    assert known.as_headers().keys() == {"If-None-Match", "If-Modified-Since"}
    short = History((look(OLD, 70, "list"), look(OLD, 9, "short_list")), LISTED)
    assert plan_visit(registry, list_of(2018), short, NOW).known.as_headers() == {}


def test_an_address_whose_content_is_replaced_is_looked_at_like_a_list_of_the_newest(
    registry: Registry,
) -> None:
    haidian = Lead(OLD.url, OLD.body_id, 2025, replaced=True)
    seen = history_of(haidian, looks_by_address([look(OLD, 3)]))  # whatever year it showed
    visit = plan_visit(registry, haidian, seen, NOW)
    assert (visit.situation, NOW - visit.due) == ("list", timedelta(days=2))


def test_an_address_that_was_made_for_the_newest_year_is_awaited_until_it_was_seen(
    registry: Registry,
) -> None:
    made = Lead(OLD.url, OLD.body_id, 2025, awaited=True)
    gone = [look(OLD, days, "gone") for days in (9, 5, 1)]
    assert plan_visit(registry, made, history_of(made, looks_by_address(gone)), NOW).situation == "due"
    looks = looks_by_address([look(OLD, 20), *gone])
    assert plan_visit(registry, made, history_of(made, looks), NOW).situation == "removed"
