"""Small files of every kind to begin from, made by code: a fuzzer that starts from nothing learns no format."""

from functools import cache

from tests.conftest import PAGES
from tests.read import office_files as files
from tests.read.hostile import mail, open_sheet, pdf_page, xml_book
from tests.read.pdf_pages import print_table
from tests.read.test_opendocument import content
from tests.read.test_sheet import BIFF5, write_biff5
from tests.read.test_word import XML_2003

CELLS = "<table><caption>表</caption><tr><th rowspan=2>收到申请数<th>件<th>192<tr><td colspan=2>1,204</table>"
TABLE = files.Table((("统计指标", "单位", "统计数"), ("收到申请数", "件", "192")), ((0, 0, 0, 0),))


@cache
def list_seeds() -> dict[str, bytes]:
    """Return the files by what they are."""
    page = f"<html><head><meta charset=gbk><title>2018年度报告</title></head><body><h1>年度报告</h1>{CELLS}<p>共192件。"
    rows = "<table:table><table:table-row><table:table-cell><text:p>192</text:p></table:table-cell></table:table-row></table:table>"
    return {
        "report": (PAGES / "huairou_2018.html").read_bytes(),
        "page": page.encode(),
        "page in GBK": page.encode("gbk"),
        "page in UTF-16": page.encode("utf-16"),
        "text": "统计指标\t单位\t统计数\n收到申请数\t件\t192\n".encode(),
        "csv": "统计指标,单位,统计数\r\n收到申请数,件,\"1,204\"\r\n".encode(),
        "docx": files.write_docx([TABLE]),
        "xlsx": files.write_xlsx([TABLE]),
        "xls": files.write_xls([TABLE]),
        "xls of Excel 95": write_biff5(BIFF5),
        "doc": files.write_doc("标题\r收到申请数\x07件\x07192\x07\x07"),
        "pdf": print_table(TABLE),
        "pdf by hand": pdf_page(b"BT/F 9 Tf 50 700 Td(192)Tj ET"),
        "mhtml": mail(page),
        "book in XML": xml_book("<Row><Cell ss:MergeAcross='1'><Data ss:Type='Number'>192</Data></Cell></Row>"),
        "Word in XML": XML_2003.replace("{}", "utf-8", 1).replace("{}", files.word_table(files.word_cell("192"))).encode(),
        "odt": files.write_zip({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content(rows, "text")}),
        "ods": open_sheet("<table:table-row><table:table-cell><text:p>192</text:p></table:table-cell></table:table-row>"),
        "flat odt": content(rows, "text", "document").encode(),
        "zip": files.write_zip({"report.html": page}),
        "rtf": b"{\\rtf1\\ansi\\trowd\\cellx1\\intbl 192\\cell\\row}",
    }  # fmt: skip
