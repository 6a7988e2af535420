"""Office files from outside: what kind a zip or OLE file is, a zip's parts within limits.

DOCX and XLSX are zips of XML, read in this process because every size is known before it is inflated.
"""

import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO

from lxml import etree

from flows.cells import clean_text
from flows.decode import decode_text
from flows.errors import ReadError, Text
from flows.read.limits import (
    FREE_SIZE,
    MAX_ENTRIES,
    MAX_INFLATED,
    MAX_PART,
    MAX_RATIO,
    MAX_TAGS,
    too_much,
)
from flows.read.ole import DOC, ENCRYPTED, MAGIC, OLE, PPT, WORKS, XLS, find_ole_type

OPENXML = "application/vnd.openxmlformats-officedocument."
DOCX = OPENXML + "wordprocessingml.document"
XLSX = OPENXML + "spreadsheetml.sheet"
PPTX = OPENXML + "presentationml.presentation"
XLSB = "application/vnd.ms-excel.sheet.binary"
OFD = "application/ofd"
OPENDOCUMENT = "application/vnd.oasis.opendocument"
ODT = OPENDOCUMENT + ".text"
ODS = OPENDOCUMENT + ".spreadsheet"
ZIP = "application/zip"
NAMES = {
    DOCX: Text("a Word document (DOCX)", "Word 文档（DOCX）"),
    XLSX: Text("an Excel workbook (XLSX)", "Excel 工作簿（XLSX）"),
    XLSB: Text("a binary Excel workbook (XLSB)", "二进制 Excel 工作簿（XLSB）"),
    PPTX: Text("a presentation (PPTX)", "演示文稿（PPTX）"),
    DOC: Text("an old Word or WPS document (DOC)", "旧版 Word 或 WPS 文档（DOC）"),
    XLS: Text("an old Excel or WPS workbook (XLS)", "旧版 Excel 或 WPS 工作簿（XLS）"),
    PPT: Text("an old presentation (PPT)", "旧版演示文稿（PPT）"),
    WORKS: Text("a Microsoft Works document (WPS)", "Microsoft Works 文档（WPS）"),
    ENCRYPTED: Text("an Office file locked with a password", "设有密码的 Office 文件"),
    OFD: Text("an OFD document", "OFD 版式文档"),
    ODT: Text("an OpenDocument text (ODT)", "OpenDocument 文本（ODT）"),
    ODS: Text("an OpenDocument workbook (ODS)", "OpenDocument 电子表格（ODS）"),
    OPENDOCUMENT: Text("an OpenDocument file of another kind", "其他 OpenDocument 文件"),
    ZIP: Text("a zip archive of another kind, or damaged", "其他压缩包，或已损坏"),
    OLE: Text("an OLE file of another program, or damaged", "其他程序的 OLE 文件，或已损坏"),
}
# What the list of contents calls the main part; files with macros are read too, their macros are not.
MAIN_PARTS = (
    (rb"wordprocessingml\.(?:document|template)\.main\+xml", DOCX),
    (rb"ms-word\.(?:document|template)\.macroEnabled\w*\.main\+xml", DOCX),
    (rb"spreadsheetml\.(?:sheet|template)\.main\+xml", XLSX),
    (rb"ms-excel\.(?:sheet|template)\.macroEnabled\.main\+xml", XLSX),
    (rb"ms-excel\.sheet\.binary\.macroEnabled\.main", XLSB),
    (rb"presentationml\.\w+\.main\+xml", PPTX),
)
ZIP_MAGIC = b"PK\x03\x04"
# What zipfile raises on damaged or forged archives.
ZIP_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError, struct.error)


Element = etree._Element


@dataclass(frozen=True)
class Package:
    """A zip whose names and sizes have been checked: `parts` by their names in lower case, tags `read` of each."""

    name: str
    archive: zipfile.ZipFile
    parts: dict[str, zipfile.ZipInfo]
    read: dict[str, int] = field(default_factory=dict)


def find_office_type(data: bytes) -> str:
    """Return the media type of a zip or an OLE file by what stands inside; never raises.

    `application/zip` and `application/x-ole-storage` where that is no kind of Office file we
    can name, `application/octet-stream` where the bytes are neither.
    """
    if data.startswith(MAGIC):
        return find_ole_type(data)
    if data.startswith(ZIP_MAGIC):
        try:
            return find_zip_type(open_zip(data, ""))
        except (ReadError, *ZIP_FAULTS):
            return ZIP
    return "application/octet-stream"


def find_zip_type(package: Package) -> str:
    """Return the media type that a zip's list of contents, or else a telling name, declares."""
    if "[content_types].xml" in package.parts:
        contents = inflate_part(package, "[content_types].xml")
        for pattern, media_type in MAIN_PARTS:
            if re.search(pattern, contents):
                return media_type
    if "ofd.xml" in package.parts:
        return OFD
    if "mimetype" in package.parts and OPENDOCUMENT.encode() in (kind := inflate_part(package, "mimetype")):
        return {ODT.encode(): ODT, ODS.encode(): ODS}.get(
            kind.strip().removesuffix(b"-template"), OPENDOCUMENT
        )
    return ZIP


def wrong_type(name: str, found: str, expected: str) -> ReadError:
    """Return the error for a file that is not of the kind its reader reads."""
    is_en, is_zh = NAMES.get(found, Text(found, found))
    en, zh = NAMES[expected]
    return ReadError(
        f"{name}: the file is {is_en}, expected {en}. Open it, and save the report as DOCX, XLSX, PDF or a web page.",
        f"{name}：文件是{is_zh}，应为{zh}。请打开后将报告另存为 DOCX、XLSX、PDF 或网页。",
    )


def damaged(name: str, en: str, zh: str) -> ReadError:
    """Return the error for a file whose inside is not what its outside says."""
    return ReadError(
        f"{name}: damaged or forged ({en}). Fetch it again, or open it and save it anew.",
        f"{name}：文件已损坏或被伪造（{zh}）。请重新获取，或打开后重新保存。",
    )


def locked(name: str) -> ReadError:
    """Return the error for a file that cannot be read without its password."""
    return ReadError(
        f"{name}: locked with a password, which is needed to read it. Open it, and save it without one.",
        f"{name}：文件设有密码，读取需要密码。请打开后另存为无密码的文件。",
    )


def open_package(data: bytes, name: str, media_type: str) -> Package:
    """Return the package of an Office Open XML file of the given kind, its names and sizes checked.

    Raises ReadError for another kind of file (and says which), a damaged one, a zip bomb.
    """
    if not data.startswith(ZIP_MAGIC):
        raise wrong_type(name, find_office_type(data), media_type)
    try:
        package = open_zip(data, name)
        found = find_zip_type(package)
    except ZIP_FAULTS as error:
        raise damaged(name, f"zip: {error}", f"压缩包：{error}") from error
    if found != media_type:
        raise wrong_type(name, found, media_type)
    return package


def open_zip(data: bytes, name: str) -> Package:
    """Return the zip's entries, or raise ReadError where their number, names or declared sizes pass the limits."""
    if data.count(b"PK\x01\x02") > 4 * MAX_ENTRIES:  # before zipfile makes an object of each
        raise too_much(name, f"a zip of over {MAX_ENTRIES} files", f"压缩包内超过 {MAX_ENTRIES} 个文件")
    archive = zipfile.ZipFile(BytesIO(data))
    entries = archive.infolist()
    inflated = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES:
        raise too_much(name, f"a zip of over {MAX_ENTRIES} files", f"压缩包内超过 {MAX_ENTRIES} 个文件")
    if inflated > MAX_INFLATED or inflated > max(MAX_RATIO * len(data), FREE_SIZE):
        raise too_much(
            name,
            f"{len(data):,} bytes that inflate to {inflated:,}",
            f"{len(data):,} 字节解压后为 {inflated:,} 字节",
        )
    parts = {entry.filename.lower().lstrip("/"): entry for entry in entries}
    if len(parts) < len(entries) or any(".." in re.split(r"[/\\]", path) for path in parts):
        raise damaged(name, "names twice, or with '..'", "文件名重复或含“..”")
    return Package(name, archive, parts)


def inflate_part(package: Package, path: str) -> bytes:
    """Return one part's bytes, no more than it declares; a part that is not there raises ReadError."""
    entry = package.parts.get(path.lower())
    if entry is None:
        raise damaged(package.name, f"{path} is missing", f"缺少 {path}")
    if entry.flag_bits & 1:
        raise locked(package.name)
    if entry.file_size > MAX_PART or entry.file_size > max(MAX_RATIO * entry.compress_size, FREE_SIZE):
        size = f"{entry.file_size:,}"
        raise too_much(package.name, f"{path} inflates to {size} bytes", f"{path} 解压后为 {size} 字节")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise damaged(package.name, f"{path}: compression", f"{path}：压缩方式")
    try:
        with package.archive.open(entry) as stream:
            content = stream.read(entry.file_size + 1)
    except ZIP_FAULTS as error:
        raise damaged(package.name, f"{path}: {error}", f"{path}：{error}") from error
    if len(content) != entry.file_size:
        raise damaged(package.name, f"{path} is shorter than declared", f"{path} 短于所声明的长度")
    return content


def read_part(package: Package, path: str) -> Element:
    """Return the root of one part's XML, read without entities, without any file or address beside it."""
    content = inflate_part(package, path)
    package.read[path] = content.count(b"<")
    if sum(package.read.values()) > MAX_TAGS:
        raise too_much(package.name, f"over {MAX_TAGS:,} tags", f"标签超过 {MAX_TAGS:,} 个")
    return parse_xml(content, package.name, path)


def parse_xml(content: bytes, name: str, part: str = "XML") -> Element:
    """Return the root of XML in UTF-8, read as `read_part` says; ReadError for any other, with what is wrong."""
    if b"<!DOCTYPE" in content:
        raise damaged(name, f"{part} declares a DOCTYPE", f"{part} 含 DOCTYPE 声明")
    # The encoding is given, not believed: the search above looked at these very characters.
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        return etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise damaged(name, f"{part}: {error}", f"{part}：{error}") from error


def parse_file(data: bytes, name: str, charset: str) -> Element:
    """Return the root of a file that is XML in any charset."""
    content = decode_text(data, name, charset).encode()
    if content.count(b"<") > MAX_TAGS:
        raise too_much(name, f"over {MAX_TAGS:,} tags", f"标签超过 {MAX_TAGS:,} 个")
    return parse_xml(content, name)


def find_targets(package: Package, source: str, kind: str) -> dict[str, str]:
    """Return the parts that `source` (empty for the package) names as being of a kind, by relation id."""
    folder, base = posixpath.split(source)
    relations = posixpath.join(folder, "_rels", base + ".rels")
    if relations.lower() not in package.parts:
        return {}
    targets = {}
    for relation in read_part(package, relations):
        if relation.get("Type", "").endswith("/" + kind) and relation.get("TargetMode") != "External":
            path = posixpath.join("/", folder, relation.get("Target", "").replace("\\", "/"))
            targets[relation.get("Id", "")] = posixpath.normpath(path).lstrip("/")
    return targets


def find_part(package: Package, source: str, kind: str) -> str:
    """Return the first part of a kind that `source` names and that is there, or an empty text."""
    return next(
        (path for path in find_targets(package, source, kind).values() if path.lower() in package.parts), ""
    )


def find_core_title(package: Package) -> list[str]:
    """Return the title in the package's properties, if it has one."""
    path = find_part(package, "", "core-properties")
    title = read_part(package, path).findtext("{*}title") if path else None
    return [clean_text(title)] if title and title.strip() else []


def local_name(element: Element) -> str:
    """Return an element's name without its namespace: two editions of the standard differ only in that."""
    return str(element.tag).rpartition("}")[2]


def attribute(element: Element | None, name: str) -> str:
    """Return an attribute in the namespace of its element, or without any; empty where it is not there."""
    if element is None:
        return ""
    space = str(element.tag).rpartition("}")[0]
    return element.get(f"{space}}}{name}" if space else name) or element.get(name) or ""


def clean_lines(lines: Iterable[str]) -> str:
    """Return the lines of a cell that are not empty, each with its white space made single blanks."""
    cleaned = (clean_text(line) for line in lines)
    return "\n".join(line for line in cleaned if line)
