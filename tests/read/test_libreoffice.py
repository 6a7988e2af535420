"""DOC, WPS and RTF through LibreOffice: nothing lost without a word, nothing fetched, nothing left running."""

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from flows.errors import ReadError
from flows.model import Grid
from flows.read import libreoffice, read_document
from flows.read.child import Reader
from flows.read.doc import count_docx_cells, count_rtf_cells, read_doc
from flows.read.limits import OFFICE_SECONDS, WAIT_SECONDS
from flows.read.ole import FAULTS, count_doc_cells
from tests.read import office_files as files

FILTERS = {"doc": "doc:MS Word 97", "rtf": "rtf"}
CELLS = "标题\r一、收到申请数\x07件\x07192\x07\x07\r（一）当面\x07件\x07\x07\x07后记\r"
needs_office = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")


def convert(source: Path, kind: str) -> bytes:
    """Return a file as LibreOffice saves it in another format, with its own settings."""
    profile = f"-env:UserInstallation={(source.parent / 'profile').as_uri()}"
    subprocess.run(
        ["soffice", "--headless", profile, "--convert-to", FILTERS[kind], "--outdir", str(source.parent), str(source)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return source.with_suffix(f".{kind}").read_bytes()


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The tables of 2021 as a DOC and as an RTF."""
    source = tmp_path_factory.mktemp("saved") / "report.docx"
    source.write_bytes(files.write_docx(list(files.forms()["2021"])))
    return {kind: convert(source, kind) for kind in ("doc", "rtf")}


@needs_office
@pytest.mark.parametrize("kind", ["doc", pytest.param("rtf", marks=pytest.mark.slow)])
def test_the_official_tables_come_back_through_a_child_whole_and_in_their_columns(
    kind: str, saved: dict[str, bytes]
) -> None:
    printed = [Grid("", table.rows, table.continued) for table in files.forms()["2021"]]
    with Reader() as reader:
        grids = reader.read(saved[kind], f"report.{kind}").grids
    assert [(grid.rows, grid.continued) for grid in grids] == [
        (each.rows, each.continued) for each in printed
    ]


@needs_office
def test_a_doc_cut_anywhere_is_refused_before_libreoffice_mends_it(
    saved: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    data = saved["doc"]
    for place in (*(len(data) * at // 11 for at in range(1, 11)), len(data) - 600):
        with pytest.raises(ReadError) as caught:
            read_document(data[:place], "report.doc")
        assert "LibreOffice" not in caught.value.text.en, place


@needs_office
def test_the_filled_cells_of_an_rtf_are_counted(saved: dict[str, bytes]) -> None:
    assert count_rtf_cells(saved["rtf"]) == count_docx_cells(
        files.write_docx(list(files.forms()["2021"])), "x"
    )


@pytest.mark.parametrize(
    ("rtf", "count"),
    [
        (r"{\rtf1 no table\par}", 0), (r"{\rtf1\trowd\cellx1\cellx2\pard\intbl a\cell\cell\row}", 1), (r"\intbl \'b9\'ab\cell \u20844?\cell", 2),
        (r"\intbl{\b\f1 }\cell{\fs24 192}\cell", 1), (r"text\par\pard\intbl\cell", 0), (r"\intbl a\par\cell", 0), (r"\intbl a\nestcell", 1),
    ],
)  # fmt: skip
def test_a_cell_of_an_rtf_counts_where_text_stands_at_its_end(rtf: str, count: int) -> None:
    assert count_rtf_cells(rtf.encode()) == count


def test_an_rtf_that_is_cut_is_refused() -> None:
    with pytest.raises(ReadError, match="cut"):
        read_document(b"{\\rtf1\\ansi hello\\par", "report.rtf")


@needs_office
def test_an_rtf_whose_cells_are_lost_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    office = tmp_path / "soffice"
    (tmp_path / "made.docx").write_bytes(files.write_word(files.word_table(files.word_cell("1"))))
    office.write_text(f"#!/bin/sh\ncp {tmp_path}/made.docx report.docx\n")
    office.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(ReadError, match="kept 1 of the 2 filled cells"):
        read_document(rb"{\rtf1\trowd\cellx1\cellx2\intbl a\cell b\cell\row}", "report.rtf")


def test_the_child_waits_longer_than_libreoffice_may_take() -> None:
    assert WAIT_SECONDS > OFFICE_SECONDS + 5


# What becomes of a DOC


def test_the_filled_cells_of_a_doc_are_counted() -> None:
    assert count_doc_cells(files.write_doc(CELLS)) == 5
    assert count_doc_cells(files.write_doc("没有表格\r")) == 0
    with pytest.raises(FAULTS):
        count_doc_cells(files.write_doc(CELLS)[:-600])


@pytest.fixture
def fake_office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a stand-in for LibreOffice first on the path; what it does is written into the file."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    program = tmp_path / "soffice"
    program.touch(0o755)
    return program


def test_without_libreoffice_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ReadError) as caught:
        read_doc(files.write_doc(CELLS), "report.doc")
    assert "libreoffice-writer-nogui" in caught.value.text.en
    assert "安装" in caught.value.text.zh


def test_what_libreoffice_writes_is_read(fake_office: Path, tmp_path: Path) -> None:
    body = files.word_table(*(files.word_cell(text) * 2 for text in ("甲", "1", "2")))
    (tmp_path / "made.docx").write_bytes(files.write_word(body))
    fake_office.write_text(f'#!/bin/sh\ncp {tmp_path}/made.docx report.docx\necho "$@" > {tmp_path}/words\n')
    assert read_doc(files.write_doc(CELLS), "report.doc").grids[0].rows == (
        ("甲", "甲"),
        ("1", "1"),
        ("2", "2"),
    )
    words = (tmp_path / "words").read_text()
    assert "--headless" in words
    folder = words.split("--outdir ")[1].split()[0]
    assert folder in words.split("-env:UserInstallation=file://")[1].split()[0]
    assert not Path(folder).exists()


def test_cells_that_libreoffice_loses_are_noticed(fake_office: Path, tmp_path: Path) -> None:
    (tmp_path / "made.docx").write_bytes(files.write_word(files.word_table(files.word_cell("一") * 4)))
    fake_office.write_text(f"#!/bin/sh\ncp {tmp_path}/made.docx report.docx\n")
    with pytest.raises(ReadError, match="kept 4 of the 5 filled cells"):
        read_doc(files.write_doc(CELLS), "report.doc")


def test_a_file_that_libreoffice_cannot_convert_says_what_it_said(fake_office: Path) -> None:
    fake_office.write_text("#!/bin/sh\necho warning\necho 'Error: source file could not be loaded'\n")
    with pytest.raises(ReadError, match="could not be loaded"):
        read_doc(files.write_doc(CELLS), "report.doc")


def test_libreoffice_is_ended_with_its_children_when_it_takes_too_long(
    fake_office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libreoffice, "OFFICE_SECONDS", 1)
    fake_office.write_text(f"#!/bin/sh\nsleep 60 &\necho $! > {tmp_path}/child\nwait\n")
    started = time.monotonic()
    with pytest.raises(ReadError, match="over 1 s"):
        read_doc(files.write_doc(CELLS), "report.doc")
    assert time.monotonic() - started < 5
    assert ends(int((tmp_path / "child").read_text()))


def test_libreoffice_ends_with_the_child_that_waits_for_it(fake_office: Path, tmp_path: Path) -> None:
    fake_office.write_text(f"#!/bin/sh\nsleep 60 &\necho $! > {tmp_path}/child\nwait\n")
    with Reader(wait=3) as reader, pytest.raises(ReadError, match=r"over 3 s to read"):
        reader.read(files.write_doc(CELLS), "report.doc")
    assert ends(int((tmp_path / "child").read_text()))


def ends(process: int) -> bool:
    """Return whether a process ends within some seconds."""
    status = Path(f"/proc/{process}/status")
    for _ in range(100):
        try:
            if "State:\tZ" in status.read_text():
                return True
        except OSError:
            return True
        time.sleep(0.1)
    return False


# Nothing is fetched


@pytest.fixture
def canary() -> Iterator[tuple[str, list[str]]]:
    """A server on this machine that notes what it is asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.send_response(200)
            self.end_headers()

        do_GET = do_HEAD = do_OPTIONS = do_PROPFIND = do_POST = answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


@needs_office
def test_pictures_links_and_templates_of_other_addresses_are_not_fetched(
    canary: tuple[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, asked = canary
    source = tmp_path / "report.html"
    source.write_text(
        f'<body><img src="{address}/a.png" width=9 height=9><table><tr><td>收到申请数<td>192</table><p>x'
    )
    data = convert(source, "doc")
    assert address.encode("utf-16-le") in data
    asked.clear()
    assert read_document(data, "report.doc").grids[0].rows == (("收到申请数", "192"),)
    fields = "".join(
        rf'{{\field\flddirty{{\*\fldinst {code} "{address}/{code}" \\d}}{{\fldrslt x}}}}'
        for code in ("INCLUDEPICTURE", "INCLUDETEXT", "LINK Word.Document.8", "HYPERLINK", "DDEAUTO sh")
    )
    rtf = rf"{{\rtf1\ansi{{\*\template {address}/t.dot}}{fields} 192\par}}"
    assert "192" in read_document(rtf.encode(), "report.rtf").text
    assert asked == []
    # The same file does fetch without our settings: the canary sings.
    monkeypatch.setattr(
        libreoffice, "OFFICE_SETTINGS", '<oor:items xmlns:oor="http://openoffice.org/2001/registry"/>'
    )
    read_document(data, "report.doc")
    assert asked


@pytest.mark.slow
@needs_office
def test_files_beside_a_document_are_not_read_into_it(tmp_path: Path) -> None:
    secret = tmp_path / "secret.rtf"
    secret.write_text(r"{\rtf1 geheim\par}")
    for target in (str(secret), secret.as_uri()):
        rtf = rf'{{\rtf1{{\field\flddirty{{\*\fldinst INCLUDETEXT "{target}"}}{{\fldrslt x}}}} 192\par}}'
        assert "geheim" not in read_document(rtf.encode(), "report.rtf").text
