"""The command that goes to the network: `harvest`."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime

from flows.commands.line import Command, progress_bar, say
from flows.commands.names import find_body
from flows.errors import Text, UsageError
from flows.harvest.discover import due_years
from flows.harvest.fetch import Fetcher
from flows.harvest.run import harvest_reports, plan_harvest
from flows.model import Report
from flows.registry import load_registry


def harvest_options(command: argparse.ArgumentParser, lang: str) -> None:
    """Add the options of `harvest`."""
    command.add_argument("--body", default="", help=Text("only this body", "仅此机关").read(lang))
    command.add_argument("--year", type=int, help=Text("only this year", "仅此年度").read(lang))
    text = Text("print what would be asked, ask nothing", "只列出将要请求的网址，不发请求")
    command.add_argument("--plan", action="store_true", help=text.read(lang))


def harvest_command(args: argparse.Namespace) -> int:
    """Fetch the reports that are due into raw/; 1 where one could not be."""
    registry = load_registry(args.schemas)
    today = datetime.now(UTC).date()
    body_id = find_body(registry, args.body) if args.body else ""
    if args.year is not None and args.year not in due_years(today):
        years = due_years(today)
        raise UsageError(
            f"year {args.year}: reports are due for {years[0]} to {years[-1]}.",
            f"年度 {args.year}：应有报告的年度为 {years[0]} 至 {years[-1]}。",
        )
    wanted = plan_harvest(registry, args.raw, today, body_id, args.year)
    if args.plan or not wanted:
        print_plan(wanted, args.lang)
        return 0
    title = Text("harvest", "采集").read(args.lang)
    with progress_bar(title, len(wanted)) as tick:
        outcomes = harvest_reports(registry, args.raw, wanted, Fetcher(registry.hosts), tick)
    failed = [outcome for outcome in outcomes if outcome.reason]
    for outcome in failed:
        assert outcome.reason is not None
        say(outcome.reason, args.lang)
    got = len(outcomes) - len(failed)
    say(Text(f"captured {got}, failed {len(failed)}", f"已存档 {got}，失败 {len(failed)}"), args.lang)
    return 1 if failed else 0


def print_plan(wanted: Sequence[Report], lang: str) -> None:
    """Print the addresses that a harvest would ask for, to stdout."""
    say(
        Text(
            f"{len(wanted)} reports are due with a known address and not fetched yet",
            f"{len(wanted)} 份报告已到期、网址已知而未抓取",
        ),
        lang,
    )
    for report in wanted:
        print(f"{report.body_id}\t{report.year}\t{report.scope}\t{report.url}")


COMMANDS = {
    "harvest": Command(
        Text("fetch reports that are due into raw/ (network)", "将到期报告抓取到 raw/（联网）"),
        "gongkai harvest --body 110116 --plan",
        harvest_command,
        harvest_options,
    ),
}
