"""What is thrown at the readers and the extraction, and what must hold whatever it is: each target takes any bytes."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from decimal import Decimal
from functools import cache

from flows.cells import parse_value
from flows.decode import decode_text
from flows.errors import FormError, ReadError
from flows.extract.report import extract_report
from flows.model import Document, Grid, Value
from flows.read import read_document
from flows.read.biff import list_details, list_formats
from flows.read.limits import MAX_CELLS
from flows.read.ole import FAULTS, count_doc_cells, find_ole_type, open_storage, read_stream
from flows.read.wire import decode_document, encode_document
from flows.registry import Registry, load_registry
from tests.conftest import ROOT
from tests.read import office_files as files
from tests.read.hostile import xml_book
from tests.read.test_html import Sections, read_grid, reference_grid, write_table
from tests.read.test_opendocument import write
from tests.test_cells import reference_value

SPANS = ("", "1", "2", "3", "0", "999999999", "-5", "1e9", "１２", "65534")
CHARSETS = ("utf-8", "utf-8-sig", "gb18030", "cp950", "utf-16", "utf-16-le", "utf-16-be")
REPLACEMENT = "\ufffd"
WORDS = ("192", "1,204", " ", "甲", "\n", "0", "-", "A1", "1e9", "¹", "&#13;", "&lt;")
VALUES = (
    "1",
    "0",
    "2",
    "continue",
    "restart",
    "-1",
    "",
    "999999999",
    "A1:B2",
    "XFD1",
    "s",
    "true",
    "begin",
    "end",
    "gone",
    "collapse",
)
WORD_TAGS = (
    *"w:p w:r w:t w:tbl w:tr w:tc w:tcPr w:trPr w:rPr w:pPr w:sdt w:sdtContent w:ins w:del w:moveFrom w:ruby w:rt w:tab w:br".split(),
    *"w:txbxContent mc:AlternateContent mc:Choice mc:Fallback w:style w:name w:tblGrid w:altChunk".split(),
    *(f"{tag} w:val" for tag in "w:gridSpan w:vMerge w:hMerge w:gridBefore w:gridAfter w:vanish w:vertAlign w:rStyle w:hidden".split()),
    "w:gridCol w:w", "w:fldChar w:fldCharType", "w:sym w:char", "w:style w:styleId", "w:t xml:space",
)  # fmt: skip
SHEET_TAGS = (
    *"row c v is t r f mergeCells cols sheetData".split(), "row r", "row hidden", "row ht",
    "c r", "c t", "c s", "mergeCell ref", "col min", "v xml:space",
)  # fmt: skip
TEXT_TAGS = ("si", "t", "r", "rPr", "vertAlign val", "rPh")
STYLES = (
    '<numFmts><numFmt numFmtId="176" formatCode="0&quot;件&quot;"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="176"/><xf numFmtId="14"/></cellXfs>'
)
OPEN_TAGS = (
    *"table:table table:table-row table:table-cell table:covered-table-cell table:table-header-rows table:table-column".split(),
    *"text:p text:h text:s".split(),
    *"text:tab text:line-break text:span text:note text:list text:list-item text:section drawing:text-box office:annotation".split(),
    *(
        f"table:{tag} table:{name}" for tag in ("table-row", "table-cell", "table-column")
        for name in ("number-rows-repeated", "number-columns-repeated", "number-rows-spanned", "number-columns-spanned", "visibility")
    ),
    "text:span text:style-name", "text:p text:style-name", "text:h text:outline-level",
)  # fmt: skip
BOOK_TAGS = (
    *"Row Cell Data Column Table".split(), *(f"{tag} ss:{name}" for tag in ("Row", "Cell", "Column") for name in ("Index", "Hidden", "Span")),
    "Cell ss:MergeAcross", "Cell ss:MergeDown", "Cell ss:StyleID", "Data ss:Type",
)  # fmt: skip
MARKS = "0123456789001１２０，．＋－−／,,,...+-—/ \u3000\u200b\u00ad²①一无%件_eE\n"


@cache
def registry() -> Registry:
    return load_registry(ROOT / "schemas")


def check_document(document: Document, data: bytes) -> None:
    """Check what holds for every Document: grids are rectangles of text at their place, and no character is made up."""
    assert decode_document(encode_document(document)) == document
    assert sum(len(row) for grid in document.grids for row in grid.rows) <= MAX_CELLS
    for grid in document.grids:
        assert len({len(row) for row in grid.rows}) == 1
        assert document.text[grid.start : grid.end].count("\n") == len(grid.rows)
        assert all(row < len(grid.rows) and column < len(grid.rows[0]) for row, column in grid.continued)
    if REPLACEMENT in document.text:  # from the file itself, or from a reference such as &#0; in its markup
        said = (REPLACEMENT.encode(), REPLACEMENT.encode("gb18030"), b"\xfd\xff", b"\xff\xfd", b"&#")
        assert any(each in data for each in said), data[:100]


def read(data: bytes) -> Document | None:
    """Return the Document of any bytes that ends as one."""
    try:
        document = read_document(data, "fuzz")
    except ReadError as error:
        refused = error.text
    else:
        check_document(document, data)
        return document
    assert all(text.startswith("fuzz") for text in refused)
    return None


def read_any(data: bytes) -> None:
    read(data)


def build_xml(data: bytes, tags: Sequence[str]) -> str:
    """Return well-formed XML of these tags with any nesting, attribute and text that the bytes choose.

    Changed bytes of XML are hardly ever XML, so that nothing behind its parser would be reached.
    """
    pieces, opened = list[str](), list[str]()
    for byte in data[:400]:
        if byte < 60 and opened:
            pieces.append(f"</{opened.pop()}>")
        elif byte < 90:
            pieces.append(WORDS[byte % len(WORDS)])
        else:
            tag, _, attribute = tags[byte % len(tags)].partition(" ")
            says = f' {attribute}="{VALUES[byte // len(tags) % len(VALUES)]}"' if attribute else ""
            pieces.append(f"<{tag}{says}>")
            opened.append(tag)
    return "".join(pieces) + "".join(f"</{tag}>" for tag in reversed(opened))


def read_word(data: bytes) -> None:
    read(files.write_word(build_xml(data, WORD_TAGS), build_xml(data[::-1], WORD_TAGS)))


def read_book(data: bytes) -> None:
    read(
        files.write_book(
            build_xml(data, SHEET_TAGS), build_xml(data[::-1], SHEET_TAGS), build_xml(data, TEXT_TAGS), STYLES
        )
    )


def read_open(data: bytes) -> None:
    for kind in ("text", "spreadsheet"):
        read(write(build_xml(data, OPEN_TAGS), kind))


def read_xml_book(data: bytes) -> None:
    read(xml_book(build_xml(data, BOOK_TAGS)))


def extract(data: bytes) -> None:
    """Extract from whatever can be read: observations with a place each, or a FormError."""
    document = read(data)
    if document is not None:
        with suppress(FormError):
            extraction = extract_report(document, registry())
            keys = [(each.indicator_id, each.applicant) for each in extraction.observations]
            assert len(keys) == len(set(keys))
            for each in extraction.observations:
                assert (each.value.amount is None) == (each.value.status != "reported")
                if each.value.status == "reported":
                    assert each.locator
                    assert REPLACEMENT not in each.raw_value


def parse(data: bytes) -> None:
    """Parse a cell as the reference in tests/test_cells.py does."""
    odd = (
        data[:1] > b"\x80"
    )  # half of them from the characters that matter, which chance alone hardly strings together
    text = "".join(MARKS[byte % len(MARKS)] for byte in data[1:40]) if odd else data.decode("utf-8", "ignore")
    status, digits = reference_value(text)
    assert parse_value.__wrapped__(text) == Value(Decimal(digits) if digits else None, status)  # type: ignore[arg-type]


def expand_spans(data: bytes) -> None:
    """Expand a table of spans as the reference in tests/read/test_html.py does."""
    sections: Sections = [[[]]]
    for at, byte in enumerate(data[:60]):
        if byte < 40:
            sections[-1].append([])
        elif byte < 50:
            sections.append([[]])
        else:
            sections[-1][-1].append((f"c{at}", SPANS[byte % 10], SPANS[byte // 10 % 5]))
    if any(cell for rows in sections for row in rows for cell in row):
        with suppress(ReadError, ValueError):  # ValueError: a table without cells has no grid
            grid: Grid = read_grid(write_table(sections))
            assert [list(row) for row in grid.rows] == reference_grid(sections)


def decode(data: bytes) -> None:
    """Decode text: strictly, in one of the charsets that we know."""
    try:
        text = decode_text(data, "fuzz")
    except ReadError:
        return
    assert "\x00" not in text
    assert any(decodes_to(data, charset, text) for charset in CHARSETS)


def decodes_to(data: bytes, charset: str, text: str) -> bool:
    """Return whether bytes are, every one of them, this text in a charset."""
    try:
        return data.decode(charset) == text
    except UnicodeDecodeError:
        return False


def open_ole(data: bytes) -> None:
    """Look through an OLE file: what is wrong with it is one of FAULTS."""
    assert find_ole_type(data)
    with suppress(*FAULTS):
        count_doc_cells(data)
    with suppress(*FAULTS):
        storage = open_storage(data)
        for name in storage.streams:
            with suppress(*FAULTS):
                book = read_stream(storage, name)
                list_formats(book)
                list(list_details(book))


TARGETS: dict[str, Callable[[bytes], None]] = {
    "read": read_any,
    "word": read_word,
    "sheet": read_book,
    "open": read_open,
    "xml": read_xml_book,
    "extract": extract,
    "parse": parse,
    "spans": expand_spans,
    "decode": decode,
    "ole": open_ole,
}
