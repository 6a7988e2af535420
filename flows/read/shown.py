"""What a workbook's cell shows of the number it holds: the figure is published as it is printed.

Only formats that leave no doubt are followed: digits, thousands commas, percent, text around
them, a sign or words for what is negative or zero. Where another one stands (fractions, 万 by
a moved point, Chinese numerals) the cell shows its number with the format's code, which is no figure.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

# In a number's format: quoted text, marks taken literally, colours and conditions; [h] is a duration and stays.
LITERAL = re.compile(r"\"[^\"]*\"|[\\_*].|\[(?!h+\]|m+\]|s+\])[^\]]*\]|general", re.IGNORECASE)
DATE_MARKS = re.compile(r"[dmyhs]|aaa", re.IGNORECASE)
DATE_FORMATS = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
# The formats that files name by number alone, as Excel in Chinese shows them (ECMA-376, 18.8.30).
ACCOUNT = '_ * #,##0{}_ ;_ * -#,##0{}_ ;_ * "-"_ ;_ @_ '
FORMATS = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    **dict.fromkeys((5, 6), '"¥"#,##0'), **dict.fromkeys((7, 8), '"¥"#,##0.00'), **dict.fromkeys((37, 38), "#,##0"),
    **dict.fromkeys((39, 40), "#,##0.00"), **dict.fromkeys((41, 42), ACCOUNT.format("", "")),
    **dict.fromkeys((43, 44), ACCOUNT.format(".00", ".00")), 48: "##0.0E+0", 49: "@",
}  # fmt: skip
TOKEN = re.compile(
    r"(?P<quoted>\"[^\"]*\")|\\(?P<escaped>.)|(?P<space>[_*].)|\[\$(?P<sign>[^\]-]*)(?:-[^\]]*)?\]"
    r"|(?P<colour>\[(?:black|blue|cyan|green|magenta|red|white|yellow|color ?\d+|黑色?|蓝色?|青色?|绿色?|红色?|白色?|黄色?)\])"
    r"|(?P<general>general|(?:G/)?通用格式|@)|(?P<end>;)|(?P<digits>[0#?.,]*[0#?][0#?.,]*)|(?P<percent>%)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
PLAIN = re.compile(
    r"[^\w\s/\[\]!]|[^\x00-\x7f]|\s"
)  # what shows itself; a letter or fraction bar is another language
DIGITS = re.compile(r"(?P<whole>[0#?,]*?)(?P<scale>,*)(?:\.(?P<rest>[0#?]*))?")
THOUSANDS = re.compile(r"(?<=\d)(?=(?:\d{3})+$)", re.ASCII)
MANY = 100  # characters of a format
EXACT = Context(prec=500, rounding=ROUND_HALF_UP)  # as many digits as a double and a format can ask for


@dataclass(frozen=True)
class Section:
    """One section of a format: the text before and after the digits, their pattern, how many percent marks."""

    before: str
    digits: str
    after: str
    percent: int


def show_number(number: float, code: str = "General") -> str:
    """Return what a cell with this format shows; the number and the code where the format is not certain.

    >>> show_number(13993.0), show_number(0.1 + 0.2), show_number(59237.244899999998), show_number(-1e-7)
    ('13993', '0.3', '59237.2449', '-0.0000001')
    >>> show_number(1204, "#,##0.00"), show_number(0.125, "0.0%"), show_number(0, '0;-0;"-"')
    ('1,204.00', '12.5%', '-')
    >>> show_number(12345, '0!.0,"万"')
    '12345 [0!.0,"万"]'
    """
    amount = Decimal(f"{number:.15g}")
    sections = parse_format(code)
    if sections is None or not amount.is_finite():
        return f"{plain_digits(amount)} [{code}]"
    choice = 1 if amount < 0 and len(sections) > 1 else 2 if amount == 0 and len(sections) > 2 else 0
    section = sections[choice]
    shown = fill_digits(abs(amount) * 100**section.percent, section.digits)
    sign = "-" if amount < 0 and choice == 0 else ""
    return f"{sign}{section.before}{shown}{section.after}"


def show_cell_number(number: float, code: str, day_zero: date) -> str:
    """Return what a cell with this format shows of a number, which may be a date."""
    return show_date(number, day_zero) if is_date_format(code) else show_number(number, code)


def name_format(number: str) -> str:
    """Return the code of a format that a file names by its number alone.

    >>> name_format("4"), name_format("14"), name_format("999")
    ('#,##0.00', 'yyyy-mm-dd', 'General')
    """
    if not number.isdecimal():
        return "General"
    return "yyyy-mm-dd" if int(number) in DATE_FORMATS else FORMATS.get(int(number), "General")


def plain_digits(amount: Decimal) -> str:
    """Return an amount in digits, without an exponent, nor `.0`."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=1_000)
def parse_format(code: str) -> tuple[Section, ...] | None:
    """Return the sections of a format for numbers, None where one is not certain."""
    sections, before, after, digits, percent = [], "", "", "", 0
    for match in TOKEN.finditer(f"{code[:MANY]};"):
        kind, text = match.lastgroup, match[match.lastgroup or 0]
        if kind == "end":
            sections.append(Section(before, digits, after, percent))
            before, after, digits, percent = "", "", "", 0
        elif kind in ("digits", "general"):
            if digits or (kind == "digits" and DIGITS.fullmatch(text) is None):
                return None
            digits = text if kind == "digits" else "General"
        elif kind == "other" and PLAIN.fullmatch(text) is None:
            return None
        elif kind not in ("colour", "space"):
            percent += kind == "percent"
            shown = text.strip('"') if kind == "quoted" else text
            before, after = (before, after + shown) if digits else (before + shown, after)
    return (
        tuple(sections)
        if len(code) < MANY and sections and (sections[0].digits or len(sections) > 1)
        else None
    )


def fill_digits(amount: Decimal, pattern: str) -> str:
    """Return an amount that is not negative as a pattern of digits shows it; nothing for a section without digits."""
    match = DIGITS.fullmatch(pattern)
    if pattern in ("", "General") or match is None:
        return pattern and plain_digits(amount)
    whole, rest = match["whole"], match["rest"] or ""
    amount /= 1000 ** len(match["scale"])
    rounded = amount.quantize(Decimal(1).scaleb(-len(rest)), context=EXACT)
    left, _, right = f"{rounded:f}".partition(".")
    left = left.lstrip("0").rjust(whole.count("0"), "0")
    grouped = THOUSANDS.sub(",", left) if "," in whole else left
    needed = len(rest.rstrip("#?"))
    right = right[:needed] + right[needed:].rstrip("0")
    return f"{grouped}.{right}" if match["rest"] is not None else grouped


@lru_cache(maxsize=1_000)
def is_date_format(code: str) -> bool:
    r"""Return whether a number format shows dates or times.

    >>> is_date_format('m"月"d"日"'), is_date_format("[h]:mm"), is_date_format('[Red]#,##0_);"days"\\d0')
    (True, True, False)
    """
    return DATE_MARKS.search(LITERAL.sub("", code)) is not None


def show_date(number: float, day_zero: date) -> str:
    """Return a date or a time as text that is no figure, in the order year, month, day.

    >>> show_date(45355, date(1899, 12, 30)), show_date(0.5, date(1899, 12, 30)), show_date(-1, date(1899, 12, 30))
    ('2024-03-04', '12:00:00', '#####')
    """
    if not 0 <= number < 2_958_466:
        return "#####"  # what Excel shows
    seconds = round(number % 1 * 86_400)
    start = day_zero + timedelta(days=number < 60 and day_zero.year == 1899)  # Excel has a 29 February 1900
    moment = datetime(start.year, start.month, start.day) + timedelta(days=int(number), seconds=seconds)
    if number < 1:
        return f"{moment:%H:%M:%S}"
    return f"{moment:%Y-%m-%d %H:%M:%S}" if seconds else f"{moment:%Y-%m-%d}"
