"""Is it the report? Real pages pass, and no page of another kind does, whatever words its frame holds."""

import csv
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from flows.harvest.answer import FetchedPage
from flows.harvest.guard import Verdict, judge_page
from flows.model import Report
from flows.registry import Registry
from tests.conftest import PAGES, ROOT

HUAIROU = Report("110116", 2018, "whole_area", "http://www.bjhr.gov.cn/report.html")
# The frame that every page of a portal has: sections, guides, and links to the other districts.
NAVIGATION = (
    "<ul><li>首页</li><li>政府信息公开</li><li>政府信息公开指南</li><li>政府信息公开制度</li><li>法定主动公开内容</li>"
    "<li>依申请公开</li><li>政府信息公开年报</li><li>行政复议</li><li>行政处罚</li></ul>"
)
LINKS = (
    "<div>各区政府网站：东城区 西城区 朝阳区 海淀区 丰台区 石景山区 门头沟区 房山区 通州区 顺义区 大兴区 "
    "昌平区 平谷区 怀柔区 密云区 延庆区</div>"
)


def page(title: str, body: str, frame: bool = True) -> bytes:
    """Return a page of Huairou's portal, in the portal's frame or bare."""
    around = (NAVIGATION, LINKS + "<p>主办：北京市怀柔区人民政府办公室</p>") if frame else ("", "")
    return f"<html><head><title>{title}</title></head><body>{around[0]}<h1>{title}</h1>{body}{around[1]}</body></html>".encode()


def other_report(name: str, year: int = 2018) -> bytes:
    """Return a report of another body or year, in its own portal's frame, from the text of the real one."""
    text = (
        (PAGES / "huairou_2018.html")
        .read_text(encoding="utf-8")
        .replace("怀柔区", name)
        .replace("2018", str(year))
    )
    return text.replace("</body>", LINKS + "</body>").encode()


def judge(payload: bytes, charset: str, report: Report, registry: Registry, status: int = 200) -> Verdict:
    headers = {"Content-Type": f"text/html; charset={charset}"}
    return judge_page(
        FetchedPage(report.url, status, headers, payload, datetime(2019, 3, 20, tzinfo=UTC)), report, registry
    )


FALSE_PAGES = {
    "empty": b"",
    "empty, white space": b"  \r\n\r\n ",
    "empty, html": b"<html><head></head><body></body></html>",
    "missing, bare": page("404", "您访问的页面不存在或已删除", frame=False),
    "missing, framed": page("页面不存在", "<p>您访问的页面不存在，3秒后返回首页</p>"),
    "missing, named": page("怀柔区政府信息公开年度报告", "<p>对不起，您要查看的页面已删除</p>"),
    "failing": page("系统错误", "<pre>java.lang.NullPointerException at com.trs.wcm</pre>"),
    "login": page("怀柔区政务服务统一身份认证", "<form>用户名<input>密码<input type=password>验证码<input></form>"),
    "login, framed": page("登录", "<form action='/login'>请登录后查看年度报告</form>"),
    "challenge, script": b"<html><script>document.cookie='__jsl_clearance=1';location.reload()</script></html>",
    "challenge, text": page("安全验证", "<p>您的访问过于频繁，请完成验证后继续</p><canvas></canvas>", frame=False),
    "blocked": page("访问被拒绝", "<p>您的请求疑似攻击行为，已被网站防火墙拦截。事件编号 1234567890</p>"),
    "other: portal home": page("北京市怀柔区人民政府", "<p>要闻动态</p><p>2018年怀柔区政府信息公开工作年度报告发布</p>"),
    "list": page(
        "政府信息公开年报",
        "".join(
            f"<li><a href=/{year}>北京市怀柔区{year}年政府信息公开工作年度报告</a> {year + 1}-03-19</li>"
            for year in range(2008, 2025)
        ),
    ),
    "other: guide": page(
        "怀柔区政府信息公开指南",
        "<p>公民可以申请。本机关自收到申请之日起20个工作日内答复。可以依法申请行政复议或者提起行政诉讼。"
        "每年3月31日前公布上一年度的政府信息公开工作年度报告。主动公开、依申请公开、予以公开、不予公开的范围如下。</p>",
    ),
    "other: news about it": page(
        "怀柔区发布2018年政府信息公开年度报告",
        "<p>近日，怀柔区发布2018年政府信息公开年度报告。报告从主动公开、依申请公开、行政复议、行政诉讼等方面进行了总结。</p>",
    ),
    "other_report: Miyun, with links to all": other_report("密云区"),
    "other_report: the city": other_report("").replace("北京市政府办公室".encode(), "北京市人民政府".encode()),
    "other_report: Huairou for 2017": other_report("怀柔区", 2017),
    "file: pdf": b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj",
    "file: image": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
}  # fmt: skip


@pytest.mark.parametrize("kind", FALSE_PAGES)
def test_a_page_that_is_not_the_report_is_refused(registry: Registry, kind: str) -> None:
    verdict = judge(FALSE_PAGES[kind], "utf-8", HUAIROU, registry)
    assert verdict.verdict == kind.split(",", maxsplit=1)[0].split(":", maxsplit=1)[0]
    assert all(HUAIROU.url in text for text in verdict.reason)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(404, "gone"), (410, "gone"), (412, "challenge"), (521, "challenge"), (403, "blocked"), (429, "busy"), (503, "busy"),
     (500, "failing"), (304, "unchanged"), (302, "other"), (999, "other")],
)  # fmt: skip
def test_no_status_but_200_is_accepted_whatever_the_page_holds(
    registry: Registry, huairou_page: bytes, status: int, verdict: str
) -> None:
    assert judge(huairou_page, "utf-8", HUAIROU, registry, status).verdict == verdict


def test_the_report_is_accepted(registry: Registry, huairou_page: bytes) -> None:
    assert judge(huairou_page, "utf-8", HUAIROU, registry).accepted


def test_the_report_as_text_is_accepted(registry: Registry) -> None:
    assert judge((PAGES / "huairou_2018.txt").read_bytes(), "", HUAIROU, registry).accepted


@pytest.mark.parametrize(
    ("charset", "declared"), [("gb18030", "gb2312"), ("gbk", ""), ("utf-8", "gbk"), ("utf-16", "")]
)
def test_the_report_is_accepted_in_any_charset_whatever_the_server_says(
    registry: Registry, huairou_page: bytes, charset: str, declared: str
) -> None:
    text = re.sub(r'<meta charset="[^"]+">', "", huairou_page.decode()).replace("\xa0", " ")
    assert judge(text.encode(charset), declared, HUAIROU, registry).accepted


def test_the_report_is_accepted_in_the_frame_of_the_portal(registry: Registry, huairou_page: bytes) -> None:
    framed = huairou_page.replace(b"<body>", b"<body>" + NAVIGATION.encode()).replace(
        b"</body>", LINKS.encode() + b"</body>"
    )
    assert judge(framed, "utf-8", HUAIROU, registry).accepted


REPORTS = (ROOT / "schemas" / "reports.csv").read_text(encoding="utf-8").splitlines()
TITLES = [row for row in csv.DictReader(REPORTS) if row["title_zh"]]


@pytest.mark.parametrize("row", TITLES, ids=lambda row: f"{row['body_id']}-{row['year']}")
def test_every_title_that_a_body_has_used_is_accepted(registry: Registry, row: dict[str, str]) -> None:
    report = Report(row["body_id"], int(row["year"]), row["scope"], row["url"])
    assert judge(retitled(row["title_zh"]), "utf-8", report, registry).accepted
    for wrong in (replace(report, year=report.year + 1), replace(report, body_id="110117")):
        assert judge(retitled(row["title_zh"]), "utf-8", wrong, registry).verdict == "other_report"


@pytest.mark.parametrize(
    "title",
    [
        "北京市怀柔区人民政府二〇一八年政府信息公开工作年度报告",
        "二○一八年怀柔区政府信息公开年报",
        "怀柔区政府信息公开工作年度报告（2018年度）",
        "怀柔区 2018 年度政府信息公开工作报告",
        "<span>怀柔</span><span>区2018</span>年政府信息公开<br>工作年度报告",
    ],
)
def test_a_title_in_another_order_or_in_pieces_is_accepted(registry: Registry, title: str) -> None:
    assert judge(retitled(title), "utf-8", HUAIROU, registry).accepted


def test_a_title_without_the_body_is_accepted_from_a_page_that_gives_it_as_the_source(
    registry: Registry,
) -> None:
    title = "2018年政府信息公开工作年度报告"
    assert judge(
        retitled(title + "</h1><p>来源：北京市怀柔区人民政府办公室</p><h1>"), "utf-8", HUAIROU, registry
    ).accepted
    assert not judge(
        retitled(title + "</h1><p>来源：北京市密云区人民政府办公室</p><h1>" + LINKS),
        "utf-8",
        HUAIROU,
        registry,
    ).accepted


def test_a_report_in_prose_or_with_its_table_as_a_picture_is_accepted(registry: Registry) -> None:
    figures = "主动公开政府信息1204条，其中规范性文件20件；收到申请192件，当面65件，网络49件，信函78件；" * 2
    assert judge(
        page("怀柔区2018年政府信息公开工作年度报告", f"<p>{figures}</p><img src=t.png>"),
        "utf-8",
        HUAIROU,
        registry,
    ).accepted


def retitled(title: str) -> bytes:
    """Return the table of the real report alone, under another title."""
    table = (
        (PAGES / "huairou_2018.html")
        .read_text(encoding="utf-8")
        .split('<table class="tj"')[1]
        .split("</table>")[0]
    )
    return f"<html><body><h1>{title}</h1><table{table}</table></body></html>".encode()


def test_a_report_under_a_former_name_of_the_body_is_accepted(registry: Registry) -> None:
    report = Report("110118", 2014, "whole_area", "http://www.bjmy.gov.cn/report.html")
    assert judge(other_report("密云县", 2014), "utf-8", report, registry).accepted
    refused = judge(other_report("延庆县", 2014).replace("密云区".encode(), b""), "utf-8", report, registry)
    assert (refused.verdict, "密云区" in refused.reason.en) == ("other_report", True)
