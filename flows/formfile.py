"""The files of `schemas/forms/`: each official form row by row and column by column, joined with the codebook."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flows.cells import clean_label
from flows.codebook import Form, FormTable, Indicator
from flows.declared import Row, load_table, unknown_code
from flows.errors import RegistryError
from flows.model import Label

# What a column of a form can be, beside a kind of applicant and a part of an indicator.
ROLES = (
    "label", "unit", "value", "part", "period", "past", "number", "note", "applicants", "organisations", "litigation",
)  # fmt: skip


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
