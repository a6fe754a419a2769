"""Removes from the asset what no function ever loads."""

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

# botocore carries every AWS service's description, 28 MB of them; the functions call these.
SERVICES = frozenset({"dynamodb", "s3", "sts"})
# Never imported by a function; the `dist-info` folders stay for scanners that look for
# vulnerable versions.
UNUSED = ("bin", ".lock", "boto3/examples")


def trim_packages(packages: Path) -> None:
    """Remove what no function loads and shrink what botocore parses at every cold start.

    A service's description is mostly documentation, and the list of endpoints mostly other
    services: parsing both takes about 20 ms of a cold start on a full core, and 2 ms trimmed.
    """
    for name in UNUSED:
        _remove(packages / name)
    data = packages / "botocore" / "data"
    for folder in data.iterdir():
        if folder.is_dir() and folder.name not in SERVICES:
            shutil.rmtree(folder)
    for path in data.glob("*/*/examples-1.json"):
        path.unlink()
    for path in data.glob("*/*/service-2.json.gz"):
        model = json.loads(gzip.decompress(path.read_bytes()))
        _write_json(path.with_suffix(""), blank_documentation(model))
        path.unlink()
    endpoints = data / "endpoints.json"
    _write_json(endpoints, _endpoints_of_services(json.loads(endpoints.read_bytes())))


def blank_documentation(node: Any) -> Any:
    """A service's description with its prose emptied (botocore wants the keys themselves)."""
    if isinstance(node, dict):
        return {
            key: ""
            if key == "documentation" and isinstance(value, str)
            else blank_documentation(value)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [blank_documentation(item) for item in node]
    return node


def _endpoints_of_services(endpoints: dict[str, Any]) -> dict[str, Any]:
    partitions = [
        {
            **partition,
            "services": {k: v for k, v in partition["services"].items() if k in SERVICES},
        }
        for partition in endpoints["partitions"]
    ]
    return {**endpoints, "partitions": partitions}


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
