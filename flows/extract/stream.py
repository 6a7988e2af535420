"""Text to the figures of the forms since 2019: tables that lost their grid, a row a line or a cell a line.

Without a grid only the number of figures tells which is whose, so a row counts only when it has
exactly as many as its table has columns, or where separators tell blank cells too. Nothing is
decided by sums.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from flows.errors import Text
from flows.extract.columns import in_order, label_of, row_codes
from flows.extract.figures import (
    GROUPS,
    Figure,
    Reader,
    RowLabel,
    cells_of,
    find_cell,
    is_heading,
    keep_row_figures,
    lose_row,
    lose_unknown,
    miscounted,
    states_figure,
)
from flows.extract.glued import split_glued
from flows.extract.headings import Columns
from flows.extract.labels import is_numbered
from flows.extract.textcells import Cell, is_row_number
from flows.extract.textrows import Head, Item, Run, Stray, TextRow, find_rows, is_below
from flows.registry import Form

NO_COLUMNS = Text("no heading of its columns stands above it", "其上没有相应的列标题")
UNSURE = Text("words before it could be a part of its label", "其前的文字可能属于该标签")
SHIFTED = Text(
    "figures stand above the first label, so each may belong to the label above or below it",
    "首个标签之上已有数字，无法判断数字属于上方还是下方的标签",
)


@dataclass
class Part:
    """What follows the headings of columns up to the next ones, and what all its rows together tell.

    `below` where the figures of most rows stand a cell a line below their label; `exact` where
    most rows have as many figures as there are columns, and none has more; `shifted` where figures stand before the
    first label of a table of a cell a line; `crowded` where too many rows have more. `glued` where
    nothing parts the figures of the text.
    """

    columns: Columns | None
    items: list[Item] = field(default_factory=list)
    below: bool = False
    exact: bool = False
    shifted: bool = False
    crowded: bool = False
    glued: bool = False


def read_stream(reader: Reader, cells: Sequence[Cell]) -> None:
    """Keep every figure of the form's tables that the cells of a text state under its cell."""
    form = reader.form
    items = find_rows(cells, form)
    below = is_below(items)
    parts = split_parts(items)
    glued = has_glued(parts, form)
    for part in parts:
        part.glued = glued
        weigh_part(part, below, form)
        begin_part(reader, part)
        for place, item in enumerate(part.items):
            if isinstance(item, TextRow):
                read_row(reader, item, part)
            elif isinstance(item, Stray):
                read_stray(reader, item, part, place)


def split_parts(items: Sequence[Item]) -> list[Part]:
    """Return the items of a text in parts, each below headings of columns."""
    parts = [Part(None)]
    for item in items:
        if isinstance(item, Head):
            parts.append(Part(item.columns))
        else:
            parts[-1].items.append(item)
    return parts


def weigh_part(part: Part, below: bool, form: Form) -> None:
    """Note what the rows of a part tell together; those of a short part are few, so the whole text counts."""
    rows = [row for row in own_rows(part, form) if row.figures]
    part.below = is_below(rows) if len(rows) >= 3 else below
    count = len(part.columns.names) if part.columns else 0
    counts = [
        max((len(run.cells) for run in row.runs if run.inline), default=len(row.figures)) for row in rows
    ]
    full = sum(bool(row_cells(row, part, form)) for row in rows)
    part.exact = full >= 3 and full * 3 >= len(rows) * 2 and max(counts) <= count
    first = part.items[0] if part.items else None
    leads = isinstance(first, Stray) and not first.words and part.columns and part.columns.table != "cases"
    part.shifted = part.below and bool(leads)
    crowded = sum(each > count for each in counts)
    part.crowded = part.below and crowded >= 3 and crowded * 4 > len(counts)


def has_glued(parts: Sequence[Part], form: Form) -> bool:
    """Return whether nothing parts the figures of a text."""
    return any(run.glued for part in parts for row in own_rows(part, form) for run in row.runs)


def own_rows(part: Part, form: Form) -> Iterator[TextRow]:
    """Yield the rows of a part that can have figures under its columns."""
    for item in part.items:
        if isinstance(item, TextRow) and part.columns:
            codes = row_codes(form, part.columns.table, item.label)
            if codes and not is_heading(codes, form):
                yield item


def begin_part(reader: Reader, part: Part) -> None:
    """Note that other columns begin, and whether they stand in another order than the form's."""
    if part.columns is not None:
        reader.part += 1
        if part.columns.names and not in_order(part.columns.names, part.columns.table, reader.form):
            reader.turned[reader.part] = ("", [])


# Rows of figures


def read_row(reader: Reader, row: TextRow, part: Part) -> None:
    """Keep the figures of one row under their cells, or lose it with a finding."""
    columns, form = part.columns, reader.form
    codes = row_codes(form, columns.table, row.label) if columns else ()
    label = RowLabel(row.label, codes or row.codes, row.locator)
    if columns is None or not codes:
        if row.figures and (columns is not None or not is_heading(row.codes, form)):
            lose_row(reader, label, show_cells(row.figures), NO_COLUMNS)
    elif not row.figures:
        if not is_heading(codes, form) and (is_numbered(row.label) or not is_column(row.label, form)):
            lose_row(reader, label, "", miscounted(0, len(columns.names)))
    elif row.doubtful or part.shifted:
        lose_row(reader, label, show_cells(row.figures), UNSURE if row.doubtful else SHIFTED)
    elif figures := align_row(row, codes, part, form):
        keep_row_figures(reader, label, figures)
    elif any(cell.kind != "blank" for cell in row.figures) or not is_heading(codes, form):
        lose_row(reader, label, show_cells(row.figures), miscounted(len(row.figures), len(columns.names)))


def is_column(label: str, form: Form) -> bool:
    """Return whether a label is also the heading of a column."""
    return label_of(label) in form.column_spellings


def read_stray(reader: Reader, stray: Stray, part: Part, place: int) -> None:
    """Read the figures right below the headings of cases, or lose a row of figures whose label is not known."""
    columns, cells = part.columns, stray.figures
    if columns is None or not cells:
        return
    codes = tuple(f"v{reader.form.form}.{group}" for group in GROUPS)
    if columns.table == "cases" and place == 0:
        row = TextRow("", codes, cells[0].start, (cells[0].line,) * 2, stray.runs)
        figures = align_row(row, codes, replace(part, below=is_below([row])), reader.form)
        label = RowLabel("".join(cell.text for cell in stray.words), codes, cells[0].locator)
        if figures:
            keep_row_figures(reader, label, figures)
        else:
            lose_row(reader, label, show_cells(cells), miscounted(len(cells), len(columns.names)))
    elif (
        len(stray.runs[0].cells) >= min(2, len(columns.names))
        and any(states_figure(cell.text) for cell in cells)
        and stray.words
    ):
        line = [cell for cell in stray.words if cell.line is stray.words[-1].line]
        label = RowLabel("".join(cell.text for cell in line), (), line[0].locator)
        lose_unknown(reader, label, show_cells(cells))


def align_row(row: TextRow, codes: Sequence[str], part: Part, form: Form) -> list[Figure]:
    """Return the figures of a row under its columns, or none where their number does not tell which is whose.

    Where no separators tell blank cells, a heading that is missing could hide one: the columns must
    be all that the row has in the form, or every row of the table must have just as many figures.
    """
    assert part.columns is not None
    names, unit = row_names(row, part), part.columns.unit
    cells = row_cells(row, part, form)
    parted = any(run.parted for run in row.runs)
    if part.crowded or len(cells) != len(names):
        return []
    if not (parted or part.exact or has_all(names, codes, form)):
        return []
    return [
        Figure(name, cell.text, cell.locator, unit if name == "amount" else "")
        for name, cell in zip(names, cells, strict=True)
        if name
    ]


def row_names(row: TextRow, part: Part) -> list[str]:
    """Return the names of the columns for a row; without separators, the blanks of a column of notes leave no trace."""
    parted = any(run.parted for run in row.runs)
    return [name for name in part.columns.names if name or parted] if part.columns else []


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
        return tuple(one_cell(run) for run in runs)
    wide = [run for run in runs if run.inline or len(run.cells) > 1]
    lone = [cell for run in runs if run not in wide for cell in run.cells]
    if not wide:
        return row.figures if part.below or count > 2 else ()
    if len(wide) == 1 and all(is_row_number(cell) for cell in lone):
        cells = tuple(cell for cell in wide[0].cells if cell.kind != "unit")
        cells = fit_cells(cells, count) if wide[0].parted else cells
        return cells if len(cells) == count else ()
    return row.figures if is_broken(row, wide, part, form) and not lone else ()


def one_cell(run: Run) -> Cell:
    """Return what stands on one line as one cell: `1 2` is no figure."""
    first = run.cells[0]
    return replace(first, text=" ".join(cell.text for cell in run.cells)) if len(run.cells) > 1 else first


def is_broken(row: TextRow, wide: Sequence[Run], part: Part, form: Form) -> bool:
    """Return whether the figures of a row are broken over lines: the row that must come next in the form does.

    So no other row can have begun on the second line with its label lost.
    """
    if any(run.parted or len(run.cells) < 2 for run in wide) or not wide[0].inline or part.columns is None:
        return False
    order = list(
        dict.fromkeys(code for codes in form.tables[part.columns.table].rows.values() for code in codes)
    )
    own = [code for code in row.codes if code in order]
    following = part.items[part.items.index(row) + 1 :]
    after = following[0].codes if following and isinstance(following[0], TextRow) else ()
    if not own:
        return False
    expected = order[order.index(own[0]) + 1 : order.index(own[0]) + 2]
    return not expected or expected[0] in after


def fit_cells(cells: tuple[Cell, ...], count: int) -> tuple[Cell, ...]:
    """Return the cells of a line without the blank ones behind them, where none of the first is blank."""
    filled = [bool(cell.text) for cell in cells]
    return cells[:count] if all(filled[:count]) and not any(filled[count:]) else cells


def has_all(names: Sequence[str], codes: Sequence[str], form: Form) -> bool:
    """Return whether columns are all that the cells of a row have in the form."""
    cells = {find_cell(form, codes, name) for name in names if name}
    return len(cells - {None}) == len(cells_of(form, codes)) or is_heading(codes, form)


def show_cells(cells: Sequence[Cell]) -> str:
    """Return figures as they are quoted in a finding."""
    return " ".join(cell.text for cell in cells)
