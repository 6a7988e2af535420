"""The table of cases printed upright or in rows under 行政诉讼: whole, cut short, or with a second column of figures."""

from collections import Counter
from collections.abc import Callable

import pytest

from flows.extract.report import extract_report
from flows.read import read_document
from flows.registry import Registry
from tests.portal.boxes import WORDS, Box, Rows
from tests.portal.cases import GROUPS, OUTCOMES
from tests.portal.html import print_html
from tests.portal.judge import Judged, judge
from tests.portal.layout import Layout
from tests.portal.sheets import Sheet, draw_sheets, expected_cells
from tests.portal.truth import Truth, make_truth

NAMES = {**WORDS, "other": "其他结果", "total": "总计"}


def figure(truth: Truth, group: str, outcome: str) -> Box:
    key = f"v2021.{group}.{outcome}|total"
    return Box(truth.cells[key].text, key=key)


def group_beside(truth: Truth) -> Rows:
    """Print each group in a cell that spans its outcomes."""
    return (
        (Box("类型", 2), Box("件数")),
        *(
            (
                *([Box(NAMES[group], down=5)] if outcome == "upheld" else []),
                Box(NAMES[outcome]),
                figure(truth, group, outcome),
            )
            for group in GROUPS
            for outcome in OUTCOMES
        ),
    )


def group_above(truth: Truth) -> Rows:
    """Print each group as a title over its outcomes."""
    rows: list[tuple[Box, ...]] = []
    for group in GROUPS:
        rows.append((Box(NAMES[group], 2),))
        rows += [(Box(NAMES[outcome]), figure(truth, group, outcome)) for outcome in OUTCOMES]
    return tuple(rows)


def group_repeated(truth: Truth) -> Rows:
    """Print the group again in each row, the two of litigation behind their common name."""
    return tuple(
        (
            Box("行政复议" if group == "reconsideration" else "行政诉讼"),
            Box(NAMES[group]),
            Box(NAMES[outcome]),
            figure(truth, group, outcome),
        )
        for group in GROUPS
        for outcome in OUTCOMES
    )


def litigation_in_two_rows(truth: Truth) -> Rows:
    """Print a row for each group, the two of litigation beside a cell that spans both."""
    figures = {group: tuple(figure(truth, group, outcome) for outcome in OUTCOMES) for group in GROUPS}
    return (
        (Box("", 2), *(Box(NAMES[outcome]) for outcome in OUTCOMES)),
        (Box("行政复议", 2), *figures["reconsideration"]),
        (Box("行政诉讼", down=2), Box(NAMES["litigation_direct"]), *figures["litigation_direct"]),
        (
            Box(NAMES["litigation_after_reconsideration"]),
            *figures["litigation_after_reconsideration"],
        ),
    )


def read_cases(registry: Registry, seed: int, cases: Callable[[Truth], Rows]) -> list[Judged]:
    """Return the verdicts of a generated report whose last table is printed so."""
    form = registry.forms["2021"]
    truth = make_truth(seed, form, 2023)
    sheets = [*draw_sheets(truth, Layout(), form)[:-1], Sheet("cases", cases(truth))]
    page = print_html(truth, Layout(), sheets)
    extraction = extract_report(read_document(page, "synthetic.html"), registry)
    return list(judge(extraction, expected_cells(truth, sheets, form)))


@pytest.mark.parametrize("cases", [group_beside, group_above, group_repeated, litigation_in_two_rows])
def test_cases_are_read_whole_however_they_stand(registry: Registry, cases: Callable[[Truth], Rows]) -> None:
    for seed in range(4):
        assert Counter(each.verdict for each in read_cases(registry, seed, cases)) == {"right": 200}


@pytest.mark.parametrize("lost", range(1, 16))
def test_cases_with_a_row_lost_are_not_told_by_their_place(registry: Registry, lost: int) -> None:
    def without_a_row(truth: Truth) -> Rows:
        rows = group_beside(truth)
        return (*rows[:lost], *rows[lost + 1 :])

    assert not [each for each in read_cases(registry, lost, without_a_row) if each.verdict == "wrong"]


def test_a_second_column_of_figures_makes_no_upright_table(registry: Registry) -> None:
    def with_last_year(truth: Truth) -> Rows:
        rows = group_above(truth)
        return tuple((*row, Box("7")) if len(row) == 2 else row for row in rows)

    verdicts = read_cases(registry, 5, with_last_year)
    assert Counter(each.verdict for each in verdicts if each.key.split(".")[1] in GROUPS)["right"] == 0
    assert not [each for each in verdicts if each.verdict == "wrong"]
