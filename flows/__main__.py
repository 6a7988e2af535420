"""The command line `gongkai`: data to stdout, log and progress to stderr.

Exit codes: 0 fine, 1 a finding of severity error or a refused file, 2 wrong use.
"""

import argparse
import csv
import io
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from flows.curate.assemble import observation_row
from flows.curate.build import Outcome, build_outcomes
from flows.curate.checks import check_reports
from flows.deploy import deploy_flows
from flows.errors import FetchError, GongkaiError, ReadError, Text, UsageError
from flows.extract.attachments import Load, extract_attached
from flows.extract.parts import Asked
from flows.extract.report import extract_report, override_header
from flows.files import find_beside
from flows.harvest.answer import FetchedPage, refused
from flows.harvest.archive import read_capture
from flows.harvest.discover import due_years
from flows.harvest.fetch import Fetcher, check_contact, fetch_page
from flows.harvest.index import load_index
from flows.harvest.run import harvest_reports, plan_harvest
from flows.model import Capture, Document, Extraction, Link, Report
from flows.publish.release import build_release
from flows.publish.showing import show_document
from flows.publish.tables import write_cell
from flows.publish.terminal import (
    finding_line,
    findings_table,
    status_legend,
    status_table,
    summarise_release,
    trace_lines,
)
from flows.read.child import Reader
from flows.registry import Registry, load_registry, nearest

EXTRACT_COLUMNS = (
    "source", "body_id", "year", "scope", "form", "indicator_id", "concept_id", "applicant", "value", "status",
    "unit", "raw_value", "reading", "locator",
)  # fmt: skip
ROOT = Path(os.environ.get("GONGKAI_HOME") or Path(__file__).resolve().parent.parent)

log = logging.getLogger("gongkai")
err = Console(stderr=True, highlight=False)
out = Console(highlight=False, markup=False)


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
    args = build_parser(lang).parse_args(argv)
    logging.basicConfig(level=logging.INFO if args.verbose else logging.WARNING, format="%(message)s")
    try:
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


def say(text: Text, lang: str) -> None:
    """Print a message to stderr."""
    print(text.read(lang), file=sys.stderr)


def build_parser(lang: str) -> argparse.ArgumentParser:
    """Return the parser with every command, its options and an example, in one language."""
    shared = argparse.ArgumentParser(add_help=False)
    word = Text("where the registry is", "登记文件夹"), Text("where the captures are", "存档文件夹")
    shared.add_argument("--schemas", type=Path, default=ROOT / "schemas", help=word[0].read(lang))
    shared.add_argument("--raw", type=Path, default=ROOT / "raw", help=word[1].read(lang))
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
    for name, (help_text, example, function, options) in COMMANDS.items():
        command = commands.add_parser(
            name,
            parents=[shared],
            help=help_text.read(lang),
            description=help_text.read(lang),
            epilog=f"{Text('Example', '示例').read(lang)}: {example}",
        )
        command.set_defaults(command=function)
        options(command, lang)
    return parser


def no_options(command: argparse.ArgumentParser, lang: str) -> None:
    """Add no options."""


def run_options(command: argparse.ArgumentParser, lang: str) -> None:
    """Add the options of `run`."""
    text = Text("only what raw/ holds, no network", "只用 raw/ 中的存档，不联网")
    command.add_argument("--offline", action="store_true", help=text.read(lang))


def harvest_options(command: argparse.ArgumentParser, lang: str) -> None:
    """Add the options of `harvest`."""
    command.add_argument("--body", default="", help=Text("only this body", "仅此机关").read(lang))
    command.add_argument("--year", type=int, help=Text("only this year", "仅此年度").read(lang))
    text = Text("print what would be asked, ask nothing", "只列出将要请求的网址，不发请求")
    command.add_argument("--plan", action="store_true", help=text.read(lang))


def extract_options(command: argparse.ArgumentParser, lang: str) -> None:
    """Add the options of `extract`."""
    command.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help=Text(
            "a file, the address of an official page, or - for stdin", "文件、官方页面网址，或 - 表示标准输入"
        ).read(lang),
    )
    command.add_argument(
        "--body", default="", help=Text("the body, whatever the page says", "指定机关").read(lang)
    )
    command.add_argument(
        "--year", type=int, help=Text("the year, whatever the page says", "指定年度").read(lang)
    )


def show_options(command: argparse.ArgumentParser, lang: str) -> None:
    """Add the options of `show`."""
    text = Text("a capture (its code, or BODY-YEAR) or a file", "存档（编号或 机关-年度）或文件")
    command.add_argument("what", metavar="CAPTURE|FILE", help=text.read(lang))


def trace_options(command: argparse.ArgumentParser, lang: str) -> None:
    """Add the options of `trace`."""
    command.add_argument(
        "body", metavar="BODY", help=Text("code or name of the body", "机关代码或名称").read(lang)
    )
    command.add_argument(
        "year", metavar="YEAR", type=int, help=Text("year reported on", "报告年度").read(lang)
    )
    command.add_argument("indicator", metavar="INDICATOR", help=Text("indicator code", "指标代码").read(lang))
    command.add_argument(
        "applicant",
        metavar="APPLICANT",
        nargs="?",
        default="total",
        help=Text("kind of applicant", "申请人类别").read(lang),
    )
    text = Text("whole_area or own_body, where both are there", "两种范围都有时指定 whole_area 或 own_body")
    command.add_argument("--scope", choices=["whole_area", "own_body"], help=text.read(lang))


@contextmanager
def progress_bar(title: str, total: int) -> Iterator[Callable[[object], None]]:
    """Show a bar on stderr while something long goes on; yield what is called at each step."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err) as progress:
        task = progress.add_task(title, total=total)
        yield lambda _: progress.advance(task)


def run_command(args: argparse.Namespace) -> int:
    """Harvest what is due unless --offline, then build."""
    if not args.offline:
        args.body, args.year, args.plan = "", None, False
        harvest_command(args)
    return build_command(args)


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


def extract_command(args: argparse.Namespace) -> int:
    """Write the observations of files as CSV to stdout; 1 where a file is refused or a rule of severity error broken."""
    registry = load_registry(args.schemas)
    body_id = find_body(registry, args.body) if args.body else ""
    writer = csv.DictWriter(sys.stdout, EXTRACT_COLUMNS, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    worst = 0
    for file, found in extract_files(registry, args.files, Asked(body_id, args.year)):
        if isinstance(found, GongkaiError):
            say(found.text, args.lang)
            worst = 1
            continue
        extraction = override_header(found, body_id, args.year)
        for row in extract_rows(registry, file, extraction):
            writer.writerow(row)
        for finding in all_findings(registry, extraction):
            print(f"{file}: {finding_line(registry, finding, args.lang)}", file=sys.stderr)
            if registry.rules[finding.rule_id].severity == "error":
                worst = 1
    return worst


def extract_files(
    registry: Registry, files: Sequence[str], asked: Asked
) -> Iterator[tuple[str, Extraction | GongkaiError]]:
    """Yield what each file or page states with its attachments, or why it is refused; one bad file stops no other."""
    fetcher = Fetcher(registry.hosts)
    with Reader() as reader:
        for file in files:
            try:
                data, charset, load = open_source(fetcher, reader, file)
                yield file, extract_attached(reader.read(data, file, charset), registry, load, asked)
            except UsageError:
                raise
            except GongkaiError as error:
                yield file, error


def open_source(fetcher: Fetcher, reader: Reader, file: str) -> tuple[bytes, str, Load]:
    """Return the bytes of a file, of stdin or of an official page, its charset, and how its attachments are read."""
    if not file.startswith(("http://", "https://")):
        return read_file(file), "", lambda link: read_beside(reader, Path(file), link)
    check_contact(fetcher)
    page = fetch_good(fetcher, file)

    def load(link: Link) -> Document | None:
        try:
            attached = fetch_good(fetcher, urljoin(page.url, link.url))
        except FetchError as error:
            raise ReadError(*error.text) from error
        return reader.read(attached.body, attached.url, attached.charset)

    return page.body, page.charset, load


def fetch_good(fetcher: Fetcher, url: str) -> FetchedPage:
    """Return the answer at an official address; raise FetchError for any status but 200."""
    page = fetch_page(fetcher, url)
    if page.status != 200:
        raise refused(page.url, f"status {page.status}, expected 200", f"状态码为 {page.status}，应为 200")
    return page


def read_beside(reader: Reader, page: Path, link: Link) -> Document | None:
    """Return the Document of a file that a saved page links, or None where it is not beside the page."""
    found = find_beside(page, link)
    return reader.read(found.read_bytes(), found.name) if found else None


def extract_rows(registry: Registry, file: str, extraction: Extraction) -> Iterator[dict[str, str]]:
    """Yield the observations of one file as rows of the CSV that `extract` writes."""
    header = extraction.header
    place = {"source": file, "body_id": header.body_id, "year": header.year, "scope": header.scope}
    for observation in extraction.observations:
        row: dict[str, Any] = {**place, **observation_row(registry, observation)}
        yield {column: write_cell(row[column]) for column in EXTRACT_COLUMNS}


def all_findings(registry: Registry, extraction: Extraction) -> list[Any]:
    """Return the findings of reading one document and of the rules it breaks."""
    checked = check_reports(registry, {0: (extraction.header.year or 0, extraction)})
    return [*extraction.findings, *(finding for _, finding in checked)]


def read_file(file: str) -> bytes:
    """Return the bytes of a file or of stdin (`-`); raise UsageError where there is none."""
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise UsageError(
            f"{file}: cannot be opened ({error.strerror}). Give the path of a report's page or text, or - for stdin.",
            f"{file}：无法打开（{error.strerror}）。请给出报告页面或文本的路径，或用 - 表示标准输入。",
        ) from error


def show_command(args: argparse.Namespace) -> int:
    """Print the grids of a capture or file with row and column numbers, what each heading means and what was found."""
    registry = load_registry(args.schemas)
    document = find_document(registry, args)
    extraction, refused = None, None
    try:
        extraction = extract_report(document, registry)
    except GongkaiError as error:
        refused = error.text
    wide = Console(highlight=False, markup=False, width=max(out.width, 120))
    for shown in show_document(document, extraction, registry, args.lang):
        wide.print(shown, soft_wrap=isinstance(shown, str))
    if refused is not None:
        say(refused, args.lang)
    if not document.grids and extraction is None:
        say(Text("no table and no known row in the text", "文中没有表格，也没有已知的行"), args.lang)
        return 1
    return 0


def find_document(registry: Registry, args: argparse.Namespace) -> Document:
    """Return the document that `show` is asked for: a file, a capture by its code, or BODY-YEAR."""
    if args.what == "-" or os.path.exists(args.what):  # noqa: PTH110 - Path.exists raises for too long a name
        return read_safely(read_file(args.what), args.what)
    captures = load_index(args.raw, registry.schemas["published/captures"])
    names = {
        name: capture
        for capture in captures
        for name in (capture.capture_id, f"{capture.body_id}-{capture.year}")
    }
    if args.what not in names:
        close = nearest(args.what, names)
        raise UsageError(
            f"'{args.what}' is neither a file nor a capture in {args.raw}.{f' Nearest: {close}.' if close else ''}",
            f"“{args.what}”既不是文件，也不是 {args.raw} 中的存档。{f'最接近：{close}。' if close else ''}",
        )
    return read_safely(read_capture(args.raw, names[args.what]), args.what)


def read_safely(data: bytes, name: str) -> Document:
    """Return the Document of one file, read in a child process with limits."""
    with Reader() as reader:
        return reader.read(data, name)


def trace_command(args: argparse.Namespace) -> int:
    """Print everything that stands behind one figure."""
    registry = load_registry(args.schemas)
    body_id = find_body(registry, args.body)
    check_known(args.indicator, registry.indicators, Text("indicator", "指标"))
    check_known(args.applicant, registry.applicants, Text("applicant", "申请人"))
    outcome = find_outcome(registry, args, body_id)
    extraction, capture = outcome.extraction, outcome.capture
    assert extraction is not None
    assert capture is not None
    stated = {(each.indicator_id, each.applicant): each for each in extraction.observations}
    if (args.indicator, args.applicant) not in stated:
        close = nearest(args.indicator, [code for code, _ in stated])
        raise UsageError(
            f"{body_id} {args.year}: the report is of form {extraction.form} and has no {args.indicator}|{args.applicant}."
            f"{f' Nearest: {close}.' if close else ''}",
            f"{body_id} {args.year}：报告为 {extraction.form} 表式，没有 {args.indicator}|{args.applicant}。"
            f"{f'最接近：{close}。' if close else ''}",
        )
    document = read_safely(read_capture(args.raw, capture), capture.capture_id)
    for line in trace_lines(registry, outcome, document, stated[args.indicator, args.applicant], args.lang):
        print(line)
    return 0


def check_known(word: str, known: Any, kind: Text) -> None:
    """Raise UsageError for a code that is not known, with the nearest that is."""
    if word not in known:
        close = nearest(word, known)
        raise UsageError(
            f"unknown {kind.en} '{word}'.{f' Nearest: {close}.' if close else ''}",
            f"未知{kind.zh}“{word}”。{f'最接近：{close}。' if close else ''}",
        )


def find_body(registry: Registry, word: str) -> str:
    """Return the code of the body that a code or a name (Chinese or English) means."""
    names = {
        name.lower(): body.body_id
        for body in registry.bodies.values()
        for name in (
            body.body_id,
            body.name_zh,
            body.name_en,
            body.name_en.removesuffix(" District"),
            *body.former_names_zh,
        )
    }
    if word.lower() not in names:
        check_known(word, [*names, *registry.bodies], Text("body", "机关"))
    return names[word.lower()]


def find_outcome(registry: Registry, args: argparse.Namespace, body_id: str) -> Outcome:
    """Return the outcome of the report that `trace` is asked for; raise UsageError where none is published."""
    captures = load_index(args.raw, registry.schemas["published/captures"])
    mine = [each for each in captures if (each.body_id, each.year) == (body_id, args.year)]
    if args.scope:
        mine = [each for each in mine if each.scope == args.scope]
    outcomes = [each for each in build_outcomes(registry, args.raw, mine) if each.captures]
    if len(outcomes) > 1:
        raise UsageError(
            f"{body_id} {args.year}: there is a report for whole_area and one for own_body. Say which with --scope.",
            f"{body_id} {args.year}：whole_area 与 own_body 各有一份报告，请用 --scope 指定。",
        )
    if outcomes and outcomes[0].state == "published":
        return outcomes[0]
    have = ", ".join(sorted({f"{each.body_id} {each.year}" for each in captures})[:8])
    why = outcomes[0].reason.en if outcomes and outcomes[0].reason else "not in the archive"
    why_zh = outcomes[0].reason.zh if outcomes and outcomes[0].reason else "存档中没有"
    raise UsageError(
        f"{body_id} {args.year}: {why}. In the archive: {have or 'nothing'}.",
        f"{body_id} {args.year}：{why_zh}。存档中有：{have or '无'}。",
    )


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
    newest = max(capture.captured_at for capture in captures)
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
    print(Text(f"package {shown}", f"数据包 {shown}").read(args.lang))
    return 0


def deploy_command(_: argparse.Namespace) -> int:
    """Register the deployments of prefect.yaml with the Prefect server that the environment names."""
    return deploy_flows(ROOT)


Options = Callable[[argparse.ArgumentParser, str], None]
COMMANDS: dict[str, tuple[Text, str, Callable[[argparse.Namespace], int], Options]] = {
    "run": (
        Text("harvest what is due, then build: the main job", "采集到期报告并构建数据包：主任务"),
        "gongkai run --offline", run_command, run_options,
    ),
    "harvest": (
        Text("fetch reports that are due into raw/ (network)", "将到期报告抓取到 raw/（联网）"),
        "gongkai harvest --body 110116 --plan", harvest_command, harvest_options,
    ),
    "build": (
        Text("publish a package from raw/ (no network)", "由 raw/ 发布数据包（不联网）"),
        "gongkai build", build_command, no_options,
    ),
    "extract": (
        Text("observations of files as CSV on stdout, findings on stderr", "将文件中的数字以 CSV 输出，发现输出到标准错误"),
        "gongkai extract report.html > figures.csv", extract_command, extract_options,
    ),
    "show": (
        Text(
            "what was read: grids with row and column numbers, each heading with its meaning or ??",
            "显示读到的表格：行列号，以及每个标签的含义或 ??",
        ),
        "gongkai show 110116-2018", show_command, show_options,
    ),
    "trace": (
        Text("one figure back to its cell, page, capture and checks", "将一个数字追溯到单元格、页面、存档与核对"),
        "gongkai trace 110116 2018 v2014.reply.refused.privacy", trace_command, trace_options,
    ),
    "status": (
        Text("coverage and freshness per body and year", "各机关各年度的收录与更新情况"),
        "gongkai status --lang zh", status_command, no_options,
    ),
    "deploy": (
        Text("register the Prefect deployments of prefect.yaml", "登记 prefect.yaml 中的 Prefect 部署"),
        "PREFECT_API_URL=http://127.0.0.1:4200/api gongkai deploy", deploy_command, no_options,
    ),
}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
