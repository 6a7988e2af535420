"""A release put in its place: one writer at a time, written beside, brought to the disk, named, then pointed to in one step.

`curated/latest` is a link to a folder that never changes once it is there. A reader who holds
the folder keeps reading that release; one who comes later finds the new one, whole.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flows.errors import ReleaseError
from flows.publish.manifest import LATEST, MANIFEST, RELEASES, SUMS, list_files


@contextmanager
def locked(curated: Path) -> Iterator[None]:
    """Hold the lock of `curated/`, so that two builds never write at once; raise ReleaseError if another does."""
    curated.mkdir(parents=True, exist_ok=True)
    with (curated / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ReleaseError(
                f"{curated}: another build is writing there. Wait for it and run again.",
                f"{curated}：另一个构建正在写入。请等待其结束后重试。",
            ) from error
        yield


@contextmanager
def staged(curated: Path) -> Iterator[Path]:
    """Give an empty folder beside the releases, and remove whatever is left of it at the end."""
    staging = curated / ".staging"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def put_in_place(curated: Path, staging: Path, version: str) -> Path:
    """Make the staged folder a release and the latest, and return where it is; what is there is never replaced."""
    folder = curated / RELEASES / version
    folder.parent.mkdir(exist_ok=True)
    if folder.exists():
        raise ReleaseError(
            f"{folder}: is there already and is no release that can be followed. Move it away and build again.",
            f"{folder}：已存在，且不是可以接续的发布版本。请将其移走后重新构建。",
        )
    sync_folder(staging)
    staging.rename(folder)
    sync_path(folder.parent)
    point_to(curated, folder)
    return folder


def point_to(curated: Path, folder: Path) -> bool:
    """Make `latest` a link to a release by one atomic step; return whether it was none."""
    latest, target = curated / LATEST, folder.relative_to(curated)
    if latest.is_symlink() and latest.readlink() == target:
        return False
    beside = curated / ".latest.new"
    beside.unlink(missing_ok=True)
    beside.symlink_to(target)
    beside.replace(latest)
    sync_path(curated)
    return True


def make_whole(folder: Path, staging: Path) -> bool:
    """Put back what a release has lost or what was changed in it; return False, and do nothing, if that would change it.

    The manifest and SHA256SUMS each pin every byte: where one of them is as it is made anew, so was all the rest.
    """
    if not any(same_bytes(folder / name, staging / name) for name in (MANIFEST, SUMS)):
        return False
    sync_folder(staging)
    made = list_files(staging)
    for name in set(list_files(folder)) - set(made):
        (folder / name).unlink()
    for name in made:
        if not same_bytes(folder / name, staging / name):
            (folder / name).parent.mkdir(exist_ok=True)
            (staging / name).replace(folder / name)
    sync_folder(folder)
    return True


def same_bytes(path: Path, other: Path) -> bool:
    """Return whether two files are there and hold the same."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size != other.stat().st_size:
        return False
    with path.open("rb") as mine, other.open("rb") as its:
        while block := mine.read(1 << 20):
            if block != its.read(1 << 20):
                return False
    return True


def sync_folder(folder: Path) -> None:
    """Bring a folder and everything below it to the disk before anything points to it."""
    for path in folder.rglob("*"):
        sync_path(path)
    sync_path(folder)


def sync_path(path: Path) -> None:
    """Bring one file or folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
