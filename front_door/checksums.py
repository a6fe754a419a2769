"""The checksum that S3 compares what it is sent with, by AWS's own library.

It takes a millisecond for 4 MiB, where the functions, which ship without it, leave it to S3.
"""

import base64

from awscrt.checksums import crc64nvme  # type: ignore[import-untyped]


def crc64nvme_of(content: bytes | bytearray) -> str:
    """Return the CRC64NVME in base64, as S3 writes it."""
    return base64.b64encode(crc64nvme(content).to_bytes(8, "big")).decode()
