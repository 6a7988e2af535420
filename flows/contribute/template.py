"""A contribution to be filled in: the descriptor, and every cell of the form in force that year, in both languages."""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from flows.codebook import Form, Indicator
from flows.contribute.columns import field_names
from flows.contribute.descriptor import PROFILE
from flows.errors import Text, UsageError
from flows.model import Report
from flows.registry import CONTRIBUTED, Registry

Row = tuple[str, ...]
ABOUT = {
    "figures": Text("Figures, a row for each cell of the form", "数字，表式每格一行"),
    "evidence": Text(
        "Evidence: what was read, where it is, who transcribed it", "证据：所据材料、所在之处、录入者"
    ),
    "cells": Text("The cells of the form in force that year", "当年施行表式的各格"),
    "bodies": Text("The body", "机关"),
}
COMMAS = {"delimiter": ",", "quoteChar": '"', "doubleQuote": True, "skipInitialSpace": False}


@dataclass(frozen=True)
class Scan:
    """A file sent along as evidence."""

    name: str
    data: bytes

    @property
    def path(self) -> str:
        """Its name in the contribution."""
        return f"evidence/{self.name}"

    @property
    def sha256(self) -> str:
        """Its hash."""
        return hashlib.sha256(self.data).hexdigest()


def form_of(registry: Registry, year: int) -> Form:
    """Return the form in force for reports on a year; raise UsageError where none was."""
    for form in registry.forms.values():
        if form.covers(year):
            return form
    first = min(form.first_year for form in registry.forms.values())
    raise UsageError(
        f"year {year}: no form was in force, the first report is on {first}.",
        f"{year} 年：当时没有施行的表式，最早的报告为 {first} 年度。",
    )


def years_of(registry: Registry, years: Iterable[str]) -> list[str]:
    """Return those of some years, as text, in which a form was in force."""
    plain = sorted({year for year in set(years) if len(year) == 4 and year.isascii() and year.isdecimal()})
    return [year for year in plain if any(form.covers(int(year)) for form in registry.forms.values())]


def cell_rows(registry: Registry, year: int) -> tuple[Row, ...]:
    """Return every cell of the form in force in a year: year, codes, labels in both languages, unit."""
    form = form_of(registry, year)
    labels = {row["applicant"]: row["label_en"] for row in registry.tables["applicants"]}
    return tuple(
        (str(year), *row)
        for row in label_cells(form, tuple(labels.items()), tuple(registry.applicants.items()))
    )


@lru_cache(maxsize=16)
def label_cells(
    form: Form, english: tuple[tuple[str, str], ...], chinese: tuple[tuple[str, str], ...]
) -> tuple[Row, ...]:
    """Return the cells of a form with the labels that lead to each, those of the rows above it first."""
    names_en, names_zh = dict(english), dict(chinese)
    rows = []
    for indicator, applicant in form.cells:
        chain = [
            form.by_id[code]
            for code in reversed(form.ancestors(indicator.indicator_id))
            if code in form.by_id
        ]
        zh, en = join_labels(chain, indicator, "zh"), join_labels(chain, indicator, "en")
        if indicator.by_applicant:
            zh, en = f"{zh}（{names_zh[applicant]}）", f"{en} [{names_en[applicant]}]"
        rows.append((indicator.indicator_id, applicant, zh, en, indicator.unit))
    return tuple(rows)


def join_labels(chain: Sequence[Indicator], own: Indicator, lang: str) -> str:
    """Return the labels of a row and those above it in one language."""
    return " > ".join(each.label_zh if lang == "zh" else each.label_en for each in (*chain, own))


def printed_rows(form: Form) -> dict[str, int]:
    """Return the row in which the official table prints each indicator; forms without a table have none."""
    found: dict[str, int] = {}
    for table in form.tables.values() if form.has_table else ():
        stems = list(dict.fromkeys(code for codes in table.rows.values() for code in codes))
        for code in form.by_id:
            at = next(
                (
                    at
                    for at, stem in enumerate(stems, start=1)
                    if code == stem or code.rpartition(".")[0] == stem
                ),
                None,
            )
            if at is not None:
                found.setdefault(code, at)
    return found


# The files


def make_files(
    registry: Registry, report: Report, page: str = "", scan: Scan | None = None
) -> dict[str, bytes]:
    """Return the files of an empty contribution for a report by name, the workbook aside."""
    body = registry.bodies[report.body_id]
    cells = cell_rows(registry, report.year)
    tables: dict[str, Sequence[Row]] = {
        "figures": list(figure_rows(registry, report, page)),
        "evidence": [evidence_row(registry, report, scan)],
        "cells": cells,
        "bodies": [(body.body_id, body.name_zh, body.name_en)],
    }
    files = {f"{name}.csv": write_rows(field_names(registry, name), rows) for name, rows in tables.items()}
    if scan is not None:
        files[scan.path] = scan.data
    descriptor = describe_contribution(registry, report, scan)
    files["datapackage.json"] = (json.dumps(descriptor, ensure_ascii=False, indent=2) + "\n").encode()
    return files


def figure_rows(registry: Registry, report: Report, page: str) -> Iterator[Row]:
    """Yield the rows of `figures.csv`, in which the figures are to be filled in."""
    rows = printed_rows(form_of(registry, report.year))
    for _, code, applicant, zh, en, unit in cell_rows(registry, report.year):
        row = str(rows.get(code, "-"))
        yield (
            report.body_id,
            str(report.year),
            report.scope,
            "e1",
            code,
            applicant,
            zh,
            en,
            unit,
            "",
            "",
            page,
            row,
            "",
        )


def evidence_row(registry: Registry, report: Report, scan: Scan | None) -> Row:
    """Return the row of `evidence.csv`, in which what was read is to be described."""
    known = {
        "evidence_id": "e1",
        "body_id": report.body_id,
        "year": str(report.year),
        "scope": report.scope,
        "url": report.url,
        "file": scan.path if scan else "",
        "sha256": scan.sha256 if scan else "",
    }
    return tuple(known.get(name, "") for name in field_names(registry, "evidence"))


def write_rows(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a table as CSV, with the mark by which Excel knows UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def describe_contribution(registry: Registry, report: Report, scan: Scan | None) -> dict[str, object]:
    """Return the Data Package v2 descriptor of a contribution: its schemas alone say what is valid."""
    body = registry.bodies[report.body_id]
    name = f"contribution-{report.body_id}-{report.year}-{report.scope}".replace("_", "-")
    resources: list[dict[str, object]] = [
        {
            "name": each,
            "type": "table",
            "path": f"{each}.csv",
            "title": ABOUT[each].en,
            "title_zh": ABOUT[each].zh,
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "dialect": COMMAS,
            "schema": registry.schemas[f"contributed/{each}"],
        }
        for each in CONTRIBUTED
    ]
    if scan is not None:
        scanned = {
            "name": "scan",
            "path": scan.path,
            "bytes": len(scan.data),
            "hash": f"sha256:{scan.sha256}",
        }
        resources.append(scanned)
    return {
        "$schema": PROFILE,
        "name": name,
        "title": f"Contribution: {body.name_en}, report for {report.year}",
        "title_zh": f"来稿：{body.name_zh} {report.year} 年度报告",
        "licenses": [dict(each) for each in registry.package["licenses"]],
        "resources": resources,
    }
