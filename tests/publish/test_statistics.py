"""The panel for statistics programs, read back by readers that did not write it: the same figures, texts that stay texts."""

import re
import shutil
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from flows.publish.contents import Contents
from flows.publish.statistics import FILES, write_statistics
from flows.registry import Registry
from tests.command import list_tree

STATA = ("panel.dta", "panel.zh.dta")
CREATED = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture(scope="module")
def panel(package: Path) -> pa.Table:
    return pq.read_table(package / "panel.parquet")


def contents_of(registry: Registry, panel: pa.Table) -> Contents:
    return Contents(registry, {"panel": panel}, "2026.11.0", CREATED)


def read_stata(path: Path, labelled: bool = True) -> pd.DataFrame:
    return pd.read_stata(path, convert_categoricals=labelled)


@pytest.mark.parametrize("name", STATA)
def test_stata_holds_the_same_figures(name: str, package: Path, panel: pa.Table, registry: Registry) -> None:
    frame, ours = read_stata(package / name, labelled=False), panel.to_pandas()
    assert list(frame.columns) == ["body", *panel.column_names]
    for row in registry.tables["concepts"]:
        assert frame[row["variable"]].equals(ours[row["variable"]]), row["variable"]
    assert list(frame["body_id"]) == list(ours["body_id"])
    assert list(frame["year"]) == list(ours["year"])
    for column in ("derived_variables", "flagged_variables", "name_zh"):
        assert list(frame[column]) == list(ours[column].fillna(""))


@pytest.mark.parametrize(("name", "lang"), [("panel.dta", "en"), ("panel.zh.dta", "zh")])
def test_stata_labels_every_variable_and_number_in_its_language(
    name: str, lang: str, package: Path, registry: Registry
) -> None:
    with pd.io.stata.StataReader(package / name) as reader:
        labels, values = reader.variable_labels(), reader.value_labels()
        assert reader.data_label == "gongkai panel, data as of 2026-11-25"
    for row in registry.tables["concepts"]:
        assert labels[row["variable"]] == row[f"label_{lang}"]
    assert all(0 < len(label) <= 80 for label in labels.values())
    assert all(re.fullmatch("[a-z][a-z0-9_]{0,31}", variable) for variable in labels)
    labelled = read_stata(package / name)
    shown = labelled[labelled["body_id"] == "110116"].iloc[10]
    names = {"en": ("Huairou District", "Statistical table"), "zh": ("怀柔区", "政府信息公开情况统计表")}[
        lang
    ]
    assert (shown["year"], shown["body"]) == (2018, names[0])
    assert shown["form"].startswith(names[1])
    assert set(values) == {"body", "form", "state"}
    assert len(set(labelled["body"])) == len(set(labelled["body_id"]))


def test_stata_is_the_format_of_stata_14(package: Path) -> None:
    for name in STATA:
        assert (
            (package / name)
            .read_bytes()
            .startswith(b"<stata_dta><header><release>118</release><byteorder>LSF")
        )


def test_excel_holds_the_same_figures_and_its_codes_are_texts(package: Path, panel: pa.Table) -> None:
    book = CalamineWorkbook.from_path(str(package / "panel.xlsx"))
    assert book.sheet_names == ["metadata", "panel", "variables"]
    headings, *rows = book.get_sheet_by_name("panel").to_python()
    assert headings == panel.column_names
    expected = [["" if value is None else value for value in row.values()] for row in panel.to_pylist()]
    assert rows == expected
    assert all(isinstance(row[headings.index(column)], str) for row in rows for column in ("body_id", "form"))


def test_excel_says_what_it_is_and_explains_every_column(package: Path, panel: pa.Table) -> None:
    book = CalamineWorkbook.from_path(str(package / "panel.xlsx"))
    said = " ".join(str(cell) for row in book.get_sheet_by_name("metadata").to_python() for cell in row)
    for part in ("2026-11-25", "Creative Commons", "never a zero", "绝不等于0"):
        assert part in said
    _, *variables = book.get_sheet_by_name("variables").to_python()
    assert [row[0] for row in variables] == panel.column_names
    grades = {row[0]: row[5] for row in variables}
    assert grades["result_granted"] == "2008: comparable, 2014: comparable, 2019: exact, 2021: exact"


def test_no_cell_is_a_formula_whatever_a_name_looks_like(
    registry: Registry, panel: pa.Table, tmp_path: Path
) -> None:
    hostile = ["=1+1", "@SUM(A1)", "+7", "-7", "http://a.example/"] * panel.num_rows
    at = panel.column_names.index("name_en")
    changed = panel.set_column(at, "name_en", pa.array(hostile[: panel.num_rows]))
    write_statistics(contents_of(registry, changed), tmp_path)
    with zipfile.ZipFile(tmp_path / "panel.xlsx") as file:
        sheets = [file.read(name) for name in file.namelist() if name.startswith("xl/worksheets/")]
        assert len([name for name in file.namelist() if name.endswith(".rels") and "sheet" in name]) == 0
    assert not any(b"<f>" in sheet or b"hyperlink" in sheet for sheet in sheets)
    _, *rows = CalamineWorkbook.from_path(str(tmp_path / "panel.xlsx")).get_sheet_by_name("panel").to_python()
    assert [row[at] for row in rows[:5]] == hostile[:5]


def test_the_same_panel_gives_the_same_bytes(registry: Registry, panel: pa.Table, tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        write_statistics(contents_of(registry, panel), folder)
    assert list_tree(folders[0]) == list_tree(folders[1])
    assert set(list_tree(folders[0])) == set(FILES)


def test_long_lists_of_variables_are_kept_whole(registry: Registry, panel: pa.Table, tmp_path: Path) -> None:
    listed = " ".join(row["variable"] for row in registry.tables["concepts"])
    assert len(listed) > 2045  # the longest text that Stata keeps in a row
    at = panel.column_names.index("flagged_variables")
    column = pa.array([listed] * panel.num_rows)
    write_statistics(contents_of(registry, panel.set_column(at, "flagged_variables", column)), tmp_path)
    assert set(read_stata(tmp_path / "panel.dta")["flagged_variables"]) == {listed}


@pytest.mark.skipif(not shutil.which("Rscript"), reason="R is not installed")
@pytest.mark.parametrize("name", STATA)
def test_r_with_haven_reads_it(name: str, package: Path) -> None:
    code = (
        "if (!requireNamespace('haven', quietly=TRUE)) quit(status=77)\n"
        f"d <- haven::read_dta('{package / name}')\n"
        "r <- d[d$body_id == '110116' & d$year == 2018,]\n"
        "stopifnot(r$reply_total == 205, r$result_granted == 59)"
    )
    ran = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=False)
    if ran.returncode == 77:
        pytest.skip("haven is not installed")
    assert ran.returncode == 0, ran.stderr
