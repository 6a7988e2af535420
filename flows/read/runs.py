"""Runs of a text that stand otherwise than the text around them: struck out, hidden, raised, a link.

A figure is read only from characters of one standing: 40718 struck out before 40817 is not 4071840817, and
the mark of a note is no digit. Nothing is dropped and nothing chosen: what stands otherwise is kept apart and
named, so that the cell is unreadable and shows why. Shared by the readers of HTML, DOCX and XLSX.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import Literal

from flows.cells import clean_text, parse_value, split_unit

Standing = Literal["", "raised", "lowered", "struck", "hidden", "link"]
Run = tuple[str, Standing]

DIGITS = "0123456789０１２３４５６７８９"
RAISED = str.maketrans(DIGITS, "⁰¹²³⁴⁵⁶⁷⁸⁹" * 2)
LOWERED = str.maketrans(DIGITS, "₀₁₂₃₄₅₆₇₈₉" * 2)
CIRCLED = re.compile(r"[①-⑳⓪❶-❿⑴-⒇]+")  # certainly a note: no figure is printed with such digits
SHOWN: Mapping[Standing, Callable[[str], str]] = {
    "raised": lambda text: (
        note_unread("raised", text) if CIRCLED.fullmatch(text.strip()) else text.translate(RAISED)
    ),
    "lowered": lambda text: text.translate(LOWERED),
    "struck": lambda text: note_unread("struck out", text),
    "hidden": lambda text: note_unread("hidden", text),
    "link": str,
}
HIDDEN_WORDS = re.compile(r"\[hidden: [^\]\d]*\]")
MANY = 80  # characters of a run or a name that are shown


def join_runs(runs: Iterable[Run]) -> str:
    """Return the text of runs in their order; neighbours of the same standing are one.

    >>> join_runs([("407", "struck"), ("18", "struck"), ("40817", "")])
    ' [struck out: 40718] 40817'
    >>> join_runs([("40817", ""), ("1", "raised")])
    '40817 ¹ '
    """
    groups = groupby(runs, key=lambda run: run[1])
    return "".join(show_run("".join(text for text, _ in group), standing) for standing, group in groups)


def show_run(text: str, standing: Standing) -> str:
    """Return a run's text, apart from what stands beside it and named where its standing is another."""
    if not standing or not text.strip():
        return text
    return f" {SHOWN[standing](text)} "


def note_unread(kind: str, text: str = "") -> str:
    """Return the note that stands for what a cell holds and is not read: as text it is no figure.

    >>> note_unread("image", "W020240122.png"), note_unread("canvas")
    ('[image: W020240122.png]', '[canvas]')
    """
    shown = clean_text(text).replace("[", "(").replace("]", ")")
    return f"[{kind}: {shown[:MANY]}{'…' if len(shown) > MANY else ''}]" if shown else f"[{kind}]"


def drop_hidden_words(text: str) -> str:
    """Return a cell's text without hidden words, as it is shown; hidden digits stay, and what is all that a cell holds.

    >>> drop_hidden_words("[hidden: 自然人] 312"), drop_hidden_words("[hidden: 8] 312"), drop_hidden_words("[hidden: 无]")
    ('312', '[hidden: 8] 312', '[hidden: 无]')
    """
    return HIDDEN_WORDS.sub("", text).strip() or text


def passes_for_value(text: str) -> bool:
    """Return whether a cell with this text would be taken for blank or for a value, so that nothing may stand beside it.

    >>> passes_for_value(""), passes_for_value("12件"), passes_for_value("[hidden: 8] 12")
    (True, True, False)
    """
    return parse_value(split_unit(text)[0]).status != "unreadable"
