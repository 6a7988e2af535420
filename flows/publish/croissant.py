"""The descriptor as Croissant 1.0: the CSV and Parquet file of every table, and its columns as a record set.

Record sets are read from Parquet: the readers of Croissant guess the types of a CSV file, and a code would become a number.
"""

from collections.abc import Mapping
from typing import Any

TYPES = {
    "string": "sc:Text", "integer": "sc:Integer", "number": "sc:Float", "boolean": "sc:Boolean", "date": "sc:Date",
    "datetime": "sc:DateTime",
}  # fmt: skip
PARQUET = "apache-parquet"
CONTEXT = {
    "@language": "en", "@vocab": "https://schema.org/", "sc": "https://schema.org/", "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/", "rai": "http://mlcommons.org/croissant/RAI/", "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"}, "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{word: f"cr:{word}" for word in (
        "citeAs", "column", "equivalentProperty", "extract", "field", "fileObject", "fileProperty", "fileSet", "format",
        "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
        "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform")},
}  # fmt: skip


def describe_croissant(descriptor: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Croissant description of a package: the files of its tables, and their columns as record sets."""
    columnar = {each["name"] for each in descriptor["resources"] if each["format"] == PARQUET}
    tables = [each for each in descriptor["resources"] if f"{each['name']}-parquet" in columnar]  # no deltas
    files = [each for each in descriptor["resources"] if each in tables or each["format"] == PARQUET]
    authors = [{"@type": "Organization", "name": each["title"]} for each in descriptor["contributors"]]
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": descriptor["name"],
        "alternateName": [descriptor["title"], descriptor["title_zh"]],
        "description": f"{descriptor['description']} {descriptor['description_zh']}",
        "url": descriptor["id"],
        "license": descriptor["licenses"][0]["path"],
        "creator": authors,
        "publisher": authors,
        "datePublished": descriptor["created"][:10],
        "inLanguage": ["en", "zh"],
        "isLiveDataset": False,
        "keywords": descriptor["keywords"],
        "version": descriptor["version"],
        "citeAs": descriptor["citation"],
        "distribution": list(map(describe_file, files)),
        "recordSet": list(map(describe_records, tables)),
    }


def describe_file(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return one file of a table."""
    return {
        "@type": "cr:FileObject",
        "@id": resource["path"],
        "name": resource["path"],
        "description": resource["title"],
        "contentUrl": resource["path"],
        "contentSize": f"{resource['bytes']} B",
        "encodingFormat": "application/x-parquet" if resource["format"] == PARQUET else resource["mediatype"],
        "sha256": str(resource["hash"]).removeprefix("sha256:"),
    }


def describe_records(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table as a record set: its columns typed, its key, and where single columns refer to."""
    name, schema = resource["name"], resource["schema"]
    targets = {
        key["fields"][0]: f"{key['reference']['resource']}/{key['reference']['fields'][0]}"
        for key in schema.get("foreignKeys", ())
        if len(key["fields"]) == 1
        and key["reference"]["resource"]  # its reader follows no key to the same table
    }
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"{resource['description']} {resource['description_zh']}",
        "key": [{"@id": f"{name}/{column}"} for column in schema["primaryKey"]],
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{field['name']}",
                "name": field["name"],
                "description": f"{field['title']} {field['title_zh']}: {field['description']} {field['description_zh']}",
                "dataType": TYPES[field["type"]],
                "source": {"fileObject": {"@id": f"{name}.parquet"}, "extract": {"column": field["name"]}},
                **(
                    {"references": {"field": {"@id": targets[field["name"]]}}}
                    if field["name"] in targets
                    else {}
                ),
            }
            for field in schema["fields"]
        ],
    }
