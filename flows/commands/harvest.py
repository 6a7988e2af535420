"""The command that goes to the network: `harvest`."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table

from flows.commands.line import Command, out, progress_bar, say
from flows.commands.names import find_body
from flows.errors import Text, UsageError
from flows.harvest.discover import open_years
from flows.harvest.fetch import Fetcher
from flows.harvest.limits import Limits
from flows.harvest.plan import Visit, within_budget
from flows.harvest.run import Asked, find_red, harvest, plan_harvest, rehearse
from flows.publish.harvested import Rows, budget_lines, outcome_rows, plan_rows, sum_up
from flows.registry import Registry, load_registry


def harvest_options(command: argparse.ArgumentParser, lang: str) -> None:
    """Add the options of `harvest`."""
    command.add_argument("--body", default="", help=Text("only this body", "仅此机关").read(lang))
    command.add_argument("--year", type=int, help=Text("only this year", "仅此年度").read(lang))
    text = Text("print what would be asked and why, ask nothing", "只列出将要请求的网址与缘由，不发请求")
    command.add_argument("--plan", action="store_true", help=text.read(lang))
    text = Text(
        "ask for robots.txt and the lists that are due, store nothing, print which reports would be asked for",
        "只请求 robots.txt 与到期的列表，不存档，列出将要请求的报告",
    )
    command.add_argument("--dry-run", action="store_true", help=text.read(lang))
    text = Text(
        "another registry in place of schemas/: that of a simulated portal (same as --schemas)",
        "改用另一登记文件夹，如模拟门户的（同 --schemas）",
    )
    command.add_argument(
        "--registry", dest="schemas", type=Path, default=argparse.SUPPRESS, help=text.read(lang)
    )


def harvest_command(args: argparse.Namespace) -> int:
    """Look at the lists and reports that are due and archive what they answer; 1 where a required one is red."""
    registry = load_registry(args.schemas)
    now = datetime.now(UTC)
    asked = find_asked(registry, args, now)
    visits = plan_harvest(registry, args.raw, now, asked)
    if args.plan:
        print_plan(registry, within_budget(visits, Limits().requests), args.lang)
        return 0
    fetcher = Fetcher(registry.hosts, private=registry.private)
    title = Text("harvest", "采集").read(args.lang)
    if args.dry_run:
        with progress_bar(title, sum(visit.is_list for visit in visits)) as tick:
            outcomes, reports = rehearse(registry, args.raw, fetcher, asked, tick)
        print_plan(registry, reports, args.lang)
    else:
        with progress_bar(title, len(visits)) as tick:
            outcomes = harvest(registry, args.raw, fetcher, asked, tick)
        print_table(outcome_rows(registry, outcomes, args.lang))
    reasons = [each.reason for each in outcomes if each.reason and each.result != "awaited"]
    seen = {each.visit.url for each in outcomes}
    red = [
        reason
        for visit, reason in find_red(registry, args.raw, now, asked)
        if visit.url not in seen and not args.dry_run
    ]
    for reason in (*reasons, *red):
        say(reason, args.lang)
    say(sum_up(outcomes), args.lang)
    return 1 if red or any(outcome.failed for outcome in outcomes) else 0


def find_asked(registry: Registry, args: argparse.Namespace, now: datetime) -> Asked:
    """Return the body and year that a harvest is for; raise UsageError for a year that is not over."""
    years = open_years(now.date())
    if args.year is not None and args.year not in years:
        raise UsageError(
            f"year {args.year}: there are reports for {years[0]} to {years[-1]}.",
            f"年度 {args.year}：有报告的年度为 {years[0]} 至 {years[-1]}。",
        )
    return Asked(find_body(registry, args.body) if args.body else "", args.year)


def print_plan(registry: Registry, visits: Sequence[Visit], lang: str) -> None:
    """Print the addresses that a harvest would ask for to stdout, and what that asks of each host to stderr."""
    print_table(plan_rows(registry, visits, lang))
    lists = sum(visit.is_list for visit in visits)
    reports = len(visits) - lists
    say(Text(f"lists {lists}, reports {reports}", f"列表 {lists}，报告 {reports}"), lang)
    for line in budget_lines(visits, Limits().pause, lang):
        say(Text(line, line), lang)


def print_table(rows: Rows) -> None:
    """Print a table to stdout: for a person with lines and columns, for a pipe with tabs and its heads."""
    heads, lines = rows
    if not out.is_terminal:
        for line in (heads, *lines):
            print("\t".join(line))
        return
    table = Table(padding=(0, 1, 0, 0), box=SIMPLE_HEAD, pad_edge=False)
    for at, head in enumerate(heads):  # an address is never cut: somebody may want to open it
        longest = max((len(line[at]) for line in lines), default=0)
        table.add_column(head, no_wrap=longest <= 16, overflow="fold")
    for line in lines:
        table.add_row(*line)
    out.print(table)


COMMANDS = {
    "harvest": Command(
        Text("find and fetch reports that are due into raw/ (network)", "查找到期报告并抓取到 raw/（联网）"),
        "gongkai harvest --body 110116 --plan",
        harvest_command,
        harvest_options,
    ),
}
