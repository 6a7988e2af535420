"""The commands that let a person look: `show` a capture or file, `trace` a figure."""

import argparse
import os
import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urljoin

from rich.console import Console

from flows.commands.extract import read_beside, read_file
from flows.commands.line import Command, out, say
from flows.commands.names import check_known, find_body
from flows.curate.build import Outcome, build_outcomes, load_attached
from flows.curate.contributions import load_shelf
from flows.declared import nearest
from flows.errors import GongkaiError, Text, UsageError
from flows.extract.attachments import (
    Bundle,
    Load,
    extract_attached,
    join_bundle,
    load_attachments,
    place_in_bundle,
)
from flows.harvest.archive import read_capture
from flows.harvest.index import load_index
from flows.links import order_links
from flows.model import Capture, Document, Extraction
from flows.publish.showing import show_document
from flows.publish.terminal import Shown, trace_lines
from flows.publish.tracing import trace_given
from flows.read.child import Reader
from flows.registry import Registry, load_registry

ATTACHED = re.compile(r"attachment (\d+): ")


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


def show_command(args: argparse.Namespace) -> int:
    """Print the grids of a capture or file with row and column numbers, what each heading means and what was found."""
    registry = load_registry(args.schemas)
    extraction, refused = None, None
    with Reader() as reader:
        document, load = find_document(registry, args, reader)
        try:
            extraction = extract_attached(document, registry, load)
        except GongkaiError as error:
            refused = error.text
        if extraction and any(ATTACHED.match(each.locator) for each in extraction.observations):
            bundle = load_attachments(document, order_links(document.links), registry, load)
            document, extraction = join_bundle(bundle), place_extraction(extraction, bundle)
    wide = Console(highlight=False, markup=False, width=max(out.width, 120))
    for shown in show_document(document, extraction, registry, args.lang):
        wide.print(shown, soft_wrap=isinstance(shown, str))
    if refused is not None:
        say(refused, args.lang)
    if not document.grids and extraction is None:
        say(Text("no table and no known row in the text", "文中没有表格，也没有已知的行"), args.lang)
        return 1
    return 0


def place_extraction(extraction: Extraction, bundle: Bundle) -> Extraction:
    """Return what a page and its attachments state, places in the text of these counted in the text of the whole."""
    told = (
        each._replace(locator=place_in_bundle(each.locator, bundle.starts))
        for each in extraction.observations
    )
    return replace(extraction, observations=tuple(told))


def find_document(registry: Registry, args: argparse.Namespace, reader: Reader) -> tuple[Document, Load]:
    """Return the document that `show` is asked for (a file, a capture by its code, or BODY-YEAR), and what gives its attachments."""
    if args.what == "-" or os.path.exists(args.what):  # noqa: PTH110 - Path.exists raises for too long a name
        document = reader.read(read_file(args.what), args.what)
        return document, lambda link: read_beside(reader, Path(args.what), link)
    captures = load_index(args.raw, registry.schemas["published/captures"])
    sent = (each for each in captures if each.kind == "contributed" and each.media_type == "text/csv")
    names = {f"{each.body_id}-{each.year}": each for each in sent}
    names |= {f"{each.body_id}-{each.year}": each for each in captures if each.is_page}
    names |= {each.capture_id: each for each in captures}
    if args.what not in names:
        close = nearest(args.what, names)
        raise UsageError(
            f"'{args.what}' is neither a file nor a capture in {args.raw}.{f' Nearest: {close}.' if close else ''}",
            f"“{args.what}”既不是文件，也不是 {args.raw} 中的存档。{f'最接近：{close}。' if close else ''}",
        )
    page = names[args.what]
    return reader.read(read_capture(args.raw, page), args.what), load_of(registry, args, reader, page)


def load_of(registry: Registry, args: argparse.Namespace, reader: Reader, page: Capture) -> Load:
    """Return what gives the attachments that were captured with a page."""
    captures = load_index(args.raw, registry.schemas["published/captures"])
    attached = {(each.parent_id, each.url): each for each in captures if each.parent_id}
    return partial(load_attached, (args.raw, reader.read), page, attached)


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
    if stated[args.indicator, args.applicant].reading == "contribution":
        known = load_index(args.raw, registry.schemas["published/captures"])
        source = load_shelf(args.raw), {each.capture_id: each for each in known}
        for line in trace_given(registry, outcome, stated[args.indicator, args.applicant], source, args.lang):
            print(line)
        return 0
    observation = stated[args.indicator, args.applicant]
    shown = find_shown(registry, args, capture, observation.locator)
    for line in trace_lines(registry, outcome, shown, observation, args.lang):
        print(line)
    return 0


def find_shown(registry: Registry, args: argparse.Namespace, page: Capture, locator: str) -> Shown:
    """Return the document in which a figure is printed: the page, or the page with its attachments, and the place in it."""
    with Reader() as reader:
        document = reader.read(read_capture(args.raw, page), page.capture_id)
        if not (match := ATTACHED.match(locator)):
            return Shown(document, locator)
        load = load_of(registry, args, reader, page)
        bundle = load_attachments(document, order_links(document.links), registry, load)
    link = bundle.links[int(match[1]) - 1]
    return Shown(
        join_bundle(bundle),
        place_in_bundle(locator, bundle.starts),
        urljoin(page.final_url or page.url, link.url),
    )


def find_outcome(registry: Registry, args: argparse.Namespace, body_id: str) -> Outcome:
    """Return the outcome of the report that `trace` is asked for; raise UsageError where none is published."""
    captures = load_index(args.raw, registry.schemas["published/captures"])
    mine = [each for each in captures if (each.body_id, each.year) == (body_id, args.year)]
    if args.scope:
        mine = [each for each in mine if each.scope == args.scope]
    outcomes = [
        each
        for each in build_outcomes(registry, args.raw, mine)
        if (each.captures or each.extraction)
        and (each.report.body_id, each.report.year) == (body_id, args.year)
    ]
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


COMMANDS = {
    "show": Command(
        Text(
            "what was read: grids with row and column numbers, each heading with its meaning or ??",
            "显示读到的表格：行列号，以及每个标签的含义或 ??",
        ),
        "gongkai show 110116-2018",
        show_command,
        show_options,
    ),
    "trace": Command(
        Text(
            "one figure back to its cell, page, capture and checks",
            "将一个数字追溯到单元格、页面、存档与核对",
        ),
        "gongkai trace 110116 2018 v2014.reply.refused.privacy",
        trace_command,
        trace_options,
    ),
}
