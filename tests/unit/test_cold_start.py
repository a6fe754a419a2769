"""A cold start pays for every import, so each function loads what it uses and nothing else."""

import json
import subprocess
import sys
from functools import cache

import pytest

from infra.routes import AUTHORIZE, REAP, ROUTES

pytestmark = pytest.mark.slow  # each starts an interpreter

HEAVY = ("boto3", "pydantic", "aws_xray_sdk", "fastapi")
MOVES_BYTES = {
    "add_part",
    "cancel_upload",
    "complete_upload",
    "create_file",
    "create_upload",
    "get_file_content",
    "list_parts",
    "reap",
}
READS_FORMS = {"add_part", "create_file"}
MODULES = [function.module for function in (*(r.function for r in ROUTES), AUTHORIZE, REAP)]

PROBE = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
from lambdas.stores import aws
print(json.dumps({"loaded": sorted(sys.modules), "s3": aws.s3.cache_info().currsize}))
"""


@cache
def cold_start(module: str) -> dict[str, object]:
    """Load a function in a process of its own, as Lambda does, and tell what it loaded."""
    answer = subprocess.run(
        [sys.executable, "-c", PROBE, f"lambdas.{module}"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded: dict[str, object] = json.loads(answer.stdout)
    return loaded


@pytest.mark.parametrize("module", MODULES)
def test_a_function_loads_nothing_heavy(module: str) -> None:
    loaded = cold_start(module)["loaded"]
    assert isinstance(loaded, list)
    assert set(HEAVY) & set(loaded) == set()


@pytest.mark.parametrize("module", MODULES)
def test_only_functions_that_move_bytes_make_an_s3_client(module: str) -> None:
    assert cold_start(module)["s3"] == (module.rpartition(".")[2] in MOVES_BYTES)


@pytest.mark.parametrize("module", MODULES)
def test_only_functions_that_read_forms_load_their_parser(module: str) -> None:
    loaded = cold_start(module)["loaded"]
    assert isinstance(loaded, list)
    assert ("multipart" in loaded) == (module.rpartition(".")[2] in READS_FORMS)
