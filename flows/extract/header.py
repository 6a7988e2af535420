"""What a document says of itself: title, body, year reported on, scope, stated date, source."""

import re
from collections.abc import Mapping
from datetime import date

from flows.cells import clean_text, fold_text
from flows.errors import Text
from flows.model import Body, Document, Finding, Header, Scope

TITLE = re.compile(r"(?:政府信息公开|政务公开|政务信息公开|信息公开).{0,12}(?:报告|年报)")
YEAR = re.compile(r"(?<!\d)(20[0-3]\d)\s*(?:年|年度)")
CHINESE_YEAR = re.compile(r"二[〇○零Oo0]([〇○零Oo0一二三四五六七八九])([〇○零Oo0一二三四五六七八九])年")
CHINESE_DIGITS = {
    **dict.fromkeys("〇○零Oo0", "0"),
    **{mark: str(n) for n, mark in enumerate("一二三四五六七八九", 1)},
}
PERIOD = re.compile(r"(20[0-3]\d)年1月1日.{0,8}?(20[0-3]\d)年12月31日")
CAPTION_YEAR = re.compile(r"统计表.{0,6}?(20[0-3]\d)年")
DATE = re.compile(
    r"(?:日期|发布时间|发布日期|成文日期|公开日期|时间)[:：]\s*(20\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})"
)
SOURCE = re.compile(r"(?:来源|信息来源|发布机构|发布单位)[:：][ \t\u3000]*([^\s:：\[【]{2,40})")
COMPILED = re.compile(
    r"各(?:委|部门|单位|街|镇|乡|局|行政机关)[^。；\n]{0,60}?(?:基础上(?:编制|汇总|形成)|汇总|汇编|综合编制|编制而成)"
)
GOVERNMENT = re.compile(r"^(?:人民)?(?:政府)?$")
# Where a title's name of the report begins, after the name of the body.
REPORT = re.compile(r"[(]?20[0-3]\d年|二[〇○零Oo0]|关于|政务信息公开|政府信息公开|政务公开|信息公开")
ELSEWHERE = re.compile(r"[\u4e00-\u9fff](?:省|自治区|市|州|盟|地区)$")
OFFICE = re.compile(r"^(?:人民)?政府办(?:公室|公厅)?$")
LEVELS = ("town", "department", "district", "prefecture", "municipality", "province")


def read_header(document: Document, bodies: Mapping[str, Body]) -> tuple[Header, tuple[Finding, ...]]:
    """Return the header of a document and findings about what could not be told or is contradictory.

    The body and the year come from the title first. An office that publishes what all
    departments and towns reported speaks for the whole area; told by the text, for the
    title does not say.
    """
    title = find_title(document)
    head = fold_text(document.text[:6000])
    source = match_group(SOURCE, document.text[:6000])
    body_id, rest = find_body(title, bodies)
    if not body_id and not title_names_body(title):
        body_id, rest = find_body(source, bodies)
    scope: Scope | None = find_scope(rest, head)
    years = find_years(document, title)
    findings = [*year_findings(years), *body_findings(body_id, scope, title)]
    header = Header(
        title=title,
        body_id=body_id if scope else "",
        year=next(iter(years.values()), None),
        scope=scope or "own_body",
        stated_date=find_date(document.text[:6000]),
        source=source,
    )
    return header, tuple(findings)


def find_title(document: Document) -> str:
    """Return the document's title: the heading, else the first short line that names such a report."""
    for text in document.headings:
        if TITLE.search(fold_text(text)) and len(text) <= 80:
            return clean_text(text)
    for line in document.text[:6000].splitlines():
        text = clean_text(line)
        if len(text) <= 80 and "。" not in text and TITLE.search(fold_text(text)):
            return text
    return ""


def title_names_body(title: str) -> bool:
    """Return whether a title names a body (known or not) before the year or the name of the report."""
    return len(REPORT.split(fold_text(title))[0]) >= 2


def find_body(text: str, bodies: Mapping[str, Body]) -> tuple[str, str]:
    """Return the code of the body that a title names, and what the title says right after the name.

    Districts of other cities have the same name (朝阳区 of Changchun, 通州区 of Nantong), so a
    name that another place stands before is not taken.

    >>> beijing = Body("110000", "北京市", "Beijing", "municipality", "")
    >>> huairou = Body("110116", "怀柔区", "Huairou District", "district", "110000")
    >>> find_body("北京市怀柔区城市管理委员会2018年度报告", {"110000": beijing, "110116": huairou})
    ('110116', '城市管理委员会')
    """
    folded = fold_text(text)
    for body in sorted(bodies.values(), key=lambda body: LEVELS.index(body.level)):
        for name in (body.name_zh, *body.former_names_zh):
            at = folded.find(name)
            if at >= 0 and not is_elsewhere(folded[:at], body, bodies):
                return body.body_id, REPORT.split(folded[at + len(name) :])[0]
    return "", ""


def is_elsewhere(before: str, body: Body, bodies: Mapping[str, Body]) -> bool:
    """Return whether what stands before a body's name is the name of a place that it is not in."""
    above = bodies.get(body.parent_id)
    names = (above.name_zh, *above.former_names_zh) if above else ()
    return bool(ELSEWHERE.search(before)) and not before.endswith(names)


def find_scope(rest: str, head: str) -> Scope | None:
    """Return the scope of a report by what its title says after the body's name; None for a department's."""
    if GOVERNMENT.match(rest):
        return "whole_area"
    if OFFICE.match(rest):
        return "whole_area" if COMPILED.search(head) else "own_body"
    return None


def find_years(document: Document, title: str) -> dict[str, int]:
    """Return the years that the title, the table's caption and the stated period name, in that order."""
    folded = fold_text(document.text)
    years: dict[str, int] = {}
    if match := YEAR.search(fold_text(title)):
        years["title"] = int(match[1])
    elif match := CHINESE_YEAR.search(fold_text(title)):
        years["title"] = int("20" + CHINESE_DIGITS[match[1]] + CHINESE_DIGITS[match[2]])
    captions = " ".join(grid.caption for grid in document.grids)
    if match := CAPTION_YEAR.search(fold_text(captions) or folded) or CAPTION_YEAR.search(folded):
        years["table"] = int(match[1])
    if (match := PERIOD.search(folded)) and match[1] == match[2]:
        years["period"] = int(match[1])
    return years


def find_date(text: str) -> date | None:
    """Return the date that the page states, or None where it states none that exists.

    >>> find_date("日期：2019-03-19 01:02    来源：怀柔区")
    datetime.date(2019, 3, 19)
    """
    match = DATE.search(text)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def match_group(pattern: re.Pattern[str], text: str) -> str:
    """Return the first group of a pattern in a text, or an empty text."""
    match = pattern.search(text)
    return clean_text(match[1]) if match else ""


def year_findings(years: Mapping[str, int]) -> list[Finding]:
    """Return a finding where no year is named, or where the places differ."""
    if not years:
        return [
            Finding(
                "year_unknown",
                Text(
                    "neither the title, the table nor the stated period names the year. Give it with --year.",
                    "标题、表格、统计期限均未写明年度。请用 --year 指定。",
                ),
            )
        ]
    if len(set(years.values())) > 1:
        said = ", ".join(f"{place} {year}" for place, year in years.items())
        return [
            Finding("year_conflict", Text(f"the year differs by place: {said}.", f"各处年度不一致：{said}。"))
        ]
    return []


def body_findings(body_id: str, scope: Scope | None, title: str) -> list[Finding]:
    """Return a finding where the reporting body is not in the registry or not named."""
    if body_id and scope:
        return []
    en = (
        f"'{title}' names a department or town below {body_id}"
        if body_id
        else f"no known body is named in '{title}'"
    )
    zh = f"“{title}”所指为 {body_id} 的下属机关" if body_id else f"“{title}”中没有已知机关"
    return [
        Finding(
            "body_unknown",
            Text(
                f"{en}. Give it with --body, or add it to schemas/bodies.csv.",
                f"{zh}。请用 --body 指定，或补充 schemas/bodies.csv。",
            ),
        )
    ]
