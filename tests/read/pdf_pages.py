"""Writers of the PDF files that the tests read: tables in the ways programs rule them and cut them at page breaks.

All figures are synthetic. Text is set in STSong-Light, which every PDF reader knows, so no font file is needed.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import reportlab  # type: ignore[import-untyped]
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption  # type: ignore[import-untyped]
from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
from reportlab.pdfbase.cidfonts import UnicodeCIDFont  # type: ignore[import-untyped]
from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

from tests.read.office_files import Table

SONG = "STSong-Light"
VERA = "Vera"  # a TrueType font that reportlab brings and embeds, without ideographs
pdfmetrics.registerFont(UnicodeCIDFont(SONG))
pdfmetrics.registerFont(TTFont(VERA, str(Path(reportlab.__file__).parent / "fonts" / "Vera.ttf")))

WIDE, HIGH = 842, 595  # A4 on its side
LEFT, TOP = 40, 60
SIZE, LEADING = 8, 10
RULES = ("lines", "boxes", "fills", "rings", "double", "gaps", "offsets", "dots")
EDGES = ("ruled", "sliced", "open_below", "open_above")


@dataclass(frozen=True)
class Cell:
    """A cell as it is printed: its rows and columns from the first to before the last."""

    top: int
    left: int
    bottom: int
    right: int
    text: str


@dataclass(frozen=True)
class Style:
    """How a table is drawn.

    `edge` says which rules stand at a page break: `ruled` both, as word processors draw them;
    `sliced` both, but none through cells that go on; `open_below` none at the bottom of a page;
    `open_above` none at the top of one; `open` none at either. `header` rows are repeated on each page.
    """

    rules: str = "lines"
    edge: str = "sliced"
    header: int = 0
    font: str = SONG


class Pages:
    """A PDF being written, with places counted from the top left corner."""

    def __init__(self, size: tuple[float, float] = (WIDE, HIGH), password: str = "") -> None:
        self.out = BytesIO()
        lock = StandardEncryption(password) if password else None
        self.canvas: Any = Canvas(self.out, pagesize=size, encrypt=lock, invariant=1)
        self.high = size[1]

    def text(self, x: float, y: float, text: str, size: float = SIZE, font: str = SONG) -> None:
        """Print text with its baseline at a place."""
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, self.high - y, text)

    def line(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Draw a rule."""
        self.canvas.line(x0, self.high - y0, x1, self.high - y1)

    def box(self, x0: float, y0: float, x1: float, y1: float, **style: int) -> None:
        """Draw a rectangle, filled or stroked."""
        self.canvas.rect(x0, self.high - y1, x1 - x0, y1 - y0, **style)

    def next(self) -> None:
        """End the page."""
        self.canvas.showPage()

    def save(self) -> bytes:
        """Return the PDF."""
        self.canvas.save()
        return self.out.getvalue()


def find_cells(table: Table) -> list[Cell]:
    """Return the cells of a table, merged ones once."""
    merged = [
        Cell(top, left, bottom + 1, right + 1, table.cells[top][left])
        for top, left, bottom, right in table.merges
    ]
    covered = {
        (r, c) for cell in merged for r in range(cell.top, cell.bottom) for c in range(cell.left, cell.right)
    }
    return merged + [
        Cell(r, c, r + 1, c + 1, text)
        for r, row in enumerate(table.cells)
        for c, text in enumerate(row)
        if (r, c) not in covered
    ]


def wrap(text: str, width: float, font: str = SONG) -> list[str]:
    """Return text in lines that fit a width, one character at least on each."""
    lines = [""]
    for char in text:
        if char == "\n" or (lines[-1] and pdfmetrics.stringWidth(lines[-1] + char, font, SIZE) > width - 3):
            lines.append("")
        lines[-1] += char.strip("\n")
    return lines


def print_table(
    table: Table, widths: Sequence[float] = (), breaks: Sequence[float] = (), style: Style = Style()
) -> bytes:
    """Return a PDF with a table between two lines of prose, cut before the rows of `breaks`.

    A break at 12.5 cuts row 12 in two. Page numbers stand at the foot.
    """
    pages = Pages()
    pages.text(LEFT, 40, "三、收到和处理政府信息公开申请情况")
    draw_table(pages, table, widths, breaks, style)
    pages.text(LEFT, HIGH - 40, "四、因政府信息公开工作被申请行政复议、提起行政诉讼情况")
    pages.text(WIDE / 2, HIGH - 15, f"— {len(breaks) + 1} —")
    pages.next()
    return pages.save()


def draw_table(
    pages: Pages, table: Table, widths: Sequence[float], breaks: Sequence[float], style: Style
) -> None:
    """Draw a table from TOP on, on as many pages as it is cut into; the last page stays open."""
    cells = find_cells(table)
    widths = widths or [(WIDE - 2 * LEFT) / len(table.cells[0])] * len(table.cells[0])
    xs = [LEFT, *(LEFT + sum(widths[: at + 1]) for at in range(len(widths)))]
    ys = row_edges(table, cells, xs, style)
    head = ys[style.header]
    cuts = [height_at(ys, row) for row in breaks]
    for number, (start, end) in enumerate(itertools.pairwise([0, *breaks, len(table.cells)]), start=1):
        if number > 1:
            pages.text(WIDE / 2, HIGH - 15, f"— {number - 1} —")
            pages.next()
        first, last = height_at(ys, start), height_at(ys, end)
        shift = TOP - first + (head if number > 1 else 0)
        if number > 1 and style.header:
            for cell in cells:
                if cell.top < style.header:
                    draw_cell(pages, cell, xs, ys, (0, head, TOP), style)
        for cell in cells:
            draw_cell(pages, cell, xs, ys, (first, last, shift), style, cuts)


def row_edges(table: Table, cells: Sequence[Cell], xs: Sequence[float], style: Style) -> list[float]:
    """Return where the rows begin, each as high as its cells need."""
    heights = [LEADING + 4.0] * len(table.cells)
    for cell in cells:
        lines = len(wrap(cell.text, xs[cell.right] - xs[cell.left], style.font))
        if cell.bottom == cell.top + 1:
            heights[cell.top] = max(heights[cell.top], lines * LEADING + 4)
    return [0.0, *itertools.accumulate(heights)]


def height_at(ys: Sequence[float], row: float) -> float:
    """Return the height of a row's beginning, or of a place inside it, between two lines of text."""
    whole = int(row)
    if row == whole:
        return ys[whole]
    lines = int((ys[whole + 1] - ys[whole] - 4) // LEADING)
    return ys[whole] + 2 + (row - whole) * lines // 1 * LEADING


def draw_cell(
    pages: Pages,
    cell: Cell,
    xs: Sequence[float],
    ys: Sequence[float],
    page: tuple[float, float, float],
    style: Style,
    cuts: Sequence[float] = (),
) -> None:
    """Draw the part of a cell that stands on a page.

    `page` is the page's first and last height and the shift, `cuts` the heights of all page breaks.
    """
    first, last, shift = page
    start, end = ys[cell.top], ys[cell.bottom]
    top, bottom = max(start, first), min(end, last)
    if bottom <= top:
        return
    x0, x1, y0, y1 = xs[cell.left], xs[cell.right], top + shift, bottom + shift
    above = (
        style.edge == "ruled"
        if start < first
        else style.edge not in ("open_above", "open") or top > first or first == 0
    )
    below = (
        style.edge == "ruled"
        if end > last
        else style.edge not in ("open_below", "open") or bottom < last or last == ys[-1]
    )
    draw_rules(pages, (x0, y0, x1, y1), (above, below), style.rules)
    lines = wrap(cell.text, x1 - x0, style.font)
    pitch = LEADING
    edges = [start, *(cut for cut in cuts if start < cut < end), end]
    rooms = [int((after - before - 1) // pitch) for before, after in itertools.pairwise(edges)]
    if len(rooms) > 1:  # a cell that is cut is filled from its top
        part = edges.index(top)
        before = sum(rooms[:part])
        lines, offset = lines[before : before + rooms[part] if part + 1 < len(rooms) else None], 1.0
    else:
        offset = (bottom - top - len(lines) * pitch) / 2
    for at, line in enumerate(lines):
        width = pdfmetrics.stringWidth(line, style.font, SIZE)
        pages.text((x0 + x1 - width) / 2, y0 + offset + at * pitch + SIZE - 0.5, line, font=style.font)


def draw_rules(
    pages: Pages, box: tuple[float, float, float, float], edges: tuple[bool, bool], kind: str
) -> None:
    """Draw the rules around a cell."""
    if kind == "none":
        return
    x0, y0, x1, y1 = box
    sides = [(x0, y0, x0, y1), (x1, y0, x1, y1)]
    sides += [(x0, y0, x1, y0)] * edges[0] + [(x0, y1, x1, y1)] * edges[1]
    pages.canvas.setLineWidth(0.5)
    if kind == "boxes" and all(edges):
        pages.box(*box)
    elif kind == "rings" and all(edges):
        path = pages.canvas.beginPath()
        path.rect(x0 - 0.3, pages.high - y1 - 0.3, x1 - x0 + 0.6, y1 - y0 + 0.6)
        path.rect(x0 + 0.3, pages.high - y1 + 0.3, x1 - x0 - 0.6, y1 - y0 - 0.6)
        pages.canvas.drawPath(path, stroke=0, fill=1, fillMode=0)
    else:
        for side in sides:
            draw_rule(pages, side, kind)


def draw_rule(pages: Pages, side: tuple[float, float, float, float], kind: str) -> None:
    """Draw one rule the way a kind of program does."""
    x0, y0, x1, y1 = side
    across = y0 == y1
    if kind == "fills":
        pages.box(x0 - 0.3, y0 - 0.3, x1 + 0.3, y1 + 0.3, fill=1, stroke=0)
    elif kind == "double":
        for apart in (-0.8, 0.8):
            pages.line(*(place + apart * (across == (at % 2 == 1)) for at, place in enumerate(side)))
    elif kind == "gaps":
        inset = ((1, 0, -1, 0), (0, 1, 0, -1))[not across]
        pages.line(*(place + by for place, by in zip(side, inset, strict=True)))
    elif kind == "offsets":
        apart = (x0 * 7 + y0 * 3) % 1.6 - 0.8
        pages.line(*(place + apart * (across == (at % 2 == 1)) for at, place in enumerate(side)))
    elif kind == "dots":
        for at in range(0, int(x1 - x0 if across else y1 - y0), 2):
            x, y = (x0 + at, y0) if across else (x0, y0 + at)
            pages.box(x - 0.4, y - 0.4, x + 0.4, y + 0.4, fill=1, stroke=0)
    else:
        pages.line(*side)


def print_spaced(
    rows: Sequence[Sequence[str]], xs: Sequence[float] = (60, 430, 520), pitch: float = 16
) -> bytes:
    """Return a PDF with rows set in columns without any rule, between two lines of prose."""
    pages = Pages((595, 842))
    pages.text(60, 50, "现将2018年度政府信息公开工作年度报告公布如下，有关数据见后附的统计表，请予审阅。", 10)
    for at, row in enumerate(rows):
        for x, text in zip(xs, row, strict=False):
            pages.text(x, 90 + at * pitch, text, 10)
    pages.text(
        60,
        130 + len(rows) * pitch,
        "以上数据由各单位报送，由本机关汇总，如有疑问请与区政府信息公开办公室联系。",
        10,
    )
    pages.next()
    return pages.save()


def print_lines(lines: Sequence[str], font: str = SONG, size: float = 10) -> bytes:
    """Return a PDF of one page with lines of text."""
    pages = Pages((595, 842))
    for at, line in enumerate(lines):
        pages.text(60, 60 + at * 20, line, size, font)
    pages.next()
    return pages.save()


def print_scan(count: int = 2, numbered: bool = False) -> bytes:
    """Return a PDF with a picture on each page and no text, or no more than the page's number."""
    pages = Pages()
    for number in range(1, count + 1):
        pages.text(WIDE / 2, HIGH - 15, f"— {number} —" * numbered)
        pages.canvas.drawInlineImage(Image.new("L", (60, 40), 200), 40, 40, 700, 500)
        pages.next()
    return pages.save()


def write_objects(*objects: str) -> bytes:
    """Return a PDF of objects written by hand, the first one its catalog."""
    body = "".join(f"{number} 0 obj{text}endobj\n" for number, text in enumerate(objects, start=1))
    return f"%PDF-1.5\n{body}trailer<</Root 1 0 R>>\n%%EOF\n".encode()


def print_unnamed(codes: str) -> bytes:
    """Return a PDF that prints the numbers of characters in a font that does not say which these are."""
    content = f"BT /F 12 Tf 50 700 Td <{codes}> Tj ET"
    return write_objects(
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        f"<</Length {len(content)}>>stream\n{content}\nendstream ",
        "<</Type/Font/Subtype/Type0/BaseFont/Song/Encoding/Identity-H/DescendantFonts[6 0 R]>>",
        "<</Type/Font/Subtype/CIDFontType2/BaseFont/Song/DW 1000/FontDescriptor 7 0 R"
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>",
        "<</Type/FontDescriptor/FontName/Song/Flags 4/FontBBox[0 -120 1000 880]/Ascent 880/Descent -120>>",
    )
