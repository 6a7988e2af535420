"""What is said of figures that are not certain: which figure and which mark a cell holds, and counts with decimals."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.extract.doubts import describe_unreadable
from flows.model import Finding, Value
from flows.registry import Registry
from tests.extract.test_units import BUDGET, RECEIVED, observed, statistics


def findings(registry: Registry, rule: str, **written: str) -> list[Finding]:
    return [each for each in statistics(registry, units=True, **written).findings if each.rule_id == rule]


@pytest.mark.parametrize("printed", ["40.817", "186.342", "40.000", "312.5"])
def test_a_count_with_decimals_is_stated_as_printed_with_a_finding(printed: str, registry: Registry) -> None:
    each = observed(statistics(registry, received=printed), RECEIVED)
    assert (each.value.status, str(each.value.amount), each.raw_value) == ("reported", printed, printed)
    (finding,) = findings(registry, "decimal_count", received=printed)
    assert finding.cells == (f"{RECEIVED}|total",)
    assert f"'{printed}'" in finding.message.en


@pytest.mark.parametrize("printed", ["40817", "40,817", "312.0", "312.00"])
def test_a_whole_count_needs_no_finding(printed: str, registry: Registry) -> None:
    assert not findings(registry, "decimal_count", received=printed)


def test_money_may_have_decimals(registry: Registry) -> None:
    assert observed(statistics(registry, budget="7.255"), BUDGET).value.status == "reported"
    assert not findings(registry, "decimal_count", budget="7.255")


@pytest.mark.parametrize(
    ("cell", "figure", "mark"),
    [
        ("40817<sup>1</sup>", "40817", "¹"), ("186342②", "186342", "②"), ("40817<a href='#f1'>1</a>", "40817", "1"),
        ("<i hidden>7</i>312", "312", "[hidden: 7]"), ("31<img src='2.gif'>", "31", "[image: 2.gif]"),
    ],
)  # fmt: skip
def test_a_mark_beside_a_figure_leaves_it_unreadable_and_the_finding_names_both(
    cell: str, figure: str, mark: str, registry: Registry
) -> None:
    each = observed(statistics(registry, received=cell), RECEIVED)
    assert (each.value.status, each.value.amount) == ("unreadable", None)
    (finding,) = findings(registry, "unreadable_cell", received=cell)
    assert f"the figure {figure} with '{mark}' beside it" in finding.message.en
    assert f"数字 {figure} 旁有“{mark}”" in finding.message.zh


@pytest.mark.parametrize(
    ("cell", "figure"),
    [
        ("40817<sup>[1]</sup>", 40817), ("186342<sup>②</sup>", 186342), ("<sup>（2）</sup>312", 312),
        ("<del>40718</del>40817", 40817), ("40,817 <s>1</s>", 40817), ("<u style='text-decoration:line-through'>9</u>0", 0),
    ],
)  # fmt: skip
def test_a_figure_whose_markup_tells_what_stands_beside_it_is_read_with_a_finding(
    cell: str, figure: int, registry: Registry
) -> None:
    each = observed(statistics(registry, received=cell), RECEIVED)
    assert each.value == Value(Decimal(figure), "reported")
    (finding,) = findings(registry, "marked_figure", received=cell)
    assert (finding.cells, f"'{each.raw_value}'" in finding.message.en) == ((f"{RECEIVED}|total",), True)


@pytest.mark.parametrize(
    "cell", ["<del>40718</del>", "<del>40</del>81 7", "<s>1</s>约5", "2<sup>10</sup>3<del>4</del>"]
)
def test_a_struck_figure_alone_or_beside_what_is_no_figure_is_unreadable(
    cell: str, registry: Registry
) -> None:
    assert observed(statistics(registry, received=cell), RECEIVED).value.status == "unreadable"


@pytest.mark.parametrize(
    "cell", ["<img src='W020240122.png'>", "<canvas></canvas>", "<input>", "<script>f()</script>"]
)
def test_a_cell_that_is_not_seen_to_be_empty_is_unreadable_and_not_blank(
    cell: str, registry: Registry
) -> None:
    each = observed(statistics(registry, received=cell), RECEIVED)
    assert each.value.status == "unreadable"
    (finding,) = findings(registry, "unreadable_cell", received=cell)
    assert each.raw_value.startswith("[")
    assert each.raw_value in finding.message.en


@given(st.text(max_size=30))
def test_whatever_a_cell_holds_is_quoted_whole(raw: str) -> None:
    assert describe_unreadable(raw).en.startswith(f"'{raw}'")
