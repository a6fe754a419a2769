"""Several runs of one upload at once: they share a session, and end as one file."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import openai
import pytest

import larder as larder_package
from larder.cli import main
from larder.errors import NoAnswerError, TransferError
from tests.client.conftest import Larder, Process
from tests.client.fakes.faults import Fault, wait_for
from tests.client.fakes.service import API_KEY

pytestmark = pytest.mark.slow

MakeFile = Callable[..., Path]
Capture = pytest.CaptureFixture[str]
Start = Callable[..., Process]
Upload = Callable[[Larder, Path], str]

# 80 parts of 64 KiB, and too large for one call.
SIZE = 5 * 2**20
PART = "PUT /upload_"


OPENED: list[openai.OpenAI] = []


def opened(larder: Larder, http_client: Any = None) -> openai.OpenAI:
    client = openai.OpenAI(base_url=larder.base_url, api_key=API_KEY, http_client=http_client)
    OPENED.append(client)
    return client


def with_upload_file(larder: Larder, path: Path) -> str:
    return larder_package.upload_file(opened(larder), path, purpose="batch").id


def with_async_upload_file(larder: Larder, path: Path) -> str:
    async def run() -> str:
        async with openai.AsyncOpenAI(base_url=larder.base_url, api_key=API_KEY) as client:
            return (await larder_package.upload_file(client, path, purpose="batch")).id

    return asyncio.run(run())


KEY = {"Idempotency-Key": "one"}


def with_drop_in(larder: Larder, path: Path) -> str:
    client = opened(larder, larder_package.http_client())
    with path.open("rb") as content:
        return client.files.create(file=content, purpose="batch", extra_headers=KEY).id


def with_async_drop_in(larder: Larder, path: Path) -> str:
    content = ("big.jsonl", path.read_bytes())

    async def run() -> str:
        async with openai.AsyncOpenAI(
            base_url=larder.base_url,
            api_key=API_KEY,
            http_client=larder_package.async_http_client(),
        ) as client:
            file = await client.files.create(file=content, purpose="batch", extra_headers=KEY)
            return file.id

    return asyncio.run(run())


WAYS = [with_upload_file, with_async_upload_file, with_drop_in, with_async_drop_in]
ways = pytest.mark.parametrize("upload", WAYS)


@pytest.fixture(autouse=True)
def clients(larder: Larder, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Clients that retry quickly, and are closed in the end."""
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)
    yield
    while OPENED:
        OPENED.pop().close()


def interrupted(larder: Larder, path: Path, upload: Upload, fault: Fault) -> None:
    """A run that a fault ends, and that leaves its session."""
    larder.fail_api(fault) if "complete" in fault.pattern else larder.fail_s3(fault)
    with pytest.raises((openai.APIConnectionError, NoAnswerError)):
        upload(larder, path)
    fault.times = 0
    larder.storage.received.clear()


def only_file(larder: Larder) -> tuple[str, bytes]:
    (file,) = larder.service.files.values()
    return file["id"], larder.service.content(file["id"])


@ways
@pytest.mark.parametrize("how", ["refused by the service", "refused by S3"])
def test_a_session_that_another_run_completes_meanwhile_is_the_file(
    how: str, upload: Upload, larder: Larder, a_file: MakeFile
) -> None:
    path = a_file(SIZE)
    interrupted(larder, path, upload, Fault(PART, "reset", skip=30, times=1000))
    # Four parts of the first run wait; then their URLs are refused, or S3 has no such upload.
    kind: Literal["hold", "trickle"] = "hold" if how == "refused by the service" else "trickle"
    held = larder.fail_s3(Fault(PART, kind, times=4, seconds=480))
    with ThreadPoolExecutor() as pool:
        first = pool.submit(upload, larder, path)
        wait_for(lambda: held.times == 0)
        second = upload(larder, path)
        held.released.set()
        assert first.result(60) == second
    assert only_file(larder) == (second, path.read_bytes())


@ways
def test_parts_that_another_run_has_joined_and_not_yet_shown_are_the_file(
    upload: Upload, larder: Larder, a_file: MakeFile
) -> None:
    path = a_file(SIZE)
    interrupted(larder, path, upload, Fault("complete", "reset", times=1000))
    (session,) = larder.service.uploads
    larder.storage.join(f"/{session}")
    assert upload(larder, path) == only_file(larder)[0]
    assert only_file(larder)[1] == path.read_bytes()


@ways
def test_a_refusal_of_an_upload_that_nobody_completes_stays_one(
    upload: Upload, larder: Larder, a_file: MakeFile
) -> None:
    body = b"<Error><Code>NoSuchUpload</Code></Error>"
    larder.fail_s3(Fault(PART, "status", skip=5, times=1000, status=404, body=body))
    with pytest.raises((TransferError, openai.APIStatusError), match="NoSuchUpload"):
        upload(larder, a_file(SIZE))
    assert larder.service.files == {}


def test_commands_that_continue_one_upload_at_once_all_print_a_file_with_its_content(
    larder: Larder, a_file: MakeFile, command: Start
) -> None:
    path = a_file(SIZE)
    larder.storage.hold_after(20)
    process = command("upload", path)
    wait_for(lambda: len(larder.storage.received) == 20)
    process.kill()
    process.wait(20)
    larder.storage.release()
    processes = [command("upload", path) for _ in range(4)]
    ends = [process.communicate(timeout=60) for process in processes]
    assert [stderr for _, stderr in ends] == [b""] * 4
    for file_id in {out.decode().strip() for out, _ in ends}:
        assert larder.service.content(file_id) == path.read_bytes()


def test_threads_that_upload_one_file_at_once_all_end_with_its_content(
    larder: Larder, a_file: MakeFile
) -> None:
    path = a_file(SIZE)
    interrupted(larder, path, with_upload_file, Fault(PART, "reset", skip=30, times=1000))
    larder.fail_s3(Fault(PART, "reset", skip=7, times=5, after_bytes=1000))

    def upload(way: Upload) -> str:
        return way(larder, path)

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(upload, WAYS * 4))
    assert {larder.service.content(file_id) for file_id in ids} == {path.read_bytes()}
    assert {upload["status"] for upload in larder.service.uploads.values()} == {"completed"}


def test_a_part_whose_checksum_s3_does_not_tell_is_sent_again(
    larder: Larder, a_file: MakeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = a_file(SIZE)
    interrupted(larder, path, with_upload_file, Fault(PART, "reset", skip=30, times=1000))
    monkeypatch.setattr(larder.service, "tells_checksums", False)
    with_upload_file(larder, path)
    # One that the first run still had on its way may come once more.
    assert set(larder.storage.received) == set(range(1, 81))


def test_a_part_url_that_signs_no_checksum_is_refused(
    larder: Larder, a_file: MakeFile, capsys: Capture
) -> None:
    larder.service.signs_checksums = False
    assert main(["upload", str(a_file(SIZE))]) == 1
    assert capsys.readouterr().err.endswith(
        "the service's URL of part 1 has S3 verify no checksum: nothing was stored\n"
    )
    assert larder.storage.received == []
