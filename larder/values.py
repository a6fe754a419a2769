"""Sizes and durations as people write them: `10GiB`, `7d`."""

import re

_SIZE_UNITS = {"": 1, "b": 1, "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40}
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def parse_size(text: str) -> int:
    """Bytes in a size such as `10GiB`, `1.5 MiB` or `4096`.

    Raises ValueError, naming the units, for anything else. Units are powers of two only: the
    limits of the service are, and `10GB` would be read two ways.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", text.strip().lower(), re.ASCII)
    if match is None or match[2] not in _SIZE_UNITS:
        raise ValueError(
            f"{text!r} is not a size: write bytes or use KiB, MiB, GiB, TiB, such as 10GiB"
        )
    return int(float(match[1]) * _SIZE_UNITS[match[2]])


def parse_duration(text: str) -> int:
    """Seconds in a duration such as `7d`, `12h` or `3600` (seconds).

    Raises ValueError, naming the units, for anything else.
    """
    match = re.fullmatch(r"(\d+)\s*([a-z]?)", text.strip().lower(), re.ASCII)
    if match is None or (match[2] or "s") not in _SECONDS:
        raise ValueError(
            f"{text!r} is not a duration: write a number with s, m, h, d or w, such as 7d"
        )
    return int(match[1]) * _SECONDS[match[2] or "s"]


def format_size(size: float) -> str:
    """A number of bytes as a person reads it, such as `1.5 MiB`."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"
