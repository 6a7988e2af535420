"""Tables without rules: cells whose text goes on in the next line, made whole again.

A cell's lines stand close below each other, their middles or left edges in one place; its figures stand
beside the middle of them. Left as printed, such a cell would be strewn over the lines beside it.
"""

from collections.abc import Sequence
from dataclasses import replace

from flows.read.cuts import is_part
from flows.read.typeset import NEW_ROW, Line, Piece, are_figures

CLOSE = 1.35  # lines of one cell are no further apart than so many heights; rows of a table mostly are

Place = tuple[int, int]  # a piece: its line, and where on it


def join_wrapped(lines: Sequence[Line]) -> list[Line]:
    """Return the lines of a page with each cell of several lines on the one of them that its middle is nearest to."""
    cells = [cell for cell in find_cells(lines) if len(cell) > 1 and stands_in_table(lines, cell)]
    gone = {place for cell in cells for place in cell}
    pieces = [
        [piece for at, piece in enumerate(line.pieces) if (number, at) not in gone]
        for number, line in enumerate(lines)
    ]
    for cell in cells:
        pieces[find_middle(lines, cell)].append(
            join_pieces([lines[number].pieces[at] for number, at in cell])
        )
    return [
        replace(line, pieces=tuple(sorted(own, key=lambda piece: piece.left)))
        for line, own in zip(lines, pieces, strict=True)
        if own
    ]


def stands_in_table(lines: Sequence[Line], cell: Sequence[Place]) -> bool:
    """Return whether something stands beside a cell: lines of prose have nothing beside them."""
    return sum(len(line.pieces) for line in lines[cell[0][0] : cell[-1][0] + 1]) > len(cell)


def find_cells(lines: Sequence[Line]) -> list[list[Place]]:
    """Return the pieces that are words, those of one cell together, from its first line to its last."""
    cells: list[list[Place]] = []
    recent: list[list[Place]] = []
    for number, line in enumerate(lines):
        recent = [cell for cell in recent if is_near(lines[cell[-1][0]], line)]
        for at, piece in enumerate(line.pieces):
            above = next((cell for cell in reversed(recent) if goes_on(lines, cell, (number, at))), None)
            if above is not None:
                above.append((number, at))
            elif len(line.pieces) > 1 or not are_figures(piece.text):
                recent.append([(number, at)])
                cells.append(recent[-1])
    return cells


def is_near(above: Line, line: Line) -> bool:
    """Return whether a line stands no further below another than a line of one cell can."""
    return line.top - above.top < 2 * (above.bottom - above.top)


def goes_on(lines: Sequence[Line], cell: Sequence[Place], place: Place) -> bool:
    """Return whether a piece is the next line of a cell."""
    (number, at), (above, before) = place, cell[-1]
    line, last = lines[number], lines[above]
    high = last.bottom - last.top
    apart = line.top - last.top
    piece, first = line.pieces[at], last.pieces[before]
    if apart <= 0 or not is_near(last, line) or not is_below(first, piece, 0.35 * high):
        return False
    if are_figures(piece.text) or are_figures(first.text) or NEW_ROW.match(piece.text):
        return False
    return (
        piece.right - piece.left <= first.right - first.left + 0.5 * high
        and not (has_figures(line, piece) and has_figures(last, first))
        and (apart <= CLOSE * high or share_row(lines[above : number + 1]))
    )


def is_below(first: Piece, piece: Piece, most: float) -> bool:
    """Return whether a piece has its middle or its left edge where another has it."""
    middles = abs(first.left + first.right - piece.left - piece.right) / 2
    return min(middles, abs(first.left - piece.left)) <= most


def share_row(lines: Sequence[Line]) -> bool:
    """Return whether the first and last of some lines are lines of the same headings: others stand between, level with both."""
    first, *between, last = lines
    left = last.pieces[0].left
    return not any(are_figures(piece.text) for piece in (*first.pieces, *last.pieces)) and any(
        line.top < first.bottom and line.bottom > last.top and line.pieces[-1].left > left for line in between
    )


def has_figures(line: Line, piece: Piece) -> bool:
    """Return whether figures, or parts of one, stand right of a piece on its line."""
    return any(
        is_part(other.text) or are_figures(other.text) for other in line.pieces if other.left > piece.right
    )


def find_middle(lines: Sequence[Line], cell: Sequence[Place]) -> int:
    """Return the line nearest to the middle of a cell, one with figures before another as near."""
    first, last = cell[0][0], cell[-1][0]
    middle = (lines[first].top + lines[last].bottom) / 2
    right = max(lines[number].pieces[at].right for number, at in cell)

    def distance(number: int) -> tuple[float, bool]:
        line = lines[number]
        beside = any(are_figures(piece.text) for piece in line.pieces if piece.left > right)
        return abs((line.top + line.bottom) / 2 - middle) // 2, not beside

    return min(range(first, last + 1), key=distance)


def join_pieces(pieces: Sequence[Piece]) -> Piece:
    """Return the pieces of a cell as one."""
    return Piece(
        "".join(piece.text for piece in pieces),
        min(piece.left for piece in pieces),
        max(piece.right for piece in pieces),
    )
