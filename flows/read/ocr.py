"""A picture of print to a page: characters with their places, and the rules of tables.

    python -m flows.read.ocr < (the file's name as JSON, a line end, its bytes)

The page's rules and cells are found first, then each line of print in a cell is recognised by
itself: an engine that looks for text on its own joins the figures of neighbouring cells. Runs
as a process of its own (`pictures.py`), only where the extra `ocr` is installed.
"""

import json
import math
import resource
import sys
import time
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from flows.errors import ReadError
from flows.read.drawn import Box
from flows.read.engine import Found, find_text, recognise
from flows.read.kinds import PDF, find_media_type
from flows.read.limits import PAGE_SECONDS
from flows.read.paper import Paper, even_out, find_ink, find_marks, lift_red, measure_size, whiten
from flows.read.pdfium import UNKNOWN, Char, Page
from flows.read.raster import Pixels, draw_pages, read_pictures
from flows.read.ruled import Rule, Table, find_tables
from flows.read.ruling import find_rules, find_tilt, straighten
from flows.read.strips import Strip, find_cell_strips, find_line_strips, has_gap, prints_full_width
from flows.read.strokes import read_stroke

HEIGHT = 10.0  # points: how high text is on a page made of a picture
FIGURES = frozenset("0123456789.,-+%")
SURE = 0.5  # measured: see tests/read/test_ocr.py
LEAST_TILT = 0.05  # degrees: what is less moves no rule by its own width


def read_picture(image: Pixels) -> Page:
    """Return what a picture of print shows."""
    angle = find_tilt(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    grey = whiten(lift_red(straighten(image, angle) if abs(angle) > LEAST_TILT else image))
    boxes = find_text(grey)
    if not boxes:
        return Page(pictures=1)
    size = measure_size(grey, boxes)
    paper = even_out(grey, size)
    across, down, covered = find_rules(paper, boxes)
    paper.flat[covered > 0] = paper.ground[covered > 0]
    ink = find_ink(paper, covered, boxes)
    marks = find_marks(ink, size)
    scale = HEIGHT / size
    rules = [*rule_boxes(across, scale), *((y0, x0, y1, x1) for x0, y0, x1, y1 in rule_boxes(down, scale))]
    dots = [
        Char("·", x0 * scale, y0 * scale, x1 * scale, y1 * scale, y1 * scale) for x0, y0, x1, y1, _ in marks
    ]
    tables, _ = find_tables(Page(dots, rules), "the picture")
    strips = [strip for table in tables for strip in find_cell_strips(table, marks, scale, size)]
    outside = [box for box in boxes if not any(is_in(box, table, scale) for table in tables)]
    strips += find_line_strips(outside, marks, (0, 0, grey.shape[1], grey.shape[0]))
    found = recognise([crop(paper, strip) for strip in strips])
    pairs = list(zip(strips, found, strict=True))
    figures = [strip for strip, each in pairs if strip.in_cell and is_figure(each.text)]
    steps = 1 if prints_full_width(figures, size) else 2
    chars = [
        char
        for strip, each in pairs
        for char in place_chars(strip, read_strip((strip, each), ink, size, steps), scale)
    ]
    return Page(chars, rules, 1)


def is_figure(text: str) -> bool:
    """Return whether a text is a figure for the most part, and no label that is counted by one."""
    return sum(char in FIGURES for char in text) * 2 > len(text)


def read_strip(pair: tuple[Strip, Found], ink: Pixels, size: float, steps: int = 2) -> str:
    """Return the text of a strip, `UNKNOWN` for each character of a figure that is not certain.

    `steps` is how many wide steps between digits make a full-width figure on its page.
    """
    strip, found = pair
    stroke = read_stroke(strip, ink, found.text, size) if strip.in_cell else ""
    if stroke:
        return stroke
    text = found.text
    if is_figure(text):
        pairs = zip(text, found.sure, strict=True)
        text = "".join(UNKNOWN if sure < SURE else char for char, sure in pairs if not char.isspace())
        if has_gap(strip, size, steps):
            text = text[0] + UNKNOWN + text[1:]
    return text or (UNKNOWN if strip.in_cell else "")


def is_in(box: Box, table: Table, scale: float) -> bool:
    """Return whether the middle of a box, in dots, lies in a table."""
    x, y = (box[0] + box[2]) / 2 * scale, (box[1] + box[3]) / 2 * scale
    return table.xs[0] <= x <= table.xs[-1] and table.ys[0] <= y <= table.ys[-1]


def rule_boxes(rules: Sequence[Rule], scale: float) -> list[Box]:
    """Return level rules as thin boxes in points."""
    return [(start * scale, at * scale - 0.1, end * scale, at * scale + 0.1) for at, start, end in rules]


def crop(paper: Paper, strip: Strip) -> Pixels:
    """Return a strip cut out, with some ground around it."""
    size = paper.size
    left, top, right, bottom = strip.box
    lack = max(0, round(size) - (bottom - top))
    across, up = round(0.3 * size), round(0.15 * size)
    left, top, right, bottom = (
        left - across,
        top - lack // 2 - up,
        right + across,
        bottom + lack - lack // 2 + up,
    )
    room = strip.room
    inner = (max(left, room[0]), max(top, room[1]), min(right, room[2]), min(bottom, room[3]))
    ground = (
        int(np.median(paper.ground[inner[1] : inner[3], inner[0] : inner[2]]))
        if inner[3] > inner[1] and inner[2] > inner[0]
        else 255
    )
    cut = np.full((bottom - top, right - left), ground, np.uint8)
    cut[inner[1] - top : inner[3] - top, inner[0] - left : inner[2] - left] = paper.flat[
        inner[1] : inner[3], inner[0] : inner[2]
    ]
    return cv2.cvtColor(cut, cv2.COLOR_GRAY2BGR)


def place_chars(strip: Strip, text: str, scale: float) -> Iterator[Char]:
    """Yield the characters of a strip, side by side."""
    left, top, right, bottom = (place * scale for place in strip.box)
    step = (right - left) / max(1, len(text))
    for at, char in enumerate(text):
        if not char.isspace():
            yield Char(char, left + at * step, top, left + (at + 1) * step, bottom, bottom)


def main() -> None:
    """Write what the pages of the file on stdin show to stdout as JSON, or why it is refused."""
    name, _, data = sys.stdin.buffer.read().partition(b"\n")
    try:
        answer: dict[str, object] = {"pages": list(read_pages(data, json.loads(name)))}
    except ReadError as error:
        answer = {"refused": tuple(error.text)}
    json.dump(answer, sys.stdout)


def read_pages(data: bytes, name: str) -> Iterator[dict[str, object]]:
    """Yield what each page shows, every page within a time of its own."""
    draw = draw_pages if find_media_type(data) == PDF else read_pictures
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for image in draw(data, name):
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time()) + PAGE_SECONDS, hard))
        page = read_picture(image)
        yield {"chars": page.chars, "boxes": page.boxes}


if __name__ == "__main__":
    main()
