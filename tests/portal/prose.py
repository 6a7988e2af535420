"""Sentences of a synthetic report that state figures, and sentences that only seem to state the year's.

The figures follow a phrase that the form file knows; the sentences around them are the project's own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from flows.codebook import Form
from tests.portal.amounts import Amounts

OVERALL, OTHERS = 0, 5  # the chapters that sentences stand in


@dataclass(frozen=True)
class Sentence:
    """One sentence of a chapter, and the figures that it states: amount and unit by cell."""

    chapter: int
    text: str
    says: Mapping[str, tuple[Decimal, str]]


# A figure is written {code of its indicator after the form|words where no phrase is known}.
TEMPLATES: Mapping[str, Sequence[tuple[int, str]]] = {
    "2008": (
        (OVERALL, "本年度{disclosure.total}，{disclosure.full_text_electronic_rate}。"),
        (OVERALL, "在上述信息中，{disclosure.by_type.institution}，{disclosure.by_type.regulation}，"
                  "{disclosure.by_type.planning}，{disclosure.by_type.duty}，{disclosure.by_type.business}。"),
        (OVERALL, "全年{application.received}。"),
        (OVERALL, "从申请方式看，{application.received.in_person}，{application.received.fax}，"
                  "{application.received.online}，{application.received.letter}。"),
        (OVERALL, "年内{reply.total}，{reply.granted}，{reply.partial}。"),
        (OVERALL, "因信息公开发生{reconsideration.total}，{litigation.total}。"),
        (OVERALL, "年内配备{staff.full_time}、{staff.part_time}，设立{reading_points}。"),
    ),
    "2014": (
        (OVERALL, "全年{disclosure.total|主动公开政府信息}。"),
        (OVERALL, "按渠道分，{disclosure.channels.website|政府网站公开}，{disclosure.channels.weibo|政务微博公开}，"
                  "{disclosure.channels.wechat|政务微信公开}。"),
        (OVERALL, "{application.received|收到申请}，其中{application.received.in_person|当面申请}，"
                  "{application.received.online|网络申请}，{application.received.letter|信函申请}。"),
        (OVERALL, "{reply.granted|同意公开}，{reply.partial|同意部分公开}。"),
        (OVERALL, "工作经费方面，{organisation.budget|政府信息公开专项经费}，{fee.collected|依申请公开信息收取的费用}。"),
    ),
    "2019": (),
    "2021": (),
}  # fmt: skip
# What a reader must leave alone: figures of other years, of more than one, rounded, negated, of something else.
TRAPS: Mapping[str, Sequence[str]] = {
    "2008": (
        "自条例施行以来累计主动公开政府信息{}条。",
        "{last}年主动公开政府信息{}条。",
        "上年收到政府信息公开申请{}件。",
        "主动公开信息{}万余条，内容涉及各个领域。",
        "不同意公开{}件，均已说明理由。",
        "网站专栏共设置{}个栏目。",
        "约收到政府信息公开申请{}余件。",
    ),
    "2014": (
        "政府信息公开专项经费{}余万元。",
        "{last}年政府信息公开专项经费{}万元。",
        "历年累计收到申请{}件。",
        "主动公开信息{}万余条。",
        "未主动公开政府信息{}件。",
    ),
    "2019": ("主动公开政府信息{}万余条。", "{last}年新收政府信息公开申请{}件。", "网站访问量{}万人次。"),
    "2021": (
        "{last}年收取信息处理费{}件，总金额{}元。",
        "未收取信息处理费，较上年减少{}元。",
        "主动公开政府信息{}万余条。",
        "组织培训{}次，参加{}人次。",
    ),
}
LINKS = ("", "", "", "共", "为", "共计", "达")
MONEY = ("万元", "元")


def draw_prose(random: Random, form: Form, amounts: Amounts, year: int) -> Iterator[Sentence]:
    """Yield the sentences of a report in order, traps among them."""
    traps = list(TRAPS[form.form])
    random.shuffle(traps)
    for chapter, template in TEMPLATES[form.form]:
        if random.random() < 0.8:
            yield fill_template(random, form, amounts, (chapter, template))
        if traps and random.random() < 0.5:
            yield set_trap(random, traps.pop(), year)
    if traps:
        yield set_trap(random, traps.pop(), year)
    if form.form == "2021" and random.random() < 0.6:
        yield state_fees(random)


def fill_template(random: Random, form: Form, amounts: Amounts, template: tuple[int, str]) -> Sentence:
    """Return a template with a phrase and a figure at each of its places."""
    chapter, text = template
    says: dict[str, tuple[Decimal, str]] = {}
    pieces = []
    for piece in text.replace("}", "{").split("{"):
        code, _, words = piece.partition("|")
        indicator = form.by_id.get(f"v{form.form}.{code}")
        if indicator is None:
            pieces.append(piece)
            continue
        key = f"{indicator.indicator_id}|total"
        phrases = [
            phrase for phrase, known in form.prose if known == indicator.indicator_id and "…" not in phrase
        ]
        says[key] = (amounts[key], indicator.unit)
        phrase = random.choice(phrases or [words])
        pieces.append(f"{phrase}{random.choice(LINKS)}{print_figure(random, amounts[key])}{indicator.unit}")
    return Sentence(chapter, "".join(pieces), says)


def print_figure(random: Random, amount: Decimal) -> str:
    """Return how a sentence prints a figure: with commas now and then, or full-width digits."""
    text = f"{amount:,f}" if random.random() < 0.2 else f"{amount:f}"
    return (
        text.translate(str.maketrans("0123456789", "０１２３４５６７８９")) if random.random() < 0.1 else text
    )


def set_trap(random: Random, text: str, year: int) -> Sentence:
    """Return a sentence that states nothing of the year's report."""
    figures = [str(random.randint(2, 900)) for _ in range(text.count("{}"))]
    chapter = random.choice((OVERALL, OTHERS))
    return Sentence(chapter, text.replace("{last}", str(year - 1)).format(*figures), {})


def state_fees(random: Random) -> Sentence:
    """Return the sentence on the fees for processing information, as chapter six has it since 2021."""
    cases, money = random.randint(1, 30), random.randint(10, 3000) * 10
    stem = "v2021.narrative.processing_fee"
    text = random.choice(
        ("本年度收取信息处理费{}件，总金额{}元。", "本机关依法收取信息处理费，共{}件，金额合计{}元。")
    )
    says = {f"{stem}_cases|total": (Decimal(cases), "件"), f"{stem}_amount|total": (Decimal(money), "元")}
    return Sentence(OTHERS, text.format(cases, money), says)


def state_figures(sentences: Iterable[Sentence], form: Form) -> dict[str, tuple[Decimal, str]]:
    """Return the figures that sentences state of indicators which the form file gives a phrase for."""
    phrased = {indicator for _, indicator in form.prose}
    stated = {key: said for sentence in sentences for key, said in sentence.says.items()}
    return {key: said for key, said in stated.items() if key.partition("|")[0] in phrased}


def state_known(form: Form, figures: Mapping[str, tuple[Decimal, str]]) -> Iterator[Sentence]:
    """Yield a sentence for each figure that the form file gives a phrase for, in the order of the form."""
    phrases = {f"{indicator}|total": phrase for phrase, indicator in reversed(form.prose)}
    for row in form.values:
        key = f"{row.indicator_id}|total"
        if key in figures and key in phrases:
            amount, unit = figures[key]
            yield Sentence(OVERALL, f"{phrases[key].rstrip('…')}{amount:f}{unit}。", {key: figures[key]})
