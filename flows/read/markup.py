"""A look at markup before it is parsed: what would stall the parser is refused in one pass over the text.

Lexbor, fast as it is, takes the square of some things: attributes of one tag, tags left open,
formatting to be opened again in every paragraph, options of a list (all measured).
"""

import re
from collections import Counter
from dataclasses import dataclass

from flows.read.limits import MAX_ATTRIBUTES, MAX_OPEN, MAX_OPTIONS, MAX_REOPENED, MAX_TAGS, too_much

SMALL = 100_000  # characters; as attributes of one tag they take the parser under a second
WINDOW = 10_000  # characters without the end of a tag that are looked into

# As HTML says: attributes parted by blanks, slashes or nothing, and `>` may stand in a value. Possessive (`*+`), so that
# one pass is enough. Comments, scripts and styles hold no tags.
ATTRIBUTE = (
    r"[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^\s\"'>][^\s>]*+)?+)?+"
)
TOKEN = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<(?P<raw>script|style)(?=[\s/>]).*?(?:</(?P=raw)(?=[\s/>])|\Z)"
    rf"|<(?P<end>/?)(?P<tag>[a-z][^\s/>]*+)(?P<attributes>(?:{ATTRIBUTE})*+)",
    re.IGNORECASE | re.DOTALL,
)
ONE_ATTRIBUTE = re.compile(ATTRIBUTE)
# Tags that hold nothing, or that the next of their kind ends.
UNNESTED = frozenset(
    (
        "area base br col embed hr img input link meta param source track wbr p li dt dd tr td th thead tbody tfoot "
        "option colgroup html head body"
    ).split()
)
COUNTED = frozenset(["html", "body", "option"])
FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
FORMATTING_TAG = re.compile(rf"<(?:{'|'.join(sorted(FORMATTING))})[\s/>]", re.IGNORECASE)
# Where the attributes of a tag go on: behind a quoted `>`, and in another `html` or `body`.
GOES_ON = re.compile(r"""=\s*+(?:"[^">]*+>|'[^'>]*+>)|<(?i:html|body)""")


@dataclass
class Count:
    """What one pass over a page counts; the sums are over all tags."""

    tags: int = 0
    options: int = 0
    attributes: int = 0
    root_attributes: int = 0
    open_sum: int = 0
    reopened_sum: int = 0


def check_markup(markup: str, name: str) -> None:
    """Raise ReadError for markup that would stall the parser."""
    if is_harmless(markup):
        return
    count = count_tags(markup)
    if count.tags > MAX_TAGS:
        raise too_much(name, f"over {MAX_TAGS:,} tags", f"标签超过 {MAX_TAGS:,} 个")
    if max(count.attributes, count.root_attributes) > MAX_ATTRIBUTES:
        raise too_much(
            name, f"a tag with over {MAX_ATTRIBUTES:,} attributes", f"标签属性超过 {MAX_ATTRIBUTES:,} 个"
        )
    if count.options > MAX_OPTIONS:
        raise too_much(name, f"over {MAX_OPTIONS:,} options of lists", f"列表选项超过 {MAX_OPTIONS:,} 个")
    if count.open_sum > MAX_OPEN or count.reopened_sum > MAX_REOPENED:
        raise too_much(name, "too many tags nested or left open", "嵌套或未闭合的标签过多")


def is_harmless(markup: str) -> bool:
    """Return whether a page cannot stall the parser, told by a few quick counts: nearly every page is so."""
    tags = markup.count("<")
    if tags > MAX_OPTIONS or (len(markup) > SMALL and bound_attributes(markup) > SMALL):
        return False
    # In the worst of pages half of the tags are formatting, open at all the others.
    return tags**2 <= 4 * MAX_REOPENED or tags * len(FORMATTING_TAG.findall(markup)) <= MAX_REOPENED


def bound_attributes(markup: str) -> int:
    """Return how many characters the attributes of one tag have at most.

    They end at a `>` that stands in no quoted value; those of a second `html` or `body` go to the first.
    """
    if any(markup.find(">", at, at + WINDOW) < 0 for at in range(0, len(markup), WINDOW)):
        return len(markup)
    return 2 * WINDOW * (1 + len(GOES_ON.findall(markup)))


def count_tags(markup: str) -> Count:
    """Return the counts of a page.

    An end tag closes a tag of its own name if one is open, and for certain nothing else.
    Formatting that is open is opened again in each block, of tags that are alike at most three.
    """
    count = Count()
    opened: Counter[str] = Counter()
    alike: Counter[tuple[str, str]] = Counter()
    depth = formatting = open_sum = reopened_sum = 0
    for match in TOKEN.finditer(markup):
        _, end, tag, attributes = match.groups()
        count.tags += 1
        if tag is None:
            continue
        tag = tag.lower()
        if tag in COUNTED or len(attributes) > 2 * MAX_ATTRIBUTES:
            count_attributes(count, tag, attributes)
        if end:
            closed = opened[tag] > 0
            opened[tag] -= closed
            depth -= closed
            formatting -= closed and formatting > 0 and tag in FORMATTING
        elif tag in FORMATTING:
            alike[tag, attributes] += 1
            formatting += alike[tag, attributes] <= 3
            opened[tag] += 1
            depth += 1
        elif tag not in UNNESTED:
            opened[tag] += 1
            depth += 1
        open_sum += depth
        reopened_sum += formatting
    count.open_sum, count.reopened_sum = open_sum, reopened_sum
    return count


def count_attributes(count: Count, tag: str, attributes: str) -> None:
    """Count the attributes of a tag, and options; the attributes of a second `html` or `body` go to the first."""
    if len(attributes) > 2 * MAX_ATTRIBUTES:
        count.attributes = max(count.attributes, sum(1 for _ in ONE_ATTRIBUTE.finditer(attributes)))
    if tag in ("html", "body"):
        count.root_attributes += sum(1 for _ in ONE_ATTRIBUTE.finditer(attributes))
    count.options += tag == "option"
