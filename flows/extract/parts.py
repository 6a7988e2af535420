"""Several reports in one document (two offices', two years'): told apart by their titles, each with tables of its own.

A title parts a document only where the same table, or the table of another form, stands behind it again: a
page names other reports in its links, and prints its own title twice.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from flows.cells import UNITS, clean_label, clean_text, fold_text
from flows.errors import FormError, Text
from flows.extract.header import read_header
from flows.model import Document, Finding, Header, Label
from flows.registry import Registry
from flows.titles import MAX_TITLE, REPORT, find_title, find_titles, find_year, is_whole

MIN_ROWS = 3  # known rows that make a grid part of a table
MIN_LINES = 12  # known rows that make a stretch of text hold a table
TAIL = rf"(?:{'|'.join(UNITS)})?\s*(?:[-+]?\d[\d,.]*|无|[-—/]+)\s*$"
# The caption of a statistical table, with the year on its line or in brackets on the next.
CAPTION = re.compile(r"^.*[统統][计計]表.*(?:\n\s*[(（].{4,12}[)）]\s*$)?", re.MULTILINE)
BLANKED = re.compile(r"[^\n]")


class Asked(NamedTuple):
    """Which report of a document is asked for; what is not given is open."""

    body_id: str = ""
    year: int | None = None
    scope: str = ""


ANY = Asked()


@dataclass(frozen=True)
class Part:
    """A stretch of a document that one report takes: whose and of which year its title says, where it stands, its tables."""

    organ: str
    year: int | None
    start: int
    end: int
    tables: frozenset[str] = frozenset()


def choose_report(
    document: Document, registry: Registry, asked: Asked
) -> tuple[Document, tuple[Finding, ...]]:
    """Return the part of a document that is the report asked for, with a finding on the others; mostly the whole.

    Without anything asked it is the report that the page itself is called after. Raises FormError
    where not exactly one of several is it.
    """
    parts = split_reports(document, registry)
    if len(parts) == 1:
        return document, ()
    headers = [read_header(part, registry.bodies)[0] for part in parts]
    mine = [at for at, header in enumerate(headers) if is_asked(header, asked)]
    if asked == ANY:
        called = Part(*name_report(find_title(replace(document, text=""))), 0, 0)
        named = [Part(*name_report(header.title), 0, 0) for header in headers]
        mine = [
            at for at, part in enumerate(named) if (called.organ or called.year) and is_same(called, part)
        ]
    said = "; ".join(f"'{header.title}'" for header in headers)
    said_zh = "、".join(f"“{header.title}”" for header in headers)
    if len(mine) != 1:
        raise FormError(
            f"{document.name}: {len(parts)} reports in one document ({said}), and which is asked for cannot be told. "
            "Give --body and --year, or cut the file.",
            f"{document.name}：一个文件中有 {len(parts)} 份报告（{said_zh}），无法判断所需的是哪一份。"
            "请用 --body 和 --year 指定，或将文件拆开。",
        )
    title = headers[mine[0]].title
    found = Finding(
        "several_reports",
        Text(
            f"{len(parts)} reports in one document ({said}); only '{title}' is read.",
            f"一个文件中有 {len(parts)} 份报告（{said_zh}）；只读取“{title}”。",
        ),
    )
    return parts[mine[0]], (found,)


def is_asked(header: Header, asked: Asked) -> bool:
    """Return whether a header is that of the report asked for."""
    said = (header.body_id, header.year, header.scope)
    return all(want in ("", None, has) for want, has in zip(asked, said, strict=True))


def split_reports(document: Document, registry: Registry) -> tuple[Document, ...]:
    """Return a document for each report that one holds, with every character at its place; mostly the document itself."""
    parts = list(find_parts(document))
    if len(parts) > 1:
        tables = (frozenset(printed_tables(document, part, registry)) for part in parts)
        parts = join_parts([replace(part, tables=each) for part, each in zip(parts, tables, strict=True)])
    return (document,) if len(parts) < 2 else tuple(cut_part(document, part) for part in parts)


def find_parts(document: Document) -> Iterator[Part]:
    """Yield the stretches from one title (or dated caption of a table) to the next of another report."""
    marks = [Part(*name_report(find_title(replace(document, text=""))), 0, 0)]
    marks += [
        Part(*name_report(text), start, 0)
        for start, text in sorted([*title_marks(document.text), *caption_marks(document.text)])
    ]
    kept = [marks[0]]
    for mark in marks[1:]:
        if is_same(kept[-1], mark):
            kept[-1] = replace(kept[-1], organ=kept[-1].organ or mark.organ, year=kept[-1].year or mark.year)
        else:
            kept.append(mark)
    for part, following in zip(kept, [*kept[1:], None], strict=True):
        yield replace(part, end=following.start if following else len(document.text))


def title_marks(text: str) -> Iterator[tuple[int, str]]:
    """Yield the places of whole titles, with what they say."""
    yield from ((title.start, title.text) for title in find_titles(text) if is_whole(title.text))


def caption_marks(text: str) -> Iterator[tuple[int, str]]:
    """Yield the places of captions of a statistical table that name its year, on their line or the next."""
    for caption in CAPTION.finditer(text):
        words = clean_text(caption[0])
        year = find_year(words)
        if year is not None and len(words) <= MAX_TITLE:
            yield caption.start(), f"{year}年"


def name_report(title: str) -> tuple[str, int | None]:
    """Return the body that a title names, as it is compared, and the year.

    >>> name_report("附件：北京市怀柔区人民政府2018年政府信息公开工作年度报告")
    ('北京市怀柔区', 2018)
    """
    organ = REPORT.split(fold_text(title))[0]
    organ = re.sub(r"^.{0,4}[:：、]|(?:人民)?政府$", "", organ)
    return organ, find_year(title)


def is_same(one: Part, other: Part) -> bool:
    """Return whether two titles can be those of one report: neither body nor year differs where both name one."""
    years = one.year is None or other.year is None or one.year == other.year
    organs = one.organ.endswith(other.organ) or other.organ.endswith(one.organ)
    return years and organs


def printed_tables(document: Document, part: Part, registry: Registry) -> Iterator[str]:
    """Yield the tables of the forms that a stretch of a document prints: in each grid that of which it names most."""
    tables = [table for form in registry.forms.values() for table in form.tables.values()]
    lines = {
        label for line in document.text[part.start : part.end].split("\n") for label in line_labels(line)
    }
    for grid in document.grids:
        if part.start <= grid.start < part.end:
            labels = {clean_label(text) for row in grid.rows for text in row}
            counts = {table.name: len(labels & table.labels) for table in tables}
            yield from (name for name, count in counts.items() if MIN_ROWS <= count == max(counts.values()))
    yield from (table.name for table in tables if len(lines & table.rows.keys()) >= MIN_LINES)


def line_labels(line: str) -> Iterator[Label]:
    """Yield what can be the heading that a line of a flattened table begins with: its first cell, or all before a figure."""
    line = line.strip("|｜ \t\u3000")
    for pattern in (r"[\t|｜]", r"\s", TAIL):
        yield clean_label(re.split(pattern, line, maxsplit=1)[0])


def join_parts(parts: Sequence[Part]) -> list[Part]:
    """Return the parts that are reports: one without tables, or with those that the one before lacks, goes with that."""
    whole = [replace(parts[0], start=0)]
    for part in parts[1:]:
        last = whole[-1]
        if repeats(last.tables, part.tables):
            whole.append(part)
        elif last.tables:
            whole[-1] = replace(last, end=part.end, tables=last.tables | part.tables)
        else:
            whole[-1] = replace(part, start=last.start)
    return whole


def repeats(before: frozenset[str], tables: frozenset[str]) -> bool:
    """Return whether tables begin another report: one is printed again, or they are of another kind of form."""
    if not before or not tables:
        return False
    return bool(before & tables) or ("statistics" in before) != ("statistics" in tables)


def cut_part(document: Document, part: Part) -> Document:
    """Return a document of one part, with blanks in the place of the others: every place stays what it is."""
    before, after = (
        BLANKED.sub(" ", text) for text in (document.text[: part.start], document.text[part.end :])
    )
    return replace(
        document,
        text=before + document.text[part.start : part.end] + after,
        grids=tuple(grid for grid in document.grids if part.start <= grid.start < part.end),
        headings=tuple(text for text in document.headings if is_same(part, Part(*name_report(text), 0, 0))),
    )
