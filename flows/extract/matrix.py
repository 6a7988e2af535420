"""Grids of the forms since 2019: every figure by its row and its column, whatever the geometry of the page.

Three tables: items of article 20 (`art20`: rows × changing columns), applications (`applications`:
rows × seven kinds of applicant), cases (`cases`: three groups of five columns). What stands above a
row of figures and names columns is its header, so one grid may hold all three, and one table may
be cut in several grids. A row is read where it prints as many cells after its heading as the
header has columns, or one cell in each column; else it is lost, loudly.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from flows.cells import clean_label
from flows.codebook import Form
from flows.errors import Text
from flows.extract.columns import all_codes, all_columns, in_order
from flows.extract.figures import (
    GROUPS,
    Figure,
    Reader,
    RowLabel,
    is_heading,
    keep_row_figures,
    lose_row,
    lose_unknown,
    may_be_figure,
    miscounted,
)
from flows.extract.headings import name_headings
from flows.extract.heads import Header, Leaf, find_header, is_spacer
from flows.extract.meaning import Meaning, find_meaning
from flows.extract.panels import runs_down
from flows.extract.upright import read_upright
from flows.model import Grid


class Row(NamedTuple):
    """One row of a grid by the cells that it prints itself: their columns, texts and meanings; `label` is the place of its label."""

    at: int
    columns: tuple[int, ...]
    texts: tuple[str, ...]
    meanings: tuple[Meaning, ...]
    label: int | None


def read_grids(reader: Reader, grids: Sequence[Grid]) -> None:
    """Keep every figure of the three tables under its cell; what is not known or not certain becomes a finding."""
    header: Header | None = None
    for grid in grids:
        header = read_grid(reader, grid, header)


def count_known(grid: Grid, form: Form) -> int:
    """Return how many different labels of the form's tables a grid prints."""
    texts = {text for row in grid.rows for text in row if text}
    labels = frozenset(map(clean_label, texts))
    return max(len(labels & table.labels) for table in form.tables.values())


def read_grid(reader: Reader, grid: Grid, before: Header | None) -> Header | None:
    """Read one grid and return the header that a following grid may go on with."""
    header = replace(before, aligned=False) if before else None
    if read_upright(reader, grid):
        return None
    above: list[int] = []
    for at in range(len(grid.rows)):
        row = own_row(grid, at, reader.form)
        if not any(map(str.strip, row.texts)) and not (above and ends_cases(grid, above, reader.form)):
            continue
        if not is_data(row, reader.form, header):
            above.append(at)
            continue
        found = find_header(grid, above, reader.form)
        if found:
            header = found
            begin_part(reader, grid, above, header)
        above = []
        columns = by_geometry(grid, row, header) if header is not None and header.aligned else None
        if header is not None and columns is not None and not header.proven:
            header = replace(header, proven=True)
        read_row(reader, grid, row, header, columns)
    found = find_header(grid, above, reader.form)
    return found or header


def begin_part(reader: Reader, grid: Grid, rows: Sequence[int], header: Header) -> None:
    """Note that another header begins with some rows, what its words are, and whether its columns stand in another order."""
    reader.part += 1
    reader.headings[reader.part] = [
        text for at in rows for text in own_row(grid, at, reader.form).texts if text.strip()
    ]
    if not header.in_order:
        reader.turned[reader.part] = (f"{grid.locator} r{rows[-1] + 2}", [])


def own_row(grid: Grid, at: int, form: Form) -> Row:
    """Return the cells that a row prints itself, without those that span into it."""
    columns = tuple([column for column in range(len(grid.rows[at])) if (at, column) not in grid.continued])
    texts = tuple([grid.rows[at][column] for column in columns])
    meanings = tuple([find_meaning(form, text) for text in texts])
    return Row(at, columns, texts, meanings, find_label(meanings))


def find_label(meanings: Sequence[Meaning]) -> int | None:
    """Return the place of the last known row label of a row that nothing but cells of figures (or one odd word) follows."""
    places = [place for place, meaning in enumerate(meanings) if meaning.rows]
    if not places or (len(places) > 1 and all(meanings[place].group for place in places[-2:])):
        return None
    return None if any(meaning.column for meaning in meanings[places[-1] + 1 :]) else places[-1]


# Which rows are headings


def is_data(row: Row, form: Form, header: Header | None) -> bool:
    """Return whether a row holds figures (or their blanks) and not headings of columns."""
    telling = [place for place, meaning in enumerate(row.meanings) if meaning.tells]
    if telling and not (row.label is not None and states_behind(row, max(row.label, telling[-1]))):
        return False
    words = [place for place, meaning in enumerate(row.meanings) if not meaning.figure]
    if not words:
        return True
    if row.label is not None:
        after = row.texts[row.label + 1 :]
        if is_cut_heading(row):
            return False
        return any(map(str.strip, after)) or (
            bool(after) and may_be_blank(row.texts[row.label], form, header)
        )
    after = row.texts[words[-1] + 1 :]
    columns = len(header.leaves) if header else 0
    return (
        any(meaning.stated for meaning in row.meanings[words[-1] + 1 :])
        or (len(after) == columns and any(map(str.strip, after)))
        or sum(meaning.stated for meaning in row.meanings) > len(words)
    )


def states_behind(row: Row, place: int) -> bool:
    """Return whether every cell behind a place holds a figure, and one a number: 行政诉讼 before a group of cases heads no column."""
    behind = row.meanings[place + 1 :]
    return (
        place == row.label
        and all(meaning.figure for meaning in behind)
        and any(meaning.stated for meaning in behind)
    )


def is_cut_heading(row: Row) -> bool:
    """Return whether a row with a known label is a piece of headings cut over rows: words alone, unknown ones before it or a group's piece."""
    assert row.label is not None
    before = [meaning for meaning in row.meanings[: row.label] if not meaning.rows]
    words = not any(may_be_figure(text) for text in row.texts[row.label + 1 :])
    return words and (len(before) > 1 or row.meanings[row.label].group) and row.label + 1 < len(row.texts)


def may_be_blank(text: str, form: Form, header: Header | None) -> bool:
    """Return whether a known label is that of a row with figures, so that cells without any are its blanks."""
    return (header is not None and header.table == "cases") or not is_heading(all_codes(form, text), form)


def ends_cases(grid: Grid, above: Sequence[int], form: Form) -> bool:
    """Return whether the rows above are the headings of cases: their only row of figures may be blank."""
    header = find_header(grid, above, form)
    return header is not None and header.table == "cases"


# Rows of figures


def read_row(
    reader: Reader, grid: Grid, row: Row, header: Header | None, columns: Sequence[int] | None
) -> None:
    """Keep the figures of one row under their cells, or lose it with a finding; `columns` where its geometry tells them."""
    label = label_row(reader.form, grid, row, header)
    found = align_row(reader, grid, row, header, columns) if header is not None and label.codes else None
    if found is not None:
        keep_row_figures(reader, label, row_figures(grid, row.at, *found))
        return
    figures = figure_texts(row)
    if row.label is None and not label.codes:
        lose_unknown(reader, label, " ".join(figures))
    elif header is None or not label.codes:
        why = Text("no heading of its columns stands above it", "其上没有相应的列标题")
        lose_row(reader, replace(label, codes=all_codes(reader.form, label.text)), " ".join(figures), why)
    else:
        lose_row(reader, label, " ".join(figures), miscounted(figures, len(header.leaves)))


def align_row(
    reader: Reader, grid: Grid, row: Row, header: Header, columns: Sequence[int] | None
) -> tuple[Header, Sequence[int]] | None:
    """Return the columns of a row's figures with the header over them, or None where neither place nor order tells them.

    Headings in another order than the form's are trusted only where some row stood exactly below them.
    """
    if columns is None and (header.in_order or header.proven):
        columns = by_order(row, header)
    if columns is not None:
        return header, columns
    worded = header_in_words(reader, header)
    if worded is not None and (columns := by_order(row, worded)) is not None:
        return worded, columns
    columns = by_geometry(grid, drop_spacers(grid, row, header.last), header) if header.aligned else None
    return (header, columns) if columns is not None else None


def figure_texts(row: Row) -> list[str]:
    """Return what stands in a row for its figures."""
    if row.label is not None:
        return list(row.texts[row.label + 1 :])
    return [text for text, meaning in zip(row.texts, row.meanings, strict=True) if meaning.figure]


def label_row(form: Form, grid: Grid, row: Row, header: Header | None) -> RowLabel:
    """Return the heading of a row with what it means under the header in force; that of cases may print none."""
    locator = f"{grid.locator} r{row.at + 1} c1"
    if row.label is not None:
        codes = row.meanings[row.label].rows.get(header.table, ()) if header else ()
        return RowLabel(row.texts[row.label], codes, locator)
    words = [text for text, meaning in zip(row.texts, row.meanings, strict=True) if not meaning.figure]
    if header is not None and header.table == "cases" and len(row.texts) > len(header.leaves) // 2:
        return RowLabel("".join(words), tuple(f"v{form.form}.{group}" for group in GROUPS), locator)
    return RowLabel(words[-1] if words else "", (), locator)


def row_figures(grid: Grid, at: int, header: Header, columns: Sequence[int]) -> list[Figure]:
    """Return the figures of a row, each under the leaf of its column."""
    place, row, spans = f"{grid.locator} r{at + 1} c", grid.rows[at], grid.continued
    return [
        Figure(
            leaf.name,
            row[column],
            f"{place}{column + 1}",
            leaf.unit,
            ((at, column) in spans and runs_down(grid, at, column))
            or ((at + 1, column) in spans and runs_down(grid, at + 1, column)),
        )
        for leaf, column in zip(header.leaves, columns, strict=True)
        if leaf.name
    ]


def by_geometry(grid: Grid, row: Row, header: Header) -> Sequence[int] | None:
    """Return the column of each leaf's only cell, or None where one has none or several, or a cell has no leaf.

    The end of a cell that spans down counts as the leaf's own.
    """
    first = row.label + 1 if row.label is not None else 0
    if has_headless(grid, row, header):
        return None
    if header.starts and row.columns[first:] == header.starts:
        return header.starts
    label = row.columns[row.label] if row.label is not None else -1
    printed = set(row.columns)
    found: list[int] = []
    twins: list[int] = []
    for leaf in header.leaves:
        own = [column for column in range(leaf.start, leaf.end) if column in printed]
        if len(own) == leaf.copies > 1 and len({grid.rows[row.at][column] for column in own}) == 1:
            own, twins = own[:1], twins + own[1:]
        if not own and grid.rows[row.at][leaf.start].strip() and runs_down(grid, row.at, leaf.start):
            own = [leaf.start]
        if len(own) != 1:
            return None
        found += own
    if not found or label in found:
        return None
    if any(lies_beyond(row, place, header) for place in beyond(row, [*found, *twins])):
        return None
    return found


def has_headless(grid: Grid, row: Row, header: Header) -> bool:
    """Return whether a row prints something in a column without any heading: its cells stand beside those of the headings."""
    return any(not leaf.headed and grid.rows[row.at][leaf.start].strip() for leaf in header.leaves)


def drop_spacers(grid: Grid, row: Row, above: int) -> Row:
    """Return a row without its blank cells in columns in which no cell of the whole grid prints anything.

    A cell where the grid has none down to the row of the headings `above` is one too much and stays.
    """
    kept = [
        place
        for place, column in enumerate(row.columns)
        if row.texts[place] or not is_spacer(grid, column) or lacks_cells(grid, above, column)
    ]
    meanings = tuple(row.meanings[place] for place in kept)
    columns, texts = tuple(row.columns[place] for place in kept), tuple(row.texts[place] for place in kept)
    return Row(row.at, columns, texts, meanings, find_label(meanings))


def lacks_cells(grid: Grid, last: int, column: int) -> bool:
    """Return whether no row down to a last one prints a cell in a column, nor one that spans into it with words."""
    return all((at, column) in grid.continued and not grid.rows[at][column] for at in range(last + 1))


def beyond(row: Row, found: Sequence[int]) -> Iterator[int]:
    """Yield the places of the cells behind a row's label that no leaf has."""
    first = row.label + 1 if row.label is not None else 0
    return (place for place in range(first, len(row.columns)) if row.columns[place] not in found)


def lies_beyond(row: Row, place: int, header: Header) -> bool:
    """Return whether a cell that no leaf has may be a figure: below the leaves or beside them, or before them and filled."""
    before = row.columns[place] < header.leaves[0].start
    return not before or (
        bool(row.texts[place].strip()) and (row.label is not None or row.meanings[place].figure)
    )


def by_order(row: Row, header: Header) -> Sequence[int] | None:
    """Return the columns of the cells after the heading, where they are as many as the header's columns."""
    first = row.label + 1 if row.label is not None else 0
    after = row.columns[first:]
    if not after or len(after) != len(header.leaves) or not may_be_figure(row.texts[first]):
        return None
    return after


def header_in_words(reader: Reader, header: Header) -> Header | None:
    """Return the header in the order of its words where these name all columns of its table, else None.

    Where row spans are lost or too long, headings stand over other columns than their own.
    """
    if reader.part not in reader.worded:
        runs = name_headings(reader.headings.get(reader.part, ()), reader.form)
        found = [columns.names for _, _, columns in runs if columns.table == header.table]
        reader.worded[reader.part] = found[-1] if found else ()
    names = reader.worded[reader.part]
    if sorted(names) != sorted(all_columns(header.table, reader.form)) or not in_order(
        names, header.table, reader.form
    ):
        return None
    return Header(header.table, tuple(Leaf(name, 0, 0) for name in names), True, aligned=False)
