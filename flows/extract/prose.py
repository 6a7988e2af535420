"""Figures that sentences state, outside the tables: `reading = prose`, to be compared with the table.

A figure is that of the phrase of the form file which stands right before it. A phrase that ends with `…` has its
figure anywhere in the rest of its sentence, one that begins with `…` in its clause before (`对3件申请收取信息处理费`).
A share behind a figure (`65件，占总数的33.85%`) is stated too.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from flows.cells import MONEY
from flows.codebook import Form, Indicator
from flows.extract.sentences import (
    HALF,
    QUOTES,
    SENTENCE,
    Prose,
    Quantity,
    clause_start,
    find_quantities,
    is_of_report,
    read_prose,
    sentence_start,
)
from flows.model import Document, Grid, Header, Observation, Value

# Sentences count persons and items in other words than the form does.
SAME: Mapping[str, tuple[str, ...]] = {
    "人": ("人", "名"),
    "条": ("条", "件", "份", "项", "篇"),
    "件": ("件", "份", "条", "宗", "起", "例"),
    "个": ("个", "处", "家"),
    "次": ("次", "条", "件", "起", "场", "期", "个"),
    "篇": ("篇", "件", "条", "份", "期"),
    "项": ("项", "个"),
    **dict.fromkeys((*MONEY, ""), MONEY),  # the form of 2019 leaves the unit of one amount open
}
MAX_BRIDGE = 24
# What may stand between a phrase and its figure.
BRIDGE = re.compile(
    r"(?:信息|政府信息)?(?:\([^()]{0,16}\))?的?(?:申请|案件|案|事件|稿件)?"
    r"(?:总数量|总数|总量|总额|总金额|总件数|总次数|数量|件数|次数|人数|条数|数|量|金额|费用)?"
    r"(?:已|共|总)?(?:为|是|达到|达|共计|合计|总计|计|共有|共|有|了)?[ \u3000:]{0,4}"
)
BRIDGED = frozenset("信息政府的申请案件稿事总数量额金次人条费用已共为是达到计合有了 \u3000:)")
LISTED = re.compile(r"(?:的?(?:数量|件数|次数|数|金额))?(?:分别|依次)(?:为|是|有|达)?[ \u3000:]{0,4}")
LIST_WORD = re.compile("分别|依次")
JOINED = re.compile(r"(?:[、,]|以及|和|及|与)[ \u3000]*")
TOGETHER = re.compile(r"共|合计|总计")
# What else a sentence goes on to count, behind a phrase whose figure may stand farther on.
OTHER_COUNT = re.compile(
    r"新收|收到|受理|办理|办结|答复|接收|主动公开|经费|减免|免收|退还|实收|比上年|较上年|同比"
)
DONE_TO = re.compile(r"(?<![未不没无免有])(?:[对向就]|针对)(?:其中)?的?[ \u3000]*$")
TOTAL = re.compile(r"(?:总金额|总额|金额|合计|共计|总计|共)(?:为|达|是)?[ \u3000:]*$")
SHARE = re.compile(
    r"[ \u3000]*[,(、]?[ \u3000]*占[^,;。%\d约近超]{0,14}?(?:为|达)?[ \u3000]*(?P<share>\d{1,3}(?:\.\d{1,4})?)[ \u3000]*%"
)


@dataclass(frozen=True)
class Lexicon:
    """The phrases of a form as they are compared, with the indicators that each means.

    `by_end` holds those with their figure right behind them, longest first, by their last two
    characters; `open_` those with their figure farther on, `behind` those that stand behind it.
    """

    by_end: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]
    open_: Mapping[str, tuple[str, ...]]
    behind: Mapping[str, tuple[str, ...]]


class Phrase(NamedTuple):
    """A phrase in the prose: its first character, the one behind it, and the indicators that it can mean."""

    start: int
    end: int
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Hit:
    """A quantity with the indicator that the phrase before it means."""

    indicator_id: str
    quantity: Quantity
    phrase: Phrase


def read_statements(
    document: Document, form: Form, tables: Sequence[Grid], header: Header
) -> Iterator[Observation]:
    """Yield the figures that the prose states after a phrase of the form file, and the shares behind them (in %).

    None is a figure without its unit, rounded (`18万余条`), one of a range, of another year than the
    one reported on or of several, of another body, planned or negated (`不同意公开12件`).
    """
    lexicon = make_lexicon(form)
    prose = read_prose(document, tables)
    quantities = list(find_quantities(prose.text))
    hits = [
        *near_hits(prose.text, quantities, lexicon, form),
        *open_hits(prose.text, quantities, lexicon, form),
        *hits_before(prose.text, quantities, lexicon, form),
    ]
    first = {(hit.indicator_id, hit.quantity): hit for hit in sorted(hits, key=lambda hit: -hit.phrase.start)}
    for hit in sorted(first.values(), key=lambda hit: (hit.quantity.start, hit.indicator_id)):
        if is_of_report(prose.text, hit.phrase[:2], hit.quantity.end, header):
            yield state(document, prose, hit.indicator_id, hit.quantity)
            if share := read_share(prose.text, hit.quantity.end):
                yield state(document, prose, hit.indicator_id, share)


@lru_cache(maxsize=16)
def make_lexicon(form: Form) -> Lexicon:
    """Return the phrases of a form by how they are looked for."""
    near: dict[str, tuple[str, ...]] = {}
    open_: dict[str, tuple[str, ...]] = {}
    behind: dict[str, tuple[str, ...]] = {}
    for phrase, indicator_id in form.prose:
        words = clean_phrase(phrase)
        kind = open_ if words.endswith("…") else behind if words.startswith("…") else near
        words = words.strip("…")
        kind[words] = tuple(dict.fromkeys((*kind.get(words, ()), indicator_id)))
    ordered = sorted(near.items(), key=lambda item: -len(item[0]))
    ends = {words[-2:] for words in near}
    return Lexicon(
        {end: tuple(item for item in ordered if item[0].endswith(end)) for end in ends}, open_, behind
    )


def clean_phrase(text: str) -> str:
    """Return a phrase as it is compared: half-width, without quotes and blanks."""
    return "".join(mark for mark in text.translate(HALF) if mark not in QUOTES and not mark.isspace())


def near_hits(text: str, quantities: Sequence[Quantity], lexicon: Lexicon, form: Form) -> Iterator[Hit]:
    """Yield each quantity that a phrase stands right before; of `甲、乙分别为3件、5件` each with its own."""
    listed: set[Quantity] = set()
    for at, quantity in enumerate(quantities):
        if quantity in listed:
            continue
        items = list_before(text, quantity.start, lexicon)
        if items:
            run = run_of(text, quantities[at : at + len(items) + 1])
            listed |= set(run)
            if len(run) == len(items) > 1:
                yield from match_list(items, run, form)
        elif phrase := phrase_before(text, quantity.start, lexicon):
            together = bool(TOGETHER.search(text, phrase.end, quantity.start))
            code = choose_code(text, phrase, lexicon, form)
            known = code and fits(quantity.unit, form.by_id[code].unit)
            if known and not is_joined(text, phrase.start, lexicon, together):
                yield Hit(code, quantity, phrase)


def phrase_before(text: str, end: int, lexicon: Lexicon) -> Phrase | None:
    """Return the longest known phrase that stands before a place, but for words between."""
    for bridge in range(end, bridge_start(text, end) - 1, -1):
        if BRIDGE.fullmatch(text, bridge, end) and (found := phrase_ending(text, bridge, lexicon)):
            return found
    return None


def bridge_start(text: str, end: int) -> int:
    """Return how far back the characters of words between a phrase and its figure go, a note in brackets with them."""
    start = end
    while start > max(end - MAX_BRIDGE, 0) and text[start - 1] in BRIDGED:
        start -= 1
        if text[start] == ")":
            start = max(text.rfind("(", max(start - MAX_BRIDGE, 0), start), 0) or start
    return start


def is_joined(text: str, start: int, lexicon: Lexicon, together: bool) -> bool:
    """Return whether a phrase is the last of a list: `甲和乙5件`, `甲，乙共5件` are figures of neither."""
    return any(
        JOINED.fullmatch(text, at, start)
        and (together or text[at] != ",")
        and phrase_ending(text, at, lexicon)
        for at in range(start - 1, max(start - 4, -1), -1)
    )


def phrase_ending(text: str, end: int, lexicon: Lexicon) -> Phrase | None:
    """Return the longest known phrase that ends at a place."""
    for phrase, codes in lexicon.by_end.get(text[max(end - 2, 0) : end], ()):
        if text.endswith(phrase, 0, end):
            return Phrase(end - len(phrase), end, codes)
    return None


def list_before(text: str, end: int, lexicon: Lexicon) -> list[Phrase]:
    """Return the phrases of a list whose figures follow `分别`, first to last; none where no such list stands there."""
    first = max(end - MAX_BRIDGE, 0)
    if not LIST_WORD.search(text, first, end):
        return []
    starts = (at for at in range(end, first - 1, -1) if LISTED.fullmatch(text, at, end))
    last = next((found for at in starts if (found := phrase_ending(text, at, lexicon))), None)
    items: list[Phrase] = []
    while last is not None:
        items.insert(0, last)
        start = last.start
        joins = (at for at in range(start - 1, max(start - 4, -1), -1) if JOINED.fullmatch(text, at, start))
        last = next((found for at in joins if (found := phrase_ending(text, at, lexicon))), None)
    return items


def run_of(text: str, quantities: Sequence[Quantity]) -> list[Quantity]:
    """Return the quantities of a list that follow each other with nothing but a mark or `和` between."""
    run = list(quantities[:1])
    for each in quantities[1:]:
        if not JOINED.fullmatch(text, run[-1].end, each.start):
            break
        run.append(each)
    return run


def match_list(items: Sequence[Phrase], run: Sequence[Quantity], form: Form) -> Iterator[Hit]:
    """Yield each quantity of a list with the phrase at the same place of the list before."""
    for phrase, quantity in zip(items, run, strict=True):
        if len(phrase.codes) == 1 and fits(quantity.unit, form.by_id[phrase.codes[0]].unit):
            yield Hit(phrase.codes[0], quantity, phrase)


def choose_code(text: str, phrase: Phrase, lexicon: Lexicon, form: Form) -> str:
    """Return the one indicator that a phrase means; of several that whose whole the paragraph named last, alone."""
    if len(phrase.codes) == 1:
        return phrase.codes[0]
    line = text.rfind("\n", 0, phrase.start) + 1
    span = (line, phrase.start)
    named = {code: last_named(text, span, form.by_id[code].parent_id, lexicon) for code in phrase.codes}
    code = max(named, key=lambda code: named[code])
    sentence = sentence_start(text, named[code]) if named[code] >= 0 else 0
    others = [place for other, place in named.items() if other != code]
    return code if named[code] >= 0 and all(place < sentence for place in others) else ""


def last_named(text: str, span: tuple[int, int], code: str, lexicon: Lexicon) -> int:
    """Return where a stretch of text last names an indicator by one of its phrases, or -1."""
    phrases = (phrase for items in lexicon.by_end.values() for phrase, codes in items if codes == (code,))
    return max((text.rfind(phrase, *span) for phrase in phrases), default=-1)


def open_hits(text: str, quantities: Sequence[Quantity], lexicon: Lexicon, form: Form) -> Iterator[Hit]:
    """Yield the quantity that follows a phrase in its sentence: the only one of its unit, or the only one called a total."""
    for phrase, codes in lexicon.open_.items():
        for match in re.finditer(re.escape(phrase), text):
            end = stop_of(text, match.end())
            for code in codes:
                unit = form.by_id[code].unit
                own = [
                    each for each in quantities if match.end() <= each.start < end and fits(each.unit, unit)
                ]
                totals = [each for each in own if TOTAL.search(text, match.start(), each.start)]
                chosen = own if len(own) == 1 else totals
                if len(chosen) == 1:
                    yield Hit(code, chosen[0], Phrase(*match.span(), codes))


def hits_before(text: str, quantities: Sequence[Quantity], lexicon: Lexicon, form: Form) -> Iterator[Hit]:
    """Yield the only quantity of its unit that a clause names as what its phrase was done to (`对3件`)."""
    for phrase, codes in lexicon.behind.items():
        for match in re.finditer(re.escape(phrase), text):
            start = clause_start(text, sentence_start(text, match.start()), match.start())
            for code in codes:
                own = [each for each in quantities if start <= each.start and each.end <= match.start()]
                own = [each for each in own if fits(each.unit, form.by_id[code].unit)]
                if len(own) == 1 and DONE_TO.search(text, start, own[0].start):
                    yield Hit(code, own[0], Phrase(*match.span(), codes))


def stop_of(text: str, start: int) -> int:
    """Return where the rest of a sentence ends, or where it goes on to count something else."""
    ends = (pattern.search(text, start) for pattern in (SENTENCE, OTHER_COUNT))
    return min((end.start() for end in ends if end), default=len(text))


def fits(printed: str, unit: str) -> bool:
    """Return whether a sentence can count an indicator of a unit in the unit that it prints."""
    return printed == unit or printed in SAME.get(unit, ())


def is_share(statement: Observation, indicator: Indicator) -> bool:
    """Return whether a statement is the share that stands behind a figure, and not a figure of its indicator."""
    return statement.unit == "%" != indicator.unit


def read_share(text: str, end: int) -> Quantity | None:
    """Return the share that follows a figure, or None; one that is rounded in words is none."""
    match = SHARE.match(text, end)
    return Quantity(Decimal(match["share"]), "%", match.start("share"), match.end()) if match else None


def state(document: Document, prose: Prose, indicator_id: str, quantity: Quantity) -> Observation:
    """Return a quantity as an observation of the prose, with the characters that it stands at."""
    start, end = prose.span(quantity.start, quantity.end)
    value = Value(quantity.value, "reported")
    raw, place = document.text[start:end], f"text {start}-{end}"
    return Observation(indicator_id, "total", value, quantity.unit, "printed", raw, place, reading="prose")
