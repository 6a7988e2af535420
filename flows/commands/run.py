"""The main job: `run`."""

import argparse

from flows.commands.build import build_command
from flows.commands.harvest import harvest_command
from flows.commands.line import Command
from flows.errors import Text


def run_options(command: argparse.ArgumentParser, lang: str) -> None:
    """Add the options of `run`."""
    text = Text("only what raw/ holds, no network", "只用 raw/ 中的存档，不联网")
    command.add_argument("--offline", action="store_true", help=text.read(lang))


def run_command(args: argparse.Namespace) -> int:
    """Harvest what is due unless --offline, then build."""
    if not args.offline:
        args.body, args.year, args.plan, args.dry_run = "", None, False, False
        harvest_command(args)
    args.as_of, args.output = None, None
    return build_command(args)


COMMANDS = {
    "run": Command(
        Text("harvest what is due, then build: the main job", "采集到期报告并构建数据包：主任务"),
        "gongkai run --offline",
        run_command,
        run_options,
    ),
}
