"""Measure how much is read right of every form in every shape, over generated reports and the figures of real ones.

A cell is wrong where what is read differs from what is printed and no finding names it; then the exit code is 1.
Cells that the print itself does not tell are counted apart. The same seeds give the same table.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing import Pool
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.accuracy.score import FORMS, Score, make_report, print_report
from tests.accuracy.table import (
    Key,
    find_shortfalls,
    list_losses,
    print_causes,
    print_damages,
    print_scores,
    write_table,
)
from tests.accuracy.tasks import Task, list_tasks, missing_shapes, score_task
from tests.portal.shapes import SHAPES

EXAMPLE = """examples:
  make accuracy
  python -m tests.accuracy --form 2019 --shape text_lines --seed 88 --reports 1 --cells 20 --save /tmp/pages
"""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.accuracy",
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--form", choices=FORMS, action="append", help="only this form; may be given several times"
    )
    parser.add_argument(
        "--shape", choices=list(SHAPES), action="append", help="only this shape; may be given several times"
    )
    parser.add_argument("--seed", type=int, help="generated reports from this seed on")
    parser.add_argument("--reports", type=int, help="so many generated reports of each form and shape")
    parser.add_argument("--causes", type=int, default=8, help="so many causes of each shape (default 8)")
    parser.add_argument(
        "--cells", type=int, default=0, help="so many wrong and lost cells of each form and shape"
    )
    parser.add_argument(
        "--save", type=Path, help="a folder for the generated pages, to look at with gongkai show"
    )
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--write", type=Path, help="put the rows of what is measured into this table")
    return parser


def main(arguments: Sequence[str]) -> int:
    """Print the tables and causes; return 1 where any value is wrong without a finding, 2 for wrong use, else 0."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    if options.write and (options.seed is not None or options.reports is not None):
        parser.error("--write is for all reports of a form and shape: leave out --seed and --reports")
    tasks = list(choose_tasks(options))
    if options.save:
        save_pages(tasks, options.save)
    scores = run_tasks(tasks, options.processes)
    out = Console(width=None if sys.stdout.isatty() else 150, highlight=False)
    print_scores(scores, out)
    print_damages(scores, out)
    print_causes(scores, options.causes, out)
    for line in list_losses(scores, options.cells):
        out.print(line, markup=False, soft_wrap=True)
    return conclude(scores, options.write, out)


def choose_tasks(options: argparse.Namespace) -> list[Task]:
    """Return the tasks of the forms and shapes asked for; with seeds of one's own only generated reports."""
    tasks = list(list_tasks(options.form or FORMS, options.shape or SHAPES))
    if options.seed is None and options.reports is None:
        return tasks
    first, count = options.seed or 0, options.reports or 1
    kinds = {(task.form, task.shape): task for task in tasks if task.source == "generated"}
    steps = range(first, first + count, 10)
    return [
        replace(task, seeds=range(at, min(at + 10, first + count))) for task in kinds.values() for at in steps
    ]


def save_pages(tasks: Sequence[Task], folder: Path) -> None:
    """Write the pages of generated reports to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for task in tasks:
        for seed in task.seeds if task.source == "generated" else ():
            data = print_report(make_report(task.form, task.shape, seed), task.shape)
            (folder / f"{task.form}_{task.shape}_{seed}").write_bytes(data)


def run_tasks(tasks: Sequence[Task], processes: int) -> dict[Key, Score]:
    """Return the scores by source, form and shape; a bar on stderr shows how far it is."""
    scores: dict[Key, Score] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress, Pool(processes) as pool:
        bar = progress.add_task("print, read, judge", total=len(tasks))
        for task, score in zip(tasks, pool.imap(score_task, tasks), strict=True):
            scores.setdefault((task.source, task.form, task.shape), Score()).add(score)
            progress.advance(bar)
    return scores


def conclude(scores: dict[Key, Score], path: Path | None, out: Console) -> int:
    """Write the table where all of it is measured, say what falls short, and return the exit code."""
    for shape in missing_shapes():
        out.print(
            f"not measured: {shape} (LibreOffice, or fonts and the extra ocr, are not installed); its rows stay as they are"
        )
    if path:
        write_table(scores, path)
        out.print(f"written: {path}")
    for line in find_shortfalls(scores):
        out.print(f"falls short: {line}")
    wrong = sum(score.wrong for score in scores.values())
    out.print(f"{wrong} values wrong without a finding")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
