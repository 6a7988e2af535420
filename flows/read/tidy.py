"""Cells that a browser does not show are taken out of a page before it is read, and what fields show is written in their place.

A cell without a box moves those after it. Hidden text in a cell that is shown stays: it is told apart when the
cell is read (`standing.py`). A table that is hidden as a whole stays: portals keep the report in panels that
open on a click.
"""

from selectolax.lexbor import LexborHTMLParser, LexborNode

from flows.read.controls import read_control
from flows.read.standing import find_ruled, style_standing
from flows.read.styles import Styles, find_style

UNBOXED = ':is(td, th):is([hidden], [style*="none" i])'
FIELDS = ":is(td, th) :is(input, select, textarea), :is(input, textarea):is([readonly], [disabled])"


def tidy_tree(tree: LexborHTMLParser, small: bytes, styles: Styles) -> None:
    """Take cells that are not shown out of tables, and put what fields show in their place.

    `small` is the markup in small letters, as bytes.
    """
    if b"none" in small or b"hidden" in small:
        cells = [
            *tree.css(UNBOXED),
            *(node for node, _ in find_ruled(tree, styles) if node.tag in ("td", "th")),
        ]
        for cell in {cell.mem_id: cell for cell in cells if is_unboxed(cell, styles)}.values():
            cell.decompose()
    if any(tag in small for tag in (b"<input", b"<select", b"<textarea")):
        for field in tree.css(FIELDS):
            text = read_control(field).strip()
            if text and "hidden" not in field.attributes and not style_standing(find_style(styles, field)):
                # Apart from the words around it, which must not become a part of the figure.
                field.replace_with(f" {text} ")


def is_unboxed(cell: LexborNode, styles: Styles) -> bool:
    """Return whether a cell has no place in its row: what is only invisible keeps it."""
    return "hidden" in cell.attributes or find_style(styles, cell).get("display") == "none"
