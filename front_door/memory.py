"""Memory that is given back to the system as soon as it is done with."""

import ctypes

from front_door.settings import MIB

# <malloc.h>
M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3


def give_large_blocks_back() -> None:
    """Have glibc give back every block of 1 MiB and more once it is freed.

    From the first such block it would learn to keep them, and many requests at once, each of
    which grows its own, would leave holes of as much memory again as they use. What lies below
    that is read into anew with every chunk that comes, so some of it is kept.
    https://man7.org/linux/man-pages/man3/mallopt.3.html
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # macOS has none
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, MIB)
        mallopt(M_TRIM_THRESHOLD, 4 * MIB)
