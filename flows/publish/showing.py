"""A document as the reader sees it, for a person who wants to know why a figure was read so, or not at all."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from rich.table import Table

from flows.cells import clean_label, clean_text
from flows.codebook import Form
from flows.errors import Text
from flows.extract.choice import grid_labels
from flows.extract.match import nearest_row
from flows.extract.panels import is_figure
from flows.model import Document, Extraction, Finding, Grid, Header, Observation
from flows.registry import Registry

PLACE = re.compile(r"(.+) r(\d+) c\d+$")
TEXT_PLACE = re.compile(r"text (\d+)-(\d+)")
REPEATED, UNREAD, BLANK, WARNED = "″", "✗", "∅", "⚠"
LEGEND = Text(
    f"→ what the row's heading means   {UNREAD} read, but not as a figure   {BLANK} read as blank   {WARNED} a finding on the row   "
    f"{REPEATED} the end of a cell that spans rows or columns",
    f"→ 行标题的含义   {UNREAD} 已读取但不能认作数字   {BLANK} 读作空白   {WARNED} 该行有发现   {REPEATED} 跨行或跨列单元格的延续",
)


def show_document(
    document: Document, extraction: Extraction | None, registry: Registry, lang: str
) -> Iterator[Table | str]:
    """Yield the headings of a document, its tables and flattened lines with what each was read as, and what was found.

    `extraction` is None where the document was refused: its tables are then shown under the form that they print most of.
    """
    for heading in document.headings:
        yield f"# {heading}"
    observations = extraction.observations if extraction else ()
    for grid in document.grids:
        form = registry.forms[extraction.form] if extraction else likely_form(grid, registry)
        yield grid_table(grid, form, observations, extraction.findings if extraction else ())
    if document.grids:
        yield LEGEND.read(lang)
    yield from show_lines(document, observations)
    if extraction is not None:
        yield from summary_lines(extraction, lang)


def likely_form(grid: Grid, registry: Registry) -> Form:
    """Return the form of which a grid prints the most rows."""
    labels = grid_labels(grid)
    return max(registry.forms.values(), key=lambda form: len(labels & form.row_labels))


def grid_table(
    grid: Grid, form: Form, observations: Sequence[Observation], findings: Sequence[Finding]
) -> Table:
    """Return a grid as a table with row and column numbers and, beside each row, what its heading means."""
    width = len(grid.rows[0]) if grid.rows else 0
    columns = (f"c{column + 1}" for column in range(width))
    table = Table("", *columns, "→", title=grid.locator, title_justify="left")
    read = {each.locator: each for each in observations}
    found = rules_by_row(findings)
    for at in range(len(grid.rows)):
        cells = [show_cell(grid, at, column, read) for column in range(width)]
        rules = found.get((grid.locator, at + 1), ())
        marks = "".join(f"  {WARNED} {rule}" for rule in rules)
        table.add_row(f"r{at + 1}", *cells, row_meaning(grid.rows[at], form) + marks)
    return table


def show_cell(grid: Grid, at: int, column: int, read: Mapping[str, Observation]) -> str:
    """Return what a place of a grid prints, with a mark where it was read, but not as a figure."""
    if (at, column) in grid.continued:
        return REPEATED
    text = clean_text(grid.rows[at][column])
    observation = read.get(f"{grid.locator} r{at + 1} c{column + 1}")
    if observation is None or observation.value.status == "reported":
        return text
    if observation.value.status == "blank":
        return BLANK
    return f"{text} {UNREAD}" if observation.value.status == "unreadable" else text


def rules_by_row(findings: Sequence[Finding]) -> Mapping[tuple[str, int], Sequence[str]]:
    """Return the rules of the findings that name a row, each once."""
    found: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for finding in findings:
        if match := PLACE.fullmatch(finding.locator):
            rules = found[match[1], int(match[2])]
            rules += [] if finding.rule_id in rules else [finding.rule_id]
    return found


def row_meaning(row: Sequence[str], form: Form) -> str:
    """Return what a row's heading means in a form: its code, its columns' role, or `??` with the nearest known label."""
    known = [found for text in row if (found := label_meaning(text, form))]
    if known:
        return known[0]
    words = [label for text in row if len(label := clean_label(text)) > 1 and not is_figure(text)]
    close = nearest_row(form, words[-1]) if words and any(map(is_figure, row)) else ""
    return f"?? ~ {close} ({form.row_spellings[clean_label(close)][0].indicator_id})" if close else "??"


def label_meaning(text: str, form: Form) -> str:
    """Return the codes that a heading means in a form, or the role of its column; an empty text where it is not known."""
    label = clean_label(text)
    if label in form.row_spellings:
        return " / ".join(row.indicator_id for row in form.row_spellings[label])
    if codes := [code for table in form.tables.values() for code in table.rows.get(label, ())]:
        return " / ".join(codes)
    return form.column_spellings.get(label, "")


def show_lines(document: Document, observations: Sequence[Observation]) -> Iterator[str]:
    """Yield the lines of a flattened table with what each was read as."""
    for each in observations:
        if match := TEXT_PLACE.fullmatch(each.locator):
            start = document.text.rfind("\n", 0, int(match[1])) + 1
            end = document.text.find("\n", int(match[2]))
            line = clean_text(document.text[start : end if end >= 0 else None])
            value = each.raw_value or each.value.status
            mark = f" {UNREAD}" if each.value.status == "unreadable" else ""
            yield f"{each.locator:>18}  {line}  → {each.indicator_id} = {value}{mark}"


def summary_lines(extraction: Extraction, lang: str) -> Iterator[str]:
    """Yield what a document was taken for and how many of its cells were read, then every finding with its place."""
    yield ""
    yield header_line(extraction.header, extraction.form, lang)
    counts: defaultdict[str, int] = defaultdict(int)
    for each in extraction.observations:
        counts[each.value.status] += 1
    yield ("单元格：" if lang == "zh" else "cells: ") + ", ".join(
        f"{status} {count}" for status, count in sorted(counts.items(), key=lambda item: -item[1])
    )
    for finding in extraction.findings:
        place = f" [{finding.locator}]" if finding.locator else ""
        yield f"{WARNED} {finding.rule_id}{place}: {finding.message.read(lang)}"


def header_line(header: Header, form: str, lang: str) -> str:
    """Return the body, year, scope and form that a document was taken for."""
    facts = (header.body_id or "?", str(header.year or "?"), header.scope)
    return f"{'认作' if lang == 'zh' else 'taken for'}: {' '.join(facts)}, {'表式' if lang == 'zh' else 'form'} {form}"
