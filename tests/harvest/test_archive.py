"""The archive: what is written is read back, nothing is ever rewritten, no damage goes unnoticed."""

import csv
import gzip
import random
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders

from flows.errors import ArchiveError, RegistryError
from flows.harvest import archive
from flows.harvest.archive import append_captures, append_record, read_capture
from flows.harvest.index import load_index
from flows.harvest.mend import mend_archive
from flows.harvest.warc import NewCapture
from flows.model import Capture
from flows.registry import Registry
from tests.command import BIN, list_tree

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
FETCHED = NewCapture(
    body_id="110116",
    year=2018,
    scope="whole_area",
    kind="fetched",
    url="http://www.bjhr.gov.cn/a.html",
    captured_at=START,
    media_type="text/html",
    payload=b"<html>first</html>",
    source="gongkai harvest",
    http=StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=GBK")], protocol="HTTP/1.1"),
    http_status=200,
)
TRANSCRIPTION = replace(FETCHED, kind="transcription", http=None, http_status=None, payload=b"typed")


def numbered(count: int) -> list[NewCapture]:
    return [
        replace(
            FETCHED if n % 2 else TRANSCRIPTION,
            year=2010 + n,
            payload=b"page %d" % n * 50,
            captured_at=START + timedelta(hours=n),
        )
        for n in range(count)
    ]


def load(raw: Path, registry: Registry) -> tuple[Capture, ...]:
    return load_index(raw, registry.schemas["published/captures"])


KINDS = [
    ("fetched", FETCHED.http, 200),
    ("imported", FETCHED.http, 200),
    ("imported", None, None),
    ("transcription", None, None),
]


@st.composite
def captures(draw: st.DrawFn) -> NewCapture:
    kind, http, status = draw(st.sampled_from(KINDS))
    moment = draw(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)))
    return NewCapture(
        body_id=draw(st.sampled_from(["110000", "110116", "110118"])),
        year=draw(st.integers(2008, 2100)),
        scope=draw(st.sampled_from(["whole_area", "own_body"])),
        kind=kind,
        url=draw(st.from_regex(r"https?://[a-z]{1,8}\.gov\.cn/[!-~]{0,30}", fullmatch=True)),
        captured_at=moment.replace(microsecond=0, tzinfo=UTC),
        media_type=draw(st.sampled_from(["text/html", "text/plain", "application/pdf"])),
        payload=draw(st.binary(max_size=2000)),
        source=draw(
            st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=40)
        ),
        http=http,
        http_status=status,
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(new=st.lists(captures(), min_size=1, max_size=4, unique_by=lambda new: new.capture_id))
def test_what_is_appended_is_read_back_to_the_byte(
    new: list[NewCapture], registry: Registry, tmp_path_factory: pytest.TempPathFactory
) -> None:
    raw = tmp_path_factory.mktemp("raw")
    written = append_captures(raw, new, [])
    found = load(raw, registry)
    assert set(found) == set(written)
    by_code = {each.capture_id: each for each in new}
    assert len(found) == len(by_code)
    for capture in found:
        each = by_code[capture.capture_id]
        assert read_capture(raw, capture) == each.payload
        assert (capture.body_id, capture.year, capture.kind) == (each.body_id, each.year, each.kind)
        assert (capture.url, capture.captured_at) == (each.url, each.captured_at)
        assert (capture.source, capture.http_status) == (each.source, each.http_status)


def test_appending_never_changes_a_byte_that_was_there(tmp_path: Path, registry: Registry) -> None:
    before = b""
    for each in numbered(6):
        append_captures(tmp_path, [each], load(tmp_path, registry))
        after = (tmp_path / "gongkai-00001.warc.gz").read_bytes()
        assert after.startswith(before)
        assert len(after) > len(before)
        before = after
    assert [read_capture(tmp_path, each) for each in load(tmp_path, registry)] == [
        each.payload for each in numbered(6)
    ]


def test_captures_of_others_come_oldest_first_whatever_the_order_of_writing(
    tmp_path: Path, registry: Registry
) -> None:
    others = [replace(each, kind="imported") for each in reversed(numbered(5))]
    append_captures(tmp_path, others, [])
    assert [each.year for each in load(tmp_path, registry)] == [2010, 2011, 2012, 2013, 2014]


def test_the_same_capture_twice_is_one(tmp_path: Path, registry: Registry) -> None:
    append_captures(tmp_path, [FETCHED, FETCHED], [])
    before = list_tree(tmp_path)
    append_captures(tmp_path, [FETCHED], load(tmp_path, registry))
    assert list_tree(tmp_path) == before
    assert len(load(tmp_path, registry)) == 1


def test_the_same_bytes_at_another_time_are_another_capture(tmp_path: Path, registry: Registry) -> None:
    again = replace(FETCHED, captured_at=START + timedelta(days=1))
    append_captures(tmp_path, [FETCHED, again], [])
    assert len(load(tmp_path, registry)) == 2


def test_a_fetch_is_a_response_and_a_transcription_never_is(tmp_path: Path) -> None:
    append_captures(tmp_path, [FETCHED, TRANSCRIPTION], [])
    with (tmp_path / "gongkai-00001.warc.gz").open("rb") as file:
        records = [
            (
                record.rec_type,
                record.rec_headers.get_header("WARC-Target-URI"),
                record.content_stream().read(),
            )
            for record in ArchiveIterator(file)
        ]
    kinds = [kind for kind, _, _ in records]
    assert kinds == ["warcinfo", "response", "metadata", "resource", "metadata"]
    assert records[1][1:] == (FETCHED.url, FETCHED.payload)
    assert records[3][1].startswith("urn:gongkai:transcription:110116:2018:whole_area:")
    assert FETCHED.url.encode() in records[4][2]


def test_a_new_file_is_begun_when_the_last_has_grown_too_large(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_FILE", 2000)
    append_captures(tmp_path, numbered(8), [])
    files = sorted(path.name for path in tmp_path.glob("*.warc.gz"))
    assert len(files) > 1
    assert files[0] == "gongkai-00001.warc.gz"
    assert [read_capture(tmp_path, each) for each in load(tmp_path, registry)] == [
        each.payload for each in numbered(8)
    ]


def test_every_file_is_valid_for_the_warcio_checker(tmp_path: Path) -> None:
    append_captures(tmp_path, numbered(5), [])
    ran = subprocess.run(
        [BIN / "warcio", "check", "-v", *tmp_path.glob("*.warc.gz")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "digest pass" in ran.stdout


def test_a_flipped_bit_anywhere_in_a_record_is_an_error_or_harmless_but_never_wrong_bytes(
    tmp_path: Path, registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    append_captures(tmp_path, numbered(3), [])
    first, second, third = load(tmp_path, registry)
    path = tmp_path / second.file
    whole = path.read_bytes()
    end = whole.index(b"\x1f\x8b\x08", second.offset + 3)  # where the record about it begins
    chance = random.Random(7)
    harmless = []
    for at in range(second.offset, end):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :])
        try:
            assert read_capture(tmp_path, second) == b"page 1" * 50
        except ArchiveError as error:
            said = error.text
        else:
            harmless.append(at - second.offset)
            continue
        assert all(second.capture_id in text for text in said)
        assert read_capture(tmp_path, first) == b"page 0" * 50
        assert read_capture(tmp_path, third) == b"page 2" * 50
    assert set(harmless) <= set(range(3, 10)), "only flags, time and system of the gzip header carry nothing"


@pytest.mark.parametrize("share", [0.0, 0.05, 0.3, 0.6, 0.95])
def test_a_truncated_file_is_an_error_for_what_was_cut_off_and_for_nothing_else(
    tmp_path: Path, registry: Registry, share: float
) -> None:
    append_captures(tmp_path, numbered(3), [])
    first, second, third = load(tmp_path, registry)
    path = tmp_path / second.file
    whole = path.read_bytes()
    end = whole.index(b"\x1f\x8b\x08", second.offset + 3)
    path.write_bytes(whole[: second.offset + int(share * (end - second.offset))])
    assert read_capture(tmp_path, first) == b"page 0" * 50
    for lost in (second, third):
        with pytest.raises(ArchiveError, match=lost.capture_id):
            read_capture(tmp_path, lost)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"file": "gongkai-00009.warc.gz"}, "the file is missing"),
        ({"offset": 0}, "sha256"),
        ({"offset": 3}, "no WARC record|sha256"),
        ({"offset": 10**9}, "no WARC record"),
        ({"sha256": "0" * 64}, "the index says 000000000000"),
    ],
)
def test_an_index_that_points_elsewhere_is_an_error(
    tmp_path: Path, registry: Registry, change: dict[str, Any], said: str
) -> None:
    append_captures(tmp_path, numbered(2), [])
    capture = replace(load(tmp_path, registry)[0], **change)
    with pytest.raises(ArchiveError, match=said) as caught:
        read_capture(tmp_path, capture)
    assert capture.file in caught.value.text.zh


def test_a_bomb_in_the_place_of_a_record_is_an_error(tmp_path: Path, registry: Registry) -> None:
    append_captures(tmp_path, numbered(1), [])
    (capture,) = load(tmp_path, registry)
    (tmp_path / capture.file).write_bytes(bytes(capture.offset) + gzip.compress(bytes(1_000_000)))
    with pytest.raises(ArchiveError):
        read_capture(tmp_path, capture)


@pytest.mark.parametrize(
    ("column", "bad"),
    [
        ("capture_id", "xyz"),
        ("capture_id", ""),
        ("body_id", "abc"),
        ("year", "two thousand"),
        ("year", "1999"),
        ("scope", "everywhere"),
        ("kind", "made_up"),
        ("captured_at", "yesterday"),
        ("sha256", "123"),
        ("bytes", "-1"),
        ("offset", ""),
        ("file", "../../etc/passwd"),
        ("url", "www.bjhr.gov.cn"),
    ],
)
def test_a_malformed_index_names_the_row_and_the_column(
    raw: Path, registry: Registry, column: str, bad: str
) -> None:
    with (raw / "index.csv").open(encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))
    with (raw / "index.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, row, lineterminator="\n")
        writer.writeheader()
        writer.writerow({**row, column: bad})
    with pytest.raises(RegistryError) as caught:
        load(raw, registry)
    for text in caught.value.text:
        assert "index.csv" in text
        assert "row 2" in text
        assert f"column {column}" in text


@pytest.mark.parametrize("kind", ["fetched", "imported"])
def test_only_a_transcription_can_be_without_an_address(raw: Path, registry: Registry, kind: str) -> None:
    index = raw / "index.csv"
    assert [capture.url for capture in load(raw, registry)][1:] == [""]
    index.write_text(index.read_text(encoding="utf-8").replace(",transcription,,", f",{kind},,"), "utf-8")
    with pytest.raises(RegistryError, match=r"index\.csv: row 3, column url: empty") as caught:
        load(raw, registry)
    assert kind in caught.value.text.zh


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", b"capture_id\nabc\n", b"a,b\n1,2\n", b"capture_id,body_id\n\x80,1\n", b"\n\n\n"],
    ids=["empty", "binary", "one column", "other columns", "not utf-8", "blank lines"],
)
def test_an_index_that_is_no_table_is_an_error(raw: Path, registry: Registry, content: bytes) -> None:
    (raw / "index.csv").write_bytes(content)
    with pytest.raises(RegistryError, match=r"index\.csv"):
        load(raw, registry)


def test_an_index_that_a_spreadsheet_saved_with_a_byte_order_mark_is_the_same(
    raw: Path, registry: Registry
) -> None:
    whole = load(raw, registry)
    (raw / "index.csv").write_bytes(b"\xef\xbb\xbf" + (raw / "index.csv").read_bytes())
    assert load(raw, registry) == whole


SCHEMA = "published/captures"


def mend(raw: Path, registry: Registry) -> tuple[Capture, ...]:
    return mend_archive(raw, registry.schemas[SCHEMA])


def test_a_crash_between_the_record_and_the_index_loses_nothing(tmp_path: Path, registry: Registry) -> None:
    old, new = numbered(2)
    append_captures(tmp_path, [old], [])
    lost = append_record(tmp_path, new)  # and here the machine stops: the index does not know it
    (known,) = load(tmp_path, registry)
    assert read_capture(tmp_path, known) == old.payload
    assert mend(tmp_path, registry) == load(tmp_path, registry) == (known, lost)
    assert append_captures(tmp_path, [new], load(tmp_path, registry)) == (known, lost)
    check_warc(tmp_path / known.file)


def check_warc(path: Path) -> None:
    ran = subprocess.run([BIN / "warcio", "check", path], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


def test_half_a_capture_at_the_end_is_cut_off_wherever_the_crash_was(
    tmp_path: Path, registry: Registry
) -> None:
    old, new = SEEN, replace(SEEN, captured_at=SEEN.captured_at + timedelta(days=1), payload=b"other bytes")
    append_captures(tmp_path, [old], [])
    path = tmp_path / "gongkai-00001.warc.gz"
    whole = path.read_bytes()
    append_record(tmp_path, replace(new, sequence=2))
    both = path.read_bytes()
    for size in range(len(whole), len(both), 53):
        path.write_bytes(both[:size])
        assert [each.sha256 for each in mend(tmp_path, registry)] == [old.sha256]
        assert path.read_bytes() == whole
    append_captures(tmp_path, [new], load(tmp_path, registry))
    assert path.read_bytes() == both
    assert [read_capture(tmp_path, each) for each in load(tmp_path, registry)] == [old.payload, new.payload]


def test_half_a_line_of_the_index_is_made_whole_from_the_records(tmp_path: Path, registry: Registry) -> None:
    append_captures(tmp_path, numbered(3), [])
    index = tmp_path / "index.csv"
    whole, captures = index.read_bytes(), load(tmp_path, registry)
    last = whole[:-1].rfind(b"\n") + 1
    for size in range(last, len(whole), 19):
        index.write_bytes(whole[:size])
        assert mend(tmp_path, registry) == captures
        assert index.read_bytes() == whole


def test_an_index_that_is_gone_is_made_again_from_the_records(tmp_path: Path, registry: Registry) -> None:
    append_captures(
        tmp_path, [SEEN, replace(SEEN, captured_at=SEEN.captured_at + timedelta(days=1)), *numbered(2)], []
    )
    captures = load(tmp_path, registry)
    (tmp_path / "index.csv").unlink()
    assert set(mend(tmp_path, registry)) == set(captures)
    assert load(tmp_path, registry) == captures


def test_mending_a_whole_archive_changes_no_byte(raw: Path, registry: Registry) -> None:
    before = list_tree(raw)
    mend(raw, registry)
    assert list_tree(raw) == before


# Looks that bring nothing new

SEEN = replace(
    FETCHED,
    request=StatusAndHeaders("GET /a HTTP/1.1", [("Host", "www.bjhr.gov.cn")], is_http_request=True),
    etag='"1"', framing="length", tls="verified", final_url="https://www.bjhr.gov.cn/b",
    http=StatusAndHeaders("200 OK", [("Content-Type", "text/html"), ("ETag", '"1"')], protocol="HTTP/1.1"),
    http_status=200, media_type="text/html",
)  # fmt: skip


def test_a_fetch_is_archived_with_its_request_and_what_was_found_of_it(
    tmp_path: Path, registry: Registry
) -> None:
    append_captures(tmp_path, [replace(SEEN, verdict="challenge", parent_id="0" * 16)], [])
    (capture,) = load(tmp_path, registry)
    assert (capture.verdict, capture.etag, capture.framing, capture.tls, capture.final_url, capture.parent_id) == (
        "challenge", '"1"', "length", "verified", "https://www.bjhr.gov.cn/b", "0" * 16,
    )  # fmt: skip
    assert not capture.is_page
    with (tmp_path / capture.file).open("rb") as file:
        kinds = [record.rec_type for record in ArchiveIterator(file)]
    assert kinds == ["warcinfo", "response", "request", "metadata"]
    check_warc(tmp_path / capture.file)


@pytest.mark.parametrize("status", [200, 304])
def test_bytes_that_are_known_are_a_revisit_and_are_read_from_where_they_stand(
    tmp_path: Path, registry: Registry, status: int
) -> None:
    again = replace(
        SEEN,
        url="https://www.bjhr.gov.cn/copy",
        captured_at=SEEN.captured_at + timedelta(days=7),
        http_status=status,
    )
    append_captures(tmp_path, [replace(SEEN, payload=b"x" * 100_000)], [])
    size = (tmp_path / "gongkai-00001.warc.gz").stat().st_size
    append_captures(tmp_path, [replace(again, payload=b"x" * 100_000)], load(tmp_path, registry))
    first, second = load(tmp_path, registry)
    assert (second.file, second.offset, second.sha256) == (first.file, first.offset, first.sha256)
    assert read_capture(tmp_path, second) == read_capture(tmp_path, first) == b"x" * 100_000
    assert (tmp_path / "gongkai-00001.warc.gz").stat().st_size - size < 2_500
    with (tmp_path / second.revisit_file).open("rb") as file:
        file.seek(second.revisit_offset or 0)
        record = next(iter(ArchiveIterator(file)))
    assert (record.rec_type, record.rec_headers.get_header("WARC-Refers-To-Target-URI")) == (
        "revisit",
        first.url,
    )
    check_warc(tmp_path / first.file)


@pytest.mark.parametrize("room", [0, 1, 100, 300, 700])
def test_a_full_disk_leaves_the_archive_whole_and_says_so(
    tmp_path: Path, registry: Registry, room: int
) -> None:
    old, new = numbered(2)
    append_captures(tmp_path, [old], [])
    before = list_tree(tmp_path)
    limit = max(len(content) for content in before.values()) + room
    with file_size_limit(limit), pytest.raises(ArchiveError, match="cannot be written") as caught:
        append_captures(
            tmp_path, [replace(new, payload=bytes(random.Random(1).randbytes(900)))], load(tmp_path, registry)
        )
    assert str(tmp_path) in caught.value.text.zh
    assert list_tree(tmp_path) == before
    append_captures(tmp_path, [new], load(tmp_path, registry))
    assert [read_capture(tmp_path, each) for each in load(tmp_path, registry)] == [old.payload, new.payload]


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Let no file of this process grow past a size: writing fails half-way, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_an_archive_without_an_index_has_no_captures(tmp_path: Path, registry: Registry) -> None:
    assert load(tmp_path / "nowhere", registry) == ()


def test_a_copy_of_the_archive_reads_the_same(raw: Path, tmp_path: Path, registry: Registry) -> None:
    copy = Path(shutil.copytree(raw, tmp_path / "copy"))
    captures = load(copy, registry)
    assert len(captures) == 2
    for capture in captures:
        assert read_capture(copy, capture) == read_capture(raw, capture)
