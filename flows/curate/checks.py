"""The rules of `rules.csv` over all reports at once: each breach a finding with both sides; no value changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from flows.cells import format_amount
from flows.curate.recognised import cell_of, check_recognised, is_recognised
from flows.errors import Text
from flows.extract.prose import is_share
from flows.formulas import Formula, Term
from flows.model import Extraction, Finding, FindingClass, Observation
from flows.registry import Registry, Rule

YUAN = {"元": Decimal(1), "万元": Decimal(10_000), "亿元": Decimal(100_000_000)}
DOUBT = frozenset(["unknown_label", "ambiguous_label", "duplicate_cell", "merged_cell"])
SHARE_TOLERANCE = Decimal("0.05")  # percentage points: each of some ten shares is rounded to a hundredth
TOLERANCE = 1e-6  # amounts of money have decimals; sums of doubles differ in the last digit


@dataclass(frozen=True)
class Batch:
    """The reports of one form: year and extraction by the report's number, and their figures as a wide table."""

    reports: Mapping[int, tuple[int, Extraction]]
    wide: pd.DataFrame


def check_reports(
    registry: Registry, extractions: Mapping[int, tuple[int, Extraction]]
) -> list[tuple[int, Finding]]:
    """Return (report, finding) for every rule that a report breaks, ordered by report and rule.

    `extractions` maps a report's number to its year and what it states. A rule with an
    operand that the report does not state is not assessable and finds nothing.
    """
    found: list[tuple[int, int, Finding]] = []
    order = {rule_id: place for place, rule_id in enumerate(registry.rules)}
    forms = {key: list_forms(registry, each) for key, (_, each) in extractions.items()}
    for form_id in registry.forms:
        reports = {key: each for key, each in extractions.items() if form_id in forms[key]}
        batch = Batch(reports, widen(reports))
        for rule in registry.rules.values():
            if rule.form == form_id:
                found.extend(
                    (key, order[rule.rule_id], finding)
                    for key, finding in CHECKS[rule.kind](registry, rule, batch)
                )
    for key, (year, extraction) in extractions.items():
        if is_recognised(extraction):
            broken = [
                finding.rule_id for at, _, finding in found if at == key and is_identity(registry, finding)
            ]
            doubts = check_recognised(registry, year, extraction, broken)
            found.extend((key, order[finding.rule_id], finding) for finding in doubts)
    return [(key, finding) for key, _, finding in sorted(found, key=lambda each: each[:2])]


def is_identity(registry: Registry, finding: Finding) -> bool:
    """Return whether a finding is the breach of an identity."""
    return registry.rules[finding.rule_id].kind == "identity"


def list_forms(registry: Registry, extraction: Extraction) -> set[str]:
    """Return the forms of a report's observations: mostly one, more where it mixes the tables of several."""
    return {registry.indicators[each.indicator_id].form for each in extraction.observations}


def widen(reports: Mapping[int, tuple[int, Extraction]]) -> pd.DataFrame:
    """Return the figures as a table: a row per report, a column per `indicator|applicant`, the year as `year`."""
    rows = {
        key: {
            "year": float(year),
            **{
                f"{each.indicator_id}|{each.applicant}": float(each.value.amount)
                for each in extraction.observations
                if each.value.amount is not None
            },
        }
        for key, (year, extraction) in reports.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def sum_side(side: tuple[Term, ...], wide: pd.DataFrame) -> pd.Series:
    """Return one side of a formula for every report; not a number where an operand is not stated."""
    total = pd.Series(0.0, index=wide.index)
    for term in side:
        if term.code and cell_of(term.code) not in wide.columns:
            return pd.Series(float("nan"), index=wide.index)
        total = total + term.sign * (wide[cell_of(term.code)] if term.code else float(term.number))
    return total


def find_breaches(rule: Rule, formula: Formula, wide: pd.DataFrame) -> pd.DataFrame:
    """Return `left` and `right` of the reports that break a formula, in the years that the rule holds for."""
    if wide.empty:
        return pd.DataFrame(columns=["left", "right"])
    sides = pd.DataFrame({"left": sum_side(formula.left, wide), "right": sum_side(formula.right, wide)})
    delta = sides["left"] - sides["right"]
    broken = {
        "=": delta.abs() > TOLERANCE,
        "<=": delta > TOLERANCE,
        ">=": delta < -TOLERANCE,
    }[formula.operator]
    in_force = wide["year"].between(rule.first_year, rule.last_year)
    return sides[broken & in_force & delta.notna()]


def check_identity(registry: Registry, rule: Rule, batch: Batch) -> Iterator[tuple[int, Finding]]:
    """Yield a finding for every report in which the two sides of a rule do not agree."""
    formula = rule.formula
    assert formula is not None
    for key, left, right in find_breaches(rule, formula, batch.wide).itertuples(name=None):
        yield int(key), identity_finding(registry, rule, formula, (left, right), batch.reports[int(key)][1])


def identity_finding(
    registry: Registry, rule: Rule, formula: Formula, sides: tuple[float, float], extraction: Extraction
) -> Finding:
    """Return the finding for a broken identity, in words that name both sides."""
    left, right = (Decimal(str(round(side, 6))).normalize() for side in sides)
    stated = {f"{each.indicator_id}|{each.applicant}": each for each in extraction.observations}
    left_en, left_zh = (write_side(registry, formula.left, left, stated, lang) for lang in ("en", "zh"))
    right_en, right_zh = (write_side(registry, formula.right, right, stated, lang) for lang in ("en", "zh"))
    sign = {"=": "≠", "<=": ">", ">=": "<"}[formula.operator]
    delta = format_amount(left - right)
    return Finding(
        rule.rule_id,
        Text(
            f"{left_en} {sign} {right_en}; difference {delta}. Rule: {rule.description_en}.",
            f"{left_zh} {sign} {right_zh}；相差 {delta}。规则：{rule.description_zh}。",
        ),
        cells=tuple(cell_of(code) for code in formula.codes),
        left=left,
        right=right,
        finding_class=decide_class(rule, extraction),
    )


def write_side(
    registry: Registry, side: tuple[Term, ...], total: Decimal, stated: Mapping[str, Observation], lang: str
) -> str:
    """Return one side of a formula in words: its sum where it is one, and each label with its figure as printed."""
    words = []
    for term in side:
        sign = "- " if term.sign < 0 else "+ "
        if not term.code:
            words.append(f"{sign}{term.number}")
            continue
        indicator = registry.indicators[term.code.split("|")[0]]
        label = indicator.label_zh if lang == "zh" else indicator.label_en
        words.append(f"{sign}{label} {stated[cell_of(term.code)].raw_value}")
    text = " ".join(words).removeprefix("+ ")
    return f"{format_amount(total)} = {text}" if len(side) > 1 else text


def decide_class(rule: Rule, extraction: Extraction) -> FindingClass:
    """Return what a breach means: the rule's own class, unless rows were not read with certainty or from a picture."""
    doubtful = is_recognised(extraction) or any(finding.rule_id in DOUBT for finding in extraction.findings)
    return "reading" if doubtful else rule.finding_class  # type: ignore[return-value]


def check_unit(registry: Registry, rule: Rule, batch: Batch) -> Iterator[tuple[int, Finding]]:
    """Yield a finding where an amount of money is beyond the rule, or stated in another unit than the form's.

    Evidence is the size, the printed unit cell, and the same amount in the prose with its unit.
    """
    formula = rule.formula
    assert formula is not None
    code = formula.left[0].code
    indicator = registry.indicators[code]
    limit = Decimal(formula.right[0].number)
    for key, (_, extraction) in batch.reports.items():
        observation = next((each for each in extraction.observations if each.indicator_id == code), None)
        if observation is None or observation.value.amount is None:
            continue
        prose = next(
            (
                each for each in extraction.statements
                if each.indicator_id == code and each.value == observation.value and each.unit in YUAN
            ),
            None,
        )  # fmt: skip
        units = {unit for unit in (observation.unit, prose.unit if prose else "") if unit in YUAN}
        # A printed unit that is none of money says nothing of the size; `unit_differs` reports it.
        printed = observation.unit if observation.unit in YUAN else indicator.unit
        in_form_unit = observation.value.amount * YUAN[printed] / YUAN[indicator.unit]
        if in_form_unit <= limit and units <= {indicator.unit}:
            continue
        yield key, unit_finding(rule, indicator.unit, observation, prose, limit, extraction)


def unit_finding(
    rule: Rule,
    unit: str,
    observation: Observation,
    prose: Observation | None,
    limit: Decimal,
    extraction: Extraction,
) -> Finding:
    """Return the finding for an amount whose unit is in doubt, with the evidence."""
    amount = observation.value.amount
    assert amount is not None
    text = observation.raw_value
    said_en = f"; the prose says {prose.raw_value} ({prose.locator})" if prose else ""
    said_zh = f"；正文写作 {prose.raw_value}（{prose.locator}）" if prose else ""
    printed_en = f", the table prints {observation.unit}" if observation.unit_basis == "printed" else ""
    printed_zh = f"，表中单位为{observation.unit}" if observation.unit_basis == "printed" else ""
    return Finding(
        rule.rule_id,
        Text(
            f"{text}: the form counts in {unit}{printed_en}{said_en}; plausible up to {limit} {unit}. "
            "Published as printed; do not convert without looking.",
            f"{text}：表式以{unit}计{printed_zh}{said_zh}；合理上限为 {limit} {unit}。按原样收录，未经核对请勿换算。",
        ),
        cells=(f"{observation.indicator_id}|{observation.applicant}",),
        left=amount,
        right=limit,
        finding_class=decide_class(rule, extraction),
    )


def check_prose(registry: Registry, rule: Rule, batch: Batch) -> Iterator[tuple[int, Finding]]:
    """Yield a finding for every figure of the prose that differs from its table cell, in whatever unit of money."""
    for key, (_, extraction) in batch.reports.items():
        stated = {each.indicator_id: each for each in extraction.observations}
        for prose in extraction.statements:
            table = stated.get(prose.indicator_id)
            if table is None or table.value.amount is None or prose.value.amount is None:
                continue
            if is_share(prose, registry.indicators[prose.indicator_id]):
                continue
            same = prose.value.amount == table.value.amount or (
                prose.unit in YUAN
                and table.unit in YUAN
                and prose.value.amount * YUAN[prose.unit] == table.value.amount * YUAN[table.unit]
            )
            if not same:
                yield key, prose_finding(registry, rule, prose, table, extraction)


def prose_finding(
    registry: Registry, rule: Rule, prose: Observation, table: Observation, extraction: Extraction
) -> Finding:
    """Return the finding for a sentence and a table cell that state different figures."""
    indicator = registry.indicators[prose.indicator_id]
    return Finding(
        rule.rule_id,
        Text(
            f"{indicator.label_en}: the table says {table.raw_value} ({table.locator}), "
            f"the prose {prose.raw_value} ({prose.locator}).",
            f"{indicator.label_zh}：表格为 {table.raw_value}（{table.locator}），正文为 {prose.raw_value}（{prose.locator}）。",
        ),
        locator=prose.locator,
        cells=(f"{table.indicator_id}|{table.applicant}",),
        left=prose.value.amount,
        right=table.value.amount,
        finding_class=decide_class(rule, extraction),
    )


def check_share(registry: Registry, rule: Rule, batch: Batch) -> Iterator[tuple[int, Finding]]:
    """Yield a finding for every share of the prose that is not that of its figure in the whole, rounded or cut off."""
    for key, (_, extraction) in batch.reports.items():
        amounts = table_amounts(extraction)
        for share in list_shares(registry, rule.form, extraction):
            part = amounts.get(share.indicator_id)
            whole = amounts.get(whole_of(registry, share.indicator_id))
            printed = share.value.amount
            if part is None or not whole or printed is None:
                continue
            exact = 100 * part / whole
            if abs(printed - exact) >= Decimal(1).scaleb(printed.as_tuple().exponent):  # type: ignore[arg-type]
                yield key, share_finding(registry, rule, share, (part, whole, exact), extraction)


def check_share_sum(registry: Registry, rule: Rule, batch: Batch) -> Iterator[tuple[int, Finding]]:
    """Yield a finding where the shares of all parts of a whole are printed and do not add up to 100 %."""
    for key, (_, extraction) in batch.reports.items():
        amounts = table_amounts(extraction)
        shares = {each.indicator_id: each for each in list_shares(registry, rule.form, extraction)}
        for parent in sorted({registry.indicators[code].parent_id for code in shares}):
            parts = [code for code, each in registry.indicators.items() if each.parent_id == parent]
            told = [shares[code] for code in parts if code in shares]
            rest = [code for code in parts if code not in shares and amounts.get(code) != 0]
            total = sum((each.value.amount or Decimal(0) for each in told), Decimal(0))
            if len(told) > 1 and not rest and abs(total - 100) > SHARE_TOLERANCE:
                yield key, share_sum_finding(rule, told, total, extraction)


def whole_of(registry: Registry, code: str) -> str:
    """Return the indicator that another is a part of: the nearest above it that has a figure."""
    above = registry.indicators[code].parent_id
    while above and registry.indicators[above].is_heading:
        above = registry.indicators[above].parent_id
    return above


def table_amounts(extraction: Extraction) -> dict[str, Decimal]:
    """Return the amounts of a report by indicator, of all applicants together."""
    return {
        each.indicator_id: each.value.amount
        for each in extraction.observations
        if each.applicant == "total" and each.value.amount is not None
    }


def list_shares(registry: Registry, form: str, extraction: Extraction) -> list[Observation]:
    """Return the shares that the prose of a report states of the indicators of a form."""
    return [
        each
        for each in extraction.statements
        if registry.indicators[each.indicator_id].form == form
        and is_share(each, registry.indicators[each.indicator_id])
    ]


def share_finding(
    registry: Registry,
    rule: Rule,
    share: Observation,
    sides: tuple[Decimal, Decimal, Decimal],
    extraction: Extraction,
) -> Finding:
    """Return the finding for a share that is not that of its figure."""
    indicator, (part, whole, exact) = registry.indicators[share.indicator_id], sides
    right = round(exact, 4)
    return Finding(
        rule.rule_id,
        Text(
            f"{indicator.label_en}: the prose says {share.raw_value} ({share.locator}), {part} of {whole} is {right}%.",
            f"{indicator.label_zh}：正文为 {share.raw_value}（{share.locator}），{whole} 中的 {part} 为 {right}%。",
        ),
        locator=share.locator,
        cells=(f"{share.indicator_id}|total",),
        left=share.value.amount,
        right=right,
        finding_class=decide_class(rule, extraction),
    )


def share_sum_finding(
    rule: Rule, shares: Sequence[Observation], total: Decimal, extraction: Extraction
) -> Finding:
    """Return the finding for shares of all parts that do not add up to the whole."""
    listed = " + ".join(each.raw_value for each in shares)
    return Finding(
        rule.rule_id,
        Text(f"{listed} = {total}%, not 100%.", f"{listed} = {total}%，不等于 100%。"),
        locator=shares[0].locator,
        cells=tuple(f"{each.indicator_id}|total" for each in shares),
        left=total,
        right=Decimal(100),
        finding_class=decide_class(rule, extraction),
    )


CHECKS = {
    "identity": check_identity, "unit": check_unit, "prose": check_prose,
    "share": check_share, "share_sum": check_share_sum,
}  # fmt: skip
