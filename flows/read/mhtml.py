"""MHTML to a Document: a page that a browser or Excel saved with all that it shows in one file, which is a mail."""

from dataclasses import replace
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

from flows.errors import ReadError
from flows.model import Document, Grid
from flows.read.html import read_html
from flows.read.limits import MAX_PARTS, MAX_PARTS_DEPTH, too_much
from flows.read.office import damaged


def read_mhtml(data: bytes, name: str, charset: str = "") -> Document:  # noqa: ARG001 (each part says its own)
    """Return the pages of the mail one after the other: Excel saves each sheet as a page beside an empty one.

    Raises ReadError where a part is damaged, there are too many, or none is a page.
    """
    if data.count(b"\n--") > 2 * MAX_PARTS or data.lower().count(b"multipart/") > MAX_PARTS_DEPTH:
        raise too_many_parts(name)
    mail = message_from_bytes(data, policy=compat32)
    parts = list(mail.walk())
    if sum(not part.is_multipart() for part in parts) > MAX_PARTS:
        raise too_many_parts(name)
    if faults := [type(fault).__name__ for part in parts for fault in part.defects]:
        raise damaged(name, f"MHTML: {faults[0]}", f"网页存档（MHTML）：{faults[0]}")
    pages = [read_page(part, name) for part in parts if part.get_content_type() == "text/html"]
    if not pages:
        raise ReadError(
            f"{name}: a saved web page (MHTML) without a page in it. Save it again.",
            f"{name}：网页存档（MHTML）中没有网页。请重新保存。",
        )
    return join_documents(pages, name)


def too_many_parts(name: str) -> ReadError:
    """Return the error for a mail of more parts than a saved page has."""
    return too_much(name, f"a mail of over {MAX_PARTS} parts", f"邮件包含超过 {MAX_PARTS} 个部分")


def read_page(part: Message, name: str) -> Document:
    """Return one page of a mail."""
    content = part.get_payload(decode=True)
    if part.defects or not isinstance(content, bytes):
        said = ", ".join(type(defect).__name__ for defect in part.defects) or "no content"
        raise damaged(name, f"MHTML: {said}", f"网页存档（MHTML）：{said}")
    return read_html(content, name, str(part.get_content_charset("")))


def join_documents(documents: list[Document], name: str) -> Document:
    """Return documents as one: their texts one after the other, their grids numbered through."""
    text, grids = "", list[Grid]()
    for document in documents:
        for grid in document.grids:
            start, end = grid.start + len(text), grid.end + len(text)
            grids.append(replace(grid, locator=f"table {len(grids) + 1}", start=start, end=end))
        text += document.text
    headings = tuple(heading for document in documents for heading in document.headings)
    return Document(name, text, tuple(grids), headings)
