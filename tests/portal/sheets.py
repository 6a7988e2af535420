"""A truth in a layout as printed tables: boxes with their spans, not yet markup or text."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from flows.registry import Form
from tests.portal.layout import Layout
from tests.portal.truth import APPLICANTS, Printed, Truth

WHO = (*APPLICANTS, "total")
GROUPS = ("reconsideration", "litigation_direct", "litigation_after_reconsideration")
OUTCOMES = ("upheld", "corrected", "other", "pending", "total")
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
WORDS = {
    "natural_person": "自然人", "commercial_enterprise": "商业企业", "research_institution": "科研机构",
    "public_welfare_organisation": "社会公益组织", "legal_service_organisation": "法律服务机构", "other": "其他",
    "upheld": "结果维持", "corrected": "结果纠正", "pending": "尚未审结",
    "made": "本年新制作数量", "disclosed": "本年新公开数量", "public_total": "对外公开总数量",
    "items_previous_year": "上一年项目数量", "items_change": "本年增/减", "projects": "采购项目数量",
    "issued": "本年制发件数", "repealed": "本年废止件数", "in_force": "现行有效件数",
    "reconsideration": "行政复议", "litigation_direct": "未经复议直接起诉", "litigation_after_reconsideration": "复议后起诉",
}  # fmt: skip
BALANCE = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
# Spellings that domain.md section 3 lists, after the end of the code.
SHORT = {
    "result.partial": "（二）部分公开",
    "other.no_correction": "1.逾期不补正",
    "other.fee_unpaid": "2.逾期不缴费",
    "denied.other_law": "2.其他法律、行政法规禁止公开",
    "needs_creation": "2.没有现成信息、需要另行制作",
    "application.carried_out": "四、结转下年度",
    "application.new": "一、本年新收申请数量",
}
NOTES = {
    "规章": "（设区的市、自治州人民政府应提供相关数据）",
    "规范性文件": "（指各行政机关印发的有正式文号的文件）",
    "上一年项目数量": " （指2019年事项数）",
    "本年增/减": "（指与上一年相比，减用负值表示，如-8）",
    "处理决定数量": "(指2020年办件量)",
    "其他主动公开文件": "（不属于以上两类的文件）",
}


@dataclass(frozen=True)
class Box:
    """One printed cell: its text, its spans, the true cell that it states (`indicator|applicant`), whether a heading."""

    text: str
    across: int = 1
    down: int = 1
    key: str = ""
    head: bool = False
    vertical: bool = False


Rows = tuple[tuple[Box, ...], ...]


@dataclass(frozen=True)
class Sheet:
    """One printed table; `name` is the form's, `units` what its headings print for whole columns."""

    name: str
    rows: Rows
    caption: str = ""
    units: Mapping[str, str] | None = None


def draw_sheets(truth: Truth, layout: Layout, form: Form) -> tuple[Sheet, ...]:
    """Return the printed tables of a truth in a layout."""
    if truth.form == "2014":
        return split_sheets([statistics_sheet(truth, layout, form)], layout)
    sheets = [*art20_sheets(truth, layout, form), applications_sheet(truth, layout, form), *case_sheets(truth, layout)]
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


def value_box(truth: Truth, key: str, across: int = 1) -> Box:
    return Box(truth.cells[key].text, across, key=key)


def titled_rows(sheet: Sheet) -> Rows:
    title = {"applications": "三、收到和处理政府信息公开申请情况", "cases": "四、政府信息公开行政复议、行政诉讼情况"}
    width = sum(box.across for box in sheet.rows[0])
    return ((Box(title.get(sheet.name, "二、主动公开政府信息情况"), width),), *sheet.rows) if not sheet.caption else sheet.rows


# Article 20


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
    truth: Truth, layout: Layout, form: Form, section: tuple[str, str, Sequence[str], Sequence[str]], units: dict[str, str]
) -> list[tuple[Box, ...]]:
    """Return the rows of one section of article 20: its title, its headings, its rows."""
    code, title, columns, rows = section
    stem = f"v{truth.form}.{code}"
    heads = [column_head(truth, layout, column, [f"{stem}.{row}.{column}|total" for row in rows], units) for column in columns]
    across, head_across = widths(layout, len(columns))
    label_across = 3 if layout.spans == "shanghai" else 1
    printed = [(Box("信息内容", 4 if layout.spans == "shanghai" else 1, head=True), *(Box(h, w, head=True) for h, w in zip(heads, head_across, strict=True)))]
    for row in rows:
        label = row_word(truth, layout, form, f"{stem}.{row}")
        figures = (value_box(truth, f"{stem}.{row}.{column}|total", w) for column, w in zip(columns, across, strict=True))
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
        last = [8 // count] * (count - 1)
        return [9 // count] * count, [*last, 8 - sum(last)]
    last = [1] * (count - 1)
    return [*last, 4 - count], [*last, 4 - count]


def column_head(truth: Truth, layout: Layout, column: str, keys: Sequence[str], units: dict[str, str]) -> str:
    """Return the printed heading of a column, and note the unit that it prints."""
    if column == "amount":
        word = "本年收费金额" if truth.form == "2021" else "采购总金额"
        unit = layout.unit_head or ("（单位：万元）" if truth.form == "2021" else "")
        units |= {key: "万元" if "万" in unit else "元" for key in keys if unit}
        return word + unit
    if column == "decisions":
        word = "本年处理决定数量" if truth.form == "2021" else "处理决定数量"
    else:
        word = WORDS[column]
    return word + (NOTES.get(word, "") if layout.notes and truth.form == "2019" else "")


def row_word(truth: Truth, layout: Layout, form: Form, code: str) -> str:
    """Return the printed label of a row of article 20."""
    full = next(row.label_zh for row in form.rows if row.indicator_id.startswith(f"{code}."))
    label = full.split(" / ")[0]
    if layout.old_label:
        label = {"行政规范性文件": "规范性文件", "规章": "规 章"}.get(label, label)
    return label + (NOTES.get(label, "") if layout.notes else "")


# Applications


def applications_sheet(truth: Truth, layout: Layout, form: Form) -> Sheet:
    columns = applicant_columns(layout)
    width = 1 if layout.groups == "flat" else 3
    rows = [*applications_head(layout, columns, width), *applications_body(truth, layout, form, columns)]
    if layout.extra_column:
        rows = [(*row, Box("备注" if at == 0 else "", head=at == 0)) for at, row in enumerate(rows)]
    return Sheet("applications", tuple(rows))


def applicant_columns(layout: Layout) -> list[str]:
    columns = [who for who in WHO if who != layout.lost]
    if layout.order == "total_first" and "total" in columns:
        return ["total", *(who for who in columns if who != "total")]
    if layout.order == "turned":
        columns[1], columns[2] = columns[2], columns[1]
    return columns


def applications_head(layout: Layout, columns: Sequence[str], width: int) -> list[tuple[Box, ...]]:
    """Return the one to four heading rows of the applications."""
    span = int(layout.value_span)
    word = lambda who: layout.total_word if who == "total" else WORDS[who]  # noqa: E731
    if layout.head == "one":
        top: list[Box] = [Box(word(who), span, head=True) for who in columns]
        rows: list[tuple[Box, ...]] = [tuple(top)]
    else:
        inner = [who for who in columns if who not in ("natural_person", "total")]
        outer = [who if who not in inner else "organisations" for who in columns]
        second = [
            Box("法人或其他组织", span * len(inner), head=True)
            if who == "organisations"
            else Box(word(who), span, 2, head=True)
            for who in dict.fromkeys(outer)
        ]
        rows = [tuple(second), tuple(Box(word(who), span, head=True) for who in inner)]
        if layout.head == "three":
            rows = [(Box("申请人情况", span * len(columns), head=True),), *rows]
    if layout.stacked:
        rows = stack_last(rows)
    stub = Box(BALANCE, width, len(rows), head=True)
    return [(stub, *rows[0]), *rows[1:]]


def stack_last(rows: list[tuple[Box, ...]]) -> list[tuple[Box, ...]]:
    """Return heading rows with the last one cut in two: 商业 over 企业."""
    above: list[Box] = []
    below: list[Box] = []
    for box in rows[-1]:
        if len(box.text) < 4:
            above.append(replace(box, down=2))
            continue
        cut = (len(box.text) + 1) // 2
        above.append(replace(box, text=box.text[:cut]))
        below.append(replace(box, text=box.text[cut:]))
    reaching = [tuple(replace(box, down=box.down + 1) if box.down > 1 else box for box in row) for row in rows[:-1]]
    return [*reaching, tuple(above), tuple(below)] if below else rows


def applications_body(truth: Truth, layout: Layout, form: Form, columns: Sequence[str]) -> list[tuple[Box, ...]]:
    codes = [row.indicator_id for row in form.values if row.by_applicant]
    random = Random(f"{truth.seed}/groups")
    rows: list[tuple[Box, ...]] = []
    done: set[str] = set()
    span = int(layout.value_span)
    for code in codes:
        groups = [each for each in reversed(form.ancestors(code)) if each in form.by_id and form.by_id[each].is_heading]
        stubs = flat_stubs(rows, groups, done, form, columns, span) if layout.groups == "flat" else group_stubs(layout, codes, code, groups, form, random)
        label = Box(application_word(layout, form, code), 1 if layout.groups == "flat" else 3 - len(groups))
        rows.append((*stubs, label, *(value_box(truth, f"{code}|{who}", span) for who in columns)))
    return rows


def application_word(layout: Layout, form: Form, code: str) -> str:
    official = form.by_id[code].label_zh
    if layout.short_labels:
        official = next((word for end, word in SHORT.items() if code.endswith(end)), official)
    return official.replace("总计", layout.total_word) if code.endswith("result.total") else official


def group_stubs(
    layout: Layout, codes: Sequence[str], code: str, groups: Sequence[str], form: Form, random: Random
) -> Iterator[Box]:
    """Yield the group cells that a row prints before its label."""
    for group in groups:
        members = [each for each in codes if each.startswith(f"{group}.")]
        box = Box(form.by_id[group].label_zh, vertical=bool(layout.vertical))
        if code == members[0]:
            down = len(members) if layout.groups in ("full", "short", "long") else 1
            if layout.groups == "short" and down > 1:
                down -= random.randint(0, min(3, down - 1))
            if layout.groups == "long":
                down += random.randint(0, 1)
            yield replace(box, down=down)
        elif layout.groups == "repeated":
            yield box
        elif layout.groups == "empty":
            yield replace(box, text="")


def flat_stubs(
    rows: list[tuple[Box, ...]], groups: Sequence[str], done: set[str], form: Form, columns: Sequence[str], span: int
) -> tuple[Box, ...]:
    """Add a row for each group that begins, its cells blank, and return no cells before the label."""
    for group in groups:
        if group not in done:
            done.add(group)
            rows.append((Box(form.by_id[group].label_zh), *(Box("", span) for _ in columns)))
    return ()


def repeat_head(sheet: Sheet) -> Sheet:
    """Return the applications with their headings printed again after a page's end."""
    head = next(at for at, row in enumerate(sheet.rows) if any(box.key for box in row))
    parts = close_spans(sheet.rows[head:], 2)
    return replace(sheet, rows=tuple(row for part in parts for row in (*sheet.rows[:head], *part)))


# Cases


def case_sheets(truth: Truth, layout: Layout) -> list[Sheet]:
    word = {**WORDS, "total": layout.total_word}
    word["other"] = "其他结果"
    figures = {group: [value_box(truth, f"v{truth.form}.{group}.{outcome}|total") for outcome in OUTCOMES] for group in GROUPS}
    leaves = tuple(Box(word[outcome], head=True, vertical=bool(layout.vertical)) for outcome in OUTCOMES)
    if layout.cases == "rows":
        head = (Box("类别", head=True), *leaves)
        rows: list[tuple[Box, ...]] = [head, *((Box(WORDS[group]), *figures[group]) for group in GROUPS)]
        sheets = [Sheet("cases", tuple(rows))]
    elif layout.cases == "tables":
        sheets = [Sheet("cases", ((Box(WORDS[group], 5, head=True),), leaves, tuple(figures[group]))) for group in GROUPS]
    else:
        sheets = [Sheet("cases", (*case_head(layout), leaves * 3, tuple(box for group in GROUPS for box in figures[group])))]
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


# Form 2014


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
        parts.append(tuple(tuple(cut_span(box, len(part) - at) for box in row) for at, row in enumerate(part)))
    return parts


def cut_span(box: Box, left: int) -> Box:
    return replace(box, down=min(box.down, left))


def open_groups(rows: Rows, start: int, end: int) -> Iterator[Box]:
    """Yield the group cells of earlier rows that reach into a part."""
    for at, row in enumerate(rows[:start]):
        for box in row:
            if box.down > 1 and at + box.down > start:
                yield replace(box, down=min(at + box.down, end) - start)
