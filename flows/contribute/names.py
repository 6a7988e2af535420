"""Names of files that strangers send: what is wrong with one, told before anything is opened under it."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from flows.contribute.faults import Fault, quote
from flows.errors import Text

MAX_NAME = 100  # bytes of one part
MAX_DEPTH = 3  # folders and file
DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)")
NO_CHARACTERS = frozenset('<>:"|?*\\')  # no name on Windows holds these


def check_names(names: Iterable[str]) -> Iterator[Fault]:
    """Yield what is wrong with the names of a contribution's files, each alone and all together."""
    seen: dict[str, str] = {}
    for name in names:
        if wrong := wrong_name(name):
            yield Fault("unsafe_name", name, wrong)
        twin = seen.setdefault(fold_name(name), name) if fold_name(name) in seen else ""
        seen.setdefault(fold_name(name), name)
        if twin:
            yield Fault(
                "twin_name",
                name,
                Text(f"'{quote(twin)}' is there too", f"另有“{quote(twin)}”"),
            )


def fold_name(name: str) -> str:
    """Return a name as a file system that knows no case, and one that knows no composed characters, takes it."""
    return unicodedata.normalize("NFKC", name).casefold().rstrip(". ")


def wrong_name(name: str) -> Text | None:
    r"""Return what is wrong with a name, or None.

    >>> [bool(wrong_name(each)) for each in ("../a", "/etc/passwd", "a\\b", "C:a", "a\u202eb", "con.csv", "evidence/p1.png")]
    [True, True, True, True, True, True, False]
    """
    parts = name.split("/")
    if name.startswith("/") or any(part in ("", ".", "..") for part in parts):
        return Text("the name leads out of the contribution", "该名称指向来稿之外")
    if bad := next((char for char in name if not char.isprintable() or char in NO_CHARACTERS), ""):
        shown = f"U+{ord(bad):04X}"
        return Text(f"the name holds {shown}", f"名称含 {shown}")
    if len(parts) > MAX_DEPTH:
        return Text(f"{len(parts)} levels, at most {MAX_DEPTH}", f"{len(parts)} 层，至多 {MAX_DEPTH} 层")
    if any(len(part.encode("utf-8", "surrogatepass")) > MAX_NAME for part in parts):
        return Text(f"a name of over {MAX_NAME} bytes", f"名称超过 {MAX_NAME} 字节")
    if any(part != part.rstrip(". ") or part != part.lstrip() or DEVICES.match(part) for part in parts):
        return Text("a name that some machine cannot have", "某些系统不能使用的名称")
    return None


def top_folder(names: Iterable[str]) -> str:
    """Return the one folder that everything lies in, with its slash, or an empty text: people pack the folder itself."""
    tops = {PurePosixPath(name).parts[0] if "/" in name else "" for name in names}
    return f"{tops.pop()}/" if len(tops) == 1 and "" not in tops and tops != {"evidence"} else ""
