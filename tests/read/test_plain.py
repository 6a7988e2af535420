"""Plain text: what a reader's browser copied, as it is, with one kind of line end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.errors import ReadError
from flows.read import read_document
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


# CSV


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_table_in_csv_is_a_grid(mark: str, charset: str) -> None:
    lines = [
        "统计表##",
        "统计指标#单位#统计数",
        "收到申请数#件#192",
        '"其中：\n当面申请"#件#"1,204"',
        "##",
        "（二）#万元#0",
    ]
    data = "\r\n".join(lines).replace("#", mark).encode(charset)
    document = read_document(data, "report.csv")
    assert [grid.rows for grid in document.grids] == [
        (
            ("统计表", "", ""),
            ("统计指标", "单位", "统计数"),
            ("收到申请数", "件", "192"),
            ("其中： 当面申请", "件", "1,204"),
        ),
        (("（二）", "万元", "0"),),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "收到192件,答复205件", "收到192件,\n答复205件", "a,b\nc,d,e", 'a,"b\nc,d', "收到申请数\t192\n\n正文",
        "收到,1,204\n答复,205", "a，b\nc，d",
    ],
)  # fmt: skip
def test_text_that_is_not_a_table_throughout_stays_text(text: str) -> None:
    assert read_document(text.encode(), "report.txt").grids == ()
