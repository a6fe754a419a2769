"""The lines of a file, of any length."""

import io
from collections.abc import Iterator

_BUFFERED_BYTES = 2**16
_SKIPPED_BYTES = 2**20


def lines_of(chunks: Iterator[memoryview], most: int) -> Iterator[bytes]:
    r"""The lines with their ends, which are `\n`; the last one may have none.

    A line longer than `most` bytes, without its end, is cut to `most + 2` bytes, so that memory is
    bounded.
    """
    file = io.BufferedReader(_Content(chunks), _BUFFERED_BYTES)
    while line := file.readline(most + 2):
        yield line
        if len(line) > most:
            while line and not line.endswith(b"\n"):
                line = file.readline(_SKIPPED_BYTES)


class _Content(io.RawIOBase):
    """Chunks as a file object, since the standard library splits lines fastest."""

    def __init__(self, chunks: Iterator[memoryview]) -> None:
        self._chunks = chunks
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._left:
            self._left = next(self._chunks, self._left)
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size
