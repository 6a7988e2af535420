"""What the pages of a PDF show, with its place: characters, and what is drawn straight and thin.

Places are in points from the top left corner of the page as its text is read: a page whose
text stands on its side is turned first, whatever the file says of its rotation.
"""

import ctypes
import math
import threading
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from pypdfium2 import raw  # type: ignore[import-untyped]

from flows.errors import ReadError
from flows.read.boxfont import install_font
from flows.read.drawn import Box, Drawing, TooMuchError
from flows.read.limits import MAX_CHARS, MAX_CHARS_PAGE, MAX_DRAWN, MAX_PAGES, too_much

SLANTED = 4  # in place of quarter turns: a watermark across the page
# Stands for a character whose font does not say which it is: no figure can be read from it (U+3013 GETA MARK).
UNKNOWN = "〓"
# Radicals that fonts give for plain ideographs and that NFKC leaves, from Unicode's EquivalentUnifiedIdeograph.txt.
RADICALS = dict(
    zip(
        "⺁⺅⺊⺌⺍⺒⺓⺖⺘⺙⺜⺝⺞⺠⺡⺣⺧⺨⺩⺫⺬⺭⺰⺲⺶⺻⺼⺾⺿⻀⻁⻂⻄⻅⻆⻈⻉⻋⻌⻍⻎⻐⻑⻓⻔⻖⻗⻘⻙⻚⻛⻜⻝⻟⻠⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲",
        "厂亻卜小小巳幺忄扌攵日月歺民氵灬牛犭王目示礻纟罒羊聿肉艹艹艹虎衤西见角讠贝车辶辶辶钅長长门阝雨青韦页风飞食飠饣马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀",
        strict=True,
    )
)
# PDFium must not be called from two threads at a time.
ONE_AT_A_TIME = threading.Lock()
install_font()


class Char(NamedTuple):
    """A printed character; `turn` counts the quarters to the right that make it upright.

    `base` is the place of the line that it stands on, downwards as seen when it is upright: it tells one line
    where fonts of unlike boxes are mixed. Only for characters of the same turn can it be compared.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    base: float
    turn: int = 0


@dataclass
class Page:
    """What one page shows: characters, thin straight boxes, and how many pictures."""

    chars: list[Char] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    pictures: int = 0


def read_pages(data: bytes, name: str) -> list[Page]:
    """Return what each page of a PDF shows.

    Raises ReadError for a file that is broken, locked or empty, and where pages, characters
    or drawings pass the limits above.
    """
    pages: list[Page] = []
    chars, budget = 0, MAX_DRAWN
    with ONE_AT_A_TIME, open_document(data, name) as document:
        for number in range(1, raw.FPDF_GetPageCount(document) + 1):
            with open_page(document, number, name) as page:
                shown, drawn = read_page(page, budget, f"{name} p{number}")
            chars += len(shown.chars)
            budget -= drawn
            if chars > MAX_CHARS:
                raise too_much(name, f"over {MAX_CHARS:,} characters", f"超过 {MAX_CHARS:,} 个字符")
            pages.append(shown)
    return pages


@contextmanager
def open_document(data: bytes, name: str) -> Iterator[Any]:
    """Hold a PDF open; raises ReadError for one that is locked, broken, without pages or with too many."""
    document = raw.FPDF_LoadMemDocument64(data, len(data), None)
    if not document:
        locked = raw.FPDF_GetLastError() in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
        raise is_locked(name) if locked else is_broken(name)
    try:
        count = raw.FPDF_GetPageCount(document)
        if count < 1:
            raise is_broken(name)
        if count > MAX_PAGES:
            raise too_much(name, f"{count:,} pages, over {MAX_PAGES}", f"{count:,} 页，超过 {MAX_PAGES} 页")
        yield document
    finally:
        raw.FPDF_CloseDocument(document)


def is_locked(name: str) -> ReadError:
    """Return the error for an encrypted PDF."""
    return ReadError(
        f"{name}: the PDF is encrypted, a password is needed to read it. Save it without a password, "
        "or find the report in another format.",
        f"{name}：PDF 已加密，需要密码才能读取。请另存为无密码的文件，或寻找该报告的其他格式。",
    )


def is_broken(name: str) -> ReadError:
    """Return the error for a PDF that cannot be opened."""
    return ReadError(
        f"{name}: the PDF is broken or empty, no page of it can be opened. Fetch or save it again.",
        f"{name}：PDF 已损坏或为空，没有可打开的页面。请重新获取或保存。",
    )


@contextmanager
def open_page(document: Any, number: int, name: str) -> Iterator[Any]:
    """Hold a page open, its filled-in form fields made part of it; pages count from 1."""
    page = raw.FPDF_LoadPage(document, number - 1)
    if page and raw.FPDFPage_GetAnnotCount(page) > 0:
        raw.FPDFPage_Flatten(page, raw.FLAT_PRINT)
        raw.FPDF_ClosePage(page)
        page = raw.FPDF_LoadPage(document, number - 1)
    if not page:
        raise is_broken(f"{name} p{number}")
    try:
        yield page
    finally:
        raw.FPDF_ClosePage(page)


def read_page(page: Any, budget: int, name: str) -> tuple[Page, int]:
    """Return what one page shows, turned so that most of its text is upright, and how much it draws."""
    rect = raw.FS_RECTF()
    raw.FPDF_GetPageBoundingBox(page, rect)
    size = (rect.left, rect.bottom, rect.right, rect.top)
    found = read_text(page, name)
    turns = Counter(turn for *_, turn in found if turn != SLANTED)
    upright = max(turns, key=lambda turn: (turns[turn], -turn)) if turns else 0
    place = turn_box(size, upright)
    drawing = Drawing(budget)
    try:
        drawing.read(page)
    except TooMuchError as error:
        raise too_much(name, f"over {MAX_DRAWN:,} drawn lines", f"绘制的线条超过 {MAX_DRAWN:,} 条") from error
    shown = Page(
        chars=[
            Char(text, *place(box), base, turn if turn == SLANTED else (turn - upright) % 4)
            for text, box, base, turn in found
            if is_inside(box, size)
        ],
        boxes=[place(box) for box in drawing.boxes if is_inside(box, size)],
        pictures=drawing.pictures,
    )
    return shown, budget - drawing.budget


def is_inside(box: Box, size: Box) -> bool:
    """Return whether the middle of a box is on the page: what lies beyond its edge is not printed."""
    return 2 * size[0] <= box[0] + box[2] <= 2 * size[2] and 2 * size[1] <= box[1] + box[3] <= 2 * size[3]


def turn_box(size: Box, turn: int) -> Callable[[Box], Box]:
    """Return the function that turns a box clockwise by quarters and counts from the page's top left.

    >>> turn_box((0, 0, 600, 400), 0)((50, 300, 60, 320)), turn_box((0, 0, 600, 400), 1)((50, 300, 60, 320))
    ((50, 80, 60, 100), (300, 50, 320, 60))
    """
    left, bottom, right, top = size
    turners: tuple[Callable[[Box], Box], ...] = (
        lambda box: (box[0] - left, top - box[3], box[2] - left, top - box[1]),
        lambda box: (box[1] - bottom, box[0] - left, box[3] - bottom, box[2] - left),
        lambda box: (right - box[2], box[1] - bottom, right - box[0], box[3] - bottom),
        lambda box: (top - box[3], right - box[2], top - box[1], right - box[0]),
    )
    return turners[turn]


# Characters


def read_text(page: Any, name: str) -> list[tuple[str, Box, float, int]]:
    """Return each printed character with its place, its base line and the quarter turns that make it upright."""
    text_page = raw.FPDFText_LoadPage(page)
    if not text_page:
        raise is_broken(name)
    try:
        count = raw.FPDFText_CountChars(text_page)
        if count > MAX_CHARS_PAGE:
            raise too_much(
                name, f"over {MAX_CHARS_PAGE:,} characters on a page", f"一页超过 {MAX_CHARS_PAGE:,} 个字符"
            )
        return list(read_chars(text_page, count))
    finally:
        raw.FPDFText_ClosePage(text_page)


def read_chars(text_page: Any, count: int) -> Iterator[tuple[str, Box, float, int]]:
    """Yield the characters with ink: blanks are told by the gaps, for PDFium makes up blanks of its own."""
    code_of, is_unnamed = raw.FPDFText_GetUnicode, raw.FPDFText_HasUnicodeMapError
    place_of, angle_of = raw.FPDFText_GetLooseCharBox, raw.FPDFText_GetCharAngle
    origin_of, x, y = raw.FPDFText_GetCharOrigin, ctypes.c_double(), ctypes.c_double()
    rect = raw.FS_RECTF()
    high = 0
    for index in range(count):
        code = code_of(text_page, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if high:
            code = 0x10000 + ((high - 0xD800) << 10) + code - 0xDC00 if 0xDC00 <= code < 0xE000 else 0
            high = 0
        # Without a character's name PDFium gives its number in the font, which may look like a digit or a blank.
        text = UNKNOWN if is_unnamed(text_page, index) else plain_char(code)
        if not text:
            continue
        place_of(text_page, index, rect)
        origin_of(text_page, index, x, y)
        turn = quarter_turns(angle_of(text_page, index))
        base = (-y.value, x.value, y.value, -x.value, -y.value)[turn] if turn else -y.value
        yield text, (rect.left, rect.bottom, rect.right, rect.top), base, turn


@lru_cache(maxsize=70_000)
def plain_char(code: int) -> str:
    """Return the character of a code point, nothing for blanks and marks without ink.

    Kangxi radicals and those of the supplement become the ideographs that were meant; only
    these, for NFKC would also change （）：％.

    >>> plain_char(0x2F8F), plain_char(0x2EA0), plain_char(0xFF08), plain_char(0x3000), plain_char(2)
    ('行', '民', '（', '', '-')
    """
    if code == 2:  # PDFium's mark for a hyphen at the end of a line
        return "-"
    if code in (0, 0xFFFD) or 0xD800 <= code < 0xE000 or code & 0xFFFE == 0xFFFE or code > 0x10FFFF:
        return UNKNOWN
    char = chr(code)
    if 0x2E80 <= code < 0x2FE0:
        return RADICALS.get(char) or unicodedata.normalize("NFKC", char)
    return "" if char.isspace() or unicodedata.category(char) in ("Cc", "Cf") else char


@lru_cache(maxsize=1_000)
def quarter_turns(angle: float) -> int:
    """Return how many quarters to the right make a character upright; SLANTED where none does within 5°.

    >>> quarter_turns(0.0), quarter_turns(4.712), quarter_turns(0.8)
    (0, 1, 4)
    """
    quarters = angle / (math.pi / 2)
    return -round(quarters) % 4 if abs(quarters - round(quarters)) < 0.06 else SLANTED
