"""Text to cells: the words, figures and units that stand on its lines, with what separators still tell."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, NamedTuple

from flows.cells import INVISIBLE, find_unit, is_rule
from flows.extract.figures import is_figure

Kind = Literal["word", "figure", "odd", "unit", "blank"]

BARS = "|｜│┃║"  # also those of tables drawn with characters
SEPARATOR = re.compile(f"[{BARS}]")
# Dots that lead from a heading to its figure; a dash or two may stand for a figure and parts nothing.
LEADERS = re.compile(r"…+|[.．]{3,}|[·•‧]{3,}|_{2,}")
PAGE_FOOT = re.compile(r"\s*(?:[-—–―－]\s*\d{1,3}\s*[-—–―－]|第\s*\d{1,3}\s*页.{0,12})\s*")
WORD = re.compile(r"[\u3400-\u9fffA-Za-z]")
NUMBER_ALONE = re.compile(r"\d{1,2}[.．、)）]|[（(]\d{1,2}[)）]")
EMPHASIS = re.compile(r"(\*{1,3}|__|`)(?P<inner>[^*_`]+)\1")
MAX_ROW_NUMBER = 3  # digits of a number that counts the rows
MIN_COUNTED = 10  # numbers that follow each other and so count rows
MIN_PAGE = 10  # lines of a page


@dataclass(frozen=True)
class Line:
    """One line that is not blank: `parted` where its separators tell blank cells too, `gap` the blank lines above it.

    `page` where it can be the number of a page, told by those of the page before or after.
    """

    number: int
    start: int
    end: int
    parted: bool
    gap: int
    page: bool = False


class Cell(NamedTuple):
    """A stretch of text between separators: where it begins, what it can be, and its line."""

    text: str
    start: int
    kind: Kind
    line: Line

    @property
    def locator(self) -> str:
        """The cell's place in the text."""
        return f"text {self.start}-{self.start + len(self.text)}"


@lru_cache(maxsize=4)  # one document is read under several forms
def read_cells(text: str, taken: tuple[tuple[int, int], ...] = ()) -> tuple[Cell, ...]:
    """Return the cells of a text in reading order, without the stretches `taken` and the feet of pages."""
    cells: list[Cell] = []
    feet: list[tuple[int, int]] = []
    tabs = parts_by_tabs(text)
    number = gap = start = 0
    for printed in text.split("\n"):
        end = start + len(printed)
        if not printed.strip() and not (tabs and printed.count("\t") >= 4):
            gap += 1
        elif is_foot(printed):
            feet += [(number, int(page)) for page in re.findall(r"\d+", printed)[:1]]
        elif not any(first <= start < last for first, last in taken):
            line = Line(
                number, start, end, bool(SEPARATOR.search(printed)) or (tabs and "\t" in printed), gap
            )
            cells += own_cells(split_line(printed, line))
            number, gap = number + 1, 0
        start = end + 1
    return tuple(mark_pages(without_row_numbers(cells), feet))


def parts_by_tabs(text: str) -> bool:
    """Return whether tabs part cells: some line holds several. Else they stand around one cell a line and say nothing."""
    return any(
        sum(map(bool, map(str.strip, line.split("\t")))) > 1 for line in text.split("\n") if "\t" in line
    )


def is_foot(printed: str) -> bool:
    """Return whether a line is the foot of a page, or a rule: below the heading of a Markdown table, between drawn rows."""
    if len(printed) <= 40 and PAGE_FOOT.fullmatch(printed):
        return True
    return is_rule(printed)


def split_line(printed: str, line: Line) -> Iterator[Cell]:
    """Yield the cells of a line, parted by bars, else by tabs, else by blanks and leaders."""
    if SEPARATOR.search(printed):
        inner = printed.strip()
        inner = inner[inner[0] in BARS :]
        first = printed.index(inner) if inner else 0
        inner = inner[: len(inner) - (inner[-1:] in BARS)] if inner else ""
        return map(without_marks, trim_cells(re.finditer(f"[^{BARS}]*", inner), first, line))
    if line.parted:
        return trim_cells(re.finditer(r"[^\t]*", printed), 0, line)
    bare = LEADERS.sub(lambda leader: " " * len(leader[0]), printed) if LEADERS.search(printed) else printed
    return join_units(printed, [match.span() for match in re.finditer(r"\S+", bare)], line)


def trim_cells(matches: Iterable[re.Match[str]], offset: int, line: Line) -> Iterator[Cell]:
    """Yield the cells that matches of a line are, without the blanks around them."""
    end = -1
    for match in matches:
        if match.start() == end:  # an empty match right behind a cell is no cell of its own
            continue
        end = match.end()
        bare = match[0].strip()
        before = len(match[0]) - len(match[0].lstrip()) if bare else 0
        yield Cell(bare, line.start + offset + match.start() + before, kind_of(bare), line)


def without_marks(cell: Cell) -> Cell:
    """Return a cell without the marks of Markdown around all of it; what is struck out there keeps its own."""
    marked = EMPHASIS.fullmatch(cell.text)
    if not marked:
        return cell
    inner = marked["inner"]
    return cell._replace(text=inner, start=cell.start + marked.start("inner"), kind=kind_of(inner))


def join_units(printed: str, spans: Sequence[tuple[int, int]], line: Line) -> Iterator[Cell]:
    """Yield the cells of a line parted by blanks, a unit together with the figure before it."""
    at = 0
    while at < len(spans):
        start, end = spans[at]
        kind = kind_of(printed[start:end])
        at += 1
        if kind == "figure" and at < len(spans) and kind_of(printed[slice(*spans[at])]) == "unit":
            end, at = spans[at][1], at + 1
        yield Cell(printed[start:end], line.start + start, kind, line)


@lru_cache(maxsize=65_536)
def kind_of(text: str) -> Kind:
    """Return what a cell can be; `odd` is a figure that cannot be read.

    >>> [kind_of(text) for text in ("192", "——", "件", "3①", "3.", "其他", "约5", "")]
    ['figure', 'figure', 'unit', 'odd', 'word', 'word', 'word', 'blank']
    """
    if not INVISIBLE.sub("", text):
        return "blank"
    if is_figure(text):
        return "figure"
    if find_unit(text) and sum(map(text.count, "（(")) == sum(map(text.count, "）)")):
        return "unit"
    if WORD.search(text) or NUMBER_ALONE.fullmatch(text) or not any(mark.isdigit() for mark in text):
        return "word"
    return "odd"


def own_cells(cells: Iterable[Cell]) -> list[Cell]:
    """Return the cells of a line without blank ones before its words."""
    own = list(cells)
    if own[0].kind != "blank":
        return own
    first = next((at for at, cell in enumerate(own) if cell.kind != "blank"), len(own))
    return own[first:] if first < len(own) and own[first].kind == "word" else own


def is_row_number(cell: Cell) -> bool:
    """Return whether a cell can be the number of a row."""
    return cell.text.isdecimal() and len(cell.text) <= MAX_ROW_NUMBER


def without_row_numbers(cells: list[Cell]) -> list[Cell]:
    """Return the cells of a text without the numbers of its rows, each on a line of its own.

    They stand right before words and count from 1; so many that follow each other cannot be figures.
    """
    alone = [
        at
        for at in range(len(cells) - 1)
        if is_row_number(cells[at])
        and cells[at + 1].kind == "word"
        and cells[at + 1].line is not cells[at].line
        and (at == 0 or cells[at - 1].line is not cells[at].line)
    ]
    counted: list[int] = []
    for at in alone:
        if int(cells[at].text) == len(counted) + 1:
            counted.append(at)
    if len(counted) < MIN_COUNTED or len(counted) * 10 < len(alone) * 9:
        return cells
    dropped = set(counted)
    return [cell for at, cell in enumerate(cells) if at not in dropped]


def mark_pages(cells: list[Cell], feet: Sequence[tuple[int, int]]) -> list[Cell]:
    """Return cells with those marked that can be the numbers of pages: another number, a page away, counts on from it or to it.

    `feet` are the lines and numbers of feet that say themselves what they are. A number alone on its line may
    else be the rest of a figure broken over two lines.
    """
    alone = {
        cell.line.number: cell
        for before, cell, after in zip([None, *cells], cells, [*cells[1:], None], strict=False)
        if is_row_number(cell)
        and not (before and before.line is cell.line)
        and not (after and after.line is cell.line)
    }
    pages = {(number, int(cell.text)) for number, cell in alone.items()} | set(feet)
    by_page: dict[int, list[int]] = {}
    for number, page in pages:
        by_page.setdefault(page, []).append(number)
    marked = {
        number
        for number, cell in alone.items()
        if any(number - each >= MIN_PAGE for each in by_page.get(int(cell.text) - 1, ()))
        or any(each - number >= MIN_PAGE for each in by_page.get(int(cell.text) + 1, ()))
    }
    return [
        cell._replace(line=replace(cell.line, page=True)) if cell.line.number in marked else cell
        for cell in cells
    ]
