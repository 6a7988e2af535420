"""The commands about what was published: `verify` a release, `diff` two of them."""

import argparse
import csv
import sys
from datetime import UTC, datetime
from pathlib import Path

from flows.commands.line import Command, say
from flows.declared import nearest
from flows.errors import Text, UsageError
from flows.publish.changes import compare_releases, describe_changes, list_rows
from flows.publish.delta import open_side
from flows.publish.manifest import RELEASES, list_releases, parse_version
from flows.publish.verify import Asked, Checked, verify


def verify_options(command: argparse.ArgumentParser, lang: str) -> None:
    """Add the options of `verify`."""
    text = Text(
        "a release by its version, a downloaded release, or a folder of releases (curated/)",
        "发布版本号、下载的发布版本，或含发布版本的文件夹（curated/）",
    )
    command.add_argument("release", metavar="FOLDER|RELEASE", nargs="?", help=text.read(lang))
    text = Text(
        "the version that you saw last, with the sha256 of its manifest if you noted it",
        "您上次见到的版本，可附其清单的 sha256",
    )
    command.add_argument("--last-seen", metavar="VERSION[=SHA256]", default="", help=text.read(lang))
    text = Text(
        "the day on which it must not have expired (today)", "按哪一天判断是否过期（默认今天），如 2027-06-30"
    )
    command.add_argument("--at", metavar="DATE", default="", help=text.read(lang))


def verify_command(args: argparse.Namespace) -> int:
    """Hold a release and the chain behind it against their manifests, print every fault, and return 1 where there is any."""
    folder = find_folder(args.curated, args.release) if args.release else args.curated
    checked = verify(folder, parse_asked(args.last_seen, args.at))
    for fault in checked.faults:
        print(f"{fault.where}\t{fault.what.read(args.lang)}")
    for text in checked.unchecked:
        say(Text(f"not checked: {text.en}", f"未核对：{text.zh}"), args.lang)
    say(summarise_check(folder, checked), args.lang)
    return 1 if checked.faults else 0


def diff_options(command: argparse.ArgumentParser, lang: str) -> None:
    """Add the options of `diff`."""
    for name, text in (
        ("before", Text("the older release: its version, or a folder", "较早的发布版本：版本号或文件夹")),
        ("after", Text("the newer one; `latest` is the newest", "较晚的发布版本；latest 为最新")),
    ):
        command.add_argument(name, metavar="RELEASE", help=text.read(lang))
    text = Text("as data: table, change, key, field, old, new", "以数据输出：表、变化、主键、列、原值、现值")
    command.add_argument("--csv", action="store_true", help=text.read(lang))


def diff_command(args: argparse.Namespace) -> int:
    """Print what changed between two releases, in words or as CSV."""
    before, after = (open_side(find_folder(args.curated, word)) for word in (args.before, args.after))
    changes, deltas = compare_releases(before, after)
    if args.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(("table", "change", "key", "field", "old", "new"))
        writer.writerows(list_rows(deltas, {name: after.schemas[name]["primaryKey"] for name in deltas}))
        return 0
    print(f"# {before.version} → {after.version}\n")
    print("\n".join(describe_changes(changes, args.lang)))
    return 0


def parse_asked(seen: str, at: str) -> Asked:
    """Return what a person knows who verifies; raise UsageError for a version, a hash or a date that is none."""
    version, _, sha256 = seen.partition("=")
    if seen and parse_version(version) is None:
        raise UsageError(
            f"--last-seen {seen}: expected a version such as 2026.11.0, or 2026.11.0=SHA256.",
            f"--last-seen {seen}：应为版本号，如 2026.11.0，或 2026.11.0=SHA256。",
        )
    if sha256 and not (len(sha256) == 64 and set(sha256) <= set("0123456789abcdef")):
        raise UsageError(
            f"--last-seen {seen}: expected the 64 hex digits of a sha256 after =.",
            f"--last-seen {seen}：= 之后应为 sha256 的64位十六进制数字。",
        )
    try:
        now = datetime.fromisoformat(at).replace(tzinfo=UTC) if at else datetime.now(UTC)
    except ValueError as error:
        raise UsageError(
            f"--at {at}: expected a date such as 2027-06-30.", f"--at {at}：应为日期，如 2027-06-30。"
        ) from error
    return Asked(now, parse_version(version), sha256)


def find_folder(curated: Path, word: str) -> Path:
    """Return the folder of a release that a person names by its version, `latest` or its path; raise UsageError for none."""
    if parse_version(word) and (curated / RELEASES / word).is_dir():
        return curated / RELEASES / word
    if word == "latest" and (curated / word).is_dir():
        return (curated / word).resolve()
    if Path(word).is_dir():
        return Path(word).resolve()
    known = [path.name for path in list_releases(curated)]
    close = nearest(word, known)
    raise UsageError(
        f"'{word}' is neither a release in {curated} nor a folder.{f' Nearest: {close}.' if close else ''} "
        f"Releases: {', '.join(known[-8:]) or 'none yet'}.",
        f"“{word}”既不是 {curated} 中的发布版本，也不是文件夹。{f'最接近：{close}。' if close else ''}"
        f"现有版本：{'、'.join(known[-8:]) or '尚无'}。",
    )


def summarise_check(folder: Path, checked: Checked) -> Text:
    """Return what was checked, and what to do with it."""
    counted = f"{checked.releases}, {checked.files:,}, {checked.size:,}"
    if not checked.faults:
        return Text(
            f"{folder}: release {checked.version} is whole. Releases, files, bytes: {counted}. Note it for the next time: "
            f"--last-seen {checked.version}={checked.sha256}",
            f"{folder}：发布版本 {checked.version} 完好。版本、文件、字节：{counted}。请记下以备下次核对："
            f"--last-seen {checked.version}={checked.sha256}",
        )
    return Text(
        f"{folder}: release {checked.version} is refused, {len(checked.faults)} faults. Releases, files, bytes: {counted}. "
        "Do not use it; get it again, or restore it from a copy.",
        f"{folder}：发布版本 {checked.version} 不可采信，{len(checked.faults)} 处问题。版本、文件、字节：{counted}。"
        "请勿使用；请重新获取或从副本恢复。",
    )


COMMANDS = {
    "diff": Command(
        Text(
            "what changed between two releases, in words or as CSV",
            "两个发布版本之间的变化，以文字或 CSV 输出",
        ),
        "gongkai diff 2026.11.0 latest --csv",
        diff_command,
        diff_options,
    ),
    "verify": Command(
        Text(
            "is a release whole and the newest, and does it follow the one before; every fault, exit 1",
            "核对发布版本是否完好、最新，并与前一版本衔接；列出每处问题，有则退出码为 1",
        ),
        "gongkai verify --last-seen 2026.11.0",
        verify_command,
        verify_options,
    ),
}
