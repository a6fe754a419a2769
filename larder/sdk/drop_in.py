"""HTTP clients for the openai SDK whose `files.create` takes any size that the service allows."""

import json
import re
import threading
import time
from collections.abc import AsyncIterable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, cast

import openai
from anyio.from_thread import BlockingPortal

from larder.api.answers import read_file, understood
from larder.api.calls import Answer, Call
from larder.errors import ApiError, LarderError, NoAnswerError, NotUnderstoodError, UsageError
from larder.sdk.form import MalformedFormError
from larder.sdk.http_library import httpx
from larder.sdk.in_place import CallsInPlace
from larder.sdk.large_form import FileForm, file_form, upload_form
from larder.sdk.threads import run_in_thread
from larder.transfer.workers import Stopped

# The headers of the API's answer that the SDK uses; the others are about that answer's transfer.
_KEPT_HEADERS = ("x-request-id", "x-should-retry", "retry-after")

# The status of a final failure for the SDK, which must not retry it.
_BAD_GATEWAY = 502
_FINAL = {"x-should-retry": "false"}

_NO_KEY = UsageError("The API key has characters that no header takes.")

_PULLED_BYTES = 2**20


def http_client(**options: Any) -> "httpx.Client":
    """An HTTP client for `openai.OpenAI(http_client=…)`.

    `client.files.create(file=open(…, "rb"), purpose=…)` then takes files of any size that the
    service allows: a form too large for one call becomes an upload in parts, straight to S3 and in
    parallel, with at most four parts in memory. What the service answers to either counts as
    success only if it is a File. Every other request passes untouched. Give the file as an open
    file: the SDK itself reads a path into memory.

    Args:
        options: As for `openai.DefaultHttpxClient`, whose defaults hold. They are for the calls
            of the API; the parts go through the environment's proxies and certificates.
    """
    return LargeFileClient(**options)


def async_http_client(**options: Any) -> "httpx.AsyncClient":
    """The same as `http_client` for `openai.AsyncOpenAI(http_client=…)`."""
    return AsyncLargeFileClient(**options)


class LargeFileClient(openai.DefaultHttpxClient):
    """See `http_client`."""

    def send(self, request: "httpx.Request", **options: Any) -> "httpx.Response":
        """Sends the request, or makes an upload in parts of it."""
        if not _has_sound_key(request):
            return _response(request, 401, _FINAL, _error_object(_NO_KEY), timedelta())
        form = file_form(request.method, str(request.url), request.headers)
        if form is None:
            return super().send(request, **options)
        if form.is_small:
            response = super().send(request, **options)
            response.read()
            return _understood(response, request, form)
        send = partial(super().send, **_for_api(options))
        api = CallsInPlace(form, request, self.build_request, send)
        return _answer(request, api, form, iter(cast("httpx.SyncByteStream", request.stream)))


class AsyncLargeFileClient(openai.DefaultAsyncHttpxClient):
    """See `async_http_client`."""

    async def send(self, request: "httpx.Request", **options: Any) -> "httpx.Response":
        """Sends the request, or makes an upload in parts of it."""
        if not _has_sound_key(request):
            return _response(request, 401, _FINAL, _error_object(_NO_KEY), timedelta())
        form = file_form(request.method, str(request.url), request.headers)
        if form is None:
            return await super().send(request, **options)
        if form.is_small:
            response = await super().send(request, **options)
            await response.aread()
            return _understood(response, request, form)
        send = partial(super().send, **_for_api(options))

        def upload(portal: BlockingPortal, stop: threading.Event) -> "httpx.Response":
            on_loop = partial(portal.call, send)
            api = CallsInPlace(form, request, self.build_request, on_loop)
            stream = cast("httpx.AsyncByteStream", request.stream)
            return _answer(request, api, form, _pulled(portal, stream, stop), stop)

        return await run_in_thread(upload)


def _has_sound_key(request: "httpx.Request") -> bool:
    """Whether the key can be sent in a header; strips white space around it, such as a line end.

    The HTTP library's own error would show the key.
    """
    given = request.headers.get("authorization", "")
    scheme, _, key = given.strip().partition(" ")
    if given != (sound := f"{scheme} {key.strip()}".strip()):
        request.headers["authorization"] = sound
    return re.fullmatch("[ -~]*", sound) is not None


def _for_api(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name != "stream"}


def _answer(
    request: "httpx.Request",
    api: CallsInPlace,
    form: FileForm,
    chunks: Iterator[bytes],
    stop: threading.Event | None = None,
) -> "httpx.Response":
    """The SDK's answer to its form: the File, an error object, or an exception."""
    start = time.monotonic()
    try:
        file = upload_form(api, form, chunks, stop)
        status, headers, body = 200, api.last_headers, json.dumps(file).encode()
    except ApiError as error:
        status, headers, body = error.status, error.headers, error.body
    except MalformedFormError as error:
        status, headers, body = 400, {}, _error_object(error)
    except NoAnswerError as error:
        # A retry would send everything again, and the answer would be the same.
        if not isinstance(error, NotUnderstoodError):
            raise _connection_error(error, request) from error
        status, headers, body = _BAD_GATEWAY, _FINAL, _error_object(error)
    except LarderError as error:
        status, headers, body = _BAD_GATEWAY, _FINAL, _error_object(error)
    elapsed = timedelta(seconds=time.monotonic() - start)
    return _response(request, status, headers, body, elapsed)


def _understood(
    response: "httpx.Response", request: "httpx.Request", form: FileForm
) -> "httpx.Response":
    """The answer to a form in one call; a success without a File becomes an error."""
    if response.is_error:
        return response
    answer = Answer(response.status_code, response.headers, response.content)
    try:
        understood(form.base_url, Call("POST", "/files"), answer, read_file)
    except NotUnderstoodError as error:
        body = _error_object(error)
        return _response(request, _BAD_GATEWAY, _FINAL, body, response.elapsed)
    return response


def _response(
    request: "httpx.Request",
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    elapsed: timedelta,
) -> "httpx.Response":
    kept = {name: headers[name] for name in _KEPT_HEADERS if headers.get(name, "é").isascii()}
    response = httpx.Response(
        status,
        headers={"content-type": "application/json", **kept},
        content=body,
        request=request,
    )
    response.elapsed = elapsed
    return response


def _connection_error(error: NoAnswerError, request: "httpx.Request") -> Exception:
    """The HTTP library's error, or one like it: the SDK turns it into an APIConnectionError."""
    if isinstance(error.__cause__, httpx.RequestError):
        return error.__cause__
    return httpx.WriteError(str(error), request=request)


def _error_object(error: Exception) -> bytes:
    is_callers = isinstance(error, MalformedFormError | UsageError)
    kind = "invalid_request_error" if is_callers else "upload_error"
    fields = {"message": str(error), "type": kind, "param": None, "code": None}
    return json.dumps({"error": fields}).encode()


def _pulled(
    portal: BlockingPortal, stream: AsyncIterable[bytes], stop: threading.Event
) -> Iterator[bytes]:
    """The stream's bytes for a thread, in large pieces, to save turns of the event loop.

    Raises Stopped when `stop` is set.
    """
    chunks = aiter(stream)

    async def pull() -> bytes:
        pulled = bytearray()
        async for chunk in chunks:
            pulled += chunk
            if len(pulled) >= _PULLED_BYTES:
                break
        return bytes(pulled)

    while chunk := portal.call(pull):
        if stop.is_set():
            raise Stopped
        yield chunk
