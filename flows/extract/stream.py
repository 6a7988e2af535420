"""Text to the figures of the forms since 2019: tables that lost their grid, a row a line or a cell a line.

The words before figures end with the label of their row; before the label may stand the headings of
a table's columns. Without a grid only the number of figures tells which is which, so a row
counts only when it has exactly as many as its table has columns, or where separators tell blank
cells too.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flows.cells import NUMBERING, clean_label, fold_text, noted_unit
from flows.errors import Text
from flows.extract.blocks import Block, Cell, Run, read_blocks
from flows.extract.columns import (
    STUBS,
    all_codes,
    in_order,
    is_group,
    join_stacked,
    last_headings,
    last_label,
    row_codes,
    tells_table,
)
from flows.extract.figures import (
    GROUPS,
    OUTCOMES,
    Figure,
    Reader,
    RowLabel,
    cells_of,
    find_cell,
    finish_reading,
    is_heading,
    keep_row_figures,
    lose_row,
    lose_unknown,
    miscounted,
    states_figure,
)
from flows.extract.match import Matched
from flows.model import Document, Grid
from flows.registry import Form

MAX_LINES = 4  # lines over which a label may be broken
MAX_HEADINGS = 120  # cells of words that can be the headings of columns
SENTENCE = re.compile(r"[。：:；;]$|^[(（]?[一二三四五六七八九十]{1,3}[)）、]")


@dataclass(frozen=True)
class Columns:
    """The columns in force: of which table, their names in order (none where they cannot be told), their unit."""

    table: str
    names: tuple[str, ...]
    unit: str = ""


@dataclass(frozen=True)
class Found:
    """The label that ends the words of a block: its cells, its codes, and how many lines it takes here and in the next block."""

    text: str
    start: int
    codes: tuple[str, ...]
    lines: int = 0
    more: int = 0


def read_stream(document: Document, form: Form, read: Sequence[Grid] = ()) -> Matched:
    """Return every figure of the form's tables that the text holds outside of the grids read before, under its cell."""
    reader = Reader(form)
    text = document.text
    for grid in read:
        text = text[: grid.start] + "\n" * (grid.end - grid.start) + text[grid.end :]
    blocks = [block for block in read_blocks(text, form) if block.words]
    lines = [run.inline for block in blocks for run in block.runs[:1]]
    cell_a_line = sum(lines) * 2 < len(lines)
    if not cell_a_line:
        blocks = drop_page_numbers(blocks)
    columns: Columns | None = None
    for at, block in enumerate(blocks):
        columns = read_block(
            reader, block, blocks[at + 1] if at + 1 < len(blocks) else Block(), columns, cell_a_line
        )
    return finish_reading(reader)


def read_block(
    reader: Reader, block: Block, following: Block, columns: Columns | None, cell_a_line: bool
) -> Columns | None:
    """Read one block and return the columns in force behind it."""
    form = reader.form
    alone = find_columns(block.words, form)
    if alone is not None and alone.table == "cases" and block.runs:
        return read_alone(reader, alone, block)
    found = find_label(block, following, form) if block.runs else None
    if found is None:
        columns = begin_columns(reader, alone or find_above(block.words, form)) or columns
        lose_empty(reader, block.words, columns)
        if block.runs and columns:
            lose_words(reader, block, columns)
        return columns
    del following.words[: found.more]
    before = block.words[: len(block.words) - found.lines]
    columns = begin_columns(reader, find_columns(before, form)) or columns
    lose_empty(reader, before, columns)
    read_row(reader, found, block.runs, columns, cell_a_line)
    return columns


def drop_page_numbers(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks of a text of a row a line without numbers that stand alone on a line: those of pages."""
    kept: list[Block] = []
    for block in blocks:
        alone = len(block.runs) == 1 and len(block.runs[0].cells) == 1 and not block.runs[0].inline
        runs = [] if alone else block.runs
        if kept and not kept[-1].runs:
            kept[-1] = Block([*kept[-1].words, *block.words], runs)
        else:
            kept.append(Block(block.words, runs))
    return kept


def find_above(lines: Sequence[Sequence[Cell]], form: Form) -> Columns | None:
    """Return the columns that lines name before a few more that are not known."""
    return next((found for cut in range(1, MAX_LINES) if (found := find_columns(lines[:-cut], form))), None)


# Labels of rows


def find_label(block: Block, following: Block, form: Form) -> Found | None:
    """Return the longest known row label that ends a block's words; its last lines may stand behind the figures."""
    best: Found | None = None
    for lines in range(1, min(MAX_LINES, len(block.words)) + 1):
        own = [cell for line in block.words[-lines:] for cell in line]
        for more in range(min(MAX_LINES, len(following.words))):
            rest = [cell for line in following.words[:more] for cell in line]
            text = "".join(cell.text for cell in [*own, *rest])
            if (label := last_label(text, form)) and (best is None or len(label) > len(best.text)):
                best = Found(label, own[0].start, all_codes(form, label), lines, more)
    return best


# Headings of columns


def begin_columns(reader: Reader, columns: Columns | None) -> Columns | None:
    """Note that other columns begin, and whether they stand in another order than the form's."""
    if columns is not None:
        reader.part += 1
        if columns.names and not in_order(columns.names, columns.table, reader.form):
            reader.turned[reader.part] = ("", [])
    return columns


def find_columns(lines: Sequence[Sequence[Cell]], form: Form) -> Columns | None:
    """Return the columns that the last words of some lines name, or None where they name none."""
    for name in form.tables:
        known = headings(name, form)
        words = [cell.text for line in lines for cell in line][-MAX_HEADINGS:]
        found = name_columns(words, name, known, form)
        if found is None and len(lines) > 1:
            above, below = ([cell.text for cell in line] for line in lines[-2:])
            if stacked := join_stacked(above, below, known):
                words = [cell.text for line in lines[:-2] for cell in line][-MAX_HEADINGS:]
                found = name_columns([*words, *stacked], name, known, form)
        if found is not None:
            return found
    return None


def name_columns(words: Sequence[str], name: str, known: Mapping[str, str], form: Form) -> Columns | None:
    """Return the columns of one table that the last words name, or None where they name none of them."""
    first, codes = last_headings(words, known)
    if not any(tells_table(code) for code in codes if code not in STUBS) or is_group(codes[-1]):
        return None
    sure = is_complete(codes, name, form) or (stands_alone(words[:first]) and may_lack(codes, name))
    return Columns(
        name, tuple(order_columns(codes, name, form)) if sure else (), noted_unit("".join(words[first:]))
    )


def headings(name: str, form: Form) -> Mapping[str, str]:
    """Return what can stand among the headings of a table's columns: also the titles of its sections."""
    table = form.tables[name]
    sections = [label for label, codes in table.rows.items() if name == "art20" and is_heading(codes, form)]
    return {
        **dict.fromkeys(map(str, sections), "label"),
        **{str(label): code for label, code in table.columns.items()},
    }


def is_complete(codes: Sequence[str], name: str, form: Form) -> bool:
    """Return whether headings are all that a table has, so that none before them is missed."""
    named = [code for code in codes if code not in STUBS and not is_group(code)]
    if name == "applications":
        return set(named) == set(form.applicants)
    if name == "cases":
        return named in (list(OUTCOMES), list(OUTCOMES) * len(GROUPS))
    return codes[0] == "label"


def may_lack(codes: Sequence[str], name: str) -> bool:
    """Return whether headings can be all that a report prints: of applicants, one or two may be left out."""
    return name != "applications" or ("natural_person" in codes and len(set(codes) - STUBS) >= 5)


def stands_alone(before: Sequence[str]) -> bool:
    """Return whether nothing stands before the headings that could be one of them, spelled in a way not known."""
    return not before or bool(SENTENCE.search(before[-1])) or len(before[-1]) > 15


def order_columns(codes: Sequence[str], name: str, form: Form) -> list[str]:
    """Return the names of columns from left to right; none where the order of the text does not tell."""
    named = ["" if code == "note" else code for code in codes if code not in STUBS - {"note"}]
    if name == "cases":
        return order_cases(named, form)
    if len(set(named)) != len(named):
        return []
    if name == "applications" and "organisations" in codes:
        return order_nested(codes)
    return named


def order_nested(codes: Sequence[str]) -> list[str]:
    """Return the kinds of applicant from left to right where those of organisations stand below a heading of their own.

    `自然人 法人或其他组织 总计` comes before `商业企业 …`, which stand between the last two.
    """
    named = [code for code in codes if code not in ("label", "applicants", "note")]
    at = named.index("organisations")
    before, after = named[:at], named[at + 1 :]
    below = [code for code in after if code not in ("total", "natural_person")]
    if not below or "total" in before or named.index("natural_person") > named.index(below[0]):
        return []
    own = [code for code in ("natural_person", "total") if code in after]
    first = [code for code in own if code == "natural_person"]
    return [
        *before,
        *first,
        *below,
        *(code for code in own if code == "total"),
        *([""] if "note" in codes else []),
    ]


def order_cases(named: Sequence[str], form: Form) -> list[str]:
    """Return the columns of cases: all three groups in the form's order, or one group, or outcomes alone."""
    groups = [code for code in named if is_group(code)]
    outcomes = [code for code in named if not is_group(code)]
    if outcomes == list(OUTCOMES) * len(GROUPS):
        expected = [f"v{form.form}.{group}" for group in GROUPS]
        return (
            [f"{group}.{outcome}" for group in expected for outcome in OUTCOMES] if groups == expected else []
        )
    if len(set(outcomes)) != len(outcomes) or len(groups) > 1:
        return []
    return [f"{groups[0]}.{outcome}" for outcome in outcomes] if groups else outcomes


# Rows of figures


def read_alone(reader: Reader, columns: Columns, block: Block) -> Columns:
    """Read the figures right below the headings of cases, which have no label of their own."""
    begin_columns(reader, columns)
    codes = tuple(f"v{reader.form.form}.{group}" for group in GROUPS)
    words = block.words[-1]
    label = RowLabel("", codes, words[-1].locator)
    figures = align_runs(block.runs, columns, codes, reader.form, cell_a_line=True)
    if figures is None:
        cells = [cell for run in block.runs for cell in run.cells]
        lose_row(reader, label, show_runs(block.runs), miscounted(len(cells), len(columns.names)))
    else:
        keep_row_figures(reader, label, figures)
    return columns


def read_row(
    reader: Reader, found: Found, runs: Sequence[Run], columns: Columns | None, cell_a_line: bool
) -> None:
    """Keep the figures of one row under their cells, or lose it with a finding."""
    label = RowLabel(found.text, found.codes, f"text {found.start}-{found.start + len(found.text)}")
    if columns is None or not row_codes(reader.form, columns.table, found.text):
        if columns is not None or not is_heading(found.codes, reader.form):
            why = Text("no heading of its columns stands above it", "其上没有相应的列标题")
            lose_row(reader, label, show_runs(runs), why)
        return
    label = RowLabel(found.text, row_codes(reader.form, columns.table, found.text), label.locator)
    figures = align_runs(runs, columns, label.codes, reader.form, cell_a_line)
    if figures is None:
        lose_row(reader, label, show_runs(runs), miscounted(len(runs[0].cells), len(columns.names)))
    else:
        keep_row_figures(reader, label, figures)


def align_runs(
    runs: Sequence[Run], columns: Columns, codes: Sequence[str], form: Form, cell_a_line: bool
) -> list[Figure] | None:
    """Return the figures of a row under the columns, or None where their number does not tell which is whose.

    Figures of one row stand on one line or each on its own; after a full line only the number of
    a page may follow. Where no separators tell blank cells, a heading that is missing could hide
    one, so the columns must be all that the row has in the form.
    """
    count, first = len(columns.names), runs[0]
    cells = first.cells
    if not first.inline and len(cells) == 1:
        if not cell_a_line or any(len(run.cells) != 1 for run in runs):
            return None
        cells = tuple(run.cells[0] for run in runs)
    elif any(len(run.cells) > 1 for run in runs[1:]):
        return None
    cells = fit_cells(cells, count) if first.parted else cells
    if len(cells) != count or not (first.parted or has_all(columns.names, codes, form)):
        return None
    return [
        Figure(name, cell.text, cell.locator, columns.unit if name == "amount" else "")
        for name, cell in zip(columns.names, cells, strict=True)
        if name
    ]


def has_all(names: Sequence[str], codes: Sequence[str], form: Form) -> bool:
    """Return whether columns are all that the cells of a row have in the form."""
    cells = {find_cell(form, codes, name) for name in names if name}
    return len(cells - {None}) == len(cells_of(form, codes)) or is_heading(codes, form)


def fit_cells(cells: tuple[Cell, ...], count: int) -> tuple[Cell, ...]:
    """Return the cells of a line without the blank ones behind them, where none of the first is blank."""
    filled = [bool(cell.text) for cell in cells]
    return cells[:count] if all(filled[:count]) and not any(filled[count:]) else cells


def show_runs(runs: Sequence[Run]) -> str:
    """Return the figures of runs as they are quoted in a finding."""
    return " ".join(cell.text for run in runs for cell in run.cells)


def lose_words(reader: Reader, block: Block, columns: Columns) -> None:
    """Lose a row of figures under a label that is not known."""
    cells = block.runs[0].cells
    if len(cells) >= min(2, len(columns.names)) and any(states_figure(cell.text) for cell in cells):
        line = block.words[-1]
        label = RowLabel("".join(cell.text for cell in line), (), line[0].locator)
        lose_unknown(reader, label, show_runs(block.runs))


def lose_empty(reader: Reader, lines: Sequence[tuple[Cell, ...]], columns: Columns | None) -> None:
    """Lose the rows whose labels stand alone: their cells are blank, or their figures are lost."""
    for line in lines if columns else ():
        text = "".join(cell.text for cell in line)
        codes = row_codes(reader.form, columns.table, text) if columns else ()
        numbered = NUMBERING.match(fold_text(text))
        if (
            codes
            and not is_heading(codes, reader.form)
            and (numbered or clean_label(text) not in reader.form.column_spellings)
        ):
            label = RowLabel(text, codes, line[0].locator)
            lose_row(reader, label, "", miscounted(0, len(columns.names) if columns else 0))
