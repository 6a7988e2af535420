"""Which elements of a page stand otherwise than the text around them, by their tags, attributes and styles."""

import re
from collections.abc import Iterator, Mapping

from selectolax.lexbor import LexborHTMLParser, LexborNode

from flows.read.runs import Standing
from flows.read.styles import Style, Styles, find_matches, find_style, read_declarations

TAGS: Mapping[str, Standing] = {
    "sup": "raised", "sub": "lowered", "del": "struck", "s": "struck", "strike": "struck",
}  # fmt: skip
CELLS = frozenset(["td", "th"])
RANKS: tuple[Standing, ...] = ("", "link", "lowered", "raised", "struck", "hidden")
PLACES: Mapping[str, Standing] = {"super": "raised", "sub": "lowered"}
# Elements that can be part of a line, a cell or a row: what hides a larger part of a page shows it again on a click.
RUNS = frozenset("tr td th a abbr b big code em font i input ins label small span strong tt u".split())
# The words of styles that may change an element's standing, by the name of what is declared with them. To search the tree
# for one takes a fifth of its parsing, so it is done only where the page has both.
WORDS: Mapping[bytes, tuple[str, ...]] = {
    b"line-through": ("line-through",),
    b"display": ("none",),
    b"visibility": ("hidden", "collapse"),
    b"font-size": ("size:0", "size: 0"),
    b"vertical-align": ("super", "sub"),
}
NO_SIZE = re.compile(r"0*\.?0*(?:[a-z]+|%)?")


def find_standings(tree: LexborHTMLParser, small: bytes, styles: Styles) -> dict[int, Standing]:
    """Return the standing of each element that has one of its own, and of each cell that holds such an element.

    A hidden row hides its cells. A cell that only holds one stands as the text around it (an empty text). `small` is
    the markup in small letters, as bytes, in which words are found ten times as quickly as in a text.
    """
    found: dict[int, Standing] = {}
    for node, standing in (*find_tagged(tree), *find_ruled(tree, styles), *find_declared(tree, small)):
        if node.tag in CELLS and standing in PLACES.values():
            continue  # for a cell it says where the text stands in it
        for each in node.iter() if node.tag == "tr" else [node]:
            found[each.mem_id] = max(standing, found.get(each.mem_id, ""), key=RANKS.index)
        if standing != "link":
            for cell in find_cells(node):
                found.setdefault(cell, "")
    return found


def find_cells(node: LexborNode) -> Iterator[int]:
    """Yield the cells that an element stands in."""
    above = node.parent
    while above is not None:
        if above.tag in CELLS:
            yield above.mem_id
        above = above.parent


def find_tagged(tree: LexborHTMLParser) -> Iterator[tuple[LexborNode, Standing]]:
    """Yield the elements that stand otherwise by their tag, links, and what the attribute `hidden` hides."""
    for node in tree.css(", ".join(TAGS)):
        yield node, TAGS[node.tag or ""]
    for node in tree.css("a[href]"):
        yield node, "link"
    for node in tree.css("[hidden]"):
        yield node, "hidden"


def find_ruled(tree: LexborHTMLParser, styles: Styles) -> Iterator[tuple[LexborNode, Standing]]:
    """Yield the runs that stand otherwise by the page's own sheets, once all that is declared for them is known."""
    sheets = "".join(sheet.text() for sheet in tree.css("style")).encode().lower()
    if not declared_words(sheets):
        return
    selectors = [selector for selector, style in styles.rules if style_standing(style)]
    for _, node in find_matches(tree, selectors):
        if node.tag in RUNS or next(find_cells(node), None) is not None:
            yield node, style_standing(find_style(styles, node))


def find_declared(tree: LexborHTMLParser, small: bytes) -> Iterator[tuple[LexborNode, Standing]]:
    """Yield the elements that stand otherwise by their style attribute."""
    selector = ", ".join(f'[style*="{word}" i]' for word in declared_words(small))
    for node in tree.css(selector) if selector else ():
        if standing := style_standing(read_declarations(node.attributes.get("style") or "")):
            yield node, standing


def declared_words(small: bytes) -> list[str]:
    """Return the words that styles in a text, in small letters, may declare another standing with."""
    return [
        word for name, words in WORDS.items() if name in small for word in words if word.encode() in small
    ]


def style_standing(style: Style) -> Standing:
    """Return the standing that declarations give, the one that says most first.

    >>> style_standing({"display": "none"}), style_standing({"font-size": "0px"}), style_standing({"font-size": "0.9em"})
    ('hidden', 'hidden', '')
    >>> style_standing({"text-decoration": "line-through red"}), style_standing({"vertical-align": "super"})
    ('struck', 'raised')
    """
    size = style.get("font-size")
    if (
        style.get("display") == "none"
        or style.get("visibility") in ("hidden", "collapse")
        or (size and NO_SIZE.fullmatch(size))
    ):
        return "hidden"
    if any("line-through" in style.get(name, "") for name in ("text-decoration", "text-decoration-line")):
        return "struck"
    return PLACES.get(style.get("vertical-align", ""), "")
