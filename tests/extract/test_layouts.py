"""A layout that was read before is read as it was: with other figures, a known layout and a new one give the same to the letter."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.errors import FormError, ReadError
from flows.extract import layouts
from flows.extract.layouts import is_plain
from flows.extract.report import extract_report
from flows.model import Document, Extraction
from flows.read import read_document
from flows.registry import Registry
from tests.accuracy import score
from tests.accuracy.score import FORMS, make_report, print_report
from tests.portal.damage import DAMAGES, damage_sheets

MIXED = (0, 1, 2, 12, 405, "1,204", "0.000000", "3.5", "-21", "11398889")
SHAPES = {"html": 12, "html_blocks": 4, "docx": 4, "xlsx": 4, "pdf": 3, "text_tabs": 3}


@pytest.fixture(autouse=True)
def no_layout_is_known() -> Iterator[None]:
    layouts.PLANS.clear()
    yield
    layouts.PLANS.clear()


def read_new(document: Document, registry: Registry) -> Extraction | str:
    """Return what is read of a document when no layout is known."""
    layouts.PLANS.clear()
    return read_known(document, registry)


def read_known(document: Document, registry: Registry) -> Extraction | str:
    """Return what is read of a document, or why nothing is."""
    try:
        return extract_report(document, registry)
    except FormError as error:
        return str(error)


def other_figures(document: Document, random: Random, amounts: tuple[object, ...]) -> Document:
    """Return a document that prints other plain figures in its tables; a cell that spans several places the same in all."""
    grids = []
    for grid in document.grids:
        rows = [list(row) for row in grid.rows]
        for r, row in enumerate(grid.rows):
            for c, old in enumerate(row):
                if is_plain(old) and (r, c) not in grid.continued:
                    rows[r][c] = str(random.choice(amounts))
                elif is_plain(old) and c and row[c - 1] == old:
                    rows[r][c] = rows[r][c - 1]
                elif is_plain(old):
                    rows[r][c] = rows[r - 1][c]
        grids.append(replace(grid, rows=tuple(map(tuple, rows))))
    return replace(document, grids=tuple(grids))


@cache
def make_documents(form: str, shape: str, damage: str = "") -> tuple[Document, ...]:
    """Return reports of a form in a shape, as documents; those that cannot be read are left out."""
    found = []
    for seed in range(SHAPES[shape] if not damage else 3):
        made = make_report(form, shape, seed)
        if damage:
            made = replace(made, sheets=damage_sheets(made.sheets, damage, Random(seed)))
        try:
            found.append(read_document(print_report(made, shape), "report"))
        except ReadError:
            continue
    return tuple(found)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_known_layout_gives_what_a_new_one_gives(shape: str, form: str, registry: Registry) -> None:
    for at, document in enumerate(make_documents(form, shape)):
        for amounts in (MIXED, (1, 2), tuple(range(1, 40)), (2018, 2019, 3)):
            other = other_figures(document, Random(at), amounts)
            new = read_new(other, registry)
            layouts.PLANS.clear()
            read_known(document, registry)
            assert read_known(other, registry) == new


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("form", FORMS)
def test_a_known_layout_of_a_damaged_table_gives_what_a_new_one_gives(
    form: str, damage: str, registry: Registry
) -> None:
    for at, document in enumerate(make_documents(form, "html", damage)):
        other = other_figures(document, Random(at), MIXED)
        new = read_new(other, registry)
        layouts.PLANS.clear()
        read_known(document, registry)
        assert read_known(other, registry) == new


@given(
    form=st.sampled_from(FORMS[1:]),
    at=st.integers(0, 11),
    seed=st.integers(0, 10_000),
    least=st.integers(0, 2),
)
def test_any_figures_in_a_known_layout_are_read_as_in_a_new_one(
    form: str, at: int, seed: int, least: int
) -> None:
    documents = make_documents(form, "html")
    document = documents[at % len(documents)]
    other = other_figures(document, Random(seed), tuple(range(least, least + 1 + seed % 50)))
    new = read_new(other, score.registry())
    layouts.PLANS.clear()
    read_known(document, score.registry())
    assert read_known(other, score.registry()) == new


def test_most_pages_without_oddities_are_known_when_they_come_again(registry: Registry) -> None:
    documents = [document for form in FORMS[1:] for document in make_documents(form, "html")]
    hits = 0
    for document in documents:
        read_new(document, registry)
        hits += bool(layouts.PLANS)
    assert hits >= len(documents) / 3


def test_tables_with_a_figure_that_is_not_read_are_looked_at_anew(registry: Registry) -> None:
    """It may be that of another year, or a second copy, which must then be compared with the first."""
    (document, *_) = make_documents("2021", "html")
    read_new(document, registry)
    assert layouts.PLANS
    grid = document.grids[0]
    wider = replace(grid, rows=tuple((*row, "7" if at else "附") for at, row in enumerate(grid.rows)))
    read_new(replace(document, grids=(wider, *document.grids[1:])), registry)
    assert not layouts.PLANS


def test_two_copies_of_a_table_are_compared_each_time(registry: Registry) -> None:
    """Copies that agree once may differ in the next report of the same layout."""
    (document, *_) = make_documents("2014", "html")
    (grid,) = document.grids
    copy = replace(
        grid, locator="table 2", start=len(document.text), end=len(document.text) + grid.end - grid.start
    )
    twice = replace(document, text=document.text + document.text[grid.start : grid.end], grids=(grid, copy))
    assert not isinstance(read_new(twice, registry), str)
    assert not layouts.PLANS


def test_not_too_many_layouts_are_kept(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layouts, "MAX_PLANS", 2)
    for form in FORMS[1:]:
        for document in make_documents(form, "html"):
            read_known(document, registry)
            assert len(layouts.PLANS) <= 2
