"""The generator of synthetic reports: the same bytes for a seed, figures that keep the rules, prints that say they are synthetic."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.model import Extraction
from flows.read import read_document
from flows.registry import Registry
from tests.accuracy.score import FORMS, YEARS, make_report, print_report, read_report, score_report
from tests.portal.amounts import broken_rules
from tests.portal.boxes import Box, place_boxes
from tests.portal.charsets import encode_page
from tests.portal.doc import find_office
from tests.portal.layout import Charset, Layout
from tests.portal.prose import TEMPLATES, TRAPS
from tests.portal.shapes import SHAPES
from tests.portal.sheets import draw_sheets
from tests.portal.told import is_told
from tests.portal.traditional import OFTEN, SIMPLE
from tests.portal.truth import SYNTHETIC, make_truth

FAST = [shape for shape, about in SHAPES.items() if about.reports >= 60]


@pytest.mark.parametrize("shape", FAST)
@pytest.mark.parametrize("form", FORMS)
def test_a_seed_gives_the_same_bytes_every_time(form: str, shape: str) -> None:
    assert print_report(make_report(form, shape, 3), shape) == print_report(
        make_report(form, shape, 3), shape
    )


@pytest.mark.parametrize("shape", [*FAST, "html_big5"])
def test_every_print_says_that_it_is_synthetic(shape: str) -> None:
    text = read_document(print_report(make_report("2014", shape, 5), shape), "synthetic").text
    assert (
        encode_page(SYNTHETIC, "big5").decode("cp950") in text if shape == "html_big5" else SYNTHETIC in text
    )


@given(seed=st.integers(0, 10**6), form=st.sampled_from(FORMS))
@settings(max_examples=40, deadline=None, derandomize=True, database=None)
def test_figures_keep_the_rules_of_their_form(registry: Registry, seed: int, form: str) -> None:
    truth = make_truth(seed, registry.forms[form], YEARS[form][0])
    stated = {key: cell.amount for key, cell in truth.cells.items()}
    assert broken_rules(stated, registry, form, truth.year) == set()


@given(
    seed=st.integers(0, 10**6),
    form=st.sampled_from(FORMS),
    shape=st.sampled_from(["html", "docx", "xlsx", "pdf"]),
)
@settings(max_examples=40, deadline=None)
def test_no_value_of_a_generated_file_is_wrong(seed: int, form: str, shape: str) -> None:
    assert score_report(make_report(form, shape, seed), shape).wrong == 0


@given(seed=st.integers(0, 10**6), form=st.sampled_from(FORMS))
@settings(max_examples=30, deadline=None)
def test_no_figure_of_a_sentence_is_invented(seed: int, form: str) -> None:
    assert score_report(make_report(form, "prose", seed), "prose").wrong == 0


@pytest.mark.slow
@pytest.mark.skipif(not find_office(), reason="LibreOffice is not installed")
@pytest.mark.parametrize("form", FORMS)
def test_a_doc_is_read_as_the_docx_it_comes_from(form: str) -> None:
    made = make_report(form, "doc", 4)
    values = []
    for shape in ("doc", "docx"):
        read = read_report(print_report(made, shape), "report")
        assert isinstance(read, Extraction)
        values.append({(each.indicator_id, each.applicant): each.value for each in read.observations})
    assert values[0] == values[1]


# Layout


def row(*cells: Box) -> tuple[Box, ...]:
    return cells


def test_boxes_are_placed_as_a_browser_places_them() -> None:
    rows = (row(Box("a", down=2), Box("b", 2)), row(Box("c"), Box("d")), row(Box("e", down=9)))
    places = {each.box.text: (each.top, each.left, each.bottom, each.right) for each in place_boxes(rows)}
    assert places == {
        "a": (0, 0, 2, 1),
        "b": (0, 1, 1, 3),
        "c": (1, 1, 2, 2),
        "d": (1, 2, 2, 3),
        "e": (2, 0, 3, 1),
    }


@pytest.mark.parametrize(
    ("figures", "style", "told"),
    [
        (["1", "", "3"], "tabs", True),
        (["1", "", "3"], "spaces", False),
        (["1", "", "3"], "lines", False),
        (["", "", ""], "spaces", True),
        (["1", "2 3", "4"], "spaces", False),
        (["1", "2 3", "4"], "lines", True),
        (["0", "0", "0"], "glued", True),
        (["1", "0", "0"], "glued", False),
        (["120"], "glued", True),
        ([""], "spaces", True),
    ],
)
def test_a_print_tells_what_a_careful_person_could_read(
    figures: Sequence[str], style: str, told: bool
) -> None:
    assert (
        is_told([Box("（一）予以公开"), *(Box(text, key=f"{at}") for at, text in enumerate(figures))], style)
        == told
    )


def test_a_figure_of_another_column_counts_as_one_that_a_blank_could_be() -> None:
    cells = [Box("申请总数"), Box("", rival=True), Box("3", key="v2008.application.received|total")]
    assert not is_told(cells, "spaces")
    assert is_told(cells, "tabs")


@pytest.mark.parametrize("charset", Charset.__args__)  # type: ignore[attr-defined]
def test_every_charset_is_read_or_refused_loudly(registry: Registry, charset: Charset) -> None:
    form = registry.forms["2014"]
    truth, layout = make_truth(1, form, 2016), Layout(charset=charset)
    data = SHAPES["html"].print(truth, layout, draw_sheets(truth, layout, form))
    read = read_report(data, "page")
    if charset.startswith("big5"):
        assert isinstance(read, str) or read.findings
    else:
        assert not isinstance(read, str)
        assert len(read.observations) > 50


def test_the_characters_of_both_scripts_stand_opposite_each_other() -> None:
    assert len(SIMPLE) == len(OFTEN) == len(set(SIMPLE))
    assert all(one != other for one, other in zip(SIMPLE, OFTEN, strict=True))


def test_no_sentence_stands_in_the_text_of_a_real_report(registry: Registry) -> None:
    cases = (registry.folder.parent.parent / "shared" / "cases").glob("*.txt")
    real = "".join(path.read_text(encoding="utf-8") for path in cases)
    sentences = [text for form in FORMS for _, text in TEMPLATES[form]] + [
        text for form in FORMS for text in TRAPS[form]
    ]
    pieces = [piece for text in sentences for piece in text.replace("}", "{").split("{") if len(piece) > 12]
    assert [piece for piece in pieces if piece in real and "|" not in piece] == []
