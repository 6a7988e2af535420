"""The table of cases printed upright: a row for each outcome, under its group or beside it, and one column of figures."""

from typing import NamedTuple

from flows.codebook import Form
from flows.extract.columns import column_code, is_group
from flows.extract.figures import OUTCOMES, Figure, Reader, RowLabel, keep_row_figures
from flows.extract.panels import runs_down
from flows.model import Grid


class Outcome(NamedTuple):
    """One row of an upright table: the group of cases, the outcome, and where its figure stands."""

    group: str
    outcome: str
    row: int
    column: int


def read_upright(reader: Reader, grid: Grid) -> bool:
    """Keep the figures of a table of cases that stands upright; return False, with nothing kept, for any other table."""
    found = find_outcomes(grid, reader.form)
    groups = {each.group for each in found}
    if not found or sorted((each.group, each.outcome) for each in found) != sorted(
        (group, outcome) for group in groups for outcome in OUTCOMES
    ):
        return False
    reader.part += 1
    for group, outcome, row, column in found:
        place = f"{grid.locator} r{row + 1}"
        merged = runs_down(grid, row, column) or runs_down(grid, row + 1, column)
        figure = Figure(outcome, grid.rows[row][column], f"{place} c{column + 1}", "", merged)
        keep_row_figures(reader, RowLabel(outcome, (group,), f"{place} c1"), [figure])
    return True


def find_outcomes(grid: Grid, form: Form) -> list[Outcome]:
    """Return the rows of an upright table of cases; none where a row behind its first is of another kind."""
    table = form.tables.get("cases")
    found: list[Outcome] = []
    group = ""
    for at, row in enumerate(grid.rows if table else ()):
        assert table is not None
        codes = [column_code(text, table) for text in row]
        own = [
            column for column in range(len(row)) if (at, column) not in grid.continued and row[column].strip()
        ]
        outcomes = [column for column, code in enumerate(codes) if code in OUTCOMES]
        group = next((code for code in reversed(codes) if is_group(code)), group)
        if len(outcomes) == 1 and group and own[-1:] != outcomes:
            behind = [
                column for column in range(outcomes[0] + 1, len(row)) if (at, column) not in grid.continued
            ]
            if len(behind) != 1:
                return []
            found.append(Outcome(group, codes[outcomes[0]], at, behind[0]))
        elif found and own and not all(is_group(codes[column]) for column in own):
            return []
    return found
