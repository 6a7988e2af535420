"""Releases held against their manifests: swapped, mixed, cut, endless, rolled back or frozen ones are told apart and refused."""

import hashlib
import json
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from flows.errors import ReleaseError, Text, UsageError
from flows.publish.manifest import (
    DESCRIPTOR,
    LATEST,
    MANIFEST,
    RELEASES,
    SUMS,
    File,
    Manifest,
    Version,
    find_linked,
    list_files,
    list_releases,
    load_manifest,
    parse_version,
    read_bounded,
)


@dataclass(frozen=True)
class Fault:
    """One thing that is not as a release says it is, and where."""

    where: str
    what: Text


@dataclass(frozen=True)
class Checked:
    """What was found of a release and of those before it: faults, what could not be checked, and what was."""

    version: str
    sha256: str
    releases: int
    files: int
    size: int
    faults: tuple[Fault, ...]
    unchecked: tuple[Text, ...]


@dataclass(frozen=True)
class Asked:
    """What a person knows who verifies: the time, the version seen last, and the hash of its manifest."""

    now: datetime
    seen: Version | None = None
    sha256: str = ""


def verify(folder: Path, asked: Asked) -> Checked:
    """Return what is wrong with a release, or with the newest of a `curated/` folder, and with the chain behind it.

    Raises UsageError where the folder is neither.
    """
    releases = list_releases(folder)
    target = releases[-1] if releases else folder
    is_one = parse_version(target.name) or any((target / name).exists() for name in (MANIFEST, SUMS))
    if not is_one:
        raise no_release(folder)
    chain = find_chain(target)
    manifests = dict(load_all(chain))
    others = {each: path.name for path in chain for each in files_of(manifests[path])}
    newest = manifests[target]
    faults = [
        *(replace_where(path, fault) for path in chain for fault in check_files(path, others)),
        *check_chain(chain, manifests),
        *(check_latest(folder, target) if releases else ()),
        *(check_time(newest, asked, manifests.values()) if isinstance(newest, Manifest) else ()),
    ]
    counted = [file for manifest in manifests.values() for file in files_of(manifest)]
    return Checked(
        version=str(newest.version) if isinstance(newest, Manifest) else target.name,
        sha256=newest.sha256 if isinstance(newest, Manifest) else "",
        releases=len(chain),
        files=len(counted),
        size=sum(each.size for each in counted),
        faults=tuple(faults),
        unchecked=tuple(list_unchecked(chain, manifests, asked)),
    )


def no_release(folder: Path) -> UsageError:
    """Return the error for a folder that holds no release."""
    return UsageError(
        f"{folder}: no release is here: expected {MANIFEST}, or {RELEASES}/ with releases. See: gongkai build",
        f"{folder}：此处没有发布版本，应有 {MANIFEST}，或含发布版本的 {RELEASES}/。参见：gongkai build",
    )


def find_chain(target: Path) -> list[Path]:
    """Return the folders of a release and of all that stand beside it with a lower version, the oldest first."""
    version, home = parse_version(target.name), target.absolute().parent
    if version is None or home.name != RELEASES:
        return [target]
    beside = {parse_version(path.name): path for path in list_releases(home.parent)}
    return [*(path for other, path in beside.items() if other and other < version), target]


def load_all(chain: Iterable[Path]) -> Iterator[tuple[Path, Manifest | Text]]:
    """Yield the manifest of each folder, or why it has none."""
    for path in chain:
        try:
            yield path, load_manifest(path)
        except ReleaseError as error:
            yield path, error.text


def files_of(manifest: Manifest | Text) -> tuple[File, ...]:
    """Return the files that a manifest names; none where there is no manifest."""
    return manifest.files if isinstance(manifest, Manifest) else ()


def replace_where(path: Path, fault: Fault) -> Fault:
    """Return a fault with its release before the file."""
    return Fault(f"{path.name}/{fault.where}", fault.what)


def check_files(folder: Path, others: Mapping[File, str] | None = None) -> tuple[Fault, ...]:
    """Return what is wrong with the files of one release: each is there, no more, of the size and bytes that are stated.

    `others` names the release that a file is of, to tell a mixed release from a changed one.
    """
    try:
        manifest = load_manifest(folder)
    except ReleaseError as error:
        return (Fault(MANIFEST, error.text),)
    stated = {each.path for each in manifest.files} | {MANIFEST, SUMS}
    faults = [
        Fault(name, Text("is no file of this release", "不是本发布版本的文件"))
        for name in list_files(folder)
        if name not in stated
    ]
    faults += [
        Fault(file.path, what) for file in manifest.files if (what := check_file(folder, file, others or {}))
    ]
    return (*faults, *check_sums(folder, manifest), *check_names(folder, manifest))


def check_file(folder: Path, file: File, others: Mapping[File, str]) -> Text | None:
    """Return what is wrong with one file, or None; no more of it is read than the manifest states."""
    path = folder / file.path
    try:
        found = path.lstat()
    except OSError:
        return Text("is missing", "缺失")
    if not stat.S_ISREG(found.st_mode):
        return Text(
            "is no plain file: a link, a pipe or a device may never end",
            "不是普通文件：链接、管道或设备可能没有尽头",
        )
    if found.st_size != file.size and not any(found.st_size == each.size for each in others):
        kind = Text("cut", "截断") if found.st_size < file.size else Text("drawn out", "加长")
        return Text(
            f"is {found.st_size:,} bytes, the manifest states {file.size:,}: {kind.en}",
            f"为 {found.st_size:,} 字节，清单所载为 {file.size:,}：被{kind.zh}",
        )
    sha256 = hash_bounded(path, found.st_size)
    if sha256 == file.sha256:
        return None
    if other := others.get(File(file.path, found.st_size, sha256)):
        return Text(
            f"is the file of release {other}: releases were mixed",
            f"是发布版本 {other} 的文件：不同版本被混合",
        )
    return Text(
        f"has other bytes than the manifest states (sha256 {sha256[:12]}, expected {file.sha256[:12]}): swapped or damaged",
        f"字节与清单所载不符（sha256 {sha256[:12]}，应为 {file.sha256[:12]}）：被替换或损坏",
    )


def hash_bounded(path: Path, size: int) -> str:
    """Return the sha256 of a file of which no more than so many bytes are read."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while size > 0 and (block := file.read(min(size, 1 << 20))):
            digest.update(block)
            size -= len(block)
    return digest.hexdigest()


def check_sums(folder: Path, manifest: Manifest) -> tuple[Fault, ...]:
    """Return the fault of a SHA256SUMS that does not say what the manifest says, or says it of another manifest."""
    expected = {each.path: each.sha256 for each in manifest.files} | {MANIFEST: manifest.sha256}
    path = folder / SUMS
    try:
        said = dict(line.split("  ", 1)[::-1] for line in read_bounded(path).decode().splitlines())
    except (OSError, ValueError):
        return (Fault(SUMS, Text("is missing or no list of hashes", "缺失，或不是散列值列表")),)
    if said == expected:
        return ()
    if said.get(MANIFEST) != manifest.sha256 and {**said, MANIFEST: ""} == {**expected, MANIFEST: ""}:
        what = Text(
            "the manifest is not the one that SHA256SUMS names: it was swapped",
            "清单并非 SHA256SUMS 所载：清单被替换",
        )
        return (Fault(MANIFEST, what),)
    differ = sorted(name for name in said.keys() | expected.keys() if said.get(name) != expected.get(name))
    return (
        Fault(
            SUMS,
            Text(
                f"SHA256SUMS and the manifest differ about {differ[0]} and {len(differ) - 1} more: one of both was swapped",
                f"SHA256SUMS 与清单关于 {differ[0]} 等 {len(differ)} 个文件的记载不符：其一被替换",
            ),
        ),
    )


def check_names(folder: Path, manifest: Manifest) -> Iterator[Fault]:
    """Yield the faults of a folder or a descriptor that is named after another version than the manifest."""
    named = parse_version(folder.name)
    if named not in (None, manifest.version):
        yield Fault(
            MANIFEST,
            Text(
                f"is that of release {manifest.version} in the folder of {named}: releases were mixed or swapped",
                f"属于发布版本 {manifest.version}，却位于 {named} 的文件夹：不同版本被混合或替换",
            ),
        )
    try:
        said = json.loads(read_bounded(folder / DESCRIPTOR))["version"]
    except (OSError, ValueError, KeyError, TypeError):
        return  # the file itself is told of already
    if said != str(manifest.version):
        yield Fault(
            DESCRIPTOR,
            Text(
                f"describes version {said}, the manifest is of {manifest.version}: releases were mixed",
                f"描述的版本为 {said}，清单的版本为 {manifest.version}：不同版本被混合",
            ),
        )


def check_chain(chain: list[Path], manifests: Mapping[Path, Manifest | Text]) -> Iterator[Fault]:
    """Yield the faults of releases that do not follow each other: each names the one before and the hash of its manifest."""
    for before, after in pairwise(chain):
        first, second = manifests[before], manifests[after]
        if not isinstance(first, Manifest) or not isinstance(second, Manifest):
            continue  # told of already
        if second.previous is None or second.previous[0] != first.version:
            said = second.previous[0] if second.previous else "-"
            yield Fault(
                f"{after.name}/{MANIFEST}",
                Text(
                    f"comes after {said}, but the release before it here is {first.version}: one was removed or put between",
                    f"应接在 {said} 之后，但此处的前一版本为 {first.version}：有版本被删除或插入",
                ),
            )
        elif second.previous[1] != first.sha256:
            yield Fault(
                f"{before.name}/{MANIFEST}",
                Text(
                    f"is not the manifest that {second.version} comes after (sha256 {first.sha256[:12]}, expected "
                    f"{second.previous[1][:12]}): the manifest was swapped after its release",
                    f"不是 {second.version} 所接续的清单（sha256 {first.sha256[:12]}，应为 {second.previous[1][:12]}）："
                    "清单在发布后被替换",
                ),
            )


def check_latest(curated: Path, newest: Path) -> Iterator[Fault]:
    """Yield the fault of a `latest` that does not lead to the newest release."""
    linked = find_linked(curated)
    if linked is None or (curated / LATEST).resolve() != newest.resolve():
        yield Fault(
            LATEST,
            Text(
                f"leads to {linked or 'no release'}, the newest release is {newest.name}: rolled back. Run gongkai build",
                f"指向 {linked or '非发布版本'}，而最新版本为 {newest.name}：被回退。请运行 gongkai build",
            ),
        )


def check_time(newest: Manifest, asked: Asked, known: Iterable[Manifest | Text]) -> Iterator[Fault]:
    """Yield the faults of a release that is older than one seen before, is another one of its number, or has expired."""
    if asked.seen and newest.version < asked.seen:
        yield Fault(
            MANIFEST,
            Text(
                f"is of release {newest.version}, you have seen {asked.seen}: rolled back to an older one",
                f"属于发布版本 {newest.version}，而您见过 {asked.seen}：被回退到旧版本",
            ),
        )
    for each in known:
        if (
            isinstance(each, Manifest)
            and asked.sha256
            and each.version == asked.seen
            and each.sha256 != asked.sha256
        ):
            yield Fault(
                MANIFEST,
                Text(
                    f"release {each.version} is another than the one you have seen (sha256 of its manifest {each.sha256[:12]}, "
                    f"yours {asked.sha256[:12]}): swapped",
                    f"发布版本 {each.version} 并非您见过的那个（清单 sha256 为 {each.sha256[:12]}，您的为 {asked.sha256[:12]}）：被替换",
                ),
            )
    if asked.now > newest.expires:
        yield Fault(
            MANIFEST,
            Text(
                f"release {newest.version} expired on {newest.expires:%Y-%m-%d}: frozen, newer ones are held back from you, or "
                "nobody has harvested since",
                f"发布版本 {newest.version} 已于 {newest.expires:%Y-%m-%d} 过期：被冻结，您未获得更新的版本，或此后无人采集",
            ),
        )


def list_unchecked(
    chain: list[Path], manifests: Mapping[Path, Manifest | Text], asked: Asked
) -> Iterator[Text]:
    """Yield what could not be checked: a chain that is not here, a rollback that only a reader's memory can tell."""
    first = manifests[chain[0]]
    if isinstance(first, Manifest) and first.previous:
        yield Text(
            f"the chain: release {first.previous[0]}, which {first.version} comes after, is not beside it",
            f"版本链：{first.version} 之前的发布版本 {first.previous[0]} 不在旁边",
        )
    if asked.seen is None:
        yield Text(
            "a rollback: give the version that you saw last with --last-seen",
            "回退：请用 --last-seen 给出您上次见到的版本",
        )
    elif not asked.sha256:
        yield Text(
            "whether the release you saw last was swapped whole: give the hash of its manifest too, --last-seen VERSION=SHA256",
            "上次见到的版本是否被整体替换：请一并给出其清单的散列值，--last-seen 版本=SHA256",
        )
