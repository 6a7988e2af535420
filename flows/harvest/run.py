"""The harvest: lists first, then the reports that they and the registry name; one failure stops none.

Hosts are asked side by side, each by one worker that leaves it in peace between two requests. What a look
found is in the archive before the next one begins, so a harvest that is broken off has lost nothing.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from threading import Event

from flows.decode import decode_text
from flows.errors import FetchError, GongkaiError, Text
from flows.harvest.answer import NoAnswerError
from flows.harvest.archive import append_captures, locked, read_capture
from flows.harvest.discover import LIST, archived_lists, due_years, known_leads, list_addresses, wants
from flows.harvest.fetch import Fetcher, HostBusyError, check_contact, moment_of
from flows.harvest.index import find_tables, load_index
from flows.harvest.leads import Lead
from flows.harvest.lists import look_at_list
from flows.harvest.looks import FAILURES, Look, Result, look_at_report, make_failed
from flows.harvest.mend import mend_archive
from flows.harvest.plan import (
    Looks,
    Target,
    Visit,
    history_of,
    looks_by_address,
    plan_visit,
    plan_visits,
    within_budget,
)  # fmt: skip
from flows.harvest.store import Bucket, Raw, list_files
from flows.harvest.warc import NewCapture
from flows.model import Capture
from flows.registry import Registry

WORKERS = 8  # hosts that are asked at the same time

log = logging.getLogger("gongkai")


@dataclass(frozen=True)
class Asked:
    """What a harvest is for: one body and those below it in lists, one year, or all."""

    body_id: str = ""
    year: int | None = None


EVERYTHING = Asked()


@dataclass(frozen=True)
class HarvestOutcome:
    """What became of one visit: the result, why where it is no good one, what was archived, how many reports a list holds."""

    visit: Visit
    result: Result
    reason: Text | None = None
    captures: tuple[Capture, ...] = ()
    found: int = 0

    @property
    def failed(self) -> bool:
        """Whether the harvest is red by it: a required list, or a report, could not be looked at or is not there."""
        return self.result in FAILURES and self.visit.target.required


@dataclass
class Keeper:
    """The archive while a harvest goes on: all its captures, and how large its index was when they were read.

    A rehearsal keeps what it fetched in `rehearsed` and writes nothing.
    """

    raw: Raw
    registry: Registry
    captures: tuple[Capture, ...] = ()
    size: int = -1
    rehearsed: dict[str, NewCapture] | None = None


# The plan


def plan_harvest(registry: Registry, raw: Raw, now: datetime, asked: Asked = EVERYTHING) -> tuple[Visit, ...]:
    """Return what a harvest would look at now by what the archive knows: lists first, then reports."""
    keeper = Keeper(raw, registry, load_index(raw, registry.schemas["published/captures"]))
    return (*plan_lists(registry, keeper.captures, now, asked), *plan_reports(keeper, now, asked))


def plan_lists(
    registry: Registry, captures: Iterable[Capture], now: datetime, asked: Asked = EVERYTHING
) -> tuple[Visit, ...]:
    """Return the lists that are due to be looked at, the longest due first."""
    addresses = (
        each
        for each in list_addresses(registry, now.date())
        if wants(registry, each, asked.body_id, asked.year)
    )
    return plan_visits(registry, addresses, captures, now)


def plan_reports(keeper: Keeper, now: datetime, asked: Asked = EVERYTHING) -> tuple[Visit, ...]:
    """Return the addresses of reports that are due to be looked at, the longest due first."""
    wanted = (
        each for each in find_known(keeper, now) if wants(keeper.registry, each, asked.body_id, asked.year)
    )
    return plan_visits(keeper.registry, wanted, keeper.captures, now)


def find_known(keeper: Keeper, now: datetime) -> tuple[Lead, ...]:
    """Return every address of a report that the registry and the lists last seen know."""
    archived = archived_lists(keeper.captures, lambda capture: read_capture(keeper.raw, capture))
    rehearsed = keeper.rehearsed or {}

    def read_list(url: str) -> tuple[str, str] | None:
        new = rehearsed.get(url)
        return (decode_text(new.payload, url), new.final_url or url) if new else archived(url)

    return known_leads(keeper.registry, now.date(), read_list, (each.url for each in keeper.captures))


def find_red(
    registry: Registry, raw: Raw, now: datetime, asked: Asked = EVERYTHING
) -> tuple[tuple[Visit, Text], ...]:
    """Return the required lists and reports that the last look did not find, due again or not, each with the reason.

    Neither what is not due yet, nor what was removed for certain, nor a link of a list that leads to another report.
    """
    keeper = Keeper(raw, registry, load_index(raw, registry.schemas["published/captures"]))
    looks = looks_by_address(keeper.captures)
    targets: list[Target] = [*list_addresses(registry, now.date()), *find_known(keeper, now)]
    found = []
    for target in targets:
        if target.required and wants(registry, target, asked.body_id, asked.year):
            visit = plan_visit(registry, target, history_of(target, looks), now)
            if (reason := say_red(registry, visit, now)) is not None:
                found.append((visit, reason))
    return tuple(found)


def say_red(registry: Registry, visit: Visit, now: datetime) -> Text | None:
    """Return why a visit's address is red, or None where it is not."""
    last, target = visit.history.last, visit.target
    if last is None or last.verdict in visit.history.seen or visit.situation == "removed":
        return None
    linked = isinstance(target, Lead) and target.source in {each.list_id for each in registry.lists}
    if target.sought not in due_years(now.date()) or (linked and last.verdict == "other_report"):
        return None
    row = next(row for row in registry.tables["verdicts"] if row["verdict"] == last.verdict)
    return Text(
        f"{visit.url}: {row['label_en']} at the last look on {last.captured_at:%Y-%m-%d}; the next is on {visit.due:%Y-%m-%d}.",
        f"{visit.url}：{last.captured_at:%Y-%m-%d} 最近一次查看为{row['label_zh']}；下次查看为 {visit.due:%Y-%m-%d}。",
    )


# The harvest


def harvest(
    registry: Registry,
    raw: Raw,
    fetcher: Fetcher,
    asked: Asked = EVERYTHING,
    tick: Callable[[Visit], None] = lambda _: None,
) -> tuple[HarvestOutcome, ...]:
    """Look at every list and report that is due, archive what they answer, and return what became of each visit.

    Reports that the lists newly name are looked at in the same run. Raises UsageError where nobody is named whom a
    portal's operator could write to, ArchiveError where the archive cannot be written.
    """
    check_contact(fetcher)
    keeper = open_keeper(registry, raw)
    lists = plan_lists(registry, keeper.captures, moment_of(fetcher.clock), asked)
    outcomes = visit_hosts(keeper, fetcher, lists, tick)
    reports = plan_reports(keeper, moment_of(fetcher.clock), asked)
    return (*outcomes, *visit_hosts(keeper, fetcher, reports, tick))


def rehearse(
    registry: Registry,
    raw: Raw,
    fetcher: Fetcher,
    asked: Asked = EVERYTHING,
    tick: Callable[[Visit], None] = lambda _: None,
) -> tuple[tuple[HarvestOutcome, ...], tuple[Visit, ...]]:
    """Look at the lists that are due, archive nothing, and return what became of them and which reports would be asked for."""
    check_contact(fetcher)
    now = moment_of(fetcher.clock)
    keeper = Keeper(raw, registry, load_index(raw, registry.schemas["published/captures"]), rehearsed={})
    outcomes = visit_hosts(keeper, fetcher, plan_lists(registry, keeper.captures, now, asked), tick)
    reports = plan_reports(keeper, now, asked)
    return outcomes, within_budget(reports, fetcher.limits.requests)


def visit_hosts(
    keeper: Keeper, fetcher: Fetcher, visits: Sequence[Visit], tick: Callable[[Visit], None]
) -> tuple[HarvestOutcome, ...]:
    """Return what became of visits, in their order; each host is asked by one worker, several hosts at a time."""
    kept = within_budget(visits, fetcher.limits.requests)
    by_host: dict[str, list[Visit]] = {}
    for visit in kept:
        by_host.setdefault(visit.host, []).append(visit)
    looks = looks_by_address(keeper.captures)

    stop = Event()

    def visit_host(own: list[Visit]) -> list[HarvestOutcome]:
        # A session of its own for each worker; the rest, hosts put off and robots.txt, is shared.
        alone = replace(fetcher, opened=[])
        return list(visit_each(keeper, alone, takewhile(lambda _: not stop.is_set(), own), (looks, tick)))

    with ThreadPoolExecutor(min(WORKERS, len(by_host) or 1)) as workers:
        try:
            groups = list(workers.map(visit_host, by_host.values()))
        finally:
            stop.set()  # a full disk or Ctrl-C ends all workers, each after the address that it is at
            workers.shutdown(wait=False, cancel_futures=True)
    done = {id(outcome.visit): outcome for group in groups for outcome in group}
    later = Text("the host has no room for it in this run", "本次采集对该主机的请求数已满")
    return tuple(done.get(id(visit)) or HarvestOutcome(visit, "put_off", later) for visit in visits)


def visit_each(
    keeper: Keeper, fetcher: Fetcher, visits: Iterable[Visit], more: tuple[Looks, Callable[[Visit], None]]
) -> Iterator[HarvestOutcome]:
    """Yield what became of the visits to one host, one after the other; a host that keeps silent is put off.

    Raises ArchiveError where the archive cannot be written: then there is no point in asking on.
    """
    looks, tick = more
    silences = 0
    for visit in visits:
        asked = visit.host not in fetcher.put_off
        try:
            look = look_at(keeper, fetcher, visit, looks)
            silences = 0
        except GongkaiError as error:
            silences = silences + 1 if isinstance(error, NoAnswerError) else 0
            if silences >= fetcher.limits.silences:
                fetcher.put_off.setdefault(visit.host, f"no answer from {silences} addresses")
            look = fail_look(visit, moment_of(fetcher.clock), error, asked=asked)
        stored = store_look(keeper, look)
        log.info("looked url=%s result=%s", visit.url, look.result)
        tick(visit)
        yield HarvestOutcome(visit, look.result, look.reason, stored, look.found)


def fail_look(visit: Visit, now: datetime, error: GongkaiError, *, asked: bool) -> Look:
    """Return a look that found nothing to keep; one that never asked, for its host was put off, leaves no trace."""
    busy = isinstance(error, HostBusyError)
    result: Result = "put_off" if busy else "failed"
    if not asked or not isinstance(error, FetchError):
        return Look(visit, result, error.text)
    return Look(visit, result, error.text, (make_failed(visit, now, error, "busy" if busy else "no_page"),))


def look_at(keeper: Keeper, fetcher: Fetcher, visit: Visit, looks: Looks) -> Look:
    """Return what a visit found; raise FetchError where there is no whole answer."""

    def read(capture: Capture) -> bytes:
        return read_capture(keeper.raw, capture)

    if visit.is_list:
        return look_at_list(keeper.registry, fetcher, visit, (looks, read))
    return look_at_report(keeper.registry, fetcher, visit, read)


# The archive


def open_keeper(registry: Registry, raw: Raw) -> Keeper:
    """Return the archive, mended of what a crash may have left."""
    keeper = Keeper(raw, registry)
    with locked(raw):
        keeper.captures = mend_archive(raw, registry.schemas["published/captures"])
        keeper.size = index_size(raw)
    return keeper


def store_look(keeper: Keeper, look: Look) -> tuple[Capture, ...]:
    """Return the captures of a look, once they are in the archive."""
    new: Sequence[NewCapture] = look.new
    if keeper.rehearsed is not None:
        keeper.rehearsed |= {each.url: each for each in new if each.verdict == LIST}
        return ()
    with locked(keeper.raw):
        if index_size(keeper.raw) != keeper.size:  # another harvest has written meanwhile
            keeper.captures = load_index(keeper.raw, keeper.registry.schemas["published/captures"])
        keeper.captures = append_captures(keeper.raw, new, keeper.captures)
        keeper.size = index_size(keeper.raw)
        stored = {capture.capture_id: capture for capture in keeper.captures}
    return tuple(stored[each.capture_id] for each in new)


def index_size(raw: Raw) -> int:
    """Return how large the index of a folder is, which tells whether somebody else has written; 0 for a bucket, that has no lock."""
    if isinstance(raw, Bucket):
        return 0
    files = list_files(raw)
    return sum(files[name] for name in find_tables(files))
