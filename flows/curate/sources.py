"""What the looks at a report's addresses say of it: when it was seen, whether it changed, whether its source is gone.

All of it follows from the archive's index; nothing is asked and no clock is read.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from flows.errors import Text
from flows.harvest.leads import address_key, covered_bodies
from flows.harvest.order import by_number, find_misdated, order_captures
from flows.harvest.plan import GONE, LISTED, SEEN, History, find_removal
from flows.model import LIST_LOOK, Capture, Extraction, Finding, State
from flows.registry import Registry

Key = tuple[str, int, str]  # body, year, scope


def group_looks(captures: Iterable[Capture]) -> dict[Key, tuple[Capture, ...]]:
    """Return all looks for each report, oldest first: its pages, and those that did not find it.

    Lists, attachments and what contributors sent are no looks at a report.
    """
    found: dict[Key, list[Capture]] = {}
    for each in order_captures(captures):
        if not each.parent_id and not each.is_list and each.kind != "contributed":
            found.setdefault((each.body_id, each.year, each.scope), []).append(each)
    return {key: tuple(looks) for key, looks in found.items()}


def first_seen(looks: Iterable[Capture]) -> datetime | None:
    """Return when a report was first found, or None."""
    return min((each.moment for each in looks if each.verdict in SEEN), default=None)


def last_seen(looks: Iterable[Capture]) -> datetime | None:
    """Return when a report was last found, changed or not, or None."""
    return max((each.moment for each in looks if each.verdict in SEEN), default=None)


def last_changed(looks: Sequence[Capture], capture: Capture | None) -> datetime | None:
    """Return when the bytes at a capture's address were first seen as it has them, or None without a capture."""
    if capture is None:
        return None
    changed, before = None, ""
    for each in looks:
        if each.url == capture.url and each.verdict in SEEN:
            changed = each.moment if each.sha256 != before else changed
            before = each.sha256
    return changed


# Whether it is still there


def by_address(looks: Iterable[Capture]) -> dict[str, History]:
    """Return our own looks for one report by address, whatever its form."""
    found: dict[str, list[Capture]] = {}
    for each in looks:
        if each.kind == "fetched":
            found.setdefault(address_key(each.url), []).append(each)
    return {key: History(tuple(own)) for key, own in found.items()}


def gone_since(looks: Iterable[Capture]) -> datetime | None:
    """Return since when a report is gone for certain from every address where it was found, or None while one has it.

    A report that we never fetched ourselves has none that could be gone.
    """
    histories = [history for history in by_address(looks).values() if history.good]
    removals = [find_removal(history) for history in histories]
    dates = [each for each in removals if each is not None]
    return max(dates) if dates and len(dates) == len(removals) else None


def find_gone(looks: Iterable[Capture]) -> tuple[Finding, ...]:
    """Return the finding that a report's source is gone, with the date; its figures stay."""
    since = gone_since(looks)
    if since is None:
        return ()
    day = f"{since:%Y-%m-%d}"
    return (
        Finding(
            "source_gone",
            Text(
                f"the source is gone since {day}, at three looks or more over seven days; the figures stay as they were captured.",
                f"来源自 {day} 起已不存在（七天以上至少三次查看）；数字按存档保留。",
            ),
        ),
    )


def find_clock(looks: Iterable[Capture]) -> tuple[Finding, ...]:
    """Return the finding that looks at a report are dated against the order in which they were stored; by that order they count."""
    misdated = find_misdated(looks)
    if not misdated:
        return ()
    first, count = misdated[0], len(misdated)
    said, moment = f"{first.captured_at:%Y-%m-%d}", f"{first.moment:%Y-%m-%d}"
    return (
        Finding(
            "clock_unsure",
            Text(
                f"{count} looks are dated against their order, the first {said} (capture {first.capture_id}): the clock was "
                f"wrong. It counts as of {moment}, which is what the other looks allow; first, last and changed dates rest on that.",
                f"{count} 次查看的时间与先后矛盾，首个为 {said}（存档 {first.capture_id}）：时钟有误。按其他查看所允许的 {moment} "
                "计，首见、末见与变更日期以此为据。",
            ),
        ),
    )


def newest_pages(captures: Iterable[Capture]) -> dict[str, Capture]:
    """Return the newest report that each address showed when we fetched it."""
    pages = (each for each in captures if each.is_page and each.kind == "fetched")
    return {address_key(each.url): each for each in sorted(pages, key=by_number)}


def find_replaced(chosen: Capture, newest: Mapping[str, Capture]) -> tuple[Finding, ...]:
    """Return the finding that a report's address shows another report by now, as portals do that keep the newest alone."""
    shown = newest.get(address_key(chosen.url), chosen)
    own = (chosen.body_id, chosen.year, chosen.scope)
    if chosen.kind != "fetched" or (shown.body_id, shown.year, shown.scope) == own:
        return ()
    day = f"{shown.moment:%Y-%m-%d}"
    return (
        Finding(
            "source_replaced",
            Text(
                f"the address shows the report of {shown.body_id} for {shown.year} since {day} or earlier; "
                "the figures are those of the report that stood there before.",
                f"该网址最迟自 {day} 起显示 {shown.body_id} {shown.year} 年度报告；数字取自此前位于该处的报告。",
            ),
        ),
    )


def state_of_missing(registry: Registry, looks: Sequence[Capture]) -> tuple[State, Text]:
    """Return the state of a report that was looked for and never found, with what the last look found."""
    last = looks[-1]
    row = next(row for row in registry.tables["verdicts"] if row["verdict"] == last.verdict)
    since = find_removal(History(tuple(each for each in looks if each.url == last.url)))
    state: State = "removed" if last.verdict == GONE and since else row["state"]
    when = f"{(since or last.moment):%Y-%m-%d}"
    known = "since" if since else "at the last look on"
    return state, Text(
        f"not captured: {row['label_en']} {known} {when}, {last.url}",
        f"未存档：{when} {'起' if since else '最近一次查看为'}{row['label_zh']}，{last.url}",
    )


def say_unlisted(registry: Registry, key: Key, captures: Iterable[Capture]) -> Text | None:
    """Return what the lists last said where a report should be named, or None where none was looked at."""
    body_id, year, _ = key
    sources = {
        f"{LIST_LOOK}{each.list_id}": each
        for each in registry.lists
        if body_id in covered_bodies(registry, each) and each.covers_year(year)
    }
    looks = [
        each
        for each in captures
        if (source := sources.get(each.source.partition(":")[0]))
        and (each.year == year or not source.has_year)
    ]
    if not looks:
        return None
    last = max(looks, key=by_number)
    name, when = last.source.removeprefix(LIST_LOOK).partition(":")[0], f"{last.moment:%Y-%m-%d}"
    if last.verdict in LISTED:
        return Text(f"not named in the list '{name}' on {when}", f"{when} 查看的列表“{name}”中没有该报告")
    row = next(row for row in registry.tables["verdicts"] if row["verdict"] == last.verdict)
    return Text(
        f"the list '{name}' was no use on {when}: {row['label_en']}",
        f"{when} 查看列表“{name}”未果：{row['label_zh']}",
    )


# Whether its sources agree


def find_rivals(looks: Sequence[Capture], chosen: Capture) -> tuple[Capture, ...]:
    """Return the newest pages of a report at other addresses that hold other bytes and are not gone."""
    removed = {key for key, history in by_address(looks).items() if find_removal(history)}
    newest: dict[str, Capture] = {}
    for each in looks:
        if each.is_page and each.kind != "transcription":
            newest[address_key(each.url)] = each
    return tuple(
        each
        for key, each in sorted(newest.items())
        if key not in {*removed, address_key(chosen.url)} and each.sha256 != chosen.sha256
    )


def compare_sources(
    chosen: tuple[Capture, Extraction], rival: tuple[Capture, Extraction]
) -> tuple[Finding, ...]:
    """Return the finding that two pages of one report state different figures; none where all that both state are the same."""
    one, other = (figures_of(extraction) for _, extraction in (chosen, rival))
    differing = [cell for cell in one if cell in other and one[cell] != other[cell]]
    if not differing:
        return ()
    first, count = differing[0], len(differing)
    where, there = chosen[0].url, rival[0].url
    return (
        Finding(
            "sources_differ",
            Text(
                f"{count} figures differ between two pages of the report, {where} and {there}; first {first}: {one[first]} and "
                f"{other[first]}. Published are those of the page that was captured last.",
                f"报告的两个页面 {where} 与 {there} 有 {count} 个数字不同，如 {first}：{one[first]} 与 {other[first]}。"
                "所发布者取自最近存档的页面。",
            ),
            cells=tuple(differing),
        ),
    )


def figures_of(extraction: Extraction) -> dict[str, object]:
    """Return the figures that a document states, by cell."""
    return {
        f"{each.indicator_id}|{each.applicant}": each.value.amount
        for each in extraction.observations
        if each.value.status == "reported"
    }
