"""Pieces of the README of a package, in one language each: what may be compared, blanks, files, limits, how to cite."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from flows.errors import Text
from flows.publish.citation import cite_report
from flows.registry import Registry

SKIPPED = "–"  # a form that does not have the concept
GRAVE = ("error", "warning", "info")
GROUPS = (
    (Text("CSV and Parquet", "CSV 与 Parquet"), "`TABLE.csv`, `TABLE.parquet`",
     Text("every table, the same rows in both; CSV is UTF-8 without BOM. For programs: R, Python, DuckDB",
          "全部各表，两者内容相同；CSV 为 UTF-8，无 BOM。供 R、Python、DuckDB 等程序使用")),
    (Text("Excel", "Excel"), "`gongkai.xlsx`, `panel.xlsx`, `TABLE.excel.csv`",
     Text("the main tables in one workbook; the panel; five tables as CSV that Excel opens rightly (an apostrophe stands "
          "before a text that Excel would change; numbers are untouched)",
          "主要各表合为一个工作簿；面板数据；五张表的 CSV，可由 Excel 正确打开（会被 Excel 改变的文本前加撇号，数字不动）")),
    (Text("SQLite", "SQLite"), "`gongkai.sqlite`, `metadata.json`",
     Text("all tables with keys; `datasette gongkai.sqlite --metadata metadata.json` shows them in a browser",
          "全部各表及键；`datasette gongkai.sqlite --metadata metadata.json` 可在浏览器中查看")),
    (Text("Stata 14 or later", "Stata 14 及以上"), "`panel.dta`, `panel.zh.dta`",
     Text("the panel, with labels in English, in Chinese", "面板数据，英文、中文标签")),
    (Text("Codebook", "编码手册"), "`codebook.md`, `codebook.zh.md`, `codebook.html`, `codebook.zh.html`",
     Text("every concept explained, to read or print", "各概念的解释，供阅读或打印")),
    (Text("Descriptor", "描述文件"), "`datapackage.json`",
     Text("what every column means, its type, unit, categories and keys (Data Package v2)",
          "各列含义、类型、单位、类目与键（Data Package v2）")),
    (Text("Catalogues", "目录与存档"), "`ro-crate-metadata.json`, `dcat.jsonld`, `schema-org.jsonld`, `croissant.json`, "
     "`CITATION.cff`, `.zenodo.json`",
     Text("the same description for catalogues, search engines, machine learning, citation and archives",
          "同一描述，供目录、搜索引擎、机器学习、引用与存档平台使用")),
    (Text("Changes", "变更"), "`CHANGES.md`, `CHANGES.zh.md`",
     Text("what changed since the last release; from the second release on, the rows in `delta/`",
          "与上一发布版本相比的变更；自第二个版本起，各行见 `delta/`")),
    (Text("Integrity", "完整性"), "`SHA256SUMS`, `manifest.json`",
     Text("hashes: `sha256sum -c SHA256SUMS`, `gongkai verify`", "散列值：`sha256sum -c SHA256SUMS`、`gongkai verify`")),
)  # fmt: skip


def write_table(headings: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    """Return a table as Markdown."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def compare_table(registry: Registry, lang: str) -> str:
    """Return how far the figures of the main concepts may be followed: a row for each, a column for each form."""
    labels = {row["concept_id"]: row[f"label_{lang}"] for row in registry.tables["concepts"]}
    forms = {row["concept_id"]: row["forms"].split() for row in registry.tables["concepts"]}
    years = [f"{row['form']}–{row['last_year']}" for row in registry.tables["forms"]]
    rows = (
        (f"{labels[concept]} `{concept}`", *grade_forms(registry, concept, forms[concept]))
        for concept in registry.package["main_concepts"]
    )
    return write_table((Text("concept", "概念").read(lang), *years), rows)


def grade_forms(registry: Registry, concept: str, forms: Sequence[str]) -> Iterator[str]:
    """Yield what a concept's figures are under each form: its grade, `broken` where the line before ended, or none."""
    last = None
    for form in registry.form_years:
        if form in forms:
            last = registry.concordance.onward(concept, form)
            yield f"`{registry.concordance.grade(concept, form)}`"
        else:
            yield "`broken`" if last == "broken" else SKIPPED
            last = None


def status_table(registry: Registry, lang: str) -> str:
    """Return how a cell without a figure is coded, with what each status means."""
    fields = registry.schemas["published/observations"]["fields"]
    categories = next(field for field in fields if field["name"] == "status")["categories"]
    label = "label_zh" if lang == "zh" else "label"
    rows = (
        (f"`{each['value']}`", each[label], "✓" if each["value"] == "reported" else SKIPPED)
        for each in categories
    )
    return write_table(("`status`", Text("meaning", "含义").read(lang), "`value`"), rows)


def findings_table(registry: Registry, tables: Mapping[str, pa.Table], lang: str) -> str:
    """Return how often each rule is broken, the gravest class first: a row for each severity and class that a rule has."""
    kinds = tables["findings"].select(["severity", "class", "rule_id"])
    counted = kinds.group_by(kinds.column_names).aggregate([([], "count_all")]).to_pylist()
    words = {row["rule_id"]: row[f"description_{lang}"] for row in registry.tables["rules"]}
    rows = (
        (each["severity"], each["class"], f"{each['count_all']:,}", each["rule_id"], words[each["rule_id"]])
        for each in sorted(
            counted, key=lambda each: (GRAVE.index(each["severity"]), -each["count_all"], each["rule_id"])
        )
    )
    heads = (
        Text("severity", "级别"),
        Text("class", "类别"),
        Text("findings", "发现数"),
        Text("rule", "规则"),
        Text("what it says", "内容"),
    )
    return write_table([head.read(lang) for head in heads], rows)


def file_table(lang: str) -> str:
    """Return which files are for whom."""
    heads = Text("for", "用途"), Text("files", "文件"), Text("what they hold", "内容")
    rows = (
        (kind.read(lang), files.replace(", ", "、") if lang == "zh" else files, what.read(lang))
        for kind, files, what in GROUPS
    )
    return write_table([head.read(lang) for head in heads], rows)


def cite_example(registry: Registry, tables: Mapping[str, pa.Table]) -> Text:
    """Return the reference to a real report of the package: the first published one with an address, if any has one."""
    reports = tables["reports"].filter(pc.equal(tables["reports"]["state"], "published")).to_pylist()
    report = next((each for each in reports if each["url"]), reports[0])
    captures = tables["captures"].filter(pc.equal(tables["captures"]["capture_id"], report["capture_id"]))
    return cite_report(registry, report, f"{captures['captured_at'][0].as_py():%Y-%m-%d}")


def limits(states: Counter[str], lang: str) -> str:
    """Return what the data cannot say, as a list."""
    expected = sum(count for state, count in states.items() if state != "not_due")
    texts = (
        Text(f"Coverage: {states['published']} of {expected} reports that are due are in this package. `reports` gives the "
             "state of each; one that is `not_found` may exist.",
             f"覆盖：应有的 {expected} 份报告中收录 {states['published']} 份。各份状态见 `reports`；`not_found` 并不表示该报告不存在。"),
        Text("The figures are statements of the bodies about themselves. Nobody audited them; what contradicts itself is in "
             "`findings`, the rest may be wrong too.",
             "数字均为各机关自报，未经审计。自相矛盾之处见 `findings`，其余亦可能有误。"),
        Text("2008–2013 had no national table: figures come from prose and local tables, and what a report does not state "
             "says nothing.",
             "2008—2013年没有全国统计表：数字来自正文与地方报表，报告未写并不说明任何情况。"),
        Text("`whole_area` and `own_body` are different counts: never add or compare them. Which offices a `whole_area` "
             "covers changes over the years.",
             "`whole_area` 与 `own_body` 口径不同，不可相加或比较。`whole_area` 所汇总的单位逐年有变化。"),
        Text("Reading is not perfect: see `accuracy`. Figures with `reading` = `image` were recognised from pictures.",
             "读取并非绝对无误：见 `accuracy`。`reading` 为 `image` 的数字由图像识别而来。"),
        Text("A stated date is a claim; `first_seen` is when we first saw it, which may be years later.",
             "标注日期仅为声称；`first_seen` 为本项目首次见到的时间，可能晚于发布多年。"),
    )  # fmt: skip
    return "\n".join(f"- {text.read(lang)}" for text in texts)
