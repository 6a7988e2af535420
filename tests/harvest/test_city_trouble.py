"""A harvest that is broken off has lost nothing: the next one goes on where it was; two at once press no host and lose nothing."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import pytest

from flows.harvest.audit import audit_archive
from tests.portal.city.plan import find_expected
from tests.portal.city.serve import Served, pairs_too_close
from tests.portal.city.small import DAY
from tests.portal.city.visit import PAUSE, Visitor


class PowerFailure(Exception):  # noqa: N818
    """What breaks a harvest off."""


@pytest.mark.parametrize("visits", [1, 7, 16])
def test_a_harvest_that_is_broken_off_goes_on_where_it_was(
    town: tuple[Served, Path], tmp_path: Path, visits: int
) -> None:
    served, _ = town
    visitor, left, lock = Visitor(served, tmp_path), [visits], Lock()

    def fail_in_the_end(_: object) -> None:
        with lock:
            left[0] -= 1
            if left[0] <= 0:
                raise PowerFailure

    with pytest.raises(PowerFailure):
        visitor.harvest(fail_in_the_end)
    assert visitor.captures()
    visitor.harvest()
    whole = {
        (each.body_id, each.year)
        for each in visitor.captures()
        if each.is_page and each.scope == "whole_area"
    }
    assert whole >= {
        key for key, outcome in find_expected(served.city, DAY.date()).items() if outcome == "captured"
    }
    asked = Counter((each.host, each.path) for each in served.log if each.path != "/robots.txt")
    assert {place for place, count in asked.items() if count > 1} == set()
    assert audit_archive(visitor.raw, visitor.captures()).faults == ()


def test_two_harvests_at_once_press_no_host_and_keep_every_report(
    town: tuple[Served, Path], tmp_path: Path
) -> None:
    served, _ = town
    visitors = [Visitor(served, tmp_path), Visitor(served, tmp_path)]
    visitors[1].found.append(visitors[0].registry)
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda visitor: visitor.harvest(), visitors))
    assert pairs_too_close(served.log, PAUSE) == []
    captures = visitors[0].captures()
    whole = {(each.body_id, each.year) for each in captures if each.is_page and each.scope == "whole_area"}
    assert whole >= {
        key for key, outcome in find_expected(served.city, DAY.date()).items() if outcome == "captured"
    }
    stored = {each.capture_id for each in captures}
    assert {
        each.capture_id for run in runs for outcome in run.outcomes for each in outcome.captures
    } == stored
    assert audit_archive(visitors[0].raw, captures).faults == ()
