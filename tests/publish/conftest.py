"""What the tests of releases share: the tables of the shipped reports, and a package of one table to publish many times."""

from dataclasses import replace

import pyarrow as pa
import pytest

from flows.curate.assemble import assemble_tables
from flows.model import Capture
from flows.publish.release import Release
from flows.registry import Registry

Tables = dict[str, pa.Table]


@pytest.fixture(scope="session")
def tables(registry: Registry, release: Release, shipped_captures: tuple[Capture, ...]) -> Tables:
    return assemble_tables(registry, release.outcomes, shipped_captures)


@pytest.fixture(scope="session")
def small(registry: Registry) -> Registry:
    """A registry whose package is one table, for tests that publish many times."""
    schema = {
        key: value for key, value in registry.schemas["published/captures"].items() if key != "foreignKeys"
    }
    only = [each for each in registry.package["resources"] if each["name"] == "captures"]
    return replace(
        registry,
        package={**registry.package, "resources": only},
        schemas={**registry.schemas, "published/captures": schema},
    )


def other_content(tables: Tables, word: str) -> Tables:
    """Return tables of which one cell says something else, so that the package is another."""
    captures = tables["captures"]
    at = captures.column_names.index("source")
    return {
        **tables,
        "captures": captures.set_column(at, "source", pa.array([word] * captures.num_rows, pa.string())),
    }
