"""What the command loads: little, so that it starts at once. `make bench` measures it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from larder.cli.parser import build_parser
from tests.client.conftest import Larder

# awscrt collects entropy for a tenth of a second when it is imported.
HEAVY = {"rich", "orjson", "platformdirs", "keyring", "shtab", "openai", "boto3", "awscrt"}
NETWORK = {"urllib3", "anycrc", "ssl", "http.client"}

RUN = """
import sys
from larder.cli import main
try:
    main(sys.argv[1:])
finally:
    print(*sys.modules, file=sys.stderr)
"""


def commands() -> Iterator[list[str]]:
    """Every command, and those under it."""
    found: list[tuple[list[str], object]] = [([], build_parser())]
    while found:
        words, parser = found.pop()
        yield words
        for action in getattr(parser, "_actions", ()):
            if isinstance(action.choices, dict):
                found += [([*words, name], under) for name, under in action.choices.items()]


def loaded(*arguments: str) -> set[str]:
    """The modules and packages that the command has loaded when it is through."""
    line = [sys.executable, "-c", RUN, *arguments]
    process = subprocess.run(line, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    return set(process.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("command", list(commands()), ids=" ".join)
def test_help_loads_nothing_heavy(command: list[str]) -> None:
    assert loaded(*command, "--help") & (HEAVY | NETWORK | {"dataclasses", "inspect"}) == set()


@pytest.mark.parametrize("command", [["list"], ["usage"], ["uploads", "list"], ["list", "--json"]])
def test_a_plain_command_loads_what_it_calls_with(command: list[str], larder: Larder) -> None:
    larder.service.add_file(b"x")
    modules = loaded(*command)
    assert "urllib3" in modules
    assert modules & (HEAVY | {"anycrc"}) == set()


def test_transfers_load_no_bars_without_a_terminal(
    larder: Larder, a_file: Callable[..., Path], tmp_path: Path
) -> None:
    modules = loaded("upload", "--no-validate", str(a_file(100_000)))
    (file_id,) = larder.service.files
    modules |= loaded("download", file_id, "-o", str(tmp_path / "out"))
    assert "anycrc" in modules
    assert modules & HEAVY == set()


def test_a_command_loads_no_other(larder: Larder) -> None:
    ours = {name for name in loaded("list") if name.startswith("larder.cli.")}
    assert "larder.cli.list_files" in ours
    assert not ours & {"larder.cli.admin", "larder.cli.upload", "larder.cli.tables"}
