"""The rules over a hundred thousand reports of a city that keeps them, and how many changed digits they find."""

import time

from rich.console import Console
from rich.table import Table

from flows.curate.checks import check_reports
from tests.bench.holds import Hold
from tests.histories import tell_city
from tests.power import REGISTRY, YEARS, is_error, measure_power

REPORTS = 100_000
TRIALS = 5_000
BLANKS = (0.0, 0.3, 1.0)


def measure_rules(out: Console, _rounds: int) -> list[Hold]:
    """Time all rules over many reports at once, and count the changed digits that they find."""
    city = tell_city(REGISTRY, 1, -(-REPORTS // len(YEARS)), YEARS)
    cpu, wall = time.process_time(), time.perf_counter()
    found = check_reports(REGISTRY, city)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    errors = sum(is_error(REGISTRY, finding) for _, finding in found)
    table = Table(
        title=f"All {len(REGISTRY.rules)} rules over {len(city):,} reports that keep them",
        title_justify="left",
    )
    for name in ("s", "s wall", "reports/s", "findings", "source errors"):
        table.add_column(name, justify="right")
    table.add_row(f"{cpu:.1f}", f"{wall:.1f}", f"{len(city) / cpu:,.0f}", f"{len(found):,}", str(errors))
    out.print(table)
    return [
        Hold(f"{REPORTS:,} reports: seconds of processor time", cpu, most=60),
        Hold("source errors in reports that keep the rules", errors, most=0),
        *measure_digits(out),
    ]


def measure_digits(out: Console) -> list[Hold]:
    """Count how many changed digits are found, with the noughts of none, some or all reports printed as blanks."""
    table = Table(title="One digit changed in a cell that an equality covers", title_justify="left")
    for name in ("noughts blank in", "tried", "found", "%"):
        table.add_column(name, justify="right")
    shares = []
    for blank in BLANKS:
        power = measure_power(REGISTRY, 11, 16, TRIALS, blank)
        shares.append(100 * power.found / power.trials)
        table.add_row(f"{blank:.0%} of reports", f"{power.trials:,}", f"{power.found:,}", f"{shares[-1]:.1f}")
    out.print(table)
    return [
        Hold(f"changed digits found, %, noughts blank in {blank:.0%} of reports", share, least=95)
        for blank, share in zip(BLANKS, shares, strict=True)
    ]
