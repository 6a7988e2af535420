"""Tables without rules: figures too wide for their column, whose digits go on in the next line of the cell.

In lines their parts would be figures of their own: 15731 above 79 is neither. They are put together on the line
of their row with a mark where they are cut, so that the cell is shown whole and is not read.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from flows.read.typeset import CUT, Line, Piece

PART = re.compile(r"[0-9０-９,，.．%％]+|[-－—–/／]+")  # 06 is no figure, and may be the end of one
CLOSE = 1.35  # the lines of one cell are no further apart than so many heights
WHOLE = 3  # figures alone on a line that can be a row without a label

Place = tuple[int, int]  # a piece: its line, and where on it


def join_cut_figures(lines: Sequence[Line]) -> list[Line]:
    """Return the lines of a page with each figure of several lines as one piece, on the line of its row.

    A part that may belong to the row above as well as to that below makes both of these uncertain.
    """
    joined = join_level(lines)
    near = {place: rows for place in find_bare(joined) if (rows := find_rows(joined, place))}
    places = {place: own for place, rows in near.items() if (own := [row for row in rows if row not in near])}
    if not places:
        return joined
    pieces = [
        [piece for at, piece in enumerate(line.pieces) if (number, at) not in places]
        for number, line in enumerate(joined)
    ]
    for row, at in sorted({row for rows in places.values() for row in rows}):
        parts = sorted([(row, at), *(place for place, own in places.items() if (row, at) in own)])
        whole = join_parts([joined[number].pieces[i] for number, i in parts])
        pieces[row][pieces[row].index(joined[row].pieces[at])] = whole
    return set_pieces(joined, pieces)


def join_level(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with the parts together between which another line of their row stands, level with both."""
    figures = [chain for chain in find_chains(lines) if len(chain) > 1]
    if not figures:
        return list(lines)
    gone = {place for chain in figures for place in chain}
    pieces = [
        [piece for at, piece in enumerate(line.pieces) if (number, at) not in gone]
        for number, line in enumerate(lines)
    ]
    left = [
        (sum(is_part(piece.text) for piece in own), not is_bare(lines[at])) for at, own in enumerate(pieces)
    ]
    for chain in figures:
        row = max(range(chain[0][0] + 1, chain[-1][0]), key=left.__getitem__)
        pieces[row].append(join_parts([lines[number].pieces[at] for number, at in chain]))
    return set_pieces(lines, pieces)


def set_pieces(lines: Sequence[Line], pieces: Sequence[Sequence[Piece]]) -> list[Line]:
    """Return lines with other pieces, without those that are left without any."""
    return [
        replace(line, pieces=tuple(sorted(own, key=lambda piece: piece.left)))
        for line, own in zip(lines, pieces, strict=True)
        if own
    ]


def find_chains(lines: Sequence[Line]) -> list[list[Place]]:
    """Return the figures of a page, the parts of one together from its first line to its last."""
    chains: list[list[Place]] = []
    recent: list[list[Place]] = []
    for number, line in enumerate(lines):
        recent = [
            chain for chain in recent if line.top < 2 * lines[chain[-1][0]].bottom - lines[chain[-1][0]].top
        ]
        for at, piece in enumerate(line.pieces):
            if is_part(piece.text):
                above = next((each for each in recent if is_level(lines, each[-1], (number, at))), None)
                if above is not None:
                    above.append((number, at))
                else:
                    recent.append([(number, at)])
                    chains.append(recent[-1])
    return chains


def is_level(lines: Sequence[Line], first: Place, second: Place) -> bool:
    """Return whether two figures stand above each other, and between them a line of their row, level with both.

    That line has figures too, or it has the row's words and the two stand on lines without any.
    """
    upper, lower = lines[first[0]], lines[second[0]]
    if lower.top <= upper.top or not overlaps(upper.pieces[first[1]], lower.pieces[second[1]]):
        return False
    level = [
        line
        for line in lines[first[0] + 1 : second[0]]
        if line.top < upper.bottom and line.bottom > lower.top
    ]
    return any(map(count_parts, level)) or (bool(level) and is_bare(upper) and is_bare(lower))


def find_bare(lines: Sequence[Line]) -> Iterator[Place]:
    """Yield the figures that stand on lines of figures alone."""
    for number, line in enumerate(lines):
        if is_bare(line):
            yield from ((number, at) for at in range(len(line.pieces)))


def find_rows(lines: Sequence[Line], place: Place) -> list[Place]:
    """Return the figures right above and below one, as close as lines of a cell are, that it may be a part of.

    Its line has fewer figures than theirs, or too few to be a row, or there is one on each side of the row.
    """
    number, at = place
    found = []
    for row in find_close(lines, number):
        most = max(count_parts(lines[row]), 0 if is_bare(lines[row]) else WHOLE)
        around = [other for other in find_close(lines, row) if is_bare(lines[other])]
        sides = {other > row for other in around}
        if len(lines[number].pieces) < most or (len(sides) == 2 and not is_bare(lines[row])):
            own = lines[number].pieces[at]
            found += [
                (row, i)
                for i, piece in enumerate(lines[row].pieces)
                if is_part(piece.text) and overlaps(own, piece)
            ]
    return found


def find_close(lines: Sequence[Line], number: int) -> Iterator[int]:
    """Yield the lines that stand no further from one than lines of a cell do."""
    most = CLOSE * (lines[number].bottom - lines[number].top)
    for step in (-1, 1):
        other = number + step
        while 0 <= other < len(lines) and abs(lines[other].top - lines[number].top) <= most:
            yield other
            other += step


def is_bare(line: Line) -> bool:
    """Return whether a line holds figures alone."""
    return all(is_part(piece.text) for piece in line.pieces)


def count_parts(line: Line) -> int:
    """Return how many pieces of a line are figures."""
    return sum(is_part(piece.text) for piece in line.pieces)


def is_part(text: str) -> bool:
    """Return whether a text is a figure or can be a part of one."""
    return PART.fullmatch(text) is not None


def overlaps(first: Piece, second: Piece) -> bool:
    """Return whether two pieces stand above each other for at least half of the narrower one."""
    shared = min(first.right, second.right) - max(first.left, second.left)
    return 2 * shared >= min(first.right - first.left, second.right - second.left)


def join_parts(parts: Sequence[Piece]) -> Piece:
    """Return the parts of a figure as one piece that shows where it is cut."""
    left, right = min(part.left for part in parts), max(part.right for part in parts)
    return Piece(CUT.join(part.text for part in parts), left, right)
