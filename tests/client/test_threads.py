"""How many parts and ranges are on their way at once."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import openai
import pytest

import larder as larder_package
from larder.cli import main
from larder.errors import UsageError
from larder.transfer.partial import RANGE_BYTES
from tests.client.conftest import Larder, Process
from tests.client.fakes.faults import Fault, wait_for
from tests.client.fakes.service import API_KEY

SIZE = 5 * 2**20
MakeFile = Callable[[int], Path]
Start = Callable[..., Process]


@pytest.mark.parametrize(
    ("option", "threads"), [([], 4), (["--threads", "1"], 1), (["--threads", "32"], 32)]
)
def test_an_upload_sends_so_many_parts_at_once(
    option: list[str], threads: int, larder: Larder, a_file: MakeFile, command: Start
) -> None:
    larder.storage.hold_after(0)
    process = command("upload", a_file(SIZE), *option)
    wait_for(lambda: larder.storage.waiting == threads)
    larder.storage.release()
    assert process.wait(30) == 0
    assert larder.storage.most_waiting == threads


@pytest.mark.parametrize("threads", [1, 6])
def test_a_download_reads_so_many_ranges_at_once(
    threads: int, larder: Larder, tmp_path: Path, command: Start
) -> None:
    content = os.urandom(RANGE_BYTES * 5 + 1)
    file = larder.service.add_file(content)
    held = larder.fail_s3(Fault("GET", "hold", times=threads))
    process = command("download", file["id"], "-o", tmp_path / "out", "--threads", threads)
    wait_for(lambda: held.times == 0)
    assert larder.storage.ranges == []
    held.released.set()
    assert process.wait(30) == 0
    assert (tmp_path / "out").read_bytes() == content


@pytest.mark.parametrize("command", ["upload", "download"])
@pytest.mark.parametrize("threads", ["0", "33", "-1", "many"])
def test_a_senseless_number_of_threads_is_a_wrong_argument(
    command: str, threads: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([command, "a", f"--threads={threads}"])
    assert "is not a number of threads, 1 to 32" in capsys.readouterr().err


def test_upload_file_sends_so_many_parts_at_once(larder: Larder, a_file: MakeFile) -> None:
    path = a_file(SIZE)
    larder.storage.hold_after(0)
    with (
        openai.OpenAI(base_url=larder.base_url, api_key=API_KEY) as client,
        ThreadPoolExecutor() as pool,
    ):
        uploading = pool.submit(
            larder_package.upload_file, client, path, purpose="batch", threads=7
        )
        wait_for(lambda: larder.storage.waiting == 7)
        larder.storage.release()
        assert uploading.result().bytes == SIZE
    assert larder.storage.most_waiting == 7


def test_download_file_reads_so_many_ranges_at_once(
    larder: Larder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("larder.transfer.partial.RANGE_BYTES", 2**18)
    file_id = larder.service.add_file(os.urandom(8 * 2**18))["id"]
    held = larder.fail_s3(Fault("GET", "hold", times=7))
    with (
        openai.OpenAI(base_url=larder.base_url, api_key=API_KEY) as client,
        ThreadPoolExecutor() as pool,
    ):
        downloading = pool.submit(
            larder_package.download_file, client, file_id, tmp_path / "out", threads=7
        )
        wait_for(lambda: held.times == 0)
        assert larder.storage.ranges == []
        held.released.set()
        assert downloading.result().verified


@pytest.mark.parametrize("threads", [0, 33])
def test_upload_file_refuses_a_senseless_number_of_threads(
    threads: int, larder: Larder, a_file: MakeFile
) -> None:
    client = openai.OpenAI(base_url=larder.base_url, api_key=API_KEY)
    with pytest.raises(UsageError, match="1 to 32"):
        larder_package.upload_file(client, a_file(10), purpose="batch", threads=threads)
    assert larder.service.requests == []
