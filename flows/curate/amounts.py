"""Single figures that cannot be so: amounts of money beyond the plausible or in another unit, figures below nought."""

from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from flows.codebook import Rule
from flows.curate.balances import Books
from flows.curate.evidence import decide_class
from flows.curate.wide import Batch
from flows.errors import Text
from flows.model import Extraction, Finding, Observation

YUAN = {"元": Decimal(1), "万元": Decimal(10_000), "亿元": Decimal(100_000_000)}
MAY_BE_NEGATIVE = ".items_change"  # 本年增/减: "减用负值表示"


def list_stated(batch: Batch, code: str) -> Iterator[tuple[int, Extraction, Observation]]:
    """Yield the reports that state an amount of an indicator, with what they state."""
    for row in np.flatnonzero(~np.isnan(batch.amounts[:, batch.columns[f"{code}|total"]])):
        key = batch.keys[row]
        extraction = batch.reports[key][1]
        observation = next(each for each in extraction.observations if each.indicator_id == code)
        yield key, extraction, observation


def find_prose(extraction: Extraction, observation: Observation) -> Observation | None:
    """Return the sentence that states the same amount in a unit of money, or None."""
    return next(
        (
            each
            for each in extraction.statements
            if each.indicator_id == observation.indicator_id
            and each.value == observation.value
            and each.unit in YUAN
        ),
        None,
    )


def check_unit(books: Books, rule: Rule, batch: Batch) -> Iterator[tuple[int, Finding]]:
    """Yield a finding where an amount of money is beyond the rule, or stated in another unit than the form's.

    Evidence is the size, the printed unit cell, and the same amount in the prose with its unit.
    """
    code, limit = limit_of(rule)
    unit = books.registry.indicators[code].unit
    for key, extraction, observation in list_stated(batch, code):
        prose = find_prose(extraction, observation)
        units = {each for each in (observation.unit, prose.unit if prose else "") if each in YUAN}
        if in_unit(observation, unit) > limit or not units <= {unit}:
            yield key, unit_finding(rule, unit, (observation, prose), limit, extraction)


def check_size(books: Books, rule: Rule, batch: Batch) -> Iterator[tuple[int, Finding]]:
    """Yield a finding where an amount of money is beyond the rule, in the unit that is printed or else the form's."""
    code, limit = limit_of(rule)
    unit = books.registry.indicators[code].unit or "万元"
    for key, extraction, observation in list_stated(batch, code):
        if in_unit(observation, unit) > limit:
            prose = find_prose(extraction, observation)
            yield key, unit_finding(rule, unit, (observation, prose), limit, extraction)


def limit_of(rule: Rule) -> tuple[str, Decimal]:
    """Return the indicator and the amount of a rule such as `budget <= 10000`."""
    assert rule.formula is not None
    return rule.formula.left[0].code, Decimal(rule.formula.right[0].number)


def in_unit(observation: Observation, unit: str) -> Decimal:
    """Return an amount in another unit of money.

    A printed unit that is none of money says nothing of the size; `unit_differs` reports it.
    """
    assert observation.value.amount is not None
    printed = observation.unit if observation.unit in YUAN else unit
    return observation.value.amount * YUAN[printed] / YUAN[unit]


def unit_finding(
    rule: Rule,
    unit: str,
    said: tuple[Observation, Observation | None],
    limit: Decimal,
    extraction: Extraction,
) -> Finding:
    """Return the finding for an amount whose unit is in doubt, with the evidence."""
    observation, prose = said
    text = observation.raw_value
    said_en = f"; the prose says {prose.raw_value} ({prose.locator})" if prose else ""
    said_zh = f"；正文写作 {prose.raw_value}（{prose.locator}）" if prose else ""
    printed_en = f", the table prints {observation.unit}" if observation.unit_basis == "printed" else ""
    printed_zh = f"，表中单位为{observation.unit}" if observation.unit_basis == "printed" else ""
    cell = f"{observation.indicator_id}|{observation.applicant}"
    return Finding(
        rule.rule_id,
        Text(
            f"{text}: the form counts in {unit}{printed_en}{said_en}; plausible up to {limit} {unit}. "
            "Published as printed; do not convert without looking.",
            f"{text}：表式以{unit}计{printed_zh}{said_zh}；合理上限为 {limit} {unit}。按原样收录，未经核对请勿换算。",
        ),
        cells=(cell,),
        left=observation.value.amount,
        right=limit,
        finding_class=decide_class(rule, extraction, [cell]),
    )


def check_sign(books: Books, rule: Rule, batch: Batch) -> Iterator[tuple[int, Finding]]:
    """Yield a finding for every figure below nought that is no change."""
    cells = list(batch.columns)
    for row, column in np.argwhere(batch.amounts < 0):
        cell = cells[column]
        indicator = books.registry.indicators[cell.split("|")[0]]
        if indicator.indicator_id.endswith(MAY_BE_NEGATIVE):
            continue
        key, amount = batch.keys[row], Decimal(str(batch.amounts[row, column])).normalize()
        yield (
            key,
            Finding(
                rule.rule_id,
                Text(
                    f"{indicator.label_en}: {amount:f} is below nought.",
                    f"{indicator.label_zh}：{amount:f} 为负数。",
                ),
                cells=(cell,),
                left=amount,
                right=Decimal(0),
                finding_class=decide_class(rule, batch.reports[key][1], [cell]),
            ),
        )
