"""One printed report against what is read of it: verdicts added up by form and shape."""

import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from flows.curate.checks import check_reports
from flows.errors import FormError, ReadError
from flows.extract.report import extract_report
from flows.model import Extraction
from flows.read import read_document
from flows.registry import Registry, load_registry
from tests.portal.boxes import Sheet
from tests.portal.judge import NOT_PRINTED, Judged, judge, judge_prose
from tests.portal.layout import Layout
from tests.portal.prose import state_figures
from tests.portal.shapes import SHAPES
from tests.portal.sheets import draw_sheets, expected_cells
from tests.portal.text import misleading
from tests.portal.told import told_cells
from tests.portal.truth import Printed, Truth, make_truth

ROOT = Path(__file__).resolve().parents[2]
FORMS = ("2008", "2014", "2019", "2021")
YEARS = {
    "2008": range(2008, 2014),
    "2014": range(2014, 2019),
    "2019": (2019, 2020),
    "2021": range(2021, 2026),
}

PROSE = "prose"  # the shape whose cells are the figures of sentences


@dataclass(frozen=True)
class Made:
    """A report before it is printed."""

    name: str
    truth: Truth
    layout: Layout
    sheets: Sequence[Sheet]
    counted: frozenset[str] | None = None  # the cells that count; all of them where none are named


@dataclass(frozen=True)
class Loss:
    """A cell that is not read right: what became of it, by which rule or refusal, in which report and look."""

    verdict: str
    why: str
    report: str
    looks: tuple[str, ...]
    where: str


@dataclass
class Score:
    """The verdicts of the reports of one form in one shape; those of cells that the print does not tell are apart."""

    reports: int = 0
    refused: int = 0
    cells: Counter[str] = field(default_factory=Counter)
    undetermined: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    looks: Counter[str] = field(default_factory=Counter)
    losses: list[Loss] = field(default_factory=list)

    def add(self, other: "Score") -> None:
        """Add the verdicts of other reports."""
        self.reports += other.reports
        self.refused += other.refused
        self.cells += other.cells
        self.undetermined += other.undetermined
        self.seconds += other.seconds
        self.looks += other.looks
        self.losses += other.losses

    @property
    def wrong(self) -> int:
        """How many values are wrong without a finding, also of cells that the print does not tell."""
        return self.cells["wrong"] + self.undetermined["wrong"]

    @property
    def expected(self) -> int:
        """How many cells are printed so that a person can read them."""
        return sum(self.cells.values())


@cache
def registry() -> Registry:
    return load_registry(ROOT / "schemas")


def make_report(form_id: str, shape: str, seed: int) -> Made:
    """Return the report of a seed in a look that the shape can have."""
    form, years = registry().forms[form_id], YEARS[form_id]
    truth = make_truth(seed, form, years[seed % len(years)])
    layout = SHAPES[shape].draw_layout(seed)
    only_prose = shape == PROSE and not form.has_table
    return Made(f"seed {seed}", truth, layout, () if only_prose else draw_sheets(truth, layout, form))


def print_report(made: Made, shape: str) -> bytes:
    return SHAPES[shape].print(made.truth, made.layout, made.sheets)


def score_report(made: Made, shape: str, printed: Made | None = None) -> Score:
    """Return the verdicts of one report in a shape; `printed` is what is printed where the report is damaged."""
    shown = printed or made
    told, others = find_told(made, shown, shape)
    score, read = read_printed(made, print_report(shown, shape))
    if isinstance(read, str):
        add_refusal(score, made, read, (told, others))
    else:
        add_verdicts(score, made, judge_read(read, made, shown, shape), told)
    return score


def find_told(made: Made, shown: Made, shape: str) -> tuple[AbstractSet[str], AbstractSet[str]]:
    """Return the cells that a print tells and that count, and the others that it prints."""
    if shape == PROSE:
        return state_figures(made.truth.sentences, registry().forms[made.truth.form]).keys(), set()
    expected = find_expected(made, shown, SHAPES[shape].text).keys()
    told = told_cells(shown.sheets, SHAPES[shape].text) & expected
    counted = told if made.counted is None else told & made.counted
    return counted, expected - told


def judge_read(read: Extraction, made: Made, shown: Made, shape: str) -> Iterator[Judged]:
    """Yield the verdicts on what is read of a report: its cells, or the figures of its sentences."""
    if shape == PROSE:
        yield from judge_prose(read, state_figures(made.truth.sentences, registry().forms[made.truth.form]))
    else:
        yield from judge(read, find_expected(made, shown, SHAPES[shape].text))


def read_printed(made: Made, data: bytes) -> tuple[Score, Extraction | str]:
    """Return a score that counts one report, and what is read of it or why it is refused."""
    score = Score(reports=1, looks=Counter(list_looks(made)))
    began = time.perf_counter()
    read = read_report(data, made.name)
    score.seconds = time.perf_counter() - began
    return score, read


def find_expected(made: Made, shown: Made, text: str) -> dict[str, Printed]:
    """Return what a reader must find; a row that says something else than its cells is no row of theirs."""
    rows = [row for sheet in shown.sheets for row in sheet.rows]
    hidden = {box.key for row in rows if text and misleading(row, text) for box in row}
    expected = expected_cells(made.truth, made.sheets, registry().forms[made.truth.form])
    return {key: cell for key, cell in expected.items() if key not in hidden}


def read_report(data: bytes, name: str) -> Extraction | str:
    """Return what is read of a file, the rule for pictures applied, or why it is refused."""
    try:
        return check_pictures(extract_report(read_document(data, name), registry()))
    except (FormError, ReadError) as error:
        said = error.text.en.replace(name, "").strip(": ")
        return f"{type(error).__name__}: {re.sub('[0-9]+', '#', said)[:60]}"


def check_pictures(read: Extraction) -> Extraction:
    """Return what is read with the finding that names what nothing confirms of it, as it is published with."""
    found = check_reports(registry(), {0: (read.header.year or 0, read)})
    return replace(
        read, findings=(*read.findings, *(each for _, each in found if each.rule_id == "image_reading"))
    )


def add_refusal(score: Score, made: Made, why: str, cells: tuple[AbstractSet[str], AbstractSet[str]]) -> None:
    """Add the cells of a report that is refused: those that its print tells, and the others."""
    told, others = cells
    score.refused += 1
    score.cells["missed"] += len(told)
    score.undetermined["missed"] += len(others) if made.counted is None else 0
    score.losses += [Loss("refused", why, made.name, list_looks(made), made.name)] * len(told)


def add_verdicts(score: Score, made: Made, verdicts: Iterable[Judged], told: AbstractSet[str]) -> None:
    """Add the verdicts on the cells of a report."""
    for each in verdicts:
        counts = each.key in told or each.printed == NOT_PRINTED
        if each.verdict == "wrong" or (counts and each.verdict != "right"):
            where = f"{made.name}: {each.key} prints {each.printed}, read {each.read}"
            why = " ".join(filter(None, (each.rule, f"printed {each.kind}")))
            score.losses.append(Loss(each.verdict, why, made.name, list_looks(made), where))
        if counts:
            score.cells[each.verdict] += 1
        elif made.counted is None or each.verdict == "wrong":
            score.undetermined[each.verdict] += 1


def list_looks(made: Made) -> tuple[str, ...]:
    """Return what of a report's looks is not the official one: options of its layout, how it prints figures."""
    plain = Layout()
    looks = [f"{name}={value}" for name, value in vars(made.layout).items() if value != getattr(plain, name)]
    return (*looks, f"figures={made.truth.style}") if made.truth.style != "plain" else tuple(looks)


def score_seeds(form: str, shape: str, seeds: Iterable[int]) -> Score:
    """Return the verdicts of the reports of several seeds together."""
    total = Score()
    for seed in seeds:
        total.add(score_report(make_report(form, shape, seed), shape))
    return total
