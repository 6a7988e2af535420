"""The identities of the forms over what a contribution says: each that does not hold is a warning with both sides."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter

from flows.contribute.faults import Fault
from flows.contribute.rows import Table
from flows.curate.checks import check_reports
from flows.curate.contributions import WORDS, read_figure
from flows.curate.sources import Key
from flows.model import Extraction, Header, Observation
from flows.registry import Registry

KINDS = ("identity", "unit", "size", "sign")  # rules that one report alone can break
STATED = ("body_id", "year", "scope", "indicator_id", "applicant", "figure", "unit_printed", "form_unit")


def check_sums(registry: Registry, figures: Table) -> Iterator[Fault]:
    """Yield a warning for every rule that the figures of a report break, at the row of its first cell."""
    values = {figure: read_figure(figure) for figure in set(figures.column("figure"))}
    reports: dict[Key, list[Observation]] = {}
    for key, rows in groupby(figures.columns_of(STATED), key=itemgetter(0, 1, 2)):
        own = reports.setdefault((key[0], int(key[1]), key[2]), [])
        for _, _, _, code, applicant, figure, printed, given in rows:
            if (value := values[figure]) is not None:
                own.append(
                    Observation(code, applicant, value, printed or given, "form", figure, "", "contribution")
                )
    keys = [key for key, own in reports.items() if own]
    extractions = {at: (key[1], make_extraction(registry, key, reports[key])) for at, key in enumerate(keys)}
    alone = {
        code: rule for code, rule in registry.rules.items() if rule.kind in KINDS and rule.severity != "info"
    }
    found = [
        (keys[at], finding) for at, finding in check_reports(replace(registry, rules=alone), extractions)
    ]
    numbers = find_rows(figures) if found else {}
    for key, finding in found:
        row = min((numbers[key, cell] for cell in finding.cells if (key, cell) in numbers), default=None)
        yield Fault("sum_broken", figures.file, finding.message, row, "figure", finding.rule_id)


def find_rows(figures: Table) -> dict[tuple[Key, str], int]:
    """Return the row of each cell of each report."""
    cells = figures.columns_of(STATED[:5])
    return {
        ((body_id, int(year), scope), f"{code}|{applicant}"): number
        for number, (body_id, year, scope, code, applicant) in zip(figures.numbers, cells, strict=True)
    }


def as_rows(table: Table) -> list[Mapping[str, str]]:
    """Return the rows of a table by the names of its columns."""
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def make_extraction(registry: Registry, key: Key, observations: Sequence[Observation]) -> Extraction:
    """Return what a contribution says of one report, as if it had been read."""
    header = Header(body_id=key[0], year=key[1], scope="own_body" if key[2] == "own_body" else "whole_area")
    return Extraction(header, registry.indicators[observations[0].indicator_id].form, tuple(observations))


def is_stated(figure: str) -> bool:
    """Return whether a figure, or a word for why there is none, was transcribed."""
    return figure != "" and WORDS.get(figure, "reported") is not None
