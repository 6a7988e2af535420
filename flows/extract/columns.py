"""The headings of the columns of the forms since 2019: what a heading names, and in which order columns may stand."""

import re
from collections.abc import Sequence
from functools import lru_cache

from flows.cells import NUMBERING, clean_label, fold_text
from flows.codebook import Form, FormTable
from flows.extract.figures import GROUPS, OUTCOMES

STUBS = frozenset(["label", "applicants", "organisations", "litigation", "note"])
# Headings of columns that are also labels of rows: they alone tell no table.
SHARED = frozenset(["other", "total"])
INNER_NUMBER = re.compile(
    r"\((?:[一二三四五六七八九十]{1,3}|\d{1,2}|[IVX]{1,4})\)|\d{1,2}(?:[.、]|(?=[\u4e00-\u9fff]))"
    r"|[一二三四五六七八九十]{1,3}、|[IVX]{1,4}[.、]"
)
# A report repeats its few labels in thousands of cells.
label_of = lru_cache(maxsize=10_000)(clean_label)


@lru_cache(maxsize=10_000)
def column_code(text: str, table: FormTable) -> str:
    """Return the code of the column that a heading names in a table, or an empty text; a numbered label is a row's."""
    label = label_of(text)
    if label not in table.columns or NUMBERING.match(fold_text(text)):
        return ""
    return table.columns[label]


def is_group(code: str) -> bool:
    """Return whether a column's code is a group of cases, an indicator of its own: `v2021.reconsideration`."""
    return "." in code


def tells_table(code: str) -> bool:
    """Return whether a heading can only be that of a column, not of a row or a group."""
    return bool(code) and code not in SHARED and not is_group(code)


def row_codes(form: Form, table: str, text: str) -> tuple[str, ...]:
    """Return the codes that a heading can mean as a row of a table; in the table of cases the groups are its rows."""
    label = label_of(text)
    codes = tuple(form.tables[table].rows.get(label, ()))
    if table == "cases" and is_group(form.tables[table].columns.get(label, "")):
        codes += (form.tables[table].columns[label],)
    return codes


def all_codes(form: Form, text: str) -> tuple[str, ...]:
    """Return the codes that a heading can mean as a row, over all tables of a form."""
    return tuple(code for name in form.tables for code in row_codes(form, name, text))


def in_order(names: Sequence[str], table: str, form: Form) -> bool:
    """Return whether named columns stand in the order of the form."""
    known = [name for name in names if name]
    order = column_order(table, form)
    return [name for name in order if name in known] == known


def column_order(table: str, form: Form) -> list[str]:
    """Return the names of a table's columns in the order of the form."""
    if table == "applications":
        return list(form.applicants)
    if table == "cases":
        grouped = [f"v{form.form}.{group}.{outcome}" for group in GROUPS for outcome in OUTCOMES]
        return [*OUTCOMES, *grouped]
    return list(dict.fromkeys(form.tables[table].columns.values()))


def name_cases(leaves: Sequence[tuple[str, str]]) -> list[str]:
    """Return the names of columns of cases from their (group above, outcome); none where they cannot be told.

    The cells of the groups are often misplaced over the columns: five outcomes three times over
    are the three groups as printed from left to right, when all three are.
    """
    outcomes = [outcome for _, outcome in leaves]
    groups = list(dict.fromkeys(group for group, _ in leaves if group))
    if outcomes == list(OUTCOMES) * len(GROUPS):
        return (
            [f"{groups[place // 5]}.{outcome}" for place, outcome in enumerate(outcomes)]
            if len(groups) == len(GROUPS)
            else []
        )
    names = [f"{group}.{outcome}" if group else outcome for group, outcome in leaves]
    return names if len(set(names)) == len(names) else []


def all_columns(table: str, form: Form) -> Sequence[str]:
    """Return the columns that a table of the form has in every report; none of a table that has others by section."""
    if table == "applications":
        return form.applicants
    groups = [f"v{form.form}.{group}.{outcome}" for group in GROUPS for outcome in OUTCOMES]
    return groups if table == "cases" else ("",)
