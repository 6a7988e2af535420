"""The Prefect flows, named as in `prefect.yaml`: a skin over the plain functions that `gongkai` calls too.

Prefect adds a line and a state per run, and tables of what came out.
Take the decorators away and the same program runs; without a run, no artifact is made.
"""

import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from flows.contribute.accept import Deed
from flows.contribute.faults import fault_row, rules_of
from flows.contribute.formats import sentence
from flows.contribute.inbox import Settled, settle_waiting
from flows.curate.build import Outcome, build_outcomes
from flows.declared import nearest
from flows.errors import ArchiveError, FetchError, GongkaiError, ReleaseError, Text, UsageError
from flows.harvest.audit import audit_archive, look_at
from flows.harvest.discover import open_years
from flows.harvest.fetch import Fetcher
from flows.harvest.index import load_index
from flows.harvest.looks import RESULTS
from flows.harvest.run import Asked, HarvestOutcome, find_red
from flows.harvest.run import harvest as run_harvest
from flows.harvest.store import Raw, open_raw
from flows.model import Report
from flows.publish.harvested import name_visit, sum_up, summarise_audit
from flows.publish.release import Release, build_release
from flows.publish.terminal import STATES, reason, summarise_release
from flows.registry import Registry, load_registry

ROOT = Path(os.environ.get("GONGKAI_HOME") or Path(__file__).resolve().parent.parent)

log = logging.getLogger("gongkai")
log.setLevel(logging.INFO)  # prefect.yaml has Prefect show this logger; its level is ours to set


@flow(description="Find and fetch the reports that are due (network). 查找并抓取到期报告（联网）。")
def harvest(schemas: str = "", raw: str = "", body_id: str = "", year: int | None = None) -> State[Any]:
    """Find and fetch the reports that are due into `raw/`; failed where a required list or a report is red."""
    return conclude(partial(harvest_due, *find_folders(schemas, raw)[:2], body_id, year))


@flow(description="Publish a data package from raw/ (no network). 由 raw/ 发布数据包（不联网）。")
def build(schemas: str = "", raw: str = "", curated: str = "") -> State[Any]:
    """Publish a data package from `raw/`; failed where a report had to be left out."""
    return conclude(partial(publish_all, *find_folders(schemas, raw, curated)))


@flow(description="The main job: harvest what is due, then build. 主任务：采集到期报告并构建数据包。")
def refresh(
    schemas: str = "", raw: str = "", curated: str = "", body_id: str = "", year: int | None = None
) -> State[Any]:
    """Harvest, then build whatever became of the harvest; failed where either was."""
    folders = find_folders(schemas, raw, curated)
    return conclude(partial(harvest_due, *folders[:2], body_id, year), partial(publish_all, *folders))


@flow(description="Accept the contributions that hold, report the rest. 接受合格的来稿，并报告其余。")
def contributions(schemas: str = "", raw: str = "") -> State[Any]:
    """Accept the contributions that wait and hold; failed where one is refused for the first time."""
    return conclude(partial(settle_contributions, *find_folders(schemas, raw)[:2]))


@flow(description="Read the whole archive again. 重新读取整个存档。")
def audit(schemas: str = "", raw: str = "") -> State[Any]:
    """Read every byte of `raw/` again; failed where anything is not as it was written."""
    return conclude(partial(audit_all, *find_folders(schemas, raw)[:2]))


def find_folders(schemas: str, raw: str, curated: str = "") -> tuple[Path, Raw, Path]:
    """Return the folders that parameters name, or the bucket of the archive; the project's own for an empty one."""
    address = raw or os.environ.get("GONGKAI_RAW") or str(ROOT / "raw")
    return Path(schemas or ROOT / "schemas"), open_raw(address), Path(curated or ROOT / "curated")


def conclude(*steps: Callable[[], Text]) -> State[Any]:
    """Take every step, whatever became of those before, and return the state with all their messages."""
    texts, conclusion = [], Completed
    for step in steps:
        try:
            texts.append(step())
        except GongkaiError as error:
            texts.append(error.text)
            conclusion = Failed
    lines = [text.read(lang) for lang in ("en", "zh") for text in dict.fromkeys(texts)]
    return conclusion(message="\n".join(lines))


@task(cache_policy=NO_CACHE)
def harvest_due(schemas: Path, raw: Raw, body_id: str = "", year: int | None = None) -> Text:
    """Return how many addresses were looked at; raise FetchError naming the lists and reports that are red.

    A host has had its three tries by then, so the task has none of its own; what the archive knows to be red is red
    whether it was looked at in this run or not.
    """
    registry = load_registry(schemas)
    now = datetime.now(UTC)
    check_wanted(registry, now.date(), body_id, year)
    asked = Asked(body_id, year)
    try:
        tick = partial(log.info, "asked 已请求 %s")
        fetcher = Fetcher(registry.hosts, private=registry.private)
        outcomes = run_harvest(registry, raw, fetcher, asked, lambda visit: tick(visit.url))
    except OSError as error:
        raise ArchiveError(
            f"{raw}: cannot be written ({error.strerror or error}). Free space or mend the permissions and run again.",
            f"{raw}：无法写入（{error.strerror or error}）。请腾出空间或修正权限后重试。",
        ) from error
    show_harvest(outcomes)
    done = sum_up(outcomes)
    red = {each.visit.url: (each.visit, each.reason or done) for each in outcomes if each.failed}
    red |= {
        visit.url: (visit, why) for visit, why in find_red(registry, raw, now, asked) if visit.url not in red
    }
    if red:
        names, why = ", ".join(name_visit(visit) for visit, _ in red.values()), next(iter(red.values()))[1]
        raise FetchError(
            f"looked at {len(outcomes)} addresses: {done.en}. Red are {len(red)}: {names}. {why.en}",
            f"查看网址 {len(outcomes)} 个：{done.zh}。失败 {len(red)} 个：{names}。{why.zh}",
        )
    return Text(
        f"looked at {len(outcomes)} addresses: {done.en}.", f"查看网址 {len(outcomes)} 个：{done.zh}。"
    )


def show_harvest(outcomes: Sequence[HarvestOutcome]) -> None:
    """Make the artifact of a harvest: every address that was looked at, the failed ones first."""
    rows = []
    for each in sorted(outcomes, key=lambda each: not each.failed):
        target, result = each.visit.target, RESULTS[each.result]
        place = {"address 网址": each.visit.url, "result 结果": " ".join(result)}
        rows.append(make_row(Report(target.body_id, target.sought, ""), each.reason or result, place))
    show_table("gongkai-harvest", Text("addresses looked at", "所查看的网址"), rows)


def check_wanted(registry: Registry, today: date, body_id: str, year: int | None) -> None:
    """Raise UsageError for a body that is not known or a year that is not over."""
    years = open_years(today)
    if body_id not in ("", *registry.bodies) or year not in (None, *years):
        asked, close = f"{body_id or '-'} {year or '-'}", nearest(body_id, registry.bodies) or "-"
        raise UsageError(
            f"no report is expected of '{asked}'. Years: {years[0]} to {years[-1]}; nearest body: {close}.",
            f"没有“{asked}”应有的报告。年度：{years[0]} 至 {years[-1]}；最接近的机关：{close}。",
        )


@task(cache_policy=NO_CACHE)
def publish_all(schemas: Path, raw: Raw, curated: Path) -> Text:
    """Return what was published; raise ReleaseError naming the reports that are not in it."""
    registry = load_registry(schemas)
    try:
        release = build_release(registry, raw, curated)
    except ReleaseError as error:
        # Nothing was published, and the error names no report: look which could not be used.
        outcomes = build_outcomes(registry, raw, load_index(raw, registry.schemas["published/captures"]))
        left_out = [each for each in outcomes if each.captures and each.state != "published"]
        show_left_out(left_out)
        raise ReleaseError(*add_left_out(error.text, left_out)) from error
    show_release(registry, release, curated)
    version, done = release.published.version, len(release.done)
    text = Text(f"published {version}, reports: {done}.", f"已发布 {version}，报告：{done}。")
    if release.left_out:
        raise ReleaseError(*add_left_out(text, release.left_out))
    return text


@task(cache_policy=NO_CACHE)
def settle_contributions(schemas: Path, raw: Raw) -> Text:
    """Return what became of the contributions that wait in `raw/`; raise UsageError naming those refused for the first time.

    A refusal is on record from then on, and a finding about its report in the next build.
    """
    registry = load_registry(schemas)
    settled = settle_waiting(
        registry, raw, Deed("flow contributions", datetime.now(UTC).replace(microsecond=0))
    )
    show_contributions(registry, settled)
    accepted = [each for each in settled if each.accepted]
    refused = [each for each in settled if not each.accepted]
    new = sum(each.new for each in accepted)
    text = Text(
        f"contributions: {len(accepted)} accepted ({new} new), {len(refused)} refused.",
        f"来稿：接受 {len(accepted)} 份（新 {new} 份），未通过 {len(refused)} 份。",
    )
    if fresh := [each for each in refused if each.new]:
        names, why = ", ".join(each.verdict.opened.name for each in fresh), fresh[0].why or text
        raise UsageError(
            f"{text.en} Refused for the first time: {names}. {why.en}",
            f"{text.zh}首次未通过：{names}。{why.zh}",
        )
    return text


def show_contributions(registry: Registry, settled: Sequence[Settled]) -> None:
    """Make the artifact of the contributions: every fault as `gongkai contribute check` tells it, those refused first."""
    show_table("gongkai-contributions", Text("contributions", "来稿"), contribution_rows(registry, settled))


def contribution_rows(registry: Registry, settled: Sequence[Settled]) -> list[dict[str, object]]:
    """Return every fault of every contribution, those refused first; one row for a contribution without any."""
    rules = rules_of(registry)
    rows: list[dict[str, object]] = []
    for each in sorted(settled, key=lambda each: (each.accepted, each.verdict.opened.name)):
        place = {
            "contribution 来稿": each.verdict.opened.name,
            "result 结果": "accepted 接受" if each.accepted else "refused 未通过",
        }
        if not each.verdict.faults:
            why = each.why or Text("no faults", "没有问题")
            rows.append({**place, "message": why.en, "说明": why.zh})
        for fault in (fault_row(rules, one) for one in each.verdict.faults):
            where = {"file 文件": fault["file"], "row 行": fault["row"], "severity 级别": fault["severity"]}
            rows.append({**place, **where, "message": sentence(fault, "en"), "说明": sentence(fault, "zh")})
    return rows


@task(cache_policy=NO_CACHE)
def audit_all(schemas: Path, raw: Raw) -> Text:
    """Return what an audit of the archive read; raise ArchiveError naming the first fault where there is one."""
    registry = load_registry(schemas)
    captures, files = look_at(raw, registry.schemas["published/captures"])
    found = audit_archive(raw, captures, lambda name: log.info("read again 已重新读取 %s", name), files)
    rows: list[dict[str, object]] = [
        {"file 文件": each.file, "offset 偏移": each.offset, "message": each.what.en, "说明": each.what.zh}
        for each in found.faults
    ]
    show_table("gongkai-audit", Text("faults of the archive", "存档的问题"), rows)
    said = summarise_audit(raw, found)
    if found.faults:
        first = found.faults[0]
        raise ArchiveError(
            f"{said.en} First: {first.file} offset {first.offset}: {first.what.en}.",
            f"{said.zh}首处：{first.file} 偏移 {first.offset}：{first.what.zh}。",
        )
    return said


def add_left_out(text: Text, left_out: Sequence[Outcome]) -> Text:
    """Return a message with the reports that were left out, and why the first was, at its end."""
    if not left_out:
        return text
    names, first = name_reports(each.report for each in left_out), left_out[0]
    return Text(
        f"{text.en} Left out {len(left_out)}: {names}. {reason(first, 'en')}",
        f"{text.zh}未收入 {len(left_out)} 份：{names}。{reason(first, 'zh')}",
    )


def name_reports(reports: Iterable[Report]) -> str:
    """Return reports by body and year, for a message."""
    return ", ".join(f"{each.body_id} {each.year}" for each in reports)


def show_release(registry: Registry, release: Release, curated: Path) -> None:
    """Make the artifacts of a build: summary, reports left out, findings with the gravest first."""
    if flow_run.id:
        texts = (summarise_release(registry, release, curated, lang) for lang in ("en", "zh"))
        markdown = "\n\n".join(f"```text\n{text}\n```" for text in texts)
        create_markdown_artifact(markdown, key="gongkai-summary", description="what was published / 发布摘要")
    show_left_out(release.left_out)
    rows = [
        make_row(each.report, finding.message, {"severity 级别": said, "rule 规则": finding.rule_id})
        for severity, said in (("error", "error 错误"), ("warning", "warning 警告"), ("info", "info 提示"))
        for each in release.outcomes
        for finding in each.findings
        if registry.rules[finding.rule_id].severity == severity
    ]
    show_table("gongkai-findings", Text("findings", "发现"), rows)


def show_left_out(left_out: Sequence[Outcome]) -> None:
    """Make the artifact that says which reports were left out, and why."""
    rows = [
        make_row(each.report, each.reason or STATES[each.state], {"state 状态": " ".join(STATES[each.state])})
        for each in left_out
    ]
    show_table("gongkai-left-out", Text("reports left out", "未收入的报告"), rows)


def make_row(report: Report, said: Text, more: Mapping[str, str]) -> dict[str, object]:
    """Return one row of an artifact: which report, more about it, and a message in both languages."""
    place = {"body 机关": report.body_id, "year 年度": report.year}
    return {**place, **more, "message": said.en, "说明": said.zh}


def show_table(key: str, title: Text, rows: Sequence[dict[str, object]]) -> None:
    """Make a table artifact of the first 500 rows; of none too, so that the newest is of the newest run."""
    if flow_run.id:
        description = f"{title.en} / {title.zh}: {len(rows)}"
        create_table_artifact(list(rows[:500]), key=key, description=description)
