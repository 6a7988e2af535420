"""Files on this machine: where a saved page's attachments lie, and a file written whole or not at all."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flows.model import Link


def find_beside(page: Path, link: Link) -> Path | None:
    """Return the file that a link of a saved page leads to, inside the page's folder, or None where none is there.

    Looked for where the address says, by its name beside the page, and in the folders in which browsers put
    what belongs to a saved page (`page_files`, `page.files`). Nothing outside of the folder is ever opened.
    """
    folder = page.resolve().parent
    for candidate in candidates(page, link):
        try:
            found = (folder / candidate).resolve()
            if found.is_relative_to(folder) and found.is_file() and found != page.resolve():
                return found
        except (OSError, ValueError):  # a name that no file can have
            continue
    return None


def candidates(page: Path, link: Link) -> Iterator[str]:
    """Yield the names under which the file of a link may lie, relative to the page's folder."""
    try:
        parts = urlsplit(link.url)
    except ValueError:
        return
    path = unquote(parts.path)
    name = path.rpartition("/")[2]
    if not name:
        return
    if not parts.netloc and not path.startswith("/"):
        yield path
    yield name
    yield from (f"{page.stem}{end}/{name}" for end in ("_files", ".files", ".fld"))


def write_beside(path: Path, content: bytes) -> None:
    """Write a file beside its place, then put it there in one step: what is there is whole, before and after."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
