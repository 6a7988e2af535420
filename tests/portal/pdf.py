"""Printed tables as a PDF with text: over page breaks, rows cut at a page's end, heads repeated, without rules, turned."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from tests.portal.boxes import Placed, Sheet, place_boxes
from tests.portal.layout import Layout
from tests.portal.story import name_report, print_words, tell_report
from tests.portal.truth import Truth
from tests.read.pdf_pages import LEADING, Cell, Pages, Style, draw_cell, wrap

SIZES = {"wide": (842, 595), "rotated": (842, 595), "upright": (595, 842)}
LEFT, TOP, FOOT = 40, 50, 40
NARROW, WIDE = 4, 16  # characters of a column at least and at most


@dataclass
class Paper:
    """A PDF being written from top to bottom: its page, and how far down the page is filled."""

    layout: Layout
    pages: Pages = field(init=False)
    number: int = 1
    at: float = TOP

    def __post_init__(self) -> None:
        """Begin the first page."""
        self.pages = Pages(SIZES[self.layout.page])
        self.turn()

    def turn(self) -> None:
        """Print on an upright page that says that it is to be shown turned."""
        if self.layout.page == "rotated":
            self.pages.canvas.setPageRotation(90)
            self.pages.canvas.transform(0, 1, -1, 0, SIZES["rotated"][1], 0)

    @property
    def wide(self) -> float:
        """The width between the margins."""
        return SIZES[self.layout.page][0] - 2 * LEFT

    @property
    def room(self) -> float:
        """How much of the page is left."""
        return SIZES[self.layout.page][1] - FOOT - self.at

    def begin_page(self) -> None:
        """End the page with its number, and begin the next."""
        wide, high = SIZES[self.layout.page]
        if self.layout.page_numbers:
            self.pages.text(wide / 2, high - 15, f"— {self.number} —")
        self.pages.next()
        self.turn()
        self.number, self.at = self.number + 1, TOP

    def write(self, text: str, size: float = 9) -> None:
        """Print a paragraph."""
        for line in wrap(text, self.wide * 8 / size):
            if self.room < 2 * LEADING:
                self.begin_page()
            self.pages.text(LEFT, self.at + size, line, size)
            self.at += size + 4


def print_pdf(truth: Truth, layout: Layout, sheets: Sequence[Sheet]) -> bytes:
    """Return the report as a PDF; it says that it is synthetic."""
    paper = Paper(layout)
    paper.write(name_report(truth), 14)
    for part in tell_report(truth, layout, sheets):
        if isinstance(part, str):
            paper.write(part)
        else:
            draw_sheet(paper, part)
    paper.begin_page()
    return paper.pages.save()


def draw_sheet(paper: Paper, sheet: Sheet) -> None:
    """Draw a table from where the page is filled to, on as many pages as it needs."""
    layout = paper.layout
    placed = place_boxes(sheet.rows)
    xs = column_edges(placed, paper.wide, layout)
    cells = list(make_cells(placed, layout))
    ys = row_edges(cells, xs, len(sheet.rows))
    head = head_rows(sheet) if layout.repeat_head else 0
    style = Style(layout.rules, layout.edge, head)
    if paper.room < ys[min(head + 1, len(ys) - 1)] + LEADING:
        paper.begin_page()
    first, cuts = 0.0, [0.0]
    while first < ys[-1]:
        above = ys[head] if first else 0.0
        last = find_break(ys, first, paper.room - above, layout.cut_rows)
        if first and head:
            draw_part(paper, [cell for cell in cells if cell.top < head], xs, ys, (0.0, above), style, [])
            paper.at += above
        cuts.append(last)
        draw_part(paper, cells, xs, ys, (first, last), style, cuts)
        paper.at += last - first
        first = last
        if first < ys[-1]:
            paper.begin_page()
    paper.at += LEADING


def draw_part(
    paper: Paper,
    cells: Sequence[Cell],
    xs: Sequence[float],
    ys: Sequence[float],
    part: tuple[float, float],
    style: Style,
    cuts: Sequence[float],
) -> None:
    for cell in cells:
        draw_cell(paper.pages, cell, xs, ys, (*part, paper.at - part[0]), style, cuts)


def column_edges(placed: Sequence[Placed], wide: float, layout: Layout) -> list[float]:
    """Return where the columns begin and the last one ends, each as wide as its longest text asks for."""
    needs = [NARROW] * max(each.right for each in placed)
    for each in placed:
        if each.right == each.left + 1:
            text = "" if each.box.vertical and layout.vertical else each.box.text
            needs[each.left] = max(needs[each.left], min(len(text), WIDE))
    return [LEFT, *(LEFT + at * wide / sum(needs) for at in accumulate(needs))]


def make_cells(placed: Sequence[Placed], layout: Layout) -> Iterator[Cell]:
    """Yield the cells of a table; a row that ends early prints none behind its last."""
    for each in placed:
        text = print_words(each.box, layout)
        narrow = each.box.vertical and layout.vertical
        yield Cell(each.top, each.left, each.bottom, each.right, "\n".join(text) if narrow else text)


def row_edges(cells: Sequence[Cell], xs: Sequence[float], height: int) -> list[float]:
    """Return where the rows begin and the last one ends: high enough for all cells, those of several rows too."""
    heights = [LEADING + 4.0] * height
    for cell in sorted(cells, key=lambda cell: cell.bottom - cell.top):
        need = len(wrap(cell.text, xs[cell.right] - xs[cell.left])) * LEADING + 4
        lack = need - sum(heights[cell.top : cell.bottom])
        if lack > 0:
            heights[cell.bottom - 1] += lack
    return [0.0, *accumulate(heights)]


def head_rows(sheet: Sheet) -> int:
    """Return how many rows of headings begin a table, none where a cell among them reaches below."""
    count = next((at for at, row in enumerate(sheet.rows) if any(box.key for box in row)), 0)
    reaches = any(at + box.down > count for at, row in enumerate(sheet.rows[:count]) for box in row)
    return 0 if reaches or not all(box.head for row in sheet.rows[:count] for box in row) else count


def find_break(ys: Sequence[float], first: float, room: float, cut_rows: bool) -> float:
    """Return where a page ends: below the last row that fits, or between two lines of the one that does not."""
    fitting = [y for y in ys if first < y <= first + room]
    last = fitting[-1] if fitting else first
    below = next((y for y in ys if y > last), last)
    lines = int((first + room - last - 4) // LEADING)
    if below > last and (
        not fitting or (cut_rows and lines >= 1 and (below - last - 4) // LEADING > lines + 1)
    ):
        return min(last + 2 + max(lines, 1) * LEADING, below)
    return last
