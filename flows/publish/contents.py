"""What the files of one package are made from: the registry, its tables, its version and its date."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from flows.curate.assemble import find_schema
from flows.publish.manifest import Version, next_version
from flows.registry import Registry

About = Mapping[str, Any]  # a resource, or a part of one, as the descriptor has it


@dataclass(frozen=True)
class Contents:
    """The contents of a package; `created` is when its newest capture was taken, for no clock enters."""

    registry: Registry
    tables: Mapping[str, pa.Table]
    version: str
    created: datetime

    @property
    def about(self) -> About:
        """What the package says of itself: title, licence, contributors."""
        return self.registry.package

    @property
    def resources(self) -> Sequence[About]:
        """The published tables, as they are declared, in their order."""
        resources: Sequence[About] = self.registry.package["resources"]
        return resources

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the published tables."""
        return tuple(each["name"] for each in self.resources)

    def schema(self, name: str) -> Mapping[str, Any]:
        """Return the Table Schema of a published table."""
        return find_schema(self.registry, name)


def find_contents(
    registry: Registry, tables: Mapping[str, pa.Table], version: Version | None = None
) -> Contents:
    """Return the contents of the package of these tables; without a version it is the first of the newest capture's month."""
    newest = find_newest(tables)
    return Contents(registry, tables, str(version or next_version(None, newest)), newest)


def find_newest(tables: Mapping[str, pa.Table]) -> datetime:
    """Return when the newest capture was taken: the date of the package, which no clock enters."""
    newest: datetime = pc.max(tables["captures"].column("captured_at")).as_py()
    return newest


def list_sources(contents: Contents) -> list[dict[str, str]]:
    """Return the original publishers: each body with a published report, and its portal."""
    with_figures = set(pc.unique(contents.tables["observations"].column("body_id")).to_pylist())
    return [
        {"title": f"{row['name_zh']} ({row['name_en']})", "path": f"https://{row['portal_host']}/"}
        for row in contents.registry.tables["bodies"]
        if row["body_id"] in with_figures and row["portal_host"]
    ]
