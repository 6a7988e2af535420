"""The child process that reads: used again and again, started anew where a file ends it, never a danger to its parent."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from flows.errors import ReadError
from flows.model import Document, Grid
from flows.read import read_document
from flows.read.child import Reader
from flows.read.wire import decode_document, encode_document
from tests.conftest import PAGES

PAGE = (PAGES / "huairou_2018.html").read_bytes()
SLOW = b"<html>" + b"<" * 20_000_000  # some seconds for the parser
GROWS = b"x\n" * 6_000_000  # the child keeps over 32 MiB of it
LARGE = b"x" * 20_000_000


@pytest.fixture
def reader() -> Iterator[Reader]:
    with Reader() as started:
        yield started


def child_of(reader: Reader) -> int:
    assert reader.process is not None
    return reader.process.pid


def test_a_page_comes_back_as_it_is_read_without_a_child(reader: Reader) -> None:
    assert reader.read(PAGE, "page") == read_document(PAGE, "page")


def test_one_child_reads_many_pages(reader: Reader) -> None:
    for _ in range(5):
        reader.read(PAGE, "page")
        with pytest.raises(ReadError, match="the file is empty"):
            reader.read(b"", "page")
    first = child_of(reader)
    reader.read(PAGE, "page")
    assert child_of(reader) == first


def test_the_message_of_a_refusal_comes_back_in_both_languages(reader: Reader) -> None:
    with pytest.raises(ReadError) as here:
        read_document(b"Rar!\x1a\x07\x00", "page")
    with pytest.raises(ReadError) as there:
        reader.read(b"Rar!\x1a\x07\x00", "page")
    assert there.value.text == here.value.text


def test_a_file_that_takes_too_much_processor_time_ends_alone() -> None:
    with Reader(seconds=1) as reader:
        reader.read(PAGE, "before")
        with pytest.raises(ReadError) as caught:
            reader.read(SLOW, "slow.html")
        assert caught.value.text.en.startswith("slow.html: over 1 s of processor time")
        assert "处理器" in caught.value.text.zh
        assert reader.read(PAGE, "after").grids


def test_a_file_that_takes_too_long_by_the_clock_ends_alone() -> None:
    with Reader(wait=0.5) as reader:
        with pytest.raises(ReadError, match=r"slow.html: over 0.5 s to read"):
            reader.read(SLOW, "slow.html")
        reader.wait = 60
        assert reader.read(PAGE, "after").grids


def test_a_file_that_takes_too_much_memory_ends_alone() -> None:
    with Reader(memory=100 * 1024**2) as reader:
        with pytest.raises(ReadError, match=r"large: (MemoryError|over 100 MiB)"):
            reader.read(LARGE, "large")
        assert reader.read(PAGE, "after").grids


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT], ids=lambda end: end.name)
def test_a_child_that_dies_while_it_reads_costs_that_file_alone(reader: Reader, end: signal.Signals) -> None:
    reader.start()
    killer = threading.Timer(0.5, os.kill, (child_of(reader), end))
    killer.start()
    with pytest.raises(ReadError) as caught:
        reader.read(SLOW, "slow.html")
    killer.join()
    said = "ended by the system" if end is signal.SIGKILL else f"({end.name})"
    assert said in caught.value.text.en
    assert reader.read(PAGE, "after").grids


def test_a_child_that_died_between_two_files_costs_none(reader: Reader) -> None:
    reader.read(PAGE, "before")
    first = child_of(reader)
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    assert reader.read(PAGE, "after").grids
    assert child_of(reader) != first


def test_a_file_that_makes_the_child_grow_is_its_last(reader: Reader) -> None:
    reader.read(PAGE, "before")
    first = child_of(reader)
    reader.read(GROWS, "large")
    assert reader.process is None
    reader.read(PAGE, "after")
    assert child_of(reader) != first


def test_no_process_is_left_behind() -> None:
    with Reader() as reader:
        reader.read(PAGE, "page")
        child = child_of(reader)
    assert not Path(f"/proc/{child}").exists()


def test_a_child_ends_with_its_parent() -> None:
    program = "import os; from flows.read.child import Reader; r = Reader(); r.start(); print(r.process.pid, flush=True); os.abort()"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == -signal.SIGABRT  # a parent that dies so cannot end its child
    status = Path(f"/proc/{int(ran.stdout)}/status")
    for _ in range(100):
        if not status.exists() or "State:\tZ" in status.read_text():
            return
        time.sleep(0.05)
    pytest.fail(f"process {ran.stdout} lives on")


def test_threads_share_a_reader_and_each_gets_its_own_page(reader: Reader) -> None:
    def read(number: int) -> bool:
        return reader.read(f"<p>page {number}</p>".encode(), "page").text == f"page {number}\n"

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(read, range(200)))


# What a child may answer

GRID = Grid("table 1", (("甲", ""), ("乙", "2")), frozenset({(0, 1)}), "表", 0, 9)
DOCUMENT = Document("page", "甲\n", (GRID,), ("标题",))


def test_a_document_comes_back_as_it_was() -> None:
    assert decode_document(encode_document(DOCUMENT)) == DOCUMENT


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ('"name":"page"', '"name":1'), ('"text":"甲\\n"', '"text":null'), ('"grids":[', '"grids":[1,'), ('["乙","2"]', '["乙"]'),
        ('["乙","2"]', '["乙",2]'), ("[[0,1]]", "[[0]]"), ("[[0,1]]", "7"), ('"rows":', '"lines":'), ('"name":', '"title":'),
        ('["标题"]', "[[]]"), ("{", "("), ('{"name"', '[{"name"'), ('"rows":[["甲",""],["乙","2"]]', '"rows":[]'),
    ],
)  # fmt: skip
def test_an_answer_that_is_no_document_is_refused(part: str, other: str) -> None:
    encoded = encode_document(DOCUMENT).decode()
    assert part in encoded
    with pytest.raises(ValueError, match=r"."):
        decode_document(encoded.replace(part, other, 1).encode())
