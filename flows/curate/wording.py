"""Reports whose text is that of others: of the same body a year earlier, or of another body in the same year.

What stands in many reports of a year is the language of all of them, and tells nothing.
"""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from flows.codebook import Rule
from flows.curate.alike import COMMON, name_body
from flows.curate.wide import Extractions
from flows.errors import Text
from flows.model import Finding
from flows.registry import Registry

Marks = dict[int, NDArray[np.uint64]]  # of the sentences of each report that few others have


def check_wording(registry: Registry, extractions: Extractions) -> Iterator[tuple[int, Finding]]:
    """Yield (report, finding) for every report most of whose own sentences are another's, figures aside."""
    rules = {rule.kind: rule for rule in registry.rules.values()}
    by_year: dict[int, list[int]] = {}
    for key, (year, extraction) in extractions.items():
        if extraction.wording:
            by_year.setdefault(year, []).append(key)
    marks = {key: own for keys in by_year.values() for key, own in take_own(extractions, keys).items()}
    if rule := rules.get("text_year"):
        yield from compare_years(rule, extractions, marks)
    if rule := rules.get("text_peer"):
        for keys in by_year.values():
            yield from compare_peers(registry, rule, extractions, {key: marks[key] for key in keys})


def take_own(extractions: Extractions, keys: list[int]) -> Marks:
    """Return the marks of the reports of one year, without those that more than a few of them have."""
    marks = {key: np.frombuffer(extractions[key][1].wording, dtype="<u8") for key in keys}
    every, counts = np.unique(np.concatenate(list(marks.values())), return_counts=True)
    common = every[counts > COMMON]
    return {key: np.setdiff1d(own, common, assume_unique=True) for key, own in marks.items()}


def compare_years(rule: Rule, extractions: Extractions, marks: Marks) -> Iterator[tuple[int, Finding]]:
    """Yield a finding for every report most of whose sentences stand in that of the year before."""
    places = {
        (extractions[key][1].header.body_id, extractions[key][1].header.scope, extractions[key][0]): key
        for key in marks
    }
    for (body, scope, year), key in places.items():
        before = places.get((body, scope, year - 1))
        if before is not None:
            # The language of a year is left out of both: what was common the year before may be so no longer.
            same = len(np.intersect1d(marks[key], marks[before], assume_unique=True))
            said = Text(f"of the report for {year - 1}", f"{year - 1} 年报告")
            yield from find_copy(rule, key, (same, len(marks[key])), said)


def compare_peers(
    registry: Registry, rule: Rule, extractions: Extractions, marks: Marks
) -> Iterator[tuple[int, Finding]]:
    """Yield a finding for every report most of whose sentences stand in another body's of the year."""
    holders: dict[int, list[int]] = {}
    for key, own in marks.items():
        for mark in own.tolist():
            holders.setdefault(mark, []).append(key)
    shared: Counter[tuple[int, int]] = Counter()
    for keys in holders.values():
        if len(keys) > 1:
            shared.update(combinations(keys, 2))
    bodies = {key: extractions[key][1].header.body_id for key in marks}
    for pair, same in sorted(shared.items()):
        if bodies[pair[0]] != bodies[pair[1]]:
            for key, other in (pair, pair[::-1]):
                name = name_body(registry, bodies[other])
                said = Text(f"of the report of {name.en}", f"{name.zh}的报告")
                yield from find_copy(rule, key, (same, len(marks[key])), said)


def find_copy(rule: Rule, key: int, shares: tuple[int, int], said: Text) -> Iterator[tuple[int, Finding]]:
    """Yield the finding for a report whose sentences are those of another, where they are enough and most of its own."""
    same, count = shares
    if count >= rule.least and same >= rule.threshold * count:
        share = round(100 * same / count)
        yield (
            key,
            Finding(
                rule.rule_id,
                Text(
                    f"{same} of {count} sentences ({share} %) are those {said.en}, figures aside; what most reports of the "
                    "year say is not counted. Compare the two before use.",
                    f"{count} 个句子中有 {same} 个（{share}%）与{said.zh}相同（数字不计，当年多数报告共有的句子不计）。"
                    "使用前请对照两份报告。",
                ),
                left=Decimal(same),
                right=Decimal(count),
            ),
        )
