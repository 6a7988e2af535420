"""Marks of one stroke: a dash, a slash. The engine takes them for 一, 1 or l; their shape says what they are."""

import numpy as np

from flows.read.paper import Mark
from flows.read.raster import Pixels
from flows.read.strips import Strip

FLAT = frozenset("一-—－–―─ー~_=")
STEEP = frozenset("1/Il|丿J7ノノ")


def read_stroke(strip: Strip, ink: Pixels, text: str, size: float) -> str:
    """Return the dash or slash that a strip of strokes is, an empty text for any other."""
    if len(strip.marks) <= 3 and all(is_bar(mark, size) for mark in strip.marks) and set(text) <= FLAT:
        return "—"
    if len(strip.marks) == 1 and set(text) <= STEEP and is_slash(strip, ink, size):
        return "/"
    return ""


def is_bar(mark: Mark, size: float) -> bool:
    """Return whether a mark is a level stroke, full from end to end."""
    return (
        mark.high <= 0.2 * size and mark.wide >= 2.2 * mark.high and mark.area >= 0.8 * mark.wide * mark.high
    )


def measure_slant(strip: Strip, ink: Pixels) -> tuple[float, float]:
    """Return by how much the ink of a strip leans to the right for its height, and how far it strays from a straight line."""
    left, top, right, bottom = strip.box
    ys, xs = np.nonzero(ink[top:bottom, left:right])
    lean, start = np.polyfit(ys, xs, 1)
    return -float(lean), float(np.std(xs - (lean * ys + start)))


def is_slash(strip: Strip, ink: Pixels, size: float) -> bool:
    """Return whether a strip is one straight stroke that leans as a slash does, and no 1."""
    lean, stray = measure_slant(strip, ink)
    return lean >= 0.2 and stray <= 0.08 * size and strip.marks[0].high >= 0.5 * size
