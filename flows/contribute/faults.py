"""What is wrong in a contribution: each fault with its place, what was found, and how to put it right, in two languages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flows.errors import Text
from flows.registry import Registry

SHOWN = 80  # characters of a value that a message repeats


@dataclass(frozen=True)
class Fault:
    """One fault: its code in `faults.csv`, where it is, the value there, what that is; `mend` where the code's own is too general.

    `row` is the line of the table as spreadsheets number it, the header being row 1.
    """

    fault: str
    file: str
    found: Text
    row: int | None = None
    column: str = ""
    value: str = ""
    mend: Text | None = None


def quote(text: str) -> str:
    r"""Return a text as it may be shown: what would turn the line round or hide is written out, long ones are cut.

    >>> quote("scan\u202efdp.exe")
    'scan\\u202efdp.exe'
    """
    cut = text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in cut)


def rules_of(registry: Registry) -> Mapping[str, Mapping[str, str]]:
    """Return the rows of `faults.csv` by their code."""
    return {row["fault"]: row for row in registry.tables["contributed/faults"]}


def has_errors(registry: Registry, faults: Iterable[Fault]) -> bool:
    """Return whether any of the faults refuses the contribution."""
    rules = rules_of(registry)
    return any(rules[each.fault]["severity"] == "error" for each in faults)


def fault_row(rules: Mapping[str, Mapping[str, str]], fault: Fault) -> dict[str, str | int | None]:
    """Return a fault as one row of a table: place, value, and every text in both languages."""
    rule = rules[fault.fault]
    mend = fault.mend or Text(rule["mend_en"], rule["mend_zh"])
    return {
        "file": quote(fault.file),
        "row": fault.row,
        "column": fault.column or None,
        "value": quote(fault.value) or None,
        "severity": rule["severity"],
        "fault": fault.fault,
        "rule_en": rule["rule_en"],
        "found_en": fault.found.en,
        "mend_en": mend.en,
        "rule_zh": rule["rule_zh"],
        "found_zh": fault.found.zh,
        "mend_zh": mend.zh,
    }
