"""The commands about the archive itself: `audit` it, `import-captures` of others, `export-capture` for others."""

import argparse
from contextlib import suppress
from pathlib import Path

from flows.commands.line import Command, no_options, out, progress_bar, say
from flows.commands.names import find_body
from flows.curate.contributions import load_shelf
from flows.declared import nearest
from flows.errors import ArchiveError, ReadError, Text, UsageError
from flows.extract.header import read_header
from flows.files import write_beside
from flows.harvest.archive import list_warcs
from flows.harvest.audit import audit_archive, look_at
from flows.harvest.imports import import_captures
from flows.harvest.index import load_index
from flows.harvest.wacz import Exported, choose_captures, make_wacz
from flows.model import Capture, Report
from flows.publish.harvested import summarise_audit
from flows.read.child import Reader
from flows.registry import Registry, load_registry


def audit_command(args: argparse.Namespace) -> int:
    """Read the archive again, print every fault, and return 1 where there are any."""
    registry = load_registry(args.schemas)
    captures, files = look_at(args.raw, registry.schemas["published/captures"])
    with progress_bar(Text("read again", "重新读取").read(args.lang), len(list_warcs(files))) as tick:
        audit = audit_archive(args.raw, captures, tick, files)
    for fault in audit.faults:
        print(f"{fault.file}\t{fault.offset}\t{fault.what.read(args.lang)}")
    for each in audit.misdated:
        print("\t".join((*map(str, each.record_at), say_misdated(each).read(args.lang))))
    damaged = load_shelf(args.raw).damaged
    for _, what in damaged:
        print(what.read(args.lang))
    say(summarise_audit(args.raw, audit), args.lang)
    return 1 if audit.faults or damaged else 0


def say_misdated(capture: Capture) -> Text:
    """Return that a capture is dated against the order in which it was stored: no fault of the archive, but of a clock."""
    said, moment = f"{capture.captured_at:%Y-%m-%dT%H:%M:%SZ}", f"{capture.moment:%Y-%m-%dT%H:%M:%SZ}"
    return Text(
        f"note: capture {capture.capture_id} is dated {said}, but the looks stored before and after it allow "
        f"{moment} at the nearest: a clock was wrong",
        f"注意：存档 {capture.capture_id} 时间为 {said}，而其前后存入的查看最多允许 {moment}：时钟有误",
    )


def import_options(command: argparse.ArgumentParser, lang: str) -> None:
    """Add the options of `import-captures`."""
    text = Text("a WARC or WACZ file", "WARC 或 WACZ 文件")
    command.add_argument("file", metavar="FILE", type=Path, help=text.read(lang))
    text = Text("who took the captures, and where and when", "由谁、在何处、何时存档")
    command.add_argument("--source", required=True, metavar="WHO", help=text.read(lang))


def import_command(args: argparse.Namespace) -> int:
    """Merge somebody else's captures into the archive, print what became of each, and return 1 where none is there."""
    registry = load_registry(args.schemas)
    with Reader() as reader:

        def find_report(url: str, data: bytes, charset: str) -> Report | None:
            with suppress(ReadError):
                header, _ = read_header(reader.read(data, url, charset), registry.bodies)
                if header.body_id and header.year:
                    return Report(header.body_id, header.year, header.scope)
            return None

        imported = import_captures(registry, args.raw, args.file, args.source, find_report)
    for each in imported:
        found = each.capture
        place = f"{found.capture_id}\t{found.body_id}\t{found.year}\t{found.scope}" if found else "-\t-\t-\t-"
        print(f"{place}\t{each.url}\t{each.reason.read(args.lang)}")
    got = sum(each.capture is not None for each in imported)
    left = len(imported) - got
    say(Text(f"in the archive {got}, left out {left}", f"已在存档中 {got}，未收入 {left}"), args.lang)
    return 0 if got else 1


def export_options(command: argparse.ArgumentParser, lang: str) -> None:
    """Add the options of `export-capture`."""
    text = Text("a capture by its code, or a body and a year", "存档编号，或机关与年度")
    command.add_argument("what", metavar="CAPTURE_ID | BODY YEAR", nargs="+", help=text.read(lang))
    text = Text("whole_area or own_body, where both are there", "两种范围都有时指定 whole_area 或 own_body")
    command.add_argument("--scope", choices=["whole_area", "own_body"], help=text.read(lang))
    text = Text("the file to be written (BODY-YEAR-CAPTURE.wacz)", "输出文件（默认 机关-年度-存档.wacz）")
    command.add_argument("-o", "--output", type=Path, metavar="FILE", help=text.read(lang))


def export_command(args: argparse.Namespace) -> int:
    """Write one capture with its attachments as a WACZ file, and say where."""
    registry = load_registry(args.schemas)
    captures = load_index(args.raw, registry.schemas["published/captures"])
    page = find_page(registry, args, captures)
    name = registry.bodies[page.body_id].name_zh
    exported = Exported(f"{name} {page.year} 政府信息公开工作年度报告", page, choose_captures(page, captures))
    content = make_wacz(args.raw, exported)
    path = args.output or Path(f"{page.body_id}-{page.year}-{page.capture_id}.wacz")
    try:
        write_beside(path, content)
    except OSError as error:
        raise ArchiveError(
            f"{path}: cannot be written ({error.strerror}). Give another with -o.",
            f"{path}：无法写入（{error.strerror}）。请用 -o 指定其他文件。",
        ) from error
    out.print(str(path), soft_wrap=True)
    count, size = len(exported.captures), len(content)
    say(
        Text(
            f"captures {count}, {size:,} bytes. Look at it with any WACZ viewer.",
            f"存档 {count} 份，{size:,} 字节。可用任何 WACZ 浏览器查看。",
        ),
        args.lang,
    )
    return 0


def find_page(registry: Registry, args: argparse.Namespace, captures: tuple[Capture, ...]) -> Capture:
    """Return the capture that is asked for: the one of a code, or the newest of a report."""
    if len(args.what) == 1:
        codes = {each.capture_id: each for each in captures}
        if args.what[0] not in codes:
            raise no_capture(" ".join(args.what), nearest(args.what[0], codes))
        return codes[args.what[0]]
    if len(args.what) != 2 or not (args.what[1].isascii() and args.what[1].isdecimal()):
        raise no_capture(" ".join(args.what), None)
    key = (find_body(registry, args.what[0]), int(args.what[1]))
    mine = [each for each in captures if (each.body_id, each.year) == key and each.is_page]
    mine = [each for each in mine if args.scope in (None, each.scope)]
    if not mine:
        raise no_capture(" ".join(args.what), None)
    if len({each.scope for each in mine}) > 1:
        raise UsageError(
            f"{key[0]} {key[1]}: there is a report for whole_area and one for own_body. Say which with --scope.",
            f"{key[0]} {key[1]}：whole_area 与 own_body 各有一份报告，请用 --scope 指定。",
        )
    return mine[-1]


def no_capture(what: str, close: str | None) -> UsageError:
    """Return the error for a capture that is not in the archive."""
    return UsageError(
        f"'{what}': no such capture. Expected its code, or a body and a year. See: gongkai status."
        f"{f' Nearest: {close}.' if close else ''}",
        f"“{what}”：没有这份存档。应为存档编号，或机关与年度。参见：gongkai status。{f'最接近：{close}。' if close else ''}",
    )


COMMANDS = {
    "audit": Command(
        Text(
            "read the whole archive again; every fault, exit 1",
            "重新读取整个存档；列出每处问题，有则退出码为 1",
        ),
        "gongkai audit",
        audit_command,
        no_options,
    ),
    "import-captures": Command(
        Text("take in captures of somebody else's WARC or WACZ", "收入他人 WARC 或 WACZ 中的存档"),
        'gongkai import-captures huairou.wacz --source "Li Si, Hefei, 2026-05-03"',
        import_command,
        import_options,
    ),
    "export-capture": Command(
        Text("one page with its attachments as WACZ", "将一个页面及其附件导出为 WACZ"),
        "gongkai export-capture 110116 2018 -o huairou-2018.wacz",
        export_command,
        export_options,
    ),
}
