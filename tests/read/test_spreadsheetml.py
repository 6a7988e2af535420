"""Excel 2003 in XML: the same cells as a workbook shows, whatever stands between them."""

import pytest

from flows.cells import parse_value
from flows.errors import ReadError
from flows.read import read_document
from flows.read.kinds import XML_BOOK, find_media_type
from tests.read.hostile import xml_book

STYLES = (
    '<Styles><Style ss:ID="a"><NumberFormat ss:Format="Standard"/></Style><Style ss:ID="b"><NumberFormat ss:Format="0.0%"/></Style>'
    '<Style ss:ID="c"><NumberFormat ss:Format="Short Date"/></Style><Style ss:ID="d"/></Styles>'
)


def cell(text: str, kind: str = "String", **says: str) -> str:
    attributes = "".join(f' ss:{key}="{value}"' for key, value in says.items())
    return f'<Cell{attributes}><Data ss:Type="{kind}">{text}</Data></Cell>'


def read(rows: str, more: str = "") -> tuple[tuple[str, ...], ...]:
    data = (
        xml_book(rows)
        .replace(b"</Table>", b"</Table>" + more.encode())
        .replace(b"<Worksheet", STYLES.encode() + b"<Worksheet", 1)
    )
    (grid,) = read_document(data, "book.xls").grids
    return grid.rows


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_workbook_in_one_xml_file_is_told_and_read_in_every_charset(charset: str) -> None:
    data = (
        xml_book(f"<Row>{cell('收到申请数')}{cell('件')}{cell('192', 'Number')}</Row>")
        .decode()
        .encode(charset)
    )
    assert find_media_type(data) == XML_BOOK
    (grid,) = read_document(data, "book.xls").grids
    assert (grid.rows, grid.caption) == ((("收到申请数", "件", "192"),), "表")


@pytest.mark.parametrize(
    ("inside", "shown"),
    [
        (cell("192", "Number"), "192"), (cell("1.1398889E7", "Number"), "11398889"),
        (cell("251000.5", "Number", StyleID="a"), "251,000.50"),
        (cell("0.0487", "Number", StyleID="b"), "4.9%"), (cell("192", "Number", StyleID="d"), "192"), (cell("192 "), "192"),
        (cell("本年新&#10;制作数量"), "本年新\n制作数量"), (cell("1", "Boolean"), "1"), (cell("#REF!", "Error"), "#REF!"),
        ('<Cell><ss:Data ss:Type="String" xmlns:h="http://www.w3.org/TR/REC-html40"><h:B>规</h:B><h:Font>章</h:Font></ss:Data></Cell>', "规章"),
    ],
)  # fmt: skip
def test_a_cell_reads_as_it_is_shown(inside: str, shown: str) -> None:
    assert read(f"<Row>{inside}</Row>") == ((shown,),)


@pytest.mark.parametrize(
    "inside", [cell("2024-03-04T00:00:00.000", "DateTime"), cell("45355", "Number", StyleID="c")]
)
def test_a_date_is_no_figure(inside: str) -> None:
    assert parse_value(read(f"<Row>{inside}</Row>")[0][0]).status == "unreadable"


def test_rows_and_cells_say_their_place_and_merged_ones_are_repeated() -> None:
    merged = cell("甲", MergeDown="1", MergeAcross="1")
    rows = f'<Row ss:Index="3">{merged}{cell("1")}</Row><Row>{cell("2", Index="3")}</Row>'
    assert read(rows) == (("甲", "甲", "1"), ("甲", "甲", "2"))


def test_what_is_hidden_is_not_read() -> None:
    rows = (
        f'<Column/><Column ss:Hidden="1" ss:Span="1"/><Row>{cell("a")}{cell("8")}{cell("9")}{cell("1")}</Row>'
    )
    rows += f'<Row ss:Hidden="1">{cell("x")}</Row><Row>{cell("b")}{cell("", Index="4")}</Row><Row>{cell("c")}</Row>'
    assert read(rows) == (("a", "1"), ("b", ""), ("c", ""))
    options = '<WorksheetOptions xmlns="urn:schemas-microsoft-com:office:excel"><Visible>SheetHidden</Visible></WorksheetOptions>'
    with pytest.raises(ReadError, match="empty"):
        read(rows, options)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (f"<Row>{cell('1_000', 'Number')}</Row>", "no number"), ('<Row ss:Index="-1"/>', "Index is '-1'"), ("<Row>", "mismatch"),
        (f'<Row>{cell("1", MergeAcross="x")}</Row>', "MergeAcross"),
    ],
)  # fmt: skip
def test_what_no_workbook_says_is_refused(rows: str, says: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(rows)
    assert says in caught.value.text.en
    assert caught.value.text.zh.startswith("book.xls")
