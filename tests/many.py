"""As many observations as wanted: the reports of a country that keeps the rules, as outcomes of a build."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from flows.curate.build import Outcome
from flows.model import Body, Capture, Extraction, Report
from flows.registry import Registry
from tests.histories import tell_city

YEARS = range(2014, 2026)
SEEN = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Many:
    """The registry with all bodies, and the outcomes and captures of their reports."""

    registry: Registry
    outcomes: tuple[Outcome, ...]
    captures: tuple[Capture, ...]


def make_many(registry: Registry, observations: int, seed: int = 1) -> Many:
    """Return reports that state at least as many observations, every body each year since 2014."""
    each = sum(len(report.observations) for _, report in tell_city(registry, seed, 1, YEARS).values())
    bodies = -(-observations // each)
    city = tell_city(registry, seed, bodies, YEARS)
    reports = sorted(city.values(), key=lambda pair: (pair[1].header.body_id, pair[0]))
    captures = tuple(make_capture(year, extraction) for year, extraction in reports)
    outcomes = tuple(
        Outcome(
            Report(capture.body_id, capture.year, "whole_area", capture.url),
            "published",
            capture=capture,
            captures=(capture,),
            extraction=extraction,
            looks=(capture,),
        )
        for capture, (_, extraction) in zip(captures, reports, strict=True)
    )  # fmt: skip
    return Many(add_bodies(registry, bodies), outcomes, captures)


def make_capture(year: int, extraction: Extraction) -> Capture:
    """Return a capture of a report."""
    body = extraction.header.body_id
    digest = hashlib.sha256(f"{body} {year}".encode()).hexdigest()
    url = f"https://www.example.gov.cn/{body}/{year}.html"
    at = SEEN + timedelta(seconds=int(digest[:4], 16))
    return Capture(
        digest[:16], body, year, "whole_area", "fetched", url, at, "text/html", digest, 1000, "a.warc.gz", 0, 200,
    )  # fmt: skip


def add_bodies(registry: Registry, count: int) -> Registry:
    """Return the registry with the bodies of the reports, like the first it has."""
    like = registry.tables["bodies"][0]
    names = [f"{100_000 + at}" for at in range(count)]
    rows: list[Mapping[str, str]] = [
        {**like, "body_id": name, "name_zh": f"{name}区", "name_en": f"District {name}", "level": "district",
         "parent_id": "", "former_codes": "", "former_names_zh": "", "portal_host": "", "notes": ""}
        for name in names if name not in registry.bodies
    ]  # fmt: skip
    bodies = {name: Body(name, f"{name}区", f"District {name}", "district", "", ()) for name in names}
    return replace(
        registry,
        tables={**registry.tables, "bodies": (*registry.tables["bodies"], *rows)},
        bodies={**registry.bodies, **bodies},
    )
