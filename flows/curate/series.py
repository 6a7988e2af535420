"""Observations to the harmonised `series`: each concept over the forms, sums with their derivation, nothing filled in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from flows.curate.coded import TYPES, decode_table, join_parts, number_rows
from flows.registry import Registry

PLACE = ["body_id", "year", "scope", "applicant"]
PART = 500_000  # observations at a time
STATED = ["value", "status", "unit", "flags"]


def build_series(registry: Registry, observations: pa.Table) -> pa.Table:
    """Return the harmonised long table of the observations: a row per concept, applicant and form of each report.

    A figure that one indicator gives is as printed. A sum has a value only where every figure of it is reported, in
    one unit: a blank is not a zero. Which indicators are added up, and that no sum crosses a `broken` edge, is
    declared in concordance.csv and checked when it is loaded.
    """
    chosen = observations.select([*PLACE, "indicator_id", *STATED])
    return join_parts([build_part(registry, part) for part in split_reports(chosen)])


def split_reports(observations: pa.Table) -> Iterator[pa.Table]:
    """Yield the observations, which are sorted by report, some whole reports at a time, with plain texts.

    A sum never reaches beyond its report.
    """
    numbers = number_rows(observations, PLACE[:3])
    starts = np.flatnonzero(np.diff(numbers)) + 1
    start = 0
    while start + PART < observations.num_rows:
        later = starts[starts > start + PART]
        end = int(later[0]) if len(later) else observations.num_rows
        yield decode_table(observations.slice(start, end - start))
        start = end
    yield decode_table(observations.slice(start))


def build_part(registry: Registry, observations: pa.Table) -> pa.Table:
    """Return the series of some whole reports."""
    frame = observations.to_pandas()
    places = frame.groupby("indicator_id", sort=False).indices
    by_code = {str(code): frame.iloc[rows] for code, rows in places.items()}
    parts = [
        describe(registry, concept_id, form, take_figure(by_code[codes[0]]) if len(codes) == 1 else add_figures(codes, by_code))
        for (concept_id, form), codes in registry.concordance.derivations.items()
        if any(code in by_code for code in codes)
    ]  # fmt: skip
    columns = [field["name"] for field in registry.schemas["published/series"]["fields"]]
    together = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    types = [
        (field["name"], TYPES[field["type"]]) for field in registry.schemas["published/series"]["fields"]
    ]
    return pa.Table.from_pandas(together[columns], pa.schema(types), preserve_index=False)


def describe(registry: Registry, concept_id: str, form: str, part: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of one concept under one form with what holds for all of them."""
    concordance = registry.concordance
    codes = concordance.derivations[concept_id, form]
    return part.assign(
        concept_id=concept_id,
        form=form,
        derived=len(codes) > 1,
        derivation=" + ".join(codes),
        comparability=concordance.grade(concept_id, form),
        onward=concordance.onward(concept_id, form),
    )


def take_figure(part: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a concept that one indicator gives: its observations as they are."""
    sources = part["indicator_id"] + "|" + part["applicant"]
    return part[[*PLACE, *STATED]].assign(sources=sources, missing=None)


def add_figures(codes: Sequence[str], by_code: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of a concept that is the sum of several indicators, evaluated for all reports at once."""
    stated = {code: by_code[code].set_index(PLACE)[STATED] for code in codes if code in by_code}
    index = pd.MultiIndex.from_frame(
        pd.concat([by_code[code][PLACE] for code in stated]).drop_duplicates(ignore_index=True)
    )
    parts = {code: part.reindex(index) for code, part in stated.items()}
    statuses = pd.DataFrame(
        {
            code: parts[code]["status"] if code in parts else pd.Series(None, index, dtype="str")
            for code in codes
        }
    ).fillna("not_in_report")
    unit, alike = agree_on_unit([part["unit"] for part in parts.values()])
    whole = (statuses == "reported").all(axis=1)
    values = pd.DataFrame({code: part["value"] for code, part in parts.items()}).sum(axis=1)
    status = pd.Series("operand_missing", index).mask(whole, "derived").mask(whole & ~alike, "units_differ")
    return pd.DataFrame(
        {
            "value": values.where(status == "derived"),
            "status": status,
            "unit": unit,
            "flags": join_flags(parts.values()),
            "sources": join_cells({code: part["status"].notna() for code, part in parts.items()}),
            "missing": join_cells({code: statuses[code] != "reported" for code in codes}, statuses),
        }
    ).reset_index()


def agree_on_unit(units: Sequence["pd.Series[str]"]) -> tuple["pd.Series[str]", "pd.Series[bool]"]:
    """Return for each row the one unit that is stated, and whether there is no other; none where units differ."""
    unit = units[0]
    for other in units[1:]:
        unit = unit.where(unit.notna(), other)
    alike = pd.Series(True, unit.index)
    for other in units:
        alike &= (other == unit) | other.isna()
    return unit.where(alike), alike


def join_cells(
    chosen: Mapping[str, "pd.Series[bool]"], statuses: pd.DataFrame | None = None
) -> "pd.Series[str]":
    """Return for each row the cells of the chosen indicators, with their statuses if given; None where there is none."""
    index = next(iter(chosen.values())).index
    applicants = pd.Series(index.get_level_values("applicant"), index, dtype="str")
    text = pd.Series("", index, dtype="str")
    for code, taken in chosen.items():
        cell = f" {code}|" + applicants + ("" if statuses is None else ":" + statuses[code])
        text = text + cell.where(taken, "")
    return text.str[1:].replace("", None)


def join_flags(parts: Iterable[pd.DataFrame]) -> "pd.Series[str]":
    """Return for each row the rules that any figure of it takes part in breaking; None where there is none."""
    flags = pd.concat([part["flags"] for part in parts], axis=1)
    flagged = flags[flags.notna().any(axis=1)]
    joined = [
        " ".join(sorted({rule for text in row if isinstance(text, str) for rule in text.split()}))
        for row in flagged.itertuples(index=False, name=None)
    ]
    return pd.Series(joined, flagged.index, dtype="str").reindex(flags.index)
