"""The command of a front door's task, which fetches the code and then runs it.

The image is AWS's own for Lambda, unchanged, so a deployment needs neither Docker nor a registry;
the code is a CDK asset. A test runs the same command against the emulator.
"""

# To pin it by digest, append "@sha256:…" to the tag. The digest of all
# platforms is what `docker buildx imagetools inspect IMAGE` and `skopeo inspect --raw docker://IMAGE
# | sha256sum` print, and what gallery.ecr.aws/lambda/python shows.
IMAGE = "public.ecr.aws/lambda/python:3.14.2026.10.08.12"

# The program must replace this process, so that it gets the signal to stop.
_SCRIPT = """
import os, sys, tempfile, zipfile
sys.path.append("/var/runtime")  # where the image may have boto3
import boto3

bucket, key = sys.argv[1:]
code = tempfile.mkdtemp()
with tempfile.TemporaryFile() as archive:
    boto3.client("s3").download_fileobj(bucket, key, archive)
    zipfile.ZipFile(archive).extractall(code)
os.chdir(code)  # from where -m loads the program and its packages before any others
os.execv(sys.executable, [sys.executable, "-m", "front_door"])
"""


def front_door_command(bucket: str, key: str) -> list[str]:
    """The arguments for Python 3.14, in an image that has boto3.

    Args:
        bucket: Where the code is.
        key: The name of its zip file there.
    """
    return ["-c", _SCRIPT.strip(), bucket, key]
