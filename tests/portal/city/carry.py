"""What a report of a simulated city takes over from the one of the year before: applications, items, documents in force."""

from collections.abc import Callable
from decimal import Decimal
from functools import cache, partial
from random import Random

from tests.portal.amounts import APPLICANTS, MAKERS, Amounts

FIRST = 2019  # the form of that year is the first that states what is carried over
IN, OUT, NEW = "application.carried_in", "application.carried_out", "application.new"
ITEMS = (
    "art20_5.licensing",
    "art20_5.other_services",
    "art20_6.penalty",
    "art20_6.coercion",
    "art20_8.charges",
)


def carry_over(seed: int, year: int, form_of: Callable[[int], str]) -> Callable[[Amounts], None] | None:
    """Return what makes a report's figures go on from the year before, or None where the form states nothing of it.

    `seed` is that of the report; the years of a body have seeds in a row.
    """
    if year < FIRST:
        return None
    return partial(go_on, before=draw_before(seed - 1, year - 1, form_of), form=form_of(year), year=year)


@cache
def draw_before(seed: int, year: int, form_of: Callable[[int], str]) -> Amounts:
    """Return the figures of a year, which go on from those of all years before."""
    form = form_of(year)
    amounts = MAKERS[form](Random(f"{seed}/{form}/truth"), f"v{form}", year)
    if amend := carry_over(seed, year, form_of):
        amend(amounts)
    return amounts


def go_on(amounts: Amounts, before: Amounts, form: str, year: int) -> None:
    """Change a report's figures so that they go on from those of the year before; its own rules still hold."""
    for who in APPLICANTS:
        carry_applications(amounts, carried(before, who, year), f"v{form}", who)
    for row in (IN, OUT, NEW):
        amounts[f"v{form}.{row}|total"] = sum(
            (amounts[f"v{form}.{row}|{who}"] for who in APPLICANTS), Decimal(0)
        )
    if year == FIRST + 1:
        for row in ITEMS:
            stem = f"v{form}.{row}"
            there = before[f"{stem}.items_previous_year|total"] + before[f"{stem}.items_change|total"]
            amounts[f"{stem}.items_previous_year|total"] = there
            amounts[f"{stem}.items_change|total"] = max(amounts[f"{stem}.items_change|total"], -there)
    if f"v{form}.art20_1.normative.in_force|total" in before:
        for row in ("regulations", "normative"):
            stem = f"v{form}.art20_1.{row}"
            there = before[f"{stem}.in_force|total"] + amounts[f"{stem}.issued|total"]
            amounts[f"{stem}.repealed|total"] = min(there, amounts[f"{stem}.repealed|total"])
            amounts[f"{stem}.in_force|total"] = there - amounts[f"{stem}.repealed|total"]


def carried(before: Amounts, who: str, year: int) -> Decimal:
    """Return what the year before carried over: the form of 2018 says no more than what was left of all applications."""
    if year > FIRST:
        (key,) = (key for key in before if key.endswith(f"{OUT}|{who}"))
        return before[key]
    left = before["v2014.application.received|total"] - before["v2014.application.concluded|total"]
    return max(left, Decimal(0)) if who == "natural_person" else Decimal(0)


def carry_applications(amounts: Amounts, carried_in: Decimal, v: str, who: str) -> None:
    """Set what is carried in; more is carried over where it was more than was done."""
    done = amounts[f"{v}.result.total|{who}"]
    amounts[f"{v}.{IN}|{who}"] = carried_in
    amounts[f"{v}.{OUT}|{who}"] = max(amounts[f"{v}.{OUT}|{who}"], carried_in - done)
    amounts[f"{v}.{NEW}|{who}"] = done + amounts[f"{v}.{OUT}|{who}"] - carried_in
