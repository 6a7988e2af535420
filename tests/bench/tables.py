"""The tables: the gate beside frictionless, our writers beside pyarrow's own, and five million observations in 4 GiB."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import frictionless
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from flows.curate.assemble import assemble_tables, find_schema
from flows.publish.gate import csv_tables, find_breaches, memory_tables, parquet_tables
from flows.publish.tables import write_csv, write_parquet
from tests.bench.holds import Hold
from tests.many import make_many
from tests.power import REGISTRY

ROWS = 1_000_000  # observations that the gate and the writers are measured with
MILLIONS = 5_000_000
GIB = 4
# Allocators reserve addresses that they may never use, a gigabyte at a time: the limit is to count what is used.
FRUGAL = {"MALLOC_ARENA_MAX": "2", "ARROW_DEFAULT_MEMORY_POOL": "system"}
Schemas = dict[str, dict[str, Any]]


def measure_gate(out: Console, rounds: int) -> list[Hold]:
    """Time the gate over the tables of a package, each a different way, beside frictionless once over the same CSV files."""
    tables, schemas = make_tables(ROWS)
    rows = sum(table.num_rows for table in tables.values())
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        resources = [
            {"name": name, "path": f"{name}.csv", "schema": schema} for name, schema in schemas.items()
        ]
        for name, schema in schemas.items():
            write_csv(tables[name], folder / f"{name}.csv")
            write_parquet(tables[name], folder / f"{name}.parquet", schema)
        (folder / "datapackage.json").write_text(json.dumps({"resources": resources}), encoding="utf-8")
        works: dict[str, Callable[[], object]] = {
            "CSV": lambda: find_breaches(csv_tables(folder, resources)).count,
            "Parquet": lambda: find_breaches(parquet_tables(folder, schemas)).count,
            "memory": lambda: find_breaches(memory_tables(tables, schemas)).count,
        }
        seconds = {name: time_work(work, max(3, rounds // 2)) for name, work in works.items()}
        slow = time_work(lambda: validate(folder), 1)
    table = Table(title=f"The gate over {rows:,} rows of {len(schemas)} tables", title_justify="left")
    for name in ("from", "s", "rows/s", "× frictionless"):
        table.add_column(name, justify="right")
    for name, taken in {"frictionless, CSV": slow, **seconds}.items():
        table.add_row(name, f"{taken:.2f}", f"{rows / taken:,.0f}", f"{slow / taken:.0f}")
    out.print(table)
    return [
        Hold(
            "the gate from CSV: rows a second, times those of frictionless", slow / seconds["CSV"], least=50
        ),
        Hold(
            "the gate from Parquet: rows a second, times those of frictionless",
            slow / seconds["Parquet"],
            least=130,
        ),
    ]


def validate(folder: Path) -> int:
    """Return how many errors frictionless finds in a package: none."""
    report = frictionless.Package.from_descriptor(str(folder / "datapackage.json")).validate()
    assert report.valid, report.flatten(["type", "note"])[:3]
    return 0


def make_tables(observations: int) -> tuple[dict[str, pa.Table], Schemas]:
    """Return the tables of so many observations with plain texts, and their schemas."""
    many = make_many(REGISTRY, observations)
    tables = assemble_tables(many.registry, many.outcomes, many.captures)
    return tables, {name: dict(find_schema(many.registry, name)) for name in tables}


def time_work(work: Callable[[], object], rounds: int) -> float:
    """Return the seconds of processor time that a piece of work takes, the median of some rounds; it finds nothing."""
    taken = []
    for _ in range(rounds):
        began = time.process_time()
        found = work()
        taken.append(time.process_time() - began)
        assert not found
    return median(taken)


def measure_writers(out: Console, rounds: int) -> list[Hold]:
    """Time our writers of CSV and Parquet beside pyarrow's own, in turns."""
    tables, schemas = make_tables(ROWS)
    name = "observations"
    table = Table(title=f"Writing {tables[name].num_rows:,} observations", title_justify="left")
    for column in ("writer", "CSV s", "Parquet s", "rows/s", "× pyarrow's"):
        table.add_column(column, justify="right")
    with tempfile.TemporaryDirectory() as place:
        paths = Path(place) / "a.csv", Path(place) / "a.parquet"
        works: dict[str, Callable[[], object]] = {
            "pyarrow CSV": lambda: pacsv.write_csv(tables[name], paths[0]),
            "pyarrow Parquet": lambda: pq.write_table(tables[name], paths[1]),
            "our CSV": lambda: write_csv(tables[name], paths[0]),
            "our Parquet": lambda: write_parquet(tables[name], paths[1], schemas[name]),
        }
        turns = [
            {each: time_work(work, 1) for each, work in works.items()} for _ in range(max(3, rounds // 2))
        ]
    seconds = {each: median(turn[each] for turn in turns) for each in works}
    theirs, ours = (seconds[f"{who} CSV"] + seconds[f"{who} Parquet"] for who in ("pyarrow", "our"))
    for who, both in (("pyarrow", theirs), ("our", ours)):
        csv, parquet = seconds[f"{who} CSV"], seconds[f"{who} Parquet"]
        table.add_row(
            who,
            f"{csv:.2f}",
            f"{parquet:.2f}",
            f"{tables[name].num_rows / both:,.0f}",
            f"{both / theirs:.2f}",
        )
    out.print(table)
    return [Hold("writing CSV and Parquet: time, times that of pyarrow's own writers", ours / theirs, most=2)]


def measure_millions(out: Console, _rounds: int) -> list[Hold]:
    """Publish five million observations in a process that may not use more than 4 GiB of addresses."""
    found = publish_many(MILLIONS, GIB)
    table = Table(
        title=f"{found['observations']:,} observations, published in {GIB} GiB", title_justify="left"
    )
    seconds = found["assembling"] + found["publishing"]
    figures = {
        "rows of all tables": f"{found['rows']:,}",
        "s, tables": f"{found['assembling']:.0f}",
        "s, written and checked": f"{found['publishing']:.0f}",
        "observations/s": f"{found['observations'] / seconds:,.0f}",
        "rows/s": f"{found['rows'] / seconds:,.0f}",
        "peak MB": f"{found['resident']:,.0f}",
        "addresses MB": f"{found['addresses']:,.0f}",
    }
    for name in figures:
        table.add_column(name, justify="right")
    table.add_row(*figures.values())
    out.print(table)
    return [
        Hold("observations published", found["observations"], least=MILLIONS),
        Hold("memory, resident, in GiB", found["resident"] / 1024, most=GIB),
    ]


def publish_many(observations: int, gib: float) -> dict[str, float]:
    """Return what a process of its own tells of publishing so many observations in so much memory."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.bench.millions", str(observations), str(gib), folder]
        ran = subprocess.run(
            command, check=False, capture_output=True, text=True, env={**os.environ, **FRUGAL}
        )
        assert ran.returncode == 0, ran.stderr[-2000:]
        told: dict[str, float] = json.loads(ran.stdout)
        return told
