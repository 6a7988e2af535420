"""What `make bench` compares does the same work, and reads it right; nothing here is timed."""

import pytest

from flows.cells import clean_text
from flows.extract.layouts import PLANS
from flows.model import Document
from flows.read import read_document
from tests.accuracy.score import registry
from tests.bench.__main__ import main
from tests.bench.files import count_rows
from tests.bench.measure import exponent, measure, run_alone
from tests.bench.pages import make_files, make_long_page, make_pages, make_reports
from tests.bench.peers import read_grids_alone, read_pdf_grids, read_whole, read_with_pandas
from tests.portal.dress import WORD
from tests.portal.judge import judge
from tests.portal.sheets import expected_cells

FORMS = ("2014", "2019", "2021")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("frames", [0, 2])
def test_the_pages_are_of_the_size_of_real_ones_and_read_without_a_fault(form: str, frames: int) -> None:
    pages, reports = make_pages(form, 2, frames), make_reports(form, 2, WORD)
    for page, report in zip(pages, reports, strict=True):
        assert 60_000 <= len(page) <= 80_000
        expected = expected_cells(report.truth, report.sheets, registry().forms[form])
        verdicts = {each.verdict for each in judge(read_whole(page), expected)}
        assert verdicts == {"right"}


@pytest.mark.parametrize("form", FORMS)
def test_pandas_and_the_plain_grid_give_the_cells_that_we_read(form: str) -> None:
    (page,) = make_pages(form, 1)
    document = read_document(page, "page")
    assert read_grids_alone(page) == [[list(row) for row in grid.rows] for grid in document.grids]
    tables = read_with_pandas(page)
    assert [table.shape for table in tables] == [
        (len(grid.rows), len(grid.rows[0])) for grid in document.grids
    ]


@pytest.mark.parametrize("form", FORMS)
def test_different_reports_on_the_pages_have_a_layout_in_common(form: str) -> None:
    PLANS.clear()
    for page in make_pages(form, 5):
        read_whole(page)
    assert len({layout.grids for layout in PLANS}) <= 2


def test_rows_of_a_pdf_that_come_back_are_counted_and_lost_ones_too() -> None:
    (report,), (data,) = make_reports("2014", 1), make_files("2014", "pdf", 1)
    grids = read_pdf_grids(data)
    printed, whole, lost = count_rows(report, grids)
    assert (whole, lost) == (printed, 0)
    assert count_rows(report, [grid[:-1] for grid in grids[-1:]])[2] > 0


def test_a_page_with_its_tables_twice_over_has_twice_the_grids_and_the_same_figures() -> None:
    once, twice = (read_document(make_long_page(times), "page") for times in (1, 2))
    assert cells(twice) == [*cells(once), *cells(once)]
    assert len(read_whole(make_long_page(2)).observations) == len(read_whole(make_long_page(1)).observations)


def cells(document: Document) -> list[list[str]]:
    return [[clean_text(text) for row in grid.rows for text in row] for grid in document.grids]


def test_every_candidate_reads_every_page_in_every_round() -> None:
    seen: list[tuple[str, bytes]] = []
    works = {name: lambda page, name=name: seen.append((name, page)) for name in ("a", "b")}
    timings = measure(works, [b"1", b"2"], 3)
    assert seen == [("a", b"1"), ("b", b"1"), ("a", b"2"), ("b", b"2")] * 4
    assert {len(timing.cpu) for timing in timings.values()} == {6}


def test_a_time_that_grows_as_its_square_is_told_from_a_linear_one() -> None:
    assert exponent([2, 20, 200], [1, 10, 100]) == pytest.approx(1)
    assert exponent([1, 100], [1, 10]) == pytest.approx(2)


def test_a_worker_of_its_own_reports_its_time_and_memory() -> None:
    extracting, reading, worker, child = run_alone("read_in_child", make_pages("2019", 1))
    assert min(extracting, reading) >= 0
    assert min(worker, child) > 10


def test_an_unknown_section_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["speed"])
    assert "no section 'speed'" in capsys.readouterr().err
