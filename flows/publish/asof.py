"""The package as the archive knew it on a day, made anew from the captures of that day: what a paper of then rests on."""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flows.curate.assemble import assemble_tables
from flows.curate.build import build_outcomes
from flows.curate.contributions import load_shelf
from flows.errors import ReleaseError, UsageError
from flows.harvest.index import load_index
from flows.harvest.order import end_of, known_on, newest_moment
from flows.harvest.store import Raw
from flows.model import Capture
from flows.publish.manifest import MANIFEST, RELEASES, hash_code, list_files, list_releases, load_manifest
from flows.publish.package import Last, write_release
from flows.publish.place import same_bytes
from flows.publish.validate import validate_package
from flows.registry import Registry


@dataclass(frozen=True)
class Rebuilt:
    """A package as of a day: where it is, the release of then where there is one, and the files that differ from it.

    `same_code` says whether this program is the one that made that release: then nothing may differ.
    """

    folder: Path
    version: str
    captures: int
    release: Path | None = None
    differing: tuple[str, ...] = ()
    same_code: bool = False


def rebuild_as_of(
    registry: Registry,
    raw: Raw,
    places: tuple[Path, Path],
    day: date,
    tick: Callable[[Capture], None] = lambda _: None,
) -> Rebuilt:
    """Write the package that the archive gave at the end of a day (UTC) into a folder of its own, and return what it is.

    `places` are `curated/`, whose releases say what was published then, and the folder to be written; neither the
    releases nor `curated/latest` are touched. Raises ReleaseError where the archive knew nothing, or no figure, by then.
    """
    curated, folder = places
    check_free(folder, curated)
    everything = load_index(raw, registry.schemas["published/captures"])
    captures = known_on(everything, day)
    if not captures:
        first = min((each.moment for each in everything), default=None)
        since = f"{first:%Y-%m-%d}" if first else "-"
        raise ReleaseError(
            f"{raw}: holds no capture of {day} or before; its first is of {since}. Give a later day.",
            f"{raw}：没有 {day} 或之前的存档；最早为 {since}。请给出更晚的日期。",
        )
    shelf = load_shelf(raw, end_of(day))
    tables = assemble_tables(registry, build_outcomes(registry, raw, captures, tick, shelf), captures, shelf)
    if not tables["observations"].num_rows:
        raise ReleaseError(
            f"no report could be published from the {len(captures)} captures of {day} or before. Give a later day.",
            f"{day} 或之前的 {len(captures)} 份存档中没有可发布的报告。请给出更晚的日期。",
        )
    before, then = find_then(curated, captures)
    with fresh(folder) as staging:
        last = Last(before, load_manifest(before)) if before else None
        version = load_manifest(then).version if then else None
        made = write_release(registry, tables, staging, last, version)
        validate_package(staging)
        differing = tuple(differing_files(staging, then)) if then else ()
    same = then is not None and json.loads((then / MANIFEST).read_bytes())["code"]["sha256"] == hash_code()
    return Rebuilt(folder, str(made.manifest.version), len(captures), then, differing, same)


def find_then(curated: Path, captures: Sequence[Capture]) -> tuple[Path | None, Path | None]:
    """Return the release that came before those captures, and the one that was made of them; None where there is none."""
    newest = newest_moment(captures)
    assert newest is not None
    before, then = None, None
    for folder in list_releases(curated):
        created = load_manifest(folder).created
        if created < newest:
            before = folder
        elif created == newest:  # the last of several, which were made by other code or schemas
            before, then = then or before, folder
    return before, then


def differing_files(folder: Path, other: Path) -> list[str]:
    """Return the files that only one of two folders has, or that differ."""
    names = {*list_files(folder), *list_files(other)}
    return sorted(
        name for name in names if not (folder / name).is_file() or not same_bytes(other / name, folder / name)
    )


def check_free(folder: Path, curated: Path) -> None:
    """Raise UsageError where a folder is a release, or holds something else than a package: nothing may take its place."""
    releases = (curated / RELEASES).resolve()
    if folder.is_symlink() or folder.resolve() == releases or releases in folder.resolve().parents:
        raise UsageError(
            f"{folder}: is a release or a link; a release is never replaced. Give another folder with -o.",
            f"{folder}：是发布版本或链接；发布版本绝不替换。请用 -o 指定其他文件夹。",
        )
    held = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    if held and not (folder / MANIFEST).is_file():
        raise UsageError(
            f"{folder}: is there already and holds no package. Give another folder with -o.",
            f"{folder}：已存在且不是数据包。请用 -o 指定其他文件夹。",
        )


@contextmanager
def fresh(folder: Path) -> Iterator[Path]:
    """Give an empty folder that takes the place of another at the end."""
    beside = folder.with_name(f".{folder.name}.new")
    try:
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        yield beside
        shutil.rmtree(folder, ignore_errors=True)
        beside.rename(folder)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        raise ReleaseError(
            f"{folder}: cannot be written ({reason}). Free space, or give another folder with -o.",
            f"{folder}：无法写入（{reason}）。请腾出空间，或用 -o 指定其他文件夹。",
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
