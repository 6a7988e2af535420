"""Tables of millions of rows in little room: each text of a column once, rows by number; and the order of rows by key."""

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

TYPES = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("s", "UTC"),
}
LARGE = 1_048_576  # rows from which on a table keeps its texts in dictionaries: more than any sheet holds


def join_parts(parts: Sequence[pa.Table]) -> pa.Table:
    """Return tables as one, its texts in dictionaries where it is large."""
    if sum(part.num_rows for part in parts) < LARGE:
        return pa.concat_tables(map(decode_table, parts)).combine_chunks()
    return pa.concat_tables(map(encode_table, parts)).unify_dictionaries()


def encode_table(table: pa.Table) -> pa.Table:
    """Return a table with each text of a column once."""
    for place, field in enumerate(table.schema):
        if field.type == pa.string():
            table = table.set_column(place, field.name, table.column(place).dictionary_encode())
    return table


def decode_table(table: pa.Table) -> pa.Table:
    """Return a table with plain texts."""
    return table.cast(pa.schema([(field.name, plain_type(field.type)) for field in table.schema]))


def plain_type(kind: pa.DataType) -> pa.DataType:
    """Return the type of a column's values, whether they stand in a dictionary or not."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def number_rows(table: pa.Table, columns: Iterable[str]) -> NDArray[np.int64]:
    """Return a number for each row that orders the rows by some columns; the same values have the same number.

    A missing value comes last.
    """
    numbers = np.zeros(table.num_rows, np.int64)
    most = 1
    for name in columns:
        ranks, size = rank_values(table.column(name))
        if most * size > 2**62:
            numbers = np.unique(numbers, return_inverse=True)[1].astype(np.int64)
            most = len(numbers)
        numbers = numbers * size + ranks
        most *= size
    return numbers


def rank_values(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], int]:
    """Return the place of each row's value among those of its column, and how many places there are."""
    if not len(column):
        return np.empty(0, np.int64), 1
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    coded = coded.unify_dictionaries().combine_chunks()
    size = len(coded.dictionary)
    ranks = np.empty(size + 1, np.int64)
    ranks[pc.sort_indices(coded.dictionary).to_numpy()] = np.arange(size)
    ranks[size] = size
    placed: NDArray[np.int64] = ranks[coded.indices.fill_null(size).to_numpy(zero_copy_only=False)]
    return placed, size + 1


def find_again(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the first row of each number that more than one row has."""
    ordered = np.argsort(numbers, kind="stable")
    again = numbers[ordered[1:]] == numbers[ordered[:-1]]
    first = again & ~np.concatenate([[False], again[:-1]]) if len(again) else again
    rows: NDArray[np.int64] = ordered[:-1][first]
    return rows
