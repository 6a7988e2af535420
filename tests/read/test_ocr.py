"""Pictures of print: tables as printed, loud where a figure is not certain, harmless where a file is hostile, never on line."""

import json
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from io import BytesIO

import pytest

from flows.errors import ReadError
from flows.model import Document
from flows.read import pictures, read_document
from flows.read.child import Reader
from flows.read.kinds import IMAGES, find_media_type
from flows.read.limits import MAX_PICTURES, MAX_PIXELS, MAX_SIDE
from tests.golden_set import GOLDEN
from tests.read.pdf_pages import print_scan

PAGE = (GOLDEN / "2021_image_1.png").read_bytes()
missing = pictures.find_missing()
pytestmark = pytest.mark.skipif(bool(missing), reason=f"the extra ocr is not installed: {missing}")
if not missing:
    from PIL import Image, ImageDraw, ImageFont

    from flows.read.engine import Found
    from flows.read.ocr import read_pages, read_strip
    from flows.read.paper import Mark
    from flows.read.pdfium import UNKNOWN
    from flows.read.raster import Pixels, read_pictures
    from flows.read.strips import Strip, has_gap, prints_full_width
    from tests.portal.spoil import write_scan

ROWS = (("12", "0", "305"), ("7", "/", "1,204"), ("86", "98", "-3"))


def draw(rows: tuple[tuple[str, ...], ...] = ROWS) -> "Image.Image":
    """Return a ruled table of figures, without ideographs: no font but Pillow's own is needed."""
    font = ImageFont.load_default(21)
    image = Image.new("RGB", (140 * len(rows[0]) + 80, 46 * len(rows) + 80), "white")
    canvas = ImageDraw.Draw(image)
    for y, row in enumerate(rows):
        for x, text in enumerate(row):
            left, top = 40 + 140 * x, 40 + 46 * y
            canvas.rectangle((left, top, left + 140, top + 46), outline="black", width=2)
            canvas.text((left + 70, top + 23), text, "black", font, anchor="mm")
    return image


def save(kind: str, *more: "Image.Image") -> bytes:
    out = BytesIO()
    options = {"save_all": True, "append_images": list(more)} if more else {}
    draw().save(out, kind, **options)
    return out.getvalue()


def texts_of(data: bytes) -> list[str]:
    """Return the characters of each page together."""
    return ["".join(char[0] for char in page["chars"]) for page in read_pages(data, "page")]  # type: ignore[attr-defined]


def refuse(data: bytes) -> str:
    with pytest.raises(ReadError) as caught:
        list(read_pictures(data, "scan"))
    assert caught.value.text.zh.startswith("scan：")
    return caught.value.text.en


PRINTED = "".join(text for row in ROWS for text in row).replace("-", "—")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_every_kind_of_image_is_told_by_its_bytes_and_read(kind: str) -> None:
    data = save(kind)
    assert find_media_type(data) in IMAGES
    (text,) = texts_of(data)
    assert sorted(text.replace("-", "—")) == sorted(PRINTED)


def test_a_text_that_begins_with_the_letters_of_a_bitmap_is_no_image() -> None:
    assert find_media_type("BMW 收到申请数 192\n".encode()) == "text/plain"


def test_every_page_of_a_tiff_and_of_a_scanned_pdf_is_read() -> None:
    assert len(texts_of(save("TIFF", draw((("44", "55"),))))) == 2
    first, second = texts_of(write_scan([draw(), draw((("44", "55"),))]))
    assert sorted(first.replace("-", "—")) == sorted(PRINTED)
    assert second == "4455"


@pytest.fixture(scope="module")
def document() -> Document:
    with Reader() as reader:  # 1 GiB and 10 s for all else, more for the process that recognises
        return reader.read(PAGE, "scan.png")


def test_a_page_is_read_inside_the_limits_of_reading(document: Document) -> None:
    assert document.reading == "image"
    assert "政府信息公开工作年度报告" in document.headings[0]
    assert any("行政许可" in cell for grid in document.grids for row in grid.rows for cell in row)
    assert all(grid.locator == f"table {at}" for at, grid in enumerate(document.grids, start=1))


def test_recognising_asks_for_no_network() -> None:
    program = (
        "import os, sys\n"
        "asks = ('socket.connect', 'socket.getaddrinfo', 'socket.gethostbyname', 'socket.sendto', 'socket.sendmsg')\n"
        "sys.addaudithook(lambda event, _: os._exit(7) if event in asks else None)\n"
        "from flows.read.ocr import main\nmain()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], input=b'"page"\n' + save("PNG"), capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr.decode()[-500:]
    assert json.loads(ran.stdout)["pages"][0]["chars"]


# What is not certain


def strip_of(*columns: tuple[int, int]) -> "Strip":
    """Return a strip of 20 dots high text with its characters in some columns."""
    marks = tuple(Mark(left, 0, right, 15, 40) for left, right in columns)
    return Strip((columns[0][0], 0, columns[-1][1], 15), (0, 0, 200, 40), marks, True)


@pytest.mark.parametrize(
    ("columns", "apart"),
    [
        (((0, 9), (11, 20)), False),  # 12
        (((0, 9), (16, 25)), True),  # 1 2
        (((0, 9), (20, 29), (40, 49)), False),  # full-width
        (((0, 9), (20, 29)), True),  # full-width, or a blank between
        (((0, 20), (22, 31)), False),  # two digits that touch, and a third
        (((0, 20), (27, 36)), True),
        (((0, 9),), False),
    ],
)
def test_digits_apart_are_no_figure(columns: tuple[tuple[int, int], ...], apart: bool) -> None:
    strip = strip_of(*columns)
    assert has_gap(strip, 20.0) is apart
    found = Found("1" * len(columns), (1.0,) * len(columns))
    assert (UNKNOWN in read_strip((strip, found), inked(), 20.0)) is apart


def test_two_digits_apart_are_one_figure_where_the_page_prints_full_width_digits() -> None:
    three, two, narrow = (
        strip_of((0, 9), (20, 29), (40, 49)),
        strip_of((0, 9), (20, 29)),
        strip_of((0, 9), (11, 20)),
    )
    assert prints_full_width([three, three, two], 20.0)
    assert not prints_full_width([three, two], 20.0), "once is not enough"
    assert not prints_full_width([three, three, two, narrow], 20.0), "the page prints narrow digits too"
    assert not has_gap(two, 20.0, 1)
    assert has_gap(strip_of((0, 9), (16, 25)), 20.0, 1)


def inked() -> "Pixels":
    (image,) = read_pictures(save("PNG"), "page")
    return image[:, :, 0] * 0 + 1


def test_a_character_of_a_figure_that_is_not_certain_is_unknown_and_those_of_a_label_stay() -> None:
    strip = strip_of((0, 9), (11, 20))
    assert read_strip((strip, Found("86", (0.99, 0.2))), inked(), 20.0) == "8" + UNKNOWN
    label = Found("2.行政强制", (0.2, 0.2, 1.0, 1.0, 1.0, 1.0))
    assert read_strip((strip, label), inked(), 20.0) == "2.行政强制"


def test_ink_in_a_cell_that_nothing_is_recognised_in_is_not_inked() -> None:
    assert read_strip((strip_of((0, 9)), Found("", ())), inked(), 20.0) == UNKNOWN


# Hostile files


def png_header(wide: int, high: int) -> bytes:
    chunk = b"IHDR" + struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    body = b"IDAT" + zlib.compress(b"\x00" * 100)
    parts = (
        struct.pack(">I", len(each) - 4) + each + struct.pack(">I", zlib.crc32(each))
        for each in (chunk, body)
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(
    ("wide", "high"), [(100_000, 100_000), (MAX_SIDE + 1, 10), (8_000, MAX_PIXELS // 8_000 + 1)]
)
def test_an_image_of_huge_size_is_refused_before_it_is_unpacked(wide: int, high: int) -> None:
    assert f"{wide:,} x {high:,} dots" in refuse(png_header(wide, high))


@pytest.mark.parametrize("cut", [20, 60, -200])
def test_a_cut_image_is_refused(cut: int) -> None:
    assert "cut or broken" in refuse(save("PNG")[:cut])


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, b"\xff\xd8\xff\xe0" * 30, b"GIF89a" * 20]
)
def test_bytes_that_only_begin_as_an_image_are_refused(data: bytes) -> None:
    assert "cut or broken" in refuse(data)


def test_a_film_and_too_many_pages_are_refused() -> None:
    assert "an animated image of 2" in refuse(save("GIF", draw((("1", "2", "3"),))))
    small = [Image.new("1", (20, 20), 1)] * MAX_PICTURES
    assert f"{MAX_PICTURES + 1} pages of pictures" in refuse(save("TIFF", *small))


def test_a_picture_of_a_few_dots_shows_no_text() -> None:
    assert "shows no text" in refuse(png_header(7, 7))


@pytest.mark.parametrize(
    "make", [print_scan, lambda: png_header(7, 7)], ids=["a scan of grey boxes", "a dot"]
)
def test_a_file_without_text_is_refused_by_name_through_the_child(make: Callable[[], bytes]) -> None:
    with Reader() as reader, pytest.raises(ReadError) as caught:
        reader.read(make(), "scan")
    assert caught.value.text.en.startswith("scan: ")
    assert "no text" in caught.value.text.en


def test_a_page_that_takes_too_long_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "PICTURE_SECONDS", 0.01)
    with pytest.raises(ReadError, match=r"scan: over 0.01 s to recognise"):
        read_document(save("PNG"), "scan")


def test_too_little_memory_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "PICTURE_MEMORY", 200 * 1024**2)
    with pytest.raises(ReadError, match=r"scan: text recognition ended"):
        read_document(save("PNG"), "scan")
