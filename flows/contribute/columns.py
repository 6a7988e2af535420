"""The rows of a table against its Table Schema, a column at a time: each distinct value is judged once, by frictionless' own reader.

So the verdict on a cell is the one of stock frictionless, and a hundred thousand rows take less than a second.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

import frictionless

from flows.contribute.faults import Fault
from flows.contribute.rows import Table
from flows.declared import nearest
from flows.errors import Text
from flows.registry import Registry


def field_names(registry: Registry, name: str) -> tuple[str, ...]:
    """Return the columns of a table of a contribution."""
    return tuple(field["name"] for field in registry.schemas[f"contributed/{name}"]["fields"])


def check_columns(registry: Registry, name: str, table: Table) -> Iterator[Fault]:
    """Yield the faults of every cell that its column does not allow, and of every row whose primary key is there before."""
    schema = registry.schemas[f"contributed/{name}"]
    known = frictionless.Schema.from_descriptor(dict(schema))
    for field in known.fields:
        cells = table.column(field.name)
        reader = field.create_cell_reader()
        wrong = {value: notes for value in set(cells) if (notes := reader(value)[1])}
        if wrong:
            about = next(each for each in schema["fields"] if each["name"] == field.name)
            made = {value: describe_cell(registry, about, value, notes) for value, notes in wrong.items()}
            for number, value in zip(table.numbers, cells, strict=True):
                if value in made:
                    yield place(made[value], table.file, number)
    yield from check_key(table, schema["primaryKey"])


def place(fault: Fault, file: str, row: int) -> Fault:
    """Return a fault at its place."""
    return Fault(fault.fault, file, fault.found, row, fault.column, fault.value, fault.mend)


def describe_cell(
    registry: Registry, about: Mapping[str, Any], value: str, notes: Mapping[str, str]
) -> Fault:
    """Return the fault of a value that its column does not allow, with the allowed word most like it."""
    column = about["name"]
    if not value:
        mend = Text(about["description"], about["description_zh"]) if column != "figure" else None
        return Fault("required", "", Text("an empty cell", "空单元格"), column=column, mend=mend)
    if column == "figure":
        return describe_figure(registry, value)
    if value.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")) and column not in (
        "page",
        "row",
    ):
        return Fault(
            "formula",
            "",
            Text("what a spreadsheet computes", "电子表格会计算的内容"),
            column=column,
            value=value,
        )
    allowed = about.get("constraints", {}).get("enum")
    if allowed:
        close = nearest(value, allowed)
        some = ", ".join(allowed)
        near = Text(f"; nearest: {close}", f"；最接近：{close}") if close else Text("", "")
        found = Text(f"none of: {some}{near.en}", f"不属于：{some}{near.zh}")
        return Fault("not_allowed", "", found, column=column, value=value)
    found = Text(
        f"{about['title']}: {about['description']}", f"{about['title_zh']}：{about['description_zh']}"
    )
    if "maximum length" in " ".join(notes.values()):
        most = about["constraints"]["maxLength"]
        found = Text(f"{len(value)} characters, at most {most}", f"{len(value)} 个字符，至多 {most} 个")
    return Fault("not_plain", "", found, column=column, value=value)


def describe_figure(registry: Registry, value: str) -> Fault:
    """Return the fault of a text that is no figure: what a spreadsheet or typist made of it, and what would be right."""
    for pattern, row in manglings(registry):
        if pattern(value):
            code = "formula" if row["mangling"] == "formula" else "not_figure"
            found, mend = Text(row["found_en"], row["found_zh"]), Text(row["mend_en"], row["mend_zh"])
            return Fault(code, "", found, column="figure", value=value, mend=mend)
    return Fault(
        "not_figure",
        "",
        Text("no figure and none of the words", "既非数字，也非所列词语"),
        column="figure",
        value=value,
    )


@lru_cache(maxsize=4)
def compiled(rows: tuple[tuple[str, str], ...]) -> tuple[Callable[[str], Any], ...]:
    """Return for each pattern the function that says whether a whole text matches it."""
    return tuple(re.compile(pattern).fullmatch for _, pattern in rows)


def manglings(registry: Registry) -> list[tuple[Callable[[str], Any], Mapping[str, str]]]:
    """Return the kinds of mangled figures in the order in which they are tried."""
    rows = registry.tables["contributed/manglings"]
    patterns = compiled(tuple((row["mangling"], row["pattern"]) for row in rows))
    return list(zip(patterns, rows, strict=True))


def check_key(table: Table, key: list[str]) -> Iterator[Fault]:
    """Yield a fault for every row whose primary key stands in a row before."""
    keys = list(table.columns_of(key))
    if len(set(keys)) == len(keys):
        return
    counts, first = Counter(keys), dict(zip(reversed(keys), reversed(table.numbers), strict=True))
    for row, each in zip(table.numbers, keys, strict=True):
        if counts[each] > 1 and row != first[each]:
            number = first[each]
            shown = " ".join(each)
            yield Fault(
                "duplicate", table.file, Text(f"the same as row {number}", f"与第 {number} 行相同"), row=row,
                column=key[-1] if len(key) == 1 else key[-2], value=shown,
            )  # fmt: skip


def check_known(
    table: Table,
    columns: tuple[str, ...],
    known: Collection[tuple[str, ...]],
    describe: Callable[[tuple[str, ...]], Fault],
) -> Iterator[Fault]:
    """Yield a fault for every row whose cells of some columns are together not among those that are known."""
    keys = list(table.columns_of(columns))
    wrong = {each: describe(each) for each in set(keys) if each not in known and any(each)}
    if wrong:
        for row, each in zip(table.numbers, keys, strict=True):
            if each in wrong:
                yield place(wrong[each], table.file, row)
