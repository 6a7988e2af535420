"""The tables of `make bench`, one function each: it measures, prints, and returns what was to hold."""

import resource
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from flows.curate.build import build_outcomes
from flows.harvest.archive import append_captures
from flows.harvest.warc import NewCapture
from flows.read import read_document
from tests.accuracy.score import YEARS, registry
from tests.bench.files import count_rows
from tests.bench.holds import Hold
from tests.bench.measure import Timing, Work, exponent, measure, run_alone
from tests.bench.pages import make_files, make_long_page, make_pages, make_reports
from tests.bench.peers import (
    read_grids_alone,
    read_new_layout,
    read_pdf_grids,
    read_whole,
    read_with_pandas,
    read_with_pdfplumber,
)
from tests.portal.dress import dress_report
from tests.portal.layout import Layout
from tests.portal.shapes import SHAPES
from tests.portal.sheets import draw_sheets
from tests.portal.truth import make_truth, print_plainly

# form, layout tables around the report: the pages of 2014 stood in some, later ones stand in blocks
WEB = (("2014", 1), ("2019", 0), ("2021", 0), ("2019", 2))
PAGES = 5
SIZES = (1, 10, 100)
FILES = ("docx", "xlsx", "xls", "text_tabs", "text_lines", "text_spaces")


def measure_pages(out: Console, rounds: int) -> list[Hold]:
    """Time the whole extraction of web pages beside pandas.read_html alone and the parser with a plain grid alone."""
    table = start_table(
        f"Web pages, {PAGES} of each, {rounds} rounds in turns",
        "page",
        ("KB", "candidate", "ms", "ms wall", "pages/s", "× pandas", "× grids alone"),
    )
    holds = []
    for form, frames in WEB:
        pages = make_pages(form, PAGES, frames)
        works: dict[str, Work] = {
            "pandas.read_html (lxml) alone": read_with_pandas,
            "parser and plain grid alone": read_grids_alone,
            "read_document alone": partial(read_document, name="page"),
            "bytes → observations, new layout": read_new_layout,
            "bytes → observations, layout read before": read_whole,
        }
        timings = measure(works, pages, rounds)
        name = f"{form}{f', {frames} layout tables' if frames else ''}"
        pandas, alone, _, _, whole = (timing.seconds for timing in timings.values())
        for candidate, timing in timings.items():
            add_page_row(
                table,
                (name, f"{sum(map(len, pages)) / len(pages) / 1000:.0f}", candidate),
                timing,
                (pandas, alone),
            )
        holds.append(
            Hold(f"{name}: pages a second, times those of pandas.read_html", pandas / whole, least=8)
        )
        holds.append(Hold(f"{name}: time, times that of parser and grid alone", whole / alone, most=1.6))
    out.print(table)
    return holds


def add_page_row(table: Table, names: Sequence[str], timing: Timing, others: tuple[float, float]) -> None:
    pandas, alone = others
    seconds, wall = timing.seconds, median(timing.wall)
    table.add_row(
        *names,
        f"{1000 * seconds:.2f}",
        f"{1000 * wall:.2f}",
        f"{1 / seconds:.0f}",
        f"{pandas / seconds:.1f}",
        f"{seconds / alone:.2f}",
    )


def measure_files(out: Console, rounds: int) -> list[Hold]:
    """Time the whole extraction of files of other kinds."""
    table = start_table("Files: bytes → observations", "form", ("shape", "KB", "ms", "files/s"))
    for form in ("2014", "2019", "2021"):
        for shape in FILES:
            files = make_files(form, shape, 3)
            seconds = measure({"whole": read_whole}, files, max(2, rounds // 3))["whole"].seconds
            table.add_row(
                form,
                shape,
                f"{sum(map(len, files)) / len(files) / 1000:.0f}",
                f"{1000 * seconds:.1f}",
                f"{1 / seconds:.0f}",
            )
    out.print(table)
    return []


def measure_pdf(out: Console, rounds: int) -> list[Hold]:
    """Time the tables of PDF files beside pdfplumber, and count the rows that come back whole."""
    candidates = {"pdfplumber": read_with_pdfplumber, "ours": read_pdf_grids}
    table = start_table(
        "PDF: tables alone", "form", ("candidate", "ms a file", "files/s", "rows", "whole", "lost")
    )
    totals = {name: [0.0, 0, 0, 0] for name in candidates}
    for form in ("2014", "2019", "2021"):
        layout = SHAPES["pdf"].settle(Layout())
        reports = make_reports(form, 3, layout)
        files = make_files(form, "pdf", 3)
        timings = measure(candidates, files, max(1, rounds // 5))
        for name, read in candidates.items():
            counts = [
                sum(each)
                for each in zip(
                    *(count_rows(report, read(data)) for report, data in zip(reports, files, strict=True)),
                    strict=True,
                )
            ]
            seconds = timings[name].seconds
            table.add_row(form, name, f"{1000 * seconds:.0f}", f"{1 / seconds:.1f}", *map(str, counts))
            totals[name] = [a + b for a, b in zip(totals[name], (seconds, *counts), strict=True)]
    out.print(table)
    (slow, _, theirs, _), (fast, rows, whole, lost) = totals["pdfplumber"], totals["ours"]
    return [
        Hold("PDF: files a second, times those of pdfplumber", slow / fast, least=5),
        Hold("PDF: rows of figures that come back whole, more than with pdfplumber", whole - theirs, least=0),
        Hold("PDF: rows of figures that come back whole, in %", 100 * whole / rows, least=99.5),
        Hold("PDF: rows lost", lost, most=0),
    ]


def measure_sizes(out: Console, rounds: int) -> list[Hold]:
    """Time pages with 1, 10 and 100 times as many rows, and measure what they take of memory.

    Rows that come again are compared with the first, so a hundred times the rows are held against ten times.
    """
    del rounds
    names = ("KB", "ms reading", "ms in all", "µs a KB", "peak MB")
    table = start_table("A page with its tables 1, 10, 100 times over", "times", names)
    taken: list[tuple[float, float]] = []
    for times in SIZES:
        page = make_long_page(times)
        reading, whole, peak = run_alone("read_here", [page] * (SIZES[-1] // times))
        taken.append((reading, whole))
        size = len(page) / 1000
        figures = (size, 1000 * reading, 1000 * whole, 1_000_000 * whole / size, peak)
        table.add_row(str(times), *(f"{figure:.4g}" for figure in figures))
    out.print(table)
    reading, whole = (exponent(seconds[1:], SIZES[1:]) for seconds in zip(*taken, strict=True))
    return [
        Hold("time grows with the rows to the power of", whole, most=1.1),
        Hold("time of reading alone, to the power of", reading, most=1.1),
    ]


def measure_memory(out: Console, rounds: int) -> list[Hold]:
    """Measure what a worker and its child process take of time and at most of memory over 200 pages."""
    del rounds
    pages = [page for form in ("2014", "2019", "2021") for page in make_pages(form, 67)][:200]
    extracting, reading, worker, child = run_alone("read_in_child", pages)
    table = start_table("A worker with its child process over 200 pages", "process", ("ms a page", "peak MB"))
    table.add_row(
        "worker: extraction, and all that `gongkai build` loads", f"{1000 * extracting:.2f}", f"{worker:.0f}"
    )
    table.add_row("its child process: reading", f"{1000 * reading:.2f}", f"{child:.0f}")
    out.print(table)
    return [
        Hold("memory of a worker in MB", worker, most=200),
        Hold("memory of its child process in MB", child, most=200),
    ]


def measure_build(out: Console, rounds: int) -> list[Hold]:
    """Time the reading of an archive as `gongkai build` does it, on all cores; the archive is in a folder that is deleted."""
    del rounds
    with tempfile.TemporaryDirectory() as folder:
        captures = append_captures(Path(folder), list(make_captures()), [])
        work = partial(build_outcomes, registry(), Path(folder), captures)
        cpu, began = all_processes(), time.perf_counter()
        outcomes = work()
        wall, cpu = time.perf_counter() - began, all_processes() - cpu
    read = sum(outcome.state == "published" for outcome in outcomes)
    table = start_table(
        "gongkai build: archive → checked observations",
        "reports",
        ("read", "s", "reports/s", "s of processor", "cores used"),
    )
    table.add_row(
        str(len(captures)),
        str(read),
        f"{wall:.1f}",
        f"{len(captures) / wall:.0f}",
        f"{cpu:.1f}",
        f"{cpu / wall:.2f}",
    )
    out.print(table)
    return [Hold("build: reports that are read", read, least=len(captures))]


def all_processes() -> float:
    """Return the processor time of this process and of its children that have ended."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def make_captures() -> list[NewCapture]:
    """Return a page for every body of the registry and every year since 2014."""
    captures = []
    for seed, body in enumerate(registry().bodies.values()):
        for form in ("2014", "2019", "2021"):
            for year in YEARS[form]:
                truth = print_plainly(
                    make_truth(seed, registry().forms[form], year, f"{body.name_zh}人民政府")
                )
                page = dress_report(truth, draw_sheets(truth, Layout(nest="word"), registry().forms[form]))
                at = datetime(2026, 3, 1, tzinfo=UTC)
                captures.append(
                    NewCapture(
                        body.body_id,
                        year,
                        "whole_area",
                        "transcription",
                        "",
                        at,
                        "text/html",
                        page,
                        "synthetic",
                    )
                )
    return captures


def start_table(title: str, first: str, others: Sequence[str]) -> Table:
    """Return a table whose first column is text, and the others figures."""
    table = Table(first, title=title)
    for name in others:
        table.add_column(name, justify="left" if name in ("candidate", "shape") else "right")
    return table
