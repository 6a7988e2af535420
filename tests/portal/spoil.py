"""Printed reports as scans, after what happens to images: paper laid askew, noise, compression, loss of focus, worn toner, seals."""

from collections.abc import Callable, Sequence
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFilter
from reportlab.lib.utils import ImageReader  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

from tests.portal.boxes import Sheet
from tests.portal.image import FULL, Pen, draw_look, draw_report, encode
from tests.portal.layout import Layout
from tests.portal.truth import Truth


def tilt(image: Image.Image, random: Random) -> Image.Image:
    """Lay the paper askew, up to three degrees."""
    angle = random.choice((-1, 1)) * random.uniform(0.3, 3.0)
    return image.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor="white")


def press(image: Image.Image, random: Random) -> Image.Image:
    """Compress as portals do."""
    return Image.open(BytesIO(encode(image, "JPEG", quality=random.randint(35, 70)))).convert("RGB")


def speckle(image: Image.Image, random: Random) -> Image.Image:
    """Add the noise of a cheap scanner."""
    noise = Image.effect_noise(image.size, random.uniform(15, 40)).convert("RGB")
    return Image.blend(image, noise, 0.12)


def blur(image: Image.Image, random: Random) -> Image.Image:
    """Lose focus a little."""
    return image.filter(ImageFilter.GaussianBlur(random.uniform(0.4, 0.9)))


def fade(image: Image.Image, random: Random) -> Image.Image:
    """Run out of toner: black becomes grey on paper that is not white."""
    ink, paper = random.randint(60, 120), random.randint(225, 250)
    return image.point(lambda dot: round(ink + (paper - ink) * dot / 255))


def stamp(image: Image.Image, random: Random) -> Image.Image:
    """Press a red seal somewhere on the page."""
    seal = Image.new("RGBA", image.size)
    canvas = ImageDraw.Draw(seal)
    size = image.width // 5
    x, y = random.randint(0, image.width - size), random.randint(0, max(1, image.height - size))
    red = (215, 40, 40, 190)
    canvas.ellipse((x, y, x + size, y + size), outline=red, width=max(2, size // 40))
    star = max(4, size // 6)
    canvas.regular_polygon((x + size / 2, y + size / 2, star), 5, fill=red)
    return Image.alpha_composite(image.convert("RGBA"), seal).convert("RGB")


ALWAYS = (tilt, speckle, press)
SOMETIMES: tuple[Callable[[Image.Image, Random], Image.Image], ...] = (blur, fade, stamp)


def print_scan(truth: Truth, layout: Layout, sheets: Sequence[Sheet]) -> bytes:
    """Return a report as a PDF of scanned pages: askew, noisy, compressed, one in three blurred, faint or stamped."""
    random = Random(f"{truth.seed}/scan")
    kinds = [*(kind for kind in SOMETIMES if random.random() < 1 / 3), *ALWAYS]
    pages = draw_report(truth, layout, sheets, Pen(draw_look(truth.seed), 150, FULL))
    spoilt = [spoil_image(page, kinds, random) for page in pages]
    return write_scan(spoilt if stamp in kinds else [page.convert("L") for page in spoilt])


def spoil_image(
    image: Image.Image, kinds: Sequence[Callable[[Image.Image, Random], Image.Image]], random: Random
) -> Image.Image:
    """Return an image after what happens to images, one kind after another."""
    for kind in kinds:
        image = kind(image, random)
    return image


def write_scan(pages: Sequence[Image.Image]) -> bytes:
    """Return a PDF of pictures without text."""
    canvas = Canvas(out := BytesIO(), invariant=True)
    for page in pages:
        size = (page.width * 72 / 150, page.height * 72 / 150)
        canvas.setPageSize(size)
        canvas.drawImage(ImageReader(BytesIO(encode(page, "JPEG", quality=50))), 0, 0, *size)
        canvas.showPage()
    canvas.save()
    return out.getvalue()
