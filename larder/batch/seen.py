"""A compact set of digests."""

from array import array

_LEAST_SLOTS = 2**12


class Seen:
    """A set of numbers of 64 bits, in 12 to 24 bytes each where Python's own takes 60 to 100."""

    def __init__(self) -> None:
        """Has seen nothing."""
        self._slots = array("Q", bytes(8 * _LEAST_SLOTS))  # 0 is an empty one
        self._count = 0

    def add(self, digest: int) -> bool:
        """Adds it, cut to 64 bits, and tells whether it had been seen before."""
        digest = digest & 0xFFFF_FFFF_FFFF_FFFF or 1
        slots = self._slots
        last = len(slots) - 1
        place = digest & last
        while found := slots[place]:
            if found == digest:
                return True
            place = (place + 1) & last
        slots[place] = digest
        self._count += 1
        if 3 * self._count > 2 * last:
            self._grow()
        return False

    def _grow(self) -> None:
        old = self._slots
        self._slots = slots = array("Q", bytes(16 * len(old)))
        last = len(slots) - 1
        for digest in old:
            if digest:
                place = digest & last
                while slots[place]:
                    place = (place + 1) & last
                slots[place] = digest
