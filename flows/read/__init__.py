"""Bytes to a Document: the reader is picked by what the bytes are, never by a file's name."""

import re
from collections.abc import Callable

from flows.cells import clean_text
from flows.errors import ReadError, Text
from flows.model import Document
from flows.read.html import read_html
from flows.read.limits import MAX_BYTES
from flows.read.office import DOCX, NAMES, XLSX, find_office_type
from flows.read.ole import DOC, WORKS, XLS
from flows.read.pdf import read_pdf
from flows.read.plain import read_plain
from flows.read.sheet import read_xls, read_xlsx
from flows.read.word import read_doc, read_docx

READERS: dict[str, Callable[[bytes, str, str], Document]] = {
    "text/html": read_html,
    "text/plain": read_plain,
    "application/pdf": read_pdf,
    DOCX: read_docx,
    XLSX: read_xlsx,
    XLS: read_xls,
    DOC: read_doc,
    WORKS: read_doc,
}
# What files of other kinds begin with: told by name, so that nobody looks for a fault in the report.
SIGNATURES = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"\x1f\x8b", "application/gzip"),
    (b"Rar!", "application/vnd.rar"),
    (b"{\\rtf", "application/rtf"),
)
KINDS = {
    **NAMES,
    "application/pdf": Text("a PDF (application/pdf)", "PDF 文件（application/pdf）"),
    "image/png": Text("an image (image/png)", "图像（image/png）"),
    "image/jpeg": Text("an image (image/jpeg)", "图像（image/jpeg）"),
    "image/gif": Text("an image (image/gif)", "图像（image/gif）"),
    "image/tiff": Text("an image (image/tiff)", "图像（image/tiff）"),
    "application/gzip": Text("a gzip archive (application/gzip)", "gzip 压缩文件（application/gzip）"),
    "application/vnd.rar": Text("a RAR archive (application/vnd.rar)", "RAR 压缩文件（application/vnd.rar）"),
    "application/rtf": Text("an RTF document (application/rtf)", "RTF 文档（application/rtf）"),
    "application/octet-stream": Text(
        "a binary file (application/octet-stream)", "二进制文件（application/octet-stream）"
    ),
}
MARKUP = re.compile(rb"<(?:!doctype|html|head|body|meta|table|tr|td|div|span|p|br)[\s>/]", re.IGNORECASE)
OFFICE = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # a zip or an OLE storage: what it holds tells more
UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")


def find_media_type(data: bytes) -> str:
    """Return the media type that the bytes show, `application/octet-stream` where they show none."""
    for signature, media_type in SIGNATURES:
        if data.startswith(signature):
            return media_type
    if data.startswith(OFFICE):
        return find_office_type(data)
    sample = data[:65536]
    if data.startswith(UTF16_BOMS):
        sample = sample.replace(b"\x00", b"")
    if b"\x00" in sample:
        return "application/octet-stream"
    return "text/html" if MARKUP.search(sample) else "text/plain"


def read_document(data: bytes, name: str, charset: str = "") -> Document:
    """Return the Document of a file's bytes; `name` is what messages call it.

    Raises ReadError for an empty file, one over 20 MiB, and one of a kind without a reader.
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
    if media_type not in READERS:
        found = KINDS.get(media_type, Text(media_type, media_type))
        raise ReadError(
            f"{name}: this is {found.en}, which cannot be read. Readable: a web page, text, PDF, DOCX, DOC, XLSX, XLS. "
            "Find the report in one of these, or save it as one, and try again.",
            f"{name}：这是{found.zh}，不能读取。可读取：网页、文本、PDF、DOCX、DOC、XLSX、XLS。请寻找或另存为其中一种后重试。",
        )
    document = READERS[media_type](data, name, charset)
    if not clean_text(document.text):
        raise ReadError(
            f"{name}: the file is empty but for blanks or markup, expected a report page. Fetch or save it again.",
            f"{name}：文件除空白或标记外为空，应为年度报告页面。请重新获取或保存。",
        )
    return document
