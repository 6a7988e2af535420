"""The gates: what a release is held against before it is published, and what a person let pass, with the reason."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from flows.curate.assemble import build_table
from flows.declared import Row
from flows.errors import ReleaseError, Text
from flows.publish.delta import Side
from flows.publish.measures import ALL, MEASURES, Gate, Reading
from flows.registry import Registry

GATES = "gates"
EVERY = "*"  # the subject of a pass that is for all of its gate


BARE = Reading(ALL, None, None, None, False, Text("nothing to compare with", "无可比较"))


@dataclass(frozen=True)
class Verdict:
    """What one gate found of one subject: held, warned, passed, refused or not_compared; `let` is the row of the pass."""

    gate: Gate
    reading: Reading
    verdict: str
    let: Row | None = None


def judge(registry: Registry, before: Side | None, after: Side) -> tuple[Verdict, ...]:
    """Return the verdict of every gate about a release that is being made."""
    gates = [load_gate(row) for row in registry.tables[GATES]]
    passes = {
        (row["gate_id"], row["subject"]): row
        for row in registry.tables["passes"]
        if before and row["after"] == before.version
    }
    return tuple(
        give_verdict(gate, reading, passes) for gate in gates for reading in measure(gate, before, after)
    )


def load_gate(row: Row) -> Gate:
    """Return one row of `gates.csv`."""
    return Gate(
        gate_id=row["gate_id"],
        measure=row["measure"],
        tables=tuple(row["tables"].split()),
        without=tuple(row["without"].split()),
        severity=row["severity"],
        least=float(row["least"]) if row["least"] else None,
        most=float(row["most"]) if row["most"] else None,
        floor=float(row["floor"]),
        about=Text(row["description_en"], row["description_zh"]),
    )


def measure(gate: Gate, before: Side | None, after: Side) -> Iterable[Reading]:
    """Return the readings of a gate; one that says so where there is nothing to compare with."""
    if gate.measure == "sources_silent":  # of one release alone
        readings = list(MEASURES[gate.measure](gate, after, after))
    else:
        readings = list(MEASURES[gate.measure](gate, before, after)) if before else []
    return readings or [BARE]


def give_verdict(gate: Gate, reading: Reading, passes: Mapping[tuple[str, str], Row]) -> Verdict:
    """Return the verdict about one reading."""
    if not reading.beyond:
        return Verdict(gate, reading, "not_compared" if reading is BARE else "held")
    if gate.severity == "warn":
        return Verdict(gate, reading, "warned")
    let = passes.get((gate.gate_id, reading.subject)) or passes.get((gate.gate_id, EVERY))
    return Verdict(gate, reading, "passed" if let else "refused", let)


def gates_table(verdicts: Sequence[Verdict], schema: Mapping[str, Any]) -> pa.Table:
    """Return the verdicts as the published table."""
    rows = map(verdict_row, verdicts)
    typed = (
        {**row, "decided_on": row["decided_on"] and date.fromisoformat(row["decided_on"])} for row in rows
    )
    return build_table(GATES, typed, schema)


def verdict_row(each: Verdict) -> dict[str, Any]:
    """Return the row of one verdict."""
    let = each.let or {}
    return {
        "gate_id": each.gate.gate_id,
        "subject": each.reading.subject,
        "severity": each.gate.severity,
        "verdict": each.verdict,
        "figure": each.reading.figure,
        "before": each.reading.before,
        "limit": each.reading.limit,
        "message_en": each.reading.what.en,
        "message_zh": each.reading.what.zh,
        **{key: let.get(key) for key in ("reason_en", "reason_zh", "decided_by")},
        "decided_on": let.get("decided_on"),
    }


def describe_passed(verdicts: Iterable[Verdict]) -> list[Text]:
    """Return what a person let pass, with the reason, for the words of a release."""
    return [
        Text(
            f"{each.gate.gate_id}: {each.reading.what.en}. Reason: {each.let['reason_en']} "
            f"({each.let['decided_by']}, {each.let['decided_on']})",
            f"{each.gate.gate_id}：{each.reading.what.zh}。理由：{each.let['reason_zh']}"
            f"（{each.let['decided_by']}，{each.let['decided_on']}）",
        )
        for each in verdicts
        if each.let
    ]


def check_gates(verdicts: Iterable[Verdict], version: str, last: str) -> None:
    """Raise ReleaseError with every reason where a gate refuses a release, and say how a person can let it pass."""
    refused = [each for each in verdicts if each.verdict == "refused"]
    if not refused:
        return
    gates = ", ".join(dict.fromkeys(each.gate.gate_id for each in refused))
    rows = {
        each.gate.gate_id: f"  {each.gate.gate_id},{last},{each.reading.subject}"
        for each in reversed(refused)
    }
    en = [f"  {each.gate.gate_id}: {each.reading.what.en} ({each.gate.about.en})" for each in refused]
    zh = [f"  {each.gate.gate_id}：{each.reading.what.zh}（{each.gate.about.zh}）" for each in refused]
    raise ReleaseError(
        "\n".join(
            [
                f"release {version} is refused at {len(refused)} places by {gates}; release {last} stays the latest.",
                *en,
                "Mend the cause. Or let it pass, with a reason that is published: a row for each place in schemas/passes.csv, or "
                "one for a gate with * as its subject:",
                *(f"{row},REASON,理由,NAME,DATE" for row in sorted(rows.values())),
            ]
        ),
        "\n".join(
            [
                f"发布版本 {version} 有 {len(refused)} 处被 {gates} 拒绝；最新版本仍为 {last}。",
                *zh,
                "请消除原因；或附理由（将予公布）放行：在 schemas/passes.csv 中为每处加一行，或以 * 为对象为整个关口加一行：",
                *(f"{row},REASON,理由,姓名,日期" for row in sorted(rows.values())),
            ]
        ),
    )
