"""A page whose tables are in its attachments: page and attachments read as one document, each place named.

Where a page alone prints less than half of a form, the files, frames and pictures that it links are read too.
One that says that it is another report's is left out; what cannot be had or read is a finding by name.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from flows.errors import FormError, ReadError, Text
from flows.extract.header import read_header
from flows.extract.parts import ANY, Asked
from flows.extract.report import extract_report
from flows.links import order_links
from flows.model import Document, Extraction, Finding, Grid, Header, Link
from flows.registry import Registry

TEXT_PLACE = re.compile(r"text (\d+)-(\d+)")

Load = Callable[[Link], Document | None]


@dataclass
class Bundle:
    """A page with what was read of its attachments: one text, all grids, where each attachment begins, what links it."""

    page: Document
    text: str
    grids: list[Grid]
    starts: list[int] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    missing: list[Link] = field(default_factory=list)


def extract_attached(document: Document, registry: Registry, load: Load, asked: Asked = ANY) -> Extraction:
    """Return what a page states, with its attachments where its own tables give less than half of a form.

    Of several reports in one page the one asked for. `load` gives the Document of a link, or None
    where it is not to be had; it may raise ReadError.
    Places in the second attachment that was read are named `attachment 2: table 1 r3 c4`. Raises
    FormError as extract_report does; it names the attachments that are missing.
    """
    alone = try_extract(document, registry, asked)
    links = order_links(document.links)
    if not links or (isinstance(alone, Extraction) and is_enough(alone, registry)):
        return settle(alone)
    bundle = load_attachments(document, links, registry, load)
    whole = read_bundle(bundle, registry, asked) if bundle.starts else alone
    if isinstance(whole, FormError):
        return settle(name_missing(alone, bundle))
    if isinstance(alone, Extraction) and count_read(whole) <= count_read(alone):
        whole = alone
    return replace(whole, findings=(*whole.findings, *bundle.findings, *missing_findings(whole, bundle)))


def try_extract(document: Document, registry: Registry, asked: Asked) -> Extraction | FormError:
    """Return what a document states, or why it states nothing."""
    try:
        return extract_report(document, registry, asked)
    except FormError as error:
        return error


def settle(outcome: Extraction | FormError) -> Extraction:
    """Return an extraction, or raise the error that stands in its place."""
    if isinstance(outcome, FormError):
        raise outcome
    return outcome


def count_read(extraction: Extraction) -> int:
    """Return how many cells of tables were found in print."""
    return sum(bool(each.locator) and each.reading != "prose" for each in extraction.observations)


def is_enough(extraction: Extraction, registry: Registry) -> bool:
    """Return whether tables gave at least half of the form's cells, and no row of it is missing for lack of a table."""
    form = registry.forms[extraction.form]
    return not form.has_table or count_read(extraction) * 2 > len(form.cells)


def load_attachments(document: Document, links: Iterable[Link], registry: Registry, load: Load) -> Bundle:
    """Return a page bundled with those of its attachments that can be read and are not another report's."""
    bundle = Bundle(document, document.text, list(document.grids))
    page, _ = read_header(document, registry.bodies)
    for link in links:
        try:
            attached = load(link)
        except ReadError as error:
            bundle.findings.append(Finding("attachment_unread", error.text))
            continue
        if attached is None:
            bundle.missing.append(link)
        elif (other := find_other(page, read_header(attached, registry.bodies)[0])) is not None:
            bundle.findings.append(other_finding(link, other))
        else:
            add_attachment(bundle, attached, link)
    return bundle


def find_other(page: Header, attached: Header) -> Text | None:
    """Return how an attachment says that it is another report's than its page, or None."""
    if page.year and attached.year and page.year != attached.year:
        return Text(
            f"year {attached.year}, the page {page.year}", f"年度 {attached.year}，页面为 {page.year}"
        )
    if page.body_id and attached.body_id and page.body_id != attached.body_id:
        return Text(
            f"body {attached.body_id}, the page {page.body_id}",
            f"机关 {attached.body_id}，页面为 {page.body_id}",
        )
    return None


def other_finding(link: Link, other: Text) -> Finding:
    """Return the finding for an attachment of another report."""
    return Finding(
        "attachment_other",
        Text(
            f"the attachment {link.url} ('{link.text}') says {other.en}; it was not read.",
            f"附件 {link.url}（“{link.text}”）为{other.zh}；未予读取。",
        ),
    )


def add_attachment(bundle: Bundle, attached: Document, link: Link) -> None:
    """Add what was read of an attachment behind the page, its places named by its number."""
    start = len(bundle.text) + 1
    number = len(bundle.starts) + 1
    bundle.text = f"{bundle.text}\n{attached.text}"
    bundle.starts.append(start)
    bundle.links.append(link)
    bundle.grids += [
        replace(
            grid,
            locator=f"attachment {number}: {grid.locator}",
            start=grid.start + start,
            end=grid.end + start,
        )
        for grid in attached.grids
    ]
    bundle.findings.append(
        Finding(
            "attachment_read",
            Text(f"attachment {number} is {link.url} ('{link.text}').", f"附件 {number} 为 {link.url}（“{link.text}”）。"),
            locator=f"attachment {number}",
        )
    )  # fmt: skip


def read_bundle(bundle: Bundle, registry: Registry, asked: Asked) -> Extraction | FormError:
    """Return what a page and its attachments state together, places in an attachment's text counted from its beginning."""
    whole = try_extract(join_bundle(bundle), registry, asked)
    if isinstance(whole, FormError):
        return whole
    return replace(
        whole,
        observations=tuple(each._replace(locator=name_place(each.locator, bundle.starts)) for each in whole.observations),
        statements=tuple(each._replace(locator=name_place(each.locator, bundle.starts)) for each in whole.statements),
        findings=tuple(replace(each, locator=name_place(each.locator, bundle.starts)) for each in whole.findings),
    )  # fmt: skip


def join_bundle(bundle: Bundle) -> Document:
    """Return a page and its attachments as one document, the tables of these named by their number."""
    return replace(bundle.page, text=bundle.text, grids=tuple(bundle.grids))


def place_in_bundle(locator: str, starts: Sequence[int]) -> str:
    """Return a place in the text of an attachment as one in the text of the whole; the other way round than `name_place`.

    >>> place_in_bundle("attachment 1: text 20-25", [100]), place_in_bundle("attachment 1: table 1 r2 c3", [100])
    ('text 120-125', 'attachment 1: table 1 r2 c3')
    """
    name, _, place = locator.rpartition(": ")
    match = TEXT_PLACE.fullmatch(place)
    if not name or not match:
        return locator
    start = starts[int(name.removeprefix("attachment ")) - 1]
    return f"text {int(match[1]) + start}-{int(match[2]) + start}"


def name_place(locator: str, starts: Sequence[int]) -> str:
    """Return a locator with a place in the text of an attachment named by its number.

    >>> name_place("text 120-125", [100, 200]), name_place("text 20-25", [100]), name_place("table 1 r2 c3", [100])
    ('attachment 1: text 20-25', 'text 20-25', 'table 1 r2 c3')
    """
    place = TEXT_PLACE.fullmatch(locator)
    number = bisect_right(starts, int(place[1])) if place else 0
    if not place or not number:
        return locator
    start = starts[number - 1]
    return f"attachment {number}: text {int(place[1]) - start}-{int(place[2]) - start}"


def name_missing(alone: Extraction | FormError, bundle: Bundle) -> Extraction | FormError:
    """Return the outcome of the page alone, its error with the addresses of the attachments that may hold the tables."""
    if isinstance(alone, Extraction) or not (bundle.missing or bundle.findings):
        return alone
    names = ", ".join(link.url for link in bundle.missing[:5])
    more_en = (
        f" The tables may be in its attachments, which are not here: {names}. Save them beside the page."
        if names
        else ""
    )
    more_zh = f"表格可能在附件中，但附件不在此处：{names}。请将其保存到页面旁。" if names else ""
    unread = [finding.message for finding in bundle.findings if finding.rule_id != "attachment_read"]
    return FormError(
        alone.text.en + more_en + "".join(f" {text.en}" for text in unread[:3]),
        alone.text.zh + more_zh + "".join(text.zh for text in unread[:3]),
    )


def missing_findings(whole: Extraction, bundle: Bundle) -> list[Finding]:
    """Return a finding for the attachments that are not to be had, where cells are missing that they may hold."""
    lacking = any(finding.rule_id == "missing_rows" for finding in whole.findings)
    files = [link.url for link in bundle.missing if link.kind != "picture" or not bundle.starts]
    if not lacking or not files:
        return []
    names = ", ".join(files[:5]) + (" …" if len(files) > 5 else "")
    return [
        Finding(
            "attachment_missing",
            Text(
                f"cells are missing, and attachments that may hold them are not here: {names}. Fetch them and read again.",
                f"有缺失的单元格，可能载有它们的附件不在此处：{names}。请获取附件后重新读取。",
            ),
        )
    ]
