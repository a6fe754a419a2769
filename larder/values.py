"""Sizes, durations and numbers as people write them: `10GiB`, `7d`."""

import re

_SIZE_UNITS = {"": 1, "b": 1, "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40}
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}

MOST_BYTES = 2**60
"""The largest size: 1 EiB, beyond what anybody stores and well within what DynamoDB counts."""

MOST_SECONDS = 36_500 * 86400
"""The longest duration: a hundred years, after which there still is a date to show."""


def parse_size(text: str) -> int:
    """Bytes in a size such as `10GiB`, `1.5 MiB` or `4096`.

    Raises ValueError, naming the units, for anything else, and the bound for more than 1 EiB. Units
    are powers of two only: the limits of the service are, and `10GB` would be read two ways.
    """
    match = re.fullmatch(r"0*(\d+)(?:\.(\d+))?\s*([a-z]*)", text.strip().lower(), re.ASCII)
    if match is None or match[3] not in _SIZE_UNITS:
        raise ValueError(
            f"{_quoted(text)} is not a size: write bytes or use KiB, MiB, GiB, TiB, such as 10GiB"
        )
    # In whole numbers, since a float is exact up to 8 PiB only; a TiB has no more than 13 digits.
    whole, fraction = match[1], (match[2] or "")[:15].ljust(15, "0")
    # The interpreter itself refuses to read thousands of digits.
    size = int(whole[:20] + fraction) * _SIZE_UNITS[match[3]] // 10**15
    if size > MOST_BYTES:
        raise ValueError(f"{_quoted(text)} is too large: at most 1048576TiB, which is 1 EiB")
    return size


def parse_duration(text: str, *, least: int = 0) -> int:
    """Seconds in a duration such as `7d`, `12h` or `3600` (seconds).

    Raises ValueError, naming the units, for anything else, and the bounds for less than `least`
    seconds or more than a hundred years.
    """
    match = re.fullmatch(r"0*(\d+)\s*([a-z]?)", text.strip().lower(), re.ASCII)
    if match is None or (match[2] or "s") not in _SECONDS:
        raise ValueError(
            f"{_quoted(text)} is not a duration: write a number with s, m, h, d or w, such as 7d"
        )
    unit = _SECONDS[match[2] or "s"]
    if len(match[1]) > 10 or not least <= int(match[1]) * unit <= MOST_SECONDS:
        raise ValueError(f"{_quoted(text)} is out of bounds: {least}s to {MOST_SECONDS // 86400}d")
    return int(match[1]) * unit


def parse_count(text: str, what: str, most: int) -> int:
    """A number of something, 1 to `most`; ValueError, naming the bounds, for anything else."""
    digits = re.fullmatch(r"0*([1-9]\d{0,9})", text, re.ASCII)
    if digits is None or int(digits[1]) > most:
        raise ValueError(f"{_quoted(text)} is not a number of {what}, 1 to {most}")
    return int(digits[1])


def format_size(size: float) -> str:
    """A number of bytes as a person reads it, such as `1.5 MiB`."""
    if abs(size) >= 2**80:
        return "more than 1 YiB" if size > 0 else "less than -1 YiB"
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:39]}…")
