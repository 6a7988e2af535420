"""A picture to even paper: dark print on light ground everywhere, seals lifted, and where there is ink.

Loaded only where the extra `ocr` is installed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from flows.read.drawn import Box
from flows.read.raster import Pixels

SHADED = 235  # what is darker is the fill of a cell, not paper
DEEP = 180  # what is darker may have rules that are no darker, so that only its edge shows
DARK = 140  # what is darker has light print on it
EVEN = 20  # by how much the dots of one shade differ
RED = 40  # by how much red outshines green and blue in a seal
INKED = 160  # what is darker is print for sure
FAINT_INK = 24  # by how much ink is darker than its ground at least


class Mark(NamedTuple):
    """Ink that hangs together: its box in dots, and how many of these are inked."""

    left: int
    top: int
    right: int
    bottom: int
    area: int

    @property
    def wide(self) -> int:
        """How many dots it is wide."""
        return self.right - self.left

    @property
    def high(self) -> int:
        """How many dots it is high."""
        return self.bottom - self.top


@dataclass(frozen=True)
class Paper:
    """A page of print; `size` is the height of its text in dots.

    `grey` is the page as printed, `shade` the same without print, `fills` the mask of deeply
    shaded cells, `flat` and `ground` are the two with light print on dark made dark on light.
    """

    grey: Pixels
    shade: Pixels
    fills: Pixels
    flat: Pixels
    ground: Pixels
    size: float


def lift_red(image: Pixels) -> Pixels:
    """Return a picture in grey, seals lifted off it.

    In the red part of the light a red seal is nearly white and black print under it stays black.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    red = image[:, :, 0]
    excess = cv2.subtract(red, cv2.max(image[:, :, 1], image[:, :, 2]))
    mask = (excess > RED).astype(np.uint8)
    # The soft edge of a seal is less red than its middle.
    soft = cv2.dilate(mask, np.ones((3, 3), np.uint8)) & (excess > RED // 3).astype(np.uint8)
    return np.where(soft > 0, red, grey)


def whiten(grey: Pixels) -> Pixels:
    """Return a picture with its paper white."""
    paper = max(1.0, float(np.percentile(grey[::4, ::4], 90)))
    return cv2.convertScaleAbs(grey, alpha=255 / paper) if paper < 255 else grey


def even_out(grey: Pixels, size: float) -> Paper:
    """Return a page with its shaded cells told from the paper, and its print dark on light."""
    ground = find_ground(grey, size)
    shade = cv2.erode(ground, square(size))
    fills = find_fills(grey, shade, size)
    dark = (fills > 0) & (shade < DARK)
    return Paper(
        grey, shade, fills, np.where(dark, 255 - grey, grey), np.where(dark, 255 - shade, ground), size
    )


def find_ground(grey: Pixels, size: float) -> Pixels:
    """Return a picture without print: print covers less than half of what is around it."""
    scale = min(1.0, 6 / size)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
    high, wide = grey.shape
    return cv2.resize(cv2.medianBlur(small, 9), (wide, high), interpolation=cv2.INTER_NEAREST)


def find_fills(grey: Pixels, shade: Pixels, size: float) -> Pixels:
    """Return the mask of deeply shaded cells, to the dot, the print on them counted in."""
    fills: Pixels = ((cv2.absdiff(grey, shade) <= EVEN) & (shade < DEEP)).astype(np.uint8)
    if not fills.any():
        return fills
    # Not the soft edges of print, the print on a fill counted in, and no narrow rests.
    for kind, side in ((cv2.MORPH_OPEN, 3), (cv2.MORPH_CLOSE, 0.9 * size), (cv2.MORPH_OPEN, 0.5 * size)):
        fills = cv2.morphologyEx(fills, kind, square(side))
    _, holes, stats, _ = cv2.connectedComponentsWithStats(1 - fills, connectivity=4)
    print_holes = stats[:, cv2.CC_STAT_HEIGHT] <= 1.2 * size
    filled: Pixels = fills | print_holes[holes].astype(np.uint8)
    return filled


def measure_size(grey: Pixels, boxes: Sequence[Box]) -> float:
    """Return how many dots text is high, an ideograph with the little space around it."""
    heights = []
    for left, top, right, bottom in boxes:
        part = grey[max(0, int(top)) : int(bottom) + 1, max(0, int(left)) : int(right) + 1] < INKED
        inked = part.mean(axis=1)
        rows = np.flatnonzero((inked > 0) & (inked < 0.8))  # rules at the edges cover a whole row
        if right - left > 2 * (bottom - top) and len(rows) and inked.mean() < 0.5:
            heights.append(float(rows[-1] - rows[0] + 1) / 0.92)
    return (
        float(np.median(heights)) if heights else float(np.median([box[3] - box[1] for box in boxes])) / 1.3
    )


def square(side: float) -> Pixels:
    """Return the square that a filter looks at around each dot."""
    return np.ones((round(side) | 1,) * 2, np.uint8)


def find_ink(paper: Paper, covered: Pixels, boxes: Sequence[Box]) -> Pixels:
    """Return the mask of print, without the rules, of which `covered` is the mask."""
    depth = cv2.morphologyEx(paper.flat, cv2.MORPH_BLACKHAT, square(1.3 * paper.size))
    depth[covered > 0] = 0
    parts = (
        depth[int(top) : int(bottom) + 1, int(left) : int(right) + 1] for left, top, right, bottom in boxes
    )
    usual = float(np.median([np.percentile(part, 95) for part in parts if part.size] or [255.0]))
    least = max(FAINT_INK, 2 * float(np.median(depth)), 0.35 * usual)
    return (depth > least).astype(np.uint8)


def find_marks(ink: Pixels, size: float) -> list[Mark]:
    """Return the ink that hangs together, without specks."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    least = max(2.0, (0.09 * size) ** 2)
    return [
        Mark(left, top, left + wide, top + high, area)
        for left, top, wide, high, area in stats[1:].tolist()
        if area >= least
    ]
