"""The headings of the columns of the forms since 2019: what a heading names, and in which order columns may stand."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import accumulate

from flows.cells import BRACKETED, NUMBERING, clean_label, fold_text
from flows.extract.figures import GROUPS, OUTCOMES, is_heading
from flows.registry import Form, FormTable

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
    return code.startswith("v")


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


def last_label(text: str, form: Form) -> str:
    """Return the known row label that a text is, or that it ends with where all before it are headings of groups."""
    if all_codes(form, text):
        return text
    folded = fold_text(text)
    for number in INNER_NUMBER.finditer(folded):
        before, label = folded[: number.start()], folded[number.start() :]
        if before and all_codes(form, label) and is_above(before, form):
            return label
    return ""


def is_above(text: str, form: Form) -> bool:
    """Return whether a text is the heading of a group, several of them, or a piece of one printed downwards."""
    headings = [fold_text(row.label_zh) for row in form.rows if row.is_heading]
    if any(text in heading for heading in headings) or is_group_label(text, form):
        return True
    return any(
        is_group_label(text[number.start() :], form) and is_above(text[: number.start()], form)
        for number in INNER_NUMBER.finditer(text)
        if number.start()
    )


def is_group_label(text: str, form: Form) -> bool:
    """Return whether a text is the known label of a heading."""
    codes = all_codes(form, text)
    return bool(codes) and is_heading(codes, form)


def last_headings(words: Sequence[str], known: Mapping[str, str]) -> tuple[int, list[str]]:
    """Return how many words come before a run of known headings that goes to the end, and the headings' codes.

    A heading may be cut over several words, or several stand in one; notes in brackets count
    for nothing. Of several ways the one with the fewest headings is taken.

    >>> last_headings(["表", "商业", "企业其他"], {"商业": "a", "企业": "a", "商业企业": "a", "其他": "b"})
    (1, ['a', 'b'])
    """
    text, starts = join_words(words)
    best: list[list[str] | None] = [None] * len(text) + [[]]
    for at in range(len(text) - 1, -1, -1):
        for label, code in known.items():
            if label and text.startswith(label, at) and (rest := best[at + len(label)]) is not None:
                found = best[at]
                if found is None or len(rest) + 1 < len(found):
                    best[at] = [code, *rest]
    return next(
        ((place, codes) for place, start in enumerate(starts) if (codes := best[start])),
        (len(words), []),
    )


def join_words(words: Sequence[str]) -> tuple[str, list[int]]:
    """Return words as one folded text without notes in brackets, and where each word begins in it."""
    folded = [fold_text(word) for word in words]
    whole = "".join(folded)
    noted = [False] * len(whole)
    for note in BRACKETED.finditer(whole):
        noted[note.start() : note.end()] = [True] * len(note[0])
    kept = [0]
    for flag in noted:
        kept.append(kept[-1] + (not flag))
    starts = [kept[at] for at in accumulate((len(word) for word in folded[:-1]), initial=0)] if words else []
    return "".join(mark for mark, flag in zip(whole, noted, strict=True) if not flag), starts


def join_stacked(above: Sequence[str], below: Sequence[str], known: Mapping[str, str]) -> list[str]:
    """Return headings printed on two lines as one line; none where a piece of the lower line finds no heading above.

    >>> join_stacked(["自然人", "商业", "科研"], ["企业", "机构"], {"商业企业": "", "科研机构": "", "自然人": ""})
    ['自然人', '商业企业', '科研机构']
    """
    rest = list(below)
    joined = []
    for word in above:
        if rest and fold_text(word + rest[0]) in known:
            joined.append(word + rest.pop(0))
        else:
            joined.append(word)
    return [] if rest else joined


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
