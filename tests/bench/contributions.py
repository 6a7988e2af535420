"""A contribution of 100,000 figures checked: every cell, key and reference, the labels, and the identities of all its reports."""

import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from flows.contribute.check import check_contribution
from flows.contribute.columns import field_names
from flows.contribute.opened import open_contribution
from flows.contribute.template import cell_rows, figure_rows, make_files, write_rows
from flows.model import Report
from tests.bench.holds import Hold
from tests.power import REGISTRY

ROWS = 100_000
FIRST = Report("110116", 2021, "whole_area")
DESCRIBED = (
    "A report",
    "",
    "2100-01-01",
    "a library",
    "",
    "",
    "Wang Wu",
    "2100-01-02",
    "",
    "CC-BY-4.0",
    "yes",
    "",
)


def measure_contributions(out: Console, rounds: int) -> list[Hold]:
    """Time the check of a folder with so many rows, from its first byte to the verdict."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name, content in make_large().items():
            (folder / name).write_bytes(content)
        size = (folder / "figures.csv").stat().st_size
        taken = []
        for _ in range(max(3, rounds // 3)):
            began = time.process_time()
            verdict = check_contribution(REGISTRY, open_contribution(folder), date(2100, 2, 1))
            taken.append(time.process_time() - began)
            assert verdict.usable, verdict.faults[:3]
    seconds = median(taken)
    table = Table(title=f"One contribution of {ROWS:,} rows, {size / 1e6:.0f} MB", title_justify="left")
    for name in ("s of processor time", "rows/s"):
        table.add_column(name, justify="right")
    table.add_row(f"{seconds:.2f}", f"{ROWS / seconds:,.0f}")
    out.print(table)
    return [Hold("seconds of processor time for the check of 100,000 rows", seconds, most=1)]


def make_large() -> dict[str, bytes]:
    """Return the files of a contribution about as many reports as have so many figures, all of them 0."""
    figures: list[tuple[str, ...]] = []
    evidence: list[tuple[str, ...]] = []
    for number, report in enumerate(list_reports()):
        key = (f"e{number}", report.body_id, str(report.year), report.scope)
        evidence.append((*key, *DESCRIBED))
        for row in figure_rows(REGISTRY, report, "1"):
            figures.append((*row[:3], key[0], *row[4:9], "0", *row[10:]))
        if len(figures) >= ROWS:
            break
    years = sorted({row[1] for row in figures})
    bodies = sorted({row[0] for row in figures})
    known = [REGISTRY.bodies[body_id] for body_id in bodies]
    return {
        **make_files(REGISTRY, FIRST),
        "figures.csv": write_rows(field_names(REGISTRY, "figures"), figures[:ROWS]),
        "evidence.csv": write_rows(field_names(REGISTRY, "evidence"), evidence),
        "cells.csv": write_rows(
            field_names(REGISTRY, "cells"), [row for year in years for row in cell_rows(REGISTRY, int(year))]
        ),
        "bodies.csv": write_rows(
            field_names(REGISTRY, "bodies"), [(each.body_id, each.name_zh, each.name_en) for each in known]
        ),
    }


def list_reports() -> Iterator[Report]:
    """Yield reports of every body, scope and year under the form of today."""
    for year in range(2021, 2099):
        for body_id in sorted(REGISTRY.bodies):
            for scope in ("whole_area", "own_body"):
                yield Report(body_id, year, scope)
