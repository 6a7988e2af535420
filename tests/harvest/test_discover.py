"""Which reports are expected, where they are looked for, and where the lists in the archive say that they are."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.harvest.discover import (
    archived_lists,
    declared_leads,
    due_years,
    expected_reports,
    known_leads,
    list_addresses,
    open_years,
    wants,
)  # fmt: skip
from flows.harvest.leads import address_key
from flows.harvest.plan import Target
from flows.model import Capture
from flows.registry import Registry

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("day", "last"),
    [
        (date(2026, 1, 1), 2024),
        (date(2026, 3, 30), 2024),
        (date(2026, 3, 31), 2025),
        (date(2026, 12, 31), 2025),
    ],
)
def test_a_report_is_due_on_31_march_of_the_year_after(day: date, last: int) -> None:
    assert (due_years(day)[0], due_years(day)[-1]) == (2008, last)


@given(st.dates(date(2010, 1, 1), date(2100, 1, 1)))
def test_no_report_is_due_before_its_year_is_over(day: date) -> None:
    assert due_years(day)[-1] < day.year


def test_every_body_is_expected_for_every_year_once_and_for_one_year_more(registry: Registry) -> None:
    expected = list(expected_reports(registry, TODAY))
    places = [(report.body_id, report.year) for report in expected]
    assert places == sorted(set(places))
    assert set(places) == {(body, year) for body in registry.bodies for year in range(2008, 2027)}


def test_an_expected_report_carries_the_address_that_is_known(registry: Registry) -> None:
    known = {(report.body_id, report.year): report.url for report in registry.reports}
    for report in expected_reports(registry, TODAY):
        assert report.url == known.get((report.body_id, report.year), "")


def test_a_list_with_the_year_in_its_address_stands_for_each_year_that_is_over(registry: Registry) -> None:
    lists = [
        each
        for each in list_addresses(registry, date(2026, 1, 15))
        if each.source.list_id == "beijing-districts"
    ]
    assert [each.sought for each in lists] == list(range(2014, 2026))
    assert lists[-1].url == "https://www.beijing.gov.cn/gongkai/zfxxgk/zfxxgknb/2025nb/qzf/"
    assert [each.sought for each in lists if each.newest] == [2024, 2025]  # 2025 is out but not due yet


def test_a_list_of_all_years_stands_for_the_newest_that_it_can_hold(registry: Registry) -> None:
    lists = {
        each.source.list_id: each for each in list_addresses(registry, TODAY) if not each.source.has_year
    }
    assert (lists["chaoyang"].sought, lists["chaoyang"].newest) == (2025, True)
    assert (lists["fengtai"].sought, lists["fengtai"].newest) == (2020, False)


def test_every_address_of_the_registry_is_on_an_official_host_and_leads_to_one_of_its_bodies(
    registry: Registry,
) -> None:
    leads = list(declared_leads(registry, TODAY))
    targets: list[Target] = [*leads, *list_addresses(registry, TODAY)]
    for each in targets:
        assert re.match(rf"https?://({'|'.join(map(re.escape, registry.hosts))})/", each.url)
        assert each.body_id in registry.bodies
    assert {each.year for each in leads} >= {None, 2018}


def test_the_address_that_is_replaced_and_those_that_are_made_are_told_apart(registry: Registry) -> None:
    leads = list(declared_leads(registry, TODAY))
    assert [lead.url for lead in leads if lead.replaced] == [
        "https://zyk.bjhd.gov.cn/jbdt/auto10489_51767/zfwj_59297/zfwj_59339/"
    ]
    made = [lead for lead in leads if lead.source == "xicheng-office"]
    assert [(lead.sought, lead.year, lead.awaited) for lead in made] == [
        (2021, None, False), (2022, None, False), (2023, None, False), (2024, None, False), (2025, None, True),
    ]  # fmt: skip
    assert made[-1].url.endswith("pnnfpv2025.html")


LISTS = Path(__file__).parent / "lists"
MUNICIPAL = "https://www.beijing.gov.cn/gongkai/zfxxgk/zfxxgknb/2018nb/qzf/"


def archived(registry: Registry, *more: tuple[str, str]) -> dict[str, str]:
    """Return lists as the archive would keep them: address to text."""
    return {MUNICIPAL: (LISTS / "municipal.html").read_text(encoding="utf-8"), **dict(more)}


def leads_of(registry: Registry, texts: dict[str, str]) -> set[tuple[str, int | None, str, str]]:
    found = known_leads(registry, TODAY, lambda url: (texts[url], url) if url in texts else None)
    return {(each.body_id, each.year, each.url, each.source) for each in found}


def test_the_lists_that_were_fetched_lead_to_reports_over_all_their_pages(registry: Registry) -> None:
    before = leads_of(registry, {})
    more = "<a href=t9.html>北京市平谷区人民政府2018年政府信息公开工作年度报告</a>"
    found = leads_of(registry, archived(registry, (f"{MUNICIPAL}index_2.html", more))) - before
    assert found == {
        ("110116", 2018, f"{MUNICIPAL}201903/t20190319_100.html", "beijing-districts"),
        ("110112", 2018, f"{MUNICIPAL}201903/t20190319_101.html", "beijing-districts"),
        ("110101", 2018, "http://www.bjdch.example/2018/t3.html", "beijing-districts"),
        ("110117", 2018, f"{MUNICIPAL}t9.html", "beijing-districts"),
    }


def test_the_last_good_list_counts_whatever_was_answered_later(
    registry: Registry, shipped_captures: tuple[Capture, ...]
) -> None:
    def capture(day: int, verdict: str) -> Capture:
        moment = shipped_captures[0].captured_at.replace(day=day)
        return replace(
            shipped_captures[0],
            url=MUNICIPAL,
            captured_at=moment,
            verdict=verdict,
            kind="fetched",
            sha256=str(day),
        )

    captures = [
        capture(day, verdict)
        for day, verdict in ((3, "short_list"), (2, "list"), (1, "list"), (4, "unchanged"))
    ]
    read_list = archived_lists(captures, lambda each: f"list {each.sha256}".encode())
    assert read_list(MUNICIPAL) == ("list 2", MUNICIPAL)
    assert read_list("https://www.beijing.gov.cn/") is None


def test_an_address_stands_once_in_whatever_forms_it_is_known(registry: Registry) -> None:
    urls = [lead.url for lead in known_leads(registry, TODAY, lambda _: None)]
    assert len(urls) == len(set(map(address_key, urls))) == len(set(urls))


def test_body_and_year_narrow_what_is_wanted(registry: Registry) -> None:
    targets: list[Target] = [*list_addresses(registry, TODAY), *known_leads(registry, TODAY, lambda _: None)]
    mine = [each for each in targets if wants(registry, each, "110116", 2018)]
    assert {each.body_id for each in mine} == {
        "110000",
        "110116",
    }  # the municipal list has Huairou's report too
    assert {each.sought for each in mine} == {2018}
    both = [each for each in targets if wants(registry, each, "110105", 2018)]
    assert "http://www.bjchy.gov.cn/zfxxgk/gknb/" in {each.url for each in both}  # a list of all years
    assert [each for each in targets if wants(registry, each, "", None)] == targets


def test_no_year_is_open_before_it_is_over() -> None:
    assert open_years(date(2026, 1, 1))[-1] == 2025
    assert open_years(date(2025, 12, 31))[-1] == 2024
