"""Ruled tables: thin boxes and characters with their places to cells, over page breaks too.

A cell is what rules enclose. Two rules as near as a double line are one, a rule may have small
gaps, and where no rule parts two places of the rectangle they are one cell. The parts of a
table that goes on over a page break are stacked and then read as one, so that a row or cell
cut in two is whole again exactly where no rule was printed at the page's edge.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from flows.read.drawn import MAX_THICK, Box
from flows.read.limits import MAX_CELLS_TABLE, MAX_RULES, too_much
from flows.read.pdfium import SLANTED, Char, Page
from flows.read.typeset import cell_text

SNAP = 3.0  # points: rules as near are one (double lines, small offsets), gaps as small are closed
THIN = 6.0  # rules as near, with nothing printed between them, are one too
SHORT = 4.0  # what is shorter is a dot, a dash or a tick

DIGITS = frozenset("0123456789０１２３４５６７８９,.，．")


class Rule(NamedTuple):
    """A straight rule: its place across its direction, and from where to where it goes."""

    at: float
    start: float
    end: float


class Span(NamedTuple):
    """A cell in the rectangle: where it begins, over how many rows and columns it goes, what it says."""

    row: int
    column: int
    rows: int
    columns: int
    text: str = ""


@dataclass(frozen=True)
class Table:
    """A table, or its part on one page: its rules, its characters, its edges and which of these are ruled.

    `walls_across[row][column]` says whether a rule stands above a place, `walls_down[column][row]`
    whether one stands left of it. `breaks` are the heights of the page breaks.
    """

    across: tuple[Rule, ...]
    down: tuple[Rule, ...]
    chars: tuple[Char, ...]
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    walls_across: tuple[tuple[bool, ...], ...]
    walls_down: tuple[tuple[bool, ...], ...]
    breaks: tuple[float, ...] = ()

    @property
    def is_single(self) -> bool:
        """Whether the table has one cell only: a frame around text."""
        return len(self.xs) == len(self.ys) == 2


# Rules to tables


def find_tables(page: Page, name: str) -> tuple[list[Table], list[Char]]:
    """Return the ruled tables of a page, innermost only, and the characters outside them.

    A frame within a table (a tick box) belongs to its cell; a frame around a table is no
    table. Raises ReadError where rules or cells pass the limits.
    """
    across, down = boxes_to_rules(page.boxes)
    if len(across) + len(down) > MAX_RULES:
        raise too_much(name, f"over {MAX_RULES:,} rules on a page", f"一页的线条超过 {MAX_RULES:,} 条")
    rest = [char for char in page.chars if char.turn != SLANTED]
    tables: list[tuple[Box, Table]] = []
    for level, upright in sorted(group_rules(across, down), key=area):
        box = outline(level, upright)
        inside, outside = split_chars(rest, box)
        inner = [place for place in tables if holds(box, place[0])]
        if not inside or any(not table.is_single for _, table in inner):
            continue
        inside += [char for _, table in inner for char in table.chars]
        tables = [place for place in tables if not holds(box, place[0])]
        tables.append((box, build_table(level, upright, inside, name)))
        rest = outside
    return [table for _, table in tables], rest + [char for char in page.chars if char.turn == SLANTED]


def boxes_to_rules(boxes: Iterable[Box]) -> tuple[list[Rule], list[Rule]]:
    """Return the rules across and down that thin boxes are, pieces of one line joined."""
    across = [Rule((b[1] + b[3]) / 2, b[0], b[2]) for b in boxes if b[3] - b[1] <= MAX_THICK]
    down = [Rule((b[0] + b[2]) / 2, b[1], b[3]) for b in boxes if b[2] - b[0] <= MAX_THICK]
    return join_rules(across), join_rules(down)


def join_rules(rules: Iterable[Rule]) -> list[Rule]:
    """Return the rules with those on one line joined over small gaps, without dots and dashes."""
    lines: list[list[Rule]] = []
    for rule in sorted(rules):
        if lines and rule.at - lines[-1][0].at <= 1.0:
            lines[-1].append(rule)
        else:
            lines.append([rule])
    return [rule for line in lines for rule in join_line(line) if rule.end - rule.start >= SHORT]


def join_line(line: Sequence[Rule]) -> list[Rule]:
    """Return the stretches that the rules of one line cover, gaps of up to SNAP closed."""
    joined: list[Rule] = []
    for rule in sorted(line, key=lambda rule: rule.start):
        if joined and rule.start <= joined[-1].end + SNAP:
            joined[-1] = joined[-1]._replace(end=max(joined[-1].end, rule.end))
        else:
            joined.append(rule)
    return joined


def group_rules(across: list[Rule], down: list[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Return the rules across and down that hang together by touching; such without both are left out.

    The side of a cell that goes on over both edges of its page touches nothing: it belongs to
    rules that begin and end where it does.
    """
    down = sorted(down)
    places = [rule.at for rule in down]
    group = list(range(len(down) + len(across)))
    touched = set()
    for index, rule in enumerate(across, start=len(down)):
        for other in range(bisect_left(places, rule.start - SNAP), bisect_right(places, rule.end + SNAP)):
            if down[other].start - SNAP <= rule.at <= down[other].end + SNAP:
                group[find_root(group, index)] = find_root(group, other)
                touched.add(other)
    for stray in set(range(len(down))) - touched:
        alike = [other for other in touched if are_level(down[stray], down[other])]
        if alike:
            nearest = min(alike, key=lambda other: abs(down[stray].at - down[other].at))
            group[stray] = find_root(group, nearest)
    found: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for index, rule in enumerate([*down, *across]):
        found.setdefault(find_root(group, index), ([], []))[index < len(down)].append(rule)
    return [(level, upright) for level, upright in found.values() if level and upright]


def find_root(group: list[int], index: int) -> int:
    """Return what stands for the group of a member, and shorten the way to it."""
    while group[index] != index:
        group[index] = index = group[group[index]]
    return index


def are_level(first: Rule, second: Rule) -> bool:
    """Return whether two rules begin and end at the same places."""
    return abs(first.start - second.start) <= SNAP and abs(first.end - second.end) <= SNAP


def outline(across: Sequence[Rule], down: Sequence[Rule]) -> Box:
    """Return the box around rules."""
    return (
        min([*(rule.start for rule in across), *(rule.at for rule in down)]),
        min([*(rule.at for rule in across), *(rule.start for rule in down)]),
        max([*(rule.end for rule in across), *(rule.at for rule in down)]),
        max([*(rule.at for rule in across), *(rule.end for rule in down)]),
    )


def area(rules: tuple[list[Rule], list[Rule]]) -> float:
    """Return the area that rules go over."""
    left, top, right, bottom = outline(*rules)
    return (right - left) * (bottom - top)


def holds(outer: Box, inner: Box) -> bool:
    """Return whether a box lies within another."""
    return all(a <= b for a, b in zip(outer[:2], inner[:2], strict=True)) and all(
        a >= b for a, b in zip(outer[2:], inner[2:], strict=True)
    )


def middle(char: Char) -> tuple[float, float]:
    """Return the middle of a character."""
    return (char.left + char.right) / 2, (char.top + char.bottom) / 2


def split_chars(chars: list[Char], box: Box) -> tuple[list[Char], list[Char]]:
    """Return the characters with their middle in the box, and the others."""
    inside: list[Char] = []
    outside: list[Char] = []
    for char in chars:
        x, y = middle(char)
        (inside if box[0] <= x <= box[2] and box[1] <= y <= box[3] else outside).append(char)
    return inside, outside


# Tables to cells


def build_table(across: Sequence[Rule], down: Sequence[Rule], chars: Sequence[Char], name: str) -> Table:
    """Return the table of rules that hang together; raises ReadError where it has too many cells."""
    box = outline(across, down)
    middles = [middle(char) for char in chars]
    xs = find_edges([rule.at for rule in down], (box[0], box[2]), sorted(x for x, _ in middles))
    ys = find_edges([rule.at for rule in across], (box[1], box[3]), sorted(y for _, y in middles))
    ys = close_sides(ys, down)
    if (len(xs) - 1) * (len(ys) - 1) > MAX_CELLS_TABLE:
        raise too_much(
            name, f"over {MAX_CELLS_TABLE:,} cells in a table", f"表格超过 {MAX_CELLS_TABLE:,} 个单元格"
        )
    while True:
        walls_down, walls_across = find_walls(down, xs, ys), find_walls(across, ys, xs)
        kept_xs = [x for x, wall in zip(xs, walls_down, strict=True) if any(wall)]
        kept_ys = [y for y, wall in zip(ys, walls_across, strict=True) if any(wall)]
        if len(kept_xs) == len(xs) and len(kept_ys) == len(ys):
            return Table(
                tuple(across), tuple(down), tuple(chars), tuple(xs), tuple(ys), walls_across, walls_down
            )
        xs, ys = kept_xs, kept_ys


def close_sides(ys: list[float], down: Sequence[Rule]) -> list[float]:
    """Return the edges of rows with one more where both outer sides of a table go on beyond them: a row without a text is there.

    The cells of such a row go on over the edge of the page, and print their text on the other.
    """
    sides = [
        [rule for rule in down if abs(rule.at - place) <= SNAP] for place in (min(down).at, max(down).at)
    ]
    top = max(min(rule.start for rule in side) for side in sides)
    bottom = min(max(rule.end for rule in side) for side in sides)
    return [*([top] if top < ys[0] - THIN else []), *ys, *([bottom] if bottom > ys[-1] + THIN else [])]


def find_edges(places: Iterable[float], ends: tuple[float, float], middles: list[float]) -> list[float]:
    """Return where columns (or rows) begin and end: one edge for rules with nothing printed between them.

    A side without a rule is closed where the rules that cross it end, if something is printed there.
    """
    groups: list[list[float]] = []
    for place in sorted(places):
        if groups and is_one(groups[-1], place, middles):
            groups[-1].append(place)
        else:
            groups.append([place])
    edges = [(group[0] + group[-1]) / 2 for group in groups]
    if ends[0] < edges[0] - SNAP and middles[0] < edges[0]:
        edges.insert(0, ends[0])
    if ends[1] > edges[-1] + SNAP and middles[-1] > edges[-1]:
        edges.append(ends[1])
    return edges if len(edges) > 1 else [*edges, edges[0] + SNAP]


def is_one(group: list[float], place: float, middles: list[float]) -> bool:
    """Return whether a rule is the same edge as those before it."""
    if place - group[0] <= SNAP:
        return True
    return place - group[0] <= THIN and bisect_left(middles, group[0]) == bisect_right(middles, place)


def find_walls(
    rules: Iterable[Rule], edges: Sequence[float], crossing: Sequence[float]
) -> tuple[tuple[bool, ...], ...]:
    """Return for each edge, between each two crossing edges, whether it is ruled; the outermost always are."""
    lines: list[list[Rule]] = [[] for _ in edges]
    for rule in rules:
        index = min(max(bisect_left(edges, rule.at), 1), len(edges) - 1)
        index -= rule.at - edges[index - 1] < edges[index] - rule.at
        if abs(edges[index] - rule.at) <= THIN:
            lines[index].append(rule)
    walls = [
        tuple(is_covered(stretches, start, end) for start, end in pairwise(crossing))
        for stretches in map(join_line, lines)
    ]
    walls[0] = walls[-1] = (True,) * (len(crossing) - 1)
    return tuple(walls)


def is_covered(stretches: list[Rule], start: float, end: float) -> bool:
    """Return whether rules cover at least half of a stretch."""
    if stretches and stretches[0].start <= start and stretches[0].end >= end:
        return True
    covered = sum(max(0.0, min(rule.end, end) - max(rule.start, start)) for rule in stretches)
    return covered * 2 >= end - start


def read_cells(table: Table) -> list[Span]:
    """Return the cells of a table with their text, in reading order."""
    return fill_spans(table, list(find_spans(table)), table.chars)


def read_rows(table: Table, start: int, end: int) -> list[Span]:
    """Return the cells that stand in some of the rows of a table, with their text."""
    spans = [span for span in find_spans(table) if span.row < end and span.row + span.rows > start]
    top = table.ys[min(span.row for span in spans)]
    bottom = table.ys[max(span.row + span.rows for span in spans)]
    chars = [char for char in table.chars if top <= middle(char)[1] < bottom]
    return fill_spans(table, spans, chars)


def find_spans(table: Table) -> Iterator[Span]:
    """Yield the cells: the largest rectangles without a rule inside, from the top left."""
    taken: set[tuple[int, int]] = set()
    rows, columns = len(table.ys) - 1, len(table.xs) - 1
    for row in range(rows):
        for column in range(columns):
            if (row, column) in taken:
                continue
            end = column + 1
            while end < columns and not table.walls_down[end][row] and (row, end) not in taken:
                end += 1
            last = row + 1
            while last < rows and is_open(table, last, column, end, taken):
                last += 1
            taken.update((r, c) for r in range(row, last) for c in range(column, end))
            yield Span(row, column, last - row, end - column)


def is_open(table: Table, row: int, column: int, end: int, taken: set[tuple[int, int]]) -> bool:
    """Return whether a cell above goes on into a row: no rule above it, none in it, nothing else there."""
    return not any(
        table.walls_across[row][c] or (c > column and table.walls_down[c][row]) or (row, c) in taken
        for c in range(column, end)
    )


def fill_spans(table: Table, spans: list[Span], chars: Sequence[Char]) -> list[Span]:
    """Return the cells with their text: each character goes where its middle is."""
    owner = {
        (r, c): index
        for index, span in enumerate(spans)
        for r in range(span.row, span.row + span.rows)
        for c in range(span.column, span.column + span.columns)
    }
    cells = [owner.get(place_at(table, *middle(char)), -1) for char in chars]
    mend_numbers(table, chars, cells)
    held: list[list[Char]] = [[] for _ in [*spans, "none of them"]]
    for char, cell in zip(chars, cells, strict=True):
        held[cell].append(char)
    return [span._replace(text=cell_text(inside)) for span, inside in zip(spans, held[:-1], strict=True)]


def place_at(table: Table, x: float, y: float) -> tuple[int, int]:
    """Return the row and column of a point, the nearest ones for a point outside."""
    row = bisect_right(table.ys, y, 1, len(table.ys) - 1) - 1
    return row, bisect_right(table.xs, x, 1, len(table.xs) - 1) - 1


def mend_numbers(table: Table, chars: Sequence[Char], cells: list[int]) -> None:
    """Put a number too wide for its cell into the one that holds most of it.

    Its last digit must not become a figure of the next cell. Only a number with a digit that
    an edge goes through is so: else two numbers stand close to each other.
    """
    for at in range(1, len(chars)):
        if cells[at] != cells[at - 1] and follows(chars[at - 1], chars[at]):
            start, end = at - 1, at + 1
            while start > 0 and follows(chars[start - 1], chars[start]):
                start -= 1
            while end < len(chars) and follows(chars[end - 1], chars[end]):
                end += 1
            if any(is_cut(table, char) for char in chars[start:end]):
                cells[start:end] = [max(cells[start:end], key=cells[start:end].count)] * (end - start)


def follows(before: Char, char: Char) -> bool:
    """Return whether two characters are neighbouring digits of one number."""
    if before.text not in DIGITS or char.text not in DIGITS or before.turn or char.turn:
        return False
    high = char.bottom - char.top
    return abs(char.top - before.top) < 0.3 * high and abs(char.left - before.right) < 0.15 * high


def is_cut(table: Table, char: Char) -> bool:
    """Return whether an edge goes through a character, not beside it."""
    inset, (_, y) = 0.15 * (char.right - char.left), middle(char)
    return place_at(table, char.left + inset, y) != place_at(table, char.right - inset, y)
