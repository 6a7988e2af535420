"""What is said of figures that were recognised in pictures: an identity that holds confirms them, nothing else does."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from flows.codebook import Rule
from flows.errors import Text
from flows.formulas import Term
from flows.model import Extraction, Finding
from flows.registry import Registry

RULE_ID = "image_reading"
TOLD = ("unreadable", "not_in_report")  # these state no figure, and findings of their own say so


def is_recognised(extraction: Extraction) -> bool:
    """Return whether figures of a report were recognised in a picture."""
    return any(each.reading == "image" for each in extraction.observations)


def check_recognised(
    registry: Registry, year: int, extraction: Extraction, broken: Sequence[str]
) -> Iterator[Finding]:
    """Yield one finding that names the cells of a report read from pictures which no identity confirms.

    `broken` are the identities that the report breaks: where there is one, no cell is confirmed,
    for a misread figure may stand on either side of others. Cells without a figure confirm nothing.
    """
    stated = {f"{each.indicator_id}|{each.applicant}": each for each in extraction.observations}
    amounts = {cell: each.value.amount for cell, each in stated.items() if each.value.amount is not None}
    confirmed = set() if broken else find_confirmed(registry, year, amounts)
    doubted = tuple(
        cell
        for cell, each in stated.items()
        if each.reading in ("image", "prose") and each.value.status not in TOLD and cell not in confirmed
    )
    if doubted:
        yield Finding(RULE_ID, write_doubt(len(doubted), broken), cells=doubted, finding_class="reading")


def find_confirmed(registry: Registry, year: int, amounts: Mapping[str, Decimal]) -> set[str]:
    """Return the cells that take part in an equality in force which holds between figures that are all stated."""
    rules = (rule for rule in registry.rules.values() if rule.kind == "identity")
    return {cell for rule in rules if holds(rule, year, amounts) for cell in list_cells(rule)}


def holds(rule: Rule, year: int, amounts: Mapping[str, Decimal]) -> bool:
    """Return whether a rule is an equality in force, all of it is stated, and its two sides agree."""
    formula = rule.formula
    if formula is None or formula.operator != "=" or not rule.first_year <= year <= rule.last_year:
        return False
    if not all(cell in amounts for cell in list_cells(rule)):
        return False
    return sum_terms(formula.left, amounts) == sum_terms(formula.right, amounts)


def list_cells(rule: Rule) -> list[str]:
    """Return the cells that a rule is about."""
    return [term.cell for term in rule.formula.terms if term.code] if rule.formula else []


def sum_terms(terms: tuple[Term, ...], amounts: Mapping[str, Decimal]) -> Decimal:
    """Return one side of a formula."""
    parts = (term.sign * (amounts[term.cell] if term.code else Decimal(term.number)) for term in terms)
    return sum(parts, Decimal(0))


def write_doubt(count: int, broken: Sequence[str]) -> Text:
    """Return in words how many figures nothing confirms, and why."""
    en = f"the report breaks {', '.join(broken)}" if broken else "no identity of the form confirms them"
    zh = f"报告不符合 {'、'.join(broken)}" if broken else "没有可核验的平衡关系"
    return Text(
        f"{count} cells were recognised in a picture (OCR) and {en}. Compare them with the page before use.",
        f"{count} 个单元格由图像识别（OCR）得出，{zh}。使用前请与原页核对。",
    )
