"""Sizes, durations, numbers and owners as people write them: `10GiB`, `7d`."""

import re

_BINARY_UNITS = {"kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40}
_DECIMAL_UNITS = {"kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
_SIZE_UNITS = {"": 1, "b": 1} | _BINARY_UNITS | _DECIMAL_UNITS
_OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
_PROFILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}

MOST_BYTES = 2**60
"""The largest size: 1 EiB, beyond what anybody stores and well within what DynamoDB counts."""

MOST_SECONDS = 36_500 * 86400
"""The longest duration: a hundred years, after which there still is a date to show."""


def parse_size(text: str) -> int:
    """Bytes in a size such as `10GiB`, `1.5 MB` or `4096`; a GB is 10^9 bytes, a GiB 2^30.

    Raises ValueError, naming the units, for anything else, and the bound for more than 1 EiB. A
    unit of one letter, as in `10G`, is none: some programs read it as 10^9 bytes, others as 2^30.
    """
    match = re.fullmatch(r"0*(\d+)(?:\.(\d+))?\s*([a-z]*)", text.strip().lower(), re.ASCII)
    if match is None or match[3] not in _SIZE_UNITS:
        raise ValueError(
            f"{_quoted(text)} is not a size: write bytes or use KiB, MiB, GiB, TiB "
            "(KB, MB, GB, TB are powers of ten), such as 10GiB"
        )
    # In whole numbers, since a float is exact up to 8 PiB only; a TiB has no more than 13 digits.
    whole, fraction = match[1], (match[2] or "")[:15].ljust(15, "0")
    # The interpreter itself refuses to read thousands of digits.
    size = int(whole[:20] + fraction) * _SIZE_UNITS[match[3]] // 10**15
    if size > MOST_BYTES:
        raise ValueError(f"{_quoted(text)} is too large: at most 1048576TiB, which is 1 EiB")
    return size


def parse_duration(text: str, *, least: int = 0, most: int = MOST_SECONDS) -> int:
    """Seconds in a duration such as `7d`, `12h` or `3600` (seconds).

    Raises ValueError, naming the units, for anything else, and the bounds for less than `least`
    or more than `most` seconds.
    """
    match = re.fullmatch(r"0*(\d+)\s*([a-z]?)", text.strip().lower(), re.ASCII)
    if match is None or (match[2] or "s") not in _SECONDS:
        raise ValueError(
            f"{_quoted(text)} is not a duration: write a number with s, m, h, d or w, such as 7d"
        )
    unit = _SECONDS[match[2] or "s"]
    if len(match[1]) > 10 or not least <= int(match[1]) * unit <= most:
        bounds = f"{_format_duration(least)} to {_format_duration(most)}"
        raise ValueError(f"{_quoted(text)} is out of bounds: {bounds}")
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


def format_exactly(size: int) -> str:
    """The same, with the number of bytes behind it where it has been rounded."""
    text = format_size(size)
    is_exact = abs(size) < 2**60 and parse_size(text.lstrip("-")) == abs(size)
    return text if is_exact else f"{text} ({size} bytes)"


def owner_name(text: str) -> str:
    """The text, if it can name an owner; else ValueError."""
    if not _OWNER.fullmatch(text):
        raise ValueError(
            f"{_quoted(text)} cannot name an owner: 1 to 64 of A-Z a-z 0-9 . _ @ + -, "
            "the first a letter or digit"
        )
    return text


def profile_name(text: str) -> str:
    """The text, if it can name a profile; else ValueError."""
    if is_like_a_key(text):
        raise ValueError("what begins with sk- cannot name a profile: it looks like a key")
    if not is_profile_name(text):
        raise ValueError(
            f"{_quoted(text)} cannot name a profile: 1 to 64 of A-Z a-z 0-9 . _ -, "
            "the first a letter or digit"
        )
    return text


def is_profile_name(text: str) -> bool:
    """Whether it can name a profile."""
    return _PROFILE.fullmatch(text) is not None


def is_like_a_key(text: str) -> bool:
    """Whether it begins as keys do, Larder's and others': it is not to be shown."""
    return text.strip().lower().startswith("sk-")


def _format_duration(seconds: int) -> str:
    """In the longest unit that it is whole in, weeks apart: `1h`, `30d`, `90s`."""
    for unit in ("d", "h", "m"):
        if seconds and seconds % _SECONDS[unit] == 0:
            return f"{seconds // _SECONDS[unit]}{unit}"
    return f"{seconds}s"


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:39]}…")
