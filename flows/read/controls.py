"""What the cells of a page hold that is no text: form fields, whose value is read, and pictures, which are not."""

from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from flows.read.runs import note_unread, passes_for_value

CONTROLS = frozenset("input textarea select".split())
# Fields that show no text of their own, or none that is a figure.
WITHOUT_TEXT = frozenset("hidden password button submit reset image file checkbox radio color range".split())
PICTURES = "img, object, embed, canvas, svg, iframe, video"
UNREAD = f"{PICTURES}, script, input, select"
ADDRESSES = ("src", "data", "alt")
SPACER = 3  # px; an image no larger is a blank that holds a table's shape


def read_control(node: LexborNode) -> str:
    """Return the text that a form field shows: online forms save a report's figures so."""
    if node.tag == "textarea":
        return node.text() or ""
    if node.tag == "select":
        return " ".join(option.text().strip() for option in find_chosen(node))
    return node.attributes.get("value") or "" if shows_text(node) else ""


def find_chosen(select: LexborNode) -> Iterator[LexborNode]:
    """Yield the chosen options of a list; without one a browser shows the first, which nobody chose."""
    yield from select.css("option[selected]")


def shows_text(field: LexborNode) -> bool:
    """Return whether an `input` shows its value as text."""
    return (field.attributes.get("type") or "text").strip().lower() not in WITHOUT_TEXT


def add_unread(text: str, cell: LexborNode) -> str:
    """Return a cell's text with a note of what else it shows, where it would pass for empty or for a whole figure.

    A picture can be a figure, a digit of one, or its sign.
    """
    if not passes_for_value(text):
        return text
    objects = cell.css(PICTURES if text else UNREAD)
    return f"{text} {next((note for node in objects if (note := note_object(node))), '')}".strip()


def note_object(node: LexborNode) -> str:
    """Return the note of one object: empty for a blank that holds a table's shape, and for a field that is empty."""
    attributes, tag = node.attributes, node.tag or ""
    kind = (attributes.get("type") or "").strip().lower()
    if tag == "input":
        seen = kind == "hidden" or (shows_text(node) and attributes.get("value") is not None)
        return "" if seen else note_unread("field", kind)
    if tag == "select":
        return "" if any(find_chosen(node)) else note_unread("list", "no choice")
    if tag == "img" and is_spacer(attributes):
        return ""
    address = next((text for name in ADDRESSES if (text := attributes.get(name))), "")
    name = "" if address.startswith("data:") else address.partition("?")[0].rpartition("/")[2]
    return note_unread("image" if tag == "img" else tag, name)


def is_spacer(attributes: dict[str, str | None]) -> bool:
    """Return whether an image is as small as a line or a dot."""
    sizes = [(attributes.get(side) or "").removesuffix("px") for side in ("width", "height")]
    return any(size.isdecimal() and int(size) <= SPACER for size in sizes)
