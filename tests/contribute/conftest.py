"""What the tests of contributions share: the files of a good one, and the verdict on any."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from flows.contribute.check import Verdict, check_contribution
from flows.contribute.opened import open_contribution
from flows.model import Extraction
from flows.registry import Registry
from tests.contribute.files import TODAY, filled, write_files

Judge = Callable[[Mapping[str, bytes]], Verdict]


@pytest.fixture(scope="session")
def good(registry: Registry, huairou: Extraction) -> dict[str, bytes]:
    """The files of a contribution that says what the shipped report says."""
    return filled(registry, huairou)


@pytest.fixture
def judge(registry: Registry, tmp_path: Path) -> Judge:
    """A function that writes files into a folder and gives the verdict on it."""

    def give(files: Mapping[str, bytes]) -> Verdict:
        folder = tmp_path / "contribution"
        return check_contribution(registry, open_contribution(write_files(folder, files)), TODAY)

    return give
