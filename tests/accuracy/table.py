"""The accuracy table: as a file of the registry, and for a person to read."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from rich.console import Console
from rich.table import Table

from flows.cells import format_amount
from tests.accuracy.causes import find_causes
from tests.accuracy.score import Score
from tests.portal.shapes import SHAPES

COLUMNS = (
    "form", "shape", "source", "reports", "cells", "right", "flagged", "missed", "wrong", "not_determined", "share_right",
)  # fmt: skip
Key = tuple[str, str, str]  # source, form, shape
SOURCES = ("generated", "real")


def make_row(key: Key, score: Score) -> dict[str, str]:
    """Return one row of the published table."""
    source, form, shape = key
    share = Decimal(100_000 * score.cells["right"] // score.expected).scaleb(-5) if score.expected else None
    counts = [score.reports, score.expected, *(score.cells[each] for each in ("right", "flagged", "missed"))]
    values = [form, shape, source, *counts, score.wrong, sum(score.undetermined.values())]
    return dict(zip(COLUMNS, [*map(str, values), "" if share is None else format_amount(share)], strict=True))


def list_rows(scores: Mapping[Key, Score]) -> list[dict[str, str]]:
    """Return the rows of the published table in order; damaged reports are not in it."""
    return sort_rows(make_row(key, score) for key, score in scores.items() if key[0] in SOURCES)


def sort_rows(rows: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(rows, key=lambda row: (row["form"], list(SHAPES).index(row["shape"]), row["source"]))


def write_table(scores: Mapping[Key, Score], path: Path) -> None:
    """Write the rows of what was measured into the published table; rows of other forms and shapes stay."""
    rows = [*read_table(path), *list_rows(scores)]
    newest = {(row["source"], row["form"], row["shape"]): row for row in rows if row["shape"] in SHAPES}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sort_rows(newest.values()))


def read_table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def print_scores(scores: Mapping[Key, Score], out: Console) -> None:
    """Print the table of generated and real reports, and that of damages."""
    table = Table("form", "shape", "source", title="Cells read, by form and shape")
    for name in (
        "reports",
        "refused",
        "cells",
        "right",
        "flagged",
        "missed",
        "wrong",
        "not told",
        "% right",
        "asked",
        "s/report",
    ):
        table.add_column(name, justify="right")
    for row in list_rows(scores):
        score = scores[row["source"], row["form"], row["shape"]]
        table.add_row(
            row["form"], row["shape"], row["source"], row["reports"], str(score.refused), row["cells"], row["right"],
            row["flagged"], row["missed"], row["wrong"], row["not_determined"], show_share(score),
            f"{100 * SHAPES[row['shape']].floor:g}", f"{score.seconds / max(score.reports, 1):.3f}",
        )  # fmt: skip
    out.print(table)


def show_share(score: Score) -> str:
    """Return the share of right cells in percent, cut and not rounded, so that 100 means all."""
    return f"{100_000 * score.cells['right'] // score.expected / 1000:.3f}" if score.expected else "-"


def print_damages(scores: Mapping[Key, Score], out: Console) -> None:
    """Print what becomes of the cells of damaged reports: they may be lost, but loudly."""
    table = Table("damage", "shape", title="Damaged tables: cells may be lost, never silently")
    for name in ("reports", "refused", "cells", "right", "flagged", "missed", "wrong"):
        table.add_column(name, justify="right")
    totals: dict[tuple[str, str], Score] = {}
    for (source, _, shape), score in scores.items():
        if source not in SOURCES:
            totals.setdefault((source, shape), Score()).add(score)
    for (damage, shape), score in sorted(totals.items()):
        verdicts = [score.cells[each] for each in ("right", "flagged", "missed")]
        counts = [score.reports, score.refused, score.expected, *verdicts, score.wrong]
        table.add_row(damage, shape, *map(str, counts))
    if totals:
        out.print(table)


def print_causes(scores: Mapping[Key, Score], most: int, out: Console) -> None:
    """Print what is wrong or lost in each shape by cause, the costliest first; damages only where a value is wrong."""
    for shape in SHAPES:
        whole = [score for (source, _, at), score in scores.items() if at == shape and source in SOURCES]
        hurt = [score for (source, _, at), score in scores.items() if at == shape and source not in SOURCES]
        print_group(shape, whole, most, out)
        print_group(f"{shape}, damaged", [only_wrong(score) for score in hurt], most, out)


def only_wrong(score: Score) -> Score:
    losses = [loss for loss in score.losses if loss.verdict == "wrong"]
    return Score(reports=score.reports, looks=score.looks, losses=losses)


def print_group(title: str, scores: Iterable[Score], most: int, out: Console) -> None:
    total = Score()
    for score in scores:
        total.add(score)
    causes = find_causes(total.losses, total.looks, total.reports)
    if causes:
        out.print(f"\n[bold]{title}[/bold]: {len(total.losses)} cells wrong or lost")
    for cause in causes[:most]:
        looks = f" [{' '.join(cause.looks)}]" if cause.looks else ""
        why = f" {cause.why}" if cause.why else ""
        line = f"  {cause.verdict}{why}: {cause.cells} cells of {cause.reports} reports{looks}, such as {cause.example}"
        out.print(line, markup=False, soft_wrap=True)


def find_shortfalls(scores: Mapping[Key, Score]) -> Iterator[str]:
    """Yield the shapes that read less than is asked of them, over all forms and sources."""
    for shape, about in SHAPES.items():
        total = Score()
        for (source, _, at), score in scores.items():
            if at == shape and source in SOURCES:
                total.add(score)
        if total.expected and total.cells["right"] < about.floor * total.expected:
            yield f"{shape}: {show_share(total)} % of {total.expected} cells right, asked {100 * about.floor:g} %"


def list_losses(scores: Mapping[Key, Score], count: int) -> Iterator[str]:
    """Yield the first wrong and lost cells of each form and shape as lines, wrong ones first."""
    for key, score in sorted(scores.items()):
        for loss in sorted(score.losses, key=lambda loss: loss.verdict != "wrong")[:count]:
            yield f"{' '.join(key)} {loss.verdict} {loss.why or '-'}: {loss.where} {' '.join(loss.looks)}"
