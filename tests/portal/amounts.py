"""The figures of synthetic reports: they keep the identities of their form, or break one on purpose."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from random import Random

from flows.formulas import Term
from flows.registry import Registry

APPLICANTS = (
    "natural_person",
    "commercial_enterprise",
    "research_institution",
    "public_welfare_organisation",
    "legal_service_organisation",
    "other",
)
SIZES = {"town": 0.4, "department": 4, "district": 60, "city": 900}

Amounts = dict[str, Decimal]


def draw_count(random: Random, scale: float, zero: float = 0.5) -> Decimal:
    """Return a count such as reports print: often nought, mostly of the body's size, now and then far above."""
    if random.random() < zero:
        return Decimal(0)
    return Decimal(int(random.lognormvariate(0, 1.2) * scale) + 1)


def draw_big(random: Random, scale: float) -> Decimal:
    return draw_count(random, scale * random.choice((1, 10, 3000)), 0.3)


def draw_money(random: Random, zero: float = 0.4) -> Decimal:
    if random.random() < zero:
        return Decimal(0)
    digits = random.choice((0, 0, 2, 3, 4))
    return Decimal(random.randint(1, 10 ** random.randint(2, 7))).scaleb(-digits)


def make_2008(random: Random, v: str, year: int) -> Amounts:
    """Return the figures of the free form: those of the local table and of the sentences of Beijing."""
    scale = SIZES[random.choice(tuple(SIZES))]

    def count(zero: float = 0.5) -> Decimal:
        return draw_count(random, scale, zero)

    a: Amounts = {}
    add_sum(
        a,
        f"{v}.disclosure.by_type",
        "institution regulation planning duty business".split(),
        lambda: count(0.1),
    )
    a[f"{v}.disclosure.total|total"] = total = a.pop(f"{v}.disclosure.by_type|total")
    a[f"{v}.disclosure.full_text_electronic|total"] = full = Decimal(
        random.randint(int(total) // 2, int(total))
    )
    a[f"{v}.disclosure.full_text_electronic_rate|total"] = (
        (100 * full / total).quantize(Decimal("0.1")) if total else Decimal(100)
    )
    for name in ("disclosure.normative_docs_new", "disclosure.service_info", "application.catalogue"):
        a[f"{v}.{name}|total"] = min(count(), total)
    for name in ("page_visits", "in_person", "online", "telephone"):
        a[f"{v}.enquiry.{name}|total"] = draw_big(random, scale)
    add_sum(a, f"{v}.application.received", "in_person fax email online letter other".split(), count)
    reasons = "not_government_information does_not_exist not_held unclear other".split()
    exempt = [f"exempt_{number}" for number in range(1, 7)]
    add_sum(a, f"{v}.reply.refused", [*reasons, *exempt], lambda: count(0.8))
    for name in ("granted", "partial"):
        a[f"{v}.reply.{name}|total"] = count()
    a[f"{v}.reply.total|total"] = sum(
        (a[f"{v}.reply.{each}|total"] for each in ("granted", "partial", "refused")), Decimal(0)
    )
    for name in (
        "reconsideration.total",
        "litigation.total",
        "appeal.total",
        "staff.full_time",
        "staff.part_time",
        "reading_points",
    ):
        a[f"{v}.{name}|total"] = draw_count(random, scale / 4)
    return a


def make_2014(random: Random, v: str, year: int) -> Amounts:
    """Return the figures of form 2014, the block of Beijing among them."""
    scale = SIZES[random.choice(tuple(SIZES))]

    def count(zero: float = 0.5) -> Decimal:
        return draw_count(random, scale, zero)

    a: Amounts = {}
    keys = (
        "fiscal housing food_safety environment tendering work_safety land pricing enterprise_credit audit "
        "public_enterprises other"
    ).split()
    add_sum(a, f"{v}.disclosure.key_areas", keys, count)
    channels = ("gazette", "website", "weibo", "wechat", "other")
    total = a[f"{v}.disclosure.key_areas|total"] + count(0.1)
    a[f"{v}.disclosure.total|total"] = total
    norm = min(count(), total)
    a[f"{v}.disclosure.total.normative_disclosed|total"] = norm
    a[f"{v}.disclosure.normative_issued|total"] = norm + count(0.8)
    whole = random.choice(channels)
    for channel in channels:
        share = total if channel == whole else Decimal(random.randint(0, int(total)))
        a[f"{v}.disclosure.channels.{channel}|total"] = share
    response = f"{v}.response.channels"
    a[f"{v}.response.events|total"] = events = count()
    for name in ("press_conferences", "online_interviews"):
        a[f"{response}.{name}|total"] = held = count()
        a[f"{response}.{name}.principal|total"] = Decimal(random.randint(0, int(held)))
    a[f"{response}.interpretation_articles|total"] = count()
    for name in ("weibo_wechat", "other"):
        a[f"{response}.{name}|total"] = Decimal(random.randint(0, int(events)))
    add_sum(a, f"{v}.application.received", "in_person fax online letter".split(), count)
    received = a[f"{v}.application.received|total"]
    reasons = (
        "state_secret trade_secret privacy security_stability not_government_information other_legal".split()
    )
    add_sum(a, f"{v}.reply.refused", reasons, count)
    kinds = "already_public granted partial not_this_organ does_not_exist amend other_route".split()
    for kind in kinds:
        a[f"{v}.reply.{kind}|total"] = count()
    replies = sum((a[f"{v}.reply.{kind}|total"] for kind in [*kinds, "refused"]), Decimal(0))
    a[f"{v}.reply.total|total"] = a[f"{v}.application.concluded|total"] = replies
    for key in (f"{v}.application.received|total", f"{v}.application.received.letter|total"):
        a[key] += max(Decimal(0), replies - received)
    late = Decimal(random.randint(0, int(replies) // 10))
    a[f"{v}.application.concluded.extended|total"] = late
    a[f"{v}.application.concluded.on_time|total"] = replies - late
    for name in ("reconsideration", "litigation"):
        parts = [f"{v}.{name}.{outcome}|total" for outcome in ("upheld", "corrected", "other")]
        a |= {part: count(0.7) for part in parts}
        a[f"{v}.{name}.total|total"] = sum((a[part] for part in parts), Decimal(0))
    a[f"{v}.complaint.total|total"] = count(0.8)
    a[f"{v}.fee.collected|total"] = draw_money(random) if year < 2017 else Decimal(0)
    for name in ("bodies", "reading_points"):
        a[f"{v}.organisation.{name}|total"] = count()
    add_sum(a, f"{v}.organisation.staff", ["full_time", "part_time"], count)
    a[f"{v}.organisation.budget|total"] = min(draw_money(random), Decimal(9999))
    for name in ("meetings", "courses", "participants"):
        a[f"{v}.training.{name}|total"] = count()
    return a


def add_sum(a: Amounts, parent: str, parts: Iterable[str], count: Callable[[], Decimal]) -> None:
    codes = [f"{parent}.{part}|total" for part in parts]
    a |= {code: count() for code in codes}
    a[f"{parent}|total"] = sum((a[code] for code in codes), Decimal(0))


def make_2019(random: Random, v: str, year: int) -> Amounts:
    """Return the figures of form 2019, the row of Hubei among them."""
    scale = SIZES[random.choice(tuple(SIZES))]
    a: Amounts = {}
    for row in ("regulations", "normative", "other_documents"):
        stem = f"{v}.art20_1.{row}"
        a[f"{stem}.disclosed|total"] = disclosed = draw_count(random, scale / 8, 0.6)
        a[f"{stem}.made|total"] = disclosed + draw_count(random, scale / 8, 0.7)
        a[f"{stem}.public_total|total"] = disclosed + draw_count(random, scale, 0.5)
    for row in (
        "art20_5.licensing",
        "art20_5.other_services",
        "art20_6.penalty",
        "art20_6.coercion",
        "art20_8.charges",
    ):
        a[f"{v}.{row}.items_previous_year|total"] = before = draw_count(random, scale, 0.4)
        change = Decimal(random.randint(-min(int(before), 30), 30)) if random.random() < 0.5 else Decimal(0)
        a[f"{v}.{row}.items_change|total"] = change
        if row != "art20_8.charges":
            a[f"{v}.{row}.decisions|total"] = draw_big(random, scale)
    a[f"{v}.art20_9.procurement.projects|total"] = draw_count(random, scale)
    a[f"{v}.art20_9.procurement.amount|total"] = draw_money(random)
    results = (
        "granted partial denied.state_secret denied.other_law denied.security_stability denied.third_party "
        "denied.internal_affairs denied.process denied.enforcement_file denied.admin_enquiry unavailable.not_held "
        "unavailable.needs_creation unavailable.unclear not_processed.petition not_processed.duplicate "
        "not_processed.publications not_processed.excessive not_processed.reconfirmation"
    ).split()
    others = ["other"] if v == "v2019" else ["other.no_correction", "other.fee_unpaid", "other.other"]
    add_applications(a, v, [*results, *others], random, scale)
    for group in ("reconsideration", "litigation_direct", "litigation_after_reconsideration"):
        parts = [f"{v}.{group}.{outcome}|total" for outcome in ("upheld", "corrected", "other", "pending")]
        a |= {part: draw_count(random, scale / 10, 0.6) for part in parts}
        a[f"{v}.{group}.total|total"] = sum((a[part] for part in parts), Decimal(0))
    return a


def add_applications(a: Amounts, v: str, results: Iterable[str], random: Random, scale: float) -> None:
    rows = [f"{v}.result.{result}" for result in results]
    share = {"natural_person": 1.0, "commercial_enterprise": 0.3}
    for who in APPLICANTS:
        size = scale * share.get(who, 0.02)
        a |= {
            f"{row}|{who}": draw_count(random, size / 4, 0.5 if who == "natural_person" else 0.8)
            for row in rows
        }
        total = sum((a[f"{row}|{who}"] for row in rows), Decimal(0))
        carried_out = draw_count(random, size / 10, 0.6)
        carried_in = Decimal(random.randint(0, int(total + carried_out) // 4))
        a[f"{v}.result.total|{who}"] = total
        a[f"{v}.application.carried_out|{who}"] = carried_out
        a[f"{v}.application.carried_in|{who}"] = carried_in
        a[f"{v}.application.new|{who}"] = total + carried_out - carried_in
    balance = ("result.total", "application.carried_out", "application.carried_in", "application.new")
    for row in [*rows, *(f"{v}.{name}" for name in balance)]:
        a[f"{row}|total"] = sum((a[f"{row}|{who}"] for who in APPLICANTS), Decimal(0))


def make_2021(random: Random, v: str, year: int) -> Amounts:
    """Return the figures of form 2021."""
    later = {key: amount for key, amount in make_2019(random, v, year).items() if ".art20_" not in key}
    scale = SIZES[random.choice(tuple(SIZES))]
    a: Amounts = {}
    for row in ("regulations", "normative"):
        for column in ("issued", "repealed", "in_force"):
            a[f"{v}.art20_1.{row}.{column}|total"] = draw_count(random, scale / 4)
    for row in ("art20_5.licensing", "art20_6.penalty", "art20_6.coercion"):
        a[f"{v}.{row}.decisions|total"] = draw_big(random, scale)
    a[f"{v}.art20_8.charges.amount|total"] = draw_money(random)
    return a | later


MAKERS: Mapping[str, Callable[[Random, str, int], Amounts]] = {
    "2008": make_2008,
    "2014": make_2014,
    "2019": make_2019,
    "2021": make_2021,
}


def break_rule(amounts: Amounts, registry: Registry, rule_id: str) -> None:
    """Change the first figure of a rule so that the rule no longer holds."""
    formula = registry.rules[rule_id].formula
    assert formula is not None
    cell = cell_key(formula.left[0])
    amounts[cell] += 7 if formula.operator == "=" else 10**7 * (-1 if formula.operator == ">=" else 1)


def cell_key(term: Term) -> str:
    return term.code if "|" in term.code else f"{term.code}|total"


def broken_rules(amounts: Mapping[str, Decimal | None], registry: Registry, form: str, year: int) -> set[str]:
    """Return the rules of a form that the figures break; a rule with a missing figure is not assessable."""
    broken = set()
    for rule in registry.rules.values():
        if rule.form != form or rule.formula is None or not rule.first_year <= year <= rule.last_year:
            continue
        sides = [side_sum(amounts, side) for side in (rule.formula.left, rule.formula.right)]
        if None in sides:
            continue
        left, right = (side for side in sides if side is not None)
        if not {"=": left == right, "<=": left <= right, ">=": left >= right}[rule.formula.operator]:
            broken.add(rule.rule_id)
    return broken


def side_sum(amounts: Mapping[str, Decimal | None], side: Iterable[Term]) -> Decimal | None:
    total = Decimal(0)
    for term in side:
        amount = amounts.get(cell_key(term)) if term.code else Decimal(term.number)
        if amount is None:
            return None
        total += term.sign * amount
    return total
