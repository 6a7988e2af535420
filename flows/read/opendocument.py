"""OpenDocument to a Document: ODT as Word documents are read, ODS as workbooks are, each cell as the text it shows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from flows.cells import clean_text
from flows.model import Document
from flows.read.grids import add_grid, check_cells, too_many_cells
from flows.read.html import Page
from flows.read.limits import MAX_CELLS
from flows.read.office import (
    ODS,
    ODT,
    Element,
    Package,
    attribute,
    clean_lines,
    local_name,
    locked,
    open_package,
    parse_file,
    read_part,
)
from flows.read.runs import Standing, show_run
from flows.read.sheet import Range, Sheet, expand_merges, finish, write_sheet

MARKS = {"tab": "\t", "line-break": "\n"}
# What is in the file but not on paper, or has no place in the run of the text.
UNPRINTED = frozenset(
    "tracked-changes annotation note ruby-text hidden-text hidden-paragraph desc title forms script".split()
)
SPAN = re.compile(r"[0-9]{1,7}", re.ASCII)
RAISING = re.compile(r"super\b|[1-9]")
LOWERING = re.compile(r"sub\b|-[1-9]")
UNSEEN = ("collapse", "filter")


@dataclass
class Styles:
    """By the names of styles how they make text stand, and those that hide a sheet."""

    standings: dict[str, Standing] = field(default_factory=dict)
    sheets: set[str] = field(default_factory=set)


def read_odt(data: bytes, name: str, charset: str = "") -> Document:  # noqa: ARG001 (the file says its own)
    """Return the document's text, one paragraph a line, and its innermost tables with merged cells repeated."""
    return read_content(*open_content(data, name, ODT), name)


def read_ods(data: bytes, name: str, charset: str = "") -> Document:  # noqa: ARG001 (the file says its own)
    """Return the visible sheets as grids, blank rows parting two, and their rows as text."""
    return read_content(*open_content(data, name, ODS), name)


def read_flat(data: bytes, name: str, charset: str = "") -> Document:
    """Return the Document of an OpenDocument text or workbook in one XML file."""
    root = parse_file(data, name, charset)
    return read_content(
        root, find_styles([root]), [clean_text(root.findtext("{*}meta/{*}title") or "")], name
    )


def read_content(root: Element, styles: Styles, titles: list[str], name: str) -> Document:
    """Return the Document of a text or workbook; `titles` are those in its properties."""
    page = Page(name)
    for body in root.iterfind("{*}body/{*}text"):
        write_blocks(body, page, styles)
    for table in root.iterfind("{*}body/{*}spreadsheet/{*}table"):
        if attribute(table, "style-name") not in styles.sheets:
            write_sheet(read_table(table, page, styles), page)
    headings = [
        clean_text("".join(find_pieces(each, styles, [])))
        for each in root.iter("{*}h")
        if attribute(each, "outline-level") in ("", "1")
    ]
    return finish(page, [text for text in headings + titles if text])


def open_content(data: bytes, name: str, media_type: str) -> tuple[Element, Styles, list[str]]:
    """Return the root of the document's content, its styles, and its title if it has one."""
    package = open_package(data, name, media_type)
    if is_encrypted(package):
        raise locked(name)
    root = read_part(package, "content.xml")
    roots = [root, *(read_part(package, part) for part in ("styles.xml",) if part in package.parts)]
    title = (
        read_part(package, "meta.xml").findtext("{*}meta/{*}title") if "meta.xml" in package.parts else None
    )
    return root, find_styles(roots), [clean_text(title or "")]


def is_encrypted(package: Package) -> bool:
    """Return whether the list of contents says that the document is locked with a password."""
    manifest = "meta-inf/manifest.xml"
    return (
        manifest in package.parts
        and next(read_part(package, manifest).iter("{*}encryption-data"), None) is not None
    )


def find_styles(roots: list[Element]) -> Styles:
    """Return the styles that say how text or sheets are shown."""
    styles = Styles()
    for style in (each for root in roots for each in root.iter("{*}style")):
        name = attribute(style, "name")
        if standing := style_standing(style.find("{*}text-properties")):
            styles.standings[name] = standing
        if find_display(style.find("{*}table-properties")) == "false":
            styles.sheets.add(name)
    return styles


def style_standing(properties: Element | None) -> Standing:
    """Return how a style's properties make text stand."""
    if find_display(properties) == "none":
        return "hidden"
    lines = (attribute(properties, f"text-line-through-{each}") for each in ("style", "type"))
    if any(line not in ("", "none") for line in lines):
        return "struck"
    position = attribute(properties, "text-position")
    return "raised" if RAISING.match(position) else "lowered" if LOWERING.match(position) else ""


def find_display(properties: Element | None) -> str:
    """Return whether text or sheets of a style are shown: `display` in the namespace of text or of tables."""
    attributes = properties.attrib.items() if properties is not None else ()
    return next((str(value) for key, value in attributes if str(key).endswith("}display")), "")


# Paragraphs


def write_blocks(parent: Element, page: Page, styles: Styles) -> None:
    """Write the paragraphs and tables below an element, in their order."""
    for block in parent:
        kind = local_name(block)
        if kind in ("p", "h"):
            write_paragraph(block, page, styles)
        elif kind == "table":
            write_table(block, page, styles)
        elif kind not in UNPRINTED:
            write_blocks(block, page, styles)


def write_paragraph(paragraph: Element, page: Page, styles: Styles) -> None:
    """Write one paragraph as a line, and what its text boxes hold below it."""
    boxes: list[Element] = []
    text = "".join(find_pieces(paragraph, styles, boxes))
    page.write(show_styled(text, styles.standings.get(attribute(paragraph, "style-name"), "")))
    page.break_line()
    for box in boxes:
        write_blocks(box, page, styles)


def find_pieces(parent: Element, styles: Styles, boxes: list[Element]) -> Iterator[str]:
    """Yield the text of a paragraph or a part of one, runs of another standing apart; text boxes go to `boxes`."""
    yield re.sub(r"[ \t\r\n]+", " ", parent.text or "")
    for element in parent:
        kind, style = local_name(element), attribute(element, "style-name")
        if kind == "s":
            yield " "
        elif kind == "text-box":
            boxes.append(element)
        elif kind in MARKS:
            yield MARKS[kind]
        elif kind not in UNPRINTED:
            text = "".join(find_pieces(element, styles, boxes))
            yield show_styled(text, styles.standings.get(style, ""))
        yield re.sub(r"[ \t\r\n]+", " ", element.tail or "")


def show_styled(text: str, standing: Standing) -> str:
    """Return the text of a span or paragraph as its style makes it stand; what is hidden goes, but not digits."""
    return "" if standing == "hidden" and not any(map(str.isdecimal, text)) else show_run(text, standing)


# Tables


def write_table(table: Element, page: Page, styles: Styles) -> None:
    """Write an innermost table as a grid; one that holds tables is layout, its cells are blocks."""
    page.break_line()
    if any(inner is not table for inner in table.iter("{*}table")):
        for row, _ in find_items(table, "table-row"):
            for cell, _ in find_items(row, "table-cell"):
                write_blocks(cell, page, styles)
        return
    filled, repeated = expand_merges(read_table(table, page, styles), page.name)
    widths = [
        (times, sum(across for _, across in find_items(row, "table-cell", "covered-table-cell")))
        for row, times in find_items(table, "table-row")
    ]
    height, width = sum(times for times, _ in widths), max((width for _, width in widths), default=0)
    check_cells(page, width, height * width, height * width)
    rows = [[filled.get((row, column), "") for column in range(width)] for row in range(height)]
    # A cell may be said to go on beyond the table.
    continued = {
        (row, column) for row in repeated for column in repeated[row] if row < height and column < width
    }
    add_grid(page, rows, continued)


def read_table(table: Element, page: Page, styles: Styles) -> Sheet:
    """Return the filled cells of a table, its merged ranges and what is hidden."""
    cells: dict[tuple[int, int], str] = {}
    merges: list[Range] = []
    hidden: set[int] = set()
    at_row = 0
    for row, times in find_items(table, "table-row"):
        line, spans = read_row(row, page, styles)
        if len(cells) + len(line) * times > MAX_CELLS:
            raise too_many_cells(page.name)
        for at in range(at_row, at_row + times) if line or spans else ():
            cells |= {(at, column): text for column, text in line.items()}
            merges += [(at, column, at + down - 1, column + across - 1) for column, down, across in spans]
        if attribute(row, "visibility") in UNSEEN:
            hidden |= set(range(at_row, at_row + min(times, MAX_CELLS)))
        at_row += times
    return Sheet(attribute(table, "name"), cells, tuple(merges), frozenset(hidden), find_hidden(table))


def read_row(row: Element, page: Page, styles: Styles) -> tuple[dict[int, str], list[tuple[int, int, int]]]:
    """Return the text of a row's cells by their column, and of merged ones the column, rows and columns."""
    line: dict[int, str] = {}
    spans: list[tuple[int, int, int]] = []
    column = 0
    for cell, across in find_items(row, "table-cell", "covered-table-cell"):
        if local_name(cell) == "table-cell":
            inner = Page(page.name)
            write_blocks(cell, inner, styles)
            text = clean_lines("".join(inner.pieces).split("\n"))
            text = show_run(text, styles.standings.get(attribute(cell, "style-name"), "")).strip()
            if text and len(line) + across > MAX_CELLS:
                raise too_many_cells(page.name)
            line |= dict.fromkeys(range(column, column + across), text) if text else {}
            down, wide = read_span(cell, "number-rows-spanned"), read_span(cell, "number-columns-spanned")
            if down > 1 or wide > 1:
                spans.append((column, down, wide))
        column += across
    return line, spans


def find_items(parent: Element, *kinds: str) -> Iterator[tuple[Element, int]]:
    """Yield the rows, columns or cells of a table in whatever groups they stand, each with how often it is repeated."""
    repeated = "number-rows-repeated" if kinds[0] == "table-row" else "number-columns-repeated"
    for item in parent:
        kind = local_name(item)
        if kind in kinds:
            yield item, read_span(item, repeated)
        elif kind.startswith("table-") and kind not in ("table-row", "table-cell", "table-column"):
            yield from find_items(item, *kinds)


def find_hidden(table: Element) -> frozenset[int]:
    """Return the columns of a table that are hidden; there are 16,384 at most."""
    hidden, column = set(), 0
    for item, times in find_items(table, "table-column"):
        if attribute(item, "visibility") in UNSEEN:
            hidden |= set(range(column, min(column + times, 16_384)))
        column += times
    return frozenset(hidden)


def read_span(item: Element, name: str) -> int:
    """Return a number of rows or columns that an attribute states, 1 where it states none."""
    match = SPAN.fullmatch(attribute(item, name))
    return max(1, int(match[0])) if match else 1
