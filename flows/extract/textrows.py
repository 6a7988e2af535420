"""Cells of a text to rows: known labels, whole or broken over lines, with the figures beside, between or below their lines.

Of all ways to read a text the one is taken that leaves the fewest words and figures unexplained.
A label may go on behind the figures that stand beside or between its first lines.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from flows.codebook import Form
from flows.extract.headings import Columns, find_headings
from flows.extract.labels import (
    Labels,
    Look,
    is_above,
    is_numbered,
    is_printed,
    known_labels,
    look_up,
    without_group,
)
from flows.extract.textcells import Cell, Line, is_row_number, kind_of

MAX_PIECES = 60  # cells over which a label may be broken: one character a line
UNEXPLAINED = 1.0  # what each word costs that is no label, no heading and no piece of one
SHORT = 4  # characters of a label that another one could end with


@dataclass(frozen=True)
class Run:
    """Figures on one line: `inline` beside words of their label, `parted` where separators tell blank cells too.

    `glued` where nothing parts them from the label or from each other.
    """

    cells: tuple[Cell, ...]
    inline: bool
    parted: bool
    glued: bool = False


@dataclass(frozen=True)
class TextRow:
    """A known label with its codes, its place, and the runs of figures that can be its own.

    `doubtful` where words before the label that are not known could be its beginning; `gap` are the
    blank lines behind the row, -1 at the end of the text.
    """

    label: str
    codes: tuple[str, ...]
    start: int
    lines: tuple[Line, Line]
    runs: tuple[Run, ...]
    unit: str = ""
    doubtful: bool = False
    gap: int = -1

    @property
    def figures(self) -> tuple[Cell, ...]:
        """The cells of the row that are not units; blank ones too, where separators tell them."""
        return tuple(cell for run in self.runs for cell in run.cells if cell.kind != "unit")

    @property
    def locator(self) -> str:
        """The label's place in the text."""
        return f"text {self.start}-{self.start + len(self.label)}"


@dataclass(frozen=True)
class Stray:
    """Words that are no label, and the figures behind them; either may be missing. `gap` as of a row."""

    words: tuple[Cell, ...]
    runs: tuple[Run, ...]
    gap: int = -1

    @property
    def figures(self) -> tuple[Cell, ...]:
        """The cells that are not units."""
        return tuple(cell for run in self.runs for cell in run.cells if cell.kind != "unit")


@dataclass(frozen=True)
class Head:
    """The headings of columns, and where they stand."""

    columns: Columns
    line: Line


Item = TextRow | Stray | Head


@dataclass(frozen=True)
class Text:
    """The cells of a text with the labels of a form, and the headings of columns by their first cell."""

    cells: Sequence[Cell]
    labels: Labels
    heads: Mapping[int, tuple[int, Columns]]


@dataclass(frozen=True)
class Match:
    """A known label: its first cell, the one behind its last, the figures (from, to) between its pieces, what it says."""

    first: int
    end: int
    between: tuple[int, int]
    look: Look


class Step(NamedTuple):
    """One way to go on from a cell: what it costs, to which cell it leads, as which label (none: unexplained)."""

    cost: float
    end: int
    match: Match | None = None
    own: tuple[int, int] = (0, 0)


def find_rows(cells: Sequence[Cell], form: Form) -> list[Item]:
    """Return what the cells of a text are, in reading order."""
    labels = known_labels(form)
    cells = [cell for at, cell in enumerate(cells) if not counts_row(cells, at, labels)]
    text = Text(cells, labels, find_headings(cells, form))
    steps = choose_steps(text)
    items: list[Item] = []
    at = 0
    while at < len(cells):
        step = steps[at]
        if at in text.heads:
            items.append(Head(text.heads[at][1], cells[at].line))
        elif step.match is not None:
            items.append(row_of(text, step, items))
        else:
            add_stray(items, cells, at, step.end)
        at = step.end
    return items


def count_known(cells: Sequence[Cell], form: Form) -> int:
    """Return how many cells are known labels of a form or can be their beginnings."""
    labels = known_labels(form)
    looks = (look_up(labels, cell.text) for cell in cells if cell.kind == "word")
    return sum(bool(look.label) or look.goes_on for look in looks)


def counts_row(cells: Sequence[Cell], at: int, labels: Labels) -> bool:
    """Return whether a cell is the number of a row: first on its line, and a label or the heading of a group follows."""
    cell = cells[at]
    if not is_row_number(cell) or at + 1 == len(cells) or cells[at + 1].line is not cell.line:
        return False
    after = cells[at + 1]
    if after.kind != "word" or (at and cells[at - 1].line is cell.line):
        return False
    look = look_up(labels, after.text)
    return bool(look.label) or look.goes_on or is_above(labels, after.text)


def is_below(items: Sequence[Item]) -> bool:
    """Return whether most rows have their figures a cell a line below their label."""
    rows = [item for item in items if isinstance(item, TextRow) and has_figure(item.figures)]
    lone = sum(not any(run.inline or len(run.cells) > 1 for run in row.runs) for row in rows)
    return lone * 2 > len(rows)


def is_parted(items: Sequence[Item]) -> bool:
    """Return whether separators tell the blank cells of most rows."""
    rows = [item for item in items if isinstance(item, TextRow) and item.figures]
    return sum(any(run.parted for run in row.runs) for row in rows) * 2 > len(rows)


def choose_steps(text: Text) -> list[Step]:
    """Return for each cell the cheapest way to go on from it to the end."""
    count = len(text.cells)
    costs = [0.0] * (count + 1)
    steps = [Step(0.0, count)] * count
    for at in range(count - 1, -1, -1):
        best: Step | None = None
        for step in ways_on(text, at):
            total = step.cost + costs[step.end]
            if best is None or total < costs[at]:
                best, costs[at] = step, total
        assert best is not None
        steps[at] = best
    return steps


def ways_on(text: Text, at: int) -> Iterator[Step]:
    """Yield the ways to go on from a cell: as a label with its figures, as headings, or unexplained."""
    cell = text.cells[at]
    if at in text.heads:
        yield Step(0.0, text.heads[at][0])
        return
    if cell.kind in ("word", "unit"):
        for match in find_matches(text, at):
            yield from own_figures(text, match)
    if cell.kind == "word":
        yield Step(0.1 if is_above(text.labels, cell.text) else UNEXPLAINED, at + 1)
    else:
        yield stray_step(text, at)


# Labels


def find_matches(text: Text, at: int) -> Iterator[Match]:
    """Yield every known label that begins with a cell."""
    words = text.cells[at].text
    yield from grow_match(text, Match(at, at, (0, 0), Look()), words)
    look = look_up(text.labels, words)
    if not (look.label or look.goes_on) and (rest := without_group(text.labels, words)):
        yield from grow_match(text, Match(at, at, (0, 0), Look()), rest)


def grow_match(text: Text, match: Match, words: str) -> Iterator[Match]:
    """Yield the labels that a match makes with the next cell, and with those after it; `words` ends with the next."""
    look = look_up(text.labels, words)
    after = match.end + 1
    if look.label:
        yield Match(match.first, after, match.between, look)
    if look.figures or after - match.first > MAX_PIECES or after >= len(text.cells):
        return
    for piece in (after, after + 1) if skips_group(text, after, look) else (after,):
        if follow_label(text, piece, look, words):
            yield from grow_match(
                text, Match(match.first, piece, match.between, look), words + text.cells[piece].text
            )
    if look.goes_on and match.between == (0, 0):
        end = skip_figures(text, after)
        if after < end < len(text.cells) and follow_label(text, end, look, words):
            yield from grow_match(
                text, Match(match.first, end, (after, end), look), words + text.cells[end].text
            )


def skips_group(text: Text, at: int, look: Look) -> bool:
    """Return whether a cell is the heading of a group that stands beside a piece of a label printed on several lines."""
    cell = text.cells[at]
    beside = at + 1 < len(text.cells) and text.cells[at + 1].line is cell.line and cell.kind == "word"
    return (
        beside
        and look.goes_on
        and text.cells[at - 1].line is not cell.line
        and is_above(text.labels, cell.text)
    )


def follow_label(text: Text, at: int, look: Look, words: str) -> bool:
    """Return whether a cell can be the next piece of a label: of one that may go on, or a note in brackets."""
    cell = text.cells[at]
    if at in text.heads:
        return False
    if look.goes_on:
        return cell.kind in ("word", "unit") or (
            cell.kind == "figure" and is_printed(text.labels, words + cell.text)
        )
    return (
        bool(look.label)
        and cell.text[0:1] in ("（", "(")
        and cell.kind == "word"
        and not is_numbered(cell.text)
    )


# Figures


def has_figure(cells: Sequence[Cell]) -> bool:
    """Return whether one of some cells states a figure, or one that cannot be read."""
    return any(cell.kind in ("figure", "odd") for cell in cells)


def skip_figures(text: Text, end: int) -> int:
    """Return the first cell from `end` on that is a word or a heading of columns."""
    while end < len(text.cells) and end not in text.heads and text.cells[end].kind != "word":
        end += 1
    return end


def own_figures(text: Text, match: Match) -> Iterator[Step]:
    """Yield a label with the figures that can be its own: the rest of its line, then the lines of figures below."""
    cells = text.cells
    line = cells[match.end - 1].line
    end = match.end
    while end < len(cells) and cells[end].line is line and not begins_row(text, end):
        end += 1
    beside = cells[match.end : end]
    words = sum(cell.kind == "word" for cell in beside)
    if words and (line.parted or has_figure(beside)):
        yield label_step(text, match, skip_figures(text, end), 0.4 * words)
    stop = skip_figures(text, match.end)
    yield label_step(text, match, stop, 0.0)


def stray_step(text: Text, at: int) -> Step:
    """Return the step over figures that are nobody's, with all behind the first figure of their line."""
    line = text.cells[at].line
    end = at + 1
    if text.cells[at].kind == "figure":
        while end < len(text.cells) and text.cells[end].line is line and not begins_row(text, end):
            end += 1
    end = skip_figures(text, end)
    return Step(0.5 if has_figure(text.cells[at:end]) else 0.1, end)


def begins_row(text: Text, at: int) -> bool:
    """Return whether another label or a heading of columns begins with a cell, or a numbered heading right behind a figure."""
    cell = text.cells[at]
    if at in text.heads or (cell.kind == "word" and look_up(text.labels, cell.text).label):
        return True
    behind = text.cells[at - 1].kind == "figure" and not cell.line.parted
    return behind and cell.kind == "word" and is_numbered(cell.text)


def label_step(text: Text, match: Match, end: int, cost: float) -> Step:
    """Return the step over a label and its figures; one without any costs more than one with, two sets most."""
    between = has_figure(text.cells[slice(*match.between)])
    behind = any(cell.kind != "unit" for cell in text.cells[match.end : end])
    if between and has_figure(text.cells[match.end : end]):
        cost += 0.6
    elif not (between or behind or match.look.figures or match.look.heading):
        cost += 0.3
    pieces = match.end - match.first - (match.between[1] - match.between[0])
    return Step(cost + 0.001 * pieces, end, match, (match.end, end))


# What was found


def row_of(text: Text, step: Step, before: Sequence[Item]) -> TextRow:
    """Return the row that a step makes."""
    match = step.match
    assert match is not None
    first, last = text.cells[match.first], text.cells[match.end - 1]
    pieces = [
        *text.cells[match.first : match.between[0]],
        *text.cells[match.between[1] or match.first : match.end],
    ]
    lines = {cell.line.number for cell in pieces}
    figures = [*text.cells[slice(*match.between)], *text.cells[slice(*step.own)]]
    runs = runs_of(figures, lines)
    if match.look.figures:
        start = last.start + len(last.text) - len(match.look.figures)
        glued = Cell(match.look.figures, start, kind_of(match.look.figures), last.line)
        runs = (Run((glued,), True, False, glued=True), *runs)
    return TextRow(
        match.look.label, match.look.codes, first.start, (first.line, last.line), runs, match.look.unit,
        is_doubtful(text, match, before), text.cells[step.end].line.gap if step.end < len(text.cells) else -1,
    )  # fmt: skip


def runs_of(cells: Sequence[Cell], lines: set[int]) -> tuple[Run, ...]:
    """Return figures as runs, a line each; those on one of the given lines stand beside words."""
    runs: dict[int, list[Cell]] = {}
    for cell in cells:
        runs.setdefault(cell.line.number, []).append(cell)
    return tuple(Run(tuple(own), number in lines, own[0].line.parted) for number, own in runs.items())


def is_doubtful(text: Text, match: Match, before: Sequence[Item]) -> bool:
    """Return whether words before a label that are not known could be its beginning."""
    last = before[-1] if before else None
    if not isinstance(last, Stray) or not last.words or last.runs:
        return False
    word = last.words[-1]
    if is_above(text.labels, word.text):
        return False
    if word.line is text.cells[match.first].line:
        return True
    label = match.look.label
    return (
        len(label) <= SHORT
        and not is_numbered(label)
        and len(word.text) <= 15
        and word.text[-1] not in "。：:；;"
    )


def add_stray(items: list[Item], cells: Sequence[Cell], at: int, end: int) -> None:
    """Add cells that are not explained to the stray words and figures that stand last."""
    last = items[-1] if items else None
    words = tuple(cells[at:end]) if cells[at].kind == "word" else ()
    if isinstance(last, Stray) and (not words or not last.runs):
        items.pop()
    else:
        last = Stray((), ())
    if words:
        items.append(Stray((*last.words, *words), ()))
    else:
        lines = {cell.line.number for cell in last.words}
        gap = cells[end].line.gap if end < len(cells) else -1
        items.append(Stray(last.words, (*last.runs, *runs_of(cells[at:end], lines)), gap))
