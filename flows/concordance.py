"""What can be followed over the forms: the edges of `concordance.csv`, and how each concept is made of the figures of a form."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from flows.errors import RegistryError, Text

Relation = Literal["exact", "comparable", "broken"]
Row = Mapping[str, Any]
Codes = tuple[str, ...]
Made = dict[tuple[str, str], Codes]  # concept and form to the indicators whose sum it is

GRADES: Sequence[Relation] = (
    "exact",
    "comparable",
    "broken",
)  # the worst one of a chain is that of the whole


@dataclass(frozen=True)
class Edge:
    """How the figures of one concept under one form compare with those of the form that came next."""

    concept_id: str
    from_form: str
    from_codes: Codes
    to_form: str
    to_concept_id: str
    to_codes: Codes
    relation: Relation
    reason: Text
    reference: Text


@dataclass(frozen=True)
class Concordance:
    """The edges by concept and older form, and the indicators that each concept is made of under each form."""

    edges: Mapping[tuple[str, str], Edge]
    derivations: Mapping[tuple[str, str], Codes]

    def onward(self, concept_id: str, form: str) -> Relation | None:
        """Return how a concept's figures of a form compare with those of the next one; None in the form of today."""
        edge = self.edges.get((concept_id, form))
        return edge.relation if edge else None

    def grade(self, concept_id: str, form: str) -> Relation:
        """Return how a concept's figures of a form compare with its figures under the newest form that has it.

        No `broken` edge joins two figures of one concept, so this is `exact` or `comparable`.
        """
        worst: Relation = "exact"
        while (edge := self.edges.get((concept_id, form))) and edge.relation != "broken":
            worst = max(worst, edge.relation, key=GRADES.index)
            form = edge.to_form
        return worst


def load_concordance(
    rows: Sequence[Row], concepts: Sequence[Row], indicators: Mapping[str, Row], forms: Sequence[str]
) -> Concordance:
    """Return the concordance of the rows of concordance.csv, whose codes are known to exist.

    `forms` stand in the order of their years. Raises RegistryError where an edge contradicts another, the codebook
    or the list of concepts, joins what a broken edge parts, or is missing.
    """
    following = dict(pairwise(forms))
    made: Made = {
        (row["concept_id"], row["form"]): (code,) for code, row in indicators.items() if row["concept_id"]
    }
    edges: dict[tuple[str, str], Edge] = {}
    for number, row in enumerate(rows, start=2):
        edge = load_edge(row)
        check_edge(number, edge, indicators, following)
        for concept_id, form, codes in sides(edge):
            if made.setdefault((concept_id, form), codes) != codes:
                what = Text(f"{concept_id} of form {form} is another", f"{form} 表式的 {concept_id} 另有所指")
                raise refuse(number, what, made[concept_id, form], codes)
        edges[edge.concept_id, edge.from_form] = edge
    check_parted(edges)
    check_whole(edges, made, forms)
    check_forms(concepts, made)
    return Concordance(edges, made)


def load_edge(row: Row) -> Edge:
    """Return one row of concordance.csv as an Edge."""
    return Edge(
        row["concept_id"], row["from_form"], split_codes(row["from_codes"]), row["to_form"], row["to_concept_id"],
        split_codes(row["to_codes"]), row["relation"], Text(row["reason_en"], row["reason_zh"]),
        Text(row["reference_en"], row["reference_zh"]),
    )  # fmt: skip


def split_codes(text: str) -> Codes:
    """Return the indicators of a sum.

    >>> split_codes("v2014.reply.granted + v2014.reply.partial"), split_codes("")
    (('v2014.reply.granted', 'v2014.reply.partial'), ())
    """
    return tuple(code for code in text.split(" + ") if code)


def sides(edge: Edge) -> Iterator[tuple[str, str, Codes]]:
    """Yield the concept, form and indicators of the sides of an edge that are one concept's figures."""
    yield edge.concept_id, edge.from_form, edge.from_codes
    if edge.relation != "broken":
        yield edge.concept_id, edge.to_form, edge.to_codes


def check_edge(number: int, edge: Edge, indicators: Mapping[str, Row], following: Mapping[str, str]) -> None:
    """Raise RegistryError for an edge that does not lead on, mixes forms or units, or whose grade says something else."""
    if following.get(edge.from_form) != edge.to_form:
        what = Text("an edge leads to the form that came next", "应指向其后的表式")
        raise refuse(number, what, (following.get(edge.from_form, "no edge"),), (edge.to_form,))
    for form, codes in ((edge.from_form, edge.from_codes), (edge.to_form, edge.to_codes)):
        if strangers := tuple(code for code in codes if indicators[code]["form"] != form):
            what = Text("every code of a side is of its form", "各代码应属同一表式")
            raise refuse(number, what, (f"v{form}",), strangers)
        if headings := tuple(code for code in codes if indicators[code]["measure_type"] == "heading"):
            raise refuse(number, Text("a heading has no figure", "标题行没有数字"), (), headings)
        if len({indicators[code]["unit"] for code in codes}) > 1 and edge.relation != "broken":
            units = tuple(indicators[code]["unit"] for code in codes)
            raise refuse(number, Text("a sum is of one unit", "相加各项应为同一单位"), units[:1], units)
    if (edge.relation == "broken") == (edge.to_concept_id == edge.concept_id):
        what = Text(
            "a broken edge leads to another concept or to none, every other to the same",
            "broken 应指向另一概念或无，其余应指向同一概念",
        )
        raise refuse(number, what, (edge.concept_id,), (edge.relation, edge.to_concept_id))
    if edge.relation != "broken" and not edge.to_codes:
        raise refuse(number, Text("figures of the newer form are missing", "缺少较新表式的指标"), (), ())


def check_parted(edges: Mapping[tuple[str, str], Edge]) -> None:
    """Raise RegistryError where a concept joins two figures that a broken edge parts."""
    joined = {
        (edge.from_form, frozenset(edge.from_codes), frozenset(edge.to_codes)): edge.concept_id
        for edge in edges.values()
        if edge.relation != "broken"
    }
    for number, edge in enumerate(edges.values(), start=2):
        concept_id = joined.get((edge.from_form, frozenset(edge.from_codes), frozenset(edge.to_codes)))
        if edge.relation == "broken" and concept_id:
            what = Text(f"{concept_id} joins what this row parts", f"{concept_id} 连接了本行断开的数字")
            raise refuse(number, what, edge.from_codes, edge.to_codes)


def check_whole(edges: Mapping[tuple[str, str], Edge], made: Made, forms: Sequence[str]) -> None:
    """Raise RegistryError for a concept that has figures under an older form and no edge onward."""
    for concept_id, form in made:
        if form != forms[-1] and (concept_id, form) not in edges:
            raise RegistryError(
                f"concordance.csv: no row leads on from {concept_id} of form {form}. Add one; where nothing follows, "
                "it is graded broken.",
                f"concordance.csv：没有自 {form} 表式 {concept_id} 出发的行。请补充；没有后继的评为 broken。",
            )


def check_forms(concepts: Sequence[Row], made: Made) -> None:
    """Raise RegistryError where concepts.csv lists other forms of a concept than those that give it."""
    for number, row in enumerate(concepts, start=2):
        given = " ".join(sorted(form for concept_id, form in made if concept_id == row["concept_id"]))
        if row["forms"] != given:
            raise RegistryError(
                f"concepts.csv: row {number}, column forms: {row['concept_id']} is given by '{given}', found "
                f"'{row['forms']}'. Mend it or the concordance.",
                f"concepts.csv：第 {number} 行，forms 列：{row['concept_id']} 由“{given}”给出，而所列为"
                f"“{row['forms']}”。请修改该行或 concordance.csv。",
            )


def refuse(number: int, what: Text, expected: Codes, found: Codes) -> RegistryError:
    """Return the error for a row of concordance.csv, with what was expected and what was found."""
    right, wrong = " + ".join(expected), " + ".join(found)
    return RegistryError(
        f"concordance.csv: row {number}: {what.en}: expected '{right}', found '{wrong}'. Mend it.",
        f"concordance.csv：第 {number} 行：{what.zh}：应为“{right}”，而所列为“{wrong}”。请修改。",
    )
