"""What a page links, frames or shows that may hold its tables: files, frames, pictures, in the order of the page."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qs, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from flows.cells import clean_text, fold_text
from flows.model import Link

FILES = frozenset("pdf doc docx xls xlsx wps et csv rtf odt ods zip mht mhtml".split())
PICTURES = frozenset("png jpg jpeg gif bmp tif tiff webp".split())
# What the address of a file or picture holds, or of a page that shows one; the links of a menu hold none of it.
FILE_SIGN = re.compile(rf"\.(?:{'|'.join(sorted(FILES | PICTURES))})(?:[?#]|$)|[?&]file=", re.IGNORECASE)
MAX_LINKS = 500
MAX_ATTACHMENTS = 20
PICTURE_SIZE = 200  # pixels: a smaller picture is an ornament
LIKELY = re.compile("附件|附表|统计表|年度报告|年报|信息公开")
ORNAMENT = re.compile(r"logo|icon|banner|arrow|qrcode|erweima|button|btn|share|weixin|wechat", re.IGNORECASE)


def find_links(tree: LexborHTMLParser) -> tuple[Link, ...]:
    """Return the files, frames and pictures of a page, each address once, at most 500."""
    found: dict[str, Link] = {}
    for node in tree.css("a[href], iframe, frame, embed, object, img[src]"):
        for link in link_of(node):
            found.setdefault(link.url, link)
        if len(found) >= MAX_LINKS:
            break
    return tuple(found.values())


def link_of(node: LexborNode) -> Iterator[Link]:
    """Yield the link that an element is, if it leads to something that can hold a table."""
    attributes = node.attributes
    url = (attributes.get("href") or attributes.get("src") or attributes.get("data") or "").strip()
    if node.tag in ("a", "img") and not FILE_SIGN.search(url):
        return
    url = viewed_file(url)
    if not url or url.startswith(("javascript:", "data:", "about:", "#", "mailto:")):
        return
    ending = ending_of(url)
    if node.tag == "img":
        if ending in PICTURES and not is_ornament(node, url):
            yield Link(url, clean_text(attributes.get("alt") or attributes.get("title") or ""), "picture")
    elif ending in FILES or (node.tag == "a" and ending in PICTURES):
        text = clean_text(node.text()) or clean_text(attributes.get("title") or "")
        yield Link(url, text, "file" if ending in FILES else "picture")
    elif node.tag != "a":
        yield Link(url, clean_text(attributes.get("title") or ""), "frame")


def viewed_file(url: str) -> str:
    """Return the file that a viewer in the page shows (`viewer.html?file=/a.pdf`), else the address itself."""
    try:
        query = parse_qs(urlsplit(url).query)
    except ValueError:
        return ""
    shown = next(iter(query.get("file", [])), "")
    return shown if ending_of(shown) in FILES else url


def ending_of(url: str) -> str:
    """Return the ending of the file that an address names, in lower case, or an empty text."""
    try:
        name = urlsplit(url).path.rpartition("/")[2]
    except ValueError:
        return ""
    return name.rpartition(".")[2].lower() if "." in name else ""


def is_ornament(node: LexborNode, url: str) -> bool:
    """Return whether a picture is one of the page's frame: small, or named so."""
    sizes = (re.match(r"\d{1,5}", node.attributes.get(side) or "") for side in ("width", "height"))
    return bool(ORNAMENT.search(url)) or any(size and int(size[0]) < PICTURE_SIZE for size in sizes)


def order_links(links: Sequence[Link]) -> list[Link]:
    """Return the links worth following, at most 20: those that speak of a report first, files before frames before pictures."""
    ranks = {"file": 0, "frame": 1, "picture": 2}
    return sorted(
        links, key=lambda link: (not LIKELY.search(fold_text(link.text + link.url)), ranks[link.kind])
    )[:MAX_ATTACHMENTS]
