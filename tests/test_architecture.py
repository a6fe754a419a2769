"""Which way imports point, and how large a file, a function and a handler may grow.

    front_door -> api, core, stores
    endpoints, events -> api, core, stores;  stores -> core;  api -> core;  core -> standard library
    larder.cli -> admin, batch, transfer, api, net;  sdk -> transfer, api, net;
    batch -> transfer, net;  transfer -> api, net;  api -> net;  admin -> net;
    and all of these -> errors, values, version, which import nothing

`infra`, `lambdas` and `larder` never import one another, and only `infra` imports `front_door`.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# What every part of the client stands on.
BOTTOM_OF_LARDER = ("larder.errors", "larder.values", "larder.version")

# What each package may import of the project, itself included where it says so. A module belongs
# to the longest name that begins its own.
ARROWS = {
    "lambdas": ("lambdas.patterns",),
    "lambdas.endpoints": ("lambdas.api", "lambdas.core", "lambdas.stores"),
    "lambdas.events": ("lambdas.api", "lambdas.core", "lambdas.stores"),
    "lambdas.api": ("lambdas.api", "lambdas.core"),
    "lambdas.stores": ("lambdas.stores", "lambdas.core"),
    "lambdas.core": ("lambdas.core",),
    "front_door": ("front_door", "lambdas.api", "lambdas.core", "lambdas.stores"),
    "infra": ("infra", "front_door"),
    "larder": ("larder.sdk", "larder.batch", "larder.errors", "larder.version"),
    "larder.cli": (
        "larder.cli",
        "larder.admin",
        "larder.batch",
        "larder.transfer",
        "larder.api",
        "larder.net",
        *BOTTOM_OF_LARDER,
    ),
    "larder.sdk": (
        "larder.sdk",
        "larder.transfer",
        "larder.api",
        "larder.net",
        *BOTTOM_OF_LARDER,
    ),
    "larder.batch": ("larder.batch", "larder.transfer", "larder.net", *BOTTOM_OF_LARDER),
    "larder.admin": ("larder.admin", "larder.net", *BOTTOM_OF_LARDER),
    "larder.transfer": ("larder.transfer", "larder.api", "larder.net", *BOTTOM_OF_LARDER),
    "larder.api": ("larder.api", "larder.net", *BOTTOM_OF_LARDER),
    "larder.net": ("larder.net", *BOTTOM_OF_LARDER),
    "larder.errors": (),
    "larder.values": (),
    "larder.version": (),
    "release": ("release", "larder"),
    "app": ("infra",),
}

# What else each package may import beside the standard library; None is anything but boto3.
LIBRARIES: dict[str, frozenset[str] | None] = {
    "lambdas": frozenset(),
    "lambdas.endpoints": frozenset({"aws_lambda_powertools"}),
    "lambdas.events": frozenset({"aws_lambda_powertools"}),
    "lambdas.api": frozenset({"aws_lambda_powertools", "multipart", "pybase64"}),
    "lambdas.stores": frozenset({"botocore", "orjson", "mypy_boto3_dynamodb", "mypy_boto3_s3"}),
    "lambdas.core": frozenset(),
    "front_door": frozenset({"aws_lambda_powertools", "awscrt", "uvicorn"}),
    "infra": None,
    "larder": None,
    "larder.admin": None,
    "larder.api": None,
    "larder.batch": frozenset({"orjson"}),
    "larder.cli": None,
    "larder.errors": frozenset(),
    "larder.net": frozenset({"urllib3"}),
    "larder.sdk": None,
    "larder.transfer": None,
    "larder.values": frozenset(),
    "larder.version": frozenset(),
    "release": None,
    "app": None,
}

# What operators run and the local stage's set-up talk to AWS too, and are no Lambda function.
AWS_PACKAGES = ("lambdas.stores", "larder.admin", "infra.local", "infra.operation")
AWS_LIBRARIES = frozenset({"boto3", "botocore"})

MOST_FILE_LINES = 250
MOST_FUNCTION_LINES = 40
MOST_HANDLER_LINES = 29


def test_imports_point_one_way() -> None:
    if reports := list(wrong_imports(ROOT)):
        pytest.fail("\n".join(reports))


def test_files_and_functions_stay_small() -> None:
    if reports := list(oversized(ROOT)):
        pytest.fail("\n".join(reports))


@pytest.mark.parametrize(
    ("path", "statement"),
    [
        ("lambdas/core/files.py", "import boto3"),
        ("lambdas/core/files.py", "from lambdas.stores import catalog"),
        ("lambdas/core/files.py", "from lambdas.api.form import parse_form"),
        ("lambdas/core/files.py", "import lambdas.api.form"),
        ("lambdas/core/files.py", "import aws_lambda_powertools"),
        ("lambdas/core/deeper/files.py", "from lambdas import stores"),
        ("lambdas/stores/catalog.py", "from lambdas.api import form"),
        ("lambdas/stores/catalog.py", "from lambdas.endpoints import get_file"),
        ("lambdas/stores/catalog.py", "from larder import cli"),
        ("lambdas/api/request.py", "from lambdas.stores import aws"),
        ("lambdas/api/request.py", "from botocore.exceptions import ClientError"),
        ("lambdas/endpoints/get_file.py", "import boto3.session"),
        ("lambdas/endpoints/get_file.py", "from lambdas.endpoints import list_files"),
        ("lambdas/endpoints/get_file.py", "from lambdas.events.reap import handler"),
        ("lambdas/endpoints/get_file.py", "from aws_cdk import Stack"),
        ("lambdas/endpoints/get_file.py", "def f():\n    from infra import routes"),
        ("lambdas/events/reap.py", "from lambdas.events import authorize"),
        ("larder/cli.py", "from . import errors"),
        ("lambdas/__init__.py", "from lambdas.core import files"),
        ("lambdas/api/request.py", "from front_door import app"),
        ("larder/cli.py", "import front_door"),
        ("front_door/app.py", "from lambdas.endpoints import create_file"),
        ("front_door/app.py", "from infra import stages"),
        ("front_door/app.py", "import botocore"),
        ("infra/routes.py", "from lambdas.core import files"),
        ("infra/routes.py", "import boto3"),
        ("larder/cli.py", "from lambdas.core import files"),
        ("larder/cli.py", "from infra import stages"),
        ("larder/cli.py", "import boto3"),
        ("larder/api/files.py", "from larder.transfer.workers import Workers"),
        ("larder/api/files.py", "from larder import cli"),
        ("larder/transfer/parts.py", "from larder.cli.terminal import complain"),
        ("larder/transfer/parts.py", "def f():\n    from larder.sdk import calls"),
        ("larder/net/proxies.py", "from larder.api.calls import Call"),
        ("larder/net/proxies.py", "import httpx"),
        ("larder/admin/keys.py", "from larder.cli.output import print_json"),
        ("larder/admin/keys.py", "from larder.transfer.workers import Workers"),
        ("larder/batch/check.py", "from larder.api.files import get_usage"),
        ("larder/sdk/calls.py", "from larder.cli import main"),
        ("larder/cli/show.py", "from larder.sdk.upload_file import upload_file"),
        ("larder/cli/show.py", "import larder"),
        ("larder/errors.py", "from larder.values import format_size"),
        ("larder/values.py", "import rich"),
        ("larder/__init__.py", "from larder.cli import main"),
        ("larder/version.py", "import release"),
        ("larder/newly_made/files.py", "from larder.cli import main"),
        ("app.py", "import lambdas"),
    ],
)
def test_a_wrong_import_is_reported(tmp_path: Path, path: str, statement: str) -> None:
    write(tmp_path / path, statement)
    (report,) = wrong_imports(tmp_path)
    assert path in report


@pytest.mark.parametrize(
    ("path", "statement"),
    [
        ("lambdas/core/files.py", "import json\nfrom lambdas.core import ids"),
        ("lambdas/stores/catalog.py", "import boto3\nfrom lambdas.core.errors import NotFound"),
        (
            "lambdas/endpoints/get_file.py",
            "from lambdas.core import files\nimport lambdas.api.form",
        ),
        ("larder/admin/keys.py", "import boto3\nfrom larder import errors"),
        (
            "larder/transfer/parts.py",
            "from larder.api.calls import Call\nfrom larder import errors",
        ),
        ("larder/cli/show.py", "from larder.cli import output\nfrom larder.version import x"),
        ("app.py", "import aws_cdk\nfrom infra import stages"),
        ("front_door/app.py", "import uvicorn\nfrom lambdas.core import files"),
        ("infra/local/edge.py", "from front_door import app"),
        ("tests/unit/test_all.py", "import lambdas, infra, larder, boto3"),
    ],
)
def test_a_right_import_is_not_reported(tmp_path: Path, path: str, statement: str) -> None:
    write(tmp_path / path, statement)
    assert list(wrong_imports(tmp_path)) == []


def test_what_is_oversized_is_reported(tmp_path: Path) -> None:
    write(tmp_path / "infra/long.py", "x = 1\n" * 251)
    write(tmp_path / "larder/large.py", "def large():\n" + "    x = 1\n" * 41)
    write(tmp_path / "lambdas/endpoints/big.py", "def handler(event, context):\n" + "    x\n" * 30)
    assert list(oversized(tmp_path)) == [
        "infra/long.py has 251 lines; at most 250",
        "lambdas/endpoints/big.py: handler has 30 lines; at most 29",
        "larder/large.py: large has 41 lines; at most 40",
    ]


def test_parameters_and_a_docstring_do_not_make_a_function_large(tmp_path: Path) -> None:
    parameters = "".join(f"    p{number},\n" for number in range(40))
    docstring = '    """First.\n' + "\n    More.\n" * 40 + '    """\n'
    write(tmp_path / "larder/said.py", f"def said(\n{parameters}):\n{docstring}    x = 1\n")
    assert list(oversized(tmp_path)) == []


def write(path: Path, source: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)


def wrong_imports(root: Path) -> Iterator[str]:
    """Report every import of the project that the tables above do not allow."""
    for path, tree in modules(root):
        module = ".".join(path.with_suffix("").parts)
        package = longest(module, ARROWS)
        for line, imported in imports(tree):
            if not is_allowed(module, package, imported):
                yield f"{path}:{line}: {package} must not import {imported}"


def modules(root: Path) -> Iterator[tuple[Path, ast.Module]]:
    sources = [
        *(root / package for package in ("front_door", "infra", "lambdas", "larder", "release")),
        root / "app.py",
    ]
    for source in sources:
        for path in sorted(source.rglob("*.py")) if source.is_dir() else [source]:
            if path.exists():
                yield path.relative_to(root), ast.parse(path.read_bytes(), path)


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield every import's line and absolute name, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{origin}.{alias.name}") for alias in node.names)


def is_allowed(module: str, package: str, imported: str) -> bool:
    top = imported.partition(".")[0]
    if not top:  # a relative import, which no table speaks of
        return False
    if top in AWS_LIBRARIES:
        return is_within(module, AWS_PACKAGES)
    if top in ARROWS:
        return is_within(imported, ARROWS[package])
    libraries = LIBRARIES[package]
    return top in sys.stdlib_module_names or libraries is None or top in libraries


def is_within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def longest(module: str, packages: dict[str, tuple[str, ...]]) -> str:
    return max((package for package in packages if is_within(module, (package,))), key=len)


def oversized(root: Path) -> Iterator[str]:
    """Report every file and function that is longer than somebody new should have to read."""
    for path, tree in modules(root):
        lines = len((root / path).read_bytes().splitlines())
        if lines > MOST_FILE_LINES:
            yield f"{path} has {lines} lines; at most {MOST_FILE_LINES}"
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                most = MOST_HANDLER_LINES if node.name == "handler" else MOST_FUNCTION_LINES
                if (lines := lines_of(node)) > most:
                    yield f"{path}: {node.name} has {lines} lines; at most {most}"


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function's body: neither its parameters nor its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    if not body:
        return 0
    return (function.end_lineno or body[0].lineno) - body[0].lineno + 1
