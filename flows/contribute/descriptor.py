"""The descriptor of a contribution, looked at before any library sees it: local names alone, nothing that leads to another host.

Whatever it says, the tables are judged by the project's own schemas.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from flows.contribute.faults import Fault, quote
from flows.contribute.names import wrong_name
from flows.errors import Text
from flows.registry import CONTRIBUTED, Registry

DESCRIPTOR = "datapackage.json"
MAX_DESCRIPTOR = 1_000_000
# What a resource of a contribution may say. `$schema`, `profile`, `dialect` and `data` are not among it: readers follow them.
RESOURCE_KEYS = frozenset([
    "name", "path", "type", "title", "title_zh", "description", "description_zh", "format", "mediatype", "encoding", "bytes",
    "hash", "schema", "dialect",
])  # fmt: skip
PACKAGE_KEYS = frozenset([
    "$schema", "name", "title", "title_zh", "description", "description_zh", "licenses", "contributors", "resources", "created",
    "version",
])  # fmt: skip
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
TABLE_PROFILE = "https://datapackage.org/profiles/2.0/tableschema.json"


def check_descriptor(registry: Registry, files: Mapping[str, bytes]) -> Iterator[Fault]:
    """Yield what is wrong with `datapackage.json`."""
    content = load_descriptor(files[DESCRIPTOR])
    if not isinstance(content, dict):
        yield Fault(
            "not_json", DESCRIPTOR, Text(f"no JSON object ({content})", f"不是 JSON 对象（{content}）")
        )
        return
    if content.get("$schema", PROFILE) != PROFILE:
        yield remote("$schema", content["$schema"])
    for key in content:
        if key not in PACKAGE_KEYS:
            yield Fault(
                "other_descriptor",
                DESCRIPTOR,
                Text("no key of a contribution", "不是来稿的键"),
                value=str(key),
            )
    resources = content.get("resources")
    listed = [each for each in resources if isinstance(each, dict)] if isinstance(resources, list) else []
    if not isinstance(resources, list) or len(listed) < len(resources):
        yield Fault(
            "other_descriptor", DESCRIPTOR, Text("resources is no list of objects", "resources 不是对象列表")
        )
    for each in listed:
        yield from check_resource(registry, each, files)
    names = [each.get("path") for each in listed]
    for name in CONTRIBUTED:
        if names.count(f"{name}.csv") != 1:
            found = Text(
                f"{name}.csv is there {names.count(f'{name}.csv')} times",
                f"{name}.csv 列出 {names.count(f'{name}.csv')} 次",
            )
            yield Fault("other_descriptor", DESCRIPTOR, found, value=f"{name}.csv")


def load_descriptor(data: bytes) -> object:
    """Return the content of a JSON file, or in a text why it has none."""
    if len(data) > MAX_DESCRIPTOR:
        return f"{len(data):,} bytes"
    try:
        return json.loads(data.decode("utf-8-sig"))
    except RecursionError:
        return "too deep"
    except ValueError as error:
        return str(error)


def check_resource(
    registry: Registry, resource: Mapping[str, Any], files: Mapping[str, bytes]
) -> Iterator[Fault]:
    """Yield what is wrong with one resource: keys, the file that it names, a schema or dialect that is elsewhere, its hash."""
    path = resource.get("path")
    for key in resource:
        if key not in RESOURCE_KEYS:
            yield Fault("remote_path" if key in ("profile", "$schema", "data") else "other_descriptor", DESCRIPTOR,
                        Text("no key of a contribution's resource", "不是来稿资源的键"), column=str(key), value=str(path))  # fmt: skip
    for key in ("schema", "dialect"):
        if key in resource and (wrong := find_reference(resource[key])):
            yield remote(key, wrong)
    if not isinstance(path, str) or wrong_name(path) or "://" in path:
        yield remote("path", path)
        return
    if path not in files:
        yield Fault(
            "missing_file", DESCRIPTOR, Text("the file is not there", "没有该文件"), column="path", value=path
        )
        return
    stated = resource.get("hash")
    if stated is not None and stated != f"sha256:{sha256_of(files[path])}":
        found = Text(f"its sha256 is {sha256_of(files[path])}", f"其 sha256 为 {sha256_of(files[path])}")
        yield Fault("hash_differs", path, found, value=str(stated))
    name = path.removesuffix(".csv")
    if name in CONTRIBUTED and resource.get("schema") != registry.schemas[f"contributed/{name}"]:
        yield Fault(
            "other_schema", DESCRIPTOR, Text("another schema", "模式不同"), column="schema", value=path
        )


def find_reference(part: object) -> object:
    """Return what in a schema or dialect leads somewhere else, or nothing: the whole where it is no object."""
    if not isinstance(part, dict):
        return part or "null"
    if part.get("$schema", TABLE_PROFILE) != TABLE_PROFILE:
        return part["$schema"]
    return next((key for key in ("$ref", "profile", "path", "url") if key in part), None)


def remote(key: str, value: object) -> Fault:
    """Return the fault of something that leads out of the contribution."""
    return Fault(
        "remote_path",
        DESCRIPTOR,
        Text(
            "not the name of a file in this folder; nothing was asked for",
            "不是本文件夹中的文件名；未作任何请求",
        ),
        column=key,
        value=quote(str(value)),
    )


def sha256_of(data: bytes) -> str:
    """Return the sha256 of bytes in hex."""
    return hashlib.sha256(data).hexdigest()
