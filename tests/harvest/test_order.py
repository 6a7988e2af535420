"""The order of looks rests on their numbers, not on a clock that can be years off; others' captures stand by their dates."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.harvest.archive import append_captures
from flows.harvest.leads import Lead
from flows.harvest.order import consistent, find_misdated, newest_moment, order_captures
from flows.harvest.plan import SEEN, History, find_removal, plan_visit
from flows.model import Capture
from flows.registry import Registry
from tests.command import run_gongkai
from tests.harvest.test_archive import FETCHED

DAY = datetime(2026, 4, 1, 2, 17, tzinfo=UTC)


def look(number: int, day: float, kind: str = "fetched", verdict: str = "accepted") -> Capture:
    return Capture(
        capture_id=f"{number:08x}{int(day * 10) % 16**8:08x}", body_id="110116", year=2018, scope="whole_area", kind=kind,
        url="https://www.bjhr.gov.cn/t1.html", captured_at=DAY + timedelta(days=day), media_type="text/html",
        sha256="a", size=1, file="a", offset=0, verdict=verdict, sequence=number,
    )  # fmt: skip


def days(captures: tuple[Capture, ...]) -> list[tuple[int, float]]:
    return [(each.sequence, round((each.moment - DAY) / timedelta(days=1), 3)) for each in captures]


@pytest.mark.parametrize(
    ("said", "counted"),
    [
        ([0, 1, 2, 3], [0, 1, 2, 3]),
        ([0, 1, 900, 2, 3], [0, 1, 2, 2, 3]),  # ahead for one look
        ([0, 1, 900, 901, 2, 3, 4], [0, 1, 2, 2, 2, 3, 4]),
        ([0, 1, 2, -900, 3], [0, 1, 2, 2, 3]),  # behind for one look
        ([0, 10, 9.99, 11], [0, 10, 9.99, 11]),  # workers side by side: minutes apart are no contradiction
        ([-900, 0, 1], [-900, 0, 1]),  # nothing contradicts it
        ([900, 0, 1], [0, 0, 1]),
        ([0, 900], [0, 900]),  # not known yet
        ([0, 900, 1], [0, 1, 1]),  # of as many the later are believed
    ],
)
def test_a_look_that_contradicts_the_others_counts_as_of_the_nearest_moment_that_they_allow(
    said: list[float], counted: list[float]
) -> None:
    looks = [look(number, day) for number, day in enumerate(said, start=1)]
    ordered = order_captures(reversed(looks))
    assert sorted(days(ordered)) == list(enumerate(counted, start=1))
    assert [each.moment for each in ordered] == sorted(each.moment for each in ordered)
    assert {each.sequence for each in find_misdated(ordered)} == {
        number for number, (one, other) in enumerate(zip(said, counted, strict=True), start=1) if one != other
    }
    assert {each.captured_at for each in ordered} == {each.captured_at for each in looks}, (
        "what a clock said is kept"
    )
    assert order_captures(ordered) == ordered


def test_captures_of_others_stand_by_their_dates_whenever_they_came() -> None:
    ordered = order_captures([look(1, 0), look(2, 5), look(3, 2, "imported"), look(4, -3, "transcription")])
    assert [each.sequence for each in ordered] == [4, 1, 3, 2]


def test_captures_of_an_index_older_than_numbers_come_first_by_their_dates() -> None:
    old = [replace(look(9, day), sequence=0) for day in (3, 1, 2)]
    assert days(order_captures([*old, look(1, 4)])) == [(0, 1), (0, 2), (0, 3), (1, 4)]


@given(st.lists(st.integers(-5, 5), max_size=9))
def test_as_few_dates_as_possible_are_taken_for_wrong(said: list[int]) -> None:
    dates = [DAY + timedelta(days=each) for each in said]
    kept = sorted(consistent(dates))
    assert [dates[each] for each in kept] == sorted(dates[each] for each in kept)
    longest: list[int] = []  # by the plain way: the longest row that ends at each place
    for index, each in enumerate(said):
        longest.append(1 + max((longest[one] for one in range(index) if said[one] <= each), default=0))
    assert len(kept) == max(longest, default=0)


def test_an_archive_stands_at_the_day_of_its_last_look_whatever_an_earlier_one_said() -> None:
    assert newest_moment([]) is None
    assert newest_moment([look(1, 0), look(2, 26_000), look(3, 1)]) == DAY + timedelta(days=1)
    assert newest_moment([look(1, 0), look(2, 7, "imported")]) == DAY + timedelta(days=7)
    assert newest_moment([look(1, 5, "transcription")]) == DAY + timedelta(days=5)


def test_a_look_that_is_dated_in_the_future_keeps_its_address_from_nothing(registry: Registry) -> None:
    lead = Lead("https://www.bjhr.gov.cn/t1.html", "110116", 2018, 2018, "whole_area")
    now = DAY + timedelta(days=2)
    ahead, fine = (History(order_captures([look(1, 0), look(2, day)])) for day in (26_000, 1))
    assert plan_visit(registry, lead, ahead, now).due == now
    assert plan_visit(registry, lead, fine, now).due > now


def test_a_clock_that_jumps_makes_no_removal_and_hides_none() -> None:
    gone = [look(number, day, verdict="gone") for number, day in ((2, 1), (3, 900), (4, 2))]
    assert find_removal(History(order_captures([look(1, 0), *gone])[1:], SEEN)) is None
    more = [look(5, 4, verdict="gone"), look(6, 9, verdict="gone")]
    assert find_removal(History(order_captures([look(1, 0), *gone, *more])[1:], SEEN)) == DAY + timedelta(
        days=1
    )


@pytest.mark.parametrize(("lang", "words"), [("en", "a clock was wrong"), ("zh", "时钟有误")])
def test_the_audit_names_what_a_wrong_clock_dated_and_takes_it_for_no_damage(
    tmp_path: Path, lang: str, words: str
) -> None:
    said = [DAY, DAY.replace(year=2099), DAY + timedelta(days=1), DAY + timedelta(days=2)]
    append_captures(tmp_path / "raw", [replace(FETCHED, captured_at=each) for each in said], [])
    ran = run_gongkai("audit", "--raw", tmp_path / "raw", "--lang", lang)
    assert ran.code == 0
    (line,) = ran.out.splitlines()
    assert words in line
    assert "2099-04-01" in line
    assert "2026-04-02" in line
