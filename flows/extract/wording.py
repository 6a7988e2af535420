"""The wording of a report's text: a mark for each sentence, by which a text that was copied is told."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from flows.model import Grid

ENDS = re.compile(r"[。;!?\n]")  # of a sentence, in the compatible forms of the characters
DIGITS = re.compile(r"\d+(?:\.\d+)?")
NOT_WORDS = re.compile(r"[^\w#。;!?\n]+|_")
LEAST = 12  # characters of a sentence: shorter ones are headings, which all reports share
SIZE = 8  # bytes of a mark


def mark_sentences(text: str, tables: Iterable[Grid], names: Sequence[str]) -> bytes:
    """Return the marks of the sentences outside of the tables, each once, sorted: 8 bytes each.

    A sentence with other figures, or that names its own body where another's names another, has the same mark: a
    copied report is one whose sentences are another's, whatever was filled in.
    """
    marks = {
        hashlib.blake2b(sentence.encode(), digest_size=SIZE).digest()
        for sentence in find_sentences(text, tables, names)
    }
    return b"".join(sorted(marks))


def find_sentences(text: str, tables: Iterable[Grid], names: Sequence[str]) -> Iterator[str]:
    """Yield the sentences outside of the tables, without figures, marks, spaces and the names of the body.

    >>> list(find_sentences("怀柔区2018年共受理政府信息公开申请192件，均已答复。第一章", (), ["怀柔区"]))
    ['#年共受理政府信息公开申请#件均已答复']
    """
    words = unicodedata.normalize("NFKC", "\n".join(outside(text, tables)))
    for name in names:
        words = words.replace(name, "")
    for sentence in ENDS.split(NOT_WORDS.sub("", DIGITS.sub("#", words))):
        if len(sentence) >= LEAST:
            yield sentence


def outside(text: str, tables: Iterable[Grid]) -> Iterator[str]:
    """Yield the text between tables."""
    end = 0
    for start, stop in sorted((each.start, each.end) for each in tables):
        if start > end:
            yield text[end:start]
        end = max(end, stop)
    yield text[end:]
