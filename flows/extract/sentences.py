"""Prose as sentences with the quantities in them: exact ones, of the year reported on, of the body that reports."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flows.cells import parse_value
from flows.characters import simplify_text
from flows.model import Document, Grid, Header
from flows.titles import REPORT, find_years

HALF = str.maketrans("０１２３４５６７８９，．：；（）％！？－～", "0123456789,.:;()%!?-~")
QUOTES = frozenset("\"'“”‘’「」『』《》〈〉")
QUOTED = re.compile(f"[{''.join(QUOTES)}]")
DIGITS = {mark: n for n, mark in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
TENS = {"十": 10, "百": 100, "千": 1000}
GREAT = {"万": 10_000, "亿": 100_000_000}
UNITS = "人次|条次|件次|万元|亿元|元|条|件|份|次|场|期|篇|个|处|家|人|名|项|起|宗|例|%"
NUMERALS = "〇零一二两三四五六七八九十百千万亿"
# Begins with one class of characters, which the search jumps to.
QUANTITY = re.compile(rf"(?P<number>[\d{NUMERALS}][\d{NUMERALS},.]*)[ \u3000]*(?P<unit>{UNITS})(?![次均])")
# Left and right of a quantity that is rounded, one of a range, or the number of something.
INEXACT_BEFORE = re.compile(
    r"(?:[约近超逾第几]|超过|大概|接近|不足|不到|不少于|不低于|不超过|至少|最多|[\d〇一二三四五六七八九十%件条次][-–—~至到]|[-–—~])[ \u3000]*$"
)
# What begins in the middle of a number.
CUT = re.compile(r"\d[.,]?$")
INEXACT_AFTER = re.compile(
    r"[ \u3000]*(?:余|多(?!次)|左右|以上|以下|以内|上下|不等|[-–—~至到][ \u3000]*[\d一二三四五六七八九十])"
)
SENTENCE = re.compile(r"[。;!?\n\t|]")
CLAUSE = re.compile(r"(?<!\d),|,(?!\d{3})|[(:]")
BACK = re.compile(r"[ \u3000]*(?:其中|上述|以上|这些|该)")  # speaks of what the sentence before did
# What a clause says of other years, of several, or of a part of one is not the figure of this report.
THIS_YEAR = re.compile(
    r"(?:全年|本年度?|年度|当年|\d{4}年度?)累计|(?:\d{4}年)?1月1日[^,]{0,8}?(?:\d{4}年)?12月31日"
)
OTHER_TIME = re.compile(
    r"累计|截至|截止|以来|历年|历次|近[几两三\d]年|上年|去年|前年|上一年|上年度|往年|同期|同比|环比|上半年|下半年|季度|月份|月底|当月|本月|每[年月周天日]"
    r"|\d月|均"
)
# What a bracket or a comparison says of another year leaves the sentence's own year in force.
COMPARED = re.compile(r"\([^()]*\)|(?:同比|相比|比|较)[^,;]*")
COMPARES = re.compile(r"[比较](?:\d{4}年|上|去)")
PLAN = re.compile(r"计划|拟|力争|目标|预计|争取")
NEGATED = re.compile(r"(?:未|没有|无|非|不(?![断仅少]))[^,]{0,8}$")
MEDIUM = re.compile(
    r"(?:通过|利用|借助|依托|经|以|在|于)[^,]{0,12}(?:网站|网络|互联网|信函|当面|传真|邮件|邮箱|微博|微信|公众号|公报|平台|电视|报刊|专栏|公告栏|窗口|热线)[^,]{0,4}$"
)
FIELD = re.compile(r"(?:领域|方面|类|栏目|系统|行业|专栏)(?:的)?(?:共|已)?$")
ORGAN = r"[\u4e00-\u9fff]{1,8}?(?:局|委员会|委|办公室|街道|办事处|镇|乡|公司|医院|学校|中心|支队|分局|大队|部门|单位)"
SUBJECT = re.compile(rf"^[ \u3000]*(?:其中[,:]?)?({ORGAN})")
ACTOR = re.compile(rf"({ORGAN})(?:共|已|依法|全年|年内|单独|分别)*$")
OWN = re.compile(r"全[区市县省州盟旗局委办镇乡院厅部]|[我本][区市县省州局委办镇乡院厅部机单街]|本年|全年")


@dataclass(frozen=True)
class Prose:
    """The prose of a document in half-width simplified characters without quotes; `left_out` are the places of these."""

    text: str
    left_out: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the stretch of the document's text that a stretch of the prose is."""
        return self.place(start), self.place(end - 1) + 1

    def place(self, at: int) -> int:
        """Return where a character of the prose stands in the document's text."""
        return at + bisect_right(self.left_out, at)


@dataclass(frozen=True)
class Quantity:
    """An exact number with its unit, and where both stand in the prose."""

    value: Decimal
    unit: str
    start: int
    end: int


def read_prose(document: Document, tables: Sequence[Grid]) -> Prose:
    """Return a document's text outside of its tables: of those given, and of every grid of rows and columns."""
    grids = [grid for grid in document.grids if len(grid.rows) > 1 and has_columns(grid)]
    text = document.text
    for start, end in {(grid.start, min(grid.end, len(text))) for grid in (*tables, *grids) if grid.end}:
        text = text[:start] + "\n" * (end - start) + text[end:]
    text = simplify_text(text).translate(HALF)
    quotes = [match.start() for match in QUOTED.finditer(text)]
    return Prose(QUOTED.sub("", text), [place - before for before, place in enumerate(quotes)])


def has_columns(grid: Grid) -> bool:
    """Return whether a row prints two cells; paragraphs of a workbook are rows of one cell over all columns."""
    width = len(grid.rows[0])
    if width < 2:
        return False
    spread = Counter(row for row, _ in grid.continued)
    return any(width - spread[row] > 1 for row in range(len(grid.rows)))


def find_quantities(text: str) -> Iterator[Quantity]:
    """Yield the exact quantities of a text in order; rounded ones, ranges and ordinal numbers are none.

    >>> [(str(each.value), each.unit) for each in find_quantities("收到申请三十二件，网页约5万条、18万余条，费用7.5万元")]
    [('32', '件'), ('7.5', '万元')]
    """
    for match in QUANTITY.finditer(text):
        number, unit = match["number"], match["unit"]
        if unit == "元" and number[-1] in GREAT and number[:-1]:
            number, unit = number[:-1], number[-1] + unit
        start = match.start()
        if number[0] == "十" and text[start - 1 : start] == "数":
            continue  # 数十件, some tens
        inexact = INEXACT_BEFORE.search(text, max(0, start - 6), start) or INEXACT_AFTER.match(
            text, match.end()
        )
        if (
            not inexact
            and not CUT.search(text, max(0, start - 2), start)
            and (value := read_number(number)) is not None
        ):
            yield Quantity(value, unit, start, match.end())


def read_number(text: str) -> Decimal | None:
    """Return the number that digits or Chinese numerals state, or None where it is not certainly one.

    Digits can have one great unit behind them, but no point then: `3.5万` is rounded.

    >>> read_number("1,204"), read_number("12万"), read_number("十二万"), read_number("3.5万"), read_number("1十")
    (Decimal('1204'), Decimal('120000'), Decimal('120000'), None, None)
    """
    digits, great = (text[:-1], GREAT[text[-1]]) if text[-1:] in GREAT else (text, 1)
    if not any(mark in NUMERALS for mark in digits):
        amount = parse_value(digits).amount
        return None if amount is None or (great > 1 and "." in digits) else amount * great
    number = parse_numeral(text)
    return None if number is None else Decimal(number)


def parse_numeral(text: str) -> int | None:
    """Return the number that Chinese numerals state, or None where they are no proper number.

    What is left out in speech stays open: `三百五` is 350 or 305.

    >>> parse_numeral("三十二"), parse_numeral("一万二千零五"), parse_numeral("十二万"), parse_numeral("三四"), parse_numeral("三百五")
    (32, 12005, 120000, None, None)
    """
    for mark, size in reversed(GREAT.items()):
        if mark in text:
            high, _, low = text.partition(mark)
            head, tail = parse_numeral(high), parse_numeral(low.lstrip("零〇")) if low else 0
            if head is None or tail is None or not 0 < head < 10_000 or tail >= size:
                return None
            bridged = low.startswith(("零", "〇")) == (0 < tail < size // 10)
            return head * size + tail if bridged else None
    return parse_thousands(text)


def parse_thousands(text: str) -> int | None:
    """Return the number below ten thousand that numerals state: each step down by tens, or over a nought."""
    if text in ("零", "〇"):
        return 0
    pieces = re.findall(r"([零〇]?)([一二两三四五六七八九]?)([十百千]?)", text)[:-1]
    total, last = 0, 10_000
    if not text or "".join(map("".join, pieces)) != text:
        return None
    for at, (nought, digit, ten) in enumerate(pieces):
        size = TENS.get(ten, 1)
        bare_ten = not digit and ten == "十" and at == 0
        stepped = (
            (last == 10_000 and not nought)
            or (size * 10 == last and not nought)
            or (size * 10 < last and bool(nought))
        )
        if not (digit or bare_ten) or size >= last or not stepped:
            return None
        total, last = total + (DIGITS[digit] if digit else 1) * size, size
    return total


def sentence_start(text: str, at: int) -> int:
    """Return where the sentence that holds a place begins; one that speaks of the sentence before begins with that."""
    line = text.rfind("\n", 0, at) + 1
    ends = [line, *(match.end() for match in SENTENCE.finditer(text, line, at))]
    return ends[-2] if len(ends) > 1 and BACK.match(text, ends[-1], at) else ends[-1]


def clause_start(text: str, start: int, at: int) -> int:
    """Return where the clause of a sentence that holds a place begins."""
    return max((match.end() for match in CLAUSE.finditer(text, start, at)), default=start)


def is_of_report(text: str, phrase: tuple[int, int], end: int, header: Header) -> bool:
    """Return whether what a phrase counts, up to its quantity's end, is the report's own figure.

    It is not where the clause speaks of another time, of a plan, of one medium or field, or negates it;
    where the sentence last named another year; or where another body than the reporting one is its subject.
    """
    first = sentence_start(text, phrase[0])
    before = text[clause_start(text, first, phrase[0]) : phrase[0]]
    said = THIS_YEAR.sub("", f"{before} {text[phrase[1] : end]}")
    if OTHER_TIME.search(said) or PLAN.search(before) or NEGATED.search(before):
        return False
    if MEDIUM.search(before) or FIELD.search(before) or COMPARES.search(before):
        return False
    years = find_years(COMPARED.sub("", text[first:end]))
    if header.year is not None and years and years[-1] != header.year:
        return False
    own = QUOTED.sub("", REPORT.split(header.title)[0])
    return not is_of_others(text[first : phrase[0]], before, own)


def is_of_others(sentence: str, clause: str, own: str) -> bool:
    """Return whether another body than the reporting one is what a sentence speaks of, before its phrase."""
    actor = ACTOR.search(clause) or (SUBJECT.match(sentence) if not OWN.search(sentence) else None)
    if actor is None or OWN.search(clause) or (actor[1].startswith("各") and clause.endswith("共")):
        return False
    return actor[1].lstrip("其中,:") not in own
