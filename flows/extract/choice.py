"""Which official form a document prints: told by its tables, and by the year where these leave it open.

The forms since 2019 share most rows, so each of their tables is told by the headings that only one
form has. A page may print tables of two forms; each is then read under its own.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, reduce
from operator import and_

from flows.cells import clean_label, fold_text
from flows.codebook import Form, FormTable, Indicator
from flows.errors import Text
from flows.extract.match import Matched
from flows.model import Document, Finding, Grid, Label
from flows.registry import Registry

MIN_FIGURES = 10  # cells of a form below which a document does not hold its table
MIN_LABELS = 3  # known labels that make a grid part of a form
# The tables of the forms since 2019 that differ between them, and the beginnings of the codes of their rows.
GROUPS = {"art20": ("art20_",), "applications": ("application.", "result.")}


Span = tuple[int, int]  # a stretch of a document's text


@dataclass(frozen=True)
class FormReading:
    """A document read under one form: what is matched in its tables, and where they stand."""

    document: Document
    form: Form
    matched: Matched
    places: tuple[Grid, ...]

    @cached_property
    def printed(self) -> str:
        """The folded text of the tables that the reading found."""
        return fold_text("\n".join(self.document.text[grid.start : grid.end] for grid in self.places))

    def count_cells(self) -> int:
        """Return how many cells of the form the document prints, also those whose figures could not be told apart."""
        lost = [each.cells for each in self.matched.findings if each.rule_id == "misaligned_row"]
        return len(self.matched.rows.keys() | {cell for cells in lost for cell in cells})

    def held(self) -> tuple[set[str], list[Span]]:
        """Return the tables that print rows of the form, and the stretches of text that they and other rows take."""
        lost = [
            each.locator for each in self.matched.findings if each.rule_id == "misaligned_row" and each.cells
        ]
        locators = [*(row.locator for row in self.matched.rows.values()), *lost]
        found = Counter(locator.partition(" r")[0] for locator in locators)
        tables = [grid for grid in self.places if found[grid.locator] >= MIN_LABELS]
        spans = [(grid.start, grid.end) for grid in tables if grid.end]
        texts = [text_span(locator) for locator in locators if locator.startswith("text ")]
        if texts:
            spans.append((min(start for start, _ in texts), max(end for _, end in texts)))
        return {grid.locator for grid in tables}, spans


def text_span(locator: str) -> Span:
    """Return the stretch that a locator in the text names.

    >>> text_span("text 12-15")
    (12, 15)
    """
    start, _, end = locator.removeprefix("text ").partition("-")
    return int(start), int(end)


def likely_forms(document: Document, registry: Registry) -> list[Form]:
    """Return the forms worth reading a document under: those whose rows some grid prints, else all."""
    likely: set[str] = set()
    printed: Counter[str] = Counter()
    for grid in document.grids:
        labels = grid_labels(grid)
        counts = {form.form: len(labels & form.row_labels) for form in registry.forms.values()}
        most = max(counts.values())
        likely |= {form for form, count in counts.items() if count >= MIN_LABELS and count * 2 >= most}
        printed.update(counts)
    whole = any(printed[form] >= MIN_FIGURES for form in likely)
    return [form for form in registry.forms.values() if form.form in likely or not whole]


def grid_labels(grid: Grid) -> frozenset[Label]:
    """Return the headings that a grid prints, and its figures as if they were some."""
    return frozenset(clean_label(text) for text in {text for row in grid.rows for text in row})


def is_settled(readings: Sequence[FormReading], form: Form, named: Mapping[str, int]) -> bool:
    """Return whether a form need not be read: less of it is named than of one that fills half its cells at least.

    Not where a table in which that one found nothing prints its rows.
    """
    half = max(MIN_FIGURES, (len(form.cells) + 1) // 2)
    return any(
        named[each.form.form] > named[form.form]
        and each.count_cells() >= half
        and not prints_elsewhere(each, form)
        for each in readings
    )


def prints_elsewhere(reading: FormReading, form: Form) -> bool:
    """Return whether a table in which a reading found nothing prints rows of a form."""
    held = reading.held()[0]
    return any(
        len(grid_labels(grid) & form.row_labels) >= MIN_LABELS
        for grid in reading.document.grids
        if grid.locator not in held
    )


def count_codes(document: Document, forms: Sequence[Form]) -> dict[str, int]:
    """Return for each form how many of its rows and columns a document names in its tables, in any known spelling.

    The forms since 2019 share most rows of figures, so the figures alone do not tell them apart.
    What all the forms call by the same names tells nothing and is left out.
    """
    tables = "\n".join(document.text[grid.start : grid.end] for grid in document.grids)
    text = fold_text(tables.strip() or document.text) if len(forms) > 1 else ""
    return {
        form: sum(any(label in text for label in labels) for labels in spellings)
        for form, spellings in telling_spellings(tuple(forms)).items()
    }


@lru_cache(maxsize=16)
def telling_spellings(forms: tuple[Form, ...]) -> Mapping[str, tuple[frozenset[Label], ...]]:
    """Return for each form the spellings of each of its rows and columns that not all the others have too."""
    spellings = {form.form: Counter(code_spellings(form)) for form in forms}
    shared = reduce(and_, spellings.values())
    return {form: tuple((own - shared).elements()) for form, own in spellings.items()}


def code_spellings(form: Form) -> list[frozenset[Label]]:
    """Return the spellings of every row and column of a form, too short ones aside."""
    found: dict[tuple[str, str], set[Label]] = {}
    for table in form.tables.values():
        columns = ((label, (code,)) for label, code in table.columns.items())
        for label, codes in (*table.rows.items(), *columns):
            for code in codes:
                found.setdefault((table.name, code), set()).update({label} if len(label) > 3 else ())
    return list(map(frozenset, found.values()))


def choose_readings(
    readings: Sequence[FormReading], named: Mapping[str, int], in_force: Sequence[str]
) -> tuple[FormReading, ...]:
    """Return the readings of the forms that a document prints, the report's own form first.

    Of forms with the same tables the one that names most of their headings is right, in doubt
    that in force. None where the document prints too little of any form.
    """
    most = max((each.count_cells() for each in readings), default=0)
    ranked = sorted(
        readings,
        key=lambda each: (
            each.count_cells() * 2 < most,
            -named[each.form.form],
            -each.count_cells(),
            each.form.form not in in_force,
        ),
    )
    chosen: list[FormReading] = []
    for each in ranked:
        own = reduce(leave_out, chosen, each)
        apart = all(each.form.tables.keys().isdisjoint(other.form.tables) for other in chosen)
        if apart and own.count_cells() >= MIN_FIGURES:
            chosen.append(own)
    return tuple(sorted(chosen, key=lambda each: each.form.form not in in_force))


def leave_out(reading: FormReading, other: FormReading) -> FormReading:
    """Return a reading without what it found where rows of another form stand, under which these are read."""
    tables, spans = other.held()
    ends = {grid.locator: (grid.start, grid.end) for grid in reading.document.grids}

    def stands_there(locator: str) -> bool:
        table = locator.partition(" r")[0]
        start, end = text_span(locator) if locator.startswith("text ") else ends.get(table, (0, 0))
        return table in tables or any(first < end and start < last for first, last in spans)

    old = reading.matched
    matched = Matched(
        rows={cell: row for cell, row in old.rows.items() if not stands_there(row.locator)},
        seen=old.seen,
        repeated={cell: rows for cell, rows in old.repeated.items() if not stands_there(rows[0].locator)},
        gaps=old.gaps,
        findings=[finding for finding in old.findings if not stands_there(finding.locator)],
    )
    places = tuple(grid for grid in reading.places if grid.locator not in tables)
    return replace(reading, matched=matched, places=places)


# Tables of one form among those of another


def mix_forms(reading: FormReading, registry: Registry, in_force: Sequence[str]) -> Form:
    """Return the form of a reading, with each table that the document prints as another form has it in its place.

    Of two forms the one in force has those of the other in its place.
    """
    form = reading.form
    for other in registry.forms.values():
        shared = [name for name in GROUPS if name in other.tables and name in form.tables]
        if other.form == form.form or not shared:
            continue
        own = [name for name in shared if tells(reading.printed, form, other, name)]
        others = [name for name in shared if name not in own and tells(reading.printed, other, form, name)]
        if own and others:  # where nothing tells the form itself, it is not that of the document
            swap = other.form in in_force
            base, guest = (other, form) if swap else (form, other)
            return reduce(lambda made, name: replace_table(made, guest, name), own if swap else others, base)
    return form


def tells(text: str, form: Form, instead_of: Form, name: str) -> bool:
    """Return whether a text prints headings of figures that only one form has in a table, and none that only the other has."""
    mine, theirs = own_labels(form, instead_of, name)
    return any(label in text for label in mine) and not any(label in text for label in theirs)


@lru_cache(maxsize=64)
def own_labels(form: Form, other: Form, name: str) -> tuple[frozenset[Label], frozenset[Label]]:
    """Return the headings of figures that one form has in a table and the other not, and those that only the other knows."""
    mine, theirs = figure_labels(form, name), figure_labels(other, name)
    return frozenset(mine - theirs), frozenset(theirs - form.tables[name].labels)


def figure_labels(form: Form, name: str) -> set[Label]:
    """Return the headings of a table's columns and rows that have figures; those of a few characters tell nothing."""
    table = form.tables[name]
    headings = {code for code, row in form.by_id.items() if row.is_heading}
    rows = {label for label, codes in table.rows.items() if not headings.issuperset(codes)}
    return {label for label in {*rows, *table.columns} if len(label) > 3}


def is_told(reading: FormReading, registry: Registry) -> bool:
    """Return whether the tables print something that tells a reading's form from every other form of the same tables."""
    form = reading.form
    return all(
        any(tells(reading.printed, form, other, name) for name in GROUPS)
        for other in registry.forms.values()
        if other.form != form.form and GROUPS.keys() <= form.tables.keys() & other.tables.keys()
    )


@lru_cache(maxsize=16)
def replace_table(form: Form, other: Form, name: str) -> Form:
    """Return a form with one table, and the rows that it makes, of another form."""
    kept = [row for row in form.rows if not belongs(row, form, name)]
    place = next((at for at, row in enumerate(form.rows) if belongs(row, form, name)), len(kept))
    rows = [*kept[:place], *(row for row in other.rows if belongs(row, other, name)), *kept[place:]]
    numbered = tuple(replace(row, order=at) for at, row in enumerate(rows, start=1))
    tables: Mapping[str, FormTable] = {**form.tables, name: other.tables[name]}
    return replace(form, rows=numbered, tables=tables)


def belongs(row: Indicator, form: Form, name: str) -> bool:
    """Return whether a row of a form, or what a row and a column make, stands in one of its tables."""
    return f"{row.indicator_id}.".startswith(tuple(f"v{form.form}.{group}" for group in GROUPS[name]))


# Findings


def form_findings(readings: Sequence[FormReading], year: int | None, told: bool) -> list[Finding]:
    """Return a finding for each form that was not in force in the year reported on, for several forms, and for one not told."""
    forms = [reading.form for reading in readings]
    printed = sorted({row.form for form in forms for row in form.rows})
    findings = [
        Finding("form_year", year_message(form, year))
        for form in forms
        if year is not None and not form.covers(year)
    ]
    if len(printed) > 1:
        findings.append(Finding("mixed_forms", mixed_message(printed)))
    if not told and (year is None or not forms[0].covers(year)):
        cells = tuple(readings[0].matched.rows)
        findings.append(Finding("form_unsure", unsure_message(forms[0]), cells=cells))
    return findings


def year_message(form: Form, year: int | None) -> Text:
    """Return what is said of a form that was not in force in a year."""
    years = f"{form.first_year}-{form.last_year or ''}"
    return Text(
        f"the table is of form {form.form} ({years}), the year reported on is {year}; read as printed.",
        f"表格为 {form.form} 表式（{years}），报告年度为 {year}；按所印读取。",
    )


def mixed_message(forms: Sequence[str]) -> Text:
    """Return what is said of tables of several forms in one document."""
    return Text(
        f"tables of the forms {', '.join(forms)} stand in one document; each is read under its own form.",
        f"同一文件中有 {'、'.join(forms)} 表式的表格；各按其表式读取。",
    )


def unsure_message(form: Form) -> Text:
    """Return what is said where forms share all that a document prints."""
    return Text(
        f"the rows printed are the same in several forms and the year does not tell which; read as form {form.form}. "
        "Give the year with --year.",
        f"所印各行在多个表式中相同，年度也无法判断；按 {form.form} 表式读取。请用 --year 指定年度。",
    )
