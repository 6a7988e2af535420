"""Printed reports as images: one tall page, drawn as a clean scan or a picture of the page shows it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from tests.portal.boxes import Box, Rows, Sheet
from tests.portal.layout import Layout
from tests.portal.story import print_words, tell_report
from tests.portal.truth import Truth

SHARE = Path("/usr/share/fonts")
# Fonts of Debian's fonts-noto-cjk and fonts-wqy-microhei: file and number of the simplified Chinese face in it.
FONTS: tuple[tuple[Path, int], ...] = tuple(
    (SHARE / name, face)
    for name, face in (
        ("opentype/noto/NotoSerifCJK-Regular.ttc", 2),
        ("opentype/noto/NotoSansCJK-Regular.ttc", 2),
        ("truetype/wqy/wqy-microhei.ttc", 0),
    )
)
HAS_FONTS = all(path.exists() for path, _ in FONTS)
WIDE = 8.27  # inches, A4
MARGIN = 0.6
FULL = 8.0  # inches: a page as high takes no further part of the report


@dataclass(frozen=True)
class Look:
    """How an image is drawn: its font, the size of its text in points, the grey of its rules, shaded headings."""

    font: tuple[Path, int]
    size: float = 10.0
    rule: int = 0
    shade: tuple[int, int, int] | None = None
    thick: int = 1


@dataclass(frozen=True)
class Placed:
    """A box in the rectangle of its table: from its first row and column to before its last."""

    box: Box
    top: int
    left: int
    bottom: int
    right: int


def draw_look(seed: int) -> Look:
    """Return a look from a seed; most are black rules and no shade."""
    random = Random(f"{seed}/look")
    return Look(
        font=random.choice(FONTS),
        size=random.choice((9.0, 10.0, 10.5, 12.0)),
        rule=random.choice((0, 0, 0, 90, 160)),
        shade=random.choice((None, None, (221, 235, 247), (79, 129, 189), (217, 217, 217))),
        thick=random.choice((1, 1, 2)),
    )


def print_image(truth: Truth, layout: Layout, sheets: Sequence[Sheet]) -> bytes:
    """Return a report as a clean PNG of 150 dots an inch, one page as tall as it needs; it says that it is synthetic."""
    (page,) = draw_report(truth, layout, sheets, Pen(draw_look(truth.seed), 150, math.inf))
    return encode(page.quantize(16), optimize=True)


def encode(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """Return an image as a file."""
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


class Pen:
    """A look at a resolution: what text and tables need and how they are drawn."""

    def __init__(self, look: Look, dpi: int, full: float) -> None:
        self.look = look
        self.dpi = dpi
        self.full = full * dpi  # where a page is full
        path, face = look.font
        self.font = ImageFont.truetype(str(path), round(look.size * dpi / 72), index=face)
        self.title = ImageFont.truetype(str(path), round(18 * dpi / 72), index=face)
        self.pitch = round(look.size * 1.3 * dpi / 72)
        self.pad = max(2, round(2.5 * dpi / 72))
        self.left = round(MARGIN * dpi)
        self.width = round((WIDE - 2 * MARGIN) * dpi)

    def measure(self, text: str) -> float:
        """Return how wide a text is."""
        return self.font.getlength(text)

    def wrap(self, text: str, width: float) -> list[str]:
        """Return text in lines that fit a width; figures and words of ASCII are not cut unless they must be."""
        lines = [""]
        for piece in split_words(text):
            if piece == "\n" or (lines[-1] and self.measure(lines[-1] + piece) > width):
                lines.append("")
            lines[-1] += piece.strip("\n")
        return lines


def split_words(text: str) -> Iterator[str]:
    """Yield an ideograph at a time, runs of ASCII and of dashes whole."""
    run = ""
    for char in text:
        if char == "—" or (char.isascii() and not char.isspace()):
            run += char
            continue
        if run:
            yield run
        run = ""
        yield char
    if run:
        yield run


def draw_report(truth: Truth, layout: Layout, sheets: Sequence[Sheet], pen: Pen) -> list[Image.Image]:
    """Return the pages of a report, each cut where its print ends; no table is parted."""
    pages = [Image.new("RGB", (round(WIDE * pen.dpi), 40 * pen.dpi), "white")]
    canvas, y = ImageDraw.Draw(pages[0]), round(0.5 * pen.dpi)
    ends = []
    for text in (f"{truth.body}{truth.year}年", "政府信息公开工作年度报告"):
        canvas.text((pages[0].width / 2, y), text, "black", pen.title, anchor="mt")
        y += round(26 * pen.dpi / 72)
    for part in tell_report(truth, layout, sheets):
        if y > pen.full:
            ends.append(y)
            pages.append(Image.new("RGB", pages[0].size, "white"))
            canvas, y = ImageDraw.Draw(pages[-1]), pen.left
        y = draw_part(canvas, pen, layout, part, y)
    return [
        page.crop((0, 0, page.width, end + pen.left)) for page, end in zip(pages, [*ends, y], strict=True)
    ]


def draw_part(canvas: ImageDraw.ImageDraw, pen: Pen, layout: Layout, part: str | Sheet, y: int) -> int:
    """Draw a paragraph or a table and return where the next thing begins."""
    if isinstance(part, str):
        return draw_paragraph(canvas, pen, part, y)
    return draw_table(canvas, pen, layout, part.rows, y)


def draw_paragraph(canvas: ImageDraw.ImageDraw, pen: Pen, text: str, y: int) -> int:
    """Draw a paragraph and return where the next thing begins."""
    y += pen.pad
    for line in pen.wrap(f"\u3000\u3000{text}", pen.width):
        canvas.text((pen.left, y), line, "black", pen.font)
        y += pen.pitch
    return y + pen.pad


def place_boxes(rows: Rows) -> tuple[list[Placed], int]:
    """Return the boxes of a table with their places, spans cut where the table ends, and how many columns it has."""
    taken: set[tuple[int, int]] = set()
    placed = []
    for top, row in enumerate(rows):
        left = 0
        for box in row:
            while (top, left) in taken:
                left += 1
            bottom = min(top + box.down, len(rows))
            right = left + 1
            while right < left + box.across and (top, right) not in taken:
                right += 1
            taken |= {(r, c) for r in range(top, bottom) for c in range(left, right)}
            placed.append(Placed(box, top, left, bottom, right))
            left = right
    return placed, max(column for _, column in taken) + 1


def draw_table(canvas: ImageDraw.ImageDraw, pen: Pen, layout: Layout, rows: Rows, y: int) -> int:
    """Draw a table and return where the next thing begins."""
    placed, count = place_boxes(rows)
    xs = [pen.left + x for x in column_edges(pen, placed, count)]
    lines = {at: box_lines(pen, layout, each, xs) for at, each in enumerate(placed)}
    ys = [y + each for each in row_edges(pen, placed, lines, len(rows))]
    for at, each in enumerate(placed):
        draw_box(canvas, pen, each, (xs[each.left], ys[each.top], xs[each.right], ys[each.bottom]), lines[at])
    return ys[-1] + pen.pitch


def column_edges(pen: Pen, placed: Sequence[Placed], count: int) -> list[int]:
    """Return where the columns begin: as wide as their figures need, the rest for those of words."""
    least = [pen.measure("0000")] * count
    words = [1.0] * count
    for each in placed:
        if each.right == each.left + 1:
            need = pen.measure(each.box.text) + 2 * pen.pad
            if each.box.key:
                least[each.left] = max(least[each.left], need)
            elif not each.box.head:
                words[each.left] = max(words[each.left], min(need, pen.measure("一" * 14)))
    free = max(0.0, pen.width - sum(least))
    wanted = [max(0.0, word - low) for word, low in zip(words, least, strict=True)]
    scale = free / sum(wanted) if sum(wanted) > free else 1.0
    widths = [low + scale * more for low, more in zip(least, wanted, strict=True)]
    stretch = pen.width / sum(widths)
    return [0, *(round(x * stretch) for x in accumulate(widths))]


def box_lines(pen: Pen, layout: Layout, each: Placed, xs: Sequence[int]) -> list[str]:
    """Return the printed lines of a box."""
    text = print_words(each.box, layout)
    if each.box.vertical and layout.vertical:
        return list(text)
    return pen.wrap(text, xs[each.right] - xs[each.left] - 2 * pen.pad)


def row_edges(pen: Pen, placed: Sequence[Placed], lines: Mapping[int, list[str]], count: int) -> list[int]:
    """Return where the rows begin, each as high as its boxes need; one over several rows may stretch the last."""
    heights = [pen.pitch + 2 * pen.pad] * count
    for at, each in sorted(enumerate(placed), key=lambda pair: pair[1].bottom - pair[1].top):
        lack = len(lines[at]) * pen.pitch + 2 * pen.pad - sum(heights[each.top : each.bottom])
        heights[each.bottom - 1] += max(0, lack)
    return [0, *accumulate(heights)]


def draw_box(
    canvas: ImageDraw.ImageDraw,
    pen: Pen,
    each: Placed,
    place: tuple[int, int, int, int],
    lines: Sequence[str],
) -> None:
    """Draw one box of a table: its shade, its rules, its text in the middle."""
    left, top, right, bottom = place
    shade = pen.look.shade if each.box.head else None
    dark = shade is not None and sum(shade) < 450
    canvas.rectangle(place, fill=shade, outline=(pen.look.rule,) * 3, width=pen.look.thick)
    y = (top + bottom - len(lines) * pen.pitch) / 2
    for line in lines:
        canvas.text(
            ((left + right) / 2, y + pen.pitch / 2), line, "white" if dark else "black", pen.font, anchor="mm"
        )
        y += pen.pitch
