"""What was published of a simulated city against its truth: each cell right, flagged by a finding, missed or wrong."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.portal.city.plan import City, Page, find_expected
from tests.portal.city.reports import Story, find_cells, form_of, tell_truth
from tests.portal.prose import state_figures

Key = tuple[str, int]
Cell = tuple[str, Decimal | None, str]  # status, amount, unit


@dataclass
class Verified:
    """How many cells of how many reports are `right`, `flagged`, `missed` or `wrong`; the wrong ones with their places.

    `unread` are figures that a sentence alone states, and of which nothing is published.
    """

    reports: int = 0
    cells: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def verify_package(package: Path, city: City, day: date) -> Verified:
    """Compare every cell of every report that must have been captured by a day with what the package says."""
    published = {key: {row["indicator_id"] + "|" + row["applicant"]: row for row in rows} for key, rows in
                 group_rows(package / "observations.csv").items()}  # fmt: skip
    findings = group_rows(package / "findings.csv")
    found = Verified()
    for key, story in sorted(find_stories(city, day).items()):
        found.reports += 1
        rows = published.get(key, {})
        for name, cell in find_truth(story).items():
            verdict = judge_row(rows.get(name), cell, findings.get(key, []))
            found.cells["unread" if verdict == "missed" and name not in find_cells(story) else verdict] += 1
            if verdict == "wrong":
                found.wrong.append(f"{key} {name}: printed {cell}, published {show(rows.get(name))}")
    return found


def find_stories(city: City, day: date) -> Mapping[Key, Story]:
    """Return the one story of each report that must have been captured; of rivals nobody can say which is the true one."""
    expected = find_expected(city, day)
    rivals = {page.key for page in city.pages if page.fault == "rival"}
    return {
        page.key: replace(page.story_on(day), shape="pdf") if page.fault == "file" else page.story_on(day)
        for page in city.pages
        if expected.get(page.key) == "captured" and page.key not in rivals and is_whole(page, day)
    }


def is_whole(page: Page, day: date) -> bool:
    return not page.story.office and page.is_up(day)


def find_truth(story: Story) -> dict[str, Cell]:
    """Return what a report states, in its tables and its sentences."""
    said = state_figures(tell_truth(story).sentences, form_of(story.year))
    told = {name: ("reported", amount, unit) for name, (amount, unit) in said.items()}
    return told | {name: (cell.status, cell.amount, cell.unit) for name, cell in find_cells(story).items()}


def judge_row(row: Mapping[str, str] | None, cell: Cell, findings: list[dict[str, str]]) -> str:
    """Return the verdict on one published cell."""
    if row is None or row["status"] == "not_in_report":
        return "missed"
    value = Decimal(row["value"]) if row["value"] else None
    status, amount, unit = cell
    if (row["status"], value) == (status, amount) and (status != "reported" or row["unit"] == unit):
        return "right"
    name = f"{row['indicator_id']}|{row['applicant']}"
    named = any(name in each["cells"].split() or each["locator"] == row["locator"] for each in findings)
    return "flagged" if named or row["status"] == "unreadable" else "wrong"


def show(row: Mapping[str, str] | None) -> str:
    return f"{row['status']} {row['value']} {row['unit']} {row['locator']}" if row else "nothing"


def group_rows(path: Path) -> dict[Key, list[dict[str, str]]]:
    """Return the rows of a published table by body and year, those of whole areas."""
    found: dict[Key, list[dict[str, str]]] = {}
    for row in read_rows(path):
        if row["scope"] == "whole_area":
            found.setdefault((row["body_id"], int(row["year"])), []).append(row)
    return found


def read_rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
