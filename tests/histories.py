"""Figures of many bodies over the years that keep every rule: within a report, from year to year, and over forms.

A body has a size, and each of its cells a share of it that drifts from year to year, so that its own history and its
peers say what is usual. Everything is drawn for all bodies at once, from a seed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from flows.model import Extraction, Header, Observation, Value
from flows.registry import Registry
from tests.portal.amounts import APPLICANTS

Counts = NDArray[np.int64]
Figures = dict[str, NDArray[np.float64]]  # a cell: its figure of every body

REFUSED = (
    "state_secret trade_secret privacy security_stability not_government_information other_legal".split()
)
REPLIES = "already_public granted partial not_this_organ does_not_exist amend other_route".split()
KEY_AREAS = (
    "fiscal housing food_safety environment tendering work_safety land pricing enterprise_credit audit "
    "public_enterprises other"
).split()
RESULTS = (
    "granted partial denied.state_secret denied.other_law denied.security_stability denied.third_party "
    "denied.internal_affairs denied.process denied.enforcement_file denied.admin_enquiry unavailable.not_held "
    "unavailable.needs_creation unavailable.unclear not_processed.petition not_processed.duplicate "
    "not_processed.publications not_processed.excessive not_processed.reconfirmation"
).split()
LAST_RESULTS = {2019: ["other"], 2021: ["other.no_correction", "other.fee_unpaid", "other.other"]}
OUTCOMES = ("upheld", "corrected", "other", "pending")
ITEMS = (
    "art20_5.licensing",
    "art20_5.other_services",
    "art20_6.penalty",
    "art20_6.coercion",
    "art20_8.charges",
)


@dataclass
class Draw:
    """What figures are drawn from: the size of each body, the level of each of its cells, last year's stocks."""

    random: np.random.Generator
    size: NDArray[np.float64]
    levels: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    stocks: dict[str, Counts] = field(default_factory=dict)

    def count(self, name: str, share: float = 0.2) -> Counts:
        """Return a count of each body, which drifts from year to year."""
        if name not in self.levels:
            self.levels[name] = self.size * share * self.random.lognormal(0, 0.6, len(self.size))
        self.levels[name] = self.levels[name] * self.random.lognormal(0, 0.15, len(self.size))
        return self.random.poisson(self.levels[name])

    def part(self, whole: Counts, share: float) -> Counts:
        """Return a part of a whole."""
        return self.random.binomial(whole, share)

    def split(self, name: str, whole: Counts, parts: Sequence[str]) -> dict[str, Counts]:
        """Return a whole dealt out to its parts, in shares that each body keeps."""
        if name not in self.levels:
            self.levels[name] = self.random.dirichlet(np.full(len(parts), 0.5), len(self.size))
        dealt = self.random.multinomial(whole, self.levels[name])
        return dict(zip(parts, dealt.T, strict=True))


def make_histories(seed: int, bodies: int, years: Sequence[int]) -> Iterator[tuple[int, Figures]]:
    """Yield each year with the figures of all bodies; years before 2014 have no form with rules."""
    random = np.random.default_rng(seed)
    draw = Draw(random, random.lognormal(3.5, 1.2, bodies))
    for year in years:
        if year < 2019:
            yield year, make_2014(draw, year)
        else:
            yield year, make_since_2019(draw, year)


def make_2014(draw: Draw, year: int) -> Figures:
    """Return the figures of form 2014."""
    a: dict[str, Counts] = {}
    areas = {f"disclosure.key_areas.{each}": draw.count(f"areas.{each}") for each in KEY_AREAS}
    a |= areas | {"disclosure.key_areas": total(areas)}
    everything = a["disclosure.total"] = a["disclosure.key_areas"] + draw.count("disclosed", 3)
    a["disclosure.total.normative_disclosed"] = norm = np.minimum(draw.count("normative"), everything)
    a["disclosure.normative_issued"] = norm + draw.count("kept", 0.02)
    a |= {
        f"disclosure.channels.{each}": draw.part(everything, 0.5)
        for each in ("gazette", "weibo", "wechat", "other")
    }
    a["disclosure.channels.website"] = everything
    a["response.events"] = events = draw.count("events")
    for name in ("press_conferences", "online_interviews"):
        a[f"response.channels.{name}"] = held = draw.count(name, 0.1)
        a[f"response.channels.{name}.principal"] = draw.part(held, 0.4)
    a["response.channels.interpretation_articles"] = draw.count("articles")
    a |= {f"response.channels.{each}": draw.part(events, 0.5) for each in ("weibo_wechat", "other")}
    a |= apply_2014(draw)
    for name in ("reconsideration", "litigation"):
        parts = {f"{name}.{each}": draw.count(f"{name}.{each}", 0.05) for each in OUTCOMES[:3]}
        a |= parts | {f"{name}.total": total(parts)}
    a["complaint.total"] = draw.count("complaint", 0.02)
    for name, share in (("bodies", 0.4), ("reading_points", 0.3)):
        a[f"organisation.{name}"] = draw.count(name, share)
    staff = {f"organisation.staff.{each}": draw.count(each, 0.3) for each in ("full_time", "part_time")}
    a |= staff | {"organisation.staff": total(staff)}
    a |= {f"training.{each}": draw.count(each) for each in ("meetings", "courses", "participants")}
    money = {"organisation.budget": np.minimum(draw.count("budget", 100) / 100, 9999)}
    money["fee.collected"] = draw.count("fee", 20) / 100 if year < 2017 else np.zeros(len(draw.size))
    return name_cells("v2014", a) | name_cells("v2014", money)


def apply_2014(draw: Draw) -> dict[str, Counts]:
    """Return the applications of form 2014; what is left over of each year stays in the stocks."""
    received = {
        f"application.received.{each}": draw.count(f"mode.{each}")
        for each in ("in_person", "fax", "online", "letter")
    }
    came = total(received)
    there = draw.stocks.get("left", np.zeros(len(draw.size), np.int64)) + came
    concluded = np.minimum(came, there - draw.part(there, 0.05))
    draw.stocks["left"] = there - concluded
    late = draw.part(concluded, 0.1)
    replies = draw.split("replies", concluded, [*REPLIES, "refused"])
    refused = draw.split("refused", replies["refused"], REFUSED)
    return {
        **received, "application.received": came, "application.concluded": concluded, "reply.total": concluded,
        "application.concluded.extended": late, "application.concluded.on_time": concluded - late,
        **{f"reply.{each}": count for each, count in replies.items()},
        **{f"reply.refused.{each}": count for each, count in refused.items()},
    }  # fmt: skip


def make_since_2019(draw: Draw, year: int) -> Figures:
    """Return the figures of the forms of 2019 and 2021."""
    form = 2019 if year < 2021 else 2021
    a = article20_2019(draw) if form == 2019 else article20_2021(draw)
    results = [f"result.{each}" for each in (*RESULTS, *LAST_RESULTS[form])]
    shared = draw.split("2018", draw.stocks.pop("left", np.zeros(len(draw.size), np.int64)), APPLICANTS)
    shares = (1.0, 0.3, 0.02, 0.02, 0.02, 0.05)
    for who, share in zip(APPLICANTS, shares, strict=True):
        carried_in = draw.stocks.get(f"out|{who}", shared[who])
        new = draw.count(f"new|{who}", share)
        carried_out = draw.part(carried_in + new, 0.08)
        done = carried_in + new - carried_out
        a |= {f"application.new|{who}": new, f"application.carried_in|{who}": carried_in}
        a |= {f"application.carried_out|{who}": carried_out, f"result.total|{who}": done}
        dealt = draw.split(f"{form}|{who}", done, results)
        a |= {f"{name}|{who}": count for name, count in dealt.items()}
        draw.stocks[f"out|{who}"] = carried_out
    for name in (
        *results,
        "result.total",
        "application.new",
        "application.carried_in",
        "application.carried_out",
    ):
        a[f"{name}|total"] = total({who: a[f"{name}|{who}"] for who in APPLICANTS})
    for group in ("reconsideration", "litigation_direct", "litigation_after_reconsideration"):
        parts = {f"{group}.{each}": draw.count(f"{group}.{each}", 0.05) for each in OUTCOMES}
        a |= parts | {f"{group}.total": total(parts)}
    money = {
        2019: {"art20_9.procurement.amount": draw.count("procured", 2000) / 100},
        2021: {"art20_8.charges.amount": draw.count("charged", 2000) / 100},
    }[form]
    return name_cells(f"v{form}", a) | name_cells(f"v{form}", money)


def article20_2019(draw: Draw) -> dict[str, Counts]:
    a: dict[str, Counts] = {}
    for row in ("regulations", "normative"):
        a[f"art20_1.{row}.disclosed"] = disclosed = draw.count(f"disclosed.{row}", 0.1)
        a[f"art20_1.{row}.made"] = disclosed + draw.count(f"made.{row}", 0.01)
        a[f"art20_1.{row}.public_total"] = disclosed + draw.count(f"public.{row}", 1)
    for row in ITEMS:
        before = draw.stocks[row] if row in draw.stocks else draw.count(f"items.{row}", 2)
        change = draw.part(before, 0.05) - draw.part(before, 0.05)
        a |= {f"{row}.items_previous_year": before, f"{row}.items_change": change}
        draw.stocks[row] = before + change
        if row != "art20_8.charges":
            a[f"{row}.decisions"] = draw.count(f"decisions.{row}", 20)
    a["art20_9.procurement.projects"] = draw.count("projects", 1)
    return a


def article20_2021(draw: Draw) -> dict[str, Counts]:
    a: dict[str, Counts] = {}
    for row in ("regulations", "normative"):
        before = draw.stocks.get(f"force.{row}", draw.count(f"public.{row}", 1))
        issued = draw.count(f"disclosed.{row}", 0.1)
        repealed = draw.part(before, 0.1)
        draw.stocks[f"force.{row}"] = before + issued - repealed
        stock = {"issued": issued, "repealed": repealed, "in_force": draw.stocks[f"force.{row}"]}
        a |= {f"art20_1.{row}.{name}": count for name, count in stock.items()}
    for row in ("art20_5.licensing", "art20_6.penalty", "art20_6.coercion"):
        a[f"{row}.decisions"] = draw.count(f"decisions.{row}", 20)
    return a


def total(parts: Mapping[str, Counts]) -> Counts:
    """Return the sum of parts."""
    return np.sum(list(parts.values()), axis=0)  # type: ignore[no-any-return]


def name_cells(form: str, figures: Mapping[str, NDArray[np.generic]]) -> Figures:
    """Return figures under the names of their cells."""
    return {
        f"{form}.{name}" if "|" in name else f"{form}.{name}|total": each.astype(float)
        for name, each in figures.items()
    }


@dataclass(frozen=True)
class Teller:
    """Makes extractions of figures; equal cells are one object, so that many reports take little room."""

    registry: Registry
    known: dict[tuple[str, float], Observation] = field(default_factory=dict)

    def observe(self, cell: str, amount: float) -> Observation:
        """Return the observation of a figure, read without doubt."""
        if (cell, amount) not in self.known:
            code, who = cell.split("|")
            text = f"{Decimal(str(amount)).normalize():f}"
            unit = self.registry.indicators[code].unit
            self.known[cell, amount] = Observation(
                code, who, Value(Decimal(text), "reported"), unit, "form", text, "table 1 r1 c1"
            )
        return self.known[cell, amount]

    def tell(self, body: str, year: int, figures: Mapping[str, float]) -> tuple[int, Extraction]:
        """Return the report of a body that states some figures."""
        observations = tuple(self.observe(cell, amount) for cell, amount in figures.items())
        form = next(iter(figures)).partition(".")[0].removeprefix("v")
        return year, Extraction(Header("a title", body, year), form, observations)


def tell_city(
    registry: Registry, seed: int, bodies: int, years: Sequence[int]
) -> dict[int, tuple[int, Extraction]]:
    """Return the reports of all bodies of a city on some years, numbered."""
    teller = Teller(registry)
    reports: dict[int, tuple[int, Extraction]] = {}
    for year, figures in make_histories(seed, bodies, years):
        cells, columns = list(figures), [each.tolist() for each in figures.values()]
        for at, line in enumerate(zip(*columns, strict=True)):
            reports[len(reports)] = teller.tell(f"{100_000 + at}", year, dict(zip(cells, line, strict=True)))
    return reports


def change_figure(report: tuple[int, Extraction], at: int, amount: Decimal) -> tuple[int, Extraction]:
    """Return a report one of whose figures is another."""
    year, extraction = report
    observations = list(extraction.observations)
    observations[at] = observations[at]._replace(value=Value(amount, "reported"), raw_value=f"{amount:f}")
    return year, replace(extraction, observations=tuple(observations))
