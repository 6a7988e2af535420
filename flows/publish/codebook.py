"""The codebook inside every package, made from the registry: Markdown and print-ready HTML, in English and Chinese."""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from flows.codebook import Indicator
from flows.concordance import Edge
from flows.errors import Text
from flows.publish.contents import About, Contents
from flows.registry import Registry

FILES: Mapping[str, Mapping[str, str]] = {
    f"codebook{suffix}.{ending}": {
        "name": f"codebook{suffix.replace('.', '-')}-{kind}", "title": f"Codebook in {language[0]} ({word})",
        "title_zh": f"{language[1]}编码手册（{word}）", "format": kind, "mediatype": f"text/{kind}",
    }
    for suffix, language in (("", ("English", "英文")), (".zh", ("Chinese", "中文")))
    for ending, kind, word in (("md", "markdown", "Markdown"), ("html", "html", "HTML"))
}  # fmt: skip

GRADES = {
    "exact": Text("may be compared as it is", "可直接比较"),
    "comparable": Text("may be compared with the difference named", "可以比较，但须注意所述差异"),
    "broken": Text("may not be compared", "不可比较"),
}
LOCAL = {
    "beijing": Text("Rows that Beijing added: a report from elsewhere does not have them.",
                    "北京增列的行：其他地区的报告没有。"),
    "hubei": Text("Rows that Hubei added: a report from elsewhere does not have them.",
                  "湖北增列的行：其他地区的报告没有。"),
    "observed": Text("There was no national table in 2008-2013: where a report does not state the figure, nothing follows "
                     "from it.", "2008—2013年没有全国统计表：报告未给出该数字时，不能作任何推断。"),
    "prose": Text("The figure stands in prose; a report that does not state it may have none or may not say.",
                  "该数字写在正文中；报告未写，可能是没有，也可能是未说明。"),
}  # fmt: skip
STYLE = """@page { size: A4; margin: 18mm 16mm }
body { font: 10.5pt/1.5 serif; max-width: 52em; margin: 2em auto; padding: 0 1em }
h1, h2, h3 { font-family: sans-serif; line-height: 1.25; break-after: avoid }
h2 { break-before: page } h3 { border-top: 1px solid #999; padding-top: .5em; margin-top: 1.6em }
table { border-collapse: collapse; width: 100%; font-size: 9.5pt } tr { break-inside: avoid }
th, td { border: 1px solid #bbb; padding: .2em .5em; text-align: left; vertical-align: top }
code { font-size: 90%; overflow-wrap: anywhere }
@media print { body { margin: 0; max-width: none; padding: 0 } h2:first-of-type { break-before: avoid } }
"""


class Block(NamedTuple):
    """One piece of the codebook: a heading of some level, a paragraph, a list or a table, as rows of text."""

    kind: str
    rows: tuple[tuple[str, ...], ...]


def write_codebook(contents: Contents, folder: Path) -> Mapping[str, About]:
    """Write the four files of the codebook into a package and return what they are."""
    if "concepts" not in contents.names:
        return {}
    registry = contents.registry
    for lang, suffix in (("en", ""), ("zh", ".zh")):
        blocks = list(list_blocks(registry, lang))
        (folder / f"codebook{suffix}.md").write_text(to_markdown(blocks), encoding="utf-8")
        (folder / f"codebook{suffix}.html").write_text(to_html(blocks, lang), encoding="utf-8")
    return FILES


def list_blocks(registry: Registry, lang: str) -> Iterator[Block]:
    """Yield the codebook of one language, piece by piece."""
    yield from front_blocks(registry, lang)
    yield from form_blocks(registry, lang)
    yield heading("h2", Text("Concepts", "概念").read(lang))
    for concept in registry.tables["concepts"]:
        yield from concept_blocks(registry, concept, lang)


def front_blocks(registry: Registry, lang: str) -> Iterator[Block]:
    """Yield what is to be known before any figure is used: statuses and grades."""
    suffix = "_zh" if lang == "zh" else ""
    say = partial(Text.read, lang=lang)
    yield heading("h1", say(Text("Codebook", "编码手册")))
    yield paragraph(registry.package[f"title{suffix}"])
    yield heading("h2", say(Text("How a figure is stated", "数字的状态")))
    yield paragraph(say(Text(
        "`status` says what a cell states. Only `reported` (and `derived` in `series`) has a value; everything else is "
        "missing and none of it is a zero.",
        "`status` 说明单元格所示。只有 `reported`（及 `series` 中的 `derived`）有数值，其余均为缺失，都不等于0。")))  # fmt: skip
    yield table(("status", say(Text("meaning", "含义"))), list_statuses(registry, suffix))
    yield heading("h2", say(Text("How far figures may be compared", "可比程度")))
    yield table((say(Text("grade", "评级")), say(Text("meaning", "含义"))),
                [(f"`{grade}`", say(text)) for grade, text in GRADES.items()])  # fmt: skip


def form_blocks(registry: Registry, lang: str) -> Iterator[Block]:
    """Yield the official forms and the kinds of applicant."""
    say = partial(Text.read, lang=lang)
    yield heading("h2", say(Text("Forms", "表式")))
    yield table(tuple(map(say, (Text("form", "表式"), Text("years", "年度"), Text("name", "名称"), Text("basis", "依据")))),
                [(row["form"], f"{row['first_year']}-{row['last_year']}", row[f"name_{lang}"], row[f"basis_{lang}"])
                 for row in registry.tables["forms"]])  # fmt: skip
    yield heading("h2", say(Text("Applicants", "申请人")))
    yield table(("applicant", say(Text("label", "名称")), say(Text("definition", "定义"))),
                [(f"`{row['applicant']}`", row[f"label_{lang}"], row[f"definition_{lang}"])
                 for row in registry.tables["applicants"]])  # fmt: skip


def list_statuses(registry: Registry, suffix: str) -> list[tuple[str, str]]:
    """Return the statuses of the series with their meanings."""
    fields = registry.schemas["published/series"]["fields"]
    categories = next(field for field in fields if field["name"] == "status")["categories"]
    return [(f"`{each['value']}`", each[f"label{suffix}"]) for each in categories]


def concept_blocks(registry: Registry, concept: Mapping[str, Any], lang: str) -> Iterator[Block]:
    """Yield what is to be known of one concept: name, unit, its figures in each form, comparability, blanks."""
    say = partial(Text.read, lang=lang)
    unit = concept["unit"] or say(Text("not fixed by the form", "表式未定"))
    yield heading("h3", f"`{concept['concept_id']}` {concept[f'label_{lang}']}")
    yield paragraph(say(Text(
        f"Variable `{concept['variable']}` of `panel`. Unit: {unit}.", f"`panel` 中的变量 `{concept['variable']}`。单位：{unit}。"
    )))  # fmt: skip
    made = list_making(registry, concept["concept_id"])
    rows = []
    for form, parts in made.items():
        sum_of = say(Text("sum of", "相加：")) + " " if len(parts) > 1 else ""
        codes = sum_of + " + ".join(f"`{each.indicator_id}`" for each in parts)
        texts = [describe_indicator(registry, each.indicator_id, lang) for each in parts]
        rows.append((form, codes, " ".join(texts)))
    yield table(
        tuple(map(say, (Text("form", "表式"), Text("indicator", "指标"), Text("definition", "定义")))), rows
    )
    edges = [registry.concordance.edges.get((concept["concept_id"], form)) for form in made]
    lines = [say(edge_text(edge)) for edge in edges if edge]
    yield from [Block("list", tuple((line,) for line in lines))] if lines else []
    yield paragraph(
        say(Text("Blanks: ", "空缺：")) + " ".join(say(text) for text in blank_texts(registry, made))
    )


def list_making(registry: Registry, concept_id: str) -> dict[str, list[Indicator]]:
    """Return the indicators that a concept is made of under each form."""
    return {
        form: [registry.indicators[code] for code in registry.concordance.derivations[concept_id, form]]
        for form in registry.forms
        if (concept_id, form) in registry.concordance.derivations
    }


def describe_indicator(registry: Registry, indicator_id: str, lang: str) -> str:
    """Return the label as printed, or translated, and the definition of an indicator."""
    row = next(row for row in registry.tables["indicators"] if row["indicator_id"] == indicator_id)
    return (
        f"{row[f'label_{lang}']}: {row[f'definition_{lang}']}"
        if lang == "en"
        else f"{row['label_zh']}：{row['definition_zh']}"
    )


def edge_text(edge: Edge) -> Text:
    """Return one step of the concordance in plain words."""
    grade = GRADES[edge.relation]
    return Text(
        f"{edge.from_form} to {edge.to_form}: {grade.en} (`{edge.relation}`): {edge.reason.en}. [{edge.reference.en}]",
        f"{edge.from_form} 至 {edge.to_form}：{grade.zh}（`{edge.relation}`）：{edge.reason.zh}。［{edge.reference.zh}］",
    )


def blank_texts(registry: Registry, made: Mapping[str, Sequence[Indicator]]) -> list[Text]:
    """Return what it means that a concept has no figure."""
    forms = [registry.forms[form] for form in made]
    first, last = forms[0].first_year, forms[-1].last_year
    texts = [Text("A blank cell is not a zero; the forms do not say what an empty cell means.",
                  "空格不等于0；表式没有规定空格的含义。")]  # fmt: skip
    if forms[0].form != next(iter(registry.forms)):
        texts.append(Text(f"No form before {first} has it.", f"{first}年以前的表式没有这一项。"))
    if last:
        texts.append(Text(f"No form after {last} has it.", f"{last}年以后的表式没有这一项。"))
    if sums := [form for form, parts in made.items() if len(parts) > 1]:
        texts.append(Text(
            f"Under form {', '.join(sums)} it is a sum, which has no value where one of its parts states none.",
            f"在 {'、'.join(sums)} 年表式下为合计，其中任何一项没有数字即无合计。"))  # fmt: skip
    origins = dict.fromkeys(each.origin for parts in made.values() for each in parts)
    texts += [LOCAL[origin] for origin in origins if origin in LOCAL]
    if any(each.by_applicant for parts in made.values() for each in parts):
        texts.append(Text("Kinds of applicant exist from 2019 on; before, there is only `total`.",
                          "自2019年起分申请人类别，此前只有 `total`。"))  # fmt: skip
    return texts


# Pieces, and the two ways to print them


def heading(level: str, text: str) -> Block:
    """Return a heading: h1, h2 or h3."""
    return Block(level, ((text,),))


def paragraph(text: str) -> Block:
    """Return a paragraph."""
    return Block("p", ((text,),))


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Block:
    """Return a table with its headings as first row."""
    return Block("table", (tuple(headings), *map(tuple, rows)))


def to_markdown(blocks: Sequence[Block]) -> str:
    """Return the pieces as Markdown."""
    parts = []
    for kind, rows in blocks:
        if kind == "table":
            first, *rest = [
                "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows
            ]
            parts.append("\n".join([first, "|---" * len(rows[0]) + "|", *rest]))
        elif kind == "list":
            parts.append("\n".join(f"- {line}" for (line,) in rows))
        else:
            parts.append({"h1": "# ", "h2": "## ", "h3": "### ", "p": ""}[kind] + rows[0][0])
    return "\n\n".join(parts) + "\n"


def to_html(blocks: Sequence[Block], lang: str) -> str:
    """Return the pieces as one HTML page that needs nothing else and prints on A4."""
    parts = []
    for kind, rows in blocks:
        if kind == "table":
            cells = ["".join(f"<{tag}>{inline(cell)}</{tag}>" for cell in row)
                     for tag, row in zip(["th", *["td"] * len(rows)], rows, strict=False)]  # fmt: skip
            parts.append("<table>\n" + "\n".join(f"<tr>{row}</tr>" for row in cells) + "\n</table>")
        elif kind == "list":
            parts.append("<ul>\n" + "\n".join(f"<li>{inline(line)}</li>" for (line,) in rows) + "\n</ul>")
        else:
            parts.append(f"<{kind}>{inline(rows[0][0])}</{kind}>")
    title = html.escape(blocks[0].rows[0][0])
    head = f'<meta charset="utf-8">\n<title>gongkai: {title}</title>\n<style>\n{STYLE}</style>'
    tongue = {"en": "en", "zh": "zh-Hans"}[lang]
    return (
        f'<!doctype html>\n<html lang="{tongue}">\n<head>\n{head}\n</head>\n<body>\n'
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )


def inline(text: str) -> str:
    """Return a text as HTML, with what stands in backticks as code.

    >>> inline("`a` < b")
    '<code>a</code> &lt; b'
    """
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))
