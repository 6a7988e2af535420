"""Text to the figures of the forms since 2019: tables that lost their grid, a row a line or a cell a line.

What is not certainly a row's own figures is lost, loudly. No sum decides whose a figure is; an order of columns
that the rows' own sums deny is not taken.
"""

from collections.abc import Sequence
from dataclasses import replace

from flows.codebook import Form
from flows.errors import Text
from flows.extract.choice import MIN_FIGURES
from flows.extract.columns import in_order, label_of, row_codes
from flows.extract.figures import (
    GROUPS,
    OUTCOMES,
    Figure,
    Reader,
    RowLabel,
    is_heading,
    keep_row_figures,
    lose_row,
    lose_unknown,
    miscounted,
    states_figure,
)
from flows.extract.headings import find_headings
from flows.extract.labels import MAX_ODD, is_numbered
from flows.extract.textcells import Cell
from flows.extract.textparts import IN_PLACE, Part, align_row, count_cells, row_names, split_parts
from flows.extract.textrows import Head, Stray, TextRow, count_known, find_rows, is_below, is_parted

NO_COLUMNS = Text("no heading of its columns stands above it", "其上没有相应的列标题")
UNSURE = Text("words before it could be a part of its label", "其前的文字可能属于该标签")
DENIED = Text(
    "the rows add up in the form's order of columns and not in that of the headings above",
    "各行按表式列序相加相符，按其上所印列标题则不符",
)
SHIFTED = Text(
    "figures stand above the first label, so each may belong to the label above or below it",
    "首个标签之上已有数字，无法判断数字属于上方还是下方的标签",
)


def read_stream(reader: Reader, cells: Sequence[Cell]) -> None:
    """Keep every figure of the form's tables that the cells of a text state under its cell."""
    if count_known(cells, reader.form) < MIN_FIGURES and not find_headings(cells, reader.form):
        return
    items = find_rows(cells, reader.form)
    parts = split_parts(items, reader.form)
    # Where separators tell blank cells, a row without any has lost its cells.
    whole = not is_parted(items) and not any(has_lost_figures(part) for part in parts)
    for part in parts:
        begin_part(reader, part)
        if whole and part.line is not None and is_unfilled(part):
            read_blank(
                reader, TextRow("", case_groups(reader.form), part.line.end, (part.line,) * 2, ()), part
            )
        for place, item in enumerate(part.items):
            if isinstance(item, Stray):
                read_stray(reader, item, part, place)
            elif isinstance(item, TextRow) and (item.figures or part.columns is None):
                read_row(reader, item, part)
            elif isinstance(item, TextRow) and is_row(item, part, reader.form):
                if whole and part.spacing < 0 and is_blank(part, place):
                    read_blank(reader, item, part)
                else:
                    read_row(reader, item, part)


def has_lost_figures(part: Part) -> bool:
    """Return whether figures of a part stand by themselves, so that labels without any may have lost theirs."""
    places = [
        at for at, item in enumerate(part.items)
        if isinstance(item, Stray) and not item.words and len(item.figures) > 1
    ]  # fmt: skip
    own = part.columns is None or (part.columns.table == "cases" and places == [0])
    return bool(places) and not own


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
    elif why := find_doubt(row, part):
        lose_row(reader, label, show_cells(row.figures), why)
    elif figures := align_row(row, codes, part, form):
        keep_row_figures(reader, label, figures)
    elif any(cell.kind != "blank" for cell in row.figures) or not is_heading(codes, form):
        lose_row(
            reader, label, show_cells(row.figures), miscounted(texts_of(row.figures), len(columns.names))
        )


def find_doubt(row: TextRow, part: Part) -> Text | None:
    """Return why the figures of a row may be another row's or column's, None where nothing says so."""
    doubts = ((part.denied, DENIED), (row.doubtful, UNSURE), (part.shifted, SHIFTED))
    return next((why for doubted, why in doubts if doubted), None)


def is_row(row: TextRow, part: Part, form: Form) -> bool:
    """Return whether a label alone is that of a row with figures, and not the heading of a column."""
    codes = row_codes(form, part.columns.table, row.label) if part.columns else ()
    if not codes or is_heading(codes, form):
        return False
    return is_numbered(row.label) or label_of(row.label) not in form.column_spellings


def is_blank(part: Part, place: int) -> bool:
    """Return whether a label without figures has none: nothing that follows it could be one of them.

    That is so where the next row with figures has no more than its own, and none stand between them.
    """
    row = part.items[place]
    if part.shifted or part.denied or part.crowded or not isinstance(row, TextRow) or row.doubtful:
        return False
    for item in part.items[place + 1 :]:
        if isinstance(item, Stray):
            if item.figures or any(map(IN_PLACE.search, (word.text for word in item.words))):
                return False
        elif isinstance(item, TextRow) and item.figures:
            return count_cells(item) <= len(row_names(item, part))
    return True


def is_unfilled(part: Part) -> bool:
    """Return whether a title or a sentence follows the headings of all groups of cases at once, whose row has no label.

    Where nothing parts figures, a row of them may look like a word.
    """
    grouped = part.columns is not None and len(part.columns.names) == len(GROUPS) * len(OUTCOMES)
    items = [item for item in part.items if not isinstance(item, Head)]
    words = [cell.text for item in items if isinstance(item, Stray) for cell in item.words]
    goes_on = not words or is_numbered(words[0]) or "。" in words[0]
    odd = any(len(word) <= MAX_ODD and IN_PLACE.search(word) for word in words)
    return grouped and goes_on and not odd and not part.glued and not any(item.figures for item in items)


def case_groups(form: Form) -> tuple[str, ...]:
    """Return the codes of the groups of cases, which share one row."""
    return tuple(f"v{form.form}.{group}" for group in GROUPS)


def read_blank(reader: Reader, row: TextRow, part: Part) -> None:
    """Keep the cells of a row without figures as blank."""
    assert part.columns is not None
    codes = row_codes(reader.form, part.columns.table, row.label) or row.codes
    end = row.start + len(row.label)
    figures = [Figure(name, "", f"text {end}-{end}", "") for name in row_names(row, part) if name]
    if figures:
        keep_row_figures(reader, RowLabel(row.label, codes, row.locator), figures)
    else:
        read_row(reader, row, part)


def read_stray(reader: Reader, stray: Stray, part: Part, place: int) -> None:
    """Read the figures right below the headings of cases, or lose a row of figures whose label is not known."""
    columns, cells, codes = part.columns, stray.figures, case_groups(reader.form)
    if columns is None or not cells:
        return
    if columns.table == "cases" and place == 0:
        row = TextRow("", codes, cells[0].start, (cells[0].line,) * 2, stray.runs, gap=stray.gap)
        figures = align_row(row, codes, replace(part, below=is_below([row])), reader.form)
        label = RowLabel("".join(cell.text for cell in stray.words), codes, cells[0].locator)
        if figures:
            keep_row_figures(reader, label, figures)
        else:
            lose_row(reader, label, show_cells(cells), miscounted(texts_of(cells), len(columns.names)))
    elif (
        len(stray.runs[0].cells) >= min(2, len(columns.names))
        and any(states_figure(cell.text) for cell in cells)
        and stray.words
    ):
        line = [cell for cell in stray.words if cell.line is stray.words[-1].line]
        label = RowLabel("".join(cell.text for cell in line), (), line[0].locator)
        lose_unknown(reader, label, show_cells(cells))


def show_cells(cells: Sequence[Cell]) -> str:
    """Return figures as they are quoted in a finding."""
    return " ".join(texts_of(cells))


def texts_of(cells: Sequence[Cell]) -> list[str]:
    """Return what cells print."""
    return [cell.text for cell in cells]
