"""Tables to columns: CSV, Parquet or memory in batches, each text of a column met once, as frictionless reads it."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from numpy.typing import NDArray

BLOCK = 8 << 20  # bytes of CSV that are parsed at a time
ROWS = 131_072  # rows of other sources at a time
KNOWN = 200_000  # texts of a column that no key needs which are remembered
MISSING, WRONG = -1, -2  # in place of a value's number: no value, and a text that is none of the type

PLAIN = {
    pa.string(): r"(?s).",
    pa.float64(): r"^-?(0|[1-9][0-9]{0,14})([.][0-9]{1,10})?$",
    pa.int64(): r"^(0|-?[1-9][0-9]{0,14})$",
    pa.date32(): r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}$",
    pa.timestamp("s", "UTC"): r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
}

Numbers = NDArray[np.int32]
Rows = NDArray[np.int64]
CellReader = Callable[[Any], tuple[Any, dict[str, str] | None]]


class Misshapen(NamedTuple):
    """A row that has too many or too few cells: frictionless' name for it, the row, the column's place."""

    kind: str
    row: int
    place: int


class Batch(NamedTuple):
    """Some rows of a table: a column for each label, and which of its rows have another shape."""

    columns: Sequence[pa.Array]
    misshapen: Sequence[Misshapen] = ()


class Stream(NamedTuple):
    """A table as it comes: the labels of its columns, and its rows."""

    labels: tuple[str, ...]
    batches: Iterable[Batch]


Source = Callable[[], Stream]


def open_csv(path: Path) -> Stream:
    """Return a CSV file column by column; reading it raises pyarrow.ArrowInvalid where a row has another shape."""
    labels = read_labels(path)
    names = [str(place) for place in range(len(labels))]
    reader = pacsv.open_csv(
        path,
        read_options=pacsv.ReadOptions(column_names=names, skip_rows_after_names=1, block_size=BLOCK),
        parse_options=pacsv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.dictionary(pa.int32(), pa.string())),
            strings_can_be_null=False,
        ),
    )
    return Stream(labels, (Batch(batch.columns) for batch in reader))


def open_rows(path: Path) -> Stream:
    """Return a CSV file row by row, ten times slower, with what is too much or too little in each row."""
    return Stream(read_labels(path), read_rows(path))


def read_rows(path: Path) -> Iterator[Batch]:
    """Yield the rows of a CSV file; a cell that is not there is null, one too many is left out."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        width, at = len(next(reader, ())), 2
        while rows := list(islice(reader, ROWS)):
            wrong = [
                Misshapen("extra-cell" if place >= width else "missing-cell", row, place)
                for row, cells in enumerate(rows, at)
                if len(cells) != width
                for place in range(*sorted((len(cells), width)))
            ]
            padded = ([*cells, *[None] * (width - len(cells))][:width] for cells in rows)
            columns = [pa.array(column, pa.string()) for column in zip(*padded, strict=True)]
            yield Batch(columns, wrong)
            at += len(rows)


def read_labels(path: Path) -> tuple[str, ...]:
    """Return the header of a CSV file; an empty file has none."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return tuple(next(csv.reader(file), ()))


def open_parquet(path: Path) -> Stream:
    """Return a Parquet file, its texts by their dictionaries."""
    texts = [each.name for each in pq.read_schema(path) if each.type == pa.string()]
    file = pq.ParquetFile(path, read_dictionary=texts)
    return Stream(tuple(file.schema_arrow.names), (Batch(each.columns) for each in file.iter_batches(ROWS)))


def open_table(table: pa.Table) -> Stream:
    """Return a table in memory."""
    batches = table.to_batches(max_chunksize=ROWS)
    return Stream(tuple(table.column_names), (Batch(batch.columns) for batch in batches))


def find_plain(texts: pa.Array, kind: pa.DataType) -> NDArray[np.bool_]:
    """Return which texts are values of a type for certain, as our own writer prints them: nobody needs to be asked of these."""
    pattern = PLAIN.get(kind)
    nothing = np.zeros(len(texts), bool)
    if pattern is None or not len(texts):
        return nothing
    plain = pc.match_substring_regex(texts, pattern)
    if pa.types.is_temporal(kind):
        try:
            texts.filter(plain).cast(kind)  # refuses a day that no calendar has
        except pa.ArrowInvalid:
            return nothing
    found: NDArray[np.bool_] = plain.fill_null(False).to_numpy(zero_copy_only=False)
    return found


@dataclass
class Column:
    """What is known of one column so far.

    Each text is read once and numbered by its value: `01` and `1` are the same year. `faults` holds what is wrong
    with a text: the rules it breaks. `rows` are the numbers of the values, kept where a key needs them. A column of
    type `free` may hold any value of that type, or none unless it `must` hold one.
    """

    name: str
    read: CellReader
    kept: bool
    free: pa.DataType | None = None
    must: bool = False
    known: dict[object, int] = field(default_factory=dict)
    values: dict[object, int] = field(default_factory=dict)
    faults: dict[object, Mapping[str, str]] = field(default_factory=dict)
    rows: list[Numbers] = field(default_factory=list)

    def number(self, text: object) -> int:
        """Return the number of a text's value."""
        found = self.known.get(text)
        if found is None:
            value, faults = self.read(text)
            if faults:
                self.faults[text] = faults
            if value is None:
                found = WRONG if faults and "type" in faults else MISSING
            else:
                found = self.values.setdefault(value, len(self.values)) if self.kept else 0
            self.known[text] = found
        return found

    def number_texts(self, array: pa.Array, texts: Sequence[object]) -> Numbers:
        """Return the numbers of the texts of an array, and of what follows them; plain ones of a free type are any value."""
        if self.free is None or not pa.types.is_string(array.type):
            return np.fromiter(map(self.number, texts), np.int32, len(texts))
        numbers = np.zeros(len(texts), np.int32)
        plain = np.zeros(len(texts), bool)
        plain[: len(array)] = find_plain(array, self.free)
        others = np.flatnonzero(~plain)
        numbers[others] = [self.number(texts[place]) for place in others.tolist()]
        return numbers

    def take(self, array: pa.Array) -> "Taken":
        """Return the numbers of some rows, and which of them have a text that breaks a rule."""
        if not self.kept and len(self.known) > KNOWN:
            self.known.clear()
        lacks = self.must and array.null_count
        if array.type == self.free and not lacks and not pa.types.is_string(array.type):
            missing = pc.cast(pc.is_null(array), pa.int32())
            lookup = np.array([0, MISSING] if array.null_count else [0], np.int32)
            return Taken(lookup, missing, np.empty(0, np.int64), [])
        encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
        texts: list[object] = encoded.dictionary.to_pylist()
        texts += [None] if encoded.null_count else []
        numbers = self.number_texts(encoded.dictionary, texts)
        taken = Taken(numbers, encoded.indices, np.empty(0, np.int64), [])
        if self.kept:
            self.rows.append(taken.numbers())
        wrong = [place for place, text in enumerate(texts) if text in self.faults] if self.faults else []
        if not wrong:
            return taken
        used = taken.used()
        found = np.flatnonzero(np.isin(used, wrong))
        return taken._replace(wrong=found, texts=[texts[place] for place in used[found]])

    def whole(self) -> Numbers:
        """Return the numbers of all rows."""
        self.rows[:] = [np.concatenate(self.rows)] if self.rows else [np.empty(0, np.int32)]
        return self.rows[0]


class Taken(NamedTuple):
    """The number of each text's value, which text each row has, the rows that break a rule, and their texts.

    The last number is that of a row without any text.
    """

    lookup: Numbers
    places: pa.Array
    wrong: Rows
    texts: list[Any]

    def used(self) -> Rows:
        """Return which text each row has."""
        filled: Rows = self.places.fill_null(len(self.lookup) - 1).to_numpy(zero_copy_only=False)
        return filled

    def numbers(self) -> Numbers:
        """Return the number of each row's value."""
        return self.lookup[self.used()]

    def can_be_blank(self) -> bool:
        """Return whether any row may have no value."""
        return bool((self.lookup == MISSING).any())


def combine(columns: Sequence[Column]) -> NDArray[np.int64]:
    """Return one number for each row, the same for the same values in all of some columns, whatever is missing."""
    together = np.zeros(len(columns[0].whole()), np.int64)
    most = 1
    for column in columns:
        size = len(column.values) + 1
        if most * size > 2**62:
            together, most = np.unique(together, return_inverse=True)[1], len(together)
        together *= size  # in place: a table may have millions of rows
        together += np.maximum(column.whole(), MISSING)
        together += 1
        most *= size
    return together


def distinguish(columns: Sequence[Column]) -> tuple[Numbers, Rows]:
    """Return for each row which of the different combinations of values it has, and the first row of each."""
    encoded = pa.array(combine(columns)).dictionary_encode()
    which: Numbers = encoded.indices.to_numpy()
    first = np.empty(len(encoded.dictionary), np.int64)
    first[which[::-1]] = np.arange(len(which) - 1, -1, -1)  # the last one written stays: the first row of all
    return which, first


def value_lists(columns: Sequence[Column], rows: Rows) -> list[tuple[Any, ...]]:
    """Return the values of some columns in some rows, None for one that is missing."""
    lists = [[*column.values, None] for column in columns]
    numbers = [np.maximum(column.whole()[rows], MISSING).tolist() for column in columns]
    picked = [[values[at] for at in each] for values, each in zip(lists, numbers, strict=True)]
    return list(zip(*picked, strict=True))
