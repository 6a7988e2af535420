"""Bytes to text: the charset by a fixed order of evidence, strictly, never with replacements."""

import codecs
import re

from flows.errors import ReadError

BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,20})", re.IGNORECASE)
# Pages that say gb2312 or gbk use characters of gb18030 (〔, 𠮷); the superset decodes all three.
# What else a page declares is not believed: servers say ISO-8859-1 where they know nothing, which decodes anything.
DECLARED = {
    **dict.fromkeys(("gb2312", "gbk", "gb_2312-80", "gb18030", "x-gbk", "cp936"), "gb18030"),
    **dict.fromkeys(("big5", "big5-hkscs", "x-x-big5", "cp950"), "cp950"),
}


def decode_text(data: bytes, name: str, declared: str = "") -> str:
    """Return the text of a page: BOM, strict UTF-8, the declared charset, its meta tag, strict GB 18030.

    UTF-8 comes before what the page declares, for declarations are wrong more often than
    random GB bytes are valid UTF-8. Raises ReadError with the byte offset where every charset fails.
    """
    for bom, charset in BOMS:
        if data.startswith(bom):
            return decode_strictly(data, [charset], name)
    meta = META_CHARSET.search(data[:4096])
    said = [declared, meta[1].decode("ascii") if meta else ""]
    charsets = [DECLARED[each.lower()] for each in said if each.lower() in DECLARED]
    return decode_strictly(data, list(dict.fromkeys(["utf-8", *charsets, "gb18030"])), name)


def decode_strictly(data: bytes, charsets: list[str], name: str) -> str:
    """Return the text in the first of `charsets` that decodes every byte, or raise ReadError."""
    failed = []
    for charset in charsets:
        try:
            text = data.decode(charset)
        except UnicodeDecodeError as error:
            failed.append((charset, error.start))
        else:
            return text
    where = ", ".join(f"{charset}: byte {start}" for charset, start in failed)
    raise ReadError(
        f"{name}: not text in any known charset ({where}). Save it as UTF-8 or GB 18030, "
        "or find the original file again.",
        f"{name}：任何已知字符集都无法解码（{where}）。请另存为 UTF-8 或 GB 18030，或重新获取原文件。",
    )
