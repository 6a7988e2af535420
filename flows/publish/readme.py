"""The README inside every package, in English and Chinese: what is in it and what must be known to use it."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from flows.publish import guide
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
    years = pc.min_max(observations.column("year")).as_py()
    first, last = years["min"], years["max"]
    return {
        "bodies": len(pc.unique(observations.column("body_id"))),
        "years": f"{first}-{last}" if first != last else str(first),
        "figures": count_values(observations.column("status"))["reported"],
        "states": count_values(tables["reports"].column("state")),
        "findings": count_values(tables["findings"].column("severity")),
        "kinds": count_values(tables["captures"].column("kind")),
    }


def count_values(column: pa.ChunkedArray) -> Counter[str]:
    """Return how many rows of a column have each value."""
    return Counter({each["values"]: each["counts"] for each in pc.value_counts(column).to_pylist()})


def table_list(registry: Registry, tables: Mapping[str, pa.Table], lang: str) -> str:
    """Return the list of the package's tables with their rows, as Markdown."""
    suffix = "_zh" if lang == "zh" else ""
    return "\n".join(
        f"| `{each['name']}` | {tables[each['name']].num_rows:,} | {each['description' + suffix]} |"
        for each in registry.package["resources"]
    )


def english(registry: Registry, tables: Mapping[str, pa.Table], descriptor: Mapping[str, Any]) -> str:
    """Return the English README of a package."""
    held, example = counts(tables), guide.cite_example(registry, tables)
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

## What may be compared

The official form changed over the years. Compared with the figures of the newest form that has a concept, those of an
older one are `exact` or `comparable` (mind the difference that `concordance` names); {guide.SKIPPED} where the form does not
have it; `broken` where the line ends and nothing later goes on with it.

{guide.compare_table(registry, "en")}

All {len(registry.tables["concepts"])} concepts: `codebook.md`. `series` and `panel` follow these lines and never cross a `broken` step.

## Blanks

A blank is not a zero. `value` is the figure as printed, and empty unless `status` is `reported`:

{guide.status_table(registry, "en")}

## Know before use

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

## Known limits

{guide.limits(held["states"], "en")}

## Findings

How often each rule is broken. `class` says on what evidence: `source` the report contradicts itself, `reading` it may be read
wrongly, `form` a change of form, `undecidable` neither can be told.

{guide.findings_table(registry, tables, "en")}

## Files and formats

{guide.file_table("en")}

## Cite

Cite the data and the original publisher of the reports you use. The data:

> {descriptor["citation"]}

The original publisher, for example (title, body, address and dates of each report are in `reports` and `captures`):

> {example.en}

In Chinese, after GB/T 7714:

> {descriptor["citation_zh"]}
>
> {example.zh}
{name_contributors(tables, "en")}
Licence of the compilation: {descriptor["licenses"][0]["title"]} ({descriptor["licenses"][0]["path"]}). The reports
themselves are official documents of the bodies that published them.
"""


def chinese(registry: Registry, tables: Mapping[str, pa.Table], descriptor: Mapping[str, Any]) -> str:
    """Return the Chinese README of a package."""
    held, example = counts(tables), guide.cite_example(registry, tables)
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

## 何者可以比较

官方表式屡有变更。与含该概念的最新表式的数字相比，较早表式的数字为 `exact`（可直接比较）或 `comparable`
（可以比较，但须注意 `concordance` 所述差异）；{guide.SKIPPED} 表示该表式没有这一概念；`broken` 表示到此中断，其后没有可以接续的数字。

{guide.compare_table(registry, "zh")}

全部 {len(registry.tables["concepts"])} 个概念见 `codebook.zh.md`。`series` 与 `panel` 据此编成，绝不跨越 `broken` 的一步。

## 空缺

空缺不等于0。`value` 为所印数字，仅当 `status` 为 `reported` 时有值：

{guide.status_table(registry, "zh")}

## 使用须知

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

## 已知局限

{guide.limits(held["states"], "zh")}

## 发现

各规则的发现数。`class` 为判断依据：`source` 报告自相矛盾，`reading` 可能误读，`form` 表式变更，`undecidable` 无法判断。

{guide.findings_table(registry, tables, "zh")}

## 文件与格式

{guide.file_table("zh")}

## 引用

请同时引用本数据与所用报告的原发布机关。引用数据（GB/T 7714）：

> {descriptor["citation_zh"]}

引用原发布机关，例如（各报告的标题、机关、网址与日期见 `reports` 与 `captures`）：

> {example.zh}

英文格式：

> {descriptor["citation"]}
>
> {example.en}
{name_contributors(tables, "zh")}
汇编许可：{descriptor["licenses"][0]["title"]}（{descriptor["licenses"][0]["path"]}）。报告本身为发布机关的公文。
"""


def list_kinds(kinds: Counter[str]) -> str:
    """Return the kinds of capture with their numbers, in words."""
    return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
