"""Completing takes as much memory as four of S3's parts do, whatever the sizes of file and parts.

Measured for a file of 160 MiB: the peak rises by 45 MiB with parts of 64 KiB, 51 MiB with 4 MiB and
at most 76 MiB with sizes between; with the pieces twice in memory it would be 100 to 130 MiB.
Reading the joined object for its MD5 adds nothing.
"""

import json
import os
import subprocess
import sys

from tests.bed.bed import Bed
from tests.bed.uploader import MIB, Uploader, content_of

SIZE = 160 * MIB
EACH = MIB // 4
"""The size of a part that takes most."""

BOUND = 96 * MIB


def test_copying_and_reading_take_bounded_memory(bed: Bed, alice_uploads: Uploader) -> None:
    upload = alice_uploads.begin(SIZE)
    [item] = [item for item in bed.items("alice") if item["id"]["S"] == upload["id"]]
    s3 = bed.session.client("s3")
    for number in range(SIZE // EACH):
        s3.put_object(
            Bucket=bed.deployment.content_bucket,
            Key=f"parts/alice/{upload['id']}/part_{number:026d}",
            Body=content_of(EACH, str(number)),
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
