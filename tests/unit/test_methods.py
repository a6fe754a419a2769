"""Data classes whose methods are written when the asset is built are what `dataclasses` makes."""

import ast
import dataclasses
import sys
from types import ModuleType
from typing import Any

import pytest

from infra.bundle import Target
from infra.bundle.methods import write_methods
from tests.bed.asset import BOTH_TARGETS, told_by

SOURCE = '''
from dataclasses import dataclass, field

DEFAULT = "d"

@dataclass(frozen=True, slots=True)
class Known:
    """It has every kind of field."""

    plain: int
    named: str = DEFAULT
    made: list[int] = field(default_factory=lambda: [1])
    last: int | None = None

    def twice(self) -> int:
        return 2 * self.plain
'''

# Compares each data class of an asset with what `dataclasses` makes of the same fields, and prints
# those whose methods `dataclasses` did make.
COMPARE = """
import importlib, inspect, pkgutil, sys
from dataclasses import MISSING, field, fields, is_dataclass, make_dataclass

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import lambdas

def made_of(cls):
    def default(f):
        if f.default_factory is not MISSING:
            return (field(default_factory=f.default_factory),)
        return () if f.default is MISSING else (field(default=f.default),)

    parts = [(f.name, object, *default(f)) for f in fields(cls)]
    return make_dataclass(cls.__qualname__, parts, frozen=True, slots=True)

def parameters(cls):
    factories = {f.name for f in fields(cls) if f.default_factory is not MISSING}
    found = inspect.signature(cls).parameters.values()
    return [(p.name, p.kind, p.name in factories or p.default) for p in found]

count, of_dataclasses = 0, []
for module in pkgutil.walk_packages(lambdas.__path__, "lambdas."):
    if module.name.startswith(("lambdas.endpoints.", "lambdas.events.")):
        continue
    for name, cls in vars(importlib.import_module(module.name)).items():
        if not is_dataclass(cls) or cls.__module__ != module.name:
            continue
        if cls.__init__.__code__.co_filename == "<string>":
            of_dataclasses.append(name)
            continue
        count += 1
        twin = made_of(cls)
        assert parameters(cls) == parameters(twin), name
        assert cls.__match_args__ == twin.__match_args__ and cls.__slots__ == twin.__slots__, name
        values = [*map(str, range(len(fields(cls))))]
        assert repr(cls(*values)) == repr(twin(*values)), name
        assert hash(cls(*values)) == hash(twin(*values)), name
        for number in range(len(values)):
            assert cls(*values) != cls(*values[:number], None, *values[number + 1:]), name
print(count, *of_dataclasses)
"""


def class_of(source: str, name: str = "Known", *, written: bool) -> Any:
    """The class as a module defines it, with its methods written or not."""
    tree = ast.parse(source)
    assert not written or write_methods(tree) == [name]
    module = ModuleType("known")
    sys.modules["known"] = module  # `dataclasses` looks there what annotations mean
    exec(compile(tree, "known.py", "exec", dont_inherit=True), module.__dict__)
    return getattr(module, name)


@pytest.fixture(params=[False, True], ids=["made", "written"])
def known(request: pytest.FixtureRequest) -> Any:
    return class_of(SOURCE, written=request.param)


def test_it_is_made_by_position_by_name_and_by_defaults(known: Any) -> None:
    made = known(1, last=4)
    assert (made.plain, made.named, made.made, made.last) == (1, "d", [1], 4)
    assert known(1).made is not known(1).made
    assert known(1, "n", [], None).made == []
    assert made.twice() == 2


@pytest.mark.parametrize("wrong", [{}, {"plain": 1, "other": 2}])
def test_it_is_not_made_of_other_fields(known: Any, wrong: dict[str, int]) -> None:
    with pytest.raises(TypeError, match="argument"):
        known(**wrong)


def test_it_shows_its_fields(known: Any) -> None:
    assert repr(known(1)) == "Known(plain=1, named='d', made=[1], last=None)"


def test_it_equals_what_has_the_same_fields_and_class(known: Any) -> None:
    assert known(1) == known(1)
    assert known(1) != known(2)
    assert known(1) != (1, "d", [1], None)
    assert hash(known(1, made=())) == hash((1, "d", (), None))


def test_it_cannot_be_changed(known: Any) -> None:
    made = known(1)
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'plain'"):
        made.plain = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'plain'"):
        del made.plain
    assert not hasattr(made, "__dict__")


def test_it_is_a_data_class(known: Any) -> None:
    assert dataclasses.replace(known(1), plain=2) == known(2)
    assert [field.name for field in dataclasses.fields(known)] == [*known.__match_args__]
    assert dataclasses.astuple(known(1)) == (1, "d", [1], None)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("(frozen=True, slots=True)", "(slots=True)"),
        ("class Known:", "class Known(Exception):"),
        ("def twice", "def __eq__"),
        ("def twice", "def __post_init__"),
        ("plain: int\n", "plain: ClassVar[int]\n"),
    ],
)
def test_any_other_class_is_left_alone(old: str, new: str) -> None:
    assert old in SOURCE
    tree = ast.parse(SOURCE.replace(old, new))
    assert write_methods(tree) == []
    assert ast.unparse(tree) == ast.unparse(ast.parse(SOURCE.replace(old, new)))


@pytest.mark.slow
@pytest.mark.xdist_group("bundle")
@BOTH_TARGETS
def test_an_asset_s_data_classes_are_what_dataclasses_makes(target: Target) -> None:
    count, *of_dataclasses = told_by(COMPARE, target).split()
    assert int(count) > 40
    assert of_dataclasses == ["Taking", "_Line"]
