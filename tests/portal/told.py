"""What a print of mere text still tells: which of its cells a careful person could read, and which nobody can.

Where cells are parted by nothing but a blank, a blank cell leaves no trace, and a cell that holds
a blank looks like two. Where they are parted by nothing at all, only figures that no other one can
begin with or end in tell where they part. Whatever else looks odd (headings in two lines, another
order of columns, a label wrapped around its figures) a person who knows the form can tell.
"""

import re
from collections.abc import Iterable, Sequence

from tests.portal.boxes import Box, Sheet

EXACT = ("", "tabs", "pipes", "blank_lines")  # every cell is there, blank or not
ALONE = frozenset(
    ["0", "无", "/"]
)  # glued, these part themselves: no figure goes on after a 0 at its beginning


def told_cells(sheets: Iterable[Sheet], text: str) -> set[str]:
    """Return the cells that the print tells, when its cells come out as text in this way."""
    return {box.key for sheet in sheets for row in sheet.rows if is_told(row, text) for box in row if box.key}


def is_told(row: Sequence[Box], text: str) -> bool:
    """Return whether a row of text says which figure stands under which column."""
    figures = [box.text.strip() for box in row if box.key or box.rival]
    if text in EXACT or len(figures) == 1 or not any(figures):
        return True
    if text == "glued":
        return set(figures) <= ALONE
    return all(figures) and (text == "lines" or not any(re.search(r"\s", figure) for figure in figures))
