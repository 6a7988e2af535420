"""Contributions that mean harm, or that a spreadsheet mangled: refused by name, nothing asked of the network, nothing written."""

import io
import json
import os
import re
import socketserver
import struct
import threading
import time
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from flows.contribute.check import check_contribution
from flows.contribute.columns import field_names
from flows.contribute.faults import fault_row, rules_of
from flows.contribute.opened import MAX_SIZE, open_contribution
from flows.contribute.rows import read_table
from flows.contribute.sums import check_sums
from flows.contribute.workbook import read_workbook
from flows.errors import UsageError
from flows.registry import Registry
from tests.command import list_tree
from tests.contribute.conftest import Judge
from tests.contribute.files import TODAY, changed, rows_of, with_figure, with_workbook, write_files

Files = Mapping[str, bytes]
STAFF = "v2014.organisation.staff"


def packed(entries: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, content in entries.items():
            info = zipfile.ZipInfo("x")
            info.filename = info.orig_filename = name  # the constructor would tidy the name
            info.compress_type = method
            file.writestr(info, content)
    return out.getvalue()


def codes(path: Path) -> set[str]:
    return {each.fault for each in open_contribution(path).faults}


# Names and kinds of files (36)

NAMES = {
    "up": "../evil.csv", "up inside": "evidence/../../evil", "absolute": "/etc/evil", "backslash": "..\\evil",
    "drive": "C:evil", "nul": "a\x00b", "turned round": "evidence/\u202efdp.exe", "long": "a" * 300, "device": "evidence/con.png",
    "deep": "a/b/c/d/e", "dot": "./figures.csv", "ends in a dot": "evidence/scan.pdf.",
}  # fmt: skip


@pytest.mark.parametrize("kind", NAMES)
def test_a_zip_with_a_name_that_could_do_harm_is_refused_unread(
    kind: str, tmp_path: Path, good: Files
) -> None:
    path = tmp_path / "c.zip"
    path.write_bytes(packed({**good, NAMES[kind]: b"x"}))
    before = list_tree(tmp_path)
    opened = open_contribution(path)
    assert {each.fault for each in opened.faults} == {"unsafe_name"}
    assert opened.files == {}
    assert list_tree(tmp_path) == before


@pytest.mark.parametrize("twin", ["figures.csv", "FIGURES.csv", "ｆigures.csv"])
def test_two_names_that_some_machine_takes_for_one_are_refused(
    twin: str, tmp_path: Path, good: Files
) -> None:
    out = io.BytesIO(packed(good))
    with zipfile.ZipFile(out, "a") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile says that the name is there twice, and takes it
        file.writestr(twin, b"x")
    (tmp_path / "c.zip").write_bytes(out.getvalue())
    assert codes(tmp_path / "c.zip") == {"twin_name"}


def test_links_pipes_and_linked_zip_entries_are_refused(tmp_path: Path, good: Files) -> None:
    folder = write_files(tmp_path / "c", good)
    (folder / "evidence").mkdir()
    (folder / "evidence" / "scan.pdf").symlink_to("/etc/passwd")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe")
    assert codes(folder) == {"link", "special_file"}
    info = zipfile.ZipInfo("evidence/scan.pdf")
    info.external_attr = (0o120777 << 16) | 0
    out = io.BytesIO(packed(good))
    with zipfile.ZipFile(out, "a") as file:
        file.writestr(info, "/etc/passwd")
    (tmp_path / "l.zip").write_bytes(out.getvalue())
    assert codes(tmp_path / "l.zip") == {"link"}


def test_a_folder_packed_by_a_mac_is_the_contribution_that_is_in_it(
    tmp_path: Path, good: Files, registry: Registry
) -> None:
    inside = {f"mine/{name}": content for name, content in good.items()}
    path = tmp_path / "c.zip"
    path.write_bytes(packed({**inside, "__MACOSX/mine/._figures.csv": b"x", "mine/.DS_Store": b"x"}))
    assert check_contribution(registry, open_contribution(path), TODAY).usable


def test_the_name_of_a_contribution_is_shown_without_what_hides_in_it(tmp_path: Path, good: Files) -> None:
    folder = write_files(tmp_path / "a\u202eb\nc", good)
    assert open_contribution(folder).name == "a\\u202eb\\nc"


def test_what_is_no_contribution_at_all_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(b"%PDF-")
    for path in (tmp_path / "none", tmp_path / "scan.pdf", Path("/dev/zero\x00")):
        with pytest.raises(UsageError, match="Give the folder of a contribution"):
            open_contribution(path)
    assert codes(Path("/dev/zero")) == {"special_file"}


# Sizes and bombs (38, 39)


def test_ten_gigabytes_are_refused_by_their_size_in_a_second(tmp_path: Path, good: Files) -> None:
    folder = write_files(tmp_path / "c", good)
    with (folder / "figures.csv").open("wb") as file:
        file.truncate(10_000_000_000)
    began = time.perf_counter()
    assert codes(folder) == {"too_large"}
    assert codes(folder / "figures.csv") == {"too_large"}
    assert time.perf_counter() - began < 1


def test_bombs_and_forged_sizes_are_refused(tmp_path: Path, good: Files) -> None:
    zeros = packed({**good, "evidence/a.png": bytes(30_000_000)})
    (tmp_path / "zeros.zip").write_bytes(zeros)
    assert codes(tmp_path / "zeros.zip") == {"zip_ratio"}
    much = packed({**good, "evidence/a.png": bytes(MAX_SIZE)})
    (tmp_path / "much.zip").write_bytes(much)
    assert codes(tmp_path / "much.zip") == {"zip_ratio", "too_large"}
    many = packed({f"evidence/{at}.png": b"x" for at in range(300)})
    (tmp_path / "many.zip").write_bytes(many)
    assert codes(tmp_path / "many.zip") == {"too_many_files"}
    size = struct.pack("<I", len(good["figures.csv"]))
    forged = packed(good).replace(size, struct.pack("<I", 100))
    (tmp_path / "forged.zip").write_bytes(forged)
    assert codes(tmp_path / "forged.zip") == {"zip_damaged"}
    for name, data in {"cut": packed(good)[:-40], "none": b"PK", "flipped": flip(packed(good))}.items():
        (tmp_path / f"{name}.zip").write_bytes(data)
        assert codes(tmp_path / f"{name}.zip") == {"zip_damaged"}, name


def flip(data: bytes) -> bytes:
    at = len(data) // 2
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


def test_a_cell_without_end_and_rows_without_end_are_refused(judge: Judge, good: Files) -> None:
    long = with_figure(good, STAFF, note="a" * 200_000)
    assert "not_plain" in {each.fault for each in judge(long).faults}
    open_quote = {**good, "figures.csv": good["figures.csv"] + b'110116,"' + b"x\n" * 1000}
    assert "not_csv" in {each.fault for each in judge(open_quote).faults}
    header = good["figures.csv"].splitlines(keepends=True)[0]
    rows = header + b",,,,,,,,,,,,,x\r\n" * 200_005
    table = read_table("figures.csv", rows, header.decode("utf-8-sig").strip().split(","))
    assert [each.fault for each in table.faults] == ["too_many_rows"]


# Descriptors that lead elsewhere (37)


class Counter(socketserver.StreamRequestHandler):
    asked: list[bytes] = []  # noqa: RUF012

    def handle(self) -> None:
        self.asked.append(self.rfile.readline())


@pytest.fixture
def canary() -> Iterator[str]:
    Counter.asked.clear()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Counter) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
    assert Counter.asked == []


def elsewhere(address: str) -> dict[str, object]:
    """Return ways of a resource to lead out of its folder."""
    return {
        "path": f"{address}figures.csv", "path file": "file:///etc/passwd", "path up": "../figures.csv",
        "path absolute": "/etc/passwd", "path list": ["figures.csv", f"{address}more.csv"], "schema": f"{address}schema.json",
        "schema name": "schema.json", "dialect": f"{address}dialect.json", "profile": f"{address}profile.json",
        "$schema": f"{address}resource.json", "data": [["a"]], "schema $schema": {"$schema": f"{address}s.json", "fields": []},
        "schema $ref": {"$ref": f"{address}s.json"}, "extrapaths": [f"{address}a.csv"],
    }  # fmt: skip


def test_a_descriptor_that_leads_elsewhere_is_refused_and_nobody_is_asked(
    judge: Judge, good: Files, canary: str
) -> None:
    for way, value in elsewhere(canary).items():
        content = json.loads(good["datapackage.json"])
        content["resources"][0][way.split()[0]] = value
        verdict = judge({**good, "datapackage.json": json.dumps(content).encode()})
        found = {each.fault for each in verdict.faults} & {"remote_path", "other_descriptor"}
        assert found, way
        assert not verdict.usable
    for key in ("$schema", "profile", "resources"):
        content = json.loads(good["datapackage.json"]) | {key: f"{canary}x.json"}
        assert not judge({**good, "datapackage.json": json.dumps(content).encode()}).usable
    for odd in (b"[" * 100_000, b'{"resources": {}}', b"[]", b"\xff", b"{}" + b" " * 2_000_000):
        assert not judge({**good, "datapackage.json": odd}).usable


def test_a_contribution_that_brings_its_own_laws_is_judged_by_the_project_s(
    judge: Judge, good: Files
) -> None:
    content = json.loads(good["datapackage.json"])
    for each in content["resources"]:
        each["schema"] = {"fields": []}
    lax = with_figure({**good, "datapackage.json": json.dumps(content).encode()}, STAFF, figure="many")
    found = {each.fault for each in judge(lax).faults}
    assert {"other_schema", "not_figure"} <= found
    own = {**good, "cells.csv": good["cells.csv"].replace(b"staff", b"stuff")}
    assert "other_schema" in {each.fault for each in judge(own).faults}


# Encodings (40)

ENCODED = {
    "GBK": ("gb18030", "other_encoding", "GBK"), "Big5": ("cp950", "other_encoding", "Big5"),
    "UTF-16": ("utf-16", "other_encoding", "UTF-16"), "UTF-16 LE": ("utf-16-le", "other_encoding", "UTF-16"),
    "UTF-16 BE": ("utf-16-be", "other_encoding", "UTF-16"),
}  # fmt: skip


@pytest.mark.parametrize("name", ENCODED)
def test_other_encodings_are_refused_by_their_name(name: str, judge: Judge, good: Files) -> None:
    charset, code, said = ENCODED[name]
    text = good["figures.csv"].decode("utf-8-sig")
    if charset == "cp950":
        text = re.sub(r"[^\x00-\x7f]", "一", text).replace("一" * 4, "政府信息公開")
        text = text.replace("信", "資").replace("息", "訊")
    fault = next(
        each
        for each in judge({**good, "figures.csv": text.encode(charset)}).faults
        if each.file == "figures.csv"
    )
    assert fault.fault == code
    assert said in fault.found.en
    assert said in fault.found.zh


def test_a_table_in_two_encodings_is_refused_at_the_line_where_the_second_begins(
    judge: Judge, good: Files
) -> None:
    lines = good["figures.csv"].splitlines(keepends=True)
    lines[20] = lines[20].decode().encode("gb18030")
    fault = next(
        each for each in judge({**good, "figures.csv": b"".join(lines)}).faults if each.file == "figures.csv"
    )
    assert (fault.fault, fault.row) == ("mixed_encoding", 21)


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_utf8_is_taken_with_and_without_its_mark_and_with_either_line_end(
    ends: bytes, mark: bytes, judge: Judge, good: Files
) -> None:
    table = good["figures.csv"].removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", ends)
    assert judge({**good, "figures.csv": mark + table}).usable


# What spreadsheets make of figures (35, 41)

FORMULAS = [
    "=1+1", "=cmd|' /C calc'!A0", "@SUM(1)", "+1+1", "-1+1", "\t=1+1", "\r=1", " =1+1", "＝1+1", "＋1", "－1+1", "＠SUM", "%0A=1",
    "|calc", "=HYPERLINK(1)", "=IMPORTXML(1)", "=WEBSERVICE(1)", "+cmd|'/C'!A", "-cmd|'/C'!A", "=DDE(1)", ";=1", ",=1", "'=1",
    "\"=1", "=1\n", "\ufeff=1", "\u200b=1", "\u202e=1", "=-1", "==1",
]  # fmt: skip


@pytest.mark.parametrize("column", ["figure", "note"])
def test_thirty_formulas_are_refused_wherever_they_stand(column: str, judge: Judge, good: Files) -> None:
    assert len(FORMULAS) == 30
    rows = iter(FORMULAS)
    files = changed(good, "figures.csv", lambda row: {**row, column: next(rows, row[column])})
    verdict = judge(files)
    assert [
        each.row for each in verdict.faults if each.column == column and each.fault != "sum_broken"
    ] == list(range(2, 32))


def test_every_mangling_is_named_with_its_place_and_what_would_be_right(
    judge: Judge, good: Files, registry: Registry
) -> None:
    table = registry.tables["contributed/manglings"]
    assert len(table) >= 25
    rows = iter(table)
    files = changed(
        good, "figures.csv", lambda row: {**row, "figure": next(rows, {"example": row["figure"]})["example"]}
    )
    faults = [each for each in judge(files).faults if each.column == "figure"]
    assert [(each.row, each.found.en, each.mend and each.mend.zh) for each in faults] == [
        (at, row["found_en"], row["mend_zh"]) for at, row in enumerate(table, start=2)
    ]


@pytest.mark.parametrize("figure", ["-8", "0", "0.5", "123456789012345", "无", "横线"])
def test_plain_figures_and_words_are_taken_as_they_are(figure: str, judge: Judge, good: Files) -> None:
    assert judge(with_figure(good, STAFF, figure=figure)).usable


# The workbook


def in_sheet(data: bytes, change: dict[str, str]) -> bytes:
    """Return a workbook with places of the XML of its sheet of figures changed, each of which must be there."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet2.xml":
                text = content.decode()
                for place, cell in change.items():
                    pattern = rf'<c r="{place}"( s="\d+")?[^>]*?(/>|>.*?</c>)'
                    assert re.search(pattern, text), place
                    text = re.sub(pattern, lambda _, cell=cell: cell, text, count=1)  # type: ignore[misc]
                content = text.encode()
            new.writestr(name, content)
    return out.getvalue()


def test_cells_that_a_spreadsheet_computes_or_changes_are_refused_by_name(
    judge: Judge, good: Files, registry: Registry
) -> None:
    files = with_workbook(registry, good)
    book = in_sheet(
        files["figures.xlsx"],
        {
            "J2": '<c r="J2"><f>1+1</f><v>2</v></c>',
            "J3": '<c r="J3" t="b"><v>1</v></c>',
            "J4": '<c r="J4" t="e"><v>#REF!</v></c>',
            "J5": '<c r="J5" t="d"><v>2018-03-04</v></c>',
        },
    )
    faults = {
        each.row: each
        for each in judge({**files, "figures.xlsx": book}).faults
        if each.file.startswith("figures.xlsx")
    }
    assert {row: faults[row].fault for row in (2, 3, 4, 5)} == {
        2: "formula_cell", 3: "changed_cell", 4: "changed_cell", 5: "changed_cell",
    }  # fmt: skip
    assert faults[2].value == "=1+1"


def test_numbers_that_a_format_shows_as_something_else_are_refused_and_plain_ones_taken(
    registry: Registry,
) -> None:
    out = io.BytesIO()
    formats = {
        "yyyy-mm-dd": 43163,
        "0%": 0.5,
        "0": 12.6,
        "0.00E+00": 1234,
        "h:mm": 0.5,
        "#,##0": 1204,
        "General": 205,
        "0.0": 7.5,
    }
    columns = field_names(registry, "figures")
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("figures")
        sheet.write_row(0, 0, columns)
        for at, (code, number) in enumerate(formats.items(), start=1):
            sheet.write_string(at, 0, "110116")
            sheet.write_number(at, columns.index("figure"), number, book.add_format({"num_format": code}))
    sheets, _ = read_workbook("figures.xlsx", out.getvalue(), {"figures": columns})
    wrong = {each.row or 0: each for each in sheets["figures"].faults}
    assert {each.fault for each in wrong.values()} == {"changed_cell"}
    assert sorted(wrong) == [2, 3, 4, 5, 6]
    assert "43163" in wrong[2].found.en
    assert wrong[2].value == "2018-03-04"
    assert sheets["figures"].column("figure") == ("1204", "205", "7.5")


def test_a_workbook_alone_filled_in_is_what_the_contribution_says(
    judge: Judge, good: Files, registry: Registry
) -> None:
    files = with_workbook(registry, good)
    empty = changed(files, "figures.csv", lambda row: {**row, "figure": ""})
    bare = changed(empty, "evidence.csv", lambda row: {**row, "title": "", "agreed": ""})
    verdict = judge(bare)
    assert verdict.usable, verdict.faults
    assert verdict.figures is not None
    assert verdict.figures.file == "figures.xlsx[figures]"
    assert list(verdict.figures.column("figure")) == [row["figure"] for row in rows_of(good["figures.csv"])]


def test_a_workbook_whose_figures_differ_from_the_csv_is_named_row_by_row(
    judge: Judge, good: Files, registry: Registry
) -> None:
    files = with_workbook(registry, good)
    assert judge(files).usable
    book = in_sheet(files["figures.xlsx"], {"J2": '<c r="J2"><v>7</v></c>'})
    (fault,) = (
        each for each in judge({**files, "figures.xlsx": book}).faults if each.fault == "twins_differ"
    )
    assert (fault.row, fault.column) == (2, "figure")
    assert "'7'" in fault.found.en


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"<html>", bytes(1000)])
def test_what_is_no_workbook_is_refused(data: bytes, judge: Judge, good: Files) -> None:
    assert "not_workbook" in {each.fault for each in judge({**good, "figures.xlsx": data}).faults}


# Evidence


def test_evidence_is_there_is_what_it_says_and_has_its_hash(judge: Judge, good: Files) -> None:
    def told(file: str, sha256: str) -> Files:
        return changed(good, "evidence.csv", lambda row: {**row, "file": file, "sha256": sha256})

    scan = "evidence/scan.pdf"
    cases = {
        "file_missing": told(scan, "0" * 64),
        "hash_differs": {**told(scan, "0" * 64), scan: b"%PDF-1.7"},
        "file_other": {**told(scan, "0" * 64), scan: b"MZ"},
        "unknown_file": {**good, scan: b"%PDF-1.7"},
    }
    for code, files in cases.items():
        assert code in {each.fault for each in judge(files).faults}, code
    assert "file_missing" in {each.fault for each in judge(told(scan, "")).faults}


DATES = {
    "seen before the year was over": {"date_seen": "2018-12-31"},
    "typed before it was seen": {"transcribed_on": "2026-11-19"},
    "seen tomorrow": {"date_seen": "2026-11-29", "transcribed_on": "2026-11-29"},
}


@pytest.mark.parametrize("cells", DATES.values(), ids=DATES)
def test_days_that_cannot_be_are_refused(cells: dict[str, str], judge: Judge, good: Files) -> None:
    verdict = judge(changed(good, "evidence.csv", lambda row: {**row, **cells}))
    assert {each.fault for each in verdict.faults if each.file == "evidence.csv"} == {"odd_dates"}
    assert not verdict.usable


# What people see


def test_every_fault_says_in_both_languages_what_was_found_and_what_to_do(
    judge: Judge, good: Files, registry: Registry
) -> None:
    files = changed(good, "figures.csv", lambda row: {**row, "figure": "1,2", "page": "", "note": "\u202e=1"})
    rules = rules_of(registry)
    rows = [fault_row(rules, each) for each in judge(files).faults]
    assert len(rows) > 200
    for row in rows:
        for name in ("rule", "found", "mend"):
            assert re.search(r"[A-Za-z]", str(row[f"{name}_en"]))
            assert re.search(r"[\u4e00-\u9fff]", str(row[f"{name}_zh"]))
        assert "\u202e" not in str(row)


def test_sums_are_looked_at_over_several_reports_at_once(good: Files, registry: Registry) -> None:
    columns = good["figures.csv"].decode("utf-8-sig").splitlines()[0].split(",")
    table = read_table("figures.csv", good["figures.csv"], columns)
    assert {each.value for each in check_sums(registry, table)} >= {
        "V14-REPLY-SUM",
        "V14-LIT-SUM",
        "V14-STAFF-SUM",
    }
