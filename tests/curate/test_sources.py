"""What the looks at its addresses say of a report: seen, changed, gone, refused, told differently elsewhere."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from flows.curate.sources import (
    compare_sources,
    find_gone,
    find_replaced,
    find_rivals,
    first_seen,
    gone_since,
    group_looks,
    last_changed,
    last_seen,
    newest_pages,
    say_unlisted,
    state_of_missing,
)  # fmt: skip
from flows.model import LIST_LOOK, Capture, Extraction, Header, Observation, Value
from flows.registry import Registry

DAY = datetime(2026, 4, 1, 2, 17, tzinfo=UTC)
OWN, CITY = "https://www.bjhr.gov.cn/t1.html", "https://www.beijing.gov.cn/t1.html"


def look(day: int, verdict: str = "accepted", sha: str = "a", url: str = OWN, **more: str) -> Capture:
    return replace(
        Capture(
            capture_id=f"{day:016x}", body_id="110116", year=2018, scope="whole_area", kind="fetched", url=url,
            captured_at=DAY + timedelta(days=day), media_type="text/html", sha256=sha, size=1, file="a", offset=0,
            verdict=verdict, source="gongkai harvest from reports.csv",
        ),
        **more,  # type: ignore[arg-type]
    )  # fmt: skip


def at(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - DAY).days


def test_a_report_was_first_and_last_seen_when_it_was_found_changed_or_not() -> None:
    looks = [look(0, "blocked"), look(1), look(9, "unchanged"), look(12, "gone")]
    assert (at(first_seen(looks)), at(last_seen(looks)), at(last_changed(looks, looks[1]))) == (1, 9, 1)
    assert (first_seen(looks[:1]), last_seen(looks[:1]), last_changed(looks, None)) == (None, None, None)


def test_it_changed_when_its_own_address_first_had_the_bytes_of_today() -> None:
    looks = [
        look(1, sha="a"),
        look(2, sha="b"),
        look(3, sha="x", url=CITY),
        look(4, sha="a"),
        look(5, "unchanged", "a"),
    ]
    assert at(last_changed(looks, looks[3])) == 4
    assert at(last_changed(looks, looks[2])) == 3


def test_attachments_and_lists_are_no_looks_at_a_report() -> None:
    others = [look(1, parent_id="0" * 16), look(2, "gone", source=f"{LIST_LOOK}huairou")]
    assert group_looks([*others, look(3)]) == {("110116", 2018, "whole_area"): (look(3),)}


GONE = [look(day, "gone") for day in (10, 12, 20)]


@pytest.mark.parametrize(
    ("looks", "since"),
    [
        ([look(1), *GONE], 10),
        ([look(1), *GONE[:2]], None),
        ([look(1), *GONE, look(30)], None),
        ([look(1), *GONE, look(1, url=CITY)], None),  # another address has it still
        ([look(1), *GONE, look(1, url=OWN.replace("https", "http"))], 10),  # the same address
        ([look(1), *GONE, *(replace(each, url=CITY) for each in (look(2), *(look(day, "gone") for day in (15, 20, 25))))], 15),
        ([look(1), *GONE, look(2, "blocked", url=CITY)], 10),  # it was never found there
        ([look(1, kind="transcription")], None),
        (GONE, None),  # never found
    ],
)  # fmt: skip
def test_a_source_is_gone_when_every_address_that_had_it_is(looks: list[Capture], since: int | None) -> None:
    looks = sorted(looks, key=lambda each: each.captured_at)
    assert at(gone_since(looks)) == since
    findings = find_gone(looks)
    assert [each.rule_id for each in findings] == ([] if since is None else ["source_gone"])
    day = f"{DAY + timedelta(days=since or 0):%Y-%m-%d}"
    assert all(day in text for each in findings for text in each.message)


@pytest.mark.parametrize(
    ("looks", "state", "said"),
    [
        ([look(1, "blocked")], "blocked", "the host refuses us at the last look on 2026-04-02"),
        ([look(1, "challenge")], "blocked", "a challenge"),
        ([look(1, "blocked"), look(5, "missing")], "not_found", "says 'not found'"),
        ([look(1, "no_page")], "not_found", "no answer"),
        ([look(1, "other_report")], "not_found", "another body or year"),
        (GONE[:2], "not_found", "the address is gone at the last look on 2026-04-13"),
        (GONE, "removed", "the address is gone since 2026-04-11"),
    ],
)  # fmt: skip
def test_a_report_that_was_never_found_has_the_state_of_its_last_look(
    registry: Registry, looks: list[Capture], state: str, said: str
) -> None:
    found, reason = state_of_missing(registry, looks)
    assert (found, said in reason.en) == (state, True), reason
    assert all(OWN in text for text in reason)


def test_every_verdict_has_words_for_a_report_that_was_not_found(registry: Registry) -> None:
    for row in registry.tables["verdicts"]:
        assert state_of_missing(registry, [look(1, row["verdict"])])[0] == row["state"]


def test_where_no_address_is_known_the_list_says_why(registry: Registry) -> None:
    key = ("110116", 2018, "whole_area")
    assert say_unlisted(registry, key, [look(1)]) is None
    good = look(1, "list", source=f"{LIST_LOOK}huairou")
    bad = look(2, "no_page", source=f"{LIST_LOOK}beijing-districts: too slow", body_id="110000")
    for captures, said in (
        ([good], "not named in the list 'huairou' on 2026-04-02"),
        ([good, bad], "'beijing-districts' was no use on 2026-04-03: no answer"),
    ):
        reason = say_unlisted(registry, key, captures)
        assert reason is not None
        assert said in reason.en
    assert say_unlisted(registry, ("110116", 2017, "whole_area"), [good]) is None  # the list of another year
    assert say_unlisted(registry, ("110117", 2018, "whole_area"), [good]) is None  # the list of another body


# Sources that differ


def extraction(**figures: int) -> Extraction:
    rows = tuple(
        Observation(
            name, "total", Value(Decimal(amount), "reported"), "件", "form", str(amount), "table 1 r1 c1"
        )
        for name, amount in figures.items()
    )
    return Extraction(Header(), "2014", rows)


def test_pages_of_other_addresses_with_other_bytes_are_rivals_the_newest_of_each() -> None:
    mine = look(9)
    looks = [
        look(1, sha="old", url=CITY), look(2, sha="new", url=CITY), look(3, sha="x", url=OWN.replace("https", "http")),
        look(4, sha="y", url=f"{CITY}?gone"), look(5, sha="z", url=f"{CITY}?typeset", kind="transcription"),
        look(6, sha="a", url=f"{CITY}?same"), mine,
    ]  # fmt: skip
    gone = [replace(each, url=f"{CITY}?gone") for each in GONE]
    assert [each.sha256 for each in find_rivals([*looks, *gone], mine)] == ["new"]


def test_figures_that_both_pages_state_and_that_differ_are_found_with_both_addresses() -> None:
    here, there = look(2), look(1, url=CITY)
    (finding,) = compare_sources((here, extraction(a=1, b=2, c=3)), (there, extraction(a=1, b=4, d=5)))
    assert (finding.rule_id, finding.cells) == ("sources_differ", ("b|total",))
    assert all(OWN in text and CITY in text and "2" in text and "4" in text for text in finding.message)
    assert compare_sources((here, extraction(a=1, b=2)), (there, extraction(a=1, d=5))) == ()


def test_an_address_that_shows_another_years_report_by_now_is_found_with_the_day() -> None:
    mine, later = look(1), replace(look(400), year=2019)
    (finding,) = find_replaced(mine, newest_pages([later, mine]))
    assert (finding.rule_id, finding.message.en.count("2019")) == ("source_replaced", 1)
    assert all("2027-05-06" in text for text in finding.message)
    assert find_replaced(later, newest_pages([later, mine])) == ()
    assert find_replaced(mine, newest_pages([mine, replace(later, url=CITY)])) == ()
    assert find_replaced(replace(mine, kind="transcription"), newest_pages([later, mine])) == ()
