"""Outcomes to the published tables: `observations`, `reports`, `findings`, `captures` and the codebook."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa

from flows.curate.build import Outcome
from flows.curate.coded import LARGE, TYPES, encode_table, find_again, join_parts, number_rows
from flows.curate.contributions import Contribution, Shelf
from flows.curate.history import removal_rows, revision_row
from flows.curate.panel import build_panel
from flows.curate.series import build_series
from flows.curate.sources import first_seen, last_changed, last_seen
from flows.curate.timeliness import timeliness_rows
from flows.errors import ReleaseError
from flows.harvest.index import capture_row
from flows.model import Capture, Finding, Observation, Report
from flows.registry import Registry

DAY = "%Y-%m-%d"  # as the check of contributions takes a date: 2026-1-5 too
BATCH = 50_000  # rows that are Python's at a time
CODEBOOK = (
    "bodies",
    "indicators",
    "concepts",
    "concordance",
    "applicants",
    "rules",
    "corrections",
    "accuracy",
    "forms",
    "successions",
    "deadlines",
)


def assemble_tables(
    registry: Registry, outcomes: Sequence[Outcome], captures: Iterable[Capture], shelf: Shelf | None = None
) -> dict[str, pa.Table]:
    """Return every published table by name: typed by its Table Schema, sorted by its primary key.

    Raises ReleaseError where a primary key occurs twice or is not whole.
    """
    rows: dict[str, Iterable[Mapping[str, Any]]] = {
        "observations": observation_rows(registry, outcomes),
        "reports": (report_row(registry, outcome) for outcome in outcomes),
        "findings": finding_rows(registry, outcomes),
        "revisions": revision_rows(outcomes),
        "removals": (
            {**place_of(outcome.report), **row} for outcome in outcomes for row in removal_rows(outcome.looks)
        ),
        "contributions": contribution_rows(shelf or Shelf(), outcomes),
        "captures": (capture_row(capture) for capture in captures),
        "gates": (),  # judged when the release is made
        **{name: codebook_rows(registry, name) for name in CODEBOOK},
    }
    tables = {name: build_table(name, each, find_schema(registry, name)) for name, each in rows.items()}
    dates = timeliness_rows(registry, tables["reports"])
    tables["timeliness"] = build_table("timeliness", dates, find_schema(registry, "timeliness"))
    series = build_series(registry, tables["observations"])
    made = {"series": series, "panel": build_panel(registry, series, tables["reports"])}
    return tables | {name: type_table(name, each, find_schema(registry, name)) for name, each in made.items()}


def find_schema(registry: Registry, name: str) -> Mapping[str, Any]:
    """Return the Table Schema of a published table."""
    return registry.schemas.get(f"published/{name}") or registry.schemas[name]


def build_table(name: str, rows: Iterable[Mapping[str, Any]], schema: Mapping[str, Any]) -> pa.Table:
    """Return rows as a typed table sorted by its primary key; an empty text is a missing value."""
    types = pa.schema([(field["name"], TYPES[field["type"]]) for field in schema["fields"]])
    waiting = iter(rows)
    parts = [build_part(list(islice(waiting, BATCH)), types)]
    while part := list(islice(waiting, BATCH)):
        parts.append(encode_table(build_part(part, types)))
    return type_table(name, join_parts(parts), schema)


def build_part(rows: Sequence[Mapping[str, Any]], types: pa.Schema) -> pa.Table:
    """Return some rows as a typed table."""
    columns = [
        pa.array([None if row[field.name] == "" else row[field.name] for row in rows], field.type)
        for field in types
    ]
    return pa.table(columns, schema=types)


def type_table(name: str, table: pa.Table, schema: Mapping[str, Any]) -> pa.Table:
    """Return a table with the types of its schema, sorted; raise ReleaseError where its primary key does not hold.

    The texts of a large table stay in their dictionaries.
    """
    types = [(field["name"], TYPES[field["type"]]) for field in schema["fields"]]
    if table.num_rows < LARGE:
        table = table.cast(pa.schema(types))
    table = table.replace_schema_metadata(None)
    check_key(name, table, schema["primaryKey"])
    numbers = number_rows(table, sort_order(name, schema["primaryKey"]))
    if (numbers[1:] > numbers[:-1]).all():
        return table
    return table.take(pa.array(np.argsort(numbers, kind="stable")))


def sort_order(name: str, key: Sequence[str]) -> Sequence[str]:
    """Return the columns that a table is sorted by: its key, or what a reader would leaf through."""
    return {
        "findings": ["body_id", "year", "scope", "severity", "rule_id", "finding_id"],
        "captures": ["body_id", "year", "scope", "captured_at", "capture_id"],
        "indicators": ["form", "order"],
        "applicants": ["order"],
    }.get(name, key)


def check_key(name: str, table: pa.Table, key: Sequence[str]) -> None:
    """Raise ReleaseError where a primary key occurs twice or a part of it is missing.

    frictionless accepts a composite key with a missing part, so it is checked here.
    """
    for column in key:
        if table.column(column).null_count:
            raise ReleaseError(
                f"{name}: column {column} of the primary key is empty in {table.column(column).null_count} rows.",
                f"{name}：主键列 {column} 有 {table.column(column).null_count} 行为空。",
            )
    numbers = number_rows(table, key)
    if len(again := find_again(numbers)):
        twice = tuple(table.column(column)[int(again[0])].as_py() for column in key)
        count = int((numbers == numbers[again[0]]).sum())
        raise ReleaseError(
            f"{name}: primary key {twice} occurs {count} times ({len(again)} such keys).",
            f"{name}：主键 {twice} 出现 {count} 次（共 {len(again)} 个）。",
        )


def observation_rows(registry: Registry, outcomes: Iterable[Outcome]) -> Iterator[dict[str, Any]]:
    """Yield the observations of all published reports, flagged with the rules that they take part in breaking."""
    for outcome in outcomes:
        if outcome.state != "published" or not outcome.extraction or not outcome.capture:
            continue
        flags = cell_flags(registry, outcome.findings)
        for each in outcome.extraction.observations:
            yield {
                "body_id": outcome.report.body_id,
                "year": outcome.report.year,
                "scope": outcome.report.scope,
                **observation_row(registry, each),
                "capture_id": each.capture_id or outcome.capture.capture_id,
                "flags": " ".join(flags.get(f"{each.indicator_id}|{each.applicant}", ())),
            }


def observation_row(registry: Registry, each: Observation) -> dict[str, Any]:
    """Return the columns of one observation that do not depend on its report."""
    indicator = registry.indicators[each.indicator_id]
    return {
        "form": indicator.form,
        "indicator_id": each.indicator_id,
        "concept_id": indicator.concept_id,
        "applicant": each.applicant,
        "value": float(each.value.amount) if each.value.amount is not None else None,
        "status": each.value.status,
        "unit": each.unit,
        "unit_basis": each.unit_basis,
        "raw_value": each.raw_value,
        "reading": each.reading,
        "locator": each.locator,
    }


def cell_flags(registry: Registry, findings: Iterable[Finding]) -> dict[str, list[str]]:
    """Return for each cell the rules of severity error or warning that it takes part in breaking, sorted."""
    flags: dict[str, set[str]] = {}
    for finding in findings:
        if registry.rules[finding.rule_id].severity != "info":
            for cell in finding.cells:
                flags.setdefault(cell, set()).add(finding.rule_id)
    return {cell: sorted(rules) for cell, rules in flags.items()}


def report_row(registry: Registry, outcome: Outcome) -> dict[str, Any]:
    """Return the row of one expected report."""
    header = outcome.extraction.header if outcome.extraction else None
    observations = outcome.extraction.observations if outcome.extraction else ()
    severities = Counter(registry.rules[finding.rule_id].severity for finding in outcome.findings)
    capture = outcome.capture
    return {
        "body_id": outcome.report.body_id,
        "year": outcome.report.year,
        "scope": outcome.report.scope,
        "state": outcome.state,
        "reason_en": outcome.reason.en if outcome.reason else None,
        "reason_zh": outcome.reason.zh if outcome.reason else None,
        "title": header.title if header else None,
        "url": capture.url if capture else outcome.report.url,
        "form": outcome.extraction.form if outcome.extraction else None,
        "source": header.source if header else None,
        "stated_date": header.stated_date if header else None,
        "first_seen": first_seen(outcome.looks),
        "last_seen": last_seen(outcome.looks),
        "last_changed": last_changed(outcome.looks, outcome.capture),
        "capture_id": capture.capture_id if capture else None,
        "kind": capture.kind if capture else None,
        "media_type": capture.media_type if capture else None,
        "cells": len(observations),
        "figures": sum(each.value.status == "reported" for each in observations),
        "errors": severities["error"],
        "warnings": severities["warning"],
        "infos": severities["info"],
    }


def contribution_rows(shelf: Shelf, outcomes: Iterable[Outcome]) -> Iterator[dict[str, Any]]:
    """Yield a row for each evidence of each contribution that was ever accepted, the withdrawn ones too."""
    published: Counter[tuple[str, str, int, str]] = Counter()
    for outcome in outcomes:
        for each in outcome.extraction.observations if outcome.extraction else ():
            if each.reading == "contribution" and each.value.status != "unreadable":
                for code in each.locator.removeprefix("contribution ").partition(":")[0].split():
                    published[code, outcome.report.body_id, outcome.report.year, outcome.report.scope] += 1
    for contribution in shelf.contributions:
        claims = Counter(each.evidence_id for each in contribution.claims)
        for row in contribution.evidence.values():
            place = (row["body_id"], int(row["year"]), row["scope"])
            stands = published[contribution.contribution_id, *place] if contribution.withdrawn is None else 0
            yield contribution_row(contribution, row) | {
                "cells": claims[row["evidence_id"]],
                "published": stands,
            }


def contribution_row(contribution: Contribution, row: Mapping[str, str]) -> dict[str, Any]:
    """Return the columns of one evidence of a contribution that do not depend on what was published of it."""
    withdrawn, captures = contribution.withdrawn, contribution.captures
    same = (
        "evidence_id",
        "body_id",
        "scope",
        "transcriber",
        "second_reader",
        "licence",
        "title",
        "url",
        "holder",
        "file",
        "sha256",
        "note",
    )
    return {
        **{name: row[name] for name in same},
        "contribution_id": contribution.contribution_id,
        "year": int(row["year"]),
        "state": "withdrawn" if withdrawn else "accepted",
        "transcribed_on": datetime.strptime(row["transcribed_on"], DAY).date(),
        "date_seen": datetime.strptime(row["date_seen"], DAY).date(),
        "capture_id": captures.get(row["evidence_id"], captures["figures"]),
        "accepted_at": contribution.accepted.when,
        "withdrawn_at": withdrawn.when if withdrawn else None,
        "withdrawn_reason": withdrawn.reason if withdrawn else None,
    }


def finding_rows(registry: Registry, outcomes: Iterable[Outcome]) -> Iterator[dict[str, Any]]:
    """Yield the findings of all reports, each with a code that stays while the finding does."""
    for outcome in outcomes:
        for finding in dict.fromkeys(outcome.findings):
            report = outcome.report
            place = [report.body_id, str(report.year), report.scope]
            identity = [*place, finding.rule_id, finding.locator, *finding.cells, finding.message.en]
            yield {
                "finding_id": hashlib.sha256("\n".join(identity).encode()).hexdigest()[:12],
                "body_id": report.body_id,
                "year": report.year,
                "scope": report.scope,
                **finding_row(registry, finding),
                "capture_id": outcome.capture.capture_id if outcome.capture else None,
            }


def revision_rows(outcomes: Iterable[Outcome]) -> Iterator[dict[str, Any]]:
    """Yield every figure of a report that changed between two captures."""
    for outcome in outcomes:
        for each in outcome.revisions:
            yield {**place_of(outcome.report), **revision_row(each)}


def place_of(report: Report) -> dict[str, Any]:
    """Return the columns that say which report a row is of."""
    return {"body_id": report.body_id, "year": report.year, "scope": report.scope}


def finding_row(registry: Registry, finding: Finding) -> dict[str, Any]:
    """Return the columns of one finding that do not depend on its report."""
    rule = registry.rules[finding.rule_id]
    indicator, applicant = finding.cells[0].split("|") if finding.cells else (None, None)
    sides = finding.left is not None and finding.right is not None
    return {
        "rule_id": finding.rule_id,
        "severity": rule.severity,
        "class": finding.finding_class or rule.finding_class,
        "indicator_id": indicator,
        "applicant": applicant,
        "left": float(finding.left) if finding.left is not None else None,
        "right": float(finding.right) if finding.right is not None else None,
        "delta": float(finding.left - finding.right) if sides else None,  # type: ignore[operator]
        "cells": " ".join(finding.cells),
        "locator": finding.locator,
        "message_en": finding.message.en,
        "message_zh": finding.message.zh,
    }


def codebook_rows(registry: Registry, name: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file of the registry, typed: what users see is what the program reads."""
    types = {field["name"]: field["type"] for field in registry.schemas[name]["fields"]}
    convert: dict[str, Callable[[str], Any]] = {
        "integer": int,
        "number": float,
        "boolean": lambda text: text == "true",
        "date": date.fromisoformat,
    }
    for row in registry.tables[name]:
        yield {
            column: convert[types[column]](text) if text and types[column] in convert else text or None
            for column, text in row.items()
        }
