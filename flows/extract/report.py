"""One document to everything it states: form, header, observations, prose figures, findings."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from operator import and_

from flows.cells import MONEY, clean_label, fold_text, table_unit
from flows.errors import FormError, Text
from flows.extract.header import read_header
from flows.extract.lines import text_rows
from flows.extract.match import Matched, build_observations, match_rows
from flows.extract.matrix import count_known, read_grids
from flows.extract.prose import read_statements
from flows.extract.stream import read_stream
from flows.extract.tables import find_grids, grid_rows
from flows.extract.wide import wide_rows
from flows.model import Document, Extraction, Finding, Grid, Header, Label, Observation, Value
from flows.registry import Form, Registry, nearest

MIN_LABELS = 3  # known labels that make a grid part of a form
MIN_STATEMENTS = 2  # figures of the prose that make a report of the years without a table
MIN_FIGURES = 10  # rows of a form below which a document does not hold its table


@dataclass(frozen=True)
class FormReading:
    """A document read under one form: what is matched in its tables, and what its prose states."""

    form: Form
    matched: Matched
    statements: tuple[Observation, ...]


def extract_report(document: Document, registry: Registry) -> Extraction:
    """Return what a document states, under the one form whose rows it prints.

    A report of the years without a table is read from its prose. Raises FormError where the
    document holds no table of a known form, and where its tables cannot be told apart; what
    concerns single cells becomes a finding.
    """
    header, header_findings = read_header(document, registry.bodies)
    reading = choose_form(document, registry, header)
    form, matched = reading.form, reading.matched
    observations: list[Observation] = []
    cell_findings: list[Finding] = []
    for observation, found in build_observations(matched, form):
        observations.append(observation)
        cell_findings.extend(found)
    observations = add_prose(form, note_units(document, observations), reading.statements)
    findings = (
        *header_findings,
        *form_findings(form, header.year),
        *matched.findings,
        *cell_findings,
        *summaries(observations, form),
    )
    return Extraction(header, form.form, tuple(observations), reading.statements, findings)


def choose_form(document: Document, registry: Registry, header: Header) -> FormReading:
    """Return the reading under the form of which the document prints most; in doubt the one in force.

    Forms that can no longer be chosen are not read. Raises FormError where the document prints too
    little of any.
    """
    forms = likely_forms(document, registry)
    named = count_codes(document, forms)
    in_force = [form.form for form in registry.forms.values() if header.year and form.covers(header.year)]
    readings: list[FormReading] = []
    for form in sorted(forms, key=lambda form: named[form.form], reverse=True):
        if not readings or not is_settled(readings, form, named):
            readings.append(read_form(document, form, header.year))
    most = max(len(each.matched.rows) for each in readings)
    best = max(
        (each for each in readings if len(each.matched.rows) * 2 >= most),
        key=lambda each: (named[each.form.form], len(each.matched.rows), each.form.form in in_force),
    )
    if len(best.matched.rows) >= MIN_FIGURES:
        return best
    for reading in readings:
        told = {statement.indicator_id for statement in reading.statements}
        if not reading.form.has_table and reading.form.form in in_force and len(told) >= MIN_STATEMENTS:
            return reading
    raise unknown_form(document, registry, len(best.matched.rows))


def is_settled(readings: Sequence[FormReading], form: Form, named: Mapping[str, int]) -> bool:
    """Return whether a form need not be read: less of it is named than of one that fills half its cells at least."""
    half = max(MIN_FIGURES, (len(form.cells) + 1) // 2)
    return any(
        named[each.form.form] > named[form.form] and len(each.matched.rows) >= half for each in readings
    )


def count_codes(document: Document, forms: Sequence[Form]) -> dict[str, int]:
    """Return for each form how many of its rows and columns a document names anywhere, in any known spelling.

    The forms since 2019 share most rows of figures, so the figures alone do not tell them apart.
    What all the forms call by the same names tells nothing and is left out.
    """
    text = fold_text(document.text) if len(forms) > 1 else ""
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


def likely_forms(document: Document, registry: Registry) -> list[Form]:
    """Return the forms worth reading a document under: those whose rows its grids print, else all."""
    texts = {text for grid in document.grids for row in grid.rows for text in row}
    labels = frozenset(map(clean_label, texts))
    printed = {form.form: len(labels & form.row_labels) for form in registry.forms.values()}
    most = max(printed.values())
    forms = list(registry.forms.values())
    return forms if most < MIN_FIGURES else [form for form in forms if printed[form.form] * 2 >= most]


def note_units(document: Document, observations: Sequence[Observation]) -> list[Observation]:
    """Return the observations with the unit that stands above their table (`单位：万元`) where the form's would be taken.

    Only the form's own unit is taken from there, or another one of money: a table counts in several.
    """
    units = {grid.locator: unit for grid in document.grids if (unit := unit_above(document, grid))}
    noted = []
    for each in observations:
        unit = units.get(each.locator.partition(" r")[0], "")
        fits = unit == each.unit or (unit in MONEY and each.unit in MONEY)
        noted.append(
            each._replace(unit=unit, unit_basis="printed")
            if each.unit_basis == "form" and unit and fits
            else each
        )
    return noted


def unit_above(document: Document, grid: Grid) -> str:
    """Return the one unit that a table's caption, or one of the two lines above it, ends with, else an empty text."""
    lines = [
        line for line in document.text[max(0, grid.start - 200) : grid.start].split("\n") if line.strip()
    ]
    return next((unit for text in (grid.caption, *lines[:-3:-1]) if (unit := table_unit(text))), "")


def add_prose(
    form: Form, observations: list[Observation], statements: Sequence[Observation]
) -> list[Observation]:
    """Return the observations with what only the prose states: where the report prints no such cell.

    Two sentences that differ leave the cell unreadable; one figure of the prose never takes the
    place of a printed one.
    """
    printed = {each.indicator_id for each in observations if each.locator}
    added = []
    for indicator in form.values:
        said = [each for each in statements if each.indicator_id == indicator.indicator_id]
        if indicator.indicator_id in printed or not (said or indicator.origin == "prose"):
            continue
        if said and len({(each.value, each.unit) for each in said}) == 1:
            added.append(said[0])
        else:
            status = Value(None, "unreadable" if said else "not_in_report")
            raw = " | ".join(each.raw_value for each in said)
            added.append(
                Observation(indicator.indicator_id, "total", status, indicator.unit, "form", raw, "", "prose")
            )
    taken = {each.indicator_id for each in added}
    return [*(each for each in observations if each.indicator_id not in taken), *added]


def read_form(document: Document, form: Form, year: int | None) -> FormReading:
    """Return a document under one form: from its grids, or from its text where that holds more of the form."""
    read = read_statistics if "statistics" in form.tables else read_matrix
    matched, places = read(document, form)
    return FormReading(form, matched, tuple(read_statements(document, form, places, year)))


def read_statistics(document: Document, form: Form) -> tuple[Matched, tuple[Grid, ...]]:
    """Return what is matched under a form of one table with three columns, and where the table stands."""
    grids = find_grids(document, form)
    matched = match_rows([row for grid in grids for row in grid_rows(grid, form)], form)
    if len(matched.rows) * 2 < len(form.cells):
        rows = wide_rows(document, form) or text_rows(document, form)
        from_text = match_rows(rows, form)
        if len(from_text.rows) > len(matched.rows):
            return from_text, (text_span(document, (row.locator for row in rows)),)
    return matched, grids


def read_matrix(document: Document, form: Form) -> tuple[Matched, tuple[Grid, ...]]:
    """Return what is matched under a form of three tables, and where the tables stand."""
    grids = tuple(grid for grid in document.grids if count_known(grid, form) >= MIN_LABELS)
    matched = read_grids(grids, form)
    if len(matched.rows) * 2 < len(form.cells):
        # A grid whose rows did not fit its columns is not read again by their number alone.
        locators = [
            *(row.locator for row in matched.rows.values()),
            *(finding.locator for finding in matched.findings),
        ]
        places = {locator.partition(" r")[0] for locator in locators}
        from_text = read_stream(document, form, [grid for grid in grids if grid.locator in places])
        if len(from_text.rows) > len(matched.rows):
            from_text.findings[:0] = matched.findings
            return from_text, (text_span(document, (cell.locator for cell in from_text.rows.values())),)
    return matched, grids


def text_span(document: Document, locators: Iterable[str]) -> Grid:
    """Return the stretch of text that the rows of a flattened table cover, as a grid without cells."""
    places = [int(part) for locator in locators for part in locator.removeprefix("text ").split("-")]
    start = document.text.rfind("\n", 0, min(places)) + 1 if places else 0
    return Grid("text", (), start=start, end=max(places, default=0))


def unknown_form(document: Document, registry: Registry, found: int) -> FormError:
    """Return the error for a document without a table of a known form, with what its tables look like."""
    labels = {
        label for form in registry.forms.values() for table in form.tables.values() for label in table.rows
    }
    codebook = {clean_label(row.label_zh.split(" / ")[-1]): row.form for row in registry.indicators.values()}
    seen = [clean_label(text) for grid in document.grids for row in grid.rows for text in row if text.strip()]
    others = sorted({codebook[label] for label in seen if label in codebook and label not in labels})
    known = ", ".join(sorted(registry.forms))
    like = f"; its tables look like form {'/'.join(others)}" if others else ""
    like_zh = f"；其表格像是 {'/'.join(others)} 表式" if others else ""
    close = next((hit for label in seen[:200] if (hit := nearest(label, labels))), "")
    hint = f" Nearest known row: '{close}'." if close and not others else ""
    return FormError(
        f"{document.name}: {len(document.grids)} tables, {found} rows of a known form, expected at least "
        f"{MIN_FIGURES} (forms read: {known}){like}.{hint} See: gongkai show {document.name}",
        f"{document.name}：{len(document.grids)} 张表，已知表式的行 {found} 个，至少应有 {MIN_FIGURES} 个"
        f"（可读表式：{known}）{like_zh}。参见：gongkai show {document.name}",
    )


def form_findings(form: Form, year: int | None) -> tuple[Finding, ...]:
    """Return a finding where the form read was not in force in the year reported on."""
    if year is None or form.covers(year):
        return ()
    years = f"{form.first_year}-{form.last_year or ''}"
    return (
        Finding(
            "form_year",
            Text(
                f"the table is of form {form.form} ({years}), the year reported on is {year}; read as printed.",
                f"表格为 {form.form} 表式（{years}），报告年度为 {year}；按所印读取。",
            ),
        ),
    )


def summaries(observations: list[Observation], form: Form) -> list[Finding]:
    """Return one finding for all blank cells and one for all rows that the report does not print."""
    findings = []
    blank = [f"{each.indicator_id}|{each.applicant}" for each in observations if each.value.status == "blank"]
    missing = [
        f"{each.indicator_id}|{each.applicant}"
        for each in observations
        if not each.locator and each.reading == "table"
    ]
    if blank:
        findings.append(
            Finding(
                "blank_cells",
                Text(f"{len(blank)} of {len(observations)} cells are blank.", f"{len(observations)} 格中有 {len(blank)} 格为空。"),
                cells=tuple(blank),
            )
        )  # fmt: skip
    if missing:
        names = ", ".join(missing[:3]) + (" …" if len(missing) > 3 else "")
        findings.append(
            Finding(
                "missing_rows",
                Text(
                    f"{len(missing)} cells of form {form.form} are not found: {names}",
                    f"{form.form} 表式有 {len(missing)} 格未见：{names}",
                ),
                cells=tuple(missing),
            )
        )
    return findings


def override_header(extraction: Extraction, body_id: str, year: int | None) -> Extraction:
    """Return the extraction under the body and year that a person gave, without the findings these settle."""
    settled = {"body_unknown"} if body_id else set()
    settled |= {"year_unknown", "year_conflict", "form_year"} if year else set()
    header = replace(
        extraction.header,
        body_id=body_id or extraction.header.body_id,
        year=year or extraction.header.year,
    )
    return replace(
        extraction,
        header=header,
        findings=tuple(finding for finding in extraction.findings if finding.rule_id not in settled),
    )
