"""What changed between two releases: every row told once, nothing told that did not change, applied it gives the new table."""

import copy
import csv
import json
from pathlib import Path
from typing import Any

import frictionless
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.errors import ReleaseError, UsageError
from flows.publish.changes import Changes, compare_releases, describe_changes
from flows.publish.delta import Side, compare_table, open_side
from flows.publish.package import Published, publish_package
from flows.publish.steps import compare_schemas, find_step
from flows.registry import Registry
from tests.command import run_gongkai
from tests.publish.conftest import Tables

FIELDS = [("place", "string"), ("year", "integer"), ("value", "number"), ("note", "string")]
SCHEMA: dict[str, Any] = {
    "fields": [{"name": name, "type": kind} for name, kind in FIELDS],
    "primaryKey": ["place", "year"],
}
TYPES = pa.schema(
    [("place", pa.string()), ("year", pa.int64()), ("value", pa.float64()), ("note", pa.string())]
)
Rows = dict[tuple[str, int], tuple[float | None, str | None]]

keys = st.tuples(st.sampled_from(["a", "b", "c|d", ""]), st.integers(2008, 2012))
cells = st.tuples(
    st.none() | st.sampled_from([0.0, 1.5, -1.0]), st.none() | st.sampled_from(["x", "无", "x y"])
)


def side(rows: Rows, version: str = "1", schema: dict[str, Any] = SCHEMA) -> Side:
    listed = [
        {"place": place, "year": year, "value": value, "note": note}
        for (place, year), (value, note) in rows.items()
    ]
    table = pa.Table.from_pylist(listed, TYPES)
    return Side(version, "1.0.0", {"t": schema}, {}, lambda _, columns: table.select(list(columns)))


@given(st.dictionaries(keys, cells), st.dictionaries(keys, cells))
def test_a_delta_is_what_a_dictionary_finds_and_makes_the_new_table_of_the_old(old: Rows, new: Rows) -> None:
    told = compare_table("t", side(old), side(new)).to_pylist()
    expected = {("added", key) for key in new.keys() - old.keys()}
    expected |= {("removed", key) for key in old.keys() - new.keys()}
    both = [key for key in old.keys() & new.keys() if old[key] != new[key]]
    expected |= {(word, key) for key in both for word in ("changed_from", "changed_to")}
    found = [(row["change"], (row["place"], row["year"])) for row in told]
    assert len(found) == len(set(found))
    assert set(found) == expected
    made = dict(old)
    for row in told:
        key = (row["place"], row["year"])
        if row["change"] in ("removed", "changed_from"):
            assert made.pop(key) == (row["value"], row["note"])
    for row in told:
        if row["change"] in ("added", "changed_to"):
            made[row["place"], row["year"]] = (row["value"], row["note"])
        if row["change"] == "changed_to":
            key = (row["place"], row["year"])
            differing = [name for at, name in enumerate(("value", "note")) if old[key][at] != new[key][at]]
            assert row["changed_fields"].split() == differing
    assert made == new


def test_keys_of_many_wide_columns_are_still_told_apart() -> None:
    names = [f"k{n}" for n in range(9)]
    schema = {"fields": [{"name": name, "type": "string"} for name in names], "primaryKey": names}
    rows = [{name: f"{(row * 7 + n) % 400}" for n, name in enumerate(names)} for row in range(400)]
    tables = [pa.Table.from_pylist(each) for each in (rows, rows[1:])]
    one, two = (
        Side("1", "1.0.0", {"t": schema}, {}, lambda _, columns, table=table: table.select(list(columns)))  # type: ignore[misc]
        for table in tables
    )
    (gone,) = compare_table("t", one, two).to_pylist()
    assert (gone["change"], gone["k0"]) == ("removed", rows[0]["k0"])
    assert compare_table("t", two, two).num_rows == 0


def test_a_column_that_is_new_or_of_another_type_is_the_matter_of_the_schema(registry: Registry) -> None:
    old = copy.deepcopy(SCHEMA)
    del old["fields"][3]
    old["fields"][2]["type"] = "string"
    before, after = (
        side({("a", 2008): (1.0, "x")}, "1", old),
        side({("a", 2008): (2.0, "y"), ("b", 2008): (1.0, "z")}),
    )
    (added,) = compare_table("t", before, after).to_pylist()
    assert (added["change"], added["note"]) == ("added", "z")
    changes, _ = compare_releases(before, after)
    assert [(each.step, each.where) for each in changes.schemas] == [(3, "t.value"), (2, "t.note")]


def test_a_table_with_another_key_is_not_compared_and_says_so() -> None:
    changes, _ = compare_releases(side({}, "1", {**SCHEMA, "primaryKey": ["place"]}), side({}, "2"))
    assert changes.uncompared == ("t",)
    assert "another primary key, not compared" in "\n".join(describe_changes(changes, "en"))
    assert "主键改变，不可比较" in "\n".join(describe_changes(changes, "zh"))


# The schemas


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the schema with one thing changed: a path such as `fields.2.type`; None removes it."""
    schema: Any = copy.deepcopy(BASE)
    *above, last = path.split(".")
    place = schema
    for part in above:
        place = place[int(part)] if part.isdigit() else place[part]
    key: Any = int(last) if last.isdigit() else last
    if value is None:
        del place[key]
    elif isinstance(key, int) and key == len(place):
        place.append(value)
    else:
        place[key] = value
    return {"t": schema}


BASE: dict[str, Any] = {
    "fields": [
        {"name": "place", "type": "string", "title": "Place", "constraints": {"required": True}},
        {
            "name": "state", "type": "string", "categories": [{"value": "on", "label": "on"}, {"value": "off", "label": "off"}],
            "constraints": {"enum": ["on", "off"]},
        },
    ],
    "primaryKey": ["place"],
    "foreignKeys": [{"fields": ["state"], "reference": {"resource": "s", "fields": ["state"]}}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("new", "step", "said"),
    [
        (changed("fields.0.title", "Where"), 1, "t.place: other words"),
        (changed("fields.1.categories.0.label", "lit"), 1, "t.state: other words"),
        (changed("fields.2", {"name": "more", "type": "string"}), 2, "t.more: column added"),
        (changed("fields.1.constraints.enum", ["on", "off", "dim"]), 2, "t.state: allowed values added: dim"),
        ({"t": BASE, "u": BASE}, 2, "u: table added"),
        (changed("fields.1", None), 3, "t.state: column removed or renamed"),
        (changed("fields.1.name", "status"), 3, "t.state: column removed or renamed"),
        (changed("fields.0.type", "integer"), 3, 't.place: type "string" → "integer"'),
        (changed("fields.1.constraints.enum", ["on"]), 3, 't.state: enum ["on", "off"] → ["on"]'),
        (changed("fields.0.constraints.pattern", "a+"), 3, 't.place: pattern - → "a+"'),
        (changed("fields.0.constraints.required", None), 3, "t.place: required true → -"),
        (changed("primaryKey", ["state"]), 3, "t: primaryKey changed"),
        (changed("foreignKeys", []), 3, "t: foreignKeys changed"),
        (changed("missingValues", ["-"]), 3, "t: missingValues changed"),
        ({"t": {**BASE, "fields": BASE["fields"][::-1]}}, 3, "t: columns in another order"),
        ({}, 3, "t: table removed"),
    ],
)
def test_each_change_of_a_schema_needs_its_step(new: dict[str, Any], step: int, said: str) -> None:
    first = compare_schemas({"t": BASE}, new)[0]
    assert (first.step, f"{first.where}: {first.what.en}") == (step, said)
    assert compare_schemas(new, new) == ()


def test_a_key_on_a_column_that_is_new_breaks_nothing() -> None:
    grown = copy.deepcopy(BASE)
    grown["fields"].append({"name": "more", "type": "string"})
    grown["foreignKeys"].append({"fields": ["more"], "reference": {"resource": "s", "fields": ["more"]}})
    assert [each.step for each in compare_schemas({"t": BASE}, {"t": grown})] == [2]


def test_a_schema_version_that_goes_back_is_no_step() -> None:
    assert [find_step("2.1.0", new) for new in ("1.9.9", "2.0.5", "2.1.0", "2.1.1", "2.2.0", "10.0.0")] == [
        -1, -1, 0, 1, 2, 3,
    ]  # fmt: skip


# Of releases


@pytest.fixture(scope="module")
def two(
    registry: Registry, tables: Tables, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Published, Published]:
    """Two releases: in the second the body's report for 2018 is read from another capture and prints one other figure."""
    curated = tmp_path_factory.mktemp("two") / "curated"
    return publish_package(registry, tables, curated), publish_package(
        registry, with_other_figure(tables), curated
    )


def with_other_figure(tables: Tables) -> Tables:
    """Return tables in which Huairou states one more training participant than before."""
    rows = tables["observations"].to_pylist()
    for row in rows:
        if (row["body_id"], row["indicator_id"]) == ("110116", "v2014.training.participants"):
            row.update(value=row["value"] + 1, raw_value="3395")
    return {**tables, "observations": pa.Table.from_pylist(rows, tables["observations"].schema)}


def compare(two: tuple[Published, Published]) -> Changes:
    changes, _ = compare_releases(*(open_side(each.folder) for each in two))
    return changes


def test_the_first_release_has_no_delta_and_says_why(two: tuple[Published, Published]) -> None:
    first = two[0].folder
    assert not (first / "delta").exists()
    assert "there is none before it to compare with" in (first / "CHANGES.md").read_text(encoding="utf-8")
    assert "之前没有可比较者" in (first / "CHANGES.zh.md").read_text(encoding="utf-8")


def test_a_delta_is_declared_valid_and_holds_what_changed(two: tuple[Published, Published]) -> None:
    folder = two[1].folder
    assert [path.name for path in (folder / "delta").iterdir()] == ["observations.csv"]
    descriptor = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    (about,) = (each for each in descriptor["resources"] if each["path"].startswith("delta/"))
    assert about["name"] == "observations-delta"
    assert about["bytes"] == (folder / about["path"]).stat().st_size
    report = frictionless.Package.from_descriptor(str(folder / "datapackage.json")).validate()
    assert (report.valid, [task.name for task in report.tasks].count("observations-delta")) == (True, 1)
    with (folder / "delta/observations.csv").open(encoding="utf-8") as file:
        was, now = csv.DictReader(file)
    assert (was["change"], was["value"], now["change"], now["value"]) == (
        "changed_from",
        "3394",
        "changed_to",
        "3395",
    )
    assert was["changed_fields"] == now["changed_fields"] == "value raw_value"


def test_no_metadata_names_a_file_that_is_not_there(two: tuple[Published, Published]) -> None:
    folder = two[1].folder
    croissant = json.loads((folder / "croissant.json").read_text(encoding="utf-8"))
    files = {each["@id"] for each in croissant["distribution"]}
    assert {
        field["source"]["fileObject"]["@id"] for each in croissant["recordSet"] for field in each["field"]
    } <= files
    assert all((folder / name).is_file() for name in files)
    crate = json.loads((folder / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    named = [each["@id"] for each in crate["@graph"] if each["@type"] == "File"]
    assert "delta/observations.csv" in named
    assert all((folder / name).is_file() for name in named)


def test_the_words_say_which_figure_changed_and_why(two: tuple[Published, Published]) -> None:
    changes = compare(two)
    assert changes.causes == {"code": 1}
    assert changes.counts["observations"] == (0, 0, 1)
    english, chinese = (
        (two[1].folder / name).read_text(encoding="utf-8") for name in ("CHANGES.md", "CHANGES.zh.md")
    )
    assert (
        "| 110116 2018 whole_area | `v2014.training.participants total` | 3394 人次 | 3395 人次 |" in english
    )
    assert "- another version of the program: 1" in english
    assert "变化的数字：1" in chinese
    assert "- 程序版本改动：1" in chinese


def test_the_command_says_it_in_words_and_as_data(two: tuple[Published, Published]) -> None:
    curated = two[0].folder.parent.parent
    words = run_gongkai("diff", "2026.11.0", "latest", "--curated", curated)
    assert (words.code, words.err) == (0, "")
    assert words.out.startswith("# 2026.11.0 → 2026.11.1\n")
    assert "Figures changed: 1" in words.out
    data = run_gongkai("diff", two[0].folder, two[1].folder, "--csv")
    assert data.out.splitlines() == [
        "table,change,key,field,old,new",
        "observations,changed,110116|2018|whole_area|v2014.training.participants|total,value,3394,3395",
        "observations,changed,110116|2018|whole_area|v2014.training.participants|total,raw_value,3394,3395",
    ]
    same = run_gongkai("diff", "latest", "latest", "--curated", curated, "--lang", "zh")
    assert "没有变化。" in same.out
    wrong = run_gongkai("diff", "2026.11.0", "2026.11.7", "--curated", curated)
    assert (wrong.code, "Nearest: 2026.11.1" in wrong.err) == (2, True) or "Nearest: 2026.11.0" in wrong.err


def test_what_cannot_be_compared_is_refused_in_words(
    two: tuple[Published, Published], tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="no release: expected datapackage"):
        open_side(tmp_path)
    (tmp_path / "datapackage.json").write_bytes((two[0].folder / "datapackage.json").read_bytes())
    (tmp_path / "observations.parquet").write_bytes(b"PAR1")
    with pytest.raises(ReleaseError, match=r"observations\.parquet: cannot be read"):
        open_side(tmp_path).read("observations", ["value"])
