"""The README's examples, run as they stand.

Each one that a line `<!-- tested -->` precedes, in a shell or a Python of its own that has what
`make run` says to paste, in a folder with a `batch.jsonl` and a `big.jsonl`.
"""

import re

import pytest

from infra.local.emulator import ROOT
from tests.e2e.batches import MIB, batch_of, large_file
from tests.e2e.user import User

_MARKED = re.compile(
    r"^<!-- tested -->\n+```(?P<language>sh|python)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE
)
_RUN = {"sh": ("sh", "-euc"), "python": ("python", "-c")}


def marked_examples(text: str) -> list[tuple[str, str]]:
    """The marked examples: language and code."""
    return [(found["language"], found["code"]) for found in _MARKED.finditer(text)]


EXAMPLES = marked_examples((ROOT / "README.md").read_text(encoding="utf-8"))


@pytest.fixture
def reader(user: User) -> User:
    """A user with the files that the examples take for granted."""
    (user.home / "batch.jsonl").write_bytes(batch_of(10_000))
    large_file(user.home / "big.jsonl", 9 * MIB)
    return user


def test_the_readme_has_examples_in_every_language() -> None:
    assert {language for language, _ in EXAMPLES} == set(_RUN)


@pytest.mark.parametrize(("language", "code"), EXAMPLES, ids=[language for language, _ in EXAMPLES])
def test_an_example_works_when_it_is_pasted(reader: User, language: str, code: str) -> None:
    printed = reader.run(*_RUN[language], code).stdout
    assert '"error"' not in printed  # curl alone calls that a success


def test_only_marked_examples_are_run() -> None:
    text = (
        "```sh\nrm -rf /\n```\n<!-- tested -->\n```sh\necho 1\necho 2\n```\n```sh\nfalse\n```\n"
        "<!-- tested -->\n\n```python\nprint()\n```\n"
    )
    assert marked_examples(text) == [("sh", "echo 1\necho 2\n"), ("python", "print()\n")]
