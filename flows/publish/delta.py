"""What changed between two releases, row by row: columns are compared whole, one at a time, by primary key."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from flows.curate.coded import TYPES, decode_table
from flows.errors import ReleaseError, UsageError
from flows.publish.contents import Contents
from flows.publish.manifest import DESCRIPTOR, MANIFEST, load_manifest
from flows.publish.tables import write_csv

Places = npt.NDArray[np.int64]
FOLDER = "delta"
CHANGE: Mapping[str, Any] = {
    "name": "change",
    "type": "string",
    "title": "Change",
    "title_zh": "变化",
    "description": "What became of the row since the release before; the row as it was, or as it is.",
    "description_zh": "该行与前一发布版本相比的变化；所列为原行或现行。",
    "categories": [
        {"value": "added", "label": "not in the release before", "label_zh": "前一版本没有"},
        {"value": "removed", "label": "only in the release before", "label_zh": "仅前一版本有"},
        {"value": "changed_from", "label": "as it was", "label_zh": "变化之前"},
        {"value": "changed_to", "label": "as it is now", "label_zh": "变化之后"},
    ],
    "constraints": {"required": True, "enum": ["added", "removed", "changed_from", "changed_to"]},
}
FIELDS: Mapping[str, Any] = {
    "name": "changed_fields",
    "type": "string",
    "title": "Changed columns",
    "title_zh": "变化的列",
    "description": "The columns that differ, parted by blanks; empty for a row that was added or removed.",
    "description_zh": "有变化的列，空格分隔；新增或移除的行为空。",
}


@dataclass(frozen=True)
class Side:
    """One of two releases: its versions, the schemas of its tables, its form files by hash, and how its columns are read."""

    version: str
    schema_version: str
    schemas: Mapping[str, Mapping[str, Any]]
    forms: Mapping[str, str]
    read: Callable[[str, Sequence[str]], pa.Table]


def open_side(folder: Path) -> Side:
    """Return a release or a package of the disk as a side; raise UsageError for a folder that holds none."""
    try:
        descriptor = json.loads((folder / DESCRIPTOR).read_bytes())
        tables = [each for each in descriptor["resources"] if "schema" in each and each["format"] == "csv"]
        schemas = {each["name"]: each["schema"] for each in tables if "/" not in each["path"]}
        versions = str(descriptor["version"]), str(descriptor.get("schema_version", "0.0.0"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{folder}: no release: expected {DESCRIPTOR} ({error}). See: gongkai verify",
            f"{folder}：不是发布版本，应有 {DESCRIPTOR}（{error}）。参见：gongkai verify",
        ) from error

    def read(name: str, columns: Sequence[str]) -> pa.Table:
        try:
            return pq.read_table(folder / f"{name}.parquet", columns=list(columns))
        except (pa.ArrowException, OSError, KeyError) as error:
            raise ReleaseError(
                f"{folder}/{name}.parquet: cannot be read ({error}). See: gongkai verify {folder}",
                f"{folder}/{name}.parquet：无法读取（{error}）。参见：gongkai verify {folder}",
            ) from error

    forms = load_manifest(folder).forms if (folder / MANIFEST).exists() else {}
    return Side(*versions, schemas, forms, read)


def make_side(contents: Contents, forms: Mapping[str, str]) -> Side:
    """Return the contents of a release that is being made as a side."""

    def read(name: str, columns: Sequence[str]) -> pa.Table:
        return decode_table(contents.tables[name].select(list(columns)))

    schemas = {name: contents.schema(name) for name in contents.names}
    return Side(contents.version, contents.about["schema_version"], schemas, forms, read)


def list_comparable(before: Side, after: Side) -> list[str]:
    """Return the tables that both sides have with the same primary key, whose rows can be followed."""
    return [
        name
        for name, schema in after.schemas.items()
        if name in before.schemas
        and name != "gates"  # about the step between the two, no data
        and key_of(schema)
        and key_of(before.schemas[name]) == key_of(schema)
    ]


def key_of(schema: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the columns of a primary key with their types."""
    types = {field["name"]: field["type"] for field in schema["fields"]}
    return [(column, types[column]) for column in schema.get("primaryKey", [])]


def compare_table(name: str, before: Side, after: Side) -> pa.Table:
    """Return the delta of one table: rows added and removed, and each changed one as it was and as it is, in the order of keys.

    Columns that only one side has, or of another type, are the matter of the schema and not compared.
    """
    key = [column for column, _ in key_of(after.schemas[name])]
    types = {field["name"]: field["type"] for field in before.schemas[name]["fields"]}
    columns = [field["name"] for field in after.schemas[name]["fields"]]
    shared = [
        field["name"] for field in after.schemas[name]["fields"] if types.get(field["name"]) == field["type"]
    ]
    added, removed, old, new = match_rows(name, before, after)
    differing: dict[str, npt.NDArray[np.bool_]] = {}
    for column in shared:
        if column not in key:
            was, now = take(before, name, column, old), take(after, name, column, new)
            differing[column] = differ(was, now)
    changed = np.flatnonzero(np.logical_or.reduce([*differing.values(), np.zeros(len(old), dtype=bool)]))
    fields = name_fields({column: mask[changed] for column, mask in differing.items()}, len(changed))
    parts = [
        ("added", after, added, None),
        ("removed", before, removed, None),
        ("changed_from", before, old[changed], fields),
        ("changed_to", after, new[changed], fields),
    ]
    readable = {id(before): set(shared), id(after): set(columns)}
    made = {
        "change": pa.chunked_array([pa.array([word] * len(at), pa.string()) for word, _, at, _ in parts]),
        "changed_fields": pa.chunked_array(
            [pa.nulls(len(at), pa.string()) if names is None else names for _, _, at, names in parts]
        ),
        **{
            field["name"]: pa.chunked_array(
                [
                    chunk
                    for _, side, at, _ in parts
                    for chunk in take_or_null(side, name, field, at, readable[id(side)]).chunks
                ],
                TYPES[field["type"]],
            )
            for field in after.schemas[name]["fields"]
        },
    }
    table = pa.table(made)
    return table.take(
        pc.sort_indices(table, sort_keys=[(column, "ascending") for column in (*key, "change")])
    )


def match_rows(name: str, before: Side, after: Side) -> tuple[Places, Places, Places, Places]:
    """Return which rows were added, which were removed, and for each row of both sides its place in the old and the new."""
    was, now = number_keys(name, before, after)
    found = pc.index_in(pa.array(now), value_set=pa.array(was))
    places = pc.fill_null(found, -1).to_numpy().astype(np.int64)
    new = np.flatnonzero(places >= 0)
    old = places[new]
    left = np.ones(len(was), dtype=bool)
    left[old] = False
    return np.flatnonzero(places < 0), np.flatnonzero(left), old, new


def number_keys(name: str, before: Side, after: Side) -> tuple[Places, Places]:
    """Return a number for each row of both sides that only rows with the same key share.

    Columns are numbered one by one, so that millions of keys need a few bytes each and not their text.
    """
    numbers, size = np.zeros(0, dtype=np.int64), 1
    for column, _ in key_of(after.schemas[name]):
        was, now = (side.read(name, [column]).column(0) for side in (before, after))
        both = pa.chunked_array([*was.chunks, *now.cast(was.type).chunks], was.type).dictionary_encode()
        both = both.unify_dictionaries()
        codes = np.concatenate([chunk.indices.to_numpy() for chunk in both.chunks] or [numbers]).astype(
            np.int64
        )
        most = len(both.chunk(0).dictionary) if both.num_chunks else 1
        if size > (1 << 62) // most:  # no number of 64 bits holds both: number the pairs that there are
            numbers = np.unique(numbers, return_inverse=True)[1].astype(np.int64)
            size = int(numbers.max()) + 1
        numbers = codes if size == 1 else numbers * most + codes
        size *= most
        split = len(was)
    return numbers[:split], numbers[split:]


def take(side: Side, name: str, column: str, places: Places) -> pa.ChunkedArray:
    """Return the values of one column at some places; no copy is made of a column that is wanted as it stands."""
    values = side.read(name, [column]).column(0)
    as_it_stands = len(values) == len(places) and bool((places == np.arange(len(places))).all())
    return values if as_it_stands else values.take(pa.array(places))


def take_or_null(
    side: Side, name: str, field: Mapping[str, Any], places: Places, readable: set[str]
) -> pa.ChunkedArray:
    """Return the values of a field at some places, or as many missing ones where the side has no such column."""
    if not len(places) or field["name"] not in readable:
        return pa.chunked_array([pa.nulls(len(places), TYPES[field["type"]])])
    return take(side, name, field["name"], places).cast(TYPES[field["type"]])


def differ(was: pa.ChunkedArray, now: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Return where two columns differ; a missing value differs from every other, and not from a missing one."""
    values = pc.fill_null(pc.not_equal(was, now.cast(was.type)), False)
    gaps = pc.xor(pc.is_null(was), pc.is_null(now))
    return np.asarray(pc.or_(values, gaps).to_numpy(), dtype=bool)


def name_fields(differing: Mapping[str, npt.NDArray[np.bool_]], rows: int) -> pa.Array:
    """Return for each changed row the names of the columns that differ."""
    names = np.full(rows, "", dtype=object)
    for column, mask in differing.items():
        names[mask] += f" {column}"
    return pc.utf8_ltrim_whitespace(pa.array(names, pa.string()))


def write_deltas(deltas: Mapping[str, pa.Table], folder: Path) -> None:
    """Write the delta of each table that changed into `delta/`."""
    changed = {name: delta for name, delta in deltas.items() if delta.num_rows}
    if changed:
        (folder / FOLDER).mkdir()
    for name, delta in changed.items():
        write_csv(delta, folder / FOLDER / f"{name}.csv")


def describe_deltas(contents: Contents, deltas: Mapping[str, pa.Table]) -> list[dict[str, Any]]:
    """Return the resources of the deltas that have rows, without their hashes.

    Rows that were removed need not hold what is asked of rows today, so the fields have types and no constraints.
    """
    titles = {each["name"]: each for each in contents.resources}
    return [
        {
            "name": f"{name}-delta",
            "type": "table",
            "path": f"{FOLDER}/{name}.csv",
            "title": f"{titles[name]['title']}: changes",
            "title_zh": f"{titles[name]['title_zh']}：变化",
            "description": f"The rows of {name} that were added, removed or changed since the release before.",
            "description_zh": f"{name} 表中与前一发布版本相比新增、移除或变化的行。",
            "rows": delta.num_rows,
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "schema": delta_schema(contents.schema(name)),
        }
        for name, delta in deltas.items()
        if delta.num_rows
    ]


def delta_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Table Schema of a table's delta."""
    loose = [
        {key: value for key, value in field.items() if key not in ("constraints", "categories")}
        for field in schema["fields"]
    ]
    return {
        "$schema": schema["$schema"],
        "fields": [CHANGE, FIELDS, *loose],
        "primaryKey": [*schema["primaryKey"], "change"],
    }
