"""Text to printed rows: a table that lost its grid, a row a line (glued or spaced) or a cell a line.

The real text of Huairou's report for 2018 is such a one: label, unit and number stand on one
line with nothing between them, and most units are lost.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flows.cells import UNITS, clean_label, find_unit, parse_value
from flows.errors import FormError
from flows.extract.tables import PrintedRow
from flows.model import Document, Label
from flows.registry import Form

UNIT = "|".join(re.escape(unit) for unit in UNITS)
FIGURE_AT_END = re.compile(
    rf"(?P<value>(?:(?<![^\s|｜])[+\-－−])?[0-9０-９][0-9０-９,，.．]*|无|[-—–/／]+)\s*(?P<unit>{UNIT})?[\s|｜]*$"
)
UNIT_AT_END = re.compile(rf"\s*(?P<unit>{UNIT})[\s|｜]*$")
CJK = re.compile(r"[\u4e00-\u9fff]")
ROW_NUMBER = re.compile(r"^\d{1,3}[\s|｜]+(?=\S)")
NUMBER_COLUMN = "number"
MAX_JOINED = 3  # lines over which a long heading may be broken
MAX_GAP = 8  # lines without a known row inside one table: page heads, notes


@dataclass(frozen=True)
class Line:
    """One line (or a heading broken over several) with what it can be read as."""

    start: int
    end: int
    text: str
    label: Label | None = None
    unit: str = ""
    value: str | None = None
    at: tuple[int, int] = (0, 0)


def text_rows(document: Document, form: Form) -> tuple[PrintedRow, ...]:
    """Return the printed rows of the document's text, or none where it holds no table of the form.

    A table may be cut in several by pages or notes, or printed twice. Raises FormError where two
    differ in most figures, or where row numbers cannot be told from figures.
    """
    lines = list(read_lines(document.text, form))
    tables = [table for table in split_tables(lines, form) if count_rows(table) >= 10]
    rows = [tuple(line_rows(table, form)) for table in tables]
    best = max(rows, key=len, default=())
    for other in rows:
        check_same(best, other)
    return tuple(row for table in rows for row in table)


def read_lines(text: str, form: Form) -> Iterator[Line]:
    """Yield the lines of a text, a broken heading joined where the whole is a known one."""
    spans = [match.span() for match in re.finditer(r"[^\n]*[^\s][^\n]*", text)]
    index = 0
    while index < len(spans):
        joined, line = 0, read_line(text, *spans[index], form)
        if may_go_on(line):
            for more, (start, end) in enumerate(spans[index + 1 : index + MAX_JOINED], start=1):
                whole = read_line(text, line.start, end, form)
                # A heading may be known without its last characters, which then stand before the figure below.
                if whole.label is not None and (line.label is None or is_rest(text[start:end])):
                    joined, line = more, whole
        yield line
        index += joined + 1


def may_go_on(line: Line) -> bool:
    """Return whether a line can be the beginning of a heading: words, and no figure at its end."""
    return line.value is None and len(CJK.findall(line.text)) >= 2


def is_rest(text: str) -> bool:
    """Return whether a line is the rest of a broken heading with its figure, not a unit or a figure alone."""
    figure = FIGURE_AT_END.search(text)
    return (
        figure is not None
        and bool(CJK.search(text[: figure.start()]))
        and not find_unit(text[: figure.start()])
    )


def read_line(text: str, start: int, end: int, form: Form) -> Line:
    """Return what a stretch of text can be read as: a known heading with its unit and figure, or neither."""
    piece = text[start:end]
    figure = FIGURE_AT_END.search(piece)
    value = figure["value"] if figure else None
    at = (start + figure.start("value"), start + figure.end("value")) if figure else (end, end)
    for head, found in ((piece[: figure.start()], value), (piece, None)) if figure else ((piece, None),):
        label, unit = find_row(head, form)
        if label is not None:
            unit = unit or (figure["unit"] or "" if figure and found is not None else "")
            return Line(start, end, piece, label, unit, found, at if found is not None else (end, end))
    return Line(start, end, piece, None, figure["unit"] or "" if figure else "", value, at)


def find_row(head: str, form: Form) -> tuple[Label | None, str]:
    """Return the known label that a heading is, and the unit glued to its end, if any."""
    head = ROW_NUMBER.sub("", head.strip().strip("|｜").strip())
    label = clean_label(head.replace("|", ""))
    if label in form.row_spellings:
        return label, ""
    if match := UNIT_AT_END.search(head):
        label = clean_label(head[: match.start()].rstrip("|｜ \t"))
        if label in form.row_spellings:
            return label, match["unit"]
    return None, ""


def is_value_row(line: Line, form: Form) -> bool:
    """Return whether a line is a known row that can hold a figure."""
    return line.label is not None and any(not row.is_heading for row in form.row_spellings[line.label])


def split_tables(lines: Sequence[Line], form: Form) -> list[list[Line]]:
    """Return the runs of lines in which known rows follow each other closely."""
    known = [index for index, line in enumerate(lines) if is_value_row(line, form)]
    runs: list[list[int]] = []
    for index in known:
        if runs and index - runs[-1][-1] <= MAX_GAP * 2:
            runs[-1].append(index)
        else:
            runs.append([index])
    return [list(lines[max(0, run[0] - 2) : run[-1] + 4]) for run in runs]


def count_rows(table: Sequence[Line]) -> int:
    """Return how many different known rows a run of lines holds."""
    return len({line.label for line in table if line.label is not None})


def line_rows(table: Sequence[Line], form: Form) -> Iterator[PrintedRow]:
    """Yield the printed rows of one run of lines."""
    rows = [index for index, line in enumerate(table) if is_value_row(line, form)]
    inline = sum(table[index].value is not None for index in rows)
    below = sum(table[index].value is None and value_below(table, index)[0] is not None for index in rows)
    cell_a_line = below > inline
    if cell_a_line:
        check_numbers(table, rows, form)
    taken: set[int] = set()
    for index, line in enumerate(table):
        if line.label is not None:
            yield known_row(table, index, cell_a_line, taken, form)
        elif index not in taken and index > 0 and (index < rows[-1] or is_number(line)):
            yield from unknown_row(table, index, cell_a_line, taken, form)


def check_numbers(table: Sequence[Line], rows: Sequence[int], form: Form) -> None:
    """Raise FormError where a table of a cell a line has a column of row numbers: with a blank cell they pass for figures."""
    taken = {at for index in rows for at in below_places(table, index)}
    alone = [index for index in range(rows[-1]) if is_number(table[index]) and index not in taken]
    headed = any(form.column_spellings.get(clean_label(line.text)) == NUMBER_COLUMN for line in table)
    if headed or rows[0] - 1 in alone or len(alone) * 2 > len(rows):
        raise FormError(
            f"text {table[0].start}-{table[-1].end}: one cell a line with a column of row numbers, which "
            "cannot be told from figures. Find the report in another format.",
            f"text {table[0].start}-{table[-1].end}：每行一格且有序号列，序号与数字无法区分。请寻找该报告的其他格式。",
        )


def known_row(
    table: Sequence[Line], index: int, cell_a_line: bool, taken: set[int], form: Form
) -> PrintedRow:
    """Return the row of a known heading; its figure may stand on a line below it."""
    line = table[index]
    assert line.label is not None
    heading = (str(line.label),)
    if line.value is not None or not is_value_row(line, form):
        return PrintedRow(heading, line.value, line.unit, locate(line.at))
    below, unit = value_below(table, index)
    if below is None:
        return PrintedRow(heading, "", line.unit or unit, locate(line.at))
    taken.update(below_places(table, index))
    # In a table of a row a line, a number alone below an empty row may as well be a page number.
    return PrintedRow(heading, below.value, line.unit or unit, locate(below.at), merged=not cell_a_line)


def unknown_row(
    table: Sequence[Line], index: int, cell_a_line: bool, taken: set[int], form: Form
) -> Iterator[PrintedRow]:
    """Yield a line as a row under a heading that we do not know, where it looks like one."""
    line = table[index]
    below, unit = value_below(table, index)
    if line.value is not None and (CJK.search(line.text) or is_number(line)):
        yield PrintedRow((line.text[: line.at[0] - line.start],), line.value, line.unit, locate(line.at))
    elif cell_a_line and may_go_on(line) and not find_unit(line.text) and below is not None:
        taken.update(below_places(table, index))
        yield PrintedRow((line.text,), below.value, unit, locate(below.at))
    elif begins_known(line, form):
        yield PrintedRow((line.text,), "", "", locate((line.start, line.end)))


def begins_known(line: Line, form: Form) -> bool:
    """Return whether a line begins with a known heading and goes on with something that is no figure."""
    label = clean_label(line.text)
    return any(label.startswith(known) for known in form.row_spellings if len(known) > 3)


def below_places(table: Sequence[Line], index: int) -> range:
    """Return the places of the lines below a heading that hold its unit and its figure."""
    below, unit = value_below(table, index)
    return (
        range(index + 1, index + (2 if below is None else 3))
        if unit
        else range(index + 1, index + (below is not None) + 1)
    )


def is_alone(line: Line) -> bool:
    """Return whether a line is nothing but a figure, or the word or dash in place of one."""
    return line.value is not None and not line.text[: line.at[0] - line.start].strip("|｜ \t")


def is_number(line: Line) -> bool:
    """Return whether a line is nothing but digits: a figure, or a part of one that is broken over two lines."""
    return is_alone(line) and bool(re.search(r"\d", line.value or ""))


def value_below(table: Sequence[Line], index: int) -> tuple[Line | None, str]:
    """Return the line below a heading that is nothing but a figure, and the unit line between them."""
    unit = ""
    for line in table[index + 1 : index + 3]:
        if line.label is not None:
            return None, unit
        if not unit and find_unit(line.text):
            unit = find_unit(line.text)
        elif is_alone(line):
            return line, unit
        else:
            return None, unit
    return None, unit


def locate(at: tuple[int, int]) -> str:
    """Return the locator of a stretch of text, in characters from its beginning."""
    return f"text {at[0]}-{at[1]}"


def check_same(best: Sequence[PrintedRow], other: Sequence[PrintedRow]) -> None:
    """Raise FormError where two tables of the form in one text state different figures."""
    stated = {row.headings: row.value for row in best}
    differ = [
        row for row in other
        if row.headings in stated and parse_value(stated[row.headings] or "") != parse_value(row.value or "")
    ]  # fmt: skip
    if len(differ) > len(other) // 4:
        raise FormError(
            f"two tables of the same form with different figures ({differ[0].headings[0]}: {differ[0].locator}), "
            "expected one report. Cut the file in two.",
            f"同一表式有两张数字不同的表（{differ[0].headings[0]}：{differ[0].locator}），应只有一份报告。请将文件拆开。",
        )
