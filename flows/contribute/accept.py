"""A contribution that holds, kept for good: its bytes into the archive by hash, its tables and the act into `raw/contributions/`."""

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from flows.contribute.check import Verdict
from flows.contribute.evidence import MEDIA_TYPES
from flows.contribute.rows import Table
from flows.contribute.sums import as_rows
from flows.curate.contributions import ACT_COLUMNS, Act, accepted_in, load_shelf, read_act
from flows.errors import ArchiveError, Text, UsageError
from flows.harvest.archive import append_captures, locked
from flows.harvest.index import sync_folder, write_whole
from flows.harvest.mend import mend_archive
from flows.harvest.store import Bucket, Raw, list_files, write_object
from flows.harvest.warc import NewCapture, warc_date
from flows.registry import Registry

FIGURES_ORDER = ("body_id", "year", "scope", "indicator_id", "applicant")


@dataclass(frozen=True)
class Deed:
    """Who decides what about a contribution, when, and why where that must be said."""

    by: str
    moment: datetime
    reason: str = ""


def accept_contribution(registry: Registry, raw: Raw, verdict: Verdict, deed: Deed) -> tuple[Act, bool]:
    """Return the act by which a contribution is accepted, and whether it is new; accepting it again changes nothing.

    Raises UsageError for one that has errors or was withdrawn before.
    """
    figures, evidence = verdict.figures, verdict.evidence
    if not verdict.usable or figures is None or evidence is None:
        raise UsageError(
            f"{verdict.opened.name}: has errors and cannot be accepted. See: gongkai contribute check",
            f"{verdict.opened.name}：有错误，不能接受。参见：gongkai contribute check",
        )
    tables = {
        "figures": write_table(figures, FIGURES_ORDER),
        "evidence": write_table(evidence, ("evidence_id",)),
    }
    code = hashlib.sha256(tables["figures"] + tables["evidence"]).hexdigest()[:16]
    place = accepted_in(raw)
    with locked(raw):
        if known := find_act(place, f"{code}.withdrawn.csv"):
            raise UsageError(
                f"{code}: was withdrawn on {known.moment[:10]} ({known.reason}). Send it again with its faults mended.",
                f"{code}：已于 {known.moment[:10]} 撤回（{known.reason}）。请改正后重新提交。",
            )
        if known := find_act(place, f"{code}.accepted.csv"):
            return known, False
        new = make_captures(verdict, evidence, tables["figures"], (code, deed.moment))
        archived = mend_archive(raw, registry.schemas["published/captures"])
        append_captures(raw, new.values(), archived)
        act = make_act(verdict, code, deed)._replace(
            figures_sha256=hashlib.sha256(tables["figures"]).hexdigest(),
            evidence_sha256=hashlib.sha256(tables["evidence"]).hexdigest(),
            captures=" ".join(f"{name}:{each.capture_id}" for name, each in new.items()),
        )
        for name, content in tables.items():
            put_file(place, f"{code}.{name}.csv", content)
        put_act(place, act)
    return act, True


def make_act(verdict: Verdict, code: str, deed: Deed) -> Act:
    """Return what is put on record of a contribution: when, by whom, what was sent, the report of its first evidence."""
    row = as_rows(verdict.evidence)[0] if verdict.evidence and verdict.evidence.rows else {}
    return Act(
        contribution_id=code,
        act="accepted",
        moment=warc_date(deed.moment),
        by=deed.by,
        reason=deed.reason,
        package=verdict.opened.name,
        sha256=verdict.opened.sha256,
        body_id=row.get("body_id", ""),
        year=row.get("year", ""),
        scope=row.get("scope", ""),
    )


def make_captures(
    verdict: Verdict, evidence: Table, figures: bytes, named: tuple[str, datetime]
) -> dict[str, NewCapture]:
    """Return what enters the archive: the table of figures as `figures`, and the file of each row of evidence that has one.

    They are of a kind of their own: nobody's file is ever read as a page that we fetched. Whoever wants the pages
    of a WARC that was sent looks at it and imports it.
    """
    code, moment = named
    found: dict[str, NewCapture] = {}
    for row in as_rows(evidence):
        sent = f"contribution {code}: transcribed by {row['transcriber']}; {row['holder']}, seen {row['date_seen']}"
        about = NewCapture(
            body_id=row["body_id"],
            year=int(row["year"]),
            scope=row["scope"],
            kind="contributed",
            url="",
            captured_at=moment,
            media_type="text/csv",
            payload=figures,
            source=sent,
        )
        found.setdefault("figures", about)
        if row["file"]:
            kind = row["file"].rpartition(".")[2]
            payload = verdict.opened.files[row["file"]]
            media_type = MEDIA_TYPES.get(kind, "application/octet-stream")
            found[row["evidence_id"]] = replace(about, url=row["url"], media_type=media_type, payload=payload)
    return found


def write_table(table: Table, key: Sequence[str]) -> bytes:
    """Return a table as it is kept: sorted, UTF-8, LF; the same claims give the same bytes, however they were sent."""
    rows = sorted(as_rows(table), key=lambda row: tuple(row[name] for name in key))
    return write_csv(table.columns, [[row[name] for name in table.columns] for row in rows])


def write_csv(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """Return rows as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue().encode()


# Acts


def find_act(place: Raw, name: str) -> Act | None:
    """Return an act that is on record, or None."""
    if isinstance(place, Path) and not place.is_dir():
        return None
    return read_act(place, name) if name in list_files(place) else None


def put_act(place: Raw, act: Act) -> None:
    """Write an act; raise UsageError where one of its name is there."""
    if find_act(place, act.file):
        raise UsageError(f"{act.file}: is there already.", f"{act.file}：已存在。")
    put_file(place, act.file, write_csv(ACT_COLUMNS, [act]))


def put_file(place: Raw, name: str, content: bytes) -> None:
    """Write a file that is not there yet, whole and on the disk; raise ArchiveError where it cannot be written."""
    if isinstance(place, Bucket):
        write_object(place, name, content)
        return
    try:
        place.mkdir(parents=True, exist_ok=True)
        beside = place / f".{name}.new"
        with beside.open("wb", buffering=0) as file:
            write_whole(file.fileno(), content)
        beside.replace(place / name)
        sync_folder(place)
    except OSError as error:
        raise ArchiveError(
            f"{place}: cannot be written ({error.strerror}). Free space or mend the permissions and run again.",
            f"{place}：无法写入（{error.strerror}）。请腾出空间或修正权限后重试。",
        ) from error


def withdraw_contribution(raw: Raw, code: str, deed: Deed) -> Act:
    """Return the act that withdraws a contribution: its figures leave the next release, the record stays."""
    shelf = load_shelf(raw)
    found = next((each for each in shelf.contributions if each.contribution_id == code), None)
    if found is None:
        known = ", ".join(each.contribution_id for each in shelf.standing[-8:]) or "-"
        raise UsageError(
            f"'{code}': no such contribution. Accepted are: {known}.",
            f"“{code}”：没有该来稿。已接受的有：{known}。",
        )
    if found.withdrawn is not None:
        raise UsageError(
            f"{code}: was withdrawn on {found.withdrawn.moment[:10]} already.",
            f"{code}：已于 {found.withdrawn.moment[:10]} 撤回。",
        )
    act = found.accepted._replace(
        act="withdrawn", moment=warc_date(deed.moment), by=deed.by, reason=deed.reason
    )
    with locked(raw):
        put_act(accepted_in(raw), act)
    return act


def refuse_contribution(raw: Raw, verdict: Verdict, deed: Deed, message: Text) -> Act | None:
    """Return the act that puts a refusal on record, or None where the same bytes were refused before."""
    code = hashlib.sha256(f"{verdict.opened.name}\n{verdict.opened.sha256}".encode()).hexdigest()[:16]
    act = make_act(verdict, code, deed)._replace(
        act="refused", faults=str(len(verdict.faults)), message_en=message.en, message_zh=message.zh
    )
    place = accepted_in(raw)
    with locked(raw):
        if find_act(place, act.file):
            return None
        put_act(place, act)
    return act
