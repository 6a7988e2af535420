"""What the schemas take from the tables: the columns of `panel`, one for each concept, and the names of the forms."""

from collections.abc import Mapping, Sequence
from typing import Any

LISTS = ("derived_variables", "flagged_variables", "left_out_variables")


def add_variables(schema: Mapping[str, Any], concepts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the Table Schema of the panel with a number for each concept, before the lists at its end."""
    fields = list(schema["fields"])
    place = next(at for at, field in enumerate(fields) if field["name"] in LISTS)
    return {**schema, "fields": [*fields[:place], *map(describe_variable, concepts), *fields[place:]]}


def describe_variable(concept: Mapping[str, Any]) -> dict[str, Any]:
    """Return the field of one concept: its label is the title, unit and forms are told in the description."""
    forms, unit = concept["forms"].split(), concept["unit"]
    fixed = {"unit": unit} if unit else {}
    return {
        "name": concept["variable"],
        "type": "number",
        "title": concept["label_en"],
        "title_zh": concept["label_zh"],
        "description": f"Concept {concept['concept_id']}, all applicants together, unit {unit or 'not fixed'}, "
        f"given by the forms of {', '.join(forms)}.",
        "description_zh": f"概念 {concept['concept_id']}，全部申请人合计，单位{unit or '未定'}，"
        f"见于 {'、'.join(forms)} 年表式。",
        **fixed,
    }


def name_forms(schema: Mapping[str, Any], forms: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a Table Schema whose columns of forms say what each form is called."""
    categories = [
        {"value": row["form"], "label": row["name_en"], "label_zh": row["name_zh"]} for row in forms
    ]
    known = [row["form"] for row in forms]
    fields = [
        {**field, "categories": categories} if field.get("constraints", {}).get("enum") == known else field
        for field in schema["fields"]
    ]
    return {**schema, "fields": fields}
