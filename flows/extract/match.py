"""Printed rows to observations: rows are matched by path, each value with its status and its place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from flows.cells import clean_label, clean_text, fold_text, noted_unit, parse_change, parse_value, split_unit
from flows.codebook import Form, Indicator
from flows.declared import nearest
from flows.errors import Text
from flows.extract.doubts import describe_unreadable, is_told_by_marks, read_marked
from flows.extract.panels import is_figure
from flows.extract.tables import PrintedRow
from flows.model import Finding, Label, Observation, Value

CHANGES = ".items_change"  # how the cells of changes end, which have a sign
NATIONAL = ("national", "prose")


@dataclass
class Matched:
    """What has been matched so far: the printed row of each cell (`indicator|applicant`), and where a row was not known.

    `seen` holds the indicators that a label with only one meaning named, headings too. `in_grids` where the text outside of
    the grids was not looked into.
    """

    rows: dict[str, PrintedRow] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    repeated: dict[str, list[PrintedRow]] = field(default_factory=dict)
    gaps: list[tuple[int, int]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    in_grids: bool = False


def match_rows(rows: Sequence[PrintedRow], form: Form) -> Matched:
    """Return each printed row under its indicator; what is not known or not certain becomes a finding.

    A label that several sections share (`被依法纠错数`) is told by the section it stands in.
    A row without a heading is a number that stands alone beside the row before it.
    After an unknown row the section is no longer certain, until a label that has only one meaning.
    """
    matched = Matched()
    last: Indicator | None = None
    order, open_gap = 0, False
    for row in rows:
        if not row.headings:
            matched.findings.append(unknown_label(row._replace(headings=("",)), form, last))
            continue
        meant = meanings(row, form)
        if not meant:
            if not is_noise(row, form):
                matched.findings.append(unknown_label(row, form, last))
                last, open_gap = None, True
            continue
        chosen = choose_meaning(meant, last, form)
        if chosen is None:
            matched.findings.append(ambiguous_label(row, meant))
            last, open_gap = None, True
            continue
        if open_gap:
            matched.gaps.append((order, chosen.order))
        last, order, open_gap = chosen, chosen.order, False
        if len(meant) == 1:
            matched.seen.add(chosen.indicator_id)
        if chosen.is_heading and is_figure(row.value or ""):  # it is that of another row
            matched.findings.append(unknown_label(row, form))
            open_gap = True
        keep_row(matched, chosen, row)
    if open_gap:
        matched.gaps.append((order, len(form.rows) + 1))
    drop_doubtful(matched, form)
    matched.findings += column_findings(matched, form)
    return matched


def drop_doubtful(matched: Matched, form: Form) -> None:
    """Take back what a label of several sections was taken for where one of these sections is not seen.

    With the rows between two sections lost, the first would otherwise take over the figures of the second.
    """
    for meant in form.row_spellings.values():
        if len(meant) == 1 or all(is_seen(each, matched, form) for each in meant):
            continue
        for each in meant:
            row = matched.rows.pop(f"{each.indicator_id}|total", None)
            if row is not None:
                matched.repeated.pop(f"{each.indicator_id}|total", None)
                matched.gaps.append((each.order - 1, each.order + 1))
                matched.findings.append(ambiguous_label(row, meant))


def column_findings(matched: Matched, form: Form) -> Iterator[Finding]:
    """Yield a finding where the figures are no totals, or where those of the period stand beside those of the year."""
    rows = {cell: row for cell, row in matched.rows.items() if row.role}
    parts = [cell for cell, row in rows.items() if row.role == "part" and row.value]
    if parts:
        shown = f"{rows[parts[0]].headings[0]}: {rows[parts[0]].value}"
        yield Finding(
            "part_columns",
            Text(
                f"each column of figures counts a group of bodies and none is their total ('{shown}'), so the report's own "
                f"figure is not printed. Where one is the total, add its heading to schemas/forms/{form.form}.csv.",
                f"各数字列分别统计一类机关，没有合计列（“{shown}”），表中未印本报告的数字。"
                f"若其中一列为合计，请在 schemas/forms/{form.form}.csv 中补充其列标题。",
            ),
            locator=rows[parts[0]].locator,
            cells=tuple(parts),
        )
    alone = [cell for cell, row in rows.items() if row.role == "alone"]
    differ = [cell for cell, row in rows.items() if row.role == "period" and differs_beside(row)]
    if alone:
        said = Text(
            "the figures are those of the period (本期); no column of the whole year is printed; read as printed.",
            "所印为本期数字，没有全年累计列；按所印读取。",
        )
        yield Finding("period_columns", said, rows[alone[0]].locator, tuple(alone))
    if differ:
        said = Text(
            f"figures of the period stand beside those of the year and differ in {len(differ)} rows; those of the year are read.",
            f"本期数字与全年累计并列，{len(differ)} 行不同；读取全年累计。",
        )
        yield Finding("period_columns", said, rows[differ[0]].locator, tuple(differ))


def differs_beside(row: PrintedRow) -> bool:
    """Return whether another column states another figure than a row's own."""
    own = parse_value(row.value or "")
    return any(parse_value(text) != own for text in row.beside if text.strip())


def is_seen(indicator: Indicator, matched: Matched, form: Form) -> bool:
    """Return whether a row that can only be of the indicator's own section was found."""
    section = indicator.parent_id
    return any(code == section or form.by_id[code].parent_id == section for code in matched.seen)


def keep_row(matched: Matched, indicator: Indicator, row: PrintedRow, applicant: str = "total") -> None:
    """Keep a printed row under its cell; a second one that says the same adds nothing."""
    if indicator.is_heading or row.value is None:
        return
    cell = f"{indicator.indicator_id}|{applicant}"
    first = matched.rows.setdefault(cell, row)
    if first is not row and read_cell(first, indicator)[0] != read_cell(row, indicator)[0]:
        matched.repeated.setdefault(cell, [first]).append(row)


def meanings(row: PrintedRow, form: Form) -> tuple[Indicator, ...]:
    """Return the rows of the form that a printed row can be: the heading nearest to the figure decides.

    Row numbers say nothing. A heading farther away is that of a group, so it never stands in
    for one that is not known; but a label may be cut in two cells.
    """
    labels = [label for text in row.headings if (label := clean_label(text)) and not label.isdecimal()]
    whole = clean_label("".join(reversed(row.headings)))
    return next(
        (form.row_spellings[label] for label in [*labels[:1], whole] if label in form.row_spellings), ()
    )


def choose_meaning(meant: tuple[Indicator, ...], last: Indicator | None, form: Form) -> Indicator | None:
    """Return the one row that a label means after the row before it, or None where that is not certain."""
    if len(meant) == 1:
        return meant[0]
    if last is None:
        return None
    above = {last.indicator_id, *form.ancestors(last.indicator_id)}
    possible = [row for row in meant if row.parent_id in above and row.order > last.order]
    return possible[0] if len(possible) == 1 else None


def is_noise(row: PrintedRow, form: Form) -> bool:
    """Return whether a row is none of the table's: the head of its columns, or a row without place for a figure."""
    if row.value is None:
        return True
    if all(clean_label(text) in form.column_spellings for text in row.headings):
        return not is_figure(row.value)
    text = "".join(row.headings)
    return not row.value.strip() and (not clean_label(text) or "填报单位" in fold_text(text))


def unknown_label(row: PrintedRow, form: Form, last: Indicator | None = None) -> Finding:
    """Return the finding for a heading that is no known spelling, with the nearest that is.

    A figure without any heading may belong to the row before it (`last`).
    """
    heading, value = clean_text(row.headings[0]), clean_text(row.value or "")
    advice = advise_label(heading, form)
    return Finding(
        "unknown_label",
        Text(
            f"'{heading}' ('{value}') is no known row of form {form.form}; {advice.en}",
            f"“{heading}”（“{value}”）不是 {form.form} 表式的已知行；{advice.zh}",
        ),
        locator=row.locator,
        cells=(f"{last.indicator_id}|total",) if last and not clean_label(heading) else (),
    )


def advise_label(heading: str, form: Form) -> Text:
    """Return what to do about a heading that is not known: add its spelling, but no group's and no piece of a label."""
    label = clean_label(heading)
    close = nearest_row(form, label)
    meant = f"'{close}' ({form.row_spellings[Label(close)][0].indicator_id})" if close else "-"
    if any(row.is_heading for row in form.row_spellings.get(label, ())):
        return Text(
            f"it is the heading {meant}, which has no figure: the figure may be another row's. See: gongkai show FILE",
            f"它是无数字的标题 {meant}，该数字可能属于其他行。参见：gongkai show FILE",
        )
    if is_piece(label, form):
        return Text(
            f"it may be a piece of a label broken over lines (nearest: {meant}) and is then no spelling to add. "
            "See: gongkai show FILE",
            f"它可能是被换行拆开的标签片段（最接近：{meant}），片段不应补充为写法。参见：gongkai show FILE",
        )
    return Text(
        f"nearest: {meant}. If it is the same, add the spelling in schemas/forms/{form.form}.csv.",
        f"最接近：{meant}。若为同一行，请在 schemas/forms/{form.form}.csv 中补充写法。",
    )


def is_piece(label: Label, form: Form) -> bool:
    """Return whether a label can be a piece of a longer one of the form: a bracket is left open, or it stands inside one."""
    if sum(map(label.count, "(（")) != sum(map(label.count, ")）")):
        return True
    return len(label) > 1 and any(label in fold_text(row.label_zh) for row in form.rows)


@lru_cache(maxsize=10_000)  # the same local rows stand in many reports
def nearest_row(form: Form, label: Label) -> str:
    """Return the spelling of a form's row most like a label, or an empty text."""
    return nearest(label, form.row_spellings)


def ambiguous_label(row: PrintedRow, meant: tuple[Indicator, ...]) -> Finding:
    """Return the finding for a label of several sections whose own cannot be told."""
    heading, codes = clean_text(row.headings[0]), " / ".join(each.indicator_id for each in meant)
    return Finding(
        "ambiguous_label",
        Text(
            f"'{heading}' ('{clean_text(row.value or '')}') can be {codes}; the row before it does not tell which.",
            f"“{heading}”（“{clean_text(row.value or '')}”）可为 {codes}，无法由上一行判断。",
        ),
        locator=row.locator,
        cells=tuple(f"{each.indicator_id}|total" for each in meant),
    )


def build_observations(matched: Matched, form: Form) -> Iterator[tuple[Observation, tuple[Finding, ...]]]:
    """Yield an observation for every cell that the form knows, with the findings of its reading.

    A row of a local block is looked for only where the report prints a row of that block, and
    a figure that the form has in its prose only where it is read there.
    """
    printed = {cell.split("|")[0] for cell in matched.rows}
    local = {code for code in printed if form.by_id[code].origin not in NATIONAL}
    parents = {form.by_id[code].parent_id for code in local}
    local |= {code for code in parents if code in form.by_id and form.by_id[code].origin not in NATIONAL}
    for indicator, applicant in form.cells:
        code = indicator.indicator_id
        if f"{code}|{applicant}" in matched.rows:
            yield read_observation(matched, indicator, applicant)
        elif indicator.origin == "national" or code in local or indicator.parent_id in local:
            yield missing_observation(matched, indicator, applicant), ()


def read_observation(
    matched: Matched, indicator: Indicator, applicant: str
) -> tuple[Observation, tuple[Finding, ...]]:
    """Return the observation of a printed cell and the findings of reading it."""
    cell = f"{indicator.indicator_id}|{applicant}"
    row = matched.rows[cell]
    value, unit, basis = read_cell(row, indicator)
    raw = clean_text(row.value or "")
    findings: list[Finding] = []
    if cell in matched.repeated:
        raw = " | ".join(clean_text(each.value or "") for each in matched.repeated[cell])
        value = Value(None, "unreadable")
        findings.append(
            cell_finding("duplicate_cell", indicator, applicant, row, Text(f"'{raw}'", f"“{raw}”"))
        )
    elif row.role == "part" and raw:
        value = Value(None, "unreadable")
    elif row.role == "cut":
        value, what = Value(None, "unreadable"), Text("no cell for its figure", "没有数字单元格")
        findings.append(cell_finding("misaligned_row", indicator, applicant, row, what))
    elif row.merged and raw:
        value = Value(None, "unreadable")
        findings.append(cell_finding("merged_cell", indicator, applicant, row, Text(f"'{raw}'", f"“{raw}”")))
    elif value.status == "unreadable":
        findings.append(cell_finding("unreadable_cell", indicator, applicant, row, describe_unreadable(raw)))
    elif is_told_by_marks(raw, value):
        findings.append(
            cell_finding("marked_figure", indicator, applicant, row, Text(f"'{raw}'", f"“{raw}”"))
        )
    # 元 and 万元 stand in many headings for the other; rules compare them by their size.
    if basis == "printed" and indicator.unit not in ("", unit) and unit not in ("元", "万元"):
        differs = Text(
            f"printed {unit}, the form says {indicator.unit}", f"印作{unit}，表式为{indicator.unit}"
        )
        findings.append(cell_finding("unit_differs", indicator, applicant, row, differs))
    observation = Observation(indicator.indicator_id, applicant, value, unit, basis, raw, row.locator)
    return observation, tuple(findings)


def read_cell(row: PrintedRow, indicator: Indicator) -> tuple[Value, str, str]:
    """Return what a cell says, its unit, and whether the page (`printed`) or the form gave the unit."""
    value, in_cell = parse_value(row.value or ""), ""
    if value.status == "unreadable":
        bare, in_cell = split_unit(row.value or "")
        value = parse_value(bare)
    if value.status == "unreadable":
        value = parse_change(bare) if indicator.indicator_id.endswith(CHANGES) else read_marked(bare)
    unit = in_cell or row.unit or noted_unit(row.headings[0])
    if unit:
        return value, unit, "printed"
    return value, indicator.unit, "form" if indicator.unit else ""


def cell_finding(rule: str, indicator: Indicator, applicant: str, row: PrintedRow, what: Text) -> Finding:
    """Return a finding about the reading of one cell."""
    code = indicator.indicator_id
    name = code if applicant == "total" else f"{code}|{applicant}"
    return Finding(
        rule,
        Text(f"{name} ({indicator.label_en}): {what.en}", f"{name}（{indicator.label_zh}）：{what.zh}"),
        locator=row.locator,
        cells=(f"{code}|{applicant}",),
    )


def missing_observation(matched: Matched, indicator: Indicator, applicant: str) -> Observation:
    """Return the observation of a cell that was not found: not printed, or lost where a row is unknown."""
    lost = any(before < indicator.order < after for before, after in matched.gaps)
    status = Value(None, "unreadable" if lost else "not_in_report")
    basis = "form" if indicator.unit else ""
    return Observation(indicator.indicator_id, applicant, status, indicator.unit, basis, "", "")
