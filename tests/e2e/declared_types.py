"""The types that the Node SDK declares, which it does not check itself, held against values."""

import re
from pathlib import Path
from typing import Any

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_INTERFACE = re.compile(r"^export interface (\w+) \{\n(.*?)^\}", re.DOTALL | re.MULTILINE)
_FIELD = re.compile(r"^    (\w+)(\??): ([^;]+);$", re.MULTILINE)
_BASIC: dict[str, type] = {"string": str, "number": int, "boolean": bool, "null": type(None)}


class DeclaredTypes:
    """The interfaces of some declaration files; one of the same name in a later file wins."""

    def __init__(self, *files: Path) -> None:
        self._interfaces = {
            name: [(field, bool(optional), kind) for field, optional, kind in _FIELD.findall(body)]
            for file in files
            for name, body in _INTERFACE.findall(_COMMENT.sub("", file.read_text("utf-8")))
        }

    def problems(self, kind: str, value: Any) -> list[str]:
        """Say which fields of a value are not as an interface declares them."""
        found = []
        for field, optional, type_of_field in self._interfaces[kind]:
            if field not in value:
                found += [] if optional else [f"{kind}.{field} is missing"]
            elif not self._is_any_of(type_of_field.split(" | "), value[field]):
                found.append(f"{kind}.{field} is {value[field]!r}, declared {type_of_field}")
        return found

    def _is_any_of(self, kinds: list[str], value: Any) -> bool:
        return any(self._is(kind, value) for kind in kinds)

    def _is(self, kind: str, value: Any) -> bool:
        if kind.startswith("'"):
            return bool(value == kind.strip("'"))
        if kind in _BASIC:
            return type(value) is _BASIC[kind]
        interface = kind.rpartition(".")[2]  # declared as FilesAPI.FileObject, say
        return isinstance(value, dict) and not self.problems(interface, value)
