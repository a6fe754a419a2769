"""What `make run` promises a person: the lines that it prints work when they are pasted."""

import json
import os
import shutil
import subprocess
import uuid
from pathlib import Path

import pytest

from infra.local.demo import demo_key, invitation
from infra.local.deploy import deploy, fingerprint
from infra.local.deployment import RunningDeployment


@pytest.fixture
def pasted(deployment: RunningDeployment, tmp_path: Path) -> list[str]:
    """The printed lines that a person pastes, for an owner with nothing stored."""
    key = deployment.create_key(f"stranger-{uuid.uuid4().hex[:12]}")
    lines = invitation(deployment, key, tmp_path).splitlines()
    commands = ("export ", "echo ", "curl ", "larder ")
    return [line for line in lines if line.startswith(commands)]


def paste(lines: list[str], folder: Path) -> str:
    """Paste lines into a fresh shell, stopping at the first that fails."""
    environment = {"PATH": os.defpath, "HOME": str(folder)}
    script = "\n".join(["set -e", *lines])
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_the_example_creates_a_file_and_lists_it(pasted: list[str], tmp_path: Path) -> None:
    if not shutil.which("curl"):
        pytest.skip("no curl on this machine: the lines that `make run` prints were not tried")
    printed = paste(pasted, tmp_path)
    file, end = json.JSONDecoder().raw_decode(printed)
    listed, _ = json.JSONDecoder().raw_decode(printed[end:].lstrip())
    assert file["filename"] == "batch.jsonl"
    assert listed["data"] == [file]


def test_an_operator_in_another_shell_finds_the_deployment(
    pasted: list[str], tmp_path: Path
) -> None:
    exports = [line for line in pasted if line.startswith("export ")]
    listed = paste([*exports, "larder admin keys list --json"], tmp_path).splitlines()
    assert listed
    assert all(json.loads(key)["hint"].startswith("sk-larder-") for key in listed)


def test_the_demo_key_is_the_same_in_the_next_run(
    deployment: RunningDeployment, tmp_path: Path
) -> None:
    kept_in = tmp_path / "demo-key"
    first = demo_key(deployment, kept_in)
    assert demo_key(deployment, kept_in) == first
    assert kept_in.stat().st_mode & 0o077 == 0


def test_a_demo_key_that_is_no_longer_good_is_replaced(
    deployment: RunningDeployment, tmp_path: Path
) -> None:
    kept_in = tmp_path / "demo-key"
    kept_in.write_text("sk-larder-of-an-earlier-deployment\n")
    assert demo_key(deployment, kept_in).startswith("sk-larder-")
    assert "earlier" not in kept_in.read_text()


def test_nothing_is_deployed_when_nothing_changed(deployment: RunningDeployment) -> None:
    port = int(deployment.endpoint_url.rsplit(":", 1)[1])
    (deployment.state_dir / "deployed").write_text(fingerprint(port))
    assert deploy(deployment.endpoint_url, port, deployment.state_dir) is False
