"""One document to everything it states: form, header, observations, prose figures, findings."""

import re
from collections.abc import Sequence
from dataclasses import replace

from flows.cells import MONEY, clean_label, table_unit
from flows.codebook import Form
from flows.declared import nearest
from flows.errors import FormError, Text
from flows.extract.choice import (
    MIN_FIGURES,
    FormReading,
    choose_readings,
    count_codes,
    form_findings,
    is_settled,
    is_told,
    likely_forms,
    mix_forms,
)
from flows.extract.doubts import find_decimal_counts
from flows.extract.header import read_header
from flows.extract.layouts import Printed, find_layout, follow_plan, keep_plan
from flows.extract.match import Matched, build_observations
from flows.extract.naming import name_error, name_findings
from flows.extract.parts import ANY, Asked, choose_report
from flows.extract.prose import is_share, read_statements
from flows.extract.reading import in_grids, read_tables
from flows.extract.spread import close_digits
from flows.extract.wording import mark_sentences
from flows.model import Document, Extraction, Finding, Grid, Header, Observation, Value
from flows.registry import Registry

SENTENCE = re.compile(r"[0-9０-９].*。")
MIN_STATEMENTS = 2  # figures of the prose that make a report of the years without a table


def extract_report(document: Document, registry: Registry, asked: Asked = ANY) -> Extraction:
    """Return what a document states, under the form or forms whose tables it prints.

    Of several reports in one document the one that is asked for. A report of the years without a
    table is read from its prose. Raises FormError where the document holds no table of a known
    form, and where its tables or reports cannot be told apart; what concerns single cells becomes a finding.
    """
    try:
        return name_findings(read_report(document, registry, asked), document.name)
    except FormError as error:
        raise name_error(error, document.name) from None


def read_report(document: Document, registry: Registry, asked: Asked) -> Extraction:
    """Return what a document states; what is said of it does not name the file yet."""
    document, part_findings = choose_report(document, registry, asked)
    document, digit_findings = close_digits(document)
    header, header_findings = read_header(document, registry.bodies)
    printed = read_printed(document, registry, header)
    form = printed.form
    statements = tuple(read_statements(document, form, printed.places, header))
    observations = add_prose(form, note_units(document, printed.observations), statements)
    findings = (
        *part_findings,
        *digit_findings,
        *header_findings,
        *printed.findings,
        *find_decimal_counts(observations, registry.indicators),
        *summaries(observations, form),
    )
    body = registry.bodies.get(header.body_id)
    wording = mark_sentences(
        document.text, printed.places, (body.name_zh, *body.former_names_zh) if body else ()
    )
    told = note_reading(document, observations)
    return Extraction(header, form.form, told, statements, findings, wording)


def read_printed(document: Document, registry: Registry, header: Header) -> Printed:
    """Return what a document's tables state; a layout that was read before without any doubt is read as it was then."""
    layout = find_layout(document, registry, header.year)
    known = follow_plan(layout, document.grids)
    if known is not None and in_grids(document, known.observations):
        return known
    readings = choose_forms(document, registry, header)
    built = [
        (observation, found)
        for reading in readings
        for observation, found in build_observations(reading.matched, reading.form)
        if reading is readings[0] or observation.locator
    ]
    told = not readings[0].matched.rows or is_told(readings[0], registry)
    doubts = (
        *(finding for reading in readings for finding in reading.matched.findings),
        *(finding for _, found in built for finding in found),
    )
    printed = Printed(
        readings[0].form,
        tuple(grid for each in readings for grid in each.places),
        tuple(observation for observation, _ in built),
        (*form_findings(readings, header.year, told), *doubts),
    )
    if not doubts and all(each.matched.in_grids for each in readings):
        keep_plan(layout, printed, document.grids)
    return printed


def note_reading(document: Document, observations: Sequence[Observation]) -> tuple[Observation, ...]:
    """Return the observations, those of a table in pictures as such."""
    if document.reading == "table":
        return tuple(observations)
    return tuple(
        each._replace(reading=document.reading) if each.reading == "table" else each for each in observations
    )


def choose_forms(document: Document, registry: Registry, header: Header) -> tuple[FormReading, ...]:
    """Return the readings of a document under the forms that it prints, the report's own form first.

    Forms that can no longer be chosen are not read. Raises FormError where the document prints too
    little of any, or where the tables of the form that it names most of cannot be told apart.
    """
    in_force = [form.form for form in registry.forms.values() if header.year and form.covers(header.year)]
    forms = likely_forms(document, registry)
    named = count_codes(document, forms)
    readings: list[FormReading] = []
    failed: dict[str, FormError] = {}
    for form in sorted(forms, key=lambda form: named[form.form], reverse=True):
        if not is_settled(readings, form, named):
            try:
                readings.append(read_form(document, form, registry, header.year))
            except FormError as error:
                failed[form.form] = error
    chosen = choose_readings(readings, named, in_force)
    if chosen and all(named[form] < max(named[each.form.form] for each in chosen) for form in failed):
        return chosen
    for form in (registry.forms[each] for each in in_force):
        told = {each.indicator_id for each in read_statements(document, form, (), header)}
        if not form.has_table and form.form not in failed and len(told) >= MIN_STATEMENTS:
            return (FormReading(document, form, Matched(), ()),)
    if failed:
        raise next(iter(failed.values()))
    raise unknown_form(document, registry, max(each.count_cells() for each in readings), header.year)


def note_units(document: Document, observations: Sequence[Observation]) -> list[Observation]:
    """Return the observations with the unit that stands above their table (`单位：万元`) where the form's would be taken.

    Only the form's own unit is taken from there, or another one of money: a table counts in several.
    """
    units = {grid.locator: unit for grid in document.grids if (unit := unit_above(document, grid))}
    if not units:
        return list(observations)
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
        said = [
            each
            for each in statements
            if each.indicator_id == indicator.indicator_id and not is_share(each, indicator)
        ]
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


def read_form(document: Document, form: Form, registry: Registry, year: int | None) -> FormReading:
    """Return the document of a year's report under one form.

    Tables that it prints as another form has them are read as that form's, where that gives more figures.
    """
    reading = FormReading(document, form, *read_tables(document, form, year))
    if "statistics" in form.tables:
        return reading
    in_force = [each.form for each in registry.forms.values() if year and each.covers(year)]
    form = mix_forms(reading, registry, in_force)
    if form is reading.form:
        return reading
    mixed = FormReading(document, form, *read_tables(document, form, year))
    return mixed if len(mixed.matched.rows) > len(reading.matched.rows) else reading


def unknown_form(document: Document, registry: Registry, found: int, year: int | None) -> FormError:
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
    tables = any(
        len(grid.rows) > 2 and len(grid.rows[0]) > 1 for grid in document.grids
    )  # and no mere frames
    prose = Text("", "") if found or tables else tell_prose(document, registry, year)
    hint = "" if prose.en else hint
    return FormError(
        f"{document.name}: {len(document.grids)} tables, {found} rows of a known form, expected at least "
        f"{MIN_FIGURES} (forms read: {known}){like}.{hint}{prose.en} See: gongkai show {document.name}",
        f"{document.name}：{len(document.grids)} 张表，已知表式的行 {found} 个，至少应有 {MIN_FIGURES} 个"
        f"（可读表式：{known}）{like_zh}。{prose.zh}参见：gongkai show {document.name}",
    )


def tell_prose(document: Document, registry: Registry, year: int | None) -> Text:
    """Return what is said of a report without a table; nothing of a page that is no report."""
    if "公开" not in document.text or not SENTENCE.search(document.text):
        return Text("", "")
    free = any(not form.has_table and form.covers(year) for form in registry.forms.values() if year)
    if free:
        return Text(
            " It is a report without a table, in the free form of 2008-2013, and fewer than two of its sentences are known.",
            "这是没有统计表的报告（2008-2013 年自由格式），其中已知的句子不足两句。",
        )
    return Text(
        " It is a report without a table: what its prose alone states is not read for its year. Look for its table, "
        "which may be an attachment or a picture.",
        "这是没有统计表的报告：该年度不单独读取正文中的数字。请查找其统计表，可能在附件或图片中。",
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
    settled |= {"year_unknown", "year_conflict", "form_year", "form_unsure"} if year else set()
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
