"""Markup from the network before anything parses it: what no page of a portal looks like is refused in linear time.

The parser stalls on a hundred thousand tags in each other, or attributes on one tag, and a search for what
closes a tag goes through the rest of the page for each that nothing closes.
"""

import re
from collections import Counter

from flows.errors import ReadError

DEPTH = 2_000  # tags that may be open at once
ATTRIBUTES = 10_000  # on one tag
# What closes by itself, or is closed by the next of its kind.
ALONE = frozenset(
    "area base br col embed hr img input link meta param source track wbr p li tr td th dd dt option thead tbody tfoot".split()
)
TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]*)([^<>]*)")
OPENER = re.compile(r"<(script|style)\b|<!--", re.IGNORECASE)


def strip_hidden(markup: str) -> str:
    """Return markup without its scripts, styles and comments; what nothing closes stays.

    >>> strip_hidden("a<script>b</script>c<!-- d -->e<style>f")
    'ace<style>f'
    """
    lower, kept, at = markup.lower(), [], 0
    unclosed: set[str] = set()
    for opener in OPENER.finditer(markup):
        closer = f"</{opener[1].lower()}" if opener[1] else "-->"
        if opener.start() < at or closer in unclosed:
            continue
        close = lower.find(closer, opener.end())
        end = lower.find(">", close + len(closer) - 1) if close >= 0 else -1
        if end < 0:
            unclosed.add(closer)
            continue
        kept.append(markup[at : opener.start()])
        at = end + 1
    return "".join((*kept, markup[at:]))


def check_markup(markup: str, name: str) -> None:
    """Raise ReadError for markup that would stall a parser: too many tags open at once, or attributes on one."""
    opened: Counter[str] = Counter()
    depth = deepest = 0
    for tag in TAG.finditer(strip_hidden(markup)):
        closes, kind, rest = tag[1], tag[2].lower(), tag[3]
        if len(rest) > ATTRIBUTES and max(len(rest.split()), rest.count("=")) > ATTRIBUTES:
            raise refused(
                name, f"over {ATTRIBUTES:,} attributes on one tag", f"一个标签的属性超过 {ATTRIBUTES:,} 个"
            )
        step = -1 if closes else 1
        if kind not in ALONE and opened[kind] + step >= 0:  # what was never opened closes nothing
            opened[kind] += step
            depth += step
            deepest = max(deepest, depth)
    if deepest > DEPTH:
        raise refused(name, f"over {DEPTH:,} tags open at once", f"同时打开的标签超过 {DEPTH:,} 个")


def refused(name: str, en: str, zh: str) -> ReadError:
    """Return the error for markup that is not parsed."""
    return ReadError(
        f"{name}: {en}; no page of a portal looks so. Open the address.",
        f"{name}：{zh}，不像门户网页。请打开网址核对。",
    )
