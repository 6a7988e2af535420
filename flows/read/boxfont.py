"""The font that stands in for Chinese fonts that a PDF names but does not bring: every character is a box.

Old PDFs do not embed 宋体. PDFium then takes a font of the machine, and on a machine without
Chinese fonts it silently drops each piece of text that is one character long (无, 件, a label
of one character a line), for such a piece has no width. With this font the same text is read
on every machine, whatever fonts it has.
"""

import ctypes
import struct
from typing import Any

from pypdfium2 import raw  # type: ignore[import-untyped]

EM, ASCENT, DESCENT = 1000, 880, -120
INK = 100  # narrower than any character: PDFium counts ink beyond a character's own width to its place
CHINESE = (128, 129, 130, 134, 136)  # PDFium's numbers of the Japanese, Korean and Chinese character sets
HANDLE = 1
KEPT: list[Any] = []  # PDFium calls these for as long as it runs


def build_font() -> bytes:
    """Return a TrueType font in which every character is the same narrow box, set as wide as it is high."""
    box = struct.pack(">5hHH4B", 1, 0, DESCENT, INK, ASCENT, 3, 0, 1, 1, 1, 1)
    box += struct.pack(">8hxx", 0, INK, 0, -INK, DESCENT, 0, EM, 0)
    tables = {
        b"OS/2": struct.pack(
            ">HhHHH11h10x4I4s3H3h2H2I",
            *(4, EM, 400, 5, 0, *[0] * 11, *[0] * 4, b"NONE", 64, 0x20, 0xFFFF),
            *(ASCENT, DESCENT, 0, ASCENT, -DESCENT, 1 << 18 | 1, 0),
        ),
        b"cmap": struct.pack(">4HI2H6I", 0, 1, 3, 10, 12, 13, 0, 28, 0, 1, 0x20, 0x10FFFF, 1),
        b"glyf": box * 2,
        b"head": struct.pack(
            ">4I2H2Q4h2H3h", 1 << 16, 1 << 16, 0, 0x5F0F3CF5, 3, EM, 0, 0, 0, DESCENT, EM, ASCENT, 0, 8, 2, 1, 0
        ),
        b"hhea": struct.pack(
            ">I3hH3h3h8xhH", 1 << 16, ASCENT, DESCENT, 0, EM, 0, 0, EM, 1, 0, 0, 0, 2
        ),
        b"hmtx": struct.pack(">HhHh", EM, 0, EM, 0),
        b"loca": struct.pack(">3I", 0, len(box), 2 * len(box)),
        b"maxp": struct.pack(">I14H", 1 << 16, 2, 4, 1, 0, 0, 1, *[0] * 8),
        b"name": struct.pack(">9H", 0, 1, 18, 3, 1, 0x409, 4, 6, 0) + "Box".encode("utf-16-be"),
        b"post": struct.pack(">2I2h5I", 3 << 16, 0, -100, 50, *[0] * 5),
    }  # fmt: skip
    head, body = struct.pack(">I4H", 1 << 16, len(tables), 128, 3, len(tables) * 16 - 128), b""
    for tag, table in tables.items():
        head += tag + struct.pack(">3I", 0, 12 + 16 * len(tables) + len(body), len(table))
        body += table + b"\0" * (-len(table) % 4)
    return head + body


def install_font() -> None:
    """Make PDFium take the box font for Chinese text without a font, and no font of the machine for any."""
    font = build_font()

    def fill(buffer: int | None, size: int, content: bytes) -> int:
        if buffer and size >= len(content):
            ctypes.memmove(buffer, content, len(content))
        return len(content)

    def map_font(info: Any, weight: int, italic: int, charset: int, *rest: Any) -> int | None:  # noqa: ARG001
        return HANDLE if charset in CHINESE else None

    def find_content(info: Any, handle: int, table: int, buffer: int | None, size: int) -> int:  # noqa: ARG001
        return 0 if table else fill(buffer, size, font)

    def find_name(info: Any, handle: int, buffer: int | None, size: int) -> int:  # noqa: ARG001
        return fill(buffer, size, b"Box\0")

    answers = {
        "MapFont": map_font,
        "GetFont": lambda *_: None,
        "GetFontData": find_content,
        "GetFaceName": find_name,
        "GetFontCharset": lambda *_: CHINESE[3],
        "DeleteFont": lambda *_: None,
    }
    info = raw.FPDF_SYSFONTINFO()
    info.version = 1
    types = dict(info._fields_)
    for name, answer in answers.items():
        callback = types[name](answer)
        setattr(info, name, callback)
        KEPT.append(callback)
    KEPT.append(info)
    raw.FPDF_SetSystemFontInfo(info)
