"""The formulas of `rules.csv` over all reports of a form at once: as one matrix product, each breach a finding."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from flows.cells import format_amount
from flows.codebook import Rule
from flows.curate.evidence import SURE, decide_class
from flows.curate.wide import Amounts, Batch, Marks, sum_parts, take_before
from flows.errors import Text
from flows.formulas import Formula, Term
from flows.model import Extraction, Finding
from flows.registry import Registry

TOLERANCE = 1e-6  # amounts of money have decimals; sums of doubles differ in the last digit
SLICE = 20_000  # reports at a time: what is computed on the way stays small
Named = tuple[str, str]  # a term: whose figure, of which cell
SIGNS = {"=": "≠", "<=": ">", ">=": "<"}


@dataclass(frozen=True, eq=False)
class Compiled:
    """The formulas of a form as a matrix: a row for each term, a column for each rule, left minus right."""

    rules: tuple[Rule, ...]
    terms: tuple[Named, ...]
    factors: Amounts
    numbers: Amounts

    @property
    def is_sum(self) -> Marks:
        """Which rules are sums that every report must keep within itself: from these alone a blank is inferred."""
        printed = [each.kind == "identity" and each.severity == "error" for each in self.rules]
        sums: Marks = self.is_operator("=") & np.array(printed, dtype=bool)
        return sums

    def is_operator(self, operator: str) -> Marks:
        """Return which rules have an operator."""
        return np.array(
            [each.formula is not None and each.formula.operator == operator for each in self.rules]
        )


@dataclass(frozen=True, eq=False)
class Stated:
    """What the reports state of each term; `blank` are printed cells without a figure, `nought` those that can only be 0."""

    amounts: Amounts
    blank: Marks
    nought: Marks


@dataclass(frozen=True, eq=False)
class Books:
    """Everything that a formula can be about: the batches by form, and the registry."""

    registry: Registry
    batches: Mapping[str, Batch]


def compile_rules(rules: Sequence[Rule]) -> Compiled:
    """Return the formulas of some rules as one matrix."""
    formulas = [each.formula for each in rules if each.formula]
    named = [(term.whose, term.cell) for formula in formulas for term in formula.terms if term.code]
    terms = tuple(dict.fromkeys(named))
    place = {term: at for at, term in enumerate(terms)}
    factors, numbers = np.zeros((len(terms), len(formulas))), np.zeros(len(formulas))
    for column, formula in enumerate(formulas):
        for sign, side in ((1, formula.left), (-1, formula.right)):
            for term in side:
                if term.code:
                    factors[place[term.whose, term.cell], column] += sign * term.sign
                else:
                    numbers[column] += sign * term.sign * term.number
    return Compiled(tuple(rules), terms, factors, numbers)


def check_balances(books: Books, batch: Batch, rules: Sequence[Rule]) -> Iterator[tuple[int, Finding]]:
    """Yield a finding for every report in which the two sides of a rule do not agree."""
    if not rules:
        return
    compiled = compile_rules(rules)
    stated = state_terms(books, batch, compiled)
    years = batch.years[:, None]
    in_force = (years >= [each.first_year for each in rules]) & (years <= [each.last_year for each in rules])
    for start in range(0, len(batch.keys), SLICE):
        part = slice(start, start + SLICE)
        broken, filled = find_broken(
            compiled, Stated(stated.amounts[part], stated.blank[part], stated.nought[part]), in_force[part]
        )
        yield from tell_breaches(books, batch, compiled, (start, broken, filled))
        for suspicion in (each for each in books.registry.rules.values() if each.kind == "blank_sum"):
            doubted = find_doubted(compiled, filled, in_force[part] & ~broken, suspicion)
            for key, finding in tell_breaches(books, batch, compiled, (start, doubted, filled)):
                yield key, doubt_sum(suspicion, finding)


def tell_breaches(
    books: Books, batch: Batch, compiled: Compiled, found: tuple[int, Marks, Stated]
) -> Iterator[tuple[int, Finding]]:
    """Yield a finding for each report and rule that is marked; `found` begins at a row of the batch."""
    start, marks, stated = found
    for row, column in np.argwhere(marks):
        figures = zip(stated.amounts[row], stated.nought[row], strict=True)
        here = dict(zip(compiled.terms, figures, strict=True))
        yield (
            batch.keys[start + row],
            balance_finding(books, batch, compiled.rules[column], start + int(row), here),
        )


def doubt_sum(rule: Rule, finding: Finding) -> Finding:
    """Return the finding for a sum that does not add up if its blanks are nought, as they are elsewhere in the report."""
    message = Text(
        f"{finding.message.en} {finding.rule_id} holds only if a blank is no 0: {rule.description_en}.",
        f"{finding.message.zh}仅当空格不为 0 时 {finding.rule_id} 才成立：{rule.description_zh}。",
    )
    return replace(finding, rule_id=rule.rule_id, message=message, finding_class=None)


def find_doubted(compiled: Compiled, stated: Stated, in_force: Marks, rule: Rule) -> Marks:
    """Return which sums do not add up with their blanks as nought, in reports whose other blanks can only be nought.

    It takes `least` sums whose blanks are nought, and at most `threshold` times as many that then do not add up.
    A blank in the place of the sum itself may hold any figure.
    """
    missing, factors = np.isnan(stated.amounts), np.abs(compiled.factors)
    blank = (missing & stated.blank).astype(float)
    difference, _, _ = weigh(compiled, stated)
    sums = in_force & compiled.is_sum
    told = ((missing & ~stated.blank).astype(float) @ factors) == 0
    kept = sums & told & (blank @ factors == 0) & (stated.nought.astype(float) @ factors > 0)
    alone = np.array([each.formula is not None and len(each.formula.left) == 1 for each in compiled.rules])
    total_blank = alone & (blank @ np.maximum(compiled.factors, 0) > 0)
    doubted = sums & told & (blank @ factors > 0) & (np.abs(difference) > TOLERANCE) & ~total_blank
    count, few = kept.sum(axis=1), doubted.sum(axis=1)
    usual = (count >= rule.least) & (few <= rule.threshold * count)
    found: Marks = doubted & usual[:, None]
    return found


def state_terms(books: Books, batch: Batch, compiled: Compiled) -> Stated:
    """Return what every report states of every term of some formulas."""
    amounts = np.full((len(batch.keys), len(compiled.terms)), np.nan)
    blank = np.zeros(amounts.shape, dtype=bool)
    for at, (whose, cell) in enumerate(compiled.terms):
        form = books.registry.indicators[cell.split("|")[0]].form
        earlier = books.batches.get(form)
        if whose == "prev" and earlier is not None:
            amounts[:, at] = take_before(batch, earlier, earlier.columns[cell])
        elif whose == "parts":
            amounts[:, at] = sum_parts(books.registry, batch, batch.columns[cell])[0]
        elif not whose:
            amounts[:, at] = batch.amounts[:, batch.columns[cell]]
            blank[:, at] = batch.blank[:, batch.columns[cell]]
    return Stated(amounts, blank, np.zeros(amounts.shape, dtype=bool))


def find_broken(compiled: Compiled, stated: Stated, in_force: Marks) -> tuple[Marks, Stated]:
    """Return which reports break which rules, and what they state with the blanks that can only be nought.

    A blank counts as nought where a sum in force leaves nothing for it: no count is below nought. A sum whose
    stated parts alone are too many is broken whatever its blanks hold. Else a rule with a blank is not assessable.
    """
    equal, most, least = (compiled.is_operator(each) for each in ("=", "<=", ">="))
    while True:
        difference, more, less = weigh(compiled, stated)
        over = (difference > TOLERANCE) & (less == 0)  # blanks could only add to what is too much on the left
        under = (difference < -TOLERANCE) & (more == 0)
        broken = in_force & ((over & (equal | most)) | (under & (equal | least)))
        # One side alone has blanks, and nothing is left for them.
        exhausted = (
            in_force & compiled.is_sum & (np.abs(difference) <= TOLERANCE) & ((more == 0) | (less == 0))
        )
        nought = ((exhausted.astype(float) @ np.abs(compiled.factors).T) > 0) & stated.blank & ~stated.nought
        if not nought.any():
            return broken, stated
        stated = Stated(np.where(nought, 0.0, stated.amounts), stated.blank, stated.nought | nought)


def weigh(compiled: Compiled, stated: Stated) -> tuple[Amounts, Amounts, Amounts]:
    """Return left minus right of every rule over what is stated, and how many blanks would raise and lower it.

    A term that is not stated and no printed blank counts on both: nothing can be said.
    """
    missing = np.isnan(stated.amounts)
    difference = np.where(missing, 0.0, stated.amounts) @ compiled.factors + compiled.numbers
    blank = (missing & stated.blank).astype(float)
    unknown = (missing & ~stated.blank).astype(float) @ np.abs(compiled.factors)
    more = blank @ np.maximum(compiled.factors, 0) + unknown
    less = blank @ np.maximum(-compiled.factors, 0) + unknown
    return difference, more, less


def balance_finding(
    books: Books, batch: Batch, rule: Rule, row: int, here: Mapping[Named, tuple[float, bool]]
) -> Finding:
    """Return the finding for a broken formula, in words that name both sides."""
    formula, (year, extraction) = rule.formula, batch.reports[batch.keys[row]]
    assert formula is not None
    before = find_earlier(books, formula, batch, row)
    written = Written(books.registry, print_terms(formula, extraction, before), here, year)
    left, right = (sum_side(side, here) for side in (formula.left, formula.right))
    sign, delta = SIGNS[formula.operator], format_amount(left - right)
    left_en, left_zh = (write_side(written, formula.left, left, lang) for lang in ("en", "zh"))
    right_en, right_zh = (write_side(written, formula.right, right, lang) for lang in ("en", "zh"))
    cells = tuple(term.cell for term in formula.terms if term.code and not term.whose)
    named = [term.cell for term in formula.terms if term.code]
    return Finding(
        rule.rule_id,
        Text(
            f"{left_en} {sign} {right_en}; difference {delta}. Rule: {rule.description_en}.",
            f"{left_zh} {sign} {right_zh}；相差 {delta}。规则：{rule.description_zh}。",
        ),
        cells=cells,
        left=left,
        right=right,
        finding_class=decide_class(rule, extraction, named, *([before] if before else [])),
    )


@dataclass(frozen=True)
class Written:
    """How the terms of a formula are printed: their text, what they came to, the year of the report."""

    registry: Registry
    words: Mapping[Named, str]
    here: Mapping[Named, tuple[float, bool]]
    year: int


def print_terms(formula: Formula, extraction: Extraction, before: Extraction | None) -> dict[Named, str]:
    """Return how the report, and that of the year before, print the terms of a formula."""
    words: dict[Named, str] = {(term.whose, term.cell): "" for term in formula.terms}
    for whose, report in (("", extraction), ("prev", before)):
        decided = (
            {cell for each in report.findings if each.rule_id in SURE for cell in each.cells}
            if report
            else set()
        )
        for each in report.observations if report else ():
            cell, text = f"{each.indicator_id}|{each.applicant}", each.raw_value.strip()
            if (whose, cell) in words:
                amount = each.value.amount if cell in decided else None
                words[whose, cell] = text if amount is None else f"{text} → {format_amount(amount)}"
    return words


def find_earlier(books: Books, formula: Formula, batch: Batch, row: int) -> Extraction | None:
    """Return the report of the year before, where a formula is about it."""
    body, scope, year = batch.places[row]
    for term in formula.terms:
        if term.whose == "prev":
            earlier = books.batches[books.registry.indicators[term.code.split("|")[0]].form]
            return earlier.reports[earlier.keys[earlier.row_of[body, scope, year - 1]]][1]
    return None


def sum_side(side: tuple[Term, ...], here: Mapping[Named, tuple[float, bool]]) -> Decimal:
    """Return one side of a formula; a blank beside parts that are too many counts as nought."""
    amounts = (
        term.sign * (np.nan_to_num(here[term.whose, term.cell][0]) if term.code else term.number)
        for term in side
    )
    return Decimal(str(round(float(sum(amounts)), 6))).normalize()


def write_side(written: Written, side: tuple[Term, ...], total: Decimal, lang: str) -> str:
    """Return one side of a formula in words: its sum where it is one, and each label with its figure as printed."""
    text = " ".join(f"{'- ' if term.sign < 0 else '+ '}{write_term(written, term, lang)}" for term in side)
    text = text.removeprefix("+ ")
    return f"{format_amount(total)} = {text}" if len(side) > 1 else text


def write_term(written: Written, term: Term, lang: str) -> str:
    """Return one term in words: label and printed figure, and whose it is where it is not the report's own."""
    if not term.code:
        return str(term.number)
    indicator = written.registry.indicators[term.code.split("|")[0]]
    amount, nought = written.here[term.whose, term.cell]
    text = written.words[term.whose, term.cell]
    if term.whose == "parts":
        text = format_amount(Decimal(str(round(amount, 6))).normalize())
    if nought or np.isnan(amount):
        blank = {
            (True, "en"): "(blank, can only be 0)",
            (True, "zh"): "（空格，只能为0）",
            (False, "en"): "(blank, counted as 0 at least)",
            (False, "zh"): "（空格，至少为0）",
        }
        text = f"{text} {blank[bool(nought), lang]}".strip()
    whose = {
        ("prev", "en"): f" in the report for {written.year - 1}",
        ("prev", "zh"): f"（{written.year - 1} 年报告）",
        ("parts", "en"): " in the reports of its offices",
        ("parts", "zh"): "（所属各机关报告之和）",
    }.get((term.whose, lang), "")
    return f"{indicator.label_zh if lang == 'zh' else indicator.label_en}{whose} {text}"
