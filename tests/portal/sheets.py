"""A truth in a layout as printed tables: boxes with their spans, not yet markup or text."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from flows.codebook import Form
from tests.portal.applications import applications_sheet
from tests.portal.article20 import art20_sheets
from tests.portal.boxes import Box, Rows, Sheet
from tests.portal.cases import case_sheets
from tests.portal.layout import Layout
from tests.portal.statistics import local_sheet, statistics_sheet
from tests.portal.truth import Printed, Truth

ONE_TABLE = {"2008": local_sheet, "2014": statistics_sheet}
__all__ = ["Box", "Rows", "Sheet", "draw_sheets", "expected_cells"]


def draw_sheets(truth: Truth, layout: Layout, form: Form) -> tuple[Sheet, ...]:
    """Return the printed tables of a truth in a layout."""
    if truth.form in ONE_TABLE:
        return split_sheets([ONE_TABLE[truth.form](truth, layout, form)], layout)
    sheets = [
        *art20_sheets(truth, layout, form),
        applications_sheet(truth, layout, form),
        *case_sheets(truth, layout),
    ]
    if layout.repeat_head and not layout.split:
        sheets = [repeat_head(sheet) if sheet.name == "applications" else sheet for sheet in sheets]
    if layout.joined:
        units = {key: unit for sheet in sheets for key, unit in (sheet.units or {}).items()}
        return (Sheet("joined", tuple(row for sheet in sheets for row in titled_rows(sheet)), units=units),)
    return split_sheets(sheets, layout)


def expected_cells(truth: Truth, sheets: Iterable[Sheet], form: Form) -> dict[str, Printed]:
    """Return what a reader must find in the sheets: each printed cell with the unit that the page prints or the form says."""
    found: dict[str, Printed] = {}
    for sheet in sheets:
        for box in (box for row in sheet.rows for box in row if box.key):
            cell = truth.cells[box.key]
            noted = (sheet.units or {}).get(box.key, "")
            found[box.key] = replace(cell, unit=cell.unit or noted or form.by_id[box.key.split("|")[0]].unit)
    return found


def titled_rows(sheet: Sheet) -> Rows:
    title = {
        "applications": "三、收到和处理政府信息公开申请情况",
        "cases": "四、政府信息公开行政复议、行政诉讼情况",
    }
    width = sum(box.across for box in sheet.rows[0])
    return (
        ((Box(title.get(sheet.name, "二、主动公开政府信息情况"), width),), *sheet.rows)
        if not sheet.caption
        else sheet.rows
    )


def repeat_head(sheet: Sheet) -> Sheet:
    """Return the applications with their headings printed again after a page's end."""
    head = next(at for at, row in enumerate(sheet.rows) if any(box.key for box in row))
    parts = close_spans(sheet.rows[head:], 2)
    return replace(sheet, rows=tuple(row for part in parts for row in (*sheet.rows[:head], *part)))


# One table cut in several


def split_sheets(sheets: Sequence[Sheet], layout: Layout) -> tuple[Sheet, ...]:
    """Return the sheets with the long ones cut in two or three, each part with the heading rows or without."""
    parts: list[Sheet] = []
    for sheet in sheets:
        if not layout.split or sheet.name not in ("applications", "statistics"):
            parts.append(sheet)
            continue
        first = next(at for at, row in enumerate(sheet.rows) if any(box.key for box in row))
        if sheet.name == "statistics":
            first = 1
        head, body = sheet.rows[:first], close_spans(sheet.rows[first:], int(layout.split))
        for at, rows in enumerate(body):
            with_head = at == 0 or layout.split_head
            parts.append(replace(sheet, rows=(*head, *rows) if with_head else rows))
    return tuple(parts)


def close_spans(rows: Rows, count: int) -> list[Rows]:
    """Return the rows cut in parts, as a word processor does it: a spanning cell begins again in the next part."""
    size = -(-len(rows) // count)
    parts = []
    for start in range(0, len(rows), size):
        part = [list(row) for row in rows[start : start + size]]
        part[0] = [*open_groups(rows, start, start + len(part)), *part[0]]
        parts.append(
            tuple(tuple(cut_span(box, len(part) - at) for box in row) for at, row in enumerate(part))
        )
    return parts


def cut_span(box: Box, left: int) -> Box:
    return replace(box, down=min(box.down, left))


def open_groups(rows: Rows, start: int, end: int) -> Iterator[Box]:
    """Yield the group cells of earlier rows that reach into a part."""
    for at, row in enumerate(rows[:start]):
        for box in row:
            if box.down > 1 and at + box.down > start:
                yield replace(box, down=min(at + box.down, end) - start)
