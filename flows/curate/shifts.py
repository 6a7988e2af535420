"""What several broken sums say together: figures that stand a column or a row off, one figure that explains them all."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby

import numpy as np

from flows.cells import format_amount
from flows.codebook import Rule
from flows.curate.balances import TOLERANCE, Books
from flows.curate.wide import Amounts, Batch, Marks
from flows.errors import Text
from flows.model import Finding
from flows.registry import Registry

WORDS = {
    "lost": Text("a digit is lost", "少一位数字"),
    "added": Text("a digit is too much", "多一位数字"),
    "swapped": Text("two digits are swapped", "两位数字颠倒"),
    "changed": Text("one digit is another", "一位数字不同"),
    "other": Text("another number", "数字不同"),
}


def check_shift(books: Books, rule: Rule, batch: Batch) -> Iterator[tuple[int, Finding]]:
    """Yield a finding where the rows of the applicants' table add up only if figures stood in another column or row."""
    form = books.registry.forms[batch.form]
    rows = [each.indicator_id for each in form.values if each.by_applicant]
    if not rows:
        return
    applicants = [who for who in form.applicants if who != "total"]
    columns = [[batch.columns[f"{code}|{who}"] for who in (*applicants, "total")] for code in rows]
    table = batch.amounts[:, columns]  # report, row, applicant and total
    off = np.abs(table[:, :, :-1].sum(axis=2) - table[:, :, -1]) > TOLERANCE
    for at in np.flatnonzero(off.sum(axis=1) >= rule.least):
        said = explain_shift(books.registry, rule, table[at], applicants)
        if said:
            yield batch.keys[at], Finding(rule.rule_id, said)


def explain_shift(registry: Registry, rule: Rule, table: Amounts, applicants: Sequence[str]) -> Text | None:
    """Return where the figures of a report's applicants seem to stand, or None."""
    off = np.abs(table[:, :-1].sum(axis=1) - table[:, -1]) > TOLERANCE
    busy = off & (
        (np.nan_to_num(table) != 0).sum(axis=1) >= 3
    )  # of two figures either is the sum of the other
    for column, who in enumerate(applicants):
        word, rest = registry.applicants[who], table.sum(axis=1) - table[:, column]
        if fits(rule, busy, rest - table[:, column]):
            return Text(
                f"the totals seem to stand in the column '{who}': its figures are the sums of the others",
                f"总计似乎印在“{word}”一列：该列数字等于其余各列之和",
            )
        needed = table[:, -1] - (table[:, :-1].sum(axis=1) - table[:, column])
        for step in (1, -1):
            if fits(rule, off & (needed != 0), np.roll(table[:, column], step) - needed):
                return Text(
                    f"the figures of the column '{who}' seem to stand a row off: the totals fit those of the next row",
                    f"“{word}”一列的数字似乎错了一行：总计与相邻行的数字相符",
                )
    return None


def fits(rule: Rule, rows: Marks, difference: Amounts) -> bool:
    """Return whether enough of some rows, and enough for the rule, have no difference."""
    count = (rows & (np.abs(difference) <= TOLERANCE)).sum()
    return bool(count >= rule.least and count >= rule.threshold * rows.sum())


def explain_broken(
    registry: Registry,
    rule: Rule,
    found: Iterable[tuple[int, Finding]],
    stated: Mapping[int, Mapping[str, Decimal]],
) -> Iterator[tuple[int, Finding]]:
    """Yield a finding for each report whose broken sums one other figure would mend, at least `least` of them."""
    sums = [
        (key, finding)
        for key, finding in found
        if registry.rules[finding.rule_id].kind == "identity" and is_equality(registry, finding)
    ]
    for key, group in groupby(sorted(sums, key=lambda pair: pair[0]), key=lambda pair: pair[0]):
        mends: dict[tuple[str, Decimal], list[str]] = {}
        for _, finding in group:
            for cell, amount in list_mends(registry, finding, stated[key]):
                mends.setdefault((cell, amount), []).append(finding.rule_id)
        most = max(map(len, mends.values()), default=0)
        best = [(cell, amount) for (cell, amount), rules in mends.items() if len(rules) == most]
        if most >= rule.least and len(best) == 1:
            yield key, mend_finding(registry, rule, best[0], stated[key][best[0][0]], mends[best[0]])


def is_equality(registry: Registry, finding: Finding) -> bool:
    """Return whether a finding is a broken equality."""
    formula = registry.rules[finding.rule_id].formula
    return formula is not None and formula.operator == "="


def list_mends(
    registry: Registry, finding: Finding, stated: Mapping[str, Decimal]
) -> Iterator[tuple[str, Decimal]]:
    """Yield each cell of a broken sum with the figure that would mend it; none is below nought."""
    formula = registry.rules[finding.rule_id].formula
    assert formula is not None
    assert finding.left is not None
    assert finding.right is not None
    delta = finding.left - finding.right
    for way, side in ((-1, formula.left), (1, formula.right)):
        for term in side:
            mended = stated[term.cell] + way * term.sign * delta if term.cell in stated else Decimal(-1)
            if mended >= 0:
                yield term.cell, mended


def mend_finding(
    registry: Registry, rule: Rule, mend: tuple[str, Decimal], printed: Decimal, rules: Sequence[str]
) -> Finding:
    """Return the finding that names the figure which would mend several sums, and how it differs."""
    cell, amount = mend
    indicator = registry.indicators[cell.split("|")[0]]
    how = WORDS[tell_difference(format_amount(printed), format_amount(amount))]
    return Finding(
        rule.rule_id,
        Text(
            f"{indicator.label_en} {format_amount(printed)}: {', '.join(rules)} would hold with {format_amount(amount)} ({how.en}).",
            f"{indicator.label_zh} {format_amount(printed)}：若为 {format_amount(amount)}（{how.zh}），则 {'、'.join(rules)} 均成立。",
        ),
        cells=(cell,),
        left=printed,
        right=amount,
    )


def tell_difference(printed: str, mended: str) -> str:
    """Return how a printed number differs from the one that would fit.

    >>> [tell_difference("205", each) for each in ("2054", "25", "250", "206", "3")]
    ['lost', 'added', 'swapped', 'changed', 'other']
    """
    if printed in (mended[:at] + mended[at + 1 :] for at in range(len(mended))):
        return "lost"
    if mended in (printed[:at] + printed[at + 1 :] for at in range(len(printed))):
        return "added"
    if len(printed) == len(mended):
        other = [at for at in range(len(printed)) if printed[at] != mended[at]]
        if len(other) == 1:
            return "changed"
        if len(other) == 2 and [printed[at] for at in other] == [mended[at] for at in reversed(other)]:
            return "swapped"
    return "other"
