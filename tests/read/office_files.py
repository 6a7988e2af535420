"""Writers of the Office files that the tests read: the official tables, and files that are made to harm.

All figures are synthetic; headings are those of the official forms of 2014 and 2021. Tables are
written by python-docx, xlsxwriter and xlwt, markup of our own by `write_word` and `write_book`.
"""

import csv
import struct
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

import docx
import xlsxwriter  # type: ignore[import-untyped]
import xlwt  # type: ignore[import-untyped]

FORM_2014 = Path(__file__).parents[2] / "schemas" / "forms" / "2014.csv"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OFFICE = "application/vnd.openxmlformats-officedocument."
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'

Range = tuple[int, int, int, int]  # first row, first column, last row, last column


@dataclass(frozen=True)
class Table:
    """A table as it will be printed: text by row, where the first cell of a merged range holds its text."""

    cells: tuple[tuple[str, ...], ...]
    merges: tuple[Range, ...] = ()

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The rows as a reader must return them, merged cells repeated."""
        grid = [list(row) for row in self.cells]
        for top, left, bottom, right in self.merges:
            for row, column in places((top, left, bottom, right)):
                grid[row][column] = self.cells[top][left]
        return tuple(map(tuple, grid))

    @property
    def continued(self) -> frozenset[tuple[int, int]]:
        """The places that repeat a merged cell."""
        return frozenset(at for merge in self.merges for at in places(merge) if at != merge[:2])


def places(merge: Range) -> Iterator[tuple[int, int]]:
    top, left, bottom, right = merge
    return ((row, column) for row in range(top, bottom + 1) for column in range(left, right + 1))


# The tables of the forms


@cache
def statistics_2014() -> Table:
    """Return the 78 rows of the form of 2014 under a merged title, with synthetic figures."""
    with FORM_2014.open(encoding="utf-8", newline="") as file:
        labels = [row["label_zh"] for row in csv.DictReader(file) if row["axis"] == "row"]
    figures = [FIGURES[at % len(FIGURES)] for at in range(len(labels))]
    body = [(label, "件", figure) for label, figure in zip(labels, figures, strict=True)]
    return Table(
        (("政府信息公开情况统计表（合成数据）", "", ""), ("统计指标", "单位", "统计数"), *body),
        ((0, 0, 0, 2),),
    )


FIGURES = ("13993", "0", "", "59237.2449", "11398889", "72701.2578", "-11", "0.092", "7", "1204")
APPLICANTS = ("商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他")
RESULTS = {
    "（一）予以公开": (),
    "（二）部分公开（区分处理的，只计这一情形，不计其他情形）": (),
    "（三）不予公开": (
        "1.属于国家秘密", "2.其他法律行政法规禁止公开", "3.危及“三安全一稳定”", "4.保护第三方合法权益",
        "5.属于三类内部事务信息", "6.属于四类过程性信息", "7.属于行政执法案卷", "8.属于行政查询事项",
    ),
    "（四）无法提供": ("1.本机关不掌握相关政府信息", "2.没有现成信息需要另行制作", "3.补正后申请内容仍不明确"),
    "（五）不予处理": (
        "1.信访举报投诉类申请", "2.重复申请", "3.要求提供公开出版物", "4.无正当理由大量反复申请",
        "5.要求行政机关确认或重新出具已获取信息",
    ),
    "（六）其他处理": (
        "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请",
        "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请", "3.其他",
    ),
    "（七）总计": (),
}  # fmt: skip


@cache
def applications_2021() -> Table:
    """Return the table of applications of the form of 2021, 28 rows of 10 columns, with synthetic figures."""
    rows = [
        ["（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）", "", "", "申请人情况"],
        ["", "", "", "自然人", "法人或其他组织", "", "", "", "", "总计"],
        ["", "", "", "", *APPLICANTS],
        ["一、本年新收政府信息公开申请数量"],
        ["二、上年结转政府信息公开申请数量"],
    ]
    merges = [
        (0, 0, 2, 2),
        (0, 3, 0, 9),
        (1, 3, 2, 3),
        (1, 4, 1, 8),
        (1, 9, 2, 9),
        (3, 0, 3, 2),
        (4, 0, 4, 2),
    ]
    for group, reasons in RESULTS.items():
        top = len(rows)
        rows += [["", group if at == 0 else "", reason] for at, reason in enumerate(reasons or ("",))]
        merges.append((top, 1, len(rows) - 1, 1) if reasons else (top, 1, top, 2))
    rows[5][0] = "三、本年度办理结果"
    merges.append((5, 0, len(rows) - 1, 0))
    rows.append(["四、结转下年度继续办理"])
    merges.append((len(rows) - 1, 0, len(rows) - 1, 2))
    cells = []
    for at, row in enumerate(rows):
        headings = row + [""] * ((10 if at < 3 else 3) - len(row))
        cells.append(
            (*headings, *(str((at * 37 + column * 11) % 500) for column in range(10 - len(headings))))
        )
    return Table(tuple(cells), tuple(merges))


@cache
def article_20() -> Table:
    """Return the table of article 20 of the form of 2021, with synthetic figures."""
    rows = [
        ("第二十条第（一）项", "", "", ""),
        ("信息内容", "本年制发件数", "本年废止件数", "现行有效件数"),
        ("规章", "3", "0", "21"),
        ("行政规范性文件", "14", "2", "195"),
        ("第二十条第（五）项", "", "", ""),
        ("信息内容", "本年处理决定数量", "", ""),
        ("行政许可", "11398889", "", ""),
        ("第二十条第（六）项", "", "", ""),
        ("信息内容", "本年处理决定数量", "", ""),
        ("行政处罚", "30211", "", ""),
        ("行政强制", "", "", ""),
        ("第二十条第（八）项", "", "", ""),
        ("信息内容", "本年收费金额（单位：万元）", "", ""),
        ("行政事业性收费", "59237.2449", "", ""),
    ]
    across = [(at, 0, at, 3) for at in (0, 4, 7, 11)]
    return Table(tuple(rows), (*across, *((at, 1, at, 3) for at in (5, 6, 8, 9, 10, 12, 13))))


@cache
def cases_2021() -> Table:
    """Return the table of reconsideration and litigation: one row of 15 synthetic figures below three of headings."""
    outcomes = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")
    rows = (
        ("行政复议", *[""] * 4, "行政诉讼", *[""] * 9),
        (*outcomes, "未经复议直接起诉", *[""] * 4, "复议后起诉", *[""] * 4),
        (*[""] * 5, *outcomes, *outcomes),
        tuple(str(at * 7 % 23) for at in range(15)),
    )
    down = tuple((1, column, 2, column) for column in range(5))
    return Table(rows, ((0, 0, 0, 4), (0, 5, 0, 14), *down, (1, 5, 1, 9), (1, 10, 1, 14)))


def forms() -> dict[str, Sequence[Table]]:
    """Return the tables of each form by its year."""
    return {"2014": [statistics_2014()], "2021": [article_20(), applications_2021(), cases_2021()]}


# By other people's writers


def write_docx(tables: Sequence[Table]) -> bytes:
    """Return a Word document with the tables, each after a paragraph, as python-docx writes it."""
    document = docx.Document()
    for number, table in enumerate(tables, start=1):
        document.add_paragraph(f"表{number}")
        made = document.add_table(len(table.cells), len(table.cells[0]))
        cells = [list(row.cells) for row in made.rows]
        for top, left, bottom, right in table.merges:
            cells[top][left].merge(cells[bottom][right])
        for at_row, row in enumerate(table.cells):
            for at, text in enumerate(row):
                if (at_row, at) not in table.continued:
                    cells[at_row][at].text = text
    document.add_paragraph()  # as Word has it: LibreOffice loses a table that is the last thing in a DOC
    return save(document)


def save(document: "docx.document.Document") -> bytes:
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def figure(text: str) -> float | str:
    """Return a number where the text is one, as Excel stores what people type."""
    try:
        return float(text) if text.strip("-").replace(".", "", 1).isdigit() else text
    except ValueError:
        return text


def write_xlsx(tables: Sequence[Table], gap: int = 1) -> bytes:
    """Return a workbook with the tables below each other on one sheet, as xlsxwriter writes it."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet, down = book.add_worksheet("统计表"), 3
        for table in tables:
            for top, left, bottom, right in table.merges:
                sheet.merge_range(down + top, 2 + left, down + bottom, 2 + right, "")
            for at_row, row in enumerate(table.cells):
                for at, text in enumerate(row):
                    if text and (at_row, at) not in table.continued:
                        sheet.write(down + at_row, 2 + at, figure(text))
            down += len(table.cells) + gap
    return out.getvalue()


def write_xls(tables: Sequence[Table]) -> bytes:
    """Return an old workbook with the tables on a sheet each, as xlwt writes it."""
    book = xlwt.Workbook(encoding="utf-8")
    for number, table in enumerate(tables, start=1):
        sheet = book.add_sheet(f"表{number}")
        for top, left, bottom, right in table.merges:
            sheet.write_merge(1 + top, 1 + bottom, left, right, figure(table.cells[top][left]))
        first = {merge[:2] for merge in table.merges}
        for at_row, row in enumerate(table.cells):
            for at, text in enumerate(row):
                if text and (at_row, at) not in table.continued | first:
                    sheet.write(1 + at_row, at, figure(text))
    out = BytesIO()
    book.save(out)
    return out.getvalue()


# By hand


def write_zip(parts: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of the parts."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def list_relations(**targets: str) -> str:
    """Return a part of relations: `rId1` to the first target, and so on; a kind's last digits are not part of it."""
    rows = [
        f'<Relationship Id="rId{at}" Type="{RELATIONS}/{kind.rstrip("0123456789")}" Target="{target}"/>'
        for at, (kind, target) in enumerate(targets.items(), start=1)
    ]
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'{HEAD}<Relationships xmlns="{space}">{"".join(rows)}</Relationships>'


def list_contents(part: str, kind: str) -> str:
    space = "http://schemas.openxmlformats.org/package/2006/content-types"
    return f'{HEAD}<Types xmlns="{space}"><Override PartName="/{part}" ContentType="{OFFICE}{kind}.main+xml"/></Types>'


def word_parts(body: str, styles: str = "", title: str = "") -> dict[str, bytes | str]:
    """Return the parts of a Word document with the given XML for a body."""
    core = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
    return {
        "[Content_Types].xml": list_contents("word/document.xml", "wordprocessingml.document"),
        "_rels/.rels": list_relations(
            officeDocument="word/document.xml", core_properties="docProps/core.xml"
        ).replace("core_properties", "core-properties"),
        "word/_rels/document.xml.rels": list_relations(styles="styles.xml"),
        "word/document.xml": f"{HEAD}<w:document {W} {DRAWING}><w:body>{body}</w:body></w:document>",
        "word/styles.xml": f"{HEAD}<w:styles {W}>{styles}</w:styles>",
        "docProps/core.xml": f'{HEAD}<cp:coreProperties xmlns:cp="{core}" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{title}</dc:title></cp:coreProperties>",
    }


DRAWING = (
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
)


def write_word(body: str, styles: str = "", title: str = "") -> bytes:
    """Return a Word document with the given XML for a body."""
    return write_zip(word_parts(body, styles, title))


def word_table(*rows: str, grid: str = "") -> str:
    return f"<w:tbl><w:tblPr/>{grid}{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"


def word_cell(inside: str, properties: str = "") -> str:
    """Return a cell; text alone becomes a paragraph with one run."""
    if not inside.startswith("<"):
        inside = f'<w:p><w:r><w:t xml:space="preserve">{inside}</w:t></w:r></w:p>'
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inside}</w:tc>"


def book_parts(rows: str, after: str = "", texts: str = "", styles: str = "") -> dict[str, bytes | str]:
    """Return the parts of a workbook whose one sheet has the given XML for rows."""
    return {
        "[Content_Types].xml": list_contents("xl/workbook.xml", "spreadsheetml.sheet"),
        "_rels/.rels": list_relations(officeDocument="xl/workbook.xml"),
        "xl/workbook.xml": f'{HEAD}<workbook {S} xmlns:r="{RELATIONS}"><sheets>'
        '<sheet name="表" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": list_relations(
            worksheet="worksheets/sheet1.xml", sharedStrings="sharedStrings.xml", styles="/xl/styles.xml"
        ),
        "xl/worksheets/sheet1.xml": f"{HEAD}<worksheet {S}><sheetData>{rows}</sheetData>{after}</worksheet>",
        "xl/sharedStrings.xml": f"{HEAD}<sst {S}>{texts}</sst>",
        "xl/styles.xml": f"{HEAD}<styleSheet {S}>{styles}</styleSheet>",
    }


def write_book(rows: str, after: str = "", texts: str = "", styles: str = "") -> bytes:
    """Return a workbook whose one sheet has the given XML for rows."""
    return write_zip(book_parts(rows, after, texts, styles))


def forge_size(data: bytes, part: str, size: int) -> bytes:
    """Return a zip in which a part declares another size than it has, in both places where sizes stand."""
    forged = bytearray(data)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        local = archive.getinfo(part).header_offset
    struct.pack_into("<I", forged, local + 22, size)
    central = data.rindex(b"PK\x01\x02", 0, data.rindex(part.encode()))
    struct.pack_into("<I", forged, central + 24, size)
    return bytes(forged)


def write_ole(streams: dict[str, bytes]) -> bytes:
    """Return an OLE file with these streams at its root, each filled up to 4,096 bytes: at most three."""
    contents = [content.ljust(4096, b"\x00") for content in streams.values()]
    following, entries, place = [0xFFFFFFFD, END], [directory_entry("Root Entry", 5, child=1)], 2
    for at, (name, content) in enumerate(zip(streams, contents, strict=True), start=1):
        right = at + 1 if at < len(streams) else FREE
        entries.append(directory_entry(name, 2, right=right, start=place, size=len(content)))
        place += len(content) // 512
        following += [*range(len(following) + 1, place), END]
    header = struct.pack(
        "<8s16xHHHHH6x10I", OLE_MAGIC, 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, END, 0, END, 0, 0
    )
    table = struct.pack(f"<{len(following)}I", *following)
    directory = b"".join(entries).ljust(512, b"\x00")
    return header.ljust(512, b"\xff") + table.ljust(512, b"\xff") + directory + b"".join(contents)


OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
END, FREE = 0xFFFFFFFE, 0xFFFFFFFF


def directory_entry(
    name: str, kind: int, right: int = FREE, child: int = FREE, start: int = END, size: int = 0
) -> bytes:
    raw = name.encode("utf-16-le")
    return struct.pack("<64sHBBIII36xIII", raw, len(raw) + 2, kind, 1, FREE, right, child, start, size, 0)


def write_doc(text: str) -> bytes:
    """Return as much of a DOC as holds its text: no program opens it, but its cells can be counted.

    The text lies in two pieces, as Word keeps it: a line end in one byte, the rest in two for each character.
    """
    head = bytearray(2048)
    pieces = struct.pack("<III", 0, 1, 1 + len(text))
    pieces += struct.pack("<HIHHIH", 0, 0x40000000 | 2 * len(head), 0, 0, len(head) + 2, 0)
    listed = struct.pack("<BHBBI", 1, 1, 0, 2, len(pieces)) + pieces
    struct.pack_into("<HH", head, 0, 0xA5EC, 0x00C1)
    struct.pack_into("<H", head, 0x0A, 0x0200)
    struct.pack_into("<I", head, 0x4C, 1 + len(text))
    struct.pack_into("<II", head, 0x01A2, 0, len(listed))
    return write_ole({"WordDocument": bytes(head) + b"\r\x00" + text.encode("utf-16-le"), "1Table": listed})
