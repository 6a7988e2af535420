"""The series to the `panel`: one row per body and year of a whole area, one column per concept."""

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from flows.curate.coded import decode_table
from flows.registry import Registry
from flows.variables import LISTS

ROW = ["body_id", "year"]


def build_panel(registry: Registry, series: pa.Table, reports: pa.Table) -> pa.Table:
    """Return one row for each report expected of a whole area, found or not; a figure that is not stated is missing.

    Where a report mixes forms, the figure of its own form goes before that of another.
    """
    listed = reports.select([*ROW, "scope", "state", "form", "errors", "warnings"]).to_pandas()
    rows = listed[listed["scope"] == "whole_area"].drop(columns="scope")
    figures = choose_figures(registry, series, rows)
    shown = figures[~figures["left_out"]]
    wide: pd.DataFrame = shown.pivot(index=ROW, columns="variable", values="value")
    wide = wide.reindex(columns=[row["variable"] for row in registry.tables["concepts"]])
    panel = rows.join(wide, on=ROW).join(list_variables(figures), on=ROW)
    panel["name_en"] = panel["body_id"].map({key: body.name_en for key, body in registry.bodies.items()})
    panel["name_zh"] = panel["body_id"].map({key: body.name_zh for key, body in registry.bodies.items()})
    columns = [field["name"] for field in registry.schemas["published/panel"]["fields"]]
    return pa.Table.from_pandas(panel[columns], preserve_index=False)


def choose_figures(registry: Registry, series: pa.Table, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the figures of the panel, one per body, year and concept, with the variable that each belongs to."""
    columns = [
        *ROW,
        "scope",
        "concept_id",
        "applicant",
        "form",
        "value",
        "unit",
        "derived",
        "derivation",
        "flags",
    ]
    wanted = (
        (pc.field("scope") == "whole_area")
        & (pc.field("applicant") == "total")
        & pc.field("value").is_valid()
    )
    frame = decode_table(series.select(columns).filter(wanted)).to_pandas()
    figures: pd.DataFrame = frame.merge(rows[[*ROW, "form"]], on=ROW, suffixes=("", "_of_report"))
    figures["other"] = figures["form"] != figures["form_of_report"]
    figures = figures.sort_values([*ROW, "concept_id", "other", "form"]).drop_duplicates([*ROW, "concept_id"])
    variables = {row["concept_id"]: row["variable"] for row in registry.tables["concepts"]}
    figures["variable"] = figures["concept_id"].map(variables)
    figures["left_out"] = is_other_money(registry, figures)
    return figures


def is_other_money(registry: Registry, figures: pd.DataFrame) -> "pd.Series[bool]":
    """Return which amounts of money are printed in another unit than that of the form: a column has one unit."""
    amounts = {code: each.unit for code, each in registry.indicators.items() if each.measure_type == "amount"}
    expected = figures["derivation"].map(amounts)
    return figures["derivation"].isin(list(amounts)) & (figures["unit"].fillna("") != expected)


def list_variables(figures: pd.DataFrame) -> pd.DataFrame:
    """Return for each body and year the variables that are sums, that are flagged, that are left out."""
    shown = ~figures["left_out"]
    chosen = (figures["derived"] & shown, figures["flags"].notna() & shown, figures["left_out"])
    lists = {
        name: figures[which].groupby(ROW)["variable"].agg(lambda each: " ".join(sorted(each)))
        for name, which in zip(LISTS, chosen, strict=True)
    }
    index = pd.MultiIndex.from_frame(figures[ROW].drop_duplicates())
    return pd.DataFrame(lists, index=index, dtype="object")
