"""Whose report a page says it is, where the title that led to it leaves something open."""

import pytest

from flows.harvest.identify import identify_report, other_year
from flows.harvest.leads import Lead
from flows.model import Report
from flows.registry import Registry

URL = "https://www.bjhr.gov.cn/t1.html"
OPEN = Lead(URL, "110116", 2018)
MENU = "<ul><li>政府信息公开年报</li><li>北京市密云区人民政府</li><li>怀柔区2015年政府信息公开工作年度报告</li></ul>"
COMPILED = "<p>本报告在各委、办、局年度报告的基础上汇总编制。</p>"
OWN = "<p>本机关2018年收到申请3件。</p>"


def page(head: str = "", body: str = "") -> str:
    return f"<html><head>{head}</head><body>{MENU}{body}</body></html>"


@pytest.mark.parametrize(
    ("markup", "year", "scope"),
    [
        (page(body="<h1>北京市怀柔区人民政府2018年政府信息公开工作年度报告</h1>"), 2018, "whole_area"),
        (page("<title>怀柔区2018年政府信息公开工作年度报告_怀柔区政府</title>"), 2018, "whole_area"),
        (page('<meta name="ArticleTitle" content="怀柔区2018年政府信息公开年报"><title>怀柔区政府网</title>'), 2018, "whole_area"),
        (page(body="<h2><span>怀柔</span>区&#50;018年政府信息公开工作年度报告</h2>"), 2018, "whole_area"),
        (page(body="<h1>2018年政府信息公开工作年度报告</h1>"), 2018, "whole_area"),
        (page(body="<h1>怀柔区政府信息公开工作年度报告</h1><p>统计期限为2018年1月1日至2018年12月31日。</p>"), 2018, "whole_area"),
        (page(body=f"<h1>怀柔区人民政府办公室2018年政府信息公开年报</h1>{COMPILED}"), 2018, "whole_area"),
        (page(body=f"<h1>怀柔区人民政府办公室2018年政府信息公开年报</h1>{OWN}"), 2018, "own_body"),
    ],
)  # fmt: skip
def test_a_page_says_whose_report_it_is_of_which_year_and_scope(
    registry: Registry, markup: str, year: int, scope: str
) -> None:
    assert identify_report(markup, OPEN, registry) == Report("110116", year, scope, URL)


@pytest.mark.parametrize(
    "markup",
    [
        page(body="<h1>怀柔区城市管理委员会2018年政府信息公开工作年度报告</h1>"),
        page(body="<h1>北京市密云区人民政府2018年政府信息公开工作年度报告</h1>"),
        page(body="<h1>北京市人民政府2018年政府信息公开工作年度报告</h1>"),
        "", "<<<", "<html></html>",
    ],
)  # fmt: skip
def test_a_page_of_somebody_else_or_of_nobody_is_no_report_of_the_body(
    registry: Registry, markup: str
) -> None:
    assert identify_report(markup, OPEN, registry) is None


def test_a_page_whose_own_title_names_another_year_is_told_whatever_its_menu_lists(
    registry: Registry,
) -> None:
    report = Report("110116", 2015, "whole_area", URL)  # which the menu names
    assert other_year(page(body="<h1>怀柔区2018年政府信息公开工作年度报告</h1>"), report, registry) == 2018
    assert other_year(page(body="<h1>怀柔区2015年政府信息公开工作年度报告</h1>"), report, registry) is None
    assert other_year(page(body="<h1>政府信息公开</h1>"), report, registry) is None
