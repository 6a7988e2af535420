"""What is measured: the same reports as pages of a portal, and as files of every other kind."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tests.accuracy.cases import load_cases, tell_case
from tests.accuracy.score import YEARS, registry
from tests.portal.boxes import Sheet
from tests.portal.dress import WORD, dress_report
from tests.portal.layout import Layout
from tests.portal.shapes import SHAPES
from tests.portal.sheets import draw_sheets
from tests.portal.truth import Truth, make_truth, print_plainly

REAL = {"2014": "huairou_2018", "2021": "suqian_2024"}  # whose figures the first page states


@dataclass(frozen=True)
class Report:
    """A report before it is printed."""

    truth: Truth
    sheets: Sequence[Sheet]


def make_reports(form: str, count: int, layout: Layout = WORD) -> list[Report]:
    """Return reports of one form in plain figures: the first of a real body where there is one, the others generated."""
    truths = [tell_case(case)[0] for case in load_cases() if case.name == REAL.get(form)]
    years = YEARS[form]
    made = (
        make_truth(seed, registry().forms[form], years[-1], "北京市怀柔区人民政府") for seed in range(count)
    )
    truths += [print_plainly(truth) for truth in made]
    local = replace(layout, extra_row=form == "2014")
    return [Report(truth, draw_sheets(truth, local, registry().forms[form])) for truth in truths[:count]]


def make_pages(form: str, count: int, frames: int = 0) -> list[bytes]:
    """Return reports as pages of 60-80 KB, in the markup of Word among all that a portal puts around it."""
    return [dress_report(report.truth, report.sheets, frames) for report in make_reports(form, count)]


def make_files(form: str, shape: str, count: int) -> list[bytes]:
    """Return reports as files of a shape of the generator, in the official layout."""
    layout = SHAPES[shape].settle(Layout())
    return [
        SHAPES[shape].print(report.truth, layout, report.sheets)
        for report in make_reports(form, count, layout)
    ]


def make_long_page(times: int) -> bytes:
    """Return a page that prints the tables of a report so many times over: one report as good as any for rows."""
    (report,) = make_reports("2019", 1)
    return dress_report(report.truth, tuple(report.sheets) * times)
