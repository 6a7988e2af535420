"""Upright text that stands one character below the other, as tables without rules print the labels of groups.

Such a stack is one piece of text. Left to the lines that it happens to touch, its characters would be
strewn among the labels of the rows beside it.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from flows.read.pdfium import Char
from flows.read.typeset import NEW_ROW, Line, Piece, group_lines, height

APART = 0.25  # of a character's height: what stands closer to its neighbour is a word with it
LONG = 3  # characters that surely form a stack; two do beside one of these
UNITS = frozenset("条件次篇个人元项名期")  # a column of units is no stack
FIGURES = frozenset("0123456789０１２３４５６７８９.,-－—–/／%％")  # and a column of figures is none


def lift_stacks(chars: Iterable[Char]) -> tuple[list[Line], list[Char]]:
    """Return the stacks, those that stand beside each other as one line, and the characters of no stack."""
    chars = list(chars)
    lone = [char for line in group_lines(chars) for char in lone_chars(line)]
    stacks = [part for stack in find_stacks(lone) for part in split_stack(stack)]
    long = [stack for stack in stacks if len(stack) >= LONG]
    kept = long + [
        stack for stack in stacks if len(stack) < LONG and any(overlaps(stack, other) for other in long)
    ]
    taken = {char for stack in kept for char in stack}
    return [stack_line(row) for row in group_stacks(kept)], [char for char in chars if char not in taken]


def lone_chars(line: Sequence[Char]) -> list[Char]:
    """Return the characters of a line with room on both sides, without figures."""
    lone = []
    for at, char in enumerate(line):
        before = at == 0 or char.left - line[at - 1].right > APART * height(char)
        after = at == len(line) - 1 or line[at + 1].left - char.right > APART * height(char)
        if before and after and char.text not in FIGURES:
            lone.append(char)
    return lone


def find_stacks(chars: Iterable[Char]) -> list[list[Char]]:
    """Return the characters that stand right below each other, each stack from its top."""
    stacks: list[list[Char]] = []
    for char in sorted(chars, key=lambda char: char.top):
        above = next((stack for stack in stacks if goes_on(stack[-1], char)), None)
        if above is None:
            stacks.append([char])
        else:
            above.append(char)
    return [stack for stack in stacks if len(stack) > 1 and not UNITS.issuperset(char.text for char in stack)]


def split_stack(stack: list[Char]) -> list[list[Char]]:
    """Return a stack cut before the numbers of rows: the labels of two groups may follow each other closely."""
    starts = [match.start() for match in NEW_ROW.finditer("".join(char.text[:1] for char in stack))]
    cuts = sorted({0, *starts, len(stack)})
    return [stack[first:last] for first, last in pairwise(cuts)]


def goes_on(above: Char, char: Char) -> bool:
    """Return whether a character stands right below another: in the middle of it, no further than lines are apart."""
    apart = abs(above.left + above.right - char.left - char.right) / 2
    return apart < 0.3 * height(char) and 0 <= char.top - above.top < 1.5 * height(char)


def overlaps(first: Sequence[Char], second: Sequence[Char]) -> bool:
    """Return whether two stacks stand beside each other."""
    return first[0].top < second[-1].bottom and second[0].top < first[-1].bottom


def group_stacks(stacks: Sequence[list[Char]]) -> list[list[list[Char]]]:
    """Return the stacks by where they begin: those of one line of headings together."""
    rows: list[list[list[Char]]] = []
    for stack in sorted(stacks, key=lambda stack: stack[0].top):
        if rows and all(overlaps(stack, other) and other[0].left != stack[0].left for other in rows[-1]):
            rows[-1].append(stack)
        else:
            rows.append([stack])
    return rows


def stack_line(stacks: Sequence[list[Char]]) -> Line:
    """Return stacks beside each other as one line, at the height where the first of them begins."""
    pieces = [
        Piece(
            "".join(char.text for char in stack),
            min(char.left for char in stack),
            max(char.right for char in stack),
        )
        for stack in sorted(stacks, key=lambda stack: stack[0].left)
    ]
    first = min((stack[0] for stack in stacks), key=lambda char: char.top)
    return Line(tuple(pieces), first.top, first.bottom)
