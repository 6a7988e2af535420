"""Which reports are expected, where they are looked for, and where they were found.

What is known follows from the registry and the archive alone: the lists that were fetched are captures, and
are read again from there. So every lead can be traced to the list that gave it, and a list that fails takes
nothing away.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from flows.decode import decode_text
from flows.errors import GongkaiError
from flows.harvest.leads import Lead, address_key, covered_bodies, find_leads, merge_leads
from flows.harvest.order import by_number
from flows.harvest.platforms import MAX_PAGES, PLATFORMS, Link
from flows.model import Capture, ListSource, Report
from flows.registry import Registry

FIRST_YEAR = 2008  # the Regulations came into force on 2008-05-01
DEADLINE = (3, 31)  # governments publish by 31 March of the following year (article 49 of the Regulations)
LIST = "list"

log = logging.getLogger("gongkai")


def due_years(as_of: date) -> range:
    """Return the years whose reports are due on a day.

    >>> due_years(date(2026, 3, 30))[-1], due_years(date(2026, 3, 31))[-1]
    (2024, 2025)
    """
    month, day = DEADLINE
    due = as_of.year - 1 if (as_of.month, as_of.day) >= (month, day) else as_of.year - 2
    return range(FIRST_YEAR, due + 1)


def open_years(as_of: date) -> range:
    """Return the years that are over on a day, so that their reports may be out, due or not."""
    return range(FIRST_YEAR, as_of.year)


def expected_reports(registry: Registry, as_of: date) -> Iterator[Report]:
    """Yield the report of every body for every year that is due, and for the year after, not due yet."""
    addresses = {(each.body_id, each.year, each.scope): each.url for each in registry.reports}
    years = due_years(as_of)
    for body_id in sorted(registry.bodies):
        for year in (*years, years[-1] + 1):
            key = (body_id, year, "whole_area")
            yield Report(*key, url=addresses.get(key, ""))


# Where reports are looked for


@dataclass(frozen=True)
class ListAddress:
    """A list at one address: the row it is of, the year whose reports are looked for in it, whether that is the newest."""

    source: ListSource
    url: str
    sought: int
    newest: bool

    @property
    def body_id(self) -> str:
        """The body whose list it is."""
        return self.source.body_id

    @property
    def required(self) -> bool:
        """Whether a harvest fails where the list does."""
        return self.source.required


def sought_years(source: ListSource, as_of: date) -> tuple[int, ...]:
    """Return the years that a row stands for on a day: each where its address has the year, else the newest."""
    years = tuple(year for year in open_years(as_of) if source.covers_year(year))
    return years if source.has_year else years[-1:]


def list_addresses(registry: Registry, as_of: date) -> Iterator[ListAddress]:
    """Yield every list of the registry, year by year where its address has the year."""
    for source in registry.lists:
        if not source.is_page:
            for year in sought_years(source, as_of):
                url = source.url.replace("{year}", str(year))
                yield ListAddress(source, url, year, year >= due_years(as_of)[-1])


def declared_leads(registry: Registry, as_of: date) -> Iterator[Lead]:
    """Yield the addresses of reports that the registry itself knows."""
    for report in registry.reports:
        if report.year in open_years(as_of):
            yield Lead(report.url, report.body_id, report.year, report.year, report.scope)
    for source in registry.lists:
        if source.is_page:
            for year in sought_years(source, as_of):
                newest = year >= due_years(as_of)[-1]
                yield Lead(
                    url=source.url.replace("{year}", str(year)),
                    body_id=source.body_id,
                    sought=year,
                    source=source.list_id,
                    required=source.required,
                    awaited=source.has_year and newest,
                    replaced=not source.has_year and newest,
                )


# Where they were found

# From the address of a list's page to its text as it was last seen, and the address that its links start from.
ReadList = Callable[[str], tuple[str, str] | None]


def known_leads(
    registry: Registry, as_of: date, read_list: ReadList, looked_at: Iterable[str] = ()
) -> tuple[Lead, ...]:
    """Return every lead that the registry and the lists last seen give, each address once, by body and year."""
    leads = list(declared_leads(registry, as_of))
    for address in list_addresses(registry, as_of):
        links = [link for _, page in walk_known(address, read_list) for link in page]
        leads += find_leads(registry, address.source, address.sought, links)
    years = open_years(as_of)
    merged = merge_leads([lead for lead in leads if lead.sought in years], looked_at)
    return tuple(sorted(merged, key=lambda lead: (lead.body_id, lead.sought, lead.url)))


def walk_known(address: ListAddress, read_list: ReadList) -> Iterator[tuple[str, tuple[Link, ...]]]:
    """Yield the pages of a list as they were last seen, each once: the address, and the links."""
    queue, seen = [address.url], {address_key(address.url)}
    while queue:
        url = queue.pop(0)
        try:
            known = read_list(url)
            page = PLATFORMS[address.source.platform](*known) if known else None
        except GongkaiError as error:  # a capture that is damaged; the next look at the list mends it
            log.warning("list_unreadable list=%s url=%s why=%s", address.source.list_id, url, error)
            continue
        if page is not None:
            yield url, page.links
            for more in page.pages:
                if address_key(more) not in seen and len(seen) < MAX_PAGES:
                    seen.add(address_key(more))
                    queue.append(more)


def archived_lists(captures: Iterable[Capture], read: Callable[[Capture], bytes]) -> ReadList:
    """Return what gives a list's page as the archive last saw it, or None where it never did."""
    newest = {
        each.url: each
        for each in sorted(captures, key=by_number)
        if each.verdict == LIST and each.kind == "fetched"
    }

    def read_list(url: str) -> tuple[str, str] | None:
        found = newest.get(url)
        return (decode_text(read(found), url), found.final_url or url) if found else None

    return read_list


def wants(registry: Registry, target: Lead | ListAddress, body_id: str, year: int | None) -> bool:
    """Return whether an address is of a body and a year that a harvest is for; empty and None mean all."""
    bodies, any_year = {target.body_id}, False
    if isinstance(target, ListAddress):
        source = target.source
        bodies = set(covered_bodies(registry, source))
        any_year = not source.has_year and source.covers_year(year or target.sought)
    return (not body_id or body_id in bodies) and (year is None or any_year or year == target.sought)
