"""Verifying releases: what was published passes, and each of six attacks on a copy is refused with words of its own."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.errors import ReleaseError, UsageError
from flows.publish.manifest import Manifest, Version, hash_file, list_releases, load_manifest, write_manifest
from flows.publish.package import publish_package
from flows.publish.verify import Asked, Checked, verify
from flows.registry import Registry
from tests.command import run_gongkai
from tests.publish.conftest import Tables, other_content

DAY = datetime(2026, 11, 28, tzinfo=UTC)
NOW = Asked(DAY)


@pytest.fixture(scope="module")
def three(small: Registry, tables: Tables, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `curated/` folder with three releases."""
    curated = tmp_path_factory.mktemp("three") / "curated"
    for word in ("one", "two words", "three"):
        publish_package(small, other_content(tables, word), curated)
    return curated


@pytest.fixture
def copied(three: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(three, tmp_path / "curated", symlinks=True))


def newest(curated: Path) -> Path:
    return list_releases(curated)[-1]


def seen(three: Path) -> Manifest:
    """Return the manifest that a reader has seen last: that of the second release."""
    return load_manifest(list_releases(three)[1])


def said(checked: Checked) -> list[tuple[str, str]]:
    return [(fault.where, fault.what.en) for fault in checked.faults]


def rewrite(folder: Path, **change: object) -> None:
    """Be an attacker who makes manifest and sums anew so that all hashes of the folder agree."""
    about = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    del about["files"]
    (folder / "manifest.json").unlink()
    (folder / "SHA256SUMS").unlink()
    write_manifest(folder, {**about, **change})


def swap_file(curated: Path) -> None:
    path = newest(curated) / "captures.csv"
    path.write_bytes(path.read_bytes().replace(b"three", b"tree!"))


def swap_manifest(curated: Path) -> None:
    path = newest(curated) / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"1.0.0"', b'"1.0.1"'))


def swap_manifest_and_sums(curated: Path) -> None:
    path = newest(curated).parent / "2026.11.1" / "captures.csv"
    path.write_bytes(path.read_bytes().replace(b"two words", b"two lies!"))
    rewrite(path.parent)


def roll_back(curated: Path) -> None:
    (curated / "latest").unlink()
    (curated / "latest").symlink_to("releases/2026.11.0")


def mix(curated: Path) -> None:
    shutil.copy(curated / "releases/2026.11.0/captures.csv", newest(curated) / "captures.csv")


def mix_whole(curated: Path) -> None:
    shutil.rmtree(newest(curated))
    shutil.copytree(curated / "releases/2026.11.0", newest(curated).parent / "2026.11.2")


def cut(curated: Path) -> None:
    os.truncate(newest(curated) / "captures.parquet", 1000)


def draw_out(curated: Path) -> None:
    os.truncate(newest(curated) / "captures.csv", 1 << 40)  # a hole of a terabyte: reading it would never end


def never_end(curated: Path) -> None:
    (newest(curated) / "captures.csv").unlink()
    os.mkfifo(newest(curated) / "captures.csv")


def put_in(curated: Path) -> None:
    (newest(curated) / "more.csv").write_text("a,b\n", encoding="utf-8")


def take_out(curated: Path) -> None:
    (newest(curated) / "README.md").unlink()


def take_from_chain(curated: Path) -> None:
    shutil.rmtree(curated / "releases/2026.11.1")


def cut_manifest(curated: Path) -> None:
    os.truncate(newest(curated) / "manifest.json", 300)


def lead_out(curated: Path) -> None:
    path = newest(curated) / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"captures.csv"', b'"../../out.csv"'))


ATTACKS: dict[Callable[[Path], None], tuple[str, str, str]] = {
    swap_file: ("2026.11.2/captures.csv", "swapped or damaged", "被替换或损坏"),
    swap_manifest: ("2026.11.2/manifest.json", "not the one that SHA256SUMS names: it was swapped", "清单被替换"),
    swap_manifest_and_sums: (
        "2026.11.1/manifest.json", "is not the manifest that 2026.11.2 comes after", "清单在发布后被替换",
    ),
    roll_back: ("latest", "leads to 2026.11.0, the newest release is 2026.11.2: rolled back", "被回退"),
    mix: ("2026.11.2/captures.csv", "is the file of release 2026.11.0: releases were mixed", "不同版本被混合"),
    mix_whole: ("2026.11.2/manifest.json", "is that of release 2026.11.0 in the folder of 2026.11.2", "不同版本被混合"),
    cut: ("2026.11.2/captures.parquet", "is 1,000 bytes, the manifest states", "被截断"),
    draw_out: ("2026.11.2/captures.csv", "is 1,099,511,627,776 bytes", "被加长"),
    never_end: ("2026.11.2/captures.csv", "is no plain file", "没有尽头"),
    put_in: ("2026.11.2/more.csv", "is no file of this release", "不是本发布版本的文件"),
    take_out: ("2026.11.2/README.md", "is missing", "缺失"),
    take_from_chain: (
        "2026.11.2/manifest.json", "comes after 2026.11.1, but the release before it here is 2026.11.0", "有版本被删除或插入",
    ),
    cut_manifest: ("2026.11.2/manifest.json", "not the manifest of a release", "不是发布版本的清单"),
    lead_out: ("2026.11.2/manifest.json", "'../../out.csv' leads out of the folder", "不是发布版本的清单"),
}  # fmt: skip


def test_what_was_published_passes(three: Path) -> None:
    checked = verify(three, NOW)
    assert said(checked) == []
    assert (checked.version, checked.releases) == ("2026.11.2", 3)
    assert checked.sha256 == hash_file(newest(three) / "manifest.json")
    assert [text.en[:10] for text in checked.unchecked] == ["a rollback"]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_an_attack_on_the_files_or_the_chain_is_refused_in_words_of_its_own(
    copied: Path, attack: Callable[[Path], None]
) -> None:
    where, en, zh = ATTACKS[attack]
    attack(copied)
    found = [fault for fault in verify(copied, NOW).faults if fault.where == where and en in fault.what.en]
    assert len(found) == 1, said(verify(copied, NOW))
    assert zh in found[0].what.zh


def test_an_older_release_than_the_one_seen_is_refused(copied: Path) -> None:
    asked = Asked(DAY, Version(2026, 11, 2))
    assert said(verify(copied, asked)) == []
    shutil.rmtree(newest(copied))
    (copied / "latest").unlink()
    (copied / "latest").symlink_to("releases/2026.11.1")
    assert said(verify(copied, NOW)) == []  # the folder alone cannot tell, and says so
    ((where, what),) = said(verify(copied, asked))
    assert (where, what[:52]) == ("manifest.json", "is of release 2026.11.1, you have seen 2026.11.2: ro")


def test_a_release_that_expired_is_refused_as_frozen(three: Path) -> None:
    created = load_manifest(newest(three)).created
    assert said(verify(three, Asked(created + timedelta(days=400)))) == []
    ((_, what),) = said(verify(three, Asked(created + timedelta(days=400, seconds=1))))
    assert "release 2026.11.2 expired on 2027-12-30: frozen" in what


def test_a_release_that_was_made_anew_whole_is_told_by_who_noted_its_hash(copied: Path, three: Path) -> None:
    noted = Asked(DAY, Version(2026, 11, 2), hash_file(newest(three) / "manifest.json"))
    assert verify(copied, noted).unchecked == ()
    assert said(verify(copied, noted)) == []
    swap_file(copied)
    rewrite(newest(copied))
    assert said(verify(copied, NOW)) == []
    ((_, what),) = said(verify(copied, noted))
    assert "release 2026.11.2 is another than the one you have seen" in what


def test_a_downloaded_release_is_verified_alone_and_says_what_could_not_be(
    three: Path, tmp_path: Path
) -> None:
    alone = Path(shutil.copytree(newest(three), tmp_path / "download"))
    checked = verify(alone, Asked(DAY, Version(2026, 11, 1), seen(three).sha256))
    assert said(checked) == []
    assert [text.en for text in checked.unchecked] == [
        "the chain: release 2026.11.1, which 2026.11.2 comes after, is not beside it"
    ]
    path = alone / "captures.csv"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert [where for where, _ in said(verify(alone, NOW))] == ["download/captures.csv"]


def test_a_folder_that_is_no_release_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no release is here"):
        verify(tmp_path, NOW)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"version": 5}', "[" * 100_000])
def test_a_manifest_that_is_none_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(ReleaseError, match="not the manifest of a release"):
        load_manifest(tmp_path)
    assert said(verify(tmp_path, NOW))


def test_the_command_prints_faults_and_ends_with_1(copied: Path, three: Path) -> None:
    good = run_gongkai("verify", "--curated", three, "--at", "2026-11-28")
    assert (good.code, good.out) == (0, "")
    assert "release 2026.11.2 is whole" in good.err
    note = good.err.split()[-1]
    again = run_gongkai("verify", three, "--at", "2026-11-28", "--last-seen", note, "--lang", "zh")
    assert (again.code, "未核对" in again.err, "完好" in again.err) == (0, False, True)
    cut(copied)
    bad = run_gongkai("verify", "--curated", copied, "--at", "2026-11-28")
    assert (bad.code, bad.out.split("\t")[0]) == (1, "2026.11.2/captures.parquet")
    assert "refused, 1 faults" in bad.err
    older = run_gongkai("verify", "2026.11.1", "--curated", copied, "--at", "2026-11-28")
    assert (older.code, older.out) == (0, "")


@pytest.mark.parametrize(
    ("words", "en"),
    [
        (["2026.11.9"], "'2026.11.9' is neither a release"),
        (["--last-seen", "yesterday"], "--last-seen yesterday: expected a version such as 2026.11.0"),
        (["--last-seen", "2026.11.0=abc"], "expected the 64 hex digits of a sha256"),
        (["--at", "soon"], "--at soon: expected a date such as"),
    ],
)
def test_wrong_words_end_with_2_and_what_is_right(three: Path, words: list[str], en: str) -> None:
    ran = run_gongkai("verify", *words, "--curated", three)
    assert (ran.code, en in ran.err) == (2, True), ran.err
