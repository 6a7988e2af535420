"""The command line `gongkai`: data to stdout, log and progress to stderr.

Exit codes: 0 fine, 1 a finding of severity error or a refused file, 2 wrong use.
"""

import argparse
import io
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from flows.commands import archive, build, contribute, deposit, extract, harvest, release, run, show, status
from flows.commands.line import ROOT, say
from flows.errors import GongkaiError, Text, UsageError
from flows.harvest.store import open_raw

COMMANDS = {
    name: command
    for module in (run, harvest, build, extract, show, status, release, deposit, archive, contribute)
    for name, command in module.COMMANDS.items()
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; a pipe that closes early and Ctrl-C are no failures of ours."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")  # a locale that is not must not spoil the CSV
    try:
        try:
            return run_line(sys.argv[1:] if argv is None else argv)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left to print goes nowhere
        return 0
    except KeyboardInterrupt:
        return 130


def run_line(argv: Sequence[str]) -> int:
    """Return the exit code of one command line; an error becomes its message on stderr."""
    lang = find_lang(argv)
    try:
        args = build_parser(lang).parse_args(argv)
        logging.basicConfig(level=logging.INFO if args.verbose else logging.WARNING, format="%(message)s")
        code: int = args.command(args)
    except UsageError as error:
        say(error.text, lang)
        return 2
    except GongkaiError as error:
        say(error.text, lang)
        return 1
    return code


def find_lang(argv: Sequence[str]) -> str:
    """Return the language of messages: --lang, GONGKAI_LANG, or the locale; English where none says Chinese."""
    for at, word in enumerate(argv):
        if word == "--lang" and at + 1 < len(argv):
            return "zh" if argv[at + 1] == "zh" else "en"
        if word.startswith("--lang="):
            return "zh" if word == "--lang=zh" else "en"
    names = ("GONGKAI_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    said = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return "zh" if said.lower().startswith("zh") else "en"


def build_parser(lang: str) -> argparse.ArgumentParser:
    """Return the parser with every command, its options and an example, in one language."""
    shared = argparse.ArgumentParser(add_help=False)
    word = (
        Text("where the registry is", "登记文件夹"),
        Text(
            "where the captures are: a folder, or s3://bucket/prefix", "存档所在：文件夹，或 s3://存储桶/前缀"
        ),
    )
    shared.add_argument("--schemas", type=Path, default=ROOT / "schemas", help=word[0].read(lang))
    home = os.environ.get("GONGKAI_RAW") or str(ROOT / "raw")
    shared.add_argument("--raw", metavar="RAW", type=open_raw, default=home, help=word[1].read(lang))
    shared.add_argument(
        "--curated",
        type=Path,
        default=ROOT / "curated",
        help=Text("where packages go", "数据包文件夹").read(lang),
    )
    shared.add_argument(
        "--lang", choices=["en", "zh"], default=lang, help=Text("language", "语言").read(lang)
    )
    shared.add_argument("--verbose", action="store_true", help=Text("log more", "输出更多日志").read(lang))
    parser = argparse.ArgumentParser(
        prog="gongkai",
        description=Text(
            "Open data from the annual reports on information disclosure of Chinese government bodies.",
            "中国政府信息公开工作年度报告的开放数据。",
        ).read(lang),
        epilog=Text("Begin with: gongkai run --offline", "从这里开始：gongkai run --offline").read(lang),
    )
    parser.add_argument("--lang", choices=["en", "zh"], help=Text("language", "语言").read(lang))
    commands = parser.add_subparsers(dest="name", required=True, metavar="COMMAND")
    for name, described in COMMANDS.items():
        command = commands.add_parser(
            name,
            parents=[shared],
            help=described.help.read(lang),
            description=described.help.read(lang),
            epilog=f"{Text('Example', '示例').read(lang)}: {described.example}",
        )
        command.set_defaults(command=described.call)
        described.add_options(command, lang)
    return parser


if __name__ == "__main__":
    sys.exit(main())
