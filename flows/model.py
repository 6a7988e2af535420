"""The types of the pipeline: what a body, a capture, a grid, an observation, a finding is."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple, NewType

from flows.errors import Text

Label = NewType("Label", str)  # a heading after cells.clean_label; the only thing that is ever compared

Status = Literal["reported", "blank", "none_word", "dash", "unreadable", "not_in_report"]
Scope = Literal["whole_area", "own_body"]
Reading = Literal["table", "prose", "contribution", "image"]
Kind = Literal["fetched", "imported", "transcription", "contributed"]
State = Literal["published", "not_found", "removed", "blocked", "unreadable", "quarantined", "not_due"]
Severity = Literal["error", "warning", "info"]
FindingClass = Literal["source", "reading", "form", "undecidable"]


LIST_LOOK = (
    "gongkai harvest of list "  # how the source of a look at a list begins; its row of platforms.csv follows
)


@dataclass(frozen=True)
class Body:
    """A reporting body (报告机关); `body_id` is its code in GB/T 2260, always text."""

    body_id: str
    name_zh: str
    name_en: str
    level: str
    parent_id: str
    former_names_zh: tuple[str, ...] = ()


@dataclass(frozen=True, order=True)
class Report:
    """One body's annual report for one year and scope, and where it is said to be."""

    body_id: str
    year: int
    scope: str
    url: str = ""


@dataclass(frozen=True)
class ListSource:
    """One row of `platforms.csv`: a list of reports of a body or of those below it, or an address that is a report itself.

    `{year}` in the address stands for the year reported on; without it the list holds all years, or the page the newest.
    """

    list_id: str
    body_id: str
    covers: Literal["own", "below"]
    platform: str
    url: str
    first_year: int
    last_year: int | None
    expected: int
    required: bool
    evidence: str

    @property
    def is_page(self) -> bool:
        """Whether the address is that of a report and not of a list."""
        return self.platform == "page"

    @property
    def has_year(self) -> bool:
        """Whether the address has the year reported on in it."""
        return "{year}" in self.url

    def covers_year(self, year: int) -> bool:
        """Return whether reports on a year are looked for in it."""
        return self.first_year <= year <= (self.last_year or year)


@dataclass(frozen=True)
class Capture:
    """The exact bytes of one fetch, import or transcription: its record in the archive's index.

    A capture of a list names the body whose list it is and the year whose reports were looked for.
    `file` and `offset` say where the bytes stand; a look that brought bytes which the archive held already
    has a record of its own at `revisit_file` and `revisit_offset`. `record_bytes` and `record_sha256` are the
    length and hash of all that was written for the capture. `verdict` is a row of `verdicts.csv`,
    `parent_id` the capture of the page that an attachment belongs to. `sequence` grows from one capture stored to the
    next (0 where none is known); `counted_at` is set where the clock that dated the capture contradicts that order.
    """

    capture_id: str
    body_id: str
    year: int
    scope: str
    kind: str
    url: str
    captured_at: datetime
    media_type: str
    sha256: str
    size: int
    file: str
    offset: int
    http_status: int | None = None
    source: str = ""
    verdict: str = "accepted"
    final_url: str = ""
    etag: str = ""
    last_modified: str = ""
    framing: str = ""
    tls: str = ""
    parent_id: str = ""
    revisit_file: str = ""
    revisit_offset: int | None = None
    record_bytes: int | None = None
    record_sha256: str = ""
    sequence: int = 0
    counted_at: datetime | None = field(default=None, compare=False)

    @property
    def moment(self) -> datetime:
        """When it was taken as far as the archive can tell: what its clock said, unless that contradicts the other looks."""
        return self.counted_at or self.captured_at

    @property
    def record_at(self) -> tuple[str, int]:
        """The file and offset of the capture's own record."""
        return (
            (self.revisit_file, self.revisit_offset or 0) if self.revisit_file else (self.file, self.offset)
        )

    @property
    def is_list(self) -> bool:
        """Whether a list of reports was looked at."""
        return self.source.startswith(LIST_LOOK)

    @property
    def is_page(self) -> bool:
        """Whether the capture holds a report's own page, good to be read: no attachment, no look that found none, no contribution."""
        return self.verdict == "accepted" and not self.parent_id and self.kind != "contributed"


@dataclass(frozen=True)
class Grid:
    """One printed table as a rectangle of text.

    `rows` has the same number of cells in each row. `continued` holds the (row, column)
    positions that print no cell of their own: they repeat one that spans several rows or
    columns, or the row ends before them.
    `start` and `end` are the table's place in the document's text.
    """

    locator: str
    rows: tuple[tuple[str, ...], ...]
    continued: frozenset[tuple[int, int]] = frozenset()
    caption: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Link:
    """What a page links, frames or shows: its address as printed, the words beside it, `file`, `frame` or `picture`."""

    url: str
    text: str
    kind: str


@dataclass(frozen=True)
class Document:
    """A capture or file made readable: text in reading order, its grids, its own headings, what it links.

    `published` is what the file's metadata say of the day on which it was published. `reading` is `image`
    where the characters were recognised in pictures of print.
    """

    name: str
    text: str
    grids: tuple[Grid, ...] = ()
    headings: tuple[str, ...] = ()
    published: str = ""
    links: tuple[Link, ...] = ()
    reading: Literal["table", "image"] = "table"


@dataclass(frozen=True)
class Value:
    """What one cell says: an amount, or the status that says why there is none."""

    amount: Decimal | None
    status: Status


class Observation(NamedTuple):
    """One value with its origin (SDMX observation); a tuple, for every report makes some two hundred."""

    indicator_id: str
    applicant: str
    value: Value
    unit: str
    unit_basis: str
    raw_value: str
    locator: str
    reading: Reading = "table"
    capture_id: str = ""  # the capture it rests on, where that is not its report's


@dataclass(frozen=True)
class Finding:
    """A breach, a gap or an oddity, published with both sides and the cells it rests on."""

    rule_id: str
    message: Text
    locator: str = ""
    cells: tuple[str, ...] = ()
    left: Decimal | None = None
    right: Decimal | None = None
    finding_class: FindingClass | None = None


@dataclass(frozen=True)
class Header:
    """What a document says of itself: title, body, year reported on, scope, date, source."""

    title: str = ""
    body_id: str = ""
    year: int | None = None
    scope: Scope = "whole_area"
    stated_date: date | None = None
    source: str = ""


@dataclass(frozen=True)
class Extraction:
    """Everything one document states: its header, form, observations, prose figures and findings."""

    header: Header
    form: str
    observations: tuple[Observation, ...]
    statements: tuple[Observation, ...] = ()
    findings: tuple[Finding, ...] = field(default=())
    wording: bytes = field(default=b"", repr=False)
