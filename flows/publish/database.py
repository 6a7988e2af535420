"""All tables as one SQLite file with keys and indexes, and what Datasette shows beside it: the same bytes every time."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from flows.errors import ReleaseError
from flows.publish.citation import cite_data
from flows.publish.contents import About, Contents

BATCH = 50_000
TYPES = {
    "string": "TEXT", "integer": "INTEGER", "number": "REAL", "boolean": "INTEGER", "date": "TEXT", "datetime": "TEXT",
}  # fmt: skip
FACETS = (
    "year",
    "scope",
    "form",
    "status",
    "state",
    "severity",
    "class",
    "relation",
    "level",
    "kind",
    "comparability",
)
# One writer, a new file, and nothing worth a journal: a build that dies leaves no package.
SETTINGS = (
    "page_size = 4096",
    "encoding = 'UTF-8'",
    "journal_mode = OFF",
    "synchronous = OFF",
    "foreign_keys = OFF",
)
FILES: Mapping[str, About] = {
    "gongkai.sqlite": {
        "name": "gongkai-sqlite", "title": "All tables in one database (SQLite)", "title_zh": "全部各表（SQLite 数据库）",
        "description": "All tables with their primary and foreign keys. Truth values are 0 and 1, days and times ISO 8601 texts.",
        "description_zh": "全部各表，含主键与外键。真假值为 0 与 1，日期与时间为 ISO 8601 文本。",
        "format": "sqlite", "mediatype": "application/vnd.sqlite3",
    },
    "metadata.json": {
        "name": "gongkai-sqlite-metadata", "title": "Descriptions for Datasette", "title_zh": "供 Datasette 使用的说明",
        "description": "datasette gongkai.sqlite --metadata metadata.json",
        "description_zh": "datasette gongkai.sqlite --metadata metadata.json",
        "format": "json", "mediatype": "application/json",
    },
}  # fmt: skip


def write_database(contents: Contents, folder: Path) -> Mapping[str, About]:
    """Write `gongkai.sqlite` and its `metadata.json`; return what they are.

    Raises ReleaseError where a foreign key leads nowhere.
    """
    path = folder / "gongkai.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for setting in SETTINGS:
            database.execute(f"PRAGMA {setting}")
        database.execute("BEGIN")
        for name in contents.names:
            schema = contents.schema(name)
            database.execute(create_table(name, schema, contents.names))
            insert_rows(database, name, contents.tables[name])
            for statement in create_indexes(name, schema, contents.names):
                database.execute(statement)
        database.execute("COMMIT")
        check_keys(database)
    text = json.dumps(describe_database(contents), ensure_ascii=False, indent=2) + "\n"
    (folder / "metadata.json").write_text(text, encoding="utf-8")
    return FILES


def quote(names: Sequence[str]) -> str:
    """Return names as SQL has them.

    >>> quote(["body_id", "class"])
    '"body_id", "class"'
    """
    return ", ".join(f'"{name}"' for name in names)


def list_keys(schema: Mapping[str, Any], names: Sequence[str]) -> list[Mapping[str, Any]]:
    """Return the foreign keys of a schema that lead to tables of the package; an empty name is the table itself."""
    return [key for key in schema.get("foreignKeys", ()) if key["reference"]["resource"] in ("", *names)]


def create_table(name: str, schema: Mapping[str, Any], names: Sequence[str]) -> str:
    """Return the statement that makes a table: typed columns, what must not be missing, its keys."""
    keys = schema["primaryKey"]
    lines = []
    for field in schema["fields"]:
        needed = field["name"] in keys or field.get("constraints", {}).get("required")
        lines.append(f'"{field["name"]}" {TYPES[field["type"]]}{" NOT NULL" if needed else ""}')
    lines.append(f"PRIMARY KEY ({quote(keys)})")
    for key in list_keys(schema, names):
        target = key["reference"]["resource"] or name
        lines.append(
            f'FOREIGN KEY ({quote(key["fields"])}) REFERENCES "{target}" ({quote(key["reference"]["fields"])})'
        )
    return f'CREATE TABLE "{name}" (\n  ' + ",\n  ".join(lines) + "\n) WITHOUT ROWID"


def create_indexes(name: str, schema: Mapping[str, Any], names: Sequence[str]) -> Iterator[str]:
    """Yield the statements that make an index for each foreign key, but where the primary key begins with it."""
    for key in list_keys(schema, names):
        columns = key["fields"]
        if schema["primaryKey"][: len(columns)] != columns:
            yield f'CREATE INDEX "{name}_{"_".join(columns)}" ON "{name}" ({quote(columns)})'


def insert_rows(database: sqlite3.Connection, name: str, table: pa.Table) -> None:
    """Insert the rows of a table, batch by batch."""
    marks = ", ".join("?" * table.num_columns)
    for batch in table.to_batches(max_chunksize=BATCH):
        rows = zip(*map(print_column, batch.columns), strict=True)
        database.executemany(f'INSERT INTO "{name}" VALUES ({marks})', rows)


def print_column(column: pa.Array) -> list[Any]:
    """Return the cells of a column as SQLite stores them: days and times as text."""
    if pa.types.is_timestamp(column.type):
        column = pc.strftime(column.cast(pa.timestamp("s", "UTC")), "%Y-%m-%dT%H:%M:%SZ")
    elif pa.types.is_date(column.type):
        column = pc.strftime(column, "%Y-%m-%d")
    cells: list[Any] = column.to_pylist()
    return cells


def check_keys(database: sqlite3.Connection) -> None:
    """Raise ReleaseError where a foreign key of the database leads nowhere."""
    lost = database.execute(
        'SELECT "table", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2'
    ).fetchall()
    if lost:
        where = ", ".join(f"{table} → {parent}: {count}" for table, parent, count in lost)
        raise ReleaseError(
            f"gongkai.sqlite: rows point to rows that are not there ({where}). The former package stays; "
            "mend the report or the table in schemas/ they name.",
            f"gongkai.sqlite：有的行指向不存在的行（{where}）。原数据包保持不变；请修正所指报告或 schemas/ 中的表。",
        )


# What Datasette shows


def describe_database(contents: Contents) -> dict[str, Any]:
    """Return the metadata of Datasette: titles and descriptions in both languages, licence and citation."""
    about, licence = contents.about, contents.about["licenses"][0]
    tables = {each["name"]: describe_table(contents, each) for each in contents.resources}
    said = {
        "title": f"{about['title']} {about['title_zh']}",
        "description": f"{about['description']} {about['description_zh']}",
        "license": licence["title"],
        "license_url": licence["path"],
        "source": " ".join(cite_data(contents)),
    }
    return {**said, "databases": {"gongkai": {**said, "tables": tables}}}


def describe_table(contents: Contents, resource: About) -> dict[str, Any]:
    """Return what Datasette shows of one table: what it is, its columns, and by what it may be narrowed down."""
    fields = contents.schema(resource["name"])["fields"]
    names = [field["name"] for field in fields]
    return {
        "title": f"{resource['title']} {resource['title_zh']}",
        "description": f"{resource['description']} {resource['description_zh']}",
        "columns": {
            field[
                "name"
            ]: f"{field['title']} {field['title_zh']}: {field['description']} {field['description_zh']}"
            for field in fields
        },
        "facets": [name for name in FACETS if name in names],
    }
