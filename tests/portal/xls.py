"""Printed tables as a workbook of before 2007."""

from collections.abc import Sequence
from io import BytesIO

import xlwt  # type: ignore[import-untyped]

from tests.portal.book import find_number, lay_leaves
from tests.portal.boxes import Sheet
from tests.portal.layout import Layout
from tests.portal.truth import Truth


def print_xls(truth: Truth, layout: Layout, sheets: Sequence[Sheet]) -> bytes:
    """Return the report as an old workbook; it says that it is synthetic."""
    book = xlwt.Workbook(encoding="utf-8")
    for leaf in lay_leaves(truth, layout, sheets):
        sheet = book.add_sheet(leaf.name)
        for placed in leaf.cells:
            number = find_number(placed.box, layout)
            content = placed.box.text if number is None else number
            if content != "" or placed.bottom - placed.top > 1 or placed.right - placed.left > 1:
                sheet.write_merge(placed.top, placed.bottom - 1, placed.left, placed.right - 1, content)
        for column in leaf.hidden_columns:
            sheet.col(column).hidden = True
    out = BytesIO()
    book.save(out)
    return out.getvalue()
