"""A package is held against its schemas: every row by the gate, by frictionless whole or, of a large one, in part."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import frictionless
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.errors import ReleaseError
from flows.publish.validate import choose_rows, validate_package, write_sample

NOBODY = 0  # rows up to which frictionless sees all: the shipped package is a large one then


@pytest.fixture
def copy(package: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(package, tmp_path / "package"))


def damage(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def see_sample(folder: Path, former: Path | None, whole: int, sample: Path) -> frictionless.Report:
    """Return what frictionless says of the sample of a package."""
    sample.mkdir()
    listed = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    write_sample(folder, former, listed, whole, sample)
    report: frictionless.Report = frictionless.Package.from_descriptor(
        str(sample / "datapackage.json")
    ).validate()
    return report


def test_the_shipped_package_is_valid_whole_and_in_part(package: Path) -> None:
    validate_package(package)
    validate_package(package, None, NOBODY)
    validate_package(package, package, NOBODY)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            ",whole_area,",
            ",half_area,",
            ["observations: row 2, column scope: constraint-error: found 'half_area'"],
        ),
        (",2018,", ",zz,", ["row 2, column year: type-error: found 'zz', expected of type integer"]),
        ("\n110116,", "\n999999,", ["foreign-key", "found '999999', expected a row that bodies has"]),
    ],
)
@pytest.mark.parametrize("whole", [NOBODY, 500_000])
def test_one_damaged_cell_stops_the_package_and_is_named(
    copy: Path, old: str, new: str, words: list[str], whole: int
) -> None:
    damage(copy / "observations.csv", old, new)
    with pytest.raises(ReleaseError, match="breaks its own schema in") as refused:
        validate_package(copy, None, whole)
    for word in words:
        assert word in refused.value.text.en
    assert "行" in refused.value.text.zh


def test_a_damaged_hash_is_found_by_frictionless_where_the_gate_does_not_look(copy: Path) -> None:
    damage(copy / "datapackage.json", '"hash": "sha256:', '"hash": "sha256:0')
    with pytest.raises(ReleaseError, match="hash count"):
        validate_package(copy)


Change = Callable[[pa.Table], pa.Table]


def test_a_sample_has_changed_bodies_whole_and_some_of_the_rest(package: Path, copy: Path) -> None:
    table = pq.read_table(package / "reports.parquet")
    bodies = table.column("body_id").to_pylist()
    urls = [
        "https://example.org/" if body == "110116" else url
        for body, url in zip(bodies, table.column("url").to_pylist(), strict=True)
    ]
    at = table.column_names.index("url")
    pq.write_table(table.set_column(at, table.schema.field("url"), pa.array(urls)), copy / "reports.parquet")
    chosen = choose_rows(copy / "reports.parquet", package, (10_000, 20))
    picked = chosen.column("body_id").to_pylist()
    assert picked.count("110116") == bodies.count("110116") > 0
    assert 0 < len(picked) - picked.count("110116") < 80
    assert choose_rows(copy / "reports.parquet", package, (10_000, 20)).equals(chosen)
    assert choose_rows(package / "reports.parquet", package, (10_000, 0)).num_rows == 0


def test_every_changed_body_is_in_a_sample_however_small(package: Path) -> None:
    chosen = choose_rows(package / "reports.parquet", None, (0, 0))
    bodies = pq.read_table(package / "reports.parquet").column("body_id").to_pylist()
    assert set(chosen.column("body_id").to_pylist()) == set(bodies)
    assert chosen.num_rows == len(set(bodies))


def test_frictionless_sees_every_foreign_key_of_a_sample(package: Path, copy: Path, tmp_path: Path) -> None:
    clean = see_sample(package, package, NOBODY, tmp_path / "clean")
    assert clean.valid
    table = pq.read_table(package / "observations.parquet")
    concepts = table.column("concept_id").to_pylist()
    concepts[-1] = "no_such_concept"
    at = table.column_names.index("concept_id")
    pq.write_table(
        table.set_column(at, table.schema.field("concept_id"), pa.array(concepts)),
        copy / "observations.parquet",
    )
    broken = see_sample(copy, copy, NOBODY, tmp_path / "broken")
    errors: list[Any] = broken.flatten(["type", "note"])
    assert [kind for kind, _ in errors] == ["foreign-key"]
    assert "no_such_concept" in errors[0][1]
