"""Tables without `table`: blocks that are laid out as rows and cells, told by styles, classes or structure alone.

A run of siblings with short texts in several children each is a table, if figures stand in it. Where all
fits exactly, with the spans that styles and attributes declare, it is a grid. Where rows are certain
but not their columns (`div`s span no rows), the cells of a row are still told apart, a row a line. The rest
stays text: nothing is guessed.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from selectolax.lexbor import LexborNode

from flows.cells import UNITS, clean_text, parse_value, split_unit
from flows.read.boxes import Block, Cell, beside, block_of, place_rows, stack
from flows.read.placing import find_columns, place_items, read_spans, split_wrapped, widths_to_spans
from flows.read.styles import Styles, find_style

MAX_LEVELS = 7  # levels of rows and cells in each other
MAX_CELL_NODES = 60
MAX_CELL_TEXT = 300  # characters; the longest label of a form has about 60
# A piece of text, between NULs, that can be (a part of) a figure: digits, with marks and the words of units.
FIGURE = re.compile(r"(?<![^\0])[{0}]*\d[{0}]*(?![^\0])".format(r"\s\d,，.．%％+\-－−" + "".join(UNITS)))
MIN_FIGURES = 3  # a table of figures has some; menus and lists of news have none
MIN_ROWS = 2
FREE_CELLS = 3  # children of a cell without any hint from which on they are cells of their own

INLINE = frozenset(
    "a abbr b bdi bdo big code em font i ins label mark nobr small span strong sub sup time tt u var".split()
)
IGNORED = frozenset("br hr wbr img script style link meta input col colgroup o:p".split())
UNFIT = frozenset(
    (
        "table thead tbody tfoot tr td th caption h1 h2 h3 h4 h5 h6 iframe object embed video form noscript template "
        "textarea"
    ).split()
)
UNFIT_INSIDE = ", ".join(
    sorted(UNFIT - {"thead", "tbody", "tfoot", "tr", "td", "th", "caption"})
)  # as a selector
ROW_CLASS = re.compile(r"(?:^|[-_]|table|grid|flex)(?:row|tr)[-_]?\d*$")
ROWS_CLASS = re.compile(r"(?:^|[-_])(?:table|tbody|thead|tfoot|rows)$")
CELL_CLASS = re.compile(r"(?:^|[-_]|table|grid)(?:cell|td|th|col|column)(?:[-_]?\w+)?$")
ROLES = {
    "row": "row", "table": "rows", "grid": "rows", "rowgroup": "rows", "treegrid": "rows",
    "cell": "cell", "gridcell": "cell", "columnheader": "cell", "rowheader": "cell",
}  # fmt: skip
DISPLAYS = {
    "table-row": "row", "flex": "row", "inline-flex": "row", "-webkit-flex": "row", "-webkit-box": "row",
    "table": "rows", "inline-table": "rows", "table-row-group": "rows", "table-header-group": "rows",
    "table-footer-group": "rows", "table-cell": "cell", "grid": "grid", "inline-grid": "grid", "contents": "row",
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """An element as a part of a table: a leaf is a cell, one with `kids` rows or a row, as far as its `role` says."""

    node: LexborNode
    role: str = ""
    kids: tuple["Part", ...] = ()


@dataclass
class Search:
    """The search of a page for tables in blocks: its styles, the elements that begin none, those that one has taken.

    `ahead` counts the figures in an element and those after it, up to one that holds a table; elements
    with too `few` hold no table themselves, nor does anything in them.
    """

    styles: Styles
    ahead: dict[int, int] = field(default_factory=dict)
    few: set[int] = field(default_factory=set)
    tried: set[int] = field(default_factory=set)
    taken: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Laid:
    """A table found in blocks: a rectangle where it fits exactly, else its rows, each as its cells."""

    block: Block | None
    lines: tuple[tuple[LexborNode, ...], ...] = ()


def find_laid(node: LexborNode, search: Search) -> Laid | None:
    """Return the table that begins with an element and may go on with its next siblings, or None."""
    if (
        not has_figures(node, search)
        or node.tag in INLINE
        or node.tag in UNFIT
        or not may_begin(node)
        or node.mem_id in search.tried
    ):
        return None
    first = read_part(node, search.styles) if node.css_first(UNFIT_INSIDE) is None else None
    if first is None or holds_tables(first, search.styles):
        return None
    following = read_siblings(node, search.styles)
    parts = [first]
    if not first.kids:  # one title may stand above the rows
        parts += itertools.islice(following, 1)
        if not is_row(parts[-1]):
            return None
    if is_row(parts[-1]):
        parts += following
    while len(parts) > 1 and not parts[-1].kids:
        parts.pop()
    laid = lay_table(parts, search.styles)
    # The end of what is no table is none either.
    (search.tried if laid is None else search.taken).update(part.node.mem_id for part in parts)
    return laid


def has_figures(node: LexborNode, search: Search) -> bool:
    """Return whether an element and those after it hold the figures of a table: a quick look that spares most of a page."""
    if node.mem_id not in search.ahead and node.parent is not None:
        count_figures_ahead(node.parent, search)
    return search.ahead.get(node.mem_id, 0) >= MIN_FIGURES


def count_figures_ahead(parent: LexborNode, search: Search) -> None:
    """Count the figures of an element's children, from the last to the first; a table of blocks holds no `table`."""
    ahead = 0
    for child in reversed(list(parent.iter())):
        if child.css_first("table") is not None:
            ahead = 0
        else:
            own = len(FIGURE.findall(child.text(separator="\0")))
            ahead += own
            if own < MIN_FIGURES:
                search.few.add(child.mem_id)
        search.ahead[child.mem_id] = ahead


def may_begin(node: LexborNode) -> bool:
    """Return whether an element, or the one after it, holds elements and no text beside them: a quick look at each block."""
    if holds_blocks(node):
        return True
    following = node.next
    while following is not None and (following.tag or "").startswith("-"):
        following = following.next
    return following is not None and following.tag == node.tag and holds_blocks(following)


def holds_blocks(node: LexborNode) -> bool:
    """Return whether an element holds elements and no text beside them, more than one word of a line."""
    kids = find_kids(node)
    return kids is not None and (len(kids) > 1 or any(kid.tag not in INLINE for kid in kids))


def lay_table(parts: Sequence[Part], styles: Styles) -> Laid | None:
    """Return parts below each other as a table, or None where they hold too few figures or their rows are not certain."""
    leaves = [leaf for part in parts for leaf in find_leaves(part)]
    if count_figures(leaves) < MIN_FIGURES:
        return None
    block = lay_rows(parts, styles)
    if block is not None:
        return Laid(block) if block.rows >= MIN_ROWS and block.columns > 1 else None
    lines = [line for part in parts for line in read_lines(part)]
    told = len(lines) > MIN_ROWS and any(len(line) > 1 for line in lines)
    return Laid(None, tuple(lines)) if told and not is_prose(parts, leaves) else None


def holds_tables(part: Part, styles: Styles) -> bool:
    """Return whether a part that is no rectangle itself holds several tables, or one beside words alone."""
    if is_row(part) or not part.kids or lay(part, styles, "rows") is not None:
        return False
    tall = [kid for kid in part.kids if kid.kids and not is_row(kid)]
    filled = [kid for kid in tall if count_figures(list(find_leaves(kid))) >= MIN_FIGURES]
    return len(filled) > 1 or (len(filled) == len(tall) == 1 and lay(filled[0], styles, "rows") is not None)


def read_siblings(node: LexborNode, styles: Styles) -> Iterator[Part]:
    """Yield the parts that follow an element directly, with the same tag and nothing between."""
    following = node.next
    while following is not None:
        if following.tag == "-text":
            if clean_text(following.text_content or ""):
                return
        elif following.tag == node.tag:
            part = read_part(following, styles)
            if part is None or not (is_row(part) or not part.kids):
                return
            yield part
        elif following.tag not in ("-comment", *IGNORED):
            return
        following = following.next


def is_row(part: Part) -> bool:
    """Return whether a part is a row of several cells."""
    return bool(part.kids) and turns(part, "rows") == "row"


def is_prose(parts: Sequence[Part], leaves: Sequence[Part]) -> bool:
    """Return whether what look like cells may be words of sentences, so that only an exact fit makes a table of them."""
    inline = any(leaf.node.tag in INLINE and leaf.role != "cell" for leaf in leaves)
    said = any(mark in leaf.node.text() for leaf in leaves for mark in "。；")
    return inline and (said or any(part.kids and part.role != "row" for part in parts))


def find_leaves(part: Part) -> Iterator[Part]:
    """Yield the cells of a part in their order."""
    if not part.kids:
        yield part
    for kid in part.kids:
        yield from find_leaves(kid)


def count_figures(leaves: Sequence[Part]) -> int:
    """Return how many cells hold nothing but a figure."""
    return sum(
        parse_value(split_unit(clean_text(leaf.node.text()))[0]).status == "reported" for leaf in leaves
    )


# Elements to parts


def read_part(node: LexborNode, styles: Styles, level: int = 0, within: str = "rows") -> Part | None:
    """Return an element as a part of a table, or None for one that no table holds: long text, headings, tables."""
    kids = find_kids(node) if level < MAX_LEVELS and node.tag not in UNFIT else None
    if not kids:
        return Part(node) if is_cell(node) else None
    role = find_role(node, styles)
    if len(kids) == 1 and role != "grid":
        inner = read_part(kids[0], styles, level, "cells" if role == "cell" else within)
        return inner and (replace(inner, node=node) if inner.kids else Part(node, role))
    if is_line(kids, role, within, styles):
        return Part(node, role) if is_cell(node) else None
    parts = [part for kid in kids if (part := read_part(kid, styles, level + 1, "cells")) is not None]
    if len(parts) < len(kids):
        return None
    return Part(node, role, split_terms(node, tuple(parts)) if node.tag == "dl" else tuple(parts))


def find_kids(node: LexborNode) -> list[LexborNode] | None:
    """Return the elements in an element that count, or None where text stands beside them."""
    kids = []
    child = node.first_child
    while child is not None:
        tag = child.tag or ""
        if tag == "-text":
            if clean_text(child.text_content or ""):
                return None
        elif not tag.startswith("-") and tag not in IGNORED:
            kids.append(child)
        child = child.next
    return kids


def is_cell(node: LexborNode) -> bool:
    """Return whether an element is small enough for a cell and holds nothing that no cell holds."""
    length = 0
    for seen, inner in enumerate(node.traverse(include_text=True), start=1):
        length += len(inner.text_content or "") if inner.tag == "-text" else 0
        if seen > MAX_CELL_NODES or length > MAX_CELL_TEXT or inner.tag in UNFIT:
            return False
    return True


def is_line(kids: Sequence[LexborNode], role: str, within: str, styles: Styles) -> bool:
    """Return whether the elements in an element are words of its text and not cells of their own."""
    if role in ("row", "rows", "grid"):
        return False
    # Within a row, paragraphs are the lines of a cell.
    lines = INLINE | {"p"} if within == "cells" else INLINE
    return (role == "cell" or all(kid.tag in lines for kid in kids)) and not any(
        find_role(kid, styles) for kid in kids
    )


def split_terms(node: LexborNode, kids: tuple[Part, ...]) -> tuple[Part, ...]:
    """Return the terms of a list and their descriptions as rows, where it has several terms."""
    starts = [at for at, kid in enumerate(kids) if kid.node.tag == "dt"]
    if len(starts) < 2 or starts[0]:
        return kids
    return tuple(
        Part(node, "row", kids[start:end])
        for start, end in zip(starts, [*starts[1:], len(kids)], strict=True)
    )


def find_role(node: LexborNode, styles: Styles) -> str:
    """Return what an element declares to be: `row`, `rows`, `cell`, `grid`, or nothing."""
    attributes = node.attributes
    if role := ROLES.get(attributes.get("role") or ""):
        return role
    style = find_style(styles, node)
    role = DISPLAYS.get(style.get("display", ""), "")
    if role == "row" and "column" in style.get("flex-direction", style.get("flex-flow", "")):
        return "rows"
    if role == "grid" and find_columns(style) < 2:
        return "rows"
    if role:
        return role
    names = (attributes.get("class") or "").lower().split()
    named = {"row": ROW_CLASS, "rows": ROWS_CLASS, "cell": CELL_CLASS}
    return next((role for role, pattern in named.items() if any(map(pattern.search, names))), "")


# Parts to a rectangle


def turns(part: Part, within: str) -> str:
    """Return whether the kids of a part stand side by side (`row`) or below each other (`rows`).

    Without a hint: cells alone make a row, rows alone stand below each other, and a cell beside
    rows is the heading of a group, so both stand in a row, unless in one themselves.
    """
    if part.role in ("row", "rows", "grid"):
        return part.role
    rows = [kid for kid in part.kids if kid.kids]
    leaves = [kid for kid in part.kids if not kid.kids]
    if not rows:
        return "row"
    # Paragraphs stand above and below tables.
    if not leaves or within == "row" or any(kid.node.tag == "p" for kid in leaves):
        return "rows"
    if all(not inner.kids for kid in rows for inner in kid.kids):
        return "rows" if len(rows) > 1 else ""
    return "row" if min(len(leaves), len(rows)) == 1 else ""


def lay(part: Part, styles: Styles, within: str) -> Block | None:
    """Return the rectangle that a part makes, or None where it does not fit or could be laid in two ways."""
    if not part.kids:
        return block_of(read_cell(part, styles))
    match turns(part, within):
        case "grid":
            return lay_grid(part, styles)
        case "rows":
            return lay_rows(part.kids, styles)
        case "row":
            return lay_row(part, styles, within)
        case _:
            return None


def lay_row(part: Part, styles: Styles, within: str) -> Block | None:
    """Return the rectangle of kids side by side; of kids that the row's width breaks, below each other too."""
    if within == "row" and not part.role and len(part.kids) < FREE_CELLS:
        return None  # two lines of one cell, or two cells
    if wrapped := split_wrapped([kid.node for kid in part.kids], styles):
        cells = iter(part.kids)
        return lay_rows([Part(part.node, "row", tuple(next(cells) for _ in row)) for row in wrapped], styles)
    blocks = [lay(kid, styles, "row") for kid in part.kids]
    return beside([block for block in blocks if block is not None]) if None not in blocks else None


def lay_rows(parts: Sequence[Part], styles: Styles) -> Block | None:
    """Return the rectangle of parts below each other."""
    blocks: list[Block | None] = []
    rows: list[list[Cell]] = []
    for part in parts:
        simple = read_simple(part, styles)
        if simple is not None:
            rows.append(simple)
            continue
        if rows:
            blocks.append(place_rows(rows))
            rows = []
        blocks.append(lay(part, styles, "rows"))
    if rows:
        blocks.append(place_rows(widths_to_spans(rows, styles)))
    return stack([block for block in blocks if block is not None]) if None not in blocks else None


def read_simple(part: Part, styles: Styles) -> list[Cell] | None:
    """Return the cells of a part that is one plain row, or one cell; None for any other."""
    if not part.kids:
        return [read_cell(part, styles)]
    if turns(part, "rows") != "row" or any(kid.kids for kid in part.kids):
        return None
    if split_wrapped([kid.node for kid in part.kids], styles):
        return None
    return [read_cell(kid, styles) for kid in part.kids]


def read_cell(part: Part, styles: Styles) -> Cell:
    """Return the cell that a leaf is, with the spans that it declares."""
    down, across = read_spans(part.node, styles)
    return Cell(part.node, down=down or 1, across=across or 1, fixed=bool(down or across))


def lay_grid(part: Part, styles: Styles) -> Block | None:
    """Return the rectangle of the kids of a CSS grid; kids that are no boxes of their own give theirs."""
    items: list[Part] = []
    for kid in part.kids:
        contents = find_style(styles, kid.node).get("display") == "contents"
        items += kid.kids if contents else [kid]
    if any(item.kids for item in items):
        return None
    return place_items([item.node for item in items], find_columns(find_style(styles, part.node)), styles)


def read_lines(part: Part) -> list[tuple[LexborNode, ...]]:
    """Return the rows of a part, each as its cells; a group's heading stands at the beginning of its first row."""
    if not part.kids:
        return [(part.node,)]
    kids = [read_lines(kid) for kid in part.kids]
    if turns(part, "rows") != "row":
        return [line for lines in kids for line in lines]
    tall = [lines for lines in kids if len(lines) > 1]
    if len(tall) > 1:
        return [line for lines in kids for line in lines]
    first = tuple(node for lines in kids for node in lines[0])
    return [first, *(tall[0][1:] if tall else [])]
