"""Decisions of reviewers about single cells: an erratum, a misreading of ours, or a figure confirmed as printed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from flows.errors import RegistryError, Text

Key = tuple[str, int, str]  # body, year, scope


@dataclass(frozen=True)
class Correction:
    """One decision: of which cell, what must stand there for it to hold, the amount decided on, and why.

    `amount` is None where the figure is confirmed as printed.
    """

    correction_id: str
    report: Key
    cell: str
    decision: str
    printed: str
    amount: Decimal | None
    reason: Text
    evidence: str


def load_corrections(rows: Iterable[Mapping[str, str]]) -> dict[Key, tuple[Correction, ...]]:
    """Return the rows of `corrections.csv` by report.

    Raises RegistryError for an amount where none is decided on, a missing one, and two decisions about one cell.
    """
    found: dict[Key, dict[str, Correction]] = {}
    for number, row in enumerate(rows, start=2):
        each = load_correction(row)
        if (each.amount is None) != (each.decision == "confirmed"):
            raise refuse(
                number,
                Text(
                    f"column value: '{row['value']}' does not go with decision '{each.decision}'; "
                    "'confirmed' has no value, 'erratum' and 'misreading' need one",
                    f"value 列：“{row['value']}”与 decision “{each.decision}”不符；confirmed 不填数值，erratum 与 misreading 须填",
                ),
            )
        first = found.setdefault(each.report, {}).setdefault(each.cell, each)
        if first is not each:
            raise refuse(
                number,
                Text(
                    f"{each.correction_id} is about the same cell as {first.correction_id}; keep one",
                    f"{each.correction_id} 与 {first.correction_id} 涉及同一单元格；请只保留一条",
                ),
            )
    return {key: tuple(cells.values()) for key, cells in found.items()}


def load_correction(row: Mapping[str, str]) -> Correction:
    """Return one row of `corrections.csv`."""
    return Correction(
        correction_id=row["correction_id"],
        report=(row["body_id"], int(row["year"]), row["scope"]),
        cell=f"{row['indicator_id']}|{row['applicant']}",
        decision=row["decision"],
        printed=row["printed"],
        amount=Decimal(row["value"]) if row["value"] else None,
        reason=Text(row["reason_en"], row["reason_zh"]),
        evidence=row["evidence"],
    )


def refuse(number: int, why: Text) -> RegistryError:
    """Return the error for a row that cannot be a decision."""
    return RegistryError(
        f"corrections.csv: row {number}: {why.en}. Mend it.",
        f"corrections.csv：第 {number} 行：{why.zh}。请修改。",
    )
