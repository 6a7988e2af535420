"""Rows of figures to matched cells, for the forms since 2019: shared by the readers of grids and of text.

A row is kept only where each figure has one column. Anything else is lost with a finding that
names its cells: a figure under the wrong heading is worse than none.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from flows.cells import clean_text, parse_value, split_unit
from flows.codebook import Form, Indicator
from flows.errors import Text
from flows.extract.match import Matched, keep_row, unknown_label
from flows.extract.tables import PrintedRow
from flows.model import Finding

MIN_COPIED = 3  # rows printed in two tables that make one a copy of the other
# What the readers note of text that stands otherwise (`flows/read/runs.py`), and what may stand beside it.
MARKED = re.compile(r"\[[a-z][a-z ]*(?:: [^\[\]]*)?\]|[⁰¹²³⁴-⁹₀-₉]")
NOTE_OR_DIGITS = re.compile(MARKED.pattern + r"|[\s0-9０-９,，.．()\[\]]")
OUTCOMES = ("upheld", "corrected", "other", "pending", "total")
GROUPS = ("reconsideration", "litigation_direct", "litigation_after_reconsideration")


class Figure(NamedTuple):
    """One printed figure: the name of its column, its text, and where it stands."""

    name: str
    text: str
    locator: str
    unit: str = ""
    merged: bool = False


@dataclass(frozen=True)
class RowLabel:
    """The heading of a row: its text, the codes that it can mean in its table, and where the row stands."""

    text: str
    codes: tuple[str, ...]
    locator: str


@dataclass
class Reader:
    """One walk over a document: what is matched, in which part of the document, and the row that came last."""

    form: Form
    matched: Matched = field(default_factory=Matched)
    part: int = 0
    parts: dict[str, set[int]] = field(default_factory=dict)
    turned: dict[int, tuple[str, list[str]]] = field(default_factory=dict)
    headings: dict[int, list[str]] = field(default_factory=dict)
    worded: dict[int, tuple[str, ...]] = field(default_factory=dict)
    order: int = 0
    open_gap: bool = False


def is_figure(text: str) -> bool:
    """Return whether a cell holds what stands for a figure: a number, its unit with it, a dash, 无, or nothing.

    >>> is_figure("251000元"), is_figure("——"), is_figure("其他")
    (True, True, False)
    """
    return parse_value(text).status != "unreadable" or parse_value(split_unit(text)[0]).status != "unreadable"


def states_figure(text: str) -> bool:
    """Return whether a cell holds a number, its unit with it."""
    return parse_value(text).status == "reported" or parse_value(split_unit(text)[0]).status == "reported"


def may_be_figure(text: str) -> bool:
    """Return whether a cell holds a figure, or one that cannot be read: `3①`, `约5`."""
    return is_figure(text) or any(mark.isdecimal() for mark in text)


def is_marked(text: str) -> bool:
    """Return whether a cell holds nothing but notes of what is not read, and digits: a figure's cell all the same.

    >>> is_marked("[hidden: 8] 312"), is_marked("[image: x.png]"), is_marked("40817 ¹"), is_marked("[1]"), is_marked("其他")
    (True, True, True, False, False)
    """
    return MARKED.search(text) is not None and not NOTE_OR_DIGITS.sub("", text)


def keep_row_figures(reader: Reader, label: RowLabel, figures: Sequence[Figure]) -> None:
    """Keep the figures of a row under their cells; one that the form has no cell for becomes a finding."""
    astray = []
    for figure in figures:
        found = find_cell(reader.form, label.codes, figure.name)
        if found is not None:
            keep_figure(reader, label, figure, *found)
        elif figure.text.strip() and parse_value(figure.text).status != "dash":
            astray.append(figure.text)
    if astray:
        what = Text("the form has no cell here", "表式此处无单元格")
        cells = () if is_heading(label.codes, reader.form) else cells_of(reader.form, label.codes)
        reader.matched.findings.append(misaligned(label, " ".join(astray), what, cells))


@lru_cache(maxsize=10_000)
def find_cell(form: Form, codes: tuple[str, ...], name: str) -> tuple[Indicator, str] | None:
    """Return the indicator and applicant of a row's codes and a column's name, or None where the form has none."""
    if name in form.by_id:
        return form.by_id[name], "total"
    for code in codes:
        indicator = form.by_id.get(code)
        if indicator is not None and not code.endswith(GROUPS):
            return (indicator, name) if indicator.by_applicant and name in form.applicants else None
        if f"{code}.{name}" in form.by_id:
            return form.by_id[f"{code}.{name}"], "total"
    return None


def keep_figure(
    reader: Reader, label: RowLabel, figure: Figure, indicator: Indicator, applicant: str
) -> None:
    """Keep one figure under its cell, and note in which part of the document it stands."""
    if reader.open_gap:
        reader.matched.gaps.append((reader.order, indicator.order))
    reader.order, reader.open_gap = indicator.order, False
    row = PrintedRow((label.text,), figure.text, figure.unit, figure.locator, figure.merged)
    keep_row(reader.matched, indicator, row, applicant)
    cell = f"{indicator.indicator_id}|{applicant}"
    reader.parts.setdefault(cell, set()).add(reader.part)
    if reader.part in reader.turned:
        reader.turned[reader.part][1].append(cell)


@lru_cache(maxsize=10_000)
def cells_of(form: Form, codes: tuple[str, ...]) -> tuple[str, ...]:
    """Return all cells of the rows that codes mean."""
    return tuple(
        f"{indicator.indicator_id}|{applicant}"
        for indicator, applicant in form.cells
        if any(
            indicator.indicator_id == code or indicator.indicator_id.startswith(f"{code}.") for code in codes
        )
    )


def is_heading(codes: Sequence[str], form: Form) -> bool:
    """Return whether codes mean nothing but headings of the form, which have no figures."""
    return all(code in form.by_id and form.by_id[code].is_heading for code in codes)


def lose_row(reader: Reader, label: RowLabel, text: str, why: Text) -> None:
    """Give up a row's figures: its cells become unreadable, with a finding that names them."""
    heading = is_heading(label.codes, reader.form) and not any(code.endswith(GROUPS) for code in label.codes)
    cells = () if heading else cells_of(reader.form, label.codes)
    orders = {reader.form.by_id[cell.split("|")[0]].order for cell in cells}
    reader.matched.gaps += [(order - 1, order + 1) for order in sorted(orders)]
    reader.matched.findings.append(misaligned(label, text, why, cells))


def lose_unknown(reader: Reader, label: RowLabel, text: str) -> None:
    """Note a row of figures under a heading that is not known; what is missing near it counts as lost."""
    row = PrintedRow((label.text,), text, "", label.locator)
    reader.matched.findings.append(unknown_label(row, reader.form))
    reader.open_gap = True


def miscounted(figures: Sequence[str], columns: int) -> Text:
    """Return why a row is lost whose cells are not as many as its columns."""
    blank, count = sum(not text.strip() for text in figures), len(figures)
    if not blank:
        return Text(f"{count} figures under {columns} columns", f"{columns} 列下有 {count} 个数字")
    return Text(
        f"{count} cells, {blank} of them blank, under {columns} columns",
        f"{columns} 列下有 {count} 个单元格，其中 {blank} 个为空",
    )


def misaligned(label: RowLabel, text: str, why: Text, cells: Sequence[str]) -> Finding:
    """Return the finding for figures whose columns cannot be told."""
    heading, printed = clean_text(label.text), clean_text(text)
    return Finding(
        "misaligned_row",
        Text(
            f"'{heading}' ('{printed}'): {why.en}; which figure is whose cannot be told. See: gongkai show FILE",
            f"“{heading}”（“{printed}”）：{why.zh}；无法判断数字归属。参见：gongkai show FILE",
        ),
        locator=label.locator,
        cells=tuple(cells),
    )


def finish_reading(reader: Reader) -> Matched:
    """Return what is matched, with the findings that only the whole document tells."""
    if reader.open_gap:
        reader.matched.gaps.append((reader.order, len(reader.form.rows) + 1))
    for locator, cells in reader.turned.values():
        if cells:
            reader.matched.findings.append(turned_columns(locator, cells))
    lose_mixed(reader)
    return reader.matched


def turned_columns(locator: str, cells: Sequence[str]) -> Finding:
    """Return the finding for a table whose columns stand in another order than the form's."""
    return Finding(
        "column_order",
        Text(
            "the columns stand in another order than the form's; read as the headings say.",
            "列的次序与表式不同；按列标题读取。",
        ),
        locator=locator,
        cells=tuple(dict.fromkeys(cells)),
    )


def lose_mixed(reader: Reader) -> None:
    """Give up the cells that only one of two differing copies of a table states.

    A page may hold two reports. Where both state a cell and differ it is a duplicate; a cell
    that one of them leaves out would else be filled from the other.
    """
    conflicts = [cell for cell in reader.matched.repeated if len(reader.parts[cell]) > 1]
    if not conflicts:
        return
    for cells in copied_tables(reader):
        copies = max(len(reader.parts[cell]) for cell in cells)
        alone = [cell for cell in cells if len(reader.parts[cell]) < copies]
        for cell in alone:
            order = reader.form.by_id[cell.split("|")[0]].order
            reader.matched.gaps.append((order - 1, order + 1))
            del reader.matched.rows[cell]
        if alone:
            reader.matched.findings.append(mixed_copies(conflicts[0], alone))


def lose_copies(matched: Matched, form: Form, printed: Sequence[Collection[str]]) -> None:
    """Give up the cells that only one of two differing copies of a table states, of the form with one table.

    `printed` are the cells of each grid; a table that pages cut in two repeats a row or two at most.
    """
    count = Counter(cell for cells in printed for cell in cells)
    doubled = {cell for cell, times in count.items() if times > 1}
    conflicts = sorted(doubled & matched.repeated.keys())
    alone = [cell for cell in matched.rows if count[cell] == 1]
    if len(doubled) < MIN_COPIED or not conflicts or not alone:
        return
    for cell in alone:
        order = form.by_id[cell.split("|")[0]].order
        matched.gaps.append((order - 1, order + 1))
        del matched.rows[cell]
    matched.findings.append(mixed_copies(conflicts[0], alone))


def copied_tables(reader: Reader) -> Iterator[list[str]]:
    """Yield the cells of each table of which at least two rows are printed in several parts of the document."""
    for stem in ("art20_", "application|result", *GROUPS):
        starts = tuple(f"v{reader.form.form}.{each}" for each in stem.split("|"))
        cells = [cell for cell in reader.parts if cell.startswith(starts)]
        doubled = {cell.split("|")[0] for cell in cells if len(reader.parts[cell]) > 1}
        if len(doubled) > 1:
            yield cells


def mixed_copies(conflict: str, cells: Sequence[str]) -> Finding:
    """Return the finding for cells of which only one of two differing copies of a table states a figure."""
    return Finding(
        "duplicate_cell",
        Text(
            f"the table is printed twice with different figures ({conflict}); {len(cells)} cells stand in one copy "
            "only and are not read. Cut the file in two.",
            f"同一表格印有两份且数字不同（{conflict}）；{len(cells)} 格只见于其中一份，未予读取。请将文件拆开。",
        ),
        cells=tuple(cells),
    )
