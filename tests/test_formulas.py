"""Formulas of rules.csv: what they state, and a refusal that names what cannot be understood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.errors import RegistryError
from flows.formulas import Formula, Term, parse_formula
from flows.registry import Registry

CODES = st.from_regex(r"\Av20[0-9]{2}(\.[a-z][a-z0-9_]{0,8}){1,3}(\|[a-z][a-z_]{0,8})?\Z")
TERMS = st.builds(Term, st.sampled_from([1, -1]), code=CODES) | st.builds(
    Term, st.sampled_from([1, -1]), number=st.integers(0, 10**6)
)
SIDES = st.lists(TERMS, min_size=1, max_size=5).map(tuple)


def write_side(side: tuple[Term, ...]) -> str:
    words = [("- " if term.sign < 0 else "+ ") + (term.code or str(term.number)) for term in side]
    return " ".join(words).removeprefix("+ ")


@given(SIDES, st.sampled_from(["=", "<=", ">="]), SIDES)
def test_a_written_formula_is_read_back_as_it_was(
    left: tuple[Term, ...], operator: str, right: tuple[Term, ...]
) -> None:
    formula = parse_formula(f" {write_side(left)}  {operator} {write_side(right)} ")
    assert formula == Formula(left, operator, right)  # type: ignore[arg-type]


def test_a_formula_names_its_codes_in_printed_order() -> None:
    formula = parse_formula("v2014.b.c = v2014.a - v2014.d|total + 3")
    assert formula.codes == ("v2014.b.c", "v2014.a", "v2014.d|total")
    assert formula.right == (Term(1, "v2014.a"), Term(-1, "v2014.d|total"), Term(1, number=3))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "needs one of"), ("v2014.a", "needs one of"), ("v2014.a = v2014.b = v2014.c", "needs one of"),
        ("v2014.a < v2014.b", "needs one of"), ("v2014.a == v2014.b", "needs one of"), ("v2014.a=v2014.b", "needs one of"),
        ("v2014.a = ", "needs one of"), (" = v2014.a", "needs one of"), ("v2014.a = -", "'-'"), ("v2014.a = +", "'+'"),
        ("v2014.a = v2014.b * 2", "'*'"), ("v2014.a = 1.5", "'1.5'"), ("v2014.a = ²", "'²'"), ("v2014.a = 1_000", "'1_000'"),
        ("v2014.a = -3", "'-3'"), ("v2014.a = v2014.B", "'v2014.B'"), ("2014.a = 1", "'2014.a'"),
        ("v2014.a = sum(v2014.b)", "'sum(v2014.b)'"), ("v2014.a = v2014.b v2014.c", "'v2014.b v2014.c'"),
        ("v2014.a = v2014.b v2014.c v2014.d", "'v2014.c'"), ("v2014.a = v2014.b +", "'v2014.b +'"),
        ("v2014.a = v2014.b + + v2014.c", "'v2014.b + + v2014.c'"), ("v2014.a = v2014.b +- v2014.c", "'+-'"),
        ("v2014.a = v2014.b-v2014.c", "'v2014.b-v2014.c'"),
    ],
)  # fmt: skip
def test_what_is_no_formula_is_refused_with_the_part_that_is_wrong(text: str, said: str) -> None:
    with pytest.raises(RegistryError) as caught:
        parse_formula(text)
    assert said in caught.value.text.en
    assert caught.value.text.zh


def test_every_formula_of_the_registry_names_indicators_of_its_own_form(registry: Registry) -> None:
    formulas = [(rule, rule.formula) for rule in registry.rules.values() if rule.formula]
    assert formulas
    for rule, formula in formulas:
        assert {registry.indicators[code.split("|")[0]].form for code in formula.codes} == {rule.form}, (
            rule.rule_id
        )
