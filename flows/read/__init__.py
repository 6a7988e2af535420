"""Bytes to a Document: the reader is picked by what the bytes are, never by a file's name."""

import re
from collections.abc import Callable

from flows.errors import ReadError
from flows.model import Document
from flows.read.html import read_html
from flows.read.plain import read_plain

MAX_BYTES = 20 * 1024 * 1024

READERS: dict[str, Callable[[bytes, str, str], Document]] = {
    "text/html": read_html,
    "text/plain": read_plain,
}
# What files of other kinds begin with: told by name, so that nobody looks for a fault in the report.
SIGNATURES = (
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),  # also DOCX and XLSX
    (b"\xd0\xcf\x11\xe0", "application/x-ole-storage"),  # also DOC, XLS, WPS
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"\x1f\x8b", "application/gzip"),
    (b"Rar!", "application/vnd.rar"),
    (b"{\\rtf", "application/rtf"),
)
MARKUP = re.compile(rb"<(?:!doctype|html|head|body|meta|table|tr|td|div|span|p|br)[\s>/]", re.IGNORECASE)
UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")


def find_media_type(data: bytes) -> str:
    """Return the media type that the bytes show, `application/octet-stream` where they show none."""
    for signature, media_type in SIGNATURES:
        if data.startswith(signature):
            return media_type
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
        known = ", ".join(READERS)
        raise ReadError(
            f"{name}: {media_type} cannot be read yet, expected one of: {known}. "
            "Save the report as a web page or as text and try again.",
            f"{name}：尚不能读取 {media_type}，可读类型：{known}。请将报告另存为网页或文本后重试。",
        )
    return READERS[media_type](data, name, charset)
