"""What catalogues, archives and search engines ask for, all made from the descriptor and from nothing else."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from flows.publish.croissant import describe_croissant
from flows.publish.linked import describe_crate, describe_dcat, describe_schema_org

Descriptor = Mapping[str, Any]


def describe_citation(descriptor: Descriptor) -> dict[str, Any]:
    """Return CITATION.cff: how to cite this package, and the bodies whose reports it holds."""
    return {
        "cff-version": "1.2.0",
        "message": "Please cite the data with its version, and the original publisher of each report. "
        "请引用数据及其版本，并注明各报告的原发布机关。",
        "title": f"{descriptor['title']} (gongkai)",
        "abstract": f"{descriptor['description']} {descriptor['description_zh']}",
        "type": "dataset",
        "authors": [{"name": each["title"]} for each in descriptor["contributors"]],
        "version": descriptor["version"],
        "date-released": descriptor["created"][:10],
        "license": descriptor["licenses"][0]["name"],
        "identifiers": [
            {"type": "other", "value": descriptor["id"], "description": "Hash over the files of this package"}
        ],
        "keywords": descriptor["keywords"],
        "references": [
            {
                "type": "government-document",
                "title": "政府信息公开工作年度报告",
                "authors": [{"name": each["title"]}],
                **({"url": each["path"]} if "path" in each else {}),
            }
            for each in descriptor["sources"]
        ],
    }


def describe_zenodo(descriptor: Descriptor) -> dict[str, Any]:
    """Return the metadata of a deposit at Zenodo, as `.zenodo.json` and its interface take it."""
    sources = "".join(f"<li>{' '.join(each.values())}</li>" for each in descriptor["sources"])
    return {
        "title": f"{descriptor['title']} {descriptor['title_zh']}",
        "upload_type": "dataset",
        "description": f"<p>{descriptor['description']}</p><p>{descriptor['description_zh']}</p>"
        f"<p>Original publishers 原发布机关</p><ul>{sources}</ul>",
        "creators": [{"name": each["title"]} for each in descriptor["contributors"]],
        "version": descriptor["version"],
        "publication_date": descriptor["created"][:10],
        "access_right": "open",
        "license": descriptor["licenses"][0]["name"].lower(),
        "keywords": descriptor["keywords"],
        "language": "zho",
        "notes": f"{descriptor['citation']} {descriptor['citation_zh']}",
    }


# Each is a function from the descriptor to what one file says; a new kind of metadata is a line here.
METADATA: Mapping[str, Callable[[Descriptor], dict[str, Any]]] = {
    "ro-crate-metadata.json": describe_crate,
    "dcat.jsonld": describe_dcat,
    "schema-org.jsonld": describe_schema_org,
    "croissant.json": describe_croissant,
    "CITATION.cff": describe_citation,
    ".zenodo.json": describe_zenodo,
}


def write_metadata(descriptor: Descriptor, folder: Path) -> None:
    """Write every kind of metadata of a package beside its descriptor."""
    for name, describe in METADATA.items():
        content = describe(descriptor)
        if name.endswith(".cff"):
            text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000)
        else:
            text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
        (folder / name).write_text(text, encoding="utf-8")
