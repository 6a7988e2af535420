"""Captures to outcomes: what can be used is published, what cannot has a reason, and neither touches the others."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.curate.assemble import assemble_tables, report_row
from flows.curate.build import Outcome, build_outcomes
from flows.harvest.archive import append_captures
from flows.harvest.index import load_index
from flows.harvest.warc import NewCapture
from flows.model import Capture
from flows.registry import load_registry
from tests.conftest import PAGES, ROOT
from tests.raw_set import HUAIROU_2018

REGISTRY = load_registry(ROOT / "schemas")
PAGE = HUAIROU_2018.payload.decode()
LOGIN = replace(HUAIROU_2018, payload=b"<html><body><form>login</form></body></html>")
MIYUN = replace(HUAIROU_2018, body_id="110118", payload=PAGE.replace("怀柔区", "密云区").encode())
DAY = timedelta(days=1)


def on_days(*captures: NewCapture) -> list[NewCapture]:
    """Return captures taken on one day after the other."""
    return [
        replace(each, captured_at=datetime(2026, 5, 1 + at, tzinfo=UTC)) for at, each in enumerate(captures)
    ]


def archived(raw: Path, *captures: NewCapture) -> tuple[Capture, ...]:
    append_captures(raw, captures, [])
    return load_index(raw, REGISTRY.schemas["published/captures"])


def build(raw: Path, captures: Sequence[Capture]) -> dict[tuple[str, int, str], Outcome]:
    outcomes = build_outcomes(REGISTRY, raw, captures)
    return {(each.report.body_id, each.report.year, each.report.scope): each for each in outcomes}


def damage(raw: Path, capture: Capture) -> None:
    """Turn one bit in the middle of a capture's record."""
    path = raw / capture.file
    content = bytearray(path.read_bytes())
    content[capture.offset + 400] ^= 1
    path.write_bytes(content)


HUAIROU, MIYUN_2018 = ("110116", 2018, "whole_area"), ("110118", 2018, "whole_area")
SUQIAN = ("321300", 2024, "whole_area")


def test_every_expected_report_has_an_outcome_and_only_captured_ones_are_published(raw: Path) -> None:
    captures = load_index(raw, REGISTRY.schemas["published/captures"])
    outcomes = build(raw, captures)
    bodies, years = len(REGISTRY.bodies), len(range(2008, 2027))
    assert Counter(outcome.state for outcome in outcomes.values()) == {
        "published": 2, "not_found": bodies * (years - 1) - 2, "not_due": bodies,
    }  # fmt: skip
    assert list(outcomes) == sorted(outcomes)
    assert [outcomes[key].capture for key in (HUAIROU, SUQIAN)] == list(captures)
    assert {key[1] for key, outcome in outcomes.items() if outcome.state == "not_due"} == {2026}


def test_a_report_without_a_capture_says_whether_its_address_is_known(raw: Path) -> None:
    outcomes = build(raw, load_index(raw, REGISTRY.schemas["published/captures"]))
    known, unknown = outcomes["110116", 2015, "whole_area"], outcomes["110116", 2016, "whole_area"]
    assert (known.reason and known.reason.en) == "address known, not captured yet"
    assert (unknown.reason and unknown.reason.en) == "no address known, not looked for yet"
    assert (known.reason and known.reason.zh) == "网址已知，尚未存档"


def test_no_capture_gives_no_outcome(tmp_path: Path) -> None:
    assert build(tmp_path, ()) == {}


def test_a_damaged_capture_is_left_out_with_its_reason_and_the_others_go_on(tmp_path: Path) -> None:
    captures = archived(tmp_path, *on_days(HUAIROU_2018, MIYUN))
    damage(tmp_path, captures[0])
    outcomes = build(tmp_path, captures)
    bad = outcomes[HUAIROU]
    assert (bad.state, [finding.rule_id for finding in bad.findings]) == ("unreadable", ["damaged_capture"])
    assert bad.reason is not None
    for text in bad.reason:
        assert captures[0].capture_id in text
        assert str(tmp_path) not in text, "what is published must not depend on where it was built"
    assert outcomes[MIYUN_2018].state == "published"


def test_a_missing_file_is_left_out_with_its_reason(tmp_path: Path) -> None:
    captures = archived(tmp_path, HUAIROU_2018)
    (tmp_path / captures[0].file).unlink()
    outcome = build(tmp_path, captures)[HUAIROU]
    assert outcome.state == "unreadable"
    assert outcome.reason is not None
    assert "the file is missing" in outcome.reason.en
    assert "缺少该文件" in outcome.reason.zh


@pytest.mark.parametrize(
    "change", [{"body_id": "110118"}, {"year": 2017}, {"scope": "own_body"}], ids=["body", "year", "scope"]
)
def test_a_capture_that_says_it_is_another_report_is_held_back(
    tmp_path: Path, change: dict[str, str]
) -> None:
    (capture,) = archived(tmp_path, replace(HUAIROU_2018, **change))  # type: ignore[arg-type]
    outcome = build(tmp_path, [capture])[capture.body_id, capture.year, capture.scope]
    assert outcome.state == "quarantined"
    assert [finding.rule_id for finding in outcome.findings] == ["other_report"]
    assert outcome.extraction is None
    assert outcome.reason is not None
    for text in outcome.reason:
        assert "110116 2018 whole_area" in text
        assert f"{capture.body_id} {capture.year} {capture.scope}" in text


@pytest.mark.parametrize("newest", [LOGIN, MIYUN], ids=["a login page", "another body's report"])
def test_a_newest_capture_that_cannot_be_used_leaves_the_older_one_in_use_with_a_finding(
    tmp_path: Path, newest: NewCapture
) -> None:
    captures = archived(tmp_path, *on_days(HUAIROU_2018, replace(newest, body_id="110116")))
    outcome = build(tmp_path, captures)[HUAIROU]
    assert (outcome.state, outcome.capture, outcome.captures) == ("published", captures[0], captures)
    rules = [finding.rule_id for finding in outcome.findings]
    assert rules[0] == ("unknown_form" if newest is LOGIN else "other_report")
    assert "V14-REPLY-SUM" in rules


def test_a_damaged_newest_capture_leaves_the_older_one_in_use(tmp_path: Path) -> None:
    edited = replace(HUAIROU_2018, payload=PAGE.replace("3394", "3395").encode())
    captures = archived(tmp_path, *on_days(HUAIROU_2018, edited))
    damage(tmp_path, captures[1])
    outcome = build(tmp_path, captures)[HUAIROU]
    assert (outcome.state, outcome.capture) == ("published", captures[0])
    assert outcome.findings[0].rule_id == "damaged_capture"


def test_the_newest_usable_capture_is_the_one_published(tmp_path: Path) -> None:
    edited = replace(HUAIROU_2018, payload=PAGE.replace("3394", "3395").encode())
    captures = archived(tmp_path, *on_days(HUAIROU_2018, edited))
    outcome = build(tmp_path, captures)[HUAIROU]
    assert outcome.capture == captures[1]
    assert outcome.extraction is not None
    assert [each.raw_value for each in outcome.extraction.observations][-1] == "3395"


def test_a_report_of_an_office_alone_is_a_report_of_its_own(tmp_path: Path) -> None:
    alone = PAGE.replace("全区数字由各部门、各镇乡街道上报后汇总而成，", "")
    office = replace(HUAIROU_2018, scope="own_body", payload=alone.encode())
    outcomes = build(tmp_path, archived(tmp_path, office))
    assert outcomes["110116", 2018, "own_body"].state == "published"
    assert outcomes[HUAIROU].state == "not_found"


EDITED = replace(HUAIROU_2018, payload=PAGE.replace("3394", "3395").encode())


@pytest.mark.parametrize(
    ("seen", "changed"),
    [
        ([HUAIROU_2018], 1),
        ([HUAIROU_2018, HUAIROU_2018, HUAIROU_2018], 1),
        ([HUAIROU_2018, HUAIROU_2018, EDITED, EDITED], 3),
        ([HUAIROU_2018, EDITED, HUAIROU_2018], 3),
        ([EDITED, HUAIROU_2018, HUAIROU_2018], 2),
    ],
)
def test_last_changed_is_when_the_present_bytes_were_first_seen(
    tmp_path: Path, seen: list[NewCapture], changed: int
) -> None:
    captures = archived(tmp_path, *on_days(*seen))
    row = report_row(REGISTRY, build(tmp_path, captures)[HUAIROU])
    assert row["first_seen"] == captures[0].captured_at
    assert row["last_seen"] == captures[-1].captured_at
    assert row["last_changed"] == datetime(2026, 5, changed, tzinfo=UTC)


def test_every_capture_that_is_tried_is_ticked_off(tmp_path: Path) -> None:
    captures = archived(tmp_path, *on_days(HUAIROU_2018, LOGIN, MIYUN))
    seen: list[Capture] = []
    build_outcomes(REGISTRY, tmp_path, captures, seen.append)
    assert set(seen) == set(captures)


@pytest.mark.parametrize("cores", [1, 3])
def test_the_outcomes_are_the_same_on_any_number_of_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cores: int
) -> None:
    pages = [
        replace(HUAIROU_2018, body_id=body, year=year)
        for body in ("110101", "110116")
        for year in (2016, 2018)
    ]
    captures = archived(tmp_path, *on_days(LOGIN, *pages, MIYUN))
    expected = build_outcomes(REGISTRY, tmp_path, captures)
    monkeypatch.setattr("flows.curate.build.CORES", cores)
    assert build_outcomes(REGISTRY, tmp_path, captures) == expected


def test_a_fault_of_ours_in_one_thread_ends_the_build(tmp_path: Path) -> None:
    def fail(_: Capture) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        build_outcomes(REGISTRY, tmp_path, archived(tmp_path, HUAIROU_2018), fail)


SOURCES = [
    (PAGES / name).read_text(encoding="utf-8")
    for name in ("huairou_2018.html", "huairou_2018.txt", "suqian_2024.html")
]
SCRAPS = (
    "",
    "x",
    "<td>",
    "</tr>",
    "</table>",
    "<table>",
    "\x00",
    "1",
    "１,2",
    "件",
    " ",
    "\n",
    "无",
    "区",
    "-",
    "<td rowspan=3>",
)


def break_page(chance: random.Random) -> bytes:
    """Return a real page with pieces lost, doubled, overwritten or put in: what crawlers bring home."""
    text = chance.choice(SOURCES)
    for _ in range(chance.randint(1, 6)):
        at, size = chance.randrange(len(text) + 1), chance.randrange(400)
        scrap = chance.choice(SCRAPS) * chance.randint(1, 5)
        text = chance.choice([
            text[:at] + text[at + size :], text[: at + size] + text[at:], text[:at] + scrap + text[at:],
            text[:at] + scrap + text[at + size :], text[:at],
        ])  # fmt: skip
    return text.encode() or b"x"


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_no_page_however_broken_stops_the_others_or_the_tables(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    raw, chance = tmp_path_factory.mktemp("raw"), random.Random(seed)
    places = [(body, year) for body in sorted(REGISTRY.bodies)[:5] for year in range(2014, 2018)]
    moments = (HUAIROU_2018.captured_at + timedelta(minutes=at) for at in range(1, len(places) + 1))
    broken = [  # at other moments: a page that came out whole would be the same capture
        replace(HUAIROU_2018, payload=break_page(chance), body_id=body, year=year, captured_at=later)
        for later, (body, year) in zip(moments, places, strict=True)
    ]
    captures = archived(raw, HUAIROU_2018, *broken)
    outcomes = build(raw, captures)
    assert outcomes[HUAIROU].state == "published"
    for outcome in outcomes.values():
        if outcome.captures:
            assert outcome.state in ("published", "quarantined", "unreadable")
            assert (outcome.reason is None) == (outcome.state == "published")
    tables = assemble_tables(REGISTRY, list(outcomes.values()), captures)
    assert tables["observations"].num_rows >= 71


@pytest.mark.parametrize("other", [{"verdict": "missing"}, {"verdict": "challenge"}, {"parent_id": "0" * 16}])
def test_a_look_that_found_no_report_is_never_read_as_one(tmp_path: Path, other: dict[str, str]) -> None:
    newer = replace(HUAIROU_2018, payload=PAGE.replace("3394", "9999").encode(), **other)  # type: ignore[arg-type]
    captures = archived(tmp_path, *on_days(HUAIROU_2018, newer))
    outcome = build(tmp_path, captures)[HUAIROU]
    assert (outcome.state, outcome.capture) == ("published", captures[0])
