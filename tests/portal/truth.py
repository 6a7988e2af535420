"""The truth of one synthetic report: every figure, how it is printed, and what a reader must make of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

from flows.formulas import Term
from flows.model import Status
from flows.registry import Form, Indicator, Registry

APPLICANTS = (
    "natural_person",
    "commercial_enterprise",
    "research_institution",
    "public_welfare_organisation",
    "legal_service_organisation",
    "other",
)
BODIES = ("合成市样张区人民政府", "合成县范例镇人民政府", "北京市怀柔区人民政府", "合成市样张区水务局")
SIZES = {"town": 0.4, "department": 4, "district": 60, "city": 900}
STYLES = ("plain", "padded", "sparse", "words", "dashes", "wide", "commas", "units", "mixed")
STYLE_WEIGHTS = (40, 10, 10, 6, 6, 4, 6, 4, 14)
ODD = ("", "无", "/", "—", "-", "——", " 0", "0 ", "０", "约5", "1 2", "见附件", "0\u00a0", "3①")


@dataclass(frozen=True)
class Printed:
    """One cell as it is printed, and what it says; `unit` is set only where the cell itself prints one."""

    text: str
    status: Status
    amount: Decimal | None = None
    unit: str = ""


@dataclass(frozen=True)
class Truth:
    """All that a report states: its cells by `indicator|applicant`, and the fee that a sentence states."""

    seed: int
    form: str
    year: int
    body: str
    cells: Mapping[str, Printed]
    fee: tuple[int, int] | None = None


Amounts = dict[str, Decimal]


def make_truth(
    seed: int, form: Form, year: int, body: str = "", broken: Iterable[str] = (), registry: Registry | None = None
) -> Truth:
    """Return a report's truth from a seed; its figures keep all rules but those named in `broken`."""
    random = Random(f"{seed}/{form.form}/truth")
    amounts = MAKERS[form.form](random, f"v{form.form}", year)
    for rule_id in broken:
        assert registry is not None
        break_rule(amounts, registry, rule_id)
    style = random.choices(STYLES, STYLE_WEIGHTS)[0]
    cells = {key: print_amount(random, style, amount, row_of(form, key)) for key, amount in amounts.items()}
    fee = (random.randint(1, 30), random.randint(10, 3000) * 10) if form.form == "2021" and random.random() < 0.4 else None
    return Truth(seed, form.form, year, body or random.choice(BODIES), cells, fee)


def row_of(form: Form, key: str) -> Indicator:
    return form.by_id[key.split("|")[0]]


# Figures


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


def make_2014(random: Random, v: str, year: int) -> Amounts:
    """Return the figures of form 2014, the block of Beijing among them."""
    scale = SIZES[random.choice(tuple(SIZES))]
    count = lambda zero=0.5: draw_count(random, scale, zero)  # noqa: E731
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
    reasons = "state_secret trade_secret privacy security_stability not_government_information other_legal".split()
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
    for row in ("art20_5.licensing", "art20_5.other_services", "art20_6.penalty", "art20_6.coercion", "art20_8.charges"):
        a[f"{v}.{row}.items_previous_year|total"] = before = draw_count(random, scale, 0.4)
        change = Decimal(random.randint(-int(min(before, 30)), 30)) if random.random() < 0.5 else Decimal(0)
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
        a |= {f"{row}|{who}": draw_count(random, size / 4, 0.5 if who == "natural_person" else 0.8) for row in rows}
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


MAKERS: Mapping[str, Callable[[Random, str, int], Amounts]] = {"2014": make_2014, "2019": make_2019, "2021": make_2021}


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


# Print


def print_amount(random: Random, style: str, amount: Decimal, row: Indicator) -> Printed:
    """Return how a report of this style prints an amount."""
    if style == "mixed" and random.random() < 0.04:
        odd = read_odd(random.choice(ODD))
        return odd if odd.status != "reported" or amount == 0 else Printed(f" {amount:f}\u00a0", "reported", amount)
    if amount == 0 and style in ("sparse", "words", "dashes") and random.random() < 0.8:
        return read_odd({"sparse": "", "words": "无", "dashes": random.choice(("/", "—", "-", "——", "－"))}[style])
    text = f"{amount:,f}" if style == "commas" else f"{amount:f}"
    if style == "padded":
        text = random.choice((" ", "", "\u00a0", "\u3000")) + text + random.choice((" ", "", "\u3000"))
    elif style == "wide":
        text = text.translate(str.maketrans("0123456789.-", "０１２３４５６７８９．－"))
    elif amount < 0 and random.random() < 0.2:
        text = text.replace("-", random.choice("－−"))
    unit = ""
    if row.measure_type == "amount" and random.random() < (0.5 if style == "units" else 0.06):
        unit = random.choice(("元", "万元"))
    elif style == "units" and random.random() < 0.5:
        unit = row.unit
    return Printed(text + unit, "reported", amount, unit)


def read_odd(text: str) -> Printed:
    """Return an oddity with what it says; nothing in doubt is a number."""
    bare = text.strip(" \u00a0")
    if bare in ("0", "０"):
        return Printed(text, "reported", Decimal(0))
    status: Mapping[str, Status] = {"": "blank", "无": "none_word", **dict.fromkeys("/—-－", "dash"), "——": "dash"}
    return Printed(text, status.get(bare, "unreadable"))


def print_plainly(truth: Truth) -> Truth:
    """Return a truth with every figure in plain digits, and nought where none is stated."""
    cells = {key: Printed(f"{cell.amount or 0:f}", "reported", cell.amount or Decimal(0)) for key, cell in truth.cells.items()}
    return replace(truth, cells=cells)


def plain_cells(values: Mapping[str, object]) -> dict[str, Printed]:
    """Return cells printed in plain digits (or as the word that they say) from figures of a case file."""
    cells = {}
    for key, value in values.items():
        name = key if "|" in key else f"{key}|total"
        text = str(value)
        known = text.replace(".", "").removeprefix("-").isdecimal()
        cells[name] = Printed(text, "reported", Decimal(text)) if known else read_odd(text)
    return cells
