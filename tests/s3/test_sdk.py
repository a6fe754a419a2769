"""`larder.upload_file` and `larder.download_file` on the functions and SeaweedFS."""

import asyncio
import gzip
import io
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
import urllib3

import larder
from tests.bed.bed import Bed
from tests.bed.http_front import http_front
from tests.client.fakes.faults import wait_for

MIB = 2**20
Way = Callable[..., Any]


@pytest.fixture
def base_url(bed: Bed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with http_front(bed.gateway) as url:
        yield url


@pytest.fixture(params=[openai.OpenAI, openai.AsyncOpenAI], ids=["sync", "async"])
def way(request: pytest.FixtureRequest, bed: Bed, base_url: str) -> Way:
    """Calls one of Larder's functions with a client of the SDK that has an owner's key."""

    def run(function: Callable[..., Any], *arguments: Any, owner: str, **options: Any) -> Any:
        client = request.param(base_url=base_url, api_key=bed.api_key(owner), max_retries=0)
        if request.param is openai.OpenAI:
            with client:
                return function(client, *arguments, **options)

        async def in_a_loop() -> Any:
            async with client:
                return await function(client, *arguments, **options)

        return asyncio.run(in_a_loop())

    return run


@pytest.fixture
def a_file(way: Way) -> Callable[[bytes], str]:
    """Uploads content as alice's and returns the file's id."""

    def upload(content: bytes) -> str:
        file = way(larder.upload_file, ("a.jsonl", content), purpose="batch", owner="alice")
        return str(file.id)

    return upload


@pytest.mark.parametrize("size", [0, 1, 4 * MIB, 4 * MIB + 1, 16 * MIB + 1])
def test_sizes_around_the_limits_come_back_as_they_were(
    size: int, a_file: Callable[[bytes], str], way: Way, tmp_path: Path
) -> None:
    content = os.urandom(size)
    done = way(larder.download_file, a_file(content), tmp_path, owner="alice")
    assert (done.path, done.verified, done.file.bytes) == (tmp_path / "a.jsonl", True, size)
    assert done.path.read_bytes() == content


def test_a_stream_goes_from_a_packed_file_to_another(way: Way, tmp_path: Path) -> None:
    content = os.urandom(9 * MIB)
    (tmp_path / "in.gz").write_bytes(gzip.compress(content, 0))
    with gzip.open(tmp_path / "in.gz") as packed:
        file = way(larder.upload_file, packed, purpose="batch", owner="alice")
    with gzip.open(tmp_path / "out.gz", "wb", compresslevel=0) as out:
        assert way(larder.download_file, file.id, out, owner="alice").verified
    assert gzip.decompress((tmp_path / "out.gz").read_bytes()) == content


def test_a_url_that_expires_midway_is_renewed(
    a_file: Callable[[bytes], str], way: Way, bed: Bed, tmp_path: Path
) -> None:
    def until_it_has_expired(done: int, total: int) -> None:
        if done < 8 * MIB or waited:
            return
        # A later one, so that the download's own has expired when this one has.
        url = bed.http_of("alice").get(f"/files/{file_id}/url").json()["url"]
        wait_for(lambda: urllib3.request("GET", url, headers={"Range": "bytes=0-0"}).status == 403)
        bed.clock.set(time.time())
        waited.append(True)

    content = os.urandom(9 * MIB)
    file_id = a_file(content)
    waited: list[bool] = []
    bed.clock.set(time.time() + 4 - 900)  # as if it had begun so long ago
    done = way(
        larder.download_file,
        file_id,
        tmp_path / "out",
        owner="alice",
        threads=1,
        on_progress=until_it_has_expired,
    )
    assert waited
    assert done.verified
    assert (tmp_path / "out").read_bytes() == content


def test_a_stream_that_the_quota_has_no_room_for_is_refused_and_reserves_nothing(
    way: Way, bed: Bed
) -> None:
    bed.set_quota("alice", 5 * MIB)
    content = gzip.GzipFile(fileobj=_packed(bytes(6 * MIB)))
    with pytest.raises(openai.APIStatusError) as refused:
        way(larder.upload_file, content, purpose="batch", owner="alice")
    assert refused.value.code == "storage_quota_exceeded"
    usage = bed.http_of("alice").get("/usage").json()
    assert (usage["bytes"], usage["reserved_bytes"]) == (0, 0)


def _packed(content: bytes) -> Any:
    return io.BytesIO(gzip.compress(content))


def test_the_same_upload_with_the_same_key_makes_one_file(way: Way, bed: Bed) -> None:
    for size in (10, 5 * MIB):
        content = os.urandom(size)
        ids = {
            way(
                larder.upload_file,
                ("a", content),
                purpose="batch",
                owner="alice",
                idempotency_key=f"night {size}",
            ).id
            for _ in range(2)
        }
        assert len(ids) == 1
    assert bed.http_of("alice").get("/usage").json()["files"] == 2
