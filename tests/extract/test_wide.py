"""Statistical tables with several columns of figures, as a grid and as text: only the report's own figure is read.

The tables are synthetic: the rows are the forms', every figure is made up.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest

from flows.extract.report import extract_report
from flows.model import Extraction
from flows.read import read_document
from flows.registry import Registry
from tests.extract.test_tables import named, reported, rules, statuses
from tests.layouts import print_row, print_table, to_page

SHANGHAI = ("指标名称", "计量单位", "代码", "本期实际", "本年累计")
ANHUI = ("序号", "统计指标", "单位", "区政府统计数", "区直单位统计数", "乡镇街道统计数")
WAYS = ("table", "tabs", "pipes", "blanks", "cell_a_line")


def page(way: str, lines: Sequence[Sequence[str]], year: int) -> bytes:
    """Return a report with a table printed in one way."""
    title = f"合成市样张区{year}年政府信息公开工作年度报告"
    if way == "table":
        return to_page(print_table(print_row(line) for line in lines), title).replace(
            b"2018", str(year).encode()
        )
    part = {"tabs": "\t", "pipes": " | ", "blanks": "  ", "cell_a_line": "\n"}[way]
    body = "\n".join(f"| {part.join(line)} |" if way == "pipes" else part.join(line) for line in lines)
    return f"{title}\n本文为测试合成。\n{body}\n本文到此为止。\n".encode()


def extract(registry: Registry, way: str, lines: Sequence[Sequence[str]], year: int) -> Extraction:
    return extract_report(read_document(page(way, lines, year), "page"), registry)


def shanghai(registry: Registry, period: Mapping[str, str] | None = None) -> list[tuple[str, ...]]:
    """Return the lines of a table of 2008-2013: the year's figure of the nth row is 100 + n, that of the period as given."""
    lines: list[tuple[str, ...]] = [SHANGHAI]
    for at, row in enumerate(registry.forms["2008"].rows, start=1):
        if row.is_heading:
            lines.append((row.label_zh, "", "", "", ""))
        else:
            own = str(100 + at)
            lines.append((row.label_zh, row.unit, f"{at:02}", (period or {}).get(row.indicator_id, own), own))
    return lines


def shanghai_truth(registry: Registry) -> dict[str, Decimal]:
    rows = enumerate(registry.forms["2008"].rows, start=1)
    return {row.indicator_id: Decimal(100 + at) for at, row in rows if not row.is_heading}


@pytest.mark.parametrize("way", WAYS)
def test_the_figure_of_the_year_is_read_and_not_that_of_the_period_nor_the_code(
    way: str, registry: Registry
) -> None:
    lines = shanghai(registry)
    if way in ("blanks", "cell_a_line"):  # nothing tells a blank cell there
        lines = [tuple(filter(None, line)) for line in lines]
    extraction = extract(registry, way, lines, 2010)
    assert (extraction.form, extraction.header.year) == ("2008", 2010)
    assert reported(extraction) == shanghai_truth(registry)
    assert rules(extraction) == ["body_unknown"]


@pytest.mark.parametrize("way", WAYS)
def test_a_figure_of_the_period_that_differs_is_found(way: str, registry: Registry) -> None:
    other = {"v2008.application.received": "7", "v2008.reply.total": "0"}
    lines = [tuple(filter(None, line)) if way in WAYS[3:] else line for line in shanghai(registry, other)]
    extraction = extract(registry, way, lines, 2010)
    assert reported(extraction) == shanghai_truth(registry)
    assert named(extraction, "period_columns") == set(other)


@pytest.mark.parametrize("way", WAYS)
def test_figures_of_the_period_alone_are_read_with_a_finding_that_names_them(
    way: str, registry: Registry
) -> None:
    lines = [line[:4] for line in shanghai(registry)]
    lines = [tuple(filter(None, line)) if way in WAYS[3:] else line for line in lines]
    extraction = extract(registry, way, lines, 2010)
    assert reported(extraction) == shanghai_truth(registry)
    assert named(extraction, "period_columns") == set(reported(extraction))


@pytest.mark.parametrize("way", WAYS)
def test_a_year_that_is_blank_beside_the_figure_of_the_period_is_unreadable(
    way: str, registry: Registry
) -> None:
    code = "v2008.application.received"
    at = next(at for at, row in enumerate(registry.forms["2008"].rows, start=1) if row.indicator_id == code)
    lines = shanghai(registry)
    lines[at] = (*lines[at][:4], "")
    lines = [tuple(filter(None, line)) if way in WAYS[3:] else line for line in lines]
    extraction = extract(registry, way, lines, 2010)
    assert reported(extraction) == {
        key: each for key, each in shanghai_truth(registry).items() if key != code
    }
    assert (statuses(extraction)[code], named(extraction, "merged_cell")) == ("unreadable", {code})


def anhui(registry: Registry, head: Sequence[str], total: int | None = None) -> list[tuple[str, ...]]:
    """Return the lines of a table that counts groups of bodies apart: 1, 2 and 3 times the row's number, perhaps their total."""
    lines = [tuple(head)]
    rows = [row for row in registry.forms["2014"].rows if row.origin == "national"]
    for at, row in enumerate(rows, start=1):
        figures = [str(at), str(2 * at), str(3 * at)]
        if total is not None:
            figures.insert(total, str(6 * at))
        cells = [""] * len(figures) if row.is_heading else figures
        lines.append((str(at), row.label_zh, row.unit, *cells))
    return lines


def test_parts_without_a_total_are_lost_with_one_finding_that_says_why(registry: Registry) -> None:
    for way in ("table", "tabs", "pipes"):
        extraction = extract(registry, way, anhui(registry, ANHUI), 2016)
        assert (extraction.form, reported(extraction)) == ("2014", {})
        figures = {row.indicator_id for row in registry.forms["2014"].values if row.origin == "national"}
        assert named(extraction, "part_columns") == figures
        assert rules(extraction) == ["body_unknown", "part_columns"]
        received = next(
            each for each in extraction.observations if each.indicator_id == "v2014.application.received"
        )
        assert (received.value.status, received.raw_value.count("|")) == ("unreadable", 2)


@pytest.mark.parametrize("place", [0, 1, 3])
@pytest.mark.parametrize("name", ["合计", "统计数", "全区统计数"])
@pytest.mark.parametrize("way", ["table", "tabs", "pipes"])
def test_a_total_beside_the_parts_is_read(way: str, name: str, place: int, registry: Registry) -> None:
    head = [*ANHUI[:3], *ANHUI[3 : 3 + place], name, *ANHUI[3 + place :]]
    extraction = extract(registry, way, anhui(registry, head, place), 2016)
    rows = enumerate((row for row in registry.forms["2014"].rows if row.origin == "national"), start=1)
    assert reported(extraction) == {row.indicator_id: 6 * at for at, row in rows if not row.is_heading}
    assert rules(extraction) == ["body_unknown"]


@pytest.mark.parametrize(
    ("below", "total"), [(("甲类", "乙类", "丙类"), None), (("区政府", "合计", "乡镇"), 1)]
)
def test_what_stands_below_the_heading_of_the_figures_is_a_part_of_them_but_for_a_total(
    below: tuple[str, str, str], total: int | None, registry: Registry
) -> None:
    lines = anhui(registry, ANHUI)[1:]
    head = (
        "<tr><td rowspan=2>序号</td><td rowspan=2>统计指标</td><td rowspan=2>单位</td><td colspan=3>统计数</td></tr>"
        + print_row(below)
    )
    table = print_table([head, *(print_row(line) for line in lines)])
    title = "合成市样张区2016年政府信息公开工作年度报告"
    extraction = extract_report(
        read_document(to_page(table, title).replace(b"2018", b"2016"), "page"), registry
    )
    assert bool(reported(extraction)) == (total is not None)
    assert rules(extraction) == ["body_unknown", *([] if total else ["part_columns"])]
    if total:
        assert reported(extraction)["v2014.disclosure.total"] == 2 * 2


@pytest.mark.parametrize("way", ["tabs", "pipes", "blanks", "cell_a_line"])
def test_a_row_of_text_with_another_number_of_cells_is_lost_loudly(way: str, registry: Registry) -> None:
    lines = [tuple(filter(None, line)) if way in WAYS[3:] else line for line in shanghai(registry)]
    at = next(at for at, line in enumerate(lines) if line[0] == "申请总数")
    lines[at] = (*lines[at], "8")
    extraction = extract(registry, way, lines, 2010)
    code = "v2008.application.received"
    assert reported(extraction) == {
        key: each for key, each in shanghai_truth(registry).items() if key != code
    }
    assert code in named(extraction, "merged_cell")
    assert statuses(extraction)[code] == "unreadable"


def test_rows_of_other_local_blocks_are_unknown_and_the_rows_around_them_read(registry: Registry) -> None:
    head = ("序号", "统计指标", "单位", "统计数")
    lines: list[tuple[str, ...]] = [(line[0], line[1], line[2], line[3]) for line in anhui(registry, head)]
    local = ("主动公开机构领导、机构设置及人事信息", "行政执法信息", "规划计划、统计信息", "财务预决算信息")
    lines[4:4] = [(f"4-{at}", name, "条", str(4000 + at)) for at, name in enumerate(local)]
    for way in ("table", "tabs", "pipes"):
        extraction = extract(registry, way, lines, 2016)
        rows = enumerate((row for row in registry.forms["2014"].rows if row.origin == "national"), start=1)
        assert reported(extraction) == {row.indicator_id: at for at, row in rows if not row.is_heading}
        messages = " ".join(
            finding.message.en for finding in extraction.findings if finding.rule_id == "unknown_label"
        )
        assert all(name in messages and str(4000 + at) in messages for at, name in enumerate(local))


@pytest.mark.parametrize(
    "head", [SHANGHAI[:2] + SHANGHAI[3:], ("指标名称", "代码", "本年累计"), ("项目", "本期", "本年累计")]
)
@pytest.mark.parametrize("way", WAYS)
def test_a_table_without_units_or_codes_is_read_as_its_heading_says(
    way: str, head: tuple[str, ...], registry: Registry
) -> None:
    places = [SHANGHAI.index({"项目": "指标名称", "本期": "本期实际"}.get(name, name)) for name in head]
    lines = [head, *(tuple(line[place] for place in places) for line in shanghai(registry)[1:])]
    lines = [tuple(filter(None, line)) if way in WAYS[3:] else line for line in lines]
    assert reported(extract(registry, way, lines, 2010)) == shanghai_truth(registry)


# The report's year beside another


def two_years(registry: Registry, years: Sequence[str], own: int) -> list[tuple[str, ...]]:
    """Return the lines of a table of 2014-2018 with two years: the figure of the nth row is 300 + n in the `own` column."""
    lines: list[tuple[str, ...]] = [("统计指标", "单位", *years)]
    for at, row in enumerate(registry.forms["2014"].values, start=1):
        if row.origin == "national":
            figures = [str(40 + at), str(40 + at)]
            figures[own] = str(300 + at)
            lines.append((row.label_zh, row.unit, *figures))
    return lines


def two_years_truth(registry: Registry) -> dict[str, Decimal]:
    rows = enumerate(registry.forms["2014"].values, start=1)
    return {row.indicator_id: Decimal(300 + at) for at, row in rows if row.origin == "national"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("years", "own"),
    [(("2016年", "2017年"), 1), (("2017年度", "2016年度"), 0), (("2016年统计数", "2017年统计数"), 1)],
)
def test_of_two_years_the_figure_of_the_report_s_own_is_read(
    way: str, years: Sequence[str], own: int, registry: Registry
) -> None:
    extraction = extract(registry, way, two_years(registry, years, own), 2017)
    assert reported(extraction) == two_years_truth(registry)


@pytest.mark.parametrize("way", ["tabs", "pipes", "blanks", "cell_a_line"])
def test_figures_of_another_year_alone_are_never_read_as_the_report_s(way: str, registry: Registry) -> None:
    lines = [line[:-1] for line in two_years(registry, ("2016年", "2015年"), 1)]
    assert reported(extract(registry, way, lines, 2017)) == {}


@pytest.mark.parametrize("way", ["blanks", "cell_a_line"])
def test_a_row_that_lacks_one_of_two_years_is_lost_where_nothing_tells_which(
    way: str, registry: Registry
) -> None:
    lines = two_years(registry, ("2016年", "2017年"), 1)
    lines[5] = lines[5][:-1]
    truth = list(two_years_truth(registry).items())
    assert reported(extract(registry, way, lines, 2017)) == dict(truth[:4] + truth[5:])


@pytest.mark.parametrize("way", ["blanks", "cell_a_line"])
def test_a_row_that_prints_its_number_alone_is_blank_where_the_numbers_count_on(
    way: str, registry: Registry
) -> None:
    lines = shanghai(registry)
    codes = [row.indicator_id for row in registry.forms["2008"].rows]
    lines[7] = lines[7][:3]
    extraction = extract(registry, way, lines, 2012)
    assert statuses(extraction)[codes[6]] == "blank"
    assert reported(extraction) == {
        code: amount for code, amount in shanghai_truth(registry).items() if code != codes[6]
    }


@pytest.mark.parametrize("left", ["32", "约7"])
def test_a_number_that_does_not_count_on_or_a_word_below_it_is_no_blank_row(
    left: str, registry: Registry
) -> None:
    lines = shanghai(registry)
    code = registry.forms["2008"].rows[6].indicator_id
    lines[7] = (*lines[7][:2], left) if left.isdecimal() else (*lines[7][:3], left)
    assert statuses(extract(registry, "cell_a_line", lines, 2012))[code] == "unreadable"
