"""When a deployment is due: what `make run` remembers of the last one."""

from pathlib import Path

import pytest

from infra.bundle.console import console_inputs
from infra.bundle.contents import FUNCTIONS
from infra.local.deploy import SOURCES, fingerprint

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one file in every place that decides what is deployed."""
    for name in SOURCES:
        path = tmp_path / name if "." in name else tmp_path / name / "module.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("before")
    return tmp_path


@pytest.mark.parametrize("name", SOURCES)
def test_a_change_in_what_is_deployed_is_seen(checkout: Path, name: str) -> None:
    before = fingerprint(4580, checkout)
    (checkout / name if "." in name else checkout / name / "module.py").write_text("after")
    assert fingerprint(4580, checkout) != before


def test_all_that_the_functions_are_made_of_is_among_it() -> None:
    made_of = [*FUNCTIONS.sources, *(name for name, _ in console_inputs(ROOT))]
    assert [name for name in made_of if not name.startswith(SOURCES)] == []


def test_another_port_is_another_deployment(checkout: Path) -> None:
    assert fingerprint(4580, checkout) != fingerprint(4581, checkout)


@pytest.mark.parametrize("name", ["README.md", "tests/test_a.py", "infra/__pycache__/a.pyc"])
def test_nothing_else_is_a_reason_to_deploy(checkout: Path, name: str) -> None:
    before = fingerprint(4580, checkout)
    (checkout / name).parent.mkdir(exist_ok=True)
    (checkout / name).write_text("anything")
    assert fingerprint(4580, checkout) == before
