"""The gate: every row of every table held against its Table Schema, column by column.

What a single cell may hold is told by frictionless' own reader, asked once for each text that a column has and not
once for each row: the verdict is the same, some fifty times sooner from CSV. What frictionless does not look at is checked here
too: a missing part of a primary key, unique keys, categories.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import frictionless
import numpy as np
import pyarrow as pa

from flows.curate.coded import TYPES
from flows.errors import ReleaseError
from flows.publish.breaches import LISTED, Breach, Checked, Table, Verdict
from flows.publish.columns import (
    MISSING,
    Batch,
    Column,
    Misshapen,
    Rows,
    Stream,
    Taken,
    open_csv,
    open_parquet,
    open_rows,
    open_table,
)  # fmt: skip
from flows.publish.keys import (
    check_keys,
    check_references,
    foreign_keys,
    needed_columns,
    primary_key,
    unique_keys,
)

CONSTRAINTS = frozenset(["required", "unique", "pattern", "enum", "minimum", "maximum", "exclusiveMinimum",
                         "exclusiveMaximum", "minLength", "maxLength"])  # fmt: skip
UNKNOWN_PROPERTIES = frozenset(
    ["bareNumber", "groupChar", "decimalChar", "floatNumber", "delimiter", "itemType"]
)


def csv_tables(folder: Path, resources: Sequence[Mapping[str, Any]]) -> list[Table]:
    """Return the tables of a package's CSV files as its descriptor lists them."""
    found = [(each, folder / each["path"]) for each in resources if "schema" in each]
    return [
        Table(each["name"], each["schema"], partial(open_csv, path), partial(open_rows, path))
        for each, path in found
    ]


def parquet_tables(folder: Path, schemas: Mapping[str, Mapping[str, Any]]) -> list[Table]:
    """Return the tables of a package's Parquet files."""
    return [
        Table(name, schema, partial(open_parquet, folder / f"{name}.parquet"), typed=True)
        for name, schema in schemas.items()
    ]


def memory_tables(tables: Mapping[str, pa.Table], schemas: Mapping[str, Mapping[str, Any]]) -> list[Table]:
    """Return tables in memory with their schemas."""
    return [
        Table(name, schema, partial(open_table, tables[name]), typed=True) for name, schema in schemas.items()
    ]


def find_breaches(tables: Sequence[Table], listed: int = LISTED) -> Verdict:
    """Return every breach of the schemas of some tables that refer to one another.

    Raises ReleaseError for a schema with something that the gate does not know: nothing is passed in silence.
    Of each table, `listed` are listed one by one; all are counted.
    """
    for table in tables:
        refuse_unknown(table.name, table.schema, {each.name for each in tables})
    checked = {table.name: check_rows(table, needed_columns(table, tables), listed) for table in tables}
    for each in checked.values():
        check_keys(each)
        check_references(each, checked)
    return Verdict(
        sum(each.rows for each in checked.values()),
        sum(each.count for each in checked.values()),
        [breach for each in checked.values() for breach in each.breaches],
    )


def refuse_unknown(name: str, schema: Mapping[str, Any], tables: set[str]) -> None:
    """Raise ReleaseError where a schema asks for something that the gate does not enforce."""
    unknown = [] if schema.get("fieldsMatch", "exact") in ("exact", ["exact"]) else ["fieldsMatch"]
    for about in schema["fields"]:
        where = about["name"]
        unknown += [f"{where}: type {about['type']}"] if about["type"] not in TYPES else []
        unknown += (
            [f"{where}: format {about['format']}"] if about.get("format", "default") != "default" else []
        )
        unknown += [f"{where}: {each}" for each in sorted(UNKNOWN_PROPERTIES & about.keys())]
        unknown += [
            f"{where}: constraint {each}" for each in about.get("constraints", {}) if each not in CONSTRAINTS
        ]
    names = {about["name"] for about in schema["fields"]}
    keys = [primary_key(schema), *unique_keys(schema), *(key for key, _, _ in foreign_keys(schema))]
    unknown += [f"key column {each}" for key in keys for each in key if each not in names]
    unknown += [
        f"resource {target}" for _, target, _ in foreign_keys(schema) if target and target not in tables
    ]
    if unknown:
        raise ReleaseError(
            f"{name}: the gate does not know {'; '.join(unknown)}. Teach it in flows/publish/gate.py or mend the schema.",
            f"{name}：校验程序不认识 {'；'.join(unknown)}。请在 flows/publish/gate.py 中补充，或修改模式。",
        )


def check_rows(table: Table, needed: set[str], listed: int) -> Checked:
    """Return a table after every row of it was seen; one whose rows have another shape is read row by row."""
    try:
        return see_rows(table, table.source(), needed, listed)
    except UnicodeDecodeError as error:
        return cannot_be_read(table, error)
    except pa.ArrowInvalid:
        if table.ragged is None:
            raise
    try:
        return see_rows(table, table.ragged(), needed, listed)
    except UnicodeDecodeError as error:
        return cannot_be_read(table, error)


def cannot_be_read(table: Table, error: UnicodeDecodeError) -> Checked:
    """Return a table that is no text: one breach, and no rows."""
    found = error.object[error.start : error.end].hex(" ")
    columns = match_columns(table.schema, [], set())
    breach = Breach(table.name, "encoding-error", None, "", "encoding", found)
    return Checked(table, {each.name: each for each in columns}, count=1, breaches=[breach])


def see_rows(table: Table, stream: Stream, needed: set[str], listed: int) -> Checked:
    """Return a table after every row of a stream of it was seen."""
    columns = match_columns(table.schema, stream.labels, needed)
    checked = Checked(table, {each.name: each for each in columns}, listed)
    for breach in header_breaches(table, stream.labels):
        checked.count += 1
        checked.breaches.append(breach)
    for at, batch in enumerate(stream.batches):
        if table.typed and not at:
            check_types(checked, batch)
        taken = [column.take(array) for column, array in zip(columns, batch.columns, strict=True)]
        add_breaches(checked, columns, taken, batch.misshapen)
        checked.rows += len(batch.columns[0])
    return checked


def match_columns(schema: Mapping[str, Any], labels: Sequence[str], needed: set[str]) -> list[Column]:
    """Return a column for each label, read as the field in its place; one too many may hold anything."""
    fields = load_fields(json.dumps(without_keys(schema), sort_keys=True))
    columns = []
    for place, label in enumerate(labels):
        if place < len(fields):
            each = fields[place]
            about = schema["fields"][place]
            read = read_categories(each.create_cell_reader(), about.get("categories", []))
            needs = each.name in needed
            constraints = about.get("constraints", {})
            bound = needs or is_bound(constraints) or about.get("categories") or without_blank(schema)
            free = None if bound else TYPES[about["type"]]
            columns.append(Column(each.name, read, needs, free, must="required" in constraints))
        else:
            anything = frictionless.Field.from_descriptor({"name": "anything", "type": "any"})
            taken = label in {each.name for each in columns}
            name = f"{label} ({place + 1})" if taken else label
            columns.append(Column(name, anything.create_cell_reader(), False))
    return columns


def is_bound(constraints: Mapping[str, Any]) -> bool:
    """Return whether some values of a field's type are refused; that there be one, or one character, refuses none."""
    return any(
        name != "required" and (name, wanted) != ("minLength", 1) for name, wanted in constraints.items()
    )


def without_blank(schema: Mapping[str, Any]) -> bool:
    """Return whether another text than the empty one means that a value is missing."""
    return list(schema.get("missingValues", [""])) != [""]


@lru_cache
def load_fields(text: str) -> Sequence[frictionless.Field]:
    """Return the fields of a schema as frictionless knows them; it looks at the whole schema each time it is asked."""
    fields: Sequence[frictionless.Field] = frictionless.Schema.from_descriptor(json.loads(text)).fields
    return fields


def without_keys(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema without what is between rows and tables."""
    return {key: value for key, value in schema.items() if not key.endswith(("Keys", "Key"))}


def read_categories(read: Any, categories: Sequence[Any]) -> Any:
    """Return a reader of cells that also wants one of the categories, which frictionless does not look at."""
    if not categories:
        return read
    allowed = {each["value"] if isinstance(each, dict) else each for each in categories}

    def read_cell(cell: Any) -> tuple[Any, dict[str, str] | None]:
        value, faults = read(cell)
        if value is None or faults or value in allowed:
            return value, faults
        return value, {"categories": "not a category"}

    return read_cell


def header_breaches(table: Table, labels: Sequence[str]) -> Iterator[Breach]:
    """Yield what is wrong with the labels of a table: each stands in its place, or the table is another."""
    names = [about["name"] for about in table.schema["fields"]]
    if not labels:
        yield Breach(table.name, "source-error", None, "", "label", "", names[0])
        return
    for label in labels[len(names) :]:
        yield Breach(table.name, "extra-label", None, "", "label", label, "-")
    for name in names[len(labels) :]:
        yield Breach(table.name, "missing-label", None, name, "label", "", name)
    for place, (name, label) in enumerate(zip(names, labels, strict=False)):
        if label != name:
            again = label in labels[:place]
            kind = "blank-label" if not label else "duplicate-label" if again else "incorrect-label"
            yield Breach(table.name, kind, None, name, "label", label, name)


def check_types(checked: Checked, batch: Batch) -> None:
    """Add a breach for each column of a table in memory or of Parquet that has another type than its field."""
    for about, array in zip(checked.table.schema["fields"], batch.columns, strict=False):
        found = array.type.value_type if pa.types.is_dictionary(array.type) else array.type
        wanted = TYPES[about["type"]]
        moments = pa.types.is_timestamp(found) and pa.types.is_timestamp(wanted) and found.tz == wanted.tz
        if found != wanted and not moments:
            checked.count += 1
            checked.breaches.append(
                Breach(
                    checked.table.name, "type-error", None, about["name"], "type", str(found), about["type"]
                )
            )


def add_breaches(
    checked: Checked, columns: Sequence[Column], taken: Sequence[Taken], misshapen: Sequence[Misshapen]
) -> None:
    """Add what is wrong with the cells of some rows; a row without any value is one breach and no more."""
    name, first = checked.table.name, checked.rows + 2
    blank = find_blank(taken)
    if len(blank):
        checked.add(
            Breach(name, "blank-row", 0, "", "blank", ""), [""] * len(blank), (blank + first).tolist()
        )
    for column, found in zip(columns, taken, strict=True):
        if not len(found.wrong):
            continue
        by_rule: dict[str, list[tuple[int, str]]] = {}
        alone = set(blank.tolist())
        for row, text in zip(found.wrong.tolist(), found.texts, strict=True):
            for rule in column.faults[text] if row not in alone else ():
                by_rule.setdefault(rule, []).append((row + first, "" if text is None else str(text)))
        for rule, places in by_rule.items():
            kind = "type-error" if rule == "type" else "constraint-error"
            breach = Breach(name, kind, 0, column.name, rule, "", wanted_by(checked.table, column.name, rule))
            checked.add(breach, [text for _, text in places], [row for row, _ in places])
    lost = {row + first for row in blank.tolist()}
    for kind, row, place in misshapen:
        if row not in lost:
            own = columns[place].name if kind == "missing-cell" else ""
            checked.add(Breach(name, kind, 0, own, "shape", ""), [""], [row])


def find_blank(taken: Sequence[Taken]) -> Rows:
    """Return the rows in which every value is missing."""
    if not all(each.can_be_blank() for each in taken):
        return np.empty(0, np.int64)
    return np.flatnonzero(np.all([each.numbers() == MISSING for each in taken], axis=0))


def wanted_by(table: Table, column: str, rule: str) -> str:
    """Return what a rule wants of a column, as its schema says it."""
    about = next(each for each in table.schema["fields"] if each["name"] == column)
    wanted = {"type": about["type"], "categories": about.get("categories")}.get(rule) or about["constraints"][
        rule
    ]
    if not isinstance(wanted, list):
        return str(wanted)
    return ", ".join(str(each["value"] if isinstance(each, dict) else each) for each in wanted)
