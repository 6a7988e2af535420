"""The rules of `rules.csv` over all reports at once: each breach a finding with both sides; no value changes."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from flows.curate.amounts import check_sign, check_size, check_unit
from flows.curate.balances import Books, check_balances
from flows.curate.recognised import check_recognised, is_recognised
from flows.curate.told import check_prose, check_share, check_share_cut, check_share_sum
from flows.curate.wide import Batch, Extractions, spread_figures
from flows.model import Finding
from flows.registry import Registry, Rule

Check = Callable[[Books, Rule, Batch], Iterator[tuple[int, Finding]]]
CHECKS: Mapping[str, Check] = {
    "unit": check_unit, "size": check_size, "sign": check_sign,
    "prose": check_prose, "share": check_share, "share_cut": check_share_cut, "share_sum": check_share_sum,
}  # fmt: skip


def check_reports(registry: Registry, extractions: Extractions) -> list[tuple[int, Finding]]:
    """Return (report, finding) for every rule that a report breaks, ordered by report and rule.

    `extractions` maps a report's number to its year and what it states; body and scope are those of its header.
    A rule with an operand that no report states is not assessable and finds nothing.
    """
    books = Books(registry, spread_figures(registry, extractions))
    found = [pair for batch in books.batches.values() for pair in check_batch(books, batch)]
    found += doubt_recognised(registry, extractions, found)
    order = {rule_id: place for place, rule_id in enumerate(registry.rules)}
    return sorted(found, key=lambda pair: (pair[0], order[pair[1].rule_id]))


def check_batch(books: Books, batch: Batch) -> Iterator[tuple[int, Finding]]:
    """Yield what the rules find in the reports of one form: its own rules and those of all forms."""
    rules = [rule for rule in books.registry.rules.values() if rule.form in ("", batch.form)]
    yield from check_balances(books, batch, [rule for rule in rules if rule.is_balance])
    for rule in rules:
        if rule.kind in CHECKS:
            yield from CHECKS[rule.kind](books, rule, batch)


def doubt_recognised(
    registry: Registry, extractions: Extractions, found: Sequence[tuple[int, Finding]]
) -> Iterator[tuple[int, Finding]]:
    """Yield a finding for every report read from pictures that no identity confirms."""
    broken: dict[int, list[str]] = {}
    for key, finding in found:
        if registry.rules[finding.rule_id].kind == "identity":
            broken.setdefault(key, []).append(finding.rule_id)
    for key, (year, extraction) in extractions.items():
        if is_recognised(extraction):
            doubts = check_recognised(registry, year, extraction, broken.get(key, ()))
            yield from ((key, finding) for finding in doubts)
