"""Printed tables as text: as a browser copies them, as a PDF gives them back, a cell a line, glued."""

import re
from collections.abc import Iterable, Iterator, Sequence
from random import Random

from tests.portal.html import CHAPTERS, HALF, SYNTHETIC
from tests.portal.layout import Layout
from tests.portal.sheets import Box, Sheet
from tests.portal.truth import Truth

PLAIN = re.compile(r"[+\-－−]?[0-9０-９][0-9０-９,，.．]*(?:万元|元|件|项|条|次|个|人|篇|人次)?|无|[-—–/／－]+")  # what is surely a figure
WRAP = 14  # characters of a heading that fit in its column of a PDF


def print_text(truth: Truth, layout: Layout, sheets: Sequence[Sheet]) -> bytes:
    """Return the report as plain text; it says that it is synthetic."""
    lines = [f"{truth.body}{truth.year}年政府信息公开工作年度报告", "", SYNTHETIC]
    lines.append(f"本报告数据统计期限自{truth.year}年1月1日起至{truth.year}年12月31日止。")
    chapters = CHAPTERS[int(layout.chapters)]
    places = {"art20": chapters[1], "joined": chapters[1], "applications": chapters[2], "cases": chapters[3], "statistics": "政府信息公开情况统计表"}
    lines += [chapters[0], "本年度各项工作平稳，以下各表由程序填写。"]
    last = ""
    random = Random(f"{truth.seed}/text")
    for sheet in sheets:
        if sheet.name != last:
            lines.append(places[sheet.name])
        last = sheet.name
        for row in sheet.rows:
            lines += print_row(row, layout, random)
            if layout.page_numbers and layout.text in ("spaces", "pdf") and random.random() < 0.04:
                lines.append(random.choice(("{}", "- {} -", "— {} —", "第 {} 页")).format(random.randint(1, 9)))
    lines += [chapters[4], "人手不足，将在下一年度改进。", chapters[5]]
    if truth.fee:
        lines.append(f"本年度收取信息处理费{truth.fee[0]}件，总金额{truth.fee[1]}元。")
    return "\n".join(lines).encode()


def box_text(box: Box, layout: Layout) -> str:
    """Return a cell's text; one character a line where the cell is vertical and the text keeps it."""
    text = box.text.translate(HALF) if layout.brackets == "half" and not box.key else box.text
    if box.vertical and layout.vertical and layout.text not in ("spaces", "pipes", "glued"):
        return "\n".join(text)
    if layout.broken and box.head and len(text) > 3 and layout.text in ("tabs", "lines"):
        return f"{text[: len(text) // 2]}\n{text[len(text) // 2 :]}"
    return text


def print_row(row: Sequence[Box], layout: Layout, random: Random) -> Iterable[str]:
    texts = [box_text(box, layout) for box in row]
    match layout.text:
        case "tabs":
            return "\t".join(texts).split("\n")
        case "pipes":
            return ["| " + " | ".join(text.strip() for text in texts) + " |"]
        case "glued":
            return ["".join(text.strip() for text in texts)]
        case "lines":
            return [line for text in texts for line in text.split("\n") if line.strip()]
        case "blank_lines":
            return [line for text in texts for line in text.split("\n")]
        case "pdf":
            return pdf_row(row, texts, random)
        case _:
            return [" ".join(text.strip() for text in texts if text.strip())]


def pdf_row(row: Sequence[Box], texts: Sequence[str], random: Random) -> list[str]:
    """Return a row of a PDF: the last heading is wrapped, the figures stand beside one of its lines."""
    beside = [bool(box.key) or len(text) < 3 for box, text in zip(row, texts, strict=True)]  # a unit stands there too
    figures = " ".join(text.strip() for text, at in zip(texts, beside, strict=True) if at and text.strip())
    heads = [text for text, at in zip(texts, beside, strict=True) if not at and text.strip()]
    if not any(box.key for box in row) or not figures or not heads:
        return [" ".join(text for text in texts if text.strip() and "\n" not in text), *loose_lines(texts)]
    before = [line for text in heads[:-1] for line in text.split("\n")]
    label = heads[-1].replace("\n", "")
    lines = [label[at : at + WRAP] for at in range(0, len(label), WRAP)]
    at_line = random.randrange(len(lines))
    if at_line and random.random() < 0.5:
        return [*before, *lines[:at_line], figures, *lines[at_line:]]
    lines[at_line] = f"{lines[at_line]} {figures}"
    return [*before, *lines]


def loose_lines(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        if "\n" in text:
            yield from text.split("\n")


def determined(row: Sequence[Box], style: str) -> bool:
    """Return whether a row of text still says which figure stands under which column."""
    figures = [box.text.strip() for box in row if box.key]
    if style in ("tabs", "pipes"):
        return True
    if style == "glued" and (len(figures) > 1 or ".v2014." not in f".{row[-1].key}"):
        return False
    plain = all(PLAIN.fullmatch(text) for text in figures)
    return plain if style != "spaces" else all(figures) and not any(re.search(r"\s", text) for text in figures)


def misleading(row: Sequence[Box], style: str) -> bool:
    """Return whether the print of a row says something else than its cells: `1 2` beside a blank are two figures."""
    figures = [box.text for box in row if box.key]
    if style in ("tabs", "pipes") or all(text.strip() for text in figures):
        return False
    return len(" ".join(figures).split()) == len(figures)
