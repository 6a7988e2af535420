"""The row labels of a form as a text may print them: whole, broken, behind a heading, glued to a unit or to figures."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from flows.cells import NUMBERING, QUOTES, UNITS, fold_text
from flows.codebook import Form
from flows.extract.columns import INNER_NUMBER, is_group, label_of

MAX_LENGTH = 200  # characters of a label with its notes
MAX_NOTE = 120  # characters of a note that is not closed yet
UNIT = "|".join(UNITS)
UNIT_AT_END = re.compile(rf"(?P<unit>{UNIT})$")
MARK = r"[0-9０-９,，.．+\-－−—–/／无]"
# A number in brackets behind a label may be its figure, and is no note.
NOTED_FIGURE = re.compile(rf"[（(]\s*[0-9０-９][0-9０-９,，.．]*\s*(?:{UNIT})?\s*[)）]$")
# The number of a row before the number of its label: `2（一）`, `351.`.
ROW_NUMBER = re.compile(
    r"^\d{1,3}(?=[（(][一二三四五六七八九十]{1,3}[)）]|[一二三四五六七八九十]{1,3}、|\d[.．、])"
)
MAX_ODD = 12  # characters of what stands in the place of a figure and is none
FIGURES_AT_END = re.compile(rf"[:：\s]*(?P<figures>(?![,，.．]){MARK}(?:{MARK}|{UNIT})*)$")


@dataclass(frozen=True, eq=False)
class Labels:
    """The known row labels of a form with the codes they mean, their beginnings, and the headings of groups."""

    rows: Mapping[str, tuple[str, ...]]
    beginnings: frozenset[str]
    headings: tuple[str, ...]


@dataclass(frozen=True)
class Look:
    """What a text says: a known `label` (as printed) with its codes, what is glued to it, whether it may go on.

    A `heading` is the label of a group, which has no figures.
    """

    label: str = ""
    codes: tuple[str, ...] = ()
    unit: str = ""
    figures: str = ""
    goes_on: bool = False
    heading: bool = False


@lru_cache(maxsize=16)
def known_labels(form: Form) -> Labels:
    """Return the row labels of a form over all its tables; in the table of cases the groups are rows."""
    rows: dict[str, tuple[str, ...]] = {}
    for table in form.tables.values():
        for label, codes in table.rows.items():
            rows[label] = (*rows.get(label, ()), *codes)
        if table.name == "cases":
            for label, code in table.columns.items():
                if is_group(code):
                    rows[label] = (*rows.get(label, ()), code)
    printed = [fold_printed(part) for row in form.rows for part in row.label_zh.split(" / ")]
    beginnings = {text[:end] for text in (*rows, *printed) for end in range(1, len(text))}
    headings = tuple(fold_text(row.label_zh) for row in form.rows if row.is_heading)
    return Labels(rows, frozenset(beginnings), headings)


def fold_printed(text: str) -> str:
    """Return a label as it is printed, number and notes and all, without quotes and white space."""
    return QUOTES.sub("", fold_text(text))


@lru_cache(maxsize=65_536)  # the same labels stand in every report
def look_up(labels: Labels, text: str) -> Look:
    """Return what a text says as a row label."""
    if len(text) > MAX_LENGTH:
        return Look()
    text = ROW_NUMBER.sub("", text)
    goes_on = begins_label(labels, text)
    if (codes := labels.rows.get(label_of(text))) and not NOTED_FIGURE.search(text):
        return Look(text, codes, goes_on=goes_on, heading=is_group_label(labels, text))
    for head, unit, figures in (*cut_ends(text), *cut_odd(text)):
        if codes := labels.rows.get(label_of(head)):
            return Look(head, codes, unit, figures, goes_on)
    return Look(goes_on=goes_on)


def begins_label(labels: Labels, text: str) -> bool:
    """Return whether a text is the beginning of a longer label, or of one with a note that is not closed yet."""
    if label_of(text) in labels.beginnings:
        return True
    folded = fold_printed(text)
    if is_printed(labels, text):
        return True
    note = folded.rfind("(")
    open_note = note > folded.rfind(")") and len(folded) - note <= MAX_NOTE
    return open_note and label_of(folded[:note]) in labels.rows


def is_printed(labels: Labels, text: str) -> bool:
    """Return whether a text is the beginning of a label as the form prints it, with its number and its notes."""
    return fold_printed(text) in labels.beginnings


def cut_ends(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield a text without the unit or the figures glued to its end: (head, unit, figures).

    >>> list(cut_ends("申请数件192"))[:2], list(cut_ends("申请数件"))
    ([('申请数件', '', '192'), ('申请数', '件', '192')], [('申请数', '件', '')])
    """
    figures = ""
    if match := FIGURES_AT_END.search(text):
        text, figures = text[: match.start()], match["figures"]
        yield text, "", figures
    if match := UNIT_AT_END.search(text):
        yield text[: match.start()], match["unit"], figures


def cut_odd(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield a text cut at each unit in it, with what stands behind for a figure that cannot be read; or cut at a note of digits.

    >>> list(cut_odd("申请数件约192")), list(cut_odd("申请数（192）"))
    ([('申请数', '件', '约192')], [('申请数', '', '（192）')])
    """
    for unit in re.finditer(UNIT, text):
        if 0 < len(text) - unit.end() <= MAX_ODD:
            yield text[: unit.start()], unit[0], text[unit.end() :]
    if match := NOTED_FIGURE.search(text):
        yield text[: match.start()], "", match[0]


@lru_cache(maxsize=65_536)
def is_above(labels: Labels, text: str) -> bool:
    """Return whether a text is the heading of a group, several of them, or a piece of one printed downwards."""
    folded = fold_text(text)
    if any(folded in heading for heading in labels.headings) or is_group_label(labels, folded):
        return True
    return any(
        is_group_label(labels, folded[number.start() :]) and is_above(labels, folded[: number.start()])
        for number in INNER_NUMBER.finditer(folded)
        if number.start()
    )


def is_group_label(labels: Labels, text: str) -> bool:
    """Return whether a text is the known label of a heading."""
    return label_of(text) in labels.rows and any(
        label_of(heading) == label_of(text) for heading in labels.headings
    )


@lru_cache(maxsize=65_536)
def without_group(labels: Labels, text: str) -> str:
    """Return the part of a text that begins a label behind the heading of a group, or an empty text.

    `三、本年度办理结果（一）予以公开` holds `（一）予以公开`.
    """
    if len(text) > MAX_LENGTH:
        return ""
    folded = fold_text(text)
    for number in INNER_NUMBER.finditer(folded):
        rest = folded[number.start() :]
        look = look_up(labels, rest)
        if number.start() and (look.label or look.goes_on) and is_above(labels, folded[: number.start()]):
            return rest
    return ""


def is_numbered(text: str) -> bool:
    """Return whether a label begins with a number of its own."""
    return NUMBERING.match(fold_text(text)) is not None
