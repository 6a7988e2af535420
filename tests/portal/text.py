"""Printed tables as text: as a browser copies them, as a PDF gives them back, a cell a line, glued."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from random import Random

from tests.portal.boxes import Box, Sheet
from tests.portal.charsets import encode_page
from tests.portal.layout import Layout
from tests.portal.story import name_report, print_words, tell_report
from tests.portal.truth import Truth

WRAP = 14  # characters of a heading that fit in its column of a PDF


def print_text(truth: Truth, layout: Layout, sheets: Sequence[Sheet]) -> bytes:
    """Return the report as plain text; it says that it is synthetic."""
    lines = [name_report(truth), ""]
    random = Random(f"{truth.seed}/text")
    feet = print_feet(random)
    for part in tell_report(truth, layout, sheets):
        lines += [part] if isinstance(part, str) else print_rows(part, layout, random, feet)
    return encode_page("\n".join(lines), layout.charset)


def print_feet(random: Random) -> Iterator[str]:
    """Yield what stands behind each row: the number of its page behind the last of a page, else an empty text."""
    style = random.choice(("{}", "- {} -", "— {} —", "第 {} 页"))
    for page in count(1):
        yield from [""] * random.randrange(10, 16)
        yield style.format(page)


def print_rows(sheet: Sheet, layout: Layout, random: Random, feet: Iterator[str]) -> Iterator[str]:
    """Yield the lines of a table, the numbers of pages among them.

    None stands after a row of blanks, of which nobody could tell it from a figure.
    """
    for row in sheet.rows:
        yield from print_row(row, layout, random)
        empty = any(box.key for box in row) and not any(box.text.strip() for box in row if box.key)
        if layout.page_numbers and layout.text in ("spaces", "pdf") and not empty and (foot := next(feet)):
            yield foot


def box_text(box: Box, layout: Layout) -> str:
    """Return a cell's text; one character a line where the cell is vertical and the text keeps it."""
    text = print_words(box, layout)
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
    heads = [at for at, box in enumerate(row) if not box.key and len(texts[at].strip()) > 2]
    if not any(box.key and box.text.strip() for box in row) or not heads:
        return [" ".join(text for text in texts if text.strip() and "\n" not in text), *loose_lines(texts)]
    *before, last = heads
    label = texts[last].replace("\n", "")
    lines = [label[at : at + WRAP] for at in range(0, len(label), WRAP)]
    number = [text.strip() for at, text in enumerate(texts[:last]) if at not in before and text.strip()]
    figures = " ".join(text.strip() for text in texts[last + 1 :] if text.strip())
    at_line = random.randrange(len(lines))
    if at_line and random.random() < 0.5:
        lines[at_line:at_line] = [" ".join([*number, figures])]
    else:
        lines[at_line] = " ".join([*number, lines[at_line], figures])
    return [*(line for at in before for line in texts[at].split("\n")), *lines]


def loose_lines(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        if "\n" in text:
            yield from text.split("\n")


def misleading(row: Sequence[Box], style: str) -> bool:
    """Return whether the print of a row says something else than its cells: `1 2` beside a blank are two figures."""
    figures = [box.text for box in row if box.key or box.rival]
    if style in ("tabs", "pipes", "blank_lines") or all(text.strip() for text in figures):
        return False
    return len(" ".join(figures).split()) == len(figures)
