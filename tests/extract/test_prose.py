"""Figures that sentences state: only those certainly of this report and this row, never those of the table itself."""

import json
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.curate.checks import check_reports
from flows.extract.prose import is_share, make_lexicon, read_statements
from flows.extract.report import extract_report
from flows.extract.sentences import find_quantities, parse_numeral, read_prose
from flows.model import Document, Extraction, Grid, Header
from flows.read import read_document
from flows.registry import Registry
from tests.conftest import PAGES, ROOT
from tests.layouts import form_rows, three_columns, to_page

BUDGET, FEE = "v2014.organisation.budget", "v2014.fee.collected"
CASES = ROOT.parent / "shared" / "cases"
TITLE = "北京市怀柔区人民政府2018年政府信息公开工作年度报告"


def read(
    text: str, registry: Registry, form: str = "2014", table: Sequence[Grid] = (), title: str = TITLE
) -> list[tuple[str, str, str]]:
    found = read_statements(Document("page", text), registry.forms[form], table, Header(title, year=2018))
    return [(each.indicator_id, str(each.value.amount), each.unit) for each in found]


def short(text: str, registry: Registry, form: str = "2014", title: str = TITLE) -> list[str]:
    """Return what a text states as `code amount unit`, the code without its form."""
    return [
        " ".join((code.split(".", 1)[1], *rest)) for code, *rest in read(text, registry, form, title=title)
    ]


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("政府信息公开专项经费72505元", "72505", "元"), ("政府信息公开专项经费为7.25万元。", "7.25", "万元"),
        ("信息公开专项经费共计7万元", "7", "万元"), ("政府信息公开专项经费十二万元", "12", "万元"),
        ("政府信息公开专项经费：72,505元", "72505", "元"), ("政府信息公开专项经费７２５０５元", "72505", "元"),
        ("政府信息公开专项经费 0 元", "0", "元"), ("“政府信息公开专项经费”72505元", "72505", "元"),
        ("2018年政府信息公开专项经费72505元", "72505", "元"), ("全年会议118次，政府信息公开专项经费72505元；", "72505", "元"),
        ("政府信息公开专项经费（不含网站）72505元", "72505", "元"), ("政府資訊公開專項經費72505元", "72505", "元"),
        ("政府信息公开专项经费三万五千元", "35000", "元"), ("政府信息公开专项经费合计人民币", "", ""),
    ],
)  # fmt: skip
def test_a_sentence_states_a_figure_with_its_unit(
    text: str, amount: str, unit: str, registry: Registry
) -> None:
    assert read(text, registry) == ([(BUDGET, amount, unit)] if amount else [])


@pytest.mark.parametrize(
    "text",
    [
        "政府信息公开专项经费约72505元", "政府信息公开专项经费7万余元", "政府信息公开专项经费7余万元", "政府信息公开专项经费72505余元",
        "政府信息公开专项经费7万元左右", "政府信息公开专项经费7万元以上", "政府信息公开专项经费7万多元", "政府信息公开专项经费近7万元",
        "政府信息公开专项经费不足7万元", "政府信息公开专项经费72505", "政府信息公开专项经费3-5万元", "政府信息公开专项经费3至5万元",
        "政府信息公开专项经费3万元至5万元", "政府信息公开专项经费三四万元", "政府信息公开专项经费数十万元", "政府信息公开专项经费几万元",
        "政府信息公开专项经费72,50元", "政府信息公开专项经费7次", "政府信息公开专项经费。72505元", "政府信息公开专项经费\t72505元",
        "未安排政府信息公开专项经费5万元", "没有政府信息公开专项经费5万元", "上年政府信息公开专项经费5万元", "2017年政府信息公开专项经费5万元",
        "2017年，政府信息公开专项经费5万元", "二〇一七年政府信息公开专项经费5万元", "累计政府信息公开专项经费5万元",
        "政府信息公开专项经费增加5万元", "政府信息公开专项经费比上年5万元", "计划安排政府信息公开专项经费5万元",
        "区教育局政府信息公开专项经费5万元", "", "政府信息公开专项经费",
    ],
)  # fmt: skip
def test_a_figure_that_is_rounded_negated_of_another_year_or_without_its_unit_is_none(
    text: str, registry: Registry
) -> None:
    assert read(text, registry) == []


# Sentences of our own, each with what it states of the year's report


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        # whose figure it is
        ("全区各部门共主动公开政府信息207条。", ["disclosure.total 207 条"]),
        ("各部门、各镇共主动公开政府信息207条。", ["disclosure.total 207 条"]),
        ("各镇主动公开政府信息120条。", []), ("区教委收到申请12件。", []), ("其中，区教委收到申请12件。", []),
        ("区教委高度重视依申请公开工作，收到申请12件。", []),
        ("全区收到申请192件，其中区政府办公室收到申请78件。", ["application.received 192 件"]),
        ("泉河街道办事处收到申请3件", []), ("我区收到申请192件", ["application.received 192 件"]),
        ("本机关收到申请2件", ["application.received 2 件"]),
        # which year it is of
        ("2018年收到申请192件，2017年收到申请180件。", ["application.received 192 件"]),
        ("去年收到申请180件，今年收到申请192件。", ["application.received 192 件"]),
        ("2017年共收到申请180件。其中当面申请10件。", []),
        ("2018年共收到申请192件。其中当面申请65件。", ["application.received 192 件", "application.received.in_person 65 件"]),
        ("截至2018年底累计收到申请1920件。", []), ("自条例施行以来，收到申请1920件", ["application.received 1920 件"]),
        ("自条例施行以来收到申请1920件", []),
        ("上半年收到申请90件。", []), ("第四季度收到申请30件。", []), ("6月份收到申请30件。", []), ("每年收到申请190件", []),
        ("月均收到申请16件", []),
        ("2018年1月1日至12月31日收到申请192件", ["application.received 192 件"]), ("全年累计收到申请192件", ["application.received 192 件"]),
        ("2019年计划召开政府信息公开工作会议10次", []), ("力争主动公开政府信息9000条", []),
        ("2018年，收到申请192件（2017年为180件），当面申请65件",
         ["application.received 192 件", "application.received.in_person 65 件"]),
        ("2018年，收到申请192件，同比2017年的180件增长6.7%，当面申请65件",
         ["application.received 192 件", "application.received.in_person 65 件"]),
        ("2018年比2017年多收到申请12件", []), ("2018年较2017年收到申请多12件", []),
        # comparisons, parts and totals of several things
        ("收到申请同比增长12件。", []), ("收到申请192件，同比增长12件。", ["application.received 192 件"]), ("收到申请比上年减少8件。", []),
        ("当面申请、网络申请共114件。", []), ("行政复议和行政诉讼共20件。", []),
        ("当面申请、网络申请、信函申请分别为65件、49件、78件。",
         ["application.received.in_person 65 件", "application.received.online 49 件", "application.received.letter 78 件"]),
        ("当面申请、电话申请、信函申请分别为65件、3件、78件。", []), ("当面申请、信函申请分别为65件、49件、78件。", []),
        ("同意公开、同意部分公开数依次为49件和8件。", ["reply.granted 49 件", "reply.partial 8 件"]),
        # the medium and the field
        ("通过政府网站收到申请49件。", []), ("在微信公众号主动公开政府信息300条。", []), ("教育领域主动公开政府信息120条。", []),
        ("通过网络提交申请49件。", ["application.received.online 49 件"]),
        ("政府网站公开政府信息33388条，政务微博公开政府信息数7,299条",
         ["disclosure.channels.website 33388 条", "disclosure.channels.weibo 7299 条"]),
        ("通过政府网站主动公开政府信息33388条", ["disclosure.channels.website 33388 条"]),
        ("通过多种渠道主动公开政府信息207条", ["disclosure.total 207 条"]),
        # negation
        ("不同意公开12件，同意公开10件", ["reply.refused 12 件", "reply.granted 10 件"]), ("未收到申请", []),
        ("全年无行政复议、行政诉讼案件", []),
        ("未发生行政复议案件，举报投诉0件", ["complaint.total 0 件"]), ("不断增加，收到申请5件", ["application.received 5 件"]),
        # numerals
        ("收到申请三十二件", ["application.received 32 件"]), ("主动公开政府信息一万二千零五条", ["disclosure.total 12005 条"]),
        ("主动公开政府信息12万条", ["disclosure.total 120000 条"]), ("主动公开政府信息3.5万条", []), ("主动公开政府信息18万余条", []),
        ("主动公开政府信息1000余件", []),
        ("主动公开信息约3.5万条次", []), ("主动公开政府信息三百五条", []), ("主动公开政府信息36,789条", ["disclosure.total 36789 条"]),
        ("收到申请第12件", []), ("召开政府信息公开工作会议2至3次", []), ("接受培训3394人次，接受培训339人", ["training.participants 3394 人次"]),
        # sections that share words
        ("行政复议申请5件，维持具体行政行为3件，被依法纠错1件，其他情形1件。",
         ["reconsideration.total 5 件", "reconsideration.upheld 3 件", "reconsideration.corrected 1 件", "reconsideration.other 1 件"]),
        ("行政诉讼案15件，主要事由是不服答复。维持或者驳回2件，被依法纠错1件。",
         ["litigation.total 15 件", "litigation.upheld 2 件", "litigation.corrected 1 件"]),
        ("行政复议5件、行政诉讼15件，被依法纠错2件。", ["reconsideration.total 5 件", "litigation.total 15 件"]), ("被依法纠错2件。", []),
        # units
        ("回应公众关注热点101条", ["response.events 101 条"]), ("设置政府信息公开查阅点64处", ["organisation.reading_points 64 处"]),
        ("专职人员28名，兼职人员131人", ["organisation.staff.full_time 28 名", "organisation.staff.part_time 131 人"]), ("收到申请192人次", []),
        ("收到申请192元", []),
        # shares
        ("当面申请65件，占总数的33.85%；", ["application.received.in_person 65 件", "application.received.in_person 33.85 %"]),
        ("当面申请65件（占33.85％）", ["application.received.in_person 65 件", "application.received.in_person 33.85 %"]),
        ("当面申请65件，占总数的约34%", ["application.received.in_person 65 件"]), ("当面申请占总数的33.85%", []),
        ("当面申请65件，信函申请占40.63%", ["application.received.in_person 65 件"]),
    ],
)  # fmt: skip
def test_a_sentence_states_this_and_nothing_else(text: str, stated: list[str], registry: Registry) -> None:
    assert short(text, registry) == stated


def test_a_department_counts_for_itself_in_its_own_report(registry: Registry) -> None:
    text = "怀柔区水务局收到申请3件。"
    assert short(text, registry) == []
    own = "北京市怀柔区水务局2018年政府信息公开工作年度报告"
    assert short(text, registry, title=own) == ["application.received 3 件"]


@pytest.mark.parametrize(
    ("form", "text", "stated"),
    [
        ("2021", "2018年新收政府信息公开申请3525件，上年结转121件，结转下年度继续办理125件。",
         ["application.new 3525 件", "application.carried_in 121 件", "application.carried_out 125 件"]),
        ("2021", "收办政府信息公开申请3646件，受理申请12件，办理申请9件。", []),
        ("2021", "予以公开1431件、部分公开471件、不予公开92件。", ["result.granted 1431 件", "result.partial 471 件"]),
        ("2021", "制发行政规范性文件50件，废止行政规范性文件227件，现行有效行政规范性文件420件。",
         ["art20_1.normative.issued 50 件", "art20_1.normative.repealed 227 件", "art20_1.normative.in_force 420 件"]),
        ("2021", "作出行政许可决定1573179件，行政处罚决定2,676,474件，行政强制决定29351件。",
         ["art20_5.licensing.decisions 1573179 件", "art20_6.penalty.decisions 2676474 件", "art20_6.coercion.decisions 29351 件"]),
        ("2021", "行政事业性收费金额72701.2578万元。", ["art20_8.charges.amount 72701.2578 万元"]), ("2021", "其他处理469件。", []),
        ("2019", "其他处理345件。", ["result.other 345 件"]),
        ("2019", "新收政府信息公开申请2,054件，上年度结转101件", ["application.new 2054 件", "application.carried_in 101 件"]),
        ("2019", "政府集中采购总金额251000元", ["art20_9.procurement.amount 251000 元"]),
        ("2021", "行政复议案件134件、行政诉讼案件57件。", ["reconsideration.total 134 件"]),
    ],
)  # fmt: skip
def test_the_sentences_of_the_forms_since_2019(
    form: str, text: str, stated: list[str], registry: Registry
) -> None:
    found = [
        line
        for line in short(text, registry, form)
        if not line.startswith("art20_9.procurement.amount") or "元" in line
    ]
    assert found == stated


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("全年收取信息处理费3件，总金额1200元。", [("cases", "3"), ("amount", "1200")]), ("本年度未收取信息处理费，新收申请20件。", []),
        ("收取信息处理费情况：新收申请20件", []), ("没有产生信息处理费，政府信息公开经费5万元。", []), ("信息处理费不足500元", []),
        ("信息处理费约500元", []), ("收取信息处理费880元、1080元、270元。", []),
        ("收取信息处理费3件，880元、1080元、270元，合计2230元。", [("cases", "3"), ("amount", "2230")]),
        ("收取信息处理费3件，总金额2230元，三笔依次为880元、1080元、270元。", [("cases", "3"), ("amount", "2230")]),
        ("2017年收取信息处理费3件，总金额2230元。", []), ("2018年共收取信息处理费2230元，涉及3件申请。", [("amount", "2230"), ("cases", "3")]),
        ("依据《政府信息公开信息处理费管理办法》，收取信息处理费1件380元。", [("cases", "1"), ("amount", "380")]),
        ("信息处理费0元", [("amount", "0")]),
        ("对3件政府信息公开申请收取信息处理费，共计2230元，其中880元1件、1080元1件、270元1件。", [("cases", "3"), ("amount", "2230")]),
        ("2018年，本机关向其中2件申请收取了信息处理费，总金额300元。", [("cases", "2"), ("amount", "300")]),
        ("未对3件政府信息公开申请收取信息处理费。", []), ("新收申请20件，收取信息处理费，总金额80元。", [("amount", "80")]),
        ("2017年对3件申请收取信息处理费，总金额80元。", []), ("办理申请20件并收取信息处理费80元。", [("amount", "80")]),
        ("本年度收取信息处理费二件，共计四百元。", [("cases", "2"), ("amount", "400")]), ("信息处理费减免2件，退还100元，实收300元。", []),
    ],
)  # fmt: skip
def test_the_processing_fee_is_not_what_the_sentence_goes_on_to_count(
    text: str, found: list[tuple[str, str]], registry: Registry
) -> None:
    fees = [each for each in read(text, registry, "2021") if "processing_fee" in each[0]]
    kinds = [(code.rpartition("_")[2], amount) for code, amount, _ in fees]
    assert kinds == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("共主动公开政府信息207条", [("v2008.disclosure.total", "207")]), ("同意公开10件，不同意公开12件", [("v2008.reply.granted", "10")]),
        ("2018年主动公开政府信息207条，2017年主动公开政府信息199条", [("v2008.disclosure.total", "207")]), ("主动公开政府信息18万余条", []),
        ("历年主动公开政府信息999条", []), ("全文电子化率达100%", [("v2008.disclosure.full_text_electronic_rate", "100")]),
        ("机构职能类信息33条，占15.94%", [("v2008.disclosure.by_type.institution", "33"), ("v2008.disclosure.by_type.institution", "15.94")]),
    ],
)  # fmt: skip
def test_the_free_form_is_read_from_its_fixed_sentences(
    text: str, found: list[tuple[str, str]], registry: Registry
) -> None:
    assert [(code, amount) for code, amount, _ in read(text, registry, "2008")] == found


# Places


def test_a_figure_says_the_characters_it_stands_at(registry: Registry) -> None:
    text = "会议118次，“政府信息公开专项经费”72，505 元。　　依申請公開信息收取的費用 ０ 元；当面申请65件（占 33.85 ％）。"
    statements = list(read_statements(Document("page", text), registry.forms["2014"], (), Header(year=2018)))
    assert [each.raw_value for each in statements] == ["72，505 元", "０ 元", "65件", "33.85 ％"]
    for each in statements:
        start, end = map(int, each.locator.removeprefix("text ").split("-"))
        assert text[start:end] == each.raw_value
        assert (each.reading, each.unit_basis) == ("prose", "printed")


@given(
    st.lists(
        st.sampled_from(
            [
                "政府信息公开专项经费",
                "收到申请",
                "“",
                "”",
                "，",
                "。",
                "２３",
                "5",
                "万元",
                "件",
                "三十二",
                " ",
                "條",
                "\t",
                "分别为",
                "、",
            ]
        ),
        max_size=14,
    ).map("".join)
)
def test_every_figure_stands_where_it_says_whatever_stands_around_it(registry: Registry, text: str) -> None:
    for each in read_statements(Document("page", text), registry.forms["2014"], (), Header(year=2018)):
        start, end = map(int, each.locator.removeprefix("text ").split("-"))
        assert text[start:end] == each.raw_value
        assert each.raw_value.strip() == each.raw_value


def test_two_sentences_with_two_figures_are_two_statements(registry: Registry) -> None:
    text = "政府信息公开专项经费5万元。政府信息公开专项经费6万元。"
    assert read(text, registry) == [(BUDGET, "5", "万元"), (BUDGET, "6", "万元")]


def test_the_text_of_the_table_is_no_prose(registry: Registry) -> None:
    text = "政府信息公开专项经费72505元\n"
    assert read(text, registry, table=[Grid("table 1", (), start=0, end=len(text))]) == []
    assert read("。" * 40 + text, registry, table=[Grid("table 1", (), start=0, end=10)]) != []


def test_a_table_of_another_kind_is_no_prose_either(registry: Registry) -> None:
    table = "<table><tr><td>指标</td><td>2017年</td></tr><tr><td>收到申请</td><td>180件</td></tr><tr><td>答复</td><td>9</td></tr></table>"
    document = read_document(to_page(f"{table}<p>收到申请192件。</p>"), "page")
    found = read_statements(document, registry.forms["2014"], (), Header(year=2018))
    assert [each.raw_value for each in found] == ["192件"]


def test_the_prose_beside_a_table_is_kept_apart_from_it(registry: Registry) -> None:
    table = three_columns(form_rows(registry.forms["2014"]))
    extraction = extract_report(
        read_document(to_page(f"<p>政府信息公开专项经费5万元。</p>{table}"), "page"), registry
    )
    assert [(each.indicator_id, each.raw_value, each.reading) for each in extraction.statements] == [
        (BUDGET, "5万元", "prose")
    ]
    (budget,) = [each for each in extraction.observations if each.indicator_id == BUDGET]
    assert (budget.raw_value, budget.reading) == ("72505", "table")


def test_a_share_never_becomes_an_observation(registry: Registry) -> None:
    rows = [row for row in form_rows(registry.forms["2014"]) if "in_person" not in row.code]
    page = to_page(f"<p>当面申请65件，占总数的33.85%。</p>{three_columns(rows)}")
    extraction = extract_report(read_document(page, "page"), registry)
    (own,) = [each for each in extraction.observations if each.indicator_id.endswith("in_person")]
    assert (own.raw_value, own.reading, own.unit) == ("65件", "prose", "件")


# Numerals


@given(st.integers(0, 99_999_999))
def test_a_number_written_in_chinese_numerals_is_read_back(number: int) -> None:
    assert parse_numeral(write_numeral(number)) == number


def write_numeral(number: int) -> str:
    """Return a number below a hundred million in Chinese numerals, written apart from the code."""
    if number >= 10_000:
        high, low = divmod(number, 10_000)
        return f"{write_numeral(high)}万" + (
            ("零" if low < 1_000 else "") + write_numeral(low).lstrip("零") if low else ""
        )
    text = ""
    for size, ten in ((1_000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, size)
        if digit:
            text += "零一二三四五六七八九"[digit] + ten
        elif text and number and not text.endswith("零"):
            text += "零"
    return text.removeprefix("一") if text.startswith("一十") else text or "零"


@given(st.text("一二三十百千万零〇两3.,件余约条", max_size=12))
def test_a_quantity_is_never_a_part_of_a_longer_number(text: str) -> None:
    for each in find_quantities(text):
        assert each.start == 0 or text[each.start - 1] not in "一二三十百千万零〇两3约"
        assert text[each.end : each.end + 1] != "余"


# Real reports


@pytest.mark.skipif(not CASES.exists(), reason="the real reports are not here")
def test_every_figure_that_the_real_text_of_huairou_states_is_read_and_no_other(registry: Registry) -> None:
    (path,) = CASES.glob("000_*.txt")
    extraction = extract_report(read_document(path.read_bytes(), path.name), registry)
    case = json.loads((CASES / "huairou_2018.json").read_text(encoding="utf-8"))
    stated, shares = stated_by(extraction, registry)
    unsaid = {
        "disclosure.channels.gazette", "application.received.fax", "application.concluded", "application.concluded.on_time",
        "application.concluded.extended", "fee.collected",
    }  # fmt: skip
    expected = {
        code: Decimal(amount)
        for code, amount in case["values"].items()
        if code.split(".", 1)[1] not in unsaid
    }
    assert stated == expected
    assert len(stated) == 65
    told = {f"v2014.{code}": value[1] for code, value in case["narrative"].items() if isinstance(value, list)}
    assert shares == told
    broken = [finding.rule_id for _, finding in check_reports(registry, {0: (2018, extraction)})]
    assert not {"V14-PROSE", "V14-SHARE", "V14-SHARE-SUM"} & set(broken)
    assert len(extraction.statements) == 65 + 10


def stated_by(extraction: Extraction, registry: Registry) -> tuple[dict[str, Decimal | None], dict[str, str]]:
    """Return the figures and the shares that the prose of a report states."""
    figures = [
        each for each in extraction.statements if not is_share(each, registry.indicators[each.indicator_id])
    ]
    shares = [each for each in extraction.statements if each not in figures]
    return {each.indicator_id: each.value.amount for each in figures}, {
        each.indicator_id: each.raw_value for each in shares
    }


def test_the_prose_of_suqian_differs_from_its_table_where_it_is_known_to(registry: Registry) -> None:
    extraction = extract_report(read_document((PAGES / "suqian_2024.html").read_bytes(), "page"), registry)
    stated, _ = stated_by(extraction, registry)
    assert {code.split(".", 1)[1]: int(amount or 0) for code, amount in stated.items()} == {
        "result.granted": 1431, "result.partial": 471, "reconsideration.total": 134,
        "narrative.processing_fee_cases": 3, "narrative.processing_fee_amount": 2230,
    }  # fmt: skip
    (finding,) = [finding for _, finding in check_reports(registry, {0: (2024, extraction)})]
    assert (finding.rule_id, finding.left, finding.right) == ("V21-PROSE", Decimal(134), Decimal(170))


def test_every_phrase_of_the_form_files_is_found_where_it_stands_alone(registry: Registry) -> None:
    for form in registry.forms.values():
        for items in make_lexicon(form).by_end.values():
            for phrase, codes in items:
                if len(codes) == 1:
                    unit = form.by_id[codes[0]].unit or "元"
                    found = read_statements(Document("p", f"{phrase}为12{unit}。"), form, (), Header())
                    assert [each.indicator_id for each in found] == list(codes), phrase


def test_blanking_the_tables_keeps_every_place(registry: Registry) -> None:
    document = Document(
        "p", "甲“乙”表\n1\t2\n丙《丁》3", (Grid("table 1", (("1", "2"), ("3", "4")), start=5, end=9),)
    )
    prose = read_prose(document, ())
    for at, mark in enumerate(prose.text):
        if mark != "\n":
            assert document.text[prose.place(at)] == mark
