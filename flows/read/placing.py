"""Spans, widths and places that elements declare: what CSS and attributes say of columns and rows."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from selectolax.lexbor import LexborNode

from flows.read.boxes import MAX_AREA, Block, Cell, fill
from flows.read.styles import Style, Styles, find_style

MAX_SPAN = 100
MAX_ITEMS = 5_000
TOLERANCE = 0.006  # of the whole width: three columns of 33.3 % are 99.9 %
DOWN = ("rowspan", "data-rowspan", "aria-rowspan", "data-row-span")
ACROSS = ("colspan", "data-colspan", "aria-colspan", "data-col-span")
SPAN_CLASS = re.compile(r"(col|row)-span-(\d{1,2})")
SHARE_CLASS = re.compile(r"(?:.*-)?col-(?:(?:xs|sm|md|lg|xl|xxl|span)-)?(\d{1,2})")
REPEAT = re.compile(r"repeat\(\s*(\d{1,3})\s*,((?:[^()]|\([^()]*\))*)\)")
LENGTH = re.compile(r"(\d+(?:\.\d+)?)(%|px|pt|em|rem|vw|fr)")
FLEX = re.compile(r"(\d+(?:\.\d+)?)(?:\s+.*)?")
LINE = re.compile(r"(?:span\s+(\d{1,3})|(-?\d{1,3}))")


def read_spans(node: LexborNode, styles: Styles) -> tuple[int, int]:
    """Return how many rows and columns an element declares to span; 0 where it declares none."""
    attributes = node.attributes
    down, across = (
        next((read_number(attributes.get(name) or "") for name in names if attributes.get(name)), 0)
        for names in (DOWN, ACROSS)
    )
    for kind, count in SPAN_CLASS.findall(attributes.get("class") or ""):
        down, across = (int(count), across) if kind == "row" else (down, int(count))
    style = find_style(styles, node)
    return max(down or read_lines(style, "row")[1], 0), max(across or read_lines(style, "column")[1], 0)


def read_number(text: str) -> int:
    """Return a span attribute's number within bounds, 0 for anything else."""
    return min(int(text), MAX_SPAN) if text.strip().isdecimal() and text.isascii() and len(text) < 5 else 0


def read_lines(style: Style, axis: str) -> tuple[int, int]:
    """Return the line at which a grid item begins on an axis and how many tracks it spans; 0 where not declared.

    A line counted from the end is negative; the span of `1 / -1` is negative too, to be counted from the tracks.

    >>> read_lines({"grid-column": "2 / span 3"}, "column"), read_lines({"grid-row": "span 2"}, "row")
    ((2, 3), (0, 2))
    """
    if area := style.get("grid-area"):
        parts = [part.strip() for part in area.split("/")]
        start, end = (parts[at] if at < len(parts) else "" for at in ((0, 2) if axis == "row" else (1, 3)))
    else:
        start, _, end = style.get(f"grid-{axis}", "").partition("/")
        start, end = start or style.get(f"grid-{axis}-start", ""), end or style.get(f"grid-{axis}-end", "")
    first, last = LINE.fullmatch(start.strip()), LINE.fullmatch(end.strip())
    span = next((int(each[1]) for each in (first, last) if each and each[1]), 0)
    line = int(first[2]) if first and first[2] else 0
    if line and last and last[2]:
        stop = int(last[2])
        span = stop - line if stop > line else stop
    return line, min(span, MAX_SPAN)


def find_columns(style: Style) -> int:
    """Return how many columns a CSS grid declares, 0 where that depends on the width.

    >>> find_columns({"grid-template-columns": "200px repeat(3, minmax(0, 1fr)) auto"})
    5
    """
    template = style.get("grid-template-columns", "")
    repeated = REPEAT.sub(
        lambda match: f" {' '.join([match[2].replace(' ', '')] * int(match[1]))} ", template
    )
    tracks = re.sub(r"\[[^\]]*\]", " ", re.sub(r",\s+", ",", repeated)).split()
    return 0 if "repeat(" in repeated or tracks == ["none"] else min(len(tracks), MAX_SPAN)


def place_items(items: Sequence[LexborNode], columns: int, styles: Styles) -> Block | None:
    """Return the items of a CSS grid in their places, or None where these leave gaps or overlap.

    Items go where they say; the others to the next free place, as the sparse flow of CSS has it.
    """
    taken: set[tuple[int, int]] = set()
    cells: list[Cell] = []
    row = column = 0
    for node in items[: MAX_ITEMS + 1]:
        (top, _), (left, wide) = (read_lines(find_style(styles, node), axis) for axis in ("row", "column"))
        down, across = (max(span, 1) for span in read_spans(node, styles))
        across = columns + 2 + wide - left if wide < 0 else across
        if min(top, left, across - 1) < 0 or (top and not left) or across > columns or len(taken) > MAX_AREA:
            return None
        size = (down, across)
        if top:
            row, column = top - 1, left - 1
        else:
            row, column = next_place((row, column), size, columns, taken, left)
        taken |= {(row + r, column + c) for r in range(size[0]) for c in range(size[1])}
        cells.append(Cell(node, row, column, *size, fixed=True))
    rows = max((cell.row + cell.down for cell in cells), default=0)
    return fill(cells, rows, columns) if len(items) <= MAX_ITEMS else None


def next_place(
    place: tuple[int, int], size: tuple[int, int], columns: int, taken: set[tuple[int, int]], left: int
) -> tuple[int, int]:
    """Return the first place from one on where an item fits, in its column where it declares one."""
    row, column = place
    while True:
        if left:
            row, column = (row + (column > left - 1), left - 1)
        while column + size[1] <= columns:
            if not any((row + r, column + c) in taken for r in range(size[0]) for c in range(size[1])):
                return row, column
            if left:
                break
            column += 1
        row, column = row + 1, left - 1 if left else 0


# Widths


def read_share(node: LexborNode, styles: Styles) -> tuple[float, str] | None:
    """Return the width that an element declares and in what: a length, a share by flex, or columns of a class."""
    style = find_style(styles, node)
    for name in ("width", "flex-basis", "max-width"):
        if match := LENGTH.fullmatch(style.get(name, "")):
            return float(match[1]), match[2]
    if match := FLEX.fullmatch(style.get("flex", style.get("flex-grow", ""))):
        basis = LENGTH.search(style.get("flex", ""))
        return (float(basis[1]), basis[2]) if basis and float(basis[1]) else (float(match[1]), "flex")
    for name in (node.attributes.get("class") or "").split():
        if match := SHARE_CLASS.fullmatch(name):
            return float(match[1]), "el" if name.startswith("el-") else "columns"
    return None


WHOLE = {"%": 100.0, "columns": 12.0, "el": 24.0}


def split_wrapped(items: Sequence[LexborNode], styles: Styles) -> list[Sequence[LexborNode]]:
    """Return items whose widths fill several lines exactly as those lines; none where they do not."""
    shares = [read_share(node, styles) for node in items]
    units = {share[1] if share else "" for share in shares}
    whole = WHOLE.get(next(iter(units), ""), 0.0) if len(units) == 1 else 0.0
    if not whole or sum(share[0] for share in shares if share) < whole * 1.5:
        return []
    rows: list[Sequence[LexborNode]] = []
    start, used = 0, 0.0
    for at, share in enumerate(shares, start=1):
        used += share[0] if share else 0.0
        if used > whole * (1 + TOLERANCE):
            return []
        if used >= whole * (1 - TOLERANCE):
            rows.append(items[start:at])
            start, used = at, 0.0
    return rows if start == len(items) else []


def widths_to_spans(rows: Sequence[Sequence[Cell]], styles: Styles) -> Sequence[Sequence[Cell]]:
    """Return rows of unlike many cells with the spans that their widths tell; as they are where these tell none.

    All widths must be in the same unit and fill every row alike.
    """
    plain = [row for row in rows if len(row) > 1]
    if len({len(row) for row in plain}) < 2 or any(cell.fixed for row in plain for cell in row):
        return rows
    shares = [[read_share(cell.node, styles) for cell in row] for row in plain]
    if len({share[1] if share else "" for row in shares for share in row}) != 1 or not shares[0][0]:
        return rows
    edges = [list(accumulate(share[0] for share in row if share)) for row in shares]
    whole = max(row[-1] for row in edges)
    near = whole * TOLERANCE
    if min(row[-1] for row in edges) < whole - near:
        return rows
    lines: list[float] = []
    for edge in sorted(edge for row in edges for edge in row):
        if not lines or edge - lines[-1] > near * 2:
            lines.append(edge)
    told = iter(edges)
    return [spread(row, next(told), lines) if len(row) > 1 else row for row in rows]


def spread(row: Sequence[Cell], edges: Sequence[float], lines: Sequence[float]) -> list[Cell]:
    """Return the cells of a row with the columns between their edges as spans."""
    ends = [
        1 + min(range(len(lines)), key=[abs(line - edge) for line in lines].__getitem__) for edge in edges
    ]
    starts = [0, *ends[:-1]]
    return [
        replace(cell, across=end - start, fixed=True)
        for cell, start, end in zip(row, starts, ends, strict=True)
        if end > start
    ]
