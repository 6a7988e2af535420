"""The form files: every row of the domain input, every spelling seen, whatever numbers, notes and characters are printed."""

import csv
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.cells import clean_label, fold_text
from flows.characters import SIMPLIFIED, TRADITIONAL, simplify_text
from flows.codebook import Form
from flows.registry import Registry, load_registry
from tests.conftest import ROOT

DOMAIN = ROOT.parent / "shared" / "domain"
REGISTRY = load_registry(ROOT / "schemas")


SHARED = {"result.total", "result.other.other"}  # rows with the heading of a column, 总计 and 其他


def meant(form: str, table: str, text: str) -> set[str]:
    """Return what a printed heading can mean in a table of a form, as a row or as a column."""
    found = REGISTRY.forms[form].tables[table]
    label = clean_label(text)
    codes = {*found.rows.get(label, ()), *([found.columns[label]] if label in found.columns else [])}
    return {code.removeprefix(f"v{form}.") for code in codes}


def printed_rows(form: Form) -> list[tuple[str, str, str]]:
    """Return (table, code, heading) for every row and column of a form file."""
    with (ROOT / "schemas" / "forms" / f"{form.form}.csv").open(encoding="utf-8", newline="") as file:
        return [(row["table"], row["code"], row["label_zh"]) for row in csv.DictReader(file)]


HEADINGS = [(form.form, *row) for form in REGISTRY.forms.values() for row in printed_rows(form)]


@pytest.mark.skipif(not DOMAIN.exists(), reason="the domain input is not here")
def test_the_codebook_holds_every_row_of_the_domain_input(registry: Registry) -> None:
    with (DOMAIN / "indicators.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["indicator_code"]: row for row in csv.DictReader(file)}
    assert set(rows) == set(registry.indicators)
    assert len(rows) == 264
    for code, row in rows.items():
        ours = registry.indicators[code]
        assert (ours.unit, ours.parent_id, ours.order, ours.origin) == (
            row["unit"], row["parent_code"], int(row["order"]), row["origin"],
        )  # fmt: skip
        assert ours.by_applicant == (row["has_applicant_dimension"] == "yes")
        assert fold_text(ours.label_zh) == fold_text(row["label_zh"])
        assert ours.measure_type in (row["measure_type"], "stock"), (
            code
        )  # a number at the end of a year is a stock


def test_every_row_and_column_is_known_by_its_own_heading() -> None:
    for form, table, code, heading in HEADINGS:
        assert code.removeprefix(f"v{form}.") in meant(form, table, heading), heading


def test_local_rows_say_where_they_come_from(registry: Registry) -> None:
    local = {
        code: each.origin for code, each in registry.indicators.items() if each.origin in ("beijing", "hubei")
    }
    assert sum(code.startswith("v2014.disclosure.key_areas") for code in local) == 13
    assert sum(code.startswith("v2019.art20_1.other_documents") for code in local) == 3
    assert {code.split(".")[0] for code, origin in local.items() if origin == "hubei"} == {"v2019"}


# Spellings seen in reports, with the form and table they stand in; `;` parts several


@pytest.mark.parametrize(
    ("form", "table", "code", "seen"),
    [
        ("2021", "art20", "art20_1.normative", "规范性文件;規範性檔案;行政规范性文件"),
        ("2019", "art20", "art20_1.normative", "规范性文件（行政机关制定发布的决定、公告、通告等，一般情况下属于规范性文件）"),
        ("2019", "art20", "art20_1.normative", "规范性文件（指各行政机关印发的有正式文号的文件）;規範性檔案;行政规范性文件"),
        ("2021", "art20", "art20_1.regulations", "规 章;規章"),
        ("2019", "art20", "art20_1.regulations", "规章（设区的市、自治州人民政府应提供相关数据）"),
        ("2019", "art20", "art20_1.other_documents", "其他主动公开文件（除规范性文件以外的文件）"),
        ("2019", "art20", "items_previous_year", "上一年项目数量（指2019年事项数）"),
        ("2019", "art20", "items_change", "本年增/减（增用正值表示，减用负值表示，如-8）;本年增/;本年增／减;本年增（减）"),
        ("2019", "art20", "decisions", "处理决定数量（指2020年办件量）;处理决定数量"),
        ("2019", "art20", "made", "本年新 制作数量;本年新\n制作数量"), ("2019", "art20", "amount", "采购总金额（万元）"),
        ("2021", "art20", "amount", "本年收费金额(单位:万元);本年收费金额（单位：万元）;本年收费金額（單位：萬元）"),
        ("2021", "art20", "art20_5", "第二十条第（五）项;第二十條第（五）項;第二十条第五项;第二十条 第（五）项;第二十条第㈤项"),
        ("2021", "applications", "commercial_enterprise", "商业 企业;商业\n企业;商業企業;商业企业"),
        ("2021", "applications", "research_institution", "科研 机构;科研機構"),
        ("2021", "applications", "public_welfare_organisation", "社会公益组织;公益组织;社會公益組織"),
        ("2021", "applications", "legal_service_organisation", "法律服务机构;法律服務機構"),
        ("2021", "applications", "other", "其他;其它;其他组织"), ("2021", "applications", "total", "总计;合计;總計"),
        ("2021", "applications", "result.partial", "（二）部分公开"),
        ("2021", "applications", "result.partial", "（二）部分公开（区分处理的，只计这一情形，不计其他情形）"),
        ("2021", "applications", "result.partial", "（二）部分公开（区分处理的，只计这一情形，不计其他情形"),
        ("2021", "applications", "result.other.no_correction", "1.逾期不补正"),
        ("2021", "applications", "result.other.fee_unpaid", "2.逾期不缴费"),
        ("2021", "applications", "result", "三\n、\n本\n年\n度\n办\n理\n结\n果;三、本年度办理结果;三、本年度辦理結果"),
        ("2021", "applications", "result.unavailable.not_held", "1.本机关不掌握相关政府信息;1.本機關不掌握相關政府資訊"),
        ("2021", "applications", "application.new", "一、本年新收政府信息公開申請數量;一、本年新收政府資訊公開申請數量"),
        ("2021", "cases", "upheld", "结果维持;維持;結果維持;维持"), ("2021", "cases", "corrected", "结果纠正;纠正;結果糾正"),
        ("2021", "cases", "pending", "尚未审结;未审结;尚未審結"), ("2021", "cases", "other", "其他结果;其它结果;其他結果"),
        ("2021", "cases", "litigation_direct", "未经复议直接起诉;直接起诉;未經複議直接起訴"),
        ("2021", "cases", "litigation_after_reconsideration", "复议后起诉;经复议后起诉;複議後起訴"),
        ("2021", "cases", "reconsideration", "行政复议;行政復議;行政複議"),
        ("2014", "statistics", "application.received", "（一）收到申请数;全区申请总数;申请总数;收到申請數"),
        ("2014", "statistics", "application.received.online", "3.网络申请数;网络申请;互联网申请;通过网络提交;3.網路申請數"),
        ("2014", "statistics", "reply.not_this_organ", "5.不属于本行政机关公开数;“不属于本行政机关公开”"),
        ("2014", "statistics", "reply.refused.not_government_information", "不是《条例》所指政府信息;非《条例》所指政府信息"),
        ("2014", "statistics", "value", "统计数;統計數"), ("2014", "statistics", "number", "序号"),
        ("2008", "statistics", "disclosure.total", "主动公开信息数"), ("2008", "statistics", "value", "本年累计"),
        ("2008", "statistics", "unit", "计量单位"), ("2008", "statistics", "number", "代码"), ("2008", "statistics", "label", "指标名称"),
    ],
)  # fmt: skip
def test_a_spelling_seen_in_a_report_is_known(form: str, table: str, code: str, seen: str) -> None:
    for text in seen.split(";"):
        assert meant(form, table, text) - SHARED == {code}, text


def test_a_heading_cut_to_what_two_columns_begin_with_names_neither() -> None:
    assert meant("2019", "art20", "本年新") == set()


# What may be printed around a heading


NUMBERS = (
    "⒈",
    "①",
    "1．",
    "1.",
    "1、",
    "（1）",
    "(1)",
    "⑴",
    "1)",
    "１．",
    "I.",
    "Ⅰ、",
    "（Ⅱ）",
    "(二)",
    "㈡",
    "二、",
    "（二）、",
    "二.",
    "其中：",
    "其中,",
)
NOTES = (
    "",
    "（件）",
    "(单位：件)",
    "（不含区直单位）",
    "（含街道（乡镇））",
    "【2018年】",
    "（区分处理的，只计这一情形",
)


@given(heading=st.sampled_from(HEADINGS), number=st.sampled_from(NUMBERS), note=st.sampled_from(NOTES))
def test_numbers_and_notes_around_a_heading_do_not_matter(
    heading: tuple[str, str, str, str], number: str, note: str
) -> None:
    bare = clean_label(heading[3])
    assert clean_label(f"{number}{bare}{note}") == bare
    assert clean_label(f" {number} {bare[:2]} \n{bare[2:]}\u3000{note}：") == bare


@given(heading=st.sampled_from(HEADINGS), chance=st.randoms(use_true_random=False))
def test_a_heading_in_traditional_characters_is_the_same(
    heading: tuple[str, str, str, str], chance: random.Random
) -> None:
    others: dict[str, list[str]] = {}
    for traditional, simplified in zip(TRADITIONAL, SIMPLIFIED, strict=True):
        others.setdefault(simplified, [simplified]).append(traditional)
    printed = "".join(chance.choice(others.get(mark, [mark])) for mark in heading[3])
    assert clean_label(printed) == clean_label(heading[3])


@given(st.text(st.sampled_from("政府信息公開資訊檔案12３ ，\n網路ab")))
def test_simplifying_keeps_every_character_at_its_place(text: str) -> None:
    simple = simplify_text(text)
    assert len(simple) == len(text)
    assert all(a == b for a, b in zip(text, simple, strict=True) if re.match(r"[^\u4e00-\u9fff]", a))
    assert simplify_text(simple) == simple


def test_no_character_of_the_forms_and_of_the_bodies_is_taken_for_a_traditional_one(
    registry: Registry,
) -> None:
    ours = {mark for *_, heading in HEADINGS for mark in heading}
    ours |= {mark for body in registry.bodies.values() for mark in body.name_zh}
    assert ours.isdisjoint(TRADITIONAL)
    assert len(set(TRADITIONAL)) == len(TRADITIONAL) == len(SIMPLIFIED)
    assert set(SIMPLIFIED).isdisjoint(TRADITIONAL)
