"""An archive in a bucket is the same archive: same captures, same bytes, same audit, over a real S3 server."""

import multiprocessing
import socket
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from flows.errors import RegistryError, StoreError, UsageError
from flows.harvest.archive import append_captures, read_capture
from flows.harvest.audit import audit_archive
from flows.harvest.index import load_index
from flows.harvest.mend import mend_archive
from flows.harvest.store import Bucket, Raw, connect, list_files, open_raw, read_file
from flows.harvest.warc import NewCapture
from flows.model import Capture
from flows.registry import Registry
from tests.bucket import Plan, Server, kill, put, relay, serve_buckets
from tests.conftest import ROOT
from tests.harvest.test_archive import SEEN, check_warc, numbered

# Each with the environment of now, the keys of the bucket in it; a fork server has that of its own beginning.
SPAWNS = multiprocessing.get_context("spawn")
SCHEMA = "published/captures"
AGAIN = replace(SEEN, captured_at=SEEN.captured_at + timedelta(days=7), http_status=304)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve_buckets() as server:
        yield server


@pytest.fixture
def bucket(server: Server) -> Bucket:
    return server.new_bucket()


def load(raw: Raw, registry: Registry) -> tuple[Capture, ...]:
    return load_index(raw, registry.schemas[SCHEMA])


def contents(raw: Raw, captures: Sequence[Capture]) -> list[tuple[str, bytes]]:
    return [(each.capture_id, read_capture(raw, each)) for each in captures]


def download(bucket: Bucket, folder: Path) -> Path:
    folder.mkdir()
    for name in list_files(bucket):
        (folder / name).write_bytes(read_file(bucket, name))
    return folder


def upload(folder: Path, bucket: Bucket) -> Bucket:
    for path in folder.iterdir():
        put(bucket, path.name, path.read_bytes())
    return bucket


def test_a_bucket_holds_the_same_captures_as_a_folder(
    bucket: Bucket, tmp_path: Path, registry: Registry
) -> None:
    for batch in ([*numbered(4), SEEN], [AGAIN]):
        for raw in (bucket, tmp_path):
            append_captures(raw, batch, load(raw, registry))
    there, here = load(bucket, registry), load(tmp_path, registry)
    assert contents(bucket, there) == contents(tmp_path, here)
    own = {"file": "", "offset": 0, "revisit_file": "", "revisit_offset": None}
    assert [replace(each, **own) for each in there] == [replace(each, **own) for each in here]  # type: ignore[arg-type]
    assert len([name for name in list_files(bucket) if name.endswith(".warc.gz")]) == 2
    audit = audit_archive(bucket, there)
    assert (audit.faults, audit.captures, audit.files) == ((), 6, 2)
    for name in list_files(download(bucket, tmp_path / "copy")):
        if name.endswith(".warc.gz"):
            check_warc(tmp_path / "copy" / name)


def test_the_same_captures_again_write_nothing(bucket: Bucket, registry: Registry) -> None:
    append_captures(bucket, numbered(2), [])
    before = list_files(bucket)
    append_captures(bucket, numbered(2), load(bucket, registry))
    assert list_files(bucket) == before
    append_captures(bucket, numbered(2), [])  # and one who did not know them writes what is there already
    assert list_files(bucket) == before


def test_bytes_that_come_twice_in_one_batch_are_stored_once(bucket: Bucket, registry: Registry) -> None:
    append_captures(bucket, [SEEN, AGAIN], [])
    first, second = load(bucket, registry)
    assert (second.file, second.offset, second.revisit_file) == (first.file, first.offset, first.file)
    assert audit_archive(bucket, (first, second)).faults == ()


def test_what_is_too_large_for_one_object_becomes_several(
    bucket: Bucket, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.harvest.archive.MAX_BATCH", 700)
    append_captures(bucket, numbered(5), [])
    assert len([name for name in list_files(bucket) if name.endswith(".warc.gz")]) == 3
    assert [data for _, data in contents(bucket, load(bucket, registry))] == [e.payload for e in numbered(5)]


def test_a_folder_can_be_copied_to_a_bucket_and_back_and_goes_on_in_either(
    bucket: Bucket, tmp_path: Path, registry: Registry
) -> None:
    shipped = load(ROOT / "raw", registry)
    upload(ROOT / "raw", bucket)
    assert load(bucket, registry) == shipped
    append_captures(bucket, numbered(3), shipped)
    copy = download(bucket, tmp_path / "copy")
    assert load(copy, registry) == load(bucket, registry)
    append_captures(copy, [SEEN], mend_archive(copy, registry.schemas[SCHEMA]))
    assert len(load(copy, registry)) == 6
    assert audit_archive(copy, load(copy, registry)).faults == ()
    assert (copy / "gongkai-00001.warc.gz").stat().st_size > (
        ROOT / "raw/gongkai-00001.warc.gz"
    ).stat().st_size


def test_of_many_tables_one_is_packed_and_nothing_rests_on_it(
    server: Server, bucket: Bucket, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.harvest.index.PACK_AFTER", 4)
    schema = registry.schemas[SCHEMA]
    for each in numbered(6):
        append_captures(bucket, [each], mend_archive(bucket, schema))
    append_captures(bucket, [SEEN, AGAIN], mend_archive(bucket, schema))
    packed = [name for name in list_files(bucket) if name.startswith("gongkai-packed-")]
    assert [name[:23] for name in packed] == ["gongkai-packed-00000004"]
    whole = load(bucket, registry)
    assert dict(contents(bucket, whole)) == {e.capture_id: e.payload for e in (*numbered(6), SEEN, AGAIN)}
    plan = Plan()
    with relay(server, plan) as endpoint:
        assert load(replace(bucket, endpoint=endpoint), registry) == whole
    assert sum(".csv" in path for method, path in plan.asked if method == "GET") == 1 + 3
    connect(bucket.endpoint).delete_file(bucket.path_of(packed[0]))
    assert load(bucket, registry) == whole


def test_a_file_that_grew_where_it_came_from_and_is_copied_again_is_entered_whole(
    bucket: Bucket, tmp_path: Path, registry: Registry
) -> None:
    warc = tmp_path / "gongkai-00001.warc.gz"
    for number in (1, 2, 3):
        append_captures(tmp_path, numbered(number), load(tmp_path, registry))
        put(bucket, warc.name, warc.read_bytes())
        assert len(mend_archive(bucket, registry.schemas[SCHEMA])) == number
    assert set(load(bucket, registry)) == set(load(tmp_path, registry))


def test_damage_and_loss_in_a_bucket_are_noticed(bucket: Bucket, registry: Registry) -> None:
    append_captures(bucket, [*numbered(2), SEEN, AGAIN], [])
    captures = load(bucket, registry)
    (name,) = (name for name in list_files(bucket) if name.endswith(".warc.gz"))
    whole = read_file(bucket, name)
    for place in range(5, len(whole), len(whole) // 8):
        put(bucket, name, whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        assert audit_archive(bucket, captures).faults
    put(bucket, name, whole[:-9])
    assert audit_archive(bucket, captures).faults
    put(bucket, name, whole)
    assert not audit_archive(bucket, captures).faults


# Crashes and writers at once


def write_numbered(bucket: Bucket, first: int, step: int, count: int) -> None:
    """Be a writer: one batch for each capture, without ever looking at what others wrote."""
    for each in numbered(count)[first::step]:
        append_captures(bucket, [each], [])


def test_two_writers_at_once_lose_nothing(bucket: Bucket, registry: Registry) -> None:
    writers = [
        SPAWNS.Process(target=write_numbered, args=(bucket, *work)) for work in ((0, 1, 8), (2, 2, 16))
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    captures = load(bucket, registry)
    wanted = {each.capture_id: each.payload for each in (*numbered(8), *numbered(16)[2::2])}
    assert dict(contents(bucket, captures)) == wanted
    assert mend_archive(bucket, registry.schemas[SCHEMA]) == captures
    assert audit_archive(bucket, captures).faults == ()


def write_and_say(bucket: Bucket, said: Path) -> None:
    """Be a writer of three batches that says of each when it is archived."""
    for batch in BATCHES:
        append_captures(bucket, batch, [])
        with said.open("a", encoding="utf-8") as file:
            file.writelines(f"{each.capture_id}\n" for each in batch)


BATCHES: tuple[list[NewCapture], ...] = ([*numbered(2)], [SEEN, AGAIN], [numbered(3)[2]])


@pytest.mark.parametrize(
    ("moment", "numbers", "ends"),
    [
        pytest.param("before", range(1, 8), [-9] * 6 + [0], marks=pytest.mark.slow),
        pytest.param("after", range(1, 8), [-9] * 6 + [0], marks=pytest.mark.slow),
        ("after", (1, 2, 7), [-9, -9, 0]),  # after the records, after their table, and never
    ],
)
def test_a_writer_killed_at_any_request_leaves_a_bucket_that_the_next_one_mends(
    server: Server, tmp_path: Path, registry: Registry, moment: str, numbers: Sequence[int], ends: list[int]
) -> None:
    assert [kill_at(server, moment, number, tmp_path, registry) for number in numbers] == ends


def kill_at(server: Server, moment: str, number: int, tmp_path: Path, registry: Registry) -> int | None:
    """Kill a writer at its nth object, see that nothing it archived is lost, let another finish; return how it ended."""
    bucket, said = server.new_bucket(), tmp_path / f"said-{number}"
    said.touch()
    plan = Plan()

    def strike(method: str, path: str) -> int | None:
        if method == "PUT" and sum(each == "PUT" for each, _ in plan.asked) == number:
            assert writer.pid is not None
            kill(writer.pid)
            return 500
        return None

    setattr(plan, moment, strike)
    with relay(server, plan) as endpoint:
        writer = SPAWNS.Process(target=write_and_say, args=(replace(bucket, endpoint=endpoint), said))
        writer.start()
        writer.join(60)
    archived = set(said.read_text(encoding="utf-8").split())
    assert archived <= {each.capture_id for each in load(bucket, registry)}
    mended = mend_archive(bucket, registry.schemas[SCHEMA])
    assert audit_archive(bucket, mended).faults == ()
    every = [each for batch in BATCHES for each in batch]
    captures = append_captures(bucket, every, mended)
    assert dict(contents(bucket, captures)) == {each.capture_id: each.payload for each in every}
    assert set(captures) == set(load(bucket, registry))
    assert audit_archive(bucket, captures).faults == ()
    return writer.exitcode


# A server that fails


def test_an_error_that_passes_is_not_noticed(server: Server, bucket: Bucket, registry: Registry) -> None:
    plan = Plan()
    plan.before = lambda method, path: 503 if len(plan.asked) % 2 else None
    with relay(server, plan) as endpoint:
        append_captures(replace(bucket, endpoint=endpoint), numbered(2), [])
    assert [data for _, data in contents(bucket, load(bucket, registry))] == [e.payload for e in numbered(2)]


@pytest.mark.parametrize(
    ("status", "number"), [(403, 1), (500, 2), pytest.param(500, 1, marks=pytest.mark.slow)]
)
def test_a_server_that_refuses_an_object_is_a_clear_error_and_nothing_is_lost(
    server: Server, bucket: Bucket, registry: Registry, status: int, number: int
) -> None:
    append_captures(bucket, numbered(1), [])
    known = load(bucket, registry)
    plan = Plan()

    def refuse(method: str, path: str) -> int | None:
        puts = list(dict.fromkeys(path for method, path in plan.asked if method == "PUT"))
        return status if method == "PUT" and path in puts[number - 1 :] else None

    plan.before = refuse
    with relay(server, plan) as endpoint, pytest.raises(StoreError) as caught:
        append_captures(replace(bucket, endpoint=endpoint), [SEEN, AGAIN], known)
    for text in caught.value.text:
        assert str(bucket) in text
    assert load(bucket, registry) == known
    mended = mend_archive(bucket, registry.schemas[SCHEMA])
    assert len(mended) == (1 if number == 1 else 3)
    captures = append_captures(bucket, [SEEN, AGAIN], mended)
    assert len(captures) == len(load(bucket, registry)) == 3
    assert audit_archive(bucket, captures).faults == ()


def test_a_server_that_is_not_there_or_never_answers_is_a_clear_error_in_good_time(
    registry: Registry,
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(StoreError, match="s3://gongkai/raw on http"):
            load(Bucket("gongkai/raw", closed), registry)


def test_a_bucket_that_does_not_exist_is_an_error_and_not_an_empty_archive(
    server: Server, registry: Registry
) -> None:
    with pytest.raises(StoreError, match="there is no bucket 'gongkia'"):
        load(Bucket("gongkia/raw", server.endpoint), registry)


@pytest.mark.parametrize("address", ["s3://", "s3:///", "gs://bucket/raw", "http://127.0.0.1/x"])
def test_an_address_that_is_neither_a_folder_nor_a_bucket_is_wrong_use(address: str) -> None:
    with pytest.raises(UsageError, match="s3://bucket/prefix"):
        open_raw(address)


def test_a_table_of_the_index_that_is_none_is_named(bucket: Bucket, registry: Registry) -> None:
    append_captures(bucket, numbered(1), [])
    for content in (b"", b"\xff\xfe", b"a,b\n1,2\n", b"capture_id,body_id\n", b'capture_id\n"'):
        put(bucket, "gongkai-broken.csv", content)
        with pytest.raises(RegistryError, match=r"gongkai-broken\.csv: not a table"):
            load(bucket, registry)
