"""The main job without a network: captures to a published package."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flows.curate.assemble import assemble_tables
from flows.curate.build import Outcome, build_outcomes
from flows.curate.contributions import load_shelf
from flows.errors import ReleaseError
from flows.harvest.index import load_index
from flows.harvest.store import Raw
from flows.model import Capture
from flows.publish.package import Published, publish_package
from flows.registry import Registry


@dataclass(frozen=True)
class Release:
    """A published package with the outcomes it was made from."""

    published: Published
    outcomes: tuple[Outcome, ...]

    @property
    def done(self) -> tuple[Outcome, ...]:
        """The outcomes whose figures are in the package."""
        return tuple(outcome for outcome in self.outcomes if outcome.state == "published")

    @property
    def left_out(self) -> tuple[Outcome, ...]:
        """The outcomes that have a capture and are not in the package."""
        return tuple(each for each in self.outcomes if each.captures and each.state != "published")

    def count_figures(self) -> int:
        """Return the number of figures published."""
        return sum(
            observation.value.status == "reported"
            for outcome in self.done
            if outcome.extraction
            for observation in outcome.extraction.observations
        )

    def count_findings(self, registry: Registry) -> Counter[str]:
        """Return the number of findings by severity."""
        return Counter(
            registry.rules[finding.rule_id].severity
            for outcome in self.outcomes
            for finding in outcome.findings
        )


def build_release(
    registry: Registry,
    raw: Raw,
    curated: Path,
    tick: Callable[[Capture], None] = lambda _: None,
) -> Release:
    """Read, extract, check, validate and publish everything in the archive; return what was published.

    Raises ReleaseError, with the former releases untouched, where nothing can be published.
    """
    captures = load_index(raw, registry.schemas["published/captures"])
    if not captures:
        raise ReleaseError(
            f"{raw}: no captures, expected an index with at least one. Run gongkai harvest, or restore it from git or a copy.",
            f"{raw}：没有存档，索引应至少含一条记录。请运行 gongkai harvest，或从 git 或副本恢复。",
        )
    outcomes = build_outcomes(registry, raw, captures, tick)
    tables = assemble_tables(registry, outcomes, captures, load_shelf(raw))
    return Release(publish_package(registry, tables, curated), outcomes)
