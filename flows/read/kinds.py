"""What kind of file it is, told by what its bytes are and never by its name: portals call a web page `.doc`."""

import csv
import re
from io import StringIO

from flows.decode import decode_text, find_utf16
from flows.errors import ReadError, Text
from flows.read.limits import MAX_CELLS
from flows.read.office import NAMES, find_office_type

HTML, PLAIN, CSV, PDF = "text/html", "text/plain", "text/csv", "application/pdf"
MHTML = "multipart/related"
RTF = "application/rtf"
XML_WORD = "application/vnd.ms-word+xml"  # our name: Word 2003 and flat DOCX, one XML file
XML_BOOK = "application/vnd.ms-excel+xml"  # our name: Excel 2003, one XML file
XML_OPEN = "application/vnd.oasis.opendocument+xml"  # our name: OpenDocument, one XML file
PNG, JPEG, GIF, TIFF = "image/png", "image/jpeg", "image/gif", "image/tiff"
BMP, WEBP = "image/bmp", "image/webp"
IMAGES = (PNG, JPEG, GIF, TIFF, BMP, WEBP)
GZIP = "application/gzip"
BINARY = "application/octet-stream"
# What files begin with: those that cannot be read are told by name, so that nobody looks for a fault in the report.
SIGNATURES = (
    (b"%PDF-", PDF),
    (b"{\\rtf", RTF),
    (b"\x1f\x8b", GZIP),
    (b"\x89PNG", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF8", GIF),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"Rar!", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Founder CEB", "application/x-ceb"),
    (b"CAJ\x00", "application/x-caj"),
    (b"KDH ", "application/x-caj"),
    (b"HN\xc8\x00", "application/x-caj"),
)
# Images that begin with little of their own: two letters and zeros, or a frame that other files have too.
PICTURES = ((re.compile(rb"BM.{4}\x00{4}", re.DOTALL), BMP), (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), WEBP))
KINDS = {
    **NAMES,
    PDF: Text("a PDF", "PDF 文件"),
    RTF: Text("an RTF document", "RTF 文档"),
    MHTML: Text("a saved web page (MHTML)", "网页存档（MHTML）"),
    XML_WORD: Text("a Word document in XML", "XML 格式的 Word 文档"),
    XML_OPEN: Text("an OpenDocument file in XML", "XML 格式的 OpenDocument 文件"),
    XML_BOOK: Text("an Excel workbook in XML", "XML 格式的 Excel 工作簿"),
    CSV: Text("a table in CSV", "CSV 表格"),
    GZIP: Text("a gzip archive", "gzip 压缩文件"),
    **dict.fromkeys(IMAGES, Text("an image", "图像")),
    "application/vnd.rar": Text("a RAR archive", "RAR 压缩文件"),
    "application/x-7z-compressed": Text("a 7z archive", "7z 压缩文件"),
    "application/x-ceb": Text("a CEB document of Founder Apabi", "方正 Apabi 的 CEB 文档"),
    "application/x-caj": Text("a CAJ document of CNKI", "知网的 CAJ 文档"),
    BINARY: Text("a binary file", "二进制文件"),
}
MARKUP = re.compile(rb"<(?:!doctype|html|head|body|meta|table|tr|td|div|span|p|br)[\s>/]", re.IGNORECASE)
XML_KINDS = (
    (re.compile(rb"<(?:\w+:)?Workbook\b[^>]*urn:schemas-microsoft-com:office:spreadsheet"), XML_BOOK),
    (re.compile(rb"<office:document\b[^>]*urn:oasis:names:tc:opendocument:xmlns:office"), XML_OPEN),
    (re.compile(rb"<w:wordDocument\b[^>]*http://schemas.microsoft.com/office/word/2003/wordml"), XML_WORD),
    (re.compile(rb"<pkg:package\b[^>]*http://schemas.microsoft.com/office/2006/xmlPackage"), XML_WORD),
)
# The header of a mail: MHTML is one, whose parts are the page and what it shows.
MAIL = re.compile(rb"(?:[A-Za-z][\w-]*:[^\n]*\n(?:[ \t][^\n]*\n)*){1,50}\r?\n")
MIME = re.compile(
    rb"^content-type:\s*(?:multipart/(?:related|alternative|mixed)|text/html)", re.IGNORECASE | re.MULTILINE
)
OFFICE = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # a zip or an OLE storage: what it holds tells more
BEFORE = (
    b"\xef\xbb\xbf \t\r\n"  # a byte order mark and blanks, which programs put before a file's own beginning
)
SAMPLE = 65_536


def find_media_type(data: bytes) -> str:
    """Return the media type that the bytes show, `application/octet-stream` where they show none."""
    if signed := find_signature(data):
        return signed
    if data.startswith(OFFICE):
        return find_office_type(data)
    sample = data[:SAMPLE]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or find_utf16(data):
        sample = sample.replace(b"\x00", b"")
    return find_text_type(data, sample)


def find_signature(data: bytes) -> str:
    """Return the media type that the first bytes alone show, an empty text for all others."""
    start = data[:1024].lstrip(BEFORE)
    for signature, media_type in SIGNATURES:
        if start.startswith(signature):
            return media_type
    return next((media_type for pattern, media_type in PICTURES if pattern.match(data)), "")


def find_text_type(data: bytes, sample: bytes) -> str:
    """Return the media type of text; `sample` is its beginning, one byte for each character of ASCII."""
    for pattern, media_type in XML_KINDS:
        if pattern.search(sample[:4096]):
            return media_type
    header = MAIL.match(sample)
    if header and MIME.search(header[0]):
        return MHTML
    if MARKUP.search(sample):
        return HTML
    if b"\x00" in sample:
        return BINARY
    try:
        return CSV if list_fields(decode_text(data, "")) else PLAIN
    except ReadError:  # the reader of plain text says why
        return PLAIN


def list_fields(text: str) -> list[list[str]]:
    """Return the rows of a file that is a table in CSV throughout, parted by commas, semicolons or tabs; else none.

    Every row must have the same number of fields, two at least, and every quote must close:
    text with a comma in it, a thousands comma that is not quoted, or more cells than any report
    is no table.
    """
    for delimiter in ",;\t":
        if not 0 < text.count(delimiter) <= MAX_CELLS:
            continue
        try:
            rows = [
                row
                for row in csv.reader(
                    StringIO(text.strip("\ufeff\r\n"), newline=""), delimiter=delimiter, strict=True
                )
                if row
            ]
        except csv.Error:
            continue
        if len(rows) > 1 and len({len(row) for row in rows}) == 1 and len(rows[0]) > 1:
            return rows
    return []
