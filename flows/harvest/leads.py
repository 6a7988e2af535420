"""Links to leads: which entries of a list are reports, whose and of which year, told by their titles alone.

A title that is cut, names no year or names an office leaves to the page what it does not say. An address
never tells anything: folders carry the year in which a portal was moved.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from flows.cells import fold_text
from flows.harvest.guard import ABOUT
from flows.harvest.platforms import CUT, DATE, Link
from flows.links import FILES
from flows.model import ListSource, Report
from flows.owners import GOVERNMENT, OFFICE, find_body
from flows.registry import Registry
from flows.titles import REPORT, find_years, is_title, is_whole, names_organ

GATE = re.compile(r"^/gate/big5/([^/]+)(/.*)$")  # a gateway that shows pages in traditional characters
SESSION = re.compile(r";jsessionid=[^?#/]*", re.IGNORECASE)
INDEX = re.compile(r"/(?:index|default)\.(?:s?html?|jsp|aspx?)$")
ENDING = re.compile(rf"\.(?:{'|'.join(sorted(FILES))})$", re.IGNORECASE)
EMPTY = re.compile(r"\[\s*\]|\(\s*\)|（\s*）|【\s*】")  # what stood around a date
NEWS = re.compile(f"{ABOUT.pattern}|公布|召开|编制|要求|评估|通报")  # of what speaks of reports
OWN = re.compile(r"^(?:本|全)?[区县市](?=(?:人民)?政府|$)")
AUTHORS = ("", "人民政府", "政府", "人民政府办公室", "政府办公室")
NAMES = (
    "政府信息公开工作年度报告", "政府信息公开年度报告", "政府信息公开工作报告", "政府信息公开年报", "政务公开年度报告",
    "信息公开工作年度报告", "信息公开年度报告", "信息公开年报",
)  # fmt: skip


@dataclass(frozen=True)
class Lead:
    """An address where a report is said to stand: whose, and of which year and scope, as far as that is told.

    With `year` None or `scope` empty the page itself decides. `sought` is the year whose reports were looked
    for, `source` the list that led here or `reports.csv`. `awaited` marks an address that was generated for
    a year, `replaced` one whose content is another report every year.
    """

    url: str
    body_id: str
    sought: int
    year: int | None = None
    scope: str = ""
    title: str = ""
    source: str = "reports.csv"
    required: bool = True
    awaited: bool = False
    replaced: bool = False

    @property
    def report(self) -> Report | None:
        """The report that stands there, or None where the page has to decide."""
        return Report(self.body_id, self.year, self.scope, self.url) if self.year and self.scope else None


def find_leads(
    registry: Registry, source: ListSource, sought: int, links: Iterable[Link]
) -> tuple[Lead, ...]:
    """Return the entries of a list that are reports of the bodies it covers, each address once, in printed order."""
    found: dict[str, Lead] = {}
    for link in links:
        if told := read_title(registry, source, link.title):
            body_id, year, scope = told
            url = open_gate(link.url)
            lead = Lead(url, body_id, year or sought, year, scope, link.title, source.list_id)
            found.setdefault(address_key(url), lead)
    return tuple(found.values())


def read_title(registry: Registry, source: ListSource, title: str) -> tuple[str, int | None, str] | None:
    """Return whose report an entry's title names, the year and the scope; None for what is no report of a body covered.

    The year is None and the scope empty where the title does not tell: cut, two years, an office.
    """
    bare = ENDING.sub("", EMPTY.sub("", DATE.sub("", title)).strip(" ·•")).strip()
    cut = bool(CUT.search(bare))
    if NEWS.search(fold_text(bare)) or not (cut or (is_title(bare) and is_whole(bare))):
        return None
    body_id, rest = find_owner(registry, source, bare)
    if body_id not in covered_bodies(registry, source):
        return None
    years = find_years(bare)
    if cut:
        return (body_id, None, "") if may_begin_title(registry, body_id, bare) else None
    if not (GOVERNMENT.match(rest) or OFFICE.match(rest)):
        return None  # a department's, a street's or a town's
    named = bool(find_body(bare, registry.bodies)[0])
    if not named and not years:
        return None  # the name of a column: 政府信息公开年报
    scope = "whole_area" if named and GOVERNMENT.match(rest) else ""
    return body_id, years[0] if len(years) == 1 else None, scope


def find_owner(registry: Registry, source: ListSource, title: str) -> tuple[str, str]:
    """Return the code of the body that a title names, and what it says behind the name.

    In a list of a body's own reports a title may name none, or 区政府 for short.
    """
    body_id, rest = find_body(title, registry.bodies)
    if body_id or source.covers != "own":
        return body_id, rest
    before = REPORT.split(fold_text(title))[0]
    short = OWN.sub("", before)
    if not names_organ(title) or (short != before and (GOVERNMENT.match(short) or OFFICE.match(short))):
        return source.body_id, short
    return "", ""


def covered_bodies(registry: Registry, source: ListSource) -> frozenset[str]:
    """Return the bodies whose reports are looked for in a list."""
    if source.covers == "own":
        return frozenset([source.body_id])
    return frozenset(each.body_id for each in registry.bodies.values() if each.parent_id == source.body_id)


def may_begin_title(registry: Registry, body_id: str, title: str) -> bool:
    """Return whether a title that is cut may go on to be that of a body's report, by all that is left of it."""
    body = registry.bodies[body_id]
    left = CUT.sub("", fold_text(title))
    for name in (body.name_zh, *body.former_names_zh):
        left = left.rpartition(name)[2]
    years = ["", *(f"{year}年{degree}" for year in find_years(title) for degree in ("", "度"))]
    heads = (f"{author}{year}" for author in AUTHORS for year in years)
    return any(f"{head}{name}".startswith(left) for head in heads for name in NAMES)


# Addresses


def open_gate(url: str) -> str:
    """Return the address of the page itself behind a gateway for traditional characters.

    >>> open_gate("http://www.beijing.gov.cn/gate/big5/www.beijing.gov.cn/t1.html")
    'http://www.beijing.gov.cn/t1.html'
    """
    parts = urlsplit(url)
    match = GATE.match(parts.path)
    return urlunsplit(parts._replace(netloc=match[1], path=match[2])) if match else url


def address_key(url: str) -> str:
    """Return what is the same for all forms of an address: http and https, with www and without, a session's number.

    >>> address_key("https://www.bjhr.gov.cn/a/index.html"), address_key("http://bjhr.gov.cn:80/a/;jsessionid=1F#top")
    ('bjhr.gov.cn/a/', 'bjhr.gov.cn/a/')
    """
    parts = urlsplit(open_gate(url))
    host = parts.netloc.lower().removeprefix("www.")
    host = host.removesuffix({"http": ":80", "https": ":443"}.get(parts.scheme, ":80"))
    path = INDEX.sub("/", SESSION.sub("", parts.path) or "/")
    return f"{host}{path}" + (f"?{parts.query}" if parts.query else "")


def merge_leads(leads: Sequence[Lead], looked_at: Iterable[str]) -> Iterator[Lead]:
    """Yield one lead for each address whatever its form: the one that tells most, under the form that was looked at before.

    Where two tell different reports of one address, the page decides.
    """
    seen = frozenset(looked_at)
    groups: dict[str, list[Lead]] = {}
    for lead in leads:
        groups.setdefault(address_key(lead.url), []).append(lead)
    for group in groups.values():
        best = max(group, key=lambda lead: lead.report is not None)
        url = max((lead.url for lead in group), key=lambda url: (url in seen, url.startswith("https:"), url))
        told = {(lead.body_id, lead.year, lead.scope) for lead in group if lead.report}
        year, scope = (None, "") if len(told) > 1 else (best.year, best.scope)
        yield Lead(
            url=url,
            body_id=best.body_id,
            sought=best.sought,
            year=year,
            scope=scope,
            title=next((lead.title for lead in group if lead.title), ""),
            source=best.source,
            required=any(lead.required for lead in group),
            awaited=all(lead.awaited for lead in group),
            replaced=any(lead.replaced for lead in group),
        )
