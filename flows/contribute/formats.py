"""Faults for machines and for hosts of code: CSV, JSON, SARIF 2.1.0, and Markdown for a page that answers a proposal."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote as quote_address

from flows.contribute.check import Verdict
from flows.contribute.faults import fault_row, rules_of
from flows.errors import Text
from flows.registry import Registry

SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
COLUMNS = (
    "contribution", "file", "row", "column", "value", "severity", "fault", "rule_en", "found_en", "mend_en", "rule_zh",
    "found_zh", "mend_zh",
)  # fmt: skip
MOST = 500  # rows of a Markdown table; hosts cut longer pages off
Found = dict[str, str | int | None]


def fault_rows(registry: Registry, verdicts: Sequence[Verdict]) -> list[Found]:
    """Return the faults of all contributions as rows."""
    rules = rules_of(registry)
    return [
        {"contribution": verdict.opened.name, **fault_row(rules, fault)}
        for verdict in verdicts
        for fault in verdict.faults
    ]


def write_csv(registry: Registry, verdicts: Sequence[Verdict], lang: str) -> str:  # noqa: ARG001 (it has both)
    """Return the faults as CSV, in both languages."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(
        {name: guard_cell(cell) for name, cell in row.items()} for row in fault_rows(registry, verdicts)
    )
    return out.getvalue()


def guard_cell(cell: str | int | None) -> str | int | None:
    """Return a cell that no spreadsheet computes: a value that begins as a formula is quoted with an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t")) else cell


def write_json(registry: Registry, verdicts: Sequence[Verdict], lang: str) -> str:  # noqa: ARG001 (it has both)
    """Return the verdict on each contribution with its faults as JSON, in both languages."""
    rules = rules_of(registry)
    content = [
        {
            "contribution": verdict.opened.name,
            "valid": is_valid(verdict, rules),
            "faults": [fault_row(rules, fault) for fault in verdict.faults],
        }
        for verdict in verdicts
    ]
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def is_valid(verdict: Verdict, rules: Mapping[str, Mapping[str, str]]) -> bool:
    """Return whether no fault refuses a contribution."""
    return not any(rules[each.fault]["severity"] == "error" for each in verdict.faults)


def write_sarif(registry: Registry, verdicts: Sequence[Verdict], lang: str) -> str:
    """Return the faults as SARIF, the format that hosts of code show beside the lines."""
    rows = fault_rows(registry, verdicts)
    used = sorted({str(row["fault"]) for row in rows})
    rules = rules_of(registry)
    described = [
        {
            "id": code,
            "shortDescription": {"text": rules[code][f"rule_{lang}"]},
            "help": {"text": rules[code][f"mend_{lang}"]},
            "defaultConfiguration": {"level": rules[code]["severity"]},
        }
        for code in used
    ]
    results = [sarif_result(row, used, lang) for row in rows]
    driver = {"name": "gongkai contribute check", "rules": described}
    content = {
        "$schema": SARIF,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def sarif_result(row: Found, used: Sequence[str], lang: str) -> dict[str, object]:
    """Return one fault as a result of SARIF."""
    uri = "/".join(part for part in (str(row["contribution"]), str(row["file"]).split("[")[0]) if part)
    place: dict[str, object] = {"artifactLocation": {"uri": quote_address(uri)}}
    if row["row"]:
        place["region"] = {"startLine": row["row"]}
    return {
        "ruleId": row["fault"],
        "ruleIndex": used.index(str(row["fault"])),
        "level": row["severity"],
        "message": {"text": sentence(row, lang)},
        "locations": [{"physicalLocation": place}],
    }


def sentence(row: Found, lang: str) -> str:
    """Return a fault in one line: column and value, what was found, what must hold, what to do."""
    column, value = row["column"] or "", row["value"] or ""
    if lang == "zh":
        where = (f"{column} 列：" if column else "") + (f"“{value}”：" if value else "")
        return f"{where}{row['found_zh']}。要求：{row['rule_zh']}。{row['mend_zh']}"
    where = (f"column {column}: " if column else "") + (f"'{value}': " if value else "")
    return f"{where}{row['found_en']}. Expected: {row['rule_en']}. {row['mend_en']}"


def write_markdown(registry: Registry, verdicts: Sequence[Verdict], lang: str) -> str:  # noqa: ARG001 (it has both)
    """Return the verdicts and the table of faults as Markdown, in both languages, for the page that answers a proposal."""
    rules = rules_of(registry)
    lines = []
    for verdict in verdicts:
        valid = is_valid(verdict, rules)
        said = Text("may be accepted", "可以接受") if valid else Text("refused", "未通过")
        lines.append(f"### {plain(verdict.opened.name)}: {said.en} / {said.zh}\n")
        rows = [fault_row(rules, fault) for fault in verdict.faults]
        if rows:
            lines.append("| file 文件 | row 行 | column 列 | value 值 | | what and what to do | 问题与改法 |")
            lines.append("|---|--:|---|---|---|---|---|")
        for row in rows[:MOST]:
            bare = {**row, "column": None, "value": None}
            texts = (
                row["file"],
                row["row"],
                row["column"],
                row["value"],
                row["severity"],
                sentence(bare, "en"),
                sentence(bare, "zh"),
            )
            lines.append(
                "| " + " | ".join(plain(str(text if text is not None else "")) for text in texts) + " |"
            )
        if len(rows) > MOST:
            lines.append(f"\n… {len(rows) - MOST} more / 另有 {len(rows) - MOST} 项")
        lines.append("")
    return "\n".join(lines) + "\n"


def plain(text: str) -> str:
    r"""Return a text as Markdown shows it: nothing of it is a link, a mention, a tag or the end of a cell.

    >>> plain("a|b <img> @you [x](y)")
    'a\\|b &lt;img&gt; &#64;you \\[x\\](y)'
    """
    marked = "".join(f"\\{char}" if char in "\\`*_[]|~" else char for char in text)
    names = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;", "#": "&#35;"}
    return "".join(names.get(char, char) for char in marked)


FORMATS: Mapping[str, Callable[[Registry, Sequence[Verdict], str], str]] = {
    "csv": write_csv,
    "json": write_json,
    "sarif": write_sarif,
    "markdown": write_markdown,
}
