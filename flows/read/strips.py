"""Ink to strips: the lines of print in each cell, and those outside tables, as boxes to be recognised.

Loaded only where the extra `ocr` is installed.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from flows.read.drawn import Box
from flows.read.paper import Mark
from flows.read.ruled import Table, find_spans

WIDE_STEP = 0.68  # heights of text: no two digits of a figure are as far apart, if they are not full-width
Place = tuple[int, int, int, int]


class Strip(NamedTuple):
    """A line of print: its box, the cell that it may not reach beyond (or the page), and its marks from the left."""

    box: Place
    room: Place
    marks: tuple[Mark, ...]
    in_cell: bool


def find_cell_strips(table: Table, marks: Sequence[Mark], scale: float, size: float) -> list[Strip]:
    """Return the lines of print in the cells of a table, whose places are `scale` times those of the marks."""
    spans = list(find_spans(table))
    owner = {
        (row, column): index
        for index, span in enumerate(spans)
        for row in range(span.row, span.row + span.rows)
        for column in range(span.column, span.column + span.columns)
    }
    held: list[list[Mark]] = [[] for _ in spans]
    for mark in marks:
        x, y = (mark.left + mark.right) / 2 * scale, (mark.top + mark.bottom) / 2 * scale
        if table.xs[0] <= x < table.xs[-1] and table.ys[0] <= y < table.ys[-1]:
            held[owner[bisect_right(table.ys, y) - 1, bisect_right(table.xs, x) - 1]].append(mark)
    strips = []
    for span, inside in zip(spans, held, strict=True):
        room = (
            round(table.xs[span.column] / scale),
            round(table.ys[span.row] / scale),
            round(table.xs[span.column + span.columns] / scale),
            round(table.ys[span.row + span.rows] / scale),
        )
        strips += [
            make_strip(piece, room, True)
            for line in part_lines(inside, size)
            for piece in part_pieces(line, size)
        ]
    return strips


def make_strip(marks: Sequence[Mark], room: Place, in_cell: bool) -> Strip:
    """Return the strip that marks make."""
    box = (
        min(mark.left for mark in marks),
        min(mark.top for mark in marks),
        max(mark.right for mark in marks),
        max(mark.bottom for mark in marks),
    )
    return Strip(box, room, tuple(sorted(marks)), in_cell)


def part_lines(marks: Iterable[Mark], size: float) -> list[list[Mark]]:
    """Return the marks of a cell line by line: strokes over each other are one as long as they are no higher than text."""
    lines: list[list[Mark]] = []
    top = bottom = 0
    for mark in sorted(marks, key=lambda mark: mark.top):
        apart, whole = mark.top - bottom, max(bottom, mark.bottom) - top
        if lines and (apart < 0 or (apart < 0.35 * size and whole <= 1.15 * size)):
            lines[-1].append(mark)
            bottom = max(bottom, mark.bottom)
        else:
            lines.append([mark])
            top, bottom = mark.top, mark.bottom
    return [part for line in lines for part in cut_line(line, size)]


def cut_line(marks: list[Mark], size: float) -> list[list[Mark]]:
    """Return the lines that marks too high for one line make: print of two lines may touch."""
    top, bottom = min(mark.top for mark in marks), max(mark.bottom for mark in marks)
    if bottom - top <= 1.5 * size:
        return [marks]
    inked = [0] * (bottom - top)
    for mark in marks:
        for row in range(mark.top - top, mark.bottom - top):
            inked[row] += mark.wide
    inset = round(0.6 * size)
    cut = min(range(inset, len(inked) - inset), key=inked.__getitem__)
    if inked[cut] * 3 > sum(inked) / len(inked):
        return [marks]  # large type
    parts = [
        [mark for mark in marks if (mark.top + mark.bottom < 2 * (top + cut)) is upper]
        for upper in (True, False)
    ]
    return [line for part in parts for line in cut_line(part, size)] if all(parts) else [marks]


def part_pieces(line: Sequence[Mark], size: float) -> list[list[Mark]]:
    """Return the marks of a line in pieces, parted by gaps as wide as text is high."""
    pieces: list[list[Mark]] = []
    right = 0
    for mark in sorted(line):
        if pieces and mark.left - right <= size:
            pieces[-1].append(mark)
        else:
            pieces.append([mark])
            right = 0
        right = max(right, mark.right)
    return pieces


def find_line_strips(boxes: Iterable[Box], marks: Sequence[Mark], page: Place) -> list[Strip]:
    """Return the strips of lines of print outside tables, each as tight as its ink."""
    strips = []
    for left, top, right, bottom in boxes:
        inside = [
            mark
            for mark in marks
            if left <= (mark.left + mark.right) / 2 <= right and top <= (mark.top + mark.bottom) / 2 <= bottom
        ]
        if inside:
            strips.append(make_strip(inside, page, False))
    return strips


def find_columns(strip: Strip) -> list[tuple[int, int]]:
    """Return where the characters of a strip begin and end: marks over each other are one."""
    columns: list[tuple[int, int]] = []
    for mark in strip.marks:
        if columns and mark.left < columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], mark.right))
        else:
            columns.append((mark.left, mark.right))
    return columns


def has_gap(strip: Strip, size: float, least: int = 2) -> bool:
    """Return whether the digits of a strip stand apart, as `1 2` does: two figures, or one, who can tell.

    Digits are half as wide as text is high, 0.56 of it at most. At least so many even steps of the
    whole height are full-width digits: two of these are printed as `1 2` is in many a font.
    """
    columns = find_columns(strip)
    if any(right - left > 0.65 * size for left, right in columns):  # digits that touch
        return any(after[0] - before[1] > 0.3 * size for before, after in pairwise(columns))
    steps = find_steps(columns, size)
    full = len(steps) >= least and all(0.85 < step < 1.15 for step in steps)
    return not full and any(step > WIDE_STEP for step in steps)


def find_steps(columns: Sequence[tuple[int, int]], size: float) -> list[float]:
    """Return how far the middles of neighbouring characters are apart, in heights of text."""
    return [(after[0] + after[1] - before[0] - before[1]) / 2 / size for before, after in pairwise(columns)]


def prints_full_width(figures: Iterable[Strip], size: float) -> bool:
    """Return whether a page prints its figures in full-width digits: several of three digits and more, and none narrow."""
    steps = [found for figure in figures if (found := find_steps(find_columns(figure), size))]
    wide = [each for each in steps if all(0.85 < step < 1.15 for step in each)]
    return sum(len(each) > 1 for each in wide) > 1 and not any(min(each) < WIDE_STEP for each in steps)
