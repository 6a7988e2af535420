"""How much the rules find: one digit of one figure is changed, over and over, in cities that keep every rule.

python -m tests.power [TRIALS]
"""

import sys
from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from random import Random

from flows.curate.checks import check_reports
from flows.model import Extraction, Observation, Value
from flows.registry import Registry, load_registry
from tests.histories import change_figure, tell_city

REGISTRY = load_registry(Path(__file__).resolve().parents[1] / "schemas")
YEARS = range(2014, 2026)
Reports = dict[int, tuple[int, Extraction]]


@dataclass(frozen=True)
class Power:
    """How many changed digits were tried and found, how many clean reports had a `source` error, and what was missed."""

    trials: int
    found: int
    false: int
    missed: Counter[str]


def list_covered(registry: Registry, year: int) -> frozenset[str]:
    """Return the cells that some equality in force is about, in the report of a year or of the year after."""
    covered = set()
    for rule in registry.rules.values():
        if rule.is_balance and rule.formula and rule.formula.operator == "=":
            for term in rule.formula.terms:
                when = year + (term.whose == "prev")
                if term.code and rule.first_year <= when <= rule.last_year and when in YEARS:
                    covered.add(term.cell)
    return frozenset(covered)


def measure_power(registry: Registry, seed: int, bodies: int, trials: int, blank: float = 0.0) -> Power:
    """Return what the rules find of so many changed digits, each in a body of its own with its years around it.

    `blank` is the share of reports whose noughts are printed as blank cells.
    """
    random, covered = Random(seed), {year: list_covered(REGISTRY, year) for year in YEARS}
    city = leave_blank(tell_city(registry, seed, bodies, YEARS), random, blank)
    clean = sum(is_error(registry, finding) for _, finding in check_reports(registry, city))
    tried: Reports = {}
    changed: dict[str, str] = {}
    for trial in range(trials):
        body, year = random.randrange(bodies), random.choice(YEARS)
        name = f"{200_000 + trial}"
        for when in (each for each in (year - 1, year, year + 1) if each in YEARS):
            report = rename(city[(when - YEARS[0]) * bodies + body], name)
            if when == year:
                report, changed[name] = change_digit(report, random, covered[year])
            tried[len(tried)] = report
    hits = {
        tried[key][1].header.body_id
        for key, finding in check_reports(registry, tried)
        if registry.rules[finding.rule_id].is_balance or finding.rule_id == "X-BLANK-SUM"
    }
    missed = Counter(cell for name, cell in changed.items() if name not in hits)
    return Power(trials, len(hits), clean, missed)


def is_error(registry: Registry, finding: object) -> bool:
    """Return whether a finding says that the source is wrong."""
    rule = registry.rules[finding.rule_id]  # type: ignore[attr-defined]
    return rule.severity == "error" and finding.finding_class == "source"  # type: ignore[attr-defined]


def rename(report: tuple[int, Extraction], body: str) -> tuple[int, Extraction]:
    """Return the report as another body's."""
    year, extraction = report
    return year, replace(extraction, header=replace(extraction.header, body_id=body))


def change_digit(
    report: tuple[int, Extraction], random: Random, covered: frozenset[str]
) -> tuple[tuple[int, Extraction], str]:
    """Return a report in which one digit of one covered figure is another, and the cell."""
    able = [
        (at, each)
        for at, each in enumerate(report[1].observations)
        if each.value.amount is not None and name_of(each) in covered
    ]
    at, each = random.choice(able)
    text = f"{each.value.amount:f}"
    places = [place for place, mark in enumerate(text) if mark.isdigit()]
    place = random.choice(places)
    digit = random.choice([mark for mark in "0123456789" if mark != text[place]])
    return change_figure(report, at, Decimal(text[:place] + digit + text[place + 1 :])), name_of(each)


def name_of(each: Observation) -> str:
    """Return the cell of an observation."""
    return f"{each.indicator_id}|{each.applicant}"


def leave_blank(reports: Reports, random: Random, share: float) -> Reports:
    """Return the reports with the noughts of some of them printed as blank cells."""

    def blank(each: Observation) -> Observation:
        return each._replace(value=Value(None, "blank"), raw_value="") if each.value.amount == 0 else each

    return {
        key: (year, replace(extraction, observations=tuple(map(blank, extraction.observations))))
        if random.random() < share
        else (year, extraction)
        for key, (year, extraction) in reports.items()
    }


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    for share in (0.0, 0.3, 1.0):
        power = measure_power(REGISTRY, 11, 16, count, share)
        print(
            f"noughts blank in {share:.0%} of reports: {power.found} of {power.trials} changed digits found "
            f"({power.found / power.trials:.1%}); {power.false} source errors in the clean city; "
            f"missed most: {power.missed.most_common(3)}"
        )
