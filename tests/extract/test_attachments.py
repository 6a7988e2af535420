"""Pages whose tables are in attachments: followed beside the page, named in every place, guarded against other reports'."""

import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import docx
import pytest
import xlsxwriter  # type: ignore[import-untyped]

from flows.errors import FormError, ReadError
from flows.extract.attachments import extract_attached
from flows.files import find_beside
from flows.harvest.archive import append_captures
from flows.model import Document, Extraction, Link
from flows.read import read_document
from flows.registry import Registry
from tests.command import run_gongkai
from tests.conftest import PAGES
from tests.harvest.test_archive import FETCHED

SUQIAN = (PAGES / "suqian_2024.html").read_text(encoding="utf-8")
TITLE = "宿迁市2024年政府信息公开工作年度报告"


def cover(*links: str, title: str = TITLE) -> str:
    """Return a page of the report that prints no table, with links."""
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>统计表见附件。</p>{''.join(links)}</body></html>"


def link(name: str, text: str = "附件：统计表") -> str:
    return f'<p><a href="{name}">{text}</a></p>'


def tables_of(document: Document) -> list[list[list[str]]]:
    """Return the tables of a page cell by cell, blank where a cell spans."""
    return [
        [
            ["" if (at, column) in grid.continued else text for column, text in enumerate(row)]
            for at, row in enumerate(grid.rows)
        ]
        for grid in document.grids
    ]


@pytest.fixture(scope="module")
def whole() -> Document:
    return read_document(SUQIAN.encode(), "suqian")


def as_workbook(tables: list[list[list[str]]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for table in tables:
            sheet = book.add_worksheet()
            for at, row in enumerate(table):
                for column, text in enumerate(row):
                    sheet.write_string(at, column, text)
    return out.getvalue()


def as_word(tables: list[list[list[str]]]) -> bytes:
    document = docx.Document()
    for rows in tables:
        table = document.add_table(len(rows), len(rows[0]))
        for at, row in enumerate(rows):
            for column, text in enumerate(row):
                table.cell(at, column).text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def extract(registry: Registry, page: str, files: Mapping[str, bytes]) -> Extraction:
    def load(link: Link) -> Document | None:
        return read_document(files[link.url], link.url) if link.url in files else None

    return extract_attached(read_document(page.encode(), "page.html"), registry, load)


def figures(extraction: Extraction) -> dict[str, str]:
    return {
        f"{each.indicator_id}|{each.applicant}": each.raw_value
        for each in extraction.observations
        if each.reading == "table"
    }


def rules(extraction: Extraction) -> set[str]:
    return {finding.rule_id for finding in extraction.findings}


@pytest.fixture(scope="module")
def expected(registry: Registry) -> dict[str, str]:
    return figures(extract(registry, SUQIAN, {}))


@pytest.mark.parametrize("write", [as_workbook, as_word])
def test_tables_in_one_attachment_are_read_under_the_title_of_the_page(
    registry: Registry, whole: Document, expected: dict[str, str], write: object
) -> None:
    assert callable(write)
    found = extract(registry, cover(link("a.bin.xlsx")), {"a.bin.xlsx": write(tables_of(whole))})
    assert figures(found) == expected
    assert (found.header.year, found.header.title) == (2024, TITLE)
    places = {
        each.locator.split(": ")[0] for each in found.observations if each.locator and each.reading == "table"
    }
    assert places == {"attachment 1"}
    assert any(
        "a.bin.xlsx" in finding.message.en
        for finding in found.findings
        if finding.rule_id == "attachment_read"
    )


def test_one_table_in_each_of_three_attachments_makes_one_report(
    registry: Registry, whole: Document, expected: dict[str, str]
) -> None:
    files = {f"{n}.xlsx": as_workbook([table]) for n, table in enumerate(tables_of(whole))}
    found = extract(registry, cover(*map(link, files)), files)
    assert figures(found) == expected
    assert {
        each.locator.split(":")[0] for each in found.observations if each.reading == "table" and each.locator
    } == {f"attachment {n}" for n in range(1, len(files) + 1)}


def test_flattened_text_in_an_attachment_is_placed_from_its_own_beginning(
    registry: Registry, whole: Document
) -> None:
    found = extract(registry, cover(link("a.csv")), {"a.csv": whole.text.encode()})
    read = [each for each in found.observations if each.locator.startswith("attachment 1: text ")]
    assert len(read) > 190
    for each in read:
        start, end = map(int, each.locator.removeprefix("attachment 1: text ").split("-"))
        assert whole.text[start:end].strip().startswith(each.raw_value)


def test_a_page_with_its_own_tables_follows_nothing(registry: Registry, expected: dict[str, str]) -> None:
    page = SUQIAN.replace("</body>", link("a.xlsx") + "</body>")
    found = extract(registry, page, {"a.xlsx": b"\x00 would be refused"})
    assert figures(found) == expected
    assert rules(found).isdisjoint({"attachment_read", "attachment_unread", "attachment_missing"})


def test_the_attachment_of_another_year_is_left_out_by_name(registry: Registry, whole: Document) -> None:
    old = SUQIAN.replace("2024", "2023").encode()
    with pytest.raises(FormError, match=r"old\.mht.*2023"):
        extract(registry, cover(link("old.mht")), {"old.mht": old})
    found = extract(
        registry,
        cover(link("old.mht"), link("new.xlsx")),
        {"old.mht": old, "new.xlsx": as_workbook(tables_of(whole))},
    )
    assert found.header.year == 2024
    assert "attachment_other" in rules(found)


def test_an_attachment_that_is_not_there_is_named_in_the_refusal(registry: Registry) -> None:
    with pytest.raises(FormError) as caught:
        extract(registry, cover(link("files/统计表.doc")), {})
    assert all("files/统计表.doc" in text for text in caught.value.text)


def test_an_attachment_that_cannot_be_read_says_why(registry: Registry, whole: Document) -> None:
    files = {"scan.pdf": b"%PDF-1.4\nnothing", "good.xlsx": as_workbook(tables_of(whole))}
    found = extract(registry, cover(link("scan.pdf"), link("good.xlsx")), files)
    assert "attachment_unread" in rules(found)
    with pytest.raises(FormError, match=r"scan\.pdf"):
        extract(registry, cover(link("scan.pdf")), files)


@pytest.mark.parametrize(
    "markup",
    [
        '<iframe src="/pdfjs/web/viewer.html?file=%2Ffiles%2Fa.pdf"></iframe>', '<embed src="/files/a.pdf">',
        '<object data="/files/a.pdf"></object>', '<a href="/files/a.pdf">下载</a>', '<IFRAME SRC="/files/a.pdf">',
    ],
)  # fmt: skip
def test_files_are_found_however_a_page_shows_them(markup: str) -> None:
    (found,) = read_document(cover(markup).encode(), "page.html").links
    assert found.url == "/files/a.pdf"


def test_pictures_of_the_frame_and_links_to_pages_are_no_attachments() -> None:
    page = cover(
        '<img src="logo.png">',
        '<img src="t.png" width="24">',
        '<a href="b.html">x</a>',
        '<a href="javascript:a.pdf">x</a>',
    )
    assert read_document(page.encode(), "page.html").links == ()
    (picture,) = read_document(cover('<img src="W020240122.png" alt="表二">').encode(), "page.html").links
    assert (picture.url, picture.text, picture.kind) == ("W020240122.png", "表二", "picture")


# Beside a saved page


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("a.xlsx", "a.xlsx"), ("files/a.xlsx", "files/a.xlsx"), ("./%E7%BB%9F%E8%AE%A1.xlsx", "统计.xlsx"),
        ("http://www.example.org/x/a.xlsx?v=1", "a.xlsx"), ("/x/a.xlsx", "page_files/a.xlsx"), ("a.xlsx#p", "page.files/a.xlsx"),
    ],
)  # fmt: skip
def test_a_file_is_found_beside_its_page(tmp_path: Path, url: str, place: str) -> None:
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_bytes(b"x")
    assert find_beside(tmp_path / "page.html", Link(url, "", "file")) == tmp_path / place


@pytest.mark.parametrize(
    "url",
    [
        "../secret.xlsx",
        "/etc/passwd",
        "..%2Fsecret.xlsx",
        "link.xlsx",
        "",
        "\x00.pdf",
        "http://[",
        "a" * 5000,
    ],
)
def test_nothing_outside_of_the_folder_is_opened(tmp_path: Path, url: str) -> None:
    (tmp_path / "secret.xlsx").write_bytes(b"x")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.xlsx").symlink_to(tmp_path / "secret.xlsx")
    assert find_beside(inside / "page.html", Link(url, "", "file")) is None


def test_the_command_follows_the_attachment_of_a_saved_page(tmp_path: Path, whole: Document) -> None:
    (tmp_path / "page.html").write_text(cover(link("a.xlsx")), encoding="utf-8")
    ran = run_gongkai("extract", tmp_path / "page.html")
    assert (ran.code, "a.xlsx" in ran.err) == (1, True)
    (tmp_path / "a.xlsx").write_bytes(as_workbook(tables_of(whole)))
    ran = run_gongkai("extract", tmp_path / "page.html")
    assert ran.out.count("attachment 1: table") == 200


def test_a_readers_own_failure_is_told_apart_from_a_file_that_is_not_there() -> None:
    with pytest.raises(ReadError):
        read_document(b"%PDF-1.4\nnothing", "scan.pdf")


def test_show_prints_the_tables_of_an_attachment_beside_its_page(tmp_path: Path, whole: Document) -> None:
    (tmp_path / "page.html").write_text(cover(link("a.xlsx")), encoding="utf-8")
    (tmp_path / "a.xlsx").write_bytes(as_workbook(tables_of(whole)))
    ran = run_gongkai("show", tmp_path / "page.html")
    assert ran.code == 0
    assert "attachment 1: table 1" in ran.out
    assert "reported 200" in ran.out


@pytest.mark.parametrize(("lang", "words"), [("en", "attachment: "), ("zh", "附件: ")])
def test_a_figure_of_an_attachment_is_traced_to_its_cell_and_its_address(
    tmp_path: Path, registry: Registry, whole: Document, lang: str, words: str
) -> None:
    page = replace(
        FETCHED, body_id="321300", year=2024, url="https://www.suqian.gov.cn/t1.html",
        payload=cover(link("files/a.xlsx")).encode(),
    )  # fmt: skip
    file = replace(
        page, url="https://www.suqian.gov.cn/files/a.xlsx", payload=as_workbook(tables_of(whole)),
        media_type="application/octet-stream", parent_id=page.capture_id,
    )  # fmt: skip
    append_captures(tmp_path, [page, file], [])
    ran = run_gongkai("trace", "321300", "2024", "v2021.application.new", "--lang", lang, "--raw", tmp_path)
    assert ran.code == 0, ran.err
    assert "attachment 1: table " in ran.out
    assert f"{words}{file.url}" in ran.out
    (cell,) = (line for line in ran.out.splitlines() if line.startswith("   → r"))
    figure = next(line.split(": ")[1] for line in ran.out.splitlines() if line.startswith(("figure", "数值")))
    assert figure in cell.split(" | ")
