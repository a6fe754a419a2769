"""The stand-ins of the asset, held to the library modules whose places they take."""

import ast
from collections.abc import Iterator
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import pytest

from infra.bundle.trim import STAND_INS, UNUSED, UTILITIES

# The modules that the stand-ins were written for: one that changes is to be read again.
WRITTEN_FOR = {
    "aws_lambda_powertools/__init__.py": "a388841d4d0c7d60",
    "aws_lambda_powertools/utilities/jmespath_utils/__init__.py": "06bf3d501bad5b8b",
    "botocore/docs/__init__.py": "331c7a7a2cbbebe4",
    "botocore/docs/docstring.py": "268f650386453eae",
    "botocore/docs/utils.py": "3e5e752c6db27bb1",
    "urllib3/http2/__init__.py": "c73ac0487ed1e403",
}


def library(path: str) -> Path:
    """Where the library's own file is."""
    package, _, rest = path.partition("/")
    spec = find_spec(package)
    assert spec
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / rest


def module_of(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def test_each_file_has_its_library_module() -> None:
    there = {path.relative_to(STAND_INS).as_posix() for path in STAND_INS.rglob("*.py")}
    assert there == set(WRITTEN_FOR)


@pytest.mark.parametrize("path", WRITTEN_FOR)
def test_the_library_module_is_the_one_that_it_was_written_for(path: str) -> None:
    assert sha256(library(path).read_bytes()).hexdigest()[:16] == WRITTEN_FOR[path]


@pytest.mark.parametrize("path", WRITTEN_FOR)
def test_it_has_what_its_library_takes_from_it(path: str) -> None:
    taken = set(names_taken(path))
    assert taken <= names_defined(STAND_INS / path), f"{path} lacks what {module_of(path)} gives"


def test_what_is_taken_is_found() -> None:
    """Or the test above could not fail."""
    assert {"ClientMethodDocstring", "WaiterDocstring"} <= set(
        names_taken("botocore/docs/docstring.py")
    )
    assert "query" in names_taken("aws_lambda_powertools/utilities/jmespath_utils/__init__.py")


def names_taken(path: str) -> Iterator[str]:
    """What the library's other modules import from a module, or ask of it by its own name."""
    module = module_of(path)
    for source in sources_beside(path):
        nodes = list(ast.walk(ast.parse(source.read_bytes())))
        imports = [node for node in nodes if isinstance(node, ast.ImportFrom) and not node.level]
        names = {(node.module, alias.name) for node in imports for alias in node.names}
        yield from (name for found, name in names if found == module and not is_below(module, name))
        parent, _, own_name = module.rpartition(".")
        if (parent, own_name) in names:
            yield from (
                node.attr
                for node in nodes
                if isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == own_name
            )


def sources_beside(path: str) -> Iterator[Path]:
    """The library's modules that are in the asset, but for those that have stand-ins."""
    package = path.partition("/")[0]
    replaced = {library(other) for other in WRITTEN_FOR}
    left_out = [library(name) for name in (*UNUSED, UTILITIES) if name.startswith(f"{package}/")]
    for source in library(package).rglob("*.py"):
        if source not in replaced and not any(source.is_relative_to(each) for each in left_out):
            yield source


def is_below(module: str, name: str) -> bool:
    """Whether a name is a module below another, which its library still has."""
    return is_package(module) and find_spec(f"{module}.{name}") is not None


def is_package(module: str) -> bool:
    spec = find_spec(module)
    return bool(spec and spec.submodule_search_locations)


def names_defined(path: Path) -> set[str]:
    """The names at a module's top."""
    names: set[str] = set()
    for node in ast.parse(path.read_bytes()).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names
