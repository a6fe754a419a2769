"""The contestants: how each uploads, downloads and deletes, as commands to run.

An upload prints where the file is, and that is what a download and a delete are given.
"""

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.bed.environment import CONTENT_BUCKET

AWS_COMMAND = Path(__file__).parent.parent / ".venv-benchmark" / "bin" / "aws"
# Without awscrt beside it, with which boto3 reads every part once more.
BOTO3_PYTHON = Path(__file__).parent.parent / ".venv-peers" / "bin" / "python"

# Each tells on its last line how long the transfer took, without the start of Python and the
# imports: a program that uses boto3 pays for these once.
_LARDER = """
import sys, time
import larder.api.http, larder.transfer.download, larder.transfer.upload
from larder.cli import main
start = time.perf_counter()
code = main(sys.argv[1:])
print(time.perf_counter() - start)
sys.exit(code)
"""

_BOTO3 = """
import sys, time
import boto3
s3 = boto3.client("s3")
start = time.perf_counter()
getattr(s3, sys.argv[1])(*sys.argv[2:])
print(sys.argv[-1])
print(time.perf_counter() - start)
"""

_DELETE = """
import sys
import boto3
boto3.client("s3").delete_object(Bucket=sys.argv[1], Key=sys.argv[2])
"""

# The first name of each is loaded on its first use; without it that would be in the time.
_SDK_UPLOAD = """
import sys, time
import openai
client = openai.OpenAI(base_url=sys.argv[1], api_key=sys.argv[2], max_retries=0)
files = client.files
start = time.perf_counter()
with open(sys.argv[3], "rb") as source:
    print(files.create(file=source, purpose="batch").id)
print(time.perf_counter() - start)
"""

_SDK_DOWNLOAD = """
import sys, time
import openai
client = openai.OpenAI(base_url=sys.argv[1], api_key=sys.argv[2], max_retries=0)
files = client.files
start = time.perf_counter()
with files.with_streaming_response.content(sys.argv[3]) as response:
    response.stream_to_file(sys.argv[4])
print(time.perf_counter() - start)
"""

_SDK_DELETE = """
import sys
import openai
openai.OpenAI(base_url=sys.argv[1], api_key=sys.argv[2]).files.delete(sys.argv[3])
"""


class Client(Protocol):
    """One contestant."""

    @property
    def name(self) -> str:
        """What the tables call it."""

    def upload(self, source: Path) -> list[str]:
        """Send a file."""

    def download(self, uploaded: str, target: Path) -> list[str]:
        """Fetch what `upload` has sent."""

    def delete(self, uploaded: str) -> list[str]:
        """Make room for the next."""


@dataclass(frozen=True)
class Api:
    """A Files API: its base URL and a key."""

    base_url: str
    key: str


@dataclass(frozen=True)
class OpenaiSdk:
    """The unmodified SDK; its deletes may go to another way in of the same deployment."""

    name: str
    api: Api
    deletes: Api

    def upload(self, source: Path) -> list[str]:
        """Send a file as one form."""
        return self._python(_SDK_UPLOAD, self.api, str(source))

    def download(self, uploaded: str, target: Path) -> list[str]:
        """Fetch the content as it comes, into a file."""
        return self._python(_SDK_DOWNLOAD, self.api, uploaded, str(target))

    def delete(self, uploaded: str) -> list[str]:
        """Delete the file."""
        return self._python(_SDK_DELETE, self.deletes, uploaded)

    def _python(self, script: str, api: Api, *more: str) -> list[str]:
        return [sys.executable, "-c", script, api.base_url, api.key, *more]


@dataclass(frozen=True)
class Curl:
    """The leanest client there is."""

    name: str
    program: str
    api: Api
    deletes: Api

    def upload(self, source: Path) -> list[str]:
        """Send a file as one form; prints the File."""
        return self._curl(self.api, "", "-F", "purpose=batch", "-F", f"file=@{source}")

    def download(self, uploaded: str, target: Path) -> list[str]:
        """Fetch the content."""
        return self._curl(self.api, f"/{_id(uploaded)}/content", "-o", str(target))

    def delete(self, uploaded: str) -> list[str]:
        """Delete the file."""
        return self._curl(self.deletes, f"/{_id(uploaded)}", "-X", "DELETE")

    def _curl(self, api: Api, path: str, *more: str) -> list[str]:
        line = [self.program, "-sS", "--fail-with-body", "--write-out", "\n%{time_total}\n"]
        key = ["-H", f"Authorization: Bearer {api.key}"]
        return [*line, *key, *more, f"{api.base_url}/files{path}"]


@dataclass(frozen=True)
class Larder:
    """Larder's own command, straight to S3; its settings are in the environment."""

    name: str = "larder"

    def upload(self, source: Path) -> list[str]:
        """Send a file in presigned parts."""
        return [sys.executable, "-c", _LARDER, "upload", "--no-validate", str(source)]

    def download(self, uploaded: str, target: Path) -> list[str]:
        """Fetch it in ranges."""
        return [sys.executable, "-c", _LARDER, "download", uploaded, "-o", str(target)]

    def delete(self, uploaded: str) -> list[str]:
        """Delete the file."""
        return [sys.executable, "-c", _LARDER, "delete", uploaded]


@dataclass(frozen=True)
class Boto3:
    """boto3's managed transfers, straight to S3."""

    name: str = "boto3"

    def upload(self, source: Path) -> list[str]:
        """Call `upload_file`."""
        line = [str(BOTO3_PYTHON), "-c", _BOTO3, "upload_file", str(source)]
        return [*line, CONTENT_BUCKET, "boto3"]

    def download(self, uploaded: str, target: Path) -> list[str]:
        """Call `download_file`."""
        line = [str(BOTO3_PYTHON), "-c", _BOTO3, "download_file"]
        return [*line, CONTENT_BUCKET, uploaded, str(target)]

    def delete(self, uploaded: str) -> list[str]:
        """Delete the object."""
        return [str(BOTO3_PYTHON), "-c", _DELETE, CONTENT_BUCKET, uploaded]


@dataclass(frozen=True)
class Aws:
    """`aws s3 cp`, straight to S3."""

    name: str = "aws"

    def upload(self, source: Path) -> list[str]:
        """Copy there."""
        return self._copy(str(source), f"s3://{CONTENT_BUCKET}/aws")

    def download(self, uploaded: str, target: Path) -> list[str]:
        """Copy back."""
        return self._copy(_url(uploaded), str(target))

    def delete(self, uploaded: str) -> list[str]:
        """Delete the object."""
        return [str(BOTO3_PYTHON), "-c", _DELETE, CONTENT_BUCKET, _url(uploaded).rpartition("/")[2]]

    def _copy(self, *more: str) -> list[str]:
        return [str(AWS_COMMAND), "s3", "cp", "--no-progress", *more]


def straight_to_s3() -> list[Client]:
    """The contestants that need no server but S3, as far as they are installed."""
    return [Larder(), Boto3(), *([Aws()] if AWS_COMMAND.exists() else [])]


def through_the_front_door(front_door: Api, functions: Api) -> list[Client]:
    """Clients that know nothing of Larder."""
    sdk = OpenaiSdk("openai, front door", front_door, functions)
    curl = shutil.which("curl")
    return [sdk, *([Curl("curl, front door", curl, front_door, functions)] if curl else [])]


def _id(uploaded: str) -> str:
    return str(json.loads(uploaded)["id"])


def _url(uploaded: str) -> str:
    return uploaded.rsplit(maxsplit=1)[-1]  # "upload: here to s3://bucket/key"
