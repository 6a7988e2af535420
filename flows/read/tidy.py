"""What a browser does not show, or shows from a field, in the cells of tables: put right before the page is read.

Hidden text beside a figure would become digits of it. A table that is hidden as a whole stays: portals
keep the report in panels that open on a click, and a second one for telephones.
"""

import re
from collections.abc import Iterator
from contextlib import suppress

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from flows.cells import clean_text
from flows.read.styles import Style, Styles, find_style, read_declarations

# What hides an element, as it stands in the bytes of a page in small letters, and the elements that it may hide.
HIDING = {
    b"none": '[style*="none" i]',
    b"hidden": '[hidden], [style*="hidden" i]',
    b"font-size:0": '[style*="font-size:0" i]',
    b"font-size: 0": '[style*="font-size: 0" i]',
}
FIELDS = ":is(td, th) :is(input, select, textarea), :is(input, textarea):is([readonly], [disabled])"
CELLS = frozenset(["td", "th"])
TYPED = frozenset(["", "text", "number", "tel"])


def tidy_tree(tree: LexborHTMLParser, markup: str, styles: Styles) -> None:
    """Take hidden elements out of the cells of tables, and put what fields show in their place."""
    small = markup.encode().lower()  # as bytes it is ten times as quick
    if hiding := [selector for word, selector in HIDING.items() if word in small]:
        nodes = find_hidden(tree, ", ".join(hiding), styles)
        hidden = {node.mem_id: node for node in nodes if is_hidden(node, styles)}
        for node in hidden.values():
            above = {each.mem_id for each in find_above(node)}
            if not above & hidden.keys() and (
                node.tag in CELLS or any(each.tag in CELLS for each in find_above(node))
            ):
                node.decompose()
    if any(tag in small for tag in (b"<input", b"<select", b"<textarea")):
        for node in tree.css(FIELDS):
            # Apart from the words around it, which must not become a part of the figure.
            node.replace_with(f" {shown_text(node)} ")


def find_hidden(tree: LexborHTMLParser, hiding: str, styles: Styles) -> Iterator[LexborNode]:
    """Yield the elements that an attribute (told by the selector `hiding`) or a rule of a style sheet may hide."""
    yield from tree.css(hiding)
    sheets = "".join(sheet.text() for sheet in tree.css("style")).encode().lower()
    for selector, style in styles.rules if any(word in sheets for word in HIDING) else ():
        if hides(style):
            with suppress(SelectolaxError):  # no selector that a browser would know either
                yield from tree.css(selector)


def find_above(node: LexborNode) -> Iterator[LexborNode]:
    """Yield the elements that an element stands in, the nearest first."""
    above = node.parent
    while above is not None:
        yield above
        above = above.parent


def is_hidden(node: LexborNode, styles: Styles) -> bool:
    """Return whether an element says by an attribute or a style that it is not shown; its own style goes before all."""
    attributes = node.attributes
    own = read_declarations(attributes.get("style") or "")
    return "hidden" in attributes or hides(own) or hides(find_style(styles, node))


def hides(style: Style) -> bool:
    """Return whether declarations hide an element."""
    return (
        style.get("display") == "none"
        or style.get("visibility") == "hidden"
        or re.fullmatch(r"0(?:px|pt|em|%)?", style.get("font-size", "")) is not None
    )


def shown_text(field: LexborNode) -> str:
    """Return what a field shows: its value, its text, or the option that is chosen in it."""
    if field.tag == "select":
        options = field.css("option")
        chosen = [option for option in options if "selected" in option.attributes] or options[:1]
        return clean_text(chosen[-1].text()) if chosen else ""
    if field.tag == "textarea":
        return clean_text(field.text())
    attributes = field.attributes
    return (
        clean_text(attributes.get("value") or "") if (attributes.get("type") or "").lower() in TYPED else ""
    )
