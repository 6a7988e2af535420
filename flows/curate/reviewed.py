"""Decisions of reviewers on what reports state: applied where the source still says what it said, and never silent."""

from collections.abc import Sequence
from dataclasses import replace

from flows.cells import format_amount
from flows.corrections import Correction
from flows.errors import Text
from flows.model import Extraction, Finding, Observation, Value

RULES = {
    "erratum": "erratum_applied",
    "misreading": "misreading_corrected",
    "confirmed": "confirmed_as_printed",
}
STALE = "correction_stale"


def apply_corrections(extraction: Extraction, corrections: Sequence[Correction]) -> Extraction:
    """Return what a report states after the decisions about it, with a finding for each.

    The text as printed stays. A decision whose cell does not hold the text that it was made about changes nothing.
    """
    place = {f"{each.indicator_id}|{each.applicant}": at for at, each in enumerate(extraction.observations)}
    observations, findings = list(extraction.observations), list(extraction.findings)
    for each in corrections:
        at = place.get(each.cell)
        before = observations[at] if at is not None else None
        if at is None or before is None or before.raw_value.strip() != each.printed:
            findings.append(stale_finding(each, before))
            continue
        if each.amount is not None:
            observations[at] = before._replace(value=Value(each.amount, "reported"))
        findings.append(applied_finding(each, before))
    return replace(extraction, observations=tuple(observations), findings=tuple(findings))


def applied_finding(correction: Correction, before: Observation) -> Finding:
    """Return the finding that says what was decided about a cell, and on what evidence."""
    if correction.amount is None:
        said = Text(
            f"'{correction.printed}' is confirmed as printed", f"“{correction.printed}”经核对与所印一致"
        )
    else:
        amount = format_amount(correction.amount)
        said = Text(f"'{correction.printed}' is {amount}", f"“{correction.printed}”应为 {amount}")
    return Finding(
        RULES[correction.decision],
        Text(
            f"{said.en}: {correction.reason.en}. Evidence: {correction.evidence} ({correction.correction_id}).",
            f"{said.zh}：{correction.reason.zh}。依据：{correction.evidence}（{correction.correction_id}）。",
        ),
        locator=before.locator,
        cells=(correction.cell,),
        left=before.value.amount,
        right=correction.amount,
    )


def stale_finding(correction: Correction, now: Observation | None) -> Finding:
    """Return the finding for a decision whose cell no longer holds what it was made about."""
    en = f"now prints '{now.raw_value.strip()}'" if now else "is not in the report"
    zh = f"现为“{now.raw_value.strip()}”" if now else "已不在报告中"
    return Finding(
        STALE,
        Text(
            f"{correction.correction_id} was decided for '{correction.printed}', the cell {en}; it is not applied. "
            "Look again and mend schemas/corrections.csv.",
            f"{correction.correction_id} 针对“{correction.printed}”作出，而该单元格{zh}；未予采用。"
            "请重新核对并修改 schemas/corrections.csv。",
        ),
        locator=now.locator if now else "",
        cells=(correction.cell,),
    )
