"""What a document says of itself: title, body, year reported on, scope, stated date, source."""

import re
from collections.abc import Mapping
from datetime import date

from flows.cells import clean_text, fold_text
from flows.errors import Text
from flows.model import Body, Document, Finding, Header, Scope
from flows.owners import OFFICE, find_body, find_scope
from flows.titles import ANY_YEAR, HEAD, MARKS, PERIOD, find_title, find_years, names_organ

CAPTION_YEAR = re.compile(rf"统计表.{{0,6}}?({ANY_YEAR})年")
DAY = (
    r"(20\d\d|" + ANY_YEAR + r")[-/.年](\d{1,2}|[一二三四五六七八九十]{1,2})[-/.月]"
    r"(\d{1,2}|[一二三四五六七八九十]{1,3})(?![\d一二三四五六七八九十])"
)
SAID = r"(?:发布日期|发布时间|成文日期|发文日期|公开日期|公布日期|生成日期|印发日期|信息日期|日期|时间)"
# What each of these words begins with is looked at first: nearly all places are passed over at once.
DATE = re.compile(rf"(?=[发成公生印信日时])(?<!更新)(?<!有效)(?<!截止)(?<!失效){SAID}[\]】)]?[:：]?\s*{DAY}")
ALONE = re.compile(rf"^\s*{DAY}日\s*$", re.MULTILINE)  # under the signature
SOURCE = re.compile(r"(?:来源|信息来源|发布机构|发布单位)[:：][ \t\u3000]*([^\s:：\[【]{2,40})")
OWN_OFFICE = re.compile(r"[我本]办(?!法|理|事|结|案)|本机关|本单位|本办公室")
WHOLE = re.compile(r"全[区市县州盟旗](?:共|各单位|各级)?(?:收到|受理|主动公开|申请|新收|办理)")


def read_header(document: Document, bodies: Mapping[str, Body]) -> tuple[Header, tuple[Finding, ...]]:
    """Return the header of a document and findings about what could not be told or is contradictory.

    The body and the year come from the title first. An office that publishes what all
    departments and towns reported speaks for the whole area; told by the text, for the
    title does not say.
    """
    title = find_title(document)
    head = document.text[:HEAD]
    source = match_group(SOURCE, head)
    body_id, rest = find_body(title, bodies)
    if not body_id and not names_organ(title):
        body_id, rest = find_body(source, bodies)
    folded = fold_text(head)
    scope = find_scope(rest, folded)
    places = find_places(document, title)
    stated = find_date(document)
    header = Header(
        title=title,
        body_id=body_id if scope else "",
        year=next(iter(places.values()), None),
        scope=scope or "own_body",
        stated_date=stated,
        source=source,
    )
    findings = [
        *year_findings(places, stated),
        *body_findings(body_id, scope, title),
        *scope_findings(scope, folded, bool(OFFICE.match(rest))),
    ]
    return header, tuple(findings)


def find_places(document: Document, title: str) -> dict[str, int]:
    """Return the years that the title, the table's caption and the stated period name, in that order."""
    folded = fold_text(document.text)
    named = find_years(title)
    places = {"title": named[-1]} if named else {}
    if len(named) > 1:
        places["title too"] = named[0]
    captions = " ".join(grid.caption for grid in document.grids)
    if match := CAPTION_YEAR.search(fold_text(captions)) or CAPTION_YEAR.search(folded):
        places["table"] = find_years(f"{match[1]}年")[0]
    if (match := PERIOD.search(folded)) and match[1] == match[2]:
        places["period"] = int(match[1])
    return places


def find_date(document: Document) -> date | None:
    """Return the day that a page says it was published on, or None where it names none that exists.

    What stands beside the title first, then the page's metadata, then the day under the signature.

    >>> find_date(Document("page", "日期：2019-03-19 01:02    来源：怀柔区"))
    datetime.date(2019, 3, 19)
    """
    text = document.text
    stated = (read_day(match) for match in DATE.finditer(text[:HEAD]))
    noted = (read_day(match) for match in re.finditer(DAY, document.published))
    signed = (read_day(match) for match in ALONE.finditer(text))
    for days in (stated, noted, reversed(list(signed))):
        if (day := next(days, None)) is not None:
            return day
    return None


def read_day(match: re.Match[str]) -> date | None:
    """Return the date that the three groups of a match name, in digits or Chinese numerals, or None."""
    year, month, day = match.groups()
    try:
        return date(find_years(f"{year}年")[0], read_small(month), read_small(day))
    except (ValueError, IndexError):
        return None


def read_small(text: str) -> int:
    """Return a number below a hundred, in digits or Chinese numerals.

    >>> read_small("09"), read_small("十九"), read_small("二十"), read_small("三十一")
    (9, 19, 20, 31)
    """
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.partition("十")
    return (int(MARKS.get(tens, "1")) * 10 if ten else 0) + int(MARKS.get(ones if ten else text, "0"))


def match_group(pattern: re.Pattern[str], text: str) -> str:
    """Return the first group of a pattern in a text, or an empty text."""
    match = pattern.search(text)
    return clean_text(match[1]) if match else ""


def year_findings(places: Mapping[str, int], stated: date | None) -> list[Finding]:
    """Return a finding where no year is named, where the places differ, or where the page is older than the year's end."""
    if not places:
        return [
            Finding(
                "year_unknown",
                Text(
                    "neither the title, the table nor the stated period names the year. Give it with --year.",
                    "标题、表格、统计期限均未写明年度。请用 --year 指定。",
                ),
            )
        ]
    said = ", ".join(f"{place} {year}" for place, year in places.items())
    if len(set(places.values())) > 1:
        return [
            Finding("year_conflict", Text(f"the year differs by place: {said}.", f"各处年度不一致：{said}。"))
        ]
    if stated is not None and stated < date(next(iter(places.values())), 12, 1):
        early = Text(
            f"the page is dated {stated}, before the year was over that it reports on: {said}.",
            f"页面日期为 {stated}，早于报告年度结束：{said}。",
        )
        return [Finding("year_conflict", early)]
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


def scope_findings(scope: Scope | None, head: str, is_office: bool) -> list[Finding]:
    """Return a finding where an office's report does not say whether it speaks for the area, or counts for the whole of it."""
    said = WHOLE.search(head)
    if scope != "own_body" or not is_office or (said is None and OWN_OFFICE.search(head)):
        return []
    en = f"but the text counts for the whole area ('{said[0]}')" if said else "nor that they are its own"
    zh = f"但正文按全区域计数（“{said[0]}”）" if said else "也未说明仅为本机关数据"
    return [
        Finding(
            "scope_unsure",
            Text(
                f"the title names an office and nothing says that it compiled the figures of all bodies, {en}; "
                "taken as the office's own.",
                f"标题为办公室，且未说明汇总各单位数据，{zh}；按本机关数据处理。",
            ),
        )
    ]
