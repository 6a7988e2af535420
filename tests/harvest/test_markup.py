"""Hostile markup is refused before a parser or a search stalls on it; that of portals never is."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.errors import ReadError
from flows.harvest.markup import ATTRIBUTES, DEPTH, check_markup, strip_hidden
from tests.conftest import PAGES, ROOT

MANY = 300_000
HOSTILE = {
    "tags in each other": "<div>" * MANY,
    "tags in each other, with others closed": "<div></b>" * MANY,
    "tags of many kinds": "".join(f"<x{n}>" for n in range(DEPTH + 1)),
    "attributes": f"<p {' '.join(f'a{n}=1' for n in range(MANY))}>",
    "attributes without blanks": f"<p {''.join(f'a{n}=' for n in range(MANY))}>",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_a_parser_stalls_on_is_refused_in_a_moment(kind: str) -> None:
    began = time.monotonic()
    with pytest.raises(ReadError) as caught:
        check_markup(HOSTILE[kind], "http://a.example/")
    assert time.monotonic() - began < 3
    assert all("http://a.example/" in text for text in caught.value.text)


@pytest.mark.parametrize("opener", ["<script>", "<!--", "<style>", "<script><!--"])
def test_what_nothing_closes_is_passed_over_in_a_moment(opener: str) -> None:
    began = time.monotonic()
    assert strip_hidden(opener * MANY) == opener * MANY
    assert time.monotonic() - began < 3


def test_at_the_limit_it_is_a_page() -> None:
    check_markup("<div>" * DEPTH, "page")
    check_markup(f"<p {' '.join(['a'] * ATTRIBUTES)}>", "page")
    check_markup("<p><li><td><br>" * MANY, "page")  # what need not be closed
    check_markup(f"<script>{'<div>' * MANY}</script>", "page")
    check_markup(f'<img src="data:image/png;base64,{"A" * 1_000_000}==">', "page")


@pytest.mark.parametrize(
    "path",
    sorted([*PAGES.glob("*.html"), *(ROOT / "tests" / "golden").glob("*.html")]),
    ids=lambda path: path.name,
)
def test_pages_are_never_refused(path: Path) -> None:
    check_markup(path.read_bytes().decode("utf-8", "ignore"), path.name)


@given(
    st.lists(
        st.sampled_from(
            ["a", "<script>", "</script>", "<!--", "-->", "<style>", "</STYLE >", "<", ">", "<b>"]
        ),
        max_size=12,
    )
)
def test_no_script_style_or_comment_that_is_closed_stays(pieces: list[str]) -> None:
    left = strip_hidden("".join(pieces))
    assert strip_hidden(left).count("</script>") == left.count("</script>")
    assert len(left) <= len("".join(pieces))
    for opener, closer in (("<script>", "</script>"), ("<style>", "</style >")):
        before, found, _ = left.lower().partition(opener)
        assert not found or closer not in left.lower()[len(before) :] or "<!--" in before
