"""The captures that ship: made again they are the same bytes, and nobody can take a transcription for a fetch."""

import subprocess
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from flows.harvest.archive import read_capture
from flows.model import Capture
from tests.command import BIN, list_tree
from tests.raw_set import HUAIROU_2018, SUQIAN_2024, write_raw_set

RAW = Path(__file__).resolve().parent.parent / "raw"
WARC = RAW / "gongkai-00001.warc.gz"
ADDRESS = "http://www.bjhr.gov.cn/zfxxgkzl/gknb/2018nb/qzfbm2018/201912/t20191229_2397538.html"


@pytest.fixture(scope="module")
def records() -> list[tuple[str, dict[str, str], bytes]]:
    """The records of the shipped WARC file as plain warcio reads them."""
    with WARC.open("rb") as file:
        return [
            (record.rec_type, dict(record.rec_headers.headers), record.content_stream().read())
            for record in ArchiveIterator(file)
        ]


def test_made_again_it_has_the_same_bytes(tmp_path: Path) -> None:
    write_raw_set(tmp_path / "raw")
    made = list_tree(tmp_path / "raw")
    assert set(made) == {WARC.name, "index.csv"}
    assert made == {name: (RAW / name).read_bytes() for name in made}


def test_it_is_valid_for_the_warcio_checker() -> None:
    ran = subprocess.run([BIN / "warcio", "check", "-v", WARC], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "digest pass" in ran.stdout


def test_a_transcription_is_a_resource_under_a_name_of_its_own(
    records: list[tuple[str, dict[str, str], bytes]],
) -> None:
    assert [kind for kind, _, _ in records] == ["warcinfo", *["resource", "metadata"] * 2]
    for at, report, page in (
        (1, "110116:2018", "huairou_2018.html"), (3, "321300:2024", "suqian_2024.html")
    ):  # fmt: skip
        _, headers, payload = records[at]
        assert headers["WARC-Target-URI"].startswith(f"urn:gongkai:transcription:{report}:whole_area:")
        assert headers["Content-Type"] == "text/html"
        assert payload == (RAW.parent / "tests" / "pages" / page).read_bytes()


def test_the_original_address_stands_beside_it_and_is_no_target(
    records: list[tuple[str, dict[str, str], bytes]],
) -> None:
    fields = dict(line.split(": ", 1) for line in records[2][2].decode().splitlines())
    assert fields["kind"] == "transcription"
    assert fields["original-address"] == ADDRESS
    assert "typeset" in fields["source"]
    assert records[2][1]["WARC-Concurrent-To"] == records[1][1]["WARC-Record-ID"]
    assert all("bjhr.gov.cn" not in headers.get("WARC-Target-URI", "") for _, headers, _ in records)


def test_an_address_that_is_not_known_is_none_and_the_source_says_so(
    records: list[tuple[str, dict[str, str], bytes]],
) -> None:
    fields = dict(line.split(": ", 1) for line in records[4][2].decode().splitlines())
    assert "original-address" not in fields
    assert (fields["kind"], fields["body"]) == ("transcription", "321300")
    assert "its address is not known" in fields["source"]


def test_the_index_calls_them_transcriptions_without_an_http_status(
    shipped_captures: tuple[Capture, ...],
) -> None:
    assert [(each.kind, each.http_status, each.url) for each in shipped_captures] == [
        ("transcription", None, ADDRESS),
        ("transcription", None, ""),
    ]
    payloads = [read_capture(RAW, capture) for capture in shipped_captures]
    assert payloads == [HUAIROU_2018.payload, SUQIAN_2024.payload]


def test_a_page_itself_says_that_it_is_a_transcription() -> None:
    for page, words in (
        (HUAIROU_2018.payload, "本项目据报告文本重新排版"), (SUQIAN_2024.payload, "本项目据报告数字重新排版")
    ):  # fmt: skip
        assert b"A transcription: typeset by the gongkai project" in page
        assert words.encode() in page
