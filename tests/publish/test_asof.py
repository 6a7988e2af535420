"""The package as of a day: what the archive held then, byte for byte what was released then by the same code."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from flows.errors import ReleaseError, UsageError
from flows.harvest.archive import append_captures
from flows.harvest.index import load_index
from flows.harvest.order import known_on
from flows.harvest.warc import NewCapture
from flows.publish.asof import rebuild_as_of
from flows.publish.release import build_release
from flows.registry import Registry
from tests.command import list_tree, run_gongkai
from tests.harvest.test_archive import FETCHED

DAY = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def add(raw: Path, registry: Registry, *new: NewCapture) -> None:
    append_captures(raw, new, load_index(raw, registry.schemas["published/captures"]))


@pytest.fixture(scope="module")
def lived(
    registry: Registry, huairou_page: bytes, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path, list[Path]]:
    """An archive that was built from in March, in April after a silent edit, and in May after an import of an older page."""
    raw, curated = tmp_path_factory.mktemp("raw"), tmp_path_factory.mktemp("curated")
    page = replace(FETCHED, payload=huairou_page, captured_at=DAY)
    edited = replace(page, payload=huairou_page.replace(b">7<", b">8<"), captured_at=DAY + timedelta(days=31))
    old = replace(
        page, payload=huairou_page.replace(b"2018", b"2017"), captured_at=DAY - timedelta(days=300), year=2017,
        kind="imported", url="http://www.bjhr.gov.cn/2017.html", source="Li Si",
    )  # fmt: skip
    again = replace(edited, captured_at=DAY + timedelta(days=61), verdict="unchanged")
    folders = []
    for new in ((page,), (edited,), (old, again)):
        add(raw, registry, *new)
        folders.append(build_release(registry, raw, curated).published.folder)
    return raw, curated, folders


@pytest.mark.parametrize(("days", "index"), [(0, 0), (30, 0), (31, 1), (60, 1), (61, 2), (900, 2)])
def test_it_is_byte_for_byte_what_was_released_then(
    lived: tuple[Path, Path, list[Path]], registry: Registry, tmp_path: Path, days: int, index: int
) -> None:
    raw, curated, folders = lived
    before = list_tree(curated)
    rebuilt = rebuild_as_of(registry, raw, (curated, tmp_path / "then"), (DAY + timedelta(days=days)).date())
    assert (rebuilt.release, rebuilt.differing, rebuilt.same_code) == (folders[index], (), True)
    assert list_tree(tmp_path / "then") == list_tree(folders[index])
    assert list_tree(curated) == before, "releases and latest stay as they are"


def test_what_was_imported_later_was_not_known_though_it_is_older(
    lived: tuple[Path, Path, list[Path]], registry: Registry
) -> None:
    captures = load_index(lived[0], registry.schemas["published/captures"])
    assert len(captures) == 4
    assert [each.kind for each in known_on(captures, date(2026, 3, 5))] == ["fetched"]
    assert [each.kind for each in known_on(captures, date(2026, 4, 5))] == ["fetched"] * 2
    assert {each.kind for each in known_on(captures, date(2026, 5, 5))} == {"fetched", "imported"}
    assert known_on(captures, date(2025, 1, 1)) == ()


def test_a_day_without_a_release_gives_what_the_next_one_would_have_been(
    lived: tuple[Path, Path, list[Path]], registry: Registry, tmp_path: Path
) -> None:
    raw, _, folders = lived
    rebuilt = rebuild_as_of(registry, raw, (tmp_path / "none", tmp_path / "then"), DAY.date())
    assert (rebuilt.release, rebuilt.version, rebuilt.captures) == (None, "2026.3.0", 1)
    assert list_tree(rebuilt.folder) == list_tree(folders[0])


def test_a_difference_is_named_with_its_files(
    lived: tuple[Path, Path, list[Path]], schemas: Path, registry: Registry, tmp_path: Path
) -> None:
    raw, curated, folders = lived
    rules = schemas / "rules.csv"
    rules.write_text(
        rules.read_text(encoding="utf-8").replace("the figures stay", "figures stay"), encoding="utf-8"
    )
    place: list[str | Path] = [
        "--schemas",
        schemas,
        "--raw",
        raw,
        "--curated",
        curated,
        "-o",
        tmp_path / "then",
    ]
    ran = run_gongkai("build", "--as-of", "2026-03-01", *place)
    assert ran.code == 1
    assert f"differ from release {folders[0].name}" in ran.out
    assert "though the code is the same" in ran.out


def test_a_day_before_the_archive_and_a_folder_of_something_else_are_refused(
    lived: tuple[Path, Path, list[Path]], registry: Registry, tmp_path: Path
) -> None:
    raw, curated, _ = lived
    with pytest.raises(ReleaseError, match="its first is of 2025-05-05"):
        rebuild_as_of(registry, raw, (curated, tmp_path / "then"), date(2020, 1, 1))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="holds no package"):
        rebuild_as_of(registry, raw, (curated, tmp_path / "mine"), DAY.date())
    assert list_tree(tmp_path) == {"mine/letter.txt": b"mine"}


@pytest.mark.parametrize("place", ["releases/2026.3.0", "releases/2026.9.0", "releases", "latest"])
def test_a_release_is_never_replaced(
    lived: tuple[Path, Path, list[Path]], registry: Registry, place: str
) -> None:
    raw, curated, _ = lived
    before = list_tree(curated)
    with pytest.raises(UsageError, match="a release is never replaced"):
        rebuild_as_of(registry, raw, (curated, curated / place), DAY.date())
    assert list_tree(curated) == before


@pytest.mark.parametrize("words", [["--as-of", "2026-13-01"], ["-o", "x"]])
def test_wrong_use_ends_with_2_and_says_what_is_expected(words: list[str]) -> None:
    ran = run_gongkai("build", *words)
    assert ran.code == 2
    assert "2026-03-31" in ran.err or "--as-of" in ran.err
