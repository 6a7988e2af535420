"""The real figures of Suqian and Huairou in every markup of tests/shapes.py: all read, or lost loudly."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.errors import FormError
from flows.extract.report import extract_report
from flows.read import read_document
from flows.registry import Registry
from tests.portal.judge import judge
from tests.portal.layout import Layout
from tests.portal.sheets import draw_sheets, expected_cells
from tests.portal.truth import Printed, Truth, plain_cells
from tests.shapes import BLOCKS, FRAMES, GEOMETRY, NESTED, Frame, Shape, print_page, table

GOLDEN = Path(__file__).parent.parent / "golden"
CHAPTERS = (
    "二、主动公开政府信息情况",
    "三、收到和处理政府信息公开申请情况",
    "四、政府信息公开行政复议、行政诉讼情况",
)
SHAPES = {**BLOCKS, **NESTED, **GEOMETRY}
# Cells that cannot be told, and are lost with a finding: the only row of the cases has a number before it, and no label;
# hidden digits beside every figure, of which it is not known which are meant.
LOST = {
    ("suqian", "numbers_in_front"): 15,
    **{(name, shape): cells for name, cells in (("suqian", 200), ("huairou", 58)) for shape in ("hidden_words", "hidden_by_sheet")},
}  # fmt: skip


def load_truth(name: str, form: str, year: int, body: str) -> Truth:
    with (GOLDEN / name).open(encoding="utf-8", newline="") as file:
        values = {
            f"{row['indicator_id']}|{row.get('applicant') or 'total'}": row["value"]
            for row in csv.DictReader(file)
        }
    return Truth(
        0,
        form,
        year,
        body,
        plain_cells({key: text for key, text in values.items() if ".narrative." not in key}),
    )


TRUTHS = {
    "suqian": (load_truth("suqian_2024.csv", "2021", 2024, "宿迁市人民政府"), CHAPTERS, 200),
    "huairou": (
        load_truth("huairou_2018.csv", "2014", 2018, "北京市怀柔区人民政府"),
        ("政府信息公开情况统计表",),
        58,
    ),
}


def print_in(shape: Shape, frame: Frame, name: str, registry: Registry) -> tuple[bytes, dict[str, Printed]]:
    """Return the page of a report in a shape and a frame, and the cells that it prints."""
    truth, chapters, _ = TRUTHS[name]
    form = registry.forms[truth.form]
    sheets = draw_sheets(truth, Layout(), form)
    title = f"{truth.body}{truth.year}年政府信息公开工作年度报告"
    page = print_page(title, [shape(sheet.rows) for sheet in sheets], chapters, frame)
    return page, expected_cells(truth, sheets, form)


def verdicts_of(page: bytes, expected: dict[str, Printed], registry: Registry) -> Counter[str]:
    try:
        extraction = extract_report(read_document(page, "page"), registry)
    except FormError:
        return Counter(refused=1)
    return Counter(each.verdict for each in judge(extraction, expected))


@pytest.mark.parametrize("name", TRUTHS)
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_every_figure_is_read_in_every_markup(shape: Shape, name: str, registry: Registry) -> None:
    page, expected = print_in(shape, lambda body: body, name, registry)
    lost = LOST.get((name, shape.__name__), 0)
    assert verdicts_of(page, expected, registry) == Counter(right=TRUTHS[name][2] - lost) + Counter(
        flagged=lost
    )


@pytest.mark.parametrize("name", TRUTHS)
@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES.keys())
def test_every_figure_is_read_in_every_frame(frame: Frame, name: str, registry: Registry) -> None:
    page, expected = print_in(table, frame, name, registry)
    assert verdicts_of(page, expected, registry) == {"right": TRUTHS[name][2]}


@pytest.mark.parametrize("name", TRUTHS)
@pytest.mark.parametrize(
    "shape", [BLOCKS[name] for name in ("blocks_with_classes", "blocks_left_blank", "blocks_wrapped_deep")]
)
def test_tables_of_blocks_are_read_beside_paragraphs_of_the_same_block(
    shape: Shape, name: str, registry: Registry
) -> None:
    page, expected = print_in(
        shape,
        lambda body: f'<div class="content"><p>总体情况</p><p>共办结申请83件。</p>{body}</div>',
        name,
        registry,
    )
    assert verdicts_of(page, expected, registry) == {"right": TRUTHS[name][2]}


def test_a_page_that_shows_a_table_is_not_read_from_what_it_carries(registry: Registry) -> None:
    shown, expected = print_in(table, lambda body: body, "huairou", registry)
    carried = b"<textarea hidden><table><tr><td>7</td></tr></table></textarea>"
    assert verdicts_of(shown + carried, expected, registry) == {"right": 58}


def test_of_two_texts_that_a_page_carries_none_is_read() -> None:
    page = "".join(f"<textarea><table><tr><td>{at}</td><td>1</td></tr></table></textarea>" for at in (1, 2))
    assert read_document(f"<p>正文</p>{page}".encode(), "page.html").grids == ()


def test_escapes_of_half_a_character_are_no_error() -> None:
    page = '<p>正文</p><script>a = "<table><tr><td>\\ud83d</td><td>\\ud83d\\ude00</td></tr></table>"</script>'
    (grid,) = read_document(page.encode(), "page.html").grids
    assert grid.rows == (("\ufffd", "😀"),)


@given(st.text(alphabet="<>/table tdr&lgt;\\u003c\"' ", max_size=300))
def test_whatever_a_script_holds_the_page_is_read(text: str) -> None:
    read_document(f"<h1>年报</h1><script>{text}</script><p>正文</p>".encode(), "page.html")
