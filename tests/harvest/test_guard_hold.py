"""The hold of the guard (FAULTS 21): of 60 false pages none is accepted, of 200 reports none is refused."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from flows.harvest.answer import FetchedPage
from flows.harvest.guard import Verdict, judge_page
from flows.model import Report
from flows.registry import Registry
from tests.portal.city.reports import FILES, Story, print_page, story_of
from tests.portal.falsehoods import print_falsehoods
from tests.portal.frame import Middle
from tests.portal.titles import DEPARTMENTS, TOWNS

DAY = date(2019, 3, 19)
NOW = datetime(2026, 4, 15, tzinfo=UTC)
SHAPES = ("html", "html_blocks", "prose", "html", "html_blocks", *FILES, "image")
REPORTS = 240


def judge(page: bytes, body_id: str, year: int, registry: Registry) -> Verdict:
    answer = FetchedPage("http://www.portal.example/t1.html", 200, {"Content-Type": "text/html"}, page, NOW)
    return judge_page(answer, Report(body_id, year, "whole_area", answer.url), registry)


def print_reports(registry: Registry) -> Iterator[tuple[str, Story, bytes]]:
    """Yield reports of all districts, years, forms and shapes as their portals would serve them."""
    districts = sorted(code for code, body in registry.bodies.items() if body.level == "district")
    for at in range(REPORTS):
        body = registry.bodies[districts[at % len(districts)]]
        year, shape = 2008 + at * 7 % 18, SHAPES[at % len(SHAPES)]
        shape = "html" if shape == "prose" and year >= 2019 else shape
        story = story_of(body, year, shape, at)
        file = "t1.png" if shape == "image" else f"t1.{shape}"
        yield (
            body.body_id,
            story,
            print_page(story, DAY, [] if shape in ("html", "html_blocks", "prose") else [file]),
        )


def test_no_report_is_refused_whatever_its_form_shape_charset_and_frame(registry: Registry) -> None:
    refused = []
    for body_id, story, page in print_reports(registry):
        verdict = judge(page, body_id, story.year, registry)
        if not verdict.accepted:
            refused.append((story.shape, story.year, story.title, verdict.verdict))
    assert refused == []


@pytest.mark.parametrize(("body_id", "year"), [("110116", 2018), ("110118", 2012), ("110108", 2024)])
def test_no_false_page_is_accepted_whatever_its_words_and_frame(
    registry: Registry, body_id: str, year: int
) -> None:
    body = registry.bodies[body_id]
    middle = Middle("", "", body.name_zh, f"北京市{body.name_zh}人民政府办公室", DAY)
    found = [
        (kind, judge(page, body_id, year, registry).verdict) for kind, page in print_falsehoods(middle, year)
    ]
    assert [each for each in found if each[1] == "accepted"] == []
    mistaken = Counter(each for each in found if each[0] != each[1])
    assert mistaken == {}
    assert len(found) >= 60
    assert len({kind for kind, _ in found}) >= 8


def test_no_report_of_somebody_else_is_accepted(registry: Registry) -> None:
    accepted = []
    for at, office in enumerate((*DEPARTMENTS, *TOWNS) * 3):
        story = story_of(registry.bodies["110116"], 2009 + at % 16, SHAPES[at % 2 * 5], at, office)
        page = print_page(story, DAY, ["t1.pdf"])
        if judge(page, "110116", story.year, registry).accepted:
            accepted.append(story.title)
    for at, other in enumerate(("110117", "110105")):
        story = story_of(registry.bodies[other], 2018, "html", at)
        if judge(print_page(story, DAY), "110116", 2018, registry).accepted:
            accepted.append(story.title)
    whole = story_of(registry.bodies["110116"], 2018, "html", 3)
    for year in (2017, 2019):
        if judge(print_page(replace(whole, year=year), DAY), "110116", 2018, registry).accepted:
            accepted.append(f"{whole.title} for {year}")
    assert accepted == []
