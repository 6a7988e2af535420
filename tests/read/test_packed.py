"""A zip or gzip file that holds one report is that report; any other says what is in it."""

import gzip

import pytest

from flows.errors import ReadError
from flows.read import read_document
from tests.conftest import PAGES
from tests.read import office_files as files

REPORT = (PAGES / "huairou_2018.html").read_bytes()
BOOK = files.write_xlsx([files.cases_2021()])
BESIDE: dict[str, dict[str, bytes | str]] = {
    "nothing": {},
    "what a browser saves with a page": {"report_files/": "", "report_files/a.css": "td {color: red}", "report_files/b.png": b"\x89PNG\r\n"},
    "what systems add": {"__MACOSX/._report.html": b"\x00\x05", ".DS_Store": b"\x00", "folder/Thumbs.db": b"\x00"},
    "a script": {"a.js": "document.write('<table>')"},
}  # fmt: skip


@pytest.mark.parametrize("beside", BESIDE)
@pytest.mark.parametrize("member", ["report.html", "2018年度报告.html", "folder/报告.doc"])
def test_the_one_report_of_a_zip_is_read_with_its_place_for_a_name(member: str, beside: str) -> None:
    document = read_document(files.write_zip({member: REPORT, **BESIDE[beside]}), "report.zip")
    assert document.grids == read_document(REPORT, "report").grids
    assert document.name == f"report.zip/{member}"


def test_a_name_in_gbk_is_shown_as_it_was_written() -> None:
    data = files.write_zip({"AAAA.html": REPORT}).replace(b"AAAA.html", "年报.html".encode("gbk"))
    assert read_document(data, "a.zip").name == "a.zip/年报.html"


def test_a_workbook_or_a_text_in_a_zip_is_read() -> None:
    assert read_document(files.write_zip({"a.xlsx": BOOK}), "a.zip").grids == read_document(BOOK, "a").grids
    assert read_document(files.write_zip({"a.txt": "收到申请数 192"}), "a.zip").text == "收到申请数 192"


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"a.html": REPORT, "b.html": REPORT}, "2 files that can be a report, expected 1 (a.html, b.html)"),
        ({"a.html": REPORT, "b.xlsx": BOOK}, "2 files that can be a report"),
        ({"a.png": b"\x89PNG\r\n", "b.css": "p {}"}, "0 files that can be a report, expected 1 (a.png, b.css)"),
        ({"a.zip": files.write_zip({"a.html": REPORT})}, "0 files that can be a report"),
    ],
)  # fmt: skip
def test_a_zip_with_none_or_several_says_which(members: dict[str, bytes | str], says: str) -> None:
    with pytest.raises(ReadError) as caught:
        read_document(files.write_zip(members), "report.zip")
    assert says in caught.value.text.en
    assert caught.value.text.zh.startswith("report.zip：压缩包内")


def test_a_gzip_file_is_what_it_holds() -> None:
    document = read_document(gzip.compress(REPORT, mtime=0), "report.html.gz")
    assert document.grids == read_document(REPORT, "report").grids


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (gzip.compress(REPORT, mtime=0)[:-1], "cut"), (gzip.compress(REPORT, mtime=0) + b"more", "more behind its end"),
        (b"\x1f\x8b\x08\x00" + b"x" * 40, "damaged"), (gzip.compress(gzip.compress(REPORT, mtime=0), mtime=0), "gzip archive"),
    ],
    ids=["cut", "more", "noise", "twice"],
)  # fmt: skip
def test_a_gzip_file_that_is_not_whole_or_not_a_report_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(ReadError) as caught:
        read_document(data, "report.gz")
    assert says in caught.value.text.en
