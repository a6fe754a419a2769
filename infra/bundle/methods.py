"""Writes the methods of data classes into byte code, instead of having every cold start write them.

`dataclasses` makes a class's methods by compiling their text when the module is imported, a
millisecond each time. Here that is done once: `byte_code.py` runs this file as a program, by the
Python that the asset is for. The sources in the asset stay as they are, and mean the same.

Only `@dataclass(frozen=True, slots=True)` is known, which nearly all of ours are; any other class
is left alone.
"""

import ast
import marshal
import re
import sys
from collections.abc import Iterator
from importlib.util import cache_from_source
from pathlib import Path
from typing import TypeVar

N = TypeVar("N", bound=ast.AST)

_KNOWN = "dataclass(frozen=True, slots=True)"
_WITHOUT_METHODS = "dataclass(init=False, repr=False, eq=False, slots=True)"
_HEADER_BYTES = 16  # https://peps.python.org/pep-0552/
# `type(self)` is the class itself, since nothing inherits from one.
_METHODS = """
def __init__(self, {parameters}):
    {assignments}

def __repr__(self):
    return f"{{type(self).__qualname__}}({shown})"

def __eq__(self, other):
    if type(other) is not type(self):
        return NotImplemented
    return ({own}) == ({others})

def __hash__(self):
    return hash(({own}))

def __setattr__(self, name, value):
    from dataclasses import FrozenInstanceError
    raise FrozenInstanceError(f"cannot assign to field {{name!r}}")

def __delattr__(self, name):
    from dataclasses import FrozenInstanceError
    raise FrozenInstanceError(f"cannot delete field {{name!r}}")
"""

_FACTORY = "default_factory"
_NO_FIELD = ("ClassVar", "InitVar")
_WRITTEN = {"__post_init__", *re.findall(r"def (\w+)", _METHODS)}


def main() -> None:
    """Compile what has data classes anew: `-c PROGRAM FOLDER PACKAGE SOURCE_ROOT`."""
    folder, package, root = sys.argv[1:]
    for path in sorted(Path(folder, package).rglob("*.py")):
        tree = ast.parse(path.read_bytes())
        if write_methods(tree):
            name = f"{root}/{path.relative_to(folder).as_posix()}"
            compiled = Path(cache_from_source(str(path)))
            header = compiled.read_bytes()[:_HEADER_BYTES]
            code = compile(tree, name, "exec", dont_inherit=True)
            compiled.write_bytes(header + marshal.dumps(code))


def write_methods(tree: ast.Module) -> list[str]:
    """Give a module's data classes their methods, and return the names of those that got some."""
    classes = [cls for cls in ast.walk(tree) if isinstance(cls, ast.ClassDef) and _is_known(cls)]
    for cls in classes:
        fields = [part for part in cls.body if isinstance(part, ast.AnnAssign)]
        cls.decorator_list = [_placed(ast.parse(_WITHOUT_METHODS, mode="eval").body, cls)]
        cls.body += [_placed(method, cls) for method in ast.parse(_text_of(fields)).body]
    return [cls.name for cls in classes]


def _is_known(cls: ast.ClassDef) -> bool:
    """Tell whether a class has nothing but fields, and methods that `dataclass` writes none of."""
    decorators = [ast.unparse(decorator) for decorator in cls.decorator_list]
    own = {part.name for part in cls.body if isinstance(part, ast.FunctionDef)}
    annotations = [ast.unparse(p.annotation) for p in cls.body if isinstance(p, ast.AnnAssign)]
    return (
        decorators == [_KNOWN]
        and not cls.bases
        and not own & _WRITTEN
        and annotations != []
        and not any(annotation.startswith(_NO_FIELD) for annotation in annotations)
    )


def _text_of(fields: list[ast.AnnAssign]) -> str:
    names = [ast.unparse(field.target) for field in fields]
    return _METHODS.format(
        parameters=", ".join(map(_parameter, fields)),
        assignments="\n    ".join(_assignments(fields)),
        shown=", ".join(f"{name}={{self.{name}!r}}" for name in names),
        own="".join(f"self.{name}, " for name in names),
        others="".join(f"other.{name}, " for name in names),
    )


def _parameter(field: ast.AnnAssign) -> str:
    """Write a parameter; its default is the class's attribute of that name, `...` a factory's."""
    name = ast.unparse(field.target)
    if field.value is None:
        return name
    return f"{name}={name}" if _factory(field) is None else f"{name}=..."


def _assignments(fields: list[ast.AnnAssign]) -> Iterator[str]:
    for field in fields:
        name = ast.unparse(field.target)
        if factory := _factory(field):
            yield f"if {name} is ...: {name} = ({factory})()"
        yield f"object.__setattr__(self, {name!r}, {name})"


def _factory(field: ast.AnnAssign) -> str | None:
    """Return the expression of `field(default_factory=…)`."""
    if not isinstance(field.value, ast.Call) or ast.unparse(field.value.func) != "field":
        return None
    (given,) = field.value.keywords
    assert given.arg == _FACTORY, f"{ast.unparse(field)} has another default"
    return ast.unparse(given.value)


def _placed(node: N, cls: ast.ClassDef) -> N:
    """Say of all that was written that it is where the class is."""
    for each in ast.walk(node):
        ast.copy_location(each, cls)
    return node


if __name__ == "__main__":
    main()
