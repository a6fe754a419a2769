"""What transfers cost in connections, requests, chunks and threads: counts that do not flicker."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from larder.api.files import get_file
from larder.api.http import HttpApi
from larder.cli import main
from larder.transfer.download import download_to_path
from larder.transfer.workers import Workers
from tests.client.conftest import Larder
from tests.client.fakes.service import API_KEY

MIB = 2**20


def download(larder: Larder, file_id: str, path: Path) -> list[int]:
    """Downloads a file by one thread; the bytes after each chunk."""
    api, done = HttpApi(larder.base_url, API_KEY), list[int]()
    file = get_file(api, file_id)
    download_to_path(api, file, path, threads=1, on_progress=lambda now, _: done.append(now))
    return done


@pytest.mark.parametrize("jobs", [1, 4])
def test_files_are_downloaded_through_as_many_connections_as_jobs(
    jobs: int, larder: Larder, tmp_path: Path
) -> None:
    for number in range(20):
        larder.service.add_file(b"x" * 1000, f"{number}.jsonl")
    assert main(["download", "--all", "-o", str(tmp_path / "out"), "-j", str(jobs)]) == 0
    assert len(larder.storage.ranges) == 20
    assert 1 <= larder.s3.connections <= jobs
    assert len(larder.service.requests) == 1 + 20  # the list, and a URL for each


def test_large_files_are_uploaded_through_as_many_connections_as_threads(
    larder: Larder, a_file: Callable[..., Path]
) -> None:
    paths = [a_file(larder.service.part_bytes * 6, f"{n}.jsonl") for n in range(3)]
    assert main(["upload", *map(str, paths), "-j", "1", "--threads", "2", "--no-validate"]) == 0
    assert 1 <= larder.s3.connections <= 2


def test_a_large_upload_asks_for_eight_urls_at_a_time(
    larder: Larder, a_file: Callable[..., Path]
) -> None:
    path = a_file(larder.service.part_bytes * 32)
    assert main(["upload", str(path), "--no-validate"]) == 0
    # Too large in one call, then the session, its URLs, and the joining.
    assert len(larder.service.requests) == 1 + 1 + 32 // 8 + 1


@pytest.mark.parametrize(("size", "ranges"), [(32 * MIB, 32), (32 * MIB + 1, 17)])
def test_a_large_file_is_read_in_larger_ranges(
    size: int, ranges: int, larder: Larder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("larder.transfer.partial.RANGE_BYTES", MIB)
    content = bytes(range(256)) * (size // 256) + bytes(size % 256)
    download(larder, larder.service.add_file(content)["id"], tmp_path / "out")
    assert len(larder.storage.ranges) == ranges
    assert (tmp_path / "out").read_bytes() == content


def test_a_download_is_written_in_chunks_of_a_mebibyte(larder: Larder, tmp_path: Path) -> None:
    file_id = larder.service.add_file(bytes(3 * MIB + 1))["id"]
    assert download(larder, file_id, tmp_path / "out") == [MIB, 2 * MIB, 3 * MIB, 3 * MIB + 1]


def test_no_more_threads_are_started_than_there_are_jobs() -> None:
    ran = []
    with Workers(8) as workers:
        for _ in range(2):
            workers.submit(lambda: ran.append(threading.current_thread()))
        workers.wait_until(0)
        assert len(workers._threads) == 2
    assert len(ran) == 2
