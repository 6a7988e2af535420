"""What a cell shows of its number: certain formats as Excel prints them, every other one as no figure."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.cells import parse_value
from flows.read.shown import is_date_format, name_format, parse_format, show_cell_number, show_number

ACCOUNT = '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ '


@pytest.mark.parametrize(
    ("number", "code", "shown"),
    [
        (192, "General", "192"), (192, "G/通用格式", "192"), (192, "@", "192"), (59237.2449, "0.00", "59237.24"),
        (2.675, "0.00", "2.68"),
        (0.5, "0", "1"), (1.5, "0", "2"), (2.5, "0", "3"), (1204, "#,##0", "1,204"), (251000.5, "#,##0.00_ ", "251,000.50"),
        (1234567, "#,##0", "1,234,567"), (999, "#,##0", "999"), (0, "#,##0", "0"), (0, "#", ""), (12, "000", "012"), (0.5, "0%", "50%"),
        (0.0487, "0.00%", "4.87%"), (192, '0"件"', "192件"), (192, "0件", "192件"),
        (5, "0_);[Red]\\(0\\)", "5"), (-5, "0_);[Red]\\(0\\)", "(5)"),
        (-11, "0", "-11"), (-11, "0;-0", "-11"), (1204, ACCOUNT, "1,204"), (0, ACCOUNT, "-"), (-3, ACCOUNT, "-3"), (7, ";;;", ""),
        (7, '0;0;"无"', "7"), (0, '0;0;"无"', "无"), (72.5, "[$¥-804]#,##0.00", "¥72.50"), (12.5, "0.###", "12.5"),
        (1e15, "0", "1000000000000000"),
    ],
)  # fmt: skip
def test_a_number_is_shown_as_excel_prints_it(number: float, code: str, shown: str) -> None:
    assert show_number(number, code).strip() == shown


@pytest.mark.parametrize(
    "code",
    ["0.00E+00", "# ?/?", "0!.0,", '0!.0,"万"', "[DBNum1]General", "[DBNum2][$-804]0", "[>100]0;0.0", "[h]",
     "000-0000", "0.0,", "x0", "0" * 200, '"无"', ""],
)  # fmt: skip
def test_a_format_that_is_not_certain_makes_the_number_no_figure(code: str) -> None:
    text = show_number(12345.5, code)
    assert parse_value(text).status == "unreadable"
    assert "12345.5" in text


@given(
    st.integers(-(10**14), 10**14),
    st.sampled_from(["General", "0", "#,##0", "0_ ", "#,##0_ ;-#,##0_ ", ACCOUNT]),
)
def test_a_whole_number_stays_the_same_figure_in_every_plain_format(number: int, code: str) -> None:
    value = parse_value(show_number(number, code).strip())
    assert value.amount == number or (number == 0 and code == ACCOUNT and value.status == "dash")


@given(st.floats(-1e12, 1e12, allow_nan=False), st.integers(0, 6))
def test_a_number_with_decimals_is_rounded_to_those_shown(number: float, decimals: int) -> None:
    code = "0." + "0" * decimals if decimals else "0"
    amount = Decimal(show_number(number, code))
    assert abs(amount - Decimal(f"{number:.15g}")) <= Decimal(5).scaleb(-decimals - 1)
    assert max(0, -int(amount.as_tuple().exponent)) == decimals


@given(st.text(max_size=30), st.floats())
def test_no_format_breaks_the_reader_nor_makes_a_figure_of_what_is_none(code: str, number: float) -> None:
    text = show_cell_number(number, code, date(1899, 12, 30))
    assert isinstance(text, str)
    if parse_format(code) is None and not is_date_format(code):
        assert parse_value(text).status == "unreadable"


@pytest.mark.parametrize(
    ("number", "code"), [("0", "General"), ("3", "#,##0"), ("14", "yyyy-mm-dd"), ("57", "yyyy-mm-dd"), ("9999", "General"), ("x", "General")]
)  # fmt: skip
def test_a_format_known_by_its_number_has_a_code(number: str, code: str) -> None:
    assert name_format(number) == code
