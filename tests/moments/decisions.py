"""Finds the comparisons with a time in the code that is deployed or installed."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("lambdas", "front_door", "larder")

# What holds a point in time, and what tells one.
_TIME = re.compile(r"now|until|deadline|older_than|st_mtime|_?ends|\w+_(at|until)")
_CLOCKS = frozenset({"time", "monotonic"})
_CONDITION = re.compile(r"#?\w+_(at|until)\s*(<=|>=|<|>|BETWEEN)\s*:")
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def decisions() -> set[str]:
    """Return each as its file and its text: `lambdas/core/upload.py: self.expires_at <= now`."""
    return {
        f"{path.relative_to(ROOT)}: {text}"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for text in decisions_in(path.read_text())
    }


def decisions_in(code: str) -> Iterator[str]:
    """Yield the comparisons of a module: in Python, by `min` or `max`, or in DynamoDB's words."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str) and _CONDITION.search(node.value):
                yield node.value
        elif (_is_order(node) or _is_choice(node)) and _tells_time(node):
            yield ast.unparse(node)


def _is_order(node: ast.AST) -> bool:
    return isinstance(node, ast.Compare) and any(isinstance(op, _ORDER) for op in node.ops)


def _is_choice(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("min", "max")
    )


def _tells_time(node: ast.AST) -> bool:
    return any(
        _TIME.fullmatch(name) is not None or (is_called and name in _CLOCKS)
        for name, is_called in _names(node)
    )


def _names(node: ast.AST) -> Iterator[tuple[str, bool]]:
    """Yield what an expression names, and whether that is called."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id, False
        elif isinstance(part, ast.Attribute):
            yield part.attr, False
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value, False
        elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
            yield part.func.attr, True
