"""What the commands print for people: summary, status, grids with their meaning, the trace of a figure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.table import Table

from flows.cells import clean_label, clean_text
from flows.curate.build import Outcome
from flows.errors import Text
from flows.model import Capture, Document, Finding, Grid, Observation
from flows.publish.gates import Verdict, describe_passed
from flows.publish.release import Release
from flows.registry import Registry

TABLE_PLACE = re.compile(r"((?:attachment \d+: )?table \d+) r(\d+) c(\d+)")
TEXT_PLACE = re.compile(r"text (\d+)-(\d+)")
AROUND = 60  # characters of text shown on both sides of a figure

STATES: Mapping[str, Text] = {
    "published": Text("published", "已发布"),
    "not_found": Text("not captured", "未存档"),
    "removed": Text("removed", "已撤下"),
    "blocked": Text("blocked", "被拒绝"),
    "unreadable": Text("unreadable", "无法读取"),
    "quarantined": Text("held back", "暂缓"),
    "not_due": Text("not due", "未到期"),
}
MARKS = {
    "published": "●", "not_found": "·", "removed": "†", "blocked": "✕", "unreadable": "?", "quarantined": "!",
    "not_due": " ",
}  # fmt: skip


def summarise_release(registry: Registry, release: Release, shown: Path, lang: str) -> str:
    """Return what a build published, what it left out and why, where it is, and what to do next."""
    severities = release.count_findings(registry)
    bodies = {outcome.report.body_id for outcome in release.done}
    years = sorted({outcome.report.year for outcome in release.done})
    span = f"{years[0]}-{years[-1]}" if len(years) > 1 else str(years[0])
    one = release.done[0].report
    new, said = release.published.changed, say_gates(release.published.verdicts)
    counted = f"{severities['error']} error, {severities['warning']} warning, {severities['info']} info"
    lines = {
        "en": [
            f"Published package {release.published.version}{'' if new else ' (unchanged, same bytes)'}",
            f"  bodies    {len(bodies)}",
            f"  years     {span}",
            f"  reports   {len(release.done)}, left out {len(release.left_out)}",
            f"  figures   {release.count_figures():,}",
            f"  findings  {sum(severities.values())} ({counted})",
            f"  where     {shown / 'latest' / 'datapackage.json'}",
            *[f"  gate      {text.en}" for text in said],
            *[
                f"  left out  {each.report.body_id} {each.report.year}: {reason(each, lang)}"
                for each in release.left_out
            ],
            "Next:",
            f"  gongkai trace {one.body_id} {one.year} {example_indicator(release)}   a figure back to its cell",
            f"  gongkai show {one.body_id}-{one.year}   what was read, and what it means",
            "  gongkai status   coverage by body and year",
        ],
        "zh": [
            f"已发布数据包 {release.published.version}{'' if new else '（内容未变，字节相同）'}",
            f"  机关  {len(bodies)}",
            f"  年度  {span}",
            f"  报告  {len(release.done)}，未收入 {len(release.left_out)}",
            f"  数字  {release.count_figures():,}",
            f"  发现  {sum(severities.values())}（错误 {severities['error']}，警告 {severities['warning']}，提示 {severities['info']}）",
            f"  位置  {shown / 'latest' / 'datapackage.json'}",
            *[f"  关口  {text.zh}" for text in said],
            *[
                f"  未收入  {each.report.body_id} {each.report.year}：{reason(each, lang)}"
                for each in release.left_out
            ],
            "下一步：",
            f"  gongkai trace {one.body_id} {one.year} {example_indicator(release)}   追溯一个数字到单元格",
            f"  gongkai show {one.body_id}-{one.year}   查看读到的表格及其含义",
            "  gongkai status   各机关各年度的收录情况",
        ],
    }
    return "\n".join(lines["zh" if lang == "zh" else "en"])


def say_gates(verdicts: Iterable[Verdict]) -> list[Text]:
    """Return what the gates warn of, and what a person let pass."""
    warned = [
        Text(f"{each.gate.gate_id}: {each.reading.what.en}", f"{each.gate.gate_id}：{each.reading.what.zh}")
        for each in verdicts
        if each.verdict == "warned"
    ]
    return [*warned, *describe_passed(verdicts)]


def example_indicator(release: Release) -> str:
    """Return an indicator worth tracing: the first that takes part in a finding, else the first."""
    for outcome in release.done:
        for finding in outcome.findings:
            if finding.cells:
                return finding.cells[0].split("|")[0]
    extraction = release.done[0].extraction
    assert extraction is not None
    return extraction.observations[0].indicator_id


def reason(outcome: Outcome, lang: str) -> str:
    """Return why a report is not published."""
    return outcome.reason.read(lang) if outcome.reason else STATES[outcome.state].read(lang)


def findings_table(registry: Registry, findings: Sequence[Finding], lang: str) -> Table:
    """Return findings as a table for the terminal, the gravest first."""
    heads = ("级别", "规则", "说明") if lang == "zh" else ("severity", "rule", "what was found")
    table = Table(*heads, show_lines=False)
    ranks = ("error", "warning", "info")
    for finding in sorted(findings, key=lambda each: ranks.index(registry.rules[each.rule_id].severity)):
        table.add_row(registry.rules[finding.rule_id].severity, finding.rule_id, finding.message.read(lang))
    return table


def finding_line(registry: Registry, finding: Finding, lang: str) -> str:
    """Return a finding as one line: severity, rule, place, message."""
    rule = registry.rules[finding.rule_id]
    place = f" [{finding.locator}]" if finding.locator else ""
    return f"{rule.severity} {finding.rule_id} ({finding.finding_class or rule.finding_class}){place}: {finding.message.read(lang)}"


def status_table(registry: Registry, outcomes: Sequence[Outcome], lang: str) -> Table:
    """Return coverage as a table: a row per body, a column per year, a mark per state."""
    years = sorted({outcome.report.year for outcome in outcomes})
    table = Table(
        "机关" if lang == "zh" else "body", *(f"{year % 100:02d}" for year in years), padding=(0, 0, 0, 1)
    )
    states = {(each.report.body_id, each.report.year): each.state for each in outcomes}
    for body_id, body in registry.bodies.items():
        if any((body_id, year) in states for year in years):
            name = body.name_zh if lang == "zh" else body.name_en.removesuffix(" District")
            marks = (MARKS[states.get((body_id, year), "not_due")] for year in years)
            table.add_row(f"{body_id} {name}", *marks)
    return table


def status_legend(outcomes: Sequence[Outcome], lang: str) -> str:
    """Return what the marks of a status table mean, with the number of reports in each state."""
    counts = {state: sum(each.state == state for each in outcomes) for state in STATES}
    return "  ".join(
        f"{MARKS[state]} {STATES[state].read(lang)} {count}" for state, count in counts.items() if count
    )


class Shown(NamedTuple):
    """Where a figure is printed: the document, the place in it, and the attachment that it is in, if it is in one."""

    document: Document
    place: str
    attachment: str = ""


def surroundings(document: Document, observation: Observation, lang: str) -> Iterator[str]:
    """Yield the printed text around a figure: its row and column headings, or the text on both sides."""
    zh = lang == "zh"
    if match := TABLE_PLACE.fullmatch(observation.locator):
        grid = next(each for each in document.grids if each.locator == match[1])
        at, column = int(match[2]) - 1, int(match[3]) - 1
        yield f"{'行' if zh else 'row'} {at + 1}: " + " | ".join(
            clean_text(text) for text in grid.rows[at][:column]
        )
        yield f"{'列' if zh else 'column'} {column + 1}: {column_heading(grid, at, column)}"
        for near in range(max(0, at - 2), min(len(grid.rows), at + 3)):
            mark = "→" if near == at else " "
            yield f" {mark} r{near + 1}  " + " | ".join(
                clean_text(text) for text in dict.fromkeys(grid.rows[near])
            )
    elif match := TEXT_PLACE.fullmatch(observation.locator):
        start, end = int(match[1]), int(match[2])
        before, after = document.text[max(0, start - AROUND) : start], document.text[end : end + AROUND]
        yield f"…{clean_text(before)}【{document.text[start:end]}】{clean_text(after)}…"
    else:
        yield "（报告未印此格）" if zh else "(the report does not print this cell)"


def column_heading(grid: Grid, at: int, column: int) -> str:
    """Return what is printed over a column: the first cell of its own above a row that is words."""
    own = (clean_text(grid.rows[row][column]) for row in range(at) if (row, column) not in grid.continued)
    return next((text for text in own if clean_label(text) and not text[:1].isdigit()), "-")


def trace_lines(
    registry: Registry, outcome: Outcome, shown: Shown, observation: Observation, lang: str
) -> Iterator[str]:
    """Yield everything that stands behind one figure: meaning, printed text, address, capture, checks."""
    zh = lang == "zh"
    capture, body = outcome.capture, registry.bodies[outcome.report.body_id]
    indicator = registry.indicators[observation.indicator_id]
    assert capture is not None
    value = observation.raw_value or f"({observation.value.status})"
    name = body.name_zh if zh else body.name_en
    label = indicator.label_zh if zh else indicator.label_en
    yield f"{name} ({body.body_id}) {outcome.report.year} {outcome.report.scope}"
    yield f"{observation.indicator_id}|{observation.applicant}  {label}"
    yield ""
    words = (
        ("数值", "状态", "单位", "读取方式", "位置")
        if zh
        else ("figure", "status", "unit", "reading", "place")
    )
    unit = f"{observation.unit or '-'} ({observation.unit_basis or '-'})"
    facts = (value, observation.value.status, unit, observation.reading, observation.locator or "-")
    for word, fact in zip(words, facts, strict=True):
        yield f"{word}: {fact}"
    yield ""
    yield "所印内容" if zh else "As printed"
    for line in surroundings(shown.document, observation._replace(locator=shown.place), lang):
        yield f"  {line}"
    yield ""
    yield from capture_lines(capture, lang)
    if shown.attachment:
        yield f"{'附件' if zh else 'attachment'}: {shown.attachment}"
    yield ""
    cell = f"{observation.indicator_id}|{observation.applicant}"
    yield from check_lines(registry, outcome, cell, lang)


def capture_lines(capture: Capture, lang: str) -> Iterator[str]:
    """Yield where a figure comes from: the original's address, the capture's kind, hash, time and place."""
    zh = lang == "zh"
    kinds = {
        "fetched": Text("fetched from the address", "自该网址抓取"),
        "imported": Text("imported from another archive", "自他人档案导入"),
        "transcription": Text(
            "transcription: typeset by the project, not fetched; check against the original",
            "转录：由本项目排版，并非抓取；请与原文核对",
        ),
        "contributed": Text("sent in by a contributor, not fetched", "由来稿者提供，并非抓取"),
    }
    unknown = "网址不详" if zh else "address not known"
    yield f"{'原文网址' if zh else 'original'}: {capture.url or unknown}"
    yield f"{'存档' if zh else 'capture'}: {capture.capture_id}  {capture.kind} ({kinds[capture.kind].read(lang)})"
    yield f"{'来源' if zh else 'source'}: {capture.source or '-'}"
    yield f"{'时间' if zh else 'time'}: {capture.captured_at:%Y-%m-%dT%H:%M:%SZ}"
    yield f"sha256: {capture.sha256}"
    yield f"{'文件' if zh else 'file'}: raw/{capture.file} @ {capture.offset}"


def check_lines(registry: Registry, outcome: Outcome, cell: str, lang: str) -> Iterator[str]:
    """Yield every rule that a cell takes part in, and whether the report holds it."""
    zh = lang == "zh"
    yield "核对" if zh else "Checks"
    broken = {finding.rule_id: finding for finding in outcome.findings if cell in finding.cells}
    for finding in broken.values():
        yield f"  ✗ {finding_line(registry, finding, lang)}"
    code, applicant = cell.split("|")
    names = {cell, code} if applicant == "total" else {cell}
    for rule in registry.rules.values():
        in_force = rule.first_year <= outcome.report.year <= rule.last_year
        if in_force and rule.is_alone and names & set(rule.codes) and rule.rule_id not in broken:
            yield f"  ✓ {rule.rule_id}: {rule.description_zh if zh else rule.description_en}"
