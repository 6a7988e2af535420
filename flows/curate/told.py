"""What sentences state, held against the table: the same figures, and shares that are those of their figures."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from flows.codebook import Rule
from flows.curate.amounts import YUAN
from flows.curate.balances import Books
from flows.curate.evidence import decide_class
from flows.curate.wide import Batch
from flows.errors import Text
from flows.extract.prose import is_share
from flows.model import Extraction, Finding, Observation
from flows.registry import Registry

SHARE_TOLERANCE = Decimal("0.05")  # percentage points: each of some ten shares is rounded to a hundredth


def list_told(batch: Batch) -> Iterator[tuple[int, Extraction]]:
    """Yield the reports of a batch whose sentences state figures."""
    for key in batch.keys:
        extraction = batch.reports[key][1]
        if extraction.statements:
            yield key, extraction


def check_prose(books: Books, rule: Rule, batch: Batch) -> Iterator[tuple[int, Finding]]:
    """Yield a finding for every figure of the prose that differs from its table cell, in whatever unit of money."""
    for key, extraction in list_told(batch):
        stated = {each.indicator_id: each for each in extraction.observations}
        for prose in extraction.statements:
            table, indicator = stated.get(prose.indicator_id), books.registry.indicators[prose.indicator_id]
            if table is None or table.value.amount is None or prose.value.amount is None:
                continue
            if indicator.form != rule.form or is_share(prose, indicator):
                continue
            same = prose.value.amount == table.value.amount or (
                prose.unit in YUAN
                and table.unit in YUAN
                and prose.value.amount * YUAN[prose.unit] == table.value.amount * YUAN[table.unit]
            )
            if not same:
                yield key, prose_finding(books.registry, rule, prose, table, extraction)


def prose_finding(
    registry: Registry, rule: Rule, prose: Observation, table: Observation, extraction: Extraction
) -> Finding:
    """Return the finding for a sentence and a table cell that state different figures."""
    indicator = registry.indicators[prose.indicator_id]
    cell = f"{table.indicator_id}|{table.applicant}"
    return Finding(
        rule.rule_id,
        Text(
            f"{indicator.label_en}: the table says {table.raw_value} ({table.locator}), "
            f"the prose {prose.raw_value} ({prose.locator}).",
            f"{indicator.label_zh}：表格为 {table.raw_value}（{table.locator}），正文为 {prose.raw_value}（{prose.locator}）。",
        ),
        locator=prose.locator,
        cells=(cell,),
        left=prose.value.amount,
        right=table.value.amount,
        finding_class=decide_class(rule, extraction, [cell]),
    )


def check_share(books: Books, rule: Rule, batch: Batch) -> Iterator[tuple[int, Finding]]:
    """Yield a finding for every share of the prose that is not that of its figure in the whole, rounded or cut off."""
    for key, share, sides in weigh_shares(books, rule, batch):
        if not is_rounded(share, sides) and not is_cut(share, sides):
            yield key, share_finding(books.registry, rule, share, sides, batch.reports[key][1])


def check_share_cut(books: Books, rule: Rule, batch: Batch) -> Iterator[tuple[int, Finding]]:
    """Yield a finding for every share of the prose whose digits were cut off where rounding gives others."""
    for key, share, sides in weigh_shares(books, rule, batch):
        if is_cut(share, sides) and not is_rounded(share, sides):
            yield key, share_finding(books.registry, rule, share, sides, batch.reports[key][1])


Sides = tuple[Decimal, Decimal, Decimal]  # the part, the whole, the exact share


def weigh_shares(books: Books, rule: Rule, batch: Batch) -> Iterator[tuple[int, Observation, Sides]]:
    """Yield each share of the prose with its figure, the whole, and the exact share in percent."""
    registry = books.registry
    for key, extraction in list_told(batch):
        amounts = table_amounts(extraction)
        for share in list_shares(registry, rule.form, extraction):
            part = amounts.get(share.indicator_id)
            whole = amounts.get(whole_of(registry, share.indicator_id))
            if part is not None and whole and share.value.amount is not None:
                yield key, share, (part, whole, 100 * part / whole)


def is_rounded(share: Observation, sides: Sides) -> bool:
    """Return whether a printed share is the exact one to as many digits; both ways of rounding a half are."""
    printed = share.value.amount
    assert printed is not None
    return 2 * abs(printed - sides[2]) <= last_digit(printed)


def is_cut(share: Observation, sides: Sides) -> bool:
    """Return whether a printed share is the exact one with the further digits cut off."""
    printed = share.value.amount
    assert printed is not None
    return 0 <= sides[2] - printed < last_digit(printed)


def last_digit(printed: Decimal) -> Decimal:
    """Return what a printed number's last digit counts."""
    return Decimal(1).scaleb(printed.as_tuple().exponent)  # type: ignore[arg-type]


def check_share_sum(books: Books, rule: Rule, batch: Batch) -> Iterator[tuple[int, Finding]]:
    """Yield a finding where the shares of all parts of a whole are printed and do not add up to 100 %."""
    for key, extraction in list_told(batch):
        registry, amounts = books.registry, table_amounts(extraction)
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
        finding_class=decide_class(rule, extraction, [f"{share.indicator_id}|total"]),
    )


def share_sum_finding(
    rule: Rule, shares: Sequence[Observation], total: Decimal, extraction: Extraction
) -> Finding:
    """Return the finding for shares of all parts that do not add up to the whole."""
    cells = tuple(f"{each.indicator_id}|total" for each in shares)
    listed = " + ".join(each.raw_value for each in shares)
    return Finding(
        rule.rule_id,
        Text(f"{listed} = {total}%, not 100%.", f"{listed} = {total}%，不等于 100%。"),
        locator=shares[0].locator,
        cells=cells,
        left=total,
        right=Decimal(100),
        finding_class=decide_class(rule, extraction, cells),
    )
