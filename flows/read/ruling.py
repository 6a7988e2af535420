"""Rules of a picture: how far the paper lies askew, and the straight thin lines that bound the cells of its tables.

A rule is darker than both its sides, or, between shaded cells, lighter; how dark it is says
nothing, for many are printed in light grey. Loaded only where the extra `ocr` is installed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import median
from typing import NamedTuple

import cv2
import numpy as np

from flows.read.drawn import Box
from flows.read.paper import SHADED, Paper, square
from flows.read.raster import Pixels
from flows.read.ruled import Rule

MOST_TILT = 5.0  # degrees
FAINT = 12  # how much darker than its sides a rule is at least, of 255
PIECE = 96  # dots: rules are found in pieces so long, so that a bent one is straight in each
ROUGH = 800  # dots: the width at which the tilt is measured
LONG = 6.0  # times the height of text: no stroke of a letter is so long


class Pieces(NamedTuple):
    """Pieces of level lines: each as a rule, and for every dot the number of its piece; number 0 is none."""

    rules: list[Rule]
    labels: Pixels


class Line(NamedTuple):
    """A level line and the numbers of the pieces it is made of."""

    rule: Rule
    pieces: tuple[int, ...]


def find_tilt(grey: Pixels) -> float:
    """Return by how many degrees the lines of a page fall to the right, from -5 to 5.

    At the right angle the dots of rules and of lines of text gather in the fewest rows.
    """
    scale = min(1.0, ROUGH / grey.shape[1])
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    dark = cv2.morphologyEx(small, cv2.MORPH_BLACKHAT, np.ones((9, 9), np.uint8))
    ys, xs = np.nonzero(dark > max(FAINT, int(np.percentile(dark, 99)) // 3))
    if len(xs) < 100:
        return 0.0
    best = 0.0
    for reach, step in ((MOST_TILT, 0.5), (0.5, 0.1), (0.1, 0.02)):
        angles = np.arange(best - reach, best + reach + step / 2, step)
        best = float(max(angles, key=lambda angle: measure_gathering(xs, ys, angle)))
    return best


def measure_gathering(xs: Pixels, ys: Pixels, angle: float) -> float:
    """Return how much dots gather in rows that fall by an angle."""
    rows = np.round(ys - xs * np.tan(np.radians(angle))).astype(np.int64)
    return float(np.square(np.bincount(rows - rows.min())).sum())


def straighten(image: Pixels, angle: float) -> Pixels:
    """Return a picture turned back by an angle, on white."""
    high, wide = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), angle, 1.0)
    return cv2.warpAffine(
        image,
        matrix,
        (wide, high),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(255, 255, 255),
    )


def find_rules(paper: Paper, boxes: Sequence[Box]) -> tuple[list[Rule], list[Rule], Pixels]:
    """Return the rules across and down in dots, and a mask of the dots they cover.

    `boxes` are the lines of text: strokes in them are no rules.
    """
    size = paper.size
    sides = (
        paper,
        replace(paper, grey=paper.grey.T.copy(), shade=paper.shade.T.copy(), fills=paper.fills.T.copy()),
    )
    seen = [find_lines(side) for side in sides]
    thin = [find_thin(side, side.grey) for side in sides]
    sideways = [(top, left, bottom, right) for left, top, right, bottom in boxes]
    masks = [np.zeros_like(side.grey) for side in sides]
    near = 0.4 * size
    # Where two rules cross, the one is not thin along the other: the second time they are known.
    for _ in range(2):
        masks = [trim_lines(seen[at], thin[at] | masks[1 - at].T, size) for at in (0, 1)]
        pieces = [find_pieces(mask) for mask in masks]
        lines = [
            drop_struck(join_pieces(part.rules, size), text, size)
            for part, text in zip(pieces, (boxes, sideways), strict=True)
        ]
        across, down = keep_joined(sides, lines)
        masks = [
            mask_lines(part, [(line, line.rule.start - near, line.rule.end + near) for line in lines])
            for part, lines in zip(pieces, (across, down), strict=True)
        ]
    masks = [
        mask_lines(pieces[0], [(line, *find_ends(line, down, size)) for line in across]),
        mask_lines(pieces[1], [(line, *find_ends(line, across, size)) for line in down]),
    ]
    soft = 2 * round(0.08 * size) + 1
    drawn: Pixels = masks[0] | masks[1].T
    edges: Pixels = cv2.morphologyEx(paper.fills, cv2.MORPH_GRADIENT, square(0.25 * size)) * 255
    covered: Pixels = cv2.dilate(drawn, np.ones((soft, soft), np.uint8)) | edges
    return [line.rule for line in across], [line.rule for line in down], covered


def find_lines(paper: Paper) -> Pixels:
    """Return the mask of what seems level lines.

    Blurred along its direction a rule stays as it is, while a line of text becomes a band, which is not thin.
    """
    size = paper.size
    thin = find_thin(paper, cv2.blur(paper.grey, (round(size) | 1, 1)))
    lines = cv2.morphologyEx(thin, cv2.MORPH_OPEN, np.ones((1, round(size)), np.uint8))
    return cv2.dilate(lines, np.ones((1, round(size) | 1), np.uint8))  # blurred ends


def trim_lines(lines: Pixels, thin: Pixels, size: float) -> Pixels:
    """Return the mask of what is thin without the blur too, longer than strokes of letters, and whole where others cross."""
    thin = cv2.morphologyEx(thin, cv2.MORPH_CLOSE, np.ones((1, 2), np.uint8))
    return cv2.morphologyEx(lines & thin, cv2.MORPH_OPEN, np.ones((1, round(1.15 * size)), np.uint8))


def find_thin(paper: Paper, grey: Pixels) -> Pixels:
    """Return the mask of what is thinner from above to below than text is high, and darker than both sides.

    Only in shaded cells may a rule be lighter, and where the shade ends is a rule too.
    """
    upright = np.ones((max(5, round(0.45 * paper.size)) | 1, 1), np.uint8)
    darker = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, upright)
    least = FAINT + 2 * float(np.median(darker))  # the noise of the paper
    thin = darker > least
    shaded = paper.shade < SHADED
    if shaded.any():
        lighter = cv2.min(cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, upright), cv2.subtract(grey, paper.shade))
        thin |= (lighter > least) & shaded
        thin |= cv2.morphologyEx(paper.fills, cv2.MORPH_GRADIENT, square(4)) > 0
    return thin.astype(np.uint8) * 255


def find_pieces(mask: Pixels) -> Pieces:
    """Return the pieces of level lines that a mask covers."""
    cut = mask.copy()
    cut[:, PIECE - 1 :: PIECE] = 0
    _, labels, stats, centres = cv2.connectedComponentsWithStats(cut, connectivity=8)
    rules = [
        Rule(float(y), float(left), float(left + wide))
        for (left, _, wide, _, _), (_, y) in zip(stats.tolist(), centres.tolist(), strict=True)
    ]
    return Pieces(rules, labels)


def join_pieces(rules: Sequence[Rule], size: float) -> list[Line]:
    """Return the lines that pieces following each other make; the first of the rules is what is no piece."""
    lines: list[list[int]] = []
    for piece in sorted(range(1, len(rules)), key=lambda piece: rules[piece].start):
        at, start, _ = rules[piece]
        for line in lines:
            last = rules[line[-1]]
            if abs(last.at - at) <= max(2.0, 0.15 * size) and abs(start - last.end) <= max(4.0, 0.4 * size):
                line.append(piece)
                break
        else:
            lines.append([piece])
    return [join_line(rules, line) for line in lines if is_whole(rules, line)]


def is_whole(rules: Sequence[Rule], line: Sequence[int]) -> bool:
    """Return whether pieces leave hardly a gap: strokes of letters beside each other do."""
    covered = sum(rules[piece].end - rules[piece].start for piece in line)
    return covered >= 0.92 * (rules[line[-1]].end - rules[line[0]].start)


def join_line(rules: Sequence[Rule], line: Sequence[int]) -> Line:
    """Return the line that pieces make."""
    rule = Rule(median(rules[piece].at for piece in line), rules[line[0]].start, rules[line[-1]].end)
    return Line(rule, tuple(line))


def mask_lines(pieces: Pieces, lines: Sequence[tuple[Line, float, float]]) -> Pixels:
    """Return the mask of lines, each from one place to another."""
    kept = np.zeros(len(pieces.rules), np.uint8)
    kept[[piece for line, _, _ in lines for piece in line.pieces]] = 255
    mask: Pixels = kept[pieces.labels]
    length = sum(line.rule.end - line.rule.start for line, _, _ in lines)
    thick = max(1, round(np.count_nonzero(mask) / length)) if length else 1
    for line, start, end in lines:
        for piece, first, last in (
            (line.pieces[0], start, line.rule.start),
            (line.pieces[-1], line.rule.end, end),
        ):
            top = max(0, round(pieces.rules[piece].at - (thick - 1) / 2))
            mask[top : top + thick, max(0, round(first)) : max(0, round(last))] = 255
    return mask


def find_ends(line: Line, crossing: Sequence[Line], size: float) -> tuple[float, float]:
    """Return where a line begins and ends, counted to the far lines that cross it there."""
    starts, ends = (find_met(place, line.rule.at, crossing, size) for place in line.rule[1:])
    return (
        min([line.rule.start, *(each.rule.at for each in starts)]),
        max([line.rule.end, *(each.rule.at for each in ends)]),
    )


def drop_struck(lines: Iterable[Line], boxes: Sequence[Box], size: float) -> list[Line]:
    """Return the lines without those that are strokes of text: most of them in the middle of its lines."""
    return [
        line
        for line in lines
        if measure_struck(line.rule, boxes, size) < 0.7 * (line.rule.end - line.rule.start)
    ]


def measure_struck(rule: Rule, boxes: Sequence[Box], size: float) -> float:
    """Return over how many dots a level rule runs through lines of text."""
    return sum(
        max(0.0, min(rule.end, right) - max(rule.start, left))
        for left, top, right, bottom in boxes
        if top + 0.3 * size < rule.at < bottom - 0.3 * size
    )


def keep_joined(sides: Sequence[Paper], lines: Sequence[list[Line]]) -> list[list[Line]]:
    """Return the lines that are too long for a stroke of a letter, or that touch such at both ends, of both directions."""
    size = sides[0].size
    kept = [[line for line in each if line.rule.end - line.rule.start >= LONG * size] for each in lines]
    while True:
        more = [
            [
                line
                for line in lines[at]
                if line not in kept[at] and touches_both(line, kept[1 - at], sides[at])
            ]
            for at in (0, 1)
        ]
        if not any(more):
            return kept
        kept = [[*kept[at], *more[at]] for at in (0, 1)]


def touches_both(line: Line, crossing: Sequence[Line], paper: Paper) -> bool:
    """Return whether a line reaches others at both ends: a dash leaves some paper to the sides of its cell."""
    at, start, end = line.rule
    rows = slice(max(0, round(at) - 1), round(at) + 2)
    before = [
        slice(round(other.rule.at), round(start)) for other in find_met(start, at, crossing, paper.size)
    ]
    behind = [slice(round(end), round(other.rule.at)) for other in find_met(end, at, crossing, paper.size)]
    return all(any(is_ruled(paper, rows, gap) for gap in gaps) for gaps in (before, behind))


def is_ruled(paper: Paper, rows: slice, columns: slice) -> bool:
    """Return whether a rule goes on over some columns: no paper shows in any of its rows."""
    part = paper.grey[rows, columns]
    return part.size == 0 or bool((part.min(axis=0) < 255 - FAINT).all())


def find_met(place: float, along: float, others: Sequence[Line], size: float) -> list[Line]:
    """Return the lines that cross at the end of another."""
    near = max(4.0, 0.4 * size)
    return [
        line
        for line in others
        if abs(line.rule.at - place) <= near and line.rule.start - near <= along <= line.rule.end + near
    ]
