"""The registry of a simulated city: a copy of schemas/ whose bodies, hosts, lists and known addresses are the city's."""

import csv
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.portal.city.plan import MUNICIPAL, City, Shelf
from tests.portal.city.reports import ROOT
from tests.portal.city.serve import Served

SYNTHETIC = "synthetic: a simulated city (tests/portal/city)"


def write_registry(served: Served, folder: Path) -> Path:
    """Write the registry of a city that is up into a new folder, and return the folder."""
    shutil.copytree(ROOT / "schemas", folder)
    city = served.city
    known = {MUNICIPAL, *(body.body_id for body in city.bodies)}
    rewrite(
        folder / "bodies.csv",
        (place_body(served, row) for row in read_rows(folder / "bodies.csv") if row["body_id"] in known),
    )
    rewrite(
        folder / "successions.csv",
        (row for row in read_rows(folder / "successions.csv") if row["body_id"] in known),
    )
    rewrite(folder / "hosts.csv", (host_row(served, key) for key in sorted(served.portals)))
    rewrite(folder / "reports.csv", report_rows(served))
    rewrite(folder / "platforms.csv", (list_row(served, shelf) for shelf in city.shelves))
    return folder


def place_body(served: Served, row: Mapping[str, str]) -> dict[str, str]:
    """Return a body with the host that it has in the city."""
    host = served.host(row["body_id"]) if row["body_id"] in served.portals else ""
    return {**row, "portal_host": host, "notes": f"The body is real; its portal here is {SYNTHETIC}."}


def host_row(served: Served, key: str) -> dict[str, str]:
    return {
        "host": served.host(key),
        "body_id": key.partition("-")[0],
        "kind": "simulated",
        "evidence": SYNTHETIC,
    }


def report_rows(served: Served) -> Iterable[dict[str, str]]:
    """Yield the known addresses: those of reports that no list links."""
    for page in served.city.pages:
        if not page.listed and "-" in page.host:
            yield {
                "body_id": page.body_id, "year": str(page.story.year), "scope": "whole_area", "url": served.url_of(page),
                "title_zh": "", "stated_date": "", "evidence": SYNTHETIC,
            }  # fmt: skip


def list_row(served: Served, shelf: Shelf) -> dict[str, str]:
    """Return a list as a row of platforms.csv."""
    return {
        "list_id": shelf.key, "body_id": shelf.host, "covers": "below" if shelf.host == MUNICIPAL else "own",
        "platform": shelf.platform, "url": served.url(shelf.host, shelf.path), "first_year": str(shelf.years[0]),
        "last_year": "", "expected": str(least_reports(served.city, shelf)), "required": "true", "evidence": "seen",
        "notes": SYNTHETIC,
    }  # fmt: skip


def least_reports(city: City, shelf: Shelf) -> int:
    """Return how many reports of districts a list holds at least: in each year where its address has the year, else in all.

    The newest year of the plan does not count: it comes later.
    """
    listed = [page for page in city.pages if page.listed == shelf.key and not page.story.office]
    if "{year}" not in shelf.path:
        return max(1, sum(page.story.year != city.years[-1] for page in listed))
    counts = [sum(page.story.year == year for page in listed) for year in shelf.years[:-1]]
    return max(1, min(counts))


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rewrite(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    """Write a table anew under its own columns."""
    rows = list(rows)
    with path.open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
