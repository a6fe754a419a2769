"""The openai SDK, unmodified, with Larder's HTTP client, sync and async."""

import asyncio
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.types import FileObject

import larder as larder_package
from tests.client.conftest import Larder
from tests.client.fakes.faults import Fault
from tests.client.fakes.service import API_KEY

MakeFile = Callable[..., Path]
Create = Callable[..., FileObject]
SIZE = 5 * 2**20


def create_sync(base_url: str, **form: Any) -> FileObject:
    headers = form.pop("default_headers", None)
    with openai.OpenAI(
        base_url=base_url,
        api_key=form.pop("api_key", API_KEY),
        default_headers=headers,
        http_client=larder_package.http_client(),
    ) as client:
        return client.files.create(**form)


async def create_async(base_url: str, **form: Any) -> FileObject:
    headers = form.pop("default_headers", None)
    async with openai.AsyncOpenAI(
        base_url=base_url,
        api_key=form.pop("api_key", API_KEY),
        default_headers=headers,
        http_client=larder_package.async_http_client(),
    ) as client:
        return await client.files.create(**form)


@pytest.fixture(params=["sync", "async"])
def create(
    request: pytest.FixtureRequest, larder: Larder, monkeypatch: pytest.MonkeyPatch
) -> Create:
    """`client.files.create` of a client with the drop-in."""
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)

    def run(**form: Any) -> FileObject:
        if request.param == "sync":
            return create_sync(larder.base_url, **form)
        return asyncio.run(create_async(larder.base_url, **form))

    return run


def test_a_large_file_goes_in_parts(larder: Larder, create: Create, a_file: MakeFile) -> None:
    path = a_file(SIZE, 'täglich "1".jsonl')
    with path.open("rb") as content:
        file = create(
            file=content,
            purpose="batch",
            expires_after={"anchor": "created_at", "seconds": 7200},
        )
    assert larder.service.content(file.id) == path.read_bytes()
    assert file.filename == 'täglich "1".jsonl'
    assert file.expires_at == file.created_at + 7200
    assert len(larder.storage.received) == 80
    assert larder.service.called("POST /v1/files") == []


@pytest.mark.parametrize("content", [bytes, io.BytesIO])
def test_bytes_and_buffers_go_too(content: Any, larder: Larder, create: Create) -> None:
    data = os.urandom(SIZE + 1)
    file = create(file=("a.jsonl", content(data)), purpose="batch")
    assert larder.service.content(file.id) == data


def test_content_full_of_near_delimiters_arrives_as_it_is(larder: Larder, create: Create) -> None:
    data = b"\r\n--\r\n\r\n-\r\r\n" * (SIZE // 12)
    file = create(file=("a.jsonl", data), purpose="batch")
    assert larder.service.content(file.id) == data


@pytest.mark.parametrize("separator", ["\x85", "\u2028", "\u2029"])
def test_a_filename_with_a_line_end_of_unicode_arrives_as_it_is(
    separator: str, larder: Larder, create: Create
) -> None:
    name = f"a{separator}b: c.jsonl"
    assert create(file=(name, bytes(SIZE)), purpose="batch").filename == name


def test_a_small_file_passes_untouched(larder: Larder, create: Create) -> None:
    file = create(file=("a.jsonl", b"small"), purpose="batch")
    assert larder.service.content(file.id) == b"small"
    assert [request.path for request in larder.service.requests] == ["/v1/files"]


class Unsized(io.RawIOBase):
    """A file object whose size nobody knows, and that cannot be read twice."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._data.read(size)


@pytest.mark.parametrize("size", [0, 1000, SIZE])
def test_a_stream_of_unknown_size_is_spooled(size: int, larder: Larder, create: Create) -> None:
    data = os.urandom(size)
    file = create(file=("a.jsonl", Unsized(data)), purpose="batch")
    assert larder.service.content(file.id) == data
    assert file.filename == "a.jsonl"


def test_headers_of_the_client_go_with_every_call(larder: Larder, create: Create) -> None:
    create(
        file=("a.jsonl", bytes(SIZE)), purpose="batch", default_headers={"Larder-Owner": "alice"}
    )
    owners = {request.headers.get("larder-owner") for request in larder.service.requests}
    assert owners == {"alice"}


def test_a_file_above_the_limit_is_refused_before_a_byte_is_sent(
    larder: Larder, create: Create
) -> None:
    larder.service.file_bytes = 2**20
    with pytest.raises(openai.APIStatusError, match="at most 1048576 bytes") as refusal:
        create(file=("a.jsonl", bytes(SIZE)), purpose="batch")
    assert refusal.value.status_code == 413
    assert refusal.value.code == "content_too_large"
    assert larder.storage.received == []


def test_a_wrong_purpose_is_the_services_refusal(larder: Larder, create: Create) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        create(file=("a.jsonl", bytes(SIZE)), purpose="assistants")
    assert refusal.value.param == "purpose"


def test_a_wrong_key_is_an_authentication_error(larder: Larder, create: Create) -> None:
    with pytest.raises(openai.AuthenticationError):
        create(file=("a.jsonl", bytes(SIZE)), purpose="batch", api_key="sk-larder-wrong")


def test_a_failing_service_is_asked_again(larder: Larder, create: Create) -> None:
    larder.fail_api(Fault("POST /v1/uploads", "status", times=4, status=503))
    larder.fail_api(Fault("complete", "lost", times=2))
    data = os.urandom(SIZE)
    file = create(file=("a.jsonl", data), purpose="batch")
    assert larder.service.content(file.id) == data
    assert len(larder.service.files) == 1


def test_a_reset_connection_to_s3_is_survived(larder: Larder, create: Create) -> None:
    larder.fail_s3(Fault("PUT", "reset", skip=3, times=5, after_bytes=1000))
    data = os.urandom(SIZE)
    assert larder.service.content(create(file=("a", data), purpose="batch").id) == data


def test_the_sdks_own_retry_starts_afresh_and_leaves_no_reservation(
    larder: Larder, create: Create
) -> None:
    larder.fail_s3(Fault("PUT", "reset", times=6 * 4))
    data = os.urandom(SIZE)
    assert larder.service.content(create(file=("a", data), purpose="batch").id) == data
    statuses = [upload["status"] for upload in larder.service.uploads.values()]
    assert statuses[-1] == "completed"
    assert set(statuses[:-1]) == {"cancelled"}


def test_s3_out_of_reach_is_a_connection_error(larder: Larder, create: Create) -> None:
    larder.fail_s3(Fault("PUT", "reset", times=10_000))
    with pytest.raises(openai.APIConnectionError):
        create(file=("a.jsonl", bytes(SIZE)), purpose="batch")


def test_an_idempotency_key_gives_the_same_file_and_sends_nothing_twice(
    larder: Larder, create: Create
) -> None:
    data = os.urandom(SIZE)
    form: dict[str, Any] = {"file": ("a", data), "purpose": "batch"}
    form["extra_headers"] = {"Idempotency-Key": "order-17"}
    first = create(**form)
    assert create(**form) == first
    assert len(larder.storage.received) == 80


@pytest.mark.parametrize("failures", [1, 2])
def test_an_idempotency_key_whose_upload_failed_for_good_can_be_used_again(
    failures: int, larder: Larder, create: Create
) -> None:
    form: dict[str, Any] = {"file": ("a", os.urandom(SIZE)), "purpose": "batch"}
    form["extra_headers"] = {"Idempotency-Key": "order-19"}
    for _ in range(failures):
        larder.fail_s3(Fault("PUT", "status", skip=5, status=404))
        with pytest.raises(openai.InternalServerError):
            create(**form)
    first = create(**form)
    assert create(**form) == first
    statuses = [upload["status"] for upload in larder.service.uploads.values()]
    assert statuses == ["cancelled"] * failures + ["completed"]


def test_an_idempotency_key_gives_the_same_small_file_of_unknown_size(
    larder: Larder, create: Create
) -> None:
    form: dict[str, Any] = {"purpose": "batch", "extra_headers": {"Idempotency-Key": "order-18"}}
    first = create(file=("a", Unsized(b"small")), **form)
    assert create(file=("a", Unsized(b"small")), **form) == first
    assert len(larder.service.files) == 1
