"""DOCX to a Document: the official tables cell by cell, the habits of Word, files made to harm."""

import time
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.cells import parse_value
from flows.errors import ReadError
from flows.model import Grid
from flows.read import read_document
from flows.read.word import read_docx
from tests.read import office_files as files
from tests.read.office_files import Table, word_cell, word_table

DELETED = '<w:del w:id="1" w:author="a"/>'


def read_body(body: str, styles: str = "") -> tuple[str, tuple[Grid, ...]]:
    document = read_docx(files.write_word(body, styles), "test.docx")
    return document.text, document.grids


def read_cell(inside: str, styles: str = "") -> str:
    """Return the text of the one cell of a one-cell table."""
    _, grids = read_body(word_table(word_cell(inside)), styles)
    return grids[0].rows[0][0]


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def field(code: str, result: str) -> str:
    mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'.format
    return (
        mark("begin") + f"<w:r><w:instrText>{code}</w:instrText></w:r>{mark('separate')}{result}{mark('end')}"
    )


# The official tables


@pytest.mark.parametrize("form", ["2014", "2021"])
def test_every_cell_of_the_official_tables_comes_back(form: str) -> None:
    tables = files.forms()[form]
    document = read_docx(files.write_docx(tables), "report.docx")
    assert [grid.rows for grid in document.grids] == [table.rows for table in tables]
    assert [grid.continued for grid in document.grids] == [table.continued for table in tables]
    assert [grid.locator for grid in document.grids] == [f"table {n}" for n, _ in enumerate(tables, start=1)]


def test_the_official_tables_have_their_official_size() -> None:
    tables = [*files.forms()["2014"], *files.forms()["2021"]]
    assert [(len(table.rows), len(table.rows[0])) for table in tables] == [
        (80, 3),
        (14, 4),
        (28, 10),
        (4, 15),
    ]


def test_a_grid_names_its_place_in_the_text() -> None:
    document = read_docx(files.write_docx(files.forms()["2021"]), "report.docx")
    for number, grid in enumerate(document.grids, start=1):
        lines = document.text[grid.start : grid.end].splitlines()
        assert document.text[: grid.start].endswith(f"表{number}\n")
        assert len(lines) == len(grid.rows)
        for at, line in enumerate(lines):
            printed = [
                text for column, text in enumerate(grid.rows[at]) if (at, column) not in grid.continued
            ]
            assert line == "\t".join(printed)


# Spans


def test_a_cell_merged_down_is_repeated_and_said_to_be() -> None:
    top, below = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    _, (grid,) = read_body(
        word_table(
            word_cell("甲", top) + word_cell("1"), word_cell("", below) + word_cell("2"), word_cell("乙")
        )
    )
    assert grid.rows == (("甲", "1"), ("甲", "2"), ("乙", ""))
    assert grid.continued == {(1, 0), (2, 1)}


def test_two_cells_merged_down_one_after_the_other_stay_two() -> None:
    top, below = '<w:vMerge w:val="restart"/>', '<w:vMerge w:val="continue"/>'
    _, (grid,) = read_body(
        word_table(
            *(word_cell(text, merge) for text, merge in zip("甲一乙二", (top, below) * 2, strict=True))
        )
    )
    assert [row[0] for row in grid.rows] == ["甲", "甲", "乙", "乙"]


def test_a_cell_merged_down_without_a_beginning_is_a_cell() -> None:
    _, (grid,) = read_body(word_table(word_cell("甲", "<w:vMerge/>"), word_cell("乙", "<w:vMerge/>")))
    assert grid.rows == (("甲",), ("甲",))
    assert grid.continued == {(1, 0)}


def test_cells_merged_across_the_old_way_are_repeated() -> None:
    first, rest = '<w:hMerge w:val="restart"/>', '<w:hMerge w:val="continue"/>'
    _, (grid,) = read_body(word_table(word_cell("甲", first) + word_cell("", rest) * 2 + word_cell("1")))
    assert grid.rows == (("甲", "甲", "甲", "1"),)
    assert grid.continued == {(0, 1), (0, 2)}


def test_columns_left_out_before_and_after_a_row_are_blank() -> None:
    indented = '<w:trPr><w:gridBefore w:val="1"/><w:gridAfter w:val="1"/></w:trPr>' + word_cell("2")
    _, (grid,) = read_body(word_table(word_cell("a") + word_cell("1") + word_cell("b"), indented))
    assert grid.rows == (("a", "1", "b"), ("", "2", ""))
    assert grid.continued == {(1, 2)}, "the row ends before it, as on a web page"


def widths(*columns: int) -> str:
    return "<w:tblGrid>" + "".join(f'<w:gridCol w:w="{each}"/>' for each in columns) + "</w:tblGrid>"


def wide(text: str, columns: int) -> str:
    return word_cell(text, f'<w:gridSpan w:val="{columns}"/>')


@pytest.mark.parametrize("slim", [1, 20, 60])
def test_an_edge_that_was_rounded_in_two_ways_makes_no_column(slim: int) -> None:
    rows = (word_cell("甲") + wide("乙", 2) + word_cell("丙"), wide("1", 2) + word_cell("2") + word_cell("3"))
    _, (grid,) = read_body(word_table(*rows, grid=widths(2000, slim, 2000, 2000)))
    assert grid.rows == (("甲", "乙", "丙"), ("1", "2", "3"))
    assert grid.continued == frozenset()


def test_a_column_that_holds_a_cell_or_is_wide_enough_for_one_stays() -> None:
    rows = (word_cell("甲") + word_cell("乙") + word_cell("丙"), wide("1", 2) + word_cell("3"))
    expected = (("甲", "乙", "丙"), ("1", "1", "3"))
    for columns in ((2000, 20, 2000), (2000, 200, 2000), (20, 20, 20), (2000,), ()):
        _, (grid,) = read_body(word_table(*rows, grid=widths(*columns)))
        assert grid.rows == expected


XML_2003 = (
    '<?xml version="1.0" encoding="{}"?><?mso-application progid="Word.Document"?>'
    '<w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml" xmlns:wx="wx" '
    'xmlns:aml="http://schemas.microsoft.com/aml/2001/core"><w:styles><w:style w:styleId="a"><w:name w:val="Title"/></w:style></w:styles>'
    '<w:body><wx:sect><w:p><w:pPr><w:pStyle w:val="a"/></w:pPr><w:r><w:t>标题</w:t></w:r></w:p>{}</wx:sect></w:body></w:wordDocument>'
)
FLAT = (
    '<?xml version="1.0" encoding="{}"?><pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage"><pkg:part '
    f'pkg:name="/word/document.xml"><pkg:xmlData><w:document {files.W}><w:body>'
    + "{}</w:body></w:document></pkg:xmlData></pkg:part></pkg:package>"
)


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "gb18030"])
@pytest.mark.parametrize("shape", [XML_2003, FLAT], ids=["Word 2003", "flat DOCX"])
def test_a_word_document_in_one_xml_file_reads_as_a_docx(shape: str, charset: str) -> None:
    top, below = '<w:vmerge w:val="restart"/>', "<w:vmerge/>"
    deleted = "<aml:content><w:r><w:delText>9</w:delText></w:r></aml:content>"
    deleted = f'<aml:annotation xmlns:aml="a" aml:type="Word.Deletion">{deleted}</aml:annotation>'
    body = word_table(
        word_cell("甲", top) + word_cell(f"<w:p>{run('1')}{deleted}{run('2')}</w:p>"),
        word_cell("", below) + word_cell("3"),
    )
    document = read_document(
        shape.replace("{}", charset, 1).replace("{}", body).encode(charset), "report.doc"
    )
    (grid,) = document.grids
    assert (grid.rows, grid.continued) == ((("甲", "12"), ("甲", "3")), frozenset([(1, 0)]))
    assert document.headings == (("标题",) if shape is XML_2003 else ())


# Habits of Word

HABITS = {
    "a number split over runs": (f"<w:p>{run('13')}<w:proofErr w:type='spellStart'/>{run('99')}{run('3')}</w:p>", "13993"),
    "empty paragraphs around": (f"<w:p/><w:p>{run('')}</w:p><w:p>{run('192')}</w:p><w:p/>", "192"),
    "full-width and no-break spaces": ("<w:p>" + run("　192\u00a0　") + "</w:p>", "192"),
    "blanks that are not preserved": ("<w:p><w:r><w:t> 1 </w:t></w:r><w:r><w:t>\n92\n</w:t></w:r></w:p>", "192"),
    "two paragraphs are two lines": (f"<w:p>{run('第一')}</w:p><w:p>{run('第二')}</w:p>", "第一\n第二"),
    "a line break": ("<w:p><w:r><w:t>本年新</w:t><w:br/><w:t>制作数量</w:t></w:r></w:p>", "本年新\n制作数量"),
    "a tab": ("<w:p><w:r><w:t>规</w:t><w:tab/><w:t>章</w:t></w:r></w:p>", "规 章"),
    "a hyphen that does not break": ("<w:p><w:r><w:noBreakHyphen/><w:t>11</w:t></w:r></w:p>", "-11"),
    "a soft hyphen": ("<w:p><w:r><w:t>1</w:t><w:softHyphen/><w:t>2</w:t></w:r></w:p>", "12"),
    "a hyperlink": (f"<w:p><w:hyperlink>{run('13')}</w:hyperlink>{run('993')}</w:p>", "13993"),
    "a content control": (f"<w:sdt><w:sdtPr/><w:sdtContent><w:p>{run('7')}</w:p></w:sdtContent></w:sdt>", "7"),
    "a tracked insertion": (f"<w:p>{run('1')}<w:ins w:id='1'>{run('2')}</w:ins></w:p>", "12"),
    "a tracked deletion": (f"<w:p>{run('1')}<w:del w:id='1'><w:r><w:delText>9</w:delText></w:r></w:del></w:p>", "1"),
    "text moved away": (f"<w:p>{run('1')}<w:moveFrom w:id='1'>{run('9')}</w:moveFrom></w:p>", "1"),
    "a deleted end of paragraph": (
        f"<w:p><w:pPr><w:rPr>{DELETED}</w:rPr></w:pPr>{run('13')}</w:p><w:p>{run('993')}</w:p>", "13993",
    ),
    "hidden text": (f"<w:p>{run('甲', '<w:vanish/>')}{run('192')}</w:p>", "192"),
    "a hidden digit": (f"<w:p>{run('9', '<w:vanish/>')}{run('192')}</w:p>", "[hidden: 9] 192"),
    "hidden text shown again": ("<w:p>" + run("192", '<w:vanish w:val="0"/>') + "</w:p>", "192"),
    "a field": (f"<w:p>{field('=SUM(ABOVE)', run('192'))}</w:p>", "192"),
    "a simple field": (f"<w:p><w:fldSimple w:instr='=1+1'>{run('2')}</w:fldSimple></w:p>", "2"),
    "a field in a field's code": (f"<w:p>{field('IF ' + field('PAGE', run('5')), run('7'))}</w:p>", "7"),
    "a field without an end": (f"<w:p><w:r><w:fldChar w:fldCharType='begin'/></w:r>{run('7')}</w:p>", "7"),
    "a footnote": (f"<w:p>{run('192')}<w:r><w:footnoteReference w:id='2'/></w:r></w:p>", "192"),
    "a number of a list": ("<w:p><w:pPr><w:numPr><w:numId w:val='1'/></w:numPr></w:pPr>" + run("规章") + "</w:p>", "规章"),
    "reading aids": (f"<w:p><w:r><w:ruby><w:rt>{run('gui')}</w:rt><w:rubyBase>{run('规')}</w:rubyBase></w:ruby></w:r></w:p>", "规"),
    "a symbol of another font": ("<w:p><w:r><w:t>1</w:t><w:sym w:font='Wingdings' w:char='F0FE'/></w:r></w:p>", "1\uf0fe"),
    "a formula": ("<w:p><m:oMath xmlns:m='m'><m:r><m:t>192</m:t></m:r></m:oMath></w:p>", "192"),
}  # fmt: skip


@pytest.mark.parametrize(("inside", "expected"), HABITS.values(), ids=HABITS)
def test_a_cell_reads_as_word_prints_it(inside: str, expected: str) -> None:
    assert read_cell(inside) == expected


@pytest.mark.parametrize("place", ["superscript", "subscript"])
def test_a_raised_digit_does_not_join_the_number_before_it(place: str) -> None:
    text = read_cell("<w:p>" + run("123") + run("4", f'<w:vertAlign w:val="{place}"/>') + "</w:p>")
    assert text in ("123 ⁴", "123 ₄")
    assert parse_value(text).status == "unreadable"


def test_text_of_a_hidden_style_is_hidden() -> None:
    style = '<w:style w:type="paragraph" w:styleId="z"><w:name w:val="HTML Top of Form"/><w:rPr><w:vanish/></w:rPr></w:style>'
    hidden = '<w:p><w:pPr><w:pStyle w:val="z"/></w:pPr><w:r><w:t>窗体顶端</w:t></w:r></w:p>'
    assert read_cell(hidden + f"<w:p>{run('192')}</w:p>", style) == "192"


def test_a_text_box_is_read_once_after_its_paragraph() -> None:
    box = f"<w:txbxContent><w:p>{run('框内')}</w:p></w:txbxContent>"
    both = (
        f"<mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:wsp><wps:txbx>{box}</wps:txbx></wps:wsp>"
        f"</w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent>"
    )
    text, _ = read_body(f"<w:p>{run('前')}<w:r>{both}</w:r>{run('后')}</w:p>")
    assert text == "前后\n框内\n"


def test_a_table_in_a_text_box_is_one_grid() -> None:
    box = f"<w:txbxContent>{word_table(word_cell('1'))}</w:txbxContent>"
    both = f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    text, grids = read_body(f"<w:p>{run('前')}<w:r>{both}</w:r></w:p><w:p>{run('后')}</w:p>")
    assert (text, [grid.rows for grid in grids]) == ("前\n1\n后\n", [(("1",),)])


def test_rows_and_cells_in_content_controls_are_read() -> None:
    control = "<w:sdt><w:sdtContent>{}</w:sdtContent></w:sdt>".format
    first = control(f"<w:tr>{word_cell('a')}{control(word_cell('1'))}</w:tr>")
    _, (grid,) = read_body(f"<w:tbl>{first}<w:tr>{word_cell('b')}{word_cell('2')}</w:tr></w:tbl>")
    assert grid.rows == (("a", "1"), ("b", "2"))


@pytest.mark.parametrize("gone", [DELETED, "<w:hidden/>"])
def test_a_row_deleted_or_hidden_is_not_read(gone: str) -> None:
    _, (grid,) = read_body(
        word_table(word_cell("a"), f"<w:trPr>{gone}</w:trPr>" + word_cell("9"), word_cell("b"))
    )
    assert grid.rows == (("a",), ("b",))


def test_a_table_that_holds_tables_is_layout() -> None:
    inner = word_table(word_cell("a") + word_cell("1"))
    outer = word_table(
        word_cell(f"<w:p>{run('左')}</w:p>{inner}<w:p/>") + word_cell(f"{inner}<w:p>{run('右')}</w:p>")
    )
    text, grids = read_body(outer)
    assert [(grid.locator, grid.rows) for grid in grids] == [
        ("table 1", (("a", "1"),)),
        ("table 2", (("a", "1"),)),
    ]
    assert text == "左\na\t1\na\t1\n右\n"


def test_paragraphs_are_lines_in_reading_order() -> None:
    end = f"<w:p>{run('正')}{run('文')}</w:p>"
    text, _ = read_body(f"<w:p>{run('标题')}</w:p><w:p/>{word_table(word_cell('1'))}{end}")
    assert text == "标题\n1\n正文\n"


def test_a_document_of_the_strict_edition_reads_the_same() -> None:
    parts = files.word_parts(word_table(word_cell("甲", '<w:gridSpan w:val="2"/>')))
    old, new = (
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "http://purl.oclc.org/ooxml/wordprocessingml/main",
    )
    strict = {name: str(content).replace(old, new) for name, content in parts.items()}
    assert read_docx(files.write_zip(dict(strict)), "strict.docx").grids[0].rows == (("甲", "甲"),)


def test_the_main_part_may_have_another_name() -> None:
    parts = {
        name.replace("document.xml", "document2.xml"): str(content).replace("document.xml", "document2.xml")
        for name, content in files.word_parts(f"<w:p>{run('正文')}</w:p>").items()
    }
    assert read_docx(files.write_zip(dict(parts)), "office365.docx").text == "正文\n"


def test_headings_are_the_printed_titles_then_the_title_property() -> None:
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/></w:style>'
        for key, name in (("a3", "Title"), ("1", "heading 1"), ("2", "heading 2"))
    )
    body = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{key}"/></w:pPr>{run(text)}</w:p>'
        for key, text in (
            ("a3", "某区2021年 年度报告"),
            ("1", "一、总体情况"),
            ("2", "（一）主动公开"),
            ("1", ""),
        )
    )
    document = read_docx(files.write_word(body, styles, "属性中的标题"), "report.docx")
    assert document.headings == ("某区2021年 年度报告", "一、总体情况", "属性中的标题")


def test_content_in_another_file_is_refused_not_lost() -> None:
    with pytest.raises(ReadError, match="altChunk"):
        read_body(f"<w:p>{run('正文')}</w:p><w:altChunk/>")


# Files made to harm


def test_an_external_entity_is_refused_unread() -> None:
    parts = files.word_parts("<w:p><w:r><w:t>&x;</w:t></w:r></w:p>")
    declared = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    parts["word/document.xml"] = str(parts["word/document.xml"]).replace(
        "<w:document", declared + "<w:document"
    )
    with pytest.raises(ReadError, match="DOCTYPE"):
        read_docx(files.write_zip(parts), "xxe.docx")


def test_an_entity_bomb_is_refused_at_once() -> None:
    parts = files.word_parts("<w:p><w:r><w:t>&e9;</w:t></w:r></w:p>")
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    declared = f'<!DOCTYPE d [<!ENTITY e0 "ha">{entities}]>'
    parts["word/document.xml"] = str(parts["word/document.xml"]).replace(
        "<w:document", declared + "<w:document"
    )
    started = time.monotonic()
    with pytest.raises(ReadError, match="DOCTYPE"):
        read_docx(files.write_zip(parts), "bomb.docx")
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030"])
def test_xml_in_another_encoding_than_utf_8_is_refused(encoding: str) -> None:
    parts = files.word_parts(f"<w:p>{run('正文')}</w:p>")
    text = str(parts["word/document.xml"]).replace("UTF-8", encoding)
    with pytest.raises(ReadError, match="damaged"):
        read_docx(files.write_zip({**parts, "word/document.xml": text.encode(encoding)}), "encoded.docx")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (word_table(word_cell("1", '<w:gridSpan w:val="999999999"/>')), "columns"),
        (word_table(word_cell("1", '<w:gridSpan w:val="400"/>') * 2), "columns"),
        (word_table('<w:trPr><w:gridAfter w:val="9999"/></w:trPr>' + word_cell("1")), "columns"),
        (word_table(*[word_cell("1", '<w:gridSpan w:val="500"/>')] * 41), "cells in a table"),
        (word_table(*[word_cell("1", '<w:gridSpan w:val="500"/>')] * 40) * 11, "cells in a table"),
        ("<w:sdt>" * 300 + "</w:sdt>" * 300, "depth"),
    ],
    ids=[
        "a span of 1e9",
        "over 500 columns",
        "after a row",
        "over 20,000 cells",
        "over 200,000 in all",
        "too deep",
    ],
)
def test_a_table_past_the_limits_is_refused(body: str, reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        read_body(body)


def test_tables_nested_as_deep_as_xml_goes_are_read() -> None:
    body = word_table(word_cell("1"))
    for _ in range(78):
        body = f"<w:tbl><w:tr><w:tc>{body}</w:tc></w:tr></w:tbl>"
    assert [grid.rows for grid in read_body(body)[1]] == [(("1",),)]


@pytest.mark.parametrize(
    "body",
    [
        "<w:p>" + "<w:r><w:fldChar w:fldCharType='begin'/></w:r>" * 2000 + run("1") * 50_000 + "</w:p>",
        "<w:p><w:r><w:txbxContent>" * 80
        + f"<w:p>{run('1')}</w:p>" * 20_000
        + "</w:txbxContent></w:r></w:p>" * 80,
        "<w:tbl><w:tr><w:tc>" * 70 + word_table(word_cell("1")) * 2000 + "</w:tc></w:tr></w:tbl>" * 70,
    ],
    ids=["fields", "text boxes", "tables"],
)
def test_what_is_nested_a_thousandfold_is_read_in_seconds(body: str) -> None:
    started = time.monotonic()
    document = read_docx(files.write_zip(files.word_parts(body), zipfile.ZIP_STORED), "nested.docx")
    assert document.text.count("1") >= 2000
    assert time.monotonic() - started < 5


def test_a_bit_flipped_anywhere_never_raises_anything_but_a_read_error() -> None:
    data = files.write_word(
        word_table(*[word_cell("甲") + word_cell(str(n)) for n in range(20)]), title="标题"
    )
    whole = read_docx(data, "whole.docx")
    silent = 0
    for at in range(0, len(data) * 8, 7):
        flipped = bytearray(data)
        flipped[at // 8] ^= 1 << at % 8
        try:
            silent += read_docx(bytes(flipped), "flipped.docx").grids != whole.grids
        except ReadError:
            continue
    assert silent == 0


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused(kept: float) -> None:
    data = files.write_docx(files.forms()["2021"])
    with pytest.raises(ReadError, match="damaged"):
        read_docx(data[: int(len(data) * kept)], "cut.docx")


def test_a_member_missing_from_the_zip_is_named() -> None:
    parts = files.word_parts("")
    del parts["word/document.xml"]
    with pytest.raises(ReadError, match=r"word/document\.xml"):
        read_docx(files.write_zip(parts), "empty.docx")


def test_every_message_stands_in_both_languages() -> None:
    with pytest.raises(ReadError) as caught:
        read_docx(files.write_xlsx([files.cases_2021()]), "表.docx")
    assert "Excel workbook" in caught.value.text.en
    assert "Excel 工作簿" in caught.value.text.zh


# Properties

TEXTS = st.sampled_from(["", "0", "13993", "规章", "本年新制作数量", "-", "59237.2449", "（一）予以公开"])


@st.composite
def tables(draw: st.DrawFn, filled: bool = False) -> Table:
    """Return a table of random texts with random merged ranges that do not overlap."""
    height, width = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    texts = TEXTS.filter(bool) if filled else TEXTS
    cells = draw(st.lists(st.lists(texts, min_size=width, max_size=width), min_size=height, max_size=height))
    merges: list[files.Range] = []
    taken: set[tuple[int, int]] = set()
    for _ in range(draw(st.integers(0, 4))):
        top, left = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
        merge = (top, left, draw(st.integers(top, height - 1)), draw(st.integers(left, width - 1)))
        covered = set(files.places(merge))
        if len(covered) > 1 and not covered & taken:
            merges.append(merge)
            taken |= covered
    return Table(tuple(map(tuple, cells)), tuple(merges))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables())
def test_any_table_that_python_docx_writes_comes_back(table: Table) -> None:
    (grid,) = read_docx(files.write_docx([table]), "random.docx").grids
    assert (grid.rows, grid.continued) == (table.rows, table.continued)


INLINE = ("{}", "<w:ins w:id='1'>{}</w:ins>", "<w:smartTag>{}</w:smartTag>", "<w:hyperlink>{}</w:hyperlink>",
          "{}<w:bookmarkStart w:id='1'/>", "<w:del w:id='2'>{}</w:del>{}", "<w:proofErr/>{}")  # fmt: skip


@given(
    st.lists(st.tuples(st.text("0123456789.,", min_size=1, max_size=4), st.sampled_from(INLINE)), max_size=8)
)
@settings(max_examples=100, deadline=None)
def test_a_number_cut_into_runs_anywhere_is_one_number(pieces: list[tuple[str, str]]) -> None:
    body = "".join(wrap.format(run(text), run(text)) for text, wrap in pieces)
    assert read_cell(f"<w:p>{body}</w:p>") == "".join(text for text, _ in pieces)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 2000))
def test_any_bytes_written_over_a_document_are_read_or_refused(noise: bytes, at: int) -> None:
    data = files.write_word(word_table(word_cell("甲") + word_cell("1")))
    at %= len(data)
    try:
        read_docx(data[:at] + noise + data[at + len(noise) :], "noise.docx")
    except ReadError:
        return


def test_a_workbook_inside_a_document_does_not_make_it_one() -> None:
    parts = files.word_parts(f"<w:p>{run('正文')}</w:p>")
    book = {"word/embeddings/book.xlsx": files.write_xlsx([files.cases_2021()])}
    data = files.write_zip({**book, **parts}, zipfile.ZIP_STORED)
    assert read_docx(data, "embedded.docx").text == "正文\n"
