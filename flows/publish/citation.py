"""How to cite the data, and how to cite the report that a figure was printed in."""

from collections.abc import Mapping
from typing import Any

import pyarrow.compute as pc

from flows.errors import Text
from flows.publish.contents import Contents, list_sources
from flows.registry import Registry


def cite_data(contents: Contents, address: str = "") -> Text:
    """Return the reference to the data, in the manner of data journals and of GB/T 7714; `address` ends it."""
    about, year = contents.about, contents.created.year
    licence, end = about["licenses"][0]["name"], f" {address}" if address else ""
    authors = ", ".join(each["title"] for each in about["contributors"])
    return Text(
        f"{authors} ({year}). {about['title']} (gongkai), version {contents.version} [Data set]. {licence}.{end}",
        f"gongkai 贡献者. {about['title_zh']}（gongkai）：版本 {contents.version}[DS]. {year}. {licence}.{end}",
    )


def find_facts(contents: Contents, address: str) -> dict[str, Any]:
    """Return what the descriptor says of sources, years and how to cite, on which all other metadata rest."""
    years = pc.min_max(contents.tables["observations"].column("year")).as_py()
    citation = cite_data(contents, address)
    return {
        "sources": list_sources(contents),
        "temporal": {"start": years["min"], "end": years["max"]},
        "citation": citation.en,
        "citation_zh": citation.zh,
    }


# A transcription is no fetch, and says so here too.
KINDS = {
    "fetched": Text("captured", "存档"),
    "imported": Text("captured by others", "他人存档"),
    "transcription": Text("as transcribed for gongkai on", "由 gongkai 转录"),
    "contributed": Text("as sent in by a contributor on", "来稿"),
}


def cite_report(registry: Registry, report: Mapping[str, Any], captured: str) -> Text:
    """Return the reference to one report, by its row of `reports`; `captured` is the day of our capture."""
    body = registry.bodies[report["body_id"]]
    title = (
        report["title"] or f"[{body.name_zh}{report['year']}年政府信息公开工作年度报告]"
    )  # brackets: the title is ours
    stated, url = report["stated_date"], report["url"]
    kind = KINDS[report["kind"]]
    when = Text(f" ({stated})", f". {stated}") if stated else Text(" (no date stated)", ". 未标注日期")
    place = Text(url, url) if url else Text("address not known", "网址不详")
    return Text(
        f"{body.name_zh} ({body.name_en}){when.en}. {title}. {place.en}, {kind.en} {captured}.",
        f"{body.name_zh}. {title}[R]{when.zh}. {place.zh}（{captured} {kind.zh}）.",
    )
