"""The commands for who runs it: `status`, and `deploy` to a Prefect server."""

import argparse
from collections.abc import Sequence

from rich.console import Console

from flows.commands.line import ROOT, Command, no_options, out, say
from flows.curate.build import build_outcomes
from flows.deploy import deploy_flows
from flows.errors import Text
from flows.harvest.index import load_index
from flows.harvest.order import newest_moment
from flows.model import Capture
from flows.publish.terminal import status_legend, status_table
from flows.registry import load_registry


def status_command(args: argparse.Namespace) -> int:
    """Print coverage per body and year, and how fresh the archive is."""
    registry = load_registry(args.schemas)
    captures: Sequence[Capture] = load_index(args.raw, registry.schemas["published/captures"])
    outcomes = build_outcomes(registry, args.raw, captures)
    if not captures:
        say(
            Text(
                f"{args.raw}: no captures yet. Run gongkai harvest.",
                f"{args.raw}：尚无存档。请运行 gongkai harvest。",
            ),
            args.lang,
        )
        return 0
    Console(highlight=False, width=max(out.width, 100)).print(status_table(registry, outcomes, args.lang))
    print(status_legend(outcomes, args.lang))
    newest = newest_moment(captures)
    print(
        Text(
            f"captures {len(captures)}, newest {newest:%Y-%m-%d}",
            f"存档 {len(captures)}，最新 {newest:%Y-%m-%d}",
        ).read(args.lang)
    )
    for outcome in outcomes:
        if outcome.captures and outcome.reason:
            print(f"{outcome.report.body_id} {outcome.report.year}: {outcome.reason.read(args.lang)}")
    latest = args.curated / "latest"
    shown = latest.readlink() if latest.is_symlink() else Text("none yet", "尚无").read(args.lang)
    print(Text(f"release {shown}", f"发布版本 {shown}").read(args.lang))
    return 0


def deploy_command(_: argparse.Namespace) -> int:
    """Register the deployments of prefect.yaml with the Prefect server that the environment names."""
    return deploy_flows(ROOT)


COMMANDS = {
    "status": Command(
        Text("coverage and freshness per body and year", "各机关各年度的收录与更新情况"),
        "gongkai status --lang zh",
        status_command,
        no_options,
    ),
    "deploy": Command(
        Text("register the Prefect deployments of prefect.yaml", "登记 prefect.yaml 中的 Prefect 部署"),
        "PREFECT_API_URL=http://127.0.0.1:4200/api gongkai deploy",
        deploy_command,
        no_options,
    ),
}
