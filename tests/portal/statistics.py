"""The one table of form 2014, with the block of Beijing or without."""

from flows.registry import Form
from tests.portal.boxes import Box, Sheet, value_box
from tests.portal.layout import Layout
from tests.portal.truth import Truth


def statistics_sheet(truth: Truth, layout: Layout, form: Form) -> Sheet:
    """Return the table of form 2014; `extra_row` prints the block of Beijing."""
    head = (Box("统计指标", head=True), Box("单位", head=True), Box("统计数", head=True))
    rows: list[tuple[Box, ...]] = [head]
    for row in form.rows:
        local = row.origin != "national"
        if local and not layout.extra_row:
            continue
        label = row.label_zh if layout.extra_row else row.label_zh.replace("（三）通过", "（二）通过")
        if row.is_heading:
            rows.append((Box(label, 3),) if layout.spans == "full" else (Box(label), Box(""), Box("")))
        else:
            rows.append((Box(label), Box(row.unit), value_box(truth, f"{row.indicator_id}|total")))
    if layout.extra_column:
        rows = [(Box("序号" if at == 0 else str(at), head=at == 0), *row) for at, row in enumerate(rows)]
    if layout.footer:
        rows.append((Box("填报人：某某　审核人：某某", 3),))
    return Sheet("statistics", tuple(rows))
