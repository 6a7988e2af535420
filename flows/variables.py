"""The columns of the published `panel`: one for each concept, between what identifies a row and what is said of it."""

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
    return {
        "name": concept["variable"],
        "type": "number",
        "title": concept["label_en"],
        "title_zh": concept["label_zh"],
        "description": f"Concept {concept['concept_id']}, all applicants together, unit {unit or 'not fixed'}, "
        f"given by the forms of {', '.join(forms)}.",
        "description_zh": f"概念 {concept['concept_id']}，全部申请人合计，单位{unit or '未定'}，"
        f"见于 {'、'.join(forms)} 年表式。",
    }
