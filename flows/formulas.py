"""The formulas of `rules.csv`: sums of indicator codes on both sides of `=`, `<=` or `>=`.

`prev(code)` is the figure of the same body and scope for the year before, `parts(code)` the sum over the reports
that the offices below a body make of themselves.
"""

import re
from dataclasses import dataclass
from typing import Literal

from flows.errors import RegistryError

Operator = Literal["=", "<=", ">="]
Whose = Literal["", "prev", "parts"]

CODE = re.compile(r"v\d{4}(?:\.[a-z0-9_]+)+(?:\|[a-z_]+)?")
CALL = re.compile(r"(prev|parts)\((.*)\)")
SIDES = re.compile(r"\s(<=|>=|=)\s")
SIGNS = {"+": 1, "-": -1}


@dataclass(frozen=True)
class Term:
    """One signed part of a side: an indicator code (`code|applicant`) or a whole number.

    `whose` is empty for a figure of the report itself.
    """

    sign: int
    code: str = ""
    number: int = 0
    whose: Whose = ""

    @property
    def cell(self) -> str:
        """The cell that the code names: a code alone means the total."""
        return self.code if "|" in self.code or not self.code else f"{self.code}|total"


@dataclass(frozen=True)
class Formula:
    """Both sides of a rule and how they must relate."""

    left: tuple[Term, ...]
    operator: Operator
    right: tuple[Term, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the report's own figures on both sides, in printed order."""
        return tuple(term.code for term in self.terms if term.code and not term.whose)

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms of both sides in printed order."""
        return (*self.left, *self.right)


def parse_formula(text: str) -> Formula:
    """Return the formula that a text states; raise RegistryError that says what cannot be understood.

    >>> parse_formula("v2014.reply.total <= v2014.reply.granted + 1").operator
    '<='
    """
    sides = SIDES.split(text.strip())
    if len(sides) != 3:
        raise RegistryError(
            f"'{text}' needs one of = <= >= between two sides", f"“{text}”两侧之间须有且仅有一个 =、<= 或 >="
        )
    left, operator, right = sides
    assert operator in ("=", "<=", ">=")
    return Formula(parse_side(left), operator, parse_side(right))  # type: ignore[arg-type]


def parse_side(text: str) -> tuple[Term, ...]:
    """Return the terms of one side: codes and numbers parted by `+` or `-`, each with blanks around it."""
    words = text.split()
    if words and words[0] not in SIGNS:
        words.insert(0, "+")
    if not words or len(words) % 2:
        raise RegistryError(
            f"'{text.strip()}' is not codes and numbers parted by + or -",
            f"“{text.strip()}”不是以 + 或 - 分隔的代码与数字",
        )
    return tuple(parse_term(sign, word) for sign, word in zip(words[::2], words[1::2], strict=True))


def parse_term(sign: str, word: str) -> Term:
    """Return one signed term."""
    if sign not in SIGNS:
        raise RegistryError(f"'{sign}' stands where + or - is expected", f"“{sign}”处应为 + 或 -")
    if CODE.fullmatch(word):
        return Term(SIGNS[sign], code=word)
    if (call := CALL.fullmatch(word)) and CODE.fullmatch(call[2]):
        return Term(SIGNS[sign], code=call[2], whose=call[1])  # type: ignore[arg-type]
    if word.isascii() and word.isdigit():
        return Term(SIGNS[sign], number=int(word))
    raise RegistryError(
        f"'{word}' is neither an indicator code nor a number", f"“{word}”既不是指标代码也不是数字"
    )
