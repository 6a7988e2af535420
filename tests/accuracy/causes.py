"""Why cells are lost: losses of one kind together, and the looks that the reports with them share."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tests.accuracy.score import Loss

SHARED = 0.8  # of the reports with the loss have the look
TYPICAL = 1.5  # times as often as all reports of the shape have it


@dataclass(frozen=True)
class Cause:
    """One cause: what becomes of the cells and by which rule, how many and in how many reports, the looks, an example."""

    verdict: str
    why: str
    cells: int
    reports: int
    looks: tuple[str, ...]
    example: str


def find_causes(losses: Iterable[Loss], looks: Mapping[str, int], reports: int) -> list[Cause]:
    """Return the causes of losses, wrong values first, then those that cost most cells.

    `looks` says how many of the `reports` have each look, with the loss or without.
    """
    kinds: dict[tuple[str, str], list[Loss]] = {}
    for loss in losses:
        kinds.setdefault((loss.verdict, loss.why), []).append(loss)
    causes = [make_cause(kind, alike, looks, reports) for kind, alike in kinds.items()]
    return sorted(causes, key=lambda cause: (cause.verdict != "wrong", -cause.cells, cause.why))


def make_cause(kind: tuple[str, str], losses: list[Loss], looks: Mapping[str, int], reports: int) -> Cause:
    hit = {loss.report: loss.looks for loss in losses}
    common = tuple(typical_looks(hit.values(), looks, reports))
    return Cause(*kind, len(losses), len(hit), common, losses[0].where)


def typical_looks(hit: Iterable[tuple[str, ...]], looks: Mapping[str, int], reports: int) -> Iterator[str]:
    """Yield the looks that nearly all reports with a loss have, and far fewer of the others."""
    listed = list(hit)
    for look, count in Counter(look for each in listed for look in each).most_common():
        if count >= SHARED * len(listed) and count / len(listed) >= TYPICAL * looks[look] / reports:
            yield look
