"""Is it the report? A page is archived as one on positive evidence only: its title, and its rows or figures.

A portal answers 200 for its error, login and challenge pages too, and its frame names the body and all
the usual words (依申请公开, 行政复议, 年报) on every page, so neither the status nor these words prove anything.
"""

import re

from flows.cells import fold_text
from flows.decode import decode_text
from flows.errors import FetchError
from flows.model import Body, Report
from flows.registry import Registry

TAG = re.compile(r"<[^<>]*>")
FIGURE = re.compile(r"\d[万余多]*(?:件|条|次|人|篇|份|万元)")
KIND = "(?:报告|年报)"
WORDS = "[^。,;:区县市旗]"  # what may stand inside a title; another area's name ends it
DIGITS = dict(
    zip(
        "0123456789",
        ["[0〇○零Oo]", *(f"[{n}{'零一二三四五六七八九'[n]}]" for n in range(1, 10))],
        strict=True,
    )
)
MIN_ROWS = 15  # a portal's menu has some: 行政许可, 行政处罚, 规范性文件
MIN_FIGURES = 10  # for reports in prose, and those whose table is a picture


def check_page(payload: bytes, charset: str, report: Report, registry: Registry) -> None:
    """Raise FetchError unless a page has the title of the report, and rows of a form or figures in sentences."""
    text = fold_text(TAG.sub("", decode_text(payload, report.url, charset)))
    body = registry.bodies[report.body_id]
    missing = []
    if not has_title(text, body, report.year):
        missing.append(f"“{body.name_zh}…{report.year}年…年度报告”")
    if count_rows(text, registry) < MIN_ROWS and len(FIGURE.findall(text)) < MIN_FIGURES:
        missing.append("统计表/件、条、次")
    if missing:
        raise FetchError(
            f"{report.url}: not the report of {body.name_en} for {report.year}: no {', no '.join(missing)} "
            "in the page. Open the address; mend it in schemas/reports.csv.",
            f"{report.url}：不是{body.name_zh}{report.year}年度报告：页面中没有{'、'.join(missing)}。"
            "请打开网址核对，并修改 schemas/reports.csv。",
        )


def has_title(text: str, body: Body, year: int) -> bool:
    """Return whether a text holds the title of a body's report: name, year and kind, in any order portals use.

    A title without the name counts where the page gives the body as its source.
    """
    name = "(?:" + "|".join(map(re.escape, (body.name_zh, *body.former_names_zh))) + ")"
    on = "".join(DIGITS[digit] for digit in str(year)) + "年"
    titles = (
        f"{name}{WORDS}{{0,20}}{on}{WORDS}{{0,30}}{KIND}",
        f"{on}[^。,;:区县旗]{{0,6}}{name}{WORDS}{{0,30}}{KIND}",
        f"{name}{WORDS}{{0,30}}{KIND}[(]?{on}",
    )
    if any(re.search(title, text) for title in titles):
        return True
    nameless = f"(?<![区县市旗府办室厅局委]){on}度?(?:政府信息公开|政务公开|信息公开){WORDS}{{0,12}}{KIND}"
    source = f"(?:来源|发布机构|发布单位|公开主体):{WORDS}{{0,6}}市?{name}"
    return bool(re.search(nameless, text) and re.search(source, text))


def count_rows(text: str, registry: Registry) -> int:
    """Return how many rows of one form a text prints, under any of their spellings."""
    return max(
        len({row.indicator_id for label, rows in form.row_spellings.items() if label in text for row in rows})
        for form in registry.forms.values()
    )
