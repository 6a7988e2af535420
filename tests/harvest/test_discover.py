"""Which reports are wanted: due by the calendar, on official hosts, not fetched yet."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.harvest.discover import due_years, expected_reports, wanted_reports
from flows.model import Capture, Report
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


def test_wanted_is_what_is_known_due_and_not_fetched(
    registry: Registry, shipped_captures: tuple[Capture, ...]
) -> None:
    wanted = wanted_reports(registry, shipped_captures, TODAY)
    assert set(wanted) == set(registry.reports)  # a transcription is no fetch: the original is still wanted
    fetched = replace(shipped_captures[0], kind="fetched")
    left = wanted_reports(registry, [fetched], TODAY)
    assert {(each.body_id, each.year) for each in wanted} - {(each.body_id, each.year) for each in left} == {
        ("110116", 2018)
    }


def test_a_report_that_is_not_due_is_not_wanted(registry: Registry) -> None:
    assert max(report.year for report in wanted_reports(registry, [], date(2019, 1, 1))) == 2017


def test_a_report_on_a_host_that_is_not_official_is_not_wanted(registry: Registry) -> None:
    foreign = Report("110116", 2019, "whole_area", "http://www.example.com/report.html")
    assert foreign not in wanted_reports(replace(registry, reports=(*registry.reports, foreign)), [], TODAY)


def test_body_and_year_narrow_what_is_wanted(registry: Registry) -> None:
    mine = wanted_reports(registry, [], TODAY, "110118", 2018)
    assert [(report.body_id, report.year) for report in mine] == [("110118", 2018)]
    assert {report.body_id for report in wanted_reports(registry, [], TODAY, "110118")} == {"110118"}
    assert {report.year for report in wanted_reports(registry, [], TODAY, year=2018)} == {2018}
