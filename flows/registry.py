"""All of `schemas/`, loaded and checked once: who publishes, the codebook, the forms, the rules."""

import csv
import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import frictionless
from frictionless.formats import CsvControl

from flows.cells import clean_label
from flows.concordance import Concordance, load_concordance, split_codes
from flows.corrections import Correction, load_corrections
from flows.errors import RegistryError
from flows.formulas import Formula, Term, parse_formula
from flows.model import Body, Label, ListSource, Report
from flows.variables import add_variables

TABLES = (
    "bodies", "hosts", "platforms", "reports", "verdicts", "visits", "indicators", "concepts", "applicants", "forms", "concordance",
    "rules", "corrections", "accuracy", "successions", "deadlines",
)  # fmt: skip
PUBLISHED = ("observations", "series", "panel", "timeliness", "reports", "findings", "captures")

# What a column of a form can be, beside a kind of applicant and a part of an indicator.
ROLES = (
    "label", "unit", "value", "part", "period", "past", "number", "note", "applicants", "organisations", "litigation",
)  # fmt: skip

BALANCES = ("identity", "history", "area")  # the kinds of rules that are formulas
LIKE = 0.4  # the ratio of two words from which on one is worth naming for the other

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
    by_applicant: bool
    origin: str

    @property
    def is_heading(self) -> bool:
        """Whether the row is a heading, which never has a figure."""
        return self.measure_type == "heading"


@dataclass(frozen=True, eq=False)
class FormTable:
    """One printed table of a form: what the spellings of its rows and columns mean, as codes."""

    name: str
    rows: Mapping[Label, tuple[str, ...]]
    columns: Mapping[Label, str]

    @cached_property
    def labels(self) -> frozenset[Label]:
        """The spellings of its rows and columns."""
        return frozenset(self.rows) | frozenset(self.columns)


@dataclass(frozen=True, eq=False)  # there is one of each: what is derived from it is kept by identity
class Form:
    """One official form: its years, its indicators in printed order, its tables with their spellings."""

    form: str
    first_year: int
    last_year: int | None
    name_en: str
    name_zh: str
    has_table: bool
    rows: tuple[Indicator, ...]
    tables: Mapping[str, FormTable]
    prose: tuple[tuple[str, str], ...]
    applicants: tuple[str, ...]

    def covers(self, year: int) -> bool:
        """Return whether the form was in force for reports on `year`."""
        return self.first_year <= year <= (self.last_year or year)

    @cached_property
    def values(self) -> tuple[Indicator, ...]:
        """The rows that can hold a figure."""
        return tuple(row for row in self.rows if not row.is_heading)

    @cached_property
    def cells(self) -> tuple[tuple[Indicator, str], ...]:
        """Every cell of the form that can hold a figure: its indicator and its kind of applicant."""
        return tuple(
            (row, applicant)
            for row in self.values
            for applicant in (self.applicants if row.by_applicant else ("total",))
        )

    @cached_property
    def row_spellings(self) -> Mapping[Label, tuple[Indicator, ...]]:
        """The indicators that the spellings of rows mean, over all tables of the form."""
        meant: dict[Label, list[Indicator]] = {}
        for table in self.tables.values():
            for label, codes in table.rows.items():
                meant.setdefault(label, []).extend(self.by_id[code] for code in codes if code in self.by_id)
        return {label: tuple(found) for label, found in meant.items() if found}

    @cached_property
    def row_labels(self) -> frozenset[Label]:
        """The spellings of rows that mean an indicator."""
        return frozenset(self.row_spellings)

    @cached_property
    def column_spellings(self) -> Mapping[Label, str]:
        """What the spellings of columns mean, over all tables of the form."""
        return {label: code for table in self.tables.values() for label, code in table.columns.items()}

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
    threshold: float
    least: int
    description_en: str
    description_zh: str

    @property
    def is_balance(self) -> bool:
        """Whether its formula is held against the figures: of one report, of two years, or of a body and its offices."""
        return self.kind in BALANCES

    @property
    def is_alone(self) -> bool:
        """Whether one report is enough to tell if it holds."""
        return self.formula is not None and not any(term.whose for term in self.formula.terms)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the report's own figures that its formula is about."""
        return self.formula.codes if self.formula else ()


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


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word most like `word`, or an empty text: for messages only, never to decide.

    >>> nearest("v2014.reply.refused.privcy", ["v2014.reply.refused.privacy", "v2014.reply.granted"])
    'v2014.reply.refused.privacy'
    """
    matcher, marks = difflib.SequenceMatcher(b=word), frozenset(word)

    def most_like(other: str) -> float:
        """Return the most that the ratio can be: as if all marks that both words hold stood in the same order."""
        shared = min(len(word), sum(map(marks.__contains__, other)))
        return 2 * shared / (len(word) + len(other) or 1)

    best = (LIKE, "")
    for most, each in sorted(((most_like(each), each) for each in known), reverse=True):
        if most < best[0]:  # the ratio takes fifty times as long, and few words need it
            break
        matcher.set_seq1(each)
        best = max(best, (matcher.ratio(), each))
    return best[1]


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
        schemas={**schemas, **{f"published/{name}": schema for name, schema in published.items()}},
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


def load_schema(path: Path) -> dict[str, Any]:
    """Return a Table Schema of `schemas/`, or raise RegistryError for one that no table could be held against."""
    schema = load_json(path)
    try:
        for field in frictionless.Schema.from_descriptor(schema).fields:
            field.create_cell_reader()  # compiles the patterns
    except (frictionless.FrictionlessException, re.error) as error:
        raise RegistryError(
            f"{path}: not a usable Table Schema ({error}). Mend it or restore the file with git.",
            f"{path}：不是可用的 Table Schema（{error}）。请修改或用 git 恢复文件。",
        ) from error
    return schema


def missing_file(path: Path) -> RegistryError:
    """Return the error for a file that `schemas/` must have."""
    return RegistryError(
        f"{path}: the file is missing. Restore it with git, or give the right folder with --schemas.",
        f"{path}：缺少该文件。请用 git 恢复，或用 --schemas 指定正确的文件夹。",
    )


def load_table(path: Path, schema: Mapping[str, Any], name: str = "") -> tuple[Row, ...]:
    """Return the rows of a CSV file as text after frictionless found it valid, or raise RegistryError.

    Foreign keys are left to check_references, which can name the nearest known value. `name` is what a person
    knows the file by, where that is not its path.
    """
    if not path.exists():
        raise missing_file(path)
    alone = {key: value for key, value in schema.items() if key != "foreignKeys"}
    # Said in full, or frictionless guesses: a file with semicolons would be valid and then read with commas.
    commas = CsvControl(delimiter=",", quote_char='"', double_quote=True, skip_initial_space=False)
    resource = frictionless.Resource(
        path=path.name, basepath=str(path.parent), schema=frictionless.Schema.from_descriptor(alone),
        format="csv", encoding="utf-8", dialect=frictionless.Dialect(controls=[commas]),
        detector=frictionless.Detector(schema_sync=False),
    )  # fmt: skip
    problems = resource.validate(limit_errors=20).flatten(
        ["rowNumber", "fieldName", "type", "note", "cell", "label"]
    )
    if problems:
        where = "; ".join(
            f"{at(row, column)}{kind}: {note}{found_text(cell or label, column, schema)}"
            for row, column, kind, note, cell, label in problems[:5]
        )
        more = f" (+{len(problems) - 5})" if len(problems) > 5 else ""
        raise RegistryError(
            f"{name or path}: {where}{more}. Mend the file; its columns are described in schemas/.",
            f"{name or path}：{where}{more}。请修改该文件；各列的要求见 schemas/ 中的模式文件。",
        )
    with path.open(encoding="utf-8-sig", newline="") as file:  # spreadsheets put a BOM there
        return tuple(csv.DictReader(file))


def at(row: int | None, column: str | None) -> str:
    """Return where in a file a problem is, as the beginning of a message."""
    place = [f"row {row}"] if row else []
    place += [f"column {column}"] if column else []
    return ", ".join(place) + ": " if place else ""


def found_text(text: str | None, column: str, schema: Mapping[str, Any]) -> str:
    """Return what a cell or header holds, and the allowed value most like it, as the end of a message."""
    if not text:
        return ""
    allowed = {field["name"]: field.get("constraints", {}).get("enum", []) for field in schema["fields"]}
    close = nearest(text, map(str, allowed.get(column, [])))
    return f" found '{text}'" + (f" (nearest: '{close}')" if close else "")


def check_parents(rows: Sequence[Row]) -> None:
    """Raise RegistryError for an indicator whose parent is of another form or does not stand before it."""
    by_id = {row["indicator_id"]: row for row in rows}
    for number, row in enumerate(rows, start=2):
        above = by_id.get(row["parent_id"], row)
        if row["parent_id"] and (above["form"] != row["form"] or int(above["order"]) >= int(row["order"])):
            raise RegistryError(
                f"indicators.csv: row {number}, column parent_id: '{row['parent_id']}' is no row before "
                f"{row['indicator_id']} in form {row['form']}. Mend it.",
                f"indicators.csv：第 {number} 行，parent_id 列：“{row['parent_id']}”不是 {row['form']} 表式中位于 "
                f"{row['indicator_id']} 之前的行。请修改。",
            )


def check_references(name: str, tables: Mapping[str, tuple[Row, ...]], schema: Mapping[str, Any]) -> None:
    """Raise RegistryError where a foreign key of a table points to a row that is not there."""
    for key in schema.get("foreignKeys", []):
        (column,), target = key["fields"], key["reference"]["resource"] or name
        known = {row[key["reference"]["fields"][0]] for row in tables[target]}
        for number, row in enumerate(tables[name], start=2):
            if row[column] and row[column] not in known:
                raise unknown_code(f"{name}.csv", number, column, row[column], f"{target}.csv", known)


def check_sums(name: str, columns: Iterable[str], tables: Mapping[str, tuple[Row, ...]]) -> None:
    """Raise RegistryError for an indicator of a sum that the codebook does not have."""
    known = {row["indicator_id"] for row in tables["indicators"]}
    for number, row in enumerate(tables[name], start=2):
        for column in columns:
            for code in split_codes(row[column]):
                if code not in known:
                    raise unknown_code(f"{name}.csv", number, column, code, "indicators.csv", known)


def check_hosts(name: str, rows: Sequence[Row], hosts: Iterable[str]) -> None:
    """Raise RegistryError for an address on a host that is not official: copies of portals stand on hijacked hosts."""
    for number, row in enumerate(rows, start=2):
        if (host := urlsplit(row["url"]).netloc.lower()) not in hosts:
            raise unknown_code(f"{name}.csv", number, "url", host, "hosts.csv", hosts)


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


def load_form(
    path: Path,
    schema: Mapping[str, Any],
    about: Row,
    indicators: Mapping[str, Indicator],
    applicants: tuple[str, ...],
) -> Form:
    """Return one form file joined with the codebook.

    The code of a row is an indicator, or the part of indicators that the columns complete
    (`v2021.art20_1.regulations` + `issued`); the code of a column is a part, a group of cells,
    a kind of applicant, or a role. Raises RegistryError for a code that makes no indicator of
    the codebook, an indicator that no row and column make, and a spelling that could mean two
    rows under one parent.
    """
    known = {key: row for key, row in indicators.items() if row.form == about["form"]}
    rows: dict[str, dict[Label, list[str]]] = {}
    columns: dict[str, dict[Label, str]] = {}
    prose: list[tuple[str, str]] = []
    for number, line in enumerate(load_table(path, schema), start=2):
        labels = {clean_label(text) for text in [line["label_zh"], *line["spellings"].split("|")] if text}
        if line["axis"] == "column":
            check_column(path, number, line["code"], known, applicants)
            table_columns = columns.setdefault(line["table"], {})
            for label in labels:
                check_twice(path, number, label, line["code"], table_columns.setdefault(label, line["code"]))
            continue
        check_code(path, number, line["code"], known)
        prose += [(phrase, line["code"]) for phrase in line["prose"].split("|") if phrase]
        table = rows.setdefault(line["table"], {})
        for label in labels:
            check_spelling(path, (number, label, line["code"]), known, table.setdefault(label, []))
    tables = {
        name: FormTable(
            name, {label: tuple(codes) for label, codes in rows.get(name, {}).items()}, columns.get(name, {})
        )
        for name in dict.fromkeys([*rows, *columns])
    }
    check_complete(path, tables, known)
    return Form(
        form=about["form"],
        first_year=int(about["first_year"]),
        last_year=int(about["last_year"]) if about["last_year"] else None,
        name_en=about["name_en"],
        name_zh=about["name_zh"],
        has_table=about["has_table"] == "true",
        rows=tuple(sorted(known.values(), key=lambda row: row.order)),
        tables=tables,
        prose=tuple(prose),
        applicants=applicants,
    )


def check_code(path: Path, number: int, code: str, known: Mapping[str, Indicator]) -> None:
    """Raise RegistryError for the code of a row that is no indicator and no beginning of one."""
    if code not in known and not any(each.startswith(f"{code}.") for each in known):
        raise unknown_code(f"forms/{path.name}", number, "code", code, "indicators.csv", known)


def check_column(
    path: Path, number: int, code: str, known: Mapping[str, Indicator], applicants: Sequence[str]
) -> None:
    """Raise RegistryError for the code of a column that is no role, kind of applicant, or part of an indicator."""
    leaves = {each.rpartition(".")[2] for each in known}
    groups = {each.rpartition(".")[0] for each in known}
    allowed = sorted({*ROLES, *applicants, *leaves, *groups})
    if code not in allowed:
        raise unknown_code(
            f"forms/{path.name}", number, "code", code, "the roles and parts of indicators", allowed
        )


def check_twice(path: Path, number: int, label: Label, code: str, first: str) -> None:
    """Raise RegistryError for a column's spelling that means another column of the table too."""
    if code != first:
        raise RegistryError(
            f"forms/{path.name}: row {number}: '{label}' already means {first} in the same table. Keep it for one of them.",
            f"forms/{path.name}：第 {number} 行：“{label}”在同一张表中已指 {first}。请只保留一处。",
        )


def check_complete(path: Path, tables: Mapping[str, FormTable], known: Mapping[str, Indicator]) -> None:
    """Raise RegistryError for an indicator of the codebook that no row, or row and column, of the file makes."""
    made: set[str] = set()
    for table in tables.values():
        stems = {code for codes in table.rows.values() for code in codes} | set(table.columns.values())
        made |= stems | {f"{stem}.{leaf}" for stem in stems for leaf in table.columns.values()}
    if left_out := [code for code in known if code not in made]:
        raise RegistryError(
            f"forms/{path.name}: no row for {', '.join(left_out[:3])} of indicators.csv. Add it.",
            f"forms/{path.name}：缺少 indicators.csv 中的 {'、'.join(left_out[:3])}。请补充。",
        )


def check_spelling(
    path: Path, line: tuple[int, Label, str], known: Mapping[str, Indicator], meant: list[str]
) -> None:
    """Add a row's code to those that a label can mean; raise RegistryError for two under one parent."""
    number, label, code = line
    parent = known[code].parent_id if code in known else ""
    for other in meant:
        if other in known and code in known and known[other].parent_id == parent:
            raise RegistryError(
                f"forms/{path.name}: row {number}: '{label}' already means {other} "
                f"under the same parent. Keep it for one of them.",
                f"forms/{path.name}：第 {number} 行：“{label}”在同一上级下已指 {other}。请只保留一处。",
            )
    meant.append(code)


def load_rules(
    path: Path, rows: tuple[Row, ...], indicators: Mapping[str, Indicator], applicants: Sequence[str]
) -> dict[str, Rule]:
    """Return the rules with their formulas parsed; raise RegistryError for one that cannot be."""
    rules: dict[str, Rule] = {}
    for number, row in enumerate(rows, start=2):
        formula = load_formula(f"{path.name}: row {number}", f"{path.name}：第 {number} 行", row)
        for term in formula.terms if formula else ():
            check_term(path, number, (row["form"], term), indicators, applicants)
        rules[row["rule_id"]] = Rule(
            rule_id=row["rule_id"],
            kind=row["kind"],
            form=row["form"],
            severity=row["severity"],
            finding_class=row["class"],
            formula=formula,
            first_year=int(row["first_year"] or 0),
            last_year=int(row["last_year"] or 9999),
            threshold=float(row["threshold"] or 0),
            least=int(row["least"] or 0),
            description_en=row["description_en"],
            description_zh=row["description_zh"],
        )
    return rules


def check_term(
    path: Path,
    number: int,
    said: tuple[str, Term],
    indicators: Mapping[str, Indicator],
    applicants: Sequence[str],
) -> None:
    """Raise RegistryError for a term whose cell is not in the rule's form; of another report's, in no form."""
    form, term = said
    code, _, applicant = term.code.partition("|")
    found = indicators.get(code)
    if not code or (
        found and (term.whose or found.form == form) and (not applicant or applicant in applicants)
    ):
        return
    known = [each.indicator_id for each in indicators.values() if term.whose or each.form == form]
    cells = [f"{each}|{one}" for each in known for one in applicants]
    target = "indicators.csv" + ("" if term.whose else f" (form {form})")
    raise unknown_code(path.name, number, "formula", term.code, target, cells if applicant else known)


def load_formula(place: str, place_zh: str, row: Row) -> Formula | None:
    """Return the formula of a rule, None for a rule without; raise RegistryError where it is missing or no formula."""
    if not row["formula"] and row["kind"] not in (*BALANCES, "unit", "size"):
        return None
    try:
        return parse_formula(row["formula"])
    except RegistryError as error:
        raise RegistryError(
            f"{place}, column formula: {error.text.en}. Mend it.",
            f"{place_zh}，formula 列：{error.text.zh}。请修改。",
        ) from error
