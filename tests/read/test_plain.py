"""Plain text: what a reader's browser copied, as it is, with one kind of line end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.errors import ReadError
from flows.read.plain import read_plain


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends_are_made_equal(ends: str) -> None:
    document = read_plain(ends.join(["收到申请数", "件", "", "192"]).encode(), "report.txt")
    assert document.text == "收到申请数\n件\n\n192"


@given(
    st.text(
        alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\ufeff\x00"), max_size=80
    )
)
def test_every_other_character_stays_where_it_is(text: str) -> None:
    document = read_plain(text.encode(), "report.txt")
    assert (document.name, document.text, document.grids, document.headings) == ("report.txt", text, (), ())


@pytest.mark.parametrize("charset", ["utf-8-sig", "gb2312", "gb18030", "utf-16"])
def test_text_in_another_charset_is_the_same_text(charset: str) -> None:
    text = "怀柔区政府信息公开情况统计表（2018年度）\n收到申请数 192\n" * 5
    assert read_plain(text.encode(charset), "report.txt").text == text


def test_text_that_cannot_be_decoded_is_refused_with_its_name() -> None:
    with pytest.raises(ReadError, match=r"report\.txt.*byte 3"):
        read_plain(b"abc\xff\xff", "report.txt")
