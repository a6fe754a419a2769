"""Values of a settings class by the types of its fields, whatever the class."""

from dataclasses import dataclass
from typing import Any, Literal

import pytest

from infra.fields import FieldError, with_changes


@dataclass(frozen=True)
class Domain:
    name: str
    certificate: str
    least: Literal["1.2", "1.3"] = "1.2"
    share: float = 0.5

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("name cannot be empty.")


@dataclass(frozen=True)
class Settings:
    domain: Domain | None = None


def read(table: dict[str, Any], base: Settings | None = None) -> Settings:
    return with_changes(base or Settings(), table, "prod")


def test_what_was_not_there_is_made() -> None:
    made = read({"domain": {"name": "a", "certificate": "b"}})
    assert made == Settings(Domain("a", "b"))


def test_what_was_there_is_changed() -> None:
    made = read({"domain": {"least": "1.3", "share": 1}}, Settings(Domain("a", "b")))
    assert made == Settings(Domain("a", "b", "1.3", 1.0))


@pytest.mark.parametrize("table", [{"domain": True}, {"domain": {}}])
def test_what_must_be_said_is_asked_for(table: dict[str, Any]) -> None:
    with pytest.raises(FieldError, match=r"\[prod\.domain\] must name name and certificate\."):
        read(table)


def test_one_of_few_values_is_refused_with_the_others() -> None:
    domain = {"name": "a", "certificate": "b", "least": "1.0"}
    with pytest.raises(
        FieldError, match=r"least cannot be '1\.0'. It takes one of: '1\.2', '1\.3'"
    ):
        read({"domain": domain})


def test_what_the_class_refuses_has_its_place() -> None:
    with pytest.raises(FieldError, match=r"^\[prod\.domain\]: name cannot be empty\.$"):
        read({"domain": {"name": "", "certificate": "b"}})
