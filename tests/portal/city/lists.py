"""The list pages of a simulated city, as each platform serves them, with all their further pages."""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from html import escape
from math import ceil
from urllib.parse import urlencode

from tests.portal import Answer
from tests.portal.city.plan import City, Page, Shelf
from tests.portal.city.reports import registry
from tests.portal.falsehoods import print_falsehood
from tests.portal.frame import Middle, draw_frame, frame_page

JSON = "application/json; charset=utf-8"
XML = "text/xml; charset=utf-8"
SHOWN = 18  # characters of a title that a narrow column shows


def find_entries(city: City, shelf: Shelf, year: int | None, day: date) -> list[Page]:
    """Return the pages that a list links on a day, newest first; a page that is gone stays in its list."""
    found = [
        page
        for page in city.pages
        if page.listed == shelf.key and page.appears <= day and year in (None, page.story.year)
    ]
    return sorted(found, key=lambda page: (page.appears, page.path), reverse=True)


def answer_lists(city: City, shelf: Shelf, day: date) -> Iterator[tuple[str, Answer]]:
    """Yield every address of a list with what is answered there on a day."""
    if shelf.platform == "page":
        return
    years: Sequence[int | None] = shelf.years if "{year}" in shelf.path else [None]
    for year in years:
        path = shelf.path.replace("{year}", str(year))
        entries = find_entries(city, shelf, year, day)
        fault = dict(shelf.faults).get(year or 0, "")
        if fault or (year is not None and not entries):
            yield path, answer_fault(shelf, fault)
            continue
        pages = max(1, ceil(len(entries) / city.per_page))
        for at in range(pages):
            shown = entries[at * city.per_page : (at + 1) * city.per_page]
            yield (
                turn_page(shelf, path, at, (city.per_page, len(entries))),
                PRINTERS[shelf.style](shelf, path, shown, (at, pages, len(entries))),
            )


def answer_fault(shelf: Shelf, fault: str) -> Answer:
    """Return what stands in the place of a list: an empty one, a page that says it is not there, or a 404."""
    middle = Middle("政府信息公开年报", "<ul></ul>", name_of(shelf), "网站管理员", date(2020, 1, 1))
    match fault:
        case "empty_list":
            return Answer(frame_page("bare", middle))
        case "missing_list":
            return Answer(print_falsehood("missing", middle, 2018))
        case _:
            return Answer(frame_page("bare", middle), 404)


def name_of(shelf: Shelf) -> str:
    """Return the name of the area whose site a list stands on."""
    return registry().bodies[shelf.host].name_zh


def turn_page(shelf: Shelf, path: str, at: int, size: tuple[int, int]) -> str:
    """Return the address of one page of a list, as the platform numbers them."""
    rows, total = size
    if at == 0:
        return path
    match shelf.style:
        case "municipal" | "folders":
            return f"{path}index_{at}.html"
        case "column":
            return f"{path}index_{at}.shtml"
        case "gkmlpt":
            return path.replace("page=1", f"page={at + 1}")
        case "jpaas":
            return f"{path}&pageNo={at + 1}"
        case "dataproxy":
            first, last = at * rows + 1, min((at + 1) * rows, total)
            name, query = path.split("?")
            told = dict(each.split("=") for each in query.split("&")) | {
                "startrecord": str(first),
                "endrecord": str(last),
            }
            return f"{name}?{urlencode(told)}"
        case "query":
            return f"{path}&page={at + 1}"
        case _:
            raise ValueError(shelf.style)


def print_line(page: Page, cut: bool = False, base: str = "") -> str:
    """Return one entry of a list in markup; a cut title stands whole in its attribute."""
    title = page.story.title
    shown = f"{title[:SHOWN]}…" if cut and len(title) > SHOWN else title
    path = f"./{page.path.removeprefix(base)}" if base and page.path.startswith(base) else page.path
    return f'<li><a href="{path}" target="_blank" title="{escape(title)}">{escape(shown)}</a><span>{page.appears:%Y-%m-%d}</span></li>'


def print_static(shelf: Shelf, path: str, shown: Sequence[Page], count: tuple[int, int, int]) -> Answer:
    """Return a static page, whose script draws the numbers of the further ones."""
    at, pages, _ = count
    lines = "\n".join(print_line(page, base=path) for page in shown)
    script = f'<script>createPageHTML({pages}, {at}, "index", "html");</script>'
    return Answer(wrap_list(f'<ul class="list">\n{lines}\n</ul>\n{script}', shelf))


def print_column(shelf: Shelf, path: str, shown: Sequence[Page], count: tuple[int, int, int]) -> Answer:
    """Return a page of a narrow column: titles are cut, the count of pages is a variable."""
    at, pages, _ = count
    lines = "\n".join(print_line(page, cut=True) for page in shown)
    script = f'<script>var countPage = {pages}; createPageHTML(countPage, {at}, "index", "shtml");</script>'
    return Answer(wrap_list(f"<ul>\n{lines}\n</ul>\n{script}", shelf))


def print_query(shelf: Shelf, path: str, shown: Sequence[Page], count: tuple[int, int, int]) -> Answer:
    """Return a page that a server writes for a query, with a link to the next."""
    at, pages, _ = count
    name = path.rpartition("/")[2]
    rows = "".join(
        f'<tr><td><a href="{page.path}">{escape(page.story.title)}</a></td><td>{page.appears:%Y-%m-%d}</td></tr>'
        for page in shown
    )
    more = f'<a href="{escape(name)}&amp;page={at + 2}">下一页</a>' if at + 1 < pages else ""
    return Answer(wrap_list(f"<table>{rows}</table><p>共{pages}页 {more}</p>", shelf))


def wrap_list(inner: str, shelf: Shelf) -> bytes:
    """Return a list inside its portal's page."""
    area = name_of(shelf)
    middle = Middle("政府信息公开年报", inner, area, f"{area}人民政府办公室", date(2020, 1, 1))
    return frame_page(draw_frame(int(shelf.host)), middle)


def print_gkmlpt(shelf: Shelf, path: str, shown: Sequence[Page], count: tuple[int, int, int]) -> Answer:
    """Return JSON of articles with their total."""
    articles = [
        {
            "id": at,
            "title": page.story.title,
            "url": page.path,
            "date": f"{page.appears:%Y-%m-%d}",
            "publisher": page.story.author,
        }
        for at, page in enumerate(shown)
    ]
    told = {"articles": articles, "total": count[2], "classify": {"name": "政府信息公开年报"}}
    return Answer(json.dumps(told, ensure_ascii=False).encode(), media_type=JSON)


def print_jpaas(shelf: Shelf, path: str, shown: Sequence[Page], count: tuple[int, int, int]) -> Answer:
    """Return JSON that holds the markup of the list."""
    at, pages, total = count
    lines = "".join(map(print_line, shown))
    rows = -(-total // pages)
    pager = f'<div id="page" count="{total}" rows="{max(rows, len(shown)) if at == 0 else rows}" cur="{at + 1}"></div>'
    told = {"success": True, "code": "200", "data": {"html": f"<ul>{lines}</ul>{pager}"}}
    return Answer(json.dumps(told, ensure_ascii=False).encode(), media_type=JSON)


def print_dataproxy(shelf: Shelf, path: str, shown: Sequence[Page], count: tuple[int, int, int]) -> Answer:
    """Return XML whose records are markup."""
    records = "".join(f"<record><![CDATA[{print_line(page)}]]></record>" for page in shown)
    text = f'<?xml version="1.0" encoding="UTF-8"?><datastore><totalrecord>{count[2]}</totalrecord><recordset>{records}</recordset></datastore>'
    return Answer(text.encode(), media_type=XML)


PRINTERS = {
    "municipal": print_static,
    "folders": print_static,
    "column": print_column,
    "query": print_query,
    "gkmlpt": print_gkmlpt,
    "jpaas": print_jpaas,
    "dataproxy": print_dataproxy,
}
