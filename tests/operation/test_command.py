"""The program behind `make deploy`, `make diff` and `make destroy`, as it is run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.operation.account import find_account
from infra.operation.cdk import _ECHO
from infra.operation.errors import OperationError
from tests.infra.templates import ROOT


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nobody = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return subprocess.run(
        [sys.executable, "-m", "infra.operation", *arguments, "--settings", os.devnull],
        cwd=ROOT,
        env={**kept, **nobody, "AWS_EC2_METADATA_DISABLED": "true", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("operation", ["deploy", "destroy"])
def test_without_a_terminal_it_wants_yes(operation: str) -> None:
    done = run(operation, "--stage", "prod")
    assert done.returncode == 2
    assert done.stderr == (
        "There is no terminal to ask for approval: "
        f"make {operation} STAGE=prod YES=1 does without.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["deploy", "--stage", "staging"], "Unknown stage 'staging'. Choose one with -c stage="),
        (["deploy", "--stage", "local"], "The stage that runs on this machine is `make run`."),
        (["deploy", "--stage", "dev", "--yes", "yes"], "YES is 'yes'. Use YES=1, or leave it out."),
        (["diff", "--stage", "dev", "--full", "x"], "FULL is 'x'. Use FULL=1, or leave it out."),
        (["diff", "--stage", "dev", "--front-door", "x"], "Invalid front_door 'x'. Use true or"),
        (["diff", "--stage", "dev"], "AWS could not be asked: Unable to locate credentials"),
    ],
)
def test_a_refusal_is_one_line(arguments: list[str], message: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1


def test_an_emulator_is_refused() -> None:
    done = run("deploy", "--stage", "dev", "--yes", "1", AWS_ENDPOINT_URL="http://127.0.0.1:4581")
    assert done.returncode == 2
    assert 'eval "$(make unset)"' in done.stderr


@pytest.mark.parametrize(
    ("environment", "region"),
    [
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-2"),
        ({"AWS_REGION": ""}, "us-east-1"),
    ],
)
def test_the_region_is_the_cdks(
    environment: dict[str, str], region: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    assert find_account(environment).region == region


def test_a_profile_that_is_not_there_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(OperationError, match=r"AWS could not be asked: .*nobody"):
        find_account({})


def test_what_the_cdk_adds_to_our_own_words_is_left_out() -> None:
    output = "Something is wrong.\npython3 app.py: Subprocess exited with error 1\nMore.\n"
    assert _ECHO.sub("", output) == "Something is wrong.\nMore.\n"
