"""A look at a list: all its pages, each once, counted against what its row expects; zero is an error."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from flows.cells import fold_text
from flows.decode import decode_text
from flows.errors import FetchError, ReadError, Text
from flows.harvest.answer import FetchedPage
from flows.harvest.discover import LIST, ListAddress
from flows.harvest.fetch import Fetcher, fetch_page
from flows.harvest.guard import TAG, find_by_status, find_by_words
from flows.harvest.leads import address_key, find_leads
from flows.harvest.looks import Look, Read, Result, make_capture, make_unchanged, name_result, source_of
from flows.harvest.plan import SHORT, Looks, Visit, history_of, known_of
from flows.harvest.platforms import MAX_PAGES, PLATFORMS, ListPage, unusable
from flows.harvest.warc import NewCapture
from flows.model import Report
from flows.registry import Registry

NOTHING = ListPage(())
NO_LISTS = frozenset(
    [LIST, SHORT, "accepted", "other_report"]
)  # words of lists and reports tell nothing here


@dataclass(frozen=True)
class PageLook:
    """One page of a list: its links, what is to be archived of it, and what is wrong with it."""

    page: ListPage
    new: NewCapture | None = None
    problem: Text | None = None


def look_at_list(registry: Registry, fetcher: Fetcher, visit: Visit, known: tuple[Looks, Read]) -> Look:
    """Return what a list holds; raise FetchError where its first page gives no whole answer.

    What a page told that fails, or that holds fewer reports than it must, is evidence and no list: the one
    that was known stays.
    """
    address = visit.target
    assert isinstance(address, ListAddress)
    pages = list(walk_list(registry, fetcher, address, known))
    links = [link for each in pages for link in each.page.links]
    found = len(find_leads(registry, address.source, address.sought, links))
    new = [each.new for each in pages if each.new]
    problem = next((each.problem for each in pages if each.problem), None)
    short = found < address.source.expected
    if short and problem is None:
        problem = say_short(registry, address, found)
    if short:
        new = [replace(each, verdict=SHORT) if each.verdict == LIST else each for each in new]
    new = [replace(each, source=source_of(visit)) for each in new]
    if problem is None:
        return Look(visit, name_change(visit, new), None, tuple(new), found)
    return Look(visit, name_failure(registry, visit, new), problem, tuple(new), found)


def name_change(visit: Visit, new: list[NewCapture]) -> Result:
    """Return the result of a look at a list that is as it should be."""
    if all(each.verdict == "unchanged" for each in new):
        return "unchanged"
    return "changed" if visit.history.good else "new"


def name_failure(registry: Registry, visit: Visit, new: list[NewCapture]) -> Result:
    """Return the result of a look at a list that is not as it should be; one of a year that is not due is awaited."""
    worst = next((each for each in new if each.verdict not in (LIST, "unchanged")), None)
    if worst is None:
        return "failed"
    return name_result(registry, visit, worst)


def walk_list(
    registry: Registry, fetcher: Fetcher, address: ListAddress, known: tuple[Looks, Read]
) -> Iterator[PageLook]:
    """Yield the pages of a list, each once; the walk ends where one fails."""
    queue, seen = [address.url], {address_key(address.url)}
    while queue:
        url = queue.pop(0)
        look = look_at_page(registry, fetcher, replace(address, url=url), known, first=url == address.url)
        yield look
        if look.problem:
            return
        for more in look.page.pages:
            if address_key(more) not in seen:
                seen.add(address_key(more))
                queue.append(more)
        if len(seen) > MAX_PAGES:
            yield PageLook(NOTHING, None, too_long(address.url).text)
            return


def look_at_page(
    registry: Registry, fetcher: Fetcher, address: ListAddress, known: tuple[Looks, Read], *, first: bool
) -> PageLook:
    """Return what one page of a list holds; raise FetchError where the first gives no whole answer."""
    looks, read = known
    history = history_of(address, looks)
    try:
        answer = fetch_page(fetcher, address.url, known_of(history))
    except FetchError as error:
        if first:
            raise
        return PageLook(NOTHING, None, error.text)
    report = Report(address.body_id, address.sought, "whole_area", address.url)
    good = history.good
    if answer.status == 304 and good is not None:
        payload = read(good)
        text = decode_text(payload, address.url)
        page = PLATFORMS[address.source.platform](text, good.final_url or address.url)
        return PageLook(page, make_unchanged(good, answer, payload))
    verdict, page, problem = judge_list(registry, address, answer)
    new = make_capture(report, address.url, answer, verdict)
    if verdict == LIST and good is not None and good.sha256 == new.sha256:
        new = replace(new, verdict="unchanged")
    return PageLook(page, new, problem)


def judge_list(
    registry: Registry, address: ListAddress, answer: FetchedPage
) -> tuple[str, ListPage, Text | None]:
    """Return what an answer is, its links, and what is wrong with it: a list answers 200 and has links."""
    if answer.status != 200:
        verdict = find_by_status(answer.status, registry)
        return verdict, NOTHING, say_verdict(registry, address, verdict, answer)
    try:
        text = decode_text(answer.body, answer.url, answer.charset)
    except ReadError as error:
        return "other", NOTHING, error.text
    problem = None
    try:
        page = PLATFORMS[address.source.platform](text, answer.url)
    except (FetchError, ReadError) as error:
        page, problem = NOTHING, error.text
    if page.links:
        return LIST, page, None
    verdict = find_by_words(text, fold_text(TAG.sub("", text)), registry)
    verdict = "other" if verdict in NO_LISTS else verdict
    return verdict, NOTHING, problem or say_verdict(registry, address, verdict, answer)


def say_verdict(registry: Registry, address: ListAddress, verdict: str, answer: FetchedPage) -> Text:
    """Return in words what an answer is that is not a list."""
    row = next(row for row in registry.tables["verdicts"] if row["verdict"] == verdict)
    return unusable(
        answer.url,
        f"no list, but {row['label_en']} (status {answer.status}); expected the list '{address.source.list_id}'",
        f"不是列表，而是{row['label_zh']}（状态码 {answer.status}）；应为列表“{address.source.list_id}”",
    ).text


def say_short(registry: Registry, address: ListAddress, found: int) -> Text:
    """Return in words that a list holds fewer reports than it must."""
    source, body = address.source, registry.bodies[address.body_id]
    return unusable(
        address.url,
        f"the list '{source.list_id}' of {body.name_en} holds {found} reports for {address.sought}, "
        f"expected at least {source.expected}",
        f"{body.name_zh}的列表“{source.list_id}”有 {found} 份 {address.sought} 年度报告，至少应有 {source.expected} 份",
    ).text


def too_long(url: str) -> FetchError:
    """Return the error for a list that has more pages than any has."""
    return unusable(url, f"the list goes on after {MAX_PAGES} pages", f"列表超过 {MAX_PAGES} 页仍未结束")
