"""What a simulated city answers at the address of a report: its page, or what goes wrong with it, by the name of the fault."""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from tests.portal import Answer, redirect
from tests.portal.city.plan import FAULTS, SINGLE_FAULTS, Page
from tests.portal.city.reports import Story, print_file, print_page
from tests.portal.falsehoods import print_falsehood
from tests.portal.frame import Middle

TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xls": "application/vnd.ms-excel",
}
BOMB = 64 * 1024 * 1024  # bytes that a small answer inflates to
PIECES = 40  # in which a slow answer comes


@dataclass(frozen=True)
class Asked:
    """What an answer depends on beside the page: the day, how often it was asked for before, where foreign redirects lead."""

    day: date
    seen: int
    away: str
    inside: str
    years: range


@cache
def print_story(story: Story, day: date, file: str, years: range) -> bytes:
    """Return the page of a story, printed once."""
    return print_page(story, day, [file] if file else [], years)


def answer_page(page: Page, asked: Asked) -> Answer:
    """Return what stands at the address of a page on a day."""
    if not page.is_up(asked.day):
        return falsehood("missing", page, 404)
    if page.fault in ANSWERS:
        return ANSWERS[page.fault](page, asked)
    return whole(page, asked)


def answer_file(page: Page, asked: Asked) -> Answer:
    """Return the attachment of a page."""
    if not page.is_up(asked.day):
        return falsehood("missing", page, 404)
    return Answer(print_file(page.story_on(asked.day)), media_type=TYPES[page.shown.shape])


def whole(page: Page, asked: Asked) -> Answer:
    """Return the report as it is."""
    charset = "text/html" if page.story.seed % 2 else "text/html; charset=utf-8"
    body = print_story(page.story_on(asked.day), page.appears, page.file, asked.years)
    return Answer(body, media_type=charset if body.startswith(b"<!DOCTYPE") else "text/html")


def falsehood(kind: str, page: Page, status: int = 200) -> Answer:
    """Return a page of another kind in the report's place."""
    middle = Middle(page.story.title, "", page.story.area, page.story.author, page.appears)
    return Answer(print_falsehood(kind, middle, page.story.year, page.story.seed % 7), status)


def once(first: Answer, page: Page, asked: Asked) -> Answer:
    """Return a failure for the first request, the report for all that follow."""
    return first if asked.seen == 0 else whole(page, asked)


def cut(page: Page, asked: Asked) -> Answer:
    """Return half of a report under the length of the whole."""
    body = whole(page, asked).body
    return Answer(body[: len(body) // 2], stated=len(body))


def drip(page: Page, asked: Asked) -> Answer:
    """Return a report that comes in pieces, too slowly for anybody's patience."""
    body = whole(page, asked).body
    size = len(body) // PIECES + 1
    return Answer(pieces=[body[at : at + size] for at in range(0, len(body), size)], pause=0.25)


def burst(page: Page, asked: Asked) -> Answer:
    """Return a small answer that inflates beyond any page."""
    return Answer(gzip.compress(bytes(BOMB), 9), headers={"Content-Encoding": "gzip"})


ANSWERS: Mapping[str, Callable[[Page, Asked], Answer]] = {
    **{kind: lambda page, asked, kind=kind: falsehood(kind, page) for kind in  # type: ignore[misc]
       ("missing", "blocked", "login", "failing", "other", "empty")},
    "missing_here": lambda page, asked: falsehood("missing", page),
    "forbidden": lambda page, asked: falsehood("blocked", page, 403),
    "challenge_412": lambda page, asked: falsehood("challenge", page, 412),
    "challenge_521": lambda page, asked: falsehood("challenge", page, 521),
    "gone": lambda page, asked: falsehood("missing", page, 404),
    "gone_410": lambda page, asked: falsehood("missing", page, 410),
    "busy_once": lambda page, asked: once(replace(falsehood("busy", page, 429), headers={"Retry-After": "2"}), page, asked),
    "failing_once": lambda page, asked: once(falsehood("failing", page, 503), page, asked),
    "cut_once": lambda page, asked: once(cut(page, asked), page, asked),
    "cut": cut,
    "slow": drip,
    "moved": lambda page, asked: redirect(f"/moved{page.path}", 301, b"moved"),
    "moved_away": lambda page, asked: redirect(f"{asked.away}{page.path}"),
    "moved_inside": lambda page, asked: redirect(f"{asked.inside}{page.path}"),
    "loop": lambda page, asked: redirect(page.path),
    "bomb": burst,
    "file": lambda page, asked: Answer(print_file(replace(page.shown, shape="pdf")), media_type=TYPES["pdf"]),
    "closed": lambda page, asked: replace(whole(page, asked), stated=None),
    "busy": lambda page, asked: falsehood("busy", page, 503),
}  # fmt: skip
assert ANSWERS.keys() <= {*FAULTS, *SINGLE_FAULTS}
