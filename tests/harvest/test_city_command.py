"""The operator's command against a simulated portal: what it asks is what its plan said, what it keeps can be built."""

from pathlib import Path

import pytest

from tests.command import run_gongkai
from tests.portal.city.serve import Served


@pytest.mark.slow  # two seconds lie between two requests to a host
def test_the_first_harvest_of_a_district_does_what_its_plan_said(
    town: tuple[Served, Path], tmp_path: Path
) -> None:
    served, registry = town
    common = ("--registry", registry, "--raw", tmp_path / "raw", "--body", "110116", "--year", "2021")
    state = {"GONGKAI_STATE": str(tmp_path / "state")}
    planned = run_gongkai("harvest", *common, "--plan", env=state)
    assert planned.code == 0
    assert served.log == []
    lists = [word for word in planned.out.split() if word.startswith("http")]
    assert served.url("110116", "/zfxxgkzl/gknb/2021nb/qzf2021/") in lists
    harvested = run_gongkai("harvest", *common, env=state)
    asked = [served.url(each.host, each.path) for each in served.log if each.path != "/robots.txt"]
    assert set(lists) <= set(asked)
    own = [page for page in served.city.pages if page.story.year == 2021 and page.body_id == "110116"]
    pages = {served.url(page.host, path) for page in own for path in (page.path, page.file)}
    assert set(asked) - set(lists) <= pages
    assert harvested.code == 0, harvested.err
    again = run_gongkai("harvest", *common, env=state)
    assert again.code == 0, again.err
    assert len(served.log) == len(asked) + len({each.host for each in served.log})
    built = run_gongkai(
        "build", "--schemas", registry, "--raw", tmp_path / "raw", "--curated", tmp_path / "curated"
    )
    assert (tmp_path / "curated" / "latest" / "observations.csv").exists(), built.said
