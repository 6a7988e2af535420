"""What is measured: every form in every shape from seeds, the cases of real reports, and every damage."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from random import Random

from flows.read.pictures import find_missing
from tests.accuracy.cases import is_printed, load_cases, score_cases
from tests.accuracy.score import Score, make_report, score_report, score_seeds
from tests.portal.damage import DAMAGES, damage_sheets
from tests.portal.doc import find_office
from tests.portal.image import HAS_FONTS
from tests.portal.shapes import SHAPES

CHUNK = 10  # reports that one process makes and reads at a time
LOOKS = 4  # in which each real case is typeset, a shape
DAMAGED = 12  # reports of a form and shape that suffer each damage
RECOGNISED = ("image", "scan")
HAS_OCR = not find_missing()
DAMAGED_SHAPES = ("html", "docx", "text_tabs", "pdf")


@dataclass(frozen=True)
class Task:
    """Some reports of one form in one shape: `generated`, `real`, or the name of a damage done to generated ones."""

    source: str
    form: str
    shape: str
    seeds: range


def list_tasks(forms: Iterable[str], shapes: Iterable[str]) -> Iterator[Task]:
    """Yield what `make accuracy` measures, the slowest shapes first; shapes that cannot be printed here are left out."""
    able = [shape for shape in shapes if shape not in missing_shapes()]
    forms = list(forms)
    for shape in sorted(able, key=lambda shape: SHAPES[shape].reports):
        for form in forms:
            yield from cut_task(Task("generated", form, shape, range(SHAPES[shape].reports)))
            if any(case.form == form and is_printed(case, shape) for case in load_cases()):
                yield Task("real", form, shape, range(1 if shape in RECOGNISED else LOOKS))
    for shape in DAMAGED_SHAPES:
        yield from (
            Task(name, form, shape, range(DAMAGED)) for name in DAMAGES for form in forms if shape in able
        )


def missing_shapes() -> tuple[str, ...]:
    """Return the shapes that need what is not installed: LibreOffice, or fonts and the extra `ocr`."""
    return (*(() if find_office() else ("doc",)), *(() if HAS_FONTS and HAS_OCR else RECOGNISED))


def cut_task(task: Task) -> Iterator[Task]:
    """Yield the tasks that a task falls into, so that the processes end at about the same time."""
    for start in range(task.seeds.start, task.seeds.stop, CHUNK):
        yield replace(task, seeds=range(start, min(start + CHUNK, task.seeds.stop)))


def score_task(task: Task) -> Score:
    """Return the verdicts of a task: the same for the same task, whoever runs it."""
    if task.source == "generated":
        return score_seeds(task.form, task.shape, task.seeds)
    if task.source == "real":
        return score_cases(task.form, task.shape, task.seeds)
    total = Score()
    for seed in task.seeds:
        whole = make_report(task.form, task.shape, seed)
        hurt = replace(whole, sheets=damage_sheets(whole.sheets, task.source, Random(seed)))
        total.add(score_report(whole, task.shape, hurt))
    return total
