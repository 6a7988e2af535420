"""A figure far beyond its peers', where the body's own history is too short to tell: a body with a history is held against that."""

import pytest

from flows.curate.checks import check_reports
from flows.model import Extraction, Finding
from flows.registry import Registry
from tests.curate.test_history import report

BODIES = ("110101", "110102", "110105", "110106", "110107", "110108", "110109", "110111", "110112")
CELL = "reply.total"


def found(registry: Registry, *reports: tuple[int, Extraction]) -> list[tuple[int, Finding]]:
    pairs = check_reports(registry, dict(enumerate(reports)))
    return [(key, each) for key, each in pairs if each.rule_id == "X-OUTLIER-PEER"]


def peers(registry: Registry, year: int, count: int = 9) -> list[tuple[int, Extraction]]:
    return [report(registry, year, {CELL: 100 + 10 * n}, body) for n, body in enumerate(BODIES[:count])]


@pytest.mark.parametrize(("figure", "is_found"), [(20_000, True), (9_000, False), (140, False), (0, False)])
def test_a_figure_a_hundred_times_those_of_its_peers_is_found(
    registry: Registry, figure: int, is_found: bool
) -> None:
    pairs = found(registry, report(registry, 2016, {CELL: figure}), *peers(registry, 2016))
    assert [key for key, _ in pairs] == ([0] if is_found else [])
    for _, each in pairs:
        assert (int(each.left or 0), int(each.right or 0)) == (figure, 144)
        assert "about 144.91" in each.message.en
        assert each.cells == (f"v2014.{CELL}|total",)


def test_few_peers_tell_nothing(registry: Registry) -> None:
    assert found(registry, report(registry, 2016, {CELL: 20_000}), *peers(registry, 2016, 5)) == []


def test_a_body_with_years_of_its_own_is_held_against_those(registry: Registry) -> None:
    own = [report(registry, year, {CELL: 20_000}) for year in range(2014, 2019)]
    others = [each for year in range(2014, 2019) for each in peers(registry, year)]
    assert found(registry, *own, *others) == []
    assert {key for key, _ in found(registry, *own[:4], *others)} == {0, 1, 2, 3}
