"""What many tests share: the registry, a copy of raw/, the shipped report made readable, a package built once."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from flows.extract.report import extract_report
from flows.harvest.index import load_index
from flows.model import Capture, Document, Extraction
from flows.publish.release import Release, build_release
from flows.read import read_document
from flows.registry import Registry, load_registry
from tests.portal.city.folder import write_registry
from tests.portal.city.serve import Calendar, Served, open_city
from tests.portal.city.small import DAY, town_city

os.environ.setdefault("DO_NOT_TRACK", "1")  # Prefect would send an event from a terminal
os.environ["GONGKAI_CONTACT"] = "tests@example.org"
os.environ["GONGKAI_STATE"] = tempfile.mkdtemp(prefix="gongkai-state-")  # hosts' turns, not those of the user
# No test is timed: machines differ. CI draws the same examples every time; elsewhere each run draws new ones.
settings.register_profile("here", deadline=None, max_examples=40)
settings.register_profile("ci", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "tests" / "pages"


@pytest.fixture(scope="session")
def registry() -> Registry:
    return load_registry(ROOT / "schemas")


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "raw", tmp_path / "raw"))


@pytest.fixture
def schemas(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "schemas", tmp_path / "schemas"))


@pytest.fixture(scope="session")
def huairou_page() -> bytes:
    return (PAGES / "huairou_2018.html").read_bytes()


@pytest.fixture(scope="session")
def huairou_document(huairou_page: bytes) -> Document:
    return read_document(huairou_page, "huairou_2018.html")


@pytest.fixture(scope="session")
def huairou(registry: Registry, huairou_document: Document) -> Extraction:
    return extract_report(huairou_document, registry)


@pytest.fixture(scope="session")
def shipped_captures(registry: Registry) -> tuple[Capture, ...]:
    return load_index(ROOT / "raw", registry.schemas["published/captures"])


@pytest.fixture(scope="session")
def release(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Release:
    return build_release(registry, ROOT / "raw", tmp_path_factory.mktemp("built") / "curated")


@pytest.fixture(scope="session")
def package(release: Release) -> Path:
    return release.published.folder


@pytest.fixture
def town(tmp_path: Path) -> Iterator[tuple[Served, Path]]:
    """Three districts' portals over real HTTP, where nothing goes wrong, and the folder of their registry."""
    calendar = Calendar()
    calendar.set(DAY)
    with open_city(town_city(), calendar) as served:
        yield served, write_registry(served, tmp_path / "town")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --accept: what a page of the golden set gives now becomes what it must give."""
    parser.addoption(
        "--accept", action="store_true", help="write changed expectations of tests/golden and fail once"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that wait for servers and processes, so that no core is left with them at the end."""
    first = ("test_pipeline.py", "test_city_harvest.py", "test_package.py", "test_cli.py", "test_build.py")
    items.sort(key=lambda item: first.index(item.path.name) if item.path.name in first else len(first))
