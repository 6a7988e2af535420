"""The worked example of CONTRIBUTING-data.md, done as it stands there: from an empty contribution to a credited figure."""

import csv
import json
import re
from pathlib import Path

import frictionless
import pytest

from flows.contribute.template import write_rows
from flows.curate.contributions import WORDS
from tests.command import ROOT, run_gongkai
from tests.contribute.files import Row, rows_of

DOCUMENTS = ("CONTRIBUTING-data.md", "CONTRIBUTING-data.zh.md")


def tables_of(document: str) -> list[list[list[str]]]:
    """Return the Markdown tables of a document: rows of cells, without marks of code."""
    text = (ROOT / document).read_text(encoding="utf-8")
    found = re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    return [
        [
            [cell.strip(" `") for cell in line.strip("|").split("|")]
            for line in table.splitlines()
            if "|---" not in line
        ]
        for table in found
    ]


def commands_of(document: str) -> list[str]:
    text = (ROOT / document).read_text(encoding="utf-8")
    return "".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL)).splitlines()


def test_both_documents_have_the_same_commands_and_the_same_example() -> None:
    english, chinese = DOCUMENTS
    assert commands_of(english) == commands_of(chinese)
    first, second = tables_of(english), tables_of(chinese)
    assert [table[1:] for table in first[:2]] == [table[1:] for table in second[:2]]
    assert [row[:2] for row in first[2][1:]] == [[*row[:1], row[1]] for row in second[2][1:]]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_words_that_it_explains_are_those_that_are_taken(document: str) -> None:
    words = tables_of(document)[2][1:]
    assert [word for row in words for word in row[:2]] == list(WORDS)


def fill(folder: Path, document: str) -> None:
    """Fill in a contribution as the document says."""
    evidence, figures = ({row[0]: row[1:] for row in table[1:]} for table in tables_of(document)[:2])

    def describe(row: Row) -> Row:
        return {**row, **{name: cells[0] for name, cells in evidence.items()}}

    def state(row: Row) -> Row:
        figure, line = figures.get(row["indicator_id"], ["not_transcribed", row["row"]])
        return {**row, "figure": figure, "row": line}

    for name, change in (("evidence.csv", describe), ("figures.csv", state)):
        rows = [change(row) for row in rows_of((folder / name).read_bytes())]
        assert rows
        (folder / name).write_bytes(write_rows(list(rows[0]), [tuple(row.values()) for row in rows]))


def test_the_example_leads_to_a_published_credited_figure(raw: Path, tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(b"%PDF-1.7 stands for a scan")
    words = [line.split()[1:] for line in commands_of(DOCUMENTS[0]) if line.startswith("gongkai ")]
    assert [each[0] for each in words] == ["contribute", "contribute", "contribute", "build", "trace"]
    new, check, accept, build, trace = words
    assert run_gongkai(*new, cwd=tmp_path).code == 0
    folder = tmp_path / "110116-2012"
    fill(folder, DOCUMENTS[0])
    checked = run_gongkai(*check, cwd=tmp_path)
    assert (checked.code, "3 cells stated, 0 warnings: may be accepted" in checked.err) == (0, True), (
        checked.said
    )
    assert frictionless.validate(str(folder / "datapackage.json")).valid
    assert run_gongkai(*accept, "--raw", raw, cwd=tmp_path).code == 0
    assert run_gongkai(*build, "--raw", raw, "--curated", tmp_path / "curated").code == 0
    traced = run_gongkai(*trace, "--raw", raw)
    for said in (
        "9120 条",
        "page 3 r4",
        "Wang Wu",
        "Huairou District Library, shelf D63/12",
        "evidence/scan.pdf",
    ):
        assert said in traced.out
    package = tmp_path / "curated" / "latest"
    (row,) = (
        row
        for row in csv.DictReader((package / "observations.csv").open(encoding="utf-8"))
        if (row["year"], row["indicator_id"]) == ("2012", "v2008.disclosure.total")
    )
    assert (row["value"], row["reading"], row["flags"]) == ("9120", "contribution", "contribution_alone")
    people = json.loads((package / "datapackage.json").read_text(encoding="utf-8"))["contributors"]
    assert {"title": "Wang Wu", "roles": ["transcriber"]} in people
