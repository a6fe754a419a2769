"""The sections of `make bench`, in the order in which they run; each is a module."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from benchmarks.results.figures import Measured


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured: rounds (None is the section's own) and the size of large files."""

    rounds: int | None = None
    mib: int = 512

    def rounds_or(self, usual: int) -> int:
        """The rounds that were asked for, or else so many."""
        return self.rounds or usual


@dataclass(frozen=True, slots=True)
class SectionRow:
    """A section: its name, the packages that matter, and those of other environments.

    Its module of the same name has `measure`, which yields one value after the other.
    """

    name: str
    packages: Sequence[str] = ()
    others: Sequence[tuple[str, str]] = ()

    @property
    def measure(self) -> Callable[[Scale], Measured]:
        """What measures it; loaded only then, as most of it is heavy."""
        module = import_module(f"benchmarks.sections.{self.name}")
        return cast("Callable[[Scale], Measured]", module.measure)


_BOTO3 = ((".venv-peers", "boto3"),)
_TWIN = ((".venv-peers", "fastapi"), (".venv-peers", "mangum"), *_BOTO3)
_AWS = ((".venv-benchmark", "awscli"),)
_OGX = ((".venv-ogx", "ogx"),)

SECTIONS = (
    SectionRow("cold_starts", ("botocore",), _TWIN),
    SectionRow("warm", ("botocore",), _TWIN),
    SectionRow("pages"),
    SectionRow("asset", ("botocore",)),
    SectionRow("peers", ("botocore", "uvicorn"), (*_TWIN, *_OGX)),
    SectionRow("transfers", ("openai", "urllib3", "anycrc", "uvicorn"), (*_BOTO3, *_AWS, *_OGX)),
    SectionRow("many_files", ("urllib3", "anycrc"), _AWS),
    SectionRow("command_start", (), _AWS),
    SectionRow("validation", ("orjson",)),
    SectionRow("forms", ("multipart",)),
)
