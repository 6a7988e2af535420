"""Figures printed with their digits apart: read as one where a document prints all its figures so, else left alone."""

from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from flows.extract.report import extract_report
from flows.extract.spread import close_digits
from flows.model import Document, Grid
from flows.read import read_document
from flows.registry import Registry
from tests.portal.html import print_html
from tests.portal.judge import judge
from tests.portal.layout import Layout
from tests.portal.sheets import draw_sheets, expected_cells
from tests.read.test_shapes import TRUTHS

spread = " ".join


def grouped(text: str) -> str:
    """Return a figure with a blank before each three digits."""
    whole, point, rest = text.partition(".")
    return f"{int(whole):,}".replace(",", "\u2009") + point + rest


def close(*figures: str) -> list[str]:
    """Return what becomes of figures in one column."""
    document, findings = close_digits(Document("d", "", (Grid("table 1", tuple((f,) for f in figures)),)))
    assert bool(findings) == (document.grids[0].rows != tuple((f,) for f in figures))
    return [row[0] for row in document.grids[0].rows]


@pytest.mark.parametrize("way", [spread, "\u00a0".join, grouped])
@pytest.mark.parametrize("name", TRUTHS)
def test_a_report_with_all_its_digits_apart_is_read_whole(
    registry: Registry, name: str, way: Callable[[str], str]
) -> None:
    truth, _, count = TRUTHS[name]
    sheets = draw_sheets(truth, Layout(), registry.forms[truth.form])
    page = print_html(truth, Layout(), sheets).decode()
    for text in {cell.text for cell in truth.cells.values() if cell.text[:1].isdecimal()}:
        page = page.replace(f">{text}<", f">{way(text)}<")
    extraction = extract_report(read_document(page.encode(), "apart.html"), registry)
    verdicts = list(judge(extraction, expected_cells(truth, sheets, registry.forms[truth.form])))
    assert Counter(each.verdict for each in verdicts) == {"right": count}
    assert [finding.rule_id for finding in extraction.findings].count("digits_apart") == 1


def test_digits_are_put_together_where_all_figures_are_printed_so() -> None:
    assert close("1 3 9 9 3", "2 0", "2 1 4 3", "- 4", "7 1 . 5", "5", "1 1 6") == [
        "13993",
        "20",
        "2143",
        "-4",
        "71.5",
        "5",
        "116",
    ]


@pytest.mark.parametrize(
    "figures",
    [
        ("2 0", "1 2", "3 8"),  # two figures each, for all that is known
        ("1 3 9 9 3", "2 1 4 3", "1 1 6", "12 3"),  # blanks of another kind
        ("1 3 9 9 3", "2 1 4 3", "1 1 6", "20", "35", "71", "116"),  # most figures are printed plainly
        ("1 573 179", "29 351", "3 440", "5177"),  # not all that are long enough are grouped
        ("29 351", "3 440"),
    ],
)
def test_digits_stay_apart_where_it_is_not_certain(figures: Sequence[str]) -> None:
    assert close(*figures) == list(figures)


def test_groups_of_three_digits_are_one_figure() -> None:
    assert close("1 573 179", "29 351", "3 440", "72 701.2578", "85") == [
        "1573179",
        "29351",
        "3440",
        "72701.2578",
        "85",
    ]
