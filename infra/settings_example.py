"""The example of the team's file, made from the settings' own classes and docstrings.

`python -m infra.settings_example > docs/larder.example.toml` writes it anew; a test holds it.
"""

import json
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from types import NoneType
from typing import Any, get_args, get_type_hints

from infra.fields import is_required
from infra.settings import NOT_SETTINGS
from infra.stages import Stage

_HEAD = """\
# The settings of your team: copy what you change into larder.toml, beside the Makefile. Larder
# never writes that file, so taking a newer Larder is no merge. Another place: SETTINGS=/path.
#
# Each setting stands here with its default, which is that of stage prod; dev differs in retain,
# log_days and cors_origins. A size may be a number of bytes or such as "10 GiB". What has no
# default is false. A stage of your own begins as one that there is:
#
# [staging]
# like = "prod"
"""
_WIDTH = 100
_UNITS = (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10))


def example() -> str:
    """The file's text."""
    return "\n".join((_HEAD, *_table(Stage, "prod", wanted=True))) + "\n"


def _table(kind: Any, name: str, *, wanted: bool) -> Iterator[str]:
    """A table with its settings, and after it those within it.

    Args:
        kind: The settings' class.
        name: The table's.
        wanted: Whether it is there by default; else even its name is a comment.
    """
    kinds = get_type_hints(kind)
    sentences = _sentences(kind)
    own = [field for field in fields(kind) if kind is not Stage or field.name not in NOT_SETTINGS]
    yield f"[{name}]" if wanted else f"#[{name}]"
    within = []
    for field in own:
        nested = _nested(kinds[field.name])
        if nested is not None:
            within.append((field, nested))
            continue
        yield from _comment(sentences[field.name])
        yield f"#{field.name} = {_written(field)}"
    yield ""
    for field, nested in within:
        yield from _comment(sentences[field.name])
        there = wanted and field.default is not None
        yield from _table(nested, f"{name}.{field.name}", wanted=there)


def _nested(kind: Any) -> Any | None:
    """The settings' class that a field is of, or may be of."""
    kinds = [each for each in (get_args(kind) or (kind,)) if each is not NoneType]
    return kinds[0] if len(kinds) == 1 and is_dataclass(kinds[0]) else None


def _comment(sentence: str) -> list[str]:
    return textwrap.wrap(
        sentence, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False
    )


def _sentences(kind: Any) -> dict[str, str]:
    """What a class's docstring says of each of its arguments."""
    _, _, rest = (kind.__doc__ or "").partition("Args:\n")
    arguments = re.split(r"\n\s*\n", rest)[0]
    found = re.findall(r"^ {8}(\w+): (.+(?:\n {12}.+)*)", arguments, flags=re.MULTILINE)
    return {name: " ".join(sentence.split()) for name, sentence in found}


def _written(field: Field[Any]) -> str:
    if is_required(field):
        return '"…"  # must be said'
    made = field.default_factory
    default = field.default if made is MISSING else made()
    return _as_toml(default, size=field.name.endswith("_bytes"))


def _as_toml(value: Any, *, size: bool) -> str:
    match value:
        case None:
            return "false"
        case int() if size and not isinstance(value, bool):
            unit = next(((name, factor) for name, factor in _UNITS if value % factor == 0), None)
            return f'"{value // unit[1]} {unit[0]}"' if unit else str(value)
        case tuple():
            return f"[{', '.join(_as_toml(each, size=size) for each in value)}]"
        case Mapping():
            pairs = (f"{_key(name)} = {_as_toml(each, size=size)}" for name, each in value.items())
            return f"{{ {', '.join(pairs)} }}" if value else "{}"
        case _:
            return json.dumps(value, ensure_ascii=False)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)


if __name__ == "__main__":
    sys.stdout.write(example())
