"""The API through a client of the openai SDK, with its key, headers, retries and errors."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import openai
from anyio.from_thread import BlockingPortal

from larder.api.calls import Answer, Call
from larder.api.settings import api_key_in
from larder.errors import ApiError, LarderError, NoAnswerError, UsageError
from larder.net.connections import Pools
from larder.sdk.http_library import httpx

Client = TypeVar("Client", openai.OpenAI, openai.AsyncOpenAI)


class SdkApi:
    """See `larder.api.calls.Api`. The SDK's own error is the cause of each error raised."""

    def __init__(self, client: openai.OpenAI) -> None:
        """Uses the client as it is."""
        self._client = client
        self.base_url = base_url_of(client)
        self.pools = Pools()

    def send(self, call: Call) -> Answer:
        """The answer; see Api."""
        return _translated(partial(_send, self._client, call))


class AsyncSdkApi:
    """The same through an async client, for use in threads for which its event loop waits."""

    def __init__(self, client: openai.AsyncOpenAI, portal: BlockingPortal) -> None:
        """Uses the client as it is."""
        self._client = client
        self._portal = portal
        self.base_url = base_url_of(client)
        self.pools = Pools()

    def send(self, call: Call) -> Answer:
        """The answer; see Api."""
        return _translated(partial(self._portal.call, partial(_send, self._client, call)))


def base_url_of(client: openai.OpenAI | openai.AsyncOpenAI) -> str:
    """Where its calls go, without a slash at the end."""
    return str(client.base_url).rstrip("/")


def sound(client: Client) -> Client:
    """The client, its key without white space around it.

    Raises UsageError for a malformed key, since the HTTP library's own error would show it, and for
    what is no client.
    """
    if not isinstance(client, openai.OpenAI | openai.AsyncOpenAI):
        what = type(client).__name__
        raise UsageError(f"client must be an openai.OpenAI or openai.AsyncOpenAI, not a {what}")
    if not client.api_key:  # the SDK gets the key anew for each call
        return client
    key = api_key_in(client.api_key, "the client's api_key")
    return client if key == client.api_key else client.with_options(api_key=key)


@contextmanager
def the_sdks_own_errors() -> Iterator[None]:
    """Raises the SDK's own error where that is the cause of a LarderError."""
    try:
        yield
    except LarderError as error:
        if isinstance(error.__cause__, openai.APIError):
            raise error.__cause__ from None
        raise


def _send(client: openai.OpenAI | openai.AsyncOpenAI, call: Call) -> Any:
    """The response of a sync client, or an async client's awaitable of it."""
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
