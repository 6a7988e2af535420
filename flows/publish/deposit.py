"""A release as one zip file for an archive such as Zenodo: the same release gives the same bytes."""

import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

from flows.errors import ReleaseError
from flows.publish.manifest import hash_file, list_files, load_manifest
from flows.publish.verify import check_files

MODE = 0o100644 << 16  # a plain file that everybody may read
UNIX = 3  # the system that a zip file says it was made on


@dataclass(frozen=True)
class Deposit:
    """A bundle ready to be deposited: where it is, its size and its hash, how many files are in it."""

    path: Path
    size: int
    sha256: str
    files: int


def write_deposit(release: Path, folder: Path) -> Deposit:
    """Write `gongkai-VERSION.zip` of a release into a folder and return it; what stood there under that name is replaced.

    Raises ReleaseError where the release is not whole, or nothing can be written.
    """
    if faults := check_files(release):
        first = faults[0]
        raise ReleaseError(
            f"{release}: is not whole ({len(faults)} faults, first {first.where}: {first.what.en}), so it is not "
            "bundled. See: gongkai verify",
            f"{release}：不完好（{len(faults)} 处问题，首先是 {first.where}：{first.what.zh}），因此不予打包。"
            "参见：gongkai verify",
        )
    path = folder / f"gongkai-{load_manifest(release).version}.zip"
    beside = path.with_name(f".{path.name}.new")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        count = write_zip(release, beside, path.stem)
        beside.replace(path)
    except OSError as error:
        raise ReleaseError(
            f"{path}: cannot be written ({error.strerror}). Free space, mend the permissions or name another folder: -o FOLDER.",
            f"{path}：无法写入（{error.strerror}）。请腾出空间、修正权限，或另选文件夹：-o 文件夹。",
        ) from error
    finally:
        if folder.is_dir():
            beside.unlink(missing_ok=True)
    return Deposit(path, path.stat().st_size, hash_file(path), count)


def write_zip(release: Path, path: Path, name: str) -> int:
    """Write every file of a release into a zip file, below one folder, sorted, all of the release's date; return how many."""
    date = load_manifest(release).created.timetuple()[:6]
    names = list_files(release)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for each in names:
            info = zipfile.ZipInfo(f"{name}/{each}", date)
            info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_DEFLATED, MODE, UNIX
            info.file_size = (release / each).stat().st_size  # from which zip64 is decided
            with (release / each).open("rb") as source, bundle.open(info, "w") as target:
                shutil.copyfileobj(source, target, 1 << 20)
    return len(names)
