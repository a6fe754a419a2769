"""What is tried with any bytes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(__file__).parent / "corpus"
WORK = ROOT / "build" / "fuzz"
FINDINGS = WORK / "findings"

TARGETS = tuple(sorted(path.stem for path in (Path(__file__).parent / "targets").glob("[a-z]*.py")))


@dataclass(frozen=True)
class Target:
    """`run` takes any bytes, and raises when the product does with them what it may not.

    `tokens` are what a mutation may put in: words of the format that chance would hardly find.
    """

    name: str
    run: Callable[[bytes], None]
    tokens: Sequence[bytes]

    @property
    def corpus(self) -> list[Path]:
        """Return the files whose content is tried on every run."""
        return sorted((CORPUS / self.name).glob("*"))


def target_of(name: str) -> Target:
    """Return the target of this name, a module of `targets`, or of the package itself."""
    package = "tests.fuzz.targets" if name in TARGETS else "tests.fuzz"
    module = import_module(f"{package}.{name}")
    return Target(name, module.run, module.TOKENS)
