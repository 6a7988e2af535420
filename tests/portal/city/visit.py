"""A harvest of a simulated city as an operator's, by the city's calendar: what was asked, what became of it, what is archived."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flows.harvest.fetch import Fetcher
from flows.harvest.index import load_index
from flows.harvest.limits import Limits
from flows.harvest.run import HarvestOutcome, harvest
from flows.model import Capture
from flows.registry import Registry, load_registry
from tests.portal.city.folder import write_registry
from tests.portal.city.serve import Logged, Served

PAUSE = 0.02
LIMITS = Limits(pause=PAUSE, seconds=1.5, silence=1.0)
Key = tuple[str, int]


@dataclass(frozen=True)
class Run:
    """One harvest: what became of its visits, every request that it made, the seconds that it took, what it archived."""

    outcomes: Sequence[HarvestOutcome]
    log: Sequence[Logged]
    seconds: float
    captures: Sequence[Capture]

    @property
    def accepted(self) -> list[Capture]:
        """The new pages of reports."""
        return [each for each in self.captures if each.verdict == "accepted" and not each.parent_id]


@dataclass
class Visitor:
    """Whoever harvests a city: the registry, the archive, and the runs so far."""

    served: Served
    folder: Path
    runs: list[Run] = field(default_factory=list)
    found: list[Registry] = field(default_factory=list)

    @property
    def raw(self) -> Path:
        """The archive."""
        return self.folder / "raw"

    @property
    def registry(self) -> Registry:
        """The registry of the city, written when it is first needed."""
        if not self.found:
            self.found.append(load_registry(write_registry(self.served, self.folder / "schemas")))
        return self.found[0]

    def captures(self) -> tuple[Capture, ...]:
        """All captures of the archive, oldest first."""
        return load_index(self.raw, self.registry.schemas["published/captures"])

    def harvest(self, tick: Callable[[object], None] = lambda _: None) -> Run:
        """Harvest what is due on the city's day and return the run."""
        registry, known = self.registry, {each.capture_id for each in self.captures()}
        began, asked = time.monotonic(), len(self.served.log)
        fetcher = Fetcher(
            registry.hosts, LIMITS, private=registry.private, contact="tests@example.org", state=self.folder / "state",
            clock=self.served.calendar.as_clock(),
        )  # fmt: skip
        outcomes = harvest(registry, self.raw, fetcher, tick=tick)
        seconds = time.monotonic() - began
        new = [each for each in self.captures() if each.capture_id not in known]
        self.runs.append(Run(outcomes, tuple(self.served.log[asked:]), seconds, new))
        return self.runs[-1]


def find_outcomes(run: Run, expected: Mapping[Key, str]) -> dict[Key, str]:
    """Return what became of each report that is expected: captured, the verdict on what was found, or that there was no answer."""
    found = dict.fromkeys(expected, "not_found")
    for outcome in sorted(run.outcomes, key=rank_outcome):
        key, told = tell_outcome(outcome)
        if key in found:
            found[key] = told
    return found


def rank_outcome(outcome: HarvestOutcome) -> int:
    """Return how much an outcome tells of a report: a list that fails least, a report that is captured most."""
    return 0 if outcome.visit.is_list else 2 if tell_outcome(outcome)[1] == "captured" else 1


def tell_outcome(outcome: HarvestOutcome) -> tuple[Key, str]:
    """Return whose report an outcome is of, and what became of it; of lists only those that fail tell something."""
    target = outcome.visit.target
    pages = [each for each in outcome.captures if not each.parent_id]
    if not pages:
        return (target.body_id, target.sought), "no_page"
    if outcome.visit.is_list:
        return (target.body_id if outcome.reason else "", target.sought), "list_failed"
    if pages[0].scope != "whole_area":
        return ("", 0), "own_body"
    return (pages[0].body_id, pages[0].year), "captured" if pages[0].verdict == "accepted" else pages[
        0
    ].verdict
