"""Regular expressions that were compiled when the asset was built.

Libraries compile about a hundred of them while they are imported, which took an eighth of a cold
start. `infra/bundle/patterns.py` writes them into the asset; where there is none, or one of another
Python, `re` compiles as ever.
"""

import _sre  # type: ignore[import-not-found]
import marshal
import os
import re
from collections.abc import Callable
from re import _compiler  # type: ignore[attr-defined]
from typing import Any

FILE = os.path.join(os.path.dirname(__file__), "patterns.bin")  # noqa: PTH118, PTH120
MADE_FOR = (_sre.MAGIC, _sre.CODESIZE)
"""What compiled patterns depend on: the engine's version, and the bytes of each of its words."""

Table = dict[tuple[str | bytes, int], tuple[Any, ...]]
"""What `_sre.compile` takes after the pattern, by pattern and flags."""


def use_compiled_patterns(path: str = FILE) -> None:
    """Have `re` look a pattern up before it compiles it."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            made_for, table = marshal.loads(file.read())  # noqa: S302
    except FileNotFoundError:
        return
    if made_for == MADE_FOR:
        _compiler.compile = looking_up(table, _compiler.compile)


def looking_up(table: Table, compile_pattern: Callable[..., re.Pattern[Any]]) -> Any:
    """Return a `compile` that asks the table first."""

    def compile_or_look_up(pattern: Any, flags: int = 0) -> re.Pattern[Any]:
        compiled = table.get((pattern, int(flags)))
        if compiled is None:
            return compile_pattern(pattern, flags)
        found: re.Pattern[Any] = _sre.compile(pattern, *compiled)
        return found

    return compile_or_look_up
