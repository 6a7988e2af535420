"""What a cell's text can mean under a form since 2019, told once a text: reports repeat a few texts in many cells."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from flows.cells import clean_label
from flows.codebook import Form
from flows.extract.columns import column_code, is_group, row_codes, tells_table
from flows.extract.figures import is_figure, is_marked, states_figure


@dataclass(frozen=True)
class Meaning:
    """What a text can mean in each table.

    `rows` holds the codes of the rows that it labels, by table. `column` says that it is a known
    heading of a column, `tells` that it can be nothing else, `group` that it heads a group of cases.
    """

    rows: Mapping[str, tuple[str, ...]]
    column: bool
    tells: bool
    group: bool
    figure: bool
    stated: bool


@lru_cache(maxsize=20_000)
def find_meaning(form: Form, text: str) -> Meaning:
    """Return what a text can mean under a form."""
    columns = {name: column_code(text, table) for name, table in form.tables.items()}
    return Meaning(
        rows={name: codes for name in form.tables if (codes := row_codes(form, name, text))},
        column=clean_label(text) in form.column_spellings,
        tells=any(map(tells_table, columns.values())),
        group=is_group(columns.get("cases", "")),
        figure=is_figure(text) or is_marked(text),
        stated=states_figure(text),
    )
