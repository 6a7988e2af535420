"""schemas/ as it is loads whole; damaged in any way it is refused with the place and what would be right."""

import csv
import difflib
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.declared import LIKE, nearest
from flows.errors import RegistryError
from flows.registry import Registry, load_registry

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
Damage = Callable[[Path], None]


def replaced(file: str, old: str, new: str) -> Damage:
    """Return a damage that changes one place of a file."""

    def damage(folder: Path) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text, f"{file} no longer holds '{old}'"
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return damage


def recoded(file: str, change: Callable[[bytes], bytes]) -> Damage:
    """Return a damage that changes a file's bytes."""

    def damage(folder: Path) -> None:
        (folder / file).write_bytes(change((folder / file).read_bytes()))

    return damage


def removed(file: str) -> Damage:
    return lambda folder: (folder / file).unlink()


PRIVACY = "v2014.reply.refused.privacy,2014,50,v2014.reply.refused,"
RULE = "identity,2014,warning,source,v2014.disclosure.key_areas <= v2014.disclosure.total"
DAMAGES: dict[str, tuple[Damage, str]] = {
    "a table is missing": (removed("rules.csv"), "rules.csv | missing"),
    "a schema is missing": (removed("bodies.schema.json"), "bodies.schema.json | missing"),
    "a form is missing": (removed("forms/2014.csv"), "2014.csv | missing"),
    "a published schema is missing": (
        removed("published/findings.schema.json"),
        "findings.schema.json | missing",
    ),
    "the package is missing": (removed("datapackage.json"), "datapackage.json | missing"),
    "the folder is missing": (shutil.rmtree, "schema.json | missing | --schemas"),
    "JSON is cut": (
        recoded("hosts.schema.json", lambda data: data[:-20]),
        "hosts.schema.json | not valid JSON | line",
    ),
    "JSON is a list": (recoded("hosts.schema.json", lambda _: b"[]"), "hosts.schema.json | JSON object"),
    "JSON begins with a BOM": (
        recoded("hosts.schema.json", lambda data: b"\xef\xbb\xbf" + data),
        "hosts.schema.json | BOM",
    ),
    "JSON is not UTF-8": (
        recoded("hosts.schema.json", lambda data: data.decode().encode("gb18030")),
        "hosts.schema.json | utf-8",
    ),
    "a schema is none": (
        replaced("hosts.schema.json", '"type": "string"', '"type": "strng"'),
        "hosts.schema.json | Table Schema | strng",
    ),
    "a column is missing": (replaced("hosts.csv", ",evidence", ""), "hosts.csv | evidence"),
    "a column has another name": (
        replaced("bodies.csv", "name_en", "english"),
        "bodies.csv | column name_en | 'english'",
    ),
    "a column is too many": (replaced("hosts.csv", "evidence", "evidence,more"), "hosts.csv | 'more'"),
    "a row is short": (
        replaced("hosts.csv", "110114,portal,named in a report", "110114"),
        "hosts.csv | row 3 | column kind",
    ),
    "a row is long": (
        replaced("hosts.csv", "110114,portal,", "110114,portal,x,"),
        "hosts.csv | row 3 | extra-cell",
    ),
    "a year is no number": (
        replaced("forms.csv", "2014,2014,2018", "2014,year,2018"),
        "forms.csv | row 3 | column first_year | 'year'",
    ),
    "an order is no number": (
        replaced("indicators.csv", "v2014.disclosure,2014,1,", "v2014.disclosure,2014,one,"),
        "indicators.csv | column order | 'one'",
    ),
    "a severity is unknown": (
        replaced("rules.csv", "2014,warning,", "2014,warming,"),
        "rules.csv | row 3 | column severity | 'warming' | nearest: 'warning'",
    ),
    "an axis is unknown": (
        replaced("forms/2014.csv", "statistics,row,50", "statistics,rwo,50"),
        "2014.csv | row 59 | column axis | 'rwo' | nearest: 'row'",
    ),
    "a list is on a host that is not official": (
        replaced("platforms.csv", "https://www.bjhr.gov.cn/", "https://www.bjhr.gov.com/"),
        "platforms.csv | row 18 | column url | 'www.bjhr.gov.com' | Nearest: 'www.bjhr.gov.cn'",
    ),
    "a report is on a host that is not official": (
        replaced("reports.csv", "http://www.bjtzh.gov.cn/", "http://xzscdzx.com/"),
        "reports.csv | column url | 'xzscdzx.com' is not in hosts.csv",
    ),
    "an address has another gap than the year": (
        replaced("platforms.csv", "gknb{year}/", "gknb{yaer}/"),
        "platforms.csv | column url | {yaer}",
    ),
    "a platform is unknown": (
        replaced("platforms.csv", ",own,html,", ",own,htm,"),
        "platforms.csv | column platform | 'htm' | nearest: 'html'",
    ),
    "a body's parent is unknown": (
        replaced("bodies.csv", "district,110000", "district,110001"),
        "bodies.csv | row 3 | column parent_id | '110001' | Nearest: '110101'",
    ),
    "an indicator's parent is unknown": (
        replaced("indicators.csv", PRIVACY, PRIVACY.replace("refused,", "refusd,")),
        "indicators.csv | row 98 | column parent_id | Nearest: 'v2014.reply.refused'",
    ),
    "an indicator is its own parent": (
        replaced("indicators.csv", PRIVACY, PRIVACY.replace("refused,", "refused.privacy,")),
        "indicators.csv | row 98 | column parent_id",
    ),
    "parents go in a circle": (
        replaced(
            "indicators.csv",
            "v2014.reply.total,2014,43,v2014.application,",
            "v2014.reply.total,2014,43,v2014.reply.refused,",
        ),
        "indicators.csv | row 91 | column parent_id",
    ),
    "a parent is of another form": (
        replaced("indicators.csv", PRIVACY, PRIVACY.replace("50,v2014.reply.refused", "50,v2019.result")),
        "indicators.csv | row 98 | column parent_id",
    ),
    "a concept is unknown": (
        replaced("indicators.csv", "disclosure.total,主动", "disclosure.totl,主动"),
        "indicators.csv | row 3 | column concept_id | Nearest: 'disclosure.total'",
    ),
    "a form has an unknown row": (
        replaced("forms/2014.csv", "refused.privacy", "refused.privcy"),
        "forms/2014.csv | row 59 | column code | Nearest: 'v2014.reply.refused.privacy'",
    ),
    "a form has an unknown column": (
        replaced("forms/2014.csv", "3,value", "3,vlaue"),
        "forms/2014.csv | row 4 | column code | Nearest: 'value'",
    ),
    "a form lacks a row": (
        replaced(
            "forms/2014.csv",
            "statistics,row,50,v2014.reply.refused.privacy,涉及个人隐私,涉及个人隐私数|涉及个人隐私的,涉及个人隐私|涉及个人隐私的\n",
            "",
        ),
        "forms/2014.csv | v2014.reply.refused.privacy",
    ),
    "a row has no label": (
        replaced("forms/2014.csv", "privacy,涉及个人隐私,", "privacy,,"),
        "2014.csv | row 59 | column label_zh",
    ),
    "a spelling means two rows": (
        replaced("forms/2014.csv", "涉及个人隐私数", "涉及商业秘密"),
        "forms/2014.csv | row 59 | 涉及商业秘密 | v2014.reply.refused.trade_secret",
    ),
    "a spelling means two columns": (
        replaced("forms/2014.csv", "note,备注,说明", "note,备注,数量"),
        "forms/2014.csv | row 6 | 数量 | value",
    ),
    "a body stands twice": (
        replaced("bodies.csv", "110116,", "110117,"),
        "bodies.csv | row 16 | column body_id | '110117'",
    ),
    "an indicator stands twice": (
        replaced("indicators.csv", "refused.privacy,2014,50", "refused.trade_secret,2014,50"),
        "indicators.csv | row 98 | indicator_id",
    ),
    "a rule stands twice": (
        replaced("rules.csv", "V14-KEY-LE", "V14-KEY-SUM"),
        "rules.csv | row 3 | rule_id",
    ),
    "a host is of an unknown body": (
        replaced("hosts.csv", "110114", "110199"),
        "hosts.csv | row 3 | column body_id | Nearest: '110119'",
    ),
    "a report is of an unknown body": (
        replaced("reports.csv", "110101,2015", "110191,2015"),
        "reports.csv | column body_id | Nearest: '110119'",
    ),
    "a formula is none": (
        replaced("rules.csv", RULE, RULE.replace("<=", "<")),
        "rules.csv | row 3 | column formula | needs one of",
    ),
    "a formula lacks a sign": (
        replaced("rules.csv", RULE, RULE + " v2014.reply.total"),
        "rules.csv | row 3 | column formula",
    ),
    "an identity has no formula": (
        replaced("rules.csv", RULE, "identity,2014,warning,source,"),
        "rules.csv | row 3 | column formula",
    ),
    "a formula has an unknown code": (
        replaced("rules.csv", RULE, RULE.replace("key_areas", "keyareas")),
        "rules.csv | row 3 | column formula | Nearest: 'v2014.disclosure.key_areas'",
    ),
    "a formula has an unknown applicant": (
        replaced("rules.csv", RULE, RULE.replace("key_areas", "key_areas|totl")),
        "rules.csv | row 3 | column formula | Nearest: 'v2014.disclosure.key_areas|total'",
    ),
    "a formula has a code of another form": (
        replaced("rules.csv", RULE, RULE.replace("2014,w", "2019,w")),
        "rules.csv | row 3 | column formula | form 2019",
    ),
    "a fault of contributions has no severity": (
        replaced("contributed/faults.csv", "too_large,error", "too_large,"),
        "faults.csv | row 2 | column severity",
    ),
    "a schema of contributions is missing": (
        removed("contributed/cells.schema.json"),
        "cells.schema.json | missing",
    ),
    "a table is GB 18030": (
        recoded("bodies.csv", lambda data: data.decode().encode("gb18030")),
        "bodies.csv | encoding-error",
    ),
    "a table is UTF-16": (
        recoded("bodies.csv", lambda data: data.decode().encode("utf-16")),
        "bodies.csv | encoding-error",
    ),
    "a table is empty": (recoded("bodies.csv", lambda _: b""), "bodies.csv | empty"),
    "a table has semicolons": (
        recoded("hosts.csv", lambda data: data.replace(b",", b";")),
        "hosts.csv | host;body_id",
    ),
    "a table has tabs": (
        recoded("hosts.csv", lambda data: data.replace(b",", b"\t")),
        "hosts.csv | host\tbody_id",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_schemas_are_refused_with_the_place_and_what_would_be_right(name: str, schemas: Path) -> None:
    damage, said = DAMAGES[name]
    damage(schemas)
    with pytest.raises(RegistryError) as caught:
        load_registry(schemas)
    english, chinese = caught.value.text
    assert [part for part in said.split(" | ") if part not in english] == []
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert said.split(" | ")[0] in chinese
    for number in re.findall(r"(?<=row )\d+", english):
        assert number in chinese


@pytest.mark.parametrize(
    "change", [lambda data: b"\xef\xbb\xbf" + data, lambda data: data.replace(b"\n", b"\r\n")]
)
def test_a_table_saved_by_a_spreadsheet_is_the_same_table(
    change: Callable[[bytes], bytes], schemas: Path, registry: Registry
) -> None:
    for file in ("bodies.csv", "forms/2014.csv", "rules.csv"):
        (schemas / file).write_bytes(change((schemas / file).read_bytes()))
    loaded = load_registry(schemas)
    assert loaded.tables == registry.tables
    assert loaded.forms["2014"].row_spellings == registry.forms["2014"].row_spellings


@pytest.mark.skipif(not SHARED.exists(), reason="the domain report is not beside the repository")
def test_every_indicator_of_the_domain_report_is_in_the_codebook_and_no_other(registry: Registry) -> None:
    with (SHARED / "domain" / "indicators.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["indicator_code"]: row for row in csv.DictReader(file)}
    assert set(registry.indicators) == set(rows)
    for code, row in rows.items():
        ours = registry.indicators[code]
        assert (ours.parent_id, ours.order) == (row["parent_code"], int(row["order"])), code


def test_every_text_of_the_codebook_is_there_in_both_languages(registry: Registry) -> None:
    for name, rows in registry.tables.items():
        for row in rows:
            for column, text in row.items():
                twin = re.sub(r"_zh$", "_en", column)
                if twin != column and twin in row and (text or row[twin]):
                    assert re.search(r"[\u4e00-\u9fff]", text), f"{name}: {row} has no {column}"
                    assert re.search(r"[A-Za-z]", row[twin]), f"{name}: {row} has no {twin}"


def test_every_column_of_every_table_is_explained_in_both_languages(registry: Registry) -> None:
    for name, schema in registry.schemas.items():
        for field in schema["fields"]:
            assert field["title"], f"{name}.{field['name']}"
            assert field["title_zh"], f"{name}.{field['name']}"
            assert re.search(r"[A-Za-z]", field["description"]), f"{name}.{field['name']}"
            assert re.search(r"[\u4e00-\u9fff]", field["description_zh"]), f"{name}.{field['name']}"


def test_the_forms_cover_every_year_once(registry: Registry) -> None:
    for year in range(2008, 2031):
        assert len([form for form in registry.forms.values() if form.covers(year)]) == 1, year
    assert [form for form in registry.forms.values() if form.covers(2007)] == []


def test_the_national_form_has_58_figures_and_beijing_adds_13(registry: Registry) -> None:
    origins = [row.origin for row in registry.forms["2014"].values]
    assert (origins.count("national"), origins.count("beijing"), len(origins)) == (58, 13, 71)


@pytest.mark.parametrize(
    ("code", "above"),
    [
        ("v2014.reply.refused.privacy", ("v2014.reply.refused", "v2014.reply.total", "v2014.application")),
        ("v2014.litigation.corrected", ("v2014.litigation.total",)),
        ("v2014.disclosure", ()),
    ],
)
def test_the_rows_above_a_row_are_known(code: str, above: tuple[str, ...], registry: Registry) -> None:
    assert registry.forms["2014"].ancestors(code) == above


@pytest.mark.parametrize(
    ("word", "close"),
    [("reconsideraton", "reconsideration"), ("复议总数", "行政复议总数"), ("xyz", ""), ("", "")],
)
def test_the_nearest_known_word_is_suggested_or_none(word: str, close: str) -> None:
    assert nearest(word, ["reconsideration", "litigation", "行政复议总数"]) == close


MARKS = st.text(alphabet="公开政府信息数总abc", max_size=9)


@given(MARKS, st.lists(MARKS, max_size=12))
def test_the_nearest_word_is_that_of_difflib_which_compares_every_one(word: str, known: list[str]) -> None:
    assert nearest(word, known) == next(iter(difflib.get_close_matches(word, known, 1, LIKE)), "")
