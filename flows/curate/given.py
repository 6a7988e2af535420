"""What contributors say of a report, merged with what was read of it: they add figures and open findings, they overwrite none."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from flows.cells import format_amount
from flows.codebook import Indicator
from flows.curate.contributions import Claim, Contribution, Shelf
from flows.curate.sources import Key
from flows.errors import Text
from flows.model import Extraction, Finding, Header, Observation, Value
from flows.registry import Registry

UNREAD = ("unreadable", "not_in_report")  # no figure of ours is there to be overwritten
MOST = 6  # contributions that a message names


@dataclass(frozen=True)
class Said:
    """One claim with the contribution that makes it."""

    contribution: Contribution
    claim: Claim

    @property
    def value(self) -> tuple[Value, str]:
        """What must be the same for two to agree: the value and its unit."""
        return self.claim.observation.value, self.claim.observation.unit


@dataclass(frozen=True)
class Given:
    """What a report states with its contributions, and what is to be said of that."""

    extraction: Extraction
    findings: tuple[Finding, ...]


def list_given(shelf: Shelf) -> dict[Key, list[Said]]:
    """Return what stands in the contributions that nobody withdrew, by report."""
    found: dict[Key, list[Said]] = {}
    for contribution in shelf.standing:
        for claim in contribution.claims:
            found.setdefault(claim.report, []).append(Said(contribution, claim))
    return found


def give_figures(registry: Registry, key: Key, read: Extraction | None, said: Sequence[Said]) -> Given:
    """Return a report with what contributors say of it; `read` is None where nothing of it could be read."""
    by_cell: dict[str, list[Said]] = {}
    for each in said:
        by_cell.setdefault(each.claim.cell, []).append(each)
    stated = {f"{each.indicator_id}|{each.applicant}": each for each in read.observations} if read else {}
    kept = {cell for cell, each in stated.items() if each.value.status not in UNREAD}
    added = {
        cell: merge_claims(claims)
        for cell, claims in by_cell.items()
        if cell not in kept
        and (cell not in stated or any(one.value[0].status not in UNREAD for one in claims))
    }
    findings = (
        *find_differing(by_cell, added),
        *find_alone({cell: by_cell[cell] for cell in added}),
        *find_disputed(stated, {cell: by_cell[cell] for cell in by_cell if cell in kept}),
    )
    merged = {**stated, **added}
    order = {f"{row.indicator_id}|{who}": at for at, (row, who) in enumerate(list_cells(registry))}
    observations = tuple(
        merged[cell] for cell in (merged if read else sorted(merged, key=lambda cell: order[cell]))
    )
    extraction = read or start_extraction(registry, key, said)
    return Given(replace(extraction, observations=observations), findings)


def list_cells(registry: Registry) -> Iterator[tuple[Indicator, str]]:
    """Yield the cells of every form in printed order."""
    for form in registry.forms.values():
        yield from form.cells


def start_extraction(registry: Registry, key: Key, said: Sequence[Said]) -> Extraction:
    """Return what is known of a report of which nothing was read: its title, as the first contribution has it."""
    first = said[0]
    evidence = first.contribution.evidence[first.claim.evidence_id]
    header = Header(
        title=evidence["title"],
        body_id=key[0],
        year=key[1],
        scope="own_body" if key[2] == "own_body" else "whole_area",
        source=evidence["holder"],
    )
    form = registry.indicators[first.claim.observation.indicator_id].form
    return Extraction(header, form, ())


def merge_claims(claims: Sequence[Said]) -> Observation:
    """Return the one observation that claims about a cell make: what they agree on, or that it cannot be told."""
    first = claims[0].claim.observation
    ids = " ".join(dict.fromkeys(each.contribution.contribution_id for each in claims))
    place = first.locator.partition(": ")[2]
    observation = first._replace(locator=f"contribution {ids}" + (f": {place}" if place else ""))
    if len({each.value for each in claims}) == 1:
        return observation
    return observation._replace(value=Value(None, "unreadable"), raw_value="", locator=f"contribution {ids}")


def are_independent(one: Contribution, other: Contribution) -> bool:
    """Return whether two contributions are of different people, neither of whom read the other's a second time."""
    mine, theirs = one.people, other.people
    return not (mine[0] & theirs[0] or mine[0] & theirs[1] or mine[1] & theirs[0])


def is_alone(claims: Iterable[Said]) -> bool:
    """Return whether no two independent contributions make a claim."""
    return not any(
        are_independent(one.contribution, other.contribution) for one, other in combinations(claims, 2)
    )


# What is to be said


def find_alone(by_cell: Mapping[str, Sequence[Said]]) -> Iterator[Finding]:
    """Yield the finding that figures rest on one contribution alone, which names their cells."""
    cells = {
        cell: claims
        for cell, claims in by_cell.items()
        if len({each.value for each in claims}) == 1
        and is_alone(claims)
        and claims[0].value[0].status not in UNREAD
    }
    if cells:
        names = name_people(each for claims in cells.values() for each in claims)
        yield Finding(
            "contribution_alone",
            Text(
                f"{len(cells)} cells were transcribed by one person alone ({names}); a second transcription would confirm them.",
                f"{len(cells)} 格仅由一人录入（{names}）；另一人再次录入即可核实。",
            ),
            cells=tuple(cells),
        )


def find_differing(
    by_cell: Mapping[str, Sequence[Said]], added: Mapping[str, Observation]
) -> Iterator[Finding]:
    """Yield a finding for each cell of which contributions say different things; no figure is published for it."""
    for cell in added:
        values = list(dict.fromkeys(each.value for each in by_cell[cell]))
        if len(values) > 1:
            who = [next(each for each in by_cell[cell] if each.value == value) for value in values]
            told = [
                f"{write_value(each, lang)} ({name_people([each])})" for lang in ("en", "zh") for each in who
            ]
            half = len(who)
            yield Finding(
                "contributions_differ",
                Text(
                    f"transcriptions differ: {' / '.join(told[:half])}. Look at the report; withdraw the wrong one.",
                    f"各次录入不同：{' / '.join(told[half:])}。请核对报告，并撤回有误者。",
                ),
                locator=added[cell].locator,
                cells=(cell,),
                left=values[0][0].amount,
                right=values[1][0].amount,
            )


def find_disputed(
    stated: Mapping[str, Observation], by_cell: Mapping[str, Sequence[Said]]
) -> Iterator[Finding]:
    """Yield a finding for each cell that we read otherwise than a contribution has it, and one for all that it confirms."""
    confirmed = []
    for cell, claims in by_cell.items():
        other = next((each for each in claims if each.value[0] != stated[cell].value), None)
        if other is None:
            confirmed.append(cell)
            continue
        ours, theirs = stated[cell], other.claim.observation
        yield Finding(
            "contribution_disputed",
            Text(
                f"read as '{ours.raw_value or ours.value.status}', {name_people([other])} says {write_value(other, 'en')}. "
                "The figure as read stays; look at the capture.",
                f"读作“{ours.raw_value or ours.value.status}”，{name_people([other])} 录为 {write_value(other, 'zh')}。"
                "保留所读数字；请核对存档。",
            ),
            locator=theirs.locator,
            cells=(cell,),
            left=ours.value.amount,
            right=theirs.value.amount,
        )
    if confirmed:
        names = name_people(each for cell in confirmed for each in by_cell[cell])
        yield Finding(
            "contribution_confirms",
            Text(
                f"{len(confirmed)} cells were transcribed as they were read ({names}).",
                f"{len(confirmed)} 格的录入与所读相同（{names}）。",
            ),
            cells=tuple(confirmed),
        )


def name_people(said: Iterable[Said]) -> str:
    """Return who transcribed, with the codes of their contributions."""
    found = dict.fromkeys(
        f"{each.contribution.evidence[each.claim.evidence_id]['transcriber']}, {each.contribution.contribution_id}"
        for each in said
    )
    more = f"; +{len(found) - MOST}" if len(found) > MOST else ""
    return "; ".join(list(found)[:MOST]) + more


def write_value(said: Said, lang: str) -> str:
    """Return what a claim says of its cell."""
    value, unit = said.value
    if value.amount is not None:
        return f"{format_amount(value.amount)} {unit}".strip()
    words = {
        "blank": Text("blank", "空白"),
        "none_word": Text("无", "无"),
        "dash": Text("a dash", "横线"),
        "unreadable": Text("unreadable", "看不清"),
        "not_in_report": Text("not in the report", "未印"),
    }
    return words[value.status].read(lang)
