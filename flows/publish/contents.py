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


def list_sources(contents: Contents) -> list[dict[str, str]]:
    """Return the original publishers: each body with a published report, and its portal where that is known."""
    with_figures = set(pc.unique(contents.tables["observations"].column("body_id")).to_pylist())
    return [
        {
            "title": f"{row['name_zh']} ({row['name_en']})",
            **({"path": f"https://{row['portal_host']}/"} if row["portal_host"] else {}),
        }
        for row in contents.registry.tables["bodies"]
        if row["body_id"] in with_figures
    ]


def find_newest(tables: Mapping[str, pa.Table]) -> datetime:
    """Return when the newest capture was taken: that of our own last look, or of somebody else's later one.

    What an earlier look says is no matter (`flows.harvest.order.newest_moment`): its clock may have been ahead.
    """
    captures = tables["captures"].sort_by([("sequence", "ascending"), ("captured_at", "ascending")])
    own = pc.equal(captures["kind"], "fetched")
    last = captures.filter(own)["captured_at"].slice(max(pc.sum(own).as_py() - 1, 0))
    others = captures.filter(pc.invert(own))["captured_at"]
    newest: datetime = max(each for each in (*last.to_pylist(), pc.max(others).as_py()) if each is not None)
    return newest
