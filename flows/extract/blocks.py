"""Text to blocks: words, and the figures that follow them, with what the text still tells of cells."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from flows.cells import INVISIBLE, UNITS, find_unit
from flows.extract.columns import all_codes, label_of, last_label
from flows.extract.figures import is_figure, may_be_figure, states_figure
from flows.registry import Form

SEPARATOR = re.compile(r"[|｜]")
PAGE_FOOT = re.compile(r"\s*(?:[-—–―－]\s*\d{1,3}\s*[-—–―－]|第\s*\d{1,3}\s*页.{0,12})\s*")
WORD = re.compile(r"[\u4e00-\u9fffA-Za-z]")
GLUED = re.compile(r"(?:[+\-－−]?[0-9０-９][0-9０-９,，.．]*|无|[-—–/／]+)(?:" + "|".join(UNITS) + r")?$")


@dataclass(frozen=True)
class Cell:
    """A stretch of text between separators, and where it begins."""

    text: str
    start: int

    @property
    def locator(self) -> str:
        """Return the cell's place in the text."""
        return f"text {self.start}-{self.start + len(self.text)}"


@dataclass(frozen=True)
class Run:
    """Figures that stand on one line; `inline` behind words, `parted` where separators tell blank cells too."""

    cells: tuple[Cell, ...]
    inline: bool
    parted: bool


@dataclass
class Block:
    """Lines of words, each as its cells, and the runs of figures before the next words."""

    words: list[tuple[Cell, ...]] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)


def read_blocks(text: str, form: Form) -> list[Block]:
    """Return the text as blocks in reading order."""
    blocks = [Block()]
    for match in re.finditer(r"[^\n]*[^\s][^\n]*|(?:[^\S\n]*\t){4,}[^\S\n]*", text):
        if PAGE_FOOT.fullmatch(match[0]):
            continue
        cells, parted = split_cells(match[0], match.start())
        if parted and all(set(cell.text) <= set("-: ") for cell in cells):
            continue  # the rule below the heading of a Markdown table
        words, figures = part_figures(cells, parted, form)
        if words and blocks[-1].runs:
            blocks.append(Block())
        if words:
            blocks[-1].words.append(words)
        if figures:
            blocks[-1].runs.append(Run(figures, bool(words), parted))
    return blocks


def split_cells(line: str, start: int) -> tuple[tuple[Cell, ...], bool]:
    """Return the cells of a line, and whether tabs or bars part them so that blank ones are told."""
    if SEPARATOR.search(line):
        inner = re.search(r"^[\s|｜]?(.*?)[|｜]?\s*$", line)
        assert inner is not None
        return tuple(trim_cells(re.finditer(r"[^|｜]*", inner[1]), start + inner.start(1))), True
    if "\t" in line:
        return tuple(trim_cells(re.finditer(r"[^\t]*", line), start)), True
    return tuple(
        join_units(Cell(match[0], start + match.start()) for match in re.finditer(r"\S+", line))
    ), False


def trim_cells(matches: Iterable[re.Match[str]], start: int) -> Iterator[Cell]:
    """Yield the cells that matches of a line are, without the blanks around them."""
    end = -1
    for match in matches:
        if match.start() == end:  # an empty match right behind a cell is no cell of its own
            continue
        end = match.end()
        bare = INVISIBLE.sub(" ", match[0]).strip()
        yield Cell(
            match[0].strip(), start + match.start() + (len(match[0]) - len(match[0].lstrip()) if bare else 0)
        )


def join_units(cells: Iterable[Cell]) -> Iterator[Cell]:
    """Yield the cells of a line parted by blanks, a unit together with the figure before it."""
    last: Cell | None = None
    for cell in cells:
        if last is not None and is_figure(last.text) and find_unit(cell.text):
            last = Cell(f"{last.text} {cell.text}", last.start)
            continue
        if last is not None:
            yield last
        last = cell
    if last is not None:
        yield last


def part_figures(
    cells: tuple[Cell, ...], parted: bool, form: Form
) -> tuple[tuple[Cell, ...], tuple[Cell, ...]]:
    """Return a line's cells as words and the figures behind them.

    All that follows a known row label is its figures, odd words too.
    """
    if parted and (place := label_place(cells, form)) is not None:
        return filled(cells[: place + 1]), cells[place + 1 :]
    if not parted and (first := first_figure(cells, form)):
        return cells[:first], cells[first:]
    words = [place for place, cell in enumerate(cells) if not is_figure(cell.text)]
    stated = [cell for cell in cells if states_figure(cell.text)]
    if not words or (not WORD.search(cells[0].text) and len(stated) > len(words)):
        return (), cells
    last = words[-1] + 1
    figures = cells[last:]
    if not any(cell.text for cell in figures):
        return part_glued(filled(cells), form)
    return filled(cells[:last]), figures


def label_place(cells: tuple[Cell, ...], form: Form) -> int | None:
    """Return the place of the last known row label of a line, where cells of figures and no more headings follow it."""
    known = [place for place, cell in enumerate(cells) if cell.text and all_codes(form, cell.text)]
    if not known or known[-1] + 1 == len(cells):
        return None
    after = cells[known[-1] + 1 :]
    headings = any(label_of(cell.text) in form.column_spellings for cell in (*cells[: known[-1]], *after))
    if headings or not any(may_be_figure(cell.text) for cell in after):
        return None
    return known[-1]


def first_figure(cells: tuple[Cell, ...], form: Form) -> int:
    """Return the place of the first figure of a line whose words before it end with a known row label, else 0."""
    places = [place for place, cell in enumerate(cells) if place and may_be_figure(cell.text)]
    known = (
        place for place in reversed(places) if last_label("".join(cell.text for cell in cells[:place]), form)
    )
    return next(known, 0)


def part_glued(words: tuple[Cell, ...], form: Form) -> tuple[tuple[Cell, ...], tuple[Cell, ...]]:
    """Return a line's words, and the figure glued to the end of a known row label."""
    last = words[-1]
    glued = GLUED.search(last.text)
    if not glued or all_codes(form, last.text) or not all_codes(form, last.text[: glued.start()]):
        return words, ()
    head = Cell(last.text[: glued.start()], last.start)
    return (*words[:-1], head), (Cell(glued[0], last.start + glued.start()),)


def filled(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """Return the cells that are not blank."""
    return tuple(cell for cell in cells if cell.text)
