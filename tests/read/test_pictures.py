"""Without the extra `ocr` every picture is refused by name, with the way to read it."""

import pytest

from flows.errors import ReadError
from flows.read import pictures, read_document
from tests.golden_set import GOLDEN
from tests.read.pdf_pages import print_scan


@pytest.fixture(autouse=True)
def without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "ENGINE", ("an_engine_nobody_has",))


@pytest.mark.parametrize(
    ("data", "en", "zh"),
    [
        ((GOLDEN / "2021_image_1.png").read_bytes(), "page: an image", "page：图像"),
        (print_scan(), "page: a scan: 2 pages of pictures with 0 characters", "page：扫描件"),
        (print_scan(numbered=True), "page: a scan: 2 pages of pictures with 6 characters", "page：扫描件"),
    ],
)
def test_a_picture_is_refused_and_says_how_it_is_read(data: bytes, en: str, zh: str) -> None:
    with pytest.raises(ReadError) as caught:
        read_document(data, "page")
    assert caught.value.text.en.startswith(en)
    assert caught.value.text.zh.startswith(zh)
    assert all("pip install '.[ocr]'" in each and "OCR" in each for each in caught.value.text)
    assert "an_engine_nobody_has" in caught.value.text.en
