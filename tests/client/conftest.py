"""A fake service for each test, and the environment that points the client at it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.client.fakes.faults import Fault
from tests.client.fakes.server import FakeServer, serving
from tests.client.fakes.service import API_KEY, FakeService
from tests.client.fakes.storage import FakeStorage


@dataclass
class Larder:
    """The fake service, running."""

    service: FakeService
    api: FakeServer
    s3: FakeServer

    @property
    def storage(self) -> FakeStorage:
        return self.service.storage

    @property
    def base_url(self) -> str:
        return f"{self.api.url}/v1"

    def fail_api(self, fault: Fault) -> Fault:
        return self.api.faults.add(fault)

    def fail_s3(self, fault: Fault) -> Fault:
        return self.s3.faults.add(fault)


@pytest.fixture
def larder() -> Iterator[Larder]:
    service = FakeService()
    with (
        serving("127.0.0.1", service.answer) as api,
        serving("localhost", service.storage.answer) as s3,
    ):
        service.storage.url = s3.url
        yield Larder(service, api, s3)
        service.storage.release()


@pytest.fixture(autouse=True)
def environment(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client's settings; retries wait a hundredth of the time."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("larder.api.retry._FIRST_DELAY", 0.005)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    if "larder" in request.fixturenames:
        monkeypatch.setenv("OPENAI_BASE_URL", request.getfixturevalue("larder").base_url)
        monkeypatch.setenv("OPENAI_API_KEY", API_KEY)


@pytest.fixture
def a_file(tmp_path: Path) -> Callable[[int], Path]:
    """Makes a batch of so many bytes, in which no two bodies are the same.

    Below 64 there is no batch, so these are any bytes.
    """

    def make(size: int, name: str = "big.jsonl") -> Path:
        path = tmp_path / name
        path.write_bytes(a_batch(size) if size >= 64 else os.urandom(size))
        return path

    return make


def a_batch(size: int) -> bytes:
    """A batch of so many bytes, at least 64, of random text in lines of up to 32 KiB."""
    assert size >= 64, "no request is so short"
    lines: list[str] = []
    while size > 0:
        length = size if size < 2**15 else 2**14
        begin = f'{{"custom_id":"{len(lines)}","method":"POST","url":"/v1/x","body":{{"":"'
        room = length - len(begin) - len('"}}\n')
        lines.append(f'{begin}{os.urandom(room // 2 + 1).hex()[:room]}"}}}}\n')
        size -= length
    return "".join(lines).encode()


def ranges_noted(target: Path) -> int:
    """How many ranges the journal of the download to the target has."""
    journals = list(target.parent.glob(".larder-*.journal"))
    return len(journals[0].read_text().splitlines()) - 1 if journals else 0


Process = subprocess.Popen[bytes]


@pytest.fixture
def command() -> Iterator[Callable[..., Process]]:
    """Starts `larder` as a process of its own."""
    processes: list[Process] = []

    def start(*arguments: str | Path) -> Process:
        line = [sys.executable, "-m", "larder.cli", *map(str, arguments)]
        process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()
