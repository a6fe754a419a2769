"""The command line and the drop-in as programs of their own, on the functions and SeaweedFS.

`test_sdk.py` has the sizes around the limits, and `tests/client` what happens on the way.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bed.bed import Bed
from tests.bed.http_front import http_front

MIB = 2**20
Run = Callable[..., "subprocess.CompletedProcess[str]"]

DROP_IN = """
import hashlib, sys
import larder, openai

client = openai.OpenAI(
    http_client=larder.http_client(), default_headers={"Larder-Owner": sys.argv[2]}
)
with open(sys.argv[1], "rb") as content:
    file = client.files.create(file=content, purpose="batch-output")
digest = hashlib.sha256()
with client.files.with_streaming_response.content(file.id) as answer:
    for chunk in answer.iter_bytes(2**20):
        digest.update(chunk)
print(file.bytes, digest.hexdigest())
"""


@pytest.fixture
def base_url(bed: Bed) -> Iterator[str]:
    with http_front(bed.gateway) as url:
        yield url


@pytest.fixture
def environment(bed: Bed, base_url: str, tmp_path: Path) -> dict[str, str]:
    """What a user of alice's key has set."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "OPENAI_BASE_URL": base_url,
        "OPENAI_API_KEY": bed.api_key("alice"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }


@pytest.fixture
def larder(environment: dict[str, str]) -> Run:
    """Runs the command to its end."""

    def run(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        line = [sys.executable, "-m", "larder.cli", *map(str, arguments)]
        return subprocess.run(
            line, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    return run


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def test_every_verb(larder: Run, tmp_path: Path) -> None:
    path = tmp_path / "größer.jsonl"
    path.write_bytes(os.urandom(30 * MIB + 1))
    file = json.loads(
        larder("upload", path, "--no-validate", "--expires-after", "7d", "--json").stdout
    )
    assert file.pop("path") == str(path)
    assert file["bytes"] == 30 * MIB + 1
    assert file["expires_at"] == file["created_at"] + 7 * 86400
    assert json.loads(larder("list", "--purpose", "batch", "--json").stdout) == file
    assert json.loads(larder("show", file["id"], "--json").stdout) == file
    usage = json.loads(larder("usage", "--json").stdout)
    assert (usage["bytes"], usage["reserved_bytes"], usage["files"]) == (30 * MIB + 1, 0, 1)
    assert larder("download", file["id"], "-o", tmp_path / "back").returncode == 0
    assert sha256(tmp_path / "back") == sha256(path)
    assert larder("delete", file["id"]).returncode == 0
    assert larder("show", file["id"]).returncode == 4


@pytest.mark.parametrize("scopes", [(), ("service",)])
def test_a_profile_stands_in_for_the_environment(
    scopes: tuple[str, ...], bed: Bed, base_url: str, environment: dict[str, str], tmp_path: Path
) -> None:
    kept = {name: text for name, text in environment.items() if not name.startswith("OPENAI_")}
    key = bed.api_key("carol", scopes=scopes)

    def run(*arguments: str) -> Any:
        line = [sys.executable, "-m", "larder.cli", *arguments, "--json"]
        done = subprocess.run(line, env=kept, input=key, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    run("login", "--key-stdin", "--no-keyring", "--base-url", base_url, "--profile", "bed")
    identity = run("whoami")
    assert (identity["owner"], identity["base_url"], identity["profile"]) == (
        "carol",
        base_url,
        "bed",
    )
    assert identity["key_hint"] == f"sk-larder-…{key[-4:]}"
    assert run("profiles")["in_use"] is True


def test_a_large_file_through_the_drop_in(
    bed: Bed, environment: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "results.jsonl"
    path.write_bytes(os.urandom(30 * MIB + 1))
    service = environment | {"OPENAI_API_KEY": bed.api_key("batch", scopes=("service",))}
    line = [sys.executable, "-c", DROP_IN, str(path), "alice"]
    done = subprocess.run(
        line, env=service, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr
    size, digest = done.stdout.split()
    assert int(size) == 30 * MIB + 1
    assert digest == sha256(path)
