"""The README's examples, run as they stand.

Each one that a line `<!-- tested -->` precedes, in a shell or a Python of its own that has what
`make run` says to paste, in a folder with a `big.jsonl`. The first of each language makes what it
needs by itself.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path

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


README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = marked_examples(README)


@pytest.fixture
def reader(user: User) -> User:
    """A user with the files that the later examples take for granted."""
    (user.home / "batch.jsonl").write_bytes(batch_of(10_000))
    large_file(user.home / "big.jsonl", 9 * MIB)
    return user


def test_the_readme_has_examples_in_every_language() -> None:
    assert {language for language, _ in EXAMPLES} == set(_RUN)


@pytest.mark.parametrize(("language", "code"), EXAMPLES, ids=[language for language, _ in EXAMPLES])
def test_an_example_works_when_it_is_pasted(reader: User, language: str, code: str) -> None:
    skip_without_curl(code)
    printed = reader.run(*_RUN[language], code).stdout
    assert '"error"' not in printed  # curl alone calls that a success


@pytest.mark.parametrize("language", _RUN)
def test_the_first_example_works_in_an_empty_folder(user: User, language: str) -> None:
    code = next(code for of, code in EXAMPLES if of == language)
    skip_without_curl(code)
    user.run(*_RUN[language], code)


def skip_without_curl(code: str) -> None:
    if "curl " in code and not shutil.which("curl"):
        pytest.skip("no curl on this machine: the README's curl lines were not tried")


@pytest.mark.parametrize("name", ["file-0123abc.jsonl", 'x "id": "file-9z" y', "file-1"])
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_the_id_is_found_whatever_the_files_name(
    tmp_path: Path, name: str, separators: tuple[str, str]
) -> None:
    found = re.search(r"^FILE_ID=.*$", README, re.MULTILINE)
    assert found is not None
    created = {"filename": name, "id": "file-01m8cbg00t8t", "object": "file", "status": "file-x"}
    (tmp_path / "created.json").write_text(json.dumps(created, separators=separators))
    said = subprocess.run(
        ["sh", "-euc", f'{found[0]}\necho "$FILE_ID"'],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "file-01m8cbg00t8t\n"


def test_only_marked_examples_are_run() -> None:
    text = (
        "```sh\nrm -rf /\n```\n<!-- tested -->\n```sh\necho 1\necho 2\n```\n```sh\nfalse\n```\n"
        "<!-- tested -->\n\n```python\nprint()\n```\n"
    )
    assert marked_examples(text) == [("sh", "echo 1\necho 2\n"), ("python", "print()\n")]
