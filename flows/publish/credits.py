"""Who transcribed figures of a package: the credit in its descriptor and README."""

from collections.abc import Mapping

import pyarrow as pa

from flows.contribute.formats import plain
from flows.errors import Text


def list_contributors(tables: Mapping[str, pa.Table]) -> list[dict[str, object]]:
    """Return the people whose transcriptions are published, as the descriptor lists contributors, each once."""
    found: dict[str, set[str]] = {}
    for row in tables["contributions"].to_pylist():
        if row["state"] == "accepted" and row["published"]:
            found.setdefault(row["transcriber"], set()).add("transcriber")
            if row["second_reader"]:
                found.setdefault(row["second_reader"], set()).add("secondReader")
    return [{"title": name, "roles": sorted(roles, reverse=True)} for name, roles in sorted(found.items())]


def name_contributors(tables: Mapping[str, pa.Table], lang: str) -> str:
    """Return the sentence that thanks those who transcribed figures, or an empty text."""
    names = [plain(str(each["title"])) for each in list_contributors(tables)]
    if not names:
        return ""
    text = Text(
        f"\nFigures with `reading` = `contribution` were transcribed by {', '.join(names)}; see `contributions`.\n",
        f"\n`reading` 为 `contribution` 的数字由 {'、'.join(names)} 录入，见 `contributions`。\n",
    )
    return text.read(lang)
