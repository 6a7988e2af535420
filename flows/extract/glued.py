"""Figures with nothing between them: apart again where there is only one way to part them."""

from functools import lru_cache

from flows.extract.figures import is_figure
from flows.extract.textcells import Cell

MAX_FIGURE = 17  # characters of one figure: what a cell may state, with its sign and point
MAX_GLUED = 120  # characters


def split_glued(cell: Cell, count: int) -> tuple[Cell, ...]:
    """Return the figures that a cell holds, none where it can be parted in another way, or into fewer beside blanks.

    A figure does not begin with a nought unless it is one: `0000007` is seven figures in one way
    only, `1000000` may be one beside six blanks, `0000070` six beside one.
    """
    if count == 1:
        return (cell,)
    if len(cell.text) > MAX_GLUED or [count_ways(cell.text, fewer) for fewer in range(1, count + 1)] != [
        *[0] * (count - 1), 1
    ]:  # fmt: skip
        return ()
    ends = ways_to_part(cell.text)
    cells: list[Cell] = []
    at = 0
    for left in range(count, 0, -1):
        end = next(end for end in ends[at] if count_ways(cell.text[end:], left - 1))
        cells.append(Cell(cell.text[at:end], cell.start + at, "figure", cell.line))
        at = end
    return tuple(cells)


@lru_cache(maxsize=4096)
def ways_to_part(text: str) -> tuple[tuple[int, ...], ...]:
    """Return for each character of a text where a figure that begins with it can end."""
    return tuple(
        tuple(end for end in range(at + 1, min(len(text), at + MAX_FIGURE) + 1) if is_figure(text[at:end]))
        for at in range(len(text))
    )


@lru_cache(maxsize=4096)
def count_ways(text: str, count: int) -> int:
    """Return in how many ways a text is so many figures.

    >>> count_ways("0010000", 7), count_ways("10000000", 7), count_ways("12000000", 7), count_ways("00", 1)
    (1, 1, 2, 0)
    """
    ends = ways_to_part(text)
    ways = [0] * len(text) + [1]  # of the rest from each character on, with `left` figures in it
    for _ in range(count):
        ways = [sum(ways[end] for end in ends[at]) for at in range(len(text))] + [0]
    return ways[0]
