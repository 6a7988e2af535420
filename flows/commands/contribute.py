"""The commands for people who send figures: `contribute new`, `check`, `accept`, `withdraw`."""

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text as Content

from flows.commands.line import Command, err, out, say
from flows.commands.names import find_body
from flows.contribute.accept import Deed, accept_contribution, withdraw_contribution
from flows.contribute.blank import make_workbook
from flows.contribute.check import WORKBOOK, Verdict
from flows.contribute.faults import fault_row, quote, rules_of
from flows.contribute.formats import FORMATS, Found, is_valid
from flows.contribute.inbox import check_each
from flows.contribute.opened import MAX_SIZE
from flows.contribute.template import Scan, form_of, make_files
from flows.errors import Text, UsageError
from flows.harvest.discover import open_years
from flows.harvest.store import open_raw
from flows.model import Report
from flows.registry import Registry, load_registry

PLACE = Text("the folder of a contribution, a zip of it, its table or workbook, or a folder of several",
             "来稿文件夹、其 zip、其表或工作簿，或含多份来稿的文件夹")  # fmt: skip


def contribute_options(command: argparse.ArgumentParser, lang: str) -> None:
    """Add the tasks of `contribute` with their options."""
    tasks = command.add_subparsers(dest="task", required=True, metavar="TASK")
    for name, each in TASKS.items():
        said = each.help.read(lang)
        epilog = f"{Text('Example', '示例').read(lang)}: {each.example}"
        task = tasks.add_parser(name, help=said, description=said, epilog=epilog)
        each.add_options(task, lang)
        # The language may stand behind the task too; what stands before it is kept where it does not.
        task.add_argument("--lang", choices=["en", "zh"], default=argparse.SUPPRESS)
        task.add_argument("--schemas", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        task.add_argument("--raw", type=open_raw, default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def check_options(check: argparse.ArgumentParser, lang: str) -> None:
    """Add the options of `contribute check`."""
    check.add_argument("path", metavar="FILE|FOLDER|ZIP", type=Path, help=PLACE.read(lang))
    text = Text("for machines, or for a page", "供机器或网页使用的格式")
    check.add_argument("--format", choices=["text", *FORMATS], default="text", help=text.read(lang))


def accept_options(accept: argparse.ArgumentParser, lang: str) -> None:
    """Add the options of `contribute accept`."""
    accept.add_argument("path", metavar="FOLDER|ZIP", type=Path, help=PLACE.read(lang))
    accept.add_argument("--by", default="", metavar="WHO", help=Text("who decides", "由谁决定").read(lang))


def withdraw_options(withdraw: argparse.ArgumentParser, lang: str) -> None:
    """Add the options of `contribute withdraw`."""
    text = Text("the code that accept printed", "accept 所显示的编号")
    withdraw.add_argument("contribution", metavar="CONTRIBUTION_ID", help=text.read(lang))
    text = Text("why; it is published", "原因，将予公布")
    withdraw.add_argument("--reason", required=True, metavar="WHY", help=text.read(lang))
    withdraw.add_argument("--by", default="", metavar="WHO", help=Text("who decides", "由谁决定").read(lang))


def new_options(new: argparse.ArgumentParser, lang: str) -> None:
    """Add the options of `contribute new`."""
    new.add_argument(
        "--body",
        required=True,
        metavar="BODY",
        help=Text("code or name of the body", "机关代码或名称").read(lang),
    )
    new.add_argument(
        "--year",
        required=True,
        type=int,
        metavar="YEAR",
        help=Text("year reported on", "报告年度").read(lang),
    )
    text = Text("whose figures: of the whole area, or of the office alone", "数据范围：全区域或仅本机关")
    new.add_argument(
        "--scope", choices=["whole_area", "own_body"], default="whole_area", help=text.read(lang)
    )
    text = Text("a scan, photo or web capture to send along", "随附的扫描件、照片或网页存档")
    new.add_argument("--scan", type=Path, metavar="FILE", help=text.read(lang))
    text = Text("the page on which all figures stand", "全部数字所在的页码")
    new.add_argument("--page", default="", metavar="N", help=text.read(lang))
    text = Text("the folder to be made (BODY-YEAR)", "要生成的文件夹（默认 机关-年度）")
    new.add_argument("-o", "--output", type=Path, metavar="FOLDER", help=text.read(lang))


def contribute_command(args: argparse.Namespace) -> int:
    """Do one task and return its exit code."""
    return TASKS[args.task].call(args)


def new_command(args: argparse.Namespace) -> int:
    """Write an empty contribution into a new folder, and say what to do with it."""
    registry = load_registry(args.schemas)
    body_id = find_body(registry, args.body)
    form = form_of(registry, args.year)
    if args.year not in (years := open_years(now().date())):
        raise UsageError(
            f"{args.year}: is not over, so there is no report on it yet. Years: {years[0]} to {years[-1]}.",
            f"{args.year} 年尚未结束，还没有该年度报告。年度：{years[0]} 至 {years[-1]}。",
        )
    report = Report(body_id, args.year, args.scope, find_address(registry, body_id, args.year, args.scope))
    folder = args.output or Path(f"{body_id}-{args.year}")
    files = make_files(registry, report, check_page(args.page), read_scan(args.scan))
    files[WORKBOOK] = make_workbook(registry, files)
    try:
        folder.mkdir(parents=True)
        for name, content in sorted(files.items()):
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        raise UsageError(
            f"{folder}: cannot be made ({error.strerror}). Give another folder with -o.",
            f"{folder}：无法生成（{error.strerror}）。请用 -o 指定其他文件夹。",
        ) from error
    out.print(str(folder), soft_wrap=True)
    cells = len(files["figures.csv"].splitlines()) - 1
    say(
        Text(
            f"{cells} cells of the form of {form.form}. Fill in evidence.csv and figures.csv (or both sheets of {WORKBOOK}), "
            f"then: gongkai contribute check {folder}",
            f"{form.form} 表式，共 {cells} 格。请填写 evidence.csv 与 figures.csv（或 {WORKBOOK} 的两张表），"
            f"然后运行：gongkai contribute check {folder}",
        ),
        args.lang,
    )
    return 0


def find_address(registry: Registry, body_id: str, year: int, scope: str) -> str:
    """Return the address of a report where the registry knows it."""
    return next(
        (
            each.url
            for each in registry.reports
            if (each.body_id, each.year, each.scope) == (body_id, year, scope)
        ),
        "",
    )


def check_page(page: str) -> str:
    """Return the page that all figures stand on; raise UsageError for what is none."""
    if page and not (page.isascii() and page.isdecimal() and 0 < int(page) < 10_000):
        raise UsageError(f"--page {page}: expected a number from 1.", f"--page {page}：应为从 1 起的数字。")
    return page


def read_scan(path: Path | None) -> Scan | None:
    """Return the file that is sent along; raise UsageError where it is not there, too large, or has a name of another kind."""
    if path is None:
        return None
    name = "".join(
        char if char.isascii() and (char.isalnum() or char in "._-") else "_" for char in path.name
    ).lstrip("._-")
    try:
        if path.stat().st_size <= MAX_SIZE:
            return Scan(name or "scan", path.read_bytes())
        why = Text(f"over {MAX_SIZE:,} bytes", f"超过 {MAX_SIZE:,} 字节")
    except OSError as error:
        why = Text(f"{error.strerror}", f"{error.strerror}")
    raise UsageError(f"{path}: cannot be sent along ({why.en}).", f"{path}：无法随附（{why.zh}）。")


# Check


def check_command(args: argparse.Namespace) -> int:
    """Print every fault of every contribution at a path; return 1 where one is refused."""
    registry = load_registry(args.schemas)
    verdicts = check_each(registry, args.path, now().date())
    rules = rules_of(registry)
    if args.format != "text":
        sys.stdout.write(FORMATS[args.format](registry, verdicts, args.lang))
    for verdict in verdicts if args.format == "text" else ():
        show_verdict(registry, verdict, args.lang)
    if not verdicts:
        say(Text(f"{args.path}: no contribution waits there.", f"{args.path}：没有待处理的来稿。"), args.lang)
    return 0 if all(is_valid(verdict, rules) for verdict in verdicts) else 1


def show_verdict(registry: Registry, verdict: Verdict, lang: str) -> None:
    """Print the faults of one contribution as a table, and what they come to."""
    rules = rules_of(registry)
    rows = [fault_row(rules, fault) for fault in verdict.faults]
    if rows:
        heads = ("位置", "问题", "改法") if lang == "zh" else ("where", "what is wrong", "what to do")
        table = Table(title=quote(verdict.opened.name), title_justify="left", show_lines=True)
        for head in heads:
            table.add_column(head, overflow="fold")  # nothing of a message is cut
        for row in rows:
            table.add_row(*(Content(cell) for cell in table_cells(row, lang)))
        Console(highlight=False, markup=False, width=max(out.width, 110)).print(table)
    errors = sum(row["severity"] == "error" for row in rows)
    said = count_cells(verdict)
    if errors:
        text = Text(f"{errors} errors, {len(rows) - errors} warnings: refused. Mend them and check again.",
                    f"{errors} 个错误，{len(rows) - errors} 个警告：未通过。请改正后再次检查。")  # fmt: skip
    else:
        text = Text(
            f"{said} cells stated, {len(rows)} warnings: may be accepted.",
            f"录入 {said} 格，{len(rows)} 个警告：可以接受。",
        )
    err.print(f"{quote(verdict.opened.name)}: {text.read(lang)}", markup=False, soft_wrap=True)


def table_cells(row: Found, lang: str) -> tuple[str, str, str]:
    """Return a fault as the cells of a table: where it is and the value there, what is wrong, what to do."""
    words = (
        ("第 {} 行", "列 {}", "“{}”", "要求：", "警告")
        if lang == "zh"
        else ("row {}", "column {}", "'{}'", "expected: ", "warning")
    )
    place = zip(words[:3], (row["row"], row["column"], row["value"]), strict=True)
    where = [str(row["file"]), *(word.format(part) for word, part in place if part)]
    where += [f"({words[4]})"] if row["severity"] == "warning" else []
    return (
        "\n".join(where),
        f"{row[f'found_{lang}']}\n{words[3]}{row[f'rule_{lang}']}",
        str(row[f"mend_{lang}"]),
    )


def count_cells(verdict: Verdict) -> int:
    """Return of how many cells a contribution says something."""
    if verdict.figures is None or not verdict.figures.whole:
        return 0
    return sum(figure not in ("", "not_transcribed", "未录") for figure in verdict.figures.column("figure"))


# Accept, withdraw


def accept_command(args: argparse.Namespace) -> int:
    """Merge every contribution at a path that holds, print the codes, and return 1 where one does not."""
    registry = load_registry(args.schemas)
    rules = rules_of(registry)
    verdicts = check_each(registry, args.path, now().date())
    if any(verdict.opened.alone for verdict in verdicts):
        raise UsageError(
            f"{args.path}: a table alone has no evidence. Give the folder of the contribution or a zip of it.",
            f"{args.path}：单独一张表没有证据。请指定来稿文件夹或其 zip。",
        )
    for verdict in verdicts:
        if not is_valid(verdict, rules):
            show_verdict(registry, verdict, args.lang)
            continue
        act, new = accept_contribution(registry, args.raw, verdict, Deed(find_who(args.by), now()))
        print(act.contribution_id)
        text = Text(
            f"{verdict.opened.name}: {'accepted' if new else 'was accepted before'} ({count_cells(verdict)} cells). Next: gongkai build",
            f"{verdict.opened.name}：{'已接受' if new else '此前已接受'}（{count_cells(verdict)} 格）。下一步：gongkai build",
        )
        say(text, args.lang)
    return 0 if all(is_valid(verdict, rules) for verdict in verdicts) else 1


def withdraw_command(args: argparse.Namespace) -> int:
    """Withdraw a contribution; what it said leaves the next release, the record stays."""
    load_registry(args.schemas)
    if not args.reason.strip():
        raise UsageError("--reason: say why; it is published.", "--reason：请说明原因，将予公布。")
    withdraw_contribution(
        args.raw, args.contribution, Deed(find_who(args.by), now(), " ".join(args.reason.split()))
    )
    say(
        Text(
            f"{args.contribution}: withdrawn. Next: gongkai build",
            f"{args.contribution}：已撤回。下一步：gongkai build",
        ),
        args.lang,
    )
    return 0


def find_who(said: str) -> str:
    """Return who decides: as said, or the contact of the project."""
    return said or os.environ.get("GONGKAI_CONTACT", "") or "-"


def now() -> datetime:
    """Return the moment of an act."""
    return datetime.now(UTC).replace(microsecond=0)


TASKS = {
    "new": Command(
        Text("make an empty contribution", "生成空白来稿"),
        "gongkai contribute new --body 110116 --year 2012 --scan scan.pdf",
        new_command,
        new_options,
    ),
    "check": Command(
        Text("say everything that is wrong in one", "列出来稿中的全部问题"),
        "gongkai contribute check 110116-2012",
        check_command,
        check_options,
    ),
    "accept": Command(
        Text(
            "merge one into raw/; gongkai build then publishes it",
            "将来稿并入 raw/，随后由 gongkai build 发布",
        ),
        'gongkai contribute accept 110116-2012 --by "a maintainer"',
        accept_command,
        accept_options,
    ),
    "withdraw": Command(
        Text(
            "take one back: its figures leave the next release, the record stays",
            "撤回来稿：其数字不再发布，记录保留",
        ),
        'gongkai contribute withdraw 0123456789abcdef --reason "the scan is of another year"',
        withdraw_command,
        withdraw_options,
    ),
}

COMMANDS = {
    "contribute": Command(
        Text(
            "send figures of a report that no program can read",
            "提供程序无法读取的报告数字",
        ),
        "gongkai contribute new --body 110116 --year 2012",
        contribute_command,
        contribute_options,
    ),
}
