"""A target with a fault, so that a test can see it found; no run tries it unless it is asked to."""

TOKENS = (b"larder",)


def run(data: bytes) -> None:
    """Fail on what chance alone would not find in years."""
    if data[:1] == b"a" and data[1:2] == b"t" and b"larder" in data[2:]:
        raise LookupError(f"a planted fault, in {len(data)} bytes")
