"""Figures that sentences state, outside the tables: `reading = prose`, to be compared with the table."""

import re
from collections.abc import Iterator, Sequence

from flows.cells import MONEY, parse_value
from flows.model import Document, Grid, Observation
from flows.registry import Form

# Sentences count persons and items in other words than the form does.
SAME = {
    "人": ("人", "名"),
    "条": ("条", "件", "份"),
    "件": ("件", "份", "条", "宗", "起"),
    "个": ("个", "处"),
}
NEXT_TO = r"(?:信息)?(?:的?(?:总数量|总数|数量|数|总量|总金额|金额|件数))?(?:分别)?[为是达共有计:：\s]{0,4}"
# Up to 30 characters of the clause, none of which counts something else, and no figure that is rounded or a part of one.
FURTHER = (
    r"(?:(?!新收|收到|受理|办理|办结|答复|接收|主动公开)[^。；;\n]){0,30}?"
    r"(?<![0-9０-９,，.．约近超逾\-–—~～至])(?<!不足)(?<!不到)"
)
# What a clause says of other years or of more than one year is not the figure of this report.
OTHER_YEARS = re.compile(r"累计|截至|截止|以来|历年|上年|去年|上一年|同期|同比")
YEAR = re.compile(r"(20\d\d)年")
NEGATED = re.compile(r"(?:未|没有|无|不(?![断仅少]))[^，。；;\n]{0,8}$")
ROUNDED = r"(?:余|多|左右|以上)"


def read_statements(
    document: Document, form: Form, table: Sequence[Grid], year: int | None
) -> Iterator[Observation]:
    """Yield the figures that the prose states after a phrase of the form file, in the indicator's own unit.

    The figure stands right after the phrase; a phrase that ends with `…` lets it stand up to 30
    characters later in the same clause. A figure without its unit, rounded (`18万余条`), of another
    year than the one reported on, after a negation (`不同意公开12件`), or inside the form's own table is none.
    """
    seen: set[tuple[str, int]] = set()
    for phrase, indicator_id in form.prose:
        figure = figure_after(phrase, form.by_id[indicator_id].unit)
        for match in figure.finditer(document.text):
            place = (indicator_id, match.start("value"))
            if place in seen or not is_of_this_report(document.text, match.start(), table, year):
                continue
            seen.add(place)
            value = parse_value(match["value"])
            if value.status == "reported":
                at = f"text {match.start('value')}-{match.end('unit')}"
                raw = match["value"] + match["unit"]
                yield Observation(
                    indicator_id, "total", value, match["unit"], "printed", raw, at, reading="prose"
                )


def figure_after(phrase: str, unit: str) -> re.Pattern[str]:
    """Return the pattern of a phrase with the figure after it, in a unit or any unit of money."""
    units = "|".join(sorted(MONEY if unit in MONEY else SAME.get(unit, (unit,)), key=len, reverse=True))
    between = FURTHER if phrase.endswith("…") else NEXT_TO
    return re.compile(
        rf"{re.escape(phrase.rstrip('…'))}{between}(?P<value>[0-9０-９][0-9０-９,.．]*)"
        rf"\s*(?!{ROUNDED})(?P<unit>{units})(?!{ROUNDED})(?![次均])"
    )


def is_of_this_report(text: str, start: int, table: Sequence[Grid], year: int | None) -> bool:
    """Return whether a place is prose about the year reported on: in no table of the form, in no clause on other years."""
    sentence = text[max(text.rfind(mark, 0, start) for mark in "。；;\n") + 1 : start]
    clause = sentence[sentence.rfind("，") + 1 :]
    named = YEAR.findall(sentence)
    if OTHER_YEARS.search(clause) or NEGATED.search(clause) or (year and named and int(named[-1]) != year):
        return False
    return not any(grid.start <= start < grid.end for grid in table)
