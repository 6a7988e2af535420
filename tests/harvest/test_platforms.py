"""List pages of every kind of platform, typeset by the project: each link with its title, and the pages that follow."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.errors import FetchError
from flows.harvest.platforms import MAX_PAGES, PLATFORMS, ListPage, join_address
from flows.registry import Registry

LISTS = Path(__file__).parent / "lists"
HERE = "https://www.portal.example/gknb/2018nb/qzf/"
API = "https://www.portal.example/api/list?columnid=1&page=1"


def read_list(kind: str, file: str, url: str = HERE) -> ListPage:
    return PLATFORMS[kind]((LISTS / file).read_text(encoding="utf-8"), url)


def reports_of(page: ListPage) -> list[tuple[str, str]]:
    return [(link.url, link.title) for link in page.links if "年度报告" in link.title]


def test_a_static_list_gives_each_link_with_its_whole_title_and_the_date_beside_it() -> None:
    links = [link for link in read_list("html", "municipal.html").links if "年度报告" in link.title]
    assert [(link.url, link.title, link.date) for link in links] == [
        (
            f"{HERE}201903/t20190319_100.html",
            "北京市怀柔区人民政府2018年政府信息公开工作年度报告",
            "2019-03-19",
        ),
        (
            f"{HERE}201903/t20190319_101.html",
            "北京市通州区人民政府2018年政府信息公开工作年度报告",
            "2019-03-19",
        ),
        (
            "http://www.bjdch.example/2018/t3.html",
            "北京市东城区人民政府2018年政府信息公开工作年度报告",
            "2019.3.20",
        ),
    ]


def test_what_leads_to_no_page_is_no_link() -> None:
    links = read_list("html", "municipal.html").links
    assert {link.title for link in links}.isdisjoint({"无障碍", "顶部", "联系我们"})


@pytest.mark.parametrize(
    ("kind", "file", "url", "pages"),
    [
        ("html", "municipal.html", HERE, [f"{HERE}index_1.html", f"{HERE}index_2.html"]),
        ("html", "variable.html", HERE, [f"{HERE}index_1.shtml"]),
        ("html", "identified.html", HERE, [f"{HERE}fenye_{n}.html" for n in (1, 2, 3)]),
        ("html", "pager.html", HERE, [f"{HERE}default_1.htm"]),
        ("html", "server.html", f"{HERE}xxgkAnnualReport.jsp?fbtime=2020&area=331100",
         [f"{HERE}xxgkAnnualReport.jsp?fbtime=2020&area=331100&page=3"]),
        ("gkmlpt", "gkmlpt.json", API, [API.replace("page=1", f"page={n}") for n in (2, 3)]),
        ("jpaas", "jpaas.json", API, [f"{API}&pageNo={n}" for n in (2, 3)]),
        ("dataproxy", "dataproxy.xml", API,
         [f"{API}&startrecord=3&endrecord=4", f"{API}&startrecord=5&endrecord=5"]),
    ],
)  # fmt: skip
def test_the_further_pages_of_a_list_are_told_by_its_count(
    kind: str, file: str, url: str, pages: list[str]
) -> None:
    assert list(read_list(kind, file, url).pages) == pages


def test_the_count_of_pages_is_the_variable_even_beside_a_plain_number() -> None:
    text = '<script>var countPage = 3; createPageHTML(countPage, 0, "index", "shtml");</script>'
    assert list(PLATFORMS["html"](text, HERE).pages) == [f"{HERE}index_1.shtml", f"{HERE}index_2.shtml"]


@pytest.mark.parametrize(
    ("kind", "file", "url"),
    [
        ("gkmlpt", "gkmlpt.json", API.replace("page=1", "page=3")),
        ("jpaas", "jpaas.json", f"{API}&pageNo=2"),
        ("dataproxy", "dataproxy.xml", f"{API}&startrecord=5&endrecord=5"),
    ],
)
def test_a_later_page_which_may_be_short_tells_of_no_further_ones(kind: str, file: str, url: str) -> None:
    assert read_list(kind, file, url).pages == ()


@pytest.mark.parametrize(
    ("kind", "file", "reports"),
    [
        ("gkmlpt", "gkmlpt.json", [
            ("http://www.gz.example/gkmlpt/content/9/9472/post_9472698.html", "样张区2023年政府信息公开工作年度报告"),
            ("https://www.portal.example/gkmlpt/content/9/9472/post_9472699.html", "样张区教育局2023年政府信息公开工作年度报告"),
        ]),
        ("jpaas", "jpaas.json", [
            ("https://www.portal.example/art/2024/1/20/art_1_2.html", "样张市2023年政府信息公开工作年度报告"),
        ]),
        ("dataproxy", "dataproxy.xml", [
            ("https://www.portal.example/art/2021/3/30/art_1.html", "样张区2020年政府信息公开工作年度报告"),
            ("https://www.portal.example/art/2021/1/30/art_2.html", "样张区统计局2020年政府信息公开工作年度报告"),
        ]),
        ("html", "server.html", [
            (f"{HERE}xxgkAnnualDetail.jsp?id=7&fbtime=2020", "样张县2020年度政府信息公开工作年度报告"),
            (f"{HERE}xxgkAnnualDetail.jsp?id=8&fbtime=2020", "样张县教育局2020年度政府信息公开工作年度报告"),
        ]),
    ],
)  # fmt: skip
def test_every_kind_of_list_gives_its_reports(kind: str, file: str, reports: list[tuple[str, str]]) -> None:
    assert reports_of(read_list(kind, file, API if kind != "html" else HERE)) == reports


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("gkmlpt", "<html>系统维护</html>"), ("gkmlpt", "[]"), ("gkmlpt", '{"articles": null}'), ("gkmlpt", "[" * 100_000),
        ("jpaas", '{"code": "500", "data": null}'), ("jpaas", '{"data": {"html": 3}}'),
        ("dataproxy", "<html>系统维护"), ("dataproxy", ""),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_the_platforms_list_is_an_error(kind: str, text: str) -> None:
    with pytest.raises(FetchError, match=r"platforms\.csv"):
        PLATFORMS[kind](text, API)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("html", f'<script>createPageHTML({MAX_PAGES + 1}, 0, "index", "html")</script>'),
        ("gkmlpt", '{"articles": [{"title": "a", "url": "/b"}], "total": 9999999}'),
        ("jpaas", '{"data": {"html": "<div count=9999999 rows=1></div>"}}'),
        ("dataproxy", "<d><totalrecord>9999999</totalrecord><record>a</record></d>"),
    ],
)
def test_a_count_of_pages_beyond_belief_is_an_error(kind: str, text: str) -> None:
    with pytest.raises(FetchError, match="believed"):
        PLATFORMS[kind](text, API)


def test_entities_that_multiply_are_an_error() -> None:
    bomb = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "x" * 1000}">' for n in range(10))
    with pytest.raises(FetchError, match="not XML"):
        PLATFORMS["dataproxy"](f"<!DOCTYPE d [{bomb}]><d><record>&a9;</record></d>", API)


def test_every_platform_that_a_row_may_name_has_its_function(registry: Registry) -> None:
    fields = registry.schemas["platforms"]["fields"]
    (names,) = (each["constraints"]["enum"] for each in fields if each["name"] == "platform")
    assert set(names) == {*PLATFORMS, "page"}


@given(st.sampled_from(sorted(PLATFORMS)), st.text(max_size=200))
def test_any_text_gives_links_or_an_error_that_names_the_address(kind: str, text: str) -> None:
    messages: list[str] = []
    try:
        links = PLATFORMS[kind](text, API).links
    except FetchError as error:
        links, messages = (), list(error.text)
    assert all(API in message for message in messages)
    assert all(link.url.startswith("http") and link.title for link in links)


@given(st.text(max_size=40))
def test_an_address_is_whole_and_without_fragment_or_none(target: str) -> None:
    found = join_address(HERE, target)
    assert not found or (found.startswith(("http://", "https://")) and "#" not in found)
