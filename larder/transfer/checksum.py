"""CRC64NVME, the checksum that S3 keeps of a whole object.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
"""

import base64
from collections.abc import Iterable

from anycrc import Model  # type: ignore[import-untyped]

# As fast as AWS's own library (awscrt), whose import collects entropy for 0.1 s.
_CRC64NVME = Model("CRC64-NVME")

Buffer = bytes | bytearray | memoryview


def checksum_of(chunks: Iterable[Buffer]) -> int:
    """The checksum of the chunks as one run of bytes."""
    value = 0
    for chunk in chunks:
        value = update(value, chunk)
    return value


def update(value: int, chunk: Buffer) -> int:
    """The checksum after one more chunk; it begins with 0."""
    return int(_CRC64NVME.calc(chunk, value))


def join(parts: Iterable[tuple[int, int]]) -> int:
    """The checksum of the whole from each part's checksum and size, in order."""
    value = 0
    for checksum, size in parts:
        value = _CRC64NVME.combine(value, checksum, size)
    return value


def encode(value: int) -> str:
    """The form that S3 and the API use: base64 of the 8 bytes, most significant first."""
    return base64.b64encode(value.to_bytes(8, "big")).decode()
