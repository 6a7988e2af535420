"""The command that bundles a release for an archive: `deposit`."""

import argparse
from pathlib import Path

from flows.commands.line import Command, say
from flows.commands.release import find_folder
from flows.errors import Text
from flows.publish.deposit import write_deposit


def deposit_options(command: argparse.ArgumentParser, lang: str) -> None:
    """Add the options of `deposit`."""
    text = Text("a release by its version (the latest)", "发布版本号（默认最新）")
    command.add_argument("release", metavar="RELEASE", nargs="?", default="latest", help=text.read(lang))
    text = Text("the folder to write it to (this one)", "写入的文件夹（默认当前文件夹）")
    command.add_argument("-o", "--output", metavar="FOLDER", type=Path, default=Path(), help=text.read(lang))


def deposit_command(args: argparse.Namespace) -> int:
    """Write the bundle of a release; print where it is to stdout, what it is to stderr."""
    deposit = write_deposit(find_folder(args.curated, args.release), args.output)
    print(deposit.path)
    say(
        Text(
            f"files {deposit.files}, bytes {deposit.size:,}, sha256 {deposit.sha256}. Upload it as it is; what the form of the "
            "archive asks for is in its .zenodo.json. Who unpacks it checks it with sha256sum -c SHA256SUMS.",
            f"文件 {deposit.files}，字节 {deposit.size:,}，sha256 {deposit.sha256}。请原样上传；存档平台表单所需内容见其中的 "
            ".zenodo.json。解压后可用 sha256sum -c SHA256SUMS 核对。",
        ),
        args.lang,
    )
    return 0


COMMANDS = {
    "deposit": Command(
        Text(
            "one zip file of a release for an archive such as Zenodo",
            "将一个发布版本打包为一个 zip，供 Zenodo 等存档平台使用",
        ),
        "gongkai deposit 2026.11.0 -o deposits",
        deposit_command,
        deposit_options,
    ),
}
