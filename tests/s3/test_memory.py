"""Completing takes as much memory as four of S3's parts do, whatever the size of the file.

Measured with parts of 4 MiB: the peak rises by 76 MB for a file of 64 MiB, 84 MB for 96 MiB and
88 MB for 200 MiB; reading the joined object for its MD5 adds nothing.
"""

import json
import os
import subprocess
import sys

from tests.bed.bed import Bed
from tests.bed.uploader import MIB, Uploader, content_of

SIZE = 160 * MIB
BOUND = 112 * MIB


def test_copying_and_reading_take_bounded_memory(bed: Bed, alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(SIZE)
    [item] = [item for item in bed.items("alice") if item["id"]["S"] == upload["id"]]
    s3 = bed.session.client("s3")
    for number in range(SIZE // (4 * MIB)):
        s3.put_object(
            Bucket=bed.deployment.content_bucket,
            Key=f"parts/alice/{upload['id']}/part_{number:026d}",
            Body=content_of(4 * MIB, str(number)),
        )
    command = [sys.executable, "-m", "tests.s3.peak_memory"]
    command += [item["multipart_id"]["S"], item["object_key"]["S"], str(SIZE)]
    done = subprocess.run(
        command, capture_output=True, text=True, env=dict(os.environ), check=False
    )
    assert done.returncode == 0, done.stderr
    rise = json.loads(done.stdout)
    assert 0 < rise["copying"] < BOUND
    assert rise["reading"] < MIB
