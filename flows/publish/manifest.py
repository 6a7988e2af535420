"""The manifest of a release: its version, when it expires, the release before it, and every file with its hash."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from flows import __version__
from flows.errors import ReleaseError

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
DESCRIPTOR = "datapackage.json"
RELEASES = "releases"
LATEST = "latest"
# Reports are due once a year, so an archive that is kept up has a newer capture within a year and five weeks.
LASTS = timedelta(days=400)
TIME = "%Y-%m-%dT%H:%M:%SZ"
VERSION = re.compile(r"(\d{4})\.([1-9]|1[0-2])\.(0|[1-9]\d{0,5})")
MOST = 64 << 20  # bytes of a manifest: one that never ends is not read


class Version(NamedTuple):
    """The version of a release: year and month of its newest capture, and its number in that month."""

    year: int
    month: int
    number: int

    def __str__(self) -> str:
        """Return the version as folders and files name it."""
        return f"{self.year}.{self.month}.{self.number}"


class File(NamedTuple):
    """One file of a release: its path below the folder, its size and its hash."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a release says of itself; `sha256` is that of the manifest's own bytes, `previous` what it says of the one before."""

    version: Version
    schema_version: str
    created: datetime
    expires: datetime
    previous: tuple[Version, str] | None
    content: str
    forms: Mapping[str, str]
    files: tuple[File, ...]
    sha256: str


def parse_version(text: str) -> Version | None:
    """Return a version, or None for a text that is none.

    >>> parse_version("2026.11.0"), parse_version("2026.11.00"), parse_version("2026.13.0")
    (Version(year=2026, month=11, number=0), None, None)
    """
    match = VERSION.fullmatch(text) if text.isascii() else None
    return Version(*map(int, match.groups())) if match else None


def next_version(last: Version | None, newest: datetime) -> Version:
    """Return the version of a release after the last one: by its newest capture, and always higher.

    >>> at = datetime(2026, 11, 25)
    >>> [str(next_version(last, at)) for last in (None, Version(2026, 10, 4), Version(2026, 11, 4), Version(2027, 1, 0))]
    ['2026.11.0', '2026.11.0', '2026.11.5', '2027.1.1']
    """
    first = Version(newest.year, newest.month, 0)
    return first if last is None or last < first else last._replace(number=last.number + 1)


def list_releases(curated: Path) -> list[Path]:
    """Return the folders of all releases, the oldest version first."""
    found = {
        version: path
        for path in (curated / RELEASES).glob("*")
        if path.is_dir() and (version := parse_version(path.name))
    }
    return [found[version] for version in sorted(found)]


def find_linked(curated: Path) -> Version | None:
    """Return the version that `latest` names, whether its folder is there or not; None where it names none."""
    latest = curated / LATEST
    return parse_version(latest.readlink().name) if latest.is_symlink() else None


def list_files(folder: Path) -> list[str]:
    """Return the paths of all files below a folder, sorted: everything that is no folder, links too."""
    found = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return sorted(path.relative_to(folder).as_posix() for path in found)


def hash_file(path: Path) -> str:
    """Return the sha256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(folder: Path, about: Mapping[str, Any]) -> Manifest:
    """Write the manifest of all files of a folder, then SHA256SUMS, which covers it too; return the manifest."""
    files = [
        File(name, (folder / name).stat().st_size, hash_file(folder / name)) for name in list_files(folder)
    ]
    listed = [{"path": each.path, "bytes": each.size, "sha256": each.sha256} for each in files]
    text = json.dumps({**about, "files": listed}, ensure_ascii=False, indent=2) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    hashes = {each.path: each.sha256 for each in files} | {MANIFEST: hash_file(folder / MANIFEST)}
    sums = "".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes))
    (folder / SUMS).write_text(sums, encoding="utf-8")
    return load_manifest(folder)


def describe_release(
    version: Version, schema_version: str, newest: datetime, previous: Manifest | None
) -> dict[str, Any]:
    """Return what a manifest says of its release beside content and files; no clock enters it."""
    before = {"version": str(previous.version), "sha256": previous.sha256} if previous else None
    return {
        "name": "gongkai",
        "version": str(version),
        "schema_version": schema_version,
        "created": newest.strftime(TIME),
        "expires": (newest + LASTS).strftime(TIME),
        "previous": before,
        "code": {"version": __version__, "sha256": hash_code()},
    }


@cache
def hash_code() -> str:
    """Return the sha256 of this program's own source: two releases with one value were made by the same code."""
    root = Path(__file__).resolve().parents[1]
    sources = sorted(root.rglob("*.py"), key=lambda path: path.relative_to(root).as_posix())
    named = "".join(f"{hash_file(path)}  {path.relative_to(root).as_posix()}\n" for path in sources)
    return hashlib.sha256(named.encode()).hexdigest()


def read_bounded(path: Path) -> bytes:
    """Return a file's bytes; raise ValueError for one that is no plain file or too long to be what it should."""
    if path.is_symlink() or not path.is_file():
        raise ValueError("no such file")
    if path.stat().st_size > MOST:
        raise ValueError(f"more than {MOST:,} bytes")
    return path.read_bytes()


def load_manifest(folder: Path) -> Manifest:
    """Return the manifest of a release; raise ReleaseError where it is missing, cut, endless or no manifest."""
    path = folder / MANIFEST
    try:
        data = read_bounded(path)
        return parse_manifest(json.loads(data), hashlib.sha256(data).hexdigest())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise ReleaseError(
            f"{path}: not the manifest of a release ({why}). Restore it from a copy, or download it again.",
            f"{path}：不是发布版本的清单（{why}）。请从副本恢复，或重新下载。",
        ) from error


def parse_manifest(content: Mapping[str, Any], sha256: str) -> Manifest:
    """Return a manifest from its JSON; raises ValueError, KeyError or TypeError for what is none."""
    before = content["previous"]
    return Manifest(
        version=need_version(content["version"]),
        schema_version=str(content["schema_version"]),
        created=datetime.strptime(content["created"], TIME).replace(tzinfo=UTC),
        expires=datetime.strptime(content["expires"], TIME).replace(tzinfo=UTC),
        previous=(need_version(before["version"]), str(before["sha256"])) if before else None,
        content=str(content["content"]),
        forms=dict(content["forms"]),
        files=tuple(
            File(check_path(each["path"]), int(each["bytes"]), str(each["sha256"]))
            for each in content["files"]
        ),
        sha256=sha256,
    )


def need_version(text: str) -> Version:
    """Return a version; raise ValueError for a text that is none."""
    if (version := parse_version(text)) is None:
        raise ValueError(f"'{text}' is no version")
    return version


def check_path(path: str) -> str:
    """Return a path of a manifest; raise ValueError for one that leads out of the folder."""
    if path.startswith("/") or "\\" in path or any(part in ("", ".", "..") for part in path.split("/")):
        raise ValueError(f"'{path}' leads out of the folder")
    return path
