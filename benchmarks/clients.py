"""The contestants: how each uploads, downloads and deletes, as commands to run.

An upload prints where the file is, and that is what a download and a delete are given.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

from tests.bed.environment import CONTENT_BUCKET

AWS_COMMAND = Path(__file__).parent.parent / ".venv-benchmark" / "bin" / "aws"

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


@dataclass(frozen=True)
class Client:
    """One contestant."""

    name: str

    def upload(self, source: Path) -> list[str]:
        """Send a file."""
        if self.name == "larder":
            return [sys.executable, "-c", _LARDER, "upload", str(source)]
        if self.name == "boto3":
            line = [sys.executable, "-c", _BOTO3, "upload_file", str(source)]
            return [*line, CONTENT_BUCKET, "boto3"]
        return [str(AWS_COMMAND), "s3", "cp", "--no-progress", str(source), _aws_url()]

    def download(self, uploaded: str, target: Path) -> list[str]:
        """Fetch what `upload` has sent."""
        if self.name == "larder":
            return [sys.executable, "-c", _LARDER, "download", uploaded, "-o", str(target)]
        if self.name == "boto3":
            line = [sys.executable, "-c", _BOTO3, "download_file"]
            return [*line, CONTENT_BUCKET, "boto3", str(target)]
        return [str(AWS_COMMAND), "s3", "cp", "--no-progress", _aws_url(), str(target)]

    def delete(self, uploaded: str) -> list[str]:
        """Make room for the next."""
        if self.name == "larder":
            return [sys.executable, "-c", _LARDER, "delete", uploaded]
        key = "boto3" if self.name == "boto3" else "aws"
        return [sys.executable, "-c", _DELETE, CONTENT_BUCKET, key]


def clients() -> tuple[list[Client], list[str]]:
    """The contestants that are installed, and a line for each that is not."""
    found = [Client("larder"), Client("boto3")]
    if AWS_COMMAND.exists():
        return [*found, Client("aws")], []
    return found, ["The AWS command line was not installed: `make bench-transfer` installs it."]


def _aws_url() -> str:
    return f"s3://{CONTENT_BUCKET}/aws"
