"""Cuts botocore's descriptions of AWS down to what is called, since a cold start parses them."""

import gzip
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

# What the functions and the front door call.
OPERATIONS: Mapping[str, frozenset[str]] = {
    "dynamodb": frozenset(
        {"DeleteItem", "GetItem", "PutItem", "Query", "TransactWriteItems", "UpdateItem"}
    ),
    "s3": frozenset(
        {
            "AbortMultipartUpload",
            "CompleteMultipartUpload",
            "CreateMultipartUpload",
            "DeleteObjects",
            "GetObject",
            "HeadObject",
            "ListObjectsV2",
            "ListParts",
            "PutObject",
            "UploadPart",
            "UploadPartCopy",
        }
    ),
}
_NEVER_LOADED = ("examples-1.json", "waiters-2.json")


def cut_descriptions(data: Path) -> None:
    """Leave of botocore's `data` folder the operations that are called, and no prose.

    Whole, the descriptions of all services are 28 MB, and parsing the two that are loaded takes
    about 40 ms of a cold start on a full core.
    """
    for folder in data.iterdir():
        if folder.is_dir() and folder.name not in OPERATIONS:
            shutil.rmtree(folder)
    for name in _NEVER_LOADED:
        for path in data.glob(f"*/*/{name}*"):
            path.unlink()
    for path in data.glob("*/*/*.json.gz"):
        description = json.loads(gzip.decompress(path.read_bytes()))
        if path.name == "service-2.json.gz":
            operations = OPERATIONS[path.parent.parent.name]
            description = without_documentation(with_operations(description, operations))
        _write_json(path.with_suffix(""), description)
        path.unlink()
    endpoints = data / "endpoints.json"
    _write_json(endpoints, _endpoints_of_services(json.loads(endpoints.read_bytes())))


def with_operations(service: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    """A service's description with these operations, and the shapes that they reach."""
    operations = {name: service["operations"][name] for name in sorted(names)}
    reached: set[str] = set()
    waiting = list(_shapes_named_in(operations))
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += _shapes_named_in(service["shapes"][name])
    shapes = {name: shape for name, shape in service["shapes"].items() if name in reached}
    return {**service, "operations": operations, "shapes": shapes}


def _shapes_named_in(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(name := node.get("shape"), str):
            yield name
        for child in node.values():
            yield from _shapes_named_in(child)
    elif isinstance(node, list):
        for child in node:
            yield from _shapes_named_in(child)


def without_documentation(node: Any) -> Any:
    """A service's description with its prose emptied (botocore wants the keys themselves)."""
    if isinstance(node, dict):
        return {
            key: ""
            if key == "documentation" and isinstance(value, str)
            else without_documentation(value)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [without_documentation(item) for item in node]
    return node


def _endpoints_of_services(endpoints: dict[str, Any]) -> dict[str, Any]:
    partitions = [
        {
            **partition,
            "services": {k: v for k, v in partition["services"].items() if k in OPERATIONS},
        }
        for partition in endpoints["partitions"]
    ]
    return {**endpoints, "partitions": partitions}


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")
