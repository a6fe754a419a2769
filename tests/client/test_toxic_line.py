"""Every command over a line that mistreats much of what passes: told in one line, and never lied.

`TOXIC_SEEDS=200` and `TOXIC_FIRST=40` draw more and others.
"""

import asyncio
import io
import json
import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import openai
import pytest

import larder as larder_package
from larder.cli import main
from larder.errors import LarderError
from tests.client.fakes.faults import no_worker_runs, wait_for
from tests.client.fakes.server import running
from tests.client.fakes.service import API_KEY, FakeService
from tests.client.fakes.toxic import TOXINS, ToxicServer

pytestmark = pytest.mark.slow

Capture = pytest.CaptureFixture[str]

EXIT_CODES = {0, 1, 2, 3, 4, 5, 6, 7}
FIRST = int(os.environ.get("TOXIC_FIRST", "0"))
SEEDS = range(FIRST, FIRST + int(os.environ.get("TOXIC_SEEDS", "24")))
SMALL, LARGE = 1000, 300_000  # one call; and five parts, which come back in one range


@dataclass
class Line:
    service: FakeService
    api: ToxicServer
    s3: ToxicServer

    def begin(self, seed: int, share: float) -> None:
        self.api.begin(seed, share)
        self.s3.begin(seed, share)

    @property
    def base_url(self) -> str:
        return f"{self.api.url}/v1"


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    service = FakeService()
    with (
        running(ToxicServer("127.0.0.1", service.answer)) as api,
        running(ToxicServer("localhost", service.storage.answer)) as s3,
    ):
        service.storage.url = s3.url
        monkeypatch.setenv("OPENAI_BASE_URL", f"{api.url}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", API_KEY)
        monkeypatch.setattr("larder.api.retry._FIRST_DELAY", 0.0005)
        monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.0005)
        yield Line(service, api, s3)


class Story:
    """One seed's commands, and what must hold after each."""

    def __init__(self, line: Line, seed: int, directory: Path, capsys: Capture) -> None:
        self.line = line
        self.capsys = capsys
        self.codes: Counter[int] = Counter()
        self.out = directory / "out"
        self.chance = random.Random(seed)
        self.content = self.chance.randbytes(self.chance.choice([SMALL, LARGE]))
        self.path = directory / f"in-{seed}.jsonl"
        self.path.write_bytes(self.content)
        self.file = line.service.add_file(self.content, "a.jsonl")
        line.begin(seed, self.chance.choice([0.1, 0.3, 0.8]))

    def run(self, *arguments: str) -> str | None:
        """What a command printed; None when it failed, which it told in a line."""
        code = main(list(arguments))
        output = self.capsys.readouterr()
        outcome = (arguments, code, output)
        assert code in EXIT_CODES, outcome
        self.codes[code] += 1
        assert not {*output.out, *output.err} & {"\x1b", "\x9b", "\u202e", "\r"}, outcome
        lines = output.err.splitlines()
        assert all(line.startswith("larder: ") for line in lines), outcome
        last = [line for line in lines if not re.search(r"; retrying in [0-9.]+ s$", line)]
        assert len(last) == (0 if code == 0 else 1), outcome
        if code == 0:
            return output.out
        assert arguments[0] == "list" or output.out == "", outcome
        return None

    def upload(self) -> None:
        printed = self.run("upload", str(self.path), "--no-validate", "--json")
        if printed is not None:
            file = json.loads(printed)
            assert file.pop("path") == str(self.path)
            assert self.line.service.content(file["id"]) == self.content
            assert self.line.service.files[file["id"]] == file

    def download(self) -> None:
        self.out.unlink(missing_ok=True)
        if self.run("download", self.file["id"], "-o", str(self.out)) is None:
            assert not self.out.exists()
        else:
            assert self.out.read_bytes() == self.content

    def read(self) -> None:
        files = list(self.line.service.files.values())[::-1]
        if (printed := self.run("list", "--json")) is not None:
            assert [json.loads(file) for file in printed.splitlines()] == files
        if (printed := self.run("show", self.file["id"], "--json")) is not None:
            assert json.loads(printed) == self.file
        if (printed := self.run("usage", "--json")) is not None:
            assert json.loads(printed)["files"] == len(files)
        self.run("list")
        self.run("usage")

    def delete(self) -> None:
        if self.run("delete", self.file["id"]) is not None:
            assert self.file["id"] not in self.line.service.files


def test_every_command_tells_the_truth(line: Line, tmp_path: Path, capsys: Capture) -> None:
    codes: Counter[int] = Counter()
    for seed in SEEDS:
        story = Story(line, seed, tmp_path, capsys)
        story.upload()
        story.upload()  # which goes on where the first one ended
        story.download()
        story.download()
        story.read()
        story.delete()
        line.service.files.clear()
        codes += story.codes
    if len(SEEDS) >= 24:
        used = line.api.used + line.s3.used
        assert set(used) == {toxin.__name__ for toxin in TOXINS}
        assert min(codes[0], codes.total() - codes[0]) > len(SEEDS)


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_upload_file_brings_the_content_or_an_error(line: Line, kind: str) -> None:
    content = os.urandom(LARGE)

    def upload() -> str:
        with openai.OpenAI(base_url=line.base_url, api_key=API_KEY) as client:
            try:
                file = larder_package.upload_file(client, io.BytesIO(content), purpose="batch")
            finally:
                wait_for(no_worker_runs)
            return file.id

    async def upload_async() -> str:
        async with openai.AsyncOpenAI(base_url=line.base_url, api_key=API_KEY) as client:
            sent = io.BytesIO(content)
            try:
                file = await larder_package.upload_file(client, sent, purpose="batch")
            finally:
                await asyncio.to_thread(wait_for, no_worker_runs)
            return file.id

    for seed in SEEDS:
        line.begin(seed, [0.1, 0.3, 0.8][seed % 3])
        try:
            file_id = upload() if kind == "sync" else asyncio.run(upload_async())
        except (openai.APIError, LarderError):
            continue
        assert line.service.content(file_id) == content


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_the_drop_in_brings_the_content_or_an_error(line: Line, kind: str) -> None:
    content = os.urandom(5 * 2**20)
    line.service.part_bytes = 2**20

    def create() -> str:
        with openai.OpenAI(
            base_url=line.base_url, api_key=API_KEY, http_client=larder_package.http_client()
        ) as client:
            try:
                return client.files.create(file=("a.jsonl", content), purpose="batch").id
            finally:
                wait_for(no_worker_runs)

    async def create_async() -> str:
        async with openai.AsyncOpenAI(
            base_url=line.base_url, api_key=API_KEY, http_client=larder_package.async_http_client()
        ) as client:
            try:
                return (await client.files.create(file=("a.jsonl", content), purpose="batch")).id
            finally:
                await asyncio.to_thread(wait_for, no_worker_runs)

    for seed in list(SEEDS)[: len(SEEDS) // 3]:
        line.begin(seed, [0.1, 0.3, 0.8][seed % 3])
        try:
            file_id = create() if kind == "sync" else asyncio.run(create_async())
        except openai.APIError:
            continue
        assert line.service.content(file_id) == content
