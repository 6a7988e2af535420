"""The table of article 20 in the forms since 2019: sections, each with its own headings."""

from collections.abc import Sequence

from flows.codebook import Form
from tests.portal.boxes import WORDS, Box, Sheet, value_box
from tests.portal.layout import Layout
from tests.portal.truth import Truth

ITEMS = ("items_previous_year", "items_change", "decisions")
ART20 = {
    "2019": (
        ("art20_1", ("made", "disclosed", "public_total"), ("regulations", "normative", "other_documents")),
        ("art20_5", ITEMS, ("licensing", "other_services")),
        ("art20_6", ITEMS, ("penalty", "coercion")),
        ("art20_8", ITEMS[:2], ("charges",)),
        ("art20_9", ("projects", "amount"), ("procurement",)),
    ),
    "2021": (
        ("art20_1", ("issued", "repealed", "in_force"), ("regulations", "normative")),
        ("art20_5", ("decisions",), ("licensing",)),
        ("art20_6", ("decisions",), ("penalty", "coercion")),
        ("art20_8", ("amount",), ("charges",)),
    ),
}  # fmt: skip
ART20 = {
    "2019": (
        ("art20_1", ("made", "disclosed", "public_total"), ("regulations", "normative", "other_documents")),
        ("art20_5", ITEMS, ("licensing", "other_services")),
        ("art20_6", ITEMS, ("penalty", "coercion")),
        ("art20_8", ITEMS[:2], ("charges",)),
        ("art20_9", ("projects", "amount"), ("procurement",)),
    ),
    "2021": (
        ("art20_1", ("issued", "repealed", "in_force"), ("regulations", "normative")),
        ("art20_5", ("decisions",), ("licensing",)),
        ("art20_6", ("decisions",), ("penalty", "coercion")),
        ("art20_8", ("amount",), ("charges",)),
    ),
}  # fmt: skip
NOTES = {
    "规章": "（设区的市、自治州人民政府应提供相关数据）",
    "规范性文件": "（指各行政机关印发的有正式文号的文件）",
    "上一年项目数量": " （指2019年事项数）",
    "本年增/减": "（指与上一年相比，减用负值表示，如-8）",
    "处理决定数量": "(指2020年办件量)",
    "其他主动公开文件": "（不属于以上两类的文件）",
}


def art20_sheets(truth: Truth, layout: Layout, form: Form) -> list[Sheet]:
    parts = []
    units: dict[str, str] = {}
    for section, columns, rows in ART20[truth.form]:
        printed = [row for row in rows if row != "other_documents" or layout.extra_row]
        title = form.by_id[f"v{truth.form}.{section}"].label_zh
        parts.append(section_rows(truth, layout, form, (section, title, columns, printed), units))
    if layout.sections == "tables":
        return [Sheet("art20", tuple(part), units=units) for part in parts]
    return [Sheet("art20", tuple(row for part in parts for row in part), units=units)]


def section_rows(
    truth: Truth,
    layout: Layout,
    form: Form,
    section: tuple[str, str, Sequence[str], Sequence[str]],
    units: dict[str, str],
) -> list[tuple[Box, ...]]:
    """Return the rows of one section of article 20: its title, its headings, its rows."""
    code, title, columns, rows = section
    stem = f"v{truth.form}.{code}"
    heads = [
        column_head(truth, layout, column, [f"{stem}.{row}.{column}|total" for row in rows], units)
        for column in columns
    ]
    across, head_across = widths(layout, len(columns))
    label_across = 3 if layout.spans == "shanghai" else 1
    first = Box("信息内容", 4 if layout.spans == "shanghai" else 1, head=True)
    printed = [(first, *(Box(head, wide, head=True) for head, wide in zip(heads, head_across, strict=True)))]
    for row in rows:
        label = row_word(truth, layout, form, f"{stem}.{row}")
        keys = [f"{stem}.{row}.{column}|total" for column in columns]
        figures = (value_box(truth, key, wide) for key, wide in zip(keys, across, strict=True))
        printed.append((Box(label, label_across), *figures))
    if layout.sections == "column":
        first = Box(title, down=len(printed), vertical=bool(layout.vertical))
        return [(first, *printed[0]), *printed[1:]]
    return [(Box(title, sum(box.across for box in printed[0])),), *printed]


def widths(layout: Layout, count: int) -> tuple[list[int], list[int]]:
    """Return the column spans of figures and of their headings."""
    if layout.spans == "ragged":
        return [1] * count, [1] * count
    if layout.spans == "shanghai":  # twelve columns: headings leave eight, figures nine
        heads, figures = [8 // count] * (count - 1), [9 // count] * (count - 1)
        return [*figures, 9 - sum(figures)], [*heads, 8 - sum(heads)]
    last = [1] * (count - 1)
    return [*last, 4 - count], [*last, 4 - count]


def column_head(truth: Truth, layout: Layout, column: str, keys: Sequence[str], units: dict[str, str]) -> str:
    """Return the printed heading of a column, and note the unit that it prints."""
    if column == "amount":
        word = "本年收费金额" if truth.form == "2021" else "采购总金额"
        unit = layout.unit_head or ("（单位：万元）" if truth.form == "2021" else "")
        units |= {key: "万元" if "万" in unit else "元" for key in keys if unit}
        return word + unit
    word = {**WORDS, "decisions": "本年处理决定数量" if truth.form == "2021" else "处理决定数量"}[column]
    return word + (NOTES.get(word, "") if layout.notes and truth.form == "2019" else "")


def row_word(truth: Truth, layout: Layout, form: Form, code: str) -> str:
    """Return the printed label of a row of article 20."""
    full = next(row.label_zh for row in form.rows if row.indicator_id.startswith(f"{code}."))
    label = full.split(" / ")[0]
    if layout.old_label:
        label = {"行政规范性文件": "规范性文件", "规章": "规 章"}.get(label, label)
    return label + (NOTES.get(label, "") if layout.notes else "")
