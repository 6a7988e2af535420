"""Which form a document is read under: what it prints decides, then the year; no figure goes under another form's code."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from flows.curate.checks import check_reports
from flows.extract.report import extract_report
from flows.model import Extraction, Finding
from flows.read import read_document
from flows.registry import Registry
from tests.extract.test_tables import rules
from tests.portal.html import print_html
from tests.portal.judge import judge
from tests.portal.layout import Layout
from tests.portal.sheets import Box, Sheet, draw_sheets, expected_cells
from tests.portal.truth import Printed, Truth, make_truth

BODY = "北京市怀柔区人民政府"
FORMS = ("2014", "2019", "2021")


def truth_of(registry: Registry, form: str, year: int, seed: int = 7) -> Truth:
    return replace(make_truth(seed, registry.forms[form], year, BODY), sentences=())


def sheets_of(registry: Registry, truth: Truth) -> list[Sheet]:
    """Return the tables of a report: the statistical table, or those of chapters two, three and four."""
    return list(draw_sheets(truth, Layout(), registry.forms[truth.form]))


def extract(registry: Registry, truth: Truth, sheets: Sequence[Sheet], year: int | None = None) -> Extraction:
    """Return what a page with some tables states; its title gives the truth's year, or another, or none (0)."""
    page = print_html(truth, Layout(), sheets).decode()
    if year is not None:
        page = page.replace(str(truth.year), str(year) if year else "本")
    return extract_report(read_document(page.encode(), "synthetic.html"), registry)


def printed(registry: Registry, truth: Truth, sheets: Sequence[Sheet]) -> Mapping[str, Printed]:
    return expected_cells(truth, sheets, registry.forms[truth.form])


def not_right(extraction: Extraction, expected: Mapping[str, Printed]) -> list[str]:
    return [
        f"{each.key}: {each.read}, printed {each.printed}"
        for each in judge(extraction, expected)
        if each.verdict != "right"
    ]


def found(extraction: Extraction, rule_id: str) -> list[Finding]:
    return [finding for finding in extraction.findings if finding.rule_id == rule_id]


def without_other(sheets: Sequence[Sheet]) -> list[Sheet]:
    """Return tables of applications without the rows of （六）其他处理, the only ones that tell the form."""
    lost = ("（六）", "1.申请人无正当理由逾期", "2.申请人逾期", "3.其他")
    return [
        replace(
            sheet,
            rows=tuple(
                tuple(replace(box, down=1) if box.down > 4 else box for box in row)
                for row in sheet.rows
                if not any(box.text.startswith(lost) for box in row)
            ),
        )
        for sheet in sheets
    ]  # fmt: skip


@pytest.mark.parametrize(("form", "year"), [("2014", 2016), ("2019", 2020), ("2021", 2023)])
def test_a_report_of_one_form_is_read_under_it(form: str, year: int, registry: Registry) -> None:
    truth = truth_of(registry, form, year)
    sheets = sheets_of(registry, truth)
    extraction = extract(registry, truth, sheets)
    assert (extraction.form, not_right(extraction, printed(registry, truth, sheets))) == (form, [])
    assert not {"form_year", "mixed_forms", "form_unsure"} & set(rules(extraction))


@pytest.mark.parametrize(
    ("form", "year"),
    [("2019", 2021), ("2019", 2024), ("2021", 2019), ("2014", 2019), ("2019", 2018), ("2021", 2016)],
)
def test_a_report_on_the_tables_of_another_year_is_read_as_printed_with_a_finding(
    form: str, year: int, registry: Registry
) -> None:
    truth = truth_of(registry, form, year)
    sheets = sheets_of(registry, truth)
    extraction = extract(registry, truth, sheets)
    assert (extraction.form, not_right(extraction, printed(registry, truth, sheets))) == (form, [])
    assert len(found(extraction, "form_year")) == 1
    assert not {"mixed_forms", "form_unsure"} & set(rules(extraction))


@pytest.mark.parametrize(("main", "year"), [("2019", 2020), ("2021", 2022)])
@pytest.mark.parametrize("first", [True, False])
def test_the_table_of_2014_beside_the_three_new_ones_is_read_too(
    main: str, year: int, first: bool, registry: Registry
) -> None:
    new, old = truth_of(registry, main, year), truth_of(registry, "2014", year)
    tables, table = sheets_of(registry, new), sheets_of(registry, old)
    extraction = extract(registry, new, [*table, *tables] if first else [*tables, *table])
    assert extraction.form == main
    expected = {**printed(registry, new, tables), **printed(registry, old, table)}
    assert not_right(extraction, expected) == []
    (mixed,) = found(extraction, "mixed_forms")
    assert f"2014, {main}" in mixed.message.en
    assert f"2014、{main}" in mixed.message.zh
    (of_year,) = found(extraction, "form_year")
    assert "form 2014" in of_year.message.en


@pytest.mark.parametrize("year", [2020, 2021])
@pytest.mark.parametrize(("items", "others"), [("2019", "2021"), ("2021", "2019")])
def test_each_table_of_a_report_that_mixes_forms_is_read_under_its_own(
    items: str, others: str, year: int, registry: Registry
) -> None:
    one, two = truth_of(registry, items, year), truth_of(registry, others, year)
    tables = [sheet for sheet in sheets_of(registry, one) if sheet.name == "art20"]
    rest = [sheet for sheet in sheets_of(registry, two) if sheet.name == "applications"]
    extraction = extract(registry, one, [*tables, *rest])
    expected = {**printed(registry, one, tables), **printed(registry, two, rest)}
    assert not_right(extraction, expected) == []
    assert extraction.form == ("2019" if year == 2020 else "2021")
    assert len(found(extraction, "mixed_forms")) == 1
    missing = {cell for finding in found(extraction, "missing_rows") for cell in finding.cells}
    assert all("reconsideration" in cell or "litigation" in cell for cell in missing)


@pytest.mark.parametrize("form", ["2019", "2021"])
@pytest.mark.parametrize("year", [0, 2020, 2023])
def test_tables_three_and_four_alone_are_told_by_their_rows_whatever_the_year(
    form: str, year: int, registry: Registry
) -> None:
    truth = truth_of(registry, form, {"2019": 2020, "2021": 2023}[form])
    sheets = [sheet for sheet in sheets_of(registry, truth) if sheet.name != "art20"]
    extraction = extract(registry, truth, sheets, year)
    assert (extraction.form, not_right(extraction, printed(registry, truth, sheets))) == (form, [])
    assert "form_unsure" not in rules(extraction)
    assert bool(found(extraction, "form_year")) == (year not in (0, truth.year))


@pytest.mark.parametrize(("form", "year"), [("2019", 2020), ("2021", 2023)])
def test_rows_that_both_forms_have_are_of_the_form_in_force(form: str, year: int, registry: Registry) -> None:
    truth = truth_of(registry, form, year)
    sheets = without_other([sheet for sheet in sheets_of(registry, truth) if sheet.name != "art20"])
    extraction = extract(registry, truth, sheets)
    assert (extraction.form, not_right(extraction, printed(registry, truth, sheets))) == (form, [])
    assert not {"form_year", "form_unsure"} & set(rules(extraction))


@pytest.mark.parametrize("year", [0, 2016])
def test_rows_that_both_forms_have_in_no_year_of_theirs_are_read_with_a_finding_that_names_them_all(
    year: int, registry: Registry
) -> None:
    truth = truth_of(registry, "2021", 2023)
    sheets = without_other([sheet for sheet in sheets_of(registry, truth) if sheet.name != "art20"])
    extraction = extract(registry, truth, sheets, year)
    (unsure,) = found(extraction, "form_unsure")
    read = {f"{each.indicator_id}|{each.applicant}" for each in extraction.observations if each.locator}
    assert read == set(unsure.cells)
    assert len(read) > 100


def test_the_three_rows_of_other_handling_are_never_read_as_the_one_of_2019(registry: Registry) -> None:
    truth = truth_of(registry, "2021", 2020)
    extraction = extract(registry, truth, sheets_of(registry, truth))
    assert {each.indicator_id.split(".")[0] for each in extraction.observations} == {"v2021"}
    assert "form_year" in rules(extraction)


def test_a_heading_of_another_form_in_the_prose_tells_nothing(registry: Registry) -> None:
    truth = truth_of(registry, "2019", 2020)
    sheets = sheets_of(registry, truth)
    page = print_html(truth, Layout(), sheets).decode()
    said = "<p>对申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请的情形，以及本年制发件数、本年废止件数、现行有效件数作说明。</p>"
    extraction = extract_report(
        read_document(page.replace("</h1>", f"</h1>{said * 3}").encode(), "page"), registry
    )
    assert (extraction.form, not_right(extraction, printed(registry, truth, sheets))) == ("2019", [])
    assert "mixed_forms" not in rules(extraction)


def test_a_table_that_one_form_cannot_read_stops_no_other(registry: Registry) -> None:
    truth = truth_of(registry, "2021", 2023)
    sheets = sheets_of(registry, truth)
    rows = tuple(
        (Box(label), Box("1"), Box("2"))
        for label in ("收到申请数", "申请办结数", "申请答复数", "行政复议数量")
    )
    extraction = extract(registry, truth, [Sheet("statistics", rows), *sheets])
    assert (extraction.form, not_right(extraction, printed(registry, truth, sheets))) == ("2021", [])


def test_a_report_read_under_two_forms_is_checked_by_the_rules_of_both(registry: Registry) -> None:
    new, old = (
        truth_of(registry, "2019", 2020),
        make_truth(9, registry.forms["2014"], 2020, BODY, ["V14-APP-MODE"], registry),
    )
    extraction = extract(registry, new, [*sheets_of(registry, new), *sheets_of(registry, old)])
    broken = {finding.rule_id for _, finding in check_reports(registry, {0: (2020, extraction)})}
    assert "V14-APP-MODE" in broken
