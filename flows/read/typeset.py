"""Characters with their places to lines of text, and to columns where lines without rules form a table.

Columns are told by what stands below what; where that leaves a doubt the lines stay text, for
the line reader knows the form's words and this module does not.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from operator import attrgetter, itemgetter
from statistics import median
from typing import NamedTuple

from flows.cells import parse_value, split_unit
from flows.read.pdfium import Char

MIN_LINES = 3  # lines that make columns
SAME_BASE = 0.1  # of a character's height: base lines no further apart are one
NEAR = 0.4  # of a character's height: what parts ideographs more than that is a blank
CUT = "↵"  # stands where a figure goes on in the next line of its cell: it is shown, and not read as one
# How the text of a row begins that is numbered.
NEW_ROW = re.compile(
    r"\d{1,2}[.、．]|[（(][一二三四五六七八九十]{1,3}[）)]|[一二三四五六七八九十]{1,3}、|其中"
)
PAGE_NUMBER = re.compile(
    r"[-—–－·\s.]*第?\s*\d{1,4}\s*页?\s*(?:[/／,，共]\s*共?\s*\d{1,4}\s*页?)?[-—–－·\s.]*"
)


class Piece(NamedTuple):
    """A run of characters on one line without a wide gap."""

    text: str
    left: float
    right: float


@dataclass(frozen=True)
class Line:
    """One printed line; `between` is what its pieces are parted by in the text."""

    pieces: tuple[Piece, ...]
    top: float
    bottom: float
    between: str = " "

    @property
    def text(self) -> str:
        """The line's text."""
        return self.between.join(piece.text for piece in self.pieces)


@dataclass(frozen=True)
class Columns:
    """Lines without rules that form a table: the same number of pieces on each, one below the other."""

    lines: tuple[Line, ...]

    @property
    def top(self) -> float:
        """Where the table begins."""
        return self.lines[0].top


# Lines


def find_lines(chars: Iterable[Char]) -> list[Line]:
    """Return the lines of upright text from the top, then those of text that stands another way.

    Every blank parts a line's pieces; `join_near` leaves the wide ones.
    """
    turned = groupby(sorted(chars, key=lambda char: char.turn), key=lambda char: char.turn)
    return [
        read_line(line) for turn, group in turned for line in group_lines([turn_char(c, turn) for c in group])
    ]


def turn_char(char: Char, turn: int) -> Char:
    """Return a character with its place as seen when its text is upright."""
    _, left, top, right, bottom, *_ = char
    if turn == 1:
        return char._replace(left=-bottom, top=left, right=-top, bottom=right)
    if turn == 2:
        return char._replace(left=-right, top=-bottom, right=-left, bottom=-top)
    if turn == 3:
        return char._replace(left=top, top=-right, right=bottom, bottom=-left)
    return char


def group_lines(chars: Iterable[Char]) -> list[list[Char]]:
    """Return the characters line by line, each from the left, those printed twice for boldness once.

    What stands close on one base line stays together, in whatever fonts; what stands further apart is on one line
    where its middle is.
    """
    lines: list[list[Char]] = []
    last = (0.0, 0.0)  # the middle and the height of the last line's first run
    for middle, high, run in sorted(map(measure_run, find_runs(chars)), key=itemgetter(0)):
        if lines and middle - last[0] <= 0.4 * min(last[1], high):
            lines[-1] += run
        else:
            lines.append(run)
            last = middle, high
    return [drop_doubles(sorted(line, key=lambda char: (char.left, char.top))) for line in lines]


def find_runs(chars: Iterable[Char]) -> Iterator[list[Char]]:
    """Yield the characters that stand close to each other on one base line."""
    levels: list[list[Char]] = []
    for char in sorted(chars, key=attrgetter("base")):
        if levels and char.base - levels[-1][0].base <= SAME_BASE * height(char):
            levels[-1].append(char)
        else:
            levels.append([char])
    for level in levels:
        level.sort(key=attrgetter("left"))
        start = 0
        for at in range(1, len(level)):
            if level[at].left - level[at - 1].right > NEAR * height(level[at]):
                yield level[start:at]
                start = at
        yield level[start:]


def measure_run(run: list[Char]) -> tuple[float, float, list[Char]]:
    """Return the middle and the height of a run, with the run."""
    count = len(run)
    tops, bottoms = sum(char.top for char in run), sum(char.bottom for char in run)
    return (tops + bottoms) / 2 / count, (bottoms - tops) / count, run


def drop_doubles(line: list[Char]) -> list[Char]:
    """Return a line without characters printed over the same one: some programs print so for boldness."""
    if len({char.text for char in line}) == len(line):
        return line
    kept: list[Char] = []
    for char in line:
        if not any(is_double(other, char) for other in kept[-2:]):
            kept.append(char)
    return kept


def is_double(first: Char, second: Char) -> bool:
    """Return whether two characters are one, printed twice."""
    return first.text == second.text and second.left - first.left < 0.3 * (first.right - first.left)


def read_line(chars: Sequence[Char]) -> Line:
    """Return the line that characters form, cut into pieces at every blank but those between letters or digits."""
    pieces: list[list[Char]] = [[chars[0]]]
    for before, char in pairwise(chars):
        if char.left - before.right > NEAR * height(char):
            pieces.append([])
        pieces[-1].append(char)
    return Line(
        tuple(Piece(join_chars(piece), piece[0].left, max(char.right for char in piece)) for piece in pieces),
        min(char.top for char in chars),
        max(char.bottom for char in chars),
    )


def join_near(line: Line) -> Line:
    """Return a line without gaps but those as wide as its characters are high: the others part words, not cells."""
    if line.between == "\t":
        return line
    joined: list[Piece] = []
    for piece in line.pieces:
        if joined and piece.left - joined[-1].right <= line.bottom - line.top:
            last = joined.pop()
            joined.append(Piece(f"{last.text} {piece.text}", last.left, max(last.right, piece.right)))
        else:
            joined.append(piece)
    return replace(line, pieces=tuple(joined))


def height(char: Char) -> float:
    """Return the height of a character's line."""
    return char.bottom - char.top


def join_chars(chars: Sequence[Char]) -> str:
    """Return the text of characters, a blank where the gap is one: ideographs and figures are set apart without."""
    text = chars[0].text
    for before, char in pairwise(chars):
        least = 0.16 if before.text.isascii() and char.text.isascii() else 0.4
        text += " " * (char.left - before.right > least * height(char)) + char.text
    return text


def cell_text(chars: Iterable[Char]) -> str:
    """Return a cell's text, a printed line a line."""
    chars = list(chars)
    if not chars:
        return ""
    if (
        len({(char.base, char.turn) for char in chars}) == 1 and not chars[0].turn
    ):  # one line, as nearly all cells are
        return join_chars(drop_doubles(sorted(chars, key=attrgetter("left"))))
    return "\n".join(line.text for line in find_lines(chars))


def is_figure(text: str) -> bool:
    """Return whether a text states a figure, or that there is none (无, /)."""
    return parse_value(split_unit(text)[0]).status in ("reported", "none_word", "dash")


def are_figures(text: str) -> bool:
    """Return whether a text is a cell of figures, even of several, of which none can be read then.

    >>> are_figures("1 2"), are_figures("15731↵06"), are_figures("约5")
    (True, True, False)
    """
    return is_figure(text) or CUT in text or all(map(is_figure, text.split()))


# Columns without rules


def find_columns(lines: Sequence[Line]) -> list[Line | Columns]:
    """Return the lines, with those that certainly form a table put together."""
    found: list[Line | Columns] = []
    start = 0
    while start < len(lines):
        end = start + 1
        while end < len(lines) and is_next(lines[end - 1], lines[end]):
            end += 1
        run = lines[start:end]
        around = [lines[at] for at in (start - 1, end) if 0 <= at < len(lines)]
        if is_table(run) and not any(may_belong(line, run) for line in around):
            found.append(Columns(tuple(run)))
        else:
            found.extend(run)
        start = end
    return found


def is_next(line: Line, below: Line) -> bool:
    """Return whether a line can be the next row: as many pieces, more than one, and not far below."""
    return len(line.pieces) == len(below.pieces) > 1 and 0 <= below.top - line.top < 4 * (
        line.bottom - line.top
    )


def is_table(run: Sequence[Line]) -> bool:
    """Return whether lines form a table of figures: clean gaps between the columns, and columns that are aligned.

    The first line may be headings, which are set otherwise; the first column may be indented. Labels with their
    units alone are rows of blank cells, whose column only the rows around them show.
    """
    if len(run) < MIN_LINES or len(run[0].pieces) < 2:
        return False
    columns = list(zip(*(line.pieces for line in run), strict=True))
    gap = 0.5 * median(line.bottom - line.top for line in run)
    clean = all(
        min(piece.left for piece in right) - max(piece.right for piece in left) > gap
        for left, right in pairwise(columns)
    )
    stated = any(is_figure(piece.text) for column in columns[1:] for piece in column)
    return clean and stated and all(is_aligned(column[1:], 0.7 * gap) for column in columns[1:])


def is_aligned(pieces: Sequence[Piece], most: float) -> bool:
    """Return whether pieces begin, end or have their middle at one place."""
    sides = (
        [piece.left for piece in pieces],
        [piece.right for piece in pieces],
        [(piece.left + piece.right) / 2 for piece in pieces],
    )
    return any(max(side) - min(side) <= most for side in sides)


def may_belong(line: Line, run: Sequence[Line]) -> bool:
    """Return whether a line near a table could be part of it: more than one piece, or within one column."""
    pitch = median(below.top - above.top for above, below in pairwise(run))
    apart = run[0].top - line.top if line.top < run[0].top else line.top - run[-1].top
    if apart > 2.5 * pitch or PAGE_NUMBER.fullmatch(line.text) or "单位" in line.text:
        return False
    if len(line.pieces) > 1:
        return True
    _, left, right = line.pieces[0]
    columns: list[tuple[Piece, ...]] = list(zip(*(each.pieces for each in run), strict=True))
    crossed = [
        column
        for column in columns
        if left < max(piece.right for piece in column) and right > min(piece.left for piece in column)
    ]
    return len(crossed) < 2
