"""A package held against its own descriptor: every row by the gate, and by frictionless as far as its speed allows."""

import functools
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import frictionless
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from flows.errors import ReleaseError
from flows.publish.columns import ROWS
from flows.publish.gate import csv_tables, find_breaches
from flows.publish.keys import foreign_keys
from flows.publish.manifest import DESCRIPTOR
from flows.publish.tables import write_csv

WHOLE = 500_000  # rows of a package up to which frictionless sees every one; of a larger one it sees about as many
SAMPLED = 0.1  # the share of those that are of bodies which did not change since the last package
PARTITION = "body_id"  # the rows of one body are compared with those of the last package as one
SEED = 20260331  # of the sample: the same package gives the same one

Resource = Mapping[str, Any]


def validate_package(folder: Path, former: Path | None = None, whole: int = WHOLE) -> None:
    """Raise ReleaseError unless a package keeps its own schemas.

    The gate sees every row of every table. Frictionless, the authority, sees every row too where there are no more
    than `whole`; of a larger package it sees the rows of every body that the `former` package does not have in the
    same words (a sample of those if they are more), a sample of the rest, and all foreign keys.
    """
    descriptor = json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8"))
    verdict = find_breaches(csv_tables(folder, descriptor["resources"]))
    if verdict.count:
        said = [breach.say() for breach in verdict.breaches[:5]]
        raise broken(verdict.count, "; ".join(each.en for each in said), "；".join(each.zh for each in said))
    if verdict.rows <= whole:
        ask_frictionless(frictionless.Package.from_descriptor(str(folder / DESCRIPTOR)))
        return
    with tempfile.TemporaryDirectory(prefix="gongkai-sample-") as place:
        sample = Path(place)
        write_sample(folder, former, descriptor["resources"], whole, sample)
        ask_frictionless(frictionless.Package.from_descriptor(str(sample / DESCRIPTOR)))


def ask_frictionless(package: frictionless.Package) -> None:
    """Raise ReleaseError unless frictionless finds a package valid."""
    report = package.validate()
    errors = [("package", error) for error in report.errors]
    errors += [(task.name, error) for task in report.tasks for error in task.errors]
    if errors or not report.valid:
        where = "; ".join(f"{name}: {error.message}" for name, error in errors[:5])
        raise broken(len(errors), where, where)


def broken(count: int, where_en: str, where_zh: str) -> ReleaseError:
    """Return the error for a package that breaks its own schemas."""
    return ReleaseError(
        f"the package breaks its own schema in {count:,} places: {where_en}. The former release stays; "
        "mend the report or the schema it names.",
        f"数据包有 {count:,} 处不符合自身模式：{where_zh}。原发布版本保持不变；请修正所指报告或模式。",
    )


def write_sample(
    folder: Path, former: Path | None, listed: Sequence[Resource], whole: int, sample: Path
) -> None:
    """Write what frictionless is to see of a large package, as a package.

    Some rows of each table, without its foreign keys; and for each foreign key the values that it has, once each,
    beside those that it may point to.
    """
    resources = [each for each in listed if "schema" in each]
    rows = {each["name"]: pq.read_metadata(parquet_of(folder, each)).num_rows for each in resources}
    parts = []
    for each in resources:
        share = rows[each["name"]] / sum(rows.values())
        chosen = choose_rows(parquet_of(folder, each), former, (share * whole, share * whole * SAMPLED))
        schema = {key: value for key, value in each["schema"].items() if key != "foreignKeys"}
        parts.append(write_part(each["name"], chosen, schema, sample))
    parts += write_references(folder, {each["name"]: each for each in resources}, sample)
    package = {"name": "sample", "resources": parts}
    (sample / DESCRIPTOR).write_text(json.dumps(package, ensure_ascii=False), encoding="utf-8")


def parquet_of(folder: Path, resource: Resource) -> Path:
    """Return the Parquet file beside the CSV file of a table."""
    return folder / f"{resource['name']}.parquet"


def write_part(name: str, table: pa.Table, schema: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Write a table as CSV and return its resource."""
    write_csv(table, folder / f"{name}.csv")
    return {"name": name, "path": f"{name}.csv", "format": "csv", "encoding": "utf-8", "schema": schema}


def choose_rows(path: Path, former: Path | None, most: tuple[float, float]) -> pa.Table:
    """Return the rows of a table that frictionless is to see: of changed bodies and of others, at most about so many.

    Every changed body is among them, and every other table whole as far as there is room.
    """
    counts = count_bodies(path)
    before = hash_bodies(former / path.name) if former and (former / path.name).exists() else {}
    now = hash_bodies(path) if before else {}
    changed = {body for body in counts if not before or before.get(body) != now[body]}
    sizes = [
        sum(size for body, size in counts.items() if (body in changed) == side) for side in (True, False)
    ]
    shares = [min(1.0, room / size) if size else 0.0 for room, size in zip(most, sizes, strict=True)]
    random, met, chosen = np.random.default_rng(SEED), set[str](), []
    for batch in read_batches(path):
        bodies = list_bodies(batch)
        lots = random.random(len(bodies))
        taken = [
            lot < shares[body not in changed] or (body in changed and body not in met and not met.add(body))  # type: ignore[func-returns-value]
            for body, lot in zip(bodies, lots, strict=True)
        ]
        chosen.append(batch.filter(pa.array(taken, pa.bool_())))
    return pa.Table.from_batches(chosen, pq.read_schema(path)).replace_schema_metadata(None)


def read_batches(path: Path) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a Parquet file, some at a time."""
    yield from pq.ParquetFile(path).iter_batches(ROWS)


def list_bodies(batch: pa.RecordBatch) -> list[str]:
    """Return whose each row is; a table that is not by body is one body's without a name."""
    if PARTITION not in batch.schema.names:
        return [""] * batch.num_rows
    bodies: list[str] = batch.column(PARTITION).to_pylist()
    return bodies


def count_bodies(path: Path) -> Counter[str]:
    """Return how many rows of a table each body has."""
    counts: Counter[str] = Counter()
    for batch in read_batches(path):
        counts.update(list_bodies(batch))
    return counts


def hash_bodies(path: Path) -> dict[str, int]:
    """Return a hash of the rows of each body, whatever their order."""
    hashes: Counter[str] = Counter()
    for batch in read_batches(path):
        rows = pd.util.hash_pandas_object(batch.to_pandas(), index=False)
        for body, part in rows.groupby(list_bodies(batch)).sum().items():
            hashes[str(body)] += int(part)
    return {body: total % 2**64 for body, total in hashes.items()}


def write_references(folder: Path, tables: Mapping[str, Resource], sample: Path) -> Iterator[dict[str, Any]]:
    """Write the values of every foreign key and those of every key pointed to, once each; yield their resources."""
    written = set()
    for name, resource in tables.items():
        for at, (key, target, there) in enumerate(foreign_keys(resource["schema"])):
            target_name = "-".join([target or name, *there])
            if target_name not in written:
                written.add(target_name)
                yield write_distinct(target_name, folder, tables[target or name], there, sample)
            part = write_distinct(f"{name}-key-{at}", folder, resource, key, sample)
            reference = {"resource": target_name, "fields": there}
            yield {
                **part,
                "schema": {**part["schema"], "foreignKeys": [{"fields": key, "reference": reference}]},
            }


def write_distinct(
    name: str, folder: Path, resource: Resource, columns: Sequence[str], sample: Path
) -> dict[str, Any]:
    """Write the values that some columns of a table have together, once each, and return their resource."""
    table = (
        pq.read_table(parquet_of(folder, resource), columns=list(columns))
        .group_by(list(columns))
        .aggregate([])
    )
    stated = [pc.is_valid(table.column(column)) for column in columns]
    fields = [
        {"name": each["name"], "type": each["type"]}
        for column in columns
        for each in resource["schema"]["fields"]
        if each["name"] == column
    ]
    rows = table.filter(functools.reduce(pc.or_, stated)).replace_schema_metadata(None)
    return write_part(name, rows.select(list(columns)), {"fields": fields}, sample)
