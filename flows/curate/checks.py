"""The rules of `rules.csv` over all reports at once: each breach a finding with both sides; no value changes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from flows.codebook import Rule
from flows.curate.alike import check_copied_peer, check_copied_year
from flows.curate.amounts import check_sign, check_size, check_unit
from flows.curate.balances import Books, check_balances
from flows.curate.evidence import decide_class
from flows.curate.peers import check_peers
from flows.curate.recognised import check_recognised, is_recognised
from flows.curate.shifts import check_shift, explain_broken
from flows.curate.told import check_prose, check_share, check_share_cut, check_share_sum
from flows.curate.unusual import check_unusual
from flows.curate.wide import Batch, Extractions, spread_figures
from flows.curate.wording import check_wording
from flows.model import Extraction, Finding
from flows.registry import Registry

Check = Callable[[Books, Rule, Batch], Iterator[tuple[int, Finding]]]
CHECKS: Mapping[str, Check] = {
    "unit": check_unit, "size": check_size, "sign": check_sign,
    "shift": check_shift, "copied_year": check_copied_year, "copied_peer": check_copied_peer,
    "prose": check_prose, "share": check_share, "share_cut": check_share_cut, "share_sum": check_share_sum,
}  # fmt: skip


JUMPS = ("jump_unit", "jump_digit", "outlier")


def check_reports(registry: Registry, extractions: Extractions) -> list[tuple[int, Finding]]:
    """Return (report, finding) for every rule that a report breaks, ordered by report and rule.

    `extractions` maps a report's number to its year and what it states; body and scope are those of its header.
    A rule with an operand that no report states is not assessable and finds nothing.
    """
    books = Books(registry, spread_figures(registry, extractions))
    found = [pair for batch in books.batches.values() for pair in check_batch(books, batch)]
    unusual = {rule.kind: rule for rule in registry.rules.values() if rule.kind in JUMPS}
    found += check_unusual(books, unusual) if unusual else ()
    for rule in (rule for rule in registry.rules.values() if rule.kind == "outlier_peer"):
        found += check_peers(books, rule)
    stated = {key: list_amounts(extractions[key][1]) for key in {key for key, _ in found}}
    for rule in (rule for rule in registry.rules.values() if rule.kind == "one_figure"):
        found += explain_broken(registry, rule, found, stated)
    found += check_wording(registry, extractions)
    found += doubt_recognised(registry, extractions, found)
    order = {rule_id: place for place, rule_id in enumerate(registry.rules)}
    classed = [(key, class_finding(registry, extractions[key][1], finding)) for key, finding in found]
    return sorted(classed, key=lambda pair: (pair[0], order[pair[1].rule_id]))


def class_finding(registry: Registry, extraction: Extraction, finding: Finding) -> Finding:
    """Return a finding with its class, decided by how its cells were read where its check did not."""
    if finding.finding_class:
        return finding
    rule = registry.rules[finding.rule_id]
    return replace(finding, finding_class=decide_class(rule, extraction, finding.cells))


def check_batch(books: Books, batch: Batch) -> Iterator[tuple[int, Finding]]:
    """Yield what the rules find in the reports of one form: its own rules and those of all forms."""
    rules = [rule for rule in books.registry.rules.values() if rule.form in ("", batch.form)]
    yield from check_balances(books, batch, [rule for rule in rules if rule.is_balance])
    for rule in rules:
        if rule.kind in CHECKS:
            yield from CHECKS[rule.kind](books, rule, batch)


def list_amounts(extraction: Extraction) -> dict[str, Decimal]:
    """Return the amounts of a report by cell."""
    return {
        f"{each.indicator_id}|{each.applicant}": each.value.amount
        for each in extraction.observations
        if each.value.amount is not None
    }


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
