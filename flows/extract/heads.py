"""The heading rows of a grid of the forms since 2019: which columns they name, and the columns that each heading covers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import NamedTuple

from flows.cells import clean_text, noted_unit
from flows.codebook import Form, FormTable
from flows.extract.columns import STUBS, all_columns, column_code, in_order, is_group, name_cases, tells_table
from flows.extract.panels import runs_down
from flows.model import Grid

MAX_CUT = 3  # rows over which one heading may be cut


class Leaf(NamedTuple):
    """One column of figures: its name (empty where not known), and the grid's columns that its heading covers.

    `copies` is how many cells print the heading: a converter may repeat a cell that spans columns. `headed` where
    anything is printed above the column.
    """

    name: str
    start: int
    end: int
    unit: str = ""
    copies: int = 1
    headed: bool = True


@dataclass(frozen=True)
class Header:
    """The columns in force for the rows below.

    `in_order` where they stand in the order of the form, `aligned` where in the same grid as the
    rows, `proven` where a row stood exactly below them. `last` is the row of the lowest headings in their grid.
    """

    table: str
    leaves: tuple[Leaf, ...]
    in_order: bool
    aligned: bool = True
    proven: bool = False
    last: int = 0

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The first column of each leaf."""
        return tuple(leaf.start for leaf in self.leaves)


def find_header(grid: Grid, rows: Sequence[int], form: Form) -> Header | None:
    """Return the header that rows of words make, from the lowest that names columns; None where none does."""
    for last in range(len(rows), 0, -1):
        spans = find_spans(grid, rows[:last])
        paths = [heading_path(grid, rows[:last], start) for start, _ in spans]
        for name in form.tables:
            header = name_leaves(spans, paths, name, form)
            if header is not None:
                return replace(header, last=rows[last - 1])
    return None


def name_leaves(
    spans: Sequence[tuple[int, int]], paths: Sequence[tuple[str, ...]], name: str, form: Form
) -> Header | None:
    """Return the header that headings make for one table, or None where they name none of its columns."""
    table = form.tables[name]
    codes = [name_path(path, table) for path in paths]
    named = [place for place, code in enumerate(codes) if code and code not in STUBS and not is_group(code)]
    if not any(tells_table(codes[place]) for place in named) or (name == "cases" and len(named) < 2):
        return None
    first = named[0]
    units = [noted_unit("".join(own_path(path, name, form))) for path in paths]
    if name == "cases":
        groups = [name_group(path, table) for path in paths]
        names = name_cases(list(zip(groups[first:], codes[first:], strict=True)))
    else:
        names = [code if code not in STUBS else "" for code in codes[first:]]
    leaves = merge_copies(
        [
            Leaf(leaf, *span, unit, headed=bool(path))
            for leaf, span, unit, path in zip(
                names, spans[first:], units[first:], paths[first:], strict=False
            )
        ]
    )
    known = [leaf.name for leaf in leaves if leaf.name]
    bare = [code if path else "label" for code, path in zip(codes[first:], paths[first:], strict=True)]
    told = len(set(known)) == len(known) and not lacks_heading(names, bare, name, form)
    return Header(name, leaves if told else (), in_order(known, name, form))


def own_path(path: Sequence[str], name: str, form: Form) -> Iterator[str]:
    """Yield the headings over a column up to one that names a column of another table only."""
    others = [table for other, table in form.tables.items() if other != name]
    for text in path:
        foreign = any(tells_table(column_code(text, table)) for table in others)
        if foreign and not column_code(text, form.tables[name]):
            return
        yield text


def lacks_heading(names: Sequence[str], codes: Sequence[str], name: str, form: Form) -> bool:
    """Return whether a column has no heading of its own and others do not stand where the form has them.

    One heading may then be lost and the rest shifted. The table of article 20 has other columns in each section.
    """
    order = all_columns(name, form)
    bare = any(not own and code in STUBS for own, code in zip(names, codes, strict=False))
    if not bare or order == ("",) or set(names).issuperset(order):
        return False
    return len(names) != len(order) or any(
        each not in ("", own) for each, own in zip(names, order, strict=True)
    )


def merge_copies(leaves: Sequence[Leaf]) -> tuple[Leaf, ...]:
    """Return leaves with those of the same name side by side as one."""
    merged: list[Leaf] = []
    for leaf in leaves:
        last = merged[-1] if merged else leaf
        if merged and leaf.name and leaf.name == last.name and leaf.start == last.end:
            merged[-1] = last._replace(end=leaf.end, copies=last.copies + 1)
        else:
            merged.append(leaf)
    return tuple(merged)


def find_spans(grid: Grid, rows: Sequence[int]) -> list[tuple[int, int]]:
    """Return the columns that the headings cover in the last of some rows: (first, behind the last) of each."""
    spans: list[tuple[int, int]] = []
    for column in range(len(grid.rows[0])):
        last = rows[-1]
        if not grid.rows[last][column] and ((last, column) in grid.continued or is_spacer(grid, column)):
            continue
        begins = heading_start(grid, rows, column) == column
        if begins or not spans or spans[-1][1] != column:
            spans.append((column, column + 1))
        else:
            spans[-1] = (spans[-1][0], column + 1)
    return spans


def heading_start(grid: Grid, rows: Sequence[int], column: int) -> int:
    """Return the first column of the heading that covers a place of the last row, which may reach down from above."""
    for at in reversed(rows):
        if (at, column) not in grid.continued:
            return column
        if not runs_down(grid, at, column):
            return heading_start(grid, rows, column - 1) if column else column
    return column


def heading_path(grid: Grid, rows: Sequence[int], column: int) -> tuple[str, ...]:
    """Return the headings above each other over a column, the lowest first, each once."""
    texts = [clean_text(grid.rows[at][column]) for at in reversed(rows)]
    return tuple(text for text in dict.fromkeys(texts) if text)


@lru_cache(maxsize=10_000)
def name_path(path: tuple[str, ...], table: FormTable) -> str:
    """Return what a column's headings name: the lowest of them, or one cut over several rows."""
    for cut in range(min(MAX_CUT, len(path)), 0, -1):
        if code := column_code("".join(reversed(path[:cut])), table):
            return code
    return ""


def name_group(path: Sequence[str], table: FormTable) -> str:
    """Return the group of cases that a column's headings name, in one of them or in one cut over several rows."""
    pieces = (
        "".join(reversed(path[at : at + cut])) for at in range(len(path)) for cut in range(1, MAX_CUT + 1)
    )
    return next((code for piece in pieces if is_group(code := column_code(piece, table))), "")


def is_spacer(grid: Grid, column: int) -> bool:
    """Return whether no cell of a column prints anything in the whole grid."""
    return not any(
        row[column].strip() and (at, column) not in grid.continued for at, row in enumerate(grid.rows)
    )
