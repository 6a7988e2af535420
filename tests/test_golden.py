"""The golden set: every page is read as the CSV beside it says, and is what the generator makes.

`pytest tests/test_golden.py --accept` writes what is read now as the new expectation, and still fails once.
"""

import csv
import difflib
from io import StringIO
from pathlib import Path

import pytest

from flows.commands.extract import EXTRACT_COLUMNS, extract_rows
from flows.errors import GongkaiError
from flows.extract.report import extract_report
from flows.model import Extraction
from flows.read import read_document
from flows.registry import Registry
from tests.accuracy.score import judge_read
from tests.accuracy.tasks import HAS_OCR, RECOGNISED
from tests.golden_set import CASES, GOLDEN, Golden, find_made, list_golden, make_golden
from tests.portal.doc import find_office
from tests.portal.shapes import SHAPES

TEXTS = ("html", "txt")
LARGEST = {"image": 180_000, "scan": 420_000}
QUICK = "2021_image_1.png"  # the one picture that every run of the tests recognises


def with_programs(golden: Golden) -> object:
    """Return a page as a parameter: what LibreOffice must open, or OCR recognise, is slow, and is left out without them."""
    office = [pytest.mark.slow, pytest.mark.skipif(not find_office(), reason="LibreOffice is not installed")]
    ocr = [pytest.mark.skipif(not HAS_OCR, reason="the extra ocr is not installed")]
    marks = {
        "doc": office,
        **dict.fromkeys(RECOGNISED, ocr if golden.name == QUICK else [pytest.mark.slow, *ocr]),
    }
    return pytest.param(golden, marks=marks.get(golden.shape, ()), id=golden.name)


PAGES = [with_programs(golden) for golden in list_golden()]
# What a picture looks like depends on the fonts of the machine.
DRAWN = [with_programs(golden) for golden in list_golden() if golden.shape not in RECOGNISED]


def read_page(registry: Registry, golden: Golden) -> Extraction | GongkaiError:
    """Return what is read of a page, or why it is refused."""
    try:
        return extract_report(read_document((GOLDEN / golden.name).read_bytes(), golden.name), registry)
    except GongkaiError as error:
        return error


def write_read(registry: Registry, golden: Golden, read: Extraction | GongkaiError) -> str:
    """Return what `gongkai extract` writes of a page; of a refused one the refusal."""
    if isinstance(read, GongkaiError):
        return f"refused: {read.text.en}\n"
    out = StringIO()
    writer = csv.DictWriter(out, EXTRACT_COLUMNS, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(extract_rows(registry, golden.name, read))
    return out.getvalue()


def find_change(path: Path, read: str, accept: bool) -> str:
    """Return what differs between an expectation and what is read, empty for nothing; write it where accepted."""
    expected = path.read_text(encoding="utf-8") if path.exists() else ""
    if read == expected:
        return ""
    lines = difflib.unified_diff(
        expected.splitlines(), read.splitlines(), "expected", "read", n=0, lineterm=""
    )
    if accept:
        path.write_text(read, encoding="utf-8")
    said = (
        "written, look at it and commit it"
        if accept
        else "write it with pytest tests/test_golden.py --accept"
    )
    return "\n".join([f"{path.name} differs: {said}", *lines])


@pytest.mark.parametrize("golden", PAGES)
def test_a_page_is_read_as_expected_and_nothing_is_wrong(
    registry: Registry, golden: Golden, pytestconfig: pytest.Config
) -> None:
    read = read_page(registry, golden)
    if not isinstance(read, GongkaiError):
        made = find_made(golden)
        verdicts = judge_read(read, made, made, golden.shape)
        assert [each for each in verdicts if each.verdict == "wrong"] == [], "must not be accepted"
    accept = bool(pytestconfig.getoption("--accept"))
    if change := find_change(GOLDEN / golden.expected, write_read(registry, golden, read), accept):
        pytest.fail(change, pytrace=False)


@pytest.mark.parametrize("golden", DRAWN)
def test_a_page_is_what_the_generator_makes(golden: Golden) -> None:
    committed, made = (GOLDEN / golden.name).read_bytes(), make_golden(golden)
    if SHAPES[golden.shape].suffix in TEXTS:
        assert committed == made, "run make golden"
    else:
        first, second = (read_document(data, golden.name) for data in (committed, made))
        assert (first.text, first.grids) == (second.text, second.grids), "run make golden"
    assert len(committed) < 60_000


def test_a_picture_is_small() -> None:
    for golden in list_golden():
        if golden.shape in RECOGNISED:
            assert (GOLDEN / golden.name).stat().st_size < LARGEST[golden.shape]


def test_every_form_and_shape_has_two_pages_and_more() -> None:
    pages = [(golden.form, golden.shape) for golden in list_golden()]
    for form, shape in set(pages):
        assert pages.count((form, shape)) == (3 if form in CASES and shape not in ("prose", "scan") else 2)
    shapes = {shape for _, shape in pages}
    assert shapes >= {
        "html",
        "html_blocks",
        "text_tabs",
        "text_spaces",
        "text_pipes",
        "text_lines",
        "text_glued",
    }
    assert shapes >= {"docx", "xlsx", "xls", "pdf", "doc", "image", "scan"}


def test_nothing_lies_in_the_golden_set_that_no_page_needs() -> None:
    named = {name for golden in list_golden() for name in (golden.name, golden.expected)}
    figures = {"huairou_2018.csv", "suqian_2024.csv", "figures"}
    assert {path.name for path in GOLDEN.iterdir()} == named | figures


def test_a_changed_expectation_is_written_only_when_accepted_and_fails_once(tmp_path: Path) -> None:
    path = tmp_path / "page.csv"
    path.write_text("value\n1\n", encoding="utf-8")
    assert "-1\n+2" in find_change(path, "value\n2\n", accept=False)
    assert path.read_text(encoding="utf-8") == "value\n1\n"
    assert "-1\n+2" in find_change(path, "value\n2\n", accept=True)
    assert find_change(path, "value\n2\n", accept=False) == ""
