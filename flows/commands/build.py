"""The command that publishes: `build`."""

import argparse
import sys

from flows.commands.line import Command, err, no_options, progress_bar
from flows.errors import Text
from flows.harvest.index import load_index
from flows.publish.release import build_release
from flows.publish.terminal import findings_table, summarise_release
from flows.registry import load_registry


def build_command(args: argparse.Namespace) -> int:
    """Publish a package from raw/; 1 where a capture had to be left out."""
    registry = load_registry(args.schemas)
    captures = load_index(args.raw, registry.schemas["published/captures"])
    with progress_bar(Text("read and extract", "读取与提取").read(args.lang), len(captures)) as tick:
        release = build_release(registry, args.raw, args.curated, tick)
    print(summarise_release(registry, release, args.curated, args.lang))
    findings = [finding for outcome in release.outcomes for finding in outcome.findings]
    if findings and sys.stderr.isatty():
        err.print(findings_table(registry, findings, args.lang))
    return 1 if release.left_out else 0


COMMANDS = {
    "build": Command(
        Text("publish a package from raw/ (no network)", "由 raw/ 发布数据包（不联网）"),
        "gongkai build",
        build_command,
        no_options,
    ),
}
