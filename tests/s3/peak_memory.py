"""How much memory it takes to copy, join and read an upload's parts, in a process of its own.

Started by `test_memory.py` with multipart id, object key and size as arguments and the functions'
environment. Prints JSON: how many bytes the peak rose by while copying, then while reading.
"""

import hashlib
import json
import resource
import sys
from pathlib import Path

from lambdas.core.upload import MIB, PENDING, Upload
from lambdas.stores.content import Bucket
from lambdas.stores.parts import BucketParts

STATUS = Path("/proc/self/status")


def peak() -> int:
    """The most memory that this process has had, in bytes.

    Linux counts in `ru_maxrss` what the parent had when it started this process, too.
    """
    if STATUS.exists():
        [line] = [line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(multipart_id: str, object_key: str, size: int) -> None:
    """Copy the staged parts, join them, and read the object once."""
    owner, upload_id = object_key.split("/")[1:]
    upload = Upload(
        owner=owner,
        id=upload_id,
        status=PENDING,
        bytes=size,
        filename="a",
        purpose="batch",
        mime_type="text/plain",
        seconds=3600,
        part_size=8 * MIB,
        expires_at=0,
        lasts_until=0,
        object_key=object_key,
        multipart_id=multipart_id,
        reserved=0,
    )
    parts = BucketParts(Bucket.from_environment())
    staged = parts.staged(upload)
    assert sum(part.bytes for part in staged) == size
    before = peak()  # with the client made and connected
    copying = hashlib.md5()
    copied = parts.concatenate(upload, staged, copying)
    parts.join(upload, copied)
    after_copying = peak()
    reading = hashlib.md5()
    parts.feed(upload, reading)
    assert reading.hexdigest() == copying.hexdigest()
    print(json.dumps({"copying": after_copying - before, "reading": peak() - after_copying}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
