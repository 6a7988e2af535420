"""What commands print for people: true, whole, in both languages, with the next step that works."""

import io
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from flows.cells import parse_value
from flows.curate.build import Outcome
from flows.errors import Text
from flows.model import Document, Extraction, Finding, Observation, Value
from flows.publish.release import Release
from flows.publish.terminal import (
    Shown,
    check_lines,
    finding_line,
    findings_table,
    status_legend,
    status_table,
    summarise_release,
    surroundings,
    trace_lines,
)
from flows.registry import Registry

LANGS = ("en", "zh")


def printed(*tables: Table) -> str:
    """Return tables as a wide terminal prints them."""
    console = Console(file=io.StringIO(), width=400, highlight=False, markup=False)
    for table in tables:
        console.print(table)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def observed(extraction: Extraction, code: str) -> Observation:
    (found,) = (each for each in extraction.observations if each.indicator_id == code)
    return found


def outcome_of(release: Release, body_id: str = "110116") -> Outcome:
    (outcome,) = (each for each in release.done if each.report.body_id == body_id)
    return outcome


@pytest.mark.parametrize("lang", LANGS)
def test_the_summary_counts_what_was_published_and_says_where(
    registry: Registry, release: Release, lang: str
) -> None:
    lines = summarise_release(registry, release, Path("curated"), lang).splitlines()
    counts = {
        "en": [
            "bodies 2",
            "years 2018-2024",
            "reports 2, left out 0",
            "figures 273",
            "findings 7 (3 error, 3 warning, 1 info)",
        ],
        "zh": [
            "机关 2",
            "年度 2018-2024",
            "报告 2，未收入 0",
            "数字 273",
            "发现 7（错误 3，警告 3，提示 1）",
        ],
    }[lang]
    assert [" ".join(line.split()) for line in lines[1:6]] == counts
    assert "2026.11.0" in lines[0]
    assert lines[6].endswith("curated/latest/datapackage.json")


@pytest.mark.parametrize("lang", LANGS)
def test_the_summary_names_each_report_left_out_with_its_reason(
    registry: Registry, release: Release, lang: str
) -> None:
    done = outcome_of(release)
    lost = replace(
        done,
        report=replace(done.report, year=2017),
        state="quarantined",
        reason=Text("odd page", "页面有异"),
        extraction=None,
    )
    text = summarise_release(registry, replace(release, outcomes=(done, lost)), Path("curated"), lang)
    assert {"en": "left out  110116 2017: odd page", "zh": "未收入  110116 2017：页面有异"}[lang] in text


@pytest.mark.parametrize("lang", LANGS)
def test_an_unchanged_package_is_called_so(registry: Registry, release: Release, lang: str) -> None:
    same = replace(release, published=replace(release.published, changed=False))
    words = {"en": "unchanged, same bytes", "zh": "内容未变"}[lang]
    assert words in summarise_release(registry, same, Path("curated"), lang)
    assert words not in summarise_release(registry, release, Path("curated"), lang)


@pytest.mark.parametrize("lang", LANGS)
def test_coverage_has_a_row_for_every_body_and_a_mark_for_every_report(
    registry: Registry, release: Release, lang: str
) -> None:
    text = printed(status_table(registry, release.outcomes, lang))
    for body_id, body in registry.bodies.items():
        (row,) = (line for line in text.splitlines() if body_id in line)
        assert (body.name_zh if lang == "zh" else body.name_en.removesuffix(" District")) in row
        assert row.count("·") + row.count("●") == 18
    assert text.count("●") == 2
    counts = [int(number) for number in re.findall(r"\d+", status_legend(release.outcomes, lang))]
    assert sum(counts) == len(release.outcomes)


@pytest.mark.parametrize("lang", LANGS)
def test_findings_come_gravest_first_each_with_its_words(
    registry: Registry, release: Release, lang: str
) -> None:
    findings = outcome_of(release).findings
    text = printed(findings_table(registry, findings[::-1], lang))
    severities = re.findall(r"│ (error|warning|info)", text)
    assert severities == ["error"] * 3 + ["warning"] * 2 + ["info"]
    for finding in findings:
        assert finding.message.read(lang)[:20] in text


def test_a_finding_is_one_line_with_severity_rule_class_and_place(registry: Registry) -> None:
    finding = Finding("unknown_label", Text("odd", "怪"), locator="table 1 r2 c3")
    assert finding_line(registry, finding, "en") == "warning unknown_label (reading) [table 1 r2 c3]: odd"
    assert finding_line(registry, finding, "zh").endswith(": 怪")


def observed_value(text: str) -> Value:
    return parse_value(text)


@pytest.mark.parametrize("lang", LANGS)
def test_a_figure_is_shown_among_its_neighbours(
    huairou: Extraction, huairou_document: Document, lang: str
) -> None:
    lines = list(surroundings(huairou_document, observed(huairou, "v2014.reply.refused.privacy"), lang))
    assert lines[0].endswith("涉及个人隐私 | 件")
    assert lines[1].endswith("统计数")
    (here,) = (line for line in lines if "→" in line)
    assert here.endswith("涉及个人隐私 | 件 | 2")
    assert len(lines) == 7


def test_a_figure_in_the_text_is_shown_with_the_words_around_it(
    huairou: Extraction, huairou_document: Document
) -> None:
    at = huairou_document.text.index("72505元")
    stated = observed(huairou, "v2014.organisation.budget")._replace(locator=f"text {at}-{at + 6}")
    (line,) = surroundings(huairou_document, stated, "zh")
    assert "政府信息公开专项经费【72505元】；会议118次" in line


@pytest.mark.parametrize(("lang", "said"), [("en", "does not print this cell"), ("zh", "报告未印此格")])
def test_a_cell_that_is_not_printed_is_said_to_be_so(
    huairou: Extraction, huairou_document: Document, lang: str, said: str
) -> None:
    absent = observed(huairou, "v2014.reply.total")._replace(locator="")
    assert said in next(iter(surroundings(huairou_document, absent, lang)))


def trace(registry: Registry, release: Release, document: Document, code: str, lang: str) -> str:
    outcome = outcome_of(release)
    assert outcome.extraction is not None
    observation = observed(outcome.extraction, code)
    shown = Shown(document, observation.locator)
    return "\n".join(trace_lines(registry, outcome, shown, observation, lang))


@pytest.mark.parametrize("lang", LANGS)
def test_a_trace_leads_from_the_figure_to_the_cell_the_address_the_capture_and_the_checks(
    registry: Registry, release: Release, huairou_document: Document, lang: str
) -> None:
    text = trace(registry, release, huairou_document, "v2014.litigation.total", lang)
    capture = outcome_of(release).capture
    assert capture is not None
    indicator = registry.indicators["v2014.litigation.total"]
    for fact in (capture.url, capture.capture_id, capture.sha256, f"raw/{capture.file} @ {capture.offset}"):
        assert fact in text
    assert (indicator.label_zh if lang == "zh" else indicator.label_en) in text
    assert {"en": "typeset by the project, not fetched", "zh": "由本项目排版，并非抓取"}[lang] in text
    assert "✗ error V14-LIT-SUM (source)" in text


@pytest.mark.parametrize("code", ["v2014.reply.total", "v2014.reply.granted", "v2014.disclosure.total"])
def test_checks_name_every_rule_of_a_cell_once_as_held_or_broken(
    registry: Registry, release: Release, code: str
) -> None:
    outcome = outcome_of(release)
    lines = list(check_lines(registry, outcome, f"{code}|total", "en"))[1:]
    marks = {
        rule: mark
        for mark, rule in re.findall(r"^  ([✓✗]) .*?(V14-[A-Z0-9-]+)", "\n".join(lines), re.MULTILINE)
    }
    broken = {finding.rule_id for finding in outcome.findings if f"{code}|total" in finding.cells}
    rules = [rule.rule_id for rule in registry.rules.values() if rule.is_alone and code in rule.codes]
    assert broken
    assert marks == {rule: "✗" if rule in broken else "✓" for rule in rules}
    assert len(lines) == len(rules)


def contains_chinese(texts: Iterable[str]) -> bool:
    return any("\u4e00" <= mark <= "\u9fff" for text in texts for mark in text)


def test_english_words_are_not_mixed_into_a_chinese_trace(
    registry: Registry, release: Release, huairou_document: Document
) -> None:
    text = trace(registry, release, huairou_document, "v2014.training.participants", "zh")
    for word in ("figure:", "status:", "unit:", "original:", "capture:", "As printed", "Checks"):
        assert word not in text
    assert contains_chinese(text.splitlines())
