"""One printed table in many pieces: a page that prints every row as a table of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from flows.model import Grid

MIN_PIECES = 3


def join_rows(grids: Sequence[Grid], text: str) -> tuple[Grid, ...]:
    """Return grids with runs of single rows, with nothing between them, as one grid each; its rows may end early."""
    if sum(len(grid.rows) == 1 for grid in grids) < MIN_PIECES:
        return tuple(grids)
    runs = find_runs(grids, text)
    joined = (join_run(run) if len(run) >= MIN_PIECES and any(map(is_wide, run)) else run for run in runs)
    return tuple(
        replace(grid, locator=f"table {number}")
        for number, grid in enumerate((each for run in joined for each in run), 1)
    )


def is_wide(grid: Grid) -> bool:
    """Return whether a grid has several columns."""
    return len(grid.rows[0]) > 1


def find_runs(grids: Sequence[Grid], text: str) -> Iterator[list[Grid]]:
    """Yield grids in runs: single rows that follow each other directly, and every other grid alone."""
    run: list[Grid] = []
    for grid in grids:
        goes_on = (
            run and len(run[-1].rows) == len(grid.rows) == 1 and not text[run[-1].end : grid.start].strip()
        )
        if run and not goes_on:
            yield run
            run = []
        run.append(grid)
    if run:
        yield run


def join_run(run: Sequence[Grid]) -> list[Grid]:
    """Return single rows as one grid; what is right of a shorter one prints no cell."""
    width = max(len(grid.rows[0]) for grid in run)
    rows = tuple((*grid.rows[0], *[""] * (width - len(grid.rows[0]))) for grid in run)
    continued = {(at, column) for at, grid in enumerate(run) for _, column in grid.continued}
    continued |= {(at, column) for at, grid in enumerate(run) for column in range(len(grid.rows[0]), width)}
    return [
        replace(run[0], rows=rows, continued=frozenset(continued), caption=run[0].caption, end=run[-1].end)
    ]
