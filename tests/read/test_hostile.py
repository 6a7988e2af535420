"""Hostile and broken files end as a refusal with its reason or as the little they say; every other report is published.

Sizes and costs: `python -m tests.read.hostile` prints them. No test here is timed: what a
file may take is limited by the child process that reads it, and those limits are tested too.
"""

import gzip
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest

from flows.curate.assemble import assemble_tables
from flows.curate.build import Outcome, build_outcomes
from flows.errors import ReadError, Text
from flows.extract.report import extract_report
from flows.harvest.archive import append_captures
from flows.harvest.index import load_index
from flows.model import Document, Value
from flows.read import limits, read_document
from flows.read.child import Reader
from flows.registry import load_registry
from tests.conftest import PAGES, ROOT
from tests.raw_set import HUAIROU_2018
from tests.read import hostile
from tests.read import office_files as files
from tests.read.hostile import BOMBS, HEAD, REASONS, page, pdf_page, pdf_pages, word, xml_book
from tests.read.pdf_pages import Pages, print_table

REGISTRY = load_registry(ROOT / "schemas")
REPORT = (PAGES / "huairou_2018.html").read_bytes()


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as started:
        yield started


def end_of(read: Callable[[bytes, str], Document], data: bytes) -> Document | Text:
    """Return the document of a file, or why it is refused."""
    try:
        return read(data, "report")
    except ReadError as error:
        return error.text


def check_end(name: str, end: Document | Text) -> None:
    """Check that a file ends as it should, with no value of its maker's choice from beside it."""
    first, *_ = reasons = REASONS[name].split("|")
    if isinstance(end, Document):
        assert first == "", f"expected a refusal that says {reasons}"
        assert "root:" not in end.text
        assert sum(len(row) for grid in end.grids for row in grid.rows) <= limits.MAX_CELLS
    else:
        assert any(reason and reason in end.en for reason in reasons), end.en
        assert end.en.startswith("report")
        assert re.search(r"[\u4e00-\u9fff]", end.zh)


@pytest.mark.parametrize("name", [name for name, (_, _, small) in BOMBS.items() if small])
def test_a_bomb_is_refused_with_what_was_found(name: str, reader: Reader) -> None:
    make, _, small = BOMBS[name]
    check_end(name, end_of(reader.read, make(small)))


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_of_full_size_is_refused_within_the_limits_of_the_child(name: str, reader: Reader) -> None:
    make, full, _ = BOMBS[name]
    check_end(name, end_of(reader.read, make(full)))
    assert reader.read(REPORT, "report").grids


# At each limit: what is one below it and at it is read, what is one above is refused by name


def rows(count: int, columns: int) -> str:
    return ("<tr>" + "<td>1</td>" * columns + "</tr>") * count


def plain_rows(count: int) -> bytes:
    """Return a page whose many tables have so many cells together."""
    whole, rest = divmod(count, 10_000)
    return page(f"<table>{rows(100, 100)}</table>" * whole + f"<table><tr>{'<td>1' * min(rest, 400)}</table>")


EDGES: dict[str, tuple[Callable[[int], bytes], int, str]] = {
    "bytes": (lambda n: b"<p>" + b"x" * (n - 3), limits.MAX_BYTES, "expected at most 20,971,520"),
    "columns": (lambda n: page(f"<table>{rows(1, n)}</table>"), limits.MAX_COLUMNS, "500 columns"),
    "columns of a Word table": (
        lambda n: word(files.word_table(files.word_cell("1") * n)), limits.MAX_COLUMNS, "500 columns",
    ),
    "columns of a sheet": (
        lambda n: files.write_book(f"<row>{'<c><v>1</v></c>' * n}</row>"), limits.MAX_COLUMNS, "500 columns",
    ),
    "columns of an Excel sheet in XML": (
        lambda n: xml_book(f"<Row>{'<Cell><Data>1</Data></Cell>' * n}</Row>"), limits.MAX_COLUMNS, "500 columns",
    ),
    "columns of a span": (lambda n: page(f"<table><tr><td colspan={n - 1}>1<td>2</table>"), limits.MAX_COLUMNS, "500 columns"),
    "cells of a table": (
        lambda n: page(f"<table>{rows(n // 100, 100)}<tr>{'<td>1' * (n % 100)}</table>"), limits.MAX_CELLS_TABLE, "over 20000 cells",
    ),
    "cells of a span": (lambda n: page("<table>" + f"<tr><td rowspan={n}>1" + "<tr>" * (n - 1)), limits.MAX_CELLS_TABLE, "over 20000"),
    "cells of a page": (plain_rows, limits.MAX_CELLS, "over 20000 cells"),
    "options": (lambda n: page("x<select>" + "<option>" * n), limits.MAX_OPTIONS, "options"),
    "members of a zip": (
        lambda n: files.write_zip({**files.word_parts("<w:p><w:r><w:t>1</w:t></w:r></w:p>"), **{f"m{at}": "" for at in range(n - 6)}}),
        limits.MAX_ENTRIES, "2000 files",
    ),
    "bytes of a gzip file": (
        lambda n: gzip.compress(b"<p>" + b"x" * (n - 3), mtime=0), limits.MAX_BYTES, "gzip file of over",
    ),
    "parts of a saved page": (lambda n: hostile.mail(*["<p>1</p>"] * n), limits.MAX_PARTS, "over 500 parts"),
    "pages of a PDF": (pdf_pages, limits.MAX_PAGES, "over 300"),
    "characters on a page of a PDF": (
        lambda n: pdf_page(b"BT/F 9 Tf" + b"(1)Tj " * n + b"ET", hostile.LEAF.replace(b"600 800", b"9000000 800")),
        limits.MAX_CHARS_PAGE, "characters on a page",
    ),
    "bytes of a stream of a PDF": (
        lambda n: pdf_page(b"BT/F 9 Tf(x)Tj ET".ljust(n)), limits.MAX_PART, "inflates to over",
    ),
}  # fmt: skip


SLOW_EDGES = ("characters on a page of a PDF", "cells of a page", "bytes of a gzip file", "bytes", "options")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW_EDGES else name for name in EDGES]
)
def test_a_limit_holds_to_the_unit(name: str, reader: Reader) -> None:
    make, limit, says = EDGES[name]
    for count in (limit - 1, limit):
        assert isinstance(end_of(reader.read, make(count)), Document), count
    end = end_of(reader.read, make(limit + 1))
    assert isinstance(end, Text)
    assert says in end.en


# A whole build with bombs between good reports

MIYUN = replace(HUAIROU_2018, body_id="110118", payload=REPORT.decode().replace("怀柔区", "密云区").encode())
HARMFUL = (
    "cells", "nested div", "attributes", "rows and columns of a billion", "docx: laughs", "docx: members",
    "xlsx: one cell below and right of all",
    "pdf: pages", "pdf: a page that inflates", "gzip: a page", "zip: pages", "laughs",
)  # fmt: skip


def build(raw: Path, payloads: dict[str, bytes]) -> dict[str, Outcome]:
    """Return by body the outcomes of a build on these reports of 2018."""
    captures = [
        replace(HUAIROU_2018, body_id=body, payload=payload, captured_at=datetime(2026, 5, 1, tzinfo=UTC))
        for body, payload in payloads.items()
    ]
    append_captures(raw, captures, [])
    outcomes = build_outcomes(REGISTRY, raw, load_index(raw, REGISTRY.schemas["published/captures"]))
    return {each.report.body_id: each for each in outcomes if each.report.year == 2018}


def check_build(tmp_path: Path, harmful: dict[str, bytes]) -> None:
    """Check that bombs are left out of a build with their reason and that the reports beside them are as they were."""
    good = {"110116": REPORT, "110118": MIYUN.payload}
    bodies = [body for body in sorted(REGISTRY.bodies) if body not in good]
    assert len(bodies) >= len(harmful)
    alone = build(tmp_path / "alone", good)
    payloads = dict(zip(bodies, harmful.values(), strict=False))
    outcomes = build(tmp_path / "mixed", dict(sorted((good | payloads).items())))
    for body in good:
        assert outcomes[body].state == "published"
        assert outcomes[body].extraction == alone[body].extraction
        assert outcomes[body].findings == alone[body].findings
    for body, name in zip(bodies, harmful, strict=False):
        assert (outcomes[body].state, outcomes[body].extraction) == ("unreadable", None)
        reason = outcomes[body].reason
        assert reason is not None
        assert any(words in reason.en for words in (*REASONS[name].split("|"), "no table"))
        assert re.search(r"[\u4e00-\u9fff]", reason.zh)
    tables = assemble_tables(REGISTRY, tuple(outcomes.values()), ())
    assert {*tables["observations"]["body_id"].to_pylist()} == set(good)
    states = dict(
        zip(tables["reports"]["body_id"].to_pylist(), tables["reports"]["reason_zh"].to_pylist(), strict=True)
    )
    assert all(states[body] for body in payloads)


def test_bombs_between_good_reports_are_left_out_with_their_reasons(tmp_path: Path) -> None:
    check_build(tmp_path, {name: BOMBS[name][0](BOMBS[name][2]) for name in HARMFUL})


@pytest.mark.slow
def test_bombs_that_end_the_reader_leave_the_other_reports_alone(tmp_path: Path) -> None:
    names = ("pdf: states saved", "pdf: drawings in drawings", "docx: styles", "pdf: brackets")
    check_build(tmp_path, {name: BOMBS[name][0](BOMBS[name][1]) for name in names})


# Files cut anywhere

APPLICATIONS = files.applications_2021()
WHOLE: dict[str, Callable[[], bytes]] = {
    "html": lambda: REPORT,
    "html in GB 18030": lambda: REPORT.decode().encode("gb18030"),
    "docx": lambda: files.write_docx([APPLICATIONS]),
    "xlsx": lambda: files.write_xlsx([APPLICATIONS]),
    "xls": lambda: files.write_xls([APPLICATIONS]),
    "pdf": lambda: print_table(files.cases_2021()),
    "mhtml": lambda: hostile.mail("<table>" + "<tr><td>收到申请数<td>192" * 30 + "</table>"),
    "xml": lambda: xml_book("<Row><Cell><Data>收到申请数</Data></Cell><Cell><Data>192</Data></Cell></Row>" * 30),
    "gzip": lambda: gzip.compress(REPORT, mtime=0),
    "zip": lambda: files.write_zip({"report.html": REPORT}),
}  # fmt: skip
REFUSED_WHEN_CUT = ("pdf", "docx", "xlsx", "xls", "xml", "gzip", "zip", "mhtml")


@pytest.mark.parametrize("kind", WHOLE)
def test_a_file_cut_anywhere_is_refused_or_read_up_to_there(kind: str) -> None:
    whole = WHOLE[kind]()
    document = read_document(whole, "report")
    for place in sorted({300, *(len(whole) * at // 23 for at in range(1, 23)), len(whole) - 2}):
        if place < 300:  # of most kinds the beginning alone is text
            continue
        end = end_of(read_document, whole[:place])
        if isinstance(end, Document):
            assert kind not in REFUSED_WHEN_CUT or end == document, place  # sectors of an XLS are filled up
            assert len(end.text) <= len(document.text)
        else:
            assert end.en.startswith("report")


def test_a_character_that_was_lost_before_we_came_makes_its_cell_unreadable_with_a_finding() -> None:
    printed = REPORT.decode()
    assert printed.count("<span>116</span>") == 1
    extraction = extract_report(
        read_document(printed.replace("<span>116</span>", "<span>1\ufffd6</span>").encode(), "page"), REGISTRY
    )
    whole = extract_report(read_document(REPORT, "page"), REGISTRY)
    (lost,) = set(extraction.observations) - set(whole.observations)
    assert (lost.value, lost.raw_value) == (Value(None, "unreadable"), "1\ufffd6")
    (finding,) = (each for each in extraction.findings if each.rule_id == "unreadable_cell")
    assert f"{lost.indicator_id}|{lost.applicant}" in finding.cells


# Files that are two things at once: the first bytes tell

TABLE = "<table><tr><td>收到申请数</td><td>192</td></tr></table>".encode()
POLYGLOTS = {
    "a page with a zip behind it": (TABLE + files.write_word(""), "damaged|NUL|not text"),
    "a page with a PDF in a comment": (b"<html><!--%PDF-1.7 -->" + TABLE, ""),
    "a PDF with a page behind it": (print_table(files.cases_2021()) + TABLE, ""),
    "a PDF behind a mark and blanks": (b"\xef\xbb\xbf\r\n " + print_table(files.cases_2021()), ""),
    "a picture with a page behind it": (b"GIF89a" + TABLE, "image/gif|cut or broken"),
    "a zip with a page before it": (b"MZ" + files.write_word(""), "octet-stream"),
    "a Word document with a page for a comment": (files.write_word("<w:p><w:r><w:t>1</w:t></w:r></w:p>") + b"", ""),
    "a page that calls itself a mail": (b"MIME-Version: 1.0\nContent-Type: text/html\n\n" + TABLE, ""),
    "a page in a text of RTF": (b"{\\rtf1 " + TABLE, "cut"),
}  # fmt: skip


@pytest.mark.parametrize("name", POLYGLOTS)
def test_a_file_that_is_two_things_is_what_it_begins_with(name: str) -> None:
    data, says = POLYGLOTS[name]
    end = end_of(read_document, data)
    if says:
        assert isinstance(end, Text)
        assert re.search(says, end.en), end.en
    else:
        assert isinstance(end, Document)


@pytest.mark.parametrize("kind", ["docx", "xlsx", "pdf", "xls", "zip"])
def test_a_file_locked_with_a_password_says_so(kind: str) -> None:
    end = end_of(read_document, lock(kind))
    assert isinstance(end, Text)
    assert "password" in end.en
    assert "密码" in end.zh


def lock(kind: str) -> bytes:
    """Return a file of a kind as it looks when a password locks it."""
    if kind == "pdf":
        pages = Pages(password="secret")
        pages.text(40, 40, "192")
        pages.next()
        return pages.save()
    if kind == "xls":
        data = bytearray(files.write_xls([files.cases_2021()]))
        at = data.index(b"\x42\x00\x02\x00")  # the record of the code page becomes that of a password
        data[at] = 0x2F
        return bytes(data)
    if kind == "zip":
        data = bytearray(files.write_zip({"report.html": REPORT}))
        for at in (data.index(b"PK\x03\x04") + 6, data.index(b"PK\x01\x02") + 8):
            data[at] |= 1
        return bytes(data)
    return files.write_ole({"EncryptionInfo": b"", "EncryptedPackage": b""})  # DOCX and XLSX alike


def test_bytes_of_nothing_at_all_are_refused_or_read(reader: Reader) -> None:
    noise = random.Random(1)
    for magic in (
        b"",
        HEAD,
        b"%PDF-1.7\n",
        b"PK\x03\x04",
        files.OLE_MAGIC,
        b"\x1f\x8b",
        b"{\\rtf1",
        b"\xff\xfe",
    ):
        for size in (1, 100, 10_000):
            end = end_of(reader.read, magic + noise.randbytes(size))
            assert isinstance(end, (Document, Text))


def test_the_writers_of_the_bombs_write_good_files_too() -> None:
    assert read_document(pdf_page(b"BT/F 9 Tf 50 700 Td(192)Tj ET"), "x").text == "192\n"
    assert (
        read_document(hostile.open_sheet(hostile.REPEATED.replace("{}", "2")), "x").grids[0].rows
        == (("1",),) * 2
    )
    out = BytesIO(hostile.object_stream(1))
    assert isinstance(end_of(read_document, out.getvalue()), Text)
