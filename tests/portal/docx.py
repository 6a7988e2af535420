"""Printed tables as a Word document: cells merged across and down, nested, cut in two by a page, with tracked changes."""

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from xml.sax.saxutils import escape

import docx
from docx.oxml import parse_xml

from tests.portal.boxes import Box, Placed, Sheet, place_boxes
from tests.portal.layout import Layout
from tests.portal.story import name_report, print_words, tell_report
from tests.portal.truth import Truth

SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
BY = 'w:id="{}" w:author="synthetic" w:date="2025-01-06T00:00:00Z"'
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def print_docx(truth: Truth, layout: Layout, sheets: Sequence[Sheet]) -> bytes:
    """Return the report as a Word document; it says that it is synthetic."""
    document = docx.Document()
    document.core_properties.title = name_report(truth)
    document.add_paragraph(name_report(truth), style="Title")
    parts = [print_part(part, layout) for part in tell_report(truth, layout, sheets)]
    if layout.around:
        parts = [f"<w:tbl><w:tblPr/><w:tr><w:tc><w:tcPr/>{''.join(parts)}</w:tc></w:tr></w:tbl>", "<w:p/>"]
    body = document.element.body
    for element in parse_xml(f"<w:body {SPACE}>{''.join(parts)}</w:body>"):
        body.insert(len(body) - 1, element)  # the last one is the page's size
    out = BytesIO()
    document.save(out)
    return fix_dates(out.getvalue())


def fix_dates(data: bytes) -> bytes:
    """Return a zip with the first date that a zip can hold on all its files, so that the bytes are the same tomorrow."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for about in source.infolist():
            target.writestr(zipfile.ZipInfo(about.filename), source.read(about), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def print_part(part: str | Sheet, layout: Layout) -> str:
    """Return a paragraph, or a table and the empty paragraph that parts it from the next."""
    return print_paragraph(print_run(part)) if isinstance(part, str) else print_table(part, layout) + "<w:p/>"


def print_paragraph(runs: str) -> str:
    return f"<w:p>{runs}</w:p>"


def print_run(text: str, tag: str = "t") -> str:
    return f'<w:r><w:{tag} xml:space="preserve">{escape(UNPRINTABLE.sub("", text))}</w:{tag}></w:r>'


def print_table(sheet: Sheet, layout: Layout) -> str:
    placed = place_boxes(sheet.rows)
    width = max(each.right for each in placed)
    by_place = {(row, each.left): each for each in placed for row in range(each.top, each.bottom)}
    rows = "".join(
        f"<w:tr>{''.join(print_cells(by_place, row, layout))}</w:tr>" for row in range(len(sheet.rows))
    )
    grid = '<w:gridCol w:w="900"/>' * width
    return f"<w:tbl><w:tblPr/><w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>"


def print_cells(placed: Mapping[tuple[int, int], Placed], row: int, layout: Layout) -> Iterator[str]:
    """Yield the cells of a row up to its last, those that go on from above too."""
    at = 0
    last = max(column for line, column in placed if line == row)
    while at <= last:
        each = placed.get((row, at)) or Placed(row, at, row + 1, at + 1, Box(""))
        yield from print_cell(each, row, layout)
        at = each.right


def print_cell(placed: Placed, row: int, layout: Layout) -> Iterator[str]:
    """Yield the cell of a box in one row; a box of several columns is one wide cell or a chain of narrow ones."""
    down = ""
    if placed.bottom - placed.top > 1:
        down = '<w:vMerge w:val="restart"/>' if row == placed.top else "<w:vMerge/>"
    text = box_markup(placed.box, layout) if row == placed.top else "<w:p/>"
    across = placed.right - placed.left
    turned = '<w:textDirection w:val="tbRl"/>' if placed.box.vertical and not layout.vertical else ""
    if layout.chained and across > 1:
        yield f'<w:tc><w:tcPr><w:hMerge w:val="restart"/>{down}{turned}</w:tcPr>{text}</w:tc>'
        yield from [f"<w:tc><w:tcPr><w:hMerge/>{down}</w:tcPr><w:p/></w:tc>"] * (across - 1)
    else:
        span = f'<w:gridSpan w:val="{across}"/>' if across > 1 else ""
        yield f"<w:tc><w:tcPr>{span}{down}{turned}</w:tcPr>{text}</w:tc>"


def box_markup(box: Box, layout: Layout) -> str:
    """Return the paragraphs of a cell."""
    text = print_words(box, layout)
    if box.vertical and layout.vertical == "p":
        return "".join(print_paragraph(print_run(mark)) for mark in text)
    if box.vertical and layout.vertical == "br":
        return print_paragraph("<w:r><w:br/></w:r>".join(map(print_run, text)))
    if layout.broken and box.head and len(text) > 3:
        middle = len(text) // 2
        return print_paragraph(f"{print_run(text[:middle])}<w:r><w:br/></w:r>{print_run(text[middle:])}")
    if layout.revised and box.key and len(text) == 1:
        gone, come = BY.format(1), BY.format(2)
        return print_paragraph(
            f"<w:del {gone}>{print_run('9', 'delText')}</w:del><w:ins {come}>{print_run(text)}</w:ins>"
        )
    if layout.nest == "span" and len(text) > 1:
        return print_paragraph(print_run(text[:1]) + print_run(text[1:]))
    return print_paragraph(print_run(text) if text else "")
