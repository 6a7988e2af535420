"""The panel for statistics programs: Excel, and Stata with English or Chinese labels; the same bytes every time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from flows.errors import Text
from flows.publish.contents import About, Contents
from flows.publish.workbook import MEDIA, open_book, table_rows, write_sheet
from flows.registry import Registry

STATA = 118  # Stata 14 and later; the first version whose text is UTF-8
LABEL = 80  # characters that Stata keeps of the label of a variable
LONG = 244  # bytes; a longer text is kept apart, or every row would be as wide as the widest
FILES: Mapping[str, Mapping[str, str]] = {
    "panel.xlsx": {
        "name": "panel-excel", "title": "Panel (Excel)", "title_zh": "面板数据（Excel）", "format": "excel",
        "mediatype": MEDIA,
    },
    "panel.dta": {
        "name": "panel-stata", "title": "Panel (Stata 14 or later, labels in English)",
        "title_zh": "面板数据（Stata 14 及以上，英文标签）", "format": "stata", "mediatype": "application/x-stata-dta",
    },
    "panel.zh.dta": {
        "name": "panel-stata-zh", "title": "Panel (Stata 14 or later, labels in Chinese)",
        "title_zh": "面板数据（Stata 14 及以上，中文标签）", "format": "stata", "mediatype": "application/x-stata-dta",
    },
}  # fmt: skip

NOTES = (
    Text("A blank cell is a figure that the report does not state, never a zero. The table series says why.",
         "空格表示报告没有给出该数字，绝不等于0；原因见 series 表。"),
    Text("derived_variables lists the columns of a row that are sums made by the project; they stand in no report.",
         "derived_variables 列出本行由本项目相加所得的变量，这些数字不见于任何报告。"),
    Text("flagged_variables lists the columns whose figures take part in breaking a rule; figures are never repaired.",
         "flagged_variables 列出涉及被违反规则的变量；数字绝不改动。"),
    Text("What may be compared with what is in the sheet variables and, with reasons, in the table concordance.",
         "何者可以比较见 variables 工作表，理由见 concordance 表。"),
)  # fmt: skip


def write_statistics(contents: Contents, folder: Path) -> Mapping[str, About]:
    """Write the panel for Excel and Stata into a package and return what the files are."""
    if "panel" not in contents.names:
        return {}
    write_excel(contents, folder / "panel.xlsx")
    write_stata(contents, folder / "panel.dta", "en")
    write_stata(contents, folder / "panel.zh.dta", "zh")
    return FILES


def panel_fields(registry: Registry) -> Sequence[Mapping[str, Any]]:
    """Return the columns of the panel, as its schema describes them."""
    fields: Sequence[Mapping[str, Any]] = registry.schemas["published/panel"]["fields"]
    return fields


# Excel


def write_excel(contents: Contents, path: Path) -> None:
    """Write the panel as a workbook: what it is, the figures, the variables. Texts stay texts, nothing is a formula."""
    with open_book(path, contents) as (book, bold):
        write_sheet(
            book.add_worksheet("metadata"), metadata_rows(contents.about, contents.created), bold, (24, 100)
        )
        sheet = book.add_worksheet("panel")
        write_sheet(sheet, table_rows(contents.tables["panel"]), bold, (10, 24, 14))
        sheet.freeze_panes(1, 4)
        write_sheet(book.add_worksheet("variables"), variable_rows(contents.registry), bold, (32, 40, 60, 60))


def metadata_rows(about: Mapping[str, Any], created: datetime) -> list[tuple[str, str]]:
    """Return what a reader of the workbook must know, in both languages."""
    licence = about["licenses"][0]
    return [
        ("gongkai 公开", about["title"]),
        ("", about["title_zh"]),
        ("data as of 数据截至", created.strftime("%Y-%m-%d")),
        ("licence 许可", f"{licence['title']} {licence['path']}"),
        *(("note 说明", text) for note in NOTES for text in note),
    ]


def variable_rows(registry: Registry) -> list[tuple[str, ...]]:
    """Return the sheet of variables: label, description and, for a concept, how far it can be followed."""
    concepts = {row["variable"]: row["concept_id"] for row in registry.tables["concepts"]}
    forms = {row["variable"]: row["forms"].split() for row in registry.tables["concepts"]}
    headings = ("variable", "label_en", "label_zh", "description_en", "description_zh", "comparability")
    rows = []
    for field in panel_fields(registry):
        name = field["name"]
        grades = (
            f"{form}: {registry.concordance.grade(concepts[name], form)}" for form in forms.get(name, ())
        )
        texts = (field["title"], field["title_zh"], field["description"], field["description_zh"])
        rows.append((name, *texts, ", ".join(grades)))
    return [headings, *rows]


# Stata


def write_stata(contents: Contents, path: Path, lang: str) -> None:
    """Write the panel as a Stata file whose labels are in one language; `body`, `form` and `state` are labelled numbers."""
    registry, created = contents.registry, contents.created
    frame = contents.tables["panel"].to_pandas()
    suffix = "_zh" if lang == "zh" else ""
    names = frame[["body_id", f"name_{lang}"]].drop_duplicates().set_index("body_id")[f"name_{lang}"]
    labels, codes = value_labels(registry, names, suffix)
    frame.insert(0, "body", frame["body_id"].map({key: at for at, key in enumerate(names.index, start=1)}))
    frame["state"] = frame["state"].map(codes)
    frame["form"] = frame["form"].astype("float64")
    texts = [name for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name])]
    frame[texts] = frame[texts].fillna("").astype("object")
    titles = {field["name"]: field[f"title{suffix}"] for field in panel_fields(registry)}
    titles["body"] = (
        "机关编号（用于 xtset；代码见 body_id）"
        if suffix
        else "Number of the body, for xtset; its code is body_id"
    )
    frame.to_stata(
        path, write_index=False, version=STATA, byteorder="little", time_stamp=created.replace(tzinfo=None),
        data_label=f"gongkai panel, data as of {created:%Y-%m-%d}",
        variable_labels={name: titles[name][:LABEL] for name in frame.columns},
        value_labels=labels,
        convert_strl=[name for name in texts if frame[name].map(lambda text: len(text.encode())).max() > LONG],
    )  # fmt: skip


def value_labels(
    registry: Registry, names: "pd.Series[str]", suffix: str
) -> tuple[dict[str, dict[float, str]], dict[str, int]]:
    """Return the labels of the numbers of bodies, forms and states, and the number of each state."""
    states = next(field for field in panel_fields(registry) if field["name"] == "state")["categories"]
    codes = {each["value"]: at for at, each in enumerate(states, start=1)}
    lang = "zh" if suffix else "en"
    labels: dict[str, dict[float, str]] = {
        "body": dict(enumerate(names, start=1)),
        "form": {float(row["form"]): row[f"name_{lang}"] for row in registry.tables["forms"]},
        "state": {codes[each["value"]]: each[f"label{suffix}"] for each in states},
    }
    return labels, codes
