"""What style attributes and style sheets say of where and how elements stand: display, spans, widths, places, lines.

A small part of CSS: rules of the page's own sheets in their order, later ones first, style attributes before
all. Rules for a medium or a width of the screen (`@media`) are left out.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
AT_RULE = re.compile(r"@[^{};]*(?:;|\{(?:[^{}]*\{[^{}]*\})*[^{}]*\})")
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
PLACING = re.compile(
    r"display|grid|flex|width|left|top|bottom|position|visibility|font-size|text-decoration|vertical-align\s*:\s*su[pb]"
)
ONE_CLASS = re.compile(r"([a-z]*)\.([\w-]+)", re.IGNORECASE)
NOT_ALWAYS = re.compile(r":(?!nth-|first-|last-|only-|not\()")  # :hover, ::before
MAX_SELECTORS = 300  # selectors that need the tree searched for each
MAX_MATCHES = 200_000  # nodes that they are for, in all

Style = Mapping[str, str]


@dataclass
class Styles:
    """The styles of a page; its sheets are read when the first style is asked for."""

    tree: LexborHTMLParser
    known: dict[int, Style] = field(default_factory=dict)

    @cached_property
    def rules(self) -> tuple[tuple[str, Style], ...]:
        """The rules of the page's sheets in their order: selector, declarations."""
        return tuple(rule for sheet in self.tree.css("style") for rule in read_sheet(sheet.text()))

    @cached_property
    def by_class(self) -> Mapping[str, list[tuple[int, str, Style]]]:
        """The rules that ask for one class and perhaps a tag: (order, tag, declarations) by class."""
        found: dict[str, list[tuple[int, str, Style]]] = {}
        for order, (selector, style) in enumerate(self.rules):
            if match := ONE_CLASS.fullmatch(selector):
                found.setdefault(match[2], []).append((order, match[1].lower(), style))
        return found

    @cached_property
    def by_node(self) -> Mapping[int, list[tuple[int, Style]]]:
        """The declarations of all other rules by the node that they are for, with their order."""
        found: dict[int, list[tuple[int, Style]]] = {}
        others = [
            (order, selector, style)
            for order, (selector, style) in enumerate(self.rules)
            if not ONE_CLASS.fullmatch(selector)
        ]
        for at, node in find_matches(self.tree, [selector for _, selector, _ in others]):
            order, _, style = others[at]
            found.setdefault(node.mem_id, []).append((order, style))
        return found


def find_matches(tree: LexborHTMLParser, selectors: Sequence[str]) -> Iterator[tuple[int, LexborNode]]:
    """Yield the nodes that selectors are for, with the place of the selector, as far as the limits go."""
    matches = 0
    for at, selector in enumerate(selectors[:MAX_SELECTORS]):
        try:
            nodes = tree.css(selector)
        except SelectolaxError:
            continue  # no selector that a browser would know either
        matches += len(nodes)
        if matches > MAX_MATCHES:
            return
        yield from ((at, node) for node in nodes)


def read_sheet(text: str) -> Iterator[tuple[str, Style]]:
    """Yield each selector of a style sheet with its declarations, if they place anything.

    >>> list(read_sheet("p { color: red } .row, ul>li { Display: FLEX }"))
    [('.row', {'display': 'flex'}), ('ul>li', {'display': 'flex'})]
    """
    for selectors, body in RULE.findall(AT_RULE.sub("", COMMENT.sub("", text))):
        if PLACING.search(body.lower()):
            style = read_declarations(body)
            for selector in selectors.split(","):
                if selector.strip() and not NOT_ALWAYS.search(selector):
                    yield selector.strip(), style


def read_declarations(text: str) -> Style:
    """Return the declarations of a rule or a style attribute, in small letters.

    >>> read_declarations("Width: 50% !important; display:none; oops")
    {'width': '50%', 'display': 'none'}
    """
    parts = (part.partition(":") for part in COMMENT.sub("", text).lower().split(";"))
    return {name.strip(): value.partition("!")[0].strip() for name, _, value in parts if value.strip()}


def find_style(styles: Styles, node: LexborNode) -> Style:
    """Return what is declared for an element: its sheets' rules, over them its style attribute."""
    if node.mem_id not in styles.known:
        styles.known[node.mem_id] = read_style(styles, node)
    return styles.known[node.mem_id]


def read_style(styles: Styles, node: LexborNode) -> Style:
    """Return the declarations of all rules for an element in their order, and of its style attribute."""
    attributes = node.attributes
    ruled: list[tuple[int, Style]] = []
    if styles.rules:
        ruled += styles.by_node.get(node.mem_id, ())
        for name in (attributes.get("class") or "").split():
            ruled += [
                (order, style) for order, tag, style in styles.by_class.get(name, ()) if tag in ("", node.tag)
            ]
    declared: dict[str, str] = {}
    for _, style in sorted(ruled, key=lambda each: each[0]):
        declared.update(style)
    return {**declared, **read_declarations(attributes.get("style") or "")}
