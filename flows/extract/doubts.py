"""What is said of figures that are not certain: unreadable cells, and counts with decimals."""

import re
from collections.abc import Iterator, Mapping, Sequence

from flows.cells import NUMBER, VALUE_MARKS, format_amount, parse_value
from flows.codebook import Indicator
from flows.errors import Text
from flows.model import Finding, Observation, Value

# A figure with one more thing beside it: a note's mark, a digit of another standing, or what is noted of the cell.
BESIDE = re.compile(
    r"(?P<before>\[[^\[\]]+\])?\s*(?P<figure>[0-9,.]+)"
    r"(?P<after>(?:\s*[\[(【]?[⁰¹²³⁴-⁹₀-₉①-⑳]+[\])】]?|\s*[\[(（【][^\[\]()（）【】]+[\])）】]|\s+[0-9]{1,2}|\s*[*※†‡]+))?"
)
# What markup certainly sets apart from a figure: text struck out, and a note's mark in brackets or a circle, raised.
APART = r"(?:\[struck out: [^\[\]]*\]|[\[(（【〔][⁰¹²³⁴-⁹]+[\])）】〕]|\[raised: [^\[\]]*\])"
MARKED = re.compile(rf"(?:{APART}\s*)*(?P<figure>[-+]?[0-9,.]+)(?:\s*{APART})*")
COUNTED = ("count", "flow", "stock")


def describe_unreadable(raw: str) -> Text:
    """Return what was read of a cell whose figure is not certain: told apart where a figure has a mark beside it.

    >>> describe_unreadable("40817 ¹").en
    "'40817 ¹': the figure 40817 with '¹' beside it; not read as 40817, compare the page"
    >>> describe_unreadable("约5").en
    "'约5'"
    """
    match = BESIDE.fullmatch(raw)
    figure = match["figure"].translate(VALUE_MARKS) if match else ""
    marks = [mark.strip() for mark in (match["before"], match["after"]) if mark] if match else []
    if not marks or NUMBER.fullmatch(figure) is None:
        return Text(f"'{raw}'", f"“{raw}”")
    beside = " ".join(marks)
    return Text(
        f"'{raw}': the figure {figure} with '{beside}' beside it; not read as {figure}, compare the page",
        f"“{raw}”：数字 {figure} 旁有“{beside}”；未按 {figure} 读取，请核对原页",
    )


def read_marked(text: str) -> Value:
    """Return the figure of a cell beside which stands only what its markup tells apart, else that it is unreadable.

    >>> read_marked("[struck out: 40718] 40817").amount, read_marked("40817 [¹]").amount, read_marked("40817 ¹").status
    (Decimal('40817'), Decimal('40817'), 'unreadable')
    """
    match = MARKED.fullmatch(text)
    return parse_value(match["figure"]) if match else Value(None, "unreadable")


def is_told_by_marks(raw: str, value: Value) -> bool:
    """Return whether a value is read of a cell only because markup tells what else stands in it."""
    return value.status == "reported" and parse_value(raw) != value and re.search(APART, raw) is not None


def find_decimal_counts(
    observations: Sequence[Observation], indicators: Mapping[str, Indicator]
) -> Iterator[Finding]:
    """Yield a finding for each figure with decimals where the form counts things: `40.817` may mean 40,817.

    The value stays as printed. Three decimals are told even where they are zeros; one or two zeros are a format.
    """
    for each in observations:
        amount = each.value.amount
        if amount is None or each.raw_value.isdecimal():
            continue
        indicator = indicators[each.indicator_id]
        if indicator.measure_type in COUNTED and (amount % 1 or amount.as_tuple().exponent == -3):
            yield Finding(
                "decimal_count",
                Text(
                    f"{indicator.indicator_id} ({indicator.label_en}): '{each.raw_value}' is read as "
                    f"{format_amount(amount)}, but counts have no decimals. Is the point a comma? Compare the page.",
                    f"{indicator.indicator_id}（{indicator.label_zh}）：“{each.raw_value}”按 {format_amount(amount)} 读取，"
                    "但计数不应有小数。小数点是否为千分位逗号？请核对原页。",
                ),
                each.locator,
                (f"{each.indicator_id}|{each.applicant}",),
            )
