"""The command line and the drop-in as programs of their own, on the functions and SeaweedFS."""

import hashlib
import json
import os
import signal
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
import hashlib, pathlib, re, sys
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
peak = re.search(r"VmHWM:\\s*(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]
print(file.bytes, digest.hexdigest(), int(peak) // 1024)
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


@pytest.mark.parametrize("size", [0, 1, 4 * MIB, 4 * MIB + 1, 8 * MIB, 16 * MIB + 1])
def test_sizes_around_the_limits_come_back_as_they_were(
    size: int, larder: Run, tmp_path: Path
) -> None:
    path = tmp_path / "a"
    path.write_bytes(os.urandom(size))
    file_id = larder("upload", path, "--no-validate").stdout.strip()
    done = larder("download", file_id, "-o", tmp_path / "back")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "back").read_bytes() == path.read_bytes()


def test_a_batch_file_of_201_mib_is_refused_before_a_byte_is_sent(
    larder: Run, bed: Bed, tmp_path: Path
) -> None:
    path = tmp_path / "big.jsonl"
    with path.open("wb") as file:
        file.truncate(201 * MIB)
    done = larder("upload", path, "--no-validate")
    assert done.returncode == 5
    assert "200 MiB" in done.stderr
    assert (
        bed.session.client("s3").list_multipart_uploads(Bucket="larder-content").get("Uploads", [])
        == []
    )


def test_an_upload_that_was_interrupted_continues_its_session(
    larder: Run, bed: Bed, environment: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "big.jsonl"
    path.write_bytes(os.urandom(200 * MIB))
    line = [sys.executable, "-m", "larder.cli", "upload", "--no-validate", "--threads", "1"]
    line.append(str(path))
    with subprocess.Popen(line, env=environment, stderr=subprocess.PIPE) as process:
        sessions = tmp_path / "state" / "larder" / "uploads"
        while process.poll() is None and not list(sessions.glob("*.json")):
            pass
        (session,) = sessions.glob("*.json")
        upload_id = json.loads(session.read_text())["upload_id"]
        http = bed.http_of("alice")
        while not http.get(f"/uploads/{upload_id}/parts").json()["data"]:
            pass
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130, stderr
    file_id = larder("upload", path, "--no-validate").stdout.strip()
    upload = http.get(f"/uploads/{upload_id}").json()
    assert upload["status"] == "completed"
    assert upload["file"]["id"] == file_id
    larder("download", file_id, "-o", tmp_path / "back")
    assert sha256(tmp_path / "back") == sha256(path)


def test_commands_that_continue_one_upload_at_once_all_end_with_its_content(
    larder: Run, environment: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "big.jsonl"
    path.write_bytes(os.urandom(64 * MIB))
    line = [sys.executable, "-m", "larder.cli", "upload", "--no-validate", "--threads", "1"]
    line.append(str(path))
    sessions = tmp_path / "state" / "larder" / "uploads"
    with subprocess.Popen(line, env=environment) as process:
        while process.poll() is None and not list(sessions.glob("*.json")):
            pass
        process.kill()
    runs = [
        subprocess.Popen(
            line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    ends = [run.communicate(timeout=120) for run in runs]
    assert [stderr for _, stderr in ends] == [""] * 3
    for number, file_id in enumerate({out.strip() for out, _ in ends}):
        back = tmp_path / f"back-{number}"
        assert larder("download", file_id, "-o", back).returncode == 0
        assert sha256(back) == sha256(path)


@pytest.mark.slow
def test_512_mib_through_the_drop_in(bed: Bed, environment: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    with path.open("wb") as file:
        for _ in range(64):
            file.write(os.urandom(8 * MIB))
    service = environment | {"OPENAI_API_KEY": bed.api_key("batch", scopes=("service",))}
    line = [sys.executable, "-c", DROP_IN, str(path), "alice"]
    done = subprocess.run(
        line, env=service, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr
    size, digest, peak_mib = done.stdout.split()
    assert int(size) == 512 * MIB
    assert digest == sha256(path)
    assert int(peak_mib) < 200
