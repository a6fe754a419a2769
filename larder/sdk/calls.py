"""The API through a client of the openai SDK, with its key, headers, retries and errors."""

from collections.abc import Callable
from functools import partial
from typing import Any

import openai
from anyio.from_thread import BlockingPortal

from larder.api.calls import Answer, Call
from larder.errors import ApiError, NoAnswerError
from larder.sdk.http_library import httpx


class SdkApi:
    """See `larder.api.calls.Api`. The SDK's own error is the cause of each error raised."""

    def __init__(self, client: openai.OpenAI) -> None:
        """Uses the client as it is."""
        self._client = client
        self.base_url = base_url_of(client)

    def send(self, call: Call) -> Answer:
        """The answer; see Api."""
        return _translated(partial(_send, self._client, call))


class AsyncSdkApi:
    """The same through an async client, for threads that its event loop waits for."""

    def __init__(self, client: openai.AsyncOpenAI, portal: BlockingPortal) -> None:
        """Uses the client as it is."""
        self._client = client
        self._portal = portal
        self.base_url = base_url_of(client)

    def send(self, call: Call) -> Answer:
        """The answer; see Api."""
        return _translated(partial(self._portal.call, partial(_send, self._client, call)))


def base_url_of(client: openai.OpenAI | openai.AsyncOpenAI) -> str:
    """Where its calls go, without a slash at the end."""
    return str(client.base_url).rstrip("/")


def _send(client: openai.OpenAI | openai.AsyncOpenAI, call: Call) -> Any:
    """The response of a sync client, an awaitable of it with an async one."""
    options: Any = {"headers": dict(call.headers)}
    if call.method == "GET":
        return client.get(call.path, cast_to=httpx.Response, options=options)
    return client.post(call.path, cast_to=httpx.Response, body=call.json, options=options)


def _translated(send: Callable[[], "httpx.Response"]) -> Answer:
    try:
        response = send()
        return Answer(response.status_code, response.headers, response.content)
    except openai.APIStatusError as error:
        response = error.response
        raise ApiError(response.status_code, response.headers, response.content) from error
    except openai.APIConnectionError as error:
        raise NoAnswerError(f"no answer: {error}") from error
