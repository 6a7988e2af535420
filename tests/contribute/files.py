"""Contributions made for tests: the figures of a real report, filled in as a person does."""

import csv
import io
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from flows.contribute.blank import make_workbook
from flows.contribute.template import Scan, make_files, write_rows
from flows.model import Extraction, Report
from flows.registry import Registry

Row = dict[str, str]
TODAY = date(2026, 11, 28)
EVIDENCE = {
    "title": "怀柔区2018年政府信息公开工作年度报告", "date_seen": "2026-11-20", "holder": "Huairou District Library, shelf D63",
    "transcriber": "Wang Wu 王五", "transcribed_on": "2026-11-21", "licence": "CC-BY-4.0", "agreed": "yes",
}  # fmt: skip
REPORT = Report("110116", 2018, "whole_area")
WORDS = {"none_word": "无", "blank": "空白", "dash": "横线", "unreadable": "看不清", "not_in_report": "未印"}


def filled(
    registry: Registry,
    extraction: Extraction,
    report: Report = REPORT,
    scan: Scan | None = None,
    **evidence: str,
) -> dict[str, bytes]:
    """Return the files of a contribution that says what a report says."""
    said = {(each.indicator_id, each.applicant): each for each in extraction.observations}
    files = make_files(registry, report, "1", scan)

    def fill(row: Row) -> Row:
        each = said.get((row["indicator_id"], row["applicant"]))
        if each is None:
            return {**row, "figure": "not_in_report", "page": "-", "row": "-"}
        figure = f"{each.value.amount:f}" if each.value.amount is not None else WORDS[each.value.status]
        return {**row, "figure": figure}

    files = changed(files, "figures.csv", fill)
    return changed(files, "evidence.csv", lambda row: {**row, **EVIDENCE, **evidence})


def rows_of(data: bytes) -> list[Row]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def changed(files: Mapping[str, bytes], name: str, change: Callable[[Row], Row]) -> dict[str, bytes]:
    """Return files with every row of one table changed."""
    rows = rows_of(files[name])
    written = write_rows(list(rows[0]), [tuple(change(row).values()) for row in rows])
    return {**files, name: written}


def with_figure(
    files: Mapping[str, bytes], code: str, applicant: str = "total", **cells: str
) -> dict[str, bytes]:
    """Return files with some cells of one row of `figures.csv` changed."""

    def change(row: Row) -> Row:
        return {**row, **cells} if (row["indicator_id"], row["applicant"]) == (code, applicant) else row

    before = files["figures.csv"]
    after = changed(files, "figures.csv", change)
    assert after["figures.csv"] != before, f"no row {code} {applicant}"
    return after


def with_workbook(registry: Registry, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return files with the workbook that says the same as the CSV files."""
    return {**files, "figures.xlsx": make_workbook(registry, files)}


def write_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder
