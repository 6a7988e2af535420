"""The rows of a text under the headings in force: which cells are a row's figures, told by what all rows together print.

Without a grid only the number of figures tells which is whose, so a row counts only when it has exactly as
many as its table has columns, or where separators or blank lines tell blank cells too.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise

from flows.cells import parse_value
from flows.codebook import Form
from flows.extract.columns import column_order, in_order, row_codes
from flows.extract.figures import Figure, cells_of, find_cell, is_heading
from flows.extract.glued import split_glued
from flows.extract.headings import Columns
from flows.extract.spacing import fill_blanks, find_spacing, fits_spacing, one_cell
from flows.extract.textcells import Cell, Line
from flows.extract.textrows import Head, Item, Run, Stray, TextRow, is_below

# What people write in the place of a figure.
IN_PLACE = re.compile(r"[0-9０-９]|^(?:见|暂|不详|未|略|同|详)|^[Nn]/?[Aa]$")
MIN_ROWS = 3  # rows that tell something together


@dataclass
class Part:
    """What follows the headings of columns on a `line` up to the next ones, and what all its rows together tell.

    `below` where the figures of most rows stand a cell a line below their label; `exact` where
    most rows have as many figures as there are columns, and none has more; `shifted` where figures
    stand before the first label of a table of a cell a line; `crowded` where too many rows have more.
    `glued` where nothing parts the figures of the text; `spacing` is the number of blank lines
    between two cells where further ones are blank cells, -1 where they are none. `denied` where the rows add
    up in the form's order of columns and not in that of the headings.
    """

    columns: Columns | None
    items: list[Item] = field(default_factory=list)
    line: Line | None = None
    below: bool = False
    exact: bool = False
    shifted: bool = False
    crowded: bool = False
    glued: bool = False
    spacing: int = -1
    denied: bool = False


def split_parts(items: Sequence[Item], form: Form) -> list[Part]:
    """Return the items of a text in parts, each below headings of columns, with what its rows tell."""
    parts = [Part(None)]
    for item in items:
        if isinstance(item, Head):
            parts.append(Part(item.columns, line=item.line))
        else:
            parts[-1].items.append(item)
    below = is_below(items)
    glued = any(run.glued for part in parts for row in own_rows(part, form) for run in row.runs)
    for part in parts:
        part.glued = glued
        weigh_part(part, below, form)
    share_spacing(parts, form)
    for part in parts:
        part.denied = denies_order(part, form)
    return parts


def weigh_part(part: Part, below: bool, form: Form) -> None:
    """Note what the rows of a part tell together; those of a short part are few, so the whole text counts."""
    rows = [row for row in own_rows(part, form) if row.figures]
    part.below = is_below(rows) if len(rows) >= MIN_ROWS else below
    if part.below:
        join_odd(part, form)
        rows = [row for row in own_rows(part, form) if row.figures]
    count = len(part.columns.names) if part.columns else 0
    if part.below:
        part.spacing = find_spacing(followed_rows(part, form))
    counts = [count_cells(row) for row in rows]
    full = sum(bool(row_cells(row, part, form)) for row in rows)
    part.exact = full >= MIN_ROWS and full * 3 >= len(rows) * 2 and max(counts) <= count
    first = part.items[0] if part.items else None
    leads = isinstance(first, Stray) and not first.words and part.columns and part.columns.table != "cases"
    part.shifted = part.below and bool(leads)
    crowded = sum(each > count for each in counts)
    part.crowded = part.below and crowded >= MIN_ROWS and crowded * 4 > len(counts)


def count_cells(row: TextRow) -> int:
    """Return how many figures stand beside a row's label, or else below it."""
    return max((len(run.cells) for run in row.runs if run.inline), default=len(row.figures))


def own_rows(part: Part, form: Form) -> Iterator[TextRow]:
    """Yield the rows of a part that can have figures under its columns."""
    return (item for item in part.items if isinstance(item, TextRow) and has_place(item, part, form))


def has_place(row: TextRow, part: Part, form: Form) -> bool:
    """Return whether a row can have figures under the columns of a part."""
    codes = row_codes(form, part.columns.table, row.label) if part.columns else ()
    return bool(codes) and not is_heading(codes, form)


def followed_rows(part: Part, form: Form) -> list[tuple[TextRow, int]]:
    """Return the rows of a part that another follows at once, so that the blank lines behind them are their own, and its columns."""
    count = len(part.columns.names) if part.columns else 0
    return [
        (row, count)
        for row, after in pairwise(part.items)
        if isinstance(row, TextRow) and has_place(row, part, form) and isinstance(after, TextRow)
    ]


# A cell a line


def join_odd(part: Part, form: Form) -> None:
    """Give words in the place of a figure (`约5`, `见附件`) back to the row among whose figures they stand, where these are then all."""
    count = len([name for name in part.columns.names if name]) if part.columns else 0
    items = list(part.items)
    for at, item in enumerate(items):
        is_own = isinstance(item, TextRow) and has_place(item, part, form)
        if isinstance(item, Head) or not (is_own or is_row_of_cases(part, at)):
            continue
        runs = own_runs(item)
        rest = [cell for each in following_strays(items[at + 1 :]) for cell in stray_cells(each)]
        found = len(runs)
        while (
            len(runs) < count and rest and is_in_place(rest[0], [cell for run in runs for cell in run.cells])
        ):
            runs.append(Run((rest[0],), False, rest.pop(0).line.parted))
        one_more = rest and rest[0].kind in ("figure", "odd") and not rest[0].line.page
        if len(runs) == count > found and not one_more:
            items[at] = replace(item, runs=tuple(runs), gap=rest[0].line.gap if rest else item.gap)
            take_cells(items, at + 1, {cell for run in runs for cell in run.cells})
    part.items = [item for item in items if not isinstance(item, Stray) or item.words or item.runs]


def own_runs(item: TextRow | Stray) -> list[Run]:
    """Return the figures of an item, each as a run: those below its label by their lines, of which each is one cell.

    `1 2` on a line among lines of one figure each is a cell that cannot be read, and no two cells.
    """
    if any(run.inline or run.parted for run in item.runs):
        return [Run((cell,), False, cell.line.parted) for cell in item.figures]
    cells = [tuple(cell for cell in run.cells if cell.kind != "unit") for run in item.runs]
    return [Run(own, False, False) for own in cells if own]


def is_row_of_cases(part: Part, at: int) -> bool:
    """Return whether figures stand right below the headings of cases, without a label."""
    item = part.items[at]
    cases = part.columns is not None and part.columns.table == "cases"
    return cases and at == 0 and isinstance(item, Stray) and not item.words


def following_strays(items: Sequence[Item]) -> Iterator[Stray]:
    """Yield the stray items that follow at once."""
    for item in items:
        if not isinstance(item, Stray):
            return
        yield item


def stray_cells(stray: Stray) -> list[Cell]:
    """Return the words and figures of a stray item in reading order."""
    return sorted((*stray.words, *stray.figures), key=lambda cell: cell.start)


def is_in_place(cell: Cell, before: Sequence[Cell]) -> bool:
    """Return whether a cell can be the next of a row: a figure or what people write in its place, on a line of its own."""
    own_line = not before or before[-1].line is not cell.line
    return own_line and (cell.kind != "word" or bool(IN_PLACE.search(cell.text)))


def take_cells(items: list[Item], at: int, taken: set[Cell]) -> None:
    """Take cells out of the stray items from a place on."""
    for place in range(at, len(items)):
        item = items[place]
        if not isinstance(item, Stray):
            return
        words = tuple(cell for cell in item.words if cell not in taken)
        runs = tuple(run for run in item.runs if not taken.issuperset(run.cells))
        items[place] = replace(item, words=words, runs=runs)


def share_spacing(parts: Sequence[Part], form: Form) -> None:
    """Let what blank lines tell in all parts of a text together, or in one of them, hold in its short parts too."""
    below = [part for part in parts if part.below]
    whole = find_spacing([row for part in below for row in followed_rows(part, form)])
    told = {whole} if whole >= 0 else {part.spacing for part in below if part.spacing >= 0}
    for part in below if len(told) == 1 else ():
        rows = list(own_rows(part, form))
        (spacing,) = told
        count = len(part.columns.names) if part.columns else 0
        if len(rows) < MIN_ROWS and all(fits_spacing(row, spacing, count) for row in rows):
            part.spacing = spacing


# Which cells are whose


def align_row(row: TextRow, codes: tuple[str, ...], part: Part, form: Form) -> list[Figure]:
    """Return the figures of a row under its columns, or none where their number does not tell which is whose.

    Where no separators tell blank cells, a heading that is missing could hide one: the columns must
    be all that the row has in the form, or most rows of the table must have just as many figures.
    """
    assert part.columns is not None
    names, unit = row_names(row, part), part.columns.unit
    cells = row_cells(row, part, form)
    told = any(run.parted for run in row.runs) or part.exact or has_all(names, codes, form)
    if part.crowded or not told or len(cells) != len(names):
        return []
    return [
        Figure(name, cell.text, cell.locator, unit if name == "amount" else "")
        for name, cell in zip(names, cells, strict=True)
        if name
    ]


def row_names(row: TextRow, part: Part) -> list[str]:
    """Return the names of the columns for a row; where nothing tells blank cells, those of a column of notes leave no trace."""
    told = part.spacing >= 0 or any(run.parted for run in row.runs)
    return [name for name in part.columns.names if name or told] if part.columns else []


def row_cells(row: TextRow, part: Part, form: Form) -> tuple[Cell, ...]:
    """Return the cells of a row that are its figures; none where that is not certain.

    Figures of one row stand on one line or each on its own. Beside a full line only the number of
    a page may stand, alone.
    """
    count = len(row_names(row, part))
    runs = [run for run in row.runs if any(cell.kind != "unit" for cell in run.cells)]
    if part.glued and len(row.figures) == 1 and count > 1:
        return split_glued(row.figures[0], count)
    if part.below and not any(run.inline or run.parted for run in runs):
        return fill_blanks(row, part.spacing) if part.spacing >= 0 else tuple(map(one_cell, runs))
    wide = [run for run in runs if run.inline or len(run.cells) > 1]
    lone = [cell for run in runs if run not in wide for cell in run.cells]
    if not wide:
        return row.figures if part.below or count > 2 else ()
    if len(wide) == 1 and all(cell.line.page for cell in lone):
        cells = tuple(cell for cell in wide[0].cells if cell.kind != "unit")
        cells = fit_cells(cells, count) if wide[0].parted else cells
        return cells if len(cells) == count else ()
    return row.figures if is_broken(row, wide, part, form) and not lone else ()


def fit_cells(cells: tuple[Cell, ...], count: int) -> tuple[Cell, ...]:
    """Return the cells of a line without the blank ones behind them, where none of the first is blank."""
    filled = [bool(cell.text) for cell in cells]
    return cells[:count] if all(filled[:count]) and not any(filled[count:]) else cells


def is_broken(row: TextRow, wide: Sequence[Run], part: Part, form: Form) -> bool:
    """Return whether the figures of a row are broken over lines: the row that must come next in the form does.

    So no other row can have begun on the second line with its label lost.
    """
    if any(run.parted or len(run.cells) < 2 for run in wide) or not wide[0].inline or part.columns is None:
        return False
    rows = form.tables[part.columns.table].rows
    order = list(dict.fromkeys(code for codes in rows.values() for code in codes))
    own = [order.index(code) for code in row.codes if code in order]
    following = part.items[part.items.index(row) + 1 :]
    after = following[0].codes if following and isinstance(following[0], TextRow) else ()
    return bool(own) and (own[0] + 1 == len(order) or order[own[0] + 1] in after)


def has_all(names: Sequence[str], codes: tuple[str, ...], form: Form) -> bool:
    """Return whether columns are all that the cells of a row have in the form."""
    cells = {find_cell(form, codes, name) for name in names if name}
    return len(cells - {None}) == len(cells_of(form, codes)) or is_heading(codes, form)


# In which order


def denies_order(part: Part, form: Form) -> bool:
    """Return whether more rows add up in the form's order of applicants, and only so, than in the printed one.

    Headings that span others lose their place when a table becomes text; sums never choose the order, they refuse it.
    """
    names = part.columns.names if part.columns else ()
    if "total" not in names or not part.columns or in_order(names, part.columns.table, form):
        return False
    own = [name for name in names if name]
    usual = sorted(own, key=column_order(part.columns.table, form).index)
    votes = 0
    for row in own_rows(part, form):
        figures = [
            parse_value(cell.text).amount
            for name, cell in zip(row_names(row, part), row_cells(row, part, form), strict=False)
            if name
        ]
        if len(figures) == len(own):
            votes += adds_up(usual, figures) - adds_up(own, figures)
    return votes > 0


def adds_up(names: Sequence[str], figures: Sequence[Decimal | None]) -> bool:
    """Return whether the total among figures is the sum of the others; none of them is blank."""
    stated = [figure for figure in figures if figure is not None]
    if len(stated) < len(names):
        return False
    total = stated[names.index("total")]
    return sum(stated) == 2 * total
