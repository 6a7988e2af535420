"""The tables of one column of figures: that of form 2014, and the local one of the free form."""

from itertools import count
from random import Random

from flows.codebook import Form
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


def local_sheet(truth: Truth, layout: Layout, form: Form) -> Sheet:
    """Return the local table of the free form: with codes and two columns of figures, the year's the last, or simpler.

    `extra_row` prints what only reports of Beijing state.
    """
    random, codes = Random(f"{truth.seed}/local"), count(1)
    coded, both = layout.head != "one", layout.head == "three"
    rows: list[tuple[Box, ...]] = []
    for row in form.rows:
        if row.origin == "beijing" and not layout.extra_row:
            continue
        cells = [Box(row.label_zh)]
        if not row.is_heading:
            key = f"{row.indicator_id}|total"
            cells.append(Box(row.unit))
            cells += [Box(f"{next(codes):02d}")] * coded
            cells += [Box(draw_part(random, truth.cells[key].text), rival=True)] * both
            cells.append(value_box(truth, key))
        rows.append(tuple(cells) if len(cells) > 1 else (cells[0], *[Box("")] * (2 + coded + both)))
    words = ["指标名称", "计量单位", *["代码"] * coded, *["本期实际"] * both, "本年累计" if coded else "数量"]
    return Sheet("statistics", (tuple(Box(word, head=True) for word in words), *rows))


def draw_part(random: Random, text: str) -> str:
    """Return what a column of the last quarter prints beside a figure of the year: a part of it."""
    return str(random.randint(0, int(text))) if text.isascii() and text.isdigit() else ""
