"""Bytes to text: the right characters whatever the page declares, or a refusal that says where."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.decode import decode_text
from flows.errors import ReadError

SENTENCES = "本页为测试合成：怀柔区2018年收到政府信息公开申请192件，答复205件；依据国办发〔2014〕32号，其中“不同意公开”12件。"
ENCODINGS = {
    "utf-8": b"", "utf-8-sig": b"", "gb2312": b"", "gbk": b"", "gb18030": b"", "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
}  # fmt: skip
LENGTHS = (200, 1_000, 20_000, 300_000)
DECLARED = (
    "", "utf-8", "UTF-8", "gb2312", "GBK", "gb18030", "big5", "iso-8859-1", "latin-1", "windows-1252", "us-ascii", "utf-16",
    "utf-7", "shift_jis", "euc-jp", "euc-kr", "x-gbk", "unicode_escape", "rot13", "hex", "undefined", "idna", "nonsense", "'",
)  # fmt: skip


def page_of(length: int, charset: str, declared: str) -> str:
    """Return a synthetic page of at least that many bytes with a character that gb2312 does not have, where it may."""
    text = SENTENCES if charset != "gb2312" else SENTENCES.replace("〔", "[").replace("〕", "]")
    head = (
        f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={declared}"></head><body>'
    )
    return head + text * (length // len(text.encode(charset)) + 1)


@pytest.mark.parametrize("declared", DECLARED)
@pytest.mark.parametrize("charset", ENCODINGS)
def test_a_page_is_decoded_rightly_whatever_its_server_and_its_meta_tag_declare(
    charset: str, declared: str
) -> None:
    for length in LENGTHS:
        page = page_of(length, charset, declared)
        data = ENCODINGS[charset] + page.encode(charset)
        for said in (declared, "", "iso-8859-1", "utf-8"):
            assert decode_text(data, "page", said).removeprefix("\ufeff") == page


@pytest.mark.parametrize("character", ["〔", "𠮷", "㎡", "€", "·", "—", "\u3000", "龍"])
def test_a_page_that_says_gb2312_may_use_every_character_of_gb18030(character: str) -> None:
    page = f'<meta charset="gb2312">{SENTENCES}{character}{SENTENCES}'
    assert decode_text(page.encode("gb18030"), "page") == page


def test_a_page_in_big5_that_says_so_is_decoded() -> None:
    page = '<meta charset="big5">' + "本頁為測試合成：收到申請192件，依規範性檔案答覆205件。" * 5
    assert decode_text(page.encode("big5"), "page") == page


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert decode_text(codecs.BOM_UTF8 + "收到".encode(), "page") == "收到"
    assert decode_text("收到".encode("utf-16"), "page") == "收到"


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=60), st.sampled_from(DECLARED))
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
