"""The package that users install: what is in it, and that it works where nothing else is."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from email import message_from_bytes
from email.message import Message
from hashlib import sha256
from pathlib import Path

import pytest

from larder.cli.grammar import Command, commands
from larder.cli.parser import build_parser
from larder.version import __version__

# One worker, so that it is built and installed once.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]

ROOT = Path(__file__).resolve().parents[2]
UV = Path(sys.executable).with_name("uv")
NOTHING = {"PATH": os.defpath}

# As https://www.apache.org/licenses/LICENSE-2.0.txt has it.
APACHE_2 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"

ADMIN = [
    command
    for command in commands(build_parser())
    if command.words[:1] == ("admin",) and not command.is_group
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make wheel` builds."""
    folder = tmp_path_factory.mktemp("dist")
    make = shutil.which("make")
    assert make is not None
    subprocess.run([make, "-s", "wheel", f"DIST={folder}"], cwd=ROOT, check=True)
    [wheel] = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        return message_from_bytes(archive.read(f"larder_files-{__version__}.dist-info/METADATA"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and what it depends on, at the locked versions."""
    environment = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, environment], check=True)
    line: list[str | Path] = [UV, "pip", "install", "--quiet", wheel]
    line += ["--python", environment / "bin/python"]
    line += ["--constraints", ROOT / "requirements/deploy.txt"]
    # What set up the checkout has left them in uv's cache, unless somebody has cleared it since.
    if subprocess.run([*line, "--offline"], capture_output=True, check=False).returncode != 0:
        subprocess.run(line, check=True)
    return environment


def run(
    environment: Path, program: str, *words: str | Path, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a program of the environment away from the checkout, and without anybody's settings."""
    return subprocess.run(
        [environment / "bin" / program, *words],
        cwd=folder or environment,
        env=NOTHING,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_is_named_as_it_is_installed(wheel: Path) -> None:
    assert wheel.name == f"larder_files-{__version__}-py3-none-any.whl"


def test_it_has_the_client_and_nothing_else_of_the_project(wheel: Path) -> None:
    own = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "larder").rglob("*")
        if path.suffix == ".py" or path.name == "py.typed"
    }
    about = f"larder_files-{__version__}"
    beside = {
        f"{about}.data/data/share/man/man1/larder.1",
        *(
            f"{about}.dist-info/{name}"
            for name in (
                "METADATA",
                "RECORD",
                "WHEEL",
                "entry_points.txt",
                "licenses/LICENSE",
                "licenses/NOTICE",
            )
        ),
    }
    with zipfile.ZipFile(wheel) as archive:
        assert {name for name in archive.namelist() if not name.endswith("/")} == own | beside


def test_it_says_what_it_may_be_used_for(wheel: Path, metadata: Message) -> None:
    assert metadata["License-Expression"] == "Apache-2.0"
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(f"larder_files-{__version__}.dist-info/licenses/LICENSE")
    assert sha256(text).hexdigest() == APACHE_2


def test_it_names_where_it_comes_from_and_its_extras(metadata: Message) -> None:
    urls = dict(url.split(", ") for url in metadata.get_all("Project-URL", []))
    assert set(urls) == {"Source", "Documentation", "Changelog", "Issues"}
    assert all(url.startswith("https://github.com/larder-files/larder") for url in urls.values())
    assert metadata.get_all("Provides-Extra") == ["admin", "keyring", "openai"]


def test_the_environment_has_nothing_but_the_client(installed: Path) -> None:
    listed = subprocess.run(
        [UV, "pip", "list", "--format", "freeze", "--python", installed / "bin/python"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    names = {line.partition("==")[0] for line in listed.split()}
    assert "larder-files" in names
    assert not {"boto3", "aws-cdk-lib", "openai", "keyring", "pip"} & names


def test_the_command_works(installed: Path) -> None:
    assert run(installed, "larder", "--version").stdout == f"larder {__version__}\n"
    shown = run(installed, "larder", "--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "exit codes:" in shown.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_works(installed: Path, shell: str) -> None:
    assert "_shtab_larder" in run(installed, "larder", "completion", shell).stdout


def test_the_package_can_be_imported_and_is_the_installed_one(installed: Path) -> None:
    output = run(installed, "python", "-c", "import larder; print(larder.__file__)")
    assert Path(output.stdout.strip()).is_relative_to(installed)


def test_only_what_an_extra_is_for_cannot_be_imported(installed: Path) -> None:
    code = """
import importlib, pkgutil, larder
for module in pkgutil.walk_packages(larder.__path__, "larder."):
    try:
        module.name.endswith("__main__") or importlib.import_module(module.name)
    except ModuleNotFoundError as error:
        print(module.name, error.name)
"""
    done = run(installed, "python", "-W", "error", "-c", code)
    assert (done.returncode, done.stderr) == (0, "")
    missing = [line.split() for line in done.stdout.splitlines()]
    assert {package for _, package in missing} == {"openai", "anyio"}  # which the SDK has
    assert all(name.startswith(("larder.sdk.", "larder.admin.verify.")) for name, _ in missing)


@pytest.mark.parametrize("command", ADMIN, ids=lambda command: " ".join(command.words))
def test_an_operators_command_says_which_extra_it_wants(installed: Path, command: Command) -> None:
    example = re.search(r"^  larder (admin .+)$", command.parser.epilog or "", re.MULTILINE)
    assert example is not None
    done = run(installed, "larder", *example[1].split())
    assert (done.returncode, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    assert re.search(r"needs the package \w+: pip install 'larder-files\[admin(,openai)?\]'", line)


@pytest.mark.parametrize("name", ["upload_file", "http_client", "async_http_client"])
def test_what_goes_with_the_sdk_says_which_extra_it_wants(installed: Path, name: str) -> None:
    done = run(installed, "python", "-c", f"from larder import {name}")
    assert done.returncode == 1
    assert "pip install 'larder-files[openai]'" in done.stderr.splitlines()[-1]


def test_the_manual_is_beside_the_command(installed: Path) -> None:
    page = installed / "share/man/man1/larder.1"
    assert page.read_bytes() == (ROOT / "release/data/share/man/man1/larder.1").read_bytes()
