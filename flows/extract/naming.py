"""The file's name in what is said of it: where to look further, and of which file an error speaks."""

from dataclasses import replace

from flows.errors import FormError, Text
from flows.model import Extraction

PLACE = "gongkai show FILE"  # what messages about a table say, which do not know the file


def name_file(text: Text, name: str) -> Text:
    """Return a message with a file's name where it says only that there is one."""
    return Text(*(each.replace(PLACE, f"gongkai show {name}") for each in text))


def name_findings(extraction: Extraction, name: str) -> Extraction:
    """Return an extraction whose findings name the file."""
    findings = (
        replace(each, message=name_file(each.message, name)) if PLACE in each.message.en else each
        for each in extraction.findings
    )
    return replace(extraction, findings=tuple(findings))


def name_error(error: FormError, name: str) -> FormError:
    """Return an error that begins with the file's name."""
    named = name_file(error.text, name)
    if named.en.startswith(name):
        return FormError(*named)
    return FormError(f"{name}: {named.en}", f"{name}：{named.zh}")
