"""Text of the forms since 2019: the real figures of Suqian as browsers, PDF and people give tables back as text."""

import csv
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.codebook import Form
from flows.errors import FormError
from flows.extract.figures import Reader, finish_reading
from flows.extract.match import Matched, unknown_label
from flows.extract.report import extract_report
from flows.extract.stream import read_stream
from flows.extract.tables import PrintedRow
from flows.extract.textcells import read_cells
from flows.extract.textrows import TextRow, find_rows
from flows.model import Extraction
from flows.read import read_document
from flows.registry import Registry
from tests.portal.damage import DAMAGES, damage_sheets
from tests.portal.html import print_html
from tests.portal.judge import Judged, judge
from tests.portal.layout import Layout, draw_layout
from tests.portal.sheets import Sheet, draw_sheets, expected_cells
from tests.portal.text import misleading, print_text
from tests.portal.truth import Truth, make_truth, plain_cells, print_plainly

GOLDEN = Path(__file__).parent.parent / "golden" / "suqian_2024.csv"
YEARS = {"2019": 2020, "2021": 2023}
STYLES = ("tabs", "spaces", "pipes", "lines", "blank_lines", "pdf")
LAYOUTS = {
    "as a browser copies it": Layout(text="tabs"),
    "parted by blanks": Layout(text="spaces", page_numbers=True),
    "as Markdown": Layout(text="pipes"),
    "a cell a line": Layout(text="lines"),
    "a cell a line, headings broken": Layout(text="lines", broken=True, vertical="br"),
    "as a PDF with wrapped labels": Layout(text="pdf", page_numbers=True),
    "as a PDF with vertical groups": Layout(text="pdf", vertical="br"),
    "groups printed downwards": Layout(text="tabs", vertical="br"),
    "headings in two lines": Layout(text="tabs", stacked=True),
    "headings in two lines, blanks": Layout(text="spaces", stacked=True, head="one"),
    "headings again after a page": Layout(text="tabs", repeat_head=True),
    "cut in two": Layout(text="spaces", split="2"),
    "cut in three without headings": Layout(text="tabs", split="3", split_head=False),
    "cases as rows": Layout(text="spaces", cases="rows"),
    "cases in three tables": Layout(text="lines", cases="tables", footer=True),
    "groups repeated": Layout(text="spaces", groups="repeated"),
    "one column of labels": Layout(text="pipes", groups="flat"),
    "one row of headings": Layout(text="spaces", head="one", total_word="合计"),
    "short labels, half-width brackets": Layout(
        text="tabs", short_labels=True, brackets="half", old_label=True
    ),
    "no column of totals": Layout(text="tabs", lost="total", head="one"),
    "sections before the rows": Layout(text="tabs", sections="column"),
    "blocks instead of tables": Layout(container="divs"),
    "spans instead of tables": Layout(container="spans"),
}
HEAD = "信息内容 本年制发件数 本年废止件数 现行有效件数"


@pytest.fixture(scope="module")
def form(registry: Registry) -> Form:
    return registry.forms["2021"]


@pytest.fixture(scope="module")
def suqian() -> Truth:
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        values = {f"{row['indicator_id']}|{row['applicant']}": row["value"] for row in csv.DictReader(file)}
    table = {key: value for key, value in values.items() if ".narrative." not in key}
    return Truth(0, "2021", 2024, "宿迁市人民政府", plain_cells(table))


def print_sheets(truth: Truth, layout: Layout, sheets: Sequence[Sheet]) -> bytes:
    print_report = print_text if layout.container == "table" else print_html
    return print_report(truth, layout, sheets)


def read_sheets(
    registry: Registry, truth: Truth, layout: Layout, sheets: Sequence[Sheet]
) -> Extraction | None:
    try:
        return extract_report(read_document(print_sheets(truth, layout, sheets), "synthetic.txt"), registry)
    except FormError:
        return None  # too little is certain, and the whole report is left out with a reason


def judged(
    extraction: Extraction, registry: Registry, truth: Truth, sheets: Sequence[Sheet], style: str
) -> list[Judged]:
    hidden = {box.key for sheet in sheets for row in sheet.rows if misleading(row, style) for box in row}
    verdicts = judge(extraction, expected_cells(truth, sheets, registry.forms[truth.form]))
    return [each for each in verdicts if each.key not in hidden]


def read_matched(form: Form, text: str) -> Matched:
    reader = Reader(form)
    read_stream(reader, read_cells(text))
    return finish_reading(reader)


def read_text(form: Form, *lines: str) -> dict[str, str]:
    """Return what a text states, as printed, by the end of the code."""
    matched = read_matched(form, "\n".join(lines))
    return {
        cell.removeprefix("v2021.").removesuffix("|total"): row.value or ""
        for cell, row in matched.rows.items()
    }


# Real figures


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_suqian_is_read_whole_in_every_shape_of_text(
    registry: Registry, suqian: Truth, layout: Layout
) -> None:
    sheets = draw_sheets(suqian, layout, registry.forms["2021"])
    extraction = read_sheets(registry, suqian, layout, sheets)
    assert extraction is not None
    verdicts = judged(extraction, registry, suqian, sheets, layout.text)
    assert len(verdicts) >= 170
    assert [each for each in verdicts if each.verdict != "right"] == []


def test_glued_figures_are_read_where_there_is_one_way_to_part_them(
    registry: Registry, suqian: Truth
) -> None:
    layout = Layout(text="glued")
    sheets = draw_sheets(suqian, layout, registry.forms["2021"])
    extraction = read_sheets(registry, suqian, layout, sheets)
    assert extraction is not None
    verdicts = {each.key: each.verdict for each in judged(extraction, registry, suqian, sheets, "glued")}
    assert "wrong" not in verdicts.values()
    assert verdicts["v2021.result.not_processed.publications|total"] == "right"  # 0000000
    assert verdicts["v2021.result.denied.state_secret|natural_person"] == "flagged"  # 2000002
    assert verdicts["v2021.result.unavailable.not_held|natural_person"] == "flagged"  # 8593300032897
    assert "missed" not in verdicts.values()


# Generated and damaged texts


@given(seed=st.integers(0, 10**6), name=st.sampled_from(sorted(YEARS)), style=st.sampled_from(STYLES))
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_a_generated_text_never_gives_a_wrong_value(
    registry: Registry, seed: int, name: str, style: str
) -> None:
    truth = make_truth(seed, registry.forms[name], YEARS[name])
    layout = replace(draw_layout(seed), text=style, container="table")  # type: ignore[arg-type]
    sheets = draw_sheets(truth, layout, registry.forms[name])
    extraction = read_sheets(registry, truth, layout, sheets)
    verdicts = judged(extraction, registry, truth, sheets, style) if extraction else []
    assert [each for each in verdicts if each.verdict == "wrong"] == []


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        (("26", "0", "1 2", "1", "约5", "0", "27"), ("26", "0", "1 2", "1", "约5", "0", "27")),
        (("26", "0", "1", "2", "1", "约5", "0", "27"), ()),
    ],
    ids=["two figures on a line are one cell", "one line too many"],
)
def test_a_word_among_figures_of_a_line_each_moves_none_of_them(
    registry: Registry, printed: tuple[str, ...], read: tuple[str, ...]
) -> None:
    form = registry.forms["2021"]
    truth = print_plainly(make_truth(3, form, 2023))
    text = print_text(truth, Layout(text="lines"), draw_sheets(truth, Layout(text="lines"), form)).decode()
    label = "6.属于四类过程性信息"
    before, _, after = text.partition(label)
    rest = after.split("\n")[8:]  # behind the label's line and seven figures
    extraction = extract_report(
        read_document("\n".join([before + label, *printed, *rest]).encode(), "x.txt"), registry
    )
    row = [each for each in extraction.observations if each.indicator_id == "v2021.result.denied.process"]
    assert tuple(each.raw_value for each in row if each.locator) == read
    assert all(each.value.amount is None for each in row if not each.raw_value.isdecimal())


@pytest.mark.parametrize(
    "damage", sorted(DAMAGES.keys() - {"add_cell"})
)  # beside a lost blank, one too many is none too many
@pytest.mark.parametrize("style", ["tabs", "spaces", "lines"])
def test_a_damaged_text_never_gives_a_wrong_value_silently(
    registry: Registry, damage: str, style: str
) -> None:
    for seed, name in ((1, "2019"), (2, "2021"), (3, "2019"), (4, "2021")):
        drawn = make_truth(seed, registry.forms[name], YEARS[name])
        truth = drawn if style == "tabs" else print_plainly(drawn)  # two damages at once can hide each other
        layout = replace(draw_layout(seed) if seed % 2 else Layout(), text=style, container="table")  # type: ignore[arg-type]
        whole = draw_sheets(truth, layout, registry.forms[name])
        hurt = damage_sheets(whole, damage, Random(seed))
        extraction = read_sheets(registry, truth, layout, hurt)
        verdicts = judged(extraction, registry, truth, [*whole, *hurt], style) if extraction else []
        wrong = [each for each in verdicts if each.verdict == "wrong"]
        # Where nothing parts cells, the only one of a row leaves no trace when it is lost: it is read as blank.
        assert [each for each in wrong if style == "tabs" or not each.read.startswith("blank")] == [], seed


# Single cases


def test_tabs_tell_blank_cells_and_blanks_do_not(form: Form) -> None:
    told = read_text(form, HEAD.replace(" ", "\t"), "规章\t\t3\t4", "行政规范性文件\t\t\t")
    assert told == {
        "art20_1.regulations.issued": "", "art20_1.regulations.repealed": "3", "art20_1.regulations.in_force": "4",
        "art20_1.normative.issued": "", "art20_1.normative.repealed": "", "art20_1.normative.in_force": "",
    }  # fmt: skip
    assert read_text(form, HEAD, "规章 3 4", "行政规范性文件 1 2 3") == {
        "art20_1.normative.issued": "1", "art20_1.normative.repealed": "2", "art20_1.normative.in_force": "3",
    }  # fmt: skip


def test_a_lost_row_names_its_cells(form: Form) -> None:
    (finding,) = read_matched(form, f"{HEAD}\n规章 3 4").findings
    assert finding.rule_id == "misaligned_row"
    assert set(finding.cells) == {
        f"v2021.art20_1.regulations.{each}|total" for each in ("issued", "repealed", "in_force")
    }
    assert finding.locator == "text 26-28"


@pytest.mark.parametrize(
    "lines",
    [
        ("2.其他法律行政法规禁", "1 0 0 0 0 0 1", "止公开", "（七）总计 5 0 0 0 0 0 5"),
        ("2.其他 1 0 0 0 0 0 1", "法律行政法规禁止公开", "（七）总计 5 0 0 0 0 0 5"),
        ("（三）不予公开 2.其他法律行政法规", "禁止公开 1 0 0 0 0 0 1", "（七）总计 5 0 0 0 0 0 5"),
        ("本 2.其他法律行政法规禁止公开 1 0 0 0 0 0 1", "（七）总计 5 0 0 0 0 0 5"),
    ],
)
def test_a_label_wrapped_around_its_figures_is_put_together(form: Form, lines: tuple[str, ...]) -> None:
    read = read_text(form, "自然人 商业企业 科研机构 社会公益组织 法律服务机构 其他 总计", *lines)
    assert read["result.denied.other_law|natural_person"] == "1"
    assert read["result.total"] == "5"
    assert not any(cell.startswith("result.other") for cell in read)


def test_a_number_alone_never_completes_a_row(form: Form) -> None:
    head = "自然人 商业企业 科研机构 社会公益组织 法律服务机构 其他 总计"
    assert read_text(form, head, "（一）予以公开 1 0 0 0 0 1", "7", "（七）总计 5 0 0 0 0 0 5").keys() == {
        f"result.total{applicant}"
        for applicant in ("", *(f"|{each}" for each in form.applicants if each != "total"))
    }


def test_a_group_beside_the_middle_line_of_a_label_is_no_piece_of_it(form: Form) -> None:
    lines = (
        "                  1.申请人无正当", "                  理由逾期不补正",
        "（六）其他处理    、行政机关不再   3 1 0 0 0 2 6", "                  处理其政府信息", "                  公开申请",
        "                  3.其他           4 0 0 0 0 0 4",
    )  # fmt: skip
    read = read_text(form, "自然人 商业企业 科研机构 社会公益组织 法律服务机构 其他 总计", *lines)
    assert (read["result.other.no_correction"], read["result.other.other"]) == ("6", "4")


def test_a_text_on_one_line_is_read_whole(registry: Registry, suqian: Truth) -> None:
    layout = Layout(text="spaces")
    sheets = draw_sheets(suqian, layout, registry.forms["2021"])
    page = b" ".join(print_text(suqian, layout, sheets).split(b"\n"))
    extraction = extract_report(read_document(page, "line.txt"), registry)
    verdicts = judged(extraction, registry, suqian, sheets, "spaces")
    assert [each for each in verdicts if each.verdict != "right"] == []


NOTES = ("测试合成的一句话，不是表格内容。",) * 12


def test_a_number_alone_below_a_full_row_may_be_the_rest_of_a_figure(form: Form) -> None:
    lines = ("信息内容 本年处理决定数量", "行政处罚 2981", "64", "行政强制 205")
    assert read_text(form, *lines) == {"art20_6.coercion.decisions": "205"}
    (finding,) = read_matched(form, "\n".join(lines)).findings
    assert finding.cells == ("v2021.art20_6.penalty.decisions|total",)


@pytest.mark.parametrize("foot", ["{}", "- {} -"])
def test_the_numbers_of_pages_that_count_on_are_no_figures(form: Form, foot: str) -> None:
    lines = (
        *NOTES,
        foot.format(63),
        *NOTES,
        "信息内容 本年处理决定数量",
        "行政处罚 2981",
        "64",
        "行政强制 205",
    )
    assert read_text(form, *lines) == {
        "art20_6.penalty.decisions": "2981", "art20_6.coercion.decisions": "205",
    }  # fmt: skip


def test_an_unknown_heading_among_the_columns_spoils_the_table(form: Form) -> None:
    head = ("自然人", "研究院所", "商业企业", "社会公益组织", "法律服务机构", "其他", "总计")
    assert read_text(form, *head, "（一）予以公开", *"12345") == {}


def test_the_order_of_nested_headings_is_the_printed_one(form: Form) -> None:
    nested = ("自然人 法人或其他组织 总计", "商业企业 科研机构 社会公益组织 法律服务机构 其他")
    row = "（一）予以公开 1 2 3 4 5 6 21"
    assert read_text(form, *nested, row)["result.granted|natural_person"] == "1"
    assert read_text(form, *nested, row)["result.granted"] == "21"
    turned, row = ("总计 自然人 法人或其他组织", nested[1]), "（一）予以公开 21 1 2 3 4 5 6"
    assert read_text(form, *turned, row)["result.granted"] == "21"
    assert read_text(form, *turned, row)["result.granted|other"] == "6"
    (finding,) = read_matched(form, "\n".join((*turned, row))).findings
    assert finding.rule_id == "column_order"


@pytest.mark.parametrize("first", ["总计 自然人 法人或其他组织", "总计 自然人"])
def test_headings_that_lost_their_place_are_told_by_the_sums_and_lose_the_table(
    form: Form, first: str
) -> None:
    head = f"{first}\n商业企业 科研机构 社会公益组织 法律服务机构 其他"
    rows = "（一）予以公开 1 2 3 4 5 6 21\n（七）总计 1 0 0 0 0 0 2\n2.重复申请 0 0 0 0 0 0 0"
    matched = read_matched(form, f"{head}\n{rows}")
    assert matched.rows == {}
    assert {finding.rule_id for finding in matched.findings} == {"misaligned_row"}
    lost = {cell for finding in matched.findings for cell in finding.cells}
    assert "v2021.result.not_processed.duplicate|other" in lost


def test_rows_of_figures_twice_under_the_cases_are_lost(form: Form) -> None:
    head = (
        "行政复议 行政诉讼",
        "未经复议直接起诉 复议后起诉",
        " ".join(["结果维持 结果纠正 其他结果 尚未审结 总计"] * 3),
    )
    figures = " ".join(map(str, range(15)))
    assert len(read_text(form, *head, figures)) == 15
    assert read_text(form, *head, " ".join(map(str, range(1, 16))), figures) == {}


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("其他法律行政法规", "may be a piece of a label"), ("（不同渠道", "may be a piece of a label"),
        ("不予公开", "is the heading"), ("其它渠道办理的", "add the spelling"),
    ],
)  # fmt: skip
def test_only_a_whole_label_is_a_spelling_to_add(registry: Registry, label: str, said: str) -> None:
    form = registry.forms["2021"]
    assert said in unknown_label(PrintedRow((label,), "5", "", "text 1-2"), form).message.en


def test_findings_name_the_file_and_how_many_of_the_cells_are_blank(
    registry: Registry, suqian: Truth
) -> None:
    layout = Layout(text="tabs")
    page = print_text(suqian, layout, draw_sheets(suqian, layout, registry.forms["2021"])).decode()
    broken = re.sub(r"(?m)^(（七）总计.*)$", r"\1\t\t9", page)
    findings = extract_report(read_document(broken.encode(), "dir/page.txt"), registry).findings
    (said,) = [each.message for each in findings if each.rule_id == "misaligned_row"]
    assert "9 cells, 1 of them blank, under 7 columns" in said.en
    assert all(text.endswith("gongkai show dir/page.txt") for text in said)


CASES = (
    "行政复议",
    "行政诉讼",
    "未经复议直接起诉",
    "复议后起诉",
    *("结果维持", "结果纠正", "其他结果", "尚未审结", "总计") * 3,
)
FILLED = ("信息内容", "本年处理决定数量", "行政处罚", "2981", "行政强制", "205", "行政许可", "31")


@pytest.mark.parametrize(
    "after", [(), ("五、存在的主要问题及改进情况", "无。"), ("全年办理情况见上，本句为测试合成。",)]
)
def test_the_table_of_cases_without_figures_is_blank_like_any_row(form: Form, after: tuple[str, ...]) -> None:
    read = read_text(form, *FILLED, *CASES, *after)
    assert {value for cell, value in read.items() if not cell.startswith("art20")} == {""}
    assert len(read) == 3 + 15


@pytest.mark.parametrize(
    "after", [("见附件2", "五、存在的主要问题及改进情况"), ("12", "34"), ("00000无件12",), ("备注",)]
)
def test_the_table_of_cases_is_not_blank_where_anything_may_be_its_figures(
    form: Form, after: tuple[str, ...]
) -> None:
    assert "" not in read_text(form, *FILLED, *CASES, *after).values()


def test_the_foot_of_a_page_is_no_row_of_figures(form: Form) -> None:
    items = find_rows(read_cells("规章 1 2 3\n- 3 -\n— 4 —\n第 5 页 共 9 页\n行政许可 4"), form)
    rows = [[cell.text for cell in item.figures] for item in items if isinstance(item, TextRow)]
    assert rows == [["1", "2", "3"], ["4"]]
