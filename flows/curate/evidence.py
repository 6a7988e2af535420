"""What a breach means, told from how the figures that it rests on were read."""

from collections.abc import Iterable

from flows.codebook import Rule
from flows.model import Extraction, FindingClass

# Rows or tables that were not read with certainty: any sum of the report may lack one.
DOUBT = frozenset([
    "unknown_label", "ambiguous_label", "duplicate_cell", "merged_cell", "misaligned_row", "part_columns",
])  # fmt: skip
# Cells that were read though they are printed oddly.
ODD_CELLS = frozenset(["marked_figure", "digits_apart", "decimal_count", "unreadable_cell"])
# A reviewer compared the cell with the page, or gave the figure of an erratum.
SURE = frozenset(["confirmed_as_printed", "misreading_corrected", "erratum_applied"])


def decide_class(
    rule: Rule, extraction: Extraction, cells: Iterable[str], *others: Extraction
) -> FindingClass:
    """Return what a breach means: the rule's own class, unless what it rests on was not read with certainty.

    `others` are reports of other years or bodies whose figures take part.
    """
    named = frozenset(cells)
    doubtful = is_doubtful(extraction, named) or any(is_doubtful(each, named) for each in others)
    return "reading" if doubtful else rule.finding_class  # type: ignore[return-value]


def is_doubtful(extraction: Extraction, cells: frozenset[str]) -> bool:
    """Return whether any of some cells was recognised in a picture or taken from a sentence, or rows may be missing.

    Cells that a reviewer decided on are beyond doubt.
    """
    sure = {cell for each in extraction.findings if each.rule_id in SURE for cell in each.cells}
    if cells and cells <= sure:
        return False
    for finding in extraction.findings:
        if finding.rule_id in DOUBT or (finding.rule_id in ODD_CELLS and not cells.isdisjoint(finding.cells)):
            return True
    return any(
        each.reading == "image"
        or (each.reading == "prose" and f"{each.indicator_id}|{each.applicant}" in cells)
        for each in extraction.observations
    )
