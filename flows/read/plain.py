"""Plain text to a Document: what a reader's browser copied, or a page without any table."""

from flows.decode import decode_text
from flows.model import Document


def read_plain(data: bytes, name: str, charset: str = "") -> Document:
    """Return the text with line ends made equal; it has no grids, and its first lines are its headings."""
    text = decode_text(data, name, charset).replace("\r\n", "\n").replace("\r", "\n")
    return Document(name=name, text=text)
