"""HTML to a Document: text in reading order and every innermost table as a grid.

Parsed with lexbor, which builds the same tree as a browser. Spans are expanded here and
not by a library, with limits, because a page can ask for a billion cells (a `rowspan` bomb).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from flows.cells import clean_text
from flows.decode import decode_text
from flows.model import Document, Grid
from flows.read.limits import MAX_CELLS, MAX_CELLS_TABLE, MAX_COLUMNS, MAX_DEPTH, too_much
from flows.read.markup import check_markup

SKIPPED = frozenset("script style noscript template iframe svg select textarea".split())
BLOCKS = frozenset(
    (
        "address article aside blockquote center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr "
        "li main nav ol p pre section table tr ul caption"
    ).split()
)
# Kept apart from the text around it: a footnote's mark or a struck figure must not become digits of the figure beside it.
APART = frozenset("sup sub del s strike".split())
SPAN = re.compile(r"[ \t\r\n\f]*\+?([0-9]{1,9})", re.ASCII)
META_TITLES = ("articletitle", "og:title", "title")


@dataclass
class Page:
    """The text written so far and the grids found in it."""

    name: str
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    grids: list[Grid] = field(default_factory=list)
    cells: int = 0

    def write(self, text: str) -> None:
        """Add text at the end."""
        self.pieces.append(text)
        self.length += len(text)

    def break_line(self) -> None:
        """End the current line, unless it is empty."""
        if self.pieces and not self.pieces[-1].endswith("\n"):
            self.write("\n")


def read_html(data: bytes, name: str, charset: str = "") -> Document:
    """Return the page's text, one block a line, and its innermost tables with spans expanded.

    The text of a table stands in the document's text too, a row a line and cells parted by
    tabs, at the place that the grid names. Raises ReadError where nesting, attributes or
    cells pass the limits above.
    """
    markup = decode_text(data, name, charset)
    check_markup(markup, name)
    tree = LexborHTMLParser(markup)
    page = Page(name)
    body = tree.body
    if body is not None:
        write_children(body, page)
    return Document(
        name=name, text="".join(page.pieces), grids=tuple(page.grids), headings=tuple(find_headings(tree))
    )


def find_headings(tree: LexborHTMLParser) -> Iterator[str]:
    """Yield what the page calls itself: its title metadata, its h1 headings, its title tag."""
    for meta in tree.css("meta"):
        attributes = meta.attributes
        kind = (attributes.get("name") or attributes.get("property") or "").lower()
        if kind in META_TITLES:
            yield clean_text(attributes.get("content") or "")
    for heading in tree.css("h1"):
        yield clean_text(heading.text())
    if title := tree.css_first("title"):
        yield clean_text(title.text())


def write_children(node: LexborNode, page: Page, depth: int = 0) -> None:
    """Write the text of a node's children, its tables as grids."""
    if depth > MAX_DEPTH:
        raise too_much(page.name, f"tags nested more than {MAX_DEPTH} deep", f"标签嵌套超过 {MAX_DEPTH} 层")
    child = node.first_child
    while child is not None:
        tag = child.tag
        if tag == "-text":
            page.write(re.sub(r"[ \t\r\n\f]+", " ", child.text_content or ""))
        elif tag == "br":
            page.write("\n")
        elif tag == "table" and all(inner.mem_id == child.mem_id for inner in child.css("table")):
            write_table(child, page, depth + 1)
        elif tag and not tag.startswith("-") and tag not in SKIPPED:
            write_element(child, tag, page, depth)
        child = child.next


def write_element(node: LexborNode, tag: str, page: Page, depth: int) -> None:
    """Write one element: a block on lines of its own, a cell of a layout table as a block."""
    block = tag in BLOCKS or tag in ("td", "th")
    if block:
        page.break_line()
    elif tag in APART:
        page.write(" ")
    write_children(node, page, depth + 1)
    if block:
        page.break_line()
    elif tag in APART:
        page.write(" ")


def write_table(table: LexborNode, page: Page, depth: int) -> None:
    """Write a table's text, a row a line, and add its grid; a table without cells adds none."""
    page.break_line()
    caption = table.css_first("caption")
    if caption is not None:
        page.write(cell_text(caption, page, depth) + "\n")
    start = page.length
    rows, continued = expand_spans(find_rows(table), page, depth)
    for index, row in enumerate(rows):
        cells = [re.sub(r"\s+", " ", text) for at, text in enumerate(row) if (index, at) not in continued]
        page.write("\t".join(cells) + "\n")
    if rows:
        page.grids.append(
            Grid(
                locator=f"table {len(page.grids) + 1}",
                rows=tuple(tuple(row) for row in rows),
                continued=frozenset(continued),
                caption=clean_text(caption.text()) if caption is not None else "",
                start=start,
                end=page.length,
            )
        )


def find_rows(table: LexborNode) -> list[tuple[LexborNode, int]]:
    """Return the table's own rows in printed order, each with how many rows its section has from there on."""
    found: list[tuple[LexborNode, int]] = []
    for section in find_children(table, ("thead", "tbody", "tfoot")):
        rows = list(find_children(section, ("tr",)))
        found += [(row, len(rows) - at) for at, row in enumerate(rows)]
    return found


def find_children(node: LexborNode, tags: tuple[str, ...]) -> Iterator[LexborNode]:
    """Yield the children of a node that have one of these tags."""
    child = node.first_child
    while child is not None:
        if child.tag in tags:
            yield child
        child = child.next


def expand_spans(
    rows: list[tuple[LexborNode, int]], page: Page, depth: int
) -> tuple[list[list[str]], set[tuple[int, int]]]:
    """Return the rows as a rectangle of text, and the places that repeat a spanning cell.

    Spans are read as HTML says: digits only, at least 1, a row span ends with its section of the table.
    """
    filled: dict[tuple[int, int], str] = {}
    continued: set[tuple[int, int]] = set()
    width = 0
    for at_row, (row, left) in enumerate(rows):
        at_column = 0
        for cell in find_children(row, ("td", "th")):
            while (at_row, at_column) in filled:
                at_column += 1
            down = min(read_span(cell, "rowspan") or left, left)
            across = max(1, min(read_span(cell, "colspan"), MAX_COLUMNS))
            check_cells(page, at_column + across, len(filled) + down * across, down * across)
            text = cell_text(cell, page, depth)
            for r in range(at_row, at_row + down):
                for c in range(at_column, at_column + across):
                    if (r, c) not in filled:
                        filled[r, c] = text
                        if (r, c) != (at_row, at_column):
                            continued.add((r, c))
            at_column += across
            width = max(width, at_column)
    width = max([width, *(column + 1 for _, column in filled)], default=0)
    continued |= {(r, c) for r in range(len(rows)) for c in range(width)} - filled.keys()
    return [[filled.get((r, c), "") for c in range(width)] for r in range(len(rows))], continued


def read_span(cell: LexborNode, name: str) -> int:
    """Return a span attribute as a browser reads it: leading ASCII digits, else 1; 0 is kept."""
    match = SPAN.match(cell.attributes.get(name) or "")
    return int(match[1]) if match else 1


def check_cells(page: Page, columns: int, in_table: int, more: int) -> None:
    """Raise ReadError when a table or the page passes its limit of cells."""
    page.cells += more
    if columns > MAX_COLUMNS:
        raise too_much(page.name, f"a table of over {MAX_COLUMNS} columns", f"表格超过 {MAX_COLUMNS} 列")
    if in_table > MAX_CELLS_TABLE or page.cells > MAX_CELLS:
        raise too_much(
            page.name,
            f"over {MAX_CELLS_TABLE} cells in a table or {MAX_CELLS} in the page, spans counted",
            f"表格超过 {MAX_CELLS_TABLE} 个单元格或页面超过 {MAX_CELLS} 个（含跨行跨列）",
        )


def cell_text(cell: LexborNode, page: Page, depth: int) -> str:
    """Return a cell's text as a browser shows it: blocks and line breaks on lines of their own."""
    inner = Page(page.name)
    write_children(cell, inner, depth + 1)
    lines = (clean_text(line) for line in "".join(inner.pieces).split("\n"))
    return "\n".join(line for line in lines if line)
