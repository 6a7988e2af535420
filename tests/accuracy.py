"""How much of generated reports is read right, by form and shape; exits 1 on any value that is wrong without a finding.

    python -m tests.accuracy [--reports N] [--seed S] [--show K]
"""

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from multiprocessing import Pool
from pathlib import Path

from flows.errors import FormError
from flows.extract.report import extract_report
from flows.model import Extraction
from flows.read import read_document
from flows.registry import Registry, load_registry
from tests.portal.html import print_html
from tests.portal.judge import Judged, judge
from tests.portal.layout import Layout, draw_layout
from tests.portal.sheets import Sheet, draw_sheets, expected_cells
from tests.portal.text import determined, misleading, print_text
from tests.portal.truth import Printed, Truth, make_truth, plain_cells

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT.parent / "shared" / "cases"
FORMS = ("2014", "2019", "2021")
YEARS = {"2014": range(2014, 2019), "2019": (2019, 2020), "2021": range(2021, 2026)}


@dataclass
class Score:
    """The verdicts of the cells of one form in one shape; `determined` counts those that the print still tells."""

    reports: int = 0
    refused: int = 0
    cells: Counter[str] = field(default_factory=Counter)
    determined: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


@cache
def registry() -> Registry:
    return load_registry(ROOT / "schemas")


def score_report(seed: int) -> dict[tuple[str, str], Score]:
    """Return the scores of one generated report, printed as a page and as text."""
    form = registry().forms[FORMS[seed % len(FORMS)]]
    years = YEARS[form.form]
    truth = make_truth(seed, form, years[seed % len(years)])
    layout = draw_layout(seed)
    sheets = draw_sheets(truth, layout, form)
    scores: dict[tuple[str, str], Score] = {}
    shape = f"html {layout.container}"
    if layout.container != "table" and layout.around:
        shape += " boxed"  # in a layout table, of which the reader makes one cell
    score_print(scores, (form.form, shape), print_html(truth, layout, sheets), (truth, layout, sheets))
    score_print(scores, (form.form, f"text {layout.text}"), print_text(truth, layout, sheets), (truth, layout, sheets))
    return scores


def score_print(
    scores: dict[tuple[str, str], Score], place: tuple[str, str], data: bytes, made: tuple[Truth, Layout, Sequence[Sheet]]
) -> None:
    """Read one printed report and add its verdicts to the score of its form and shape."""
    truth, layout, sheets = made
    form = registry().forms[truth.form]
    expected = expected_cells(truth, sheets, form)
    if place[1] != "html table":
        hidden = {box.key for sheet in sheets for row in sheet.rows if misleading(row, text_style(layout, place[1])) for box in row}
        expected = {key: printed for key, printed in expected.items() if key not in hidden}
    else:
        hidden = set()
    sure = determined_keys(sheets, layout, place[1])
    score = scores.setdefault(place, Score())
    score.reports += 1
    began = time.perf_counter()
    extraction = read_report(data, f"seed {truth.seed}")
    score.seconds += time.perf_counter() - began
    if extraction is None:
        score.refused += 1
        score.cells["missed"] += len(expected)
        score.determined["missed"] += len(sure)
        if sure:
            score.lost.append(f"seed {truth.seed} {place} refused {differs(layout)}")
        return
    verdicts = (each for each in judge(extraction, expected) if each.key not in hidden)
    add_verdicts(score, verdicts, sure, f"seed {truth.seed} {place} form {extraction.form} {differs(layout)}")


def determined_keys(sheets: Iterable[Sheet], layout: Layout, shape: str) -> set[str]:
    """Return the cells that the print still tells: all of a real table; of text those of rows without gaps."""
    if shape == "html table":
        return {box.key for sheet in sheets for row in sheet.rows for box in row if box.key}
    style = text_style(layout, shape)
    told = {box.key for sheet in sheets for row in sheet.rows if determined(row, style) for box in row if box.key}
    # Headings below each other come apart a cell a line; a total before them could be anywhere; a remark may be a figure.
    apart = layout.stacked and style not in ("tabs", "pipes", "spaces", "pdf")
    if apart or (layout.order and layout.head != "one") or layout.extra_column:
        told = {key for key in told if ".application." not in key and ".result." not in key}
    return told


def text_style(layout: Layout, shape: str) -> str:
    """Return how the text of a print comes out; paragraphs within the cells of a page put each on a line."""
    if shape.startswith("text"):
        return shape.removeprefix("text ")
    return "spaces" if layout.container == "spans" and layout.nest in ("plain", "excel") else "lines"


def read_report(data: bytes, name: str) -> Extraction | None:
    try:
        return extract_report(read_document(data, name), registry())
    except FormError:
        return None


def add_verdicts(score: Score, verdicts: Iterable[Judged], sure: set[str], where: str) -> None:
    for each in verdicts:
        score.cells[each.verdict] += 1
        if each.key in sure:
            score.determined[each.verdict] += 1
            if each.verdict in ("missed", "flagged"):
                score.lost.append(f"{where} {each}")
        if each.verdict == "wrong":
            score.wrong.append(f"{where} {each}")


def differs(layout: Layout) -> str:
    """Return the options of a layout that are not the official ones."""
    plain = Layout()
    return " ".join(f"{name}={value}" for name, value in vars(layout).items() if value != getattr(plain, name))


# Real figures


def score_cases() -> Iterator[dict[tuple[str, str], Score]]:
    """Yield the scores of the real figures in `cases`, typeset in several layouts."""
    for path in sorted(CASES.glob("*.json")):
        case = json.loads(path.read_text(encoding="utf-8"))
        found = {key.split(".")[0].removeprefix("v") for key in case["values"]}
        if len(found) != 1 or not found <= set(FORMS):
            continue
        (form_id,) = found
        yield score_case(case, form_id, path.stem)


def score_case(case: Mapping[str, object], form_id: str, name: str) -> dict[tuple[str, str], Score]:
    """Return the scores of one case; what it does not state is printed as a blank cell."""
    form = registry().forms[form_id]
    values = case["values"]
    assert isinstance(values, Mapping)
    known = plain_cells({key: value for key, value in values.items() if key.split("|")[0] in form.by_id})
    blank = {f"{row.indicator_id}|{who}": Printed("", "blank") for row, who in form.cells}
    truth = Truth(0, form_id, int(str(case["year"])), str(case["entity"]), blank | known)
    scores: dict[tuple[str, str], Score] = {}
    for seed in range(20):
        layout = replace(draw_layout(seed), container="table", text="tabs", extra_row=has_local(known))
        sheets = draw_sheets(truth, layout, form)
        made = (truth, layout, sheets)
        score_print(scores, (name, "html table"), print_html(truth, layout, sheets), made)
        score_print(scores, (name, "text tabs"), print_text(truth, layout, sheets), made)
    return scores


def has_local(known: Iterable[str]) -> bool:
    return any("other_documents" in key or "key_areas" in key for key in known)


# The table


def add_scores(totals: dict[tuple[str, str], Score], more: Mapping[tuple[str, str], Score]) -> None:
    for place, score in more.items():
        total = totals[place]
        total.reports += score.reports
        total.refused += score.refused
        total.cells += score.cells
        total.determined += score.determined
        total.seconds += score.seconds
        total.wrong += score.wrong
        total.lost += score.lost


def print_scores(totals: Mapping[tuple[str, str], Score]) -> None:
    print(f"{'form':<8}{'shape':<18}{'reports':>8}{'refused':>8}{'cells':>9}{'right':>9}{'wrong':>7}{'missed':>8}{'flagged':>8}{'told':>9}{'right of told':>15}{'ms':>7}")
    for (form, shape), score in sorted(totals.items()):
        told = sum(score.determined.values())
        share = f"{100 * score.determined['right'] / told:.3f} %" if told else "-"
        print(
            f"{form[:26]:<8}{shape:<18}{score.reports:>8}{score.refused:>8}{sum(score.cells.values()):>9}"
            f"{score.cells['right']:>9}{score.cells['wrong']:>7}{score.cells['missed']:>8}{score.cells['flagged']:>8}"
            f"{told:>9}{share:>15}{1000 * score.seconds / score.reports:>7.1f}"
        )


def main(arguments: Sequence[str]) -> int:
    """Print the scores and return 1 where any value is wrong without a finding, else 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.accuracy", description=__doc__)
    parser.add_argument("--reports", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=10, help="print so many wrong and lost cells of each shape")
    options = parser.parse_args(arguments)
    totals: dict[tuple[str, str], Score] = defaultdict(Score)
    with Pool(2) as pool:
        for scores in pool.imap_unordered(score_report, range(options.seed, options.seed + options.reports), 20):
            add_scores(totals, scores)
    for scores in score_cases():
        add_scores(totals, scores)
    print_scores(totals)
    for place, score in sorted(totals.items()):
        for line in [*score.wrong[: options.show], *sorted(score.lost)[: options.show]]:
            print(place, line)
    wrong = sum(score.cells["wrong"] for score in totals.values())
    print(f"{wrong} values wrong without a finding")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
