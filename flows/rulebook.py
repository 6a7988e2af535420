"""The rules of `rules.csv` with their formulas parsed and every cell that they name known."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from flows.codebook import BALANCES, Indicator, Rule
from flows.declared import Row, unknown_code
from flows.errors import RegistryError
from flows.formulas import Formula, Term, parse_formula


def load_rules(
    path: Path, rows: tuple[Row, ...], indicators: Mapping[str, Indicator], applicants: Sequence[str]
) -> dict[str, Rule]:
    """Return the rules with their formulas parsed; raise RegistryError for one that cannot be."""
    rules: dict[str, Rule] = {}
    for number, row in enumerate(rows, start=2):
        formula = load_formula(f"{path.name}: row {number}", f"{path.name}：第 {number} 行", row)
        for term in formula.terms if formula else ():
            check_term(path, number, (row["form"], term), indicators, applicants)
        rules[row["rule_id"]] = Rule(
            rule_id=row["rule_id"],
            kind=row["kind"],
            form=row["form"],
            severity=row["severity"],
            finding_class=row["class"],
            formula=formula,
            first_year=int(row["first_year"] or 0),
            last_year=int(row["last_year"] or 9999),
            threshold=float(row["threshold"] or 0),
            least=int(row["least"] or 0),
            description_en=row["description_en"],
            description_zh=row["description_zh"],
        )
    return rules


def check_term(
    path: Path,
    number: int,
    said: tuple[str, Term],
    indicators: Mapping[str, Indicator],
    applicants: Sequence[str],
) -> None:
    """Raise RegistryError for a term whose cell is not in the rule's form; of another report's, in no form."""
    form, term = said
    code, _, applicant = term.code.partition("|")
    found = indicators.get(code)
    if not code or (
        found and (term.whose or found.form == form) and (not applicant or applicant in applicants)
    ):
        return
    known = [each.indicator_id for each in indicators.values() if term.whose or each.form == form]
    cells = [f"{each}|{one}" for each in known for one in applicants]
    target = "indicators.csv" + ("" if term.whose else f" (form {form})")
    raise unknown_code(path.name, number, "formula", term.code, target, cells if applicant else known)


def load_formula(place: str, place_zh: str, row: Row) -> Formula | None:
    """Return the formula of a rule, None for a rule without; raise RegistryError where it is missing or no formula."""
    if not row["formula"] and row["kind"] not in (*BALANCES, "unit", "size"):
        return None
    try:
        return parse_formula(row["formula"])
    except RegistryError as error:
        raise RegistryError(
            f"{place}, column formula: {error.text.en}. Mend it.",
            f"{place_zh}，formula 列：{error.text.zh}。请修改。",
        ) from error
