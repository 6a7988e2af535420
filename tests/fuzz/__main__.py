"""Fuzz one target with atheris, which looks which lines each input reaches.

`python -m tests.fuzz TARGET RUNS`

Begins from the seeds, ends with 1 and the input where a target fails. LibreOffice is kept out.
"""

import os
import sys
import tempfile
from pathlib import Path

import atheris  # type: ignore[import-untyped]

with atheris.instrument_imports(include=["flows"]):
    from tests.fuzz.seeds import list_seeds
    from tests.fuzz.targets import TARGETS


def main(target: str, runs: str) -> None:
    """Run a target so many times."""
    os.environ["PATH"] = ""
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate([*list_seeds().values(), "１,204 件".encode()]):
            (Path(corpus) / str(number)).write_bytes(seed)
        words = [
            sys.argv[0],
            corpus,
            f"-runs={runs}",
            "-seed=1",
            "-timeout=60",
            "-rss_limit_mb=3000",
            "-max_len=40000",
            f"-artifact_prefix={tempfile.gettempdir()}/",
        ]
        atheris.Setup(words, TARGETS[target])
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
