"""A fault that was found: the shortest input that still shows it, and how to see it again."""

import sys
import traceback
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from tests.fuzz.target import FINDINGS, ROOT, Target


def fault_of(target: Target, data: bytes) -> BaseException | None:
    """Try one input, and return what it raises."""
    try:
        target.run(data)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        return error
    return None


def kind_of(error: BaseException) -> tuple[object, ...]:
    """Tell faults apart: by what is raised, and where in this repository."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if frame.filename.startswith(str(ROOT))]
    return type(error), ours[-1].filename, ours[-1].lineno


def shortest(data: bytes, is_the_same: Callable[[bytes], bool]) -> bytes:
    """Leave out whatever can be left out, in halves and then in ever smaller pieces."""
    size = len(data) // 2
    while size:
        at = 0
        while at < len(data):
            shorter = data[:at] + data[at + size :]
            if is_the_same(shorter):
                data = shorter
            else:
                at += size
        size //= 2
    return data


def report(target: Target, data: bytes) -> str:
    """Write an input that shows a fault to a file, as short as it goes, and say where it is."""
    error = fault_of(target, data)
    if error is None:
        return f"{target.name}: an input took too long:\n{_kept(target, data)}"
    shown = [error]

    def is_the_same(shorter: bytes) -> bool:
        found = fault_of(target, shorter)
        if found is None or kind_of(found) != kind_of(error):
            return False
        shown.append(found)
        return True

    data = shortest(data, is_the_same)
    return f"{told(shown[-1])}\n{target.name}: a fault:\n{_kept(target, data)}"


def told(error: BaseException) -> str:
    """Show what was raised, and where."""
    return "".join(traceback.format_exception(error)).rstrip()


def _kept(target: Target, data: bytes) -> str:
    path = FINDINGS / f"{target.name}-{sha256(data).hexdigest()[:12]}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    python = Path(sys.executable)
    shown = python.relative_to(ROOT) if python.is_relative_to(ROOT) else python
    return (
        f"  {len(data)} bytes: {data[:200]!r}\n"
        f"  again: {shown} -m tests.fuzz --replay {path.relative_to(ROOT)}"
    )
