"""The truth of one synthetic report: every figure, how it is printed, and what a reader must make of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

from flows.codebook import Form, Indicator
from flows.model import Status
from flows.registry import Registry
from tests.portal.amounts import MAKERS, Amounts, break_rule
from tests.portal.prose import Sentence, draw_prose

SYNTHETIC = "本页为程序合成的样张，机关与数字均属虚构。"
TYPESET = "本页由本项目按报告所印数字重新排版，并非原件；来源未见的数字留空。"
BODIES = ("合成市样张区人民政府", "合成县范例镇人民政府", "北京市怀柔区人民政府", "合成市样张区水务局")
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
    """All that a report states: its cells by `indicator|applicant`, and its sentences.

    `style` names how the report prints its figures, `notice` says whose figures they are.
    """

    seed: int
    form: str
    year: int
    body: str
    cells: Mapping[str, Printed]
    sentences: tuple[Sentence, ...] = ()
    style: str = "plain"
    notice: str = SYNTHETIC


def make_truth(
    seed: int,
    form: Form,
    year: int,
    body: str = "",
    broken: Iterable[str] = (),
    registry: Registry | None = None,
    amend: Callable[[Amounts], None] | None = None,
) -> Truth:
    """Return a report's truth from a seed; its figures keep all rules but those named in `broken`.

    `amend` changes the figures that were drawn before they are printed and told.
    """
    random = Random(f"{seed}/{form.form}/truth")
    amounts = MAKERS[form.form](random, f"v{form.form}", year)
    if amend:
        amend(amounts)
    for rule_id in broken:
        assert registry is not None
        break_rule(amounts, registry, rule_id)
    style = random.choices(STYLES, STYLE_WEIGHTS)[0]
    cells = {key: print_amount(random, style, amount, row_of(form, key)) for key, amount in amounts.items()}
    sentences = tuple(draw_prose(Random(f"{seed}/{form.form}/prose"), form, amounts, year))
    return Truth(seed, form.form, year, body or random.choice(BODIES), cells, sentences, style)


def row_of(form: Form, key: str) -> Indicator:
    return form.by_id[key.partition("|")[0]]


# Print


def print_amount(random: Random, style: str, amount: Decimal, row: Indicator) -> Printed:
    """Return how a report of this style prints an amount."""
    if style == "mixed" and random.random() < 0.04:
        odd = read_odd(random.choice(ODD))
        return (
            odd
            if odd.status != "reported" or amount == 0
            else Printed(f" {amount:f}\u00a0", "reported", amount)
        )
    if amount == 0 and style in ("sparse", "words", "dashes") and random.random() < 0.8:
        return read_odd(
            {"sparse": "", "words": "无", "dashes": random.choice(("/", "—", "-", "——", "－"))}[style]
        )
    text = f"{amount:,f}" if style == "commas" else f"{amount:f}"
    if style == "padded":
        text = random.choice((" ", "", "\u00a0", "\u3000")) + text + random.choice((" ", "", "\u3000"))
    elif style == "wide":
        text = text.translate(str.maketrans("0123456789.-", "０１２３４５６７８９．－"))
    elif amount < 0 and random.random() < 0.2:
        text = text.replace("-", random.choice("－−"))
    unit = ""
    if row.measure_type == "ratio" and random.random() < 0.7:
        unit = row.unit
    elif row.measure_type == "amount" and random.random() < (0.5 if style == "units" else 0.06):
        unit = random.choice(("元", "万元"))
    elif style == "units" and random.random() < 0.5:
        unit = row.unit
    return Printed(text + unit, "reported", amount, unit)


def read_odd(text: str) -> Printed:
    """Return an oddity with what it says; nothing in doubt is a number."""
    bare = text.strip(" \u00a0")
    if bare in ("0", "０"):
        return Printed(text, "reported", Decimal(0))
    status: Mapping[str, Status] = {
        "": "blank",
        "无": "none_word",
        **dict.fromkeys("/—-－", "dash"),
        "——": "dash",
    }
    return Printed(text, status.get(bare, "unreadable"))


def print_plainly(truth: Truth) -> Truth:
    """Return a truth with every figure in plain digits, and nought where none is stated."""
    cells = {
        key: Printed(f"{cell.amount or 0:f}", "reported", cell.amount or Decimal(0))
        for key, cell in truth.cells.items()
    }
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
