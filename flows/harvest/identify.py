"""Whose report a page is, by its own title: for leads that leave it to the page, and against links that lead astray."""

import re
from html import unescape

from selectolax.lexbor import LexborHTMLParser

from flows.cells import clean_text, fold_text
from flows.harvest.discover import FIRST_YEAR
from flows.harvest.guard import TAG, has_title
from flows.harvest.leads import Lead
from flows.harvest.markup import strip_hidden
from flows.model import Document, Report
from flows.owners import find_body, find_scope
from flows.registry import Registry
from flows.titles import HEAD, PERIOD, find_title, find_years, names_organ

BLOCK = re.compile(
    r"</?(?:p|div|h\d|li|ul|tr|td|th|table|br|dd|dt|section|article|header)\b[^<>]*>", re.IGNORECASE
)


def identify_report(markup: str, lead: Lead, registry: Registry) -> Report | None:
    """Return the report that a page says it is, or None where it names none, or one of somebody else.

    The title comes first; the year may stand in the stated period alone, and an office's report is the whole
    area's where the text says that it was compiled from those of all bodies.
    """
    title = find_title(Document(lead.url, visible_text(markup), headings=headings_of(markup)))
    text = fold_text(TAG.sub("", strip_hidden(markup)))
    body_id, rest = find_body(title, registry.bodies)
    if not body_id and not names_organ(title):
        body_id, rest = lead.body_id, ""
    scope = find_scope(rest, text[:HEAD])
    year = find_page_year(title, text, lead, registry)
    if body_id != lead.body_id or scope is None or year is None:
        return None
    return Report(body_id, year, scope, lead.url)


def find_page_year(title: str, text: str, lead: Lead, registry: Registry) -> int | None:
    """Return the year that a page reports on: that of its title, of the stated period, of the one title that its text holds."""
    if years := find_years(title):
        return years[-1]
    if (period := PERIOD.search(text)) and period[1] == period[2]:
        return int(period[1])
    body = registry.bodies[lead.body_id]
    named = [year for year in range(FIRST_YEAR, lead.sought + 2) if has_title(text, body, year)]
    return named[0] if len(named) == 1 else None


def other_year(markup: str, report: Report, registry: Registry) -> int | None:
    """Return the year of a page's own title where that is not the year of the report expected, else None."""
    title = find_title(Document(report.url, visible_text(markup), headings=headings_of(markup)))
    years = find_years(title)
    body_id, _ = find_body(title, registry.bodies)
    return years[-1] if years and body_id == report.body_id and report.year not in years else None


def headings_of(markup: str) -> tuple[str, ...]:
    """Return the headings of a page: the title that its maker stored, those that are shown, that of the window."""
    tree = LexborHTMLParser(markup)
    found = [
        node.attributes.get("content") or node.text()
        for name in ("meta[name=ArticleTitle]", "h1, h2, h3", "title")
        for node in tree.css(name)
    ]
    return tuple(clean_text(text) for text in found)


def visible_text(markup: str) -> str:
    """Return the text of a page, a line for each block: enough to find its title by."""
    return unescape(TAG.sub("", BLOCK.sub("\n", strip_hidden(markup))))[: 4 * HEAD]
