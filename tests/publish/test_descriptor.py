"""The descriptor says everything that a program needs: keys, categories with labels, missing values, units."""

import json
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from flows.registry import Registry

Schemas = dict[str, dict[str, Any]]
KEYS = {
    "body_id": "bodies", "indicator_id": "indicators", "concept_id": "concepts", "applicant": "applicants", "form": "forms",
    "rule_id": "rules", "capture_id": "captures", "from_form": "forms", "to_form": "forms", "to_concept_id": "concepts",
}  # fmt: skip


@pytest.fixture(scope="module")
def declared(package: Path) -> Schemas:
    descriptor = json.loads((package / "datapackage.json").read_text(encoding="utf-8"))
    return {each["name"]: each["schema"] for each in descriptor["resources"] if "schema" in each}


def test_every_closed_list_of_values_has_labels_in_both_languages(declared: Schemas) -> None:
    labelled = 0
    for name, schema in declared.items():
        for field in schema["fields"]:
            listed = field.get("constraints", {}).get("enum")
            if listed is None:
                assert "categories" not in field, f"{name}.{field['name']}"
                continue
            assert [each["value"] for each in field["categories"]] == listed, f"{name}.{field['name']}"
            for each in field["categories"]:
                assert any("a" <= mark <= "z" for mark in each["label"]), f"{name}.{field['name']} {each}"
                assert any("\u4e00" <= mark <= "\u9fff" for mark in each["label_zh"]), (
                    f"{name}.{field['name']} {each}"
                )
            labelled += 1
    assert labelled > 30


def test_a_column_that_names_another_table_refers_to_it(declared: Schemas) -> None:
    referring = 0
    for name, schema in declared.items():
        keys = {tuple(key["fields"]): key["reference"]["resource"] for key in schema.get("foreignKeys", [])}
        for field in schema["fields"]:
            target = KEYS.get(field["name"])
            if target and schema["primaryKey"] != [field["name"]]:
                assert keys.get((field["name"],)) == target, f"{name}.{field['name']}"
                referring += 1
    assert referring > 30


def test_missing_values_are_declared_and_are_the_only_empty_cells(declared: Schemas, package: Path) -> None:
    for name, schema in declared.items():
        assert schema["missingValues"] == [""], name
        table = pq.read_table(package / f"{name}.parquet")
        for field in schema["fields"]:
            if field.get("constraints", {}).get("required"):
                assert table.column(field["name"]).null_count == 0, f"{name}.{field['name']}"


def test_every_figure_declares_its_unit_or_the_column_that_has_it(
    declared: Schemas, registry: Registry
) -> None:
    units = {row["variable"]: row["unit"] for row in registry.tables["concepts"]}
    for name, schema in declared.items():
        columns = [field["name"] for field in schema["fields"]]
        for field in schema["fields"]:
            if "unit_field" in field:
                assert field["unit_field"] in columns, f"{name}.{field['name']}"
            if name == "panel" and field["name"] in units:
                assert field.get("unit", "") == units[field["name"]]
    for name, column in (("observations", "value"), ("series", "value"), ("revisions", "new_value")):
        field = next(each for each in declared[name]["fields"] if each["name"] == column)
        assert field["unit_field"].endswith("unit")


def test_a_figure_has_a_unit_wherever_it_is_stated(package: Path) -> None:
    table = pq.read_table(package / "observations.parquet")
    stated = table.filter(pc.equal(table["status"], "reported"))
    without = stated.filter(pc.is_null(stated["unit"]))["indicator_id"].to_pylist()
    assert not without


def test_the_names_of_the_forms_come_from_their_table(declared: Schemas, registry: Registry) -> None:
    names = {row["form"]: row["name_zh"] for row in registry.tables["forms"]}
    fields = [
        field
        for schema in declared.values()
        for field in schema["fields"]
        if KEYS.get(field["name"]) == "forms"
    ]
    assert len(fields) > 8
    for field in fields:
        assert {each["value"]: each["label_zh"] for each in field["categories"]} == names
