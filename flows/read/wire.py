"""A Document as JSON and back: what a child process answers must not be able to run code in its parent, as a pickle can."""

import json
from typing import Any

from flows.model import Document, Grid, Link


def encode_document(document: Document) -> bytes:
    """Return a Document as JSON in UTF-8; raises UnicodeEncodeError for half a surrogate pair, which no text holds."""
    return json.dumps(document, default=list_fields, ensure_ascii=False, separators=(",", ":")).encode()


def list_fields(part: Document | Grid | Link | frozenset[tuple[int, int]]) -> Any:
    """Return a part of a Document as what JSON knows."""
    return sorted(part) if isinstance(part, frozenset) else vars(part)


def decode_document(encoded: bytes) -> Document:
    """Return the Document of its JSON, with grids that are rectangles of text; raises ValueError for anything else."""
    try:
        fields = json.loads(encoded)
        grids = tuple(decode_grid(each) for each in fields["grids"])
        links = tuple(Link(**each) for each in fields["links"])
        document = Document(
            **{**fields, "grids": grids, "headings": tuple(fields["headings"]), "links": links}
        )
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"no Document: {error}") from error
    linked = (text for each in links for text in vars(each).values())
    texts = (document.name, document.text, document.published, *document.headings, *linked)
    if not all(isinstance(text, str) for text in texts) or document.reading not in ("table", "image"):
        raise ValueError("a Document whose text is none")
    return document


def decode_grid(fields: dict[str, Any]) -> Grid:
    """Return one grid; raises ValueError where it is not a rectangle of text."""
    rows = tuple(map(tuple, fields["rows"]))
    continued = frozenset((row, column) for row, column in fields["continued"])
    grid = Grid(**{**fields, "rows": rows, "continued": continued})
    if len({len(row) for row in rows}) != 1 or not all(type(cell) is str for row in rows for cell in row):
        raise ValueError("a grid that is no rectangle of text")
    return grid
