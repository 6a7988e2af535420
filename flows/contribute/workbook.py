"""The Excel twin of a contribution, read strictly: text and plain numbers, nothing computed, nothing that a format changes."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from flows.contribute.faults import Fault
from flows.contribute.rows import MAX_ROWS, Table, check_header, odd_row
from flows.errors import ReadError, Text
from flows.read.office import XLSX, Element, find_part, find_targets, open_package, read_part
from flows.read.shown import plain_digits, show_cell_number
from flows.read.xlsx import COUNT, NUMBER, Words, find_id, find_place, find_shared, read_words, rich_text

Sheets = dict[str, Table]


def read_workbook(
    file: str, data: bytes, columns: Mapping[str, Sequence[str]]
) -> tuple[Sheets, tuple[Fault, ...]]:
    """Return the tables of a workbook by the names of its sheets, as far as they are there, and what is wrong with the file."""
    try:
        package = open_package(data, file, XLSX)
        main = find_part(package, "", "officeDocument") or "xl/workbook.xml"
        book = read_part(package, main)
        words = read_words(package, main, book)
        targets = find_targets(package, main, "worksheet")
        paths = {
            about.get("name", ""): targets.get(find_id(about), "")
            for about in book.iterfind("{*}sheets/{*}sheet")
        }
        sheets = {
            name: read_sheet(f"{file}[{name}]", read_part(package, paths[name]), words, tuple(wanted))
            for name, wanted in columns.items()
            if paths.get(name)
        }
    except (ReadError, ValueError) as error:
        found = error.text if isinstance(error, ReadError) else Text(str(error), str(error))
        return {}, (Fault("not_workbook", file, found),)
    missing = [name for name in columns if name not in sheets]
    faults = (
        Fault("no_sheet", file, Text(f"no sheet '{name}'", f"缺少工作表“{name}”"), value=name)
        for name in missing
    )
    return sheets, tuple(faults)


def read_sheet(file: str, root: Element, words: Words, columns: tuple[str, ...]) -> Table:
    """Return one sheet's rows; its first row is the header, blank rows below the last filled one are none."""
    rows: dict[int, dict[int, str]] = {}
    faults: list[Fault] = []
    for number, at, cell in list_cells(root, file):
        text, wrong = read_cell(cell, words, file)
        if wrong is not None:
            column = columns[at] if at < len(columns) else ""
            code, found = wrong
            faults.append(Fault(code, file, found, number, column, text))
        if text:
            rows.setdefault(number, {})[at] = text
    header_row = rows.get(1, {})
    header = [header_row.get(at, "") for at in range(max(header_row, default=-1) + 1)]
    if tuple(header) != columns:
        return Table(file, columns, faults=(*faults, *check_header(file, header, columns)), whole=False)
    good: list[list[str]] = []
    numbers: list[int] = []
    wrong_rows = {each.row for each in faults}
    for number in range(2, min(max(rows, default=1), MAX_ROWS) + 1):
        cells = rows.get(number, {})
        if not cells or max(cells) >= len(columns):
            faults.append(
                odd_row(file, number, [*cells.values(), *[""] * len(columns)] if cells else [], len(columns))
            )
        elif number not in wrong_rows:
            good.append([cells.get(at, "") for at in range(len(columns))])
            numbers.append(number)
    return Table(file, columns, good, numbers, tuple(faults))


def list_cells(root: Element, file: str) -> Iterator[tuple[int, int, Element]]:
    """Yield the cells of a sheet with their row, from 1, and column, from 0."""
    at_row = 0
    for row in root.iterfind("{*}sheetData/{*}row"):
        at_row = int(row.get("r", "")) if COUNT.fullmatch(row.get("r", "")) else at_row + 1
        at_column = -1
        for cell in row.iterfind("{*}c"):
            at_column = find_place(cell.get("r", ""), file)[1] if cell.get("r") else at_column + 1
            yield at_row, at_column, cell


def read_cell(cell: Element, words: Words, file: str) -> tuple[str, tuple[str, Text] | None]:
    """Return the text of a cell, and the fault of one that is computed or that a format changes."""
    kind, raw = cell.get("t", "n"), cell.findtext("{*}v") or ""
    formula = cell.find("{*}f")
    if formula is not None:
        shown = f"={formula.text or ''}"
        return shown, ("formula_cell", Text("a formula", "公式"))
    if kind == "inlineStr":
        inline = cell.find("{*}is")
        return ("" if inline is None else rich_text(inline)), None
    if kind == "s":
        return find_shared(cell, raw, words, file), None
    if kind == "str" or not raw:
        return raw, None
    if kind == "n" and NUMBER.fullmatch(raw):
        return read_number(cell, raw, words)
    names = {
        "b": Text("a truth value", "逻辑值"),
        "e": Text("an error of the spreadsheet", "电子表格的错误值"),
    }
    shown = {"1": "TRUE", "0": "FALSE"}.get(raw, raw) if kind == "b" else raw
    return shown, (
        "changed_cell",
        names.get(kind, Text("no text and no plain number", "既非文本也非普通数字")),
    )


def read_number(cell: Element, raw: str, words: Words) -> tuple[str, tuple[str, Text] | None]:
    """Return a number in plain digits, and the fault of one that is shown as another: a date, a share, a rounded figure."""
    style = cell.get("s", "0")
    number = int(style) if COUNT.fullmatch(style) else 0
    code = words.formats[number] if number < len(words.formats) else "General"
    plain = plain_digits(Decimal(f"{float(raw):.15g}"))
    shown = show_cell_number(float(raw), code, words.day_zero)
    try:
        same = Decimal(shown.replace(",", "")) == Decimal(plain)
    except InvalidOperation:
        same = False
    if same:
        return plain, None
    return shown, (
        "changed_cell",
        Text(f"the number {plain}, shown as {shown}", f"存为数字 {plain}，显示为 {shown}"),
    )
