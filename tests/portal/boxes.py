"""The parts of printed tables: boxes with their spans, in rows, in a sheet."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.portal.truth import Truth

WORDS = {
    "natural_person": "自然人", "commercial_enterprise": "商业企业", "research_institution": "科研机构",
    "public_welfare_organisation": "社会公益组织", "legal_service_organisation": "法律服务机构", "other": "其他",
    "upheld": "结果维持", "corrected": "结果纠正", "pending": "尚未审结",
    "made": "本年新制作数量", "disclosed": "本年新公开数量", "public_total": "对外公开总数量",
    "items_previous_year": "上一年项目数量", "items_change": "本年增/减", "projects": "采购项目数量",
    "issued": "本年制发件数", "repealed": "本年废止件数", "in_force": "现行有效件数",
    "reconsideration": "行政复议", "litigation_direct": "未经复议直接起诉", "litigation_after_reconsideration": "复议后起诉",
}  # fmt: skip


@dataclass(frozen=True)
class Box:
    """One printed cell: its text, its spans, the true cell that it states (`indicator|applicant`), whether a heading.

    A `rival` is a figure of a column that the form does not ask for, such as that of the last quarter.
    """

    text: str
    across: int = 1
    down: int = 1
    key: str = ""
    head: bool = False
    vertical: bool = False
    rival: bool = False


Rows = tuple[tuple[Box, ...], ...]


@dataclass(frozen=True)
class Sheet:
    """One printed table; `name` is the form's, `units` what its headings print for whole columns."""

    name: str
    rows: Rows
    caption: str = ""
    units: Mapping[str, str] | None = None


def value_box(truth: Truth, key: str, across: int = 1) -> Box:
    return Box(truth.cells[key].text, across, key=key)


@dataclass(frozen=True)
class Placed:
    """A box in its place: rows and columns from the first to before the last."""

    top: int
    left: int
    bottom: int
    right: int
    box: Box


def place_boxes(rows: Rows) -> tuple[Placed, ...]:
    """Return the boxes in their places, as a browser lays out a table; none reaches into another or below the last row."""
    placed: list[Placed] = []
    taken: set[tuple[int, int]] = set()
    for top, row in enumerate(rows):
        left = 0
        for box in row:
            while (top, left) in taken:
                left += 1
            right = next(
                at
                for at in range(left + 1, left + box.across + 1)
                if at == left + box.across or (top, at) in taken
            )
            bottom = min(top + box.down, len(rows))
            placed.append(Placed(top, left, bottom, right, box))
            taken |= {(r, c) for r in range(top, bottom) for c in range(left, right)}
            left = right
    return tuple(placed)
