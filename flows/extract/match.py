"""Printed rows to observations: rows are matched by path, each value with its status and its place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from flows.cells import clean_label, clean_text, fold_text, parse_value, split_unit
from flows.errors import Text
from flows.extract.tables import PrintedRow
from flows.model import Finding, Label, Observation, Value
from flows.registry import Form, Indicator, nearest

MONEY = ("元", "万元", "亿元")


@dataclass
class Matched:
    """What has been matched so far: the row of each indicator, and the place of what was not known."""

    rows: dict[str, PrintedRow] = field(default_factory=dict)
    repeated: dict[str, list[PrintedRow]] = field(default_factory=dict)
    gaps: list[tuple[int, int]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def match_rows(rows: Sequence[PrintedRow], form: Form) -> Matched:
    """Return each printed row under its indicator; what is not known or not certain becomes a finding.

    A label that several sections share (`被依法纠错数`) is told by the section it stands in.
    After an unknown row the section is no longer certain, until a label that has only one meaning.
    """
    matched = Matched()
    last: Indicator | None = None
    order, open_gap = 0, False
    for row in rows:
        meant = meanings(row, form)
        if not meant:
            if not is_noise(row, form):
                matched.findings.append(unknown_label(row, form))
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
        keep_row(matched, chosen, row)
    if open_gap:
        matched.gaps.append((order, len(form.rows) + 1))
    return matched


def keep_row(matched: Matched, indicator: Indicator, row: PrintedRow) -> None:
    """Keep a printed row under its indicator; a second one that says the same adds nothing."""
    if indicator.is_heading or row.value is None:
        return
    first = matched.rows.setdefault(indicator.indicator_id, row)
    if first is not row and read_cell(first, indicator)[0] != read_cell(row, indicator)[0]:
        matched.repeated.setdefault(indicator.indicator_id, [first]).append(row)


def meanings(row: PrintedRow, form: Form) -> tuple[Indicator, ...]:
    """Return the rows of the form that a printed row can be: the heading nearest to the figure decides."""
    whole = clean_label("".join(reversed(row.headings)))
    labels: list[Label] = [clean_label(text) for text in row.headings]
    found = [form.row_spellings[label] for label in [*labels, whole] if label in form.row_spellings]
    values = [meant for meant in found if not all(each.is_heading for each in meant)]
    return (values or found or [()])[0]


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
    """Return whether a row is none of the table's: no figure and a heading that is empty or a column's."""
    text = "".join(row.headings)
    if clean_label(text) in form.column_spellings or not clean_label(text):
        return True
    return row.value is None or (not row.value.strip() and "填报单位" in fold_text(text))


def unknown_label(row: PrintedRow, form: Form) -> Finding:
    """Return the finding for a heading that is no known spelling, with the nearest that is."""
    heading = clean_text(row.headings[0])
    close = nearest(clean_label(heading), form.row_spellings)
    meant = f"'{close}' ({form.row_spellings[Label(close)][0].indicator_id})" if close else "-"
    value = clean_text(row.value or "")
    return Finding(
        "unknown_label",
        Text(
            f"'{heading}' ('{value}') is no known row of form {form.form}; nearest: {meant}. If it is the same, "
            f"add the spelling in schemas/forms/{form.form}.csv.",
            f"“{heading}”（“{value}”）不是 {form.form} 表式的已知行；最接近：{meant}。"
            f"若为同一行，请在 schemas/forms/{form.form}.csv 中补充写法。",
        ),
        locator=row.locator,
    )


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
    )


def build_observations(matched: Matched, form: Form) -> Iterator[tuple[Observation, tuple[Finding, ...]]]:
    """Yield an observation for every cell that the form knows, with the findings of its reading.

    A row of a local block is looked for only where the report prints a row of that block.
    """
    local = {
        form.by_id[code].parent_id or code for code in matched.rows if form.by_id[code].origin != "national"
    } | {code for code in matched.rows if form.by_id[code].origin != "national"}
    for indicator in form.values:
        code = indicator.indicator_id
        if code in matched.rows:
            yield read_observation(matched, indicator)
        elif indicator.origin == "national" or code in local or indicator.parent_id in local:
            yield missing_observation(matched, indicator), ()


def read_observation(matched: Matched, indicator: Indicator) -> tuple[Observation, tuple[Finding, ...]]:
    """Return the observation of a printed row and the findings of reading it."""
    code = indicator.indicator_id
    row = matched.rows[code]
    value, unit, basis = read_cell(row, indicator)
    raw = clean_text(row.value or "")
    findings: list[Finding] = []
    if code in matched.repeated:
        raw = " | ".join(clean_text(each.value or "") for each in matched.repeated[code])
        value = Value(None, "unreadable")
        findings.append(cell_finding("duplicate_cell", indicator, row, f"'{raw}'", f"“{raw}”"))
    elif row.merged and raw:
        value = Value(None, "unreadable")
        findings.append(cell_finding("merged_cell", indicator, row, f"'{raw}'", f"“{raw}”"))
    elif value.status == "unreadable":
        findings.append(cell_finding("unreadable_cell", indicator, row, f"'{raw}'", f"“{raw}”"))
    if basis == "printed" and indicator.unit not in ("", unit) and unit not in MONEY:
        findings.append(
            cell_finding(
                "unit_differs", indicator, row,
                f"printed {unit}, the form says {indicator.unit}", f"印作{unit}，表式为{indicator.unit}",
            )
        )  # fmt: skip
    observation = Observation(code, "total", value, unit, basis, raw, row.locator)
    return observation, tuple(findings)


def read_cell(row: PrintedRow, indicator: Indicator) -> tuple[Value, str, str]:
    """Return what a cell says, its unit, and whether the page (`printed`) or the form gave the unit."""
    text = row.value or ""
    bare, in_cell = split_unit(text) if parse_value(text).status == "unreadable" else (text, "")
    value = parse_value(bare if parse_value(bare).status != "unreadable" else text)
    unit = in_cell or row.unit
    if unit:
        return value, unit, "printed"
    return value, indicator.unit, "form" if indicator.unit else ""


def cell_finding(rule: str, indicator: Indicator, row: PrintedRow, en: str, zh: str) -> Finding:
    """Return a finding about the reading of one cell."""
    code = indicator.indicator_id
    return Finding(
        rule,
        Text(f"{code} ({indicator.label_en}): {en}", f"{code}（{indicator.label_zh}）：{zh}"),
        locator=row.locator,
        cells=(f"{code}|total",),
    )


def missing_observation(matched: Matched, indicator: Indicator) -> Observation:
    """Return the observation of a row that was not found: not printed, or lost where a row is unknown."""
    lost = any(before < indicator.order < after for before, after in matched.gaps)
    status = Value(None, "unreadable" if lost else "not_in_report")
    return Observation(
        indicator.indicator_id, "total", status, indicator.unit, "form" if indicator.unit else "", "", ""
    )
