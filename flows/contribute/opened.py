"""A contribution opened safely: a file, a folder or a zip to named bytes, or the faults for which nothing of it is read.

Sizes and names are looked at first, links are never followed, nothing is unpacked to the disk.
"""

import hashlib
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flows.contribute.faults import Fault, quote
from flows.contribute.names import MAX_DEPTH, check_names, top_folder
from flows.errors import Text, UsageError

MAX_SIZE = 50_000_000  # bytes of all files together
MAX_FILES = 200
MAX_RATIO = 200
PIECE = 1 << 16
# What systems put beside files; no contributor knows that it is there.
CLUTTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini", ".git")


@dataclass(frozen=True)
class Opened:
    """The files of a contribution by name, or why it is refused unread; `alone` where it is one table without its folder."""

    name: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    alone: bool = False

    @property
    def sha256(self) -> str:
        """The hash of all names and bytes."""
        parts = (f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(self.files.items()))
        return hashlib.sha256("".join(parts).encode()).hexdigest()


def open_contribution(path: Path) -> Opened:
    """Return a file, folder or zip opened; raise UsageError where there is none of these."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return open_folder(path)
        if not stat.S_ISREG(mode):
            found = Text("no plain file", "不是普通文件")
            return Opened(quote(path.name), faults=(Fault("special_file", path.name, found),))
        if path.name == "datapackage.json":
            return open_folder(path.parent)
        if path.suffix.lower() not in (".csv", ".xlsx", ".zip"):
            raise not_there(path, "is no folder, zip, CSV or XLSX", "不是文件夹、zip、CSV 或 XLSX")
        if size := too_large(path.name, path.stat().st_size):
            return Opened(quote(path.name), faults=(size,))
        if path.suffix.lower() == ".zip":
            return open_zip(path)
        return Opened(quote(path.name), {path.name: read_limited(path)}, alone=True)
    except (OSError, ValueError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise not_there(path, f"cannot be read ({reason})", f"无法读取（{reason}）") from error


def not_there(path: Path, en: str, zh: str) -> UsageError:
    """Return the error for a path that can be no contribution."""
    return UsageError(
        f"{path}: {en}. Give the folder of a contribution, a zip of it, its figures.csv or figures.xlsx.",
        f"{path}：{zh}。请指定来稿文件夹、其 zip、figures.csv 或 figures.xlsx。",
    )


def too_large(name: str, size: int) -> Fault | None:
    """Return the fault for a size that no contribution has, or None."""
    if size <= MAX_SIZE:
        return None
    return Fault("too_large", name, Text(f"{size:,} bytes", f"{size:,} 字节"))


def read_limited(path: Path) -> bytes:
    """Return a file's bytes, and no more than one past the limit: it may have grown since its size was asked."""
    with path.open("rb") as file:
        return file.read(MAX_SIZE + 1)


# A folder


def open_folder(path: Path) -> Opened:
    """Return the files of a folder, or the faults of their kinds, names, number and sizes."""
    faults: list[Fault] = []
    sizes: dict[str, int] = {}
    for name, entry in walk_folder(path, "", 1):
        kind = entry.stat(follow_symlinks=False)
        if stat.S_ISLNK(kind.st_mode):
            faults.append(Fault("link", name, Text("a link", "链接")))
        elif not stat.S_ISREG(kind.st_mode):
            faults.append(
                Fault("special_file", name, Text("neither a file nor a folder", "既非文件也非文件夹"))
            )
        else:
            sizes[name] = kind.st_size
        if len(sizes) + len(faults) > MAX_FILES:
            faults.append(
                Fault("too_many_files", path.name, Text(f"over {MAX_FILES}", f"超过 {MAX_FILES} 个"))
            )
            break
    faults += check_names(sizes)
    if size := too_large(path.name, sum(sizes.values())):
        faults.append(size)
    if faults:
        return Opened(quote(path.name), faults=tuple(faults))
    files = {name: read_limited(path / name) for name in sorted(sizes)}
    if size := too_large(path.name, sum(map(len, files.values()))):
        return Opened(quote(path.name), faults=(size,))
    return Opened(quote(path.resolve().name), files)


def walk_folder(path: Path, above: str, depth: int) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    """Yield everything in a folder but folders, with its name; links are not followed, nor more levels than may be."""
    with os.scandir(path) as entries:
        for entry in sorted(entries, key=lambda each: each.name):
            name = f"{above}{entry.name}"
            if name.startswith(CLUTTER) or entry.name.startswith(CLUTTER):
                continue
            if entry.is_dir(follow_symlinks=False) and depth <= MAX_DEPTH:
                yield from walk_folder(path / entry.name, f"{name}/", depth + 1)
            else:
                yield name, entry


# A zip


def open_zip(path: Path) -> Opened:
    """Return the files in a zip, read in memory, or the faults of its entries."""
    try:
        with zipfile.ZipFile(path) as packed:
            entries = [each for each in packed.infolist() if not each.orig_filename.startswith(CLUTTER)]
            if faults := tuple(check_entries(path.name, entries)):
                return Opened(quote(path.name), faults=faults)
            files = [each for each in entries if not each.is_dir()]
            top = top_folder(each.orig_filename for each in files)
            content: dict[str, bytes] = {}
            for each in files:
                name = each.orig_filename.removeprefix(top)
                if not name.rpartition("/")[2].startswith(CLUTTER):
                    content[name] = read_entry(packed, each)
    except LyingSizeError as error:
        return Opened(quote(path.name), faults=(Fault("zip_damaged", str(error), LYING),))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        found = Text(f"not a whole zip ({error})", f"不是完整的 zip（{error}）")
        return Opened(quote(path.name), faults=(Fault("zip_damaged", path.name, found),))
    return Opened(quote(path.stem), content)


LYING = Text("it holds more than it says", "实际内容超过其所述大小")


class LyingSizeError(Exception):
    """An entry of a zip holds more than it says."""


def check_entries(name: str, entries: list[zipfile.ZipInfo]) -> Iterator[Fault]:
    """Yield what is wrong with the entries of a zip: number, names as they stand there, kinds, sizes, ratios."""
    if len(entries) > MAX_FILES:
        yield Fault("too_many_files", name, Text(f"{len(entries):,} entries", f"{len(entries):,} 项"))
        return
    yield from check_names(each.orig_filename.rstrip("/") or "/" for each in entries)
    if size := too_large(name, sum(each.file_size for each in entries)):
        yield size
    for each in entries:
        mode = each.external_attr >> 16
        if stat.S_ISLNK(mode):
            yield Fault("link", each.orig_filename, Text("a link", "链接"))
        elif stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            yield Fault("special_file", each.orig_filename, Text("a device or pipe", "设备或管道"))
        if each.flag_bits & 0x1:
            yield Fault("zip_locked", each.orig_filename, Text("a password", "有密码"))
        ratio = each.file_size // max(each.compress_size, 1)
        if ratio > MAX_RATIO:
            yield Fault("zip_ratio", each.orig_filename, Text(f"{ratio:,} times", f"{ratio:,} 倍"))


def read_entry(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Return the bytes of an entry; raise LyingSizeError at the first byte beyond the size that it states."""
    content = bytearray()
    with packed.open(entry) as file:
        while piece := file.read(PIECE):
            content += piece
            if len(content) > entry.file_size:
                raise LyingSizeError(entry.orig_filename)
    if len(content) != entry.file_size:
        raise LyingSizeError(entry.orig_filename)
    return bytes(content)
