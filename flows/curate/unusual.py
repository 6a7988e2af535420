"""Figures far from a body's own history, once what all its peers did that year is taken out; a figure ten times too much."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from flows.cells import format_amount
from flows.codebook import Rule
from flows.curate.balances import Books
from flows.curate.wide import Amounts, Batch, Marks
from flows.errors import Text
from flows.model import Finding

YEARS = 4  # of its own history that a figure is held against, at least
PEERS = 8  # bodies that tell what is usual in a year, at least
SPREAD = 6  # times the usual distance from the middle
STEADY = 0.3  # of a power of ten: less than twice or more than half
NEAR = 0.15  # of a power of ten: between seven and fourteen tenfold


@dataclass(frozen=True, eq=False)
class Series:
    """One cell, in all forms that count the same, of all bodies over the years; not a number where none is stated."""

    cells: Sequence[tuple[str, str]]  # form, cell
    amounts: Amounts
    keys: NDArray[np.int64]
    bodies: Sequence[tuple[str, str]]  # body and scope of each row


def list_series(books: Books) -> Iterator[Series]:
    """Yield the series of each concept and kind of applicant."""
    places = [place for batch in books.batches.values() for place in batch.places if place[0]]
    bodies = sorted({place[:2] for place in places})
    row_of = {body: at for at, body in enumerate(bodies)}
    column_of = {year: at for at, year in enumerate(sorted({place[2] for place in places}))}
    spots = {form: find_spots(batch, row_of, column_of) for form, batch in books.batches.items()}
    cells: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for form, batch in books.batches.items():
        for cell in batch.columns:
            indicator = books.registry.indicators[cell.split("|")[0]]
            if indicator.measure_type in ("count", "flow", "amount") and indicator.concept_id:
                cells.setdefault((indicator.concept_id, cell.split("|")[1]), []).append((form, cell))
    for members in cells.values():
        amounts, keys = gather(books, members, spots, (len(row_of), len(column_of)))
        yield Series(members, amounts, keys, bodies)


def find_spots(
    batch: Batch, row_of: Mapping[tuple[str, str], int], column_of: Mapping[int, int]
) -> tuple[NDArray[np.int64], ...]:
    """Return which rows of a batch have a body, and where in a series of all bodies and years each stands."""
    told = [row for row, place in enumerate(batch.places) if place[0]]
    rows = [row_of[batch.places[row][:2]] for row in told]
    columns = [column_of[batch.places[row][2]] for row in told]
    return np.array(told, dtype=np.int64), np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64)


def gather(
    books: Books,
    members: Sequence[tuple[str, str]],
    spots: Mapping[str, tuple[NDArray[np.int64], ...]],
    shape: tuple[int, int],
) -> tuple[Amounts, NDArray[np.int64]]:
    """Return the figures and reports of one series from the cells of each form that count the same."""
    amounts, keys = np.full(shape, np.nan), np.full(shape, -1, dtype=np.int64)
    for form, cell in members:
        batch = books.batches[form]
        told, rows, columns = spots[form]
        figures = batch.amounts[told, batch.columns[cell]]
        stated = ~np.isnan(figures)
        amounts[rows[stated], columns[stated]] = figures[stated]
        keys[rows[stated], columns[stated]] = np.array(batch.keys, dtype=np.int64)[told[stated]]
    return amounts, keys


def find_middle(amounts: Amounts) -> tuple[Amounts, NDArray[np.int64]]:
    """Return the median of each row over what is stated, and how much that is."""
    ordered = np.sort(amounts, axis=1)  # what is not a number comes last
    count = (~np.isnan(ordered)).sum(axis=1)
    rows = np.arange(len(ordered))
    low, high = np.maximum(count - 1, 0) // 2, np.maximum(count, 1) // 2
    return (ordered[rows, low] + ordered[rows, high]) / 2, count


def measure_distance(series: Series) -> tuple[Amounts, Amounts, Amounts]:
    """Return how many powers of ten each figure is from its body's middle, the middle, and the usual distance."""
    tenfold = np.log10(np.where(series.amounts < 0, np.nan, series.amounts) + 1)
    middle, count = find_middle(tenfold)
    distance = tenfold - middle[:, None]
    common, peers = find_middle(distance.T)
    distance = distance - np.where(peers >= PEERS, common, 0.0)
    usual, _ = find_middle(np.abs(distance))
    distance[count <= YEARS] = np.nan
    return distance, 10**middle - 1, usual


def is_lonely(distance: Amounts) -> Marks:
    """Return which figures stand between years that are near the middle; of the first and last year the two nearest count."""
    far = np.abs(distance)
    before, after = np.roll(far, 1, axis=1), np.roll(far, -1, axis=1)
    before[:, 0], after[:, -1] = far[:, 2], far[:, -3]
    return (before < STEADY) & (after < STEADY)


def check_unusual(books: Books, rules: Mapping[str, Rule]) -> Iterator[tuple[int, Finding]]:
    """Yield a finding for every figure far from its body's own history: by some 10,000, by some 10, or by much.

    `rules` are those of the kinds `jump_unit`, `jump_digit` and `outlier`; a figure breaks one at most.
    """
    least = np.log10(min(each.threshold for each in rules.values())) - NEAR
    for series in list_series(books):
        if series.amounts.shape[1] <= YEARS:
            return  # too few to tell what is usual
        distance, middle, usual = measure_distance(series)
        far = np.abs(distance)
        # Nothing may well become of much, as when fees were abolished.
        doubted = (
            (series.amounts > 0) & (far >= least) & (far > SPREAD * usual[:, None]) & is_lonely(distance)
        )
        for row, column in np.argwhere(doubted):
            cell = find_cell(books, series, int(series.keys[row, column]))
            amount, usually = float(series.amounts[row, column]), float(middle[row])
            money = books.registry.indicators[cell.split("|")[0]].measure_type == "amount"
            kind = name_kind(rules, float(far[row, column]), max(amount, usually), is_money=money)
            if kind:
                yield (
                    int(series.keys[row, column]),
                    unusual_finding(books, rules[kind], cell, (amount, usually)),
                )


def find_cell(books: Books, series: Series, key: int) -> str:
    """Return in which cell a report states its figure of a series."""
    (found, *_) = (
        cell
        for form, cell in series.cells
        for row in [books.batches[form].row_by_key.get(key, -1)]
        if row >= 0 and not np.isnan(books.batches[form].amounts[row, books.batches[form].columns[cell]])
    )
    return found


def name_kind(rules: Mapping[str, Rule], far: float, most: float, *, is_money: bool) -> str:
    """Return which kind of jump a distance in powers of ten is, or an empty text."""
    unit, digit, outlier = (rules.get(kind) for kind in ("jump_unit", "jump_digit", "outlier"))
    if unit and is_money and abs(far - np.log10(unit.threshold)) < 4 * NEAR:
        return "jump_unit"
    if digit and most >= digit.least and abs(far - np.log10(digit.threshold)) < NEAR:
        return "jump_digit"
    return "outlier" if outlier and most >= outlier.least and far >= np.log10(outlier.threshold) else ""


IN_OTHER_YEARS = Text("in other years about", "其他年度约")


def unusual_finding(
    books: Books, rule: Rule, cell: str, sides: tuple[float, float], usual: Text = IN_OTHER_YEARS
) -> Finding:
    """Return the finding for a figure far from what is usual, in the words that say for whom."""
    indicator = books.registry.indicators[cell.split("|", maxsplit=1)[0]]
    amount, middle = (Decimal(str(round(each, 2))).normalize() for each in sides)
    return Finding(
        rule.rule_id,
        Text(
            f"{indicator.label_en}: {format_amount(amount)}, {usual.en} {format_amount(middle)}. "
            f"Rule: {rule.description_en}.",
            f"{indicator.label_zh}：{format_amount(amount)}，{usual.zh} {format_amount(middle)}。规则：{rule.description_zh}。",
        ),
        cells=(cell,),
        left=amount,
        right=middle,
    )
