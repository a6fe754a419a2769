"""Batch files as users have them."""

import json
from pathlib import Path

MIB = 2**20


def batch_of(size: int) -> bytes:
    """A batch file of chat completions, a few bytes under `size`, in lines that all differ."""
    lines: list[bytes] = []
    total = 0
    while True:
        line = _line(len(lines))
        if total + len(line) > size:
            return b"".join(lines)
        lines.append(line)
        total += len(line)


def large_file(path: Path, size: int) -> Path:
    """Write a file of exactly `size` bytes in which no two blocks are alike; returns the path."""
    with path.open("wb") as file:
        for number in range(-(-size // MIB)):
            block = number.to_bytes(8, "big") * (MIB // 8)
            file.write(block[: size - number * MIB])
    return path


def _line(number: int) -> bytes:
    request = {
        "custom_id": f"request-{number}",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {
            "model": "gpt-4o-mini",
            "messages": [{"role": "user", "content": f"Wie viele Äpfel sind {number} Äpfel? " * 8}],
        },
    }
    return json.dumps(request, ensure_ascii=False).encode() + b"\n"
