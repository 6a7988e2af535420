"""Serve a simulated city for a look, until Ctrl-C.

    python -m tests.portal [--port 8100] [--districts 110116,110108] [--day 2026-04-15]

Prints the address of every host, where its registry was written, and the command line that harvests it.
"""

import argparse
import tempfile
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from tests.portal.city.folder import write_registry
from tests.portal.city.plan import MUNICIPAL, plan_city
from tests.portal.city.serve import Calendar, Served, open_city

EXAMPLE = """example:
  python -m tests.portal --port 8100
      then, in another terminal, the command line that it prints
"""


def main(argv: list[str] | None = None) -> int:
    """Serve until interrupted; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.portal", description="Serve a simulated city on this machine.", epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument(
        "--port", type=int, default=8100, help="port of the first host, the others follow (8100)"
    )
    parser.add_argument(
        "--districts", default="", help="codes of some districts, with commas between; all without it"
    )
    parser.add_argument("--seed", type=int, default=1, help="another city for another number (1)")
    parser.add_argument(
        "--day", help="the day that it is in the city; today without it", type=datetime.fromisoformat
    )
    parser.add_argument(
        "--folder", type=Path, help="new folder for the registry; one of the system's without it"
    )
    args = parser.parse_args(argv)
    city = plan_city(args.seed, [code for code in args.districts.split(",") if code])
    calendar = Calendar()
    if args.day:
        calendar.set(args.day.replace(tzinfo=UTC))
    folder = args.folder or Path(tempfile.mkdtemp(prefix="gongkai-city-")) / "schemas"
    try:
        with open_city(city, calendar, args.port) as served:
            print_addresses(served, write_registry(served, folder))
            with suppress(KeyboardInterrupt):
                threading.Event().wait()
            print(f"\n{len(served.log)} requests answered.")
    except OSError as error:
        parser.error(
            f"port {args.port} or one of the next {len(city.hosts)}: {error.strerror}. Name another one with --port."
        )
    return 0


def print_addresses(served: Served, folder: Path) -> None:
    """Print where everything is, and how to harvest it."""
    names = {body.body_id: f"{body.name_zh} {body.name_en}" for body in served.city.bodies} | {
        MUNICIPAL: "北京市 Beijing"
    }
    print(
        "A simulated city: every figure on it is made up. Each host's first page links all that stands on it.\n"
    )
    for key in sorted(served.portals):
        print(f"  {served.url(key, '/')}  {key}  {names[key.partition('-')[0]]}")
    print(f"\nIts registry: {folder}\nTo harvest and to build it, in another terminal:\n")
    raw, curated = folder.parent / "raw", folder.parent / "curated"
    print("  export GONGKAI_CONTACT=you@example.org")
    print(
        f"  gongkai harvest --registry {folder} --raw {raw} --plan\n  gongkai harvest --registry {folder} --raw {raw}"
    )
    print(
        f"  gongkai build --schemas {folder} --raw {raw} --curated {curated}\n\nCtrl-C ends it.", flush=True
    )


if __name__ == "__main__":
    raise SystemExit(main())
