"""Figures of real reports, typeset by the project in every shape; what a case does not state is printed as a blank cell."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path

from tests.accuracy.score import PROSE, Made, Score, registry, score_report
from tests.portal.prose import state_known
from tests.portal.shapes import SHAPES
from tests.portal.sheets import draw_sheets
from tests.portal.truth import TYPESET, Printed, Truth, plain_cells

FIGURES = Path(__file__).resolve().parents[1] / "golden" / "figures"


@dataclass(frozen=True)
class Case:
    """The figures of one real report by `indicator|applicant`, as its table printed them."""

    name: str
    body: str
    year: int
    form: str
    figures: Mapping[str, str]


@cache
def load_cases() -> tuple[Case, ...]:
    """Return the cases that ship with the tests."""
    with (FIGURES / "index.csv").open(encoding="utf-8", newline="") as file:
        return tuple(load_case(row) for row in csv.DictReader(file))


def load_case(about: Mapping[str, str]) -> Case:
    with (FIGURES / f"{about['case']}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    (form,) = {row["indicator_id"][1:5] for row in rows}
    figures = {f"{row['indicator_id']}|{row['applicant']}": row["value"] for row in rows}
    return Case(about["case"], about["body"], int(about["year"]), form, figures)


def tell_case(case: Case) -> tuple[Truth, Mapping[str, Printed]]:
    """Return a case as the truth of a whole report, and the cells of tables that the case states."""
    form = registry().forms[case.form]
    stated = {
        key: value for key, value in case.figures.items() if form.has_table and ".narrative." not in key
    }
    known = plain_cells(stated)
    blank = {f"{row.indicator_id}|{who}": Printed("", "blank") for row, who in form.cells}
    told = {key: value for key, value in case.figures.items() if key not in stated}
    units = {key: form.by_id[key.partition("|")[0]].unit for key in told}
    said = {key: (Decimal(value.removesuffix(units[key])), units[key]) for key, value in told.items()}
    sentences = tuple(state_known(form, said))
    return Truth(0, case.form, case.year, case.body, blank | known, sentences, notice=TYPESET), known


def make_case(case: Case, shape: str, seed: int) -> Made:
    """Return a case in a look that the shape can have, with the local rows that it states."""
    truth, known = tell_case(case)
    local = any("other_documents" in key or "key_areas" in key for key in known)
    layout = replace(SHAPES[shape].draw_layout(seed), extra_row=local)
    sheets = draw_sheets(replace(truth, seed=seed), layout, registry().forms[case.form]) if known else ()
    return Made(f"case {case.name} look {seed}", truth, layout, sheets, frozenset(known))


def score_cases(form: str, shape: str, looks: range) -> Score:
    """Return the verdicts of all cases of a form in some looks of a shape; only figures that a case states count."""
    total = Score()
    for made in make_cases(form, shape, looks):
        total.add(score_report(made, shape))
    return total


def make_cases(form: str, shape: str, looks: range) -> Iterator[Made]:
    for case in load_cases():
        if case.form == form and is_printed(case, shape):
            yield from (make_case(case, shape, look) for look in looks)


def is_printed(case: Case, shape: str) -> bool:
    """Return whether a case states figures of the kind that a shape prints: of tables, or of sentences."""
    truth, known = tell_case(case)
    return bool(truth.sentences) if shape == PROSE else bool(known)
