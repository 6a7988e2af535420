"""Accepted contributions: they add figures with credit and provenance, they overwrite none, and they can be withdrawn."""

import csv
import json
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.contribute.accept import Deed, accept_contribution, withdraw_contribution
from flows.contribute.check import check_contribution
from flows.contribute.inbox import settle_waiting
from flows.contribute.opened import Opened
from flows.contribute.template import Scan
from flows.curate.build import Outcome, build_outcomes
from flows.curate.contributions import Act, Contribution, accepted_in, load_shelf, read_claim
from flows.curate.given import Said, give_figures
from flows.errors import UsageError
from flows.harvest.archive import read_capture
from flows.harvest.audit import audit_archive, look_at
from flows.harvest.index import load_index
from flows.harvest.order import newest_moment
from flows.harvest.store import Raw
from flows.model import Extraction, Finding, Observation, Report
from flows.publish.asof import rebuild_as_of
from flows.publish.release import build_release
from flows.registry import Registry
from tests.bucket import put as put_object
from tests.bucket import serve_buckets
from tests.command import list_tree, run_gongkai
from tests.contribute.files import TODAY, changed, filled, rows_of, with_figure, write_files

Files = Mapping[str, bytes]
OLD = Report("110116", 2016, "whole_area")  # a report that nobody ever captured
STAFF, TOTAL, SITES = "v2014.organisation.staff", "v2014.reply.total", "v2014.organisation.reading_points"
BY = "Zhao Liu 赵六"
MOMENT = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def old(registry: Registry, huairou: Extraction) -> dict[str, bytes]:
    """The files of a contribution about a report that nobody captured."""
    return filled(registry, huairou, OLD)


def put(registry: Registry, raw: Raw, files: Files, moment: datetime = MOMENT) -> Act:
    verdict = check_contribution(registry, Opened("sent", files), TODAY)
    assert verdict.usable, verdict.faults
    act, _ = accept_contribution(registry, raw, verdict, Deed("a maintainer", moment))
    return act


def by_other(files: Files, name: str = BY, **evidence: str) -> dict[str, bytes]:
    return changed(files, "evidence.csv", lambda row: {**row, "transcriber": name, **evidence})


def outcome_of(registry: Registry, raw: Raw, report: Report = OLD) -> Outcome:
    captures = load_index(raw, registry.schemas["published/captures"])
    (found,) = (each for each in build_outcomes(registry, raw, captures) if each.report.year == report.year
                and each.report.body_id == report.body_id and each.report.scope == report.scope)  # fmt: skip
    return found


def cells_of(outcome: Outcome) -> dict[str, Observation]:
    assert outcome.extraction is not None
    return {f"{each.indicator_id}|{each.applicant}": each for each in outcome.extraction.observations}


def found(outcome: Outcome, rule_id: str) -> list[Finding]:
    return [each for each in outcome.findings if each.rule_id == rule_id]


# One, two, three transcriptions


def test_one_transcription_alone_is_published_with_a_flag_on_every_figure(
    registry: Registry, raw: Path, old: Files
) -> None:
    act = put(registry, raw, old)
    outcome = outcome_of(registry, raw)
    assert outcome.state == "published"
    cells = cells_of(outcome)
    assert cells[f"{TOTAL}|total"].value.amount == Decimal(205)
    assert cells[f"{TOTAL}|total"].locator == f"contribution {act.contribution_id}: page 1 r43"
    assert {each.reading for each in cells.values()} == {"contribution"}
    (alone,) = found(outcome, "contribution_alone")
    assert set(alone.cells) == {
        cell for cell, each in cells.items() if each.value.status not in ("unreadable", "not_in_report")
    }
    assert len(found(outcome, "contributed_report")) == 1


def test_two_independent_transcriptions_that_agree_need_no_flag(
    registry: Registry, raw: Path, old: Files
) -> None:
    acts = [put(registry, raw, old), put(registry, raw, by_other(old))]
    outcome = outcome_of(registry, raw)
    assert found(outcome, "contribution_alone") == []
    locator = cells_of(outcome)[f"{TOTAL}|total"].locator
    assert {each.contribution_id for each in acts} == set(
        locator.removeprefix("contribution ").split(":")[0].split()
    )


@pytest.mark.parametrize(
    ("name", "second"),
    [("Wang Wu 王五", ""), ("WANG  WU 王五", ""), (BY, "wang wu 王五")],
    ids=["same", "spelt", "reader"],
)
def test_two_transcriptions_that_are_not_independent_count_as_one(
    name: str, second: str, registry: Registry, raw: Path, old: Files
) -> None:
    put(registry, raw, old)
    put(registry, raw, by_other(old, name, second_reader=second, note="again"))
    assert len(found(outcome_of(registry, raw), "contribution_alone")) == 1


def test_cells_on_which_two_disagree_have_no_figure_and_a_finding_with_both_sides(
    registry: Registry, raw: Path, old: Files
) -> None:
    put(registry, raw, old)
    put(registry, raw, by_other(with_figure(old, STAFF, figure="165")))
    outcome = outcome_of(registry, raw)
    (differ,) = found(outcome, "contributions_differ")
    assert (differ.cells, {differ.left, differ.right}) == ((f"{STAFF}|total",), {Decimal(156), Decimal(165)})
    assert BY in differ.message.en
    assert "王五" in differ.message.zh
    assert cells_of(outcome)[f"{STAFF}|total"].value.status == "unreadable"
    assert cells_of(outcome)[f"{TOTAL}|total"].value.amount == Decimal(205)


# Against what was read


FIGURES = st.sampled_from(["1", "205", "-3", "0.5", "无", "空白", "横线", "看不清", "未印", "未录", "999999"])


@given(figures=st.lists(FIGURES, min_size=142, max_size=142))
def test_no_contribution_ever_overwrites_a_figure_that_was_read(
    figures: list[str], registry: Registry, good: Files, huairou: Extraction
) -> None:
    rows = rows_of(good["figures.csv"])
    sent = [
        Contribution(
            Act(code, "accepted", "", "", "", "", "", captures="figures:0"),
            {"e1": {"transcriber": code, "second_reader": ""}},
            (),
        )
        for code in ("a", "b")
    ]
    key = ("110116", 2018, "whole_area")
    said = [
        Said(each, claim)
        for each, part in zip(sent, (figures[:71], figures[71:]), strict=True)
        for row, figure in zip(rows, part, strict=True)
        if (claim := read_claim({**row, "figure": figure}, each))
    ]
    after = {
        (each.indicator_id, each.applicant): each
        for each in give_figures(registry, key, huairou, said).extraction.observations
    }
    for each in huairou.observations:
        if each.value.status not in ("unreadable", "not_in_report"):
            assert after[each.indicator_id, each.applicant] == each
    assert {each.reading for each in after.values()} - {"table", "prose"} <= {"contribution"}


def test_a_figure_read_otherwise_stays_and_opens_a_finding(
    registry: Registry, raw: Path, good: Files
) -> None:
    put(registry, raw, with_figure(good, STAFF, figure="165"))
    outcome = outcome_of(registry, raw, Report("110116", 2018, "whole_area"))
    (disputed,) = found(outcome, "contribution_disputed")
    assert (disputed.cells, disputed.left, disputed.right) == (
        (f"{STAFF}|total",),
        Decimal(156),
        Decimal(165),
    )
    assert cells_of(outcome)[f"{STAFF}|total"].value.amount == Decimal(156)
    assert cells_of(outcome)[f"{STAFF}|total"].reading == "table"
    (confirmed,) = found(outcome, "contribution_confirms")
    assert len(confirmed.cells) == 70


# Kept for good


def test_a_contribution_is_kept_as_it_was_sent_and_its_scan_by_hash(
    registry: Registry, raw: Path, huairou: Extraction
) -> None:
    scan = Scan("scan.pdf", b"%PDF-1.7 made for a test")
    act = put(registry, raw, filled(registry, huairou, OLD, scan))
    captures = {each.capture_id: each for each in load_index(raw, registry.schemas["published/captures"])}
    sent = {name: captures[code] for name, code in (pair.split(":") for pair in act.captures.split())}
    assert {each.kind for each in sent.values()} == {"contributed"}
    assert read_capture(raw, sent["e1"]) == scan.data
    assert sent["e1"].sha256 == scan.sha256
    assert "Wang Wu 王五" in sent["e1"].source
    assert not sent["e1"].is_page
    outcome = outcome_of(registry, raw)
    assert outcome.capture == sent["e1"]
    assert {each.capture_id for each in cells_of(outcome).values()} == {sent["e1"].capture_id}
    assert audit_archive(raw, *look_at(raw, registry.schemas["published/captures"])[:1]).faults == ()


def test_accepting_again_changes_nothing_whatever_the_clock_and_the_shape(
    registry: Registry, raw: Path, old: Files
) -> None:
    first = put(registry, raw, old)
    before = list_tree(raw)
    lf = {**old, "figures.csv": old["figures.csv"].replace(b"\r\n", b"\n")}
    assert put(registry, raw, lf, datetime(2027, 1, 1, tzinfo=UTC)) == first
    assert list_tree(raw) == before


def test_a_withdrawn_contribution_leaves_the_release_and_not_the_record(
    registry: Registry, raw: Path, old: Files, tmp_path: Path
) -> None:
    act = put(registry, raw, old)
    kept = {name: data for name, data in list_tree(raw).items() if "contributions" in name}
    withdraw_contribution(raw, act.contribution_id, Deed("Wang Wu", MOMENT, "the scan is of 2015"))
    after = list_tree(raw)
    assert {name: after[name] for name in kept} == kept
    folder = build_release(registry, raw, tmp_path / "curated").published.folder
    rows = list(csv.DictReader((folder / "observations.csv").open(encoding="utf-8")))
    assert "contribution" not in {row["reading"] for row in rows}
    (row,) = csv.DictReader((folder / "contributions.csv").open(encoding="utf-8"))
    assert (row["state"], row["withdrawn_reason"], row["published"]) == (
        "withdrawn",
        "the scan is of 2015",
        "0",
    )
    assert len(json.loads((folder / "datapackage.json").read_text())["contributors"]) == 1
    with pytest.raises(UsageError, match="withdrawn on 2026-11-27"):
        put(registry, raw, old)
    with pytest.raises(UsageError, match="withdrawn on 2026-11-27"):
        withdraw_contribution(raw, act.contribution_id, Deed("", MOMENT))


def test_a_day_knows_the_contributions_that_were_accepted_by_then_and_no_later_one(
    registry: Registry, raw: Path, old: Files, tmp_path: Path
) -> None:
    def build() -> Path:
        return build_release(registry, raw, tmp_path / "curated").published.folder

    first = build()
    day = newest_moment(load_index(raw, registry.schemas["published/captures"]))
    assert day is not None
    act = put(registry, raw, old, day + timedelta(days=2))
    second = build()
    with_other = put(registry, raw, by_other(old), day + timedelta(days=4))
    withdraw_contribution(raw, act.contribution_id, Deed("Wang Wu", day + timedelta(days=4), "a wrong scan"))
    for days, folder, rows in ((1, first, 0), (3, second, 1)):
        then = rebuild_as_of(
            registry, raw, (tmp_path / "curated", tmp_path / "then"), (day + timedelta(days)).date()
        )
        assert (then.release, then.differing) == (folder, ())
        assert list_tree(then.folder) == list_tree(folder)
        held = list(csv.DictReader((then.folder / "contributions.csv").open(encoding="utf-8")))
        assert len(held) == rows
    assert with_other.contribution_id != act.contribution_id


def test_a_release_with_contributions_is_credited_valid_and_the_same_every_time(
    registry: Registry, raw: Path, old: Files, tmp_path: Path
) -> None:
    put(registry, raw, by_other(old, second_reader="Li Si 李四"))
    release = build_release(registry, raw, tmp_path / "curated")
    assert outcome_of(registry, raw) in release.outcomes
    one = release.published.folder
    people = json.loads((one / "datapackage.json").read_text(encoding="utf-8"))["contributors"][1:]
    assert people == [
        {"title": "Li Si 李四", "roles": ["secondReader"]},
        {"title": BY, "roles": ["transcriber"]},
    ]
    assert BY in (one / "README.md").read_text(encoding="utf-8")
    (row,) = csv.DictReader((one / "contributions.csv").open(encoding="utf-8"))
    assert (row["state"], row["cells"], row["published"]) == ("accepted", "71", "71")


def test_a_contribution_changed_after_it_was_accepted_is_left_out_and_loud(
    registry: Registry, raw: Path, old: Files
) -> None:
    act = put(registry, raw, old)
    path = Path(str(accepted_in(raw))) / f"{act.contribution_id}.figures.csv"
    path.write_bytes(path.read_bytes().replace(b",205,", b",206,"))
    outcome = outcome_of(registry, raw)
    assert outcome.extraction is None
    (damaged,) = found(outcome, "contribution_damaged")
    assert path.name in damaged.message.en


@pytest.mark.parametrize("name", ["accepted", "withdrawn"])
def test_a_damaged_act_leaves_its_contribution_out_and_stops_nothing(
    name: str, registry: Registry, raw: Path, old: Files
) -> None:
    act = put(registry, raw, old)
    withdraw_contribution(raw, act.contribution_id, Deed("", MOMENT, "a test"))
    path = Path(str(accepted_in(raw))) / f"{act.contribution_id}.{name}.csv"
    path.write_bytes(path.read_bytes()[:-30])
    shelf = load_shelf(raw)
    assert (shelf.standing, len(shelf.damaged)) == ((), 1)
    assert outcome_of(registry, raw, Report("110116", 2018, "whole_area")).state == "published"
    audited = run_gongkai("audit", "--raw", raw)
    assert (audited.code, path.name in audited.out) == (1, True)


def test_contributions_to_an_archive_in_a_bucket_are_kept_there_and_taken_from_its_zips(
    registry: Registry, old: Files, tmp_path: Path
) -> None:
    path = Path(shutil.make_archive(str(tmp_path / "sent"), "zip", write_files(tmp_path / "c", old)))
    with serve_buckets() as server:
        bucket = server.new_bucket()
        put_object(bucket, "contributions/sent.zip", path.read_bytes())
        put_object(bucket, "contributions/bad.zip", b"PK")
        settled = settle_waiting(registry, bucket, Deed("", MOMENT))
        assert {each.verdict.opened.name: each.accepted for each in settled} == {
            "sent": True,
            "bad.zip": False,
        }
        (code,) = (each.contribution_id for each in load_shelf(bucket).standing)
        withdraw_contribution(bucket, code, Deed("", MOMENT, "a test"))
        shelf = load_shelf(bucket)
    (kept,) = shelf.contributions
    assert kept.withdrawn is not None
    assert len(kept.claims) == 71
    assert [each.package for each in shelf.refused] == ["bad.zip"]


def test_an_archive_that_holds_contributions_alone_is_published(
    registry: Registry, old: Files, tmp_path: Path
) -> None:
    put(registry, tmp_path / "raw", old)
    folder = build_release(registry, tmp_path / "raw", tmp_path / "curated").published.folder
    rows = list(csv.DictReader((folder / "observations.csv").open(encoding="utf-8")))
    assert {row["reading"] for row in rows} == {"contribution"}


# The commands


def test_the_commands_accept_trace_and_withdraw_in_both_languages(
    raw: Path, old: Files, tmp_path: Path
) -> None:
    folder = write_files(tmp_path / "c", old)
    accepted = run_gongkai("contribute", "accept", folder, "--raw", raw, "--by", "me")
    assert accepted.code == 0
    code = accepted.out.strip()
    again = run_gongkai("contribute", "accept", folder, "--raw", raw, "--lang", "zh")
    assert (again.code, again.out.strip()) == (0, code)
    assert "此前已接受" in again.err
    traced = run_gongkai("trace", "110116", "2016", TOTAL, "--raw", raw)
    for said in (
        "205 件",
        "page 1 r43",
        f"contribution {code}: Wang Wu 王五",
        "Huairou District Library",
        "contribution_alone",
    ):
        assert said in traced.out
    assert run_gongkai("show", "110116-2016", "--raw", raw).code == 0
    assert run_gongkai("contribute", "withdraw", code, "--raw", raw).code == 2  # no reason
    gone = run_gongkai("contribute", "withdraw", code, "--raw", raw, "--reason", "wrong year", "--lang", "zh")
    assert "已撤回" in gone.err
    assert run_gongkai("trace", "110116", "2016", TOTAL, "--raw", raw).code == 2
    unknown = run_gongkai("contribute", "withdraw", "0" * 16, "--raw", raw, "--reason", "x")
    assert (unknown.code, "no such contribution" in unknown.err) == (2, True)


def test_what_has_errors_or_no_evidence_is_not_accepted(raw: Path, old: Files, tmp_path: Path) -> None:
    before = list_tree(raw)
    folder = write_files(tmp_path / "c", with_figure(old, STAFF, figure="1,204"))
    ran = run_gongkai("contribute", "accept", folder, "--raw", raw)
    assert (ran.code, "'1,204'" in ran.out) == (1, True)
    assert run_gongkai("contribute", "accept", folder / "figures.csv", "--raw", raw).code == 2
    assert list_tree(raw) == before
