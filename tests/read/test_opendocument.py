"""OpenDocument: the cells of ODT and ODS as they are printed, from a package or one XML file."""

import shutil
import subprocess
from pathlib import Path

import pytest

from flows.errors import ReadError
from flows.read import read_document
from tests.read import office_files as files

SPACES = (
    "".join(
        f' xmlns:{key}="urn:oasis:names:tc:opendocument:xmlns:{key}:1.0"'
        for key in ("office", "table", "text", "style", "drawing", "meta")
    )
    + ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
STYLES = (
    '<office:automatic-styles><style:style style:name="up"><style:text-properties style:text-position="super 58%"/></style:style>'
    '<style:style style:name="down"><style:text-properties style:text-position="-33% 58%"/></style:style>'
    '<style:style style:name="gone"><style:text-properties text:display="none"/></style:style>'
    '<style:style style:name="off" style:family="table"><style:table-properties table:display="false"/></style:style></office:automatic-styles>'
)


def content(body: str, kind: str, root: str = "document-content") -> str:
    return f"<office:{root}{SPACES}>{STYLES}<office:body><office:{kind}>{body}</office:{kind}></office:body></office:{root}>"


def write(body: str, kind: str, **parts: str) -> bytes:
    """Return an ODT (`text`) or ODS (`spreadsheet`) with this XML for a body."""
    media_type = f"application/vnd.oasis.opendocument.{kind}"
    return files.write_zip({"mimetype": media_type, "content.xml": content(body, kind), **parts})


def cell(inside: str, more: str = "") -> str:
    inside = inside if inside.startswith("<") or not inside else f"<text:p>{inside}</text:p>"
    return f"<table:table-cell{more}>{inside}</table:table-cell>"


def table(*rows: str, more: str = "", columns: str = "") -> str:
    """Return a table of these rows, each the XML of its cells or of a row with what it says."""
    whole = (
        row if row.startswith("<table:table-row") else f"<table:table-row>{row}</table:table-row>"
        for row in rows
    )
    return f"<table:table{more}>{columns}{''.join(whole)}</table:table>"


def read_rows(body: str, kind: str = "text") -> tuple[tuple[str, ...], ...]:
    (grid,) = read_document(write(body, kind), "a.odt").grids
    return grid.rows


PIECES = {
    "text": ("192", "192"),
    "spans": ("<text:p>1<text:span>9</text:span>2</text:p>", "192"),
    "blanks": ("<text:p> 规 \n<text:s text:c='3'/>章 </text:p>", "规 章"),
    "a tab and a line break": ("<text:p>规<text:tab/>章<text:line-break/>a</text:p>", "规 章\na"),
    "two paragraphs": ("<text:p>一</text:p><text:p/><text:p>二</text:p>", "一\n二"),
    "raised digits": ("<text:p>123<text:span text:style-name='up'>4</text:span></text:p>", "123 ⁴"),
    "lowered digits": ("<text:p>1<text:span text:style-name='down'>2</text:span>3</text:p>", "1 ₂ 3"),
    "hidden text": ("<text:p>1<text:span text:style-name='gone'>甲</text:span>2</text:p>", "12"),
    "a hidden digit": ("<text:p>1<text:span text:style-name='gone'>9</text:span>2</text:p>", "1 [hidden: 9] 2"),
    "a hidden paragraph": ("<text:p text:style-name='gone'>甲</text:p><text:p>1</text:p>", "1"),
    "a hidden field": ("<text:p>1<text:hidden-text text:string-value='9'>9</text:hidden-text></text:p>", "1"),
    "a note": (
        "<text:p>192<text:note><text:note-citation>1</text:note-citation>"
        "<text:note-body><text:p>x</text:p></text:note-body></text:note></text:p>", "192",
    ),
    "a comment": ("<text:p>192<office:annotation><text:p>8</text:p></office:annotation></text:p>", "192"),
    "reading aids": ("<text:p><text:ruby><text:ruby-base>规</text:ruby-base><text:ruby-text>gui</text:ruby-text></text:ruby></text:p>", "规"),
    "a list": ("<text:list><text:list-item><text:p>规章</text:p></text:list-item></text:list>", "规章"),
    "a link": ("<text:p>13<text:a>99</text:a>3</text:p>", "13993"),
}  # fmt: skip


@pytest.mark.parametrize(("inside", "shown"), PIECES.values(), ids=PIECES)
@pytest.mark.parametrize("kind", ["text", "spreadsheet"])
def test_a_cell_reads_as_it_is_printed(kind: str, inside: str, shown: str) -> None:
    assert read_rows(table(cell(inside) + cell("x")), kind) == ((shown, "x"),)


@pytest.mark.parametrize("kind", ["text", "spreadsheet"])
def test_merged_cells_are_repeated(kind: str) -> None:
    wide = cell("甲", ' table:number-columns-spanned="2" table:number-rows-spanned="2"')
    covered = "<table:covered-table-cell/>"
    below = f'<table:covered-table-cell table:number-columns-repeated="2"/>{cell("2")}'
    rows = table(f"{wide}{covered}{cell('1')}", below)
    document = read_document(write(rows, kind), "a")
    assert document.grids[0].rows == (("甲", "甲", "1"), ("甲", "甲", "2"))
    assert document.grids[0].continued == {(0, 1), (1, 0), (1, 1)}
    assert document.text == "甲\t1\n2\n"


def test_a_cell_that_is_said_to_go_on_beyond_its_table_ends_with_it() -> None:
    (grid,) = read_document(
        write(table(cell("甲", ' table:number-rows-spanned="9"') + cell("1")), "text"), "a.odt"
    ).grids
    assert (grid.rows, grid.continued) == ((("甲", "1"),), frozenset())


def test_blank_rows_of_a_text_are_rows_and_of_a_workbook_part_two_tables() -> None:
    body = table(cell("a") + cell(""), cell("") * 2, cell("b") + cell("1"))
    assert read_rows(body) == (("a", ""), ("", ""), ("b", "1"))
    assert [grid.rows for grid in read_document(write(body, "spreadsheet"), "a.ods").grids] == [
        (("a",),),
        (("b", "1"),),
    ]


def test_repeated_cells_and_rows_are_repeated() -> None:
    zeros = cell("0", ' table:number-columns-repeated="3"')
    rows = f'<table:table-row table:number-rows-repeated="2">{zeros}</table:table-row>'
    assert read_rows(table(rows), "spreadsheet") == (("0",) * 3,) * 2


def test_what_is_hidden_in_a_workbook_is_not_read() -> None:
    columns = '<table:table-column/><table:table-column table:visibility="collapse"/>'
    rows = (
        cell("a") + cell("9") + cell("1"),
        f'<table:table-row table:visibility="filter">{cell("x")}</table:table-row>',
        cell("b"),
    )
    body = table(*rows, columns=columns)
    hidden = table(cell("geheim"), more=' table:style-name="off"')
    document = read_document(write(body + hidden, "spreadsheet"), "a.ods")
    assert [grid.rows for grid in document.grids] == [(("a", "1"), ("b", ""))]
    assert "geheim" not in document.text


def test_text_tables_and_headings_stand_in_reading_order() -> None:
    body = (
        "<text:tracked-changes><text:deletion><text:p>gone</text:p></text:deletion></text:tracked-changes>"
        '<text:h text:outline-level="1">一、总体情况</text:h><text:p>正'
        '<draw:frame xmlns:draw="d"><draw:text-box><text:p>框内</text:p></draw:text-box></draw:frame>文</text:p>'
        f"<text:section>{table(cell(table(cell('a') + cell('1'))) + cell('外'))}</text:section><text:p>完</text:p>"
    )  # fmt: skip
    meta = f"<office:document-meta{SPACES}><office:meta><dc:title>某区2021年年度报告</dc:title></office:meta></office:document-meta>"
    document = read_document(write(body, "text", **{"meta.xml": meta}), "a.odt")
    assert document.text == "一、总体情况\n正文\n框内\na\t1\n外\n完\n"
    assert document.headings == ("一、总体情况", "某区2021年年度报告")


@pytest.mark.parametrize("kind", ["text", "spreadsheet"])
def test_one_xml_file_reads_as_the_package(kind: str) -> None:
    body = table(cell("收到申请数") + cell("192"))
    flat = content(body, kind, "document")
    assert read_document(flat.encode(), "a.fodt").grids == read_document(write(body, kind), "a.odt").grids


def test_a_document_locked_with_a_password_says_so() -> None:
    manifest = '<m:manifest xmlns:m="m"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>'
    with pytest.raises(ReadError, match="password"):
        read_document(write("", "text", **{"META-INF/manifest.xml": manifest}), "a.odt")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("ending", ["odt", "fodt"])
@pytest.mark.parametrize("form", ["2014", "2021"])
def test_the_official_tables_come_back_as_libreoffice_saves_them(
    form: str, ending: str, tmp_path: Path
) -> None:
    printed = list(files.forms()[form])
    source = tmp_path / "report.docx"
    source.write_bytes(files.write_docx(printed))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    subprocess.run(
        ["soffice", "--headless", profile, "--convert-to", ending, "--outdir", str(tmp_path), str(source)],
        check=True, capture_output=True, timeout=100,
    )  # fmt: skip
    grids = read_document(source.with_suffix(f".{ending}").read_bytes(), "report").grids
    assert [(grid.rows, grid.continued) for grid in grids] == [
        (each.rows, each.continued) for each in printed
    ]
