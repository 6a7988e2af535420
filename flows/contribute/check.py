"""A contribution judged: all faults at once, in the order of its files and rows, and what it states where it may be used."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from flows.contribute.columns import check_columns, check_known, field_names
from flows.contribute.descriptor import DESCRIPTOR, check_descriptor
from flows.contribute.evidence import check_dates, check_evidence
from flows.contribute.faults import Fault, has_errors
from flows.contribute.opened import Opened
from flows.contribute.rows import Table, read_table
from flows.contribute.sums import as_rows, check_sums, is_stated
from flows.contribute.template import cell_rows, years_of
from flows.contribute.workbook import read_workbook
from flows.curate.contributions import WORDS
from flows.declared import nearest
from flows.errors import Text
from flows.registry import CONTRIBUTED, Registry

WORKBOOK = "figures.xlsx"
OPTIONAL = (WORKBOOK, "README.md", "README.zh.md")
CELL = ("year", "indicator_id", "applicant", "label_zh", "label_en", "form_unit")


@dataclass(frozen=True)
class Verdict:
    """What became of the check of one contribution: its faults, and its tables, which may be used where none is an error."""

    opened: Opened
    faults: tuple[Fault, ...]
    usable: bool
    figures: Table | None = None
    evidence: Table | None = None


@dataclass(frozen=True)
class Tables:
    """The two tables of a contribution, either of which may not be there."""

    figures: Table | None = None
    evidence: Table | None = None
    faults: tuple[Fault, ...] = ()


def check_contribution(registry: Registry, opened: Opened, today: date) -> Verdict:
    """Return every fault of a contribution that was opened; no day in it may be after `today`."""
    if opened.faults:
        return Verdict(opened, opened.faults, usable=False)
    with collector_off():
        return judge(registry, opened, today)


@contextmanager
def collector_off() -> Iterator[None]:
    """Keep the collector of garbage from looking at a million cells again and again: it takes as long as the check."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def judge(registry: Registry, opened: Opened, today: date) -> Verdict:
    """Return every fault of a contribution whose files are safe to be read."""
    faults = [] if opened.alone else list(check_files(registry, opened.files))
    tables = choose_tables(registry, opened)
    faults += tables.faults
    faults += check_tables(registry, tables, opened)
    if (
        tables.evidence
        and tables.evidence.whole
        and not any(each.file == tables.evidence.file for each in faults)
    ):
        faults += check_dates(tables.evidence, today)
    order = {name: at for at, name in enumerate([DESCRIPTOR, *sorted(opened.files)])}
    ordered = sorted(
        dict.fromkeys(faults),
        key=lambda each: (order.get(each.file.split("[")[0], -1), each.file, each.row or 0),
    )
    usable = not has_errors(registry, ordered) and not opened.alone
    return Verdict(opened, tuple(ordered), usable, tables.figures, tables.evidence)


def check_files(registry: Registry, files: Mapping[str, bytes]) -> Iterator[Fault]:
    """Yield what is wrong with the files as such: one that must be there, one of no use, the descriptor, edited lists."""
    needed = (DESCRIPTOR, *(f"{name}.csv" for name in CONTRIBUTED))
    for name in needed:
        if name not in files:
            yield Fault("missing_file", name, Text("the file is not there", "没有该文件"))
    for name in files:
        if name not in (*needed, *OPTIONAL) and not name.startswith("evidence/"):
            yield Fault("unknown_file", name, Text("no file of a contribution", "不是来稿的文件"))
    if DESCRIPTOR in files:
        yield from check_descriptor(registry, files)
    yield from check_lists(registry, files)


def check_lists(registry: Registry, files: Mapping[str, bytes]) -> Iterator[Fault]:
    """Yield what is wrong with the lists of cells and bodies that stock tools judge by; here the project's own are asked."""
    for name in ("cells", "bodies"):
        if f"{name}.csv" in files:
            table = read_table(f"{name}.csv", files[f"{name}.csv"], field_names(registry, name))
            yield from table.faults
            if table.whole:
                yield from check_columns(registry, name, table)
                known = known_rows(registry, name, table)
                if any(tuple(row) not in known for row in table.rows):
                    yield Fault(
                        "other_schema",
                        table.file,
                        Text("rows that the project's list does not have", "含项目列表中没有的行"),
                    )


def known_rows(registry: Registry, name: str, table: Table) -> set[tuple[str, ...]]:
    """Return the rows that a list of a contribution may have."""
    if name == "bodies":
        return {(each.body_id, each.name_zh, each.name_en) for each in registry.bodies.values()}
    years = {int(year) for year in table.column("year") if year.isascii() and year.isdecimal()}
    return {row for year in years for row in cell_rows(registry, year)}


# Which table holds the figures


def choose_tables(registry: Registry, opened: Opened) -> Tables:
    """Return the tables of a contribution: of the CSV files, or of the workbook where that alone is filled in."""
    columns = {name: field_names(registry, name) for name in ("figures", "evidence")}
    files = opened.files
    if opened.alone:
        (name,) = files
        if name.lower().endswith(".xlsx"):
            return tables_of(*read_workbook(name, files[name], columns))
        kind = "evidence" if name == "evidence.csv" else "figures"
        table = read_table(name, files[name], columns[kind])
        return Tables(table) if kind == "figures" else Tables(None, table)
    found = {
        name: read_table(f"{name}.csv", files[f"{name}.csv"], wanted)
        for name, wanted in columns.items()
        if f"{name}.csv" in files
    }
    plain = tables_of(found, ())
    if WORKBOOK not in files:
        return plain
    return choose_twin(plain, tables_of(*read_workbook(WORKBOOK, files[WORKBOOK], columns)))


def tables_of(sheets: Mapping[str, Table], faults: tuple[Fault, ...]) -> Tables:
    """Return the tables that a workbook holds."""
    return Tables(sheets.get("figures"), sheets.get("evidence"), faults)


def choose_twin(plain: Tables, book: Tables) -> Tables:
    """Return the twin that is filled in; the CSV, with a fault for each row that differs, where both are."""
    if not is_filled(book.figures) and not book.faults and not (book.figures and book.figures.faults):
        return plain
    if not is_filled(plain.figures):
        return book
    return replace(plain, faults=(*book.faults, *compare_twins(plain.figures, book.figures)))


def is_filled(table: Table | None) -> bool:
    """Return whether any figure stands in a table; one that cannot be read may hold some."""
    return table is not None and (not table.whole or any(table.column("figure")))


def compare_twins(plain: Table | None, book: Table | None) -> Iterator[Fault]:
    """Yield a fault for each row that the workbook and the CSV have otherwise."""
    if plain is None or book is None or not plain.whole or not book.whole:
        return
    yield from book.faults
    there = {
        tuple(row[name] for name in CELL): (number, row)
        for number, row in zip(book.numbers, as_rows(book), strict=True)
    }
    for at, row in zip(plain.numbers, as_rows(plain), strict=True):
        number, other = there.get(tuple(row[name] for name in CELL), (None, None))
        if other is not None and other["figure"] != row["figure"]:
            found = Text(
                f"{book.file} row {number} has '{other['figure']}'",
                f"{book.file} 第 {number} 行为“{other['figure']}”",
            )
            yield Fault("twins_differ", plain.file, found, at, "figure", row["figure"])


# What the tables say


def check_tables(registry: Registry, tables: Tables, opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong in the tables: each by itself, with each other, with the codebook, with the evidence."""
    figures, evidence = tables.figures, tables.evidence
    if evidence is not None:
        yield from evidence.faults
        if evidence.whole:
            yield from check_columns(registry, "evidence", evidence)
            yield from check_bodies(registry, evidence)
            if not opened.alone:
                yield from check_evidence(evidence, opened.files)
    if figures is None:
        return
    yield from figures.faults
    if opened.alone and evidence is None:
        yield Fault("no_evidence_table", figures.file, Text("the table alone", "仅有该表"))
    if figures.whole:
        yield from check_figures(registry, figures, evidence)


def check_figures(registry: Registry, figures: Table, evidence: Table | None) -> Iterator[Fault]:
    """Yield what is wrong with the figures; their sums are looked at once nothing else is."""
    if not any(map(is_stated, figures.column("figure"))):
        yield Fault("nothing_stated", figures.file, Text("no figure at all", "没有任何数字"), column="figure")
        return
    faults = [
        *check_columns(registry, "figures", figures),
        *check_bodies(registry, figures),
        *check_cells(registry, figures),
    ]
    if evidence is not None and evidence.whole:
        columns = ("evidence_id", "body_id", "year", "scope")
        known = set(evidence.columns_of(columns))
        # Where the report itself is wrong, the missing evidence says nothing more.
        told = {each.row for each in faults if each.column in columns[1:]}
        missing = check_known(figures, columns, known, describe_evidence)
        faults += [each for each in missing if each.row not in told]
    yield from faults
    if not faults and not figures.faults:
        yield from check_places(figures)
        yield from check_sums(registry, figures)


def check_places(figures: Table) -> Iterator[Fault]:
    """Yield a warning for every printed figure without the page on which it stands."""
    for number, (figure, page) in zip(figures.numbers, figures.columns_of(("figure", "page")), strict=True):
        if page == "-" and is_stated(figure) and WORDS.get(figure) != "not_in_report":
            yield Fault("no_place", figures.file, Text("no page", "没有页码"), number, "page", figure)


def check_bodies(registry: Registry, table: Table) -> Iterator[Fault]:
    """Yield a fault for every row about a body that is not the project's."""
    known = {(body_id,) for body_id in registry.bodies}

    def describe(key: tuple[str, ...]) -> Fault:
        close = nearest(key[0], registry.bodies)
        name = registry.bodies[close].name_zh if close else ""
        found = Text(
            f"no body of the project; nearest: {close} {name}", f"不是本项目所列机关；最接近：{close} {name}"
        )
        return Fault("unknown_body", "", found, column="body_id", value=key[0])

    yield from check_known(table, ("body_id",), known, describe)


def check_cells(registry: Registry, figures: Table) -> Iterator[Fault]:
    """Yield a fault for every row that is no cell of the form in force in its year, labels included."""
    years = years_of(registry, figures.column("year"))
    rows = {year: cell_rows(registry, int(year)) for year in years}
    known = {row for each in rows.values() for row in each}
    codes = {year: {row[1:3]: row for row in each} for year, each in rows.items()}
    yield from check_known(figures, CELL, known, partial(describe_row, registry, codes))


def describe_row(
    registry: Registry, codes: Mapping[str, Mapping[tuple[str, ...], tuple[str, ...]]], key: tuple[str, ...]
) -> Fault:
    """Return the fault of a row that is no cell of a form: a code unknown or of another year's form, labels that moved."""
    year, code, applicant = key[:3]
    if year not in codes:
        years = f"{min(each[0] for each in registry.form_years.values())}-"
        return Fault(
            "not_in_form",
            "",
            Text(f"no form was in force; years: {years}", f"该年没有表式；年度：{years}"),
            column="year",
            value=year,
        )
    if (code, applicant) in codes[year]:
        at = next(at for at in range(3, 6) if key[at] != codes[year][code, applicant][at])
        right = codes[year][code, applicant][at]
        found = Text(
            f"the row of {code} {applicant} says '{right}' there", f"{code} {applicant} 一行此处应为“{right}”"
        )
        return Fault("not_in_form", "", found, column=CELL[at], value=key[at])
    if any(known[0] == code for known in codes[year]):
        some = ", ".join(known[1] for known in codes[year] if known[0] == code)
        found = Text(f"{code} is counted for: {some}", f"{code} 的统计对象为：{some}")
        return Fault("not_in_form", "", found, column="applicant", value=applicant)
    own = registry.indicators.get(code)
    if own is not None and own.form not in {each.split(".")[0][1:] for each, _ in codes[year]}:
        found = Text(
            f"a row of the form of {own.form}, not of the one in force in {year}",
            f"属于 {own.form} 表式，而非 {year} 年施行的表式",
        )
    else:
        close = nearest(code, [each for each, _ in codes[year]])
        found = Text(f"no row of the form; nearest: {close}", f"不是表式中的行；最接近：{close}")
    return Fault("not_in_form", "", found, column="indicator_id", value=code)


def describe_evidence(key: tuple[str, ...]) -> Fault:
    """Return the fault of a figure without a row of evidence about its report."""
    found = Text(f"evidence.csv has no row {' '.join(key)}", f"evidence.csv 中没有 {' '.join(key)} 一行")
    return Fault("no_evidence", "", found, column="evidence_id", value=key[0])
