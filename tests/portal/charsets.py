"""The bytes of a page or text in a charset, which it declares, keeps to itself, or gets wrong."""

import codecs

from tests.portal.traditional import to_traditional

BOMS = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
# What a page calls gb2312 or gbk holds characters of the superset.
CODECS = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "cp950"}


def declared_charset(charset: str) -> str:
    """Return what a page says of its charset: an empty text where it says nothing.

    >>> declared_charset("gb18030"), declared_charset("gb18030:"), declared_charset("utf-8-sig:gb2312")
    ('gb18030', '', 'gb2312')
    """
    real, colon, said = charset.partition(":")
    return said if colon else real.removesuffix("-sig")


def encode_page(text: str, charset: str) -> bytes:
    """Return the bytes of a text; in Big5 after a machine turned it into traditional characters.

    >>> encode_page("结果", "big5").decode("big5"), encode_page("1", "utf-16-le:")
    ('結果', b'\\xff\\xfe1\\x00')
    """
    real = charset.partition(":")[0]
    if real == "big5":
        text = to_traditional(text)
    return BOMS.get(real, b"") + text.encode(CODECS.get(real, real), "xmlcharrefreplace")
