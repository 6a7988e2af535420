"""One cell's text: values only where they are certain, labels comparable, units told apart."""

import random
import re
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.cells import (
    UNITS,
    clean_label,
    clean_text,
    find_unit,
    format_amount,
    parse_change,
    parse_value,
    split_unit,
)
from flows.model import Value
from flows.registry import Registry

BLANKS = " \t\n\u00a0\u2003\u3000\u200b\u200d\ufeff"
MARKS = ",.，．+-−－＋_'%％/／—–‑ー~①²³½ⅣⅤ〇一二三十百万千零壹kKeExXoOlI()（）余约多*#"
DIGITS = "0123456789０１２３４５６７８９٠١٢٣۴५९৪⑤❻𝟓𝟗"
WORDS = (
    "无",
    "暂无",
    "件",
    "条",
    "万元",
    "人次",
    "元",
    "%",
    "NaN",
    "inf",
    "1e3",
    "0x1F",
    "None",
    "N/A",
    "1_000",
    "--",
)
CELL = st.one_of(
    st.text(alphabet=DIGITS + MARKS + BLANKS, max_size=14),
    st.lists(st.sampled_from([*DIGITS, *MARKS, *BLANKS, *WORDS]), max_size=7).map("".join),
    st.from_regex(r"\A[ ]?[-+]?[0-9]{1,4}(,[0-9]{2,4}){0,3}(\.[0-9]{0,3})?(件|万元| 条)?[ ]?\Z"),
    st.text(max_size=8),
)


def reference_value(text: str) -> tuple[str, str]:
    """Return (status, digits) of a cell, written apart from the code: character by character, without patterns."""
    while text and (text[0].isspace() or text[0] in "\u200b\u200c\u200d\u2060\ufeff\u00ad"):
        text = text[1:]
    while text and (text[-1].isspace() or text[-1] in "\u200b\u200c\u200d\u2060\ufeff\u00ad"):
        text = text[:-1]
    wide = dict(zip("０１２３４５６７８９，．＋－−／％", "0123456789,.+--/%", strict=True))
    text = "".join(wide.get(mark, mark) for mark in text)
    if text in ("", "无"):
        return ("none_word" if text else "blank"), ""
    if all(mark in "-‐‑‒–—―─/\\" for mark in text) or set(text) == {"ー"}:
        return "dash", ""
    sign, bare = (text[0], text[1:]) if text[0] in "+-" else ("", text)
    whole, point, rest = bare.partition(".")
    groups = whole.split(",")
    fine = all(group and set(group) <= set("0123456789") for group in groups) and (
        groups[0] == "0" or groups[0][0] != "0"
    )
    if len(groups) > 1:
        fine = (
            fine and len(groups[0]) <= 3 and groups[0] != "0" and all(len(group) == 3 for group in groups[1:])
        )
    if point:
        fine = fine and bool(rest) and set(rest) <= set("0123456789")
    digits = sum(mark in "0123456789" for mark in bare)
    return ("reported", sign + bare.replace(",", "")) if fine and digits <= 15 else ("unreadable", "")


@settings(max_examples=1_000)
@given(CELL)
def test_a_value_is_read_as_an_independent_reference_reads_it(text: str) -> None:
    status, digits = reference_value(text)
    assert parse_value(text) == Value(Decimal(digits) if digits else None, status)  # type: ignore[arg-type]


def test_a_hundred_thousand_odd_cells_are_read_as_the_reference_reads_them() -> None:
    chance = random.Random(20260401)
    pieces = [*DIGITS[:10] * 6, *DIGITS, *MARKS, ",", ",", ".", *BLANKS, *WORDS]
    seen: Counter[str] = Counter()
    for _ in range(100_000):
        text = "".join(chance.choices(pieces, k=chance.randint(0, 7)))
        status, digits = reference_value(text)
        assert parse_value.__wrapped__(text) == Value(Decimal(digits) if digits else None, status), text  # type: ignore[arg-type]
        seen[status] += 1
    assert min(seen[status] for status in ("reported", "blank", "none_word", "dash", "unreadable")) > 50


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", "0"), ("13993", "13993"), (" 192 ", "192"), ("\u00a0192\u3000", "192"), ("１９２", "192"), ("13,993", "13993"),
        ("１３，９９３", "13993"), ("1,234,567", "1234567"), ("0.092", "0.092"), ("59237.2449", "59237.2449"), ("-11", "-11"),
        ("－11", "-11"), ("+3", "3"), ("\ufeff5\u200b", "5"), ("11398889", "11398889"), ("999999999999999", "999999999999999"),
    ],
)  # fmt: skip
def test_a_number_is_read_as_printed(text: str, amount: str) -> None:
    assert parse_value(text) == Value(Decimal(amount), "reported")


@pytest.mark.parametrize(
    "text",
    [
        "1,23", "12,04", "1,2345", "0,123", "1234,567", ",123", "1,", "12 3", "12\n3", "1\u200b2", "1\u00a0204", "1_000", "²",
        "5²", "5①", "①", "٣", "५", "Ⅴ", "五", "〇", "1e3", "0x10", "1.2.3", "1.", ".5", "00", "01", "3-5", "3/4", "约100", "100余",
        "18万余", "5%%", "--5", "5-", "(5)", "（5）", "5*", "暂无", "N/A", "NaN", "inf", "None", "见附件", "1234567890123456",
        "5。", "5，", "O", "l0", "一", "\ufffd", "5\x00", "\u202e21",
    ],
)  # fmt: skip
def test_what_is_not_certainly_a_number_is_unreadable(text: str) -> None:
    assert parse_value(text) == Value(None, "unreadable")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", "blank"), (" \u00a0\u3000\n", "blank"), ("\u200b", "blank"), ("无", "none_word"), (" 无 ", "none_word"),
        ("/", "dash"), ("／", "dash"), ("-", "dash"), ("—", "dash"), ("——", "dash"), ("－", "dash"), ("ー", "dash"), ("\\", "dash"),
    ],
)  # fmt: skip
def test_a_cell_without_a_figure_says_why(text: str, status: str) -> None:
    assert parse_value(text) == Value(None, status)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("251000元", ("251000", "元")), ("477.35 万元", ("477.35", "万元")), ("3394人次", ("3394", "人次")), ("5 件", ("5", "件")),
        ("33.85%", ("33.85", "%")), ("４％", ("４", "%")), ("件", ("件", "")), ("192", ("192", "")), ("12 3件", ("12 3", "件")),
        ("12\n3", ("12\n3", "")), ("", ("", "")), ("5条次", ("5", "条次")), ("\u202e21", ("\u202e21", "")),
    ],
)  # fmt: skip
def test_the_unit_at_the_end_of_a_cell_is_parted_and_nothing_else(text: str, parts: tuple[str, str]) -> None:
    assert split_unit(text) == parts


@given(CELL)
def test_parting_a_unit_never_makes_a_figure_of_what_is_none(text: str) -> None:
    bare, unit = split_unit(text)
    if parse_value(bare).status == "reported":
        inside = text.strip(BLANKS).removesuffix(unit).removesuffix("％")
        assert not re.search(r"\d\s+\d", inside)
        assert "".join(bare.split()) in "".join(text.split())


@given(st.sampled_from(UNITS), st.integers(0, 10**9))
def test_a_figure_with_its_unit_is_the_figure(unit: str, amount: int) -> None:
    assert split_unit(f" {amount:,} {unit}\n") == (f"{amount:,}", unit)
    assert parse_value(f"{amount:,}{unit}", unit) == Value(Decimal(amount), "reported")


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("件", "件"), (" 人次 ", "人次"), ("（单位：万元）", "万元"), ("(万元)", "万元"), ("单位:条", "条"), ("％", "%"), ("", ""),
        ("——", ""), ("件数", ""), ("5件", ""), ("单位", ""), ("人 次", "人次"),
    ],
)  # fmt: skip
def test_a_unit_cell_names_a_known_unit_or_none(text: str, unit: str) -> None:
    assert find_unit(text) == unit


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("（一）收到申请数", "收到申请数"), ("(一)收到申请数", "收到申请数"), ("（一）、收到申请数", "收到申请数"),
        ("一、主动公开情况", "主动公开情况"), ("1.当面申请数", "当面申请数"), ("1、当面申请数", "当面申请数"),
        ("1）当面申请数", "当面申请数"), ("①当面申请数", "当面申请数"), ("1当面申请数", "当面申请数"), ("⑴当面申请数", "当面申请数"),
        ("其中：涉及 国家秘密", "涉及国家秘密"), ("其中:1.涉及国家秘密", "涉及国家秘密"), ("规 章", "规章"), ("规\n章", "规章"),
        ("　收到申请数：", "收到申请数"), ("不是《条例》所指政府信息", "不是条例所指政府信息"),
        ("“三公经费”", "三公经费"), ("主动公开政府信息数（不同渠道和方式公开相同信息计1条）", "主动公开政府信息数"),
        ("主动公开政府信息数[注1]", "主动公开政府信息数"), ("经费（不包括（一）类）", "经费"), ("本年增/减", "本年增/减"),
        ("第二十条第（一）项", "第二十条第(一)项"), ("２.传真申请数", "传真申请数"), ("（单位：万元）", "(单位:万元)"), ("（一）", "(一)"),
        ("（注）1.当面申请数", "当面申请数"),
        ("\ufeff收到\u200b申请数", "收到申请数"), ("", ""), ("\u3000", ""),
    ],
)  # fmt: skip
def test_a_label_is_compared_without_its_trimmings(text: str, label: str) -> None:
    assert clean_label(text) == label


@given(st.text(alphabet="一二三、.（）()其中:：收到申请数1２①《》“ \u3000[]【】条", max_size=16))
def test_cleaning_a_label_twice_changes_nothing(text: str) -> None:
    assert clean_label(clean_label(text)) == clean_label(text)


def test_cleaning_a_spelling_of_a_form_twice_changes_nothing(registry: Registry) -> None:
    for form in registry.forms.values():
        for table in form.tables.values():
            for label in (*table.rows, *table.columns):
                assert clean_label(label) == label


def test_no_two_rows_of_a_form_fall_on_one_label_under_one_parent(registry: Registry) -> None:
    for form in registry.forms.values():
        for label, meant in form.row_spellings.items():
            parents = [row.parent_id for row in meant]
            assert len(set(parents)) == len(parents), (
                f"{form.form}: {label} means {[row.indicator_id for row in meant]}"
            )


def test_every_row_of_the_form_is_known_by_its_own_label(registry: Registry) -> None:
    form = registry.forms["2014"]
    for row in form.rows:
        assert row in form.row_spellings[clean_label(row.label_zh)]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  收到\u00a0申请数 \n 192 ", "收到 申请数 192"), ("\ufeff", ""), ("a\u200bb", "a b"), ("a\t\r\nb", "a b"),
        ("１　２", "１ ２"), ("²", "²"), ("\u2028a\u2029", "a"),
    ],
)  # fmt: skip
def test_white_space_becomes_one_blank_and_nothing_else_changes(text: str, clean: str) -> None:
    assert clean_text(text) == clean


@given(st.text())
def test_cleaning_text_twice_changes_nothing(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


@given(st.decimals(min_value=-(10**14), max_value=10**14, places=4, allow_nan=False))
def test_a_formatted_amount_is_the_same_amount_without_an_exponent(amount: Decimal) -> None:
    text = format_amount(amount)
    assert Decimal(text) == amount
    assert re.fullmatch(r"-?\d+(\.\d*[1-9])?", text)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("增9", 9), ("减4", -4), ("增加12项", 12), ("减少 1", -1), ("↑393", 393), ("↓4", -4), ("↑ 1,204", 1204),
        ("减-4", None), ("增减4", None), ("增", None), ("9增", None), ("增约5", None), ("减3 4", None), ("增/减", None),
    ],
)  # fmt: skip
def test_a_change_in_words_has_the_sign_of_its_word(text: str, amount: int | None) -> None:
    assert parse_change(text).amount == amount
