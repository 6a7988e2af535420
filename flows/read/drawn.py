"""What a page of a PDF draws thin and straight: the rules of its tables, however a program draws rules.

Lines, thin areas, frames (a rectangle's outline, or an area within an area) and pictures one
dot wide are all rules to the eye.
"""

import ctypes
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from pypdfium2 import raw  # type: ignore[import-untyped]

MAX_THICK = 4.0  # points; what is thicker is an area, not a rule
MAX_DEPTH = 8  # drawings inside drawings

Box = tuple[float, float, float, float]
Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]

UNMOVED: Matrix = (1, 0, 0, 1, 0, 0)
# Filled by PDFium again and again, which halves the time; the lock of pdfium.py guards them.
FLOATS = tuple(ctypes.c_float() for _ in range(4))
COLOURS = tuple(ctypes.c_uint() for _ in range(4))
MODES = (ctypes.c_int(), ctypes.c_int())


class TooMuchError(Exception):
    """More is drawn than the budget allows."""


@dataclass
class Drawing:
    """The thin boxes of a page, in its own coordinates; `budget` is how much it may still draw."""

    budget: int
    boxes: list[Box] = field(default_factory=list)
    pictures: int = 0

    def read(self, page: Any) -> None:
        """Add what a page draws; raises TooMuchError beyond the budget."""
        for item, matrix in self.find_objects(page):
            kind = raw.FPDFPageObj_GetType(item)
            if kind == raw.FPDF_PAGEOBJ_PATH:
                self.add_path(item, matrix)
            elif kind == raw.FPDF_PAGEOBJ_IMAGE:
                self.pictures += 1
                self.add_box(read_bounds(item), matrix)

    def spend(self, count: int) -> None:
        """Count what is drawn."""
        self.budget -= count
        if self.budget < 0:
            raise TooMuchError

    def find_objects(self, page: Any) -> Iterator[tuple[Any, Matrix]]:
        """Yield the page's objects, those inside others too, with what moves each to its place."""
        pending = [(raw.FPDFPage_GetObject, page, raw.FPDFPage_CountObjects(page), UNMOVED, 0)]
        while pending:
            member, owner, count, matrix, depth = pending.pop()
            self.spend(count)
            for index in range(count):
                item = member(owner, index)
                if raw.FPDFPageObj_GetType(item) != raw.FPDF_PAGEOBJ_FORM:
                    yield item, matrix
                elif depth < MAX_DEPTH:
                    inner, held = combine(read_matrix(item), matrix), raw.FPDFFormObj_CountObjects(item)
                    pending.append((raw.FPDFFormObj_GetObject, item, held, inner, depth + 1))

    def add_path(self, item: Any, outer: Matrix) -> None:
        """Add the thin straight parts of a path that show on white paper."""
        fill, stroke = MODES
        raw.FPDFPath_GetDrawMode(item, fill, stroke)
        filled = fill.value != 0 and is_visible(raw.FPDFPageObj_GetFillColor, item)
        stroked = stroke.value != 0 and is_visible(raw.FPDFPageObj_GetStrokeColor, item)
        if not filled and not stroked:
            return
        count = raw.FPDFPath_CountSegments(item)
        self.spend(count)
        if count == 2 or (count <= 5 and not stroked):  # one line or one area: nearly all paths
            left, bottom, right, top = read_bounds(item)
            # PDFium's bounds go out by the whole width of a line, not by half of it.
            less = min(right - left, top - bottom) / 4 if stroked else 0.0
            self.add_box((left + less, bottom + less, right - less, top - less), outer)
            return
        matrix = combine(read_matrix(item), outer)
        outlines = list(read_outlines(item, count, matrix))
        if stroked:
            self.add_lines(outlines, stroke_width(item) * math.hypot(matrix[0], matrix[1]))
        if filled:
            self.add_areas(outlines)

    def add_box(self, box: Box, matrix: Matrix = UNMOVED) -> None:
        """Add a box that is thin enough for a rule."""
        if matrix != UNMOVED:
            box = outline_box([move(box[:2], matrix), move(box[2:], matrix)])
        if box[2] - box[0] <= MAX_THICK or box[3] - box[1] <= MAX_THICK:
            self.boxes.append(box)

    def add_lines(self, outlines: list[list[Point]], width: float) -> None:
        """Add the level and upright lines of outlines."""
        for (x0, y0), (x1, y1) in (line for outline in outlines for line in pairwise(outline)):
            across, down = abs(x1 - x0), abs(y1 - y0)
            if min(across, down) <= 0.3 + 0.01 * max(across, down):
                wide, high = (0.0, width / 2) if across > down else (width / 2, 0.0)
                (left, right), (bottom, top) = sorted((x0, x1)), sorted((y0, y1))
                self.add_box((left - wide, bottom - high, right + wide, top + high))

    def add_areas(self, outlines: list[list[Point]]) -> None:
        """Add the areas that are thin, and the four sides of an area that has another cut out of it."""
        boxes = [outline_box(outline) for outline in outlines]
        for box in boxes:
            self.add_box(box)
        for first, second in pairwise(boxes):
            outer, inner = sorted((first, second))
            if outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]:
                for side in (
                    (outer[0], outer[1], inner[0], outer[3]),
                    (inner[2], outer[1], outer[2], outer[3]),
                    (outer[0], outer[1], outer[2], inner[1]),
                    (outer[0], inner[3], outer[2], outer[3]),
                ):
                    if side[0] < side[2] and side[1] < side[3]:  # a frame may lack a side
                        self.add_box(side)


def is_visible(colour: Any, item: Any) -> bool:
    """Return whether a colour shows on white paper."""
    red, green, blue, alpha = COLOURS
    known = colour(item, red, green, blue, alpha)
    return not known or (alpha.value > 0 and min(red.value, green.value, blue.value) < 250)


def stroke_width(item: Any) -> float:
    """Return how wide an object's lines are."""
    raw.FPDFPageObj_GetStrokeWidth(item, FLOATS[0])
    return FLOATS[0].value


def read_bounds(item: Any) -> Box:
    """Return the box around an object, the width of its lines counted."""
    raw.FPDFPageObj_GetBounds(item, *FLOATS)
    left, bottom, right, top = FLOATS
    return left.value, bottom.value, right.value, top.value


def read_outlines(item: Any, count: int, matrix: Matrix) -> Iterator[list[Point]]:
    """Yield the corners of each outline of a path; a curve breaks an outline in two."""
    x, y = FLOATS[:2]
    points: list[Point] = []
    for index in range(count):
        segment = raw.FPDFPath_GetPathSegment(item, index)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        if raw.FPDFPathSegment_GetType(segment) != raw.FPDF_SEGMENT_LINETO and points:
            yield points
            points = []
        point = (x.value, y.value)
        points.append(point if matrix == UNMOVED else move(point, matrix))
        if raw.FPDFPathSegment_GetClose(segment):
            points.append(points[0])
    if points:
        yield points


def outline_box(points: list[Point]) -> Box:
    """Return the box around points."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def read_matrix(item: Any) -> Matrix:
    """Return an object's matrix."""
    matrix = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(item, matrix)
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def combine(inner: Matrix, outer: Matrix) -> Matrix:
    """Return the matrix that applies the inner one, then the outer one."""
    a, b, c, d, e, f = inner
    turned = (*outer[:4], 0.0, 0.0)
    return (*move((a, b), turned), *move((c, d), turned), *move((e, f), outer))


def move(point: Point, matrix: Matrix) -> Point:
    """Return a point moved by a matrix."""
    a, b, c, d, e, f = matrix
    return a * point[0] + c * point[1] + e, b * point[0] + d * point[1] + f
