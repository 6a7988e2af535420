"""One table to one file: canonical CSV and Parquet, the same rows and the same bytes every time."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from flows.cells import format_amount
from flows.errors import ReleaseError

BATCH = 50_000
GROUP = 131_072  # rows of Parquet that stand together
BLOCK = 8 << 20  # bytes of CSV that are read at a time
MARKS = (b",", b'"', b"\r", b"\n")
NEEDS_QUOTES = re.compile(r'[,"\r\n]')
EXACT = 2.0**53  # below it a whole number has one way to be printed


def write_csv(table: pa.Table, path: Path) -> None:
    """Write a table as CSV: UTF-8 without BOM, LF, quoted only where needed, missing values empty.

    Columns are printed whole and joined to lines; pyarrow's own writer quotes every text or none.
    """
    with path.open("wb") as file:
        file.write((",".join(table.column_names) + "\n").encode())
        for batch in table.to_batches(max_chunksize=BATCH):
            columns = [print_column(column) for column in batch.columns]
            columns[-1] = pc.binary_join_element_wise(columns[-1].fill_null(""), "", "\n")
            lines = pc.binary_join_element_wise(*columns, ",", null_handling="replace", null_replacement="")
            _, places, content = lines.buffers()
            file.write(memoryview(content)[: np.frombuffer(places, np.int32)[len(lines)]])


def print_column(column: pa.Array) -> pa.StringArray:
    """Return the cells of a column as the CSV files print them: what stands in many rows is printed once.

    >>> print_column(pa.array([2018, None])).to_pylist(), print_column(pa.array(['a,b'])).to_pylist()
    (['2018', None], ['"a,b"'])
    """
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_date(kind) or is_whole(column):
        return (column.cast(pa.int64()) if pa.types.is_floating(kind) else column).cast(pa.string())
    if pa.types.is_string(kind) and needs_no_quotes(text_of(column)):
        return column
    coded = column if pa.types.is_dictionary(kind) else column.dictionary_encode()
    texts = [quote_cell(write_cell(value)) for value in coded.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(coded.indices)


def text_of(column: pa.StringArray) -> bytes:
    """Return the texts of a column one after another: what none of them holds is told in one look."""
    _, places, content = column.buffers()
    if content is None:
        return b""
    start, end = np.frombuffer(places, np.int32)[[column.offset, column.offset + len(column)]]
    return bytes(memoryview(content)[start:end])


def needs_no_quotes(text: bytes) -> bool:
    """Return whether a text holds no mark for which CSV needs quotes."""
    return not any(mark in text for mark in MARKS)


def is_whole(column: pa.Array) -> bool:
    """Return whether a column holds numbers that all are whole, and none a nought below nought, which prints as -0."""
    if not pa.types.is_floating(column.type):
        return False
    numbers = column.drop_null().to_numpy()
    if not (np.abs(numbers) < EXACT).all():
        return False
    return bool((numbers == np.floor(numbers)).all() and not np.signbit(numbers[numbers == 0]).any())


def quote_cell(text: str) -> str:
    """Return a cell's text as CSV holds it; Python's own writer leaves a lone carriage return unquoted.

    >>> quote_cell("a,b"), quote_cell('a "b" c'), quote_cell("怀柔区")
    ('"a,b"', '"a ""b"" c"', '怀柔区')
    """
    return '"' + text.replace('"', '""') + '"' if NEEDS_QUOTES.search(text) else text


def write_cell(value: Any) -> str:
    """Return a value as the CSV files print it; a missing one is an empty cell.

    >>> write_cell(13993.0), write_cell(72701.2578), write_cell(None), write_cell(True)
    ('13993', '72701.2578', '', 'true')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format_amount(Decimal(repr(value)))
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)


def write_parquet(table: pa.Table, path: Path, schema: Mapping[str, Any]) -> None:
    """Write a table as Parquet: zstd, checksums, page index; each column carries its title and description.

    Columns whose texts stand in a dictionary are written as the texts, some rows at a time.
    """
    described = pa.schema(
        pa.field(
            field["name"],
            plain_type(table.schema.field(field["name"]).type),
            metadata={key: field[key] for key in ("title", "title_zh", "description", "description_zh")},
        )
        for field in schema["fields"]
    )
    with pq.ParquetWriter(
        path,
        described,
        compression="zstd",
        compression_level=3,
        write_page_index=True,
        write_page_checksum=True,
        store_schema=True,
    ) as writer:
        for start in range(0, table.num_rows or 1, GROUP):
            writer.write_table(table.slice(start, GROUP).cast(described), row_group_size=GROUP)


def plain_type(kind: pa.DataType) -> pa.DataType:
    """Return the type of a column's values, whether they stand in a dictionary or not."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def check_equal(name: str, csv_path: Path, parquet_path: Path) -> None:
    """Raise ReleaseError unless the CSV and the Parquet file of a table hold the same rows; some are held at a time."""
    file = pq.ParquetFile(parquet_path)
    plain = pa.schema([field.remove_metadata() for field in file.schema_arrow])
    from_csv = read_typed(csv_path, plain)
    held, same = plain.empty_table(), True
    for batch in file.iter_batches(GROUP):
        while held.num_rows < batch.num_rows and (more := next(from_csv, None)) is not None:
            held = pa.concat_tables([held, pa.Table.from_batches([more])])
        expected = pa.Table.from_batches([batch]).cast(plain)
        same &= held.slice(0, batch.num_rows).equals(expected)
        held = held.slice(batch.num_rows)
    left = held.num_rows + sum(more.num_rows for more in from_csv)
    if left or not same:
        rows = file.metadata.num_rows, sum(batch.num_rows for batch in read_typed(csv_path, plain))
        raise ReleaseError(
            f"{name}: CSV ({rows[1]} rows) and Parquet ({rows[0]} rows) differ; "
            "this is a fault of gongkai, please report it. The former release stays.",
            f"{name}：CSV（{rows[1]} 行）与 Parquet（{rows[0]} 行）不一致；"
            "这是 gongkai 的缺陷，请报告。原发布版本保持不变。",
        )


def read_typed(path: Path, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a CSV file with the types of a schema, some at a time."""
    yield from pacsv.open_csv(
        path,
        read_options=pacsv.ReadOptions(block_size=BLOCK),
        convert_options=pacsv.ConvertOptions(
            column_types=schema,
            null_values=[""],
            strings_can_be_null=True,
            true_values=["true"],
            false_values=["false"],
        ),
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
    )
