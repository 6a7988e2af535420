"""Accepted contributions as they lie in `raw/contributions/accepted/`: figures, evidence, and an act for all that was decided.

Nothing there is ever changed. A contribution is named after the hash of its figures and evidence; an act is a file of one
row, so that the archive may lie in a folder or a bucket, and a withdrawal adds a file and removes none.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from flows.cells import parse_value
from flows.curate.sources import Key
from flows.errors import ArchiveError, Text
from flows.harvest.store import Bucket, Raw, list_files, read_file
from flows.model import Observation, Status, Value

FOLDER = "contributions"
ACCEPTED = "accepted"
ACT_COLUMNS = (
    "contribution_id", "act", "moment", "by", "reason", "package", "sha256", "figures_sha256", "evidence_sha256", "captures",
    "body_id", "year", "scope", "faults", "message_en", "message_zh",
)  # fmt: skip
# What stands in the column `figure` where the cell has none; None: the contributor did not look.
WORDS: Mapping[str, Status | None] = {
    "blank": "blank", "空白": "blank", "none_word": "none_word", "无": "none_word", "dash": "dash", "横线": "dash",
    "unreadable": "unreadable", "看不清": "unreadable", "not_in_report": "not_in_report", "未印": "not_in_report",
    "not_transcribed": None, "未录": None,
}  # fmt: skip


ACT_FILE = re.compile(r"[0-9a-f]{16}\.(accepted|withdrawn|refused)\.csv")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


class Act(NamedTuple):
    """One decision about a contribution: that it was accepted, withdrawn or refused, when, by whom and why.

    `captures` names by evidence the captures that came with it: `e1:0123456789abcdef`, parted by blanks. Of a refused
    one the report, number of faults and the first message are kept, for it has no other file.
    """

    contribution_id: str
    act: str
    moment: str
    by: str
    reason: str
    package: str
    sha256: str
    figures_sha256: str = ""
    evidence_sha256: str = ""
    captures: str = ""
    body_id: str = ""
    year: str = ""
    scope: str = ""
    faults: str = ""
    message_en: str = ""
    message_zh: str = ""

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.contribution_id}.{self.act}.csv"

    @property
    def when(self) -> datetime:
        """Its moment."""
        return datetime.fromisoformat(self.moment)


class Claim(NamedTuple):
    """What one contribution says of one cell of a report."""

    report: Key
    observation: Observation
    evidence_id: str

    @property
    def cell(self) -> str:
        """The cell, as findings name it."""
        return f"{self.observation.indicator_id}|{self.observation.applicant}"


@dataclass(frozen=True)
class Contribution:
    """One accepted contribution: its evidence by code, what it claims, and the act that withdrew it, if any did."""

    accepted: Act
    evidence: Mapping[str, Mapping[str, str]]
    claims: tuple[Claim, ...]
    withdrawn: Act | None = None

    @property
    def contribution_id(self) -> str:
        """Its code."""
        return self.accepted.contribution_id

    @cached_property
    def captures(self) -> Mapping[str, str]:
        """The code of the capture that each evidence is, the first being the contribution's own table."""
        return dict(each.split(":", 1) for each in self.accepted.captures.split())

    @cached_property
    def people(self) -> tuple[frozenset[str], frozenset[str]]:
        """Who transcribed it, and who read it a second time, by their names without case and blanks."""
        rows = self.evidence.values()
        names = [
            frozenset("".join(row[column].casefold().split()) for row in rows if row[column])
            for column in ("transcriber", "second_reader")
        ]
        return names[0], names[1]


@dataclass(frozen=True)
class Shelf:
    """All that was ever decided about contributions: the accepted ones, oldest first, the refused ones, what is damaged."""

    contributions: tuple[Contribution, ...] = ()
    refused: tuple[Act, ...] = ()
    damaged: tuple[tuple[Act, Text], ...] = ()

    @property
    def standing(self) -> tuple[Contribution, ...]:
        """The contributions that nobody withdrew."""
        return tuple(each for each in self.contributions if each.withdrawn is None)


def accepted_in(raw: Raw) -> Raw:
    """Return where accepted contributions of an archive lie."""
    if isinstance(raw, Bucket):
        return replace(raw, place=f"{raw.place}/{FOLDER}/{ACCEPTED}")
    return Path(raw, FOLDER, ACCEPTED)


def load_shelf(raw: Raw, until: datetime | None = None) -> Shelf:
    """Return what was decided about contributions to an archive, before a moment if one is given; what is damaged is named."""
    place = accepted_in(raw)
    if isinstance(place, Path) and not place.is_dir():
        return Shelf()
    acts, damaged = read_acts(place)
    acts = [act for act in acts if until is None or act.when < until]
    withdrawn = {act.contribution_id: act for act in acts if act.act == "withdrawn"}
    # A damaged act may be the one that withdrew it: nothing is used of a contribution of which not all is whole.
    doubtful = {act.contribution_id for act, _ in damaged}
    found = []
    for act in acts:
        if act.act == "accepted" and act.contribution_id not in doubtful:
            try:
                one = load_contribution(place, act)
            except ArchiveError as error:
                damaged.append((act, error.text))
                continue
            found.append(replace(one, withdrawn=withdrawn.get(act.contribution_id)))
    return Shelf(tuple(found), find_refused(acts), tuple(damaged))


def read_acts(place: Raw) -> tuple[list[Act], list[tuple[Act, Text]]]:
    """Return the acts that are whole, oldest first, and in the stead of each that is not the accepted one, with what is wrong."""
    names = [name for name in list_files(place) if ACT_FILE.fullmatch(name)]
    acts, wrong = [], []
    for name in names:
        try:
            acts.append(read_act(place, name))
        except ArchiveError as error:
            wrong.append((name, error.text))
    acts.sort(key=lambda act: (act.moment, act.file))
    accepted = {act.contribution_id: act for act in acts if act.act == "accepted"}
    unknown = Act("", "accepted", "", "", "", "", "")
    damaged = [
        (accepted.get(code := name.partition(".")[0], unknown._replace(contribution_id=code)), why)
        for name, why in wrong
    ]
    return acts, damaged


def find_refused(acts: Iterable[Act]) -> tuple[Act, ...]:
    """Return the refusals that still hold: the last of each package, unless one of its name was accepted since."""
    last: dict[str, Act] = {}
    for act in acts:
        if act.act in ("accepted", "refused"):
            last[act.package] = act
    return tuple(act for act in last.values() if act.act == "refused")


def read_act(place: Raw, name: str) -> Act:
    """Return one act; raise ArchiveError for a file that is none."""
    try:
        rows = list(
            csv.DictReader(io.StringIO(read_file(place, name).decode("utf-8"), newline=""), strict=True)
        )
    except (ValueError, csv.Error, OSError) as error:
        raise damaged_file(name, str(error), str(error)) from error
    if (
        len(rows) != 1
        or tuple(rows[0]) != ACT_COLUMNS
        or not all(isinstance(cell, str) for cell in rows[0].values())
    ):
        raise damaged_file(name, f"{len(rows)} acts, expected one", f"{len(rows)} 条记录，应为一条")
    act = Act(**rows[0])
    if act.file != name or not MOMENT.fullmatch(act.moment):
        raise damaged_file(name, f"it is of {act.file}, {act.moment}", f"内容属于 {act.file}，{act.moment}")
    return act


def damaged_file(name: str, en: str, zh: str) -> ArchiveError:
    """Return the error for a file of a contribution that is not what was accepted."""
    path = f"{FOLDER}/{ACCEPTED}/{name}"
    return ArchiveError(
        f"{path}: not what was accepted ({en}). Restore it from git or a copy; its figures are left out until then.",
        f"{path}：与所接受的内容不符（{zh}）。请从 git 或副本恢复；在此之前不采用其数字。",
    )


def load_contribution(place: Raw, act: Act) -> Contribution:
    """Return an accepted contribution; raise ArchiveError where its files are not those that were accepted."""
    tables = {}
    for name, digest in (("figures", act.figures_sha256), ("evidence", act.evidence_sha256)):
        file = f"{act.contribution_id}.{name}.csv"
        try:
            data = read_file(place, file)
        except OSError as error:
            raise damaged_file(file, f"{error.strerror or error}", f"{error.strerror or error}") from error
        found = hashlib.sha256(data).hexdigest()
        if found != digest:
            raise damaged_file(
                file,
                f"sha256 {found[:12]}…, expected {digest[:12]}…",
                f"sha256 为 {found[:12]}…，应为 {digest[:12]}…",
            )
        tables[name] = list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))
    evidence = {row["evidence_id"]: row for row in tables["evidence"]}
    bare = Contribution(act, evidence, ())
    claims = (read_claim(row, bare) for row in tables["figures"])
    return replace(bare, claims=tuple(each for each in claims if each is not None))


def read_claim(row: Mapping[str, str], contribution: Contribution) -> Claim | None:
    """Return what a row says of its cell, or None where the contributor did not look at it."""
    value = read_figure(row["figure"])
    if value is None:
        return None
    captures = contribution.captures
    observation = Observation(
        indicator_id=row["indicator_id"],
        applicant=row["applicant"],
        value=value,
        unit=row["unit_printed"] or row["form_unit"],
        unit_basis="printed" if row["unit_printed"] else ("form" if row["form_unit"] else ""),
        raw_value=row["figure"] if value.amount is not None else "",
        locator=f"contribution {contribution.contribution_id}{write_place(row)}",
        reading="contribution",
        capture_id=captures.get(row["evidence_id"], captures["figures"]),
    )
    return Claim((row["body_id"], int(row["year"]), row["scope"]), observation, row["evidence_id"])


def read_figure(text: str) -> Value | None:
    """Return what a figure of a contribution says, or None where the contributor did not look.

    >>> read_figure("1204"), read_figure("无"), read_figure("not_transcribed")
    (Value(amount=Decimal('1204'), status='reported'), Value(amount=None, status='none_word'), None)
    """
    if text in WORDS:
        status = WORDS[text]
        return None if status is None else Value(None, status)
    return parse_value(text)


def write_place(row: Mapping[str, str]) -> str:
    """Return where on the paper a figure stands, as the end of a locator.

    >>> write_place({"page": "3", "row": "14"}), write_place({"page": "3", "row": "-"}), write_place({"page": "-", "row": "-"})
    (': page 3 r14', ': page 3', '')
    """
    if row["page"] == "-":
        return ""
    return f": page {row['page']}" + (f" r{row['row']}" if row["row"] != "-" else "")
