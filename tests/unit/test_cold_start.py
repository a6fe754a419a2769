"""A cold start pays for every import, so each function loads what it uses and nothing else."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from infra.bundle import LAMBDA, RUNTIME_ROOT, build_asset, run_in_pyodide
from infra.routes import AUTHORIZE, REAP, ROUTES

# One worker, so that the asset is built and its functions started once.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("bundle")]

HEAVY = (
    "aws_lambda_powertools.metrics",
    "aws_lambda_powertools.tracing",
    "aws_xray_sdk",
    "boto3",
    "botocore.docs.service",
    "fastapi",
    "pydantic",
    "s3transfer",
    "typing_extensions",
)
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
# Modules of the asset that each loads. More of them may be right, and are to be seen.
LOADED = {
    "add_part": 185,
    "authorize": 124,
    "cancel_upload": 182,
    "complete_upload": 185,
    "create_file": 180,
    "create_part_urls": 181,
    "create_upload": 182,
    "delete_file": 173,
    "get_file": 163,
    "get_file_content": 168,
    "get_file_url": 166,
    "get_upload": 177,
    "get_usage": 168,
    "head_file_content": 167,
    "list_files": 163,
    "list_parts": 182,
    "list_uploads": 177,
    "reap": 170,
}
MODULES = [function.module for function in (*(r.function for r in ROUTES), AUTHORIZE, REAP)]
# What a function reads of its environment while it is imported.
TOLD = (
    "API_KEYS_TABLE",
    "AWS_DEFAULT_REGION",
    "CATALOG_TABLE",
    "CONTENT_BUCKET",
    "CONTENT_URL",
    "LIMITS",
    "POWERTOOLS_SERVICE_NAME",
)

# Every function in one process, since Pyodide takes seconds to begin: what the asset brought is
# forgotten after each, and the standard library's modules stay.
PROBE = """
import importlib, json, os, sys
from importlib.machinery import SourceFileLoader
from re import _parser

environment, *modules = sys.argv[1:]
os.environ |= json.loads(environment)
sys.path.insert(0, "/var/task")
sys.dont_write_bytecode = True
compiled, compile_source = [], SourceFileLoader.source_to_code
patterns, parse_pattern = [], _parser.parse

def source_to_code(self, data, path, **options):
    compiled.append(path)
    return compile_source(self, data, path, **options)

def parse(pattern, *options):
    patterns.append(str(pattern))
    return parse_pattern(pattern, *options)

SourceFileLoader.source_to_code = source_to_code
_parser.parse = parse
seen = {}
for module in modules:
    importlib.import_module(module)
    aws = importlib.import_module("lambdas.stores.aws")
    own = [n for n, m in sys.modules.items() if "/var/task/" in (getattr(m, "__file__", 0) or "")]
    seen[module] = {"loaded": own, "s3": aws.s3.cache_info().currsize}
    for name in own:
        del sys.modules[name]
print(json.dumps({"python": sys.version_info[:2], "seen": seen, "compiled": compiled,
    "patterns": patterns}))
"""


@pytest.fixture(scope="module")
def cold_starts() -> dict[str, Any]:
    """What every function loads, from the asset and with the Python that it is built for."""
    asset = build_asset(LAMBDA)
    environment = json.dumps({name: os.environ[name] for name in TOLD})
    modules = [f"lambdas.{module}" for module in MODULES]
    done = run_in_pyodide(PROBE, environment, *modules, folder=asset, mounted_at=RUNTIME_ROOT)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_the_asset_that_lambda_fetches_is_small(tmp_path: Path) -> None:
    zipped = shutil.make_archive(str(tmp_path / "asset"), "zip", build_asset(LAMBDA))
    assert Path(zipped).stat().st_size < 3_150_000


def test_they_are_started_on_lambdas_own_version_of_python(cold_starts: dict[str, Any]) -> None:
    assert "{}.{}".format(*cold_starts["python"]) == LAMBDA.python_version


def test_nothing_is_compiled(cold_starts: dict[str, Any]) -> None:
    assert cold_starts["compiled"] == []


def test_no_regular_expression_is_compiled(cold_starts: dict[str, Any]) -> None:
    assert cold_starts["patterns"] == []


@pytest.mark.parametrize("module", MODULES)
def test_a_function_loads_no_more_modules_than_it_did(
    module: str, cold_starts: dict[str, Any]
) -> None:
    loaded = cold_starts["seen"][f"lambdas.{module}"]["loaded"]
    assert len(loaded) <= LOADED[module.rpartition(".")[2]]


@pytest.mark.parametrize("module", MODULES)
def test_a_function_loads_nothing_heavy(module: str, cold_starts: dict[str, Any]) -> None:
    loaded = cold_starts["seen"][f"lambdas.{module}"]["loaded"]
    assert f"lambdas.{module}" in loaded
    assert set(HEAVY) & set(loaded) == set()


@pytest.mark.parametrize("module", MODULES)
def test_only_functions_that_move_bytes_make_an_s3_client(
    module: str, cold_starts: dict[str, Any]
) -> None:
    made = cold_starts["seen"][f"lambdas.{module}"]["s3"]
    assert made == (module.rpartition(".")[2] in MOVES_BYTES)


@pytest.mark.parametrize("module", MODULES)
def test_only_functions_that_read_forms_load_their_parser(
    module: str, cold_starts: dict[str, Any]
) -> None:
    loaded = cold_starts["seen"][f"lambdas.{module}"]["loaded"]
    assert ("multipart" in loaded) == (module.rpartition(".")[2] in READS_FORMS)
