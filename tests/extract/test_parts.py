"""Several reports in one document: the one asked for is read alone, or nothing is; their figures are never mixed."""

import re
from collections.abc import Sequence

import pytest

from flows.errors import FormError
from flows.extract.parts import Asked, split_reports
from flows.extract.report import extract_report
from flows.model import Document, Extraction, Value
from flows.read import read_document
from flows.registry import Registry
from tests.extract.test_choice import printed, sheets_of
from tests.extract.test_tables import rules
from tests.portal.boxes import Sheet
from tests.portal.html import print_html
from tests.portal.judge import judge
from tests.portal.layout import Layout
from tests.portal.text import print_text
from tests.portal.truth import Truth, make_truth

AREA, OFFICE, BUREAU = "北京市怀柔区人民政府", "北京市怀柔区政府办公室", "北京市怀柔区水务局"
SHAPES = ("html", "tabs", "lines")
Report = tuple[Truth, list[Sheet]]


def report(registry: Registry, form: str, year: int, body: str = AREA, seed: int = 3) -> Report:
    truth = make_truth(seed, registry.forms[form], year, body)
    return truth, sheets_of(registry, truth)


def document(shape: str, reports: Sequence[Report], heading: str = "") -> Document:
    """Return one document that prints several reports one after the other."""
    if shape == "html":
        bodies = [
            re.sub(r"(?s).*<body>|</body>.*", "", print_html(truth, Layout(), sheets).decode()).replace(
                "h1>", "h2>"
            )
            for truth, sheets in reports
        ]
        page = f"<html><head><meta charset=utf-8><title>{heading}</title></head><body>{''.join(bodies)}</body></html>"
        return read_document(page.encode(), "page.html")
    texts = [
        print_text(truth, Layout(text="tabs" if shape == "tabs" else "lines"), sheets).decode()
        for truth, sheets in reports
    ]
    return read_document("\n\n".join(texts).encode(), "page.txt")


def is_right(extraction: Extraction, registry: Registry, own: Report) -> bool:
    """Return whether an extraction states the figures of a report and no other."""
    return all(each.verdict == "right" for each in judge(extraction, printed(registry, *own)))


def amounts(extraction: Extraction) -> list[tuple[str, str, Value]]:
    return [(each.indicator_id, each.applicant, each.value) for each in extraction.observations]


PAIRS = {
    "this year's above last year's": (("2021", 2023, AREA), ("2021", 2022, AREA)),
    "two forms": (("2019", 2019, AREA), ("2014", 2018, AREA)),
    "two forms since 2019": (("2021", 2021, AREA), ("2019", 2020, AREA)),
    "two years of the statistical table": (("2014", 2017, AREA), ("2014", 2016, AREA)),
    "the area's and the office's own": (("2021", 2023, AREA), ("2021", 2023, OFFICE)),
    "a district's and a department's": (("2021", 2023, AREA), ("2021", 2023, BUREAU)),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS.keys())
@pytest.mark.parametrize("turned", [False, True])
def test_the_report_asked_for_is_read_and_nothing_of_the_other(
    shape: str, pair: tuple[tuple[str, int, str], ...], turned: bool, registry: Registry
) -> None:
    reports = [report(registry, *each, seed=at) for at, each in enumerate(pair, start=11)]
    if turned:
        reports.reverse()
    whole = document(shape, reports)
    for (form, year, body), own in zip(pair, sorted(reports, key=lambda each: each[0].seed), strict=True):
        if body == BUREAU:
            continue
        asked = Asked("110116", year, "own_body" if body == OFFICE else "whole_area")
        extraction = extract_report(whole, registry, asked)
        assert (extraction.form, extraction.header.year, extraction.header.scope) == (form, year, asked.scope)
        alone = extract_report(document(shape, [own]), registry, asked)
        assert amounts(extraction) == amounts(alone)
        assert "several_reports" in rules(extraction)


@pytest.mark.parametrize(
    "asked", [Asked(), Asked("110118"), Asked("110116"), Asked("", 2021), Asked("", None, "own_body")]
)
def test_where_it_cannot_be_told_which_one_is_asked_for_nothing_is_read(
    asked: Asked, registry: Registry
) -> None:
    whole = document("html", [report(registry, "2021", 2023), report(registry, "2021", 2022)])
    with pytest.raises(FormError) as caught:
        extract_report(whole, registry, asked)
    for text in caught.value.text:
        assert "2023" in text
        assert "2022" in text
        assert "--year" in text


@pytest.mark.parametrize("year", [2022, 2023])
def test_without_anything_asked_it_is_the_report_that_the_page_is_called_after(
    year: int, registry: Registry
) -> None:
    reports = [report(registry, "2021", 2023), report(registry, "2021", 2022, seed=4)]
    whole = document("html", reports, f"{AREA}{year}年政府信息公开工作年度报告_怀柔区")
    extraction = extract_report(whole, registry)
    assert extraction.header.year == year
    assert is_right(extraction, registry, next(each for each in reports if each[0].year == year))


@pytest.mark.parametrize(
    "more",
    [
        "上一篇：北京市怀柔区2022年政府信息公开工作年度报告",
        "北京市怀柔区水务局2023年政府信息公开工作年度报告\n北京市密云区2023年政府信息公开工作年度报告",
        "2022年政府信息公开工作年度报告\n2021年政府信息公开工作年度报告\n2020年政府信息公开工作年度报告",
        "北京市怀柔区2023年政府信息公开工作年度报告",
        "附件：北京市怀柔区人民政府2023年政府信息公开工作年度报告", "政府信息公开情况统计表（2022年度）",
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["before", "after", "between"])
@pytest.mark.parametrize("shape", ["html", "tabs"])
def test_a_title_without_tables_of_its_own_parts_nothing(
    more: str, place: str, shape: str, registry: Registry
) -> None:
    own = report(registry, "2021", 2023)
    whole = document(shape, [own])
    at = {"before": 0, "after": len(whole.text), "between": whole.text.index("三、收到和处理")}[place]
    grids = tuple(
        grid
        if grid.end <= at
        else type(grid)(
            **{**vars(grid), "start": grid.start + len(more) + 2, "end": grid.end + len(more) + 2}
        )
        for grid in whole.grids
    )
    longer = Document(whole.name, f"{whole.text[:at]}\n{more}\n{whole.text[at:]}", grids, whole.headings)
    assert split_reports(longer, registry) == (longer,)
    assert is_right(extract_report(longer, registry), registry, own)


def test_a_part_keeps_every_character_at_its_place(registry: Registry) -> None:
    whole = document("html", [report(registry, "2021", 2023), report(registry, "2021", 2022)])
    parts = split_reports(whole, registry)
    assert len(parts) == 2
    for part in parts:
        assert len(part.text) == len(whole.text)
        assert all(mine in (" ", its) for mine, its in zip(part.text, whole.text, strict=True))
        for grid in part.grids:
            assert part.text[grid.start : grid.end] == whole.text[grid.start : grid.end]
    assert sum(len(part.grids) for part in parts) == len(whole.grids)


@pytest.mark.parametrize("form", ["2014", "2021"])
def test_a_table_twice_with_other_figures_and_no_title_gives_none_of_its_figures(
    form: str, registry: Registry
) -> None:
    year = {"2014": 2016, "2021": 2023}[form]
    one, two = report(registry, form, year, seed=21), report(registry, form, year, seed=22)
    less = [Sheet(sheet.name, sheet.rows[:-4] if len(sheet.rows) > 30 else sheet.rows) for sheet in one[1]]
    page = print_html(one[0], Layout(), [*less, *two[1]])
    try:
        extraction = extract_report(read_document(page, "page"), registry)
    except FormError:
        return
    for verdict in judge(extraction, printed(registry, one[0], less)):
        assert verdict.verdict != "wrong", verdict
