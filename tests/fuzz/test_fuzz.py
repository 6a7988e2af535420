"""Whatever bytes come, a reader gives a Document or says why not, and the extraction gives figures or says why not."""

import importlib.util
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.fuzz.seeds import list_seeds
from tests.fuzz.targets import TARGETS

RUNS = 20_000
RUNS_OF = {
    "read": 5_000,
    "extract": 1_000,
    "word": 5_000,
    "sheet": 5_000,
    "open": 5_000,
    "xml": 5_000,
}  # the slower ones
SEEDS = [*list_seeds().values()]


@st.composite
def changed(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """Return a seed with pieces of it cut out, doubled, moved, or written over."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from([0, 1, 2, 4, 16, 200, 5000])))
        piece = bytes(data[start:end])
        noise = draw(
            st.binary(max_size=8)
            | st.sampled_from([b"<", b">", b"&#0;", b"\xff", b"999999999", b"</", b'="', b"\x00"])
        )
        data[start:end] = draw(st.sampled_from([b"", piece * 2, noise, noise + piece, piece[::-1]]))
    return bytes(data)


@pytest.mark.parametrize("name", list_seeds())
def test_every_seed_is_a_file_that_the_readers_know(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")  # no LibreOffice
    TARGETS["extract"](list_seeds()[name])


@pytest.mark.parametrize("target", ["read", "extract", "decode", "ole"])
@settings(suppress_health_check=list(HealthCheck))
@given(data=changed(SEEDS))
def test_a_target_holds_for_seeds_changed_anywhere(target: str, data: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", "")  # no LibreOffice
        TARGETS[target](data)


@pytest.mark.parametrize("target", TARGETS)
@given(data=st.binary(max_size=300))
def test_a_target_holds_for_any_bytes(target: str, data: bytes) -> None:
    TARGETS[target](data)


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris is not installed: pip install .[fuzz]"
)
@pytest.mark.parametrize("target", TARGETS)
def test_a_target_holds_for_whatever_atheris_thinks_of(target: str) -> None:
    runs = str(RUNS_OF.get(target, RUNS))
    ran = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", target, runs], capture_output=True, check=False, cwd=ROOT, timeout=1_000,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr.decode("utf-8", "replace")[-3000:]
    assert f"Done {runs} runs" in ran.stderr.decode("utf-8", "replace")
