"""What kind an Office file is, zips made to harm, DOC through LibreOffice."""

import os
import struct
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.errors import ReadError
from flows.read import office
from flows.read.doc import read_doc
from flows.read.office import (
    DOCX,
    ODS,
    ODT,
    OFD,
    OPENDOCUMENT,
    PPTX,
    XLSB,
    XLSX,
    ZIP,
    find_office_type,
    open_package,
)
from flows.read.ole import DOC, ENCRYPTED, FAULTS, OLE, PPT, WORKS, XLS, count_doc_cells
from flows.read.word import read_docx
from flows.read.xls import read_xls
from flows.read.xlsx import read_xlsx
from tests.read import office_files as files

CELLS = "标题\r一、收到申请数\x07件\x07192\x07\x07\r（一）当面\x07件\x07\x07\x07后记\r"


def declare(kind: str) -> bytes:
    """Return a zip whose list of contents declares a main part of this kind."""
    types = files.list_contents("main.xml", "x").replace(f"{files.OFFICE}x.main+xml", kind)
    return files.write_zip({"[Content_Types].xml": types})


# Kinds

OPENXML = files.OFFICE
KINDS: dict[str, tuple[Callable[[], bytes], str]] = {
    "docx": (lambda: files.write_docx([files.cases_2021()]), DOCX),
    "xlsx": (lambda: files.write_xlsx([files.cases_2021()]), XLSX),
    "xls": (lambda: files.write_xls([files.cases_2021()]), XLS),
    "docm": (lambda: declare("application/vnd.ms-word.document.macroEnabled.main+xml"), DOCX),
    "dotx": (lambda: declare(OPENXML + "wordprocessingml.template.main+xml"), DOCX),
    "xlsm": (lambda: declare("application/vnd.ms-excel.sheet.macroEnabled.main+xml"), XLSX),
    "xlsb": (lambda: declare("application/vnd.ms-excel.sheet.binary.macroEnabled.main"), XLSB),
    "pptx": (lambda: declare(OPENXML + "presentationml.presentation.main+xml"), PPTX),
    "odt": (lambda: files.write_zip({"mimetype": OPENDOCUMENT + ".text"}), ODT),
    "ods": (lambda: files.write_zip({"mimetype": OPENDOCUMENT + ".spreadsheet-template\n"}), ODS),
    "odp": (lambda: files.write_zip({"mimetype": OPENDOCUMENT + ".presentation"}), OPENDOCUMENT),
    "ofd": (lambda: files.write_zip({"OFD.xml": "<ofd/>"}), OFD),
    "a zip of pages": (lambda: files.write_zip({"report.html": "<html>"}), ZIP),
    "a cut zip": (lambda: files.write_docx([files.cases_2021()])[:900], ZIP),
    "doc": (lambda: files.write_doc(CELLS), DOC),
    "ppt": (lambda: files.write_ole({"PowerPoint Document": b""}), PPT),
    "works": (lambda: files.write_ole({"CONTENTS": b""}), WORKS),
    "locked": (lambda: files.write_ole({"EncryptionInfo": b"", "EncryptedPackage": b""}), ENCRYPTED),
    "an OLE file": (lambda: files.write_ole({"VisioDocument": b""}), OLE),
    "a cut OLE file": (lambda: files.write_doc(CELLS)[:700], OLE),
    "a page": (lambda: b"<html>", "application/octet-stream"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_of_a_file_is_told_by_what_stands_inside(kind: str) -> None:
    write, expected = KINDS[kind]
    assert find_office_type(write()) == expected


READ = {"docx": read_docx, "xlsx": read_xlsx, "xls": read_xls, "doc": read_doc}


@pytest.mark.parametrize("reader", READ)
@pytest.mark.parametrize("kind", KINDS)
def test_a_reader_says_what_a_file_of_another_kind_is(reader: str, kind: str) -> None:
    write, media_type = KINDS[kind]
    if kind == reader or (reader, kind) in {
        ("docx", "docm"),
        ("docx", "dotx"),
        ("xlsx", "xlsm"),
        ("doc", "works"),
    }:
        return
    with pytest.raises(ReadError) as caught:
        READ[reader](write(), f"report.{reader}")
    if media_type in office.NAMES and "cut" not in kind:
        said = office.NAMES[media_type]
        assert said.en in caught.value.text.en
        assert said.zh in caught.value.text.zh


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([b"PK\x03\x04", files.OLE_MAGIC]), st.binary(max_size=600), st.integers(0, 3000))
def test_any_bytes_have_a_kind(magic: bytes, noise: bytes, at: int) -> None:
    whole = files.write_word("") if magic.startswith(b"PK") else files.write_doc(CELLS)
    at = 4 + at % (len(whole) - 4)
    assert find_office_type(magic + noise)
    assert find_office_type(whole[:at] + noise + whole[at + len(noise) :])
    with suppress(*FAULTS):
        assert (count_doc_cells(whole[:at] + noise + whole[at + len(noise) :]) or 0) >= 0


def test_an_ole_file_whose_sectors_go_in_a_circle_has_a_kind() -> None:
    data = bytearray(files.write_doc(CELLS))
    struct.pack_into("<I", data, 512 + 4, 1)  # the directory's sector is followed by itself
    assert find_office_type(bytes(data)) == OLE


# Zips made to harm


def refuse(data: bytes) -> str:
    with pytest.raises(ReadError) as caught:
        open_package(data, "bad.docx", DOCX)
    return caught.value.text.en


def test_a_zip_that_declares_over_100_megabytes_is_refused_unread() -> None:
    parts = files.word_parts("") | {f"word/media/{n}.bmp": bytes(21_000_000) for n in range(5)}
    started = time.monotonic()
    assert "inflate" in refuse(files.write_zip(parts))
    assert time.monotonic() - started < 2


def test_a_part_that_inflates_two_hundredfold_is_refused_but_a_blank_picture_is_not() -> None:
    filling = {"word/media/photo.jpg": os.urandom(100_000)}
    assert (
        read_docx(
            files.write_zip(files.word_parts("") | filling | {"word/media/a.bmp": bytes(3_000_000)}), "a"
        ).text
        == ""
    )
    parts = files.word_parts(" " * 3_000_000) | filling
    with pytest.raises(ReadError, match="inflates to"):
        read_docx(files.write_zip(parts), "bomb.docx")


@pytest.mark.parametrize("name", ["../evil.xml", "word/../../evil.xml", "..\\evil.xml", "word/..\\..\\evil"])
def test_a_name_that_leads_outside_is_refused(name: str) -> None:
    assert "'..'" in refuse(files.write_zip(files.word_parts("") | {name: "x"}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("again", ["word/document.xml", "WORD/Document.xml", "/word/document.xml"])
def test_a_name_twice_is_refused(again: str) -> None:
    out = BytesIO(files.write_word(""))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(again, "<other/>")
    assert "twice" in refuse(out.getvalue())


@pytest.mark.parametrize("count", [2001, 20_000])
def test_a_zip_of_thousands_of_files_is_refused(count: int) -> None:
    parts: dict[str, bytes | str] = {str(n): "" for n in range(count)}
    assert "files" in refuse(files.write_zip(parts | files.word_parts("")))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_compression_that_office_does_not_use_is_refused(method: int) -> None:
    assert "compression" in refuse(files.write_zip(files.word_parts(""), method))


@pytest.mark.parametrize("size", [1, 100, 40_000_000, 4_000_000_000])
def test_a_forged_size_is_refused(size: int) -> None:
    data = files.forge_size(files.write_word("<w:p/>" * 100), "word/document.xml", size)
    with pytest.raises(ReadError):
        read_docx(data, "forged.docx")


def test_a_member_locked_with_a_password_is_refused() -> None:
    data = bytearray(files.write_word(""))
    for at in (data.index(b"PK\x03\x04") + 6, data.index(b"PK\x01\x02") + 8):
        data[at] |= 1
    assert "locked with a password" in refuse(bytes(data))


def test_a_relation_to_an_address_is_not_followed() -> None:
    parts = files.word_parts("")
    for target in ("http://127.0.0.1:1/styles.xml", "file:///etc/passwd", "../../../etc/passwd", ""):
        relations = files.list_relations(styles=target)
        external = relations.replace('Target="', 'TargetMode="External" Target="')
        for each in (relations, external):
            assert (
                read_docx(files.write_zip(parts | {"word/_rels/document.xml.rels": each}), "a.docx").text
                == ""
            )
