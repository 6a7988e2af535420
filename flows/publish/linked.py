"""The descriptor as linked data: RO-Crate 1.1, DCAT 3 and schema.org, every size and hash taken from it."""

from collections.abc import Iterator, Mapping
from typing import Any

Descriptor = Mapping[str, Any]

CRATE = "https://w3id.org/ro/crate/1.1"
MEDIA = "https://www.iana.org/assignments/media-types/"
THEME = "http://publications.europa.eu/resource/authority/data-theme/GOVE"
YEARLY = "http://publications.europa.eu/resource/authority/frequency/ANNUAL"
CHINA = {"@type": "Place", "name": "China", "sameAs": "https://www.geonames.org/1814991/"}
DCAT = {
    "adms": "http://www.w3.org/ns/adms#", "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/", "spdx": "http://spdx.org/rdf/terms#", "xsd": "http://www.w3.org/2001/XMLSchema#",
}  # fmt: skip


def find_hash(resource: Mapping[str, Any]) -> str:
    """Return the sha256 of a resource in hex."""
    return str(resource["hash"]).removeprefix("sha256:")


def both(node: Mapping[str, Any], key: str) -> list[dict[str, str]]:
    """Return a text of the descriptor in both languages, as linked data has it."""
    words = {"en": node.get(key), "zh": node.get(f"{key}_zh")}
    return [{"@value": text, "@language": lang} for lang, text in words.items() if text]


# RO-Crate


def describe_crate(descriptor: Descriptor) -> dict[str, Any]:
    """Return the RO-Crate of a package: the dataset, every file, the licence, who made it and on whose reports it rests."""
    licence, parts = descriptor["licenses"][0], list(crate_files(descriptor))
    sources = [
        agent(each.get("path") or f"#source-{at}", each["title"], each.get("path", ""))
        for at, each in enumerate(descriptor["sources"], start=1)
    ]
    authors = [agent(f"#{at}", each["title"]) for at, each in enumerate(descriptor["contributors"], start=1)]
    about = {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "conformsTo": {"@id": CRATE},
        "about": {"@id": "./"},
    }
    root = {
        "@id": "./",
        "@type": "Dataset",
        **facts(descriptor),
        "license": {"@id": licence["path"]},
        "author": refer(authors),
        "publisher": refer(authors),
        "isBasedOn": refer(sources),
        "hasPart": refer(parts),
    }
    named = {
        "@id": licence["path"],
        "@type": "CreativeWork",
        "name": licence["title"],
        "identifier": licence["name"],
    }
    return {
        "@context": [f"{CRATE}/context", {"sha256": "https://schema.org/sha256"}],
        "@graph": [about, root, *parts, named, *authors, *sources],
    }


def crate_files(descriptor: Descriptor) -> Iterator[dict[str, Any]]:
    """Yield the files of a package as RO-Crate names them."""
    for each in descriptor["resources"]:
        yield {
            "@id": each["path"],
            "@type": "File",
            "name": each["title"],
            "alternateName": each["title_zh"],
            **({"description": each["description"]} if "description" in each else {}),
            "encodingFormat": each["mediatype"],
            "contentSize": str(each["bytes"]),
            "sha256": find_hash(each),
        }


def agent(code: str, name: str, url: str = "") -> dict[str, Any]:
    """Return somebody as RO-Crate names them."""
    return {"@id": code, "@type": "Organization", "name": name, **({"url": url} if url else {})}


def refer(nodes: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Return references to nodes."""
    return [{"@id": node["@id"]} for node in nodes]


def facts(descriptor: Descriptor) -> dict[str, Any]:
    """Return what RO-Crate and schema.org say of a dataset in the same words."""
    return {
        "name": descriptor["title"],
        "alternateName": descriptor["title_zh"],
        "description": f"{descriptor['description']} {descriptor['description_zh']}",
        "identifier": descriptor["id"],
        "version": descriptor["version"],
        "datePublished": descriptor["created"][:10],
        "keywords": ", ".join(descriptor["keywords"]),
        "temporalCoverage": "/".join(map(str, descriptor["temporal"].values())),
        "creditText": descriptor["citation"],
    }


# schema.org, for search engines


def describe_schema_org(descriptor: Descriptor) -> dict[str, Any]:
    """Return the dataset as schema.org describes one, with its downloads and what is measured."""
    authors = [{"@type": "Organization", "name": each["title"]} for each in descriptor["contributors"]]
    panel = [each["schema"]["fields"] for each in descriptor["resources"] if each["name"] == "panel"]
    return {
        "@context": {"@vocab": "https://schema.org/"},
        "@type": "Dataset",
        "@id": descriptor["id"],
        **facts(descriptor),
        "license": descriptor["licenses"][0]["path"],
        "creator": authors,
        "publisher": authors[0],
        "inLanguage": ["en", "zh"],
        "isAccessibleForFree": True,
        "spatialCoverage": CHINA,
        "isBasedOn": [
            {
                "@type": "CreativeWork",
                "name": each["title"],
                **({"url": each["path"]} if "path" in each else {}),
            }
            for each in descriptor["sources"]
        ],
        "distribution": [
            {
                "@type": "DataDownload",
                "name": each["title"],
                "contentUrl": each["path"],
                "encodingFormat": each["mediatype"],
                "contentSize": f"{each['bytes']} B",
                "sha256": find_hash(each),
            }
            for each in descriptor["resources"]
        ],
        "variableMeasured": [
            {
                "@type": "PropertyValue",
                "name": field["name"],
                "description": f"{field['title']} {field['title_zh']}",
            }
            for fields in panel
            for field in fields
            if field["type"] == "number"
        ],
    }


# DCAT


def describe_dcat(descriptor: Descriptor) -> dict[str, Any]:
    """Return the dataset as DCAT 3 and DCAT-AP describe one; addresses are relative to where the package lies."""
    authors = [{"@type": "foaf:Agent", "foaf:name": each["title"]} for each in descriptor["contributors"]]
    first, last = ({"@value": str(year), "@type": "xsd:gYear"} for year in descriptor["temporal"].values())
    issued = {"@value": descriptor["created"], "@type": "xsd:dateTime"}
    return {
        "@context": DCAT,
        "@type": "dcat:Dataset",
        "@id": descriptor["id"],
        "dct:identifier": descriptor["id"],
        "dct:title": both(descriptor, "title"),
        "dct:description": both(descriptor, "description"),
        "dct:issued": issued,
        "dct:modified": issued,
        "dct:creator": authors,
        "dct:publisher": authors[0],
        "dct:license": {"@id": descriptor["licenses"][0]["path"]},
        "dct:language": [
            {"@id": f"http://publications.europa.eu/resource/authority/language/{code}"}
            for code in ("ENG", "ZHO")
        ],
        "dct:spatial": {"@id": "http://publications.europa.eu/resource/authority/country/CHN"},
        "dct:temporal": {"@type": "dct:PeriodOfTime", "dcat:startDate": first, "dcat:endDate": last},
        "dct:accrualPeriodicity": {"@id": YEARLY},
        "dct:bibliographicCitation": both(descriptor, "citation"),
        "dct:source": [
            {"@id": each["path"]} if "path" in each else {"dct:title": each["title"]}
            for each in descriptor["sources"]
        ],
        "dcat:keyword": descriptor["keywords"],
        "dcat:theme": {"@id": THEME},
        "dcat:version": descriptor["version"],
        "dcat:distribution": [dcat_distribution(descriptor, each) for each in descriptor["resources"]],
    }


def dcat_distribution(descriptor: Descriptor, resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return one file of a package as DCAT describes it."""
    return {
        "@type": "dcat:Distribution",
        "dct:title": both(resource, "title"),
        **({"dct:description": text} if (text := both(resource, "description")) else {}),
        "dct:license": {"@id": descriptor["licenses"][0]["path"]},
        "dcat:accessURL": {"@id": resource["path"]},
        "dcat:downloadURL": {"@id": resource["path"]},
        "dcat:mediaType": {"@id": f"{MEDIA}{resource['mediatype']}"},
        "dcat:byteSize": {"@value": str(resource["bytes"]), "@type": "xsd:nonNegativeInteger"},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": {"@value": find_hash(resource), "@type": "xsd:hexBinary"},
        },
    }
