"""Bytes to pictures: PNG, JPEG, GIF, TIFF, BMP, WebP and the pages of a PDF as dots on white paper, within limits.

The size that a file states is looked at before anything is unpacked: 100 KB of PNG can hold a
thousand million dots. Loaded only where the extra `ocr` is installed.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium  # type: ignore[import-untyped]
from PIL import Image, ImageOps, UnidentifiedImageError

from flows.errors import ReadError
from flows.read.limits import MAX_PICTURES, MAX_PIXELS, MAX_PIXELS_FILE, MAX_SIDE, too_much

Pixels = npt.NDArray[Any]  # rows of dots: grey, or three numbers for red, green and blue

FORMATS = ("PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP")
MOVING = ("PNG", "GIF", "WEBP")  # in these more than one picture is a film; TIFF holds pages
LEAST = 8  # dots: what is smaller on a side shows no text
Image.init()  # else Pillow knows five formats
Image.MAX_IMAGE_PIXELS = None  # the size is looked at here, before anything is unpacked


def read_pictures(data: bytes, name: str) -> Iterator[Pixels]:
    """Yield the pictures of a file from the first page to the last, in colour, upright as its camera says.

    Raises ReadError for a file that is cut or broken, for a film, and where dots or pages pass the limits.
    """
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            count = (
                1 if image.format == "MPO" else getattr(image, "n_frames", 1)
            )  # a camera's, its first picture counts
            check_count(image.format or "", count, name)
            dots = 0
            for page in range(count):
                image.seek(page)
                check_size(image.size, name)
                dots += image.width * image.height
                check_dots(dots, name)
                yield unpack_picture(image)
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise is_broken(name, error) from error


def draw_pages(data: bytes, name: str) -> Iterator[Pixels]:
    """Yield the pages of a scanned PDF, each with as many dots an inch as its largest picture has, 100 to 300."""
    with pdfium.PdfDocument(data) as document:
        check_count("PDF", len(document), name)
        dots = 0
        for page in document:
            scale = find_scale(page)
            size = (round(page.get_width() * scale), round(page.get_height() * scale))
            check_size(size, name)
            dots += size[0] * size[1]
            check_dots(dots, name)
            yield np.ascontiguousarray(page.render(scale=scale, rev_byteorder=True).to_numpy()[:, :, :3])


def find_scale(page: Any) -> float:
    """Return how many dots a point of a page has in the largest of its pictures."""
    scales = [(1.0, 150 / 72)]
    for picture in page.get_objects(filter=(pdfium.raw.FPDF_PAGEOBJ_IMAGE,)):
        left, bottom, right, top = picture.get_bounds()
        if right > left and top > bottom:
            scales.append(((right - left) * (top - bottom), picture.get_px_size()[0] / (right - left)))
    return min(max(max(scales)[1], 100 / 72), 300 / 72)


def check_dots(dots: int, name: str) -> None:
    """Raise ReadError where the pictures of a file have too many dots together."""
    if dots > MAX_PIXELS_FILE:
        raise too_much(
            name, f"over {MAX_PIXELS_FILE:,} dots in its pictures", f"图像总计超过 {MAX_PIXELS_FILE:,} 像素"
        )


def check_count(kind: str, count: int, name: str) -> None:
    """Raise ReadError for a film, and for more pages than a report has."""
    if kind in MOVING and count > 1:
        raise ReadError(
            f"{name}: an animated image of {count} pictures, expected a page of print. Save the picture that shows the report.",
            f"{name}：动态图像，共 {count} 帧，应为印刷页面。请将显示报告的一帧另存后重试。",
        )
    if count > MAX_PICTURES:
        raise too_much(
            name,
            f"{count:,} pages of pictures, over {MAX_PICTURES}",
            f"图像 {count:,} 页，超过 {MAX_PICTURES} 页",
        )


def check_size(size: tuple[int, int], name: str) -> None:
    """Raise ReadError for a picture too large to be a page, or too small to show any text."""
    wide, high = size
    if wide * high > MAX_PIXELS or max(size) > MAX_SIDE:
        raise too_much(
            name,
            f"a picture of {wide:,} x {high:,} dots, over {MAX_PIXELS:,} or a side over {MAX_SIDE:,}",
            f"图像为 {wide:,} x {high:,} 像素，超过 {MAX_PIXELS:,} 像素或边长超过 {MAX_SIDE:,}",
        )
    if min(size) < LEAST:
        raise ReadError(
            f"{name}: a picture of {wide} x {high} dots shows no text, expected a page of print. Fetch or save it again.",
            f"{name}：图像仅 {wide} x {high} 像素，无法显示文字，应为印刷页面。请重新获取或保存。",
        )


def unpack_picture(image: Image.Image) -> Pixels:
    """Return the picture that an opened image stands at: in colour, on white where it is transparent."""
    if image.mode.startswith("I;16") or image.mode == "I":
        image = image.point(lambda dot: dot / 256).convert("L")  # 16 bits a dot
    upright = ImageOps.exif_transpose(image)
    if "transparency" in upright.info or upright.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        paper = Image.new("RGBA", upright.size, "white")
        upright = Image.alpha_composite(paper, upright.convert("RGBA"))
    return np.asarray(upright.convert("RGB"))


def is_broken(name: str, error: Exception) -> ReadError:
    """Return the error for an image that cannot be unpacked."""
    what = "" if isinstance(error, UnidentifiedImageError) else " ".join(str(error).split())[:120]
    return ReadError(
        f"{name}: the image is cut or broken{what and f' ({what})'}. Fetch or save it again.",
        f"{name}：图像不完整或已损坏{what and f'（{what}）'}。请重新获取或保存。",
    )
