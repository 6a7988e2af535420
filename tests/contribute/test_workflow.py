"""Ten planted faults of ten kinds: the same ten messages in both languages from the command line, the workflow and the flow."""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.contribute.accept import Deed
from flows.contribute.formats import write_json
from flows.contribute.inbox import check_each, settle_waiting
from flows.curate.contributions import load_shelf
from flows.errors import UsageError
from flows.model import Extraction, Report
from flows.pipeline import contribution_rows, settle_contributions
from flows.registry import Registry
from tests.command import BIN, QUIET, ROOT, list_tree, run_gongkai
from tests.contribute.files import TODAY, changed, filled, with_figure, write_files
from tests.contribute.test_accept import MOMENT, found, outcome_of

OLD = Report("110116", 2016, "whole_area")
RESULT = "v2014.reply.granted"


def ten_faults(registry: Registry, extraction: Extraction) -> dict[str, bytes]:
    """Return the files of a contribution with ten faults of different kinds, each in a row of its own."""
    files: Mapping[str, bytes] = filled(registry, extraction, OLD)
    rows: list[dict[str, str]] = [
        {"figure": "1,204"}, {"figure": ""}, {"unit_printed": "个人"}, {"page": "three"}, {"note": "=1+1"},
        {"label_zh": "主动公开"}, {"body_id": "110199", "evidence_id": "e1"}, {"evidence_id": "e2"},
    ]  # fmt: skip
    said = iter(rows)
    files = changed(files, "figures.csv", lambda row: {**row, **next(said, {})})
    return changed(files, "evidence.csv", lambda row: {**row, "licence": "CC0", "file": "evidence/scan.pdf"})


@pytest.fixture
def proposed(registry: Registry, huairou: Extraction, raw: Path) -> Path:
    """An archive with a contribution that has ten faults and one that has none."""
    inbox = raw / "contributions"
    write_files(inbox / "ten", ten_faults(registry, huairou))
    write_files(inbox / "good", filled(registry, huairou, OLD))
    return raw


def places(faults: list[dict[str, Any]]) -> list[tuple[str, int, str, str]]:
    return [(each["file"], each["row"], each["column"], each["fault"]) for each in faults]


EXPECTED = [
    ("evidence.csv", 2, "licence", "not_allowed"),
    ("evidence.csv", 2, "file", "file_missing"),
    ("figures.csv", 2, "figure", "not_figure"),
    ("figures.csv", 3, "figure", "required"),
    ("figures.csv", 4, "unit_printed", "not_allowed"),
    ("figures.csv", 5, "page", "not_plain"),
    ("figures.csv", 6, "note", "formula"),
    ("figures.csv", 7, "label_zh", "not_in_form"),
    ("figures.csv", 8, "body_id", "unknown_body"),
    ("figures.csv", 9, "evidence_id", "no_evidence"),
]


def told(registry: Registry, proposed: Path) -> list[dict[str, Any]]:
    """Return the faults as `--format json` tells them."""
    verdicts = check_each(registry, proposed / "contributions" / "ten", TODAY)
    faults: list[dict[str, Any]] = json.loads(write_json(registry, verdicts, "en"))[0]["faults"]
    return faults


def test_ten_faults_get_ten_located_messages_in_both_languages(registry: Registry, proposed: Path) -> None:
    faults = told(registry, proposed)
    assert sorted(places(faults)) == sorted(EXPECTED)
    for each in faults:
        for name in ("found", "rule", "mend"):
            assert re.search("[a-z]", each[f"{name}_en"])
            assert re.search("[\u4e00-\u9fff]", each[f"{name}_zh"])
    for lang, words in {
        "en": ("row 2", "Write the digits alone, as in 1204."),
        "zh": ("第 2 行", "请只写数位，如 1204。"),
    }.items():
        shown = run_gongkai("contribute", "check", proposed / "contributions" / "ten", "--lang", lang)
        assert all(word in shown.out for word in words)


def test_every_format_tells_the_same_faults(registry: Registry, proposed: Path) -> None:
    faults = told(registry, proposed)
    folder = proposed / "contributions" / "ten"
    shown = run_gongkai("contribute", "check", folder, "--format", "json")
    assert (shown.code, json.loads(shown.out)[0]["faults"]) == (1, faults)
    table = run_gongkai("contribute", "check", folder, "--format", "csv").out
    assert table.count("\n") == len(faults) + 1
    assert "'=1+1" in table  # guarded: a spreadsheet opens this file
    sarif = json.loads(run_gongkai("contribute", "check", folder, "--format", "sarif", "--lang", "zh").out)
    (run,) = sarif["runs"]
    assert [each["ruleId"] for each in run["results"]] == [each["fault"] for each in faults]
    assert {each["id"] for each in run["tool"]["driver"]["rules"]} == {each["fault"] for each in faults}
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "ten/evidence.csv"}, "region": {"startLine": 2}}
    assert "要求" in run["results"][0]["message"]["text"]
    page = run_gongkai("contribute", "check", folder, "--format", "markdown").out
    assert len(re.findall(r"^\| (?:figures|evidence)", page, re.MULTILINE)) == len(faults)


# The workflow file

WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "contributions.yml").read_text(encoding="utf-8"))
STEPS = WORKFLOW["jobs"]["check"]["steps"]


def run_workflow(folder: Path, raw: Path) -> tuple[int, str, str]:
    """Run the commands of the workflow as a host does; return how it ended, its summary and the comment."""
    (folder / "project" / "raw").mkdir(parents=True)
    (folder / "project" / ".venv" / "bin").mkdir(parents=True)
    (folder / "project" / ".venv" / "bin" / "gongkai").symlink_to(BIN / "gongkai")
    (folder / "proposed").mkdir()
    (folder / "proposed" / "raw").mkdir()
    (folder / "proposed" / "raw" / "contributions").mkdir()
    for name, content in list_tree(raw / "contributions").items():
        path = folder / "proposed" / "raw" / "contributions" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        assert isinstance(content, bytes)
        path.write_bytes(content)
    host = folder / "bin"
    host.mkdir()
    (host / "gh").write_text('#!/bin/sh\necho "$@" > "$HOST/gh.txt"\n', encoding="utf-8")
    (host / "gh").chmod(0o755)
    env = {
        **QUIET, "PATH": f"{host}:{QUIET['PATH']}", "HOST": str(folder), "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "GITHUB_OUTPUT": str(folder / "output"), "GITHUB_REPOSITORY": "owner/name", "NUMBER": "7", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    code = 0
    for step in STEPS:
        if "run" in step and step["name"] != "Set up" and not code:
            outputs = dict(line.split("=", 1) for line in read(folder / "output").splitlines())
            command = ["bash", "-e", "-o", "pipefail", "-c", step["run"]]
            more = {"CODE": outputs.get("code", "")}
            code = subprocess.run(
                command, cwd=folder, env={**env, **more}, check=False, timeout=120
            ).returncode
    return code, read(folder / "summary.md"), read(folder / "comment.md")


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def test_the_workflow_answers_with_the_same_table_and_fails(
    registry: Registry, proposed: Path, tmp_path: Path
) -> None:
    code, summary, comment = run_workflow(tmp_path / "host", proposed)
    assert code == 1
    assert comment == summary
    assert (
        summary == run_gongkai("contribute", "check", proposed / "contributions", "--format", "markdown").out
    )
    assert "### good: may be accepted / 可以接受" in summary
    assert "### ten: refused / 未通过" in summary
    sarif = json.loads((tmp_path / "host" / "faults.sarif").read_text(encoding="utf-8"))
    assert len([each for each in sarif["runs"][0]["results"] if each["level"] == "error"]) == len(
        told(registry, proposed)
    )


def test_the_workflow_passes_a_good_contribution_and_none_that_changes_what_was_accepted(
    registry: Registry, huairou: Extraction, raw: Path, tmp_path: Path
) -> None:
    write_files(raw / "contributions" / "good", filled(registry, huairou, OLD))
    assert run_workflow(tmp_path / "one", raw)[0] == 0
    write_files(raw / "contributions" / "accepted", {"0123456789abcdef.accepted.csv": b"x"})
    assert run_workflow(tmp_path / "two", raw)[0] == 1


def test_the_workflow_runs_the_program_of_the_project_and_no_text_of_a_stranger() -> None:
    assert [step["run"] for step in STEPS if step["name"] == "Set up"] == ["make -C project .venv/.ready"]
    assert "$(VENV)/.ready:" in (ROOT / "Makefile").read_text(encoding="utf-8")
    for step in STEPS:
        assert "${{" not in step.get("run", "")
        assert "proposed/.venv" not in step.get("run", "")
        assert step.get("with", {}).get("persist-credentials", False) is False
    assert WORKFLOW["permissions"] == {"contents": "read", "pull-requests": "write"}


# The flow


def test_the_flow_accepts_what_holds_and_reports_the_rest_once(proposed: Path, registry: Registry) -> None:
    faults = told(registry, proposed)
    with pytest.raises(UsageError) as caught:
        settle_contributions.fn(ROOT / "schemas", proposed)
    assert "1 accepted (1 new), 1 refused. Refused for the first time: ten." in caught.value.text.en
    assert "首次未通过：ten" in caught.value.text.zh
    before = list_tree(proposed)
    again = settle_contributions.fn(ROOT / "schemas", proposed)
    assert again.en == "contributions: 1 accepted (0 new), 1 refused."
    assert list_tree(proposed) == before
    rows = contribution_rows(registry, settle_waiting(registry, proposed, Deed("", MOMENT)))
    ten = [row for row in rows if row["contribution 来稿"] == "ten"]
    assert len(ten) == len(faults)
    for row, fault in zip(ten, faults, strict=True):
        assert (row["file 文件"], row["row 行"]) == (fault["file"], fault["row"])
        assert fault["found_en"] in str(row["message"])
        assert fault["mend_zh"] in str(row["说明"])


def test_a_refusal_is_a_finding_until_the_contribution_is_mended(
    registry: Registry, huairou: Extraction, raw: Path
) -> None:
    inbox = raw / "contributions"
    bad = with_figure(filled(registry, huairou, OLD), RESULT, figure="4O")
    write_files(inbox / "sent", bad)
    settle_waiting(registry, raw, Deed("a test", MOMENT))
    (refused,) = found(outcome_of(registry, raw), "contribution_refused")
    assert "4O" in refused.message.en
    assert "数字" in refused.message.zh
    write_files(inbox / "sent", filled(registry, huairou, OLD))
    settle_waiting(registry, raw, Deed("a test", MOMENT.replace(hour=9)))
    assert found(outcome_of(registry, raw), "contribution_refused") == []
    assert len(load_shelf(raw).standing) == 1


def test_an_archive_without_contributions_has_none_that_wait(raw: Path) -> None:
    assert (
        settle_contributions.fn(ROOT / "schemas", raw).en == "contributions: 0 accepted (0 new), 0 refused."
    )
