"""Bytes to text: the charset by a fixed order of evidence, strictly, never with replacements.

What a page declares is hardly believed: servers say ISO-8859-1 where they know nothing, and
UTF-16 for pages that are not. Big5 is the charset to fear: its bytes are always valid GB 18030
too, and then mean other characters. So where two charsets decode a page, its characters tell.
"""

import codecs
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache

from flows.errors import ReadError

BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
META_CHARSET = re.compile(
    rb"<(?:meta[^>]{0,200}?charset|\?xml[^>]{0,100}?encoding)\s*=\s*[\"']?\s*([\w-]{2,20})", re.IGNORECASE
)
# Pages that say gb2312 or gbk use characters of gb18030 (〔, 𠮷); the superset decodes all three.
DECLARED = {
    **dict.fromkeys(("gb2312", "gbk", "gb_2312-80", "gb18030", "x-gbk", "cp936"), "gb18030"),
    **dict.fromkeys(("big5", "big5-hkscs", "x-x-big5", "cp950"), "cp950"),
}
# Where each charset keeps its marks and, sorted by use, the ideographs of nearly every text: bytes from and to.
COMMON = {
    "gb18030": ((0xA1, 0xA3, 0xA1), (0xB0, 0xD7, 0xA1)),
    "cp950": ((0xA1, 0xA3, 0x40), (0xA4, 0xC6, 0x40)),
}
# Of the characters beyond ASCII in texts of 80 bytes or more, at least 0.98 were common in the right charset and at most
# 0.70 in the wrong one, of Big5 read as GB 18030 at most 0.35 (12,000 stretches of reports in both scripts).
LEAD = 0.1
LEAST = 0.5
# Four ideographs of UTF-8 in a row: no text in GB 18030 or Big5 looks so by chance.
FOREIGN = re.compile(rb"[\xe4-\xe9][\x80-\xbf]{2}" * 4)
ASCII = re.compile(r"[\x00-\x7f]+")
SAMPLE = 4096


def decode_text(data: bytes, name: str, declared: str = "") -> str:
    """Return the text of a page: by its BOM, as UTF-16 that its NUL bytes show, as UTF-8, as GB 18030 or Big5.

    Of the last two the one whose characters are common in Chinese; what the server or the
    page's meta tag declares decides only where both are. Raises ReadError with the byte offset
    where nothing decodes the page, it holds two charsets, it is cut, or its charset is in doubt.
    """
    charset = next((charset for bom, charset in BOMS if data.startswith(bom)), "") or find_utf16(data)
    if charset:
        text = decode_strictly(data, (charset,), name)[charset]
        if charset != "utf-8-sig" and find_share(text, *COMMON) < LEAST:
            raise in_doubt(name, charset)
    else:
        text = decode_unmarked(data, name, declared)
    if "\x00" in text:
        at = 2 * text.index("\x00") if charset.startswith("utf-16") else data.index(b"\x00")
        raise ReadError(
            f"{name}: byte {at} is NUL, which no text holds; expected a page or text. Fetch the original file again.",
            f"{name}：第 {at} 字节为 NUL，文本中不应出现；应为网页或文本。请重新获取原文件。",
        )
    return text


def find_utf16(data: bytes) -> str:
    """Return which UTF-16 the bytes are though no mark says so, or an empty text.

    Half of markup, digits and line ends is NUL there; read from the wrong side they are rare ideographs.
    """
    if b"\x00" not in data[:SAMPLE] or len(data) % 2:
        return ""
    samples = {charset: data[:SAMPLE].decode(charset, "ignore") for charset in ("utf-16-le", "utf-16-be")}
    shares = {charset: find_share(text, *COMMON) for charset, text in samples.items() if "\x00" not in text}
    best = max(shares, key=lambda charset: shares[charset], default="")
    return best if best and shares[best] >= LEAST else ""


def decode_unmarked(data: bytes, name: str, declared: str) -> str:
    """Return the text of bytes without a mark: UTF-8, or the likelier of GB 18030 and Big5."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and not data[: error.start].isascii():
            raise no_text(name, {"utf-8": error.start}, len(data)) from error
        failed = {"utf-8": error.start}
    texts = decode_strictly(data, ("gb18030", "cp950"), name, failed)
    if mixed := FOREIGN.search(data):
        raise ReadError(
            f"{name}: byte {mixed.start()} begins a stretch of UTF-8, the page around it is in another charset. "
            "Save it as UTF-8 from a browser, or find the original file again.",
            f"{name}：第 {mixed.start()} 字节起为 UTF-8，而页面其余部分为另一字符集。请用浏览器另存为 UTF-8，或重新获取原文件。",
        )
    shares = {charset: find_share(text, charset) for charset, text in texts.items()}
    return texts[choose_charset(shares, find_declared(data, declared), name)]


def decode_strictly(
    data: bytes, charsets: tuple[str, ...], name: str, failed: Mapping[str, int] | None = None
) -> dict[str, str]:
    """Return the text in each of `charsets` that decodes every byte, or raise ReadError where none does."""
    texts, places = {}, dict(failed or {})
    for charset in charsets:
        try:
            texts[charset] = data.decode(charset)
        except UnicodeDecodeError as error:
            places[charset] = error.start
    if not texts:
        raise no_text(name, places, len(data))
    return texts


def find_declared(data: bytes, declared: str) -> list[str]:
    """Return the charsets that the server and the page's meta tag declare, of those that we know."""
    meta = META_CHARSET.search(data[:SAMPLE])
    said = (declared, meta[1].decode("ascii") if meta else "")
    return [DECLARED[each.lower()] for each in said if each.lower() in DECLARED]


def find_share(text: str, *charsets: str) -> float:
    """Return how many of the characters beyond ASCII are common in Chinese text of these charsets; 1 where there are none.

    A long text is judged by some thousand characters from all over it.

    >>> find_share("收到192件", "gb18030"), find_share("ÿþ", "gb18030", "cp950"), find_share("a", "cp950")
    (1.0, 0.0, 1.0)
    """
    common, foreign = list_common(charsets), ASCII.sub("", text)
    foreign = foreign[:: len(foreign) // SAMPLE or 1]
    return (
        sum(count for char, count in Counter(foreign).items() if char in common) / len(foreign)
        if foreign
        else 1.0
    )


@cache
def list_common(charsets: tuple[str, ...]) -> frozenset[str]:
    """Return the marks and the common ideographs of charsets."""
    return frozenset(
        char
        for charset in charsets
        for first, last, least in COMMON[charset]
        for high in range(first, last + 1)
        for low in range(least, 0xFF)
        if len(char := bytes((high, low)).decode(charset, "ignore")) == 1
    )


def choose_charset(shares: Mapping[str, float], declared: Sequence[str], name: str) -> str:
    """Return the charset whose text is the likeliest, where it leads or is declared; raise ReadError in doubt."""
    best, *others = sorted(shares, key=lambda charset: -shares[charset])
    rivals = [best, *(other for other in others if shares[best] - shares[other] < LEAD)]
    chosen = best if len(rivals) == 1 else next((each for each in declared if each in rivals), "")
    if not chosen or shares[chosen] < LEAST:
        raise in_doubt(name, " / ".join(rivals))
    return chosen


def no_text(name: str, failed: Mapping[str, int], size: int) -> ReadError:
    """Return the error for bytes that no charset decodes, with the place where each fails."""
    where = ", ".join(f"{charset}: byte {start}" for charset, start in failed.items())
    if max(failed.values()) >= size - 3:
        return ReadError(
            f"{name}: the file ends in the middle of a character ({where} of {size}): it was cut. Fetch it again.",
            f"{name}：文件在一个字符中间结束（{where}，共 {size} 字节），已被截断。请重新获取。",
        )
    return ReadError(
        f"{name}: not text in any known charset ({where}). Save it as UTF-8 or GB 18030, "
        "or find the original file again.",
        f"{name}：任何已知字符集都无法解码（{where}）。请另存为 UTF-8 或 GB 18030，或重新获取原文件。",
    )


def in_doubt(name: str, charsets: str) -> ReadError:
    """Return the error for bytes that decode, but to what is hardly Chinese, or to two texts as likely."""
    return ReadError(
        f"{name}: its charset is in doubt: as {charsets} it is hardly Chinese text, or as likely as another. "
        "Save it as UTF-8 from a browser.",
        f"{name}：字符集无法确定：按 {charsets} 解码不像中文，或与其他字符集同样可能。请用浏览器另存为 UTF-8。",
    )
