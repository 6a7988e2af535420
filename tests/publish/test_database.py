"""The SQLite file: every row, types and keys declared, the same bytes every time; what Datasette shows is all there."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.errors import ReleaseError
from flows.publish.contents import Contents
from flows.publish.database import write_database
from flows.registry import Registry

CREATED = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture(scope="module")
def contents(package: Path, registry: Registry) -> Contents:
    names = [each["name"] for each in registry.package["resources"]]
    tables = {name: pq.read_table(package / f"{name}.parquet") for name in names}
    return Contents(registry, tables, "2026.11.0", CREATED)


@pytest.fixture
def database(package: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"file:{package}/gongkai.sqlite?mode=ro", uri=True)) as opened:
        yield opened


def test_it_is_whole_and_every_key_leads_somewhere(database: sqlite3.Connection, contents: Contents) -> None:
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    listed = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert listed == set(contents.names)


def test_it_holds_the_rows_of_every_table(database: sqlite3.Connection, contents: Contents) -> None:
    for name in contents.names:
        order = ", ".join(f'"{key}"' for key in contents.schema(name)["primaryKey"])
        rows = database.execute(f'SELECT * FROM "{name}" ORDER BY {order}').fetchall()
        duck = duckdb.from_arrow(contents.tables[name])
        columns = ", ".join(
            f"strftime(\"{field.name}\" AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ')" if pa.types.is_timestamp(field.type)
            else f'"{field.name}"::VARCHAR' if pa.types.is_date(field.type) else f'"{field.name}"'
            for field in contents.tables[name].schema
        )  # fmt: skip
        assert rows == duck.order(order).project(columns).fetchall(), name


def test_types_and_keys_are_those_of_the_schemas(database: sqlite3.Connection, contents: Contents) -> None:
    kinds = {"string": "TEXT", "integer": "INTEGER", "number": "REAL", "boolean": "INTEGER"}
    for name in contents.names:
        schema = contents.schema(name)
        columns = database.execute(f"PRAGMA table_info('{name}')").fetchall()
        assert [column[1] for column in columns] == [field["name"] for field in schema["fields"]]
        assert [column[2] for column in columns] == [
            kinds.get(field["type"], "TEXT") for field in schema["fields"]
        ]
        keys = sorted((column[5], column[1]) for column in columns if column[5])
        assert [key for _, key in keys] == schema["primaryKey"]
        declared = len({row[0] for row in database.execute(f"PRAGMA foreign_key_list('{name}')")})
        assert declared == len(schema.get("foreignKeys", []))
    used = {name: database.execute(f"PRAGMA index_list('{name}')").fetchall() for name in contents.names}
    assert {index[1] for index in used["observations"] if index[3] == "c"} == {
        "observations_indicator_id", "observations_concept_id", "observations_applicant", "observations_capture_id",
        "observations_form",
    }  # fmt: skip


def test_a_question_over_several_tables_is_answered(database: sqlite3.Connection) -> None:
    asked = """
        SELECT b.name_zh, i.label_zh, o.value FROM observations o
        JOIN bodies b USING (body_id) JOIN indicators i USING (indicator_id)
        WHERE o.body_id = '110116' AND o.indicator_id = 'v2014.reply.total'"""
    ((body, _, value),) = database.execute(asked).fetchall()
    assert (body, value) == ("怀柔区", 205.0)


def test_the_same_tables_give_the_same_bytes(contents: Contents, package: Path, tmp_path: Path) -> None:
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        write_database(contents, tmp_path / place)
        for name in ("gongkai.sqlite", "metadata.json"):
            assert (tmp_path / place / name).read_bytes() == (package / name).read_bytes()


def test_a_row_that_points_nowhere_stops_the_release(contents: Contents, tmp_path: Path) -> None:
    lost = {**contents.tables, "applicants": contents.tables["applicants"].slice(0, 2)}
    broken = Contents(contents.registry, lost, contents.version, contents.created)
    with pytest.raises(ReleaseError, match=r"observations → applicants: \d+") as caught:
        write_database(broken, tmp_path)
    assert "不存在的行" in caught.value.text.zh


def test_a_table_written_in_many_batches_is_whole(
    contents: Contents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.publish.database.BATCH", 7)
    write_database(contents, tmp_path)
    with closing(sqlite3.connect(tmp_path / "gongkai.sqlite")) as opened:
        (count,) = opened.execute("SELECT count(*) FROM observations").fetchone()
    assert count == contents.tables["observations"].num_rows


def test_what_datasette_shows_names_every_table_and_column_in_both_languages(
    package: Path, contents: Contents
) -> None:
    said = json.loads((package / "metadata.json").read_text(encoding="utf-8"))
    assert said["license"] == "Creative Commons Attribution 4.0 International"
    tables = said["databases"]["gongkai"]["tables"]
    assert list(tables) == list(contents.names)
    for name, table in tables.items():
        columns = contents.tables[name].column_names
        assert list(table["columns"]) == columns
        assert set(table["facets"]) <= set(columns)
        for text in (table["title"], table["description"], *table["columns"].values()):
            assert any("\u4e00" <= mark <= "\u9fff" for mark in text)
            assert any("a" <= mark <= "z" for mark in text)
