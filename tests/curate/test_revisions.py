"""What became of a report after its first capture: every figure that changed in silence, every address that vanished."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from flows.curate.assemble import assemble_tables
from flows.curate.build import build_outcomes
from flows.curate.history import Revision, find_revised, find_revisions, removal_rows, revision_row
from flows.harvest.archive import append_captures
from flows.harvest.index import load_index
from flows.model import Capture, Extraction, Header, Observation, Value
from flows.registry import Registry
from tests.curate.test_sources import CITY, DAY, OWN, look
from tests.harvest.test_archive import FETCHED


def stating(**cells: int | str | None) -> Extraction:
    """Return an extraction with these cells: a number, None for a blank one, `-` for one that it does not have."""
    observations = tuple(
        Observation(
            indicator_id=f"v2014.{name}", applicant="total",
            value=Value(None, "blank") if text is None else Value(Decimal(text), "reported"),
            unit="item", unit_basis="form", raw_value="" if text is None else str(text), reading="table", locator="t1",
        )
        for name, text in cells.items() if text != "-"
    )  # fmt: skip
    return Extraction(Header("a title", "110116", 2018, "whole_area"), "2014", observations)


def find(*told: tuple[Capture, Extraction | None]) -> tuple[Revision, ...]:
    by_code = {each.capture_id: extraction for each, extraction in told}
    return find_revisions([each for each, _ in told], lambda capture: by_code[capture.capture_id])


def changes(revisions: tuple[Revision, ...]) -> list[tuple[str, object, object]]:
    rows = [revision_row(each) for each in revisions]
    return [
        (
            row["indicator_id"],
            row["old_value"] if row["old_value"] is not None else row["old_status"],
            row["new_value"] if row["new_value"] is not None else row["new_status"],
        )
        for row in rows
    ]


def test_every_cell_that_an_address_states_otherwise_is_a_revision_with_both_sides() -> None:
    one, two = look(1, sha="a"), look(9, sha="b")
    found = find((one, stating(a=1, b=2, c=None, d=4, e="-")), (two, stating(a=1, b=3, c=0, d="-", e=5)))
    assert changes(found) == [
        ("v2014.b", 2, 3), ("v2014.c", "blank", 0), ("v2014.d", 4, "not_in_report"), ("v2014.e", "not_in_report", 5),
    ]  # fmt: skip
    row = revision_row(found[0])
    assert (row["old_capture_id"], row["new_capture_id"]) == (one.capture_id, two.capture_id)
    assert (row["old_captured_at"], row["new_captured_at"]) == (one.captured_at, two.captured_at)
    assert (row["old_raw_value"], row["new_raw_value"], row["url"]) == ("2", "3", OWN)


def test_the_same_figures_in_other_bytes_are_no_revision() -> None:
    assert find((look(1, sha="a"), stating(a=1)), (look(2, sha="b"), stating(a=1))) == ()


def test_a_figure_that_changes_twice_or_back_is_two_revisions() -> None:
    states = [
        (look(day, sha=sha), stating(a=figure))
        for day, sha, figure in ((1, "a", 1), (2, "b", 2), (3, "a", 1))
    ]
    assert changes(find(*states)) == [("v2014.a", 1, 2), ("v2014.a", 2, 1)]


def test_two_addresses_that_differ_and_a_transcription_are_no_revisions_of_each_other() -> None:
    other = look(2, sha="b", url=CITY)
    assert find((look(1, sha="a"), stating(a=1)), (other, stating(a=2))) == ()
    typed = look(0, sha="c", kind="transcription")
    assert find((typed, stating(a=9)), (look(1, sha="a"), stating(a=1))) == ()


def test_an_address_is_the_same_with_and_without_encryption_and_a_capture_of_no_use_is_passed_over() -> None:
    plain = look(1, sha="a", url=OWN.replace("https", "http"))
    found = find((plain, stating(a=1)), (look(2, sha="b"), None), (look(3, sha="c"), stating(a=2)))
    assert changes(found) == [("v2014.a", 1, 2)]
    assert (found[0].before, found[0].after.sha256) == (plain, "c")


def test_the_finding_names_the_first_change_and_every_cell_once() -> None:
    assert find_revised(()) == ()
    found = find(
        (look(1, sha="a"), stating(a=1, b=None)), (look(2, sha="b"), stating(a=2, b=3)), (look(3, sha="c"), stating(a=4, b=3))
    )  # fmt: skip
    (finding,) = find_revised(found)
    assert (finding.rule_id, finding.cells) == ("revised", ("v2014.a|total", "v2014.b|total"))
    for text in finding.message:
        assert "2026-04-02" in text
        assert "2026-04-04" in text
        assert "'1'" in text


def test_a_removal_says_since_when_how_that_is_known_and_where_our_capture_is() -> None:
    looks = [look(1), *(look(day, "gone") for day in (10, 12, 18, 40))]
    (row,) = removal_rows(looks)
    assert (row["gone_since"] - DAY, row["confirmed_at"] - DAY) == (timedelta(days=10), timedelta(days=18))
    assert (row["looks"], row["last_look"] - DAY, row["last_seen"] - DAY) == (
        4,
        timedelta(days=40),
        timedelta(days=1),
    )
    assert (row["capture_id"], row["file"], row["offset"], row["url"]) == (looks[0].capture_id, "a", 0, OWN)
    assert list(removal_rows(looks[:3])) == []
    (never,) = removal_rows(looks[1:])
    assert (never["capture_id"], never["last_seen"]) == (None, None)


def test_a_silent_edit_in_the_archive_is_published_with_old_and_new(
    tmp_path: Path, registry: Registry, huairou_page: bytes
) -> None:
    page = replace(FETCHED, payload=huairou_page)
    later = page.captured_at + timedelta(days=30)
    assert huairou_page.count(b">7<") == 1
    edited = replace(page, payload=huairou_page.replace(b">7<", b">8<"), captured_at=later)
    append_captures(tmp_path, [page, edited], [])
    captures = load_index(tmp_path, registry.schemas["published/captures"])
    outcomes = build_outcomes(registry, tmp_path, captures)
    tables = assemble_tables(registry, outcomes, captures)
    (row,) = tables["revisions"].to_pylist()
    assert (row["body_id"], row["year"], row["old_value"], row["new_value"]) == ("110116", 2018, 7, 8)
    published = {each["indicator_id"]: each["value"] for each in tables["observations"].to_pylist()}
    assert published[row["indicator_id"]] == 8
    assert [each["rule_id"] for each in tables["findings"].to_pylist() if each["rule_id"] == "revised"] == [
        "revised"
    ]


@pytest.mark.parametrize("broken", [b"<html>a login page</html>", b""])
def test_a_capture_between_that_is_no_report_hides_no_change(
    tmp_path: Path, registry: Registry, huairou_page: bytes, broken: bytes
) -> None:
    pages = [huairou_page, broken, huairou_page.replace(b">7<", b">8<")]
    new = [
        replace(FETCHED, payload=each, captured_at=FETCHED.captured_at + timedelta(days=n))
        for n, each in enumerate(pages)
    ]
    append_captures(tmp_path, new, [])
    captures = load_index(tmp_path, registry.schemas["published/captures"])
    (outcome,) = (each for each in build_outcomes(registry, tmp_path, captures) if each.revisions)
    assert [(each.before.capture_id, each.after.capture_id) for each in outcome.revisions] == [
        (new[0].capture_id, new[2].capture_id)
    ]
