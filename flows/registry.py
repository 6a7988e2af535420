"""All of `schemas/`, loaded and checked once: who publishes, the codebook, the forms, the rules."""

import csv
import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import frictionless

from flows.cells import clean_label
from flows.errors import RegistryError
from flows.formulas import Formula, parse_formula
from flows.model import Body, Label, Report

TABLES = ("bodies", "hosts", "reports", "indicators", "concepts", "applicants", "forms", "rules")
PUBLISHED = ("observations", "reports", "findings", "captures")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Indicator:
    """One row or cell of one official form."""

    indicator_id: str
    form: str
    order: int
    parent_id: str
    concept_id: str
    label_zh: str
    label_en: str
    unit: str
    measure_type: str
    origin: str

    @property
    def is_heading(self) -> bool:
        """Whether the row is a heading, which never has a figure."""
        return self.measure_type == "heading"


@dataclass(frozen=True)
class Form:
    """One official form: its years, its rows in printed order, the spellings of its rows and columns."""

    form: str
    first_year: int
    last_year: int | None
    name_en: str
    name_zh: str
    rows: tuple[Indicator, ...]
    row_spellings: Mapping[Label, tuple[Indicator, ...]]
    column_spellings: Mapping[Label, str]
    prose: Mapping[str, str]

    def covers(self, year: int) -> bool:
        """Return whether the form was in force for reports on `year`."""
        return self.first_year <= year <= (self.last_year or year)

    @cached_property
    def values(self) -> tuple[Indicator, ...]:
        """The rows that can hold a figure."""
        return tuple(row for row in self.rows if not row.is_heading)

    @cached_property
    def by_id(self) -> Mapping[str, Indicator]:
        """The rows by indicator code."""
        return {row.indicator_id: row for row in self.rows}

    def ancestors(self, indicator_id: str) -> tuple[str, ...]:
        """Return the codes above a row, nearest first."""
        found: list[str] = []
        parent = self.by_id[indicator_id].parent_id
        while parent:
            found.append(parent)
            parent = self.by_id[parent].parent_id if parent in self.by_id else ""
        return tuple(found)


@dataclass(frozen=True)
class Rule:
    """One rule that a report must hold, or a kind of trouble in reading one."""

    rule_id: str
    kind: str
    form: str
    severity: str
    finding_class: str
    formula: Formula | None
    first_year: int
    last_year: int
    description_en: str
    description_zh: str


@dataclass(frozen=True)
class Registry:
    """Everything declared in `schemas/`; `tables` holds the rows as text, as they are published."""

    folder: Path
    tables: Mapping[str, tuple[Row, ...]]
    schemas: Mapping[str, Mapping[str, Any]]
    package: Mapping[str, Any]
    bodies: Mapping[str, Body]
    hosts: frozenset[str]
    reports: tuple[Report, ...]
    indicators: Mapping[str, Indicator]
    applicants: Mapping[str, str]
    forms: Mapping[str, Form]
    form_years: Mapping[str, tuple[int, int | None]]
    rules: Mapping[str, Rule]


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word most like `word`, or an empty text: for messages only, never to decide.

    >>> nearest("v2014.reply.refused.privcy", ["v2014.reply.refused.privacy", "v2014.reply.granted"])
    'v2014.reply.refused.privacy'
    """
    return next(iter(difflib.get_close_matches(word, list(known), 1, 0.4)), "")


def load_registry(folder: Path) -> Registry:
    """Return the registry of a `schemas/` folder.

    Raises RegistryError naming file, row and column for whatever is missing, malformed, or
    points to something that is not there.
    """
    schemas = {name: load_json(folder / f"{name}.schema.json") for name in TABLES}
    tables = {name: load_table(folder / f"{name}.csv", schemas[name]) for name in TABLES}
    for name in TABLES:
        check_references(name, tables, schemas[name])
    published = {name: load_json(folder / "published" / f"{name}.schema.json") for name in PUBLISHED}
    indicators = {row["indicator_id"]: load_indicator(row) for row in tables["indicators"]}
    form_schema = load_json(folder / "forms" / "form.schema.json")
    forms = {
        row["form"]: load_form(folder / "forms" / f"{row['form']}.csv", form_schema, row, indicators)
        for row in tables["forms"]
        if (folder / "forms" / f"{row['form']}.csv").exists()
    }
    if not forms:
        raise RegistryError(
            f"{folder / 'forms'}: no form file, expected at least one such as 2014.csv. Restore it with git.",
            f"{folder / 'forms'}：没有表式文件，至少应有一个（如 2014.csv）。请用 git 恢复。",
        )
    return Registry(
        folder=folder,
        tables=tables,
        schemas={**schemas, **{f"published/{name}": schema for name, schema in published.items()}},
        package=load_json(folder / "datapackage.json"),
        bodies={row["body_id"]: load_body(row) for row in tables["bodies"]},
        hosts=frozenset(row["host"] for row in tables["hosts"]),
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
        rules=load_rules(folder / "rules.csv", tables["rules"], indicators),
    )


def load_json(path: Path) -> dict[str, Any]:
    """Return a JSON object of `schemas/`, or raise RegistryError."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise missing_file(path) from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise RegistryError(
            f"{path}: not valid JSON ({error}). Mend that line or restore the file with git.",
            f"{path}：不是有效的 JSON（{error}）。请修改该行或用 git 恢复文件。",
        ) from error
    if not isinstance(content, dict):
        raise RegistryError(f"{path}: expected a JSON object.", f"{path}：应为 JSON 对象。")
    return content


def missing_file(path: Path) -> RegistryError:
    """Return the error for a file that `schemas/` must have."""
    return RegistryError(
        f"{path}: the file is missing. Restore it with git, or give the right folder with --schemas.",
        f"{path}：缺少该文件。请用 git 恢复，或用 --schemas 指定正确的文件夹。",
    )


def load_table(path: Path, schema: Mapping[str, Any]) -> tuple[Row, ...]:
    """Return the rows of a CSV file as text after frictionless found it valid, or raise RegistryError.

    Foreign keys are left to check_references, which can name the nearest known value.
    """
    if not path.exists():
        raise missing_file(path)
    alone = {key: value for key, value in schema.items() if key != "foreignKeys"}
    resource = frictionless.Resource(
        path=path.name, basepath=str(path.parent), schema=frictionless.Schema.from_descriptor(alone),
        format="csv", encoding="utf-8", detector=frictionless.Detector(schema_sync=False),
    )  # fmt: skip
    problems = resource.validate(limit_errors=20).flatten(["rowNumber", "fieldName", "type", "note"])
    if problems:
        where = "; ".join(f"{at(row, column)}{kind}: {note}" for row, column, kind, note in problems[:5])
        more = f" (+{len(problems) - 5})" if len(problems) > 5 else ""
        raise RegistryError(
            f"{path}: {where}{more}. Mend the file; what each column may hold is in {path.stem}.schema.json.",
            f"{path}：{where}{more}。请修改该文件；各列的要求见 {path.stem}.schema.json。",
        )
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def at(row: int | None, column: str | None) -> str:
    """Return where in a file a problem is, as the beginning of a message."""
    place = [f"row {row}"] if row else []
    place += [f"column {column}"] if column else []
    return ", ".join(place) + ": " if place else ""


def check_references(name: str, tables: Mapping[str, tuple[Row, ...]], schema: Mapping[str, Any]) -> None:
    """Raise RegistryError where a foreign key of a table points to a row that is not there."""
    for key in schema.get("foreignKeys", []):
        (column,), target = key["fields"], key["reference"]["resource"] or name
        known = {row[key["reference"]["fields"][0]] for row in tables[target]}
        for number, row in enumerate(tables[name], start=2):
            if row[column] and row[column] not in known:
                raise unknown_code(f"{name}.csv", number, column, row[column], f"{target}.csv", known)


def unknown_code(
    file: str, number: int, column: str, found: str, target: str, known: Iterable[str]
) -> RegistryError:
    """Return the error for a code that another file does not have, with the nearest that it has."""
    close = nearest(found, known)
    hint_en, hint_zh = (f" Nearest: '{close}'.", f"最接近的是“{close}”。") if close else ("", "")
    return RegistryError(
        f"{file}: row {number}, column {column}: '{found}' is not in {target}.{hint_en} Mend it or add the row.",
        f"{file}：第 {number} 行，{column} 列：“{found}”不在 {target} 中。{hint_zh}请修改或补充该行。",
    )


def load_body(row: Row) -> Body:
    """Return one row of bodies.csv as a Body."""
    return Body(
        row["body_id"], row["name_zh"], row["name_en"], row["level"], row["parent_id"],
        tuple(name for name in row["former_names_zh"].split("|") if name),
    )  # fmt: skip


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
        origin=row["origin"],
    )


def load_form(path: Path, schema: Mapping[str, Any], about: Row, indicators: Mapping[str, Indicator]) -> Form:
    """Return one form file joined with the codebook.

    Raises RegistryError for a row that the codebook does not have, a row of the codebook that
    the file leaves out, and a spelling that could mean two rows under one parent.
    """
    rows: list[Indicator] = []
    spellings: dict[Label, list[Indicator]] = {}
    columns: dict[Label, str] = {}
    prose: dict[str, str] = {}
    known = {key: row for key, row in indicators.items() if row.form == about["form"]}
    for number, line in enumerate(load_table(path, schema), start=2):
        labels = {clean_label(text) for text in [line["label_zh"], *line["spellings"].split("|")] if text}
        if line["axis"] == "column":
            columns.update({label: str(line["code"]) for label in labels})
            continue
        if line["code"] not in known:
            raise unknown_code(f"forms/{path.name}", number, "code", line["code"], "indicators.csv", known)
        row = known[line["code"]]
        rows.append(row)
        prose.update({phrase: row.indicator_id for phrase in line["prose"].split("|") if phrase})
        for label in labels:
            check_spelling(path, number, label, row, spellings.setdefault(label, []))
    if left_out := sorted(set(known) - {row.indicator_id for row in rows}):
        raise RegistryError(
            f"forms/{path.name}: no row for {', '.join(left_out[:3])} of indicators.csv. Add it.",
            f"forms/{path.name}：缺少 indicators.csv 中的 {'、'.join(left_out[:3])}。请补充。",
        )
    return Form(
        form=about["form"],
        first_year=int(about["first_year"]),
        last_year=int(about["last_year"]) if about["last_year"] else None,
        name_en=about["name_en"],
        name_zh=about["name_zh"],
        rows=tuple(sorted(rows, key=lambda row: row.order)),
        row_spellings={label: tuple(meant) for label, meant in spellings.items()},
        column_spellings=columns,
        prose=prose,
    )


def check_spelling(path: Path, number: int, label: Label, row: Indicator, meant: list[Indicator]) -> None:
    """Add a row to those that a label can mean; raise RegistryError for two under one parent."""
    for other in meant:
        if other.parent_id == row.parent_id:
            raise RegistryError(
                f"forms/{path.name}: row {number}: '{label}' already means {other.indicator_id} "
                f"under the same parent. Keep it for one of them.",
                f"forms/{path.name}：第 {number} 行：“{label}”在同一上级下已指 {other.indicator_id}。请只保留一处。",
            )
    meant.append(row)


def load_rules(path: Path, rows: tuple[Row, ...], indicators: Mapping[str, Indicator]) -> dict[str, Rule]:
    """Return the rules with their formulas parsed; raise RegistryError for one that cannot be."""
    rules: dict[str, Rule] = {}
    for number, row in enumerate(rows, start=2):
        formula = None
        if row["formula"]:
            try:
                formula = parse_formula(row["formula"])
            except ValueError as error:
                raise RegistryError(
                    f"{path.name}: row {number}, column formula: {error}. Mend it.",
                    f"{path.name}：第 {number} 行，formula 列：{error}。请修改。",
                ) from error
            for code in formula.codes:
                if code.split("|")[0] not in indicators:
                    raise unknown_code(path.name, number, "formula", code, "indicators.csv", indicators)
        rules[row["rule_id"]] = Rule(
            rule_id=row["rule_id"],
            kind=row["kind"],
            form=row["form"],
            severity=row["severity"],
            finding_class=row["class"],
            formula=formula,
            first_year=int(row["first_year"] or 0),
            last_year=int(row["last_year"] or 9999),
            description_en=row["description_en"],
            description_zh=row["description_zh"],
        )
    return rules
