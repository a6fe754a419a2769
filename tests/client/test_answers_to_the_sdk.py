"""The same odd answers through the openai SDK: its errors or Larder's, and never a file."""

import asyncio
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest

import larder as larder_package
from larder.errors import LarderError, NotUnderstoodError
from tests.client.conftest import Larder
from tests.client.fakes.faults import Fault
from tests.client.fakes.other_shapes import WHOLE_BODIES, Altered
from tests.client.fakes.server import Response
from tests.client.fakes.service import API_KEY

pytestmark = pytest.mark.slow

Send = Callable[..., Any]
SIZE = 5 * 2**20
UPLOAD = "/v1/uploads/[^/]+"
ODD_PLACES = [
    "http://[bad",
    "file:///etc/passwd",
    "ftp://host/x",
    "//",
    "",
    "http://[::\xe9]/",
    "x",
]


def upload_file(base_url: str, size: int) -> Any:
    with openai.OpenAI(base_url=base_url, api_key=API_KEY) as client:
        return larder_package.upload_file(client, io.BytesIO(bytes(size)), purpose="batch")


def upload_file_async(base_url: str, size: int) -> Any:
    async def upload() -> Any:
        async with openai.AsyncOpenAI(base_url=base_url, api_key=API_KEY) as client:
            content = io.BytesIO(bytes(size))
            return await larder_package.upload_file(client, content, purpose="batch")

    return asyncio.run(upload())


def drop_in(base_url: str, size: int, **form: Any) -> Any:
    with openai.OpenAI(
        base_url=base_url, api_key=API_KEY, http_client=larder_package.http_client()
    ) as client:
        return client.files.create(file=("a.jsonl", bytes(size)), purpose="batch", **form)


def drop_in_async(base_url: str, size: int, **form: Any) -> Any:
    async def create() -> Any:
        async with openai.AsyncOpenAI(
            base_url=base_url, api_key=API_KEY, http_client=larder_package.async_http_client()
        ) as client:
            file = ("a.jsonl", bytes(size))
            return await client.files.create(file=file, purpose="batch", **form)

    return asyncio.run(create())


UPLOAD_FILE = [upload_file, upload_file_async]
DROP_IN = [drop_in, drop_in_async]
CALLS_IN_PARTS = ["POST /v1/uploads$", f"POST {UPLOAD}/part_urls$", f"POST {UPLOAD}/complete$"]


@pytest.fixture(autouse=True)
def quick(larder: Larder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.001)
    larder.service.part_bytes = SIZE


def assert_an_error(larder: Larder, send: Send, *arguments: Any) -> None:
    with pytest.raises((openai.APIError, LarderError)) as caught:
        send(larder.base_url, *arguments)
    assert len(str(caught.value)) < 500
    assert len(larder.service.uploads) <= 3  # the SDK itself tries three times


@pytest.mark.parametrize("body", WHOLE_BODIES.values(), ids=WHOLE_BODIES)
@pytest.mark.parametrize("call", CALLS_IN_PARTS)
@pytest.mark.parametrize("send", [*UPLOAD_FILE, *DROP_IN])
def test_another_body_is_an_error_of_the_client(
    larder: Larder, send: Send, call: str, body: bytes
) -> None:
    larder.fail_api(Fault(call, "alter", times=100, alter=Altered(body)))
    assert_an_error(larder, send, SIZE)


@pytest.mark.parametrize("body", WHOLE_BODIES.values(), ids=WHOLE_BODIES)
@pytest.mark.parametrize("send", UPLOAD_FILE)
def test_another_body_for_a_small_file_is_an_error_of_larder(
    larder: Larder, send: Send, body: bytes
) -> None:
    larder.fail_api(Fault("POST /v1/files$", "alter", times=100, alter=Altered(body)))
    with pytest.raises(NotUnderstoodError, match="is no Larder: it answered POST /files with"):
        send(larder.base_url, 10)


@pytest.mark.parametrize("body", WHOLE_BODIES.values(), ids=WHOLE_BODIES)
@pytest.mark.parametrize("send", DROP_IN)
def test_another_body_for_a_small_form_is_an_error_of_the_sdk(
    larder: Larder, send: Send, body: bytes
) -> None:
    larder.fail_api(Fault("POST /v1/files$", "alter", times=100, alter=Altered(body)))
    with pytest.raises(openai.InternalServerError, match="is no Larder: it answered POST"):
        send(larder.base_url, 10)
    assert len(larder.service.called("POST /v1/files")) == 1


@pytest.mark.parametrize("status", [400, 401, 413])
@pytest.mark.parametrize("send", DROP_IN)
def test_a_refusal_of_a_small_form_is_the_sdks_as_it_came(
    larder: Larder, send: Send, status: int
) -> None:
    larder.fail_api(Fault("POST /v1/files$", "status", status=status, body=b"no JSON"))
    with pytest.raises(openai.APIStatusError) as caught:
        send(larder.base_url, 10)
    assert (caught.value.status_code, caught.value.response.text) == (status, "no JSON")


def test_a_small_form_may_be_answered_in_a_stream(larder: Larder) -> None:
    with openai.OpenAI(
        base_url=larder.base_url, api_key=API_KEY, http_client=larder_package.http_client()
    ) as client:
        create = client.files.with_streaming_response.create
        with create(file=("a", b"content"), purpose="batch") as response:
            assert larder.service.content(response.parse().id) == b"content"


NOT_FOR_A_REQUEST = {
    "deep": "[" * 990 + "]" * 990,
    "very deep": "[" * 20_000,
    "NaN": '{"seconds": NaN}',
    "endless": "1e999",
    "half a character": r'{"anchor": "\ud800"}',
}


@pytest.mark.parametrize("text", NOT_FOR_A_REQUEST.values(), ids=NOT_FOR_A_REQUEST)
@pytest.mark.parametrize("send", DROP_IN)
def test_an_expiry_that_no_request_can_carry_is_sent_as_it_is_to_be_refused(
    larder: Larder, send: Send, text: str
) -> None:
    larder.fail_api(Fault("POST /v1/uploads$", "alter", alter=lambda _: Response(400)))
    larder.service.purposes.clear()
    with pytest.raises(openai.BadRequestError):
        send(larder.base_url, SIZE, extra_body={"expires_after": text})
    (request,) = larder.service.called("POST /v1/uploads")
    assert json.loads(request.body)["expires_after"] == text


@pytest.mark.parametrize("location", ODD_PLACES)
@pytest.mark.parametrize("call", CALLS_IN_PARTS)
@pytest.mark.parametrize("send", [*UPLOAD_FILE, *DROP_IN])
def test_a_redirect_to_an_odd_place_is_an_error_of_the_client(
    larder: Larder, send: Send, call: str, location: str
) -> None:
    headers = {"location": location}
    larder.fail_api(Fault(call, "status", times=100, status=302, headers=headers))
    assert_an_error(larder, send, SIZE)


@pytest.mark.parametrize("send", [*UPLOAD_FILE, *DROP_IN])
def test_a_redirect_to_itself_is_an_error_of_the_client(larder: Larder, send: Send) -> None:
    headers = {"location": f"{larder.base_url}/uploads"}
    larder.fail_api(Fault("/v1/uploads$", "status", times=1000, status=307, headers=headers))
    assert_an_error(larder, send, SIZE)


@pytest.mark.parametrize("send", DROP_IN)
def test_what_is_not_understood_is_not_sent_once_more(larder: Larder, send: Send) -> None:
    larder.fail_api(Fault("complete$", "alter", times=100, alter=Altered(b"{}")))
    with pytest.raises(openai.InternalServerError, match="is no Larder: it answered POST"):
        send(larder.base_url, SIZE)
    assert len(larder.storage.received) == 1


@pytest.mark.parametrize("send", DROP_IN)
@pytest.mark.parametrize("as_pending", [False, True], ids=["not found", "cancelled"])
def test_an_idempotency_key_whose_sessions_are_all_lost_opens_no_more_than_ten(
    larder: Larder, send: Send, as_pending: bool
) -> None:
    def cancelled(response: Response) -> Response:
        return Response(
            200, json.dumps({**json.loads(response.body), "status": "cancelled"}).encode()
        )

    lost = Fault(f"GET {UPLOAD}$", "status", times=1000, status=404)
    gone = Fault(f"GET {UPLOAD}$", "alter", times=1000, alter=cancelled)
    larder.fail_api(gone if as_pending else lost)
    with pytest.raises(openai.InternalServerError, match="Idempotency-Key none can go on"):
        send(larder.base_url, SIZE, extra_headers={"Idempotency-Key": "order-1"})
    assert len(larder.service.uploads) == 10


@pytest.mark.parametrize("send", DROP_IN)
def test_odd_headers_of_a_refusal_do_not_hide_it(larder: Larder, send: Send) -> None:
    headers = {"x-request-id": "\xe9", "retry-after": "soon\xe9", "x-should-retry": "false"}
    larder.fail_api(Fault("POST /v1/uploads$", "status", times=9, status=400, headers=headers))
    with pytest.raises(openai.BadRequestError):
        send(larder.base_url, SIZE)


def test_a_resumed_upload_of_a_path_is_held_to_the_same(larder: Larder, tmp_path: Path) -> None:
    path = tmp_path / "in"
    path.write_bytes(bytes(SIZE))

    def upload() -> Any:
        with openai.OpenAI(base_url=larder.base_url, api_key=API_KEY) as client:
            return larder_package.upload_file(client, path, purpose="batch")

    larder.fail_s3(Fault("PUT", "reset", times=6))
    with pytest.raises(LarderError):
        upload()
    for call in (f"GET {UPLOAD}$", f"GET {UPLOAD}/parts$"):
        for body in WHOLE_BODIES.values():
            larder.fail_api(Fault(call, "alter", times=1, alter=Altered(body)))
            with pytest.raises(NotUnderstoodError):
                upload()
    assert larder.service.content(upload().id) == bytes(SIZE)
