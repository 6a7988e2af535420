"""How a report looks: independent options drawn from a seed, each seen in real reports or listed as plausible."""

from dataclasses import dataclass, fields, replace
from random import Random
from typing import Literal, get_args

# What a page is encoded in, and after a colon what it declares where that is another charset or none.
Charset = Literal[
    "utf-8", "gb18030", "gb2312", "utf-8:", "gbk", "gb18030:", "gb18030:utf-8", "gb18030:iso-8859-1", "utf-8:gb2312",
    "utf-8:iso-8859-1", "utf-8-sig", "utf-8-sig:gb2312", "utf-16-le:", "utf-16-be:", "utf-16-le:gb2312", "big5", "big5:",
]  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """The looks of one report; the defaults are the official form as a plain page."""

    # markup of a page
    tags: Literal["td", "th", "all_th"] = "td"
    nest: Literal["plain", "p", "span", "word", "excel"] = "plain"
    pad: Literal["", "nbsp", "blank"] = ""
    charset: Charset = "utf-8"
    around: bool = False
    container: Literal["table", "divs", "spans"] = "table"
    # geometry of the tables
    broken: bool = False
    stacked: bool = False
    vertical: Literal["", "br", "p"] = ""
    groups: Literal["full", "short", "missing", "repeated", "empty", "long", "flat"] = "full"
    head: Literal["three", "two", "one"] = "three"
    spans: Literal["full", "ragged", "shanghai"] = "full"
    sections: Literal["rows", "column", "tables"] = "rows"
    value_span: Literal["1", "2"] = "1"
    split: Literal["", "2", "3"] = ""
    split_head: bool = True
    joined: bool = False
    repeat_head: bool = False
    cases: Literal["columns", "rows", "tables", "misplaced"] = "columns"
    footer: bool = False
    extra_column: bool = False
    # columns
    order: Literal["", "total_first", "turned"] = ""
    lost: Literal["", "legal_service_organisation", "other", "total"] = ""
    # words
    notes: bool = False
    extra_row: bool = False
    old_label: bool = False
    short_labels: bool = False
    unit_head: Literal["", "（万元）", "(万元)", "（单位：万元）", "（元）"] = ""
    total_word: Literal["总计", "合计"] = "总计"
    brackets: Literal["full", "half"] = "full"
    chapters: Literal["0", "1", "2"] = "0"
    # text
    text: Literal["tabs", "spaces", "pipes", "lines", "blank_lines", "pdf", "glued"] = "tabs"
    page_numbers: bool = False
    # files of offices
    chained: bool = False
    revised: bool = False
    figures: Literal["number", "text", "formula"] = "number"
    apart: bool = False
    hidden: bool = False
    # pages of a PDF
    rules: Literal["lines", "boxes", "fills", "double", "none"] = "lines"
    edge: Literal["ruled", "sliced", "open_below"] = "ruled"
    page: Literal["wide", "rotated", "upright"] = "wide"
    cut_rows: bool = False


RATES = {
    "container": 0.2, "joined": 0.1, "split": 0.12, "order": 0.05, "lost": 0.05, "cases": 0.3, "stacked": 0.12,
    "repeat_head": 0.1, "extra_column": 0.05, "unit_head": 0.3, "page_numbers": 0.3, "text": 0.85, "extra_row": 0.2,
    "chained": 0.15, "revised": 0.1, "figures": 0.4, "hidden": 0.15, "rules": 0.5, "page": 0.4,
}  # fmt: skip


def draw_layout(seed: int) -> Layout:
    """Return a layout from a seed: each option is drawn alone, most often the official one."""
    random = Random(f"{seed}/layout")
    drawn: dict[str, object] = {}
    for option in fields(Layout):
        if random.random() > RATES.get(option.name, 0.35):
            continue
        choices = (
            (True, False)
            if option.type is bool
            else [
                each
                for each in get_args(option.type)
                if each != option.default and not str(each).startswith("big5")
            ]
        )
        drawn[option.name] = random.choice(tuple(choices))
    return replace(Layout(), **drawn)  # type: ignore[arg-type]
