"""Bytes to a Document: the reader is picked by what the bytes are, never by a file's name."""

from collections.abc import Callable

from flows.cells import clean_text
from flows.errors import ReadError, Text
from flows.model import Document
from flows.read.doc import read_doc, read_rtf
from flows.read.html import read_html
from flows.read.kinds import (
    CSV,
    HTML,
    IMAGES,
    KINDS,
    MHTML,
    PDF,
    PLAIN,
    RTF,
    XML_BOOK,
    XML_OPEN,
    XML_WORD,
    find_media_type,
)
from flows.read.limits import MAX_BYTES
from flows.read.mhtml import read_mhtml
from flows.read.office import DOCX, ODS, ODT, XLSX
from flows.read.ole import DOC, WORKS, XLS
from flows.read.opendocument import read_flat, read_ods, read_odt
from flows.read.packed import UNPACKERS
from flows.read.pdf import read_image, read_pdf
from flows.read.plain import read_csv, read_plain
from flows.read.spreadsheetml import read_xml_book
from flows.read.word import read_docx, read_xml_word
from flows.read.xls import read_xls
from flows.read.xlsx import read_xlsx

READERS: dict[str, Callable[[bytes, str, str], Document]] = {
    HTML: read_html,
    PLAIN: read_plain,
    CSV: read_csv,
    PDF: read_pdf,
    MHTML: read_mhtml,
    DOCX: read_docx,
    DOC: read_doc,
    WORKS: read_doc,
    RTF: read_rtf,
    XML_WORD: read_xml_word,
    ODT: read_odt,
    XLSX: read_xlsx,
    XLS: read_xls,
    XML_BOOK: read_xml_book,
    ODS: read_ods,
    XML_OPEN: read_flat,
    **dict.fromkeys(IMAGES, read_image),
}


def read_document(data: bytes, name: str, charset: str = "") -> Document:
    """Return the Document of a file's bytes; `name` is what messages call it.

    Of a zip or gzip file the one report in it. Raises ReadError for an empty file, one over 20 MiB, and
    one of a kind without a reader.
    """
    if not data.strip():
        raise ReadError(
            f"{name}: the file is empty, expected a report page. Fetch or save it again.",
            f"{name}：文件为空，应为年度报告页面。请重新获取或保存。",
        )
    if len(data) > MAX_BYTES:
        raise ReadError(
            f"{name}: {len(data):,} bytes, expected at most {MAX_BYTES:,}. Give the page of the report alone.",
            f"{name}：{len(data):,} 字节，上限为 {MAX_BYTES:,}。请只提供报告页面本身。",
        )
    media_type = find_media_type(data)
    if media_type in UNPACKERS:
        data, name = UNPACKERS[media_type](data, name, READERS)
        media_type = find_media_type(data)  # one layer alone is taken off
    if media_type not in READERS:
        raise no_reader(name, media_type)
    document = READERS[media_type](data, name, charset)
    if not clean_text(document.text):
        raise ReadError(
            f"{name}: the file is empty but for blanks or markup, expected a report page. Fetch or save it again.",
            f"{name}：文件除空白或标记外为空，应为年度报告页面。请重新获取或保存。",
        )
    return document


def no_reader(name: str, media_type: str) -> ReadError:
    """Return the error for a file of a kind that cannot be read."""
    found = KINDS.get(media_type, Text(media_type, media_type))
    return ReadError(
        f"{name}: this is {found.en} ({media_type}), which cannot be read. Readable: a web page (HTML, MHTML), text, CSV, PDF, "
        "DOCX, DOC, WPS, RTF, ODT, XLSX, XLS, ODS, images (PNG, JPEG, GIF, TIFF, BMP, WebP). "
        "Find the report in one of these, or save it as one, and try again.",
        f"{name}：这是{found.zh}（{media_type}），不能读取。可读取：网页（HTML、MHTML）、文本、CSV、PDF、DOCX、DOC、WPS、RTF、ODT、"
        "XLSX、XLS、ODS、图像（PNG、JPEG、GIF、TIFF、BMP、WebP）。请寻找或另存为其中一种后重试。",
    )
