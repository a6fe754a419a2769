"""The checksum that S3 keeps of whole objects, computed by AWS's own library."""

import base64
from collections.abc import Iterable

from awscrt.checksums import crc64nvme as checksum  # type: ignore[import-untyped]


def crc64nvme(*pieces: bytes) -> str:
    """Return the CRC64NVME of all pieces together, in base64 as S3 writes it."""
    return crc64nvme_of(pieces)


def crc64nvme_of(pieces: Iterable[bytes]) -> str:
    """Return the CRC64NVME of a stream of pieces."""
    running = 0
    for piece in pieces:
        running = checksum(piece, running)
    return base64.b64encode(running.to_bytes(8, "big")).decode()
