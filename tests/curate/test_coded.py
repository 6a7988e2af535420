"""Tables of millions of rows: the same rows in the same order as small ones, each text held once."""

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.curate import assemble, coded, series
from flows.curate.assemble import assemble_tables, find_schema
from flows.curate.coded import decode_table, find_again, number_rows
from flows.publish.gate import find_breaches, memory_tables
from flows.publish.tables import check_equal, write_csv, write_parquet
from flows.registry import Registry
from tests.bench.tables import publish_many
from tests.many import Many, make_many

ROW = st.tuples(
    st.none() | st.sampled_from(["", "a", "b", "怀柔", "Z", "aa"]),
    st.none() | st.integers(-3, 3),
    st.none() | st.booleans(),
)


def table_of(rows: list[tuple[str | None, int | None, bool | None]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * 3
    types = {"text": pa.string(), "count": pa.int64(), "yes": pa.bool_()}
    return pa.table(
        {name: pa.array(each, kind) for (name, kind), each in zip(types.items(), columns, strict=True)}
    )


@given(rows=st.lists(ROW, max_size=30), in_dictionary=st.booleans())
def test_rows_are_ordered_as_arrow_orders_them(
    rows: list[tuple[str | None, int | None, bool | None]], in_dictionary: bool
) -> None:
    table = table_of(rows)
    expected = table.take(
        pc.sort_indices(table, sort_keys=[(name, "ascending") for name in table.column_names])
    )
    numbers = number_rows(coded.encode_table(table) if in_dictionary else table, table.column_names)
    assert table.take(pa.array(np.argsort(numbers, kind="stable"))).equals(expected)
    counts = Counter(rows)
    assert [rows[at] for at in find_again(numbers)] == [
        rows[at] for at in sorted(find_again(numbers), key=lambda at: numbers[at])
    ]
    assert {rows[at] for at in find_again(numbers)} == {row for row, count in counts.items() if count > 1}


def test_keys_of_many_parts_do_not_run_over() -> None:
    names = [f"c{at}" for at in range(12)]
    table = pa.table({name: np.random.default_rng(at).permutation(5000) for at, name in enumerate(names)})
    assert len(np.unique(number_rows(table, names))) == 5000


@pytest.fixture(scope="module")
def many(registry: Registry) -> Many:
    return make_many(registry, 3000)


@pytest.fixture(scope="module")
def small_tables(many: Many) -> dict[str, pa.Table]:
    return assemble_tables(many.registry, many.outcomes, many.captures)


@pytest.fixture(scope="module")
def large_tables(many: Many) -> dict[str, pa.Table]:
    """The tables where those of more than 500 rows are large ones, made some rows at a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coded, "LARGE", 500)
        patch.setattr(assemble, "LARGE", 500)
        patch.setattr(assemble, "BATCH", 70)
        patch.setattr(series, "PART", 2500)
        return assemble_tables(many.registry, many.outcomes, many.captures)


def test_a_large_table_is_the_small_one_with_its_texts_in_dictionaries(
    many: Many, small_tables: dict[str, pa.Table], large_tables: dict[str, pa.Table], tmp_path: Path
) -> None:
    tables = large_tables
    assert tables["observations"].num_rows > 2500  # the series are made in two parts
    for name, table in small_tables.items():
        in_dictionaries = any(map(pa.types.is_dictionary, tables[name].schema.types))
        assert in_dictionaries == (table.num_rows >= 500), name
        assert decode_table(tables[name]).equals(table), name
    contents = []
    for each in (small_tables, tables):
        paths = tmp_path / "t.csv", tmp_path / "t.parquet"
        write_csv(each["series"], paths[0])
        write_parquet(each["series"], paths[1], find_schema(many.registry, "series"))
        check_equal("series", *paths)
        contents.append([path.read_bytes() for path in paths])
    assert contents[0] == contents[1]


def test_the_gate_passes_a_large_table_and_finds_what_is_wrong_in_it(
    many: Many, large_tables: dict[str, pa.Table]
) -> None:
    tables = large_tables
    schemas = {name: find_schema(many.registry, name) for name in tables}
    assert find_breaches(memory_tables(tables, schemas)).count == 0
    twice = {
        **tables,
        "observations": pa.concat_tables([tables["observations"], tables["observations"].slice(5, 1)]),
    }
    (found,) = find_breaches(memory_tables(twice, schemas)).breaches
    assert (found.kind, found.row) == ("primary-key", tables["observations"].num_rows + 2)


@pytest.mark.slow
def test_five_million_observations_are_published_in_four_gib() -> None:
    found = publish_many(5_000_000, 4)
    assert found["observations"] >= 5_000_000
    assert found["resident"] < 4096
