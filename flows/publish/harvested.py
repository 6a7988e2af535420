"""What a harvest would do and what it did, for people: the plan with each host's budget, the results by body."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from flows.errors import Text
from flows.harvest.audit import Audit
from flows.harvest.discover import ListAddress
from flows.harvest.looks import RESULTS
from flows.harvest.plan import Visit, budgets, say_situation
from flows.harvest.run import HarvestOutcome
from flows.harvest.store import Raw
from flows.registry import Registry

Rows = tuple[tuple[str, ...], list[tuple[str, ...]]]  # heads, rows


def plan_rows(registry: Registry, visits: Sequence[Visit], lang: str) -> Rows:
    """Return the plan as a table: a row for each address, in the order in which its host is asked."""
    heads = {
        "en": ("what", "body_id", "year", "scope", "source", "last_look", "asks_for", "url", "why"),
        "zh": ("类别", "机关", "年度", "范围", "来源", "上次查看", "请求", "网址", "缘由"),
    }
    return heads["zh" if lang == "zh" else "en"], [plan_row(registry, visit, lang) for visit in visits]


def plan_row(registry: Registry, visit: Visit, lang: str) -> tuple[str, ...]:
    """Return one visit as a row; year and scope are empty where the page itself decides."""
    target, last = visit.target, visit.history.last
    if isinstance(target, ListAddress):
        what, told = Text("list", "列表"), (str(target.sought), "", target.source.list_id)
    else:
        what, told = Text("report", "报告"), (str(target.year or ""), target.scope, target.source)
    asks = Text("changes", "仅变化") if visit.known.as_headers() else Text("all", "全文")
    return (
        what.read(lang), target.body_id, *told, f"{last.captured_at:%Y-%m-%d}" if last else "",
        asks.read(lang), visit.url, say_situation(registry, visit.situation).read(lang),
    )  # fmt: skip


def budget_lines(visits: Sequence[Visit], pause: float, lang: str) -> Iterator[str]:
    """Yield what a plan asks of each host: how many requests at the least, and how long these take at the least."""
    for host, (requests, seconds) in budgets(visits, pause).items():
        yield Text(
            f"{host}: {requests} requests, at least {seconds:.0f} s",
            f"{host}：请求 {requests} 次，至少 {seconds:.0f} 秒",
        ).read(lang)


def outcome_rows(registry: Registry, outcomes: Sequence[HarvestOutcome], lang: str) -> Rows:
    """Return what a harvest did as a table: a row for each body, a column for each result that there was."""
    counts: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        counts.setdefault(outcome.visit.target.body_id, Counter())[outcome.result] += 1
    results = [result for result in RESULTS if any(each[result] for each in counts.values())]
    heads = ("机关", "名称") if lang == "zh" else ("body_id", "name")
    rows = [
        (body_id, name_body(registry, body_id, lang), *(str(counts[body_id][result]) for result in results))
        for body_id in sorted(counts)
    ]
    return (*heads, *(RESULTS[result].read(lang) for result in results)), rows


def name_body(registry: Registry, body_id: str, lang: str) -> str:
    """Return the name of a body."""
    body = registry.bodies[body_id]
    return body.name_zh if lang == "zh" else body.name_en


def sum_up(outcomes: Sequence[HarvestOutcome]) -> Text:
    """Return the number of visits by result, in one sentence."""
    counts: Mapping[str, int] = Counter(outcome.result for outcome in outcomes)
    said = [(RESULTS[result], counts[result]) for result in RESULTS if counts.get(result)]
    return Text(
        ", ".join(f"{words.en} {count}" for words, count in said) or "nothing was due",
        "，".join(f"{words.zh} {count}" for words, count in said) or "没有到期的查看",
    )


def name_visit(visit: Visit) -> str:
    """Return a visit by body and year, a list with its name too, for a message."""
    target = visit.target
    listed = f" ({target.source.list_id})" if isinstance(target, ListAddress) else ""
    return f"{target.body_id} {target.sought}{listed}"


def summarise_audit(raw: Raw, audit: Audit) -> Text:
    """Return what was read, and what to do where something is not as it was written."""
    read = f"{audit.files}, {audit.records:,}, {audit.captures:,}, {audit.size:,}"
    if not audit.faults:
        return Text(
            f"{raw}: whole. Files, records, captures, bytes: {read}.",
            f"{raw}：完好。文件、记录、存档、字节：{read}。",
        )
    return Text(
        f"{raw}: {len(audit.faults)} faults. Files, records, captures, bytes: {read}. What a crash left behind is mended by "
        "the next harvest; restore anything else from a copy.",
        f"{raw}：{len(audit.faults)} 处问题。文件、记录、存档、字节：{read}。中断所遗留者由下次采集修复，其余请从副本恢复。",
    )
