"""Archives that hold one report: a zip or gzip file to the bytes of the one member that can be read, within limits."""

import zlib
from collections.abc import Callable, Container

from flows.errors import ReadError
from flows.read.kinds import CSV, GZIP, PLAIN, find_media_type
from flows.read.limits import MAX_BYTES, too_much
from flows.read.office import ZIP, ZIP_FAULTS, Package, damaged, inflate_part, open_zip

UTF_8 = 0x800  # a flag of a member: its name is in UTF-8
JUNK = ("__macosx/", "thumbs.db", "desktop.ini", ".ds_store")
PLAIN_ENDINGS = (".txt", ".csv")  # style sheets are text too
SCRIPTS = (".js", ".css", ".json")  # may hold markup


def unpack_gzip(data: bytes, name: str, kinds: Container[str]) -> tuple[bytes, str]:  # noqa: ARG001 - one file is in it
    """Return the bytes in a gzip file, and what messages call them; ReadError where they are too many or cut."""
    inflater = zlib.decompressobj(31)
    try:
        content = inflater.decompress(data, MAX_BYTES + 1)
    except zlib.error as error:
        raise damaged(name, f"gzip: {error}", f"gzip：{error}") from error
    if len(content) > MAX_BYTES:
        raise too_much(
            name, f"a gzip file of over {MAX_BYTES:,} bytes", f"gzip 解压后超过 {MAX_BYTES:,} 字节"
        )
    if not inflater.eof or inflater.unused_data:
        raise damaged(name, "gzip: cut, or more behind its end", "gzip：已截断，或末尾有多余内容")
    return content, name


def unpack_zip(data: bytes, name: str, kinds: Container[str]) -> tuple[bytes, str]:
    """Return the one member of a zip that is of a kind in `kinds`, and what messages call it.

    Raises ReadError for a zip bomb or a damaged zip, with what was found, and where no member
    or more than one can be a report.
    """
    try:
        package = open_zip(data, name)
    except ZIP_FAULTS as error:
        raise damaged(name, f"zip: {error}", f"压缩包：{error}") from error
    reports = [path for path in list_members(package) if is_report(package, path, kinds)]
    if len(reports) != 1:
        names = ", ".join(sorted(call_member(package, path) for path in reports or package.parts)[:3])
        raise ReadError(
            f"{name}: a zip with {len(reports)} files that can be a report, expected 1 ({names}). Give the report alone.",
            f"{name}：压缩包内可作为报告的文件有 {len(reports)} 个，应为 1 个（{names}）。请只提供报告本身。",
        )
    return inflate_part(package, reports[0]), f"{name}/{call_member(package, reports[0])}"


def call_member(package: Package, path: str) -> str:
    """Return the name of a member: zips made on Chinese Windows hold it in GBK, and say nothing of it."""
    entry = package.parts[path]
    if entry.flag_bits & UTF_8:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return entry.filename


def list_members(package: Package) -> list[str]:
    """Return the names of a zip's files but for folders and what systems add."""
    return [path for path in package.parts if not path.endswith(("/", *JUNK)) and not path.startswith(JUNK)]


def is_report(package: Package, path: str, kinds: Container[str]) -> bool:
    """Return whether a member is of a kind that holds reports; pictures and plain text beside a page do not."""
    if path.endswith(SCRIPTS):
        return False
    media_type = find_media_type(inflate_part(package, path))
    if media_type in (PLAIN, CSV):
        return path.endswith(PLAIN_ENDINGS)
    return media_type in kinds and not media_type.startswith("image/")


UNPACKERS: dict[str, Callable[[bytes, str, Container[str]], tuple[bytes, str]]] = {
    ZIP: unpack_zip,
    GZIP: unpack_gzip,
}
