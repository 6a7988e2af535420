"""What `contribute new` makes: every cell of the form in force, in both languages, as CSV and as a workbook that says the same."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import frictionless
import jsonschema
import pytest
from python_calamine import CalamineWorkbook

from flows.contribute.blank import OPEN, make_workbook
from flows.contribute.check import check_contribution
from flows.contribute.opened import open_contribution
from flows.contribute.template import Scan, make_files
from flows.curate.contributions import WORDS
from flows.errors import UsageError
from flows.model import Extraction, Report
from flows.registry import Registry
from tests.command import run_gongkai
from tests.contribute.files import TODAY, filled, rows_of, write_files

YEARS = {2012: "2008", 2016: "2014", 2019: "2019", 2024: "2021"}


@pytest.mark.parametrize("year", YEARS)
def test_every_cell_of_the_form_in_force_is_a_row_in_both_languages(year: int, registry: Registry) -> None:
    files = make_files(registry, Report("110116", year, "whole_area"))
    rows = rows_of(files["figures.csv"])
    form = registry.forms[YEARS[year]]
    assert [(row["indicator_id"], row["applicant"]) for row in rows] == [
        (each.indicator_id, who) for each, who in form.cells
    ]
    for row in rows:
        assert re.search("[\u4e00-\u9fff]", row["label_zh"])
        assert re.search("[A-Za-z]", row["label_en"])
        assert row["figure"] == ""
    assert len({row["label_zh"] for row in rows}) == len(rows)


def test_a_year_without_a_form_is_wrong_use(registry: Registry) -> None:
    with pytest.raises(UsageError, match="first report is on 2008"):
        make_files(registry, Report("110116", 2007, "whole_area"))


def test_the_descriptor_holds_all_schemas_and_is_valid_against_the_profile_s_frame(
    registry: Registry,
) -> None:
    content = json.loads(make_files(registry, Report("110116", 2016, "whole_area"))["datapackage.json"])
    for each in content["resources"]:
        assert each["schema"] == registry.schemas[f"contributed/{each['name']}"]
        jsonschema.validate(each["path"], {"type": "string", "pattern": "^[a-z]+\\.csv$"})
    figures = content["resources"][0]["schema"]
    assert [key["reference"]["resource"] for key in figures["foreignKeys"]] == ["bodies", "cells", "evidence"]


def test_the_words_of_the_schema_are_those_that_are_read(registry: Registry) -> None:
    (field,) = (
        each for each in registry.schemas["contributed/figures"]["fields"] if each["name"] == "figure"
    )
    words = field["constraints"]["pattern"].removesuffix(r")(?!\n)").split("|")[2:]
    assert words == list(WORDS)
    assert all(word in field["description"] + field["description_zh"] for word in WORDS)


# The workbook


@pytest.mark.parametrize("year", YEARS)
def test_the_workbook_has_the_rows_of_the_csv_and_the_same_bytes_every_time(
    year: int, registry: Registry
) -> None:
    files = make_files(registry, Report("110116", year, "whole_area"))
    data = make_workbook(registry, files)
    assert make_workbook(registry, files) == data
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    for name in ("figures", "evidence"):
        rows = list(csv.reader(io.StringIO(files[f"{name}.csv"].decode("utf-8-sig"), newline="")))
        read = [
            [str(cell) for cell in row]
            for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        ]
        assert [row + [""] * (len(rows[0]) - len(row)) for row in read] == rows


def sheet_of(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return file.read("xl/worksheets/sheet2.xml").decode()


def test_labels_are_locked_and_words_are_offered(registry: Registry) -> None:
    files = make_files(registry, Report("110116", 2016, "whole_area"))
    data = make_workbook(registry, files)
    text = sheet_of(data)
    assert "<sheetProtection" in text
    assert "<f>" not in text
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        styles = file.read("xl/styles.xml").decode()
    unlocked = [
        at
        for at, style in enumerate(re.findall(r"<xf [^>]*?(?:/>|>.*?</xf>)", styles.partition("<cellXfs")[2]))
        if 'locked="0"' in style
    ]
    columns = next(iter(csv.reader([files["figures.csv"].decode("utf-8-sig").splitlines()[0]])))
    row = re.findall(r'<c r="([A-Z])2" s="(\d+)"', text)
    free = [columns[ord(letter) - ord("A")] for letter, style in row if int(style) in unlocked]
    assert free == list(OPEN)
    lists = re.findall(r'<dataValidation type="list"[^>]*>', text)
    assert len(lists) == 2  # figure, unit_printed
    assert all(word in text for word in WORDS)


# A scan


def test_a_scan_is_in_the_package_by_its_hash_for_stock_tools_too(
    registry: Registry, huairou: Extraction, tmp_path: Path
) -> None:
    scan = Scan("scan.pdf", b"%PDF-1.7 a scan")
    files: Mapping[str, bytes] = filled(registry, huairou, scan=scan)
    folder = write_files(tmp_path / "c", files)
    assert check_contribution(registry, open_contribution(folder), TODAY).usable
    assert frictionless.validate(str(folder / "datapackage.json")).valid
    (folder / scan.path).write_bytes(b"%PDF-1.7 another")
    verdict = check_contribution(registry, open_contribution(folder), TODAY)
    assert "hash_differs" in {each.fault for each in verdict.faults}
    assert not frictionless.validate(str(folder / "datapackage.json")).valid


def test_new_says_what_to_do_next_and_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "扫描 1.pdf").write_bytes(b"%PDF-1.7")
    words: list[str | Path] = [
        "contribute",
        "new",
        "--body",
        "怀柔区",
        "--year",
        "2016",
        "--scan",
        tmp_path / "扫描 1.pdf",
        "-o",
        "out",
    ]
    made = run_gongkai(*words, cwd=tmp_path)
    assert (made.code, made.out.strip()) == (0, "out")
    assert "71 cells of the form of 2014" in made.err
    assert "gongkai contribute check out" in made.err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "bodies.csv", "cells.csv", "datapackage.json", "evidence", "evidence.csv", "figures.csv", "figures.xlsx",
    ]  # fmt: skip
    (scan,) = (tmp_path / "out" / "evidence").iterdir()
    assert rows_of((tmp_path / "out" / "evidence.csv").read_bytes())[0]["file"] == f"evidence/{scan.name}"
    again = run_gongkai(*words, "--lang", "zh", cwd=tmp_path)
    assert (again.code, "请用 -o 指定其他文件夹" in again.err) == (2, True)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--body", "110199", "--year", "2016"], "Nearest"),
        (["--body", "110116", "--year", "2099"], "is not over"),
        (["--body", "110116", "--year", "1999"], "no form was in force"),
        (["--body", "110116", "--year", "2016", "--page", "x"], "--page x"),
        (["--body", "110116", "--year", "2016", "--scan", "none.pdf"], "cannot be sent along"),
        ([], "usage: gongkai contribute new"),
    ],
)
def test_wrong_use_of_new_says_what_is_right_and_makes_nothing(
    more: list[str], said: str, tmp_path: Path
) -> None:
    ran = run_gongkai("contribute", "new", *more, cwd=tmp_path)
    assert (ran.code, said in ran.err) == (2, True)
    assert list(tmp_path.iterdir()) == []
