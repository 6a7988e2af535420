"""Runs of another standing: no digit that is struck out, hidden, raised or linked joins the figure beside it.

The figures are those of the reports of Haidian and Huairou that the tester of a release dressed up.
"""

from collections.abc import Callable
from io import BytesIO

import docx
import pytest
import xlsxwriter  # type: ignore[import-untyped]
from docx.text.paragraph import Paragraph
from hypothesis import given
from hypothesis import strategies as st

from flows.cells import clean_label, parse_value, split_unit
from flows.read.html import read_html
from flows.read.spreadsheetml import read_xml_book
from flows.read.word import read_docx
from flows.read.xlsx import read_xlsx
from tests.read import office_files as files

SHEET = (
    "<style>.old{text-decoration:line-through} .off, p.x{display:none} td i.up{vertical-align:super}"
    " .off.on{display:inline} @media print{.screen{display:none}} .n{font-size:0}</style>"
)
LABEL = "行政处罚"


def read_cell(cell: str, attributes: str = "") -> str:
    """Return the text of the second cell of a row of a page with style sheets."""
    page = f"{SHEET}<table><tr><td>{LABEL}</td><td {attributes}>{cell}</td></tr></table>"
    (grid,) = read_html(page.encode(), "page.html").grids
    return grid.rows[0][1]


def states_number(text: str) -> bool:
    return parse_value(split_unit(text)[0]).status == "reported"


# HTML


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<font style="text-decoration:line-through">40718</font>40817', "[struck out: 40718] 40817"),
        ('<span STYLE="Text-Decoration: underline Line-Through;">40718</span>40817', "[struck out: 40718] 40817"),
        ('<span class="old">40718</span>40817', "[struck out: 40718] 40817"), ("<strike>1</strike>186342", "[struck out: 1] 186342"),
        ("<del>40718</del><ins>40817</ins>", "[struck out: 40718] 40817"), ("<s>407<b>18</b></s>", "[struck out: 40718]"),
        ("<span hidden>7</span>312", "[hidden: 7] 312"), ('<span style="display:none">0000040817</span>40817', "[hidden: 0000040817] 40817"),
        ('<span style="font-size:0">8</span>186342', "[hidden: 8] 186342"), ('<b class="n">8</b>186342', "[hidden: 8] 186342"),
        ('1<i style="visibility:hidden">8</i>6342', "1 [hidden: 8] 6342"), ('<p class="x">7</p>312', "[hidden: 7] 312"),
        ('<i class="off on">31</i>2', "312"), ('<i class="off" style="display:inline">31</i>2', "312"), ('<i class="screen">31</i>2', "312"),
        ('<b style="text-decoration:none">31</b>2', "312"), ('<i class="off">7</i>', "[hidden: 7]"),
        ('<b style="font-size:0.9em">31</b>2', "312"),
        ('186342<span style="vertical-align:super">1</span>', "186342 ¹"), ('186342<i class="up">1</i>', "186342 ¹"),
        ("186342<sub>2</sub>", "186342 ₂"), ("186342<sup>１</sup>", "186342 ¹"), ("<sup>1</sup>", "¹"),
        ('40817<a href="#f1">1</a>', "40817 1"), ('40817<a href="note.html">[1]</a>', "40817 [1]"), ('<a href="#f1">40817</a>', "40817"),
        ('<a name="_Hlk1">408</a>17', "40817"), ("408<del></del>17", "40817"),
    ],
)  # fmt: skip
def test_a_run_of_another_standing_stands_apart(cell: str, text: str) -> None:
    assert read_cell(cell) == text


@pytest.mark.parametrize("hiding", ['style="display:none"', "hidden", 'class="off"'])
def test_a_cell_without_a_box_gives_its_place_to_the_next(hiding: str) -> None:
    page = (
        f"{SHEET}<table><tr><td>a</td><td {hiding}>1</td><td>2</td></tr><tr><td>b</td><td>3</td></tr></table>"
    )
    (grid,) = read_html(page.encode(), "page.html").grids
    assert grid.rows == (("a", "2"), ("b", "3"))


def test_an_invisible_cell_keeps_its_place_and_states_no_figure() -> None:
    page = "<table><tr><td>a</td><td style='visibility:hidden'>1</td><td>2</td></tr></table>"
    (grid,) = read_html(page.encode(), "page.html").grids
    assert grid.rows == (("a", "[hidden: 1]", "2"),)
    assert read_cell("", "style='visibility:hidden'") == ""


@pytest.mark.parametrize("hiding", ['style="display:none"', "hidden", 'class="off"'])
def test_a_hidden_row_states_no_figure(hiding: str) -> None:
    page = f"{SHEET}<table><tr><td>a</td><td>1</td></tr><tr {hiding}><td>b</td><td>2</td></tr></table>"
    (grid,) = read_html(page.encode(), "page.html").grids
    assert grid.rows == (("a", "1"), ("[hidden: b]", "[hidden: 2]"))


def test_a_table_in_a_part_that_is_shown_on_a_click_is_read() -> None:
    page = "<div style='display:none'><table><tr><td>a</td><td>312</td></tr></table></div>"
    assert read_html(page.encode(), "page.html").grids[0].rows == (("a", "312"),)


def test_where_text_stands_in_its_cell_is_no_standing_of_the_text() -> None:
    assert read_cell("312", 'style="vertical-align:sub"') == "312"


def test_a_label_is_known_without_its_hidden_and_struck_out_parts() -> None:
    text = read_cell("行政<del>许可</del>处罚<span style='display:none'>（件）</span>")
    assert clean_label(text) == LABEL


def test_runs_outside_tables_do_not_join_the_figure_either() -> None:
    page = (
        "<p>公开<del>12</del>13条，<i hidden>9</i>5件，8<a href='#n'>1</a>项，<a href='x.html'>2023</a>年</p>"
    )
    assert (
        read_html(page.encode(), "p.html").text
        == "公开 [struck out: 12] 13条， [hidden: 9] 5件，8 1 项，2023年\n"
    )


def test_a_page_that_is_hidden_until_its_script_runs_is_read() -> None:
    page = f"<span style='display:none'><p>{'公开信息' * 30}</p><table><tr><td>312</td></tr></table></span>"
    document = read_html(page.encode(), "p.html")
    assert "公开信息" * 30 in document.text
    assert document.grids[0].rows == (("312",),)


# Form fields and pictures


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<input value="186342" disabled>', "186342"), ('<input type="text" value="21847" readonly>', "21847"),
        ("<textarea readonly>40817</textarea>", "40817"), ("<select><option>1<option selected>312</select>", "312"),
        ('<input value="21847">条', "21847 条"), ('<input value="2">3', "2 3"), ('<input type="hidden" value="9">5', "5"),
        ('<input type="button" value="9">5', "5"), ('<input type="checkbox" value="9">5', "5"), ('<input value="">', ""),
        ('<input type="hidden" value="9">', ""), ("<textarea></textarea>", ""), ('<input value="9" style="display:none">5', "[hidden: 9] 5"),
    ],
)  # fmt: skip
def test_a_form_field_states_its_value(cell: str, text: str) -> None:
    assert read_cell(cell) == text


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<img src="/files/W020240122.png?v=1">', "[image: W020240122.png]"), ("<img alt=312>", "[image: 312]"),
        ('<img src="data:image/png;base64,AAAA">', "[image]"), ("<canvas></canvas>", "[canvas]"), ("<svg><path/></svg>", "[svg]"),
        ('<object data="t.swf"></object>', "[object: t.swf]"), ("<iframe src='a/b.html'></iframe>", "[iframe: b.html]"),
        ("<script>document.write(5)</script>", "[script]"), ("<input>", "[field]"), ("<input type=radio>", "[field: radio]"),
        ("<select><option>312</select>", "[list: no choice]"), ('31<img src="2.gif">', "31 [image: 2.gif]"),
        ('<img src="space.gif" width="1" height="1">', ""), ("5<img src=dot.gif height=1px>", "5"), ("", ""), ("&nbsp;", ""),
    ],
)  # fmt: skip
def test_a_cell_is_blank_only_where_it_is_seen_to_be_empty(cell: str, text: str) -> None:
    assert read_cell(cell) == text
    assert not states_number(text) or text == "5"


# Word and Excel


def write_word_cell(fill: Callable[[Paragraph], None]) -> str:
    """Return the text of the cell of a document that python-docx wrote, filled by a function."""
    document = docx.Document()
    cell = document.add_table(rows=1, cols=1).cell(0, 0)
    fill(cell.paragraphs[0])
    out = BytesIO()
    document.save(out)
    return read_docx(out.getvalue(), "report.docx").grids[0].rows[0][0]


@pytest.mark.parametrize(
    ("font", "text"),
    [
        ("strike", "[struck out: 40718] 40817"), ("double_strike", "[struck out: 40718] 40817"), ("hidden", "[hidden: 40718] 40817"),
        ("superscript", "⁴⁰⁷¹⁸ 40817"), ("subscript", "₄₀₇₁₈ 40817"),
    ],
)  # fmt: skip
def test_a_run_of_another_standing_stands_apart_in_word(font: str, text: str) -> None:
    def fill(paragraph: Paragraph) -> None:
        for piece in ("407", "18"):
            setattr(paragraph.add_run(piece).font, font, True)
        paragraph.add_run("40817")

    assert write_word_cell(fill) == text


def test_a_style_that_strikes_out_counts_as_the_run_does() -> None:
    style = (
        '<w:style w:type="character" w:styleId="d"><w:name w:val="old"/><w:rPr><w:strike/></w:rPr></w:style>'
    )
    run = '<w:r><w:rPr><w:rStyle w:val="d"/>{}</w:rPr><w:t>{}</w:t></w:r>'.format
    shown = '<w:strike w:val="0"/>'
    inside = f"<w:p>{run('', 40718)}{run(shown, 40817)}</w:p>"
    body = files.word_table(files.word_cell(inside))
    (grid,) = read_docx(files.write_word(body, style), "report.docx").grids
    assert grid.rows == (("[struck out: 40718] 40817",),)


def test_a_picture_in_a_cell_of_word_is_not_blank() -> None:
    png = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
    )

    def fill(paragraph: Paragraph) -> None:
        paragraph.add_run("").add_picture(BytesIO(png))

    assert write_word_cell(fill).startswith("[image")
    assert write_word_cell(lambda paragraph: None) == ""


def write_excel_cell(write: Callable[[xlsxwriter.Workbook, xlsxwriter.worksheet.Worksheet], None]) -> str:
    """Return the text of cell B1 of a workbook that xlsxwriter wrote, filled by a function."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("统计表")
        sheet.write(0, 0, LABEL)
        write(book, sheet)
    return read_xlsx(out.getvalue(), "report.xlsx").grids[0].rows[0][1]


@pytest.mark.parametrize(
    ("font", "text"),
    [
        ({"font_strikeout": True}, "[struck out: 40718] 40817"), ({"font_script": 1}, "⁴⁰⁷¹⁸ 40817"),
        ({"font_script": 2}, "₄₀₇₁₈ 40817"), ({"bold": True}, "4071840817"),
    ],
)  # fmt: skip
def test_a_run_of_another_standing_stands_apart_in_excel(font: dict[str, object], text: str) -> None:
    assert text == write_excel_cell(
        lambda book, sheet: sheet.write_rich_string(
            0, 1, book.add_format(font), "40718", book.add_format(), "40817"
        )
    )


def test_a_number_that_its_cell_strikes_out_is_no_figure() -> None:
    text = write_excel_cell(
        lambda book, sheet: sheet.write_number(0, 1, 40718, book.add_format({"font_strikeout": True}))
    )
    assert text == "[struck out: 40718]"


def test_a_formula_that_was_never_computed_is_not_blank() -> None:
    cells = '<c r="A1" t="inlineStr"><is><t>合计</t></is></c><c r="B1"><f>SUM(B2:B9)</f></c><c r="C1" t="str"><f>""</f><v></v></c>'
    (grid,) = read_xlsx(files.write_book(f"<row>{cells}</row>"), "report.xlsx").grids
    assert grid.rows == (("合计", "[formula: SUM(B2:B9)]"),)


def test_a_run_of_another_standing_stands_apart_in_excel_of_2003() -> None:
    data = (
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        '<Styles><Style ss:ID="s"><Font ss:StrikeThrough="1"/></Style></Styles><Worksheet ss:Name="a"><Table><Row>'
        '<Cell><ss:Data ss:Type="String" xmlns="http://www.w3.org/TR/REC-html40"><S>40718</S>40817<Sup>1</Sup></ss:Data></Cell>'
        '<Cell ss:StyleID="s"><Data ss:Type="Number">312</Data></Cell></Row></Table></Worksheet></Workbook>'
    )
    (grid,) = read_xml_book(data.encode(), "report.xls").grids
    assert grid.rows == (("[struck out: 40718] 40817 ¹", "[struck out: 312]"),)


# Every way at once


HTML_WAYS = (
    "<del>{}</del>", "<s>{}</s>", "<sup>{}</sup>", "<sub>{}</sub>", "<i hidden>{}</i>", '<i class="old">{}</i>', '<b class="n">{}</b>',
    '<i style="display: none">{}</i>', '<i style="visibility:hidden">{}</i>', '<u style="text-decoration:line-through">{}</u>',
    '<u style="vertical-align:sub">{}</u>', '<a href="#n">{}</a>', '<input value="{}">', "<textarea>{}</textarea>",
)  # fmt: skip


@given(
    before=st.integers(0, 10**6),
    other=st.integers(0, 999),
    after=st.sampled_from(["", "5", "件"]),
    way=st.sampled_from(HTML_WAYS),
)
def test_a_digit_of_another_standing_never_changes_a_figure(
    before: int, other: int, after: str, way: str
) -> None:
    text = read_cell(f"{before}{way.format(other)}{after}")
    assert not states_number(text)
    assert str(before) in text.split()[0]


@given(
    before=st.integers(0, 10**6),
    other=st.integers(0, 999),
    font=st.sampled_from(["strike", "dstrike", "vanish"]),
)
def test_a_run_of_another_standing_never_changes_a_figure_of_word(before: int, other: int, font: str) -> None:
    inside = (
        f"<w:p><w:r><w:t>{before}</w:t></w:r><w:r><w:rPr><w:{font}/></w:rPr><w:t>{other}</w:t></w:r></w:p>"
    )
    (grid,) = read_docx(files.write_word(files.word_table(files.word_cell(inside))), "report.docx").grids
    assert not states_number(grid.rows[0][0])
