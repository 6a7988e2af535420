"""All of `schemas/`, loaded and checked once: who publishes, the codebook, the forms, the rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.codebook import Form, Indicator, Rule
from flows.concordance import Concordance, load_concordance
from flows.corrections import Correction, load_corrections
from flows.declared import (
    Row,
    check_gates,
    check_hosts,
    check_parents,
    check_references,
    check_sums,
    load_json,
    load_schema,
    load_table,
)
from flows.formfile import load_form
from flows.model import Body, ListSource, Report
from flows.rulebook import load_rules
from flows.variables import add_variables, name_forms

TABLES = (
    "bodies", "hosts", "platforms", "reports", "verdicts", "visits", "indicators", "concepts", "applicants", "forms", "concordance",
    "rules", "corrections", "accuracy", "successions", "deadlines", "gates", "passes", "contributed/faults", "contributed/manglings",
)  # fmt: skip
PUBLISHED = (
    "observations",
    "series",
    "panel",
    "timeliness",
    "reports",
    "findings",
    "contributions",
    "captures",
    "revisions",
    "removals",
    "gates",
)
CONTRIBUTED = (
    "figures",
    "evidence",
    "cells",
    "bodies",
)  # the tables of a contribution: schemas without rows of ours


@dataclass(frozen=True)
class Registry:
    """Everything declared in `schemas/`; `tables` holds the rows as text, as they are published.

    `hosts` are the official hosts, `private` the addresses of those of a simulated portal.
    """

    folder: Path
    tables: Mapping[str, tuple[Row, ...]]
    schemas: Mapping[str, Mapping[str, Any]]
    package: Mapping[str, Any]
    bodies: Mapping[str, Body]
    hosts: frozenset[str]
    private: frozenset[str]
    lists: tuple[ListSource, ...]
    reports: tuple[Report, ...]
    indicators: Mapping[str, Indicator]
    applicants: Mapping[str, str]
    forms: Mapping[str, Form]
    form_years: Mapping[str, tuple[int, int | None]]
    rules: Mapping[str, Rule]
    corrections: Mapping[tuple[str, int, str], tuple[Correction, ...]]
    concordance: Concordance


def load_registry(folder: Path) -> Registry:
    """Return the registry of a `schemas/` folder.

    Raises RegistryError naming file, row and column for whatever is missing, malformed, or
    points to something that is not there.
    """
    schemas = {name: load_schema(folder / f"{name}.schema.json") for name in TABLES}
    tables = {name: load_table(folder / f"{name}.csv", schemas[name]) for name in TABLES}
    for name in TABLES:
        check_references(name, tables, schemas[name])
    for name in ("platforms", "reports"):
        check_hosts(name, tables[name], {row["host"] for row in tables["hosts"]})
    check_parents(tables["indicators"])
    check_gates(tables["gates"], {*TABLES, *PUBLISHED}, {row["rule_id"] for row in tables["rules"]})
    check_sums("concordance", ("from_codes", "to_codes"), tables)
    published = {name: load_schema(folder / "published" / f"{name}.schema.json") for name in PUBLISHED}
    published["panel"] = add_variables(published["panel"], tables["concepts"])
    indicators = {row["indicator_id"]: load_indicator(row) for row in tables["indicators"]}
    applicants = tuple(
        row["applicant"] for row in sorted(tables["applicants"], key=lambda row: int(row["order"]))
    )
    form_schema = load_schema(folder / "forms" / "form.schema.json")
    forms = {
        row["form"]: load_form(
            folder / "forms" / f"{row['form']}.csv", form_schema, row, indicators, applicants
        )
        for row in tables["forms"]
    }
    return Registry(
        folder=folder,
        tables=tables,
        schemas={
            **{name: name_forms(schema, tables["forms"]) for name, schema in schemas.items()},
            **{f"published/{name}": name_forms(each, tables["forms"]) for name, each in published.items()},
            **{
                f"contributed/{name}": load_schema(folder / "contributed" / f"{name}.schema.json")
                for name in CONTRIBUTED
            },
        },
        package=load_json(folder / "datapackage.json"),
        bodies={row["body_id"]: load_body(row) for row in tables["bodies"]},
        hosts=frozenset(row["host"] for row in tables["hosts"]),
        private=frozenset(
            row["host"].rpartition(":")[0] or row["host"]
            for row in tables["hosts"]
            if row["kind"] == "simulated"
        ),
        lists=tuple(map(load_list, tables["platforms"])),
        reports=tuple(
            Report(row["body_id"], int(row["year"]), row["scope"], row["url"]) for row in tables["reports"]
        ),
        indicators=indicators,
        applicants={row["applicant"]: row["label_zh"] for row in tables["applicants"]},
        forms=forms,
        form_years={
            row["form"]: (int(row["first_year"]), int(row["last_year"]) if row["last_year"] else None)
            for row in tables["forms"]
        },
        rules=load_rules(folder / "rules.csv", tables["rules"], indicators, applicants),
        corrections=load_corrections(tables["corrections"]),
        concordance=load_concordance(
            tables["concordance"],
            tables["concepts"],
            {row["indicator_id"]: row for row in tables["indicators"]},
            [row["form"] for row in sorted(tables["forms"], key=lambda row: int(row["first_year"]))],
        ),
    )


def load_body(row: Row) -> Body:
    """Return one row of bodies.csv as a Body."""
    return Body(
        row["body_id"], row["name_zh"], row["name_en"], row["level"], row["parent_id"],
        tuple(name for name in row["former_names_zh"].split("|") if name),
    )  # fmt: skip


def load_list(row: Row) -> ListSource:
    """Return one row of platforms.csv as a ListSource."""
    return ListSource(
        list_id=row["list_id"],
        body_id=row["body_id"],
        covers=row["covers"],
        platform=row["platform"],
        url=row["url"],
        first_year=int(row["first_year"]),
        last_year=int(row["last_year"]) if row["last_year"] else None,
        expected=int(row["expected"]),
        required=row["required"] == "true",
        evidence=row["evidence"],
    )


def load_indicator(row: Row) -> Indicator:
    """Return one row of indicators.csv as an Indicator."""
    return Indicator(
        indicator_id=row["indicator_id"],
        form=row["form"],
        order=int(row["order"]),
        parent_id=row["parent_id"],
        concept_id=row["concept_id"],
        label_zh=row["label_zh"],
        label_en=row["label_en"],
        unit=row["unit"],
        measure_type=row["measure_type"],
        by_applicant=row["by_applicant"] == "true",
        origin=row["origin"],
    )
