"""What kind of file it is, told by its bytes: a page is read, anything else is refused by name."""

import io
import zipfile

import pytest

from flows.errors import ReadError
from flows.read import READERS, read_document
from flows.read.kinds import find_media_type
from flows.read.limits import MAX_BYTES
from tests.read.office_files import write_ole

TABLE = "<table><tr><td>收到申请数</td><td>192</td></tr></table>"
MIB = 1024 * 1024


def zip_of(*names: str) -> bytes:
    """Return a zip file with empty members of these names (synthetic)."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "")
    return file.getvalue()


OTHERS = {
    "RAR": (b"Rar!\x1a\x07\x00" + b"\x00" * 40, "application/vnd.rar"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + b"\x00" * 40, "application/x-7z-compressed"),
    "CEB": (b"Founder CEB 3.0" + b"\x00" * 40, "application/x-ceb"),
    "CAJ": (b"CAJ\x00" + b"\x00" * 40, "application/x-caj"),
    "OFD": (zip_of("OFD.xml", "Doc_0/Document.xml"), "application/ofd"),
    "a locked Office file": (
        write_ole({"EncryptionInfo": b"", "EncryptedPackage": b""}),
        "application/x-encrypted-office",
    ),
    "binary": (b"\x01\x02\x00\x03" * 100, "application/octet-stream"),
    "NUL in a text": ("收到申请数 192\n".encode() + b"\x00", "application/octet-stream"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_of_another_kind_is_refused_with_what_it_is_and_what_is_expected(name: str) -> None:
    data, media_type = OTHERS[name]
    assert find_media_type(data) == media_type
    with pytest.raises(ReadError) as caught:
        read_document(data, "report.html")
    for message in caught.value.text:
        assert message.startswith("report.html")
        assert media_type in message
        assert "DOCX" in message


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n", b"%PDF-", zip_of("word/document.xml", "[Content_Types].xml"),
        zip_of("xl/workbook.xml"), zip_of("report.html"), b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
    ],
    ids=["PDF", "PDF cut", "DOCX", "XLSX", "zip", "zip cut", "old Office"],
)  # fmt: skip
def test_an_office_file_without_a_report_is_refused_in_both_languages(data: bytes) -> None:
    with pytest.raises(ReadError) as caught:
        read_document(data, "report.doc")
    for message in caught.value.text:
        assert message.startswith("report.doc")
    assert caught.value.text.en != caught.value.text.zh


@pytest.mark.parametrize(
    "data",
    [b"", b" ", b"\n\r\n\t ", "\u3000\u00a0\n".encode(), b"\xef\xbb\xbf", b"\xff\xfe", b"\xef\xbb\xbf \n"],
)
def test_an_empty_file_is_refused_with_what_is_expected(data: bytes) -> None:
    with pytest.raises(ReadError) as caught:
        read_document(data, "report.html")
    assert "empty" in caught.value.text.en
    assert "expected a report page" in caught.value.text.en
    assert "为空" in caught.value.text.zh


def test_a_file_may_have_20_mib_and_not_a_byte_more() -> None:
    page = b"<p>" + b"x" * (MAX_BYTES - 3)
    assert len(read_document(page, "report.html").text) == MAX_BYTES - 3 + 1
    with pytest.raises(ReadError) as caught:
        read_document(page + b"x", "report.html")
    for message in caught.value.text:
        assert "20,971,521" in message
        assert "20,971,520" in message


@pytest.mark.parametrize(
    "page",
    [
        TABLE, f"<html><body>{TABLE}", f"\n\n <!-- x -->{TABLE.upper()}", f"<?xml version='1.0'?><html>{TABLE}</html>",
        f"<!DOCTYPE html>{TABLE}",

        f"收到<br>{TABLE}", f"{'x' * 9_000}{TABLE}", f"<div class=a>{TABLE}</div>",
    ],
)  # fmt: skip
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_markup_is_a_page_with_or_without_html_around_it(page: str, charset: str) -> None:
    data = page.encode(charset)
    assert find_media_type(data) == "text/html"
    assert read_document(data, "report").grids[0].rows == (("收到申请数", "192"),)


@pytest.mark.parametrize("text", ["收到申请数 192", "a < b > c", "收到申请数<192>", "x" * 100_000 + TABLE])
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_words_without_markup_at_their_beginning_are_plain_text(text: str, charset: str) -> None:
    document = read_document(text.encode(charset), "report")
    assert document.text == text
    assert document.grids == ()


@pytest.mark.parametrize("name", ["report.pdf", "report", "report.html"])
def test_the_kind_is_told_by_the_bytes_and_never_by_the_name(name: str) -> None:
    assert read_document(TABLE.encode(), name).grids


def test_every_reader_is_for_a_kind_that_the_bytes_can_show() -> None:
    assert {"text/html", "text/plain"} <= set(READERS)
    assert "application/octet-stream" not in READERS
