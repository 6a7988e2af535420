"""What the gates measure: each function returns the numbers of this release beside those of the last one, and which are beyond."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from flows.errors import Text
from flows.model import LIST_LOOK
from flows.publish.delta import Side
from flows.publish.steps import STEPS, compare_schemas, find_step

ALL = "all"
REPORT = ("body_id", "year", "scope")


@dataclass(frozen=True)
class Gate:
    """One row of `gates.csv`; `least` and `most` are shares of the last release's number, below `floor` nothing is judged."""

    gate_id: str
    measure: str
    tables: tuple[str, ...]
    without: tuple[str, ...]
    severity: str
    least: float | None
    most: float | None
    floor: float
    about: Text


@dataclass(frozen=True)
class Reading:
    """One number of a gate: of what, now, before, from where on it is too much or too little, and whether it is."""

    subject: str
    figure: float | None
    before: float | None
    limit: float | None
    beyond: bool
    what: Text


Measure = Callable[[Gate, Side, Side], Iterator[Reading]]


def hold(gate: Gate, subject: str, figure: float, before: float) -> Reading:
    """Return a number held against the gate's shares of the one before, where it is big enough to be judged."""
    few = gate.least is not None and before >= gate.floor and figure < gate.least * before
    many = gate.most is not None and figure >= gate.floor and figure > gate.most * before
    share = gate.least if gate.least is not None else gate.most
    limit = share * before if share is not None else None
    what = Text(
        f"{subject}: {figure:,g}, in the last release {before:,g}",
        f"{subject}：{figure:,g}，前一版本为 {before:,g}",
    )
    return Reading(subject, figure, before, limit, few or many, what)


def list_lost(gate: Gate, lost: list[str], what: Text) -> Iterator[Reading]:
    """Yield a reading for each thing that was there and is not, or one that says that nothing is missing."""
    for subject in lost:
        yield Reading(
            subject, 0, 1, 1, len(lost) >= gate.floor, Text(f"{subject}: {what.en}", f"{subject}：{what.zh}")
        )
    if not lost:
        yield Reading(ALL, 0, 0, gate.floor, False, Text("none", "无"))


def measure_rows(gate: Gate, before: Side, after: Side) -> Iterator[Reading]:
    """Yield the rows of each table."""
    for name in gate.tables:
        if has(name, before, after):
            yield hold(gate, name, count_rows(after, name), count_rows(before, name))


def has(name: str, *sides: Side) -> bool:
    """Return whether every side has a table."""
    return all(name in side.schemas for side in sides)


def count_rows(side: Side, name: str) -> int:
    """Return the rows of a table."""
    rows: int = side.read(name, side.schemas[name]["primaryKey"][:1]).num_rows
    return rows


def list_published(side: Side) -> dict[str, int]:
    """Return the published reports of a side with the number of their figures."""
    rows = side.read("reports", ["body_id", "year", "scope", "state", "figures"])
    rows = rows.filter(pc.equal(rows["state"], "published"))
    names = zip(*(rows[column].to_pylist() for column in ("body_id", "year", "scope")), strict=True)
    figures = rows["figures"].to_pylist()
    return {
        f"{body} {year} {scope}": count for (body, year, scope), count in zip(names, figures, strict=True)
    }


def measure_reports(gate: Gate, before: Side, after: Side) -> Iterator[Reading]:
    """Yield the reports that were published and are not."""
    if has("reports", before, after):
        now = list_published(after)
        lost = [name for name in list_published(before) if name not in now]
        yield from list_lost(gate, lost, Text("was published, is not any more", "曾发布，现无"))


def measure_figures(gate: Gate, before: Side, after: Side) -> Iterator[Reading]:
    """Yield the reports with too few figures, or one that says how many reports were compared."""
    if not has("reports", before, after):
        return
    was, now = list_published(before), list_published(after)
    readings = [hold(gate, f"{name} figures", now[name], was[name]) for name in was if name in now]
    yield from name_beyond(readings)


def name_beyond(readings: list[Reading]) -> Iterator[Reading]:
    """Yield the readings that are beyond, or one that says how many are not."""
    beyond = [each for each in readings if each.beyond]
    yield from beyond
    if not beyond:
        count = len(readings)
        yield Reading(
            ALL, None, None, None, False, Text(f"{count:,} within the limit", f"{count:,} 项均未越限")
        )


def measure_captures(gate: Gate, before: Side, after: Side) -> Iterator[Reading]:
    """Yield how many captures are no longer in the archive."""
    if has("captures", before, after):
        was, now = (side.read("captures", ["capture_id"]).column(0) for side in (before, after))
        lost = pc.sum(pc.invert(pc.is_in(was, value_set=now))).as_py() or 0
        what = Text(
            f"{lost:,} captures of the last release are not in the archive any more: restore raw/ from a copy",
            f"前一版本的 {lost:,} 份存档已不在存档中：请从副本恢复 raw/",
        )
        yield Reading(ALL, lost, 0, 0, lost >= gate.floor, what if lost else Text("none", "无"))


def list_bodies(side: Side) -> set[str]:
    """Return the bodies with a published report."""
    return {name.split(" ")[0] for name in list_published(side)}


def measure_sources_lost(gate: Gate, before: Side, after: Side) -> Iterator[Reading]:
    """Yield the bodies that had published reports and have none."""
    if has("reports", before, after):
        lost = sorted(list_bodies(before) - list_bodies(after))
        yield from list_lost(
            gate, lost, Text("had published reports, has none now", "曾有报告发布，现无一份")
        )


def measure_sources_silent(gate: Gate, _: Side, after: Side) -> Iterator[Reading]:
    """Yield the bodies that have captures and no published report; that a list of theirs was looked at is none of a report."""
    if has("reports", after) and has("captures", after):
        captures = after.read("captures", ["body_id", "source"])
        of_list = pc.fill_null(pc.starts_with(captures["source"].cast(pa.string()), pattern=LIST_LOOK), False)
        looked = set(pc.unique(captures.filter(pc.invert(of_list))["body_id"]).to_pylist())
        silent = sorted(looked - list_bodies(after))
        yield from list_lost(gate, silent, Text("has captures and no published report", "有存档而无报告发布"))


def count_cells(side: Side) -> Counter[str]:
    """Return how many cells each rule flags."""
    flags: pa.Array = pc.value_counts(side.read("observations", ["flags"]).column(0))
    counts: Counter[str] = Counter()
    for each in flags.to_pylist():
        for rule in (each["values"] or "").split():
            counts[rule] += each["counts"]
    return counts


def count_flagged(side: Side) -> Counter[str]:
    """Return in how many reports each rule flags a cell: one rule often flags every cell of a report."""
    rows = side.read("observations", [*REPORT, "flags"]).group_by([*REPORT, "flags"]).aggregate([])
    rows = rows.filter(pc.is_valid(rows["flags"]))
    columns = (rows[column].to_pylist() for column in (*REPORT, "flags"))
    pairs = {(rule, *report) for *report, flags in zip(*columns, strict=True) for rule in flags.split()}
    return Counter(rule for rule, *_ in pairs)


def count_broken(side: Side) -> Counter[str]:
    """Return in how many reports each rule is broken."""
    rows = side.read("findings", [*REPORT, "rule_id"]).group_by([*REPORT, "rule_id"]).aggregate([])
    return Counter(rows["rule_id"].to_pylist())


def measure_cells(gate: Gate, before: Side, after: Side) -> Iterator[Reading]:
    """Yield the rules that flag a much bigger share of all cells than they did."""
    if has("observations", before, after) and has("rules", before, after):
        cells = count_rows(before, "observations"), count_rows(after, "observations")
        yield from name_beyond(hold_rates(gate, (before, after), count_cells, cells))


def measure_flags(gate: Gate, before: Side, after: Side) -> Iterator[Reading]:
    """Yield the rules that flag cells in a much bigger share of the reports than they did."""
    if has("observations", before, after) and has("rules", before, after) and has("reports", before, after):
        yield from name_beyond(hold_rates(gate, (before, after), count_flagged, count_both(before, after)))


def measure_findings(gate: Gate, before: Side, after: Side) -> Iterator[Reading]:
    """Yield the rules that are broken in a much bigger share of the reports than they were."""
    if has("findings", before, after) and has("rules", before, after) and has("reports", before, after):
        yield from name_beyond(hold_rates(gate, (before, after), count_broken, count_both(before, after)))


def count_both(before: Side, after: Side) -> tuple[int, int]:
    """Return the number of published reports of both sides."""
    return len(list_published(before)), len(list_published(after))


def shared_rules(gate: Gate, before: Side, after: Side) -> list[str]:
    """Return the rules a gate measures that both releases know: a new one has no rate that could have doubled."""
    was, now = (set(side.read("rules", ["rule_id"]).column(0).to_pylist()) for side in (before, after))
    return sorted((was & now) - {*gate.without})


def hold_rates(
    gate: Gate, sides: tuple[Side, Side], count: Callable[[Side], Counter[str]], whole: tuple[int, int]
) -> list[Reading]:
    """Return each rule's count beside what the rate of the last release makes one expect.

    The rate is that of one more than there were, so that a rule never broken in a few reports may be broken in
    thousands; and what is expected is never less than the floor.
    """
    (was, now), most, readings = (count(sides[0]), count(sides[1])), gate.most or 0, []
    for rule in shared_rules(gate, *sides):
        expected = max((was[rule] + 1) / (whole[0] + 1) * whole[1], gate.floor)
        what = Text(
            f"{rule}: {now[rule]:,} of {whole[1]:,}, in the last release {was[rule]:,} of {whole[0]:,}",
            f"{rule}：{whole[1]:,} 中有 {now[rule]:,}，前一版本 {whole[0]:,} 中有 {was[rule]:,}",
        )
        readings.append(
            Reading(rule, now[rule], was[rule], most * expected, now[rule] > most * expected, what)
        )
    return readings


def measure_schema(gate: Gate, before: Side, after: Side) -> Iterator[Reading]:
    """Yield the differences of the schemas that need a higher step than their version takes."""
    made = find_step(before.schema_version, after.schema_version)
    versions = f"{before.schema_version} → {after.schema_version}"
    readings = [
        Reading(
            each.where,
            each.step,
            None,
            made,
            each.step > made,
            Text(
                f"{each.where}: {each.what.en}: needs a {STEPS[each.step]} step, schema_version is {versions}",
                f"{each.where}：{each.what.zh}：须有 {STEPS[each.step]} 步进，schema_version 为 {versions}",
            ),
        )
        for each in compare_schemas(before.schemas, after.schemas)
        if gate.floor <= each.step <= (gate.most or 0)
    ]
    # One row and key of the table for each place: the gravest difference there.
    yield from name_beyond(list({each.subject: each for each in reversed(readings)}.values()))


MEASURES: Mapping[str, Measure] = {
    "row_counts": measure_rows,
    "reports_lost": measure_reports,
    "captures_lost": measure_captures,
    "sources_lost": measure_sources_lost,
    "sources_silent": measure_sources_silent,
    "figure_counts": measure_figures,
    "flag_rates": measure_flags,
    "cell_rates": measure_cells,
    "finding_rates": measure_findings,
    "schema_steps": measure_schema,
}
