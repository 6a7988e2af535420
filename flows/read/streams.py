"""A look at a PDF before it is opened: one that was cut, or would inflate beyond any report, is refused by name.

PDFium mends a file that was cut as well as it can, and says nothing of the pages that are
missing. It inflates a stream whole and ends its process where memory runs out. Pictures are
left alone: reading text never inflates them, and a scan may hold hundreds of megabytes of dots.
"""

import re
import zlib

from flows.errors import ReadError
from flows.read.limits import MAX_INFLATED, MAX_PART, too_much

STREAM = re.compile(rb"(?<!end)stream\r?\n")
PICTURE = re.compile(rb"/Subtype\s*/Image\b")
DEFLATED = re.compile(rb"/Fl(?:ateDecode)?\b")
MAX_LAYERS = 5
DICTIONARY = 4_000  # bytes before a stream that are looked through for what it is


def check_end(data: bytes, name: str) -> None:
    """Raise ReadError for a PDF without the mark of its end, which stands in its last 1,024 bytes (ISO 32000, Annex H)."""
    if b"%%EOF" not in data.rstrip(b"\x00\r\n\t ")[-1024:]:
        raise ReadError(
            f"{name}: the PDF is broken: it has no end (%%EOF), so it was cut. Fetch it again.",
            f"{name}：PDF 已损坏：缺少结尾（%%EOF），已被截断。请重新获取。",
        )


def check_streams(data: bytes, name: str) -> None:
    """Raise ReadError where a stream, or all together, inflate to more than the limits of a package's parts."""
    total = 0
    for match in STREAM.finditer(data):
        start = match.start()
        about = data[max(data.rfind(b" obj", max(0, start - DICTIONARY), start), 0) : start]
        if PICTURE.search(about):
            continue
        content = data[match.end() : data.find(b"endstream", match.end())]
        for _ in DEFLATED.findall(about)[:MAX_LAYERS]:
            content = inflate(content, MAX_PART + 1)
            total += len(content)
            if len(content) > MAX_PART or total > MAX_INFLATED:
                raise too_much(
                    name,
                    f"a stream that inflates to over {MAX_PART:,} bytes",
                    f"数据流解压后超过 {MAX_PART:,} 字节",
                )


def inflate(content: bytes, most: int) -> bytes:
    """Return what a deflated stream holds, at most so many bytes of it; nothing where it is not deflated."""
    try:
        return zlib.decompressobj().decompress(content, most)
    except zlib.error:
        return b""
