"""Printed tables as a workbook of today."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from tests.portal.book import Leaf, find_number, lay_leaves
from tests.portal.boxes import Placed, Sheet
from tests.portal.layout import Layout
from tests.portal.story import name_report
from tests.portal.truth import Truth


def print_xlsx(truth: Truth, layout: Layout, sheets: Sequence[Sheet]) -> bytes:
    """Return the report as a workbook; it says that it is synthetic."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"title": name_report(truth), "created": datetime(2025, 1, 6)})
        for leaf in lay_leaves(truth, layout, sheets):
            write_leaf(book.add_worksheet(leaf.name), leaf, layout)
        if layout.hidden:
            draft = book.add_worksheet("草稿")
            draft.write_row(0, 0, ("草稿", 7, 7, 7))
            draft.hide()
    return out.getvalue()


def write_leaf(sheet: Any, leaf: Leaf, layout: Layout) -> None:
    for placed in leaf.cells:
        if (placed.bottom - placed.top) * (placed.right - placed.left) > 1:
            sheet.merge_range(placed.top, placed.left, placed.bottom - 1, placed.right - 1, "")
        write_cell(sheet, placed, layout)
    for column in leaf.hidden_columns:
        sheet.set_column(column, column, None, None, {"hidden": True})


def write_cell(sheet: Any, placed: Placed, layout: Layout) -> None:
    """Write one cell: a number, a formula with what it came to, or text."""
    number = find_number(placed.box, layout)
    if number is None:
        if placed.box.text:
            sheet.write_string(placed.top, placed.left, placed.box.text)
    elif layout.figures == "formula" and placed.box.key.endswith("|total"):
        sheet.write_formula(placed.top, placed.left, f"={placed.box.text}+0", None, number)
    else:
        sheet.write_number(placed.top, placed.left, number)
