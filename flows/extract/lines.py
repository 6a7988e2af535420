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
    rf"(?P<value>[+\-－−]?[0-9０-９][0-9０-９,，.．]*|无|[-—–/／]+)\s*(?P<unit>{UNIT})?[\s|｜]*$"
)
UNIT_AT_END = re.compile(rf"\s*(?P<unit>{UNIT})[\s|｜]*$")
CJK = re.compile(r"[\u4e00-\u9fff]")
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

    Raises FormError where the text holds two tables of the form that differ, or row numbers
    that cannot be told from figures.
    """
    lines = list(read_lines(document.text, form))
    tables = [table for table in split_tables(lines, form) if count_rows(table) >= 10]
    if not tables:
        return ()
    rows = [tuple(line_rows(table, form)) for table in tables]
    best = max(rows, key=len)
    for other in rows:
        check_same(best, other)
    return best


def read_lines(text: str, form: Form) -> Iterator[Line]:
    """Yield the lines of a text, a broken heading joined where the whole is a known one."""
    spans = [match.span() for match in re.finditer(r"[^\n]*[^\s][^\n]*", text)]
    index = 0
    while index < len(spans):
        joined, line = 0, read_line(text, *spans[index], form)
        if may_go_on(line):
            for more, (_, end) in enumerate(spans[index + 1 : index + MAX_JOINED], start=1):
                whole = read_line(text, line.start, end, form)
                # A heading may be known without its last characters, which then stand before the figure below.
                if whole.label is not None and (
                    line.label is None or is_rest(text[spans[index + more][0] : end])
                ):
                    joined, line = more, whole
                    break
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
    head = head.strip().strip("|｜").strip()
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
    return [list(lines[max(0, run[0] - 2) : run[-1] + 3]) for run in runs]


def count_rows(table: Sequence[Line]) -> int:
    """Return how many different known rows a run of lines holds."""
    return len({line.label for line in table if line.label is not None})


def line_rows(table: Sequence[Line], form: Form) -> Iterator[PrintedRow]:
    """Yield the printed rows of one run of lines."""
    inline = sum(line.value is not None for line in table if is_value_row(line, form))
    below = sum(
        is_value_row(line, form) and line.value is None and value_below(table, index)[0] is not None
        for index, line in enumerate(table)
    )
    cell_a_line = below > inline
    if cell_a_line and any(form.column_spellings.get(clean_label(x.text)) == NUMBER_COLUMN for x in table):
        raise FormError(
            f"text {table[0].start}-{table[-1].end}: one cell a line with a column of row numbers, which "
            "cannot be told from figures. Find the report in another format.",
            f"text {table[0].start}-{table[-1].end}：每行一格且有序号列，序号与数字无法区分。请寻找该报告的其他格式。",
        )
    last = max(index for index, line in enumerate(table) if is_value_row(line, form))
    taken: set[int] = set()
    for index, line in enumerate(table):
        if line.label is not None:
            yield known_row(table, index, cell_a_line, taken, form)
        elif index not in taken and 0 < index < last and is_unknown_row(line):
            yield PrintedRow((line.text[: line.at[0] - line.start],), line.value, line.unit, locate(line.at))


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
    taken.update(range(index + 1, index + 3) if unit else (index + 1,))
    # In a table of a row a line, a number alone below an empty row may as well be a page number.
    return PrintedRow(heading, below.value, line.unit or unit, locate(below.at), merged=not cell_a_line)


def value_below(table: Sequence[Line], index: int) -> tuple[Line | None, str]:
    """Return the line below a heading that is nothing but a figure, and the unit line between them."""
    unit = ""
    for line in table[index + 1 : index + 3]:
        if line.label is not None:
            return None, unit
        if not unit and find_unit(line.text):
            unit = find_unit(line.text)
        elif line.value is not None and not line.text[: line.at[0] - line.start].strip("|｜ \t"):
            return line, unit
        else:
            return None, unit
    return None, unit


def is_unknown_row(line: Line) -> bool:
    """Return whether a line looks like a row of the table under a heading that we do not know."""
    head = clean_label(line.text[: line.at[0] - line.start])
    return line.value is not None and len(CJK.findall(head)) >= 2


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
