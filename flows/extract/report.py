"""One document to everything it states: form, header, observations, prose figures, findings."""

from dataclasses import replace

from flows.cells import clean_label
from flows.errors import FormError, Text
from flows.extract.header import read_header
from flows.extract.lines import text_rows
from flows.extract.match import build_observations, match_rows
from flows.extract.prose import read_statements
from flows.extract.tables import PrintedRow, find_grids, grid_rows
from flows.model import Document, Extraction, Finding, Grid, Observation
from flows.registry import Form, Registry, nearest

MIN_FIGURES = 10  # rows of a form below which a document does not hold its table


def extract_report(document: Document, registry: Registry) -> Extraction:
    """Return what a document states, under the one form whose rows it prints.

    Raises FormError where it holds no table of a known form, and where its tables cannot be
    told apart; what concerns single cells becomes a finding.
    """
    candidates = [(form, *read_rows(document, form)) for form in registry.forms.values()]
    form, rows, grids = max(candidates, key=lambda each: len(match_rows(each[1], each[0]).rows))
    matched = match_rows(rows, form)
    if len(matched.rows) < MIN_FIGURES:
        raise unknown_form(document, registry, len(matched.rows))
    observations: list[Observation] = []
    cell_findings: list[Finding] = []
    for observation, found in build_observations(matched, form):
        observations.append(observation)
        cell_findings.extend(found)
    header, header_findings = read_header(document, registry.bodies)
    findings = (
        *header_findings,
        *form_findings(form, header.year),
        *matched.findings,
        *cell_findings,
        *summaries(observations, form),
    )
    statements = tuple(read_statements(document, form, grids)) if grids else ()
    if not grids:
        table = text_span(document, rows)
        statements = tuple(read_statements(document, form, [table]))
    return Extraction(header, form.form, tuple(observations), statements, findings)


def read_rows(document: Document, form: Form) -> tuple[tuple[PrintedRow, ...], tuple[Grid, ...]]:
    """Return the printed rows of a form: from the grids, or from the text where that holds more of them."""
    grids = find_grids(document, form)
    from_grids = tuple(row for grid in grids for row in grid_rows(grid, form))
    enough = len(match_rows(from_grids, form).rows) if from_grids else 0
    if enough * 2 >= len(form.values):
        return from_grids, grids
    from_text = text_rows(document, form)
    if len(match_rows(from_text, form).rows) > enough:
        return from_text, ()
    return from_grids, grids


def text_span(document: Document, rows: tuple[PrintedRow, ...]) -> Grid:
    """Return the stretch of text that the rows of a flattened table cover, as a grid without cells."""
    places = [int(part) for row in rows for part in row.locator.removeprefix("text ").split("-")]
    start = document.text.rfind("\n", 0, min(places)) + 1 if places else 0
    return Grid("text", (), start=start, end=max(places, default=0))


def unknown_form(document: Document, registry: Registry, found: int) -> FormError:
    """Return the error for a document without a table of a known form, with what its tables look like."""
    labels = {label for form in registry.forms.values() for label in form.row_spellings}
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
    blank = [each.indicator_id for each in observations if each.value.status == "blank"]
    missing = [each.indicator_id for each in observations if not each.locator]
    if blank:
        findings.append(
            Finding(
                "blank_cells",
                Text(f"{len(blank)} of {len(observations)} cells are blank.", f"{len(observations)} 格中有 {len(blank)} 格为空。"),
                cells=tuple(f"{code}|total" for code in blank),
            )
        )  # fmt: skip
    if missing:
        names = ", ".join(missing[:3]) + (" …" if len(missing) > 3 else "")
        findings.append(
            Finding(
                "missing_rows",
                Text(
                    f"{len(missing)} rows of form {form.form} are not found: {names}",
                    f"{form.form} 表式有 {len(missing)} 行未见：{names}",
                ),
                cells=tuple(f"{code}|total" for code in missing),
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
