"""Compiled regular expressions: those of the asset are what this Python would compile."""

import marshal
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.bundle import Target
from lambdas.patterns import MADE_FOR, Table, looking_up
from tests.bed.asset import BOTH_TARGETS, told_by

PATTERN = r"(?P<year>\d{4})-(\d\d)"
# Compiles each of an asset's patterns, and compares what comes with what the asset has.
COMPARE = """
import marshal, os, sys
from re import _compiler
import _sre

with open(os.path.join(sys.argv[1], "lambdas", "patterns.bin"), "rb") as file:
    made_for, table = marshal.loads(file.read())
assert made_for == (_sre.MAGIC, _sre.CODESIZE), made_for
compiled = []
_sre.compile = lambda pattern, *rest: compiled.append(rest)
for (pattern, flags), stored in table.items():
    _compiler.compile(pattern, flags)
    assert tuple(stored) == compiled.pop(), pattern
print(len(table))
"""


def table_of(pattern: str, flags: int = 0) -> Table:
    """A table with one pattern, as `re` compiles it."""
    import _sre  # type: ignore[import-not-found]  # noqa: PLC0415
    from re import _compiler  # type: ignore[attr-defined]  # noqa: PLC0415

    compiled: list[Any] = []
    compile_code, _sre.compile = _sre.compile, lambda _, *rest: compiled.append(rest)
    try:
        _compiler.compile(pattern, flags)
    finally:
        _sre.compile = compile_code
    return {(pattern, flags): compiled[0]}


def not_to_be_asked(pattern: object, flags: int) -> re.Pattern[Any]:
    raise AssertionError(f"{pattern!r} was compiled")


def test_a_pattern_of_the_table_matches_as_ever() -> None:
    found = looking_up(table_of(PATTERN), not_to_be_asked)(PATTERN).fullmatch("2026-11")
    assert found
    assert found.groupdict() == {"year": "2026"}
    assert found.groups() == ("2026", "11")


@pytest.mark.parametrize(("pattern", "flags"), [(PATTERN, re.IGNORECASE), ("other", 0), (b"x", 0)])
def test_another_pattern_or_other_flags_are_compiled(pattern: str | bytes, flags: int) -> None:
    compiled = looking_up(table_of(PATTERN), re.compile)(pattern, flags)
    assert compiled == re.compile(pattern, flags)


def begins(folder: Path, table: tuple[Any, ...] | None) -> bool:
    """Whether a Python that finds such a table beside `lambdas` looks patterns up."""
    package = folder / "lambdas"
    package.mkdir()
    for name in ("__init__.py", "patterns.py"):
        source = Path(__file__).resolve().parents[2] / "lambdas" / name
        (package / name).write_text(source.read_text())
    if table is not None:
        (package / "patterns.bin").write_bytes(marshal.dumps(table))
    script = "import lambdas; from re import _compiler; print(_compiler.compile.__module__)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip() == "lambdas.patterns"


@pytest.mark.parametrize(
    ("table", "is_used"),
    [
        ((MADE_FOR, {}), True),
        (((MADE_FOR[0] + 1, MADE_FOR[1]), {}), False),
        (((MADE_FOR[0], 2), {}), False),
        (None, False),
    ],
)
def test_a_table_is_used_by_the_engine_that_it_was_made_for(
    table: tuple[Any, ...] | None, is_used: bool, tmp_path: Path
) -> None:
    assert begins(tmp_path, table) is is_used


@pytest.mark.slow
@pytest.mark.xdist_group("bundle")
@BOTH_TARGETS
def test_an_asset_has_what_its_python_compiles(target: Target) -> None:
    assert int(told_by(COMPARE, target)) > 60
