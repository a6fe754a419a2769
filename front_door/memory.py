"""Gives memory back to the system as soon as it is freed."""

import ctypes

from front_door.settings import MIB

# <malloc.h>
M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3


def give_large_blocks_back() -> None:
    """Have glibc give back every block of 1 MiB and more once it is freed.

    By default glibc starts to keep such blocks once one was freed. Many requests at once, each with
    a growing buffer, would then leave holes of as much memory again as they use. Smaller blocks
    are used again for every chunk, so some of these are kept.
    https://man7.org/linux/man-pages/man3/mallopt.3.html
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # macOS has none
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, MIB)
        mallopt(M_TRIM_THRESHOLD, 4 * MIB)
