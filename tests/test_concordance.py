"""The concordance: whole, true to the codebook, never joining what it parts, and no edge can be wrong in silence."""

import csv
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from flows.concordance import GRADES, split_codes
from flows.errors import RegistryError
from flows.registry import Registry, load_registry

ROOT = Path(__file__).resolve().parent.parent
DOMAIN = ROOT.parent / "shared" / "domain" / "concordance.csv"
ERAS = {"2008-2013": "2008", "2014-2018": "2014", "2019-2020": "2019", "2021-": "2021"}
# The domain report's grades that are not kept, with the reason.
GRADED_OTHERWISE = {
    (
        "v2014.reply.total",
        "2019",
    ): "result.total continues 申请办结数; one form cannot give a concept two figures",
    ("v2014.reply.total", "2021"): "as above",
    (
        "v2019.art20_8.charges.items_previous_year + v2019.art20_8.charges.items_change",
        "2021",
    ): "two rows, two edges",
}


def test_every_figure_of_an_older_form_leads_on_or_says_why_not(registry: Registry) -> None:
    older = [each for each in registry.indicators.values() if each.form != "2021" and not each.is_heading]
    assert len(older) == 177
    for each in older:
        edge = registry.concordance.edges[each.concept_id, each.form]
        assert each.indicator_id in edge.from_codes


def test_every_edge_has_its_reason_and_reference_in_both_languages(registry: Registry) -> None:
    for edge in registry.concordance.edges.values():
        for text in (edge.reason, edge.reference):
            assert re.search(r"[a-z]{3}", text.en), edge
            assert re.search(r"[\u4e00-\u9fff]", text.zh), edge


def test_the_grade_of_a_chain_is_its_worst(registry: Registry) -> None:
    concordance = registry.concordance
    assert concordance.grade("result.granted", "2014") == "comparable"
    assert concordance.grade("result.granted", "2019") == "exact"
    assert concordance.grade("normative.issued", "2019") == "comparable"
    assert concordance.grade("disclosure.total", "2008") == "comparable"
    assert (concordance.onward("disclosure.total", "2014"), concordance.onward("result.total", "2021")) == (
        "broken",
        None,
    )


def test_a_concept_has_figures_under_forms_in_a_row_and_never_over_a_broken_edge(registry: Registry) -> None:
    forms = list(registry.forms)
    concordance = registry.concordance
    for row in registry.tables["concepts"]:
        concept_id, given = row["concept_id"], row["forms"].split()
        assert given == forms[forms.index(given[0]) : forms.index(given[-1]) + 1], concept_id
        for form, _ in pairwise(given):
            assert concordance.onward(concept_id, form) in ("exact", "comparable")
        assert concordance.onward(concept_id, given[-1]) in ("broken", None)


def test_a_variable_of_the_panel_is_short_enough_for_stata(registry: Registry) -> None:
    for row in registry.tables["concepts"]:
        assert re.fullmatch("[a-z][a-z0-9_]{0,31}", row["variable"])
        assert max(len(row["label_en"]), len(row["label_zh"])) <= 80


@pytest.mark.skipif(not DOMAIN.exists(), reason="the domain report is not beside the repository")
def test_every_grade_of_the_domain_report_holds_but_those_named(registry: Registry) -> None:
    concordance, otherwise = registry.concordance, set()
    concepts = {(form, codes): concept for (concept, form), codes in concordance.derivations.items()}
    with DOMAIN.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        codes, target = row["from_codes"], ERAS.get(row["to_era"], "")
        concept_id, form = (
            concepts.get((ERAS[row["from_era"]], split_codes(codes)), ""),
            ERAS[row["from_era"]],
        )
        reached, grade = concept_id, "exact"
        while reached and form != (target or "2021"):
            edge = concordance.edges[reached, form]
            grade = max(grade, edge.relation, key=GRADES.index)
            reached, form = edge.to_concept_id, edge.to_form
        if not concept_id or grade != row["relation"]:
            otherwise.add((codes, target))
    assert len(rows) == 143
    assert otherwise == set(GRADED_OTHERWISE)


GRANTED = (
    "result.granted,2014,v2014.reply.already_public + v2014.reply.granted,2019,result.granted,"
    "v2019.result.granted,comparable"
)
DAMAGES: dict[str, tuple[str, Callable[[str], str], str]] = {
    "a code is unknown": (
        "concordance.csv",
        lambda text: text.replace("v2014.reply.already_public + ", "v2014.reply.already_publik + ", 1),
        "column to_codes | 'v2014.reply.already_publik' | Nearest: 'v2014.reply.already_public'",
    ),
    "a code is of another form": (
        "concordance.csv",
        lambda text: text.replace(GRANTED, GRANTED.replace("v2019.", "v2021.")),
        "every code of a side is of its form | found 'v2021.result.granted'",
    ),
    "a form has another figure of the concept": (
        "concordance.csv",
        lambda text: text.replace(GRANTED, GRANTED.replace("v2019.result.granted", "v2019.result.partial")),
        "result.granted of form 2019 is another | expected 'v2019.result.granted'",
    ),
    "a chain skips a form": (
        "concordance.csv",
        lambda text: text.replace(GRANTED, GRANTED.replace(",2019,", ",2021,").replace("v2019", "v2021")),
        "leads to the form that came next | expected '2019', found '2021'",
    ),
    "a heading is taken for a figure": (
        "concordance.csv",
        lambda text: text.replace(GRANTED, GRANTED.replace("v2014.reply.already_public", "v2014.application")),
        "a heading has no figure | 'v2014.application'",
    ),
    "units are mixed in a sum": (
        "concordance.csv",
        lambda text: text.replace(GRANTED, GRANTED.replace("v2014.reply.already_public", "v2014.fee.collected")),
        "a sum is of one unit | 万元",
    ),
    "a broken edge leads to the same concept": (
        "concordance.csv",
        lambda text: text.replace(GRANTED, GRANTED.replace("comparable", "broken")),
        "a broken edge leads to another concept or to none",
    ),
    "a graded edge leads nowhere": (
        "concordance.csv",
        lambda text: text.replace(GRANTED, GRANTED.replace(",v2019.result.granted,", ",,")),
        "figures of the newer form are missing",
    ),
    "a concept is made in two ways": (
        "concordance.csv",
        lambda text: text.replace(
            "reply.granted,2014,v2014.reply.granted,",
            "reply.granted,2014,v2014.reply.already_public + v2014.reply.granted,",
        ),
        "reply.granted of form 2014 is another",
    ),
    "an edge is missing": (
        "concordance.csv",
        lambda text: re.sub(r"complaint\.total,2014.*\n", "", text),
        "no row leads on from complaint.total of form 2014",
    ),
    "a grade is unknown": (
        "concordance.csv",
        lambda text: text.replace(",comparable,", ",comparble,", 1),
        "column relation | nearest: 'comparable'",
    ),
    "a concept lists a form that does not give it": (
        "concepts.csv",
        lambda text: re.sub(r"(complaint\.total.*)2014\n", r"\g<1>2014 2019\n", text),
        "column forms | complaint.total is given by '2014', found '2014 2019'",
    ),
    "two concepts have one variable": (
        "concepts.csv",
        lambda text: text.replace("complaint.total,complaint_total", "complaint.total,appeal_total"),
        "column variable",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGES)
def test_a_wrong_edge_is_refused_with_its_place(name: str, schemas: Path) -> None:
    file, damage, said = DAMAGES[name]
    text = (schemas / file).read_text(encoding="utf-8")
    assert damage(text) != text
    (schemas / file).write_text(damage(text), encoding="utf-8")
    with pytest.raises(RegistryError) as caught:
        load_registry(schemas)
    english, chinese = caught.value.text
    assert [part for part in said.split(" | ") if part not in english] == [], english
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    for number in re.findall(r"(?<=row )\d+", english):
        assert number in chinese


def test_a_new_concept_cannot_bridge_a_broken_edge(schemas: Path) -> None:
    """A sum declared anew under another name would join 不同意公开 of 2014 with the eight grounds of 2019."""
    edges, concepts = schemas / "concordance.csv", schemas / "concepts.csv"
    lines = edges.read_text(encoding="utf-8").splitlines(keepends=True)
    broken = next(line for line in lines if line.startswith("reply.refused,2014,"))
    bridge = broken.replace("reply.refused,2014", "refused.any,2014", 1).replace(
        ",result.denied,", ",refused.any,"
    )
    onward = next(line for line in lines if line.startswith("result.denied,2019"))
    added = [bridge.replace(",broken,", ",comparable,"), onward.replace("result.denied,", "refused.any,")]
    edges.write_text("".join([*lines, *added]), encoding="utf-8")
    with concepts.open("a", encoding="utf-8") as file:
        file.write("refused.any,refused_any,不予公开,Refused,件,2014 2019 2021\n")
    with pytest.raises(RegistryError, match=r"refused\.any joins what this row parts"):
        load_registry(schemas)
