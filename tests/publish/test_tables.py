"""One table to one file: whatever a cell holds, CSV and Parquet hold the same, and so does every reader."""

import csv
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from frictionless.resources import TableResource
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flows.curate.assemble import build_table
from flows.curate.coded import TYPES
from flows.errors import ReleaseError
from flows.publish.tables import check_equal, quote_cell, write_cell, write_csv, write_parquet

WORDS = {"title": "t", "title_zh": "题", "description": "d", "description_zh": "说明"}
COLUMNS = {"key": "integer", "text": "string", "more": "string", "count": "integer", "value": "number",
           "yes": "boolean", "day": "date", "moment": "datetime"}  # fmt: skip
SCHEMA = {
    "fields": [{"name": name, "type": kind, **WORDS} for name, kind in COLUMNS.items()],
    "primaryKey": ["key"],
}

MARKS = st.sampled_from(
    [
        ",",
        '"',
        "'",
        "\n",
        "\r",
        "\r\n",
        "\t",
        ";",
        "|",
        " ",
        "\u3000",
        "\ufeff",
        "\\",
        "#",
        "\x00",
        "\u2028",
        "\x85",
        "a",
        "1",
    ]
)
TEXTS = st.one_of(
    st.lists(MARKS, max_size=8).map("".join),
    st.text(max_size=20),
    st.sampled_from(
        [
            "无",
            "——",
            "NULL",
            "nan",
            "NA",
            "true",
            "0",
            "1e5",
            "-",
            "２０",
            "𠮷野家",
            "x" * 70_000,
            '"',
            '""',
            "\r",
            " ",
            "=1+1",
        ]
    ),
)
NUMBERS = st.one_of(
    st.integers(-(10**15), 10**15).map(float),
    st.decimals(-(10**9), 10**9, places=4).map(float),
    st.sampled_from([0.0, 1e15, -1e15, 0.1, 72701.2578, 1e-7, 123456789012345.0]),
)
ROWS = st.fixed_dictionaries(
    {
        "text": st.none() | TEXTS,
        "more": st.none() | TEXTS,
        "count": st.none() | st.integers(-(2**53), 2**53),
        "value": st.none() | NUMBERS,
        "yes": st.none() | st.booleans(),
        "day": st.none() | st.dates(date(1900, 1, 1)),
        "moment": st.none()
        | st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)).map(
            lambda at: at.replace(microsecond=0, tzinfo=UTC)
        ),
    }
)


def write(rows: list[dict[str, Any]], folder: Path) -> tuple[pa.Table, Path, Path]:
    table = build_table("t", [{"key": at, **row} for at, row in enumerate(rows)], SCHEMA)
    paths = folder / "t.csv", folder / "t.parquet"
    write_csv(table, paths[0])
    write_parquet(table, paths[1], SCHEMA)
    return table, *paths


def blank(value: object) -> object:
    """Return a value with the empty text made what it is published as: missing."""
    return None if value == "" else value


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(ROWS, max_size=6))
@example(
    rows=[
        dict.fromkeys(list(COLUMNS)[1:]) | {"text": mark}
        for mark in ("\r", "a\rb", "\n", '"', "a,b", " a ", "\r\n")
    ]
)
def test_what_is_written_is_read_back_from_both(
    rows: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    table, csv_path, parquet_path = write(rows, tmp_path_factory.mktemp("t"))
    check_equal("t", csv_path, parquet_path)
    expected = [
        {"key": at} | {name: blank(value) for name, value in row.items()} for at, row in enumerate(rows)
    ]
    assert pq.read_table(parquet_path).to_pylist() == expected == table.to_pylist()
    with csv_path.open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    assert [row["text"] for row in read] == [row["text"] or "" for row in rows]
    assert [row["value"] for row in read] == [write_cell(row["value"]) for row in rows]


@given(
    rows=st.lists(ROWS, max_size=8),
    number=st.sampled_from([-0.0, 0.5, 2.0**60, float("nan"), float("inf"), None]),
)
def test_whole_columns_are_printed_as_single_cells_are(
    rows: list[dict[str, Any]], number: float | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    table, path, _ = write(rows, tmp_path_factory.mktemp("t"))
    table = pa.concat_tables([table, table.slice(1, 3)])
    table = table.append_column("number", pa.array([number] * table.num_rows, pa.float64()))
    write_csv(table, path)
    lines = [",".join(quote_cell(write_cell(value)) for value in row.values()) for row in table.to_pylist()]
    assert path.read_bytes().decode() == "".join(
        f"{line}\n" for line in [",".join(table.column_names), *lines]
    )


def test_texts_in_a_dictionary_are_written_as_the_texts(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {**dict.fromkeys(list(COLUMNS)[1:]), "text": text} for text in ("a,b", None, "x", "a,b")
    ]
    table, *paths = write(rows, tmp_path)
    before = [path.read_bytes() for path in paths]
    at = table.column_names.index("text")
    coded = table.set_column(at, "text", table.column("text").dictionary_encode())
    write_csv(coded, paths[0])
    write_parquet(coded, paths[1], SCHEMA)
    assert [path.read_bytes() for path in paths] == before


def test_a_difference_is_found_wherever_in_a_long_file_it_is(tmp_path: Path) -> None:
    table = build_table(
        "t", [{**dict.fromkeys(COLUMNS), "key": at, "text": "abc"} for at in range(300_000)], SCHEMA
    )
    paths = tmp_path / "t.csv", tmp_path / "t.parquet"
    write_csv(table, paths[0])
    write_parquet(table, paths[1], SCHEMA)
    assert pq.read_metadata(paths[1]).num_row_groups == 3
    check_equal("t", *paths)
    content = paths[0].read_bytes()
    for row in (0, 131_072, 299_999):
        paths[0].write_bytes(content.replace(f"\n{row},abc".encode(), f"\n{row},abd".encode()))
        with pytest.raises(ReleaseError, match=r"t: CSV \(300000 rows\) and Parquet \(300000 rows\) differ"):
            check_equal("t", *paths)
    paths[0].write_bytes(content + b"300000,x,,,,,,\n")
    with pytest.raises(ReleaseError, match=r"CSV \(300001 rows\)"):
        check_equal("t", *paths)


def test_an_independent_reader_finds_the_same_in_both(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"text": text, "more": None, "count": at, "value": at / 4, "yes": at % 2 == 0, "day": date(2019, 3, 19),
         "moment": datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)}
        for at, text in enumerate(["plain", "a,b", 'say "x"', "two\nlines", " spaced ", "怀柔区，北京", "无", "-"])
    ]  # fmt: skip
    _, csv_path, parquet_path = write(rows, tmp_path)
    types = {"key": "BIGINT", "text": "VARCHAR", "more": "VARCHAR", "count": "BIGINT", "value": "DOUBLE",
             "yes": "BOOLEAN", "day": "DATE", "moment": "TIMESTAMPTZ"}  # fmt: skip
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone='UTC'")
        from_csv = connection.execute(
            f"SELECT * FROM read_csv('{csv_path}', header=true, columns={types}, delim=',', quote='\"')"
        ).fetchall()
        from_parquet = connection.execute(f"SELECT * FROM '{parquet_path}'").fetchall()
    assert from_csv == from_parquet
    assert [row[1] for row in from_parquet] == [row["text"] for row in rows]


def test_csv_has_no_byte_order_mark_unix_lines_and_no_needless_quotes(tmp_path: Path) -> None:
    rows = [dict.fromkeys(list(COLUMNS)[1:]) | {"text": text} for text in ("怀柔区", "a,b", 'x"y', "a b")]
    _, csv_path, _ = write(rows, tmp_path)
    content = csv_path.read_bytes()
    assert content.startswith(b"key,text,")
    assert b"\r" not in content
    assert content.decode().splitlines()[1:] == [
        "0,怀柔区,,,,,,",
        '1,"a,b",,,,,,',
        '2,"x""y",,,,,,',
        "3,a b,,,,,,",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), (0.0, "0"), (13993.0, "13993"), (1e15, "1000000000000000"), (-1e15, "-1000000000000000"),
        (0.1, "0.1"), (72701.2578, "72701.2578"), (1e-7, "0.0000001"), (True, "true"), (False, "false"), (2018, "2018"),
        (date(2019, 3, 9), "2019-03-09"), (datetime(2026, 11, 2, 1, 2, 3, tzinfo=UTC), "2026-11-02T01:02:03Z"), ("无", "无"),
    ],
)  # fmt: skip
def test_a_cell_is_printed_without_exponents_or_locale(value: object, text: str) -> None:
    assert write_cell(value) == text


def test_parquet_is_compressed_typed_and_described(tmp_path: Path) -> None:
    rows = [dict.fromkeys(list(COLUMNS)[1:]) | {"text": "x"}]
    table, _, path = write(rows, tmp_path)
    file = pq.ParquetFile(path)
    chunk = file.metadata.row_group(0).column(0)
    assert chunk.compression == "ZSTD"
    assert chunk.has_column_index
    in_file = {**TYPES, "datetime": pa.timestamp("ms", "UTC")}  # Parquet has no whole seconds
    assert file.schema_arrow.types == [in_file[kind] for kind in COLUMNS.values()]
    for name in COLUMNS:
        described = file.schema_arrow.field(name).metadata
        assert {key: described[key.encode()].decode() for key in WORDS} == WORDS
    assert table.schema.field("key").nullable


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    rows = [dict.fromkeys(list(COLUMNS)[1:]) | {"text": f"{n}", "value": n / 3} for n in range(500)]
    contents = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        _, *paths = write(rows, tmp_path / name)
        contents.append([path.read_bytes() for path in paths])
    assert contents[0] == contents[1]


@pytest.mark.parametrize(
    ("old", "new"), [("72", "73"), (",true", ",false"), ("0,怀柔", "0,密云"), ("72", ""), ("\n1,", "\n2,")]
)
def test_a_difference_between_the_two_stops_the_release(tmp_path: Path, old: str, new: str) -> None:
    rows = [dict.fromkeys(list(COLUMNS)[1:]) | {"text": "怀柔", "value": 72.0, "yes": True}] * 2
    _, csv_path, parquet_path = write(rows, tmp_path)
    text = csv_path.read_text(encoding="utf-8")
    assert old in text
    csv_path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"t: CSV \(2 rows\) and Parquet \(2 rows\) differ"):
        check_equal("t", csv_path, parquet_path)


def test_a_lost_row_stops_the_release(tmp_path: Path) -> None:
    _, csv_path, parquet_path = write([dict.fromkeys(list(COLUMNS)[1:])] * 3, tmp_path)
    csv_path.write_text("\n".join(csv_path.read_text().splitlines()[:-1]) + "\n")
    with pytest.raises(ReleaseError, match=r"2 rows\) and Parquet \(3 rows\)"):
        check_equal("t", csv_path, parquet_path)


@pytest.mark.parametrize("text", [" spaced", "it's, 'quoted', text", 'say "x", "y"', "a;b;c;d;e", "a|b|c|d"])
def test_frictionless_reads_texts_that_could_mislead_its_guess_of_the_dialect(
    tmp_path: Path, text: str
) -> None:
    rows = [dict.fromkeys(list(COLUMNS)[1:]) | {"text": text, "more": text} for _ in range(30)]
    write(rows, tmp_path)
    read = TableResource(path="t.csv", basepath=str(tmp_path)).read_rows()
    assert [row["text"] for row in read] == [text] * 30
