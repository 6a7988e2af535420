"""Declared tables: files of `schemas/` read and held against their Table Schemas, and what one may point to in another."""

import csv
import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import frictionless
from frictionless.formats import CsvControl

from flows.concordance import split_codes
from flows.errors import RegistryError

LIKE = 0.4  # the ratio of two words from which on one is worth naming for the other

Row = Mapping[str, Any]


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


def check_gates(rows: Sequence[Row], tables: Iterable[str], rules: Iterable[str]) -> None:
    """Raise RegistryError for a table or a rule of a gate that there is not."""
    places = (("tables", "datapackage.json", tables), ("without", "rules.csv", rules))
    for number, row in enumerate(rows, start=2):
        for column, file, known in places:
            for name in row[column].split():
                if name not in known:
                    raise unknown_code("gates.csv", number, column, name, file, known)


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
