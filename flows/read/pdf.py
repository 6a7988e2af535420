"""PDF to a Document: printed lines in reading order, ruled tables and certain columns as grids.

A table that goes on over page breaks is one grid: its parts are stacked and then read as one,
so that a row or cell cut in two is whole again exactly where no rule was printed at the
page's edge, and a row whose rule is missing there is not lost.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from statistics import median

from flows.cells import clean_text, parse_value
from flows.errors import ReadError, Text
from flows.model import Document, Grid
from flows.read.bands import Band, set_columns
from flows.read.breaks import mend_breaks
from flows.read.limits import MAX_CELLS, too_much
from flows.read.pdfium import UNKNOWN, Char, Page, read_pages
from flows.read.pictures import recognise_pages
from flows.read.ruled import (
    SNAP,
    Rule,
    Span,
    Table,
    build_table,
    find_tables,
    middle,
    read_rows,
)
from flows.read.stacks import lift_stacks
from flows.read.streams import check_end, check_streams
from flows.read.struck import mark_struck
from flows.read.typeset import (
    NEW_ROW,
    PAGE_NUMBER,
    Columns,
    Line,
    find_lines,
    height,
)

MAX_HEADINGS = 8  # rows of headings at the top of a table
CONTINUED = re.compile(r"[（(]?(?:续表?|接上[页表]|续上[页表]|转下页|接下页)[）)]?")

Item = Line | Columns | list[Table]


def read_pdf(data: bytes, name: str, charset: str = "") -> Document:  # noqa: ARG001 - a reader's signature
    """Return the PDF's text, one printed line a line, and its tables with spans expanded.

    A row of a table is one line of the text, cells parted by tabs, at the place that the grid
    names. Raises ReadError for a file that is broken, locked or a scan, and where pages,
    characters or cells pass the limits.
    """
    check_streams(data, name)
    pages = [mark_struck(page) for page in read_pages(data, name)]
    check_end(data, name)
    check_blank(pages, name)
    if is_scan(pages):
        return write_recognised(recognise_pages(data, name, scan_text(pages)), name)
    check_fonts(pages, name)
    return write_pages(pages, name)


def read_image(data: bytes, name: str, charset: str = "") -> Document:  # noqa: ARG001 - a reader's signature
    """Return the text and tables of an image of print, of all pages of a TIFF, as those of a PDF.

    Raises ReadError where the extra `ocr` is not installed, and for an image that is broken, too large or without text.
    """
    return write_recognised(recognise_pages(data, name, Text("an image", "图像")), name)


def write_recognised(pages: Sequence[Page], name: str) -> Document:
    """Return the Document of pages that were recognised; raises ReadError where no text was."""
    if not any(page.chars for page in pages):
        raise ReadError(
            f"{name}: no text is recognised in the {len(pages)} pages of pictures, expected a report. Is it upright? "
            "Look at it, or find the report in another format.",
            f"{name}：{len(pages)} 页图像中未识别出文字，应为年度报告。请查看图像是否端正，或寻找该报告的其他格式。",
        )
    return replace(write_pages(pages, name), reading="image")


def write_pages(pages: Sequence[Page], name: str) -> Document:
    """Return the Document of pages: one printed line a line, tables as grids."""
    writer = Writer(name)
    for item in join_pages(list(list_items(pages, name))):
        writer.add(item)
    return Document(
        name=name,
        text="".join(writer.lines),
        grids=tuple(writer.grids),
        headings=tuple(find_headings(pages[0])),
    )


def check_blank(pages: Sequence[Page], name: str) -> None:
    """Raise ReadError where nothing is printed on the pages."""
    if not any(page.chars or page.pictures or page.boxes for page in pages):
        raise ReadError(
            f"{name}: nothing is printed on the {len(pages)} pages of the PDF, expected a report. Fetch or save it again.",
            f"{name}：PDF 共 {len(pages)} 页，均为空白，应为年度报告。请重新获取或保存。",
        )


def is_scan(pages: Sequence[Page]) -> bool:
    """Return whether every page is a picture, with no more text than its number."""
    return all(page.pictures for page in pages) and sum(len(page.chars) for page in pages) < 20 * len(pages)


def scan_text(pages: Sequence[Page]) -> Text:
    """Return what a scan is, in words."""
    chars = sum(len(page.chars) for page in pages)
    return Text(
        f"a scan: {len(pages)} pages of pictures with {chars} characters of text",
        f"扫描件：共 {len(pages)} 页，只有图像，文字仅 {chars} 个字符",
    )


def check_fonts(pages: Sequence[Page], name: str) -> None:
    """Raise ReadError where the pages hold no text, or where their fonts do not say which characters they print."""
    chars = [char.text for page in pages for char in page.chars]
    if not chars or chars.count(UNKNOWN) * 2 > len(chars):
        raise ReadError(
            f"{name}: there is no text, or the fonts of the PDF do not say which characters they print "
            f"({chars.count(UNKNOWN):,} of {len(chars):,} unknown). Save its pages as images and read these by OCR, "
            "or find the report in another format.",
            f"{name}：没有文字，或 PDF 的字体没有字符对照（{len(chars):,} 个字符中有 {chars.count(UNKNOWN):,} 个无法识别）。"
            "请将各页另存为图像后用 OCR（文字识别）读取，或寻找该报告的其他格式。",
        )


def find_headings(page: Page) -> list[str]:
    """Return the largest text of the first page as one heading: a title over several lines is one."""
    heights = [height(char) for char in page.chars if char.turn == 0]
    if not heights or max(heights) < 1.3 * median(heights):
        return []
    # The digits of a title may come from a font with other heights.
    least = max(0.8 * max(heights), 1.1 * median(heights))
    return [
        "".join(line.text for line in find_lines(c for c in page.chars if c.turn == 0 and height(c) > least))
    ]


@dataclass
class Writer:
    """The text written so far and the grids found in it."""

    name: str
    lines: list[str] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)
    length: int = 0
    cells: int = 0

    def add(self, item: Item) -> None:
        """Add a line or a table at the end."""
        if isinstance(item, Line):
            self.write(item.text)
        elif isinstance(item, Columns):
            self.add_grid(
                tuple(tuple(piece.text for piece in line.pieces) for line in item.lines), frozenset()
            )
        else:
            table = join_parts(item, self.name)
            if table.is_single:
                for line in find_lines(table.chars):
                    self.write(line.text)
            else:
                self.add_grid(*find_rows(table))

    def write(self, line: str) -> None:
        """Add a line of text."""
        self.lines.append(line + "\n")
        self.length += len(line) + 1

    def add_grid(self, rows: tuple[tuple[str, ...], ...], continued: frozenset[tuple[int, int]]) -> None:
        """Add a table's text, a row a line, and its grid."""
        self.cells += len(rows) * len(rows[0])
        if self.cells > MAX_CELLS:
            raise too_much(
                self.name, f"over {MAX_CELLS:,} cells in its tables", f"表格单元格总数超过 {MAX_CELLS:,} 个"
            )
        start = self.length
        for index, row in enumerate(rows):
            cells = [clean_text(text) for at, text in enumerate(row) if (index, at) not in continued]
            self.write("\t".join(cells))
        locator = f"table {len(self.grids) + 1}"
        self.grids.append(Grid(locator, rows, continued, start=start, end=self.length))


def list_items(pages: Sequence[Page], name: str) -> Iterator[list[Item]]:
    """Yield the lines and tables of each page from its top; columns without rules go on from page to page."""
    bands: Sequence[Band] = ()
    for page in pages:
        tables, rest = find_tables(page, name)
        stacks, level = lift_stacks(char for char in rest if char.turn == 0)
        lines = sorted([*stacks, *find_lines(level)], key=attrgetter("top"))
        set_lines, bands = set_columns(lines, bands)
        items: list[Item] = [*([table] for table in tables), *set_lines]
        yield [*sorted(items, key=top_of), *find_lines(char for char in rest if char.turn != 0)]


def top_of(item: Item) -> float:
    """Return where on its page an item begins."""
    return item[0].ys[0] if isinstance(item, list) else item.top


def join_pages(pages: Sequence[list[Item]]) -> list[Item]:
    """Return the items of all pages, the parts of a table on pages that follow each other together.

    Between two parts nothing may stand but page numbers and what stands on other pages too.
    """
    recurring = find_recurring(pages)
    joined: list[Item] = []
    last: list[Table] | None = None
    for page in pages:
        body = [item for item in page if not is_margin(item, recurring)]
        first = body[0] if body else None
        if last is not None and isinstance(first, list) and goes_on(last, first[0]):
            last.extend(first)
            body = body[1:] or [last]
        else:
            first = None
        joined.extend(item for item in page if item is not first)
        last = body[-1] if body and isinstance(body[-1], list) else None
    return joined


def find_recurring(pages: Sequence[list[Item]]) -> set[str]:
    """Return the lines, without their figures, that stand first or last on more than one page."""
    counts: Counter[str] = Counter()
    for page in pages:
        lines = [item for item in page if isinstance(item, Line)]
        counts.update({without_figures(line) for line in lines[:2] + lines[-2:]})
    return {text for text, count in counts.items() if count > 1}


def without_figures(line: Line) -> str:
    """Return a line's text without its figures: a running title may hold the page's number."""
    return re.sub(r"\d+", "", line.text)


def is_margin(item: Item, recurring: set[str]) -> bool:
    """Return whether an item is not part of what the pages say: a page number, a running title."""
    return isinstance(item, Line) and (
        PAGE_NUMBER.fullmatch(item.text) is not None
        or CONTINUED.fullmatch(item.text) is not None
        or without_figures(item) in recurring
    )


def find_rows(table: Table) -> tuple[tuple[tuple[str, ...], ...], frozenset[tuple[int, int]]]:
    """Return a table as a rectangle of text, and the places that repeat a cell of several rows or columns."""
    table, cells = mend_breaks(table)
    rows = [[""] * (len(table.xs) - 1) for _ in range(len(table.ys) - 1)]
    continued = set()
    for span in cells:
        if is_beyond(table, span):
            continued.add(span[:2])
        for r in range(span.row, span.row + span.rows):
            for c in range(span.column, span.column + span.columns):
                rows[r][c] = span.text
                if (r, c) != span[:2]:
                    continued.add((r, c))
    return tuple(map(tuple, rows)), frozenset(continued)


def is_beyond(table: Table, span: Span) -> bool:
    """Return whether a place lies beyond the end of its row: no rule closes it on the right, as one does other rows."""
    if span.text or not any(abs(rule.at - table.xs[-1]) <= SNAP for rule in table.down):
        return False
    edge = table.xs[span.column + span.columns]
    level = (table.ys[span.row] + table.ys[span.row + 1]) / 2
    return not any(rule.at >= edge - SNAP and rule.start <= level <= rule.end for rule in table.down)


# Page breaks


def goes_on(parts: Sequence[Table], lower: Table) -> bool:
    """Return whether a table can go on in another: the same outer edges, and no column that contradicts."""
    upper = max(parts, key=lambda part: len(part.xs))
    shift = upper.xs[0] - lower.xs[0]
    moved = [x + shift for x in lower.xs]
    few, many = sorted((list(upper.xs), moved), key=len)
    return abs(upper.xs[-1] - moved[-1]) <= SNAP and all(
        min(abs(edge - place) for edge in many) <= SNAP for place in few
    )


def join_parts(parts: Sequence[Table], name: str) -> Table:
    """Return the one table of its parts on pages that follow each other, repeated headings once."""
    whole = parts[0]
    for part in parts[1:]:
        rest = drop_header(part, parts[0], name)
        if rest is not None:
            whole = stack(whole, rest, name)
    return whole


def first_row(table: Table) -> list[str]:
    """Return the characters of a table's first row, in no order that says anything."""
    return sorted(char.text for char in table.chars if middle(char)[1] < table.ys[1])


def drop_header(part: Table, first: Table, name: str) -> Table | None:
    """Return a part without the rows that repeat the first rows of the table; None where nothing is left.

    Only rows without figures are headings: two rows with the same figures are two rows.
    """
    if first_row(part) != first_row(first):
        return part
    repeated = 0
    spans, others = read_rows(part, 0, MAX_HEADINGS), read_rows(first, 0, MAX_HEADINGS)
    while repeated < min(len(part.ys) - 1, MAX_HEADINGS):
        texts = [span.text for span in spans if span.row == repeated]
        same = texts == [span.text for span in others if span.row == repeated]
        if not same or not any(texts) or any(map(is_figure, texts)):
            break
        repeated += 1
    while any(span.row < repeated < span.row + span.rows for span in spans):
        repeated -= 1
    if repeated == 0:
        return part
    top = part.ys[repeated]
    chars = [char for char in part.chars if middle(char)[1] > top]
    down = [rule._replace(start=max(rule.start, top)) for rule in part.down if rule.end > top + SNAP]
    across = [rule for rule in part.across if rule.at > top - SNAP]
    return build_table(across, down, chars, name) if chars and down else None


def is_figure(text: str) -> bool:
    """Return whether a cell states a figure, or that there is none (无, /)."""
    return parse_value(text).status in ("reported", "none_word", "dash")


def stack(upper: Table, lower: Table, name: str) -> Table:
    """Return two parts as one table, the lower one moved right below the upper one."""
    right, down = upper.xs[0] - lower.xs[0], upper.ys[-1] - lower.ys[0]
    edge = upper.ys[-1]
    across = [*upper.across, *(Rule(r.at + down, r.start + right, r.end + right) for r in lower.across)]
    if not any(abs(rule.at - edge) <= SNAP for rule in across) and are_two_rows(upper, lower):
        across.append(Rule(edge, upper.xs[0], upper.xs[-1]))
    upright = [
        *(rule._replace(end=min(rule.end, edge)) for rule in upper.down),
        *(Rule(r.at + right, max(r.start + down, edge), r.end + down) for r in lower.down),
    ]
    chars = [
        *upper.chars,
        *(move_char(char, right, down) for char in lower.chars),
    ]
    return replace(build_table(across, upright, chars, name), breaks=(*upper.breaks, edge))


def move_char(char: Char, right: float, down: float) -> Char:
    """Return a character in another place."""
    text, left, top, after, bottom, base, turn = char
    base += (down, right, -down, -right, down)[turn]
    return Char(text, left + right, top + down, after + right, bottom + down, base, turn)


def are_two_rows(upper: Table, lower: Table) -> bool:
    """Return whether the last row of a part and the first of the next are two, though no rule parts them.

    They are where one column has a figure in both, or a text above and a row's number below.
    """
    shift = upper.xs[0] - lower.xs[0]
    last = read_rows(upper, len(upper.ys) - 2, len(upper.ys) - 1)
    first = read_rows(lower, 0, 1)
    return any(
        (is_figure(above.text) and is_figure(below.text)) or (above.text and NEW_ROW.match(below.text))
        for above in last
        for below in first
        if upper.xs[above.column] < lower.xs[below.column + below.columns] + shift - SNAP
        and lower.xs[below.column] + shift < upper.xs[above.column + above.columns] - SNAP
    )
