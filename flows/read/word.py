"""Word documents to a Document: text in reading order and every innermost table as a grid.

The XML of DOCX is walked as it is printed: tracked deletions, hidden text, field codes and the
second copy of a text box go, and what is left is read as `read_html` reads a page.
"""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from itertools import accumulate, islice

from flows.cells import clean_text
from flows.errors import ReadError
from flows.model import Document
from flows.read.grids import add_grid, check_cells
from flows.read.html import Page
from flows.read.office import (
    DOCX,
    Element,
    attribute,
    clean_lines,
    damaged,
    find_core_title,
    find_part,
    local_name,
    open_package,
    parse_file,
    read_part,
)
from flows.read.runs import Run, Standing, join_runs, note_unread, passes_for_value

MARKS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
WRAPPERS = frozenset("sdt sdtContent customXml ins moveTo AlternateContent Choice Fallback".split())
ELSEWHERE = ("altChunk", "subDoc")  # content that lies in another file
TITLE_STYLES = ("title", "heading 1", "标题", "标题 1")
OFF = ("0", "false", "off")
SWITCHES: Mapping[str, Standing] = {"vanish": "hidden", "strike": "struck", "dstrike": "struck"}
PLACES: Mapping[str, Standing] = {"superscript": "raised", "subscript": "lowered"}
PICTURES = ("{*}pic", "{*}imagedata", "{*}OLEObject", "{*}chart")
STANDINGS = frozenset([*SWITCHES, "vertAlign"])  # the properties of a run that say how it stands
SPAN = re.compile(r"[0-9]{1,9}", re.ASCII)
SLIM = 60  # twentieths of a point: edges of columns as near are one (3 points, as in PDF)

Place = tuple[Element, int, int]  # a cell, and its columns from the first to before the last


def read_docx(data: bytes, name: str, charset: str = "") -> Document:  # noqa: ARG001 (the file says its own)
    """Return the document's text, one paragraph a line, and its innermost tables with merged cells repeated.

    The text of a table stands in the document's text too, a row a line and cells parted by
    tabs, at the place that the grid names. Raises ReadError for another kind of file, for a
    damaged one, and where sizes or cells pass the limits.
    """
    package = open_package(data, name, DOCX)
    main = find_part(package, "", "officeDocument")
    root = read_part(package, main or "word/document.xml")
    styles = find_part(package, main, "styles")
    return read_body(root, read_part(package, styles) if styles else None, find_core_title(package), name)


def read_xml_word(data: bytes, name: str, charset: str = "") -> Document:
    """Return the Document of a Word document in one XML file: that of Word 2003, or the parts of a DOCX in one."""
    root = parse_file(data, name, charset)
    body = next(root.iter("{*}body"), None)
    if body is None:
        raise damaged(name, "a Word document without a body", "Word 文档没有正文")
    return read_body(body, next(root.iter("{*}styles"), None), [], name)


def read_body(root: Element, styles: Element | None, titles: list[str], name: str) -> Document:
    """Return the Document of a body and the styles it uses; `titles` are those in the file's properties."""
    title_styles, standings = find_styles(styles) if styles is not None else (frozenset(), {})
    apply_styles(root, standings)
    drop_unprinted(root)
    page = Page(name)
    write_blocks(root, page)
    headings = [
        clean_text(paragraph_text(each)[0]) for each in root.iter("{*}p") if style_of(each) in title_styles
    ]
    return Document(
        name=name,
        text="".join(page.pieces),
        grids=tuple(page.grids),
        headings=tuple([each for each in headings if each] + titles),
    )


def find_styles(styles: Element) -> tuple[frozenset[str], dict[str, list[Element]]]:
    """Return the ids of the styles of titles, and by style the properties that give its text another standing."""
    titles, standings = set(), {}
    for style in styles.iterfind("{*}style"):
        code = attribute(style, "styleId")
        if attribute(style.find("{*}name"), "val").lower() in TITLE_STYLES:
            titles.add(code)
        found = [each for each in style.iterfind("{*}rPr/*") if local_name(each) in STANDINGS]
        if found and code:
            standings[code] = found
    return frozenset(titles - {""}), standings


def apply_styles(root: Element, standings: dict[str, list[Element]]) -> None:
    """Give each run the properties of its style and its paragraph's that give another standing, unless it says itself."""
    for run in root.iter("{*}r") if standings else ():
        for block in (run, *islice(run.iterancestors("{*}p"), 1)):
            for each in standings.get(style_of(block), ()):
                properties = run.find("{*}rPr")
                if properties is None:
                    properties = run.makeelement(str(run.tag) + "Pr")
                    run.insert(0, properties)
                if properties.find("{*}" + local_name(each)) is None:
                    properties.append(deepcopy(each))


def style_of(block: Element) -> str:
    """Return the id of a paragraph's or run's style, empty for the ordinary one."""
    kind = local_name(block)
    return attribute(block.find(f"{{*}}{kind}Pr/{{*}}{kind}Style"), "val")


def is_on(switch: Element | None) -> bool:
    """Return whether a property that is there is not switched off again."""
    return switch is not None and attribute(switch, "val") not in OFF


# What is in the file but not on paper


def drop_unprinted(root: Element) -> None:
    """Take out of a document what Word does not print."""
    for element in [*find_deleted(root), *find_copies(root), *find_hidden(root), *find_nested(root)]:
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)


def find_deleted(root: Element) -> Iterator[Element]:
    """Yield tracked deletions, rows deleted or hidden, and the reading aids above characters."""
    for element in root.iter("{*}del", "{*}moveFrom", "{*}hidden", "{*}rt"):
        parent = element.getparent()
        above = local_name(parent) if parent is not None else ""
        if above == "trPr" and parent is not None and (row := parent.getparent()) is not None:
            if is_on(element):
                yield row
        elif above != "rPr" and local_name(element) != "hidden":  # below rPr it is the paragraph's mark
            yield element


def find_copies(root: Element) -> Iterator[Element]:
    """Yield every way but the first of showing one thing, such as a text box for old and new programs."""
    for ways in root.iter("{*}AlternateContent"):
        yield from [*ways.iterfind("{*}Choice"), *ways.iterfind("{*}Fallback")][1:]


def find_hidden(root: Element) -> Iterator[Element]:
    """Yield the runs that are hidden, but not those with digits in a table: what hides them is not known to be meant."""
    for switch in root.iter("{*}vanish"):
        for run in islice(switch.iterancestors(), 1, 2):
            if local_name(run) != "r" or not is_on(switch):
                continue
            digits = any(mark.isdecimal() for text in run.iterfind("{*}t") for mark in text.text or "")
            if not digits or next(run.iterancestors("{*}tc"), None) is None:
                yield run


def find_nested(root: Element) -> Iterator[Element]:
    """Yield the text that stands in a field's code: results of fields which only help to compute it.

    A field without an end takes nothing with it.
    """
    depth = code = 0  # how many fields are open, and which is the outermost of which we stand in the code
    held: list[Element] = []
    for element in root.iter("{*}fldChar", "{*}t"):
        kind = attribute(element, "fldCharType")
        if local_name(element) == "t":
            if code:
                held.append(element)
        elif kind == "begin":
            depth += 1
            code = code or depth
        elif kind in ("separate", "end"):
            if depth == code:
                yield from held
                held, code = [], 0
            depth = max(0, depth - 1) if kind == "end" else depth


# Paragraphs


def write_blocks(parent: Element, page: Page) -> None:
    """Write the paragraphs and tables below an element, in their order."""
    for block in parent:
        kind = local_name(block)
        if kind == "p":
            write_paragraph(block, page)
        elif kind == "tbl":
            write_table(block, page)
        elif kind in ELSEWHERE:
            raise ReadError(
                f"{page.name}: part of the text lies in another file ({kind}). "
                "Open it in Word or WPS, save it as DOCX again and try that.",
                f"{page.name}：部分正文位于另一文件（{kind}）。请用 Word 或 WPS 打开并重新另存为 DOCX 后再试。",
            )
        elif not kind.endswith("Pr"):
            write_blocks(block, page)


def write_paragraph(paragraph: Element, page: Page) -> None:
    """Write one paragraph as a line, and what its text boxes hold below it.

    No line ends where the mark that would end it is deleted or hidden: the next one goes on there.
    """
    text, boxes = paragraph_text(paragraph)
    if text:
        page.write(text)
    mark = paragraph.find("{*}pPr/{*}rPr")
    if mark is None or (mark.find("{*}del") is None and not is_on(mark.find("{*}vanish"))):
        page.break_line()
    for box in boxes:
        page.break_line()
        write_blocks(box, page)


def paragraph_text(paragraph: Element) -> tuple[str, list[Element]]:
    """Return a paragraph's text, and the text boxes anchored in it."""
    boxes: list[Element] = []
    return join_runs(find_pieces(paragraph, boxes)), boxes


def find_pieces(parent: Element, boxes: list[Element]) -> Iterator[Run]:
    """Yield the text below a paragraph or a part of one with its standing; text boxes go to `boxes`."""
    for element in parent:
        kind = local_name(element)
        if kind == "t":
            yield read_text(element), ""
        elif kind == "r":
            yield "".join(text for text, _ in find_pieces(element, boxes)), find_standing(element)
        elif kind in MARKS:
            yield MARKS[kind], ""
        elif kind == "sym":
            yield read_symbol(element), ""
        elif kind == "txbxContent":
            boxes.append(element)
        elif not kind.endswith("Pr"):
            yield from find_pieces(element, boxes)


def find_standing(run: Element) -> Standing:
    """Return how a run of text stands by its properties, those of its style with them."""
    properties = run.find("{*}rPr")
    if properties is None:
        return ""
    for name, standing in SWITCHES.items():
        if is_on(properties.find("{*}" + name)):
            return standing
    return PLACES.get(attribute(properties.find("{*}vertAlign"), "val"), "")


def read_text(element: Element) -> str:
    """Return the text of a `w:t`; blanks around it count only where it says so."""
    text = re.sub(r"[\r\n]+", " ", element.text or "")
    return (
        text
        if element.get("{http://www.w3.org/XML/1998/namespace}space") == "preserve"
        else text.strip(" \t")
    )


def read_symbol(element: Element) -> str:
    """Return a symbol of a font without Unicode: never nothing, so that a number beside it is not read alone."""
    code = attribute(element, "char")
    return (
        chr(int(code, 16)) if re.fullmatch("[Ee][0-9A-Fa-f]{3}|[Ff][0-8][0-9A-Fa-f]{2}", code) else "\ufffc"
    )


# Tables


def write_table(table: Element, page: Page) -> None:
    """Write an innermost table as a grid; one that holds tables is layout, its cells are blocks."""
    page.break_line()
    if any(inner is not table for inner in table.iter("{*}tbl")):
        for row in find_inner(table, "tr"):
            for cell in find_inner(row, "tc"):
                write_blocks(cell, page)
                page.break_line()
        return
    add_grid(page, *expand_spans(table, page))


def find_inner(parent: Element, kind: str) -> Iterator[Element]:
    """Yield the rows of a table or the cells of a row, those in content controls too."""
    for element in parent:
        name = local_name(element)
        if name == kind:
            yield element
        elif name in WRAPPERS:
            yield from find_inner(element, kind)


def expand_spans(table: Element, page: Page) -> tuple[list[list[str]], set[tuple[int, int]]]:
    """Return the rows as a rectangle of text, and the places that print no cell of their own.

    These repeat a merged cell, or the row ends before them.
    """
    filled: dict[tuple[int, int], str] = {}
    continued: set[tuple[int, int]] = set()
    above: dict[int, str] = {}  # by its first column, the text of each cell that may go on below
    ends: list[int] = []
    width = 0
    placed = join_slim_columns(table, place_cells(table, page))
    for height, (cells, last) in enumerate(placed):
        merged: dict[int, str] = {}
        for number, (cell, at, end) in enumerate(cells):
            check_cells(page, end, len(filled) + end - at, end - at)
            down, left = read_merge(cell, "vMerge"), read_merge(cell, "hMerge")
            repeated = above.get(at) if down == "continue" else None
            if left == "continue" and number > 0:
                repeated = filled[height, at - 1]
            text = cell_text(cell, page) if repeated is None else repeated
            if down:
                merged[at] = text
            filled.update({(height, column): text for column in range(at, end)})
            continued.update((height, column) for column in range(at + (repeated is None), end))
        ends.append(cells[-1][2])
        width, above = max(width, last), merged
    continued.update((row, column) for row, end in enumerate(ends) for column in range(end, width))
    return [[filled.get((r, c), "") for c in range(width)] for r in range(len(placed))], continued


def place_cells(table: Element, page: Page) -> list[tuple[list[Place], int]]:
    """Return each row that has cells: these with the columns from their first to before their last, and where it ends."""
    rows = []
    for row in find_inner(table, "tr"):
        at, places = read_span(row, "trPr/gridBefore", 0), list[Place]()
        for cell in find_inner(row, "tc"):
            end = at + max(1, read_span(cell, "tcPr/gridSpan", 1))
            places.append((cell, at, end))
            at = end
        at += read_span(row, "trPr/gridAfter", 0)
        check_cells(page, at, 0, 0)
        if places:
            rows.append((places, at))
    return rows


def join_slim_columns(table: Element, rows: list[tuple[list[Place], int]]) -> list[tuple[list[Place], int]]:
    """Return the rows of a table without columns that no cell fits in.

    Where one edge was rounded in two ways, or moved by hand a little in some rows, Word and
    LibreOffice have a column between the two, and a figure would stand below another heading.
    A table with a cell in such a column stays as it is.
    """
    widths = [read_span(column, "", 0, "w") for column in table.iterfind("{*}tblGrid/{*}gridCol")]
    edges, kept = [0], 0  # the new number of each edge, and where the last one that counts lies
    for place in accumulate(widths):
        moves = place - kept > SLIM
        edges.append(edges[-1] + moves)
        kept = place if moves else kept
    if edges[-1] == len(widths) or any(last > len(widths) for _, last in rows):
        return rows
    moved = [
        ([(cell, edges[at], edges[end]) for cell, at, end in cells], edges[last]) for cells, last in rows
    ]
    whole = all(at < end for cells, _ in moved for _, at, end in cells)
    return moved if whole else rows


def read_span(element: Element, path: str, default: int, name: str = "val") -> int:
    """Return a number that a property states: of columns, or a width in twentieths of a point."""
    found = element.find("{*}" + path.replace("/", "/{*}")) if path else element
    match = SPAN.match(attribute(found, name))
    return int(match[0]) if match else default


def read_merge(cell: Element, kind: str) -> str:
    """Return `restart` or `continue` for a merged cell, an empty text for another."""
    merge = next(
        (each for name in (kind, kind.lower()) for each in cell.iterfind("{*}tcPr/{*}" + name)), None
    )
    if merge is None:
        return ""
    return "restart" if attribute(merge, "val") == "restart" else "continue"


def cell_text(cell: Element, page: Page) -> str:
    """Return a cell's text, its paragraphs and line breaks on lines of their own."""
    inner = Page(page.name)
    write_blocks(cell, inner)
    text = clean_lines("".join(inner.pieces).split("\n"))
    return f"{text} {name_picture(cell, text)}".strip() if passes_for_value(text) else text


def name_picture(cell: Element, text: str) -> str:
    """Return a note of the picture or object in a cell, beside a text only if it stands in its line; drawn lines are none."""
    places = cell.iter("{*}inline", "{*}object") if text else [cell]
    pictures = (each for place in places for each in place.iter(*PICTURES))
    if next(pictures, None) is None:
        return ""
    return note_unread(
        "image", next((each.get("name", "") for each in cell.iter("{*}docPr", "{*}cNvPr")), "")
    )
