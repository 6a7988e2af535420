"""Print how fast pages and files are read, side by side with pandas.read_html, the parser alone and pdfplumber.

Every candidate reads the same pages in turns, so that the ratios hold on a machine that does other things too. Times are
medians of processor time. Writes nothing; exits 1 where a hold is not met.
"""

import argparse
import sys
import warnings
from collections.abc import Callable, Sequence

from rich.console import Console

from tests.bench.contributions import measure_contributions
from tests.bench.holds import Hold, print_holds
from tests.bench.rules import measure_rules
from tests.bench.sections import (
    measure_build,
    measure_files,
    measure_memory,
    measure_pages,
    measure_pdf,
    measure_sizes,
)
from tests.bench.tables import measure_gate, measure_millions, measure_writers

EXAMPLE = """examples:
  make bench
  python -m tests.bench pages pdf --rounds 20
"""
SECTIONS: dict[str, Callable[[Console, int], list[Hold]]] = {
    "pages": measure_pages,
    "files": measure_files,
    "pdf": measure_pdf,
    "sizes": measure_sizes,
    "memory": measure_memory,
    "build": measure_build,
    "rules": measure_rules,
    "gate": measure_gate,
    "writers": measure_writers,
    "millions": measure_millions,
    "contributions": measure_contributions,
}


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "sections",
        nargs="*",
        metavar="SECTION",
        help=f"what to measure: {', '.join(SECTIONS)} (default: all)",
    )
    parser.add_argument(
        "--rounds", type=int, default=10, help="how often each candidate reads each page (default: 10)"
    )
    return parser


def main(arguments: Sequence[str]) -> int:
    """Print the tables and which holds are met; return 1 where one is not."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.sections if name not in SECTIONS]:
        parser.error(f"no section {unknown[0]!r}; there are {', '.join(SECTIONS)}")
    warnings.simplefilter("ignore")  # those of peers
    out = Console(width=150, highlight=False)
    holds = [hold for name in options.sections or SECTIONS for hold in SECTIONS[name](out, options.rounds)]
    print_holds(holds, out)
    return 0 if all(hold.met for hold in holds) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
