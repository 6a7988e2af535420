"""The table of reconsideration and litigation in the forms since 2019."""

from dataclasses import replace

from tests.portal.boxes import WORDS, Box, Sheet, value_box
from tests.portal.layout import Layout
from tests.portal.truth import Truth

GROUPS = ("reconsideration", "litigation_direct", "litigation_after_reconsideration")
OUTCOMES = ("upheld", "corrected", "other", "pending", "total")


def case_sheets(truth: Truth, layout: Layout) -> list[Sheet]:
    word = {**WORDS, "total": layout.total_word}
    word["other"] = "其他结果"
    figures = {
        group: [value_box(truth, f"v{truth.form}.{group}.{outcome}|total") for outcome in OUTCOMES]
        for group in GROUPS
    }
    leaves = tuple(Box(word[outcome], head=True, vertical=bool(layout.vertical)) for outcome in OUTCOMES)
    if layout.cases == "rows":
        head = (Box("类别", head=True), *leaves)
        rows: list[tuple[Box, ...]] = [head, *((Box(WORDS[group]), *figures[group]) for group in GROUPS)]
        sheets = [Sheet("cases", tuple(rows))]
    elif layout.cases == "tables":
        sheets = [
            Sheet("cases", ((Box(WORDS[group], 5, head=True),), leaves, tuple(figures[group])))
            for group in GROUPS
        ]
    else:
        sheets = [
            Sheet(
                "cases",
                (*case_head(layout), leaves * 3, tuple(box for group in GROUPS for box in figures[group])),
            )
        ]
    if layout.footer:
        last = sheets[-1]
        footer = (Box("填报人：某某　审核人：某某　填报日期：2025年1月6日", 5),)
        sheets[-1] = replace(last, rows=(*last.rows, footer))
    return sheets


def case_head(layout: Layout) -> list[tuple[Box, ...]]:
    """Return the rows of groups above the outcomes; `misplaced` spans are wrong but in order."""
    if layout.cases == "misplaced":
        return [
            (Box("行政复议", 4, 2, head=True), Box("行政诉讼", 9, head=True)),
            (Box("未经复议直接起诉", 5, head=True), Box("复议后起诉", 4, head=True)),
        ]
    return [
        (Box("行政复议", 5, 2, head=True), Box("行政诉讼", 10, head=True)),
        (Box("未经复议直接起诉", 5, head=True), Box("复议后起诉", 5, head=True)),
    ]
