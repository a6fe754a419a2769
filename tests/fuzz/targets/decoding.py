"""Compressed bodies: a letter, `g` for gzip and else deflate, and then the body.

However it is cut into pieces, it is what Python's own modules make of it, or refused.
"""

import gzip
import zlib

from front_door.decoding import decoded
from lambdas.core.errors import UnsupportedEncoding
from tests.fuzz.both_ways import Chunks, done

TOKENS = (
    b"g" + gzip.compress(b"", mtime=0),
    gzip.compress(b"larder" * 100, mtime=0),
    b"d" + zlib.compress(b""),
    zlib.compress(b"larder" * 100),
    b"\x1f\x8b\x08",
    b"\x78\x9c",
    b"\x00\x00\x00\x00",
)

MOST = 2**20


def run(data: bytes) -> None:
    """Try one body."""
    encoding = "gzip" if data[:1] == b"g" else "deflate"
    whole = _read(data[1:], encoding, len(data))
    for chunk in (1, 2 + len(data) % 61):
        assert _read(data[1:], encoding, chunk) == whole, f"other in pieces of {chunk}"
    expected = _expected(data[1:], encoding)
    if expected is not None and len(expected) < MOST:
        assert whole == expected


def _read(body: bytes, encoding: str, chunk: int) -> bytes | None:
    """Read it as the front door does, up to `MOST`; None when it is refused."""

    async def read() -> bytes:
        readable = decoded(Chunks(body, chunk), encoding)  # type: ignore[arg-type]
        found = b""
        while len(found) < MOST and (piece := await readable.read()):
            found += piece
        return found

    try:
        return done(read())
    except UnsupportedEncoding:
        return None


def _expected(body: bytes, encoding: str) -> bytes | None:
    """Return what Python reads, None when it refuses it or takes more than the standard has."""
    try:
        if encoding == "gzip":
            is_whole = body != b"" and not body.endswith(b"\0")  # RFC 1952, 2.2 has members alone
            return gzip.decompress(body) if is_whole else None
        stream = zlib.decompressobj()
        content = stream.decompress(body, MOST)
    except (OSError, EOFError, zlib.error):
        return None
    return content if stream.eof and not stream.unused_data else None
