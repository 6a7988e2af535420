"""Grids of the forms since 2019: every figure by its row and its column, whatever the geometry of the page.

Three tables: items of article 20 (`art20`: rows × changing columns), applications (`applications`:
rows × seven kinds of applicant), cases (`cases`: three groups of five columns). What stands above a
row of figures and names columns is its header, so one grid may hold all three, and one table may
be cut in several grids. A row is read where it prints as many cells after its heading as the
header has columns, or one cell in each column; else it is lost, loudly.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flows.cells import clean_label, clean_text, noted_unit
from flows.errors import Text
from flows.extract.columns import (
    STUBS,
    all_codes,
    column_code,
    in_order,
    is_group,
    name_cases,
    row_codes,
    tells_table,
)
from flows.extract.figures import (
    GROUPS,
    Figure,
    Reader,
    RowLabel,
    finish_reading,
    is_figure,
    is_heading,
    keep_row_figures,
    lose_row,
    lose_unknown,
    may_be_figure,
    miscounted,
    states_figure,
)
from flows.extract.match import Matched
from flows.extract.tables import runs_down
from flows.model import Grid
from flows.registry import Form, FormTable

MAX_CUT = 3  # rows over which one heading may be cut


@dataclass(frozen=True)
class Leaf:
    """One column of figures: its name (empty where not known), and the grid's columns that its heading covers."""

    name: str
    start: int
    end: int
    unit: str = ""


@dataclass(frozen=True)
class Header:
    """The columns in force for the rows below.

    `in_order` where they stand in the order of the form, `aligned` where in the same grid as the
    rows, `proven` where a row stood exactly below them.
    """

    table: str
    leaves: tuple[Leaf, ...]
    in_order: bool
    aligned: bool = True
    proven: bool = False


@dataclass(frozen=True)
class Row:
    """One row of a grid by the cells that it prints itself: their columns and texts."""

    at: int
    columns: tuple[int, ...]
    texts: tuple[str, ...]


def read_grids(grids: Sequence[Grid], form: Form) -> Matched:
    """Return every figure of the three tables under its cell; what is not known or not certain becomes a finding."""
    reader = Reader(form)
    header: Header | None = None
    for grid in grids:
        header = read_grid(reader, grid, header)
    return finish_reading(reader)


def count_known(grid: Grid, form: Form) -> int:
    """Return how many different labels of the form's tables a grid prints."""
    labels = {clean_label(text) for row in grid.rows for text in row if text}
    return max(len(labels & (table.rows.keys() | table.columns.keys())) for table in form.tables.values())


def read_grid(reader: Reader, grid: Grid, before: Header | None) -> Header | None:
    """Read one grid and return the header that a following grid may go on with."""
    header = replace(before, aligned=False) if before else None
    above: list[int] = []
    for at in range(len(grid.rows)):
        row = own_row(grid, at)
        if not any(text.strip() for text in row.texts) and not (
            above and ends_cases(grid, above, reader.form)
        ):
            continue
        if not is_data(row, reader.form, header):
            above.append(at)
            continue
        found = find_header(grid, above, reader.form)
        if found:
            header = found
            begin_part(reader, grid, at, header)
        above = []
        if (
            header is not None
            and header.aligned
            and by_geometry(grid, row, find_label(row, reader.form), header)
        ):
            header = replace(header, proven=True)
        read_row(reader, grid, row, header)
    found = find_header(grid, above, reader.form)
    return found or header


def begin_part(reader: Reader, grid: Grid, at: int, header: Header) -> None:
    """Note that another header begins, and whether its columns stand in another order than the form's."""
    reader.part += 1
    if not header.in_order:
        reader.turned[reader.part] = (f"{grid.locator} r{at + 1}", [])


def own_row(grid: Grid, at: int) -> Row:
    """Return the cells that a row prints itself, without those that span into it."""
    columns = tuple(column for column in range(len(grid.rows[at])) if (at, column) not in grid.continued)
    return Row(at, columns, tuple(grid.rows[at][column] for column in columns))


# Which rows are headings


def is_data(row: Row, form: Form, header: Header | None) -> bool:
    """Return whether a row holds figures (or their blanks) and not headings of columns."""
    if any(tells_table(column_code(text, table)) for table in form.tables.values() for text in row.texts):
        return False
    if all(is_figure(text) for text in row.texts):
        return True
    place = find_label(row, form)
    if place is not None:
        after = row.texts[place + 1 :]
        return any(text.strip() for text in after) or (
            bool(after) and may_be_blank(row.texts[place], form, header)
        )
    words = [place for place, text in enumerate(row.texts) if not is_figure(text)]
    after = row.texts[words[-1] + 1 :]
    columns = len(header.leaves) if header else 0
    return (
        any(states_figure(text) for text in after)
        or (len(after) == columns and any(text.strip() for text in after))
        or sum(states_figure(text) for text in row.texts) > len(words)
    )


def may_be_blank(text: str, form: Form, header: Header | None) -> bool:
    """Return whether a known label is that of a row with figures, so that cells without any are its blanks."""
    return (header is not None and header.table == "cases") or not is_heading(all_codes(form, text), form)


def find_label(row: Row, form: Form) -> int | None:
    """Return the place of the last known row label of a row that nothing but cells of figures (or one odd word) follows."""
    places = [
        place
        for place, text in enumerate(row.texts)
        if any(row_codes(form, name, text) for name in form.tables)
    ]
    if len(places) > 1 and all(
        is_group(column_code(row.texts[place], form.tables["cases"])) for place in places[-2:]
    ):
        return None
    after = row.texts[places[-1] + 1 :] if places else ()
    return (
        places[-1]
        if places and not any(clean_label(text) in form.column_spellings for text in after)
        else None
    )


def ends_cases(grid: Grid, above: Sequence[int], form: Form) -> bool:
    """Return whether the rows above are the headings of cases: their only row of figures may be blank."""
    header = find_header(grid, above, form)
    return header is not None and header.table == "cases"


def find_header(grid: Grid, rows: Sequence[int], form: Form) -> Header | None:
    """Return the header that rows of words make, from the lowest that names columns; None where none does."""
    for last in range(len(rows), 0, -1):
        for name, table in form.tables.items():
            header = name_leaves(grid, rows[:last], name, table, form)
            if header is not None:
                return header
    return None


def name_leaves(grid: Grid, rows: Sequence[int], name: str, table: FormTable, form: Form) -> Header | None:
    """Return the header that rows make for one table, or None where its last row names none of its columns."""
    spans = find_spans(grid, rows)
    paths = [heading_path(grid, rows, start) for start, _ in spans]
    codes = [name_path(path, table) for path in paths]
    named = [place for place, code in enumerate(codes) if code and code not in STUBS and not is_group(code)]
    if not any(tells_table(codes[place]) for place in named) or (name == "cases" and len(named) < 2):
        return None
    first = named[0]
    units = [noted_unit("".join(path)) for path in paths]
    if name == "cases":
        groups = [
            next((code for text in path if is_group(code := column_code(text, table))), "") for path in paths
        ]
        names = name_cases(list(zip(groups[first:], codes[first:], strict=True)))
    else:
        names = [code if code not in STUBS else "" for code in codes[first:]]
    leaves = tuple(
        Leaf(leaf, start, end, unit)
        for leaf, (start, end), unit in zip(names, spans[first:], units[first:], strict=False)
    )
    known = [leaf.name for leaf in leaves if leaf.name]
    return Header(name, leaves if len(set(known)) == len(known) else (), in_order(known, name, form))


def find_spans(grid: Grid, rows: Sequence[int]) -> list[tuple[int, int]]:
    """Return the columns that the headings cover in the last of some rows: (first, behind the last) of each."""
    spans: list[tuple[int, int]] = []
    for column in range(len(grid.rows[0])):
        last = rows[-1]
        if (last, column) in grid.continued and not grid.rows[last][column]:
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


def heading_path(grid: Grid, rows: Sequence[int], column: int) -> list[str]:
    """Return the headings above each other over a column, the lowest first, each once."""
    texts = [clean_text(grid.rows[at][column]) for at in reversed(rows)]
    return [text for text in dict.fromkeys(texts) if text]


def name_path(path: Sequence[str], table: FormTable) -> str:
    """Return what a column's headings name: the lowest of them, or one cut over several rows."""
    for cut in range(min(MAX_CUT, len(path)), 0, -1):
        if code := column_code("".join(reversed(path[:cut])), table):
            return code
    return ""


# Rows of figures


def read_row(reader: Reader, grid: Grid, row: Row, header: Header | None) -> None:
    """Keep the figures of one row under their cells, or lose it with a finding."""
    place = find_label(row, reader.form)
    label = label_row(reader.form, grid, row, place, header)
    figures = row.texts[place + 1 :] if place is not None else [text for text in row.texts if is_figure(text)]
    if place is None and not label.codes:
        lose_unknown(reader, label, " ".join(figures))
    elif header is None or not label.codes:
        why = Text("no heading of its columns stands above it", "其上没有相应的列标题")
        lose_row(reader, replace(label, codes=all_codes(reader.form, label.text)), " ".join(figures), why)
    elif (aligned := align_row(grid, row, place, header)) is not None:
        keep_row_figures(reader, label, aligned)
    else:
        lose_row(reader, label, " ".join(figures), miscounted(len(figures), len(header.leaves)))


def label_row(form: Form, grid: Grid, row: Row, place: int | None, header: Header | None) -> RowLabel:
    """Return the heading of a row with what it means under the header in force; that of cases may print none."""
    locator = f"{grid.locator} r{row.at + 1} c1"
    if place is not None:
        codes = row_codes(form, header.table, row.texts[place]) if header else ()
        return RowLabel(row.texts[place], codes, locator)
    words = [text for text in row.texts if not is_figure(text)]
    if header is not None and header.table == "cases" and len(row.texts) > len(header.leaves) // 2:
        return RowLabel("".join(words), tuple(f"v{form.form}.{group}" for group in GROUPS), locator)
    return RowLabel(words[-1] if words else "", (), locator)


def align_row(grid: Grid, row: Row, place: int | None, header: Header) -> list[Figure] | None:
    """Return the figures of a row under the header's columns, or None where these cannot be told.

    By geometry where each column has one cell of its own (or the end of one that spans down);
    else by order, where as many cells follow the heading as there are columns. Headings in another
    order than the form's are trusted only where some row stood exactly below them.
    """
    columns = by_geometry(grid, row, place, header) if header.aligned else None
    if columns is None and (header.in_order or header.proven):
        columns = by_order(row, place, header)
    if columns is None:
        return None
    return [
        Figure(
            leaf.name,
            grid.rows[row.at][column],
            f"{grid.locator} r{row.at + 1} c{column + 1}",
            leaf.unit,
            merged=runs_down(grid, row.at, column) or runs_down(grid, row.at + 1, column),
        )
        for leaf, column in zip(header.leaves, columns, strict=True)
        if leaf.name
    ]


def by_geometry(grid: Grid, row: Row, place: int | None, header: Header) -> list[int] | None:
    """Return the column of each leaf's only cell, or None where one has none or several, or a cell has no leaf."""
    label = row.columns[place] if place is not None else -1
    found: list[int] = []
    for leaf in header.leaves:
        own = [column for column in row.columns if leaf.start <= column < leaf.end]
        if not own and grid.rows[row.at][leaf.start].strip() and runs_down(grid, row.at, leaf.start):
            own = [leaf.start]
        if len(own) != 1:
            return None
        found += own
    if not found:
        return None
    beyond = [
        column for column, text in zip(row.columns, row.texts, strict=True)
        if column not in found and column > label
        and (column >= header.leaves[0].start or (text.strip() and (place is not None or is_figure(text))))
    ]  # fmt: skip
    return found if not beyond and label not in found else None


def by_order(row: Row, place: int | None, header: Header) -> list[int] | None:
    """Return the columns of the cells after the heading, where they are as many as the header's columns."""
    after = row.columns[place + 1 :] if place is not None else row.columns
    first = row.texts[place + 1 :] if place is not None else row.texts
    if not after or len(after) != len(header.leaves) or not may_be_figure(first[0]):
        return None
    return list(after)
