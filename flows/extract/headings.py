"""The headings of columns that stand among the words of a text: whole, broken, in one piece, below each other."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, groupby

from flows.cells import BRACKETED, fold_text, noted_unit
from flows.codebook import Form
from flows.extract.columns import STUBS, column_code, is_group, tells_table
from flows.extract.figures import GROUPS, OUTCOMES, is_heading
from flows.extract.labels import known_labels, look_up
from flows.extract.textcells import Cell, is_row_number

MAX_STACKED = 20  # words of headings of which some are cut in two and stand below each other
SENTENCE = re.compile(r"[。：:；;]$|^[(（]?[一二三四五六七八九十]{1,3}[)）、]")


@dataclass(frozen=True)
class Columns:
    """The columns that headings name: of which table, their names in order (none where they cannot be told), their unit."""

    table: str
    names: tuple[str, ...]
    unit: str = ""


@dataclass(frozen=True)
class Words:
    """Words as one folded text without notes in brackets, and where each of them begins in it."""

    texts: tuple[str, ...]
    joined: str
    starts: tuple[int, ...]

    @cached_property
    def ends(self) -> Mapping[int, int]:
        """The places in the text where a word ends, and how many words end there or before."""
        return {start: at for at, start in enumerate((*self.starts[1:], len(self.joined)), start=1)}


@dataclass(frozen=True)
class Heads:
    """A run of headings: the first of its words and the one behind the last, their table, what they name."""

    first: int
    end: int
    table: str
    codes: tuple[str, ...]


def find_headings(cells: Sequence[Cell], form: Form) -> dict[int, tuple[int, Columns]]:
    """Return the runs of headings among cells: by the first cell of each, the one behind the last, and its columns."""
    found: dict[int, tuple[int, Columns]] = {}
    telling = telling_headings(form)
    for places in word_stretches(cells):
        if telling.search(fold_text("".join(cells[at].text for at in places))):
            for first, end, columns in name_headings([cells[at].text for at in places], form):
                found[places[first]] = (places[end - 1] + 1, columns)
    return found


def word_stretches(cells: Sequence[Cell]) -> Iterator[list[int]]:
    """Yield the places of words that follow each other with no figures between them but the number of a page."""
    places: list[int] = []
    for figures, group in groupby(range(len(cells)), key=lambda at: is_row_cell(cells, at)):
        own = list(group)
        if not figures:
            for at in own:
                if "。" in cells[at].text:  # a sentence
                    yield places
                    places = []
                elif cells[at].kind != "blank":
                    places.append(at)
        elif len(own) > 1 or not is_page_number(cells, own[0]):
            yield places
            places = []
    yield places


def is_row_cell(cells: Sequence[Cell], at: int) -> bool:
    """Return whether a cell is one of a row of figures: a figure, or the first of a line of blank ones."""
    begins = at == 0 or cells[at - 1].line is not cells[at].line
    return cells[at].kind in ("figure", "odd") or (cells[at].kind == "blank" and begins)


def is_page_number(cells: Sequence[Cell], at: int) -> bool:
    """Return whether a cell is a short number alone on its line."""
    line = cells[at].line
    beside = [cell for cell in cells[max(0, at - 1) : at + 2] if cell.line is line]
    return len(beside) == 1 and is_row_number(cells[at])


def name_headings(texts: Sequence[str], form: Form) -> Iterator[tuple[int, int, Columns]]:
    """Yield the runs of headings among words, each with its columns: (first word, behind the last, columns)."""
    words = join_words(texts)
    at = 0
    while at < len(texts):
        heads = find_run(words, at, form)
        if heads is None:
            at += 1
            continue
        if not (is_complete(heads, form) or is_closed(words, heads, form)):
            heads = join_run(words, heads, form) or heads
        yield heads.first, heads.end, name_run(words, heads, form)
        at = heads.end


def find_run(words: Words, at: int, form: Form) -> Heads | None:
    """Return the longest run of headings of one table that begins at a word; None where it tells no table.

    What groups or spans columns cannot be the last of them; it is the label of a row or a title.
    """
    best: Heads | None = None
    for table in form.tables:
        if not table_headings(form, table)[0].match(words.joined, words.starts[at]):
            continue
        heads = follow_run(words, at, table, form)
        if any(tells_table(code) for code in heads.codes if code not in STUBS) and (
            best is None or heads.end > best.end
        ):
            best = heads
    return best


def follow_run(words: Words, at: int, table: str, form: Form) -> Heads:
    """Return the run of a table's headings that begins at a word and ends with a word."""
    pattern, known = table_headings(form, table)
    place, codes, end = words.starts[at], [], (at, 0)
    while match := pattern.match(words.joined, place):
        codes.append(known[match[0]])
        place = match.end()
        if place in words.ends and (codes[-1] == "note" or not (codes[-1] in STUBS or is_group(codes[-1]))):
            end = (words.ends[place], len(codes))
    return Heads(at, end[0], table, tuple(codes[: end[1]]))


@lru_cache(maxsize=64)
def table_headings(form: Form, table: str) -> tuple[re.Pattern[str], Mapping[str, str]]:
    """Return the pattern of one heading of a table, the longest first, and what each names: also titles of sections."""
    rows = form.tables[table].rows
    sections = [label for label, codes in rows.items() if table == "art20" and is_heading(codes, form)]
    known = dict.fromkeys(map(str, sections), "label")
    known |= {str(label): code for label, code in form.tables[table].columns.items()}
    longest = sorted((label for label in known if label), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest)) or "(?!)"), known


@lru_cache(maxsize=16)
def telling_headings(form: Form) -> re.Pattern[str]:
    """Return the pattern of a heading that can only be that of a column."""
    telling = [
        re.escape(label)
        for table in form.tables.values()
        for label, code in table.columns.items()
        if tells_table(code) and code not in STUBS
    ]
    return re.compile("|".join(telling) or "(?!)")


def join_words(texts: Sequence[str]) -> Words:
    """Return words as one folded text without notes in brackets, which may begin in one word and end in another."""
    folded = [fold_text(text) for text in texts]
    whole = "".join(folded)
    noted = [False] * len(whole)
    for note in BRACKETED.finditer(whole):
        noted[note.start() : note.end()] = [True] * len(note[0])
    kept = list(accumulate((not flag for flag in noted), initial=0))
    starts = [kept[at] for at in accumulate((len(word) for word in folded[:-1]), initial=0)]
    joined = "".join(mark for mark, flag in zip(whole, noted, strict=True) if not flag)
    return Words(tuple(texts), joined, tuple(starts[: len(texts)]))


def join_run(words: Words, heads: Heads, form: Form) -> Heads | None:
    """Return a run of headings of applicants of which some are cut in two, the second parts below the first.

    `商业 科研 其他` above `企业 机构` are three headings: every part of the lower line finds its
    beginning in the upper one, in order. None where no line can be joined so that all are there.
    """
    if heads.table != "applications":
        return None
    _, known = table_headings(form, heads.table)
    last = min(len(words.texts), heads.first + MAX_STACKED)
    for end in range(last, heads.first + 1, -1):
        for below in range(end - 1, max(heads.first, end - len(form.applicants) - 1), -1):
            for above in range(max(heads.first, below - len(form.applicants)), below):
                joined = join_stacked(words.texts[above:below], words.texts[below:end], known)
                found = join_words([*words.texts[heads.first : above], *joined])
                run = follow_run(found, 0, heads.table, form) if joined else heads
                whole = Heads(heads.first, end, heads.table, run.codes)
                if run.end == len(found.texts) and (
                    is_complete(whole, form) or is_closed(words, whole, form)
                ):
                    return whole
    return None


def is_closed(words: Words, heads: Heads, form: Form) -> bool:
    """Return whether a run of headings that are not all a table has is followed by nothing that could be one more."""
    named = [code for code in heads.codes if code not in STUBS]
    if len(set(named)) < len(named) or not may_lack(heads):
        return False
    if heads.end == len(words.texts):
        return True
    behind = look_up(known_labels(form), words.texts[heads.end])
    return bool(behind.label or behind.goes_on) and not column_code(
        words.texts[heads.end], form.tables[heads.table]
    )


def join_stacked(above: Sequence[str], below: Sequence[str], known: Mapping[str, str]) -> list[str]:
    """Return headings printed on two lines as one line; none where a piece of the lower line finds no heading above.

    >>> join_stacked(["自然人", "商业", "科研"], ["企业", "机构"], {"商业企业": "", "科研机构": "", "自然人": ""})
    ['自然人', '商业企业', '科研机构']
    """
    rest = list(below)
    joined = []
    for word in above:
        if rest and fold_text(word + rest[0]) in known:
            joined.append(word + rest.pop(0))
        else:
            joined.append(word)
    return [] if rest else joined


# What the columns are


def name_run(words: Words, heads: Heads, form: Form) -> Columns:
    """Return the columns that a run of headings names, without names where not all are sure to be there."""
    before = words.texts[: heads.first]
    sure = (
        heads.table == "statistics" or is_complete(heads, form) or (stands_alone(before) and may_lack(heads))
    )
    names = order_columns(heads, form) if sure else []
    return Columns(heads.table, tuple(names), noted_unit("".join(words.texts[heads.first : heads.end])))


def is_complete(heads: Heads, form: Form) -> bool:
    """Return whether headings are all that a table has, so that none before them is missed."""
    named = [code for code in heads.codes if code not in STUBS and not is_group(code)]
    if heads.table == "applications":
        return sorted(named) == sorted(form.applicants)
    if heads.table == "cases":
        return named in (list(OUTCOMES), list(OUTCOMES) * len(GROUPS))
    return heads.codes[0] == "label"


def may_lack(heads: Heads) -> bool:
    """Return whether headings can be all that a report prints: of applicants, one or two may be left out."""
    return heads.table != "applications" or (
        "natural_person" in heads.codes and len(set(heads.codes) - STUBS) >= 5
    )


def stands_alone(before: Sequence[str]) -> bool:
    """Return whether nothing stands before the headings that could be one of them, spelled in a way not known."""
    return not before or bool(SENTENCE.search(before[-1])) or len(before[-1]) > 15


def order_columns(heads: Heads, form: Form) -> list[str]:
    """Return the names of columns from left to right; none where the order of the text does not tell."""
    if heads.table == "statistics":
        return list(
            heads.codes[len(heads.codes) - heads.codes[::-1].index("label") :]
            if "label" in heads.codes
            else heads.codes
        )
    named = ["" if code == "note" else code for code in heads.codes if code not in STUBS - {"note"}]
    if heads.table == "cases":
        return order_cases(named, form)
    if len(set(named)) != len(named):
        return []
    if heads.table == "applications" and "organisations" in heads.codes:
        return order_nested(heads.codes)
    return named


def order_nested(codes: Sequence[str]) -> list[str]:
    """Return the kinds of applicant from left to right where those of organisations stand below a heading of their own.

    `自然人 法人或其他组织 总计` comes before `商业企业 …`, which stand in the place of the second.
    """
    named = [code for code in codes if code not in ("label", "applicants", "note")]
    at = named.index("organisations")
    before, after = named[:at], named[at + 1 :]
    below = [code for code in after if code not in ("total", "natural_person")]
    if not below or "natural_person" in named[named.index(below[0]) :]:
        return []
    own = [code for code in ("natural_person", "total") if code in after]
    note = [""] if "note" in codes else []
    first = [code for code in own if code == "natural_person"]
    return [*before, *first, *below, *(code for code in own if code == "total"), *note]


def order_cases(named: Sequence[str], form: Form) -> list[str]:
    """Return the columns of cases: all three groups in the form's order, or one group, or outcomes alone."""
    groups = [code for code in named if is_group(code)]
    outcomes = [code for code in named if not is_group(code)]
    if outcomes == list(OUTCOMES) * len(GROUPS):
        expected = [f"v{form.form}.{group}" for group in GROUPS]
        if groups != expected:
            return []
        return [f"{group}.{outcome}" for group in expected for outcome in OUTCOMES]
    if len(set(outcomes)) != len(outcomes) or len(groups) > 1:
        return []
    return [f"{groups[0]}.{outcome}" for outcome in outcomes] if groups else outcomes
