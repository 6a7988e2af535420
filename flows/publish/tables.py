"""One table to one file: canonical CSV and Parquet, the same rows and the same bytes every time."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from flows.cells import format_amount
from flows.errors import ReleaseError

BATCH = 50_000
NEEDS_QUOTES = re.compile(r'[,"\r\n]')


def write_csv(table: pa.Table, path: Path) -> None:
    """Write a table as CSV: UTF-8 without BOM, LF, quoted only where needed, missing values empty."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(table.column_names) + "\n")
        for batch in table.to_batches(max_chunksize=BATCH):
            columns = [
                [quote_cell(write_cell(value)) for value in column.to_pylist()] for column in batch.columns
            ]
            file.writelines(",".join(row) + "\n" for row in zip(*columns, strict=True))


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
    """Write a table as Parquet: zstd, checksums, page index; each column carries its title and description."""
    described = [
        pa.field(
            field["name"],
            table.schema.field(field["name"]).type,
            metadata={key: field[key] for key in ("title", "title_zh", "description", "description_zh")},
        )
        for field in schema["fields"]
    ]
    pq.write_table(
        table.cast(pa.schema(described)),
        path,
        compression="zstd",
        compression_level=3,
        row_group_size=131_072,
        write_page_index=True,
        write_page_checksum=True,
        store_schema=True,
    )


def check_equal(name: str, csv_path: Path, parquet_path: Path) -> None:
    """Raise ReleaseError unless the CSV and the Parquet file of a table hold the same rows."""
    from_parquet = pq.read_table(parquet_path)
    from_parquet = from_parquet.cast(
        pa.schema([field.remove_metadata() for field in from_parquet.schema]).remove_metadata()
    )
    from_csv = pacsv.read_csv(
        csv_path,
        convert_options=pacsv.ConvertOptions(
            column_types=from_parquet.schema,
            null_values=[""],
            strings_can_be_null=True,
            true_values=["true"],
            false_values=["false"],
        ),
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
    )
    if not from_csv.equals(from_parquet):
        raise ReleaseError(
            f"{name}: CSV ({from_csv.num_rows} rows) and Parquet ({from_parquet.num_rows} rows) differ; "
            "this is a fault of gongkai, please report it. The former release stays.",
            f"{name}：CSV（{from_csv.num_rows} 行）与 Parquet（{from_parquet.num_rows} 行）不一致；"
            "这是 gongkai 的缺陷，请报告。原发布版本保持不变。",
        )
