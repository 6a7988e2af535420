"""Metadata for catalogues: all from the descriptor, every number the same, and valid for those who define each kind."""

import importlib.resources
import importlib.util
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow.parquet as pq
import pytest
import rdflib
import yaml
from rdflib.namespace import DCTERMS, RDF
from rocrate.rocrate import ROCrate

from flows.publish.metadata import METADATA, write_metadata
from tests.command import list_tree

Numbers = dict[str, tuple[int, str]]  # a file's bytes and hash
DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")  # the library's own lacks the terms of DCAT 3
SPDX = rdflib.Namespace("http://spdx.org/rdf/terms#")


@pytest.fixture(scope="module")
def descriptor(package: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((package / "datapackage.json").read_text(encoding="utf-8"))
    return content


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where a reader of metadata asks the network for a context or a profile."""

    def refuse(*_: Any) -> None:
        raise AssertionError("a reader went to the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def load(package: Path, name: str) -> dict[str, Any]:
    text = (package / name).read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text) if name.endswith(".cff") else json.loads(text)
    return content


def numbers(descriptor: dict[str, Any]) -> Numbers:
    return {
        each["path"]: (each["bytes"], each["hash"].removeprefix("sha256:"))
        for each in descriptor["resources"]
    }


@pytest.fixture
def dcat(package: Path) -> rdflib.Graph:
    text = (package / "dcat.jsonld").read_text(encoding="utf-8")
    return rdflib.Graph().parse(data=text, format="json-ld", publicID="https://data.example.org/gongkai/")


# One source


def test_it_is_made_from_the_descriptor_alone(
    package: Path, descriptor: dict[str, Any], tmp_path: Path
) -> None:
    write_metadata(descriptor, tmp_path)
    assert set(list_tree(tmp_path)) == set(METADATA)
    assert list_tree(tmp_path).items() <= list_tree(package).items()


def test_the_crate_states_the_bytes_and_hashes_of_the_descriptor(
    package: Path, descriptor: dict[str, Any]
) -> None:
    graph = load(package, "ro-crate-metadata.json")["@graph"]
    stated = {n["@id"]: (int(n["contentSize"]), n["sha256"]) for n in graph if n["@type"] == "File"}
    assert stated == numbers(descriptor)


def test_schema_org_states_the_bytes_and_hashes_of_the_descriptor(
    package: Path, descriptor: dict[str, Any]
) -> None:
    said = load(package, "schema-org.jsonld")
    stated = {
        each["contentUrl"]: (int(each["contentSize"].removesuffix(" B")), each["sha256"])
        for each in said["distribution"]
    }
    assert stated == numbers(descriptor)


def test_croissant_states_the_bytes_and_hashes_of_the_descriptor(
    package: Path, descriptor: dict[str, Any]
) -> None:
    stated = {
        each["contentUrl"]: (int(each["contentSize"].removesuffix(" B")), each["sha256"])
        for each in load(package, "croissant.json")["distribution"]
    }
    assert stated.items() <= numbers(descriptor).items()
    assert len(stated) == 2 * sum("schema" in each for each in descriptor["resources"])


def test_dcat_states_the_bytes_and_hashes_of_the_descriptor(
    dcat: rdflib.Graph, descriptor: dict[str, Any]
) -> None:
    stated = {}
    for node in dcat.subjects(RDF.type, DCAT.Distribution):
        url = str(dcat.value(node, DCAT.downloadURL)).removeprefix("https://data.example.org/gongkai/")
        checksum = dcat.value(node, SPDX.checksum)
        digest = dcat.value(checksum, SPDX.checksumValue)
        assert isinstance(digest, rdflib.Literal)
        stated[url] = (int(str(dcat.value(node, DCAT.byteSize))), digest.toPython().hex())
    assert stated == numbers(descriptor)


def test_the_descriptor_counts_the_rows_of_every_table(package: Path, descriptor: dict[str, Any]) -> None:
    counted = {each["name"]: each["rows"] for each in descriptor["resources"] if "schema" in each}
    assert counted == {name: pq.read_metadata(package / f"{name}.parquet").num_rows for name in counted}


def test_every_kind_says_the_same_version_day_licence_and_title(
    package: Path, descriptor: dict[str, Any]
) -> None:
    for name in METADATA:
        text = (package / name).read_text(encoding="utf-8")
        assert descriptor["version"] in text, name
        assert descriptor["created"][:10] in text, name
        assert "by/4.0" in text or "CC-BY-4.0" in text or "cc-by-4.0" in text, name
        assert descriptor["title"] in text, name
        assert descriptor["title_zh"] in text or descriptor["description_zh"] in text, name
        assert descriptor["id"] in text or name == ".zenodo.json", name


# Valid for those who define each kind


def test_every_body_with_figures_is_a_source_whether_its_portal_is_known_or_not(
    package: Path, descriptor: dict[str, Any]
) -> None:
    bodies = set(pq.read_table(package / "observations.parquet").column("body_id").to_pylist())
    assert len(descriptor["sources"]) == len(bodies) > 1
    assert any("path" not in each for each in descriptor["sources"])  # Suqian's is not known
    for name in METADATA.keys() - {"croissant.json"}:
        text = (package / name).read_text(encoding="utf-8")
        for each in descriptor["sources"]:
            assert each.get("path", each["title"]) in text, name


def test_rocrate_reads_the_crate_and_finds_every_file(package: Path, descriptor: dict[str, Any]) -> None:
    crate = ROCrate(package)
    assert crate.name == descriptor["title"]
    files = {each.id for each in crate.data_entities}
    assert files == set(numbers(descriptor))
    assert all((package / each).is_file() for each in files)
    assert crate.root_dataset["license"].id == descriptor["licenses"][0]["path"]
    assert [each["name"] for each in crate.root_dataset["isBasedOn"]] == [
        each["title"] for each in descriptor["sources"]
    ]


def test_the_crate_is_flat_and_every_reference_is_there(package: Path) -> None:
    said = load(package, "ro-crate-metadata.json")
    graph = {node["@id"]: node for node in said["@graph"]}
    assert len(graph) == len(said["@graph"])
    assert graph["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    assert graph["ro-crate-metadata.json"]["conformsTo"]["@id"].startswith("https://w3id.org/ro/crate/1.1")
    for key in ("name", "description", "datePublished", "license"):
        assert graph["./"][key]
    for node in graph.values():
        for key in ("author", "publisher", "isBasedOn", "hasPart"):
            assert all(each["@id"] in graph for each in node.get(key, []))


def test_dcat_has_what_dcat_ap_asks_for(dcat: rdflib.Graph, descriptor: dict[str, Any]) -> None:
    (dataset,) = dcat.subjects(RDF.type, DCAT.Dataset)
    assert str(dataset) == descriptor["id"]
    said = [each for each in dcat.objects(dataset, DCTERMS.title) if isinstance(each, rdflib.Literal)]
    titles = {each.language: str(each) for each in said}
    assert titles == {"en": descriptor["title"], "zh": descriptor["title_zh"]}
    for term in (DCTERMS.description, DCTERMS.publisher, DCTERMS.issued, DCTERMS.temporal, DCTERMS.spatial, DCAT.keyword,
                 DCAT.theme, DCAT.version, DCTERMS.license, DCTERMS.source):  # fmt: skip
        assert dcat.value(dataset, term, any=True), term
    period = dcat.value(dataset, DCTERMS.temporal)
    assert str(dcat.value(period, DCAT.startDate))[:4] == str(descriptor["temporal"]["start"])
    parts = list(dcat.objects(dataset, DCAT.distribution))
    assert len(parts) == len(descriptor["resources"])
    for part in parts:
        for term in (DCAT.accessURL, DCAT.mediaType, DCTERMS.license, DCTERMS.title):
            assert dcat.value(part, term, any=True), term


def test_schema_org_is_a_graph_with_what_search_engines_ask_for(package: Path) -> None:
    text = (package / "schema-org.jsonld").read_text(encoding="utf-8")
    graph = rdflib.Graph().parse(data=text, format="json-ld", publicID="https://data.example.org/")
    schema = rdflib.Namespace("https://schema.org/")
    (dataset,) = graph.subjects(RDF.type, schema.Dataset)
    for term in ("name", "description", "license", "creator", "distribution", "temporalCoverage", "version"):
        assert graph.value(dataset, schema[term], any=True), term
    assert 50 <= len(str(graph.value(dataset, schema.description))) <= 5000
    assert len(list(graph.objects(dataset, schema.variableMeasured))) > 100


def test_the_citation_keeps_the_schema_of_the_citation_file_format(
    package: Path, descriptor: dict[str, Any]
) -> None:
    place = (
        importlib.resources.files("check_jsonschema")
        / "builtin_schemas"
        / "vendor"
        / "citation-file-format.json"
    )
    schema = json.loads(place.read_text(encoding="utf-8"))
    said = load(package, "CITATION.cff")
    jsonschema.Draft7Validator(schema).validate(said)
    assert [each.get("url") for each in said["references"]] == [
        each.get("path") for each in descriptor["sources"]
    ]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(schema).validate({**said, "date-released": "yesterday"})


def test_the_citation_of_the_project_keeps_it_too() -> None:
    place = (
        importlib.resources.files("check_jsonschema")
        / "builtin_schemas"
        / "vendor"
        / "citation-file-format.json"
    )
    root = Path(__file__).resolve().parents[2]
    said = yaml.load((root / "CITATION.cff").read_text(encoding="utf-8"), yaml.BaseLoader)
    jsonschema.Draft7Validator(json.loads(place.read_text(encoding="utf-8"))).validate(said)


def test_zenodo_finds_what_it_must_have(package: Path, descriptor: dict[str, Any]) -> None:
    said = load(package, ".zenodo.json")
    assert said["upload_type"] == "dataset"
    assert said["access_right"] == "open"
    assert said["license"] == "cc-by-4.0"
    assert all(each["name"] for each in said["creators"])
    assert descriptor["citation"] in said["notes"]
    for source in descriptor["sources"]:
        assert source["title"] in said["description"]


# Croissant


def nodes(said: Any) -> Iterator[dict[str, Any]]:
    if isinstance(said, dict):
        yield said
        for each in said.values():
            yield from nodes(each)
    elif isinstance(said, list):
        for each in said:
            yield from nodes(each)


def test_croissant_has_a_record_set_for_every_table_with_its_columns(
    package: Path, descriptor: dict[str, Any]
) -> None:
    said = load(package, "croissant.json")
    assert said["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    schemas = {each["name"]: each["schema"] for each in descriptor["resources"] if "schema" in each}
    assert [each["@id"] for each in said["recordSet"]] == list(schemas)
    known = [
        each["@id"]
        for each in nodes({k: v for k, v in said.items() if k != "@context"})
        if "@type" in each and "@id" in each
    ]
    assert len(known) == len(set(known))
    for records in said["recordSet"]:
        schema = schemas[records["name"]]
        assert [each["name"] for each in records["field"]] == [field["name"] for field in schema["fields"]]
        assert [each["@id"] for each in records["key"]] == [
            f"{records['name']}/{key}" for key in schema["primaryKey"]
        ]
        for field in records["field"]:
            assert field["source"]["fileObject"]["@id"] in known
            assert field.get("references", {}).get("field", {"@id": known[0]})["@id"] in known


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("mlcroissant") is None,
    reason="mlcroissant is not installed: pip install .[croissant]",
)
def test_mlcroissant_finds_it_valid_and_reads_every_row_through_it(
    package: Path, descriptor: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    croissant = importlib.import_module("mlcroissant")
    monkeypatch.chdir(package)
    path = package / "croissant.json"
    issues = croissant.Dataset(jsonld=path).metadata.ctx.issues
    assert not issues.errors
    assert not issues.warnings
    for each in descriptor["resources"]:
        if "schema" in each:  # its reader keeps what it read of one record set, so each has its own
            rows = list(croissant.Dataset(jsonld=path).records(record_set=each["name"]))
            assert len(rows) == each["rows"], each["name"]
    rows = list(croissant.Dataset(jsonld=path).records(record_set="observations"))
    values = [row["observations/value"] for row in rows]
    assert values == pq.read_table(package / "observations.parquet").column("value").to_pylist()
    assert {row["observations/body_id"] for row in rows} == {b"110116", b"321300"}
