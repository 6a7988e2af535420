"""What a report says of itself: whose, which year, for whom, when; what contradicts itself is found."""

from collections.abc import Sequence
from datetime import date

import pytest

from flows.extract.header import find_date, read_header
from flows.model import Document, Finding, Grid, Header
from flows.owners import find_body
from flows.read import read_document
from flows.registry import Registry
from flows.titles import find_title

TITLE = "北京市怀柔区人民政府2018年政府信息公开工作年度报告"
COMPILED = "本报告（测试合成）由怀柔区政府办公室根据各委、办、局和各街道、乡镇的年度报告汇总编制。"


def read(
    registry: Registry, title: str = TITLE, text: str = "", captions: Sequence[str] = ()
) -> tuple[Header, list[str]]:
    grids = tuple(
        Grid(f"table {at}", (("",),), caption=caption) for at, caption in enumerate(captions, start=1)
    )
    header, findings = read_header(Document("page", f"{title}\n{text}", grids), registry.bodies)
    return header, [finding.rule_id for finding in findings]


@pytest.mark.parametrize(
    ("title", "body_id", "year"),
    [
        (TITLE, "110116", 2018), ("北京市怀柔区2015年政府信息公开工作年度报告", "110116", 2015),
        ("北京市大兴区2018年政府信息公开年度工作报告", "110115", 2018), ("怀柔区2016年度政府信息公开工作年度报告", "110116", 2016),
        ("北京市密云区人民政府政府信息公开工作2017年度报告", "110118", 2017), ("密云县2014年政府信息公开年度报告", "110118", 2014),
        ("北京市延庆县人民政府2014年政府信息公开工作年度报告", "110119", 2014),
        ("关于北京市怀柔区2018年政府信息公开工作年度报告", "110116", 2018),
        ("北京市昌平区人民政府2017年政府信息公开年报", "110114", 2017),
        ("北京市平谷区人民政府 2017 年政府信息公开工作年度报告", "110117", 2017),
        ("北京市朝阳区人民政府２０１６年政府信息公开工作年度报告", "110105", 2016),
        ("北京市顺义区政务信息公开2018年度报告", "110113", 2018),
        ("北京市房山区二〇一八年政府信息公开工作年度报告", "110111", 2018),
        ("北京市房山区二○一四年度政府信息公开工作年度报告", "110111", 2014),
        ("北京市石景山区二零一五年政府信息公开工作年度报告", "110107", 2015),
        ("北京市东城区二O一六年政府信息公开工作年度报告", "110101", 2016),
        ("北京市2018年政府信息公开工作年度报告", "110000", 2018), ("北京市人民政府2017年政府信息公开工作年度报告", "110000", 2017),
        ("北京市门头沟区人民政府\u3000政府信息公开年度报告（2018年度）", "110109", 2018),
        ("二〇二四年北京市东城区政府信息公开工作年度报告", "110101", 2024), ("北京市东城区二〇二四年政府信息公开年报", "110101", 2024),
        ("北京市房山区二0一八年政府信息公开年报", "110111", 2018), ("北京市房山区2O18年政府信息公开工作年度报告", "110111", 2018),
        ("北京市房山区20一八年政府信息公开工作年度报告", "110111", 2018), ("北京市房山区２０１８年度政务公开工作年度报告", "110111", 2018),
        ("北京市房山区2018政府信息公开工作年度报告", "110111", 2018), ("北京市房山区政府信息公开工作年度报告（2018）", "110111", 2018),
        ("北京市西城區人民政府2018年政府信息公開工作年度報告", "110102", 2018),
        ("北京市延慶區人民政府2019年政府資訊公開工作年度報告", "110119", 2019),
        ("豐台區2017年政府信息公開工作年度報告", "110106", 2017), ("2017年北京市朝阳区政府信息公开工作年度报告", "110105", 2017),
        ("江苏省宿迁市2024年政府信息公开工作年度报告", "321300", 2024), ("宿迁市人民政府2024年政府信息公开工作年度报告", "321300", 2024),
        ("北京市大兴区2018年政务信息公开年度报告", "110115", 2018), ("北京市大兴区信息公开年度报告（2018年）", "110115", 2018),
    ],
)  # fmt: skip
def test_the_title_names_body_and_year(title: str, body_id: str, year: int, registry: Registry) -> None:
    header, found = read(registry, title)
    assert (header.title, header.body_id, header.year, header.scope) == (
        title.replace("\u3000", " "),
        body_id,
        year,
        "whole_area",
    )
    assert found == []


@pytest.mark.parametrize(
    "title",
    [
        "怀柔区城市管理委员会2018年度政府信息公开年度报告", "北京市怀柔区北房镇人民政府2018年政府信息公开工作年度报告",
        "北京市通州区宋庄镇人民政府2018年政府信息公开工作年度报告", "大兴区统计局2018年政府信息公开年度报告",
        "北京市教育委员会2018年政府信息公开工作年度报告", "北京市怀柔区人民政府泉河街道办事处2018年政府信息公开工作年度报告",
        "大兴区人民政府法制办公室2018年政府信息公开工作年度报告", "北京市密云区大城子镇人民政府2018年政府信息公开工作年度报告",
    ],
)  # fmt: skip
def test_a_department_or_town_is_not_taken_for_its_district(title: str, registry: Registry) -> None:
    header, found = read(registry, title, COMPILED)
    assert (header.body_id, header.year) == ("", 2018)
    assert found == ["body_unknown"]


@pytest.mark.parametrize(
    "title",
    [
        "南通市通州区人民政府2018年政府信息公开工作年度报告", "长春市朝阳区2018年政府信息公开工作年度报告",
        "江苏省南通市通州区2018年政府信息公开工作年度报告", "浙江省大兴区2018年政府信息公开工作年度报告",
    ],
)  # fmt: skip
def test_a_district_of_the_same_name_in_another_city_is_not_ours(title: str, registry: Registry) -> None:
    header, found = read(registry, title)
    assert header.body_id == ""
    assert found == ["body_unknown"]


def test_a_body_that_is_not_in_the_registry_is_named_in_the_finding(registry: Registry) -> None:
    document = Document("page", "合成市人民政府2018年政府信息公开工作年度报告")
    _, (finding,) = read_header(document, registry.bodies)
    for message in finding.message:
        assert "合成市人民政府" in message
        assert "--body" in message
        assert "schemas/bodies.csv" in message


@pytest.mark.parametrize("office", ["政府办公室", "人民政府办公室", "政府办"])
@pytest.mark.parametrize(
    ("text", "scope"), [(COMPILED, "whole_area"), ("本机关2018年收到申请0件（测试合成）。", "own_body")]
)
def test_an_office_speaks_for_the_area_where_it_compiled_what_all_reported(
    office: str, text: str, scope: str, registry: Registry
) -> None:
    header, found = read(registry, f"北京市怀柔区{office}2018年政府信息公开工作年度报告", text)
    assert (header.body_id, header.scope, found) == ("110116", scope, [])


@pytest.mark.parametrize(
    "text",
    [
        "在各部门、各镇乡街道报送的基础上编制", "由各单位年度报告汇总而成", "根据各街道、各乡镇和区政府各部门的年度报告汇总",
        "在各委办局数字的基础上形成", "本报告汇总全区各部门、各镇街的年度报告编写", "综合各单位报送的数据形成",
    ],
)  # fmt: skip
def test_words_of_compiling_are_known(text: str, registry: Registry) -> None:
    assert read(registry, "怀柔区政府办公室2018年政府信息公开工作年度报告", text)[0].scope == "whole_area"


@pytest.mark.parametrize(
    "text",
    [
        "组织各部门编制年度报告并汇总报送", "督促各街道、各乡镇按时汇总", "指导各单位编制公开目录并汇总",
        "要求各部门认真汇总情况", "各部门高度重视。汇总情况如下",
        "协调各镇汇总材料",
    ],
)  # fmt: skip
def test_what_an_office_has_others_do_is_not_what_its_report_is_made_of(
    text: str, registry: Registry
) -> None:
    header, found = read(registry, "怀柔区政府办公室2018年政府信息公开工作年度报告", text)
    assert (header.scope, found) == ("own_body", ["scope_unsure"])


@pytest.mark.parametrize("text", ["我办收到申请3件", "本机关收到申请3件", "本办公室2018年主动公开信息9条"])
def test_an_office_that_speaks_of_itself_speaks_for_itself(text: str, registry: Registry) -> None:
    header, found = read(registry, "怀柔区政府办公室2018年政府信息公开工作年度报告", text)
    assert (header.scope, found) == ("own_body", [])


@pytest.mark.parametrize(
    "text", ["全区收到政府信息公开申请192件", "全区共收到申请192件", "2018年全区主动公开政府信息13993条"]
)
def test_an_office_that_counts_for_the_whole_area_without_saying_that_it_compiled_is_found(
    text: str, registry: Registry
) -> None:
    header, found = read(registry, "怀柔区政府办公室2018年政府信息公开工作年度报告", text)
    assert (header.scope, found) == ("own_body", ["scope_unsure"])
    assert read(registry, text=text)[1] == []


def test_a_title_without_a_body_leaves_it_to_the_source(registry: Registry) -> None:
    header, found = read(
        registry, "2018年政府信息公开工作年度报告", "日期：2019-03-19 来源：北京市怀柔区人民政府 字号"
    )
    assert (header.body_id, header.scope, header.source, found) == (
        "110116",
        "whole_area",
        "北京市怀柔区人民政府",
        [],
    )


def test_a_title_with_an_unknown_body_does_not(registry: Registry) -> None:
    header, found = read(registry, "某某镇2018年政府信息公开工作年度报告", "来源：北京市怀柔区人民政府")
    assert (header.body_id, found) == ("", ["body_unknown"])


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("来源：怀柔区政府网站 字体", "怀柔区政府网站"), ("信息来源:怀柔区", "怀柔区"),
        ("发布机构：\u3000怀柔区人民政府", "怀柔区人民政府"), ("来源：\n下一行", ""), ("", ""),
        ("来源：怀柔区【大 中 小】", "怀柔区"),
    ],
)  # fmt: skip
def test_the_source_is_what_the_page_says(text: str, source: str, registry: Registry) -> None:
    assert read(registry, text=text)[0].source == source


# Years


@pytest.mark.parametrize(
    ("title", "text", "captions", "year", "found"),
    [
        (TITLE, "统计期限自2018年1月1日起至2018年12月31日止", ["政府信息公开情况统计表（2018年度）"], 2018, []),
        (TITLE, "统计期限自2017年1月1日起至2017年12月31日止", [], 2018, ["year_conflict"]),
        (TITLE, "政府信息公开情况统计表\n（2017年度）", [], 2018, ["year_conflict"]),
        (TITLE, "", ["统计表（2016年度）"], 2018, ["year_conflict"]),
        ("怀柔区政府信息公开工作年度报告", "自2016年1月1日至2016年12月31日", [], 2016, []),
        ("怀柔区政府信息公开工作年度报告", "政府信息公开情况统计表（2015年度）", [], 2015, []),
        ("怀柔区政府信息公开工作年度报告", "自2015年1月1日起至2016年12月31日止", [], None, ["year_unknown"]),
        ("怀柔区政府信息公开工作年度报告", "2019年3月", [], None, ["year_unknown"]),
        ("怀柔区20181年政府信息公开工作年度报告", "", [], None, ["year_unknown"]),
        ("怀柔区政府信息公开工作年度报告", "统计期限自201811日起", [], None, ["year_unknown"]),
        ("怀柔区政府信息公开工作年度报告", "统计期限自201711日起至20171231日止", [], None, ["year_unknown"]),
        ("怀柔区政府信息公开工作年度报告", "统计期限自20251月1日起至202512月31日止", [], 2025, []),
        ("怀柔区政府信息公开工作年度报告", "统计期限自20251月1日起", [], None, ["year_unknown"]),
        ("怀柔区政府信息公开工作年度报告", "政府信息公开情况统计表（二〇一五年度）", [], 2015, []),
        ("怀柔区2019年公布2018年政府信息公开工作年度报告", "", [], 2018, ["year_conflict"]),
        (TITLE, "日期：2018-03-19", [], 2018, ["year_conflict"]), (TITLE, "日期：2019-12-16", [], 2018, []),
        (TITLE, "发布时间：2018-12-28", [], 2018, []), ("怀政发〔2019〕5号 怀柔区政府信息公开工作年度报告", "", [], None, ["year_unknown"]),
    ],
)  # fmt: skip
def test_the_year_is_the_one_reported_on_and_a_contradiction_is_found(
    title: str, text: str, captions: Sequence[str], year: int | None, found: list[str], registry: Registry
) -> None:
    header, rules = read(registry, title, text, captions)
    assert (header.year, rules) == (year, found)


def test_a_conflict_of_years_says_which_place_says_what(registry: Registry) -> None:
    document = Document("page", f"{TITLE}\n自2017年1月1日起至2017年12月31日止")
    findings: tuple[Finding, ...] = read_header(document, registry.bodies)[1]
    for message in findings[0].message:
        assert "2018" in message
        assert "2017" in message


# Dates and titles


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("日期：2019-03-19 01:02", date(2019, 3, 19)), ("日期:2019-03-19", date(2019, 3, 19)),
        ("发布时间：2019年3月19日", date(2019, 3, 19)),
        ("发布日期： 2019/3/9", date(2019, 3, 9)), ("成文日期：2019.03.19", date(2019, 3, 19)), ("公开日期：2020-02-29", date(2020, 2, 29)),
        ("日期：2019-02-30", None), ("日期：2019-13-01", None), ("日期：", None), ("日期：19-03-19", None),
        ("", None),
        ("日期：20191月1日", None), ("［发布时间：2019-03-19 14:45］ 浏览 12 次", date(2019, 3, 19)), ("发布时间 2019-03-19", date(2019, 3, 19)),
        ("成文日期：二〇一九年三月十九日", date(2019, 3, 19)), ("发布日期：二零二四年十二月三十一日", date(2024, 12, 31)),
        ("更新时间：2019-03-19", None), ("有效日期：2019-03-19", None), ("时间：2019-03-1900", None), ("日期：2019-3-190", None),
        ("自2018年1月1日起至2018年12月31日止", None), ("2018年1月31日，怀柔区召开会议", None),
        ("北京市怀柔区人民政府\n2019年3月19日", date(2019, 3, 19)), ("某局\n 二〇一九年三月十九日 \n附件", date(2019, 3, 19)),
        ("北京市怀柔区人民政府\n2019年3月", None), ("二〇一九年三月", None), ("2019年2月30日", None),
        ("日期：2019-03-19\n正文\n2019年1月8日", date(2019, 3, 19)),
    ],
)  # fmt: skip
def test_a_stated_date_is_a_date_that_exists_or_none(text: str, stated: date | None) -> None:
    assert find_date(Document("page", text)) == stated


@pytest.mark.parametrize("name", ["PubDate", "pubdate", "publishdate", "article:published_time"])
def test_the_metadata_of_a_page_state_its_date_where_the_text_states_none(name: str) -> None:
    page = f'<html><head><meta name="{name}" content="2019-03-19 10:00:00"><meta name="others" content="2021-01-01"></head>'
    bare = read_document(f"{page}<body><p>正文</p></body></html>".encode(), "page.html")
    assert find_date(bare) == date(2019, 3, 19)
    said = read_document(f"{page}<body><p>日期：2019-03-20</p></body></html>".encode(), "page.html")
    assert find_date(said) == date(2019, 3, 20)


def test_a_page_without_a_date_has_none_whatever_its_metadata_say_of_changes() -> None:
    page = b'<html><head><meta name="lastmodified" content="2021-01-01"><meta name="createdate" content="x"></head><body>a</body>'
    assert find_date(read_document(page, "page.html")) is None


@pytest.mark.parametrize(
    ("document", "title"),
    [
        (Document("p", "首页\n" + TITLE + "\n正文", headings=("怀柔区门户",)), TITLE),
        (Document("p", "x", headings=("栏目", TITLE, TITLE + "_怀柔")), TITLE),
        (Document("p", "现将" + TITLE + "公布如下。\n" + TITLE), TITLE), (Document("p", "政府信息公开情况统计表"), ""),
        (Document("p", ""), ""), (Document("p", "2024年北京市“政府信息公开工作年度报告”集中公开专题页面\n" + TITLE), TITLE),
        (Document("p", "首页 > 政府信息公开年报 > 2018年\n" + TITLE + "\n"), TITLE), (Document("p", "政府信息公开年报专栏\n" + TITLE), TITLE),
        (Document("p", "北京市怀柔区人民政府\n2018年政府信息公开工作年度报告"), TITLE),
        (Document("p", "怀柔区政府信息公开工作年度报告\n（2018年度）\n正文"), "怀柔区政府信息公开工作年度报告（2018年度）"),
        (Document("p", "怀柔区要闻\n2018年政府信息公开工作年度报告"), "2018年政府信息公开工作年度报告"),
        (Document("p", "政府信息公开年报专栏"), "政府信息公开年报专栏"),
        (Document("p", "x" * 90 + TITLE), ""), (Document("p", "怀柔区政务公开工作报告\n"), "怀柔区政务公开工作报告"),
    ],
)  # fmt: skip
def test_the_title_is_a_heading_or_a_short_line_that_names_such_a_report(
    document: Document, title: str
) -> None:
    assert find_title(document) == title


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("北京市怀柔区人民政府", ("110116", "人民政府")), ("怀柔区", ("110116", "")), ("北京市", ("110000", "")),
        ("密云县政府", ("110118", "政府")),
        ("怀 柔 区 2018年", ("110116", "")), ("怀柔镇", ("", "")), ("", ("", "")),
    ],
)  # fmt: skip
def test_a_body_is_found_by_its_name_or_a_former_one(
    text: str, found: tuple[str, str], registry: Registry
) -> None:
    assert find_body(text, registry.bodies) == found


NAV = "<ul><li><a>北京市海淀区2025年政府信息公开工作年度报告</a></li><li>2017年政府信息公开工作年度报告</li></ul>"
OWN = "<p><b>北京市海淀区人民政府</b></p><p>2023年政府信息公开工作年度报告</p>"
PERIOD = "<p>本报告所列数据的统计期限为2023年1月1日至2023年12月31日。</p>"


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (OWN, "北京市海淀区人民政府2023年政府信息公开工作年度报告"),
        (f"{NAV}{OWN}{PERIOD}", "北京市海淀区人民政府2023年政府信息公开工作年度报告"),
        (f"{NAV}{OWN}", "政府信息公开年报"),  # two, and nothing tells which is the page's
        (PERIOD, "政府信息公开年报"),
    ],
)
def test_a_heading_that_is_only_the_name_of_a_column_gives_way_to_the_title_of_the_page(
    body: str, title: str
) -> None:
    page = f"<h1>政府信息公开年报</h1>{body}"
    assert find_title(read_document(page.encode(), "page.html")) == title
