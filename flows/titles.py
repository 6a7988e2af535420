"""The title of a report: where it stands, which year and which body it names, in the spellings that bodies use."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flows.cells import clean_text, fold_text
from flows.model import Document

MAX_TITLE = 80
HEAD = 6000  # characters in which a document's title, date and source stand
NAME = r"(?:政府信息公开|政务信息公开|政务公开|信息公开)(?:工作)?"
MAY_BE = re.compile("[报報]")
TITLE = re.compile(NAME + r".{0,12}?(?:报告|年报)")
TRAIL = re.compile(r"[>›»→]|当前位置|首页")
# A year in digits, in Chinese numerals, or in a mixture of both, in which the letter O stands for a nought.
MARKS = {**dict.fromkeys("〇○零Oo0", "0"), **{mark: str(n) for n, mark in enumerate("一二三四五六七八九", 1)}}
MARKS |= {mark: mark for mark in "123456789"}
ANY_YEAR = r"[2二][〇○零Oo0][〇○零Oo0一二三1-3][〇○零Oo0一二三四五六七八九1-9]"
# What may stand behind the name of the report: the year, a number of pages, the name of the site.
AFTER = re.compile(
    rf"[)\]》”\"]*(?:[(\[]?(?:\d{{4}}|{ANY_YEAR})年?度?[)\]]?|[(\[][^)\]]{{0,12}}[)\]])?(?:[-_|—].*)?[:。]?"
)
YEAR = re.compile(rf"(?<![\d〇○零一二三四五六七八九])({ANY_YEAR})年")
# In a title a year may stand without 年, but not that of a document's number: 〔2019〕5号.
BARE_YEAR = re.compile(rf"(?<![\d〔])({ANY_YEAR})(?=[)\]]|{NAME}|度|$)(?!〕)")
# Both ends name the year: one that lost its 年 (`20251月1日`) is told, one that lost more (`201711日`) is not.
PERIOD = re.compile(r"(20[0-3]\d)年?1月1日.{0,12}?(20[0-3]\d)年?12月31日")
# Where the name of the report begins, behind the name of the body.
REPORT = re.compile(rf"[(\[]?{ANY_YEAR}年?|关于|政务信息公开|政府信息公开|政务公开|信息公开")
ORGAN = re.compile(
    r"(?:政府|办公室|办公厅|委员会|委|局|厅|部|署|院|会|中心|街道|镇|乡|区|县|市|省|旗|办事处|管委会)$"
)


@dataclass(frozen=True)
class Title:
    """A title and the place at which it begins in the document's text (0 for one of its headings)."""

    text: str
    start: int = 0


def find_title(document: Document) -> str:
    """Return the document's title: the heading, else the first short line that names such a report.

    A line that only leads to reports (a trail, a list, a column of a portal) is taken where there is no better.
    """
    headings = [clean_text(text) for text in document.headings if is_title(text)]
    named = next((text for text in headings if names_organ(text) or find_years(text)), "")
    if named:
        return named
    found = [title.text for title in find_titles(document.text[:HEAD])]
    whole = [text for text in found if is_whole(text)]
    if headings:
        return find_told(whole, document) or headings[0]
    return next(iter((*whole, *found)), "")


def find_told(titles: Sequence[str], document: Document) -> str:
    """Return the one title that names a body and the year of the report, an empty text where there is none or several.

    Under a column's name titles of other reports may stand beside that of the page.
    """
    period = PERIOD.search(fold_text(document.text))
    years = {int(period[1])} if period and period[1] == period[2] else set()
    told = {text for text in titles if names_organ(text) and find_years(text)}
    fitting = {text for text in told if not years or years & set(find_years(text))}
    return fitting.pop() if len(fitting) == 1 else ""


def is_title(text: str) -> bool:
    """Return whether a text names a report and is short enough for a title."""
    return len(text) <= MAX_TITLE and "。" not in text.rstrip("。") and bool(TITLE.search(fold_text(text)))


def is_whole(text: str) -> bool:
    """Return whether a title ends with the name of the report, and is no trail of a portal.

    >>> is_whole("北京市2024年政府信息公开工作年度报告"), is_whole("首页 > 政府信息公开年报 > 2018年")
    (True, False)
    """
    folded = fold_text(text)
    last = list(TITLE.finditer(folded))[-1:]
    return not TRAIL.search(text) and any(AFTER.fullmatch(folded, match.end()) for match in last)


def find_titles(text: str) -> Iterator[Title]:
    """Yield the lines that are titles; one cut in two or three lines is put together."""
    lines = list(re.finditer(r"[^\n]*\S[^\n]*", text))
    for at, line in enumerate(lines):
        if not MAY_BE.search(line[0]) or not is_title(words := clean_text(line[0])):
            continue
        before, below = (
            clean_text(lines[place][0]) if 0 <= place < len(lines) else "" for place in (at - 1, at + 1)
        )
        if before and not names_organ(words) and len(before) <= 30 and ORGAN.search(fold_text(before)):
            words = f"{before}{words}"
        if find_year(words) is None and re.fullmatch(rf"[(\[]?{ANY_YEAR}年?度?[)\]]?", fold_text(below)):
            words = f"{words}{below}"
        yield Title(words, line.start())


def names_organ(title: str) -> bool:
    """Return whether a title names a body (known or not) before the year or the name of the report."""
    return len(REPORT.split(fold_text(title))[0]) >= 2


def find_year(title: str) -> int | None:
    """Return the year that a title names, in whatever numerals, or None; of several the last, which is the report's.

    >>> find_year("怀柔区二0一八年政府信息公开年报"), find_year("2O18年度"), find_year("年报（2018）"), find_year("20181年")
    (2018, 2018, 2018, None)
    """
    return next(reversed(find_years(title)), None)


def find_years(title: str) -> list[int]:
    """Return the different years that a title names, in printed order."""
    folded = fold_text(title)
    matches = list(YEAR.finditer(folded)) or list(BARE_YEAR.finditer(folded))
    years = ("".join(MARKS[mark] for mark in match[1]) for match in matches)
    return list(dict.fromkeys(map(int, years)))
