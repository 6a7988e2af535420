"""Damages to printed tables: what a typist, a portal or a converter does wrong. A reader may lose cells, but loudly."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from tests.portal.boxes import Box, Rows, Sheet

Damage = Callable[[Rows, Random], Rows]


def value_rows(rows: Rows) -> list[int]:
    return [at for at, row in enumerate(rows) if any(box.key for box in row)]


def heading_rows(rows: Rows) -> list[int]:
    first = value_rows(rows)
    return [at for at in range(first[0] if first else len(rows)) if any(box.head for box in rows[at])]


def edit_row(rows: Rows, at: int, boxes: Sequence[Box]) -> Rows:
    return (*rows[:at], tuple(boxes), *rows[at + 1 :])


def pick_value(rows: Rows, random: Random) -> tuple[int, int]:
    at = random.choice(value_rows(rows))
    return at, random.choice([place for place, box in enumerate(rows[at]) if box.key])


def swap_headings(rows: Rows, random: Random) -> Rows:
    """Swap two headings of one row, not the figures below them."""
    able = [at for at, row in enumerate(rows) if sum(box.head for box in row) > 2]
    if not able:
        return rows
    at = random.choice(able)
    one, two = random.sample([place for place, box in enumerate(rows[at]) if box.head], 2)
    row = list(rows[at])
    row[one], row[two] = replace(row[one], text=row[two].text), replace(row[two], text=row[one].text)
    return edit_row(rows, at, row)


def drop_cell(rows: Rows, random: Random) -> Rows:
    at, place = pick_value(rows, random)
    return edit_row(rows, at, [box for number, box in enumerate(rows[at]) if number != place])


def add_cell(rows: Rows, random: Random) -> Rows:
    at, place = pick_value(rows, random)
    return edit_row(rows, at, [*rows[at][:place], Box(random.choice(("", "7", "—"))), *rows[at][place:]])


def drop_heading_row(rows: Rows, random: Random) -> Rows:
    heads = heading_rows(rows) or [0]
    at = random.choice(heads)
    return (*rows[:at], *rows[at + 1 :])


def drop_any_heading_row(rows: Rows, random: Random) -> Rows:
    """Drop any row of headings, also one in the middle of the table."""
    at = random.choice([at for at, row in enumerate(rows) if any(box.head for box in row)] or [0])
    return (*rows[:at], *rows[at + 1 :])


def drop_heading(rows: Rows, random: Random) -> Rows:
    """Drop one heading cell."""
    heads = [(at, place) for at, row in enumerate(rows) for place, box in enumerate(row) if box.head]
    if not heads:
        return rows
    at, place = random.choice(heads)
    return edit_row(rows, at, [box for number, box in enumerate(rows[at]) if number != place])


def rename_heading(rows: Rows, random: Random) -> Rows:
    """Spell one heading of a column in a way that nobody knows."""
    heads = [(at, place) for at, row in enumerate(rows) for place, box in enumerate(row) if box.head]
    if not heads:
        return rows
    at, place = random.choice(heads)
    row = list(rows[at])
    row[place] = replace(row[place], text=random.choice(("另类", "", "某某机构甲", row[place].text + "乙")))
    return edit_row(rows, at, row)


def drop_row(rows: Rows, random: Random) -> Rows:
    at = random.choice(value_rows(rows))
    return (*rows[:at], *rows[at + 1 :])


def label_place(row: Sequence[Box]) -> int | None:
    """Return where a row of figures has its label: no unit, no row number."""
    places = [place for place, box in enumerate(row) if not box.key and not box.rival]
    return max(places, key=lambda place: (len(row[place].text) > 2, place), default=None)


def rename_row(rows: Rows, random: Random) -> Rows:
    at = random.choice(value_rows(rows))
    place = label_place(rows[at])
    if place is None:
        return rows
    row = list(rows[at])
    text = random.choice(("某种未知事项", "", row[place].text + "（二）乙"))
    row[place] = replace(row[place], text=text)
    return edit_row(rows, at, row)


def relabel_row(rows: Rows, random: Random) -> Rows:
    """Give a row the label of another one."""
    at, other = random.choice(value_rows(rows)), random.choice(value_rows(rows))
    place, source = label_place(rows[at]), label_place(rows[other])
    if place is None or source is None:
        return rows
    row = list(rows[at])
    row[place] = replace(row[place], text=rows[other][source].text)
    return edit_row(rows, at, row)


def drop_label(rows: Rows, random: Random) -> Rows:
    at = random.choice(value_rows(rows))
    gone = label_place(rows[at])
    return edit_row(rows, at, [box for place, box in enumerate(rows[at]) if place != gone])


def double_row(rows: Rows, random: Random) -> Rows:
    """Print a row twice, the second time with other figures."""
    at = random.choice(value_rows(rows))
    twin = tuple(replace(box, text=str(random.randint(0, 3)), key="") if box.key else box for box in rows[at])
    return (*rows[: at + 1], twin, *rows[at + 1 :])


def add_number_row(rows: Rows, random: Random) -> Rows:
    """Number the columns in a row below the headings."""
    at = value_rows(rows)[0]
    numbers = iter(range(1, 99))
    twin = tuple(
        replace(box, text=str(next(numbers)), key="") if box.key else replace(box, text="", down=1)
        for box in rows[at]
    )
    return (*rows[:at], twin, *rows[at:])


def merge_down(rows: Rows, random: Random) -> Rows:
    """Let a figure's cell span the next row, which loses its own."""
    at, place = pick_value(rows, random)
    if at + 1 not in value_rows(rows):
        return rows
    from_end = len(rows[at]) - place
    below = len(rows[at + 1]) - from_end
    if below < 0 or not rows[at + 1][below].key:
        return rows
    row = list(rows[at])
    row[place] = replace(row[place], down=2)
    rows = edit_row(rows, at, row)
    return edit_row(rows, at + 1, [box for number, box in enumerate(rows[at + 1]) if number != below])


def merge_across(rows: Rows, random: Random) -> Rows:
    """Let a figure's cell span the next column, which loses its own."""
    at, place = pick_value(rows, random)
    if place + 1 >= len(rows[at]):
        return rows
    row = list(rows[at])
    row[place] = replace(row[place], across=row[place].across + row[place + 1].across)
    return edit_row(rows, at, [box for number, box in enumerate(row) if number != place + 1])


def move_row(rows: Rows, random: Random) -> Rows:
    """Print a row elsewhere in the table."""
    at = random.choice(value_rows(rows))
    rest = [*rows[:at], *rows[at + 1 :]]
    rest.insert(random.randint(1, len(rest)), rows[at])
    return tuple(rest)


DAMAGES: dict[str, Damage] = {
    damage.__name__: damage
    for damage in (
        swap_headings, drop_cell, add_cell, drop_heading_row, drop_any_heading_row, drop_heading, rename_heading, drop_row,
        rename_row, relabel_row, drop_label, double_row, add_number_row, merge_down, merge_across, move_row,
    )
}  # fmt: skip


def damage_sheets(sheets: Sequence[Sheet], name: str, random: Random) -> tuple[Sheet, ...]:
    """Return the sheets with one of them damaged."""
    able = [at for at, sheet in enumerate(sheets) if value_rows(sheet.rows)]
    at = random.choice(able)
    hurt = replace(sheets[at], rows=DAMAGES[name](sheets[at].rows, random))
    return (*sheets[:at], hurt, *sheets[at + 1 :])
