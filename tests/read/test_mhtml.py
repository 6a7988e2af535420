"""Saved pages (MHTML): the page inside is read as if it came alone, whatever its parts are encoded in."""

import base64
import quopri
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart

import pytest

from flows.errors import ReadError
from flows.read import read_document
from flows.read.kinds import MHTML, find_media_type
from tests.conftest import PAGES

REPORT = (PAGES / "huairou_2018.html").read_bytes()
HEAD = "From: <Saved by Blink>\r\nSnapshot-Content-Location: http://www.example.org/\r\nMIME-Version: 1.0\r\n"


def save(charset: str, encoding: str, declared: str, head: str = HEAD) -> bytes:
    """Return the report as a browser saves it: in a charset, a transfer encoding, with what the part declares."""
    page = REPORT.decode().encode(charset)
    body = {"base64": base64.encodebytes(page), "quoted-printable": quopri.encodestring(page), "8bit": page}[
        encoding
    ]
    said = f'; charset="{declared}"' if declared else ""
    return (
        (
            f'{head}Content-Type: multipart/related;\r\n\ttype="text/html";\r\n\tboundary="--b--"\r\n\r\n'
            f"----b--\r\nContent-Type: text/html{said}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
        ).encode()
        + body
        + b"\r\n----b--\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0=\r\n----b----\r\n"
    )


@pytest.mark.parametrize("declared", ["", "utf-8", "gb2312", "iso-8859-1", "nonsense"])
@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_a_saved_page_reads_as_the_page(charset: str, encoding: str, declared: str) -> None:
    data = save(charset, encoding, declared)
    assert find_media_type(data) == MHTML
    document = read_document(data, "report.mht")
    alone = read_document(REPORT, "report.mht")
    assert (document.grids, document.headings) == (alone.grids, alone.headings)


def test_what_is_behind_a_mark_or_begins_otherwise_is_a_saved_page_too() -> None:
    for head in (
        "MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n",
        'From: "x"\nSubject: =?utf-8?B?5oql?=\n =?utf-8?B?5ZGK?=\nMIME-Version: 1.0\n',
    ):
        assert len(read_document(save("utf-8", "base64", "utf-8", head), "report.doc").grids) == 1


def test_the_sheets_of_a_saved_workbook_follow_each_other() -> None:
    mail = MIMEMultipart("related")
    for text in (
        "<frameset><frame src=sheet001.htm></frameset>",
        "<p>表一</p><table><tr><td>甲<td>1</table>",
        "<table><tr><td>乙<td>2</table>",
    ):
        part = MIMENonMultipart("text", "html", charset="utf-8")
        part.set_payload(text, "utf-8")
        mail.attach(part)
    mail["From"] = "x"
    data = mail.as_bytes().replace(b"\n", b"\r\n")
    document = read_document(data, "book.xls")
    assert [(grid.locator, grid.rows) for grid in document.grids] == [
        ("table 1", (("甲", "1"),)),
        ("table 2", (("乙", "2"),)),
    ]
    for grid, line in zip(document.grids, ("甲\t1\n", "乙\t2\n"), strict=True):
        assert document.text[grid.start : grid.end] == line


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda data: data[: len(data) // 2], "damaged"), (lambda data: data.replace(b"text/html", b"text/plain"), "without a page"),
        (lambda data: data[: data.rindex(b"----b----")], "CloseBoundary"),
    ],
    ids=["cut", "no page", "no end"],
)  # fmt: skip
def test_a_saved_page_that_is_not_whole_is_refused(change: object, says: str) -> None:
    assert callable(change)
    with pytest.raises(ReadError) as caught:
        read_document(change(save("utf-8", "base64", "utf-8")), "report.mht")
    assert says in caught.value.text.en
    assert caught.value.text.zh.startswith("report.mht")


def test_a_plain_page_sent_as_a_mail_is_a_page() -> None:
    mail = EmailMessage()
    mail["From"] = "x"
    mail.set_content("<table><tr><td>收到申请数<td>192</table>", subtype="html")
    assert read_document(mail.as_bytes(), "a.eml").grids[0].rows == (("收到申请数", "192"),)
