"""Flattened statistical tables with several columns of figures, read only under a heading that names every column.

The tables of Shanghai's shape (2008-2013) print a code, a figure of the period and one of the year in each row;
some of 2014-2018 a number, or a figure for each group of bodies. A row is kept where it prints exactly what
the heading names; else its figure is lost, loudly.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flows.cells import clean_label, find_unit
from flows.extract.figures import is_figure
from flows.extract.tables import FIGURES, ROLE_OF, PrintedRow
from flows.model import Document
from flows.registry import Form

MIN_ROWS = 10  # known rows that make a table
MAX_WORDS = 4  # pieces over which a heading may be broken
LINE = re.compile(r"[^\n]*[^\s][^\n]*")
WORD = re.compile(r"[^\W\d_]")
PARTED = re.compile(r"[|｜\t]")


@dataclass(frozen=True)
class Piece:
    """A stretch of a line: what it is, its text, its place, the number of its line, whether its blank cells are told."""

    kind: str
    text: str
    start: int
    line: int
    parted: bool

    @property
    def locator(self) -> str:
        """Return the piece's place in the text."""
        return f"text {self.start}-{self.start + len(self.text)}"


END = Piece("word", "", 0, -1, parted=False)


@dataclass(frozen=True)
class Head:
    """The columns that a heading names behind that of the row labels, and the place of its last piece."""

    roles: tuple[str, ...]
    last: int


def wide_rows(document: Document, form: Form) -> tuple[PrintedRow, ...]:
    """Return the printed rows of a table with several columns of figures, or none where no such heading is found."""
    pieces = list(read_pieces(document.text))
    head = find_head(pieces, form)
    if head is None:
        return ()
    rows = list(read_rows(pieces[head.last + 1 :], head, form))
    known = [at for at, row in enumerate(rows) if is_known(row, form)]
    return tuple(rows[: known[-1] + 1]) if len(known) >= MIN_ROWS else ()


def is_known(row: PrintedRow, form: Form) -> bool:
    """Return whether a row's heading is one of the form's."""
    return clean_label(row.headings[0]) in form.row_spellings


def read_pieces(text: str) -> Iterator[Piece]:
    """Yield the pieces of a text: cells where a line parts them by bars or tabs, else what blanks part."""
    for number, line in enumerate(LINE.finditer(text)):
        begun = False
        for start, cell in split_line(line[0]):
            bare = cell.strip()
            begun = begun or bool(bare)  # blanks before the first word are no cells of the row
            if begun:
                place = line.start() + start + len(cell) - len(cell.lstrip())
                yield Piece(kind_of(bare), bare, place, number, parted=bool(PARTED.search(line[0])))


def split_line(line: str) -> Iterator[tuple[int, str]]:
    """Yield the cells of a line with their places; bars at its ends part nothing."""
    separator = next((mark for mark in "|｜\t" if mark in line), None)
    if separator is None:
        yield from ((piece.start(), piece[0]) for piece in re.finditer(r"\S+", line))
        return
    start = 0
    for cell in line.split(separator):
        if separator == "\t" or cell.strip() or 0 < start < len(line.rstrip()):
            yield start, cell
        start += len(cell) + 1


def kind_of(text: str) -> str:
    """Return whether a piece is a `unit`, a `blank`, a `word`, or else a `figure`, a number or what stands for one."""
    if not text:
        return "blank"
    if find_unit(text):
        return "unit"
    return "word" if WORD.search(text) and not is_figure(text) else "figure"


def find_head(pieces: Sequence[Piece], form: Form) -> Head | None:
    """Return the first heading of pieces that all name columns: labels first, then at least two of figures."""
    roles = [form.column_spellings.get(clean_label(piece.text), "") for piece in pieces]
    for at, role in enumerate(roles):
        if role == "label" and not (at and roles[at - 1] not in ("", "number")):
            end = next((place for place in range(at + 1, len(roles)) if not roles[place]), len(roles))
            named = tuple(roles[at + 1 : end - (roles[end - 1] == "note")])
            if names_figures(named):
                return Head(named, end - 1)
    return None


def names_figures(roles: Sequence[str]) -> bool:
    """Return whether columns are a unit's and at least two of numbers, each once but those of parts, one of figures."""
    counted = [role for role in roles if role != "unit"]
    once = [role for role in roles if role != "part"]
    return (
        len(counted) > 1
        and {*FIGURES, "number"}.issuperset(counted)
        and not set(FIGURES).isdisjoint(counted)
        and len(set(once)) == len(once)
    )


def read_rows(pieces: Sequence[Piece], head: Head, form: Form) -> Iterator[PrintedRow]:
    """Yield the rows: words, then the cells up to the next words."""
    words: list[Piece] = []
    cells: list[Piece] = []
    for piece, after in itertools.pairwise([*pieces, END, END]):
        begins = not cells or cells[-1].line < piece.line
        if piece.kind == "figure" and begins and after.kind == "word" and after.line == piece.line:
            continue  # the number of the row
        if piece.kind != "word":
            cells.append(piece)
            continue
        if cells and words:
            yield make_row(row_heading(words, form), cells, head)
        words = [*([] if cells else words[1 - MAX_WORDS :]), piece]
        cells = []


def row_heading(words: Sequence[Piece], form: Form) -> str:
    """Return the heading that words before figures are: the fewest of the last that make a known one, else the last."""
    last = ("".join(word.text for word in words[-count:]) for count in range(1, len(words) + 1))
    return next((text for text in last if clean_label(text) in form.row_spellings), words[-1].text)


def make_row(heading: str, cells: Sequence[Piece], head: Head) -> PrintedRow:
    """Return a row with the figure of its year, or all its figures as one text that is none where they do not fit."""
    own = align_cells(cells, head)
    if own is None:
        text = " ".join(cell.text for cell in cells if cell.text)
        return PrintedRow((heading,), text, "", cells[0].locator, merged=True)
    first = next(role for role in FIGURES if any(each == role for each, _ in own))
    figures = [cell for role, cell in own if role == first]
    beside = [cell.text for role, cell in own if role == "period"] if first == "value" else []
    value = " | ".join(cell.text for cell in figures if cell.text)
    return PrintedRow(
        headings=(heading,),
        value=value or "".join(beside),  # one of them is missing or too much
        unit=next((find_unit(cell.text) for role, cell in own if role == "unit"), ""),
        locator=figures[0].locator,
        merged=not value and any(beside),
        beside=tuple(beside),
        role="period" if beside else ROLE_OF[first],
    )


def align_cells(cells: Sequence[Piece], head: Head) -> list[tuple[str, Piece]] | None:
    """Return each cell with its column, or None where they are not as many as the columns."""
    roles = list(head.roles)
    if all(cell.parted and cell.line == cells[0].line for cell in cells):
        if len(cells) > len(roles) and not any(cell.text for cell in cells[len(roles) :]):
            cells = cells[: len(roles)]
    elif "unit" in roles and not any(cell.kind == "unit" for cell in cells):
        roles.remove("unit")
    if len(cells) != len(roles):
        return None
    fits = all(
        (cell.kind == "unit") == (role == "unit") or not cell.text
        for role, cell in zip(roles, cells, strict=True)
    )
    return list(zip(roles, cells, strict=True)) if fits else None
