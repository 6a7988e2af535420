"""The command that reads any file or page: `extract`."""

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from flows.commands.line import Command, say
from flows.commands.names import find_body
from flows.curate.assemble import observation_row
from flows.curate.checks import check_reports
from flows.errors import FetchError, GongkaiError, ReadError, Text, UsageError
from flows.extract.attachments import Load, extract_attached
from flows.extract.parts import Asked
from flows.extract.report import override_header
from flows.files import find_beside
from flows.harvest.answer import FetchedPage, refused
from flows.harvest.fetch import Fetcher, check_contact, fetch_page
from flows.model import Document, Extraction, Link
from flows.publish.tables import write_cell
from flows.publish.terminal import finding_line
from flows.read.child import Reader
from flows.registry import Registry, load_registry

EXTRACT_COLUMNS = (
    "source", "body_id", "year", "scope", "form", "indicator_id", "concept_id", "applicant", "value", "status",
    "unit", "raw_value", "reading", "locator",
)  # fmt: skip


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


COMMANDS = {
    "extract": Command(
        Text(
            "observations of files as CSV on stdout, findings on stderr",
            "将文件中的数字以 CSV 输出，发现输出到标准错误",
        ),
        "gongkai extract report.html > figures.csv",
        extract_command,
        extract_options,
    ),
}
