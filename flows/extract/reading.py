"""One document under one form: its tables from the grids, and from the text around them what lost its grid.

A report may print one table as a grid and another as text, or the same table twice. So the text outside of
the grids is always looked at; where it states a cell otherwise than a grid, neither is taken.
"""

import re
from collections.abc import Iterable, Sequence, Set

from flows.cells import UNITS
from flows.codebook import Form
from flows.extract.choice import MIN_LABELS
from flows.extract.figures import GROUPS, Reader, finish_reading, lose_copies
from flows.extract.lines import MIN_ROWS, MIN_TABLE, text_rows
from flows.extract.match import Matched, match_rows
from flows.extract.matrix import count_known, read_grids
from flows.extract.stream import read_stream
from flows.extract.tables import PrintedRow, find_grids, read_parts
from flows.extract.textcells import read_cells
from flows.model import Document, Grid, Observation

MIN_LINES = 3  # lines that end with a figure: fewer are no table
MAX_BETWEEN = 300  # characters between two rows of one table
ENDS_WITH_FIGURE = re.compile(
    r"[0-9０-９无/／\-－—–](?:" + "|".join(UNITS) + r")?[^\S\n]*[|｜]?[^\S\n]*(?:\n|$)"
)

TABLES = (("art20_",), ("application.", "result."), GROUPS)  # how the codes of each table begin

Spans = tuple[tuple[int, int], ...]


def read_tables(document: Document, form: Form, year: int | None) -> tuple[Matched, tuple[Grid, ...]]:
    """Return what is matched in the tables of the report of a year under a form, and where these stand.

    Raises FormError where the tables cannot be told apart.
    """
    return (
        read_statistics(document, form, year) if "statistics" in form.tables else read_matrix(document, form)
    )


def read_statistics(document: Document, form: Form, year: int | None) -> tuple[Matched, tuple[Grid, ...]]:
    """Return what is matched under a form of one table with three columns, and where the table stands.

    Beside a grid with all rows only a whole table counts as a second copy; else every stretch of rows does.
    """
    grids = find_grids(document, form)
    printed = read_parts(grids, form, year)
    rows = [row for each in printed for row in each]
    matched = match_copies(printed, form)
    taken = taken_spans(document, {grid.locator for grid in grids})
    if rows and not may_hold_rows(document.text, taken):
        matched.in_grids = True
        return matched, grids
    least = MIN_ROWS if rows and len(matched.rows) < count_national(form) else MIN_TABLE
    told = text_rows(read_cells(document.text, taken), form, year, least)
    if not told:
        return matched, grids
    places = (*grids, *text_spans(document, (row.locator for row in told)))
    return match_copies([*printed, told], form), places


def match_copies(printed: Sequence[tuple[PrintedRow, ...]], form: Form) -> Matched:
    """Return what is matched in all of some tables, without what only one of two differing copies states."""
    matched = match_rows([row for rows in printed for row in rows], form)
    if matched.repeated and len(printed) > 1:
        lose_copies(matched, form, [match_rows(rows, form).rows.keys() for rows in printed])
    return matched


def count_national(form: Form) -> int:
    """Return how many figures the national table of a form has."""
    return sum(row.origin == "national" for row in form.values)


def read_matrix(document: Document, form: Form) -> tuple[Matched, tuple[Grid, ...]]:
    """Return what is matched under a form of three tables, and where the tables stand.

    A grid whose rows did not fit its columns is not read again as text, by their number alone.
    """
    reader = Reader(form)
    grids = form_grids(document, form)
    read_grids(reader, grids)
    locators = [row.locator for row in reader.matched.rows.values()]
    locators += [finding.locator for finding in reader.matched.findings]
    taken = taken_spans(document, tables_of(locators))
    reader.matched.in_grids = has_all_tables(reader) and not may_hold_rows(document.text, taken)
    if not reader.matched.in_grids:
        read_stream(reader, read_cells(document.text, taken))
    matched = finish_reading(reader)
    told = (row.locator for row in matched.rows.values() if row.locator.startswith("text "))
    return matched, (*grids, *text_spans(document, told))


def form_grids(document: Document, form: Form) -> tuple[Grid, ...]:
    """Return the grids that print labels of a form's tables, and those that go on below one: a body below its head."""
    found: list[Grid] = []
    for grid in document.grids:
        above = found[-1] if found else None
        goes_on = (
            above is not None
            and len(above.rows[0]) == len(grid.rows[0])
            and not document.text[above.end : grid.start].strip()
        )
        if goes_on or count_known(grid, form) >= MIN_LABELS:
            found.append(grid)
    return tuple(found)


def tables_of(locators: Iterable[str]) -> set[str]:
    """Return the tables that locators name.

    >>> tables_of(["table 1 r2 c3", "table 1 r3 c3"])
    {'table 1'}
    """
    return {locator.partition(" r")[0] for locator in locators}


def has_all_tables(reader: Reader) -> bool:
    """Return whether the grids state figures of each of the three tables."""
    stated = [cell.removeprefix(f"v{reader.form.form}.") for cell in reader.matched.rows]
    return all(any(cell.startswith(stems) for cell in stated) for stems in TABLES)


def taken_spans(document: Document, read: Set[str]) -> Spans:
    """Return the stretches of text of the grids that are read, and of all others that are tables and no mere frames."""
    return tuple(
        sorted(
            (grid.start, grid.end)
            for grid in document.grids
            if grid.locator in read or (len(grid.rows) >= MIN_LABELS and len(grid.rows[0]) > 1)
        )
    )


def in_grids(document: Document, observations: Iterable[Observation]) -> bool:
    """Return whether all that a document prints of tables stands in the grids that observations were read from."""
    tables = tables_of([each.locator for each in observations])
    return not may_hold_rows(document.text, taken_spans(document, tables))


def may_hold_rows(text: str, taken: Spans) -> bool:
    """Return whether enough lines outside of some stretches end with a figure to be a table."""
    found, start = 0, 0
    for first, last in (*taken, (len(text), len(text))):
        for _ in ENDS_WITH_FIGURE.finditer(text, start, max(start, first)):
            found += 1
            if found >= MIN_LINES:
                return True
        start = max(start, last)
    return False


def text_spans(document: Document, locators: Iterable[str]) -> list[Grid]:
    """Return the stretches of text that the rows of flattened tables cover, as grids without cells."""
    spans: list[tuple[int, int]] = []
    for first, last in sorted(map(place_of, locators)):
        start = document.text.rfind("\n", 0, first) + 1
        if spans and start - spans[-1][1] <= MAX_BETWEEN:
            spans[-1] = (spans[-1][0], max(last, spans[-1][1]))
        else:
            spans.append((start, last))
    return [Grid("text", (), start=start, end=end) for start, end in spans]


def place_of(locator: str) -> tuple[int, int]:
    """Return the characters that a locator of a text names: (first, behind the last)."""
    first, last = locator.removeprefix("text ").split("-")
    return int(first), int(last)
