"""What a task of the front door runs on AWS, run here: its code is in the emulator's S3."""

import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3
from mypy_boto3_s3 import S3Client

from infra.bundle import FRONT_DOOR, build_asset, host
from infra.front_door_command import front_door_command
from infra.local.aws import aws_environment, aws_session, isolated_environment
from infra.local.deployment import RunningDeployment
from tests.e2e.conftest import free_port
from tests.e2e.user import User
from tests.e2e.waiting import wait_until

PROGRAM = "import os; print(__file__, os.getpid(), flush=True)\n"
LARGE = bytes(5 * 2**20)


@dataclass(frozen=True)
class Assets:
    """A bucket for code, as CDK has one."""

    s3: S3Client
    bucket: str
    folder: Path

    def upload(self, code: Path) -> list[str]:
        """Upload a folder as a zip file; the arguments that run it."""
        key = f"{uuid.uuid4().hex}.zip"
        archive = shutil.make_archive(str(self.folder / key), "zip", code)
        self.s3.upload_file(archive, self.bucket, key)
        return front_door_command(self.bucket, key)


@pytest.fixture
def assets(deployment: RunningDeployment, tmp_path: Path) -> Assets:
    s3 = aws_session().client("s3", endpoint_url=deployment.endpoint_url)
    bucket = f"assets-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=bucket)
    return Assets(s3, bucket, tmp_path)


@contextmanager
def running(
    arguments: list[str], environment: Mapping[str, str], folder: Path
) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env={**environment, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_task_becomes_the_program_that_it_fetched(
    assets: Assets, deployment: RunningDeployment, tmp_path: Path
) -> None:
    code = tmp_path / "code"
    (code / "front_door").mkdir(parents=True)
    (code / "front_door" / "__init__.py").touch()
    (code / "front_door" / "__main__.py").write_text(PROGRAM)
    environment = isolated_environment(deployment.endpoint_url)
    with running(assets.upload(code), environment, tmp_path) as process:
        output, _ = process.communicate(timeout=60)
    file, process_id = output.split()
    assert Path(file).read_text() == PROGRAM
    assert not Path(file).is_relative_to(code)
    assert int(process_id) == process.pid  # so that the signal to stop is its own


def test_a_task_whose_code_is_not_there_ends(
    assets: Assets, deployment: RunningDeployment, tmp_path: Path
) -> None:
    command = front_door_command(assets.bucket, "nothing.zip")
    with running(command, isolated_environment(deployment.endpoint_url), tmp_path) as process:
        assert process.wait(timeout=60) != 0


def test_the_front_door_serves_from_its_asset_until_it_is_told_to_stop(
    assets: Assets, deployment: RunningDeployment, user: User, tmp_path: Path
) -> None:
    command = assets.upload(build_asset(host(), FRONT_DOOR))
    root = aws_environment(deployment.endpoint_url)  # which may fetch the code, too
    port = free_port()
    environment = {**deployment.front_door.environment, **root, "PORT": str(port)}
    url = f"http://127.0.0.1:{port}"
    with (
        running(command, environment, tmp_path) as process,
        urllib3.PoolManager(retries=False, timeout=60) as http,
    ):
        wait_until(lambda: process.poll() is not None or is_healthy(http, url))
        created = http.request(
            "POST",
            f"{url}/v1/files",
            headers={"authorization": f"Bearer {user.key}"},
            fields={"purpose": "batch", "file": ("large.jsonl", LARGE)},
        )
        assert created.status == 200, created.data
        assert created.json()["bytes"] == len(LARGE)
        os.kill(process.pid, signal.SIGTERM)
        process.wait(timeout=60)


def is_healthy(http: urllib3.PoolManager, url: str) -> bool:
    try:
        return http.request("GET", f"{url}/health").status == 200
    except urllib3.exceptions.HTTPError:
        return False
