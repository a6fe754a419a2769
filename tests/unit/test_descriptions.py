"""What is left of botocore's descriptions: what our code calls, and what that reaches."""

import ast
from pathlib import Path

from botocore import xform_name

from infra.bundle.descriptions import OPERATIONS, with_operations, without_documentation

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [path for name in ("lambdas", "front_door") for path in (ROOT / name).rglob("*.py")]


def called() -> set[str]:
    """The methods of a client that our code calls, and the operations that it pages through."""
    names: set[str] = set()
    for node in (node for path in SOURCES for node in ast.walk(ast.parse(path.read_bytes()))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of = node.func.value
            if "client" in (getattr(of, "attr", ""), getattr(of, "id", "")):
                named = node.args[0] if node.func.attr == "get_paginator" else None
                names.add(str(named.value) if isinstance(named, ast.Constant) else node.func.attr)
    return names


def test_the_operations_are_those_that_are_called() -> None:
    kept = {xform_name(name) for operations in OPERATIONS.values() for name in operations}
    assert called() == kept


def test_shapes_that_nothing_reaches_are_left_out() -> None:
    service = {
        "metadata": {"a": 1},
        "operations": {
            "Get": {"input": {"shape": "GetInput"}, "errors": [{"shape": "Missing"}]},
            "Put": {"input": {"shape": "PutInput"}},
        },
        "shapes": {
            "GetInput": {"type": "structure", "members": {"keys": {"shape": "Keys"}}},
            "Keys": {"type": "list", "member": {"shape": "Key"}},
            "Key": {"type": "map", "key": {"shape": "Name"}, "value": {"shape": "Key"}},
            "Name": {"type": "string"},
            "Missing": {"type": "structure", "members": {}},
            "PutInput": {"type": "structure", "members": {}},
        },
    }
    cut = with_operations(service, frozenset({"Get"}))
    assert cut["metadata"] == {"a": 1}
    assert set(cut["operations"]) == {"Get"}
    assert set(cut["shapes"]) == {"GetInput", "Keys", "Key", "Name", "Missing"}


def test_prose_is_emptied_and_a_member_of_that_name_stays() -> None:
    description = {"documentation": "long", "members": {"documentation": {"shape": "Text"}}}
    assert without_documentation(description) == {
        "documentation": "",
        "members": {"documentation": {"shape": "Text"}},
    }
