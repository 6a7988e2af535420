"""The formulas of `rules.csv`: sums of indicator codes on both sides of `=`, `<=` or `>=`."""

import re
from dataclasses import dataclass
from typing import Literal

Operator = Literal["=", "<=", ">="]

CODE = re.compile(r"v\d{4}(?:\.[a-z0-9_]+)+(?:\|[a-z_]+)?")
SIDES = re.compile(r"\s(<=|>=|=)\s")


@dataclass(frozen=True)
class Term:
    """One signed part of a side: an indicator code (`code|applicant`) or a whole number."""

    sign: int
    code: str = ""
    number: int = 0


@dataclass(frozen=True)
class Formula:
    """Both sides of a rule and how they must relate."""

    left: tuple[Term, ...]
    operator: Operator
    right: tuple[Term, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """The indicator codes of both sides in printed order."""
        return tuple(term.code for term in (*self.left, *self.right) if term.code)


def parse_formula(text: str) -> Formula:
    """Return the formula that a text states; raise ValueError that says what cannot be understood.

    >>> parse_formula("v2014.reply.total <= v2014.reply.granted + 1").operator
    '<='
    """
    sides = SIDES.split(text.strip())
    if len(sides) != 3:
        raise ValueError(f"'{text}' needs one of = <= >= between two sides")
    left, operator, right = sides
    assert operator in ("=", "<=", ">=")
    return Formula(parse_side(left), operator, parse_side(right))  # type: ignore[arg-type]


def parse_side(text: str) -> tuple[Term, ...]:
    """Return the terms of one side."""
    terms = []
    for sign, word in re.findall(r"([+-]?)\s*([^\s+-]+)", text):
        if CODE.fullmatch(word):
            terms.append(Term(-1 if sign == "-" else 1, code=word))
        elif word.isascii() and word.isdigit():
            terms.append(Term(-1 if sign == "-" else 1, number=int(word)))
        else:
            raise ValueError(f"'{word}' is neither an indicator code nor a number")
    if not terms:
        raise ValueError("one side is empty")
    return tuple(terms)
