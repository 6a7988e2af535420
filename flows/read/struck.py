"""Characters of a PDF with a line drawn through them: struck out, so no part of the figure beside them."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from flows.read.drawn import MAX_THICK, Box
from flows.read.pdfium import Char, Page

STRUCK = "\u0336"  # the combining line through a character: shown as printed, and read as no figure
FROM, TO = 0.3, 0.7  # of a character's height, from its top: a line further down is drawn below it
BEYOND = (
    0.6  # of a character's height: a line that goes on further beside the characters is a rule of a table
)


def mark_struck(page: Page) -> Page:
    """Return a page with the characters marked that lines are drawn through, without these lines."""
    ordered = sorted([(char.top + char.bottom, char) for char in page.chars if char.turn == 0])
    middles = [twice / 2 for twice, _ in ordered]
    lines: dict[Box, list[Char]] = {}
    for box in page.boxes:
        if box[3] - box[1] <= MAX_THICK < box[2] - box[0]:
            at = (box[1] + box[3]) / 2
            near = ordered[bisect_left(middles, at - MAX_THICK) : bisect_right(middles, at + MAX_THICK)]
            crossed = [char for _, char in near if is_crossed(char, box)]
            if crossed and is_short(box, crossed):
                lines[box] = crossed
    if not lines:
        return page
    struck = {char for crossed in lines.values() for char in crossed}
    return Page(
        [char._replace(text=char.text + STRUCK) if char in struck else char for char in page.chars],
        [box for box in page.boxes if box not in lines],
        page.pictures,
    )


def is_crossed(char: Char, box: Box) -> bool:
    """Return whether a level line goes through most of a character, near its middle."""
    at, high = (box[1] + box[3]) / 2, char.bottom - char.top
    shared = min(char.right, box[2]) - max(char.left, box[0])
    return char.top + FROM * high <= at <= char.top + TO * high and 2 * shared > char.right - char.left


def is_short(box: Box, crossed: Sequence[Char]) -> bool:
    """Return whether a line ends where the characters that it crosses do."""
    room = BEYOND * max(char.bottom - char.top for char in crossed)
    left, right = min(char.left for char in crossed), max(char.right for char in crossed)
    return box[0] >= left - room and box[2] <= right + room
