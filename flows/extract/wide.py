"""Rows of flattened statistical tables with several columns of figures, read as the heading that stands above says.

The tables of Shanghai's shape (2008-2013) print a code, a figure of the period and one of the year in each row;
some of 2014-2018 a number, or a figure for each group of bodies. A row is kept where it prints exactly what
the heading names; else its figure is lost, loudly.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile

from flows.cells import find_unit
from flows.codebook import Form
from flows.extract.panels import FIGURES, ROLE_OF, column_role
from flows.extract.spacing import fill_blanks
from flows.extract.tables import PrintedRow
from flows.extract.textcells import Cell, kind_of
from flows.extract.textrows import Head, Item, Stray, TextRow

Roles = tuple[str, ...]
COUNTED = (*FIGURES, "number", "past")


def name_roles(items: Sequence[Item], form: Form, year: int | None) -> Roles:
    """Return what the columns behind the labels are by the last headings; unknown words among these are one more."""
    roles: Roles = ()
    unknown: Roles | None = None  # None where other things than headings stood last
    for item in items:
        if isinstance(item, Head):
            roles = item.columns.names if unknown is None else (*roles, *unknown, *item.columns.names)
            unknown = ()
        elif isinstance(item, TextRow) or item.figures:
            unknown = None
        elif unknown is not None:
            named = year_roles(item, form, year)
            roles, unknown = (*roles, *named), () if named else ("",)
    return roles


def year_roles(stray: Stray, form: Form, year: int | None) -> Roles:
    """Return what the words right behind known headings say as headings of years: figures of the report's or of one past."""
    roles = (column_role(cell.text, form, year) for cell in stray.words)
    return tuple(takewhile(lambda role: role in (*COUNTED, "note"), roles))


def is_wide(roles: Sequence[str]) -> bool:
    """Return whether a row has several numbers under the columns behind its label, or one of another year than the report's."""
    return sum(role in COUNTED for role in roles) > 1 or "past" in roles


def print_wide(row: TextRow, roles: Sequence[str], spacing: int) -> PrintedRow:
    """Return a row with the figure of its year, or all its figures as one text that is none where they do not fit.

    `spacing` is the number of blank lines between two cells where further ones are blank cells, else -1.
    """
    own = align_row(row, roles, spacing) if names_each(roles) else None
    if own is None:
        cells = [cell for cell in row.figures if cell.text]
        text = " ".join(cell.text for cell in cells)
        place = cells[0].locator if cells else row.locator
        return PrintedRow((row.label,), text, "", place, merged=True, role="" if text else "cut")
    first = next(role for role in FIGURES if any(each == role for each, _ in own))
    figures = [cell for role, cell in own if role == first]
    beside = [cell.text for role, cell in own if role == "period"] if first == "value" else []
    value = " | ".join(cell.text for cell in figures if cell.text)
    return PrintedRow(
        headings=(row.label,),
        value=value or "".join(beside),  # one of them is missing or too much
        unit=next((find_unit(cell.text) for role, cell in own if role == "unit"), ""),
        locator=figures[0].locator,
        merged=not value and any(beside),
        beside=tuple(beside),
        role="period" if beside else ROLE_OF[first],
    )


def prints_number_alone(
    row: TextRow, before: Sequence[TextRow], after: Sequence[TextRow], roles: Roles
) -> bool:
    """Return whether a row prints its number and no figure: those of the rows around count on to it and from it.

    Where separators tell blank cells, a row without any has lost them.
    """
    own = row_number(row, roles)
    if (
        own is None
        or any(run.parted for run in row.runs)
        or sum(cell.kind not in ("unit", "blank") for cell in row.figures) != 1
    ):
        return False
    near = [row_number(each, roles) for each in (*before[-2:], *after[:1])]
    return near[-2:] == [own - 1, own + 1] if after else near == [own - 2, own - 1]


def row_number(row: TextRow, roles: Roles) -> int | None:
    """Return the number of a row where its column stands first among those of numbers, else None."""
    counted = [role for role in roles if role in COUNTED]
    cells = [cell.text for cell in row.figures if cell.kind != "blank"]
    return int(cells[0]) if counted[:1] == ["number"] and cells and cells[0].isdecimal() else None


def print_blank(row: TextRow) -> PrintedRow:
    """Return a row whose cells of figures are blank."""
    cells = [cell for run in row.runs for cell in run.cells]
    end = cells[-1].start + len(cells[-1].text)
    unit = next((find_unit(cell.text) for cell in cells if cell.kind == "unit"), "")
    return PrintedRow((row.label,), "", unit, f"text {end}-{end}")


def names_each(roles: Sequence[str]) -> bool:
    """Return whether columns are a unit's and numbers, each once but those of parts, one of figures among them."""
    once = [role for role in roles if role != "part"]
    return (
        {*COUNTED, "unit", "note"}.issuperset(roles)
        and not set(FIGURES).isdisjoint(roles)
        and len(set(once)) == len(once)
    )


def align_row(row: TextRow, roles: Sequence[str], spacing: int) -> list[tuple[str, Cell]] | None:
    """Return each cell of a row with its column; a unit may be the next column's and not that of the number before it."""
    if spacing >= 0:
        return align_cells(fill_blanks(row, spacing), roles)
    cells = wide_cells(row)
    return align_cells(cells, roles) or align_cells(
        [part for cell in cells for part in unit_apart(cell)], roles
    )


def wide_cells(row: TextRow) -> list[Cell]:
    """Return the cells of a row without the number of a page below a full line."""
    inline = [run for run in row.runs if run.inline and not run.glued]
    lone = [cell for run in row.runs if not run.inline for cell in run.cells]
    beside = bool(inline) and all(cell.line.page for cell in lone)
    return [cell for run in (inline if beside else row.runs) for cell in run.cells]


def unit_apart(cell: Cell) -> Iterator[Cell]:
    """Yield a cell, or the number and the unit that blanks part in it."""
    number, _, unit = cell.text.partition(" ")
    if cell.kind != "figure" or not find_unit(unit):
        yield cell
        return
    yield Cell(number, cell.start, kind_of(number), cell.line)
    yield Cell(unit.strip(), cell.start + len(cell.text) - len(unit.strip()), "unit", cell.line)


def align_cells(cells: Sequence[Cell], roles: Sequence[str]) -> list[tuple[str, Cell]] | None:
    """Return each cell with its column, or None where they are not as many as the columns."""
    expected = list(roles)
    if cells and all(cell.line.parted and cell.line is cells[0].line for cell in cells):
        if len(cells) > len(expected) and not any(cell.text for cell in cells[len(expected) :]):
            cells = cells[: len(expected)]
    else:
        expected = [role for role in expected if role != "note"]
        if "unit" in expected and not any(cell.kind == "unit" for cell in cells):
            expected.remove("unit")
    if len(cells) != len(expected):
        return None
    pairs = list(zip(expected, cells, strict=True))
    fits = all((cell.kind == "unit") == (role == "unit") or not cell.text for role, cell in pairs)
    return pairs if fits else None
