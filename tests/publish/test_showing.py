"""What `gongkai show` prints of a document: each table with what it was read as, what was not read, and why."""

import re
from io import StringIO

import pytest
from rich.console import Console, RenderableType

from flows.cells import parse_value
from flows.errors import FormError
from flows.extract.report import extract_report
from flows.model import Document, Observation
from flows.publish.showing import grid_table, show_document, show_lines
from flows.read import read_document
from flows.registry import Registry
from tests.conftest import PAGES
from tests.layouts import HEADER, cells, national_rows, print_row, print_table, to_page

LANGS = ("en", "zh")


def printed(*shown: RenderableType) -> str:
    console = Console(file=StringIO(), width=1000, highlight=False, markup=False)
    for each in shown:
        console.print(each, soft_wrap=isinstance(each, str))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def show(page: bytes, registry: Registry, lang: str = "en") -> str:
    document = read_document(page, "page")
    try:
        extraction = extract_report(document, registry)
    except FormError:
        extraction = None
    return printed(*show_document(document, extraction, registry, lang))


def line_of(text: str, words: str) -> str:
    return next(line for line in text.splitlines() if words in line)


def print_report(registry: Registry, **changed: str) -> bytes:
    """Print the national table of 2014, some figures (by the end of their code) as given."""
    lines = []
    for row in national_rows(registry.forms["2014"]):
        value = next((text for end, text in changed.items() if row.code.endswith(f".{end}")), cells(row)[2])
        lines.append(print_row((*cells(row)[:2], value)))
    return to_page(print_table([print_row(HEADER), *lines]))


def test_what_is_read_blank_or_not_as_a_figure_is_marked_in_its_cell_and_found_beside_its_row(
    registry: Registry,
) -> None:
    text = show(print_report(registry, in_person="6O", fax=""), registry)
    assert re.search(r"│ 6O ✗ .*│ v2014\.application\.received\.in_person  ⚠ unreadable_cell", text)
    assert re.search(r"│ ∅ .*│ v2014\.application\.received\.fax", text)
    assert "✗" not in line_of(text, "网络申请")
    assert re.search(r"⚠ unreadable_cell \[table 1 r\d+ c3\]: .*'6O'", text)


@pytest.mark.parametrize("lang", LANGS)
def test_what_the_document_was_taken_for_and_how_many_cells_were_read_is_said(
    lang: str, registry: Registry
) -> None:
    text = show(print_report(registry, fax=""), registry, lang)
    assert {"en": "taken for: ", "zh": "认作: "}[lang] in text
    assert {"en": "form 2014", "zh": "表式 2014"}[lang] in text
    assert re.search(r"reported \d+, blank 1", text)


def test_a_row_that_nobody_knows_has_the_nearest_label_that_is_known(registry: Registry) -> None:
    page = print_report(registry).replace("当面申请数".encode(), "当场申请数目".encode())
    row = line_of(show(page, registry), "当场申请数目")
    assert "?? ~ 当面申请数 (v2014.application.received.in_person)" in row
    assert "⚠ unknown_label" in row


def test_a_document_that_is_refused_is_shown_under_the_form_that_it_prints_most_of(
    registry: Registry,
) -> None:
    rows = national_rows(registry.forms["2014"])[:20]
    lines = [print_row((*cells(row)[:2], "7", cells(row)[2])) for row in rows]
    text = show(to_page(print_table([print_row(("统计指标", "单位", "统计数", "统计数")), *lines])), registry)
    assert "v2014.disclosure.total" in line_of(text, "主动公开政府信息数")
    assert "taken for" not in text


def test_a_row_of_the_forms_since_2019_has_its_code(registry: Registry) -> None:
    text = show((PAGES / "suqian_2024.html").read_bytes(), registry)
    assert "art20_5.licensing" in line_of(text, "行政许可")
    assert "v2021.application.new" in line_of(text, "本年新收")


def test_a_grid_shows_row_and_column_numbers_and_what_each_heading_means(
    registry: Registry, huairou_document: Document
) -> None:
    (grid,) = huairou_document.grids
    text = printed(grid_table(grid, registry.forms["2014"], (), ()))
    (row,) = (line for line in text.splitlines() if "（三）申请答复数" in line)
    cells = [cell.strip() for cell in row.strip("│┃").split("│")]
    assert cells[1:] == ["（三）申请答复数", "件", "205", "v2014.reply.total"]
    assert re.fullmatch(r"r\d+", cells[0])
    assert "″" in text  # a cell that spans is printed once


def test_a_heading_without_a_meaning_is_shown_as_question_marks(registry: Registry) -> None:
    page = "<table><tr><td>从未见过的标签</td><td>12</td></tr></table>".encode()
    (grid,) = read_document(page, "page").grids
    assert "??" in printed(grid_table(grid, registry.forms["2014"], (), ()))


def test_lines_of_a_flattened_table_show_what_they_were_read_as(registry: Registry) -> None:
    document = read_document((PAGES / "huairou_2018.txt").read_bytes(), "page")
    start = document.text.index("205", document.text.index("申请答复数"))
    stated = Observation(
        "v2014.reply.total", "total", parse_value("205"), "件", "form", "205", f"text {start}-{start + 3}"
    )
    (line,) = show_lines(document, [stated])
    assert line.endswith("(三)申请答复数205  → v2014.reply.total = 205")
