"""What can go wrong, in words for people: every message in English and in Chinese."""

from typing import NamedTuple


class Text(NamedTuple):
    """One message in both languages of the project."""

    en: str
    zh: str

    def read(self, lang: str) -> str:
        """Return the message in `lang` (`zh`, or English for anything else)."""
        return self.zh if lang == "zh" else self.en


class GongkaiError(Exception):
    """A failure that a person can do something about; `text` says what, in both languages."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.text = Text(en, zh)


class UsageError(GongkaiError):
    """The command was called with something that does not exist: a body, a file, an indicator."""


class RegistryError(GongkaiError):
    """A file in `schemas/` is missing, malformed or contradicts another; nothing can be built."""


class ArchiveError(GongkaiError):
    """A capture in `raw/` is damaged or is not what its index says; the capture is left out."""


class StoreError(GongkaiError):
    """The server that keeps the archive does not answer or refuses: nothing can be read or written for now."""


class FetchError(GongkaiError):
    """A page could not be fetched or is not the report; what was known stays."""


class ReadError(GongkaiError):
    """A file cannot be made readable; the report is left out with the reason."""


class FormError(GongkaiError):
    """A document is readable but holds no table of a form that we know; it is left out."""


class ReleaseError(GongkaiError):
    """A package could not be written or breaks its own schema; the former one stays."""
