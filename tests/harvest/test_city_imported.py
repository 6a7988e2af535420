"""The archive of a harvest elsewhere, taken in: every report, by hash, marked with who took it; a second time adds nothing."""

import csv
from pathlib import Path

from flows.harvest.index import load_index
from flows.publish.release import build_release
from flows.registry import Registry
from tests.command import run_gongkai
from tests.portal.city.serve import Served
from tests.portal.city.visit import Visitor


def test_an_archive_harvested_elsewhere_is_taken_in_and_published_with_the_same_figures(
    town: tuple[Served, Path], tmp_path: Path
) -> None:
    served, _ = town
    there = Visitor(served, tmp_path / "there")
    there.folder.mkdir()
    there.harvest()
    (warc,) = there.raw.glob("*.warc.gz")
    schemas, raw = there.folder / "schemas", tmp_path / "here"
    words = ("import-captures", warc, "--source", "tests, elsewhere", "--schemas", schemas, "--raw", raw)
    ran = run_gongkai(*words)
    schema = there.registry.schemas["published/captures"]
    taken = {each.sha256: each for each in load_index(raw, schema)}
    pages = [each for each in there.captures() if each.is_page and not each.parent_id]
    missing = [each.url for each in pages if each.sha256 not in taken]
    assert missing == [], ran.said[-2000:]
    assert {each.kind for each in taken.values()} == {"imported"}
    count = len(load_index(raw, schema))
    run_gongkai(*words)
    assert len(load_index(raw, schema)) == count
    figures = [
        read_figures(there.registry, each, tmp_path / f"curated-{at}")
        for at, each in enumerate((there.raw, raw))
    ]
    assert figures[0] == figures[1]
    assert len(figures[0]) > 500


def read_figures(registry: Registry, raw: Path, curated: Path) -> dict[tuple[str, ...], str]:
    """Return what is published from an archive: every figure by its cell."""
    folder = build_release(registry, raw, curated).published.folder
    with (folder / "observations.csv").open(encoding="utf-8", newline="") as file:
        return {
            (row["body_id"], row["year"], row["scope"], row["indicator_id"], row["applicant"]): row["value"]
            + row["status"]
            for row in csv.DictReader(file)
        }
