"""The README inside a package: true counts, the same in both languages, and everything it names is there."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from flows.publish.release import Release
from flows.registry import Registry

READMES = ("README.md", "README.zh.md")


@pytest.fixture(params=READMES)
def readme(package: Path, request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return (package / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def descriptor(package: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((package / "datapackage.json").read_text(encoding="utf-8"))
    return content


def test_it_counts_what_is_in_the_package(package: Path, registry: Registry, release: Release) -> None:
    severities = release.count_findings(registry)
    english, chinese = ((package / name).read_text(encoding="utf-8") for name in READMES)
    assert (
        "273 figures of 2 reports by 2 bodies\n(2018-2024), and 7 findings (3 errors,\n3 warnings, 1 notes)"
        in english
    )
    assert "2 个机关 2 份报告（2018-2024）的 273 个数字" in chinese
    assert "7 条发现（错误 3，警告 3，\n提示 1）" in chinese
    assert (release.count_figures(), severities["error"], severities["warning"], severities["info"]) == (
        273,
        3,
        3,
        1,
    )


def test_it_lists_every_table_with_its_rows(package: Path, registry: Registry, readme: str) -> None:
    listed = dict(re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", readme, re.MULTILINE))
    assert set(listed) == {each["name"] for each in registry.package["resources"]}
    for name, rows in listed.items():
        assert int(rows.replace(",", "")) == pq.read_metadata(package / f"{name}.parquet").num_rows


def test_both_languages_state_the_same_numbers(package: Path) -> None:
    tables = [
        re.findall(r"^\| `\w+` \| [\d,]+", (package / name).read_text(encoding="utf-8"), re.MULTILINE)
        for name in READMES
    ]
    assert tables[0] == tables[1]
    codes = [set(re.findall(r"`[a-z_]+`", (package / name).read_text(encoding="utf-8"))) for name in READMES]
    assert codes[0] == codes[1]


def test_it_says_what_a_transcription_is_and_how_many_there_are(package: Path) -> None:
    english, chinese = ((package / name).read_text(encoding="utf-8") for name in READMES)
    assert "2 transcription" in english
    assert "it is no fetch" in english
    assert "2 transcription" in chinese
    assert "并非网络抓取" in chinese


def test_it_says_how_to_cite_under_which_licence(readme: str, descriptor: dict[str, Any]) -> None:
    assert descriptor["version"] in readme
    assert descriptor["id"] in readme
    assert descriptor["licenses"][0]["path"] in readme


def test_every_file_it_names_is_in_the_package(package: Path, registry: Registry, readme: str) -> None:
    named = set(re.findall(r"`(\.?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,7}|SHA256SUMS)`|\]\((README[\w.]+)\)", readme))
    files = {first or second for first, second in named} - {
        row["concept_id"] for row in registry.tables["concepts"]
    }
    tables = {name for name in files if name.startswith("TABLE.")}
    assert tables == {"TABLE.csv", "TABLE.parquet", "TABLE.excel.csv"}
    assert len(files) > 20
    for name in files - tables:
        assert (package / name).is_file(), name
    for each in registry.package["resources"]:
        assert (package / f"{each['name']}.csv").is_file()
        assert (package / f"{each['name']}.parquet").is_file()


def test_it_names_every_file_of_the_package_or_its_kind(
    package: Path, registry: Registry, readme: str
) -> None:
    tables = {each["name"] for each in registry.package["resources"]}
    for path in package.iterdir():
        if path.name in READMES:
            continue
        kind = path.name.partition(".")
        name = f"TABLE.{kind[2]}" if kind[0] in tables and f"`{path.name}`" not in readme else path.name
        assert name in readme, path.name


def test_it_tells_what_may_be_compared_as_the_concordance_has_it(registry: Registry, readme: str) -> None:
    rows = re.findall(r"^\| [^|]*`([a-z_.]+)` \|(.*)\|$", readme, re.MULTILINE)
    told = {code: [cell.strip(" `") for cell in cells.split("|")] for code, cells in rows if "." in code}
    assert list(told) == registry.package["main_concepts"]
    forms = {row["concept_id"]: row["forms"].split() for row in registry.tables["concepts"]}
    for code, cells in told.items():
        for form, cell in zip(registry.form_years, cells, strict=True):
            if form in forms[code]:
                assert cell == registry.concordance.grade(code, form)
            else:
                before = [each for each in forms[code] if each < form]
                ended = before and registry.concordance.onward(code, before[-1]) == "broken"
                assert cell in (("broken", "–") if ended else ("–",))
    assert told["application.new"] == ["comparable", "comparable", "exact", "exact"]
    assert told["disclosure.total"] == ["comparable", "exact", "broken", "–"]


def test_it_tells_how_every_blank_is_coded(registry: Registry, readme: str) -> None:
    fields = registry.schemas["published/observations"]["fields"]
    statuses = next(field for field in fields if field["name"] == "status")["constraints"]["enum"]
    told = re.findall(r"^\| `([a-z_]+)` \| .* \| ([✓–]) \|$", readme, re.MULTILINE)
    assert told == [(status, "✓" if status == "reported" else "–") for status in statuses]


def test_it_cites_the_data_and_a_real_report_in_both_manners(readme: str, descriptor: dict[str, Any]) -> None:
    assert f"> {descriptor['citation']}" in readme
    assert f"> {descriptor['citation_zh']}" in readme
    for part in (
        "北京市怀柔区政府办公室2018年政府信息公开工作年度报告",
        "http://www.bjhr.gov.cn/",
        "2019-03-19",
        "Huairou District",
    ):
        assert part in readme
    assert "as transcribed for gongkai on 2026-11-22" in readme
    assert "2026-11-22 由 gongkai 转录" in readme


def test_it_tells_how_many_of_the_reports_that_are_due_are_here(package: Path, readme: str) -> None:
    states = pq.read_table(package / "reports.parquet").column("state").to_pylist()
    due = sum(state != "not_due" for state in states)
    assert f" {due} " in readme
    assert re.search(rf"2 of {due} reports|应有的 {due} 份报告中收录 2 份", readme)


def test_it_sums_the_findings_up_by_rule_the_errors_first(package: Path, readme: str) -> None:
    found = pq.read_table(package / "findings.parquet").to_pylist()
    told = re.findall(
        r"^\| (error|warning|info) \| (\w+) \| ([\d,]+) \| ([\w.-]+) \| \S", readme, re.MULTILINE
    )
    counted = Counter((each["severity"], each["class"], each["rule_id"]) for each in found)
    assert {(severity, kind, rule): int(count) for severity, kind, count, rule in told} == counted
    assert [severity for severity, *_ in told] == ["error"] * 3 + ["warning"] * 3 + ["info"]


def test_every_column_it_names_is_one(package: Path, registry: Registry, readme: str) -> None:
    tables = {each["name"] for each in registry.package["resources"]}
    columns = {name for table in tables for name in pq.read_schema(package / f"{table}.parquet").names}
    fields = [field for schema in registry.schemas.values() for field in schema["fields"]]
    categories = {str(each) for field in fields for each in field.get("constraints", {}).get("enum", [])}
    words = set(re.findall(r"`([a-z_]+)`", readme)) - tables - categories
    assert words <= columns
    assert {"value", "status", "unit_basis", "flags", "concept_id"} <= words
