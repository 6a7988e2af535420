"""DOC, WPS and RTF to a Document: converted to DOCX by LibreOffice, and looked over for what it loses."""

import re

from flows.errors import ReadError
from flows.model import Document
from flows.read.libreoffice import convert_to_docx
from flows.read.office import (
    DOCX,
    damaged,
    find_office_type,
    find_part,
    locked,
    open_package,
    read_part,
    wrong_type,
)
from flows.read.ole import DOC, FAULTS, WORKS, count_doc_cells
from flows.read.word import read_docx

# Of RTF: ends of cells, begins of paragraphs, control words but for those that are a character, what then prints.
CELL = re.compile(rb"\\(?:nest)?cell(?![a-z])")
PARAGRAPH = re.compile(rb"\\(?:pard|par|row|trowd)(?![a-z])")
CONTROL = re.compile(rb"\\(?!u-?\d)[a-z]+-?\d* ?|\\\*|[{}\s]")
SHOWN = re.compile(rb"\\'[0-9a-f]{2}|\\u-?\d|[^\\]", re.IGNORECASE)


def read_doc(data: bytes, name: str, charset: str = "") -> Document:  # noqa: ARG001 (the file says its own)
    """Return the Document of a DOC or WPS file as LibreOffice converts it.

    Raises ReadError where LibreOffice is missing or fails, where the file is cut or locked,
    and where cells were lost on the way.
    """
    found = find_office_type(data)
    if found not in (DOC, WORKS):
        raise wrong_type(name, found, DOC)
    try:
        printed = count_doc_cells(data) if found == DOC else 0
    except FAULTS as error:
        raise damaged(name, f"DOC: {error}", f"DOC：{error}") from error
    if printed is None:
        raise locked(name)
    return read_converted(data, name, "doc" if found == DOC else "wps", printed)


def read_rtf(data: bytes, name: str, charset: str = "") -> Document:  # noqa: ARG001 (the file says its own)
    """Return the Document of an RTF file as LibreOffice converts it.

    Raises ReadError as `read_doc` does; an RTF that is cut ends without its last bracket.
    """
    if not data.rstrip(b"\x00\r\n\t ").endswith(b"}"):
        raise damaged(name, "RTF: cut before its end", "RTF：在结尾之前被截断")
    return read_converted(data, name, "rtf", count_rtf_cells(data))


def read_converted(data: bytes, name: str, ending: str, printed: int) -> Document:
    """Return the Document of a file as LibreOffice converts it; ReadError where fewer filled cells come out than `printed`."""
    converted = convert_to_docx(data, name, ending)
    kept = count_docx_cells(converted, name)
    if kept < printed:
        raise ReadError(
            f"{name}: LibreOffice kept {kept} of the {printed} filled cells of its tables, expected all. "
            "Open it in Word or WPS, and save the report as DOCX.",
            f"{name}：表格中有文字的 {printed} 个单元格，经 LibreOffice 转换后只剩 {kept} 个，应全部保留。"
            "请用 Word 或 WPS 打开后将报告另存为 DOCX。",
        )
    return read_docx(converted, name)


def count_rtf_cells(data: bytes) -> int:
    """Return how many cells of an RTF's tables end in text: what stands between the last paragraph's begin and `\\cell`."""
    cells = CELL.split(data)[:-1]
    return sum(SHOWN.search(CONTROL.sub(b"", PARAGRAPH.split(cell)[-1])) is not None for cell in cells)


def count_docx_cells(data: bytes, name: str) -> int:
    """Return how many cells of a DOCX end in text, whether it is printed or not: what `count_doc_cells` counts."""
    package = open_package(data, name, DOCX)
    root = read_part(package, find_part(package, "", "officeDocument"))
    count = 0
    for cell in root.iter("{*}tc"):
        last = cell.findall("{*}p")[-1:]
        texts = (text for block in last for text in block.iter("{*}t", "{*}delText", "{*}instrText"))
        count += any((text.text or "").strip() for text in texts)
    return count
