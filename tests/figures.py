"""Figures for tests of the rules: reports whose figures keep every identity of their form, and how to change one.

A clean report grows from zeros: one cell is raised by one, and while a rule is broken, a cell on its
smaller side is raised too. What comes out keeps every rule and is as varied as the choices.
"""

import random
from collections.abc import Mapping
from decimal import Decimal

from flows.codebook import Form, Rule
from flows.formulas import Formula, Term
from flows.model import Extraction, Header, Observation, Value
from flows.registry import Registry

Figures = dict[str, int]


def form_rules(registry: Registry, form: str) -> list[Rule]:
    """Return the rules of a form that are arithmetic between its cells."""
    return [rule for rule in registry.rules.values() if rule.form == form and rule.kind == "identity"]


def cell_of(code: str) -> str:
    """Return the cell that a code of a formula means."""
    return code if "|" in code else f"{code}|total"


def side(terms: tuple[Term, ...], figures: Mapping[str, int]) -> int:
    """Return the sum of one side of a formula."""
    return sum(term.sign * (figures[cell_of(term.code)] if term.code else term.number) for term in terms)


def holds(formula: Formula, figures: Mapping[str, int]) -> bool:
    """Return whether figures keep a formula."""
    left, right = side(formula.left, figures), side(formula.right, figures)
    return {"=": left == right, "<=": left <= right, ">=": left >= right}[formula.operator]


def cells_of(rule: Rule) -> list[str]:
    """Return the cells of a rule, left side first."""
    assert rule.formula is not None
    return [cell_of(code) for code in rule.formula.codes]


def clean_figures(registry: Registry, form: Form, chance: random.Random, steps: int = 60) -> Figures:
    """Return figures of a whole form that keep every rule of it."""
    formulas = [rule.formula for rule in form_rules(registry, form.form) if rule.formula]
    figures = {f"{row.indicator_id}|{applicant}": 0 for row, applicant in form.cells}
    for _ in range(steps):
        grown = dict(figures)
        grown[chance.choice(sorted(grown))] += chance.choice((1, 1, 7))
        if settle(grown, formulas, chance):
            figures = grown
    assert all(holds(formula, figures) for formula in formulas)
    return figures


def settle(figures: Figures, formulas: list[Formula], chance: random.Random) -> bool:
    """Raise cells until every formula holds; False where that does not come to an end."""
    for _ in range(400):
        broken = next((formula for formula in formulas if not holds(formula, figures)), None)
        if broken is None:
            return True
        short = broken.left if side(broken.left, figures) < side(broken.right, figures) else broken.right
        open_cells = [cell_of(term.code) for term in short if term.code and term.sign > 0]
        if not open_cells:
            return False  # such as `fees = 0`: this cell cannot grow
        figures[chance.choice(open_cells)] += 1
    return False


def extraction_of(form: Form, figures: Mapping[str, int | None], year: int) -> Extraction:
    """Return the extraction of a report that states these figures; None is a blank cell, the rest is not printed."""
    observations = []
    for row, applicant in form.cells:
        cell = f"{row.indicator_id}|{applicant}"
        if cell in figures:
            value = value_of(figures[cell])
            observations.append(
                Observation(
                    row.indicator_id, applicant, value, row.unit, "form", str(figures[cell]), "table 1 r1 c1"
                )
            )
    return Extraction(Header("a title", "110116", year), form.form, tuple(observations))


def value_of(figure: int | None) -> Value:
    """Return the value of a cell that prints a figure or nothing."""
    return Value(None, "blank") if figure is None else Value(Decimal(figure), "reported")
