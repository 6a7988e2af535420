"""Titles of lists: which entries are reports, whose and of which year; what a title does not say is left to the page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.harvest.leads import Lead, address_key, find_leads, merge_leads, read_title
from flows.harvest.platforms import Link
from flows.model import ListSource
from flows.registry import Registry, load_registry
from tests.conftest import ROOT

REGISTRY = load_registry(ROOT / "schemas")
HERE = "https://www.portal.example/gknb/"
DISTRICTS = next(each for each in REGISTRY.lists if each.list_id == "beijing-districts")
OWN = next(each for each in REGISTRY.lists if each.list_id == "huairou")
Told = tuple[str, int | None, str] | None

WHOLE: dict[str, Told] = {
    "北京市怀柔区人民政府2018年政府信息公开工作年度报告": ("110116", 2018, "whole_area"),
    "怀柔区2018年政府信息公开年报": ("110116", 2018, "whole_area"),
    "2018年北京市怀柔区政府信息公开工作年度报告": ("110116", 2018, "whole_area"),
    "北京市怀柔区2018年政府信息公开年度工作报告 2019-03-19": ("110116", 2018, "whole_area"),
    "· 怀柔区人民政府2018年政府信息公开工作年度报告.pdf": ("110116", 2018, "whole_area"),
    "北京市懷柔區人民政府2018年政府信息公開工作年度報告": ("110116", 2018, "whole_area"),
    "怀柔区政府信息公开工作年度报告（二〇一八年）": ("110116", 2018, "whole_area"),
    "密云县2014年政府信息公开工作年度报告": ("110118", 2014, "whole_area"),
    "怀柔区政府2018年度信息公开年度报告": ("110116", 2018, "whole_area"),
}
LEFT_TO_THE_PAGE: dict[str, Told] = {
    "北京市怀柔区人民政府办公室2018年政府信息公开工作年度报告": ("110116", 2018, ""),
    "怀柔区政府办公室2018年政府信息公开年度报告": ("110116", 2018, ""),
    "怀柔区人民政府政府信息公开工作年度报告": ("110116", None, "whole_area"),
    "北京市怀柔区人民政府2018年政府信…": ("110116", None, ""),
    "北京市怀柔区人...": ("110116", None, ""),
    "怀柔区2018年政府信息公开工作年度…": ("110116", None, ""),
    "怀柔区2019年发布2018年政府信息公开工作年度报告": None,  # news about it
    "怀柔区2017年、2018年政府信息公开工作年度报告": ("110116", None, "whole_area"),
}
OTHERS = (
    "北京市怀柔区城市管理委员会2018年政府信息公开工作年度报告", "怀柔区北房镇人民政府2018年政府信息公开工作年度报告",
    "怀柔区泉河街道办事处2018年政府信息公开年报", "北京市2018年政府信息公开工作年度报告",
    "北京市人民政府2018年政府信息公开工作年度报告", "北京市重大项目建设指挥部办公室2025年政府信息公开工作年度报告",
    "长春市朝阳区2018年政府信息公开工作年度报告", "政府信息公开年报", "政府信息公开工作年度报告", "首页", "2018年",
    "怀柔区2018年政府信息公开工作年度报告解读", "怀柔区2018年政府工作报告", "一图读懂怀柔区2018年政府信息公开年报",
    "怀柔区召开2018年政府信息公开工…", "怀柔区城市管理委2018年政府信息公开工…", "", "…", "怀柔区教育…",
)  # fmt: skip


@pytest.mark.parametrize("title", [*WHOLE, *LEFT_TO_THE_PAGE])
def test_a_title_tells_whose_report_it_is_and_of_which_year_or_leaves_that_to_the_page(title: str) -> None:
    assert read_title(REGISTRY, DISTRICTS, title) == {**WHOLE, **LEFT_TO_THE_PAGE}[title]


@pytest.mark.parametrize("title", OTHERS)
def test_departments_towns_the_city_news_and_columns_are_no_reports_of_districts(title: str) -> None:
    assert read_title(REGISTRY, DISTRICTS, title) is None


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("2018年政府信息公开工作年度报告", ("110116", 2018, "")),
        ("区政府2018年政府信息公开工作年度报告", ("110116", 2018, "")),
        ("区政府办公室2018年政府信息公开年报", ("110116", 2018, "")),
        ("北京市怀柔区人民政府2018年政府信息公开工作年度报告", ("110116", 2018, "whole_area")),
        ("北京市密云区人民政府2018年政府信息公开工作年度报告", None),
        ("区教委2018年政府信息公开工作年度报告", None),
        ("北京市2018年政府信息公开工作年度报告", None),
        ("政府信息公开年报", None),
    ],
)
def test_in_a_list_of_a_bodys_own_reports_a_title_without_a_name_is_its_own_by_its_page(
    title: str, told: Told
) -> None:
    assert read_title(REGISTRY, OWN, title) == told


def links(*titles: str) -> list[Link]:
    return [Link(f"{HERE}t{number}.html", title) for number, title in enumerate(titles)]


def test_a_list_gives_each_address_once_under_the_first_title() -> None:
    twice = [
        *links("怀柔区2018年政府信息公开年报"),
        Link(f"{HERE.replace('https', 'http')}t0.html", "怀柔区2018年政府信息公开工作年度报告"),
    ]
    (lead,) = find_leads(REGISTRY, DISTRICTS, 2018, twice)
    assert (lead.url, lead.title, lead.source) == (twice[0].url, twice[0].title, "beijing-districts")


def test_the_year_of_a_lists_address_never_makes_that_of_a_report() -> None:
    named, cut = find_leads(
        REGISTRY, DISTRICTS, 2018, links("怀柔区2017年政府信息公开年报", "北京市密云区人民政府2018年政府信…")
    )
    assert (named.year, named.sought, cut.year, cut.sought) == (2017, 2017, None, 2018)
    assert cut.report is None


@pytest.mark.parametrize(
    "form",
    [
        "http://www.bjhr.gov.cn/a/t1.html", "https://www.bjhr.gov.cn/a/t1.html", "https://bjhr.gov.cn/a/t1.html",
        "https://www.bjhr.gov.cn:443/a/t1.html", "http://www.bjhr.gov.cn:80/a/t1.html", "https://WWW.BJHR.gov.cn/a/t1.html",
        "https://www.bjhr.gov.cn/a/t1.html#top", "https://www.bjhr.gov.cn/a/t1.html;jsessionid=0A1B?",
        "http://www.beijing.gov.cn/gate/big5/www.bjhr.gov.cn/a/t1.html",
    ],
)  # fmt: skip
def test_an_address_is_the_same_in_all_its_forms(form: str) -> None:
    assert address_key(form) == "bjhr.gov.cn/a/t1.html"


def test_other_queries_and_ports_are_other_addresses() -> None:
    forms = [
        f"{HERE}a.jsp?id=1",
        f"{HERE}a.jsp?id=2",
        f"{HERE}a.jsp",
        "http://127.0.0.1:81/a",
        "http://127.0.0.1:82/a",
    ]
    assert len(set(map(address_key, forms))) == 5


def lead(url: str, year: int | None = 2018, scope: str = "whole_area", **more: bool) -> Lead:
    return Lead(url, "110116", 2018, year, scope, **more)  # type: ignore[arg-type]


def test_of_several_leads_to_one_address_the_one_that_tells_most_stays_under_the_form_that_was_asked_before() -> (
    None
):
    first, second = lead("https://bjhr.gov.cn/t1.html", None, ""), lead("http://www.bjhr.gov.cn/t1.html")
    (merged,) = merge_leads([first, second], [second.url])
    assert (merged.url, merged.year, merged.scope) == (second.url, 2018, "whole_area")
    (merged,) = merge_leads([first, second], [])
    assert (merged.url, merged.year) == (first.url, 2018)


def test_where_leads_to_one_address_tell_different_reports_the_page_decides() -> None:
    (merged,) = merge_leads([lead(HERE), lead(HERE, 2017)], [])
    assert merged.report is None


@given(st.text(max_size=60))
def test_any_title_is_read_without_an_error(title: str) -> None:
    for source in (DISTRICTS, OWN):
        told = read_title(REGISTRY, source, title)
        assert told is None or told[0] in covered(REGISTRY, source)


def covered(registry: Registry, source: ListSource) -> set[str]:
    own = {source.body_id}
    below = {body.body_id for body in registry.bodies.values() if body.parent_id == source.body_id}
    return own if source.covers == "own" else below
