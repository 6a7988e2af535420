"""The keys of tables: what a schema says of them, and the rows that break them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from flows.publish.breaches import Breach, Checked, Table
from flows.publish.columns import Column, Rows, combine, distinguish, value_lists


def primary_key(schema: Mapping[str, Any]) -> list[str]:
    """Return the columns of the primary key."""
    return as_list(schema.get("primaryKey", []))


def unique_keys(schema: Mapping[str, Any]) -> list[list[str]]:
    """Return the columns of each unique key."""
    return [as_list(key) for key in schema.get("uniqueKeys", [])]


def foreign_keys(schema: Mapping[str, Any]) -> list[tuple[list[str], str, list[str]]]:
    """Return the columns of each foreign key, the table it points to (empty for its own), and the columns there."""
    return [
        (as_list(key["fields"]), key["reference"].get("resource", ""), as_list(key["reference"]["fields"]))
        for key in schema.get("foreignKeys", [])
    ]


def as_list(names: str | Sequence[str]) -> list[str]:
    """Return one name or several as a list."""
    return [names] if isinstance(names, str) else list(names)


def needed_columns(table: Table, tables: Sequence[Table]) -> set[str]:
    """Return the columns of a table whose values some key needs."""
    schema = table.schema
    keys = [primary_key(schema), *unique_keys(schema), *(key for key, _, _ in foreign_keys(schema))]
    keys += [
        there
        for other in tables
        for _, target, there in foreign_keys(other.schema)
        if (target or other.name) == table.name
    ]
    alone = [about["name"] for about in schema["fields"] if about.get("constraints", {}).get("unique")]
    return {name for key in keys for name in key} | set(alone)


def check_keys(checked: Checked) -> None:
    """Add the rows of a table that repeat a value that is to be unique or a key, or lack a part of their key."""
    schema, name = checked.table.schema, checked.table.name
    for about in schema["fields"]:
        if about.get("constraints", {}).get("unique") and about["name"] in checked.columns:
            add_repeats(
                checked, [about["name"]], Breach(name, "unique-error", 0, about["name"], "unique", "")
            )
    for key in unique_keys(schema):
        if set(key) <= checked.columns.keys():
            add_repeats(checked, key, Breach(name, "unique-error", 0, " ".join(key), "unique", ""))
    key = primary_key(schema)
    if key and set(key) <= checked.columns.keys():
        breach = Breach(name, "primary-key", 0, "", "key", "")
        add_lacking(checked, key, breach._replace(rule="whole"))
        add_repeats(checked, key, breach, whole=False)


def add_lacking(checked: Checked, key: Sequence[str], breach: Breach) -> None:
    """Add the rows in which a part of the primary key is missing; frictionless minds only where all are."""
    columns = [checked.columns[name] for name in key]
    lacking = np.zeros(checked.rows, np.bool_)
    for column in columns:
        lacking |= column.whole() < 0
    add_rows(checked, columns, breach, np.flatnonzero(lacking))


def add_repeats(checked: Checked, key: Sequence[str], breach: Breach, whole: bool = True) -> None:
    """Add the rows whose values stand in a row before them; where `whole`, none of them may be missing to count."""
    columns = [checked.columns[name] for name in key]
    together = combine(columns)
    ordered = np.sort(together)
    if not (ordered[1:] == ordered[:-1]).any():
        return
    _, first = distinguish(columns)
    again = np.ones(len(together), np.bool_)
    again[first] = False
    lacking = [column.whole() < 0 for column in columns]
    again &= ~(np.any(lacking, axis=0) if whole else np.all(lacking, axis=0))
    add_rows(checked, columns, breach, np.flatnonzero(again))


def add_rows(checked: Checked, columns: Sequence[Column], breach: Breach, rows: Rows) -> None:
    """Add a breach for some rows, with their values."""
    texts = [say_values(values) for values in value_lists(columns, rows[: checked.listed])]
    checked.add(breach, texts, (rows + 2).tolist())


def say_values(values: Sequence[Any]) -> str:
    """Return the values of a key as one text.

    >>> say_values(["110116", None])
    '110116, ∅'
    """
    return ", ".join("∅" if each is None else str(each) for each in values)


def check_references(checked: Checked, tables: Mapping[str, Checked]) -> None:
    """Add the rows of a table whose foreign keys find no row; one that is missing altogether points nowhere."""
    for key, target, there in foreign_keys(checked.table.schema):
        other = tables[target or checked.table.name]
        if not set(key) <= checked.columns.keys():
            continue
        known = list_values(other, there) if set(there) <= other.columns.keys() else set()
        columns = [checked.columns[name] for name in key]
        if len(key) == 1 and known.issuperset((value,) for value in columns[0].values):
            continue
        which, first = distinguish(columns)
        values = value_lists(columns, first)
        lost = [at for at, each in enumerate(values) if each not in known and set(each) != {None}]
        if lost:
            breach = Breach(
                checked.table.name, "foreign-key", 0, " ".join(key), "reference", "", other.table.name
            )
            add_rows(checked, columns, breach, np.flatnonzero(np.isin(which, lost)))


def list_values(checked: Checked, key: Sequence[str]) -> set[tuple[Any, ...]]:
    """Return the values that some columns of a table have together."""
    columns = [checked.columns[name] for name in key]
    if len(columns) == 1:
        return {(value,) for value in columns[0].values}
    return set(value_lists(columns, distinguish(columns)[1]))
