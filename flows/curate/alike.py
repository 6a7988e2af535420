"""Reports that state the figures of others: of the same body a year earlier, or of another body in the same year."""

from collections.abc import Iterator
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from flows.codebook import Rule
from flows.curate.balances import Books
from flows.curate.wide import Amounts, Batch, find_before
from flows.errors import Text
from flows.model import Finding
from flows.registry import Registry

STAYING = ("stock", "heading")  # what is there at the end of a year may well be as many as before
BANDS = 8  # a report with fewer than eight other figures is the same in one band at least
FEW = 4  # figures in a band that are not nought; less is the same by chance
COMMON = 8  # reports that are the same in a band; more are not copies of each other


def check_copied_year(books: Books, rule: Rule, batch: Batch) -> Iterator[tuple[int, Finding]]:
    """Yield a finding for every report whose figures are mostly those of the year before."""
    rows = find_before(batch, batch)
    later = np.flatnonzero(rows >= 0)
    figures = take_figures(books.registry, batch)
    for row, (same, count) in zip(later, compare_rows(figures, later, rows[later]), strict=True):
        if count >= rule.least and same >= rule.threshold * count:
            year = int(batch.years[row]) - 1
            said = Text(f"of the report for {year}", f"{year} 年报告")
            yield batch.keys[row], copy_finding(rule, said, same, count)


def check_copied_peer(books: Books, rule: Rule, batch: Batch) -> Iterator[tuple[int, Finding]]:
    """Yield a finding for every report whose figures are mostly those of another body's in the same year."""
    figures = take_figures(books.registry, batch)
    pairs = [
        (one, two)
        for one, two in sorted(find_candidates(batch, figures))
        if batch.places[one][0] != batch.places[two][0]
    ]
    left, right = (np.array([pair[at] for pair in pairs], dtype=np.int64) for at in (0, 1))
    for pair, (same, count) in zip(pairs, compare_rows(figures, left, right), strict=True):
        if count >= rule.least and same >= rule.threshold * count:
            for row, other in (pair, pair[::-1]):
                body = batch.places[other][0]
                name = name_body(books.registry, body)
                said = Text(f"of the report of {name.en}", f"{name.zh}的报告")
                yield batch.keys[row], copy_finding(rule, said, same, count)


def name_body(registry: Registry, body: str) -> Text:
    """Return how a body is called, with its code."""
    known = registry.bodies.get(body)
    return Text(f"{known.name_en} ({body})", f"{known.name_zh}（{body}）") if known else Text(body, body)


def take_figures(registry: Registry, batch: Batch) -> Amounts:
    """Return the figures of a batch that differ from year to year: no stocks."""
    moving = [
        column
        for cell, column in batch.columns.items()
        if registry.indicators[cell.split("|")[0]].measure_type not in STAYING
    ]
    return batch.amounts[:, moving]


def compare_rows(
    figures: Amounts, left: NDArray[np.int64], right: NDArray[np.int64]
) -> Iterator[tuple[int, int]]:
    """Yield for each pair of rows how many figures are the same, of how many that either states and that are not 0."""
    for start in range(0, len(left), 10_000):
        one, two = figures[left[start : start + 10_000]], figures[right[start : start + 10_000]]
        told = (np.nan_to_num(one) != 0) | (np.nan_to_num(two) != 0)
        same = (told & (one == two)).sum(axis=1)
        yield from zip(same.tolist(), told.sum(axis=1).tolist(), strict=True)


def find_candidates(batch: Batch, figures: Amounts) -> set[tuple[int, int]]:
    """Return the pairs of rows of one year that are the same in some band of columns."""
    whole = np.rint(np.nan_to_num(figures) * 10_000).astype(np.int64)
    factors = np.asarray(np.random.default_rng(1).integers(1, 2**62, whole.shape[1]), dtype=np.int64)
    found: set[tuple[int, int]] = set()
    for band in range(BANDS):
        part = whole[:, band::BANDS]
        told = np.flatnonzero((part != 0).sum(axis=1) >= FEW)
        with np.errstate(over="ignore"):
            marks = (part[told] * factors[band::BANDS]).sum(axis=1) + batch.years[told] * int(factors[0])
        order = np.argsort(marks, kind="stable")
        for run in np.split(told[order], np.flatnonzero(np.diff(marks[order])) + 1):
            if 2 <= len(run) <= COMMON:
                rows = sorted(run.tolist())
                found |= {(one, two) for at, one in enumerate(rows) for two in rows[at + 1 :]}
    return found


def copy_finding(rule: Rule, said: Text, same: int, count: int) -> Finding:
    """Return the finding for a report whose figures are those of another."""
    return Finding(
        rule.rule_id,
        Text(
            f"{same} of {count} figures that are not 0 are those {said.en}. Compare the two before use.",
            f"{count} 个非零数字中有 {same} 个与{said.zh}相同。使用前请对照两份报告。",
        ),
        left=Decimal(same),
        right=Decimal(count),
    )
