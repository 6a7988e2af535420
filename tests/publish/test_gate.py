"""The gate and frictionless give the same verdict, error by error, on clean and on damaged tables of every schema."""

import csv
import json
import random
from collections import Counter
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import frictionless
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from frictionless.formats import CsvControl
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.errors import ReleaseError
from flows.publish.breaches import Breach, Table
from flows.publish.columns import open_csv, open_rows
from flows.publish.gate import csv_tables, find_breaches, memory_tables, parquet_tables
from flows.publish.keys import primary_key
from flows.publish.tables import write_parquet

Lines = list[list[str]]
Package = dict[str, tuple[dict[str, Any], Lines]]  # a table's schema, its lines with the header first
ROWS = 40  # of the tables that no other points to, so that a package is held against its schemas in a moment
TEXTS = [
    "", " ", "zz", "zz zz", "01", " 2018 ", "2018.0", "1e3", "nan", "-1", "99999999", "2_018", "٢٠١٨", "2019-02-30",
    "2019-2-3", "2019-02-28", "2019-02-28T10:00:00", "2019-02-28T10:00:00Z", "2019-02-28T10:00:00+08:00", "true", "True",
    "1", "a\nb", 'say "x"', "怀柔，区", "v2014.no.such|total",
]  # fmt: skip


@pytest.fixture(scope="module")
def published(package: Path) -> Package:
    """The package of the shipped captures as text, the long tables cut short."""
    resources = json.loads((package / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    schemas = {each["name"]: each["schema"] for each in resources if "schema" in each}
    targets = {
        key["reference"]["resource"] for schema in schemas.values() for key in schema.get("foreignKeys", [])
    }
    tables = {}
    for name, schema in schemas.items():
        with (package / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            lines = list(csv.reader(file))
        tables[name] = (schema, lines if name in targets else lines[: ROWS + 1])
    assert len(tables) > 15
    return tables


def write(tables: Package, folder: Path) -> list[dict[str, Any]]:
    """Write the tables as CSV and return their resources."""
    for name, (_, lines) in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(lines)
    return [{"name": name, "path": f"{name}.csv", "schema": schema} for name, (schema, _) in tables.items()]


def ask_frictionless(resources: list[dict[str, Any]], folder: Path) -> Counter[tuple[object, ...]]:
    """Return what frictionless finds: (table, kind, row, column) and how often."""
    commas = CsvControl(delimiter=",", quote_char='"', double_quote=True, skip_initial_space=False)
    package = frictionless.Package(basepath=str(folder))
    for each in deepcopy(resources):
        package.add_resource(
            frictionless.Resource(
                name=each["name"],
                path=each["path"],
                schema=frictionless.Schema.from_descriptor(each["schema"]),
                format="csv",
                encoding="utf-8",
                dialect=frictionless.Dialect(controls=[commas]),
                detector=frictionless.Detector(schema_sync=False),
            )
        )
    report = package.validate(limit_errors=100_000)
    assert not report.errors, report.errors
    return Counter(
        (task.name, kind, row, " ".join(fields) if fields else column or "")
        for task in report.tasks
        for kind, row, column, fields in task.flatten(["type", "rowNumber", "fieldName", "fieldNames"])
    )


def is_ours(breach: Breach) -> bool:
    """Return whether frictionless does not look for this breach.

    It takes a composite key with a missing part for a key (it minds only where every part is missing), and it never
    looks at categories or unique keys of several columns.
    """
    lacks_a_part = breach.rule == "whole" and set(breach.found.split(", ")) != {"∅"}
    return lacks_a_part or breach.rule == "categories"


def ask_gate(resources: list[dict[str, Any]], folder: Path) -> Counter[tuple[object, ...]]:
    """Return what the gate finds that frictionless looks for too."""
    verdict = find_breaches(csv_tables(folder, resources), listed=100_000)
    assert verdict.count == len(verdict.breaches)
    return Counter(
        (each.resource, each.kind, each.row, each.field) for each in verdict.breaches if not is_ours(each)
    )


def compare(tables: Package, folder: Path) -> Counter[tuple[object, ...]]:
    """Return what both find, after they were found to agree."""
    resources = write(tables, folder)
    found, expected = ask_gate(resources, folder), ask_frictionless(resources, folder)
    assert found == expected, (found - expected, expected - found)
    return found


def change(tables: Package, name: str, row: int, column: int, text: str) -> Package:
    """Return the tables with another text in one cell."""
    schema, lines = tables[name]
    lines = [list(line) for line in lines]
    lines[row][column] = text
    return {**tables, name: (schema, lines)}


def test_both_find_nothing_in_a_clean_package(published: Package, tmp_path: Path) -> None:
    assert compare(published, tmp_path) == Counter()


@pytest.mark.parametrize("step", [3, 11])
def test_both_find_the_same_where_every_column_of_every_table_holds_every_text(
    published: Package, tmp_path: Path, step: int
) -> None:
    tables = {}
    for name, (schema, (header, *lines)) in published.items():
        longer = [list(lines[at % len(lines)]) for at in range(max(ROWS, len(lines)) * bool(lines))]
        for column in range(len(header)):
            for at, text in enumerate(TEXTS if lines else ()):
                longer[(column * step + at) % len(longer)][column] = text
        tables[name] = (schema, [header, *longer])
    found = compare(tables, tmp_path)
    assert {name for name, *_ in found} == {name for name, (_, lines) in published.items() if lines[1:]}
    assert {kind for _, kind, *_ in found} == {
        "constraint-error",
        "type-error",
        "unique-error",
        "primary-key",
        "foreign-key",
    }


def test_both_find_the_same_where_every_column_repeats_the_text_of_another_row(
    published: Package, tmp_path: Path
) -> None:
    tables = published
    for name, (_, lines) in published.items():
        for column in range(len(lines[0])):
            if len(lines) > 2:
                row = 1 + column % (len(lines) - 1)
                tables = change(tables, name, row, column, lines[1 + row % (len(lines) - 1)][column])
    assert {kind for _, kind, _, _ in compare(tables, tmp_path)} >= {"unique-error"}


def test_both_find_the_same_where_every_row_stands_twice(published: Package, tmp_path: Path) -> None:
    twice = {name: (schema, [*lines, *lines[1:]]) for name, (schema, lines) in published.items()}
    found = compare(twice, tmp_path)
    for name, (_, lines) in published.items():
        assert sum(key[0] == name and key[1] == "primary-key" for key in found) == len(lines) - 1


SHAPES: dict[str, Callable[[Lines], Lines]] = {
    "a column renamed": lambda lines: [["other", *lines[0][1:]], *lines[1:]],
    "a label empty": lambda lines: [["", *lines[0][1:]], *lines[1:]],
    "a label twice": lambda lines: [[lines[0][0], lines[0][0], *lines[0][2:]], *lines[1:]],
    "two labels swapped": lambda lines: [[lines[0][1], lines[0][0], *lines[0][2:]], *lines[1:]],
    "capital letters": lambda lines: [[each.upper() for each in lines[0]], *lines[1:]],
    "two columns swapped": lambda lines: [[line[1], line[0], *line[2:]] for line in lines],
    "the last column lost": lambda lines: [line[:-1] for line in lines],
    "a column too many": lambda lines: [[*line, "x"] for line in lines],
    "a label too many": lambda lines: [[*lines[0], "x"], *lines[1:]],
    "a cell too many": lambda lines: [*lines[:1], *([*line, "x"] for line in lines[1:])],
    "two cells too many in one row": lambda lines: [*lines[:-1], [*lines[-1], "x", ""]],
    "the last cell lost": lambda lines: [lines[0], *(line[:-1] for line in lines[1:])],
    "one cell left": lambda lines: [*lines[:-1], lines[-1][:1]],
    "an empty line": lambda lines: [*lines, []],
    "an empty line in the middle": lambda lines: [*lines[:2], [], *lines[2:]],
    "only commas": lambda lines: [*lines, [""] * len(lines[0]), [""] * len(lines[0])],
    "only commas, one too many": lambda lines: [*lines, [""] * (len(lines[0]) + 1)],
    "no rows": lambda lines: lines[:1],
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_both_find_the_same_in_tables_of_another_shape(
    published: Package, tmp_path: Path, shape: str
) -> None:
    for name, (schema, lines) in published.items():
        found = compare(
            {**leave_targets(published, schema), name: (schema, SHAPES[shape](lines[:10]))}, tmp_path
        )
        assert found or shape == "no rows" or not lines[1:], name


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"form,\xff\xfe\n2014,x\n", b"form\r2014\r", "\ufeffform\n".encode()], ids=repr
)
@pytest.mark.parametrize("long", [b"", b"2014,x\n" * 2000 + b"\xff\n"])
def test_both_find_the_same_in_files_that_are_no_tables(
    published: Package, tmp_path: Path, content: bytes, long: bytes
) -> None:
    resources = write({"forms": published["forms"]}, tmp_path)
    (tmp_path / "forms.csv").write_bytes(content + long)
    found, expected = ask_gate(resources, tmp_path), ask_frictionless(resources, tmp_path)
    assert found
    assert {kind for _, kind, *_ in found} & {kind for _, kind, *_ in expected}, (found, expected)


def leave_targets(tables: Package, schema: Mapping[str, Any]) -> Package:
    """Return the tables that a schema points to, a few rows of each; they point nowhere."""
    targets = {key["reference"]["resource"] for key in schema.get("foreignKeys", [])} - {""}
    return {
        name: (
            {key: each for key, each in tables[name][0].items() if key != "foreignKeys"},
            tables[name][1][:10],
        )
        for name in targets
    }


DAMAGE = st.tuples(
    st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from([*TEXTS, None])
)


@settings(max_examples=5)  # each is a whole package; the more damages in one, the better
@given(damages=st.lists(DAMAGE, min_size=5, max_size=60))
def test_both_find_the_same_whatever_is_damaged(
    published: Package,
    tmp_path_factory: pytest.TempPathFactory,
    damages: list[tuple[int, int, int, str | None]],
) -> None:
    tables = {name: (schema, lines[:12]) for name, (schema, lines) in published.items()}
    names = list(tables)
    for a, b, c, text in damages:
        name = names[a % len(names)]
        lines = tables[name][1]
        if len(lines) > 1:
            column = c % len(lines[0])
            other = lines[1 + (b // 7) % (len(lines) - 1)][column]
            tables = change(tables, name, 1 + b % (len(lines) - 1), column, other if text is None else text)
    compare(tables, tmp_path_factory.mktemp("damaged"))


# What frictionless does not look at, by name and reason (STACK: it accepts all of these in silence)

FIELD = {"name": "a", "type": "string"}


def breaches_of(
    schema: Mapping[str, Any], columns: Mapping[str, list[Any]]
) -> list[tuple[str, str, int | None]]:
    table = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    return [
        (each.kind, each.rule, each.row)
        for each in find_breaches(memory_tables({"t": table}, {"t": schema})).breaches
    ]


def test_a_missing_part_of_a_composite_key_is_found_though_frictionless_takes_it_for_a_key() -> None:
    schema: Mapping[str, Any] = {"fields": [FIELD, {**FIELD, "name": "b"}], "primaryKey": ["a", "b"]}
    assert breaches_of(schema, {"a": ["x", "x", None], "b": ["1", None, "1"]}) == [
        ("primary-key", "whole", 3),
        ("primary-key", "whole", 4),
    ]


def test_unique_keys_are_checked_though_frictionless_ignores_them() -> None:
    schema: Mapping[str, Any] = {"fields": [FIELD, {**FIELD, "name": "b"}], "uniqueKeys": [["a", "b"]]}
    columns: Mapping[str, list[Any]] = {"a": ["x", "x", None, None], "b": ["1", "1", "1", "1"]}
    assert breaches_of(schema, columns) == [("unique-error", "unique", 3)]


@pytest.mark.parametrize("categories", [["x"], [{"value": "x", "label": "X"}]])
def test_categories_are_checked_though_frictionless_ignores_them(categories: list[Any]) -> None:
    schema = {"fields": [{**FIELD, "categories": categories}, {**FIELD, "name": "b"}]}
    columns: Mapping[str, list[Any]] = {"a": ["x", "y", None, ""], "b": ["1"] * 4}
    assert breaches_of(schema, columns) == [("constraint-error", "categories", 3)]


@pytest.mark.parametrize(
    ("change_to", "word"),
    [
        ({"type": "geopoint"}, "type geopoint"),
        ({"format": "uri"}, "format uri"),
        ({"constraints": {"jsonSchema": {}}}, "constraint jsonSchema"),
        ({"bareNumber": False}, "bareNumber"),
    ],
)
def test_a_schema_with_something_unknown_is_refused_and_never_passed(
    change_to: dict[str, Any], word: str
) -> None:
    with pytest.raises(ReleaseError, match=word):
        breaches_of({"fields": [{**FIELD, **change_to}]}, {"a": ["x"]})


@pytest.mark.parametrize(
    ("schema", "word"),
    [
        ({"fieldsMatch": "subset"}, "fieldsMatch"),
        ({"primaryKey": ["b"]}, "key column b"),
        ({"foreignKeys": [{"fields": "a", "reference": {"resource": "u", "fields": "a"}}]}, "resource u"),
    ],
)
def test_a_key_that_leads_nowhere_is_refused(schema: dict[str, Any], word: str) -> None:
    with pytest.raises(ReleaseError, match=word) as refused:
        breaches_of({"fields": [FIELD], **schema}, {"a": ["x"]})
    assert "不认识" in refused.value.text.zh


# The other sources, and what is said


def test_parquet_and_memory_get_the_verdict_of_csv(package: Path, tmp_path: Path) -> None:
    resources = json.loads((package / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    schemas = {each["name"]: each["schema"] for each in resources if "schema" in each}
    whole = find_breaches(csv_tables(package, resources))
    assert (whole.count, whole.rows) == (0, find_breaches(parquet_tables(package, schemas)).rows)
    only = {"applicants": {key: each for key, each in schemas["applicants"].items() if key != "foreignKeys"}}
    table = pq.read_table(package / "applicants.parquet")
    values = table.column("applicant").to_pylist()
    wrong = table.set_column(0, "applicant", pa.array(["ZZ", values[1], values[1], *values[3:]]))
    write_parquet(wrong, tmp_path / "applicants.parquet", only["applicants"])
    found = find_breaches(parquet_tables(tmp_path, only)).breaches
    assert [(each.kind, each.row, each.field) for each in found] == [
        ("constraint-error", 2, "applicant"),
        ("unique-error", 4, "applicant"),
        ("primary-key", 4, ""),
    ]
    assert find_breaches(memory_tables({"applicants": wrong}, only)).breaches == found


def test_a_column_of_another_type_in_parquet_is_a_type_error() -> None:
    table = pa.table({"a": pa.array([1, 2])})
    found = find_breaches(memory_tables({"t": table}, {"t": {"fields": [FIELD]}})).breaches
    assert [(each.kind, each.row) for each in found] == [
        ("type-error", None),
        ("type-error", 2),
        ("type-error", 3),
    ]


def test_a_file_that_is_read_column_by_column_gives_the_same_row_by_row(package: Path) -> None:
    resources = json.loads((package / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    for each in resources:
        if "schema" in each:
            path = package / each["path"]
            sides = [
                [
                    value
                    for batch in stream.batches
                    for value in zip(*(a.to_pylist() for a in batch.columns), strict=True)
                ]
                for stream in (open_csv(path), open_rows(path))
            ]
            assert sides[0] == sides[1]


def test_a_breach_says_where_what_was_found_and_what_was_expected_in_both_languages(tmp_path: Path) -> None:
    schema = {"fields": [{**FIELD, "type": "integer", "constraints": {"minimum": 3}}]}
    (tmp_path / "t.csv").write_text("a\n2\n", encoding="utf-8")
    table = Table("t", schema, lambda: open_csv(tmp_path / "t.csv"))
    (breach,) = find_breaches([table]).breaches
    assert breach.say().en == "t: row 2, column a: constraint-error: found '2', expected at least 3"
    assert breach.say().zh == "t：第 2 行，a 列：constraint-error：现为“2”，不小于 3"


def test_breaches_are_all_counted_though_only_the_first_of_a_table_are_listed() -> None:
    values = [f"{at}" for at in range(5000)]
    random.Random(1).shuffle(values)
    table = pa.table({"a": values})
    schema = {"fields": [{**FIELD, "constraints": {"pattern": "x"}}]}
    verdict = find_breaches(memory_tables({"t": table}, {"t": schema}))
    assert (verdict.count, len(verdict.breaches), verdict.rows) == (5000, 1000, 5000)


def test_every_published_table_has_a_key(published: Package) -> None:
    assert all(primary_key(schema) for schema, _ in published.values())
