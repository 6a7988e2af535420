"""The command that publishes: `build`."""

import argparse
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from flows.commands.line import Command, err, progress_bar
from flows.errors import Text, UsageError
from flows.harvest.index import load_index
from flows.model import Capture
from flows.publish.asof import Rebuilt, rebuild_as_of
from flows.publish.manifest import DESCRIPTOR
from flows.publish.release import build_release
from flows.publish.terminal import findings_table, summarise_release
from flows.registry import Registry, load_registry


def build_options(command: argparse.ArgumentParser, lang: str) -> None:
    """Add the options of `build`."""
    text = Text(
        "the package as the archive knew it at the end of that day (UTC), beside the releases: 2026-03-31",
        "按存档在该日结束时（UTC）所知重建数据包，不影响已发布版本，如 2026-03-31",
    )
    command.add_argument("--as-of", metavar="DATE", type=parse_day, help=text.read(lang))
    text = Text("the folder for it (curated/as-of/DATE)", "其输出文件夹（默认 curated/as-of/DATE）")
    command.add_argument("-o", "--output", type=Path, metavar="FOLDER", help=text.read(lang))


def parse_day(text: str) -> date:
    """Return a day as a person gives it; argparse puts the option before the message."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = f"'{text}' is no day, expected one such as 2026-03-31 / “{text}”不是日期，应如 2026-03-31"
        raise argparse.ArgumentTypeError(message) from error


def build_command(args: argparse.Namespace) -> int:
    """Publish a package from raw/; 1 where a capture had to be left out."""
    registry = load_registry(args.schemas)
    captures = load_index(args.raw, registry.schemas["published/captures"])
    if args.as_of:
        return rebuild_command(args, registry, count_pages(captures))
    if args.output:
        raise UsageError("-o goes with --as-of only.", "-o 只能与 --as-of 同用。")
    with progress_bar(Text("read and extract", "读取与提取").read(args.lang), count_pages(captures)) as tick:
        release = build_release(registry, args.raw, args.curated, tick)
    print(summarise_release(registry, release, args.curated, args.lang))
    findings = [finding for outcome in release.outcomes for finding in outcome.findings]
    if findings and sys.stderr.isatty():
        err.print(findings_table(registry, findings, args.lang))
    return 1 if release.left_out else 0


def count_pages(captures: Iterable[Capture]) -> int:
    """Return how many captures there are to be read: no lists, no looks that found nothing."""
    return sum(each.is_page for each in captures)


def rebuild_command(args: argparse.Namespace, registry: Registry, count: int) -> int:
    """Rebuild the package of a day, say how it compares with the release of then; 1 where the same code gave other bytes."""
    folder = args.output or args.curated / "as-of" / args.as_of.isoformat()
    with progress_bar(Text("read and extract", "读取与提取").read(args.lang), count) as tick:
        rebuilt = rebuild_as_of(registry, args.raw, (args.curated, folder), args.as_of, tick)
    print(summarise_rebuilt(rebuilt, args.as_of).read(args.lang))
    return 1 if rebuilt.same_code and rebuilt.differing else 0


def summarise_rebuilt(rebuilt: Rebuilt, day: date) -> Text:
    """Return what was rebuilt and whether it is what was released then."""
    where = f"{rebuilt.folder / DESCRIPTOR}"
    release, count = rebuilt.release.name if rebuilt.release else "", len(rebuilt.differing)
    some = ", ".join(rebuilt.differing[:4])
    if rebuilt.release is None:
        said = Text(
            "no release was made of these captures, so it is what the next one would have been",
            "当时的存档没有对应的发布版本，此为下一版本应有的内容",
        )
    elif not rebuilt.differing:
        said = Text(f"byte for byte release {release}", f"与发布版本 {release} 逐字节相同")
    elif rebuilt.same_code:
        said = Text(
            f"{count} files differ from release {release} ({some}) though the code is the same: the captures, the schemas "
            "or the release before it were changed since. See: gongkai diff, gongkai audit",
            f"代码相同，但有 {count} 个文件与发布版本 {release} 不同（{some}）：存档、模式或其前一版本此后有改动。"
            "参见：gongkai diff、gongkai audit",
        )
    else:
        said = Text(
            f"{count} files differ from release {release} ({some}), which was made by other code",
            f"有 {count} 个文件与发布版本 {release} 不同（{some}），后者由另一版本的代码生成",
        )
    return Text(
        f"Package as of {day}: {rebuilt.version}, from {rebuilt.captures} captures; {said.en}.\n  where     {where}",
        f"截至 {day} 的数据包：{rebuilt.version}，取自 {rebuilt.captures} 份存档；{said.zh}。\n  位置  {where}",
    )


COMMANDS = {
    "build": Command(
        Text("publish a package from raw/ (no network)", "由 raw/ 发布数据包（不联网）"),
        "gongkai build",
        build_command,
        build_options,
    ),
}
