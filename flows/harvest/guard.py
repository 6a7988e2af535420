"""Is it the report? A page is accepted on positive evidence only: its title, and its rows, figures or attachments.

A portal answers 200 for its error, login and challenge pages too, and its frame names the body and all
the usual words (依申请公开, 行政复议, 年报) on every page, so neither the status nor these words prove anything.
What is not accepted gets a name from `schemas/verdicts.csv`, is kept as evidence, and is never read as a report.
"""

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from flows.cells import fold_text
from flows.decode import decode_text
from flows.errors import ReadError, Text
from flows.harvest.answer import FetchedPage
from flows.harvest.markup import check_markup, strip_hidden
from flows.links import find_links
from flows.model import Body, Report
from flows.registry import Registry

TAG = re.compile(r"<[^<>]*>")
FIGURE = re.compile(r"\d[万余多]*(?:件|条|次|人|篇|份|万元)")
KIND = "(?:报告|年报)"
NAME = "(?:政府信息公开|政务信息公开|政务公开|信息公开)"
WORDS = "[^。,;:区县市旗]"  # what may stand inside a title; another area's name ends it
# Who may follow an area's name in its own title; a department, street or town has a report of its own.
AUTHOR = "(?:(?:人民)?政府)?(?:政府|政务)?(?:信息公开)?(?:工作)?(?:领导小组)?(?:办公室)?(?:关于)?"
NO_PART = r"(?![^\W\d_]{0,12}(?:局|委|处|镇|乡|街道|中心|法制办))"
ABOUT = re.compile("发布|解读|图解|读懂|通知|公告|新闻")  # a page about a report, whose picture is no table
DIGITS = dict(
    zip(
        "0123456789",
        ["[0〇○零Oo]", *(f"[{n}{'零一二三四五六七八九'[n]}]" for n in range(1, 10))],
        strict=True,
    )
)
TITLE_YEAR = re.compile(rf"(20[0-3]\d)年{WORDS}{{0,30}}{KIND}")
SIGNATURES = (
    b"%PDF-",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"II*\x00",
    b"MM\x00*",
)
MIN_ROWS = 15  # a portal's menu has some: 行政许可, 行政处罚, 规范性文件
MIN_FIGURES = 10  # for reports in prose, and those whose table is a picture
MIN_VISIBLE = 20  # characters; a page with fewer shows nothing
MIN_LISTED = 3  # years whose reports a page names, to be a list of them


@dataclass(frozen=True)
class Verdict:
    """What an answer was found to be (a row of `verdicts.csv`), and why, in words."""

    verdict: str
    reason: Text

    @property
    def accepted(self) -> bool:
        """Whether the answer is the report."""
        return self.verdict == "accepted"


def judge_page(page: FetchedPage, report: Report, registry: Registry) -> Verdict:
    """Return what an answer is: the report on positive evidence, else the first verdict of the table that fits."""
    if page.status != 200:
        return name_verdict(find_by_status(page.status, registry), page, report, registry)
    if page.body.startswith(SIGNATURES):
        return name_verdict("file", page, report, registry)
    try:
        markup = decode_text(page.body, page.url, page.charset)
        check_markup(markup, page.url)
    except ReadError as error:
        return Verdict("other", error.text)
    text = fold_text(TAG.sub("", markup))
    missing = missing_evidence(text, report, registry)
    verdict = find_by_words(markup, text, registry) if missing else "accepted"
    if verdict == "other" and attaches_report(markup, text, report, registry):
        verdict = "accepted"
    if verdict == "accepted":
        return Verdict(verdict, Text("the report", "即该报告"))
    return name_verdict(verdict, page, report, registry, missing)


def find_by_status(status: int, registry: Registry) -> str:
    """Return the verdict that a status alone tells."""
    return next(
        (row["verdict"] for row in registry.tables["verdicts"] if str(status) in row["statuses"].split()),
        "other",
    )


def find_by_words(markup: str, text: str, registry: Registry) -> str:
    """Return the verdict for a page of status 200 that is not the report."""
    visible = fold_text(TAG.sub("", strip_hidden(markup)))
    if has_figures(text, registry):
        return "other_report"
    if len(set(TITLE_YEAR.findall(text))) >= MIN_LISTED:
        return "list"
    for row in sorted(registry.tables["verdicts"], key=lambda row: int(row["order"])):
        if row["phrases"] and re.search(row["phrases"], markup, re.IGNORECASE):
            return str(row["verdict"])
    return "empty" if len(visible) < MIN_VISIBLE else "other"


def name_verdict(
    verdict: str, page: FetchedPage, report: Report, registry: Registry, missing: list[str] | None = None
) -> Verdict:
    """Return a verdict with its reason: what was found, what was expected, what to do next."""
    row = next(row for row in registry.tables["verdicts"] if row["verdict"] == verdict)
    body = registry.bodies[report.body_id]
    lacks = ", ".join(missing or [])
    en = f" The page has no {lacks}." if lacks else ""
    zh = f"页面中没有{'、'.join(missing or [])}。" if lacks else ""
    return Verdict(
        verdict,
        Text(
            f"{page.url}: {row['label_en']} ({page.media_type}, status {page.status}), expected the report of {body.name_en} for "
            f"{report.year}.{en} Open the address; mend it in schemas/reports.csv where it moved.",
            f"{page.url}：{row['label_zh']}（{page.media_type}，状态码 {page.status}），应为{body.name_zh}{report.year}年度报告。{zh}"
            "请打开网址核对；若已迁移，请修改 schemas/reports.csv。",
        ),
    )


def missing_evidence(text: str, report: Report, registry: Registry) -> list[str]:
    """Return what a page's text lacks of the evidence for a report: its title, its rows or figures."""
    body = registry.bodies[report.body_id]
    missing = []
    if not has_title(text, body, report.year):
        missing.append(f"“{body.name_zh}…{report.year}年…年度报告”")
    if not has_figures(text, registry):
        missing.append("统计表/件、条、次")
    return missing


def has_figures(text: str, registry: Registry) -> bool:
    """Return whether a text holds the rows of a form, or figures in sentences."""
    return count_rows(text, registry) >= MIN_ROWS or len(FIGURE.findall(text)) >= MIN_FIGURES


def prints_table(markup: str, registry: Registry) -> bool:
    """Return whether a page itself prints the rows of a form, so that no attachment need be asked for."""
    return count_rows(fold_text(TAG.sub("", strip_hidden(markup))), registry) >= MIN_ROWS


def attaches_report(markup: str, text: str, report: Report, registry: Registry) -> bool:
    """Return whether a page is the frame of files or pictures that hold the report: its own title is the report's.

    The title must be the page's own, for the news on a portal's home page name reports and have pictures too;
    a column of a portal, which is titled so as well, has more than two files of the kind.
    """
    if not has_title(text, registry.bodies[report.body_id], report.year):
        return False
    tree = LexborHTMLParser(markup)
    nodes = tree.css("title, h1, h2, h3, meta[name=ArticleTitle]")
    own = [fold_text(node.attributes.get("content") or node.text()) for node in nodes]
    year = year_pattern(report.year)
    titles = [each for each in own if re.search(f"{year}.*{KIND}|{KIND}.*{year}", each)]
    links = [link for link in find_links(tree) if link.kind in ("file", "picture")]
    files = [link for link in links if link.kind == "file" and re.search(KIND, fold_text(link.text))]
    return bool(titles and links) and len(files) <= 2 and not any(map(ABOUT.search, titles))


def year_pattern(year: int) -> str:
    """Return the pattern of a year in whatever numerals."""
    return "".join(DIGITS[digit] for digit in str(year)) + "年"


def has_title(text: str, body: Body, year: int) -> bool:
    """Return whether a text holds the title of a body's report: name, year and kind, in any order portals use.

    A title without the name counts where the page gives the body as its source.
    """
    name = "(?:" + "|".join(map(re.escape, (body.name_zh, *body.former_names_zh))) + ")"
    on = year_pattern(year)
    titles = (
        f"{name}{AUTHOR}{on}{WORDS}{{0,30}}{KIND}",
        f"{on}[^。,;:区县旗]{{0,6}}{name}{AUTHOR}{NAME}{WORDS}{{0,30}}{KIND}",
        f"{name}{AUTHOR}{NAME}{WORDS}{{0,30}}{KIND}[(]?{on}",
    )
    if any(re.search(title, text) for title in titles):
        return True
    nameless = f"(?<![区县市旗府办室厅局委处会镇乡]){on}度?{NAME}{WORDS}{{0,12}}{KIND}"
    source = (
        f"(?:来源|发布机构|发布单位|公开主体):{WORDS}{{0,6}}市?{name}(?:(?:人民)?政府)?(?:办公室)?{NO_PART}"
    )
    return bool(re.search(nameless, text) and re.search(source, text))


def count_rows(text: str, registry: Registry) -> int:
    """Return how many rows of one form a text prints, under any of their spellings."""
    return max(
        len({row.indicator_id for label, rows in form.row_spellings.items() if label in text for row in rows})
        for form in registry.forms.values()
    )
