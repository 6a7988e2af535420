"""The gates: a release that lost something, or flags much more, is refused with every reason; a person may let it pass."""

import csv
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from flows.errors import RegistryError, ReleaseError
from flows.model import LIST_LOOK
from flows.publish.delta import Side
from flows.publish.gates import judge
from flows.publish.package import publish_package
from flows.publish.release import Release
from flows.publish.terminal import summarise_release
from flows.registry import Registry, load_registry
from tests.command import list_tree
from tests.publish.conftest import Tables

Change = Callable[[Tables], Tables]


def sides(registry: Registry, *each: Tables) -> list[Side]:
    """Return tables as sides of one registry, without writing them."""
    names = [about["name"] for about in registry.package["resources"]]
    schemas = {name: registry.schemas.get(f"published/{name}") or registry.schemas[name] for name in names}
    return [
        Side("2026.11.0", registry.package["schema_version"], schemas, {}, partial(read, its)) for its in each
    ]


def read(tables: Tables, name: str, columns: Sequence[str]) -> pa.Table:
    return tables[name].select(list(columns))


def grown(tables: Tables, times: int) -> Tables:
    """Return tables with many times the bodies, so that shares mean something."""
    made = dict(tables)
    for name in ("observations", "reports", "findings"):
        table = tables[name]
        at = table.column_names.index("body_id")
        parts = [
            table.set_column(
                at,
                "body_id",
                pa.array([f"{body}-{n}" if n else body for body in table["body_id"].to_pylist()]),
            )
            for n in range(times)
        ]
        made[name] = pa.concat_tables(parts)
    return made


def without_body(tables: Tables) -> Tables:
    """Return tables as they are when the report of Huairou cannot be read any more."""
    reports = tables["reports"].to_pylist()
    for row in reports:
        if (row["body_id"], row["year"]) == ("110116", 2018):
            row.update(state="unreadable", figures=0)
    keep = pc.not_equal(tables["observations"]["body_id"], "110116")
    return {
        **tables,
        "reports": pa.Table.from_pylist(reports, tables["reports"].schema),
        "observations": tables["observations"].filter(keep),
    }


def flagged(tables: Tables, rule: str, every: int) -> Tables:
    """Return tables in which a rule flags each so-manieth cell more."""
    flags = [
        f"{text or ''} {rule}".strip() if n % every == 0 else text
        for n, text in enumerate(tables["observations"]["flags"].to_pylist())
    ]
    at = tables["observations"].column_names.index("flags")
    return {
        **tables,
        "observations": tables["observations"].set_column(at, "flags", pa.array(flags, pa.string())),
    }


def found_more(tables: Tables, rule: str, times: int) -> Tables:
    """Return tables in which a rule is broken in some reports, a hundred times in each."""
    (row,), reports = tables["findings"].slice(0, 1).to_pylist(), tables["reports"].to_pylist()
    broken = [each for each in reports if each["state"] == "published"][:times]
    more = [
        {
            **row,
            **{key: each[key] for key in ("body_id", "year", "scope")},
            "rule_id": rule,
            "finding_id": f"{n:012x}",
        }
        for each in broken
        for n in range(100)
    ]
    return {
        **tables,
        "findings": pa.concat_tables(
            [tables["findings"], pa.Table.from_pylist(more, tables["findings"].schema)]
        ),
    }


def drop(name: str, rows: int) -> Change:
    return lambda tables: {**tables, name: tables[name].slice(rows)}


def beyond(registry: Registry, before: Tables, after: Tables) -> dict[str, list[str]]:
    """Return the subjects of each gate that a release is beyond, with its verdict."""
    one, two = sides(registry, before, after)
    found: dict[str, list[str]] = {}
    for each in judge(registry, one, two):
        if each.verdict != "held":
            found.setdefault(f"{each.gate.gate_id} {each.verdict}", []).append(each.reading.subject)
    return found


CHANGES: dict[str, tuple[Change, dict[str, list[str]]]] = {
    "nothing": (lambda tables: tables, {}),
    "a report lost": (
        without_body,
        {
            "rows_fewer refused": ["observations"],
            "report_lost refused": ["110116 2018 whole_area"],
            "source_lost refused": ["110116"],
            "source_silent warned": ["110116"],
        },
    ),
    "a tenth of the captures lost": (
        drop("captures", 1), {"rows_fewer refused": ["captures"], "capture_lost refused": ["all"]},
    ),
    "a codebook cut": (drop("concepts", 30), {"rows_fewer refused": ["concepts"]}),
}  # fmt: skip


def test_a_body_of_which_a_list_alone_was_looked_at_is_not_silent(registry: Registry, tables: Tables) -> None:
    looks = tables["captures"].to_pylist()
    others = [
        {**looks[0], "capture_id": f"{n:016x}", "body_id": body, "source": source}
        for n, (body, source) in enumerate(
            [("110000", f"{LIST_LOOK}municipal"), ("110118", "gongkai harvest")]
        )
    ]
    captures = pa.Table.from_pylist([*looks, *others], schema=tables["captures"].schema)
    assert beyond(registry, tables, {**tables, "captures": captures}) == {"source_silent warned": ["110118"]}


@pytest.mark.parametrize("case", CHANGES)
def test_what_is_lost_is_refused_by_name(registry: Registry, tables: Tables, case: str) -> None:
    change, expected = CHANGES[case]
    assert beyond(registry, tables, change(tables)) == expected


def test_fewer_rows_than_nine_in_ten_are_refused_and_no_more_than_that(
    registry: Registry, tables: Tables
) -> None:
    rows = tables["series"].num_rows
    keep = -(-rows * 9 // 10)
    assert beyond(registry, tables, {**tables, "series": tables["series"].slice(0, keep)}) == {}
    assert beyond(registry, tables, {**tables, "series": tables["series"].slice(0, keep - 1)}) == {
        "rows_fewer refused": ["series"]
    }


def test_a_rule_that_flags_in_twice_the_share_of_reports_is_refused_and_one_report_more_is_not(
    registry: Registry, tables: Tables
) -> None:
    many = grown(tables, 16)
    assert beyond(registry, many, flagged(many, "V14-NORM-LE", 500)) == {}
    assert beyond(registry, many, flagged(many, "V14-NORM-LE", 100)) == {
        "flags_doubled refused": ["V14-NORM-LE"]
    }
    assert beyond(registry, flagged(many, "V14-NORM-LE", 100), flagged(many, "V14-NORM-LE", 80)) == {}


def test_one_report_with_every_cell_flagged_is_a_warning(registry: Registry, tables: Tables) -> None:
    many = grown(tables, 16)
    flags = many["observations"]["flags"].to_pylist()
    one = ["V14-NORM-LE"] * 202 + flags[202:]
    at = many["observations"].column_names.index("flags")
    made = {**many, "observations": many["observations"].set_column(at, "flags", pa.array(one, pa.string()))}
    assert beyond(registry, many, made) == {"cells_doubled warned": ["V14-NORM-LE"]}


def test_a_rule_that_is_broken_in_twice_the_share_of_reports_is_refused(
    registry: Registry, tables: Tables
) -> None:
    many = grown(tables, 16)
    assert beyond(registry, many, found_more(many, "unknown_label", 10)) == {}
    assert beyond(registry, many, found_more(many, "unknown_label", 11)) == {
        "findings_doubled refused": ["unknown_label"]
    }


@pytest.mark.parametrize("rule", ["contribution_alone", "erratum_applied"])
def test_what_people_sent_in_or_decided_is_no_flag_too_many(
    registry: Registry, tables: Tables, rule: str
) -> None:
    many = grown(tables, 30)
    assert beyond(registry, many, found_more(flagged(many, rule, 2), rule, 60)) == {}
    other = beyond(registry, many, found_more(flagged(many, "unreadable_cell", 2), "unreadable_cell", 60))
    assert {"flags_doubled refused", "findings_doubled refused", "cells_doubled warned"} == set(other)


def test_ten_times_the_reports_with_as_many_flags_each_are_welcome(
    registry: Registry, tables: Tables
) -> None:
    assert beyond(registry, tables, grown(tables, 30)) == {"rows_more warned": ["observations", "reports"]}


def with_schema(registry: Registry, version: str, change: Callable[[dict[str, Any]], None]) -> Registry:
    """Return the registry with another schema of the captures and another schema version."""
    schema = json.loads(json.dumps(registry.schemas["published/captures"]))
    change(schema)
    return replace(
        registry,
        package={**registry.package, "schema_version": version},
        schemas={**registry.schemas, "published/captures": schema},
    )


def retype(schema: dict[str, Any]) -> None:
    schema["fields"][10]["type"] = "number"


def allow(schema: dict[str, Any]) -> None:
    schema["fields"][4]["constraints"]["enum"].append("printed")


def reword(schema: dict[str, Any]) -> None:
    schema["fields"][0]["title"] = "Code"


@pytest.mark.parametrize(
    ("change", "version", "verdict"),
    [
        (retype, "1.0.0", "schema_step refused"), (retype, "1.9.0", "schema_step refused"), (retype, "2.0.0", ""),
        (allow, "1.0.9", "schema_step refused"), (allow, "1.1.0", ""), (allow, "2.0.0", ""), (reword, "1.0.0", "schema_words warned"),
        (reword, "1.0.1", ""), (allow, "0.9.0", "schema_step refused"),
    ],
)  # fmt: skip
def test_a_schema_that_breaks_without_its_step_is_refused(
    registry: Registry, tables: Tables, change: Callable[[dict[str, Any]], None], version: str, verdict: str
) -> None:
    (one,) = sides(registry, tables)
    (two,) = sides(with_schema(registry, version, change), tables)
    found = [
        f"{each.gate.gate_id} {each.verdict}" for each in judge(registry, one, two) if each.verdict != "held"
    ]
    assert found == ([verdict] if verdict else [])


# Of releases


def let_pass(registry: Registry, *rows: tuple[str, str, str]) -> Registry:
    """Return the registry with passes."""
    made = tuple(
        {
            "gate_id": gate, "after": after, "subject": subject, "reason_en": "the body withdrew it", "reason_zh": "机关已撤回",
            "decided_by": "Zhang San", "decided_on": "2026-11-28",
        }
        for gate, after, subject in rows
    )  # fmt: skip
    return replace(registry, tables={**registry.tables, "passes": made})


@pytest.fixture(scope="module")
def once(registry: Registry, tables: Tables, tmp_path_factory: pytest.TempPathFactory) -> Path:
    curated = tmp_path_factory.mktemp("once") / "curated"
    publish_package(registry, tables, curated)
    return curated


@pytest.fixture
def curated(once: Path, tmp_path: Path) -> Path:
    """A folder with one release."""
    return Path(shutil.copytree(once, tmp_path / "curated", symlinks=True))


def test_the_first_release_has_nothing_to_compare_with_and_says_so(once: Path) -> None:
    with (once / "latest" / "gates.csv").open(encoding="utf-8") as file:
        verdicts = {row["gate_id"]: row["verdict"] for row in csv.DictReader(file)}
    assert verdicts.pop("source_silent") == "held"
    assert set(verdicts.values()) == {"not_compared"}
    assert len(verdicts) == 11


def test_a_refused_release_leaves_everything_and_says_every_reason_and_what_to_do(
    registry: Registry, tables: Tables, curated: Path
) -> None:
    before = list_tree(curated)
    with pytest.raises(ReleaseError) as caught:
        publish_package(registry, without_body(tables), curated)
    assert list_tree(curated) == before
    english, chinese = caught.value.text
    assert english.startswith(
        "release 2026.11.1 is refused at 3 places by rows_fewer, report_lost, source_lost; release 2026.11.0 stays"
    )
    assert "\n  report_lost: 110116 2018 whole_area: was published, is not any more (" in english
    assert "\n  report_lost,2026.11.0,110116 2018 whole_area,REASON,理由,NAME,DATE" in english
    assert "最新版本仍为 2026.11.0" in chinese
    assert "110116 2018 whole_area：曾发布，现无" in chinese


def test_a_person_lets_it_pass_and_the_reason_is_published(
    registry: Registry, tables: Tables, curated: Path, release: Release
) -> None:
    passes = [
        ("rows_fewer", "2026.11.0", "observations"),
        ("report_lost", "2026.11.0", "*"),
        ("source_lost", "2026.11.0", "110116"),
    ]
    second = publish_package(let_pass(registry, *passes), without_body(tables), curated)
    assert (second.version, (curated / "latest").resolve()) == ("2026.11.1", second.folder)
    rows = pq.read_table(second.folder / "gates.parquet").to_pylist()
    (lost,) = (row for row in rows if row["gate_id"] == "report_lost")
    assert (lost["verdict"], lost["figure"], lost["reason_zh"]) == ("passed", 0, "机关已撤回")
    assert str(lost["decided_on"]) == "2026-11-28"
    manifest = json.loads((second.folder / "manifest.json").read_text(encoding="utf-8"))
    assert [each["gate_id"] for each in manifest["passed"]] == ["rows_fewer", "report_lost", "source_lost"]
    for name, reason in (
        ("CHANGES.md", "Reason: the body withdrew it"),
        ("CHANGES.zh.md", "理由：机关已撤回"),
    ):
        assert reason in (second.folder / name).read_text(encoding="utf-8")
    said = summarise_release(registry, replace(release, published=second), curated, "en")
    assert "gate      source_silent: 110116: has captures and no published report" in said
    assert (
        "gate      report_lost: 110116 2018 whole_area: was published, is not any more. Reason: the body withdrew it ("
        in said
    )


@pytest.mark.parametrize(
    "passes",
    [
        [],
        [("rows_fewer", "2026.11.0", "*"), ("report_lost", "2026.11.0", "*")],
        [
            ("rows_fewer", "2026.10.0", "*"),
            ("report_lost", "2026.10.0", "*"),
            ("source_lost", "2026.10.0", "*"),
        ],
        [
            ("rows_fewer", "2026.11.0", "*"),
            ("report_lost", "2026.11.0", "110116 2017 whole_area"),
            ("source_lost", "2026.11.0", "*"),
        ],
    ],
    ids=["none", "not for every gate", "for the release after another", "for another report"],
)
def test_a_pass_is_for_its_gate_its_subject_and_one_release_only(
    registry: Registry, tables: Tables, passes: list[tuple[str, str, str]]
) -> None:
    one, two = sides(registry, tables, without_body(tables))
    verdicts = judge(let_pass(registry, *passes), one, two)
    refused = {each.gate.gate_id for each in verdicts if each.verdict == "refused"}
    let = {gate for gate, after, subject in passes if after == "2026.11.0" and "2017" not in subject}
    assert refused == {"rows_fewer", "report_lost", "source_lost"} - let


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("gates.csv", "observations series panel reports timeliness", "observatons", "'observatons' is not in datapackage.json"),
        ("gates.csv", ",reports_lost,", ",reports_last,", "nearest: 'reports_lost'"),
        ("gates.csv", ",refuse,0.9,", ",refuse,most,", "column least"),
        ("passes.csv", "decided_on\n", "decided_on\nreport_lots,2026.11.0,*,it is known why,原因已经查明,X,2026-11-28\n",
         "'report_lots' is not in gates.csv. Nearest: 'report_lost'"),
        ("passes.csv", "decided_on\n", "decided_on\nreport_lost,latest,*,it is known why,原因已经查明,X,2026-11-28\n", "column after"),
        ("passes.csv", "decided_on\n", "decided_on\nreport_lost,2026.11.0,*,,原因已经查明,X,2026-11-28\n", "column reason_en"),
    ],
)  # fmt: skip
def test_gates_and_passes_are_checked_when_they_are_loaded(
    schemas: Path, file: str, old: str, new: str, said: str
) -> None:
    text = (schemas / file).read_text(encoding="utf-8")
    assert old in text
    (schemas / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RegistryError) as caught:
        load_registry(schemas)
    assert file in caught.value.text.en
    assert said in caught.value.text.en
