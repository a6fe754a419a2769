"""The samples of the README and of the users' page, run as they stand.

Each in a shell, a Python or a Node of its own that has what `make run` says to paste, in a folder
with a `batch.jsonl` and a `big.jsonl`. The README's first of each language makes what it needs by
itself. Those of docs/batch-workers.md belong together: test_batch_workers.py. Go's and Java's are
run by tests/sdks.
"""

import json
import re
import socket
import subprocess
from pathlib import Path

import pytest

from infra.local.emulator import ROOT
from tests.client.javascript import NODE
from tests.e2e.batches import MIB
from tests.e2e.conftest import free_port
from tests.e2e.samples import COMMANDS, Sample, file_of, lay_out_files, marked, samples_of, text_of
from tests.e2e.user import User
from tests.e2e.waiting import wait_until

README = "README.md"
USERS = "docs/users.md"
DOCUMENTS = (README, USERS)
OF_OTHER_TOOLCHAINS = {"go", "java"}
# What the page of a browser does with its own server, which is sent no key.
PAGE = """
import { openAsBlob } from "node:fs";
import { uploadFile } from "larder-files";

const server = `http://127.0.0.1:${process.env.PORT}`;
const file = new File([await openAsBlob("big.jsonl")], "big.jsonl");
const stored = await uploadFile({ baseURL: `${server}/files-api/v1` }, file, { purpose: "batch" });
const elsewhere = await fetch(`${server}/v1/usage`);
console.log(JSON.stringify([stored.bytes, elsewhere.status]));
"""
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
    """A user with the files that the samples take for granted, and npm's packages installed."""
    lay_out_files(user.home)
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
    base_url = sample.base_url(reader.deployment)
    return reader.run("env", f"OPENAI_BASE_URL={base_url}", *sample.command).stdout


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_has_samples_in_every_language_that_it_is_for(document: str) -> None:
    wanted = {README: {"sh", "python"}, USERS: {*COMMANDS, *OF_OTHER_TOOLCHAINS}}
    assert {sample.language for sample in samples_of(document)} == wanted[document]


def test_go_and_java_are_written_with_the_names_that_their_sdks_programs_compile_with() -> None:
    for language, name, source in (
        ("go", r"\bopenai\.\w+", "openai-go/main.go"),
        ("java", r"\bcom\.openai\.[\w.]+", "openai-java/Main.java"),
    ):
        known = set(re.findall(name, text_of(f"tests/sdks/{source}")))
        used = {
            found
            for sample in samples_of(USERS)
            if sample.language == language
            for found in re.findall(name, sample.code)
        }
        assert used
        assert used - known == set()


@pytest.mark.parametrize("sample", PASTED, ids=name_of)
def test_a_sample_works_when_it_is_pasted(reader: User, sample: Sample) -> None:
    printed = paste(reader, sample)
    assert '"error"' not in printed  # curl alone calls that a success


@pytest.mark.parametrize("language", ["sh", "python"])
def test_the_readmes_first_sample_works_in_an_empty_folder(user: User, language: str) -> None:
    first = next(sample for sample in samples_of(README) if sample.language == language)
    paste(user, first)


def test_the_pages_own_server_hands_its_calls_on_with_the_key(reader: User) -> None:
    (reader.home / "server.mjs").write_text(file_of(USERS, "server.mjs").code)
    port = free_port()
    environment = {**reader.environment, "PORT": str(port)}
    with subprocess.Popen([NODE, "server.mjs"], cwd=reader.home, env=environment) as server:
        try:
            wait_until(lambda: is_listening(port) or server.poll() is not None)
            printed = reader.run("env", f"PORT={port}", *COMMANDS["js"], PAGE).stdout
        finally:
            server.terminate()
    assert json.loads(printed) == [20 * MIB + 5, 404]


def is_listening(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("name", ["file-0123abc.jsonl", 'x "id": "file-9z" y', "file-1"])
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_the_id_is_found_whatever_the_files_name(
    tmp_path: Path, name: str, separators: tuple[str, str]
) -> None:
    found = re.search(r"^FILE_ID=.*$", text_of(README), re.MULTILINE)
    assert found is not None
    created = {"filename": name, "id": "file-01m8cbg00t8t", "object": "file", "status": "file-x"}
    (tmp_path / "created.json").write_text(json.dumps(created, separators=separators))
    completed = subprocess.run(
        ["sh", "-euc", f'{found[0]}\necho "$FILE_ID"'],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert completed.stdout == "file-01m8cbg00t8t\n"


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
