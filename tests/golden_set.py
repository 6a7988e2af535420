"""Make the pages of the golden set: for every form and shape two synthetic reports, and one of real figures where there is one.

    python -m tests.golden_set [FOLDER]

What must be read of each page stands beside it as CSV; `pytest tests/test_golden.py --accept` writes
what is read now, to be looked at before it is committed.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.accuracy.cases import load_cases, make_case
from tests.accuracy.score import FORMS, Made, make_report, print_report
from tests.portal.shapes import SHAPES

GOLDEN = Path(__file__).parent / "golden"
# The seeds of each shape: looks that differ as much as two can.
SEEDS = {
    "html": (1, 4), "html_blocks": (10, 32), "text_tabs": (2, 4), "text_spaces": (10, 28), "text_pipes": (1, 4),
    "text_lines": (10, 28), "text_glued": (8, 16), "prose": (1, 4), "docx": (1, 4), "xlsx": (1, 2), "xls": (1, 4),
    "pdf": (1, 4), "doc": (1, 4), "image": (1, 2), "scan": (1, 2),
}  # fmt: skip
CASES = {"2014": "huairou_2018", "2019": "wuhan_ecology_bureau_2020", "2021": "suqian_2024"}
LOOK = 5  # of the real figures


@dataclass(frozen=True)
class Golden:
    """One page of the golden set: its form and shape, and the seed or the real case that its figures come from."""

    form: str
    shape: str
    figures: int | str

    @property
    def name(self) -> str:
        """The page's file name."""
        return f"{self.form}_{self.shape}_{self.figures}.{SHAPES[self.shape].suffix}"

    @property
    def expected(self) -> str:
        """The file name of what must be read of it."""
        return f"{self.form}_{self.shape}_{self.figures}.csv"


def list_golden() -> Iterator[Golden]:
    """Yield the pages of the golden set."""
    for shape, seeds in SEEDS.items():
        for form in FORMS:
            yield from (Golden(form, shape, seed) for seed in seeds)
            if form in CASES and shape not in ("prose", "scan"):  # scans are large
                yield Golden(form, shape, CASES[form])


def make_golden(golden: Golden) -> bytes:
    """Return the bytes of a page; a DOC's are not the same twice, for LibreOffice writes its own."""
    return print_report(find_made(golden), golden.shape)


def find_made(golden: Golden) -> Made:
    if isinstance(golden.figures, int):
        return make_report(golden.form, golden.shape, golden.figures)
    (case,) = (case for case in load_cases() if case.name == golden.figures)
    return make_case(case, golden.shape, LOOK)


def write_golden(folder: Path) -> None:
    """Write all pages into a folder."""
    for golden in list_golden():
        (folder / golden.name).write_bytes(make_golden(golden))


if __name__ == "__main__":
    write_golden(Path(sys.argv[1]) if len(sys.argv) > 1 else GOLDEN)
