"""The deposit bundle: a whole release in one zip file, the same bytes everywhere, and never of a damaged one."""

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from flows.errors import ReleaseError
from flows.publish.deposit import write_deposit
from flows.publish.manifest import list_files
from tests.command import list_tree, run_gongkai


@pytest.fixture
def curated(package: Path, tmp_path: Path) -> Path:
    """A `curated/` folder of our own with one release."""
    shutil.copytree(package, tmp_path / "curated" / "releases" / package.name)
    (tmp_path / "curated" / "latest").symlink_to(f"releases/{package.name}")
    return tmp_path / "curated"


def test_it_unpacks_to_the_release_and_sha256sum_agrees(curated: Path, package: Path, tmp_path: Path) -> None:
    ran = run_gongkai("deposit", "--curated", curated, "-o", tmp_path / "out" / "deeper")
    assert ran.code == 0, ran.err
    bundle = Path(ran.out.strip())
    assert bundle == tmp_path / "out" / "deeper" / f"gongkai-{package.name}.zip"
    with zipfile.ZipFile(bundle) as file:
        assert file.testzip() is None
        file.extractall(tmp_path / "unpacked")
    assert list_tree(tmp_path / "unpacked" / f"gongkai-{package.name}") == list_tree(package)
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"],
        cwd=tmp_path / "unpacked" / f"gongkai-{package.name}",
        capture_output=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    assert "sha256" in ran.err
    assert list(bundle.parent.iterdir()) == [bundle]


def test_its_parts_are_sorted_and_carry_the_date_of_the_release_and_nothing_of_the_machine(
    package: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(write_deposit(package, tmp_path).path) as file:
        parts = file.infolist()
    assert [part.filename for part in parts] == [
        f"gongkai-{package.name}/{name}" for name in list_files(package)
    ]
    assert {part.date_time for part in parts} == {(2026, 11, 25, 0, 0, 0)}
    assert {(part.extra, part.comment, part.create_system, part.external_attr >> 16) for part in parts} == {
        (b"", b"", 3, 0o100644)
    }


def test_the_same_release_gives_the_same_bytes_whatever_the_umask_and_the_times_of_its_files(
    package: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(package, tmp_path / "elsewhere" / package.name))
    for path in copy.rglob("*"):
        os.utime(path, (0, 0))
    before = os.umask(0o077)
    try:
        second = write_deposit(copy, tmp_path / "two")
    finally:
        os.umask(before)
    first = write_deposit(package, tmp_path / "one")
    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.sha256 == second.sha256
    assert first.files == len(list_files(package))


def test_a_release_that_is_not_whole_is_not_bundled(curated: Path, package: Path, tmp_path: Path) -> None:
    with (curated / "releases" / package.name / "observations.csv").open("ab") as file:
        file.write(b"x")
    for lang, said in (("en", "is not whole (1 faults, first observations.csv"), ("zh", "不完好")):
        ran = run_gongkai(
            "deposit", package.name, "--curated", curated, "-o", tmp_path / "out", "--lang", lang
        )
        assert ran.code == 1
        assert said in ran.err
    assert not (tmp_path / "out").exists()


def test_a_release_that_is_not_there_is_wrong_use_and_the_nearest_is_named(
    curated: Path, tmp_path: Path
) -> None:
    ran = run_gongkai("deposit", "2026.11.9", "--curated", curated, "-o", tmp_path / "out")
    assert ran.code == 2
    assert "Nearest: 2026.11.0" in ran.err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_named(package: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ReleaseError, match="cannot be written") as caught:
        write_deposit(package, tmp_path / "file")
    assert "无法写入" in caught.value.text.zh
    assert (tmp_path / "file").read_text() == "x"
