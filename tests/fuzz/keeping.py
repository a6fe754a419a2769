"""The corpus: what stays of what was tried, the shortest inputs that reach something new."""

import sys
from collections.abc import Callable
from hashlib import sha256
from types import FrameType
from typing import Any

from tests.fuzz.findings import fault_of
from tests.fuzz.target import CORPUS, ROOT, WORK, Target, target_of

# Whose lines count: libFuzzer counts how often each was reached too, which would keep far more.
OURS = tuple(f"{ROOT}/{package}/" for package in ("lambdas", "front_door", "larder"))
COUNTED_TOO = "/site-packages/multipart.py"

Arcs = set[tuple[str, int, int]]
"""From which line of which file to which."""


def keep(name: str) -> str:
    """Add to a target's corpus whatever runs have found that reaches what nothing there does."""
    target = target_of(name)
    reached: Arcs = set()
    for path in target.corpus:
        reached |= arcs_of(target, path.read_bytes())
    for path in sorted((WORK / name).glob("*"), key=lambda path: path.stat().st_size):
        data = path.read_bytes()
        if more := arcs_of(target, data) - reached:
            reached |= more
            kept = CORPUS / name / sha256(data).hexdigest()[:16]
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(data)
    size = sum(path.stat().st_size for path in target.corpus)
    return f"{name}: {len(target.corpus)} entries of {size} bytes reach {len(reached)} arcs"


def arcs_of(target: Target, data: bytes) -> Arcs:
    """Return what an input reaches."""
    arcs: Arcs = set()

    def on_call(frame: FrameType, _event: str, _argument: Any) -> Callable[..., Any] | None:
        filename, line = frame.f_code.co_filename, 0
        if not (filename.startswith(OURS) or filename.endswith(COUNTED_TOO)):
            return None

        def on_line(frame: FrameType, event: str, _argument: Any) -> Callable[..., Any]:
            nonlocal line
            if event == "line":
                arcs.add((filename, line, frame.f_lineno))
                line = frame.f_lineno
            return on_line

        return on_line

    before = sys.gettrace()
    sys.settrace(on_call)
    try:
        fault_of(target, data)
    finally:
        sys.settrace(before)
    return arcs
