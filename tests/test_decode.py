"""Bytes to text: the right characters whatever the page declares, or a refusal that says where."""

import codecs
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.cells import parse_value
from flows.decode import decode_text
from flows.errors import ReadError
from flows.model import Value

SENTENCES = "本页为测试合成：怀柔区2018年收到政府信息公开申请192件，答复205件；依据国办发〔2014〕32号，其中“不同意公开”12件。"
TRADITIONAL = (
    "本頁為測試合成：懷柔區2018年收到政府信息公開申請192件，答覆205件；依據國辦發32號，其中“不同意公開”12件。"
)
ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "gb2312",
    "gbk",
    "gb18030",
    "big5",
    "cp950",
    "utf-16-le",
    "utf-16-be",
    "utf-16",
)
LENGTHS = (200, 1_000, 5_000, 20_000, 300_000)
LONG = ("", "utf-8", "gbk", "big5", "iso-8859-1", "utf-16")  # for these at every length
DECLARED = (
    "", "utf-8", "UTF-8", "gb2312", "GBK", "gb18030", "big5", "iso-8859-1", "latin-1", "windows-1252", "us-ascii", "utf-16",
    "utf-7", "shift_jis", "euc-jp", "euc-kr", "x-gbk", "unicode_escape", "rot13", "hex", "undefined", "idna", "nonsense", "'",
)  # fmt: skip


def page_of(length: int, charset: str, declared: str) -> str:
    """Return a synthetic page of at least that many bytes with a character that gb2312 does not have, where it may."""
    text = TRADITIONAL if charset in ("big5", "cp950") else SENTENCES
    if charset == "gb2312":
        text = text.replace("〔", "[").replace("〕", "]")
    head = (
        f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={declared}"></head><body>'
    )
    return head + text * (length // len(text.encode(charset)) + 1)


@pytest.mark.parametrize("declared", DECLARED)
@pytest.mark.parametrize("charset", ENCODINGS)
def test_a_page_is_decoded_rightly_whatever_its_server_and_its_meta_tag_declare(
    charset: str, declared: str
) -> None:
    for length in LENGTHS if declared in LONG else LENGTHS[:3]:
        page = page_of(length, charset, declared)
        data = page.encode(charset)
        for said in (declared, "", "iso-8859-1", "utf-8"):
            assert decode_text(data, "page", said).removeprefix("\ufeff") == page


@pytest.mark.parametrize("character", ["〔", "𠮷", "㎡", "€", "·", "—", "\u3000", "龍"])
def test_a_page_that_says_gb2312_may_use_every_character_of_gb18030(character: str) -> None:
    page = f'<meta charset="gb2312">{SENTENCES}{character}{SENTENCES}'
    assert decode_text(page.encode("gb18030"), "page") == page


@pytest.mark.parametrize("charset", ["gb18030", "cp950", "utf-16-le", "utf-16-be", "utf-8"])
@pytest.mark.parametrize("start", range(0, 40, 3))
def test_eighty_bytes_without_any_declaration_are_enough_to_tell_the_charset(
    charset: str, start: int
) -> None:
    text = (TRADITIONAL if charset == "cp950" else SENTENCES)[start:] * 2
    text = "\n" + text[:40] + "\n"
    assert decode_text(text.encode(charset), "page") == text


def test_traditional_characters_in_gb_18030_are_no_big5() -> None:
    assert decode_text(TRADITIONAL.encode("gb18030"), "page", "big5") == TRADITIONAL


def test_what_is_declared_decides_where_both_charsets_give_common_characters() -> None:
    data = "公开".encode("gb18030")
    assert decode_text(data, "page", "gbk") == "公开"
    assert decode_text(data, "page", "big5") == "鼠羲"
    with pytest.raises(ReadError, match="in doubt: as gb18030 / cp950"):
        decode_text(data, "page")


@pytest.mark.parametrize(
    "data",
    [
        "ページの合成データ。".encode("shift_jis") * 5,
        "Ünïcödé pägé, ñö Chïnésé".encode("cp1252") * 2,
        codecs.BOM_UTF16_LE + (SENTENCES * 2).encode("gb18030"),
    ],
    ids=["Shift JIS", "Latin", "a false mark of UTF-16"],
)  # fmt: skip
def test_bytes_that_decode_but_not_to_chinese_are_refused(data: bytes) -> None:
    with pytest.raises(ReadError) as caught:
        decode_text(data, "page.html")
    for message in caught.value.text:
        assert message.startswith("page.html")


@pytest.mark.parametrize(("whole", "part"), [("gb18030", "utf-8"), ("utf-8", "gb18030"), ("cp950", "utf-8")])
def test_a_page_in_two_charsets_is_refused_with_the_place_where_the_second_begins(
    whole: str, part: str
) -> None:
    text = TRADITIONAL if whole == "cp950" else SENTENCES
    before = (text * 3).encode(whole)
    data = before + "一、本年新收政府信息公开申请数量".encode(part) + (text * 3).encode(whole)
    with pytest.raises(ReadError) as caught:
        decode_text(data, "page.html")
    for message in caught.value.text:
        found = re.search(r"utf-8: byte (\d+)|byte (\d+) begins|第 (\d+) 字节起", message)
        assert found is not None, message
        if whole == "utf-8":
            assert len(before) <= int(found[found.lastindex or 0]) <= len(before) + 6


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "cp950", "utf-16"])
def test_a_page_cut_in_the_middle_of_a_character_says_so(charset: str) -> None:
    text = TRADITIONAL if charset == "cp950" else SENTENCES
    with pytest.raises(ReadError) as caught:
        decode_text((text * 3 + "件").encode(charset)[:-1], "page.html")
    assert "cut" in caught.value.text.en
    assert "截断" in caught.value.text.zh


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "utf-16"])
def test_a_nul_is_refused_with_its_place(charset: str) -> None:
    before = (SENTENCES * 2).encode(charset)
    nul = "\x00".encode(charset.replace("utf-16", "utf-16-le"))
    with pytest.raises(ReadError) as caught:
        decode_text(before + nul + SENTENCES.encode(charset.replace("utf-16", "utf-16-le")), "page.html")
    assert f"byte {len(before) - 2 * (charset == 'utf-16')} is NUL" in caught.value.text.en


def test_a_replacement_character_in_the_source_stays_one() -> None:
    assert decode_text("收到19\ufffd2件".encode(), "page") == "收到19\ufffd2件"
    assert parse_value("19\ufffd2") == parse_value("\ufffd") == Value(None, "unreadable")


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert decode_text(codecs.BOM_UTF8 + "收到".encode(), "page") == "收到"
    assert decode_text("收到".encode("utf-16"), "page") == "收到"


@given(
    st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=60),
    st.sampled_from(DECLARED),
)
def test_utf_8_comes_back_as_it_was(text: str, declared: str) -> None:
    data = text.encode()
    if not data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        assert decode_text(data, "page", declared) == text


@given(st.binary(max_size=200), st.sampled_from(DECLARED))
def test_no_bytes_at_all_become_a_replacement_character(data: bytes, declared: str) -> None:
    try:
        text = decode_text(data, "page", declared)
    except ReadError:
        return
    assert (
        "\ufffd" not in text
        or "\ufffd".encode() in data
        or "\ufffd".encode("gb18030") in data
        or data[:2] in (b"\xff\xfe", b"\xfe\xff")
    )


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"<p>abc\xff\xff", "utf-8: byte 6, gb18030: byte 6"), ("收到申请".encode("gbk") + b"\xff", "utf-8: byte 0, gb18030: byte 8"),
        (codecs.BOM_UTF8 + b"ab\x80", "utf-8-sig: byte 2"), (codecs.BOM_UTF16_LE + b"a\x00b", "utf-16: byte 4"),
        (b"abc\xed\xa0\x80\xff", "utf-8: byte 3"), (b"\xc0\xaf\xff", "utf-8: byte 0"),
    ],
)  # fmt: skip
def test_bytes_that_are_no_text_are_refused_with_the_place_of_the_first_bad_one(
    data: bytes, where: str
) -> None:
    with pytest.raises(ReadError) as caught:
        decode_text(data, "report.html")
    for message in caught.value.text:
        assert message.startswith("report.html")
        assert where in message
