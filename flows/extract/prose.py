"""Figures that sentences state, outside the tables: `reading = prose`, to be compared with the table."""

import re
from collections.abc import Iterator, Sequence

from flows.cells import UNITS, parse_value
from flows.model import Document, Grid, Observation
from flows.registry import Form

FIGURE = rf"(?:数|为|共|共计|总计|是|约|:|：|\s){{0,4}}(?P<value>[0-9０-９][0-9０-９,，.．]*)\s*(?P<unit>{'|'.join(UNITS)})"


def read_statements(document: Document, form: Form, table: Sequence[Grid]) -> Iterator[Observation]:
    """Yield the figures that the prose states right after a phrase of the form file, with their unit.

    A figure without a unit, rounded (`万余`) or inside the form's own table is none.
    """
    seen: set[tuple[str, int]] = set()
    for phrase, indicator_id in form.prose.items():
        for match in re.finditer(re.escape(phrase) + FIGURE, document.text):
            place = (indicator_id, match.start("value"))
            if place in seen or any(grid.start <= match.start() < grid.end for grid in table):
                continue
            seen.add(place)
            text, unit = match["value"].rstrip(",，.．"), match["unit"]
            value = parse_value(text)
            if value.status == "reported":
                at = f"text {match.start('value')}-{match.end('unit')}"
                yield Observation(
                    indicator_id, "total", value, unit, "printed", text + unit, at, reading="prose"
                )
