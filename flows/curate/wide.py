"""The figures of all reports as one matrix for each form: a row per report, a column per cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from flows.model import Extraction
from flows.registry import Registry

Extractions = Mapping[int, tuple[int, Extraction]]  # a report's number: the year reported on, what it states
Place = tuple[str, str, int]  # body, scope, year
Amounts = NDArray[np.float64]
Marks = NDArray[np.bool_]

NO_FIGURE = float("nan")
BLANK = frozenset(["blank", "none_word", "dash"])  # printed cells that state no figure


@dataclass(frozen=True, eq=False)
class Batch:
    """The reports of one form.

    `amounts` is not a number where none is stated; `blank` marks the cells that are printed without one.
    """

    form: str
    keys: tuple[int, ...]
    reports: Extractions
    columns: Mapping[str, int]
    amounts: Amounts
    blank: Marks

    @cached_property
    def years(self) -> NDArray[np.int64]:
        """The year of each row."""
        return np.array([self.reports[key][0] for key in self.keys], dtype=np.int64)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Whose report each row is."""
        return tuple(place_of(*self.reports[key]) for key in self.keys)

    @cached_property
    def row_by_key(self) -> Mapping[int, int]:
        """The row of each report by its number."""
        return {key: row for row, key in enumerate(self.keys)}

    @cached_property
    def row_of(self) -> Mapping[Place, int]:
        """The row of each body, scope and year; a report whose body is not known has none."""
        return {place: row for row, place in enumerate(self.places) if place[0]}


def place_of(year: int, extraction: Extraction) -> Place:
    """Return whose report an extraction is."""
    return extraction.header.body_id, extraction.header.scope, year


def spread_figures(registry: Registry, extractions: Extractions) -> dict[str, Batch]:
    """Return the reports of each form as a matrix; a report that mixes forms has a row in each."""
    places = {
        (row.indicator_id, applicant): (form.form, column)
        for form in registry.forms.values()
        for column, (row, applicant) in enumerate(form.cells)
    }
    widths = {form.form: len(form.cells) for form in registry.forms.values()}
    lines: dict[str, dict[int, tuple[Amounts, Marks]]] = {form: {} for form in registry.forms}
    for key, (_, extraction) in extractions.items():
        for form, line in spread_report(extraction, places, widths).items():
            lines[form][key] = line
    return {form: stack_lines(registry, form, found, extractions) for form, found in lines.items() if found}


def spread_report(
    extraction: Extraction, places: Mapping[tuple[str, str], tuple[str, int]], widths: Mapping[str, int]
) -> dict[str, tuple[Amounts, Marks]]:
    """Return one report's row in the matrix of each form that it has figures of."""
    found: dict[str, tuple[list[float], list[bool]]] = {}
    for each in extraction.observations:
        form, column = places[each.indicator_id, each.applicant]
        if form not in found:
            found[form] = [NO_FIGURE] * widths[form], [False] * widths[form]
        amount, status = each.value.amount, each.value.status
        if amount is not None:
            found[form][0][column] = float(amount)
        elif status in BLANK:
            found[form][1][column] = True
    return {form: (np.array(line[0]), np.array(line[1])) for form, line in found.items()}


def stack_lines(
    registry: Registry, form: str, lines: Mapping[int, tuple[Amounts, Marks]], extractions: Extractions
) -> Batch:
    """Return the rows of one form as a batch."""
    return Batch(
        form,
        tuple(lines),
        extractions,
        {f"{row.indicator_id}|{who}": at for at, (row, who) in enumerate(registry.forms[form].cells)},
        np.stack([line[0] for line in lines.values()]),
        np.stack([line[1] for line in lines.values()]),
    )


def find_before(batch: Batch, earlier: Batch) -> NDArray[np.int64]:
    """Return for each row the row of the same body and scope a year earlier in a batch, -1 where there is none."""
    rows = (earlier.row_of.get((body, scope, year - 1), -1) for body, scope, year in batch.places)
    return np.fromiter(rows, dtype=np.int64, count=len(batch.places))


def take_before(batch: Batch, earlier: Batch, column: int) -> Amounts:
    """Return a figure of the year before for each row of a batch."""
    rows = find_before(batch, earlier)
    return np.where(rows >= 0, earlier.amounts[rows, column], NO_FIGURE)


def sum_parts(registry: Registry, batch: Batch, column: int) -> tuple[Amounts, Sequence[int]]:
    """Return for each row of a whole area the sum of a figure over its offices' own reports, and how many those are."""
    totals: dict[tuple[str, int], tuple[float, int]] = {}
    for (body, scope, year), amount in zip(batch.places, batch.amounts[:, column], strict=True):
        if scope == "own_body" and body in registry.bodies and not np.isnan(amount):
            for owner in {body, registry.bodies[body].parent_id}:
                total, count = totals.get((owner, year), (0.0, 0))
                totals[owner, year] = total + float(amount), count + 1
    none = (NO_FIGURE, 0)
    found = [
        totals.get((body, year), none) if scope == "whole_area" else none
        for body, scope, year in batch.places
    ]
    return np.array([total for total, _ in found]), [count for _, count in found]
