"""One report of a simulated city: its truth, and how it is printed on a page of a portal or attached to one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from html import escape
from pathlib import Path

from flows.codebook import Form
from flows.model import Body
from flows.registry import Registry, load_registry
from tests.portal.boxes import Sheet
from tests.portal.city.carry import carry_over
from tests.portal.frame import Middle, draw_frame, frame_page
from tests.portal.html import print_part
from tests.portal.layout import Layout
from tests.portal.shapes import SHAPES
from tests.portal.sheets import draw_sheets, expected_cells
from tests.portal.story import tell_report
from tests.portal.titles import AREA, OFFICE, spell_title
from tests.portal.truth import Printed, Truth, make_truth

ROOT = Path(__file__).resolve().parents[3]
CITY = "北京市"
NOTICE = "本页为程序合成的样张，供软件测试之用；并非该机关的报告，所有数字均属虚构。"
PAGES = ("html", "html_blocks", "prose")  # shapes that are a page; the others are attached to one
FILES = ("pdf", "docx", "xlsx", "xls")
BLANKS = " \u00a0\u3000"
EDITABLE = re.compile(rf"[{BLANKS}]*\d(?:[\d,]*\d)?[{BLANKS}]*")
ADDED = 1_000_003  # a prime: the figures of other years and bodies come from other seeds


@dataclass(frozen=True)
class Story:
    """What one report is: whose, of which year, in which shape, from which seed.

    `office` is empty for the report of the whole area, else the department, town or office whose own it is.
    `edits` counts how often a digit of it was changed since it was published.
    """

    area: str
    year: int
    shape: str
    seed: int
    office: str = ""
    edits: int = 0

    @property
    def title(self) -> str:
        """The title as its page prints it."""
        names = {"city": CITY, "area": self.area, "office": self.office}
        return spell_title(names, self.year, OFFICE if self.office else AREA, self.seed)

    @property
    def author(self) -> str:
        """The office that is given as the source."""
        return f"{CITY}{self.area}{self.office or '人民政府'}"


@cache
def registry() -> Registry:
    return load_registry(ROOT / "schemas")


def form_of(year: int) -> Form:
    """Return the official form of a year."""
    (form,) = (form for form in registry().forms.values() if form.covers(year))
    return form


def name_form(year: int) -> str:
    """Return the name of the official form of a year."""
    return form_of(year).form


@cache
def tell_truth(story: Story) -> Truth:
    """Return what a report states, after its edits."""
    form = form_of(story.year)
    amend = carry_over(story.seed, story.year, name_form)
    truth = make_truth(story.seed, form, story.year, story.author, amend=amend)
    truth = replace(truth, notice=NOTICE, sentences=truth.sentences if keeps_sentences(story, form) else ())
    for turn in range(story.edits):
        truth = edit_digit(truth, turn)
    return truth


def keeps_sentences(story: Story, form: Form) -> bool:
    """Return whether a report states figures in sentences: where it has no table, or is prose throughout."""
    return story.shape == "prose" or not form.has_table


def edit_digit(truth: Truth, turn: int) -> Truth:
    """Return a truth one of whose figures has another last digit: what a silent edit changes."""
    able = [key for key, cell in truth.cells.items() if EDITABLE.fullmatch(cell.text)]
    key = able[(truth.seed + turn) % len(able)]
    text = truth.cells[key].text.strip(BLANKS)
    edited = text[:-1] + str((int(text[-1]) + 1) % 10)
    cell = replace(
        truth.cells[key],
        text=truth.cells[key].text.replace(text, edited),
        amount=Decimal(edited.replace(",", "")),
    )
    return replace(truth, cells={**truth.cells, key: cell})


@cache
def draw_tables(story: Story) -> tuple[Layout, tuple[Sheet, ...]]:
    """Return the look of a report and its tables in it; a report in prose of a form without tables has none."""
    layout, truth, form = SHAPES[story.shape].draw_layout(story.seed), tell_truth(story), form_of(story.year)
    if story.shape == "prose" and not form.has_table:
        return layout, ()
    return layout, draw_sheets(truth, layout, form)


def find_cells(story: Story) -> Mapping[str, Printed]:
    """Return every cell that the report prints in tables, as a reader must find it."""
    return expected_cells(tell_truth(story), draw_tables(story)[1], form_of(story.year))


def print_page(story: Story, day: date, files: Sequence[str] = (), years: range = range(2008, 2026)) -> bytes:
    """Return the page of a report as its portal serves it; one whose shape is a file has links to `files` alone."""
    layout, sheets = draw_tables(story)
    if story.shape in PAGES:
        inner = "\n".join(print_part(part, layout) for part in tell_report(tell_truth(story), layout, sheets))
    else:
        inner = "\n".join(attach(story, path) for path in files)
    charset = layout.charset if story.shape in PAGES else "utf-8"
    middle = Middle(story.title, inner, story.area, story.author, day, charset, years)
    return frame_page(draw_frame(story.seed), middle)


def attach(story: Story, path: str) -> str:
    """Return the paragraph that links a file or shows a picture."""
    if path.endswith(".png"):
        return f'<p><img src="{path}" alt="统计表" width="900"></p>'
    return f'<p>附件：<a href="{path}">{escape(story.title)}.{path.rpartition(".")[2]}</a></p>'


def print_file(story: Story) -> bytes:
    """Return the attachment that holds a report whose shape is a file."""
    layout, sheets = draw_tables(story)
    return SHAPES[story.shape].print(tell_truth(story), layout, sheets)


def story_of(body: Body, year: int, shape: str, seed: int, office: str = "") -> Story:
    """Return the story of a body's report, under the name that the body had at its end."""
    former = body.former_names_zh[0] if body.former_names_zh and year < 2015 else body.name_zh
    return Story(former, year, shape, seed * ADDED + year, office)
