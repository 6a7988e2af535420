"""Tables in plain text: cells parted by bars, tabs, commas or semicolons, as many in every row, as sheets and Markdown print them.

Merged cells leave blank ones behind or are repeated. Where merged cells are printed once, rows differ in length:
such text is no grid and is read line by line (`flows/extract/textrows.py`).
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import groupby, pairwise

from flows.cells import find_unit, is_rule, parse_value, split_unit
from flows.model import Grid
from flows.read.limits import MAX_CELLS_TABLE, MAX_COLUMNS

MIN_ROWS = 2
MAX_CUT = 12  # characters of a piece of a heading on a line of its own
MIN_ODD = 4  # rows of differing length that show that merged cells are printed once
EMPHASIS = re.compile(r"(\*{1,3}|__|`)(?P<inner>[^*_`]+)\1")
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
WORD = re.compile(r"[\u3400-\u9fffA-Za-z]")
BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    """The fields of one row, and where it stands in the text; none of a line that parts two tables."""

    fields: tuple[str, ...]
    start: int
    end: int


def find_tables(text: str) -> tuple[Grid, ...]:
    """Return the tables of a text as grids with their places, none where its rows are not of one length."""
    for rows in (bar_rows(text), *(field_rows(text, mark) for mark in "\t,;")):
        found = [list(own) for own in split_tables(rows)]
        tables = [table for table in found if len(table) >= MIN_ROWS and is_even(table)]
        uneven = any(len(table) >= MIN_ODD and table not in tables for table in found)
        cut = any(touches(one, two, text) for one, two in pairwise(found) if two in tables)
        if tables and not uneven and not cut and any(map(has_spans, tables)):
            return tuple(make_grid(table, number) for number, table in enumerate(tables, start=1))
    return ()


def touches(one: Sequence[Row], two: Sequence[Row], text: str) -> bool:
    """Return whether a few rows of another length stand right above a table, with a short line between at most.

    They are its headings, cut over lines.
    """
    between = text[one[-1].end : two[0].start]
    near = len(between) <= MAX_CUT and "\n\n" not in between
    return near and len(one) < MIN_ODD and {len(row.fields) for row in one} != {len(two[0].fields)}


def split_tables(rows: Iterable[Row]) -> Iterator[Iterable[Row]]:
    """Yield the rows that follow each other."""
    return (own for several, own in groupby(rows, key=lambda row: len(row.fields) > 1) if several)


def is_even(table: Sequence[Row]) -> bool:
    """Return whether all rows have as many fields, no more than a table of a report, most of them several filled ones."""
    width = len(table[0].fields)
    within = width <= MAX_COLUMNS and width * len(table) <= MAX_CELLS_TABLE
    several = sum(sum(map(bool, row.fields)) > 1 for row in table)
    return within and several * 2 > len(table) and all(len(row.fields) == width for row in table)


def has_spans(table: Sequence[Row]) -> bool:
    """Return whether merged cells left a trace: a row that begins with blank cells, words with two blank ones behind, or words twice."""
    return any(
        (not row.fields[0] and any(row.fields))
        or any(one and not two and not three for one, two, three in triples(row.fields))
        or any(one == two and is_words(one) for one, two in pairwise(row.fields))
        for row in table
    )


def triples(fields: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Yield each field with the two behind it."""
    return zip(fields, fields[1:], fields[2:], strict=False)


def make_grid(table: Sequence[Row], number: int) -> Grid:
    """Return a table as a grid, with the repetitions of merged cells as such."""
    rows = tuple(row.fields for row in table)
    return Grid(f"table {number}", rows, find_repeats(rows), "", table[0].start, table[-1].end)


# Lines to fields


def bar_rows(text: str) -> Iterator[Row]:
    """Yield the lines of a text with the fields between their bars; lines between two rules are one row."""
    if "|" not in text:
        return
    lines = list(place_lines(text))
    drawn = sum(is_rule(line) for line, _ in lines) * 4 > sum("|" in line for line, _ in lines)
    pieces: list[Row] = []
    for line, start in lines:
        ruled = is_rule(line)
        fields = () if ruled else split_bars(line)
        if pieces and not (drawn and len(pieces[0].fields) == len(fields) > 1):
            yield join_lines(pieces)
            pieces = []
        if not ruled:
            pieces.append(Row(fields, start, start + len(line)))
    if pieces:
        yield join_lines(pieces)


def place_lines(text: str) -> Iterator[tuple[str, int]]:
    """Yield the lines of a text with their places."""
    start = 0
    for line in text.split("\n"):
        yield line, start
        start += len(line) + 1


def split_bars(line: str) -> tuple[str, ...]:
    """Return the fields of a line between bars, without the marks of Markdown.

    >>> split_bars(r"| 1\\.属于国家秘密 | **312** |  |"), split_bars("一句话")
    (('1.属于国家秘密', '312', ''), ())
    """
    if "|" not in line:
        return ()
    bare = line.strip()
    bare = bare[bare.startswith("|") :]
    bare = bare[: len(bare) - bare.endswith("|")]
    return tuple(clean_field(field) for field in re.split(r"(?<!\\)\|", bare))


def clean_field(text: str) -> str:
    """Return a field without the marks of Markdown; what is struck out there keeps its own."""
    return ESCAPED.sub(r"\1", EMPHASIS.sub(r"\g<inner>", BREAK.sub(" ", text))).strip()


def join_lines(lines: Sequence[Row]) -> Row:
    """Return lines of one row of cells as the row."""
    fields = tuple("".join(pieces) for pieces in zip(*(line.fields for line in lines), strict=True))
    return Row(fields, lines[0].start, lines[-1].end)


def field_rows(text: str, mark: str) -> Iterator[Row]:
    """Yield the lines of a text with their fields parted by a mark, quoted ones as a sheet writes them; none where a quote stays open."""
    if mark not in text:
        return
    ends = [start + len(line) + 1 for line, start in place_lines(text)]
    reader = csv.reader(StringIO(text, newline=""), delimiter=mark, strict=True)
    rows: list[Row] = []
    line = 0
    try:
        for fields in reader:
            start = ends[line - 1] if line else 0
            line = reader.line_num
            rows.append(Row(tuple(map(clean_break, fields)), start, min(ends[line - 1], len(text))))
    except csv.Error:
        return
    yield from rows


def clean_break(text: str) -> str:
    """Return a field on one line."""
    return re.sub(r"\s*\n\s*", "", text).strip()


# Merged cells that are repeated


def find_repeats(rows: Sequence[Sequence[str]]) -> frozenset[tuple[int, int]]:
    """Return the places that repeat the merged cell to their left or above.

    Words beside each other repeat one cell, and figures where the words nearest above them do. Words below each
    other repeat one cell where other words stand beside them or nothing does: a row's own label never does.
    """
    across: list[bool] = [False] * len(rows[0])  # whether the words nearest above repeat those to their left
    repeats: set[tuple[int, int]] = set()
    for at, row in enumerate(rows):
        for column, text in enumerate(row):
            words = is_words(text)
            beside = column > 0 and text == row[column - 1] and bool(text)
            below = words and at > 0 and text == rows[at - 1][column] and is_group(row, column)
            if below or (beside and (words or across[column])):
                repeats.add((at, column))
            if words:
                across[column] = beside
    return frozenset(repeats)


def is_words(text: str) -> bool:
    """Return whether a cell holds words that can be merged: no figure and no unit."""
    figure = any(parse_value(each).status != "unreadable" for each in (text, split_unit(text)[0]))
    return WORD.search(text) is not None and not figure and not find_unit(text)


def is_group(row: Sequence[str], column: int) -> bool:
    """Return whether the next other cell of a row is words too, or there is none."""
    beside = next((text for text in row[column + 1 :] if text != row[column]), None)
    return beside is None or is_words(beside)
