"""Decompresses a request's body, as API Gateway does before it calls a function.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-make-request-with-compressed-payload.html
"""

import zlib
from typing import Protocol

from front_door.body import Body
from lambdas.core.errors import UnsupportedEncoding

# Compressed bytes may become a thousand times as many, so they are decompressed little by little.
MOST_AT_ONCE = 64 * 1024

# https://docs.python.org/3/library/zlib.html#zlib.decompress
_FORMATS = {"gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class Readable(Protocol):
    """Bytes to read in order, with their count where it is known."""

    @property
    def size(self) -> int | None:
        """How many there will be."""

    async def read(self) -> bytes:
        """Return the next bytes, which are none only at the end."""


def decoded(body: Body, encoding: str | None) -> Readable:
    """Return a body as it was before it was compressed; raises UnsupportedEncoding."""
    if encoding in (None, "identity"):
        return body
    if encoding not in _FORMATS:
        raise UnsupportedEncoding
    return _Decompressed(body, _FORMATS[encoding])


class _Decompressed:
    """A compressed body, decompressed; its length is not known beforehand."""

    size = None

    def __init__(self, body: Body, wbits: int) -> None:
        self._body = body
        self._wbits = wbits
        self._stream = zlib.decompressobj(wbits)
        self._waiting = b""
        self._holds_more = False

    async def read(self) -> bytes:
        """Return the next bytes, which are none only at the end; raises UnsupportedEncoding too."""
        while await self._has_more():
            if content := self._next():
                return content
        if not self._stream.eof:
            raise UnsupportedEncoding
        return b""

    async def _has_more(self) -> bool:
        if not self._waiting and not self._holds_more:
            self._waiting = await self._body.read()
            if self._waiting and self._stream.eof:  # another member follows, as gzip allows
                self._stream = zlib.decompressobj(self._wbits)
        return bool(self._waiting) or self._holds_more

    def _next(self) -> bytes:
        try:
            content = self._stream.decompress(self._waiting, MOST_AT_ONCE)
        except zlib.error:
            raise UnsupportedEncoding from None
        self._holds_more = len(content) == MOST_AT_ONCE
        self._waiting = self._stream.unconsumed_tail
        if rest := self._stream.unused_data:
            self._waiting, self._stream = rest, zlib.decompressobj(self._wbits)
        return content
