"""Stock frictionless, which knows the contribution's own schemas alone, gives the verdict of `gongkai contribute check`."""

from collections.abc import Callable, Mapping
from pathlib import Path

import frictionless
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.contribute.check import check_contribution
from flows.contribute.faults import rules_of
from flows.contribute.opened import open_contribution
from flows.contribute.template import make_files
from flows.registry import Registry
from tests.contribute.files import REPORT, TODAY, changed, with_figure, write_files

Files = Mapping[str, bytes]
Change = Callable[[Files], Files]
STAFF = "v2014.organisation.staff"
CELL_CODES = ("required", "not_allowed", "not_plain", "not_figure", "formula")
CELL_TYPES = ("constraint-error", "type-error")


def figure(**cells: str) -> Change:
    return lambda files: with_figure(files, STAFF, **cells)


def evidence(**cells: str) -> Change:
    return lambda files: changed(files, "evidence.csv", lambda row: {**row, **cells})


def replaced(name: str, old: str, new: str, count: int = 1) -> Change:
    def change(files: Files) -> Files:
        assert old.encode() in files[name]
        return {**files, name: files[name].replace(old.encode(), new.encode(), count)}

    return change


def recoded(charset: str) -> Change:
    return lambda files: {**files, "figures.csv": files["figures.csv"].decode("utf-8-sig").encode(charset)}


def doubled(files: Files) -> Files:
    lines = files["figures.csv"].splitlines(keepends=True)
    return {**files, "figures.csv": b"".join([*lines, lines[5]])}


def mixed(files: Files) -> Files:
    lines = files["figures.csv"].splitlines(keepends=True)
    lines[20] = lines[20].decode().encode("gb18030")
    return {**files, "figures.csv": b"".join(lines)}


PLANTED: dict[str, tuple[str, Change]] = {
    "figure with a line end": ("not_figure", figure(figure="12\n")),
    "figure empty": ("required", figure(figure="")),
    "figure with a thousands mark": ("not_figure", figure(figure="1,204")),
    "figure in words": ("not_figure", figure(figure="十二")),
    "figure as a date": ("not_figure", figure(figure="3月4日")),
    "figure as a formula": ("formula", figure(figure="=1+1")),
    "unit unknown": ("not_allowed", figure(unit_printed="个人")),
    "page in words": ("not_plain", figure(page="three")),
    "page empty": ("required", figure(page="")),
    "row nought": ("not_plain", figure(row="0")),
    "note as a formula": ("formula", figure(note="=HYPERLINK(1)")),
    "note too long": ("not_plain", figure(note="a" * 501)),
    "scope unknown": ("not_allowed", figure(scope="whole")),
    "year of another century": ("not_plain", figure(year="1918")),
    "year of another form": ("not_in_form", figure(year="2022")),
    "body unknown": ("unknown_body", figure(body_id="110199")),
    "indicator misspelt": ("not_in_form", figure(indicator_id="v2014.organisation.staf")),
    "indicator of another form": ("not_in_form", figure(indicator_id="v2021.result.granted")),
    "applicant unknown": ("not_in_form", lambda files: changed(
        files, "figures.csv", lambda row: {**row, "applicant": row["applicant"].replace("total", "natural_person")})),
    "label moved": ("not_in_form", figure(label_zh="（三）设立政府信息公开查阅点数")),
    "unit of the form changed": ("not_in_form", figure(form_unit="件")),
    "evidence missing": ("no_evidence", figure(evidence_id="e2")),
    "evidence of another year": ("no_evidence", evidence(year="2017")),
    "row twice": ("duplicate", doubled),
    "no transcriber": ("required", evidence(transcriber="")),
    "transcriber hides": ("not_plain", evidence(transcriber="Wang\u202eWu")),
    "not agreed": ("not_allowed", evidence(agreed="no")),
    "other licence": ("not_allowed", evidence(licence="CC0")),
    "date in words": ("not_plain", evidence(date_seen="20 November")),
    "date that is none": ("not_plain", evidence(date_seen="2026-02-30")),
    "date before all reports": ("not_plain", evidence(date_seen="1999-01-01")),
    "address of a script": ("not_plain", evidence(url="javascript:alert(1)")),
    "file outside": ("not_plain", evidence(file="../scan.pdf")),
    "column renamed": ("header", replaced("figures.csv", ",figure,", ",value,")),
    "column too many": ("header", replaced("figures.csv", "note\r\n", "note,more\r\n")),
    "column missing": ("header", replaced("figures.csv", ",note\r\n", "\r\n")),
    "columns in another order": ("header", replaced("figures.csv", "body_id,year", "year,body_id")),
    "semicolons": ("header", replaced("figures.csv", ",", ";", -1)),
    "row too long": ("row_length", replaced("figures.csv", ",1,66,\r\n", ",1,66,x,y\r\n")),
    "row too short": ("row_length", replaced("figures.csv", ",1,66,\r\n", ",1,66\r\n")),
    "row blank": ("blank_row", replaced("figures.csv", "\r\n110116", "\r\n\r\n110116", 3)),
    "GBK": ("other_encoding", recoded("gb18030")),
    "UTF-16": ("other_encoding", recoded("utf-16")),
    "UTF-16 without its mark": ("other_encoding", recoded("utf-16-le")),
    "two encodings": ("mixed_encoding", mixed),
    "quotation mark not closed": ("not_csv", replaced("figures.csv", ",1,66,\r\n", ',1,66,"a\r\n')),
    "NUL": ("not_text", replaced("figures.csv", "Staff", "Sta\x00ff")),
    "not JSON": ("not_json", lambda files: {**files, "datapackage.json": b"{"}),
}  # fmt: skip


def cell_places(report: frictionless.Report) -> set[tuple[str, int, str]]:
    """Return the cells that frictionless finds wrong by themselves."""
    return {
        (task.place, row, column)
        for task in report.tasks
        for kind, row, column in task.flatten(["type", "rowNumber", "fieldName"])
        if kind in CELL_TYPES
    }


def validate(folder: Path) -> frictionless.Report:
    report: frictionless.Report = frictionless.validate(str(folder / "datapackage.json"))
    return report


def test_both_find_nothing_wrong_with_a_good_contribution(
    good: Files, tmp_path: Path, registry: Registry
) -> None:
    folder = write_files(tmp_path / "c", good)
    verdict = check_contribution(registry, open_contribution(folder), TODAY)
    assert verdict.usable
    assert {each.fault for each in verdict.faults} == {"sum_broken"}  # the report itself does not add up
    assert validate(folder).valid


@pytest.mark.parametrize("year", [2010, 2015, 2020, 2025])
def test_both_refuse_an_empty_contribution_of_every_form(
    year: int, registry: Registry, tmp_path: Path
) -> None:
    report = type(REPORT)("110116", year, "whole_area")
    folder = write_files(tmp_path / "c", make_files(registry, report))
    assert not check_contribution(registry, open_contribution(folder), TODAY).usable
    assert not validate(folder).valid


@pytest.mark.parametrize("name", PLANTED)
def test_both_refuse_a_planted_fault_in_the_same_cells(
    name: str, good: Files, tmp_path: Path, registry: Registry
) -> None:
    code, change = PLANTED[name]
    folder = write_files(tmp_path / "c", change(good))
    verdict = check_contribution(registry, open_contribution(folder), TODAY)
    assert not verdict.usable
    assert code in {each.fault for each in verdict.faults}
    assert rules_of(registry)[code]["stock"] == "true"
    report = validate(folder)
    assert not report.valid
    ours = {(each.file, each.row, each.column) for each in verdict.faults if each.fault in CELL_CODES}
    if code not in (
        "header",
        "row_length",
        "not_json",
        "other_encoding",
        "not_text",
        "mixed_encoding",
        "not_csv",
    ):
        assert ours == cell_places(report)


def test_the_faults_that_stock_tools_find_too_are_all_planted_here(registry: Registry) -> None:
    stock = {code for code, row in rules_of(registry).items() if row["stock"] == "true"}
    assert stock - {code for code, _ in PLANTED.values()} == {"hash_differs"}


CELLS = st.sampled_from(
    ["1", "-3", "0.5", "无", "blank", "1,2", " 7", "007", "=2", "２", "", "x", "未录", "1e3", "–", "5\n"]
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(figures=st.lists(CELLS, min_size=8, max_size=8), page=st.sampled_from(["1", "-", "0", "", "p1"]))
def test_both_agree_on_every_cell_whatever_is_written(
    figures: list[str], page: str, good: Files, registry: Registry, tmp_path: Path
) -> None:
    cells = iter(figures)
    files = changed(
        {**good, "figures.csv": b"".join(good["figures.csv"].splitlines(keepends=True)[:9])},
        "figures.csv",
        lambda row: {**row, "figure": next(cells), "page": page},
    )
    folder = write_files(tmp_path / "c", files)
    verdict = check_contribution(registry, open_contribution(folder), TODAY)
    report = validate(folder)
    found = {(each.file, each.row, each.column) for each in verdict.faults if each.fault in CELL_CODES}
    if "nothing_stated" not in {each.fault for each in verdict.faults}:
        assert verdict.usable == report.valid
        assert found == cell_places(report)
