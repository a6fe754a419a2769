"""Cutting parts of any sizes into pieces of one size."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Segment:
    """Bytes `start` to `stop` of one part, `stop` not included."""

    part_id: str
    start: int
    stop: int

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return self.stop - self.start


def segments(parts: Sequence[tuple[str, int]], size: int) -> Iterator[list[Segment]]:
    """Yield pieces of exactly `size` bytes, the last of the rest, each as segments of parts.

    `parts` are ids and sizes in order. No piece is empty.
    """
    piece: list[Segment] = []
    missing = size
    for part_id, part_size in parts:
        start = 0
        while start < part_size:
            stop = min(part_size, start + missing)
            piece.append(Segment(part_id, start, stop))
            missing -= stop - start
            start = stop
            if not missing:
                yield piece
                piece, missing = [], size
    if piece:
        yield piece
