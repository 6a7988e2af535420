"""What changed between two releases, in words: reports, figures and why they changed, rows of each table, columns."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from flows.errors import Text
from flows.publish.delta import Side, compare_table, list_comparable
from flows.publish.steps import STEPS, Difference, compare_schemas
from flows.publish.tables import write_cell

SHOWN = 100  # of a kind in the words; all are in the deltas
VALUES = ("value", "status", "unit", "unit_basis", "raw_value")
CAUSES: Mapping[str, Text] = {
    "correction": Text("a reviewer's decision", "复核结论"),
    "capture": Text("another capture of the report", "报告有了新的存档"),
    "form": Text("another form file (how headings are read)", "表式文件（标签的读法）改动"),
    "code": Text("another version of the program", "程序版本改动"),
}
FILES = ("CHANGES.md", "CHANGES.zh.md")


@dataclass(frozen=True)
class Figure:
    """One figure that changed: its report, its cell, the texts before and after, and why."""

    report: str
    cell: str
    old: str
    new: str
    cause: str


@dataclass(frozen=True)
class Changes:
    """All that changed between two releases; `counts` has rows added, removed and changed of each table."""

    before: str
    after: str
    schemas: tuple[Difference, ...]
    counts: Mapping[str, tuple[int, int, int]]
    uncompared: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    causes: Mapping[str, int]
    figures: tuple[Figure, ...]

    @property
    def any(self) -> bool:
        """Whether anything changed at all."""
        return bool(self.schemas) or any(map(any, self.counts.values()))


def compare_releases(before: Side, after: Side) -> tuple[Changes, dict[str, pa.Table]]:
    """Return what changed between two releases, and the deltas of their tables."""
    deltas = {name: compare_table(name, before, after) for name in list_comparable(before, after)}
    return sum_up(before, after, deltas), deltas


def sum_up(before: Side, after: Side, deltas: Mapping[str, pa.Table]) -> Changes:
    """Return what the deltas between two releases say."""
    figures, causes = list_figures(before, after, deltas)
    return Changes(
        before=before.version,
        after=after.version,
        schemas=compare_schemas(before.schemas, after.schemas),
        counts={name: count_rows(delta) for name, delta in deltas.items()},
        uncompared=tuple(
            name
            for name in after.schemas
            if name in before.schemas and name not in deltas and name != "gates"
        ),
        added=list_reports(deltas, "added", "changed_to"),
        removed=list_reports(deltas, "removed", "changed_from"),
        causes=causes,
        figures=figures,
    )


def count_rows(delta: pa.Table) -> tuple[int, int, int]:
    """Return how many rows of a table were added, removed and changed."""
    counts = {each["values"]: each["counts"] for each in pc.value_counts(delta["change"]).to_pylist()}
    return counts.get("added", 0), counts.get("removed", 0), counts.get("changed_to", 0)


def list_reports(deltas: Mapping[str, pa.Table], whole: str, turned: str) -> tuple[str, ...]:
    """Return the reports that are published on one side only: rows of it, and rows whose state changed from or to it."""
    if "reports" not in deltas:
        return ()
    rows = deltas["reports"].filter(pc.equal(deltas["reports"]["state"], "published"))
    state = pc.match_substring_regex(pc.fill_null(rows["changed_fields"], ""), r"(^| )state( |$)")
    wanted = pc.or_(pc.equal(rows["change"], whole), pc.and_(pc.equal(rows["change"], turned), state))
    return tuple(map(name_report, rows.filter(wanted).select(["body_id", "year", "scope"]).to_pylist()))


def name_report(row: Mapping[str, object]) -> str:
    """Return a report as people name it in messages."""
    return f"{row['body_id']} {row['year']} {row['scope']}"


def list_figures(
    before: Side, after: Side, deltas: Mapping[str, pa.Table]
) -> tuple[tuple[Figure, ...], dict[str, int]]:
    """Return the first figures that changed, and how many changed by each cause."""
    if "observations" not in deltas:
        return (), {}
    rows = deltas["observations"]
    pattern = rf"(^| )({'|'.join(VALUES)})( |$)"
    rows = rows.filter(pc.match_substring_regex(pc.fill_null(rows["changed_fields"], ""), pattern))
    was, now = (rows.filter(pc.equal(rows["change"], word)) for word in ("changed_from", "changed_to"))
    causes = find_causes(before, after, deltas.get("corrections"), now)
    figures = (
        Figure(
            name_report(new),
            f"{new['indicator_id']}|{new['applicant']}",
            say_value(old),
            say_value(new),
            cause,
        )
        for old, new, cause in zip(
            was.slice(0, SHOWN).to_pylist(), now.slice(0, SHOWN).to_pylist(), causes[:SHOWN], strict=True
        )
    )
    return tuple(figures), dict(sorted(Counter(causes).items()))


def say_value(row: Mapping[str, object]) -> str:
    """Return what a cell states, with its unit."""
    value = write_cell(row["value"]) if row["status"] == "reported" else f"({row['status']})"
    return f"{value} {row['unit'] or ''}".strip()


def find_causes(before: Side, after: Side, corrections: pa.Table | None, rows: pa.Table) -> list[str]:
    """Return why each figure changed: the first that holds of a decision, a capture, a form file; else the program."""
    columns = ("body_id", "year", "scope", "indicator_id", "applicant")
    decided = (
        set(zip(*(corrections[column].to_pylist() for column in columns), strict=True))
        if corrections
        else set()
    )
    cells = zip(*(rows[column].to_pylist() for column in columns), strict=True)
    captured = pc.match_substring(rows["changed_fields"], "capture_id").to_pylist()
    moved = {form for form, sha256 in after.forms.items() if before.forms.get(form) != sha256}
    formed = np.isin(np.asarray(rows["form"].to_pylist(), dtype=object).astype(str), list(moved))
    return [
        "correction" if cell in decided else "capture" if capture else "form" if form else "code"
        for cell, capture, form in zip(cells, captured, formed, strict=True)
    ]


def write_changes(folder: Path, version: str, changes: Changes | None, passed: Sequence[Text] = ()) -> None:
    """Write CHANGES.md and CHANGES.zh.md of a release; `passed` are the gates that a person let pass."""
    for name, lang in zip(FILES, ("en", "zh"), strict=True):
        head = Text(f"# Changes in release {version}", f"# 发布版本 {version} 的变化").read(lang)
        if changes is None:
            first = Text(
                "The first release: there is none before it to compare with.",
                "首个发布版本，之前没有可比较者。",
            )
            lines = [first.read(lang)]
        else:
            lines = list(describe_changes(changes, lang))
        if passed:
            lines += ["", Text("## Let pass by a person", "## 由人放行").read(lang), ""]
            lines += [f"- {text.read(lang)}" for text in passed]
        (folder / name).write_text("\n".join([head, "", *lines]) + "\n", encoding="utf-8")


def describe_changes(changes: Changes, lang: str) -> Iterator[str]:
    """Yield what changed as Markdown."""
    zh = lang == "zh"
    yield f"与 {changes.before} 相比。" if zh else f"Against {changes.before}."
    if not changes.any:
        yield ""
        yield "没有变化。" if zh else "Nothing changed."
        return
    yield from describe_reports(changes, lang)
    yield from describe_figures(changes, lang)
    yield ""
    yield "## 各表行数" if zh else "## Rows"
    yield ""
    yield "| 表 | 新增 | 移除 | 变化 |" if zh else "| table | added | removed | changed |"
    yield "|---|--:|--:|--:|"
    for name, counts in changes.counts.items():
        if any(counts):
            yield f"| `{name}` | {' | '.join(f'{count:,}' for count in counts)} |"
    for name in changes.uncompared:
        yield (
            f"| `{name}` | 主键改变，不可比较 | | |"
            if zh
            else f"| `{name}` | another primary key, not compared | | |"
        )
    if changes.schemas:
        yield ""
        yield "## 模式" if zh else "## Schemas"
        yield ""
        for each in changes.schemas:
            yield f"- {STEPS[each.step]}: `{each.where}` {each.what.read(lang)}"


def describe_reports(changes: Changes, lang: str) -> Iterator[str]:
    """Yield which reports came and went."""
    titles = (Text("Reports added", "新增报告"), Text("Reports removed", "移除报告"))
    for title, reports in zip(titles, (changes.added, changes.removed), strict=True):
        if reports:
            yield ""
            yield f"## {count_of(title, len(reports), lang)}"
            yield ""
            yield from shorten([f"- {report}" for report in reports], len(reports), lang)


def describe_figures(changes: Changes, lang: str) -> Iterator[str]:
    """Yield how many figures changed, why, and which."""
    count = sum(changes.causes.values())
    if not count:
        return
    yield ""
    yield f"## {count_of(Text('Figures changed', '变化的数字'), count, lang)}"
    yield ""
    for cause, number in changes.causes.items():
        yield f"- {count_of(CAUSES[cause], number, lang)}"
    yield ""
    heads = (
        ("报告", "单元格", "原为", "现为", "原因") if lang == "zh" else ("report", "cell", "was", "is", "why")
    )
    yield f"| {' | '.join(heads)} |"
    yield "|---|---|--:|--:|---|"
    rows = [
        f"| {each.report} | `{each.cell.replace('|', ' ')}` | {each.old} | {each.new} | {CAUSES[each.cause].read(lang)} |"
        for each in changes.figures
    ]
    yield from shorten(rows, count, lang)


def count_of(what: Text, number: int, lang: str) -> str:
    """Return what is counted, and how many there are."""
    return f"{what.zh}：{number:,}" if lang == "zh" else f"{what.en}: {number:,}"


def shorten(lines: Sequence[str], count: int, lang: str) -> Iterator[str]:
    """Yield the first lines, and how many more there are."""
    yield from lines[:SHOWN]
    if count > SHOWN:
        yield ""
        yield f"另有 {count - SHOWN:,} 项。" if lang == "zh" else f"And {count - SHOWN:,} more."


def list_rows(deltas: Mapping[str, pa.Table], keys: Mapping[str, Sequence[str]]) -> Iterator[Iterable[str]]:
    """Yield the deltas as data, a row for each row added or removed and for each value changed: table, change, key, field, old, new."""
    for name, delta in deltas.items():
        was: Mapping[str, object] = {}
        for batch in delta.to_batches(max_chunksize=10_000):
            for row in batch.to_pylist():
                key = "|".join(write_cell(row[column]) for column in keys[name])
                if row["change"] == "changed_from":
                    was = row
                elif row["change"] == "changed_to":
                    for field in row["changed_fields"].split():
                        yield name, "changed", key, field, write_cell(was[field]), write_cell(row[field])
                else:
                    yield name, row["change"], key, "", "", ""
