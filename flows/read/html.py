"""HTML to a Document: text in reading order and every printed table as a grid, be it of `table`s or of blocks.

Parsed with lexbor, which builds the same tree as a browser. Spans are expanded here and
not by a library, with limits, because a page can ask for a billion cells (a `rowspan` bomb).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from flows.cells import clean_text
from flows.decode import decode_text
from flows.errors import ReadError
from flows.links import find_links
from flows.model import Document, Grid
from flows.read.boxes import Block, Cell, place_rows
from flows.read.carried import find_carried
from flows.read.controls import CONTROLS, UNREAD, add_unread, read_control
from flows.read.laid import Search, find_laid
from flows.read.limits import MAX_CELLS, MAX_CELLS_TABLE, MAX_COLUMNS, MAX_DEPTH, too_much
from flows.read.markup import check_markup
from flows.read.nested import find_sole_table, is_layout, join_nested
from flows.read.pieces import join_rows
from flows.read.runs import MANY, Standing, drop_hidden_words, show_run
from flows.read.standing import find_cells, find_standings
from flows.read.styles import Styles
from flows.read.tidy import tidy_tree

MAX_NESTED = 3  # tables in cells of tables that are printed ones
SKIPPED = frozenset("script style noscript template iframe svg select textarea".split())
BLOCKS = frozenset(
    (
        "address article aside blockquote center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr "
        "li main nav ol p pre section table tr td th ul caption"
    ).split()
)
CELLS = frozenset(["td", "th"])
SECTIONS = frozenset(["thead", "tbody", "tfoot"])
UNSHOWN = ", ".join(sorted({*SKIPPED, *CONTROLS, *UNREAD.split(", ")}))  # as a selector
SPACES = re.compile(r"[ \t\r\n\f]+")
SPAN = re.compile(r"[ \t\r\n\f]*\+?([0-9]{1,9})", re.ASCII)
MARK = re.compile(r"[\[(（【]?[0-9０-９]{1,3}[\])）】]?")  # of a note
META_TITLES = ("articletitle", "og:title", "title")
META_DATES = ("pubdate", "publishdate", "publish_date", "article:published_time", "datepublished")


@dataclass
class Page:
    """The text written so far and the grids found in it; without a `search` for tables of blocks inside a cell."""

    name: str
    search: Search | None = None
    standings: Mapping[int, Standing] = field(default_factory=dict)
    in_cell: bool = False
    pieces: list[str] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)
    cells: int = 0
    measured: tuple[int, int] = (0, 0)

    def write(self, text: str) -> None:
        """Add text at the end."""
        self.pieces.append(text)

    def break_line(self) -> None:
        """End the current line, unless it is empty."""
        if self.pieces and not self.pieces[-1].endswith("\n"):
            self.write("\n")

    @property
    def length(self) -> int:
        """How many characters are written."""
        pieces, length = self.measured
        length += sum(map(len, self.pieces[pieces:]))
        self.measured = (len(self.pieces), length)
        return length


def read_html(data: bytes, name: str, charset: str = "") -> Document:
    """Return the page's text, one block a line, and its printed tables with spans expanded.

    The text of a table stands in the document's text too, a row a line and cells parted by
    tabs, at the place that the grid names. Raises ReadError where nesting, attributes or
    cells pass the limits above.
    """
    page = Page(name)
    tree = write_markup(decode_text(data, name, charset), page)
    if not page.grids and (carried := find_carried(tree)):
        page.break_line()
        write_markup(carried, page)
    metas = list(find_metas(tree))
    text = "".join(page.pieces)
    return Document(
        name=name,
        text=text,
        grids=join_rows(page.grids, text),
        headings=tuple(find_headings(tree, metas)),
        published=next((content for kind, content in metas if kind in META_DATES), ""),
        links=find_links(tree),
    )


def write_markup(markup: str, page: Page) -> LexborHTMLParser:
    """Write the text and tables of markup, and return its tree."""
    check_markup(markup, page.name)
    tree = LexborHTMLParser(markup)
    styles, small = Styles(tree), markup.encode().lower()
    tidy_tree(tree, small, styles)
    standings = find_standings(tree, small, styles)
    for node in tree.css(UNSHOWN):
        for cell in find_cells(node):
            standings.setdefault(cell, "")
    page.search, page.standings = Search(styles), standings
    body = tree.body
    if body is not None:
        write_children(body, page)
    return tree


def find_metas(tree: LexborHTMLParser) -> Iterator[tuple[str, str]]:
    """Yield the names of a page's metadata, in lower case, with what they say."""
    for meta in tree.css("meta"):
        attributes = meta.attributes
        kind = (attributes.get("name") or attributes.get("property") or "").lower()
        yield kind, clean_text(attributes.get("content") or "")


def find_headings(tree: LexborHTMLParser, metas: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield what the page calls itself: its title metadata, its h1 headings, its title tag."""
    yield from (content for kind, content in metas if kind in META_TITLES)
    for heading in tree.css("h1"):
        yield clean_text(heading.text())
    if title := tree.css_first("title"):
        yield clean_text(title.text())


def write_children(node: LexborNode, page: Page, depth: int = 0) -> None:
    """Write the text of a node's children, its tables as grids."""
    if depth > MAX_DEPTH:
        raise too_much(page.name, f"tags nested more than {MAX_DEPTH} deep", f"标签嵌套超过 {MAX_DEPTH} 层")
    child = node.first_child  # by hand: half of the time that an iterator takes
    while child is not None:
        tag = child.tag
        if tag == "-text":
            page.pieces.append(SPACES.sub(" ", child.text_content or ""))
        elif tag == "br":
            page.write("\n")
        elif tag == "table" and write_table(child, page, depth + 1):
            pass
        elif page.in_cell and tag in CONTROLS:
            page.write(show_run(read_control(child), page.standings.get(child.mem_id) or "link"))
        elif tag and tag not in SKIPPED and not tag.startswith("-"):
            write_element(child, tag, page, depth)
        child = child.next


def write_element(node: LexborNode, tag: str, page: Page, depth: int) -> None:
    """Write one element: a table of blocks, a run of another standing apart, a block on lines of its own.

    A cell of a layout table is a block.
    """
    search = page.search
    if search is not None:
        if write_laid(node, page, depth):
            return
        if node.mem_id in search.few:
            page.search = None
    standing = page.standings.get(node.mem_id, "")
    if standing and (page.in_cell or (tag not in BLOCKS and is_run(node, standing))):
        write_run(node, standing, page, depth)
    else:
        write_inside(node, tag, page, depth)
    page.search = search


def write_run(node: LexborNode, standing: Standing, page: Page, depth: int) -> None:
    """Write an element of another standing. A mark may be raised in its link; in other runs what stands within is theirs."""
    inner = Page(page.name, None, page.standings if standing == "link" else {}, in_cell=page.in_cell)
    write_children(node, inner, depth + 1)
    page.write(show_run("".join(inner.pieces), standing))


def write_inside(node: LexborNode, tag: str, page: Page, depth: int) -> None:
    """Write what an element holds, a block on lines of its own."""
    if tag in BLOCKS:
        page.break_line()
    write_children(node, page, depth + 1)
    if tag in BLOCKS:
        page.break_line()


def is_run(node: LexborNode, standing: Standing) -> bool:
    """Return whether an element of another standing outside cells is part of a line: of links only those that are marks."""
    if standing == "link" and not MARK.fullmatch(node.text().strip()):
        return False
    text, parts = "", 0
    for each in node.traverse(include_text=True):
        text, parts = text + (each.text_content or "" if each.tag == "-text" else ""), parts + 1
        if len(text) > MANY or parts > MANY or each.tag == "table":
            return False
    return True


def write_table(table: LexborNode, page: Page, depth: int) -> bool:
    """Write a table's text, a row a line, and add its grid; return False, with nothing written, for a layout table."""
    if len(table.css("table")) > 1:  # more than the table itself
        block = lay_nested(table)
        if block is not None:
            write_block(block, page, depth)
        return block is not None
    cells = page.cells
    rows, continued = expand_spans(table, page, depth)
    if is_layout(rows):
        page.cells = cells
        return False
    page.break_line()
    caption = table.css_first("caption")
    if caption is not None:
        page.write(walk_text(caption, page, depth) + "\n")
    add_grid(rows, continued, clean_text(caption.text()) if caption is not None else "", page)
    return True


def lay_nested(table: LexborNode, level: int = 0) -> Block | None:
    """Return a table and the tables that fill cells of it as one rectangle, or None for a layout table."""
    rows: list[list[Cell]] = []
    tables: dict[int, Block] = {}
    for row, left in find_rows(table):
        rows.append([])
        for cell in (each for each in row.iter() if each.tag in CELLS):
            if cell.css_first("table") is not None:
                inner = find_sole_table(cell)
                block = lay_nested(inner, level + 1) if inner is not None and level < MAX_NESTED else None
                if block is None:
                    return None
                tables[cell.mem_id] = block
            down, across = read_spans(cell, left)
            rows[-1].append(Cell(cell, down=down, across=across, fixed=True))
    if tables:
        return join_nested(rows, tables)
    return place_rows(rows) if level and any(rows) else None


def write_laid(node: LexborNode, page: Page, depth: int) -> bool:
    """Write the table of blocks that begins with an element, a row a line; return whether there is one.

    It is a grid where its cells fit exactly. What follows the element in it is not written again.
    """
    assert page.search is not None
    if node.mem_id in page.search.taken:
        return True
    laid = find_laid(node, page.search)
    if laid is None:
        return False
    page.break_line()
    if laid.block is not None:
        write_block(laid.block, page, depth)
    for line in laid.lines:
        texts = [walk_text(each, page, depth).replace("\n", " ") for each in line]
        page.write("\t".join(texts) + "\n")
    return True


def write_block(block: Block, page: Page, depth: int) -> None:
    """Write a rectangle of cells and add its grid."""
    rows = [[""] * block.columns for _ in range(block.rows)]
    continued = {(r, c) for r in range(block.rows) for c in range(block.columns)}
    page.cells += len(continued)
    if block.columns > MAX_COLUMNS or page.cells > MAX_CELLS:
        raise too_many_cells(page, block.columns)
    for cell in block.cells:
        text = walk_text(cell.node, page, depth)
        continued.discard((cell.row, cell.column))
        for row in rows[cell.row : cell.row + cell.down]:
            row[cell.column : cell.column + cell.across] = [text] * cell.across
    page.break_line()
    add_grid(rows, continued, "", page)


def add_grid(rows: list[list[str]], continued: set[tuple[int, int]], caption: str, page: Page) -> None:
    """Write a table's rows, a row a line and its own cells parted by tabs, and add its grid; none without cells."""
    start = page.length
    for index, row in enumerate(rows):
        cells = [text for at, text in enumerate(row) if (index, at) not in continued]
        page.write("\t".join(cells).replace("\n", " ") + "\n")
    if rows:
        page.grids.append(
            Grid(
                locator=f"table {len(page.grids) + 1}",
                rows=tuple(map(tuple, rows)),
                continued=frozenset(continued),
                caption=caption,
                start=start,
                end=page.length,
            )
        )


def find_rows(table: LexborNode) -> Iterator[tuple[LexborNode, int]]:
    """Yield the table's own rows in printed order, each with how many rows its section has from there on."""
    for section in table.iter():
        if section.tag in SECTIONS:
            rows = [row for row in section.iter() if row.tag == "tr"]
            yield from zip(rows, range(len(rows), 0, -1), strict=True)


def expand_spans(table: LexborNode, page: Page, depth: int) -> tuple[list[list[str]], set[tuple[int, int]]]:
    """Return the rows of a table as a rectangle of text, and the places that repeat a spanning cell.

    Spans are read as HTML says: digits only, at least 1, a row span ends with its section of the table.
    """
    rows = list(find_rows(table))
    lines: list[list[str | None]] = [[] for _ in rows]
    continued: set[tuple[int, int]] = set()
    limit = min(page.cells + MAX_CELLS_TABLE, MAX_CELLS)
    for at_row, (row, left) in enumerate(rows):
        line, at = lines[at_row], 0
        for cell in row.iter():
            if cell.tag not in CELLS:
                continue
            while at < len(line) and line[at] is not None:
                at += 1
            down, across = read_spans(cell, left)
            page.cells += down * across
            if at + across > MAX_COLUMNS or page.cells > limit:
                raise too_many_cells(page, at + across)
            text = cell_text(cell, page, depth)
            if down == across == 1 and at == len(line):  # most cells
                line.append(text)
            else:
                fill_cells(lines[at_row : at_row + down], at, across, text)
                continued |= {(r, c) for r in range(at_row, at_row + down) for c in range(at, at + across)}
                continued.remove((at_row, at))
            at += across
    return fill_rows(lines, continued), continued


def fill_cells(lines: list[list[str | None]], at: int, across: int, text: str) -> None:
    """Write a cell's text into all its places that no earlier cell takes."""
    for line in lines:
        line.extend([None] * (at + across - len(line)))
        for column in range(at, at + across):
            if line[column] is None:
                line[column] = text


def fill_rows(lines: list[list[str | None]], continued: set[tuple[int, int]]) -> list[list[str]]:
    """Return the rows all as long as the longest, and add the places that no cell takes to those that print none."""
    width = max(map(len, lines), default=0)
    for at_row, line in enumerate(lines):
        line.extend([None] * (width - len(line)))
        if None in line:
            continued |= {(at_row, at) for at, text in enumerate(line) if text is None}
    return [[text or "" for text in line] for line in lines]


def read_spans(cell: LexborNode, left: int) -> tuple[int, int]:
    """Return how many rows and columns a cell covers, as a browser reads it, of the rows that are left."""
    attributes = cell.attributes
    if "rowspan" not in attributes and "colspan" not in attributes:
        return 1, 1
    across = read_span(attributes.get("colspan"))
    return min(read_span(attributes.get("rowspan")) or left, left), max(1, min(across, MAX_COLUMNS))


def read_span(text: str | None) -> int:
    """Return the number that a span attribute begins with in ASCII digits, else 1; 0 is kept."""
    match = SPAN.match(text or "")
    return int(match[1]) if match else 1


def too_many_cells(page: Page, columns: int) -> ReadError:
    """Return the error for a table or a page that passes its limit of cells."""
    if columns > MAX_COLUMNS:
        return too_much(page.name, f"a table of over {MAX_COLUMNS} columns", f"表格超过 {MAX_COLUMNS} 列")
    return too_much(
        page.name,
        f"over {MAX_CELLS_TABLE} cells in a table or {MAX_CELLS} in the page, spans counted",
        f"表格超过 {MAX_CELLS_TABLE} 个单元格或页面超过 {MAX_CELLS} 个（含跨行跨列）",
    )


def cell_text(cell: LexborNode, page: Page, depth: int) -> str:
    """Return the text of a cell: most hold one that stands as the text around it, however deep it is wrapped."""
    if cell.mem_id in page.standings:
        return walk_text(cell, page, depth)
    text = cell.text(separator="\0")
    if "\0" not in text:
        return clean_text(text)
    texts = [shown for piece in text.split("\0") if (shown := clean_text(piece))]
    if len(texts) > 1:
        return walk_text(cell, page, depth)
    return "".join(texts)


def walk_text(cell: LexborNode, page: Page, depth: int) -> str:
    """Return a cell's text as a browser shows it: blocks and line breaks on lines of their own.

    What is seen but is no text gives a note of it, so that no cell is called blank that is not.
    """
    inner = Page(page.name, None, page.standings, in_cell=True)
    write_children(cell, inner, depth + 1)
    lines = (clean_text(line) for line in "".join(inner.pieces).split("\n"))
    text = add_unread(drop_hidden_words("\n".join(line for line in lines if line)), cell)
    return show_run(text, page.standings.get(cell.mem_id, "")).strip()
