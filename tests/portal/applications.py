"""The table of applications in the forms since 2019: results by kind of applicant."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from flows.codebook import Form
from tests.portal.amounts import APPLICANTS
from tests.portal.boxes import WORDS, Box, Sheet, value_box
from tests.portal.layout import Layout
from tests.portal.truth import Truth

WHO = (*APPLICANTS, "total")
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
    word = {**WORDS, "total": layout.total_word}
    if layout.head == "one":
        top: list[Box] = [Box(word[who], span, head=True) for who in columns]
        rows: list[tuple[Box, ...]] = [tuple(top)]
    else:
        inner = [who for who in columns if who not in ("natural_person", "total")]
        outer = [who if who not in inner else "organisations" for who in columns]
        second = [
            Box("法人或其他组织", span * len(inner), head=True)
            if who == "organisations"
            else Box(word[who], span, 2, head=True)
            for who in dict.fromkeys(outer)
        ]
        rows = [tuple(second), tuple(Box(word[who], span, head=True) for who in inner)]
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
    reaching = [
        tuple(replace(box, down=box.down + 1) if box.down > 1 else box for box in row) for row in rows[:-1]
    ]
    return [*reaching, tuple(above), tuple(below)] if below else rows


def applications_body(
    truth: Truth, layout: Layout, form: Form, columns: Sequence[str]
) -> list[tuple[Box, ...]]:
    codes = [row.indicator_id for row in form.values if row.by_applicant]
    random = Random(f"{truth.seed}/groups")
    rows: list[tuple[Box, ...]] = []
    done: set[str] = set()
    span = int(layout.value_span)
    for code in codes:
        groups = [
            each
            for each in reversed(form.ancestors(code))
            if each in form.by_id and form.by_id[each].is_heading
        ]
        figures = [value_box(truth, f"{code}|{who}", span) for who in columns]
        word = application_word(layout, form, code)
        if layout.groups == "flat":
            rows += flat_groups(groups, done, form, figures)
            rows.append((Box(word), *figures))
        else:
            stubs = group_stubs(layout, codes, code, groups, form, random)
            rows.append((*stubs, Box(word, 3 - len(groups)), *figures))
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


def flat_groups(
    groups: Sequence[str], done: set[str], form: Form, figures: Sequence[Box]
) -> Iterator[tuple[Box, ...]]:
    """Yield a row for each group that begins, its cells blank."""
    for group in groups:
        if group not in done:
            done.add(group)
            yield (Box(form.by_id[group].label_zh), *(Box("", box.across) for box in figures))
