"""The text of one cell: labels made comparable, values parsed strictly, units told apart."""

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

from flows.characters import simplify_text
from flows.model import Label, Value

INVISIBLE = re.compile(r"[\s\u00ad\u180e\u200b-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff]+")
# What NFKC makes of the marks that every report prints. Without them most texts are NFKC already, which is told at once.
FULL_WIDTH_MARKS = tuple(zip("，（）：；！？\u3000\xa0", ",():;!?  ", strict=True))
QUOTES = re.compile("[\"'“”‘’„‟「」『』《》〈〉＂＇`´]")
# A numeral in brackets is no note: 第二十条第(一)项.
BRACKETED = re.compile(
    r"\((?![一二三四五六七八九十]{1,3}\))(?:[^()]|\([一二三四五六七八九十]{1,3}\))*\)|\[[^\[\]]*\]|【[^【】]*】"
)
OPEN_NOTE = re.compile(r"(?<=.)\((?![一二三四五六七八九十]{1,3}$)[^()]*$")  # its end is cut off
# After NFKC, which makes ⒈ and ① plain, Ⅱ letters, ㈠ a numeral in brackets.
NUMBERING = re.compile(
    r"^(?:\((?:[一二三四五六七八九十\d]{1,3}|[IVXivx]{1,4})\)[、.,:]?"
    r"|[一二三四五六七八九十]{1,3}[、.,:)]"
    r"|[IVXivx]{1,4}(?:[、.,:)]|(?=[\u4e00-\u9fff]))"
    r"|\d{1,2}[、.,:)](?=\D)"
    r"|\d{1,2}(?=[\u4e00-\u9fff])"
    r"|其中[:,、]?)"
)
ENDING = re.compile(r"[:;,。、.]+$")

# White space and marks without width around a value; not the marks that turn the direction of digits.
EDGES = re.compile(r"^[\s\u200b-\u200d\u2060\ufeff\u00ad]+|[\s\u200b-\u200d\u2060\ufeff\u00ad]+$")
# Only these become ASCII in a value. NFKC would also turn ² into 2 and ① into 1: a footnote is no digit.
VALUE_MARKS = str.maketrans("０１２３４５６７８９，．＋－−／％", "0123456789,.+--/%")
NUMBER = re.compile(r"[+-]?(?:[1-9]\d{0,2}(?:,\d{3})+|0|[1-9]\d*)(?:\.\d+)?", re.ASCII)
DASH = re.compile(r"[-‐‑‒–—―─/\\]+|ー+")
NONE_WORDS = ("无", "無")
UNITS = (
    "人次",
    "万元",
    "亿元",
    "条次",
    "件次",
    "条",
    "件",
    "次",
    "篇",
    "个",
    "人",
    "元",
    "项",
    "名",
    "期",
    "%",
)
MONEY = ("元", "万元", "亿元")
NOTED_UNIT = re.compile(r"\((?:(?:计量)?单位:?)?(" + "|".join(UNITS) + r")\)")
TABLE_UNIT = re.compile(r"(?:计量)?单位:(" + "|".join(UNITS) + r")\)?$")
# Dashes and crosses that part the rows of a table.
DRAWN = re.compile(r"[-=\u2500\u2501\u2550]{2}")
CROSSED = re.compile(r"[|+\u250c-\u257f]")
RULED = re.compile(r"[\s|+:=\-\u2500-\u257f]+")
CHANGE = re.compile(r"(?:(?P<less>减少|减|↓)|增加|增|↑)\s*(?P<amount>\S+)")
MAX_DIGITS = 15  # what a double holds exactly; no report counts as high


def clean_text(text: str) -> str:
    """Return the text with runs of white space (no-break and ideographic too) made one blank.

    >>> clean_text("  收到\\u00a0申请数 \\n 192 ")
    '收到 申请数 192'
    """
    if text.isprintable() and "  " not in text:  # white space but the plain blank is not printable
        return text.strip()
    return INVISIBLE.sub(" ", text).strip()


def fold_text(text: str) -> str:
    """Return the text in compatibility form (NFKC), simplified, without white space: for searching, never for values."""
    for mark, plain in FULL_WIDTH_MARKS:
        text = text.replace(mark, plain)
    text = "".join(simplify_text(unicodedata.normalize("NFKC", text)).split())
    return text if text.isprintable() else INVISIBLE.sub("", text)


@lru_cache(maxsize=65_536)  # the same headings stand on every page
def clean_label(text: str) -> Label:
    """Return a heading as it is compared: NFKC, simplified, without white space, quotes, numbering and bracketed notes.

    >>> clean_label("（一）主动公开政府信息数（不同渠道和方式公开相同信息计1条）")
    '主动公开政府信息数'
    >>> clean_label("其中：涉及 国家秘密")
    '涉及国家秘密'
    >>> clean_label("第二十条第（一）项")
    '第二十条第(一)项'
    """
    label = QUOTES.sub("", fold_text(text))
    while (shorter := trim_label(label)) != label:
        label = shorter
    return Label(label)


def trim_label(label: str) -> str:
    """Return a label without its first number, its notes and the marks at its end; one that is all number or note stays."""
    label = NUMBERING.sub("", label, count=1) or label
    label = BRACKETED.sub("", label) or label
    label = OPEN_NOTE.sub("", label)
    return ENDING.sub("", label)


@lru_cache(maxsize=10_000)
def split_unit(text: str) -> tuple[str, str]:
    """Return a cell's text without its unit, and the unit it ends with (or an empty text).

    White space inside stays: `12 3` is not 123.

    >>> split_unit("251000 元")
    ('251000', '元')
    >>> split_unit("件"), split_unit("12 3"), split_unit("35條")
    (('件', ''), ('12 3', ''), ('35', '条'))
    """
    bare = EDGES.sub("", text)
    plain = simplify_text(bare.translate(VALUE_MARKS))
    for unit in UNITS:
        if plain.endswith(unit) and bare[: -len(unit)]:
            return bare[: -len(unit)].rstrip(), unit
    return bare, ""


def find_unit(text: str) -> str:
    """Return the unit that a unit cell or a bracketed note names, or an empty text.

    >>> find_unit(" 人次 "), find_unit("（单位：万元）"), find_unit("——")
    ('人次', '万元', '')
    """
    folded = fold_text(text).strip("()[]")
    folded = re.sub(r"^单位:?", "", folded)
    return folded if folded in UNITS else ""


@lru_cache(maxsize=10_000)
def noted_unit(text: str) -> str:
    """Return the unit that a heading notes in brackets, or an empty text.

    >>> noted_unit("本年收费金额（单位：万元）"), noted_unit("本年增/减")
    ('万元', '')
    """
    found = NOTED_UNIT.search(fold_text(text))
    return found[1] if found else ""


def table_unit(text: str) -> str:
    """Return the one unit that a line above a table ends with, or an empty text.

    >>> table_unit("政府信息公开情况统计表（2018年度）　单位：件"), table_unit("填报单位：区政府办")
    ('件', '')
    """
    found = TABLE_UNIT.search(fold_text(text))
    return found[1] if found else ""


@lru_cache(maxsize=65_536)
def parse_value(text: str, unit: str = "") -> Value:
    """Return the amount a cell states, or the reason it states none.

    An empty cell is not a zero: bodies print 0 when they mean 0, and the national form
    does not say what an empty cell means. Digits are ASCII or full-width; commas must
    stand at the thousands; anything less than certain is `unreadable`.

    >>> parse_value("１,204 件", unit="件")
    Value(amount=Decimal('1204'), status='reported')
    >>> parse_value("")
    Value(amount=None, status='blank')
    >>> parse_value("12,04").status, parse_value("無").status, parse_value("——").status
    ('unreadable', 'none_word', 'dash')
    """
    bare = EDGES.sub("", text)
    if unit and bare.endswith(unit):
        bare = bare[: -len(unit)].rstrip()
    bare = bare.translate(VALUE_MARKS)
    if not bare:
        return Value(None, "blank")
    if bare in NONE_WORDS:
        return Value(None, "none_word")
    if DASH.fullmatch(bare):
        return Value(None, "dash")
    if not NUMBER.fullmatch(bare) or sum(mark.isdecimal() for mark in bare) > MAX_DIGITS:
        return Value(None, "unreadable")
    return Value(Decimal(bare.replace(",", "")), "reported")


def parse_change(text: str) -> Value:
    """Return the amount that a change states in words or by an arrow, as parse_value does for one with a sign.

    >>> parse_change("减8").amount, parse_change("增加 12项").amount, parse_change("↓4").amount, parse_change("增减8").status
    (Decimal('-8'), Decimal('12'), Decimal('-4'), 'unreadable')
    """
    match = CHANGE.fullmatch(EDGES.sub("", text))
    if match is None:
        return Value(None, "unreadable")
    value = parse_value(split_unit(match["amount"])[0])
    if value.status != "reported" or value.amount is None or match["amount"][0] in "+-＋－−":
        return Value(None, "unreadable")
    return Value(-value.amount if match["less"] else value.amount, "reported")


def format_amount(amount: Decimal) -> str:
    """Return an amount in plain digits, without an exponent or trailing zeros after the point.

    >>> format_amount(Decimal("72701.2500")), format_amount(Decimal("11398889"))
    ('72701.25', '11398889')
    """
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def is_rule(printed: str) -> bool:
    """Return whether a line is one of dashes and crosses that parts the rows of a table.

    >>> [is_rule(line) for line in ("|---|:--:|", "├──┼──┤", "+====+==+", "——", "- 3 -", "|  |  |")]
    [True, True, True, False, False, False]
    """
    drawn = DRAWN.search(printed) and CROSSED.search(printed)
    return bool(drawn) and RULED.fullmatch(printed) is not None
