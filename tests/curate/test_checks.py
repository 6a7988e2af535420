"""The rules: what the shipped report breaks, that each rule can break and only then, that clean reports are clean."""

import csv
import random
from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.cells import parse_value
from flows.codebook import Rule
from flows.curate.assemble import finding_row
from flows.curate.checks import check_reports
from flows.errors import Text
from flows.formulas import parse_formula
from flows.model import Extraction, Finding, Observation
from flows.registry import Registry, load_registry
from tests.conftest import ROOT
from tests.figures import cell_of, cells_of, clean_figures, extraction_of, form_rules, holds, side

REGISTRY = load_registry(ROOT / "schemas")  # for properties, whose failures would print a fixture whole
IDENTITIES_FILE = ROOT.parent / "shared" / "domain" / "identities.csv"
YEARS = {"2014": 2018, "2019": 2020, "2021": 2024}
with (ROOT / "schemas" / "rules.csv").open(encoding="utf-8", newline="") as file:
    IDENTITIES = [row["rule_id"] for row in csv.DictReader(file) if row["kind"] == "identity"]
CLEAN = {
    form_id: clean_figures(REGISTRY, form, random.Random(form_id), 150)
    for form_id, form in REGISTRY.forms.items()
}


def check(extraction: Extraction, year: int = 2018, registry: Registry = REGISTRY) -> list[Finding]:
    return [finding for _, finding in check_reports(registry, {0: (year, extraction)})]


def check_each(
    rule_id: str, changes: Iterable[Mapping[str, int | None]], year: int | None = None
) -> list[list[Finding]]:
    """Return, for each change to a clean report of the rule's form, what that one rule finds."""
    rule = REGISTRY.rules[rule_id]
    form, when = REGISTRY.forms[rule.form], year or YEARS[rule.form]
    clean = {cell: CLEAN[rule.form][cell] for cell in cells_of(rule)}
    reports = {
        key: (when, extraction_of(form, {**clean, **change}, when)) for key, change in enumerate(changes)
    }
    found: list[list[Finding]] = [[] for _ in reports]
    for key, finding in check_reports(replace(REGISTRY, rules={rule_id: rule}), reports):
        found[key].append(finding)
    return found


def sides(finding: Finding) -> tuple[float, float]:
    """Return both sides of a finding as numbers."""
    assert finding.left is not None
    assert finding.right is not None
    return float(finding.left), float(finding.right)


def test_the_shipped_report_breaks_exactly_these_rules(registry: Registry, huairou: Extraction) -> None:
    rows = [finding_row(registry, finding) for finding in (*huairou.findings, *check(huairou))]
    assert {row["rule_id"]: (row["severity"], row["class"]) for row in rows} == {
        "V14-REPLY-SUM": ("error", "source"),
        "V14-LIT-SUM": ("error", "source"),
        "V14-STAFF-SUM": ("error", "source"),
        "V14-CH-LE-WEBSITE": ("warning", "source"),
        "V14-BUDGET-UNIT": ("warning", "source"),
        "V14-BACKLOG": ("info", "undecidable"),
    }
    assert len(rows) == 6
    stated = {row["rule_id"]: (row["left"], row["right"], row["delta"]) for row in rows}
    assert stated["V14-REPLY-SUM"] == (205, 204, 1)
    assert stated["V14-LIT-SUM"] == (15, 14, 1)
    assert stated["V14-STAFF-SUM"] == (156, 159, -3)
    assert stated["V14-CH-LE-WEBSITE"] == (33388, 13993, 19395)
    assert stated["V14-BACKLOG"] == (205, 192, 13)


def test_a_finding_says_in_both_languages_which_figures_disagree(huairou: Extraction) -> None:
    (staff,) = (finding for finding in check(huairou) if finding.rule_id == "V14-STAFF-SUM")
    assert (
        staff.message.en.startswith("Staff working on disclosure 156 ≠ 159 = ")
        or "156 ≠ 159" in staff.message.en
    )
    assert "156 ≠ 159" in staff.message.zh
    for text in staff.message:
        for figure in ("28", "131", "-3"):
            assert figure in text
    assert "工作人员数等于专职与兼职之和" in staff.message.zh
    assert staff.cells == (
        "v2014.organisation.staff|total", "v2014.organisation.staff.full_time|total", "v2014.organisation.staff.part_time|total",
    )  # fmt: skip


def test_the_amount_in_the_wrong_unit_brings_its_evidence(huairou: Extraction) -> None:
    (budget,) = (finding for finding in check(huairou) if finding.rule_id == "V14-BUDGET-UNIT")
    assert sides(budget) == (72505, 10000)
    assert "72505元" in budget.message.en
    assert "万元" in budget.message.en
    assert "72505元" in budget.message.zh


@pytest.mark.parametrize("rule_id", IDENTITIES)
def test_a_rule_breaks_on_each_operand_and_states_both_sides(rule_id: str) -> None:
    rule = REGISTRY.rules[rule_id]
    formula = rule.formula
    assert formula is not None
    figures = CLEAN[rule.form]
    left, right = side(formula.left, figures), side(formula.right, figures)
    broken = []
    for at, term in enumerate((*formula.left, *formula.right)):
        up = (
            term.sign if at < len(formula.left) else -term.sign
        )  # the direction that makes the left side larger
        for more in {"=": (1, -1), "<=": (right - left + 1,), ">=": (right - left - 1,)}[formula.operator]:
            if term.code:
                broken.append({cell_of(term.code): figures[cell_of(term.code)] + up * more})
    assert len(broken) >= len(formula.codes)
    for wrong, findings in zip(broken, check_each(rule_id, broken), strict=True):
        (finding,) = findings
        assert sides(finding) == (
            side(formula.left, {**figures, **wrong}),
            side(formula.right, {**figures, **wrong}),
        )
        assert finding.finding_class == rule.finding_class
        assert list(finding.cells) == cells_of(rule)


@pytest.mark.parametrize("rule_id", IDENTITIES)
def test_a_rule_is_silent_on_the_side_where_it_holds(rule_id: str) -> None:
    formula = REGISTRY.rules[rule_id].formula
    assert formula is not None
    figures = CLEAN[REGISTRY.rules[rule_id].form]
    cell, room = cell_of(formula.left[0].code), side(formula.right, figures) - side(formula.left, figures)
    inward = {"=": (0,), "<=": (0, room, room - 1), ">=": (0, room, room + 1)}[formula.operator]
    kept = [{cell: figures[cell] + step} for step in inward]
    assert all(holds(formula, {**figures, **each}) for each in kept)
    assert check_each(rule_id, kept) == [[] for _ in kept]


def wrong_figures(rule: Rule) -> dict[str, int | None]:
    """Return figures that break a rule."""
    return {cell: 10_000 + 997 * at for at, cell in enumerate(cells_of(rule))}


@pytest.mark.parametrize("rule_id", IDENTITIES)
def test_a_rule_is_silent_when_an_operand_is_not_in_the_report(rule_id: str) -> None:
    rule = REGISTRY.rules[rule_id]
    form, when = REGISTRY.forms[rule.form], YEARS[rule.form]
    wrong = wrong_figures(rule)
    reports = {
        key: (when, extraction_of(form, {each: wrong[each] for each in wrong if each != lost}, when))
        for key, lost in enumerate(wrong)
    }
    assert check_reports(replace(REGISTRY, rules={rule_id: rule}), reports) == []


SUMS = [each for each in IDENTITIES if ("-ROW-" in each or "-COL-" in each or "-SUM-" in each)]


@pytest.mark.parametrize("rule_id", SUMS)
def test_a_sum_is_not_assessable_where_a_blank_could_hold_what_is_missing(rule_id: str) -> None:
    total, *parts = cells_of(REGISTRY.rules[rule_id])
    noughts = dict.fromkeys(parts, 0)
    blanked: list[dict[str, int | None]] = [{**noughts, total: 5, part: None} for part in parts]
    blanked += [{**noughts, parts[0]: 5, total: None}, {**noughts, total: 0, parts[0]: None}]
    assert check_each(rule_id, blanked) == [[] for _ in blanked]


@pytest.mark.parametrize("rule_id", SUMS)
def test_a_sum_is_broken_where_its_stated_parts_are_too_many_whatever_the_blank_holds(rule_id: str) -> None:
    total, *parts = cells_of(REGISTRY.rules[rule_id])
    (finding,) = check_each(rule_id, [{**dict.fromkeys(parts, 3), total: 1, parts[0]: None}])[0]
    assert sides(finding) == (1, 3 * (len(parts) - 1))
    assert "(blank, counted as 0 at least)" in finding.message.en
    assert "（空格，至少为0）" in finding.message.zh


def test_a_blank_that_can_only_be_nought_takes_part_in_other_sums_and_the_finding_says_so() -> None:
    row, column = (cells_of(REGISTRY.rules[each]) for each in ("V21-ROW-result.granted", "V21-COL-other"))
    (crossing,) = set(row) & set(column)
    figures = {**dict.fromkeys([*row, *column], 0), crossing: None, column[0]: 4}
    form = REGISTRY.forms["2021"]
    (finding,) = (
        each for each in check(extraction_of(form, figures, 2024), 2024) if each.rule_id == "V21-COL-other"
    )
    assert sides(finding) == (4, 0)
    assert "(blank, can only be 0)" in finding.message.en
    assert "（空格，只能为0）" in finding.message.zh


@pytest.mark.parametrize("rule_id", [each for each in IDENTITIES if REGISTRY.rules[each].first_year])
def test_a_rule_is_silent_before_its_first_year(rule_id: str) -> None:
    rule = REGISTRY.rules[rule_id]
    assert rule.formula is not None
    wrong = {cells_of(rule)[0]: side(rule.formula.right, CLEAN[rule.form]) + 5}
    assert [len(found) for found in check_each(rule_id, [wrong], rule.first_year)] == [1]
    assert check_each(rule_id, [wrong], rule.first_year - 1) == [[]]


@settings(max_examples=8, deadline=None)
@given(
    seeds=st.lists(st.tuples(st.integers(0, 2**32), st.sampled_from(sorted(YEARS))), min_size=1, max_size=8)
)
def test_reports_whose_figures_agree_have_no_finding(seeds: list[tuple[int, str]]) -> None:
    reports = {}
    for key, (seed, form) in enumerate(seeds):
        figures = clean_figures(REGISTRY, REGISTRY.forms[form], random.Random(seed), seed % 80)
        reports[key] = (YEARS[form], extraction_of(REGISTRY.forms[form], figures, YEARS[form]))
    assert check_reports(REGISTRY, reports) == []


@settings(max_examples=5, deadline=None)
@given(
    seeds=st.lists(st.tuples(st.integers(0, 2**32), st.sampled_from(sorted(YEARS))), min_size=2, max_size=3)
)
def test_all_reports_at_once_give_what_each_gives_alone(seeds: list[tuple[int, str]]) -> None:
    reports = {}
    for key, (seed, form) in enumerate(seeds):
        chance = random.Random(seed)
        figures: dict[str, int | None] = dict(CLEAN[form])
        for cell in chance.sample(sorted(figures), 12):
            figures[cell] = chance.choice([None, 0, 3, 40_000])
        extraction = extraction_of(REGISTRY.forms[form], figures, YEARS[form])
        reports[key] = (YEARS[form], extraction)
    one_by_one = [
        (key, finding)
        for key, report in reports.items()
        for _, finding in check_reports(REGISTRY, {key: report})
    ]
    assert check_reports(REGISTRY, reports) == one_by_one


def test_findings_come_in_the_order_of_reports_and_rules(huairou: Extraction) -> None:
    found = check_reports(REGISTRY, {9: (2018, huairou), 2: (2018, huairou)})
    order = list(REGISTRY.rules)
    places = [(key, order.index(finding.rule_id)) for key, finding in found]
    assert places == sorted(places)
    assert {key for key, _ in places} == {2, 9}


def test_no_report_has_no_finding() -> None:
    assert check_reports(REGISTRY, {}) == []


@pytest.mark.parametrize("trouble", ["unknown_label", "ambiguous_label", "duplicate_cell", "merged_cell"])
def test_a_breach_is_a_matter_of_reading_where_rows_were_not_read_with_certainty(
    huairou: Extraction, trouble: str
) -> None:
    doubtful = replace(huairou, findings=(*huairou.findings, Finding(trouble, Text("?", "?"))))
    classes = {finding.rule_id: finding.finding_class for finding in check(doubtful)}
    assert set(classes.values()) == {"reading"}
    assert len(classes) == 6


def evidence(extraction: Extraction, rule_id: str) -> str | None:
    """Return the class of one rule's breach."""
    (found,) = (each.finding_class for each in check(extraction) if each.rule_id == rule_id)
    return found


def test_the_class_is_decided_by_the_cells_that_a_breach_rests_on(huairou: Extraction) -> None:
    cell, other = "v2014.organisation.staff|total", "v2014.training.meetings|total"
    for trouble in ("marked_figure", "digits_apart", "decimal_count"):
        about = {
            name: replace(huairou, findings=(Finding(trouble, Text("?", "?"), cells=(name,)),))
            for name in (cell, other)
        }
        assert evidence(about[cell], "V14-STAFF-SUM") == "reading"
        assert evidence(about[other], "V14-STAFF-SUM") == "source"
    told = tuple(
        each._replace(reading="prose") if f"{each.indicator_id}|total" == cell else each
        for each in huairou.observations
    )
    from_prose = replace(huairou, observations=told)
    assert evidence(from_prose, "V14-STAFF-SUM") == "reading"
    assert evidence(from_prose, "V14-LIT-SUM") == "source"


def with_observation(
    extraction: Extraction, code: str, text: str, unit: str, basis: str = "printed"
) -> Extraction:
    """Return an extraction in which one cell prints something else."""
    changed = tuple(
        each._replace(value=parse_value(text), raw_value=text, unit=unit, unit_basis=basis)
        if each.indicator_id == code
        else each
        for each in extraction.observations
    )
    return replace(extraction, observations=changed, statements=())


@pytest.mark.parametrize(
    ("text", "unit", "found"),
    [
        ("10000", "万元", False), ("10000.01", "万元", True), ("7.25", "万元", False), ("72505", "元", True),
        ("0.5", "亿元", True), ("", "万元", False), ("无", "元", False), ("0", "万元", False), ("12", "件", False),
        ("12000", "件", True),
    ],
)  # fmt: skip
def test_an_amount_is_doubted_for_its_size_or_its_unit(
    huairou: Extraction, text: str, unit: str, found: bool
) -> None:
    extraction = with_observation(huairou, "v2014.organisation.budget", text, unit)
    assert ("V14-BUDGET-UNIT" in {finding.rule_id for finding in check(extraction)}) == found


@pytest.mark.parametrize(
    ("said", "unit", "differs"),
    [("13993", "条", False), ("13994", "条", True), ("1.3993", "万元", True)],
)
def test_prose_is_held_against_the_table(huairou: Extraction, said: str, unit: str, differs: bool) -> None:
    prose = Observation(
        "v2014.disclosure.total",
        "total",
        parse_value(said),
        unit,
        "printed",
        said + unit,
        "text 1-5",
        "prose",
    )
    findings = [each for each in check(replace(huairou, statements=(prose,))) if each.rule_id == "V14-PROSE"]
    assert bool(findings) == differs
    for finding in findings:
        assert sides(finding) == (float(said), 13993)
        assert finding.locator == "text 1-5"
        assert said in finding.message.zh
        assert "13993" in finding.message.zh


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("4.88", []), ("4.878", []), ("4.87", ["V14-SHARE-CUT"]), ("4.9", []), ("4.8", ["V14-SHARE-CUT"]), ("5", []),
        ("4.89", ["V14-SHARE"]), ("4.86", ["V14-SHARE"]), ("48.8", ["V14-SHARE"]),
    ],
)  # fmt: skip
def test_a_share_that_is_cut_off_is_told_from_one_that_is_rounded_and_one_that_is_wrong(
    huairou: Extraction, said: str, found: list[str]
) -> None:
    code = "v2014.reply.already_public"  # 10 of 205 replies: 4.87804 %
    prose = Observation(code, "total", parse_value(said), "%", "printed", said + "%", "text 1-5", "prose")
    broken = [each.rule_id for each in check(replace(huairou, statements=(prose,)))]
    assert [each for each in broken if "SHARE" in each] == found


def test_the_same_money_in_another_unit_is_no_contradiction(huairou: Extraction) -> None:
    table = with_observation(huairou, "v2014.organisation.budget", "7.2505", "万元", "form")
    prose = Observation(
        "v2014.organisation.budget",
        "total",
        parse_value("72505"),
        "元",
        "printed",
        "72505元",
        "text 1-5",
        "prose",
    )
    assert "V14-PROSE" not in {finding.rule_id for finding in check(replace(table, statements=(prose,)))}


@pytest.mark.skipif(not IDENTITIES_FILE.exists(), reason="the domain report is not beside the repository")
def test_every_identity_that_the_domain_report_lists_is_a_rule() -> None:
    with IDENTITIES_FILE.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    # One for each form; and a bound in the place of what the report says cannot be checked.
    otherwise = {"X-AGG": "X-AGG-2014", "X-CARRY-2018-2019": ""}
    assert len(rows) == 136
    for row in rows:
        rule = REGISTRY.rules[otherwise.get(row["rule_id"]) or row["rule_id"]]
        assert rule.severity == row["severity"]
        if rule.formula and row["rule_id"] not in otherwise:
            assert rule.formula == parse_formula(row["formula"])


def test_every_form_with_rules_is_tried_here() -> None:
    assert {form for form in REGISTRY.forms if form_rules(REGISTRY, form)} == set(YEARS)
