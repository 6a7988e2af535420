"""Bytes of a table to rows of text: UTF-8 alone, commas alone, the header of the template; what is not so is named by its line."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from flows.contribute.faults import Fault
from flows.decode import decode_text
from flows.errors import ReadError, Text

MAX_ROWS = 200_000
ENCODINGS = {"gb18030": "GBK (GB 18030)", "cp950": "Big5"}
MARKS = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))


@dataclass(frozen=True)
class Table:
    """The rows of one table that have the shape of its header, and what is wrong with the others.

    `numbers` are the numbers of the rows, as spreadsheets count: the header is row 1.
    """

    file: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[str]] = ()
    numbers: Sequence[int] = ()
    faults: tuple[Fault, ...] = ()
    whole: bool = True  # whether it could be read at all

    @cached_property
    def by_column(self) -> Mapping[str, tuple[str, ...]]:
        """The cells of each column."""
        cells = tuple(zip(*self.rows, strict=True)) or ((),) * len(self.columns)
        return dict(zip(self.columns, cells, strict=True))

    def column(self, name: str) -> tuple[str, ...]:
        """Return the cells of a column."""
        return self.by_column[name]

    def columns_of(self, names: Iterable[str]) -> Iterator[tuple[str, ...]]:
        """Yield for each row its cells of some columns."""
        return zip(*(self.by_column[name] for name in names), strict=True)


def read_table(file: str, data: bytes, columns: Sequence[str]) -> Table:
    """Return the rows of a CSV file under the columns that it must have; faults where it has others or cannot be read."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Table(file, tuple(columns), faults=(name_encoding(file, data, error.start),), whole=False)
    if "\x00" in text:
        row = text.count("\n", 0, text.index("\x00")) + 1
        kind = "UTF-16" if text[1:2] == "\x00" or text[:1] == "\x00" else "NUL"
        fault = Fault("not_text", file, Text(f"{kind} characters", f"{kind} 字符"), row=row)
        return Table(file, tuple(columns), faults=(fault,), whole=False)
    return split_table(file, text, tuple(columns))


def name_encoding(file: str, data: bytes, start: int) -> Fault:
    """Return the fault of bytes that are not UTF-8: which encoding they are in, or the line from which on they are in another."""
    if mark := next((name for mark, name in MARKS if data.startswith(mark)), ""):
        return Fault("other_encoding", file, Text(f"the table is in {mark}", f"该表为 {mark} 编码"), row=1)
    row = data.count(b"\n", 0, start) + 1
    try:
        text = decode_text(data, file)
    except ReadError:
        mixed = Text("bytes of another encoding than the lines before", "该行与前面各行编码不同")
        return Fault("mixed_encoding", file, mixed, row=row)
    name = next((ENCODINGS[each] for each in ENCODINGS if decodes(data, each) == text), "UTF-16")
    return Fault("other_encoding", file, Text(f"the table is in {name}", f"该表为 {name} 编码"), row=row)


def decodes(data: bytes, charset: str) -> str:
    """Return the text of bytes in a charset, or an empty text where they are in another."""
    try:
        return data.decode(charset)
    except UnicodeDecodeError:
        return ""


def split_table(file: str, text: str, columns: tuple[str, ...]) -> Table:
    """Return the rows of a CSV text."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[list[str]] = []
    try:
        header = next(reader, [])
        if tuple(header) != columns:
            return Table(file, columns, faults=tuple(check_header(file, header, columns)), whole=False)
        rows.extend(islice(reader, MAX_ROWS + 1))
    except csv.Error as error:
        found = Text(f"no readable cell ({error})", f"无法读取的单元格（{error}）")
        return Table(file, columns, faults=(Fault("not_csv", file, found, row=len(rows) + 2),), whole=False)
    if len(rows) > MAX_ROWS:
        found = Text(f"over {MAX_ROWS:,}", f"超过 {MAX_ROWS:,} 行")
        return Table(file, columns, faults=(Fault("too_many_rows", file, found),), whole=False)
    return shape_table(file, rows, columns)


def shape_table(file: str, rows: Sequence[Sequence[str]], columns: tuple[str, ...]) -> Table:
    """Return the rows that have as many cells as the header, with a fault for each of the others."""
    width = len(columns)
    if set(map(len, rows)) == {width} and all(
        row[0] for row in rows
    ):  # no row is blank that has a first cell
        return Table(file, columns, rows, range(2, len(rows) + 2))
    good = [number for number, row in enumerate(rows, start=2) if len(row) == width and any(row)]
    if len(good) == len(rows):
        return Table(file, columns, rows, good)
    odd = tuple(
        odd_row(file, number, rows[number - 2], width)
        for number in sorted({*range(2, len(rows) + 2)} - {*good})
    )
    return Table(file, columns, [rows[number - 2] for number in good], good, odd)


def odd_row(file: str, number: int, cells: Sequence[str], width: int) -> Fault:
    """Return the fault of a row that is blank, or shorter or longer than the header."""
    if not any(cells):
        return Fault("blank_row", file, Text("no cell is filled in", "没有填写任何单元格"), row=number)
    return Fault(
        "row_length",
        file,
        Text(f"{len(cells)} cells, expected {width}", f"{len(cells)} 格，应为 {width} 格"),
        row=number,
    )


def check_header(file: str, header: Sequence[str], columns: Sequence[str]) -> Iterator[Fault]:
    """Yield what is wrong with a header: other separators, columns that are missing, too many, or in another order."""
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        mark = next(mark for mark in ";\t|" if mark in header[0])
        name = {"\t": Text("tabs", "制表符"), ";": Text("semicolons", "分号"), "|": Text("bars", "竖线")}[
            mark
        ]
        yield Fault(
            "header",
            file,
            Text(f"{name.en} between the cells, expected commas", f"以{name.zh}分隔，应为逗号"),
            row=1,
        )
        return
    for column in columns:
        if column not in header:
            yield Fault("header", file, Text("the column is missing", "缺少该列"), row=1, column=column)
    for at, column in enumerate(header):
        if column not in columns or column in header[:at]:
            found = Text("no column of the template", "不是模板的列")
            yield Fault(
                "header", file, found, row=1, column=columns[at] if at < len(columns) else "", value=column
            )
    if sorted(header) == sorted(columns):
        first = next(at for at, column in enumerate(columns) if header[at] != column)
        yield Fault(
            "header", file, Text(f"another order, expected {columns[first]} here", f"次序不同，此处应为 {columns[first]}"),
            row=1, column=columns[first], value=header[first],
        )  # fmt: skip
