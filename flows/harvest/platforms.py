"""List pages to links: one function for each kind of platform that government portals publish their lists on.

A function takes the text of one answer and its address, and returns every link with its title as printed,
and the addresses of the further pages of the list. Which link is a report, whose and of which year is told
later, by its title and its page, never by its address.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit
from xml.etree import ElementTree

from selectolax.lexbor import LexborHTMLParser, LexborNode

from flows.cells import clean_text
from flows.errors import FetchError
from flows.harvest.markup import check_markup

MAX_PAGES = 200  # of one list: a count above is a fault of the page, or of our reading it
CUT = re.compile(r"(?:…|\.{3})$")
DATE = re.compile(r"20\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}")
# The scripts that write the numbers below a list: `createPageHTML(3, 0, "index", "shtml")`, `Pager({size:3, …})`.
PAGER_CALL = re.compile(r"createPageHTML\s*\(([^()]*)\)")
PAGER_OBJECT = re.compile(r"\bPager\s*\(\s*\{([^{}]*)\}")
PAGER_FIELD = re.compile(r"(\w+)\s*:\s*['\"]?([\w./-]+)")
ARGUMENT = re.compile(r"\s*(?:(['\"])(?P<text>.*?)\1|(?P<number>\d+))\s*(?:,|$)")
COUNT_VARIABLE = re.compile(r"\bvar\s+countPage\s*=\s*(\d+)")
EXTENSIONS = ("shtml", "html", "htm", "jhtml")
NEXT = frozenset(("下一页", "下页", "后一页", ">", "»"))


@dataclass(frozen=True)
class Link:
    """One entry of a list: its address, its title as printed, and the date beside it as printed, if any."""

    url: str
    title: str
    date: str = ""


@dataclass(frozen=True)
class ListPage:
    """What one page of a list holds: its entries, and the addresses of the list's other pages that it tells of."""

    links: tuple[Link, ...]
    pages: tuple[str, ...] = ()


def read_html_list(text: str, url: str) -> ListPage:
    """Return the links of a list that is a page of markup, static or written by a server (`list.jsp?page=2`).

    The number of pages sits in a script that draws the pager, or the pager is made of links.
    """
    tree = parse_markup(text, url)
    return ListPage(
        tuple(find_links(tree, url)), tuple(dict.fromkeys([*script_pages(text, url), *next_pages(tree, url)]))
    )


def parse_markup(text: str, url: str) -> LexborHTMLParser:
    """Return the tree of markup; raise ReadError for markup that would stall the parser."""
    check_markup(text, url)
    return LexborHTMLParser(text)


def find_links(tree: LexborHTMLParser, url: str) -> Iterator[Link]:
    """Yield the links of markup in printed order; a title that is cut on the page is taken from its `title` attribute."""
    for node in tree.css("a[href]"):
        target = join_address(url, node.attributes.get("href") or "")
        shown, whole = clean_text(node.text()), clean_text(node.attributes.get("title") or "")
        title = whole if whole and (not shown or CUT.search(shown) or whole.startswith(shown)) else shown
        if target and title:
            yield Link(target, title, date_beside(node))


def date_beside(node: LexborNode) -> str:
    """Return the date in the row of a list that a link stands in, or an empty text."""
    row = node.parent
    while row is not None and row.tag not in ("li", "tr", "dd", "p", "div"):
        row = row.parent
    found = DATE.search(row.text()) if row is not None and len(row.css("a[href]")) == 1 else None
    return found[0] if found else ""


def join_address(base: str, target: str) -> str:
    """Return the full address of a link without its fragment; empty where it leads to no page (`javascript:`, `#`)."""
    try:
        parts = urlsplit(urljoin(base, target.strip()))
        named = parts.hostname is not None
    except ValueError:  # no address at all: `http://[`
        return ""
    if parts.scheme not in ("http", "https") or not named or target.strip().startswith("#"):
        return ""
    return urlunsplit(parts._replace(fragment=""))


def script_pages(text: str, url: str) -> Iterator[str]:
    """Yield the addresses of the pages after the first that a pager's script counts: `index_1.shtml`, `index_2.shtml`."""
    for call in PAGER_CALL.finditer(text):
        arguments = list(ARGUMENT.finditer(call[1]))
        words = [each["text"] for each in arguments if each["text"] is not None]
        numbers = [int(each["number"]) for each in arguments if each["number"]]
        named = len(words) > 1 and words[-1] in EXTENSIONS
        if call[1].lstrip().startswith("countPage") and (counted := COUNT_VARIABLE.search(text)):
            numbers = [int(counted[1])]
        if named and numbers:
            yield from numbered_pages(url, numbers[0], words[-2], words[-1])
    for drawn in PAGER_OBJECT.finditer(text):
        fields = dict(PAGER_FIELD.findall(drawn[1]))
        if fields.get("size", "").isdecimal() and {"prefix", "suffix"} <= fields.keys():
            yield from numbered_pages(url, int(fields["size"]), fields["prefix"], fields["suffix"])


def numbered_pages(url: str, count: int, name: str, extension: str) -> Iterator[str]:
    """Yield the addresses of pages 2 to `count` beside the first one; raise FetchError for a count beyond belief."""
    check_count(url, count)
    yield from (urljoin(url, f"{name}_{number}.{extension}") for number in range(1, count))


def next_pages(tree: LexborHTMLParser, url: str) -> Iterator[str]:
    """Yield where a link to the next page leads."""
    for node in tree.css("a[href]"):
        if clean_text(node.text()) in NEXT and (
            target := join_address(url, node.attributes.get("href") or "")
        ):
            yield target


def check_count(url: str, pages: int) -> None:
    """Raise FetchError where a list says that it has more pages than any has."""
    if pages > MAX_PAGES:
        raise unusable(
            url,
            f"the list says {pages} pages, at most {MAX_PAGES} are believed",
            f"列表称有 {pages} 页，上限为 {MAX_PAGES} 页",
        )


def unusable(url: str, en: str, zh: str) -> FetchError:
    """Return the error for an answer that is not the list that its platform gives."""
    return FetchError(
        f"{url}: {en}. What was known stays. Open the address; mend its row in schemas/platforms.csv.",
        f"{url}：{zh}。已知内容不变。请打开网址核对，并修改 schemas/platforms.csv 中的该行。",
    )


def read_gkmlpt_list(text: str, url: str) -> ListPage:
    """Return the links of a `gkmlpt` answer (Guangdong and others): JSON with `articles` and their `total`; pages by `page=`."""
    content = load_object(text, url)
    articles = content.get("articles")
    if not isinstance(articles, list):
        raise unusable(url, "JSON without 'articles'", "JSON 中没有 articles")
    links = tuple(
        Link(join_address(url, str(each["url"])), clean_text(str(each["title"])), str(each.get("date") or ""))
        for each in articles
        if isinstance(each, dict) and each.get("url") and each.get("title")
    )
    total = content.get("total")
    count = ceil(total / len(articles)) if isinstance(total, int) and articles else 1
    return ListPage(links, tuple(query_pages(url, "page", count)))


def read_jpaas_list(text: str, url: str) -> ListPage:
    """Return the links of a JPaaS answer: JSON whose `data.html` is the markup of the list with its count."""
    data = load_object(text, url).get("data")
    markup = data.get("html") if isinstance(data, dict) else None
    if not isinstance(markup, str):
        raise unusable(url, "JSON without 'data.html'", "JSON 中没有 data.html")
    tree = parse_markup(markup, url)
    pager = tree.css_first("[count][rows]")
    count = 1
    if pager is not None:
        entries, rows = (read_number(pager.attributes.get(name)) for name in ("count", "rows"))
        count = ceil(entries / rows) if rows else 1
    return ListPage(tuple(find_links(tree, url)), tuple(query_pages(url, "pageNo", count)))


def read_dataproxy_list(text: str, url: str) -> ListPage:
    """Return the links of a `dataproxy` answer: XML whose records are markup, with `totalrecord`; pages by `startrecord=`."""
    try:
        root = ElementTree.fromstring(text)  # expat since 2.4 refuses entities that multiply
    except ElementTree.ParseError as error:
        raise unusable(url, f"not XML ({error})", f"不是 XML（{error}）") from error
    records = [record.text or "" for record in root.iter("record")]
    tree = parse_markup("\n".join(records), url)
    total = read_number(root.findtext("totalrecord"))
    return ListPage(tuple(find_links(tree, url)), tuple(record_pages(url, total, len(records))))


def record_pages(url: str, total: int, shown: int) -> Iterator[str]:
    """Yield the addresses of the groups of records after the first, each as large as that; a later one tells of none."""
    if shown and is_first(url, "startrecord"):
        check_count(url, ceil(total / shown))
        for start in range(shown + 1, total + 1, shown):
            yield with_query(
                url, {"startrecord": str(start), "endrecord": str(min(start + shown - 1, total))}
            )


def query_pages(url: str, name: str, count: int) -> Iterator[str]:
    """Yield the addresses of pages 2 to `count`, told by a number in the query; a later page tells of none.

    The last page of a list is shorter than the others, and what is counted from it would be too much.
    """
    if is_first(url, name):
        check_count(url, count)
        yield from (with_query(url, {name: str(number)}) for number in range(2, count + 1))


def is_first(url: str, name: str) -> bool:
    """Return whether an address is that of a list's first page, by a number in its query."""
    return dict(parse_qsl(urlsplit(url).query)).get(name, "1") in ("0", "1")


def with_query(url: str, values: Mapping[str, str]) -> str:
    """Return an address with some values of its query set, those that are there in their place."""
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query, keep_blank_values=True)), **values}
    return urlunsplit(parts._replace(query=urlencode(query)))


def read_number(text: str | None) -> int:
    """Return a whole number in plain digits, else 0."""
    bare = (text or "").strip()
    return int(bare) if bare.isascii() and bare.isdecimal() else 0


def load_object(text: str, url: str) -> Mapping[str, Any]:
    """Return a JSON object, or raise FetchError for anything else."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise unusable(url, "not JSON", "不是 JSON") from error
    if not isinstance(content, dict):
        raise unusable(url, "JSON, but no object", "JSON 不是对象")
    return content


PLATFORMS: Mapping[str, Callable[[str, str], ListPage]] = {
    "html": read_html_list,
    "gkmlpt": read_gkmlpt_list,
    "jpaas": read_jpaas_list,
    "dataproxy": read_dataproxy_list,
}
