"""The samples of the README and of the users' page, run as they stand.

Each in a shell, a Python or a Node of its own that has what `make run` says to paste, in a folder
with a `batch.jsonl` and a `big.jsonl`. The README's first of each language makes what it needs by
itself. Those of docs/batch-workers.md belong together: test_batch_workers.py. Go's and Java's are
run by tests/sdks.
"""

import json
import re
import subprocess
from pathlib import Path

import pytest

from infra.local.emulator import ROOT
from tests.e2e.batches import MIB, batch_of, large_file
from tests.e2e.samples import COMMANDS, Sample, marked, samples_of, text_of
from tests.e2e.user import User

README = "README.md"
USERS = "docs/users.md"
DOCUMENTS = (README, USERS)
OF_OTHER_TOOLCHAINS = {"go", "java"}
PASTED = [
    sample
    for document in DOCUMENTS
    for sample in samples_of(document)
    if sample.file is None and sample.language not in OF_OTHER_TOOLCHAINS
]


def name_of(sample: Sample) -> str:
    return f"{sample.document}-{sample.language}"


@pytest.fixture
def reader(user: User) -> User:
    """A user with the files that the samples take for granted, and npm's packages installed.

    The large file is larger than any one request takes without a front door, API Gateway's 10 MB
    included, and three parts for S3.
    """
    (user.home / "batch.jsonl").write_bytes(batch_of(10_000))
    large_file(user.home / "big.jsonl", 20 * MIB + 5)
    install_node_packages(user.home)
    return user


def install_node_packages(folder: Path) -> None:
    """What `npm install openai larder-files` does."""
    modules = folder / "node_modules"
    modules.mkdir()
    (modules / "openai").symlink_to(ROOT / "node_modules" / "openai")
    (modules / "larder-files").symlink_to(ROOT / "clients" / "js")


def paste(reader: User, sample: Sample) -> str:
    """Run a sample where it says that it works, and return what it prints."""
    door = reader.deployment.front_door
    base_url = door.api_url if sample.past_front_door else door.base_url
    return reader.run("env", f"OPENAI_BASE_URL={base_url}", *sample.command).stdout


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_has_samples_in_every_language_that_it_is_for(document: str) -> None:
    wanted = {README: {"sh", "python"}, USERS: {*COMMANDS, *OF_OTHER_TOOLCHAINS}}
    assert {sample.language for sample in samples_of(document)} == wanted[document]


@pytest.mark.parametrize("sample", PASTED, ids=name_of)
def test_a_sample_works_when_it_is_pasted(reader: User, sample: Sample) -> None:
    printed = paste(reader, sample)
    assert '"error"' not in printed  # curl alone calls that a success


@pytest.mark.parametrize("language", ["sh", "python"])
def test_the_readmes_first_sample_works_in_an_empty_folder(user: User, language: str) -> None:
    first = next(sample for sample in samples_of(README) if sample.language == language)
    paste(user, first)


@pytest.mark.parametrize("name", ["file-0123abc.jsonl", 'x "id": "file-9z" y', "file-1"])
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_the_id_is_found_whatever_the_files_name(
    tmp_path: Path, name: str, separators: tuple[str, str]
) -> None:
    found = re.search(r"^FILE_ID=.*$", text_of(README), re.MULTILINE)
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


def test_only_marked_samples_are_run() -> None:
    text = (
        "```sh\nrm -rf /\n```\n<!-- tested -->\n```sh\necho 1\necho 2\n```\n```sh\nfalse\n```\n"
        "<!-- tested as a.py -->\n\n```python\nprint()\n```\n"
        "<!-- tested without a front door -->\n```js\n1;\n```\n"
    )
    assert marked(text) == [
        Sample("", "sh", "echo 1\necho 2\n"),
        Sample("", "python", "print()\n", file="a.py"),
        Sample("", "js", "1;\n", past_front_door=True),
    ]
