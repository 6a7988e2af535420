"""What a reader made of a report against what is printed: each cell right, wrong, missed or flagged."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from flows.model import Extraction, Finding, Observation
from tests.portal.truth import Printed

Verdict = Literal["right", "wrong", "missed", "flagged"]

SUMMARIES = frozenset(["blank_cells", "missing_rows", "body_unknown", "year_unknown", "year_conflict"])
NOT_PRINTED = "-"
ROW = re.compile(r"table \d+ r\d+")


@dataclass(frozen=True)
class Judged:
    """One cell with its verdict, for the person who looks for the cause.

    `kind` is the status that is printed, `rule` that of the finding that names the cell.
    """

    key: str
    verdict: Verdict
    printed: str
    read: str
    kind: str = ""
    rule: str = ""


def judge(extraction: Extraction, expected: Mapping[str, Printed]) -> Iterator[Judged]:
    """Yield a verdict for every cell that is printed, and for every value read where none is printed.

    A cell is wrong where what is stated differs from what is printed and no finding names the cell or its row.
    """
    read = {
        f"{each.indicator_id}|{each.applicant}": each
        for each in extraction.observations
        if each.reading != "prose"
    }
    findings = [finding for finding in extraction.findings if finding.rule_id not in SUMMARIES]
    for key, printed in expected.items():
        observation = read.get(key)
        rule = find_rule(findings, key, observation)
        verdict = judge_cell(observation, printed, rule)
        yield Judged(key, verdict, show_printed(printed), show_read(observation), printed.status, rule)
    for key, observation in read.items():
        if key not in expected and observation.value.status not in ("not_in_report", "unreadable"):
            rule = find_rule(findings, key, observation)
            yield Judged(
                key, "flagged" if rule else "wrong", NOT_PRINTED, show_read(observation), "nothing", rule
            )


def judge_prose(extraction: Extraction, said: Mapping[str, tuple[Decimal, str]]) -> Iterator[Judged]:
    """Yield a verdict for every figure that sentences state, and for every one read that none states."""
    read: dict[str, list[Observation]] = {}
    for each in extraction.statements:
        read.setdefault(f"{each.indicator_id}|{each.applicant}", []).append(each)
    for key in {**said, **read}:
        found = {(each.value.amount, each.unit) for each in read.get(key, [])}
        expected = {said[key]} if key in said else set()
        verdict: Verdict = "missed" if not found else "right" if found == expected else "wrong"
        shown = ", ".join(f"{amount} {unit}" for amount, unit in sorted(expected))
        places = "; ".join(show_read(each) for each in read.get(key, [])) or "nothing"
        yield Judged(key, verdict, shown or NOT_PRINTED, places, "said" if shown else "nothing")


def judge_cell(read: Observation | None, printed: Printed, rule: str) -> Verdict:
    if read is None or read.value.status == "not_in_report":
        return "missed"
    if (read.value.status, read.value.amount) == (printed.status, printed.amount) and (
        printed.status != "reported" or read.unit == printed.unit
    ):
        return "right"
    return "flagged" if read.value.status == "unreadable" or rule else "wrong"


def find_rule(findings: Iterable[Finding], key: str, read: Observation | None) -> str:
    """Return the rule of the first finding that names a cell, an empty text where none does."""
    return next((finding.rule_id for finding in findings if names(finding, key, read)), "")


def names(finding: Finding, key: str, read: Observation | None) -> bool:
    """Return whether a finding names a cell, or the printed row that it was read from."""
    if key in finding.cells:
        return True
    if read is None or not read.locator:
        return False
    mine, its = ROW.match(read.locator), ROW.match(finding.locator)
    return bool(mine and its and mine[0] == its[0]) or finding.locator == read.locator


def show_printed(printed: Printed) -> str:
    return f"{printed.text!r} {printed.unit}"


def show_read(read: Observation | None) -> str:
    return f"{read.value.status} {read.value.amount} {read.unit} {read.locator}" if read else "nothing"
