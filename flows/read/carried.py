"""Markup that a page carries as text and shows by script: in a hidden field, a script, a template, an inner frame.

Content systems write a report so (Hanweb's data stores, editors' fields). It is read where the page itself
shows no table and carries one such text with tables: a person sees it when the script has run.
"""

import html
import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

CARRIERS = "textarea, script, noscript, template, iframe[srcdoc]"
ESCAPED = re.compile(r"\\(?:[\"/]|u[0-9a-fA-F]{4})")  # as strings of scripts print markup
TAG = re.compile(r"<[a-z]")
ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|([nrt])|(.))", re.DOTALL)
BLANKS = {"n": "\n", "r": " ", "t": "\t"}


def find_carried(tree: LexborHTMLParser) -> str:
    """Return the markup with tables that a page carries as text; an empty text where it carries none, or several that differ."""
    found = {markup for text in find_texts(tree) if (markup := read_markup(text))}
    return found.pop() if len(found) == 1 else ""


def find_texts(tree: LexborHTMLParser) -> Iterator[str]:
    """Yield the texts that may be markup."""
    for node in tree.css(CARRIERS):
        if node.tag == "iframe":
            yield node.attributes.get("srcdoc") or ""
        elif node.tag in ("noscript", "template"):
            yield inner_markup(node)
        else:
            yield node.text() or ""


def inner_markup(node: LexborNode) -> str:
    """Return the markup inside an element, whether it is kept as text or as elements."""
    whole = node.html or ""
    return whole[whole.find(">") + 1 : whole.rfind("<")]


def read_markup(text: str) -> str:
    """Return the markup with tables that a text is: plainly, with its marks escaped, or as a string of a script.

    >>> read_markup('var a = "<p>x<\\\\/p><table><tr><td>1<\\\\/table>";')
    '<p>x</p><table><tr><td>1</table>'
    >>> read_markup("&lt;table&gt;&lt;td&gt;1&lt;/table&gt;"), read_markup("if (a < b) c();")
    ('<table><td>1</table>', '')
    """
    if "table" not in text.lower():
        return ""
    plain = unescape_string(text) if ESCAPED.search(text) else text
    for shown in (plain, html.unescape(plain)):
        small = shown.lower()
        first = TAG.search(small)
        if first is not None and "<table" in small and "</table" in small:
            return shown[first.start() : shown.find(">", shown.rfind("</")) + 1]
    return ""


def unescape_string(text: str) -> str:
    """Return a script's text with the escapes of its strings resolved."""
    shown = ESCAPE.sub(
        lambda match: chr(int(match[1], 16)) if match[1] else BLANKS.get(match[2], match[3] or ""), text
    )
    return shown.encode("utf-16", "surrogatepass").decode(
        "utf-16", "replace"
    )  # two escapes may be one character
