"""Figures far beyond those of a body's peers, where its own history is too short to tell what is usual for it."""

from collections.abc import Iterator

import numpy as np

from flows.codebook import Rule
from flows.curate.balances import Books
from flows.curate.unusual import (
    PEERS,
    SPREAD,
    YEARS,
    Series,
    find_cell,
    find_middle,
    list_series,
    unusual_finding,
)
from flows.curate.wide import Amounts
from flows.errors import Text
from flows.model import Finding

OF_PEERS = Text("of bodies of its level that year about", "当年同级机关约")


def check_peers(books: Books, rule: Rule) -> Iterator[tuple[int, Finding]]:
    """Yield a finding for every figure far above those of the bodies of its level and scope in the same year.

    Bodies differ in size, so only many times what is usual counts (`threshold`), and only of figures of some size
    (`least`). A body with a history of its own is held against that instead.
    """
    for series in list_series(books):
        known = (~np.isnan(series.amounts)).sum(axis=1)
        for rows in group_rows(books, series):
            own = series.amounts[rows]
            middle, far = measure_peers(own)
            short = (known[rows] <= YEARS)[:, None]
            doubted = short & (own >= rule.least) & (far >= np.log10(rule.threshold))
            for row, column in np.argwhere(doubted):
                key = int(series.keys[rows[row], column])
                sides = float(own[row, column]), float(middle[column])
                yield key, unusual_finding(books, rule, find_cell(books, series, key), sides, OF_PEERS)


def group_rows(books: Books, series: Series) -> list[list[int]]:
    """Return the rows of a series by level and scope of their bodies, where there are enough to tell what is usual."""
    groups: dict[tuple[str, str], list[int]] = {}
    for row, (body, scope) in enumerate(series.bodies):
        known = books.registry.bodies.get(body)
        groups.setdefault((known.level if known else "", scope), []).append(row)
    return [rows for rows in groups.values() if len(rows) >= PEERS]


def measure_peers(amounts: Amounts) -> tuple[Amounts, Amounts]:
    """Return what is usual in each year, and how many powers of ten each figure is above it; nothing where peers are few.

    What is within the usual spread of the peers is not far, however large it is.
    """
    tenfold = np.log10(np.where(amounts < 0, np.nan, amounts) + 1)
    middle, peers = find_middle(tenfold.T)
    far = tenfold - middle
    usual, _ = find_middle(np.abs(far).T)
    told = (peers >= PEERS) & (middle > 0)
    return 10**middle - 1, np.where(told & (far > SPREAD * usual), far, 0.0)
