"""The shapes that a report is printed in: which function prints it, which looks it can have, how its text comes out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from tests.portal.boxes import Sheet
from tests.portal.doc import print_doc
from tests.portal.docx import print_docx
from tests.portal.html import print_html
from tests.portal.image import print_image
from tests.portal.layout import Layout, draw_layout
from tests.portal.pdf import print_pdf
from tests.portal.spoil import print_scan
from tests.portal.text import print_text
from tests.portal.truth import Truth
from tests.portal.xls import print_xls
from tests.portal.xlsx import print_xlsx

Printer = Callable[[Truth, Layout, Sequence[Sheet]], bytes]


# Options of a layout that say something in some shapes only.
MARKUP = "tags nest pad charset around container"
TEXT = "charset text page_numbers"
WORD = "nest around chained revised"
BOOK = "figures apart hidden"
PAPER = "rules edge page cut_rows page_numbers"
OWN = frozenset(" ".join((MARKUP, TEXT, WORD, BOOK, PAPER)).split())


@dataclass(frozen=True)
class Shape:
    """One shape: its printer, the options of its own and how it settles them.

    `suffix` is how its files are named, `reports` of each form are enough to measure it, of whose cells
    the share `floor` must be read right.
    `text` is how the cells of a row come out where nothing but text is left; empty where cells stay cells.
    """

    suffix: str
    print: Printer
    options: str
    settle: Callable[[Layout], Layout]
    reports: int
    floor: float
    text: str = ""

    def draw_layout(self, seed: int) -> Layout:
        """Return a look from a seed that the shape can have; what says nothing in it is left as it is officially."""
        drawn, plain = draw_layout(seed), Layout()
        idle = {name: getattr(plain, name) for name in OWN - set(self.options.split())}
        return self.settle(replace(drawn, **idle))


def settle_html(layout: Layout) -> Layout:
    return replace(layout, container="table")


def settle_blocks(layout: Layout) -> Layout:
    """Return a layout whose tables are blocks: of `div`s, or of `span`s in a `div` a row."""
    return replace(layout, container="spans" if layout.container == "spans" else "divs")


def settle_big5(layout: Layout) -> Layout:
    return replace(layout, container="table", charset="big5:" if layout.charset.endswith(":") else "big5")


def settle_office(layout: Layout) -> Layout:
    """Return a layout as word processors can print it: a merged cell reaches over whole rows of the table."""
    return replace(layout, groups="full") if layout.groups in ("short", "missing", "long") else layout


def settle_xls(layout: Layout) -> Layout:
    """Return a layout that an old workbook can have; what it hides, no reader can tell from what it shows."""
    figures = "number" if layout.figures == "formula" else layout.figures
    return replace(settle_office(layout), hidden=False, figures=figures)


def settle_pdf(layout: Layout) -> Layout:
    return replace(settle_office(layout), rules="lines" if layout.rules == "none" else layout.rules)


def settle_unruled(layout: Layout) -> Layout:
    return replace(settle_office(layout), rules="none")


def settle_text(style: str, layout: Layout) -> Layout:
    return replace(layout, text=style)  # type: ignore[arg-type]


STYLES = ("tabs", "spaces", "pipes", "lines", "blank_lines", "pdf", "glued")
SHAPES: Mapping[str, Shape] = {
    "html": Shape("html", print_html, MARKUP, settle_html, 300, 0.999),
    "html_blocks": Shape("html", print_html, MARKUP, settle_blocks, 120, 0.999),
    "html_big5": Shape("html", print_html, MARKUP, settle_big5, 20, 0),
    **{
        f"text_{style}": Shape("txt", print_text, TEXT, partial(settle_text, style), 100, 0.999, style)
        for style in STYLES
    },
    "prose": Shape("html", print_html, MARKUP, settle_html, 100, 0.999),
    "docx": Shape("docx", print_docx, WORD, settle_office, 150, 0.999),
    "xlsx": Shape("xlsx", print_xlsx, BOOK, settle_office, 150, 0.999),
    "xls": Shape("xls", print_xls, BOOK, settle_xls, 60, 0.999),
    "pdf": Shape("pdf", print_pdf, PAPER, settle_pdf, 150, 0.995),
    "pdf_unruled": Shape("pdf", print_pdf, PAPER, settle_unruled, 60, 0.995),
    "doc": Shape("doc", print_doc, WORD, settle_office, 6, 0.999),
    "image": Shape("png", print_image, "", settle_office, 5, 0.98),
    "scan": Shape("pdf", print_scan, "", settle_office, 5, 0),
}
