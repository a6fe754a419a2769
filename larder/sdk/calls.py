"""The API through a client of the openai SDK, with its key, headers, retries and errors."""

from collections.abc import Callable
from functools import partial
from typing import Any

import openai
from anyio.from_thread import BlockingPortal

from larder.api.calls import Call
from larder.errors import ApiError, NoAnswerError


class SdkApi:
    """See `larder.api.calls.Api`. The SDK's own error is the cause of each error raised."""

    def __init__(self, client: openai.OpenAI) -> None:
        """Uses the client as it is."""
        self._client = client

    def call(self, call: Call) -> Any:
        """The answer's JSON; see Api."""
        return _translated(partial(_send, self._client, call))


class AsyncSdkApi:
    """The same through an async client, for threads that its event loop waits for."""

    def __init__(self, client: openai.AsyncOpenAI, portal: BlockingPortal) -> None:
        """Uses the client as it is."""
        self._client = client
        self._portal = portal

    def call(self, call: Call) -> Any:
        """The answer's JSON; see Api."""
        return _translated(partial(self._portal.call, partial(_send, self._client, call)))


def _send(client: openai.OpenAI | openai.AsyncOpenAI, call: Call) -> Any:
    """The answer of a sync client, an awaitable of it with an async one."""
    options: Any = {"headers": dict(call.headers)}
    if call.method == "GET":
        return client.get(call.path, cast_to=object, options=options)
    return client.post(call.path, cast_to=object, body=call.json, options=options)


def _translated(send: Callable[[], Any]) -> Any:
    try:
        return send()
    except openai.APIStatusError as error:
        response = error.response
        raise ApiError(response.status_code, response.headers, response.content) from error
    except openai.APIConnectionError as error:
        raise NoAnswerError(f"no answer: {error}") from error
