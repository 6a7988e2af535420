"""How far the schemas of two releases are apart: which step of the schema version a change needs."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flows.errors import Text

STEPS = ("none", "patch", "minor", "major")
WORDS = ("title", "title_zh", "description", "description_zh", "example", "categories", "rdfType", "unit")

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """One difference between the schemas of two releases: the step it needs (a place in STEPS), where, and what."""

    step: int
    where: str
    what: Text


def find_step(old: str, new: str) -> int:
    """Return the step from one schema version to another, a place in STEPS, or -1 where it went back.

    >>> [STEPS[find_step("1.2.3", new)] for new in ("1.2.3", "1.2.4", "1.3.0", "2.0.0")], find_step("1.2.3", "1.2.2")
    (['none', 'patch', 'minor', 'major'], -1)
    """
    was, now = (tuple(map(int, version.split("."))) for version in (old, new))
    if now <= was:
        return 0 if now == was else -1
    return 3 - next(at for at in range(3) if was[at] != now[at])


def compare_schemas(old: Mapping[str, Schema], new: Mapping[str, Schema]) -> tuple[Difference, ...]:
    """Return every difference between the schemas of the tables of two releases, the gravest first.

    Added tables, columns and allowed values need a minor step; what is removed, or asked of values in another way, a
    major one; other words a patch. A renamed column is one removed and one added.
    """
    found = [Difference(3, name, Text("table removed", "表被移除")) for name in old if name not in new]
    found += [Difference(2, name, Text("table added", "新增表")) for name in new if name not in old]
    for name in new:
        if name in old:
            found += compare_tables(name, old[name], new[name])
    return tuple(sorted(found, key=lambda each: (-each.step, each.where)))


def compare_tables(name: str, old: Schema, new: Schema) -> Iterator[Difference]:
    """Yield the differences between two schemas of one table."""
    was, now = ({field["name"]: field for field in schema["fields"]} for schema in (old, new))
    for column in was:
        if column not in now:
            yield Difference(3, f"{name}.{column}", Text("column removed or renamed", "列被移除或更名"))
    for column in now:
        if column not in was:
            yield Difference(2, f"{name}.{column}", Text("column added", "新增列"))
        else:
            yield from compare_fields(f"{name}.{column}", was[column], now[column])
    if [column for column in was if column in now] != [column for column in now if column in was]:
        yield Difference(3, name, Text("columns in another order", "列的次序改变"))
    for key in ("primaryKey", "uniqueKeys", "missingValues", "fieldsMatch"):
        if old.get(key) != new.get(key):
            yield Difference(3, name, Text(f"{key} changed", f"{key} 改变"))
    before, after = ({json.dumps(key) for key in schema.get("foreignKeys", [])} for schema in (old, new))
    grown = {key for key in after - before if not set(json.loads(key)["fields"]) & set(was)}
    if before != after - grown:
        yield Difference(3, name, Text("foreignKeys changed", "foreignKeys 改变"))


def compare_fields(where: str, old: Schema, new: Schema) -> Iterator[Difference]:
    """Yield the differences between two declarations of one column."""
    for key in sorted({*old, *new} - {*WORDS, "name", "constraints"}):
        if old.get(key) != new.get(key):
            what = f"{key} {show(old.get(key))} → {show(new.get(key))}"
            yield Difference(3, where, Text(what, what))
    yield from compare_constraints(where, old.get("constraints", {}), new.get("constraints", {}))
    was, now = labels(old), labels(new)
    if any(old.get(key) != new.get(key) for key in WORDS if key != "categories") or any(
        was[value] != now[value] for value in was.keys() & now.keys()
    ):
        yield Difference(1, where, Text("other words", "文字改动"))


def compare_constraints(where: str, old: Schema, new: Schema) -> Iterator[Difference]:
    """Yield the differences between what is asked of the values of one column."""
    for key in sorted({*old, *new}):
        was, now = old.get(key), new.get(key)
        if was == now:
            continue
        if key == "enum" and was and now and set(was) <= set(now):
            more = ", ".join(map(str, (each for each in now if each not in was)))
            if more:
                yield Difference(2, where, Text(f"allowed values added: {more}", f"新增允许值：{more}"))
            continue
        what = f"{key} {show(was)} → {show(now)}"
        yield Difference(3, where, Text(what, what))


def labels(field: Schema) -> Mapping[str, Any]:
    """Return the words of the categories that a column had; a category is new where its value is."""
    return {each["value"]: each for each in field.get("categories", []) if isinstance(each, Mapping)}


def show(value: Any) -> str:
    """Return a part of a schema for a message."""
    text = json.dumps(value, ensure_ascii=False) if value is not None else "-"
    return text if len(text) <= 60 else f"{text[:57]}..."
