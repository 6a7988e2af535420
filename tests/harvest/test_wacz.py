"""A capture as WACZ: the records of the archive byte for byte, every hash true, the same file twice, and back again."""

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import frictionless
import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from flows.errors import ArchiveError
from flows.harvest.archive import append_captures
from flows.harvest.index import load_index
from flows.harvest.wacz import Exported, choose_captures, make_wacz, sort_key
from flows.harvest.warc import NewCapture
from flows.model import Capture
from flows.registry import Registry
from tests.command import list_tree, run_gongkai
from tests.conftest import ROOT
from tests.harvest.test_archive import SEEN, check_warc

PICTURE = replace(
    SEEN,
    url="http://www.bjhr.gov.cn/images/1.png?b=2&a=1",
    payload=b"\x89PNG" + bytes(range(256)),
    media_type="image/png",
    http=StatusAndHeaders("200 OK", [("Content-Type", "image/png")], protocol="HTTP/1.1"),
)
LINKED = b'<img src="/images/1.png?b=2&a=1">'


def attach(page: NewCapture, *attached: NewCapture) -> list[NewCapture]:
    return [page, *(replace(each, parent_id=page.capture_id) for each in attached)]


@pytest.fixture
def captures(tmp_path: Path, registry: Registry, huairou_page: bytes) -> tuple[Capture, ...]:
    """A page with a picture, looked at again a week later: the second time both are revisits."""
    page = replace(SEEN, payload=huairou_page.replace(b"</body>", LINKED + b"</body>"))
    week = timedelta(days=7)
    later = replace(page, captured_at=page.captured_at + week)
    new = [*attach(page, PICTURE), *attach(later, replace(PICTURE, captured_at=page.captured_at + week))]
    append_captures(tmp_path / "raw", new, [])
    return load_index(tmp_path / "raw", registry.schemas["published/captures"])


def export(raw: Path, captures: tuple[Capture, ...], page: Capture) -> bytes:
    return make_wacz(raw, Exported("怀柔区 2018", page, choose_captures(page, captures)))


def files_of(wacz: bytes) -> dict[str, bytes]:
    with ZipFile(io.BytesIO(wacz)) as packed:
        assert packed.testzip() is None
        assert {each.compress_type for each in packed.infolist()} == {ZIP_STORED}
        return {name: packed.read(name) for name in packed.namelist()}


def records_of(warc: bytes) -> Iterator[tuple[str, str]]:
    for record in ArchiveIterator(io.BytesIO(warc), check_digests="raise"):
        record.content_stream().read()
        yield record.rec_type, record.rec_headers.get_header("WARC-Target-URI")


def test_a_page_is_exported_with_what_belongs_to_it_and_its_records_are_those_of_the_archive(
    tmp_path: Path, captures: tuple[Capture, ...]
) -> None:
    page, picture = captures[:2] if not captures[0].parent_id else reversed(captures[:2])
    files = files_of(export(tmp_path / "raw", captures, page))
    warc = files["archive/capture.warc.gz"]
    archived = (tmp_path / "raw" / page.file).read_bytes()
    for each in (page, picture):
        begin = each.record_at[1]
        assert archived[begin : begin + (each.record_bytes or 0)] in warc
    kinds = ["warcinfo", *["response", "request", "metadata"] * 2]
    assert [kind for kind, _ in records_of(warc)] == kinds
    (tmp_path / "capture.warc.gz").write_bytes(warc)
    check_warc(tmp_path / "capture.warc.gz")


def test_a_revisit_brings_the_bytes_that_it_refers_to(tmp_path: Path, captures: tuple[Capture, ...]) -> None:
    page = next(each for each in captures if each.revisit_file and not each.parent_id)
    files = files_of(export(tmp_path / "raw", captures, page))
    kinds = [kind for kind, _ in records_of(files["archive/capture.warc.gz"])]
    assert (kinds.count("revisit"), kinds.count("response")) == (2, 2)


def test_bytes_whose_capture_the_index_does_not_name_are_exported_too(
    tmp_path: Path, captures: tuple[Capture, ...]
) -> None:
    page = next(each for each in captures if each.revisit_file and not each.parent_id)
    others = tuple(each for each in captures if each.record_at != (page.file, page.offset))
    files = files_of(export(tmp_path / "raw", others, page))
    kinds = [kind for kind, _ in records_of(files["archive/capture.warc.gz"])]
    assert (kinds.count("revisit"), kinds.count("response")) == (2, 2)


def test_the_package_is_what_the_specification_asks_for_and_every_hash_is_true(
    tmp_path: Path, captures: tuple[Capture, ...]
) -> None:
    page = next(each for each in captures if not each.parent_id)
    files = files_of(export(tmp_path / "raw", captures, page))
    package = json.loads(files["datapackage.json"])
    assert (package["profile"], package["wacz_version"]) == ("data-package", "1.1.1")
    assert {each["path"] for each in package["resources"]} == set(files) - {
        "datapackage.json", "datapackage-digest.json",
    }  # fmt: skip
    for each in package["resources"]:
        content = files[each["path"]]
        assert each["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert each["bytes"] == len(content)
    digest = json.loads(files["datapackage-digest.json"])
    assert digest["hash"] == f"sha256:{hashlib.sha256(files['datapackage.json']).hexdigest()}"
    head, own = (json.loads(line) for line in files["pages/pages.jsonl"].splitlines())
    assert head["format"] == "json-pages-1.0"
    assert (own["url"], own["ts"]) == (page.url, "2026-03-01T08:00:00Z")
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    assert frictionless.Package(tmp_path / "datapackage.json").resource_names


def test_each_line_of_the_index_leads_to_its_record_and_they_are_sorted(
    tmp_path: Path, captures: tuple[Capture, ...]
) -> None:
    files = files_of(export(tmp_path / "raw", captures, captures[-1]))
    warc, lines = files["archive/capture.warc.gz"], files["indexes/index.cdx"].decode().splitlines()
    assert lines == sorted(lines)
    for line in lines:
        key, moment, said = line.split(" ", 2)
        place = json.loads(said)
        begin = int(place["offset"])
        piece = warc[begin : begin + int(place["length"])]
        (record,) = ArchiveIterator(io.BytesIO(piece))
        assert record.rec_headers.get_header("WARC-Target-URI") == place["url"]
        assert record.rec_headers.get_header("WARC-Payload-Digest") == place["digest"]
        assert key == sort_key(place["url"])
        assert len(moment) == 14


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://www.bjhr.gov.cn/", "cn,gov,bjhr)/"),
        ("https://bjhr.gov.cn:8443/A/?b=2&a=1", "cn,gov,bjhr:8443)/a?a=1&b=2"),
        ("http://www.bjhr.gov.cn", "cn,gov,bjhr)/"),
        ("urn:gongkai:transcription:x", "urn:gongkai:transcription:x"),
    ],
)
def test_addresses_are_sorted_as_web_archives_sort_them(url: str, key: str) -> None:
    assert sort_key(url) == key


def test_a_record_that_is_damaged_is_not_exported(tmp_path: Path, captures: tuple[Capture, ...]) -> None:
    page = next(each for each in captures if not each.parent_id)
    path = tmp_path / "raw" / page.file
    whole = bytearray(path.read_bytes())
    whole[page.record_at[1] + 40] ^= 1
    path.write_bytes(bytes(whole))
    with pytest.raises(ArchiveError, match="do not have the hash") as caught:
        export(tmp_path / "raw", captures, page)
    assert page.capture_id in caught.value.text.zh


# The commands


def test_what_is_exported_is_the_same_file_twice_and_is_imported_elsewhere_with_its_attachment(
    tmp_path: Path, registry: Registry, captures: tuple[Capture, ...]
) -> None:
    raw, there = tmp_path / "raw", tmp_path / "there"
    for name in ("a.wacz", "b.wacz"):
        ran = run_gongkai("export-capture", "怀柔区", "2018", "--raw", raw, "-o", tmp_path / name)
        assert (ran.code, ran.out.strip()) == (0, str(tmp_path / name)), ran.err
    assert (tmp_path / "a.wacz").read_bytes() == (tmp_path / "b.wacz").read_bytes()
    ran = run_gongkai("import-captures", tmp_path / "a.wacz", "--source", "Li Si, Hefei", "--raw", there)
    assert ran.code == 0, ran.err
    assert "in the archive 2, left out 0" in ran.err
    page, picture = sorted(
        load_index(there, registry.schemas["published/captures"]), key=lambda each: each.parent_id
    )
    assert (page.kind, page.verdict, page.source, picture.parent_id) == (
        "imported", "accepted", "Li Si, Hefei", page.capture_id,
    )  # fmt: skip
    built = [
        run_gongkai("build", "--raw", folder, "--curated", tmp_path / f"{folder.name}-out")
        for folder in (raw, there)
    ]
    assert [ran.code for ran in built] == [0, 0], built[1].said
    figures = [
        [
            row.split(",")[:11]
            for row in (tmp_path / f"{name}-out/latest/observations.csv").read_text("utf-8").splitlines()
        ]
        for name in ("raw", "there")
    ]
    assert figures[0] == figures[1]


def test_a_foreign_archive_that_says_nothing_is_told_by_its_text_and_links(
    tmp_path: Path, registry: Registry, captures: tuple[Capture, ...]
) -> None:
    warc = (
        tmp_path / "foreign.warc"
    )  # not compressed, and without metadata records: as another tool writes it
    page = next(each for each in captures if not each.parent_id)
    with warc.open("wb") as file:
        records = files_of(export(tmp_path / "raw", captures, page))["archive/capture.warc.gz"]
        writer = WARCWriter(file, gzip=False)
        for record in ArchiveIterator(io.BytesIO(records)):
            if record.rec_type in ("response", "request"):
                writer.write_record(record)
    ran = run_gongkai(
        "import-captures", warc, "--source", "Li Si", "--raw", tmp_path / "there", "--lang", "zh"
    )
    assert ran.code == 0, ran.said
    found = load_index(tmp_path / "there", registry.schemas["published/captures"])
    assert sorted((each.body_id, each.year, each.verdict, bool(each.parent_id)) for each in found) == [
        ("110116", 2018, "accepted", False), ("110116", 2018, "accepted", True),
    ]  # fmt: skip
    assert "已在存档中 2，未收入 0" in ran.err


def test_the_audit_prints_every_fault_and_ends_with_1(tmp_path: Path, captures: tuple[Capture, ...]) -> None:
    raw = tmp_path / "raw"
    ran = run_gongkai("audit", "--raw", raw)
    assert (ran.code, ran.out) == (0, "")
    assert "whole. Files, records, captures, bytes: 1, 13, 4" in ran.err
    path = raw / "gongkai-00001.warc.gz"
    whole = bytearray(path.read_bytes())
    whole[captures[0].record_at[1] + 40] ^= 1
    path.write_bytes(bytes(whole))
    before = list_tree(raw)
    ran = run_gongkai("audit", "--raw", raw, "--lang", "zh")
    assert ran.code == 1
    assert all(len(line.split("\t")) == 3 for line in ran.out.splitlines())
    assert "处问题" in ran.err
    assert list_tree(raw) == before


def test_what_cannot_be_exported_or_imported_is_one_line(tmp_path: Path) -> None:
    raw = ["--raw", str(ROOT / "raw")]
    cases: list[tuple[list[str | Path], int, str]] = [
        (["export-capture", "33b5fd04d4d4aa5b", *raw], 2, "Nearest: 33b5fd04d4d4aa5a"),
        (["export-capture", "110116", "1999", *raw], 2, "no such capture"),
        (
            ["export-capture", "110116", "2018", *raw, "-o", tmp_path / "no" / "x.wacz"],
            1,
            "cannot be written",
        ),
        (
            ["import-captures", tmp_path / "nothing.warc", "--source", "x", "--raw", tmp_path],
            1,
            "nothing was imported",
        ),
        (
            ["import-captures", ROOT / "README.md", "--source", "x", "--raw", tmp_path],
            1,
            "nothing was imported",
        ),
        (["import-captures", ROOT / "README.md", "--source", " ", "--raw", tmp_path], 2, "--source"),
    ]
    for words, code, said in cases:
        ran = run_gongkai(*words)
        assert (ran.code, ran.out) == (code, ""), ran.said
        assert said in ran.err
