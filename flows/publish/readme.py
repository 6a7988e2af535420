"""The README inside every package, in English and Chinese: what is in it and what must be known to use it."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from flows.publish.credits import name_contributors
from flows.registry import Registry


def write_readme(
    registry: Registry, tables: Mapping[str, pa.Table], descriptor: Mapping[str, Any], folder: Path
) -> None:
    """Write README.md and README.zh.md of a package."""
    (folder / "README.md").write_text(english(registry, tables, descriptor), encoding="utf-8")
    (folder / "README.zh.md").write_text(chinese(registry, tables, descriptor), encoding="utf-8")


def counts(tables: Mapping[str, pa.Table]) -> dict[str, Any]:
    """Return what a package holds, counted: reports, bodies, years, figures, findings, kinds of capture."""
    observations = tables["observations"]
    states = Counter(tables["reports"].column("state").to_pylist())
    years = observations.column("year").to_pylist()
    return {
        "bodies": len(set(observations.column("body_id").to_pylist())),
        "years": f"{min(years)}-{max(years)}" if min(years) != max(years) else str(min(years)),
        "figures": sum(status == "reported" for status in observations.column("status").to_pylist()),
        "states": states,
        "findings": Counter(tables["findings"].column("severity").to_pylist()),
        "kinds": Counter(tables["captures"].column("kind").to_pylist()),
    }


def table_list(registry: Registry, tables: Mapping[str, pa.Table], lang: str) -> str:
    """Return the list of the package's tables with their rows, as Markdown."""
    suffix = "_zh" if lang == "zh" else ""
    return "\n".join(
        f"| `{each['name']}` | {tables[each['name']].num_rows:,} | {each['description' + suffix]} |"
        for each in registry.package["resources"]
    )


def english(registry: Registry, tables: Mapping[str, pa.Table], descriptor: Mapping[str, Any]) -> str:
    """Return the English README of a package."""
    held = counts(tables)
    return f"""# {descriptor["title"]}

中文说明：[README.zh.md](README.zh.md). Version {descriptor["version"]}.

{descriptor["description"]}

This package holds {held["figures"]:,} figures of {held["states"]["published"]} reports by {held["bodies"]} bodies
({held["years"]}), and {sum(held["findings"].values())} findings ({held["findings"]["error"]} errors,
{held["findings"]["warning"]} warnings, {held["findings"]["info"]} notes). Captures it rests on:
{list_kinds(held["kinds"])}. A `transcription` was typeset by the project from the text of a report; it is no fetch. What
contributors sent in is `contributed`; figures that rest on it say `reading` = `contribution` and `contributions` says on what evidence.

| table | rows | what it is |
|---|--:|---|
{table_list(registry, tables, "en")}

Each table is there as CSV (UTF-8, no BOM) and as Parquet with the same rows; the panel also for Excel (`panel.xlsx`)
and for Stata 14 or later (`panel.dta`; `panel.zh.dta` with labels in Chinese). `codebook.md` (or `codebook.html`, to
print) explains every concept. `datapackage.json` says what every column means, `SHA256SUMS` holds the hashes
(`sha256sum -c SHA256SUMS`).

## Know before use

- `value` is the figure as printed, empty unless `status` is `reported`. A blank cell, 无 and a dash are not zero.
- `unit_basis` says whether the page printed the unit or the form gives it. Money was often filled in in 元 where the
  form says 万元: look at `flags` before you convert.
- `flags` names the rules of `rules` that a figure takes part in breaking; `findings` has both sides. Figures are
  never repaired; where a reviewer decided on another amount (`corrections`), `flags` says so and `raw_value` keeps the text.
- `accuracy` says how much of each form in each shape is read right, and how many values were wrong without a finding.
- Codes carry the form (`v2014.…`, `v2021.…`), for the same words do not always count the same. What may be compared is
  in `series`: one `concept_id` over the forms, `exact` or `comparable` with the figures of the newest form that has it
  (`comparability`), and whether the next form goes on with it (`onward`, where `broken` says that it does not).
  `concordance` has the reason for each step.
- A row of `series` that is `derived` is a sum made here of the figures in `sources`; it stands in no report. Where one of
  them states no figure there is no sum (`operand_missing`): a blank is never taken for a zero.
- Dongcheng and Xicheng (2010) are mergers, so earlier figures are those of another area; Miyun and Yanqing (2015) were
  counties before. `successions` has codes and decisions. `timeliness` counts from the stated date, which is a claim.
- Codes of bodies are text; read them so (`dtype=str`), or leading zeros are lost.

## Cite

Cite the data (gongkai, version {descriptor["version"]}, {descriptor["id"]}) and the original publisher: each report's
title, body and address are in `reports`.
{name_contributors(tables, "en")}
Licence of the compilation: {descriptor["licenses"][0]["title"]} ({descriptor["licenses"][0]["path"]}). The reports
themselves are official documents of the bodies that published them.
"""


def chinese(registry: Registry, tables: Mapping[str, pa.Table], descriptor: Mapping[str, Any]) -> str:
    """Return the Chinese README of a package."""
    held = counts(tables)
    return f"""# {descriptor["title_zh"]}

English: [README.md](README.md)。版本 {descriptor["version"]}。

{descriptor["description_zh"]}

本数据包收录 {held["bodies"]} 个机关 {held["states"]["published"]} 份报告（{held["years"]}）的 {held["figures"]:,} 个数字，
以及 {sum(held["findings"].values())} 条发现（错误 {held["findings"]["error"]}，警告 {held["findings"]["warning"]}，
提示 {held["findings"]["info"]}）。所依据的存档：{list_kinds(held["kinds"])}。`transcription`
是本项目据报告文本重新排版而成，并非网络抓取。
`contributed` 由来稿者提供；据此的数字 `reading` 为 `contribution`，证据见 `contributions`。

| 表 | 行数 | 内容 |
|---|--:|---|
{table_list(registry, tables, "zh")}

每张表均有 CSV（UTF-8，无 BOM）与 Parquet 两种格式，内容相同；panel 另有 Excel 格式（`panel.xlsx`）与 Stata 14
及以上格式（`panel.dta`；中文标签为 `panel.zh.dta`）。各概念的解释见 `codebook.zh.md`（打印用 `codebook.zh.html`）。
各列含义见 `datapackage.json`，散列值见 `SHA256SUMS`（`sha256sum -c SHA256SUMS`）。

## 使用须知

- `value` 为所印数字，仅当 `status` 为 `reported` 时有值。空格、“无”、横线都不等于0。
- `unit_basis` 说明单位为页面所印还是表式所定。表式以万元计而机关按元填写的情况常见，换算前请先看 `flags`。
- `flags` 列出该数字所涉的规则（见 `rules`），两边数值见 `findings`。数字绝不改动；
  经复核采用另一数值者（见 `corrections`），`flags` 注明，`raw_value` 保留原文。
- `accuracy` 说明各表式在各形态下的读取准确度，以及有多少错误数值未被任何发现指明。
- 指标代码含表式年份（`v2014.…`、`v2021.…`），因为字面相同未必所计相同。何者可以比较见 `series`：同一 `concept_id`
  跨表式的数字，与含该概念的最新表式相比为 `exact` 或 `comparable`（`comparability` 栏）；其后的表式是否接续见 `onward` 栏，
  其中 `broken` 表示不再接续。每一步的理由见 `concordance`。
- `series` 中 `derived` 的行是本项目将 `sources` 所列数字相加所得，不见于任何报告。其中任何一项没有数字，即无合计
  （`operand_missing`）：空格绝不当作0。
- 东城区、西城区为2010年合并设立，此前的数字属于另外的区域；密云区、延庆区2015年以前为县。代码与批复见 `successions`。
  `timeliness` 按标注日期计算，而标注日期仅为报告的声称。
- 机关代码为文本，请按文本读取（`dtype=str`），以免丢失前导零。

## 引用

请同时引用本数据（gongkai，版本 {descriptor["version"]}，{descriptor["id"]}）与原发布机关：
各报告的标题、机关与网址见 `reports`。
{name_contributors(tables, "zh")}
汇编许可：{descriptor["licenses"][0]["title"]}（{descriptor["licenses"][0]["path"]}）。报告本身为发布机关的公文。
"""


def list_kinds(kinds: Counter[str]) -> str:
    """Return the kinds of capture with their numbers, in words."""
    return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
